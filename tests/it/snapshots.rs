//! All that a user sees of the commands and of their errors, on the committed fixtures: standard output, standard
//! error and exit status as one text.

use std::path::Path;

use crate::support::fixture::project;
use crate::support::run::{Outcome, run};
use crate::support::terminal;

/// Runs regfs as a shell would, in no particular directory and off a terminal; `fixtures/` stands for the project's.
fn regfs(line: &str) -> Outcome {
    let fixtures = format!("{}/fixtures/", project().display());
    run(&line.split(' ').map(|word| word.replace("fixtures/", &fixtures)).collect::<Vec<_>>())
}

macro_rules! snapshots {
    ($($name:ident: $line:expr;)*) => { $(
        #[test]
        fn $name() {
            let shown = format!("$ regfs {}\n{}", $line, regfs($line).snapshot(project()));
            insta::with_settings!({ omit_expression => true }, {
                insta::assert_snapshot!(stringify!($name), shown);
            });
        }
    )* };
}

snapshots! {
    resolve_an_image: "resolve --root fixtures/registry a:v1";
    resolve_the_tag_latest: "resolve --root fixtures/registry team/app/web";
    resolve_by_digest: "resolve --root fixtures/tagless \
        library/tool@sha256:cb0d90dd12bfc5016a719ad35104b18dc3b3130c6564aac99d0213627edf150c";
    resolve_one_platform: "resolve --root fixtures/registry multi/index:v1 --platform linux/arm64";
    resolve_a_platform_that_is_not_there: "resolve --root fixtures/registry multi/index:v1 --platform linux/mips64le";
    resolve_an_image_with_a_signature: "resolve --root fixtures/registry artifacts:v1";
    resolve_an_image_without_its_layers: "resolve --root fixtures/real my-ubuntu:latest";
    resolve_the_files_of_an_image: "resolve --root fixtures/registry a:v1 --format paths";
    resolve_as_json: "resolve --root fixtures/registry charts/demo:0.1.0 --format json";
    an_unknown_tag_brings_suggestions: "resolve --root fixtures/registry team/app/web:lates";
    an_unknown_repository_brings_suggestions: "resolve --root fixtures/registry team/ap/web:latest";
    a_reference_that_is_none_is_bad_usage: "resolve --root fixtures/registry ../../etc:passwd";
    verify_a_sound_store: "verify --root fixtures/registry";
    verify_a_sound_store_verbosely: "verify --root fixtures/registry --verbose --jobs 2";
    verify_images_without_their_layers: "verify --root fixtures/real";
    verify_what_a_collector_broke: "verify --root fixtures/collected";
    verify_a_cache: "verify --root fixtures/cache";
    verify_a_root_without_tags: "verify --root fixtures/tagless --format ndjson";
    verify_abandoned_uploads_strictly: "verify --root fixtures/uploads --fail-on warning";
    verify_one_image: "verify --root fixtures/registry team/app/web:latest";
    verify_an_image_that_is_not_there: "verify --root fixtures/registry team/app/web:lates";
    verify_as_json: "verify --root fixtures/uploads --format json";
    explain_a_code: "explain reference-unlinked";
    explain_all_codes: "explain";
    explain_a_code_that_is_none: "explain blob-digest-mismtch";
    a_root_that_is_none_says_what_was_tried: "verify --root fixtures/recorded";
    a_root_that_does_not_exist_says_so: "verify --root fixtures/nowhere";
    a_format_that_is_none_lists_those_there_are: "verify --format yaml";
    a_format_of_another_command_is_bad_usage: "verify --format paths";
    a_report_inside_the_root_is_bad_usage: "verify --root fixtures/registry --report json=fixtures/registry/report.json";
    engine_ls: "ls --root fixtures/host/overlay2";
    engine_resolve_as_json: "resolve --root fixtures/host/vfs base:local --format json";
    engine_du: "du --root fixtures/host/overlay2";
    engine_refs: "refs --root fixtures/host/overlay2 9d5c93ca9f67";
    engine_refuses_what_it_has_not: "uploads --root fixtures/host/vfs";
    layout_ls: "ls --root fixtures/host/layouts/skopeo";
    layout_resolve: "resolve --root fixtures/host/layouts/umoci v1";
    layout_verify: "verify --root fixtures/host/layouts/skopeo";
    layout_refuses_what_it_has_not: "gc-preview --root fixtures/host/layouts/skopeo";
    explain_a_code_of_an_engine: "explain layer-content-mismatch";
    help: "--help";
    help_in_short: "-h";
    help_of_resolve: "resolve --help";
    help_of_verify: "verify --help";
    help_of_export: "export --help";
    help_of_diff: "diff --help";
    help_of_inventory: "inventory --help";
    help_of_explain: "explain --help";
    help_of_completions: "completions --help";
}

