//! What holds of every format, over reports made up by chance and of hostile texts.

use std::path::Path;

use proptest::prelude::*;
use serde_json::Value;

use super::*;
use crate::digest::{Algorithm, Digest};
use crate::finding::{Code, Finding, Severity};
use crate::manifest::Name;
use crate::path::StorePath;
use crate::registry::look::State;
use crate::report::resolve::{Hop, HopKind, ResolveReport, ResolveSummary};
use crate::report::verify::{Scope, VerifyReport, VerifySummary};
use crate::report::{ErrorItem, Head};

const HOSTILE: &str = "[a-z/:\u{1B}\u{7}\n\r\t\u{9B}\u{202E}\u{200B}é ]{0,30}";

fn any_path() -> impl Strategy<Value = StorePath> {
    let text = HOSTILE.prop_map(String::into_bytes);
    let bytes = prop_oneof![text, proptest::collection::vec(any::<u8>(), 0..30)];
    // No path below a root begins with a slash.
    bytes.prop_map(|bytes| {
        let slashes = bytes.iter().take_while(|byte| **byte == b'/').count();
        StorePath::from(&bytes[slashes..])
    })
}

fn any_digest() -> impl Strategy<Value = Digest> {
    any::<[u8; 32]>().prop_map(|bytes| Digest::new(Algorithm::Sha256, &bytes).unwrap())
}

prop_compose! {
    fn any_finding()(
        code in proptest::sample::select(Code::ALL),
        path in any_path(),
        names in proptest::option::of((HOSTILE, HOSTILE)),
        detail in HOSTILE,
        affects in proptest::collection::vec(HOSTILE, 0..8),
        referenced_by in proptest::collection::vec(any_digest(), 0..4),
        blocks_gc in proptest::sample::subsequence(vec!["2", "2m", "3", "3m"], 0..=4),
    ) -> Finding {
        let (repository, tag) = names.unzip();
        let digest = referenced_by.first().map(ToString::to_string);
        let severity = code.severity();
        Finding { code, severity, path, repository, tag, digest, detail, affects, referenced_by, blocks_gc }
    }
}

prop_compose! {
    fn any_head()(
        partial: bool,
        errors in proptest::collection::vec((any_path(), HOSTILE), 0..3),
        warnings in proptest::collection::vec(HOSTILE, 0..3),
    ) -> Head {
        let errors = errors.into_iter().map(|(path, reason)| ErrorItem { path, reason }).collect();
        Head { partial, errors, warnings, ..Head::rootless("regfs/test/v1") }
    }
}

prop_compose! {
    fn any_verify_report()(
        head in any_head(),
        findings in proptest::collection::vec(any_finding(), 0..6),
    ) -> VerifyReport {
        let count = |severity| findings.iter().filter(|finding| finding.severity == severity).count() as u64;
        let summary = VerifySummary {
            errors: count(Severity::Error),
            warnings: count(Severity::Warning),
            notes: count(Severity::Note),
            ..VerifySummary::default()
        };
        let worst = findings.iter().map(|finding| finding.severity).max();
        VerifyReport {
            head,
            part: None,
            scope: Scope::default(),
            findings,
            aside: Vec::new(),
            donor: None,
            summary,
            trusted: crate::progress::Work::default(),
            fail_on: Some(Severity::Error),
            worst,
        }
    }
}

prop_compose! {
    fn any_hop()(
        depth in 0..5_usize,
        digest in any_digest(),
        path in proptest::option::of(any_path()),
        media_type in proptest::option::of(HOSTILE),
        size: Option<u64>,
        state in proptest::sample::select(&[State::Ok, State::External, State::Missing, State::Altered]),
        detail in proptest::option::of(HOSTILE),
    ) -> Hop {
        let digest = Some(Name::Known(digest));
        let kind = HopKind::Layer;
        Hop { depth, kind, digest, media_type, platform: None, path, size, expected_size: None, state, detail, local: None }
    }
}

