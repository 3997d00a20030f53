//! Every path has a meaning, and what has the place of a blob or link is where look-ups go.

#![no_main]

use libfuzzer_sys::fuzz_target;
use regfs::path::{StorePath, text_of};
use regfs::registry::layout::{self, Place};
use regfs::registry::shard::Shard;

fuzz_target!(|data: &[u8]| {
    let path = StorePath::from(data);
    let place = layout::classify(&path).place;
    let _ = place.expected();
    if let Place::BlobData(digest) = place {
        assert!(path.components().eq(layout::blob_data(digest).components()));
    }
    let text = text_of(data);
    assert_eq!(StorePath::from_text(&text).to_string(), text);
    let shards = ["1/3", "2/3", "3/3"].map(|text| text.parse::<Shard>().expect("a shard"));
    assert_eq!(shards.iter().filter(|shard| shard.owns(&path)).count(), 1);
});
