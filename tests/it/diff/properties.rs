//! What holds of any two stores.

use std::collections::BTreeMap;

use proptest::prelude::*;
use serde_json::Value;

use super::{copy, diff, diff_stores, differences, edits, inventory, naive};
use crate::properties::shapes;
use crate::support::paths;
use crate::support::random::{Rng, Shape};
use crate::support::run::without_elapsed;
use crate::support::store::Store;

fn config(cases: u32) -> ProptestConfig {
    ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() }
}

/// A store and a copy of it to which things have happened.
fn edited(shape: Shape, which: &[usize]) -> (Store, Store) {
    let a = Store::sound(shape);
    let mut b = copy(&a);
    let mut rng = Rng::new(shape.seed);
    for which in which {
        let _ = edits::ALL[*which](&mut b, &mut rng);
    }
    (a, b)
}

fn some_edits() -> impl Strategy<Value = Vec<usize>> {
    prop::collection::vec(0..edits::ALL.len(), 0..5)
}

/// The rows with everything of A called B's.
fn swapped(report: &Value) -> Vec<BTreeMap<String, Value>> {
    let other = |name: &str| match name.strip_suffix("_a") {
        Some(stem) => format!("{stem}_b"),
        None => name.strip_suffix("_b").map_or_else(|| name.to_owned(), |stem| format!("{stem}_a")),
    };
    let value = |name: &str, value: &Value| match (name, value.as_str()) {
        ("change", Some("only-in-a")) => "only-in-b".into(),
        ("change", Some("only-in-b")) => "only-in-a".into(),
        ("intact", Some("a")) => "b".into(),
        ("intact", Some("b")) => "a".into(),
        ("detail", Some(text)) => match text.strip_prefix("in a") {
            Some(rest) => format!("in b{rest}").into(),
            None => text.replacen("in b", "in a", 1).into(),
        },
        _ => value.clone(),
    };
    let row = |row: &Value| {
        row.as_object().unwrap().iter().map(|(name, of)| (other(name), value(name, of))).collect()
    };
    report["differences"].as_array().unwrap().iter().map(row).collect()
}

fn rows(report: &Value) -> Vec<BTreeMap<String, Value>> {
    let row = |row: &Value| row.as_object().unwrap().clone().into_iter().collect();
    report["differences"].as_array().unwrap().iter().map(row).collect()
}

proptest! {
    #![proptest_config(config(48))]

    #[test]
    fn edits_are_told_exactly_and_from_either_side(shape in shapes(), which in some_edits()) {
        let (a, b) = edited(shape, &which);
        let (tree_a, tree_b) = (naive::tree(&a.v2()), naive::tree(&b.v2()));
        let expected = naive::differences(&tree_a, &tree_b);
        let outcome = diff_stores(&a, &b, &[]);
        let report = outcome.json();
        prop_assert_eq!(&differences(&report), &expected, "{}", outcome.stderr);
        prop_assert_eq!(&report["identical"], expected.is_empty());
        prop_assert_eq!(outcome.status, i32::from(!expected.is_empty()));
        prop_assert_eq!(&report["compared"], "bytes");
        let same = tree_a.iter().filter(|(path, content)| tree_b.get(*path) == Some(content)).count();
        prop_assert_eq!(&report["summary"]["equal"], same);

        for row in report["differences"].as_array().unwrap() {
            let path = row["path"].as_str().unwrap();
            let content = |tree: &naive::Tree| tree.get(path).cloned().flatten();
            for (side, tree) in [("a", &tree_a), ("b", &tree_b)] {
                let size = content(tree).map(|bytes| bytes.len());
                prop_assert_eq!(&row[format!("size_{side}")], &serde_json::json!(size), "{}", row);
            }
            let (Some(one), Some(other)) = (content(&tree_a), content(&tree_b)) else { continue };
            if row["object"] == "blob" {
                prop_assert_eq!(&row["offset"], &serde_json::json!(naive::offset(&one, &other)), "{}", row);
                prop_assert_eq!(&row["digest_a"], &*paths::sha256(&one));
                prop_assert_eq!(&row["digest_b"], &*paths::sha256(&other));
                let name = format!("sha256:{}", path.split('/').nth(3).unwrap());
                let intact = if paths::sha256(&one) == name { "a" } else { "neither" };
                prop_assert_eq!(&row["intact"], intact);
            }
        }

        let mirrored = diff_stores(&b, &a, &[]).json();
        prop_assert_eq!(rows(&mirrored), swapped(&report));
        let one_job = diff_stores(&a, &b, &["-j", "1"]);
        prop_assert_eq!(without_elapsed(one_job.text()), without_elapsed(outcome.text()));
    }

    #[test]
    fn an_inventory_stands_for_its_root(shape in shapes(), which in some_edits(), packed: bool) {
        let (a, b) = edited(shape, &which);
        let name = if packed { "list.ndjson.zst" } else { "list.ndjson" };
        let (list_a, list_b) = (inventory(&a, name, &[]), inventory(&b, name, &[]));
        for (store, list) in [(&a, &list_a), (&b, &list_b)] {
            let report = diff(&store.root_text(), list, &[]).json();
            prop_assert_eq!(&report["identical"], true, "{}", report);
        }
        // What two roots are hashed for only where they differ, an inventory knows of every file.
        let known = |report: &Value| {
            let mut rows = rows(report);
            for row in &mut rows {
                row.remove("offset");
                if row["object"] == "other" {
                    row.remove("digest_a");
                    row.remove("digest_b");
                }
            }
            (rows, report["summary"]["equal"].clone(), report["repositories"].clone())
        };
        let roots = diff_stores(&a, &b, &[]).json();
        for (one, other) in [
            (&a.root_text(), &list_b),
            (&list_a, &b.root_text()),
            (&list_a, &list_b),
        ] {
            let report = diff(one, other, &[]).json();
            prop_assert_eq!(known(&report), known(&roots));
            prop_assert_eq!(&report["compared"], "bytes");
        }
        let sizes = diff(&a.root_text(), &inventory(&b, "sizes.ndjson", &["--no-hash"]), &[]).json();
        prop_assert_eq!(&sizes["compared"], "sizes");
        prop_assert_eq!(differences(&sizes), differences(&diff_stores(&a, &b, &["--sizes-only"]).json()));
    }
}
