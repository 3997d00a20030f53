//! What a run believes of an earlier one's, and in which order it reads the rest.

use std::fs::{self, OpenOptions};
use std::io::{Seek as _, SeekFrom, Write as _};
use std::path::Path;

use filetime::{FileTime, set_file_mtime};
use proptest::prelude::*;
use serde_json::json;

use super::{TO_THE_END, checkpoint_of, settle, store_of_layers, verified};
use crate::in_process::deep;
use crate::properties::shapes;
use crate::support::damage::{self, verdict};
use crate::support::paths;
use crate::support::random::Rng;
use crate::support::store::Store;

#[test]
fn a_run_goes_on_where_the_last_was_ended_and_reports_what_one_run_would_have() {
    let store = store_of_layers(6);
    let (root, checkpoint) = (store.root(), checkpoint_of(&store));
    let (whole, all) = verified(&root, &deep(), None, TO_THE_END);
    let mut read = Vec::new();
    for end_after in [0, 1, 2] {
        let (report, sizes) = verified(&root, &deep(), Some(&checkpoint), end_after);
        assert_eq!((&report["partial"], sizes.len()), (&json!(true), end_after));
        assert_eq!(report["part"]["complete"], false);
        read.extend(sizes);
    }
    let (report, sizes) = verified(&root, &deep(), Some(&checkpoint), TO_THE_END);
    assert_eq!(report, whole);
    read.extend(sizes);
    read.sort_unstable();
    let mut once = all.clone();
    once.sort_unstable();
    assert_eq!(read, once, "each blob is read once in a round");
    let (report, sizes) = verified(&root, &deep(), Some(&checkpoint), TO_THE_END);
    assert_eq!((report, sizes.len()), (whole, all.len()), "the next round believes nothing");
}

#[test]
fn what_was_verified_the_longest_ago_comes_first() {
    let store = store_of_layers(6);
    let (root, checkpoint) = (store.root(), checkpoint_of(&store));
    let round = |end_after| verified(&root, &deep(), Some(&checkpoint), end_after).1;
    let (_, rest) = (round(2), round(TO_THE_END));
    // This round begins with what the last one read first, though that is nothing special otherwise.
    let first = round(2);
    assert!(first.iter().all(|size| !rest.contains(size)), "{first:?} {rest:?}");
    // What is new is older than anything.
    let mut store = store;
    store.blob("x".repeat(77));
    settle();
    assert_eq!(round(1), [77]);
}

/// Neither ends the other's round, and neither is believed by the other.
#[test]
fn a_look_at_one_image_leaves_the_round_of_the_whole_root_as_it_is() {
    let store = store_of_layers(6);
    let (root, checkpoint) = (store.root(), checkpoint_of(&store));
    let image = super::Options { references: vec!["lib:v1".parse().unwrap()], ..deep() };
    let (_, all) = verified(&root, &deep(), None, TO_THE_END);
    let begun = verified(&root, &deep(), Some(&checkpoint), 2).1;
    for _ in 0..2 {
        let (report, sizes) = verified(&root, &image, Some(&checkpoint), TO_THE_END);
        assert_eq!((&report["partial"], sizes.len()), (&json!(false), all.len()), "it believes nothing");
        let warning = report["warnings"][0].as_str().unwrap();
        assert!(
            warning.starts_with("the checkpoint is in the midst of a round of other images"),
            "{warning}"
        );
    }
    // What the image's runs saw on the way counts as well: it was seen since the round began.
    let (report, sizes) = verified(&root, &deep(), Some(&checkpoint), TO_THE_END);
    assert_eq!((&report["warnings"], sizes.len()), (&json!([]), 0), "{begun:?}");
    assert_eq!(verified(&root, &deep(), Some(&checkpoint), TO_THE_END).1.len(), all.len());
    // And the other way about: a look at the whole root takes up the round of an image, and ends it.
    assert_eq!(verified(&root, &image, Some(&checkpoint), 2).1.len(), 2);
    assert_eq!(verified(&root, &deep(), Some(&checkpoint), TO_THE_END).1.len(), all.len() - 2);
    assert_eq!(verified(&root, &image, Some(&checkpoint), TO_THE_END).1.len(), all.len());
}

