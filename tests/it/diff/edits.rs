//! Things that happen to one of two copies.

use std::fs;

use super::naive;
use crate::support::paths;
use crate::support::random::Rng;
use crate::support::store::Store;

/// Something that may happen to a store, if there is anything that it can happen to.
type Edit = fn(&mut Store, &mut Rng) -> Option<()>;

pub(super) const ALL: [Edit; 13] = [
    remove_a_file,
    remove_a_file,
    flip_a_bit,
    cut_a_file,
    empty_a_file,
    move_a_tag,
    add_an_image,
    add_a_stray_file,
    remove_a_repository,
    break_a_link,
    remove_a_tag,
    hide_a_blob_under_another_shard,
    leave_residue,
];

/// Any file of those that mean something.
fn some_file(store: &Store, rng: &mut Rng) -> Option<String> {
    let tree = naive::tree(&store.v2());
    rng.choose(tree.into_iter().filter(|(_, content)| content.is_some()).map(|(path, _)| path))
}

fn some_blob(store: &Store, rng: &mut Rng) -> Option<String> {
    let tree = naive::tree(&store.v2());
    rng.choose(tree.into_keys().filter(|path| path.starts_with("blobs/") && path.ends_with("/data")))
}

fn remove_a_file(store: &mut Store, rng: &mut Rng) -> Option<()> {
    let path = some_file(store, rng)?;
    store.remove(&path);
    Some(())
}

fn flip_a_bit(store: &mut Store, rng: &mut Rng) -> Option<()> {
    let path = some_blob(store, rng)?;
    let mut bytes = fs::read(store.at(&path)).unwrap();
    let at = rng.below(bytes.len().max(1));
    *bytes.get_mut(at)? ^= 1 << rng.below(8);
    store.write(&path, bytes);
    Some(())
}

fn cut_a_file(store: &mut Store, rng: &mut Rng) -> Option<()> {
    let path = some_file(store, rng)?;
    let bytes = fs::read(store.at(&path)).unwrap();
    store.write(&path, &bytes[..rng.below(bytes.len().max(1))]);
    Some(())
}

fn empty_a_file(store: &mut Store, rng: &mut Rng) -> Option<()> {
    let path = some_file(store, rng)?;
    store.write(&path, "");
    Some(())
}

fn move_a_tag(store: &mut Store, rng: &mut Rng) -> Option<()> {
    let repo = store_repo(store, rng)?;
    let place = &store.model.repos[&repo];
    let tag = rng.choose(place.tags.keys().cloned())?;
    let digest = rng.choose(place.revisions.iter().cloned())?;
    store.tag(&repo, &tag, &digest);
    Some(())
}

fn add_an_image(store: &mut Store, rng: &mut Rng) -> Option<()> {
    let repo = rng.choose(["new", "new/er", "team/app", "a-new"])?.to_owned();
    let blob = store.blob(format!("a blob {}", rng.next()));
    store.link_layer(&repo, &blob);
    store.link_revision(&repo, &blob);
    store.tag(&repo, "new", &blob);
    Some(())
}

fn add_a_stray_file(store: &mut Store, rng: &mut Rng) -> Option<()> {
    let repo = store_repo(store, rng)?;
    let at = rng.choose([
        "lost+found/x".to_owned(),
        "blobs/README".to_owned(),
        "blobs/sha256/ab/data".to_owned(),
        "blobs/md5/d4/d41d8cd98f00b204e9800998ecf8427e/data".to_owned(),
        "repositories/README".to_owned(),
        format!("repositories/{repo}/_referrers/a/b/c"),
        format!("repositories/{repo}/_layers/x/y/z"),
        format!("repositories/{repo}/_layers/x/y/link"),
        format!("repositories/{repo}/_manifests/README"),
        format!("repositories/{repo}/_manifests/tags/v9/README"),
        format!("repositories/{repo}/_manifests/tags/.DS_Store"),
    ])?;
    store.write(&at, format!("stray {}", rng.next()));
    Some(())
}

fn remove_a_repository(store: &mut Store, rng: &mut Rng) -> Option<()> {
    let repo = store_repo(store, rng)?;
    store.remove(&paths::repository(&repo));
    store.model.repos.retain(|name, _| *name != repo && !name.starts_with(&format!("{repo}/")));
    Some(())
}

fn remove_a_tag(store: &mut Store, rng: &mut Rng) -> Option<()> {
    let repo = store_repo(store, rng)?;
    let tag = rng.choose(store.model.repos[&repo].tags.keys().cloned())?;
    store.remove(&paths::tag_dir(&repo, &tag));
    if rng.chance(50) {
        store.create_dir(&paths::tag_dir(&repo, &tag));
    }
    store.model.repo(&repo).tags.remove(&tag);
    Some(())
}

fn break_a_link(store: &mut Store, rng: &mut Rng) -> Option<()> {
    let tree = naive::tree(&store.v2());
    let path = rng.choose(tree.into_keys().filter(|path| path.ends_with("/link")))?;
    let (digit, more) = (rng.below(10), rng.below(2));
    let text = rng.choose([
        "sha256:abc".to_owned(),
        format!("{}\n", paths::sha256(b"x")),
        paths::sha256(b"x"),
        paths::sha512(b"x"),
        format!("md5:{}", paths::hex(&paths::sha256(b"x"))),
        // Alike as far as a sentence about them would go.
        format!("{}{}", "x".repeat(3000), digit),
        "x".repeat(5000 + more),
    ])?;
    store.write(&path, text);
    Some(())
}

fn hide_a_blob_under_another_shard(store: &mut Store, rng: &mut Rng) -> Option<()> {
    let path = some_blob(store, rng)?;
    let hex = path.split('/').nth(3)?.to_owned();
    let bytes = fs::read(store.at(&path)).unwrap();
    store.remove(paths::parent(&path));
    store.write(&format!("blobs/sha256/00/{hex}/data"), bytes);
    Some(())
}

/// What means nothing.
fn leave_residue(store: &mut Store, rng: &mut Rng) -> Option<()> {
    let repo = store_repo(store, rng)?;
    let hex = paths::hex(&paths::sha256(&rng.next().to_le_bytes())).to_owned();
    store.upload(&repo, "00000000-0000-4000-8000-000000000000", "2023-11-14T22:13:20Z");
    store.create_dir(&format!("repositories/{repo}/_layers/sha256/{hex}"));
    store.create_dir(&format!("repositories/{repo}/_manifests/revisions/sha256/{hex}"));
    store.create_dir(&format!("blobs/sha256/{}/{hex}", &hex[..2]));
    store.write(&format!("repositories/{repo}/_layers/sha256/{hex}/link.0.tmp"), "half");
    store.write(&format!("blobs/sha256/{}/{hex}/data.0.tmp", &hex[..2]), "half");
    Some(())
}

/// A repository that is still there.
fn store_repo(store: &Store, rng: &mut Rng) -> Option<String> {
    let is_there = |name: &&String| store.at(&paths::repository(name)).is_dir();
    rng.choose(store.model.repos.keys().filter(is_there).cloned().collect::<Vec<_>>())
}
