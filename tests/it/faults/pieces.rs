//! A file system that hands over any file in pieces, as a network's may: nothing is taken for its end that is not.

use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Duration;

use regfs::cancel::Cancel;
use regfs::commands::gc_preview::{self, gc_preview};
use regfs::commands::verify::{self, verify};
use regfs::finding::Severity;
use regfs::progress::Silent;
use regfs::registry::collector::Mode;
use regfs::session::Session;
use regfs::store::Manners;

use super::{cases, struck};
use crate::support::run::without_elapsed;
use crate::support::store::Store;

/// What `verify --deep` and `gc-preview` say of a store whose files come in pieces of so many bytes.
fn said(store: &Store, pieces: Option<NonZeroUsize>) -> [String; 2] {
    let root = store.v2();
    let opened = regfs::store::Store::open(Some(&root)).unwrap();
    if let Some(most) = pieces {
        opened.mind(Arc::new(Manners::in_pieces(most)));
    }
    let options = verify::Options {
        references: Vec::new(),
        hash: true,
        deep: Some(1 << 30),
        fail_on: Some(Severity::Error),
        notes: true,
        aside: false,
        upload_age: Duration::from_secs(7 * 86_400),
        shard: None,
        max_duration: None,
    };
    let cancel = Cancel::never();
    let session = Session {
        store: &opened,
        jobs: 2,
        open_files: 32,
        backend: None,
        cancel: &cancel,
        progress: &Silent,
        now: jiff::Timestamp::UNIX_EPOCH,
    };
    let report = verify(&session, &options, None, None).unwrap();
    let preview = gc_preview(&session, &gc_preview::Options { mode: Mode::ALL[2] });
    let preview =
        preview.map_or_else(|error| format!("{error:#}"), |report| serde_json::to_string(&report).unwrap());
    [without_elapsed(&serde_json::to_string(&report).unwrap()), preview]
}

#[test]
fn in_whatever_pieces_files_come_the_reports_are_the_same() {
    for seed in 0..cases(30) {
        let mut store = struck(seed);
        store.blob(vec![7; 20_000]);
        let whole = said(&store, None);
        for pieces in [1, 70, 4096] {
            let in_pieces = said(&store, NonZeroUsize::new(pieces));
            assert_eq!(in_pieces, whole, "seed {seed}, {pieces} bytes at a time");
        }
    }
}
