//! The report in each format says the same, and nothing else comes on standard output.

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::support::damage::{blobs, names, notes};
use crate::support::fixture;
use crate::support::paths;
use crate::support::random::Rng;
use crate::support::run::{run, verify, without_elapsed};
use crate::support::store::Store;
use crate::support::terminal;

/// A sample with an error, a warning and a note.
fn struck() -> Store {
    let mut store = Store::sample();
    let mut rng = Rng::new(5);
    names::stale_upload(&mut store, &mut rng).unwrap();
    notes::dangling_layer_link(&mut store, &mut rng).unwrap();
    blobs::flip_a_bit(&mut store, &mut rng).unwrap();
    store
}

#[test]
fn ndjson_streams_the_findings_of_the_json_report_and_ends_in_one_summary() {
    let store = struck();
    let report = verify(&store, &[]).json();
    let stream = run(&["verify", "-f", "ndjson", "--notes", "-r", &store.root_text()]);
    assert_eq!(stream.status, 1);
    let lines: Vec<Value> = stream.text().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.first().unwrap()["type"], "begin");
    assert_eq!(lines.last().unwrap()["type"], "summary");
    let texts = |values: &[Value]| {
        let mut texts: Vec<_> = values.iter().map(Value::to_string).collect();
        texts.sort_unstable();
        texts
    };
    let items: Vec<_> = lines[1..lines.len() - 1].iter().map(|line| line["data"].clone()).collect();
    assert_eq!(items.len(), 3);
    assert_eq!(texts(&items), texts(report["findings"].as_array().unwrap()));
}

#[test]
fn a_second_report_goes_to_a_file_beside_the_first() {
    let store = struck();
    let path = store.outside().join("report.json");
    let args =
        ["verify", "--notes", "-r", &store.root_text(), "--report", &format!("json={}", path.display())];
    let table = run(&args);
    assert_eq!(table.status, 1);
    assert!(serde_json::from_slice::<Value>(&table.stdout).is_err() && !table.stdout.is_empty());
    let written = fs::read_to_string(&path).unwrap();
    assert_eq!(without_elapsed(&written), without_elapsed(verify(&store, &[]).text()));
    let left: Vec<_> =
        fs::read_dir(store.outside()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left.len(), 2, "no temporary file is left: {left:?}");
}

#[test]
fn two_reports_do_not_go_to_one_file_and_two_devices_may() {
    let store = Store::sample();
    let (root, path) = (store.root_text(), store.outside().join("report"));
    let outcome = run(&[
        "verify",
        "-r",
        &root,
        "--report",
        &format!("json={}", path.display()),
        "--report",
        &format!("ndjson={}/../{}/report", store.outside().display(), name_of(store.outside())),
    ]);
    assert_eq!((outcome.status, path.exists()), (2, false), "{}", outcome.stderr);
    assert!(outcome.stderr.contains("two reports would be written to"), "{}", outcome.stderr);
    let both = ["--report", "json=/dev/null", "--report", "ndjson=/dev/null"];
    assert_eq!(run(&[&["verify", "-r", &root][..], &both].concat()).status, 0);
}

fn name_of(directory: &Path) -> String {
    directory.file_name().unwrap().to_string_lossy().into_owned()
}

#[test]
fn standard_output_is_the_report_alone() {
    let store = struck();
    let outcome = verify(&store, &["-v", "--progress", "always", "--color", "always"]);
    let report = outcome.json();
    let paths: Vec<_> =
        report["findings"].as_array().unwrap().iter().map(|f| f["path"].to_string()).collect();
    assert_eq!(paths.len(), 3);
    assert!(!outcome.text().contains('\u{1b}'));
    assert_eq!(without_elapsed(outcome.text()), without_elapsed(verify(&store, &["-q"]).text()));
}

#[test]
fn a_table_names_what_is_wrong_and_has_no_colour_off_a_terminal() {
    let store = struck();
    let root = store.root_text();
    let table = run(&["verify", "-r", &root]);
    assert_eq!(table.status, 1);
    let text = table.text();
    assert!(text.contains("blob-digest-mismatch") && text.contains("upload-stale"), "{text}");
    assert!(!text.contains("layer-link-dangling"), "a note takes -v: {text}");
    assert!(!text.contains('\u{1b}') && !table.stderr.contains('\u{1b}'));
    assert!(run(&["verify", "-v", "-r", &root]).text().contains("layer-link-dangling"));
}

