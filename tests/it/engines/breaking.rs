//! What can be broken in a sound engine, one thing at a time, and what must be found then.

use std::fs;
use std::os::unix::fs::symlink;

use crate::support::engine::{DRIVER, Engine, Layer, content, origin};
use crate::support::paths;

/// What is broken.
#[derive(Clone, Copy, Debug)]
pub(super) enum Damage {
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
    ConfigSaysNothing,
    ConfigDirectory,
    ImageParentGarbage,
    TarSplitLink,
    LayerFile,
    FilesLink,
    DirectoryLink,
    SizeOther,
    OriginUnlisted,
    OriginOfNoLayer,
    MountsGone,
    InitGone,
    MountIdLink,
    MountParentLink,
}

pub(super) const DAMAGES: [Damage; 39] = [
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
    Damage::ConfigSaysNothing,
    Damage::ConfigDirectory,
    Damage::ImageParentGarbage,
    Damage::TarSplitLink,
    Damage::LayerFile,
    Damage::FilesLink,
    Damage::DirectoryLink,
    Damage::SizeOther,
    Damage::OriginUnlisted,
    Damage::OriginOfNoLayer,
    Damage::MountsGone,
    Damage::InitGone,
    Damage::MountIdLink,
    Damage::MountParentLink,
];

/// A sound engine: images with layers in common, one of them with two layers at least, and a container.
pub(super) struct Stage {
    pub(super) engine: Engine,
    pub(super) images: Vec<(String, Vec<Layer>)>,
    container: String,
}

pub(super) fn stage(images: &[Vec<u8>]) -> Stage {
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
pub(super) fn damage(
    stage: &mut Stage,
    damage: Damage,
    image: usize,
    layer: usize,
) -> ((&'static str, String), bool) {
    let (id, layers) = stage.images[image].clone();
    let layer = layers[layer % layers.len()].clone();
    let upper = layers[1].clone();
    let engine = &mut stage.engine;
    let file = format!("{}/etc/file", layer.files());
    let mount = format!("{DRIVER}/layerdb/mounts/{}", stage.container);
    let found = |code, path: String| ((code, path), false);
    let deep = |code, path: String| ((code, path), true);
    let content_differs = |path: String| deep("layer-content-mismatch", path);
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
            content_differs(path)
        }
        Damage::FilesGone => {
            fs::remove_dir_all(engine.at(&format!("overlay2/{}", layer.cache_id))).unwrap();
            found("layer-directory-missing", layer.files())
        }
        Damage::FileFlipped => {
            flip(engine, &file);
            content_differs(layer.files())
        }
        Damage::FileGone => {
            fs::remove_file(engine.at(&file)).unwrap();
            content_differs(layer.files())
        }
        Damage::FileLonger => {
            let mut bytes = fs::read(engine.at(&file)).unwrap();
            bytes.push(b'!');
            engine.write(&file, bytes);
            content_differs(layer.files())
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
        Damage::ConfigSaysNothing => {
            let nothing = paths::sha256(b"[]");
            engine.write(&content(&nothing), "[]");
            engine.name("app:nothing", &nothing);
            found("image-malformed", content(&nothing))
        }
        Damage::ConfigDirectory => {
            fs::remove_file(engine.at(&content(&id))).unwrap();
            fs::create_dir(engine.at(&content(&id))).unwrap();
            found("not-regular", content(&id))
        }
        Damage::ImageParentGarbage => {
            let path = format!("{DRIVER}/imagedb/metadata/sha256/{}/parent", paths::hex(&id));
            engine.write(&path, "sha256:");
            found("image-malformed", path)
        }
        Damage::TarSplitLink => {
            let path = layer.file("tar-split.json.gz");
            fs::remove_file(engine.at(&path)).unwrap();
            symlink("/dev/zero", engine.at(&path)).unwrap();
            found("not-regular", path)
        }
        Damage::LayerFile => {
            let directory = layer.file("").trim_end_matches('/').to_owned();
            fs::remove_dir_all(engine.at(&directory)).unwrap();
            engine.write(&directory, "");
            found("not-regular", directory)
        }
        Damage::FilesLink | Damage::DirectoryLink => {
            let directory = format!("overlay2/{}", layer.cache_id);
            let path = if matches!(damage, Damage::FilesLink) { layer.files() } else { directory };
            fs::rename(engine.at(&path), engine.at("moved")).unwrap();
            symlink(engine.at("moved"), engine.at(&path)).unwrap();
            found("not-regular", path)
        }
        Damage::SizeOther => {
            engine.write(&layer.file("size"), "0");
            deep("layer-malformed", layer.file("size"))
        }
        Damage::OriginUnlisted => {
            let blob = paths::sha256(b"a blob that no list names");
            let path = format!("{DRIVER}/distribution/diffid-by-digest/sha256/{}", paths::hex(&blob));
            engine.write(&path, "sha256:0123");
            found("distribution-mismatch", path)
        }
        Damage::OriginOfNoLayer => {
            let diff = paths::sha256(b"a layer that is gone");
            let path = format!("{DRIVER}/distribution/v2metadata-by-diffid/sha256/{}", paths::hex(&diff));
            engine.write(&path, "{");
            found("distribution-mismatch", path)
        }
        Damage::MountsGone => {
            fs::remove_dir_all(engine.at(&mount)).unwrap();
            found("mount-dangling", mount)
        }
        Damage::InitGone => {
            let id = fs::read_to_string(engine.at(&format!("{mount}/init-id"))).unwrap();
            fs::remove_dir_all(engine.at(&format!("overlay2/{id}"))).unwrap();
            found("mount-dangling", format!("overlay2/{id}"))
        }
        Damage::MountIdLink | Damage::MountParentLink => {
            let name = if matches!(damage, Damage::MountIdLink) { "mount-id" } else { "parent" };
            let path = format!("{mount}/{name}");
            fs::remove_file(engine.at(&path)).unwrap();
            symlink("/etc/passwd", engine.at(&path)).unwrap();
            found("not-regular", path)
        }
    }
}

/// What a sound store's images and containers need: nothing of it may ever be called an orphan.
pub(super) fn needed(stage: &Stage) -> Vec<String> {
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
