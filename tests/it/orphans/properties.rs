//! What holds of every store, sound or struck.

use std::collections::BTreeSet;
use std::fs;

use proptest::prelude::*;

use super::oracle::Disk;
use super::{digests, orphans, pairs};
use crate::properties::shapes;
use crate::support::damage;
use crate::support::paths;
use crate::support::random::Rng;
use crate::support::run::without_elapsed;
use crate::support::store::Store;

const POLICIES: [&str; 2] = ["revisions", "tags"];

fn config(cases: u32) -> ProptestConfig {
    ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(config(24))]

    #[test]
    fn orphans_are_exactly_what_is_not_reached(shape in shapes()) {
        let store = Store::sound(shape);
        let disk = Disk::read(&store);
        for policy in POLICIES {
            let outcome = orphans(&store, &["--policy", policy]);
            let report = outcome.json();
            prop_assert_eq!(outcome.status, 0, "{}", outcome.stderr);
            let alive = disk.alive(policy == "tags");
            let listed = digests(&report, "blobs");
            let expected: BTreeSet<_> = disk.blobs.difference(&alive.blobs).cloned().collect();
            prop_assert_eq!(&listed, &expected, "{}", policy);
            prop_assert_eq!(&report["summary"]["blobs_kept"], alive.blobs.len());
            let bytes: usize = expected.iter().map(|digest| store.model.blobs[digest].len()).sum();
            prop_assert_eq!(&report["summary"]["bytes"], bytes);

            let dead = |list: fn(&super::oracle::Repo) -> Vec<String>| -> BTreeSet<_> {
                let each = disk.repos.iter().flat_map(|(name, repo)| {
                    let here = &alive.repos[name];
                    list(repo).into_iter().filter(|digest| !here.contains(digest)).map(|digest| (name.clone(), digest))
                });
                each.collect()
            };
            prop_assert_eq!(pairs(&report, "layer_links"), dead(|repo| repo.layers.keys().cloned().collect()));
            prop_assert_eq!(pairs(&report, "manifests"), dead(|repo| repo.revisions.iter().cloned().collect()));
            for blob in report["blobs"].as_array().unwrap() {
                let digest = blob["digest"].as_str().unwrap();
                let from: Vec<_> = blob["linked_from"].as_array().unwrap().iter().map(|name| name.as_str().unwrap()).collect();
                let mut linked: Vec<_> = disk.repos.iter().filter(|(_, repo)| repo.layers.contains_key(digest)).map(|(name, _)| name.as_str()).collect();
                linked.sort_by(|a, b| a.split('/').cmp(b.split('/')));
                prop_assert_eq!(from, linked);
            }
        }
    }

    #[test]
    fn a_tag_that_counts_as_gone_is_as_good_as_deleted(shape in shapes(), newest in 0..3_usize) {
        let store = Store::sound(shape);
        let glob = ["v*", "team/*:latest", "*/app*:*", "no-such"][newest];
        let foretold = orphans(&store, &["--without-tags", glob]).json();
        for name in foretold["dropped_tags"].as_array().unwrap() {
            let (repo, tag) = name.as_str().unwrap().split_once(':').unwrap();
            store.remove(&paths::tag_dir(repo, tag));
        }
        let outcome = orphans(&store, &["--policy", "tags"]);
        // Without any tag left, tags are no policy.
        if outcome.status == 0 {
            let report = outcome.json();
            for list in ["blobs", "manifests", "layer_links"] {
                prop_assert_eq!(&report[list], &foretold[list], "{}", list);
            }
        }
    }

    #[test]
    fn the_report_does_not_depend_on_jobs_nor_change_anything(shape in shapes()) {
        let store = Store::sound(shape);
        let before = crate::support::listing::listing(store.outside());
        let of = |jobs| orphans(&store, &["--policy", "tags", "--keep-newest", "1", "--jobs", jobs]);
        let (one, four) = (of("1"), of("4"));
        prop_assert_eq!(without_elapsed(one.text()), without_elapsed(four.text()));
        prop_assert!(before == crate::support::listing::listing(store.outside()));
    }
}

proptest! {
    #![proptest_config(config(96))]

    #[test]
    fn no_damage_makes_an_orphan_of_what_is_needed(
        shape in shapes(), which in 0..damage::ALL.len(),
    ) {
        let mut store = Store::sound(shape);
        damage::ALL[which](&mut store, &mut Rng::new(shape.seed));
        let disk = Disk::read(&store);
        for policy in POLICIES {
            let outcome = orphans(&store, &["--policy", policy]);
            if outcome.stdout.is_empty() {
                prop_assert!(policy == "tags" && outcome.stderr.contains("no repository keeps a tag"), "{}", outcome.stderr);
                continue;
            }
            let report = outcome.json();
            let listed = digests(&report, "blobs");
            let alive = disk.alive(policy == "tags");
            let needed: Vec<_> = listed.intersection(&alive.blobs).collect();
            prop_assert!(needed.is_empty(), "{policy} {which}: lists {needed:?}\n{report:#}");
            let unknown = report["unknown"].as_array().unwrap();
            prop_assert_eq!(outcome.status, if unknown.is_empty() { 0 } else { 2 });
            if unknown.is_empty() {
                let expected: BTreeSet<_> = disk.blobs.difference(&alive.blobs).cloned().collect();
                prop_assert_eq!(&listed, &expected, "{} {}", policy, which);
            }
        }
    }

    #[test]
    fn what_a_lost_manifest_may_need_is_kept(shape in shapes(), strike in 0..4_u8) {
        let store = Store::sound(shape);
        let mut rng = Rng::new(shape.seed);
        let repo = store.some_repo(&mut rng).unwrap();
        let revision = rng.choose(store.model.repos[&repo].revisions.clone()).unwrap();
        let data = store.at(&paths::blob_data(&revision));
        match strike {
            0 => fs::remove_file(data).unwrap(),
            1 => fs::write(data, "").unwrap(),
            2 => fs::write(data, [store.model.blobs[&revision].as_slice(), b" "].concat()).unwrap(),
            _ => fs::File::create(data).unwrap().set_len(5 << 20).unwrap(),
        }
        for policy in POLICIES {
            let outcome = orphans(&store, &["--policy", policy]);
            let report = outcome.json();
            prop_assert_eq!(outcome.status, 2);
            prop_assert_eq!(&report["partial"], true);
            prop_assert_eq!(super::unknown(&report), [paths::blob_data(&revision)]);
            for (name, place) in &store.model.repos {
                if place.revisions.contains(&revision) {
                    let listed = digests(&report, "blobs");
                    let linked: Vec<_> = place.layers.union(&place.revisions).filter(|it| listed.contains(*it)).collect();
                    prop_assert!(linked.is_empty(), "{name}: {linked:?}");
                    prop_assert!(pairs(&report, "layer_links").iter().all(|(repo, _)| repo != name));
                }
            }
        }
    }
}
