//! A root of another kind than was named: no command has an answer, and all say the same.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;

use crate::support::engine::Engine;
use crate::support::fixture;
use crate::support::layout::Layout;
use crate::support::run::{Outcome, run, run_as_ordinary_user};

const KINDS: [(&str, &str); 4] = [
    ("registry", "registry"),
    ("docker", "host/overlay2"),
    ("oci", "host/layouts/skopeo"),
    ("oci", "host/layouts/umoci"),
];

/// Every command that opens a root, as it is asked of one.
fn ask_all(kind: &str, root: &str) -> Vec<(String, Outcome)> {
    let to = tempfile::tempdir().unwrap();
    let layout = to.path().join("layout").to_str().unwrap().to_owned();
    let commands = [
        "resolve a:v1",
        "verify",
        "verify --no-hash a:v1",
        "orphans",
        "gc-preview",
        "refs aaaa",
        "ls",
        "ls a",
        "du",
        "history a:v1",
        "uploads",
        "cat a:v1",
        &format!("export --all {layout}"),
        &format!("export a:v1 {layout}"),
    ];
    let mut asked: Vec<String> = commands.map(|command| format!("{command} --root {root}")).into();
    asked.push(format!("inventory {root}"));
    asked.extend(["diff", "diff --ref a:v1"].map(|command| format!("{command} {root} {root}")));
    let run = |line: String| {
        let words: Vec<String> = format!("{line} --kind {kind}").split(' ').map(str::to_owned).collect();
        let outcome = run(&words);
        assert!(fs::read_dir(to.path()).unwrap().next().is_none(), "{line} wrote something");
        (line, outcome)
    };
    asked.into_iter().map(run).collect()
}

#[test]
fn a_kind_that_does_not_fit_is_no_answer_to_any_command() {
    for (own, tree) in KINDS {
        let root = fixture::root(tree).to_str().unwrap().to_owned();
        for other in ["registry", "docker", "oci", "containerd"] {
            if other == own {
                continue;
            }
            let mut first = None;
            for (line, Outcome { stdout, stderr, status }) in ask_all(other, &root) {
                assert_eq!((status, stdout.len()), (2, 0), "{line} --kind {other}: {stderr}");
                assert!(stderr.contains(&format!("is no {other} root")), "{line}: {stderr}");
                assert!(stderr.contains("found: a"), "{line}: {stderr}");
                assert!(stderr.contains(&format!("or say --kind {own}")), "{line}: {stderr}");
                assert_eq!(*first.get_or_insert(stderr.clone()), stderr, "{line}");
            }
        }
    }
}

#[test]
fn a_directory_that_is_no_store_is_no_answer_to_any_command() {
    let dir = tempfile::tempdir().unwrap();
    for kind in ["registry", "docker", "oci", "containerd"] {
        for (line, Outcome { status, stderr, .. }) in ask_all(kind, dir.path().to_str().unwrap()) {
            assert_eq!(status, 2, "{line} --kind {kind}: {stderr}");
            assert!(stderr.contains(&format!("is no {kind} root: it holds n")), "{line}: {stderr}");
        }
    }
}

#[test]
fn a_root_that_may_not_be_looked_into_is_not_called_none() {
    let mut engine = Engine::new();
    engine.image(&["app:v1"], &["base"]);
    let layout = Layout::new();
    let none = tempfile::tempdir().unwrap();
    for (root, closed) in [
        (engine.root(), engine.at("image")),
        (engine.root(), engine.root()),
        (layout.root(), layout.root()),
        (none.path().to_owned(), none.path().to_owned()),
    ] {
        // Nobody but root gets past that, whoever runs the tests.
        fs::set_permissions(&closed, Permissions::from_mode(0o000)).unwrap();
        let root = root.to_str().unwrap();
        for command in ["verify", "ls", "du"] {
            let outcome = run_as_ordinary_user(&[command, "--root", root]);
            let said = &outcome.stderr;
            assert_eq!((outcome.status, outcome.text()), (2, ""), "{root}: {said}");
            let why = format!("cannot open {}: Permission denied", closed.display());
            assert!(said.contains(&why), "{why}: {said}");
            assert!(said.contains("run it as a user who may list this directory"), "{said}");
            assert!(!said.contains("is no root"), "{said}");
        }
        fs::set_permissions(&closed, Permissions::from_mode(0o755)).unwrap();
    }
}
