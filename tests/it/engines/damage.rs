//! One thing of a sound engine broken: exactly the finding that says so, and nothing that is needed called an orphan.

use std::fs;
use std::os::unix::fs::symlink;

use proptest::prelude::*;
use serde_json::json;

use super::{ask, findings, orphans};
use crate::support::engine::{DRIVER, Engine, Layer, content, origin};
use crate::support::paths;

/// What is broken.
#[derive(Clone, Copy, Debug)]
enum Damage {
    ConfigFlipped,
    ConfigGone,
    NamesGarbage,
    NameOfNothing,
    NamesLoop,
    DiffFlipped,
    DiffGone,
    ParentGone,
    ParentGarbage,
    CacheIdLeaves,
    CacheIdGone,
    SizeGarbage,
    TarSplitGone,
    TarSplitCut,
    FilesGone,
    FileFlipped,
    FileGone,
    FileLonger,
    LayerGone,
    OriginOther,
    MountGone,
    MountIdLeaves,
    Removing,
    Unfinished,
    FieldLink,
}

const DAMAGES: [Damage; 25] = [
    Damage::ConfigFlipped,
    Damage::ConfigGone,
    Damage::NamesGarbage,
    Damage::NameOfNothing,
    Damage::NamesLoop,
    Damage::DiffFlipped,
    Damage::DiffGone,
    Damage::ParentGone,
    Damage::ParentGarbage,
    Damage::CacheIdLeaves,
    Damage::CacheIdGone,
    Damage::SizeGarbage,
    Damage::TarSplitGone,
    Damage::TarSplitCut,
    Damage::FilesGone,
    Damage::FileFlipped,
    Damage::FileGone,
    Damage::FileLonger,
    Damage::LayerGone,
    Damage::OriginOther,
    Damage::MountGone,
    Damage::MountIdLeaves,
    Damage::Removing,
    Damage::Unfinished,
    Damage::FieldLink,
];

/// A sound engine: images with layers in common, one of them with two layers at least, and a container.
struct Stage {
    engine: Engine,
    images: Vec<(String, Vec<Layer>)>,
    container: String,
}

fn stage(images: &[Vec<u8>]) -> Stage {
    let mut engine = Engine::new();
    let mut made = Vec::new();
    for (number, layers) in images.iter().enumerate() {
        let texts: Vec<String> = layers.iter().map(|layer| format!("layer {layer}")).collect();
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        made.push(engine.image(
            &[&format!("app:v{number}"), &format!("registry.example.com:5000/app:v{number}")],
            &texts,
        ));
    }
    let (image, layers) = made[0].clone();
    let container = engine.container("keeper", &image, layers.last().unwrap());
    Stage { engine, images: made, container }
}

