//! A file system that hands over any file in pieces, as a network's may: nothing is taken for its end that is not.

use std::fs;
use std::num::NonZeroUsize;
use std::os::unix::fs::symlink;
use std::sync::Arc;

use regfs::cancel::Cancel;
use regfs::commands::gc_preview::{self, gc_preview};
use regfs::commands::verify::verify;
use regfs::progress::Silent;
use regfs::registry::collector::Mode;
use regfs::store::Manners;

use super::{cases, struck};
use crate::in_process::{deep, session};
use crate::support::paths;
use crate::support::random::{Rng, Shape};
use crate::support::run::without_elapsed;
use crate::support::store::Store;

/// What `verify --deep` and `gc-preview` say of a store whose files come in pieces of so many bytes.
fn said(store: &Store, pieces: Option<NonZeroUsize>) -> [String; 2] {
    let root = store.v2();
    let opened = regfs::store::Store::open(Some(&root)).unwrap();
    if let Some(most) = pieces {
        opened.mind(Arc::new(Manners::in_pieces(most)));
    }
    let cancel = Cancel::never();
    let session = session(&opened, 2, &cancel, &Silent);
    let report = verify(&session, &deep(), None, None).unwrap();
    let preview = gc_preview(&session, &gc_preview::Options { mode: Mode::ALL[2] });
    let preview =
        preview.map_or_else(|error| format!("{error:#}"), |report| serde_json::to_string(&report).unwrap());
    [without_elapsed(&serde_json::to_string(&report).unwrap()), preview]
}

#[test]
fn in_whatever_pieces_files_come_the_reports_are_the_same() {
    for seed in 0..cases(30) {
        let store = struck(seed);
        let long = vec![7; 20_000];
        let path = store.at(&paths::blob_data(&paths::sha256(&long)));
        // There may be no place for it any more.
        let _ = fs::create_dir_all(path.parent().unwrap()).and_then(|()| fs::write(path, long));
        let whole = said(&store, None);
        for pieces in [1, 70, 4096] {
            let in_pieces = said(&store, NonZeroUsize::new(pieces));
            assert_eq!(in_pieces, whole, "seed {seed}, {pieces} bytes at a time");
        }
    }
}

/// A link that comes in one piece is believed without a look at its directory, so that a look must not say more.
#[test]
fn what_stands_beside_the_link_of_a_tag_is_nothing_to_a_collector() {
    let store = Store::sound(Shape { seed: 1, repositories: 2, images: 4 });
    let repo = store.some_repo(&mut Rng::new(1)).unwrap();
    let tag = store.model.repos[&repo].tags.keys().next().unwrap().clone();
    let sound = said(&store, None)[1].clone();
    let directory = paths::tag_dir(&repo, &tag);
    store.write(&format!("{directory}/stray"), "x");
    store.write(&format!("{directory}/current/stray"), "x");
    symlink("nowhere", store.at(&format!("{directory}/link"))).unwrap();
    for pieces in [None, NonZeroUsize::new(1)] {
        assert_eq!(said(&store, pieces)[1], sound, "{pieces:?} bytes at a time");
    }
}
