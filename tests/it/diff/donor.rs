//! `verify --donor`: what another root has intact, and commands that heal.

use std::fs;
use std::process::Command;

use serde_json::{Value, json};

use super::{copy, inventory};
use crate::support::fixture;
use crate::support::listing::listing;
use crate::support::paths;
use crate::support::run::{finish, run, verify};
use crate::support::store::Store;

/// A sound donor, and a store in which three blobs are damaged, each in its way.
fn stricken() -> (Store, Store, [String; 3]) {
    let mut donor = Store::sample();
    // A name that a shell must not take apart.
    let name = "it's a $(root)";
    fs::rename(donor.root(), donor.outside().join(name)).unwrap();
    std::os::unix::fs::symlink(name, donor.root()).unwrap();
    donor.model.repos.clear();
    let store = copy(&Store::sample());
    let repo = &store.model.repos["team/app"];
    let manifest = repo.tags["v1"].current.clone();
    let mut layers = repo.layers.iter().filter(|layer| store.model.needs(&manifest).contains(*layer));
    let [altered, missing] = [layers.next().unwrap().clone(), layers.next().unwrap().clone()];
    let emptied = store.model.repos["lib"].tags.values().next().unwrap().current.clone();
    store.write(&paths::blob_data(&altered), "altered");
    store.remove(&paths::blob_dir(&missing));
    store.write(&paths::blob_data(&emptied), "");
    (donor, store, [altered, missing, emptied])
}

fn states(report: &Value) -> Vec<(String, String)> {
    let blobs = report["donor"]["blobs"].as_array().unwrap().iter();
    let text = |blob: &Value, member: &str| blob[member].as_str().unwrap().to_owned();
    blobs.map(|blob| (text(blob, "digest"), text(blob, "state"))).collect()
}

#[test]
fn the_commands_of_a_donor_heal_and_regfs_itself_changes_nothing() {
    let (donor, store, damaged) = stricken();
    let from = donor.outside().join("it's a $(root)");
    let before = (listing(store.outside()), listing(donor.outside()));
    let report = verify(&store, &["--donor", from.to_str().unwrap()]).json();
    assert!(before == (listing(store.outside()), listing(donor.outside())));
    let mut expected: Vec<_> = damaged.iter().map(|digest| (digest.clone(), "intact".to_owned())).collect();
    expected.sort();
    assert_eq!(states(&report), expected);
    let mut commands = Vec::new();
    for blob in report["donor"]["blobs"].as_array().unwrap() {
        commands.extend(
            blob["commands"].as_array().unwrap().iter().map(|line| line.as_str().unwrap().to_owned()),
        );
    }
    let script = commands.join("\n");
    let shell = finish(Command::new("sh").args(["-euc", &script]), std::time::Duration::from_secs(60));
    assert_eq!(shell.status, 0, "{script}\n{}", shell.stderr);
    let healed = verify(&store, &[]);
    assert_eq!(healed.status, 0, "{}", healed.text());
    // What was wrong is still there, to be looked at and removed.
    let left = store.at(&paths::blob_data(&damaged[0])).with_file_name("data.damaged");
    assert_eq!(fs::read_to_string(&left).unwrap(), "altered");
    // Damaged once more, it does not take the place of what was wrong before.
    store.write(&paths::blob_data(&damaged[0]), "altered again");
    let report = verify(&store, &["--donor", from.to_str().unwrap()]).json();
    let commands = report["donor"]["blobs"][0]["commands"].as_array().unwrap().clone();
    let script = commands[0].as_str().unwrap();
    // A copy that fails leaves the blob as it is.
    let failing = script.replace("cp --reflink=auto", "false");
    finish(Command::new("sh").args(["-c", &failing]), std::time::Duration::from_secs(60));
    assert_eq!(fs::read_to_string(store.at(&paths::blob_data(&damaged[0]))).unwrap(), "altered again");
    finish(Command::new("sh").args(["-c", script]), std::time::Duration::from_secs(60));
    assert_eq!(verify(&store, &[]).status, 0);
    assert_eq!(fs::read_to_string(&left).unwrap(), "altered");
    assert_eq!(fs::read_to_string(left.with_file_name("data.damaged.2")).unwrap(), "altered again");
}

#[test]
fn a_cache_asks_a_donor_for_what_it_never_pulled_whether_notes_are_listed_or_not() {
    let [cache, registry] =
        ["cache", "registry"].map(|tree| fixture::root(tree).to_str().unwrap().to_owned());
    let ask = |more: &[&str]| {
        run(&[&["verify", "-r", &cache, "--donor", &registry, "-f", "json"], more].concat()).json()
    };
    let (quiet, listed) = (ask(&[]), ask(&["--notes"]));
    assert_eq!(quiet["donor"], listed["donor"]);
    assert!(!quiet["donor"]["blobs"].as_array().unwrap().is_empty());
    let notes = quiet["findings"].as_array().unwrap().iter().filter(|finding| finding["severity"] == "note");
    assert_eq!(notes.count(), 0);
}

