//! Under `--policy revisions` a real collector deletes what is listed: recorded of the fixtures, and asked anew where
//! one is installed.

use std::collections::BTreeSet;
use std::path::Path;

use proptest::prelude::*;

use super::{digests, orphans};
use crate::properties::shapes;
use crate::referee::{collects, is_installed};
use crate::support::paths;
use crate::support::random::Rng;
use crate::support::run::run_json;
use crate::support::store::Store;

fn eligible(said: &str) -> BTreeSet<String> {
    let lines = said.lines().filter_map(|line| line.split_once("blob eligible for deletion: "));
    lines.map(|(_, digest)| digest.trim().to_owned()).collect()
}

#[test]
fn what_a_collector_was_seen_to_delete_is_listed() {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    // Not `alias`: collectors delete the bytes of a layer that is named by another algorithm. Nor `cache`: they pass
    // over a repository without `_layers`, and delete what it serves.
    for tree in ["registry", "schema1", "uploads", "tagless", "collected"] {
        let recorded = fixtures.join(format!("recorded/{tree}/gc-2.8.txt"));
        let said = std::fs::read_to_string(recorded).unwrap();
        let root = fixtures.join(tree);
        let report = run_json(&["orphans", "-f", "json", "-r", root.to_str().unwrap()]);
        assert_eq!(digests(&report, "blobs"), eligible(&said), "{tree}");
        assert_eq!(report["unknown"].as_array().unwrap().len(), 0, "{tree}");
    }
    for tree in ["alias", "cache"] {
        let root = fixtures.join(tree);
        let report = run_json(&["orphans", "-f", "json", "-r", root.to_str().unwrap()]);
        assert_eq!(digests(&report, "blobs"), [].into(), "{tree}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_real_collector_deletes_what_is_listed(shape in shapes(), deletions in 0..4_usize) {
        if !is_installed() {
            return Ok(());
        }
        let store = Store::sound(shape);
        let mut rng = Rng::new(shape.seed);
        for _ in 0..deletions {
            // As the API deletes a manifest.
            let repo = store.some_repo(&mut rng).unwrap();
            if let Some(revision) = rng.choose(&store.model.repos[&repo].revisions) {
                let _ = std::fs::remove_file(store.at(&paths::revision_link(&repo, revision)));
            }
        }
        let (through, said) = collects(&store, false);
        prop_assert!(through, "{said}");
        let report = orphans(&store, &[]).json();
        let (ours, theirs) = (digests(&report, "blobs"), eligible(&said));
        // 2.8 follows no index: a child without a revision keeps its blob and loses what it is made of.
        prop_assert!(ours.is_subset(&theirs), "{:?}", ours.difference(&theirs));
        let children: BTreeSet<_> = store.model.blobs.keys().filter(|it| !ours.contains(*it) && theirs.contains(*it)).collect();
        if deletions == 0 {
            prop_assert!(children.is_empty(), "{children:?}");
        }
    }
}
