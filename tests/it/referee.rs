//! Where a real registry is installed, it judges the kit: its collector must get through every sound store, and stop
//! exactly at the damages that are said to stop it.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use crate::support::damage::{self, Damage, Expected};
use crate::support::random::{Rng, Shape};
use crate::support::run::finish;
use crate::support::store::Store;
use crate::support::tools;

const REGISTRY: &str = "/usr/bin/docker-registry";

/// Whether `garbage-collect --dry-run` of distribution 2.8 gets through, and what it says.
pub(crate) fn collects(store: &Store, delete_untagged: bool) -> (bool, String) {
    collect(store, delete_untagged, true)
}

/// Whether `garbage-collect` gets through, and what it says; what it deletes is gone.
pub(crate) fn sweeps(store: &Store, delete_untagged: bool) -> (bool, String) {
    collect(store, delete_untagged, false)
}

fn collect(store: &Store, delete_untagged: bool, is_dry: bool) -> (bool, String) {
    let config = store.outside().join("config.yml");
    let root = store.root();
    let text = format!("version: 0.1\nstorage:\n  filesystem:\n    rootdirectory: {}\n", root.display());
    std::fs::write(&config, text).unwrap();
    let mut command = Command::new(REGISTRY);
    command.arg("garbage-collect").args(is_dry.then_some("--dry-run"));
    command.args(delete_untagged.then_some("-m")).arg(&config);
    let outcome = finish(&mut command, Duration::from_secs(60));
    (outcome.status == 0, format!("{}{}", String::from_utf8_lossy(&outcome.stdout), outcome.stderr))
}

/// The collectors that the findings say would stop, if each finding says.
fn stopped(damage: &Damage) -> Option<BTreeSet<String>> {
    let each: Option<Vec<_>> = damage.findings.iter().map(Expected::blocked).collect();
    Some(each?.concat().into_iter().collect())
}

/// Whether there is a registry; if not, the test that asks has nothing to do, and says why.
pub(crate) fn is_installed() -> bool {
    let is_installed = Path::new(REGISTRY).exists();
    if !is_installed {
        tools::skipped("docker-registry", "there is no docker-registry");
    }
    is_installed
}

#[test]
fn a_real_collector_gets_through_sound_stores() {
    if !is_installed() {
        return;
    }
    let random = (0..6).map(|seed| Store::sound(Shape { seed, repositories: 4, images: 8 }));
    for store in random.chain([Store::sample()]) {
        for delete_untagged in [false, true] {
            let (through, said) = collects(&store, delete_untagged);
            assert!(through, "{said}");
            for manifest in store.model.repos.values().flat_map(|repo| repo.tags.values()) {
                assert!(said.contains(&format!("marking manifest {}", manifest.current)), "{said}");
            }
        }
    }
}

#[test]
fn a_real_collector_stops_where_the_kit_says() {
    if !is_installed() {
        return;
    }
    let mut disagreements = Vec::new();
    let mut judged = 0;
    for (number, verb) in damage::ALL.iter().enumerate() {
        for seed in 0..5 {
            let mut store = Store::sample();
            let Some(damage) = verb(&mut store, &mut Rng::new(seed)) else { continue };
            let Some(stopped) = stopped(&damage) else { continue };
            for (collector, delete_untagged) in [("2", false), ("2m", true)] {
                let (through, said) = collects(&store, delete_untagged);
                judged += 1;
                if through == stopped.contains(collector) {
                    let last = said.lines().last().unwrap_or_default();
                    let first = &damage.findings[0];
                    disagreements.push(format!("{number} {collector} {stopped:?} {first:?}: {last}"));
                }
            }
        }
    }
    assert!(judged > 100, "only {judged} answers were compared");
    assert_eq!(disagreements, [""; 0], "{disagreements:#?}");
}