#[test]
fn a_donor_that_is_the_root_itself_is_said_to_be() {
    let store = Store::sample();
    let report = verify(&store, &["--donor", &store.root_text()]).json();
    let warnings = report["warnings"].as_array().unwrap();
    assert!(warnings.contains(&json!("the root and the donor are the same root")), "{warnings:?}");
}

#[test]
fn a_donor_that_is_damaged_too_or_has_not_got_it_offers_nothing() {
    let (_, store, [altered, missing, emptied]) = stricken();
    let donor = Store::sample();
    donor.write(&paths::blob_data(&altered), "altered otherwise");
    donor.remove(&paths::blob_data(&missing));
    let states_of = |donor: &str| {
        let report = verify(&store, &["--donor", donor]).json();
        let blobs = report["donor"]["blobs"].as_array().unwrap().clone();
        for blob in blobs.iter().filter(|blob| blob["state"] != "intact") {
            assert_eq!(blob["commands"], json!([]), "{blob}");
        }
        states(&report)
    };
    let of = |digest: &String, state: &str| (digest.clone(), state.to_owned());
    let mut expected = vec![of(&altered, "altered"), of(&missing, "missing"), of(&emptied, "intact")];
    expected.sort();
    assert_eq!(states_of(&donor.root_text()), expected);
    assert_eq!(states_of(&inventory(&donor, "list.ndjson", &[])), expected);
    let mut unhashed = vec![of(&altered, "unchecked"), of(&missing, "missing"), of(&emptied, "unchecked")];
    unhashed.sort();
    assert_eq!(states_of(&inventory(&donor, "sizes.ndjson", &["--no-hash"])), unhashed);
}

#[test]
fn a_person_sees_the_commands_and_a_sound_store_wants_nothing() {
    let (donor, store, damaged) = stricken();
    let from = donor.root_text();
    let table = run(&["verify", "-r", &store.root_text(), "--donor", &from]);
    assert_eq!(table.status, 1);
    for digest in &damaged {
        assert!(table.text().contains(&format!("intact     {digest}")), "{}", table.text());
    }
    assert_eq!(table.text().matches("cp --reflink=auto").count(), 3);
    let list = inventory(&donor, "list.ndjson", &[]);
    let listed = run(&["verify", "-r", &store.root_text(), "--donor", &list]);
    assert!(listed.text().contains("on its host: ") && !listed.text().contains("cp --"), "{}", listed.text());
    let sound = run(&["verify", "-r", &from, "--donor", &store.root_text()]);
    assert!(sound.status == 0 && sound.text().contains("nothing is wanted of"), "{}", sound.text());
    let plain = verify(&store, &[]).json();
    assert_eq!(plain["donor"], Value::Null);
}

#[test]
fn where_it_cannot_be_told_what_is_damaged_or_missing_nobody_says_that_nothing_is() {
    let donor = Store::sample();
    let ask = |store: &Store, more: &[&str]| {
        let (root, from) = (store.root_text(), donor.root_text());
        run(&[&["verify", "-r", &root, "--donor", &from], more].concat()).text().to_owned()
    };
    let gone = Store::sample();
    fs::remove_dir_all(gone.at("blobs")).unwrap();
    let linked = Store::sample();
    fs::rename(linked.at("blobs"), linked.outside().join("blobs")).unwrap();
    std::os::unix::fs::symlink(linked.outside().join("blobs"), linked.at("blobs")).unwrap();
    let repositories = Store::sample();
    fs::remove_dir_all(repositories.at("repositories")).unwrap();
    let cut = Store::sample();
    let manifest = &cut.model.repos["team/app"].tags["v1"].current;
    let needed = cut.model.needs(manifest);
    let is_layer = |digest: &&String| needed.contains(*digest) && cut.model.blobs[*digest][0] != b'{';
    let layer = cut.model.repos["team/app"].layers.iter().find(is_layer).unwrap();
    cut.write(&paths::blob_data(layer), "");
    for (store, more, why) in [
        (&gone, &[][..], "blobs is root-incomplete"),
        (&linked, &[], "blobs is not-regular"),
        (&repositories, &[], "repositories is root-incomplete"),
        (&cut, &["--no-hash"], "layers were not hashed (--no-hash)"),
    ] {
        let table = ask(store, more);
        let said = format!("what is damaged or missing cannot be told: {why}: nothing was asked of ");
        assert!(table.contains(&said) && !table.contains("nothing is wanted"), "{table}");
    }
    // What is known to be wanted is asked for all the same.
    let (_, store, damaged) = stricken();
    std::os::unix::fs::symlink("nowhere", store.at("repositories/link")).unwrap();
    let table = ask(&store, &[]);
    assert_eq!(table.matches("  intact     ").count(), damaged.len(), "{table}");
    let said = "what else is damaged or missing cannot be told: repositories/link is not-regular\n";
    assert!(table.contains(said), "{table}");
}
