//! Where everything stands below `v2`, as a two-way mapping between ids and relative paths. No I/O.
//!
//! ```text
//! v2/
//! ├── blobs/<algorithm>/<hh>/<hex>/data               bytes; <hh> = the first two of <hex>
//! └── repositories/<name>/                            <name> may hold "/": a and a/b are both repositories
//!     ├── _layers/<algorithm>/<hex>/link              may be pulled from here: configs and layers
//!     ├── _manifests/
//!     │   ├── revisions/<algorithm>/<hex>/
//!     │   │   ├── link                                a manifest of this repository
//!     │   │   └── signatures/<algorithm>/<hex>/link   written by 2.4 and before, for schema 1
//!     │   └── tags/<tag>/
//!     │       ├── current/link                        what the tag resolves to
//!     │       └── index/<algorithm>/<hex>/link        what the tag ever pointed to
//!     └── _uploads/<id>/
//!         ├── data, startedat
//!         └── hashstates/<algorithm>/<offset>
//! ```
//!
//! Source: `registry/storage/paths.go` of distribution. The layout is a state machine: [`Place::child`] says what a
//! name means in a directory, and is total, since a root may hold anything.

mod place;

use crate::digest::Digest;
use crate::kind::Shelf;
use crate::path::StorePath;
pub use place::{Expected, Owner, Place};

/// A path's meaning together with the names on the way to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Location<'a> {
    /// What it is.
    pub place: Place,
    /// The repository that it belongs to, by the name on disk.
    pub repository: Option<&'a [u8]>,
    /// The tag that it belongs to, by the name on disk.
    pub tag: Option<&'a [u8]>,
}

/// What a path below `v2` means. Total: every path has a place, if only [`Place::Unplaced`].
pub fn classify(path: &StorePath) -> Location<'_> {
    let mut location = Location { place: Place::Root, repository: None, tag: None };
    if path.as_bytes().is_empty() {
        return location;
    }
    let mut end = 0;
    for name in path.as_bytes().split(|&byte| byte == b'/') {
        location.place = location.place.child(name);
        end += name.len();
        match location.place {
            Place::Namespace => location.repository = path.as_bytes().get(REPOSITORIES.len()..end),
            Place::Tag => location.tag = Some(name),
            _ => {}
        }
        end += 1;
    }
    location
}

const REPOSITORIES: &str = "repositories/";

/// The directory of a repository.
pub fn repository(name: impl AsRef<[u8]>) -> StorePath {
    StorePath::from("repositories").join(name)
}

/// The bytes of a blob.
pub fn blob_data(digest: Digest) -> StorePath {
    Shelf::Sharded.path(digest)
}

/// The link by which a repository offers a config or layer.
pub fn layer_link(repository: &StorePath, digest: Digest) -> StorePath {
    repository.join(format!("_layers/{}/{}/link", digest.algorithm(), digest.hex()))
}

/// The link by which a repository offers a manifest.
pub fn revision_link(repository: &StorePath, digest: Digest) -> StorePath {
    repository.join(format!("_manifests/revisions/{}/{}/link", digest.algorithm(), digest.hex()))
}

/// The link of a legacy signature of a manifest.
pub fn signature_link(repository: &StorePath, manifest: Digest, signature: Digest) -> StorePath {
    let (a, b) = (manifest.algorithm(), signature.algorithm());
    let (manifest, signature) = (manifest.hex(), signature.hex());
    repository.join(format!("_manifests/revisions/{a}/{manifest}/signatures/{b}/{signature}/link"))
}

/// The directory of a tag.
pub fn tag(repository: &StorePath, tag: impl AsRef<[u8]>) -> StorePath {
    repository.join("_manifests/tags").join(tag)
}

/// What a tag points to now.
pub fn tag_current(repository: &StorePath, name: impl AsRef<[u8]>) -> StorePath {
    tag(repository, name).join("current/link")
}

