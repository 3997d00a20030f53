//! The order of contents: what belongs to no repository first, then repository by repository, by path within each.
//!
//! Names are compared component by component, so that `a` and all that is in it stands before `a-b`. Repositories do not
//! lie within each other here: what is below `a/b` comes after all that is `a`'s own. Blobs and links come out of an
//! inventory in this order without being sorted.

use std::cmp::Ordering;

use crate::path::StorePath;

/// The repository that a path belongs to, by its name on disk: all that stands before the registry's own directories.
pub fn repository_of(path: &StorePath) -> Option<&[u8]> {
    let inside = path.as_bytes().strip_prefix(b"repositories/")?;
    let end = inside.windows(2).position(|pair| pair == b"/_")?;
    Some(&inside[..end]).filter(|name| !name.starts_with(b"_"))
}

/// Which of two paths comes first.
pub fn compare(a: &StorePath, b: &StorePath) -> Ordering {
    let repositories = match (repository_of(a), repository_of(b)) {
        (Some(a), Some(b)) => by_components(a, b),
        (a, b) => a.is_some().cmp(&b.is_some()),
    };
    repositories.then_with(|| by_components(a.as_bytes(), b.as_bytes()))
}

/// Compares as the lists of components would compare: a `/` sorts before any character.
fn by_components(a: &[u8], b: &[u8]) -> Ordering {
    let differs = a.iter().zip(b).position(|(a, b)| a != b);
    let rank = |bytes: &[u8], at: usize| match bytes[at] {
        b'/' => 0,
        byte => u16::from(byte) + 1,
    };
    differs.map_or_else(|| a.len().cmp(&b.len()), |at| rank(a, at).cmp(&rank(b, at)))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn key(path: &StorePath) -> (Option<Vec<Vec<u8>>>, Vec<Vec<u8>>) {
        let components = |bytes: &[u8]| bytes.split(|&b| b == b'/').map(<[u8]>::to_vec).collect::<Vec<_>>();
        (repository_of(path).map(components), components(path.as_bytes()))
    }

    proptest! {
        #[test]
        fn the_order_is_that_of_components(a in "(repositories/)?[a_./-]{1,8}", b in "(repositories/)?[a_./-]{1,8}") {
            let (a, b) = (StorePath::from(a), StorePath::from(b));
            prop_assert_eq!(compare(&a, &b), key(&a).cmp(&key(&b)));
        }
    }

    #[test]
    fn a_repository_ends_where_the_registrys_own_begins() {
        for (path, repository) in [
            ("repositories/a/b/_layers/sha256", Some("a/b")),
            ("repositories/a/_manifests/tags/_layers/current/link", Some("a")),
            ("repositories/a/_referrers/x", Some("a")),
            ("repositories/a/README", None),
            ("repositories/_layers/x", None),
            ("blobs/sha256/_x", None),
        ] {
            assert_eq!(repository_of(&path.into()), repository.map(str::as_bytes), "{path}");
        }
    }
}