/// What a terminal shows; escapes are made visible.
fn seen(command: &str, columns: u16, variables: &[(&str, &str)]) -> String {
    let outcome = terminal::shell(command, columns, variables);
    let shown = outcome.snapshot(Path::new("/nothing to hide"));
    terminal::without_duration(&format!("$ {command}\n{shown}")).replace('\u{1b}', "␛")
}

#[test]
fn a_terminal_has_colours_and_a_width() {
    let command = "regfs resolve --root fixtures/real my-ubuntu; regfs verify --root fixtures/real my-ubuntu";
    let shown = seen(command, 130, &[]);
    insta::with_settings!({ omit_expression => true }, { insta::assert_snapshot!(shown) });
}

#[test]
fn a_narrow_terminal_shortens_digests_and_wraps_text() {
    let commands =
        ["resolve --root fixtures/registry a:v1", "explain link-empty", "verify --root fixtures/cache"];
    let command = commands.map(|command| format!("regfs {command}")).join("; ");
    let shown = seen(&command, 60, &[("NO_COLOR", "1")]);
    insta::with_settings!({ omit_expression => true }, { insta::assert_snapshot!(shown) });
}

#[test]
fn in_a_narrow_terminal_no_line_is_longer_than_it_unless_it_cannot_be_broken() {
    for command in [
        "ls --root fixtures/registry",
        "ls formats --root fixtures/registry",
        "ls multi/index --root fixtures/registry",
        "history deleted:keep --root fixtures/registry",
        "history team/app/web:latest --root fixtures/registry",
        "explain",
        "explain size-mismatch",
        "diff fixtures/mirror fixtures/registry",
        "diff --ref a:v1 fixtures/registry fixtures/mirror",
        "gc-preview --root fixtures/collected -m",
        "gc-preview --root fixtures/alias --rules 2",
        "orphans --root fixtures/registry",
        "orphans --root fixtures/registry --policy tags",
        "refs 7744cc69c1e3 --root fixtures/registry",
        "uploads --root fixtures/uploads",
        "du --root fixtures/registry",
        "resolve nothing --root fixtures/registry",
    ] {
        let shown = terminal::shell(&format!("regfs {command}"), 60, &[("NO_COLOR", "1")]);
        let text = shown.text().to_owned();
        assert!(!text.is_empty() && shown.stderr.is_empty(), "{command}: {}", shown.stderr);
        for line in text.lines() {
            let is_one_word = !line.trim().contains(' ');
            assert!(line.chars().count() <= 60 || is_one_word, "{command}: {line}\n{text}");
        }
    }
}

#[test]
fn a_terminal_that_can_do_nothing_gets_no_colour_unless_it_is_asked_for() {
    let dumb = seen("regfs verify --root fixtures/cache", 100, &[("TERM", "dumb")]);
    assert!(!dumb.contains('␛'), "{dumb}");
    let asked = seen("regfs verify --root fixtures/cache --color always", 100, &[("TERM", "dumb")]);
    assert!(asked.contains('␛'), "{asked}");
}

#[test]
fn no_color_is_honoured_unless_colour_is_asked_for() {
    let plain = seen("regfs verify --root fixtures/cache", 100, &[("NO_COLOR", "1")]);
    assert!(!plain.contains('␛'), "{plain}");
    let asked = seen("regfs verify --root fixtures/cache --color always", 100, &[("NO_COLOR", "1")]);
    assert!(asked.contains('␛'), "{asked}");
    let never = seen("regfs verify --root fixtures/cache --color never", 100, &[]);
    assert!(!never.contains('␛'), "{never}");
}

#[test]
fn a_reader_that_has_enough_is_no_error() {
    let outcome = terminal::shell("regfs explain -f json | head -c 1; regfs explain | true", 100, &[]);
    assert_eq!((outcome.text(), outcome.stderr.as_str()), ("{", ""));
}