/// Ends a run after its last blob but one, so that all but one are believed; `change` strikes each of those. What the
/// next run reads, and finds.
fn after(change: impl Fn(&Path)) -> (usize, Vec<String>) {
    let store = store_of_layers(4);
    let (root, checkpoint) = (store.root(), checkpoint_of(&store));
    let (_, sizes) = verified(&root, &deep(), Some(&checkpoint), 3);
    for (digest, content) in &store.model.blobs {
        if sizes.contains(&(content.len() as u64)) {
            change(&store.at(&paths::blob_data(digest)));
        }
    }
    let (report, sizes) = verified(&root, &deep(), Some(&checkpoint), TO_THE_END);
    (sizes.len(), verdict::codes_and_paths(&report))
}

fn flip_first_byte(path: &Path) {
    let mut file = OpenOptions::new().read(true).write(true).open(path).unwrap();
    file.seek(SeekFrom::Start(20)).unwrap();
    file.write_all(b"?").unwrap();
}

#[test]
fn a_blob_is_believed_only_while_its_file_is_what_it_was() {
    assert_eq!(after(|_| ()), (1, Vec::new()));
    let (read, found) =
        after(|path| set_file_mtime(path, FileTime::from_unix_time(1_700_000_000, 5)).unwrap());
    assert_eq!((read, found.len()), (4, 0));
    let (read, found) = after(|path| {
        fs::copy(path, path.with_file_name("copy")).unwrap();
        fs::rename(path.with_file_name("copy"), path).unwrap();
    });
    assert_eq!((read, found.len()), (4, 0));
    let (read, found) = after(flip_first_byte);
    assert_eq!((read, found.len()), (4, 3));
    // Whoever puts the time back does not get past it.
    let (read, found) = after(|path| {
        let before = FileTime::from_last_modification_time(&fs::metadata(path).unwrap());
        flip_first_byte(path);
        set_file_mtime(path, before).unwrap();
    });
    assert_eq!((read, found.len()), (4, 3));
    let (read, found) = after(|path| fs::remove_file(path).unwrap());
    assert_eq!((read, found.len()), (1, 3));
}

#[test]
fn what_was_just_written_is_not_put_down() {
    let mut store = Store::new();
    let fresh = store.blob("fresh");
    let (root, checkpoint) = (store.root(), checkpoint_of(&store));
    // As fresh as the clock of the file system tells.
    store.write(&paths::blob_data(&fresh), "fresh");
    verified(&root, &deep(), Some(&checkpoint), 1);
    assert!(fs::metadata(&checkpoint).unwrap().len() < 200);
}

#[test]
fn an_unpacked_layer_is_believed_as_unpacked() {
    let store = store_of_layers(4);
    let (root, checkpoint) = (store.root(), checkpoint_of(&store));
    let (deep, plain) = (deep(), super::Options { deep: None, ..deep() });
    let (whole, all) = verified(&root, &deep, None, TO_THE_END);
    verified(&root, &plain, Some(&checkpoint), 2);
    let (_, sizes) = verified(&root, &deep, Some(&checkpoint), 3);
    assert_eq!(sizes.len(), 3, "hashed is not unpacked");
    let (report, sizes) = verified(&root, &deep, Some(&checkpoint), TO_THE_END);
    assert_eq!((report, sizes.len()), (whole, all.len() - 3));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..Default::default() })]

    #[test]
    fn a_resumed_run_over_any_store_reports_what_one_run_does(
        shape in shapes(), strikes in proptest::collection::vec(0..damage::ALL.len(), 0..4), unpacks in any::<bool>(),
        ends in proptest::collection::vec(0..5_usize, 1..4),
    ) {
        let mut store = Store::sound(shape);
        super::shares::strike(&mut store, &strikes, &mut Rng::new(shape.seed));
        settle();
        let options = super::Options { deep: unpacks.then_some(1 << 30), ..deep() };
        let (root, checkpoint) = (store.root(), checkpoint_of(&store));
        for end_after in ends {
            verified(&root, &options, Some(&checkpoint), end_after);
        }
        let (resumed, _) = verified(&root, &options, Some(&checkpoint), TO_THE_END);
        let (whole, _) = verified(&root, &options, None, TO_THE_END);
        prop_assert_eq!(resumed, whole);
    }
}
