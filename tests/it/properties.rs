//! What holds of every store, sound or struck once.

use proptest::prelude::*;
use serde_json::Value;

use crate::support::damage::{self, verdict};
use crate::support::listing::listing;
use crate::support::random::{Rng, Shape};
use crate::support::run::{run, verify, without_elapsed};
use crate::support::store::Store;

pub(crate) fn shapes() -> impl Strategy<Value = Shape> {
    (any::<u64>(), 1..=5_usize, 1..=9_usize).prop_map(|(seed, repositories, images)| Shape {
        seed,
        repositories,
        images,
    })
}

fn config(cases: u32) -> ProptestConfig {
    // The shape that fails is printed: it is all that is needed to see it again.
    ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() }
}

/// The members of `report`'s summary that `expected` has too.
fn same_members(report: &Value, expected: &Value) -> Value {
    let members = expected.as_object().unwrap().keys();
    members.map(|member| (member.clone(), report["summary"][member].clone())).collect()
}

proptest! {
    #![proptest_config(config(24))]

    #[test]
    fn a_sound_store_verifies_clean_and_is_counted_exactly(shape in shapes()) {
        let store = Store::sound(shape);
        let outcome = verify(&store, &["--deep"]);
        let report = outcome.json();
        prop_assert_eq!(&report["findings"], &Value::Array(Vec::new()));
        prop_assert_eq!(outcome.status, 0, "{}", outcome.stderr);
        prop_assert_eq!(verdict::faults_of_report(&report, &outcome), Vec::<String>::new());
        let expected = store.model.summary();
        prop_assert_eq!(same_members(&report, &expected), expected);
    }

    #[test]
    fn every_tag_of_a_sound_store_resolves_complete(shape in shapes()) {
        let store = Store::sound(shape);
        for (repo, place) in &store.model.repos {
            for (tag, at) in &place.tags {
                let reference = format!("{repo}:{tag}");
                let outcome = run(&["resolve", &reference, "-f", "json", "-r", &store.root_text()]);
                let report = outcome.json();
                prop_assert_eq!(outcome.status, 0, "{}: {}", reference, report);
                prop_assert_eq!(&report["digest"], &*at.current);
                prop_assert_eq!(&report["complete"], true);
                let size: usize =
                    store.model.needs(&at.current).iter().map(|digest| store.model.blobs[digest].len()).sum();
                prop_assert_eq!(&report["total_size"], size, "{}", reference);
            }
        }
    }

    #[test]
    fn the_report_does_not_depend_on_jobs(shape in shapes(), which in 0..damage::ALL.len()) {
        let mut store = Store::sound(shape);
        let damage = damage::ALL[which](&mut store, &mut Rng::new(shape.seed));
        let args = damage.map(|damage| damage.args).unwrap_or_default();
        let of = |jobs| verify(&store, &[&args[..], &["--jobs", jobs]].concat());
        let (one, four) = (of("1"), of("4"));
        prop_assert_eq!(one.status, four.status);
        one.json();
        prop_assert_eq!(without_elapsed(one.text()), without_elapsed(four.text()));
    }

    #[test]
    fn structure_alone_is_judged_the_same_without_hashing_layers(shape in shapes()) {
        let store = Store::sound(shape);
        let outcome = verify(&store, &["--no-hash"]);
        prop_assert_eq!(outcome.status, 0, "{}", outcome.stderr);
        prop_assert_eq!(&outcome.json()["findings"], &Value::Array(Vec::new()));
    }
}

proptest! {
    #![proptest_config(config(32))]

    #[test]
    fn one_random_damage_yields_exactly_its_finding(shape in shapes(), which in 0..damage::ALL.len()) {
        let mut store = Store::sound(shape);
        if let Some(damage) = damage::ALL[which](&mut store, &mut Rng::new(shape.seed)) {
            let verdict = verdict::judge(&store, &damage);
            prop_assert!(verdict.is_ok(), "{damage:?}\n{}", verdict.unwrap_err());
        }
    }
}

proptest! {
    #![proptest_config(config(8))]

    #[test]
    fn no_command_changes_anything_under_the_root(shape in shapes()) {
        let store = Store::sound(shape);
        let (repo, place) = store.model.repos.iter().next().unwrap();
        let reference = format!("{repo}:{}", place.tags.keys().next().unwrap());
        let root = store.root_text();
        let before = listing(store.outside());
        for (command, status) in [
            (&["verify"][..], 0),
            (&["verify", "--no-hash", "--jobs", "3"], 0),
            (&["verify", "--deep", "-f", "ndjson"], 0),
            (&["verify", &reference], 0),
            (&["resolve", &reference], 0),
            (&["resolve", &reference, "-f", "paths"], 0),
            (&["resolve", "no/such:tag", "-f", "json"], 1),
            (&["ls"], 0),
            (&["ls", repo], 0),
            (&["refs", place.tags.values().next().unwrap().current.as_str()], 0),
            (&["history", &reference], 0),
            (&["du"], 0),
            (&["du", "--by", "blob", "-f", "csv"], 0),
            (&["uploads"], 0),
            (&["cat", &reference], 0),
        ] {
            let outcome = run(&[command, &["-r", &root]].concat());
            prop_assert_eq!(outcome.status, status, "{:?}: {}", command, outcome.stderr);
            prop_assert!(!outcome.stdout.is_empty(), "{command:?} says nothing");
            prop_assert!(before == listing(store.outside()), "{command:?} has changed something");
        }
    }
}