#[expect(clippy::too_many_lines, reason = "one arm for each damage")]
/// Breaks one thing: what must be found. The deep look sees more than the other.
fn damage(
    stage: &mut Stage,
    damage: Damage,
    image: usize,
    layer: usize,
) -> (Option<(&'static str, String)>, bool) {
    let (id, layers) = stage.images[image].clone();
    let layer = layers[layer % layers.len()].clone();
    let upper = layers[1].clone();
    let engine = &mut stage.engine;
    let file = format!("{}/etc/file", layer.files());
    let mount = format!("{DRIVER}/layerdb/mounts/{}", stage.container);
    let found = |code, path: String| (Some((code, path)), false);
    let deep = |path: String| (Some(("layer-content-mismatch", path)), true);
    let flip = |engine: &Engine, path: &str| {
        let mut bytes = fs::read(engine.at(path)).unwrap();
        let last = bytes.len() - 1;
        bytes[last] ^= 1;
        engine.write(path, bytes);
    };
    match damage {
        Damage::ConfigFlipped => {
            flip(engine, &content(&id));
            found("image-altered", content(&id))
        }
        Damage::ConfigGone => {
            fs::remove_file(engine.at(&content(&id))).unwrap();
            found("name-dangling", content(&id))
        }
        Damage::NamesGarbage => {
            engine.write(&format!("{DRIVER}/repositories.json"), "{\"Repositories\": [");
            found("names-malformed", format!("{DRIVER}/repositories.json"))
        }
        Damage::NameOfNothing => {
            let nothing = paths::sha256(b"nothing");
            engine.name("gone:latest", &nothing);
            found("name-dangling", content(&nothing))
        }
        Damage::NamesLoop => {
            // A name that stands for a name.
            engine.name("loop:latest", "loop:latest");
            found("names-malformed", format!("{DRIVER}/repositories.json"))
        }
        Damage::DiffFlipped => {
            engine.write(&layer.file("diff"), paths::sha256(b"another layer"));
            found("layer-mismatch", layer.file("").trim_end_matches('/').to_owned())
        }
        Damage::DiffGone => {
            fs::remove_file(engine.at(&layer.file("diff"))).unwrap();
            found("layer-malformed", layer.file("diff"))
        }
        Damage::ParentGone => {
            fs::remove_file(engine.at(&upper.file("parent"))).unwrap();
            found("layer-mismatch", upper.file("").trim_end_matches('/').to_owned())
        }
        Damage::ParentGarbage => {
            engine.write(&upper.file("parent"), "sha256:0123");
            found("layer-malformed", upper.file("parent"))
        }
        Damage::CacheIdLeaves => {
            engine.write(&layer.file("cache-id"), "../..");
            found("layer-malformed", layer.file("cache-id"))
        }
        Damage::CacheIdGone => {
            fs::remove_file(engine.at(&layer.file("cache-id"))).unwrap();
            found("layer-malformed", layer.file("cache-id"))
        }
        Damage::SizeGarbage => {
            engine.write(&layer.file("size"), "-1");
            found("layer-malformed", layer.file("size"))
        }
        Damage::TarSplitGone => {
            fs::remove_file(engine.at(&layer.file("tar-split.json.gz"))).unwrap();
            found("layer-malformed", layer.file("tar-split.json.gz"))
        }
        Damage::TarSplitCut => {
            let path = layer.file("tar-split.json.gz");
            let bytes = fs::read(engine.at(&path)).unwrap();
            engine.write(&path, &bytes[..bytes.len() / 2]);
            deep(path)
        }
        Damage::FilesGone => {
            fs::remove_dir_all(engine.at(&format!("overlay2/{}", layer.cache_id))).unwrap();
            found("layer-directory-missing", layer.files())
        }
        Damage::FileFlipped => {
            flip(engine, &file);
            deep(layer.files())
        }
        Damage::FileGone => {
            fs::remove_file(engine.at(&file)).unwrap();
            deep(layer.files())
        }
        Damage::FileLonger => {
            let mut bytes = fs::read(engine.at(&file)).unwrap();
            bytes.push(b'!');
            engine.write(&file, bytes);
            deep(layer.files())
        }
        Damage::LayerGone => {
            let directory = layer.file("").trim_end_matches('/').to_owned();
            fs::remove_dir_all(engine.at(&directory)).unwrap();
            found("layer-missing", directory)
        }
        Damage::OriginOther => {
            let path =
                format!("{DRIVER}/distribution/diffid-by-digest/sha256/{}", paths::hex(&origin(&layer.diff)));
            engine.write(&path, paths::sha256(b"another"));
            found("distribution-mismatch", path)
        }
        Damage::MountGone => {
            let id = fs::read_to_string(engine.at(&format!("{mount}/mount-id"))).unwrap();
            fs::remove_dir_all(engine.at(&format!("overlay2/{id}"))).unwrap();
            found("mount-dangling", format!("overlay2/{id}"))
        }
        Damage::MountIdLeaves => {
            engine.write(&format!("{mount}/mount-id"), "../../../etc");
            found("mount-dangling", format!("{mount}/mount-id"))
        }
        Damage::Removing => {
            let path = format!("{DRIVER}/layerdb/sha256/{}-123-removing", paths::hex(&paths::sha256(b"old")));
            let directory = engine.directory("old files");
            engine.write(&format!("{path}/cache-id"), directory);
            found("layer-leftover", path)
        }
        Damage::Unfinished => {
            let path = format!("{DRIVER}/layerdb/tmp/write-set-123");
            engine.write(&format!("{path}/diff"), paths::sha256(b"new"));
            found("layer-leftover", path)
        }
        Damage::FieldLink => {
            let path = layer.file("cache-id");
            fs::remove_file(engine.at(&path)).unwrap();
            symlink("/etc/passwd", engine.at(&path)).unwrap();
            found("not-regular", path)
        }
    }
}

/// What a sound store's images and containers need: nothing of it may ever be called an orphan.
fn needed(stage: &Stage) -> Vec<String> {
    let mut needed = Vec::new();
    for (id, layers) in &stage.images {
        needed.push(content(id));
        for layer in layers {
            needed.push(layer.file("").trim_end_matches('/').to_owned());
            needed.push(format!("overlay2/{}", layer.cache_id));
        }
    }
    for name in ["mount-id", "init-id"] {
        let file = format!("{DRIVER}/layerdb/mounts/{}/{name}", stage.container);
        needed.push(format!("overlay2/{}", fs::read_to_string(stage.engine.at(&file)).unwrap()));
    }
    needed
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn one_damage_makes_exactly_its_finding(
        images in prop::collection::vec(prop::collection::vec(0..5_u8, 2..5), 1..4),
        kind in prop::sample::select(&DAMAGES[..]),
        image in any::<prop::sample::Index>(),
        layer in 0..4_usize,
    ) {
        let mut stage = stage(&images);
        prop_assert_eq!(findings(&stage.engine, &["--deep"]), []);
        prop_assert_eq!(orphans(&stage.engine), []);
        let needed = needed(&stage);
        let image = image.index(stage.images.len());
        let (expected, is_deep) = damage(&mut stage, kind, image, layer);
        let expected: Vec<(String, String)> = expected.into_iter().map(|(code, path)| (code.to_owned(), path)).collect();
        let mut found = findings(&stage.engine, &["--deep"]);
        // Several names may stand for the image that is gone.
        found.dedup();
        prop_assert_eq!(&found, &expected, "{:?}", kind);
        if is_deep {
            prop_assert_eq!(findings(&stage.engine, &[]), [], "only the deep look can see it");
        }
        for (what, path) in orphans(&stage.engine) {
            prop_assert!(!needed.contains(&path), "{what} {path} after {kind:?}");
        }
    }
}

#[test]
fn what_nothing_needs_is_listed_with_its_bytes() {
    let mut stage = stage(&[vec![0, 1], vec![0, 2]]);
    let (dead, layers) = stage.engine.image(&[], &["layer 0", "only the dead have this"]);
    let leaked = stage.engine.layer(None, &[("leaked", "by a pull that was killed")]);
    let directory = stage.engine.directory("nobody knows whose");
    assert_eq!(
        orphans(&stage.engine),
        [
            ("image".to_owned(), content(&dead)),
            ("layer".to_owned(), leaked.file("").trim_end_matches('/').to_owned()),
            ("directory".to_owned(), format!("overlay2/{directory}")),
        ]
    );
    let report = ask(&stage.engine, &["orphans"]).json();
    let objects = report["objects"].as_array().unwrap();
    let config = fs::metadata(stage.engine.at(&content(&dead))).unwrap().len();
    assert_eq!(objects[0]["size"], config + 23);
    assert_eq!(objects[1]["size"], 25);
    assert_eq!(objects[2]["size"], 18);
    assert_eq!(report["summary"]["object_bytes"], config + 23 + 25 + 18);
    // A tag, or a container, and it is no orphan any more.
    stage.engine.container("second", &dead, layers.last().unwrap());
    assert_eq!(orphans(&stage.engine).len(), 2);
    let with_exit_code = ask(&stage.engine, &["orphans", "--exit-code"]);
    assert_eq!(with_exit_code.status, 1);
    let refused = ask(&stage.engine, &["orphans", "--policy", "tags"]);
    assert_eq!((refused.status, refused.stdout.is_empty()), (2, true));
}

#[test]
fn a_container_that_holds_the_last_reference_keeps_every_layer_below_it() {
    let mut engine = Engine::new();
    let (id, layers) = engine.image(&[], &["base", "middle", "top"]);
    engine.container("keeper", &id, &layers[2]);
    fs::remove_file(engine.at(&content(&id))).unwrap();
    assert_eq!(findings(&engine, &["--deep"]), []);
    assert_eq!(orphans(&engine), []);
    let du = ask(&engine, &["du"]).json();
    assert_eq!((&du["summary"]["orphans"], &du["summary"]["untagged_blobs"]), (&json!(0), &json!(3)));
    // Without the container all three are leaked.
    for path in ["containers", &format!("{DRIVER}/layerdb/mounts")] {
        fs::remove_dir_all(engine.at(path)).unwrap();
    }
    assert_eq!(orphans(&engine).iter().filter(|(kind, _)| kind == "layer").count(), 3);
}

#[test]
fn an_image_that_another_was_built_from_is_no_orphan() {
    let mut engine = Engine::new();
    let (parent, _) = engine.image(&[], &["base"]);
    let (child, _) = engine.image(&["app:v1"], &["base", "top"]);
    let metadata = format!("{DRIVER}/imagedb/metadata/sha256/{}/parent", paths::hex(&child));
    engine.write(&metadata, &parent);
    assert_eq!(orphans(&engine), []);
    fs::remove_file(engine.at(&metadata)).unwrap();
    assert_eq!(orphans(&engine), [("image".to_owned(), content(&parent))]);
}

#[test]
fn directories_of_the_build_cache_are_left_alone() {
    let mut engine = Engine::new();
    engine.image(&["app:v1"], &["base"]);
    engine.write("overlay2/q9x7m0v2s8abcdefghijklmno/diff/file", "built");
    let leaked = engine.directory("leaked");
    engine.write("buildkit/snapshots.db", "");
    assert_eq!(orphans(&engine), [("directory".to_owned(), format!("overlay2/{leaked}"))]);
    let report = ask(&engine, &["orphans"]).json();
    assert!(report["warnings"][0].as_str().unwrap().contains("build cache"));
}