/// One entry of what a tag ever pointed to.
pub fn tag_index(repository: &StorePath, name: impl AsRef<[u8]>, digest: Digest) -> StorePath {
    tag(repository, name).join(format!("index/{}/{}/link", digest.algorithm(), digest.hex()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::digest::Algorithm;

    fn digest() -> impl Strategy<Value = Digest> {
        (0..3usize, any::<[u8; 32]>(), any::<[u8; 32]>()).prop_map(|(which, low, high)| {
            let algorithm = Algorithm::ALL[which];
            Digest::new(algorithm, &[low, high].concat()[..algorithm.size()]).unwrap()
        })
    }

    proptest! {
        #[test]
        fn classifying_undoes_the_path(
            a in digest(), b in digest(), name in "[a-z0-9]{1,5}(/[a-z0-9]{1,5}){0,3}", t in "[a-zA-Z0-9_][\\w.-]{0,9}",
        ) {
            let repo = repository(&name);
            let name = Some(name.as_bytes());
            let tag = Some(t.as_bytes());
            let of = |path: &StorePath| { let l = classify(path); (l.place, l.repository.map(<[u8]>::to_vec), l.tag.map(<[u8]>::to_vec)) };
            let want = |place, r: Option<&[u8]>, t: Option<&[u8]>| (place, r.map(<[u8]>::to_vec), t.map(<[u8]>::to_vec));
            prop_assert_eq!(of(&blob_data(a)), want(Place::BlobData(a), None, None));
            prop_assert_eq!(of(&repo), want(Place::Namespace, name, None));
            prop_assert_eq!(of(&layer_link(&repo, a)), want(Place::Link(Owner::Layers, a), name, None));
            prop_assert_eq!(of(&revision_link(&repo, a)), want(Place::Link(Owner::Revisions, a), name, None));
            prop_assert_eq!(of(&signature_link(&repo, a, b)), want(Place::Link(Owner::Signatures(a), b), name, None));
            prop_assert_eq!(of(&super::tag(&repo, &t)), want(Place::Tag, name, tag));
            prop_assert_eq!(of(&tag_current(&repo, &t)), want(Place::TagLink, name, tag));
            prop_assert_eq!(of(&tag_index(&repo, &t, b)), want(Place::Link(Owner::TagIndex, b), name, tag));
        }

        #[test]
        fn every_path_has_a_place(path in any::<Vec<u8>>()) {
            let _ = classify(&StorePath::from(&path[..]));
        }

        #[test]
        fn a_blob_under_another_fan_out_is_misplaced(digest in digest(), shard in "[0-9a-f]{2}") {
            let hex = digest.hex();
            prop_assume!(!hex.starts_with(&shard));
            let path = format!("blobs/{}/{shard}/{hex}/data", digest.algorithm());
            prop_assert_eq!(classify(&path.into()).place, Place::MisplacedData(Some(digest)));
        }
    }

    #[test]
    fn odd_paths_have_the_place_that_collectors_and_people_would_give_them() {
        let hex = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        let digest = Digest::from_hex(Algorithm::Sha256, hex.as_bytes()).unwrap();
        for (path, place) in [
            ("blobs/sha256/ab/data".to_owned(), Place::MisplacedData(None)),
            (format!("blobs/sha256/{hex}/data"), Place::MisplacedData(Some(digest))),
            (
                format!("blobs/md5/d4/{}/data", hex.replace('e', "d").replace("d3b0", "d4b0")),
                Place::OtherBlobData,
            ),
            (format!("blobs/tarsum/v1/sha256/e3/{hex}/data"), Place::OtherBlobData),
            (format!("blobs/sha256/e3/{hex}/extra"), Place::StrayBlobs),
            (format!("blobs/sha256/e3/{}/data", hex.to_uppercase()), Place::MisplacedData(None)),
            (format!("repositories/a/_layers/tarsum/v1/sha256/{hex}/link"), Place::OddLink(Owner::Layers)),
            ("repositories/a/_manifests/revisions/link".to_owned(), Place::OddLink(Owner::Revisions)),
            ("repositories/a/_referrers/x".to_owned(), Place::Reserved),
            ("repositories/_layers".to_owned(), Place::Unplaced),
            ("lost+found".to_owned(), Place::Unplaced),
        ] {
            assert_eq!(classify(&path.as_str().into()).place, place, "{path}");
        }
    }
}