prop_compose! {
    fn any_resolve_report()(
        head in any_head(),
        (complete, message) in (any::<bool>(), proptest::option::of(HOSTILE)),
        reference in HOSTILE,
        hops in proptest::collection::vec(any_hop(), 0..6),
        suggestions in proptest::collection::vec(HOSTILE, 0..3),
    ) -> ResolveReport {
        ResolveReport {
            head, reference, complete, message, hops, suggestions,
            repository: None, tag: None, digest: None, total_size: 0,
            referrers: Vec::new(), candidates: Vec::new(), suggests_platforms: false, summary: ResolveSummary::default(),
        }
    }
}

fn shown(report: &impl Table, format: Format, width: Option<usize>, color: bool) -> String {
    let view = View { terminal: false, color, width, root: Path::new("root\u{1B}") };
    let mut out = Vec::new();
    write(report, format, &view, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

/// The lines of a stream, after looking at its frame.
fn items(report: &impl Table) -> Vec<(String, Value)> {
    let stream = shown(report, Format::Ndjson, None, false);
    assert!(stream.ends_with('\n'));
    let mut lines: Vec<(String, Value)> = stream
        .lines()
        .map(|line| {
            let mut line: Value = serde_json::from_str(line).unwrap();
            assert_eq!(line.as_object().unwrap().len(), 2);
            assert!(line["data"].is_object());
            (line["type"].as_str().unwrap().to_owned(), line["data"].take())
        })
        .collect();
    assert_eq!(lines.iter().position(|(kind, _)| kind == "begin"), Some(0));
    assert_eq!(lines.iter().position(|(kind, _)| kind == "summary"), Some(lines.len() - 1));
    lines.remove(0);
    lines
}

/// Whether the stream's items of a kind are the members of the object's list.
fn same(items: &[(String, Value)], kind: &str, list: &Value) -> bool {
    items.iter().filter(|(of, _)| of == kind).map(|(_, data)| data).eq(list.as_array().unwrap())
}

fn is_tame(text: &str) -> bool {
    text.lines().all(|line| escape::text(line) == line) && text.ends_with('\n')
}

proptest! {
    #[test]
    fn a_stream_holds_what_the_object_holds(report in any_verify_report()) {
        let object: Value = serde_json::from_str(&shown(&report, Format::Json, None, false)).unwrap();
        let items = items(&report);
        prop_assert!(same(&items, "finding", &object["findings"]));
        prop_assert!(same(&items, "error", &object["errors"]));
        let warnings = object["warnings"].as_array().unwrap().len();
        prop_assert_eq!(items.len(), 1 + report.findings.len() + report.head.errors.len() + warnings);
        let (_, summary) = items.last().unwrap();
        prop_assert_eq!(&summary["partial"], &object["partial"]);
        for (member, value) in object["summary"].as_object().unwrap() {
            prop_assert_eq!(&summary[member], value);
        }
    }

    #[test]
    fn a_stream_of_hops_holds_what_the_object_holds(report in any_resolve_report()) {
        let object: Value = serde_json::from_str(&shown(&report, Format::Json, None, false)).unwrap();
        let items = items(&report);
        prop_assert!(same(&items, "hop", &object["hops"]));
        let (_, summary) = items.last().unwrap();
        for member in ["reference", "repository", "tag", "digest", "complete", "message", "partial"] {
            prop_assert_eq!(&summary[member], &object[member]);
        }
    }

    #[test]
    fn no_text_of_a_store_acts_on_a_terminal(
        findings in any_verify_report(), hops in any_resolve_report(), width in proptest::option::of(1..200_usize),
    ) {
        for table in [shown(&findings, Format::Table, width, false), shown(&hops, Format::Table, width, false)] {
            prop_assert!(is_tame(&table), "{table:?}");
        }
    }

    #[test]
    fn colour_adds_colours_and_nothing_else(findings in any_verify_report(), hops in any_resolve_report()) {
        for (colored, plain) in [
            (shown(&findings, Format::Table, None, true), shown(&findings, Format::Table, None, false)),
            (shown(&hops, Format::Table, None, true), shown(&hops, Format::Table, None, false)),
        ] {
            let mut stripped = String::new();
            for (index, part) in colored.split('\u{1B}').enumerate() {
                let text = if index == 0 { part } else { part.split_once('m').unwrap().1 };
                stripped.push_str(text);
            }
            // Padding behind a coloured cell may stand before the colour's end.
            let tidy = |text: &str| text.lines().map(|line| line.trim_end().to_owned()).collect::<Vec<_>>();
            prop_assert_eq!(tidy(&stripped), tidy(&plain));
        }
    }

    #[test]
    fn a_table_of_findings_says_all_that_matters(report in any_verify_report()) {
        let table = shown(&report, Format::Table, None, false);
        for finding in &report.findings {
            let path = finding.path.to_string();
            let path = if path.is_empty() { "." } else { &path };
            let line = format!("{:<9}{}  {}", finding.severity, finding.code, escape::text(path));
            prop_assert!(table.lines().any(|shown| shown == line), "{line:?}\n{table}");
        }
        prop_assert_eq!(table.contains("PARTIAL"), report.head.partial);
        let order: Vec<_> = [Severity::Error, Severity::Warning, Severity::Note].into_iter()
            .flat_map(|severity| report.findings.iter().filter(move |finding| finding.severity == severity))
            .map(|finding| finding.code.name())
            .collect();
        let listed: Vec<_> = table.lines()
            .filter(|line| ["error ", "warning ", "note "].iter().any(|severity| line.starts_with(severity)))
            .filter_map(|line| line.get(9..)?.split(' ').next())
            .filter(|code| code.parse::<Code>().is_ok())
            .collect();
        prop_assert_eq!(listed, order);
    }

    #[test]
    fn notes_that_are_set_aside_are_in_tables_alone(mut report in any_verify_report()) {
        let table = shown(&report, Format::Table, None, false);
        report.unlist_notes(true);
        prop_assert_eq!(shown(&report, Format::Table, None, false), table);
        let object: Value = serde_json::from_str(&shown(&report, Format::Json, None, false)).unwrap();
        let findings = object["findings"].as_array().unwrap();
        prop_assert!(findings.iter().all(|finding| finding["severity"] != "note"));
        prop_assert!(same(&items(&report), "finding", &object["findings"]));
    }

    #[test]
    fn paths_open_from_where_the_root_was_named(hops in any_resolve_report()) {
        let mut out = Vec::new();
        let view = View { terminal: false, color: false, width: None, root: Path::new("some/root") };
        write(&hops, Format::Paths, &view, &mut out).unwrap();
        let expected: Vec<u8> = hops.files().iter()
            .flat_map(|path| [b"some/root/", path.as_bytes(), b"\n"].concat()).collect();
        prop_assert_eq!(out, expected);
    }
}

#[test]
fn however_deep_an_index_nests_its_table_stays_narrow() {
    let hop = |depth| Hop {
        depth,
        kind: HopKind::Index,
        digest: None,
        media_type: None,
        platform: None,
        path: Some("blobs".into()),
        size: None,
        expected_size: None,
        state: State::Ok,
        detail: None,
        local: None,
    };
    let report = ResolveReport {
        head: Head::rootless("regfs/resolve/v1"),
        reference: String::new(),
        repository: None,
        tag: None,
        digest: None,
        complete: true,
        total_size: 0,
        message: None,
        hops: [0, 31, 32, 33, 40_000].map(hop).into(),
        referrers: Vec::new(),
        suggestions: Vec::new(),
        suggests_platforms: false,
        candidates: Vec::new(),
        summary: ResolveSummary::default(),
    };
    let table = shown(&report, Format::Table, None, false);
    let whats: Vec<_> =
        table.lines().skip(1).take(5).map(|line| line.split("index").next().unwrap()).collect();
    let expected =
        ["", &" ".repeat(62), &" ".repeat(64), &(" ".repeat(64) + "+1 "), &(" ".repeat(64) + "+39968 ")];
    assert_eq!(whats, expected, "{table}");
}