#[test]
fn wrong_usage_is_no_answer() {
    let store = Store::sample();
    let root = store.root_text();
    for args in
        [&["verify", "--no-such-option"][..], &["no-such-command"], &["verify", "--fail-on", "sometimes"]]
    {
        let outcome = run(&[args, &["-r", &root]].concat());
        assert_eq!((outcome.status, outcome.text()), (2, ""), "{args:?}");
        assert!(!outcome.stderr.is_empty());
    }
}

#[test]
fn the_types_of_a_streams_lines_are_spelled_alike() {
    let reports = format!("{}/src/report", env!("CARGO_MANIFEST_DIR"));
    let files = walkdir::WalkDir::new(reports).into_iter().map(|entry| entry.unwrap().into_path());
    let mut types = Vec::new();
    for file in files.filter(|path| path.is_file()) {
        let source = fs::read_to_string(&file).unwrap();
        let words = source.split("sink.item(").skip(1).filter_map(|call| call.trim_start().strip_prefix('"'));
        types.extend(words.map(|word| word.split('"').next().unwrap().to_owned()));
    }
    assert!(types.len() > 20, "{types:?}");
    let is_kebab = |word: &String| word.chars().all(|c| c.is_ascii_lowercase() || c == '-');
    assert!(types.iter().all(is_kebab), "{types:?}");
}

#[test]
fn a_bare_list_says_beside_it_what_was_not_believed() {
    let store = Store::sample();
    let manifest = paths::blob_data(&store.model.repos["lib"].tags["v1"].current);
    store.write(&manifest, "{}");
    for format in ["paths", "csv"] {
        let outcome = run(&["orphans", "-r", &store.root_text(), "-f", format]);
        assert_eq!(outcome.status, 2, "{format}");
        assert!(outcome.stderr.contains(&format!("unknown: {manifest}: ")), "{}", outcome.stderr);
    }
}

#[test]
fn csv_has_a_line_for_each_image_of_a_store_without_repositories() {
    for tree in ["host/overlay2", "host/vfs", "host/layouts/skopeo", "host/layouts/umoci"] {
        let report = fixture::ask_json(tree, &["ls"]);
        let list = |name: &str| report[name].as_array().unwrap().clone();
        let images = [list("tags"), list("untagged")].concat();
        let csv = fixture::ask(tree, &["ls", "-f", "csv"]);
        let mut lines = csv.text().lines();
        let names = lines.next().unwrap();
        assert!(names.starts_with("tag,digest,"), "{tree}: {names}");
        let begins = |image: &Value| {
            format!("{},{},", image["tag"].as_str().unwrap_or_default(), image["digest"].as_str().unwrap())
        };
        let lines: Vec<&str> = lines.collect();
        assert!(!images.is_empty() && lines.len() == images.len(), "{tree}: {lines:?}");
        for (line, image) in lines.iter().zip(&images) {
            assert!(line.starts_with(&begins(image)), "{tree}: {line}");
        }
    }
}

#[test]
fn no_format_writes_to_a_terminal_what_would_act_on_it() {
    const NAME: &str = "a\u{1b}]0;b\u{7}\n\u{9b}31m\u{202e}c";
    let [a, b] = [Store::new(), Store::new()];
    a.write(&format!("blobs/{NAME}"), "x");
    let (a, b) = (a.root_text(), b.root_text());
    for format in ["table", "json", "ndjson", "csv", "paths", "paths0"] {
        let command = format!("regfs diff --strict -f {format} {a} {b} --report {format}=/dev/fd/3 3>&1");
        let shown = terminal::shell(&command, 100, &[("NO_COLOR", "1")]);
        assert_eq!(shown.status, 1, "{shown:?}");
        let acts = |c: &char| matches!(c, '\u{1b}' | '\u{7}' | '\u{9b}' | '\u{202e}');
        assert_eq!(shown.text().chars().find(acts), None, "{format}: {:?}", shown.text());
        assert!(shown.text().contains("31m"), "{format}: {:?}", shown.text());
    }
    let shown = terminal::shell(&format!("regfs diff --strict -f paths {a} {b}"), 100, &[]);
    let path = r"/blobs/a\x1B]0;b\x07\x0A\u{9B}31m\u{202E}c";
    assert_eq!(shown.text(), format!("{a}/docker/registry/v2{path}\n"));
    for (format, end) in [("paths", "\n"), ("paths0", "\0")] {
        let piped = run(&["diff", "--strict", "-f", format, &a, &b]);
        assert_eq!(piped.text(), format!("{a}/docker/registry/v2/blobs/{NAME}{end}"));
    }
}
