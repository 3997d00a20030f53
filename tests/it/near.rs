//! What comes near a name that is none: the tags and platforms that there are, the whole of a digest, and what may not be
//! looked at.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;

use crate::support::fixture;
use crate::support::images::{Dialect, OCI_INDEX};
use crate::support::paths;
use crate::support::run::{run, run_as_ordinary_user};
use crate::support::store::Store;

/// The commands that take an image of a registry, with that image.
fn of_image(image: &str, layout: &str) -> Vec<Vec<String>> {
    let lines = [
        format!("resolve {image}"),
        format!("verify {image}"),
        format!("cat {image}"),
        format!("export {image} {layout}"),
    ];
    lines.iter().map(|line| line.split(' ').map(str::to_owned).collect()).collect()
}

#[test]
fn a_repository_without_the_tag_latest_names_those_it_has() {
    let to = tempfile::tempdir().unwrap();
    let layout = to.path().join("layout").to_str().unwrap().to_owned();
    let root = fixture::root("registry").to_str().unwrap().to_owned();
    let history = [["history", "charts/demo"].map(str::to_owned).to_vec()];
    for words in of_image("charts/demo", &layout).into_iter().chain(history) {
        let outcome = run(&[words.clone(), vec!["-r".to_owned(), root.clone()]].concat());
        let told = format!("{}{}", outcome.text(), outcome.stderr);
        assert_eq!(outcome.status, 1, "{words:?}: {told}");
        assert!(told.contains("did you mean charts/demo:0.1.0?"), "{words:?}: {told}");
    }
    let suggestions = |image: &str| fixture::ask_json("registry", &["resolve", image])["suggestions"].clone();
    // The nearest comes first, then the others by name, as far as there is room.
    let formats = suggestions("formats");
    let formats: Vec<&str> = formats.as_array().unwrap().iter().map(|tag| tag.as_str().unwrap()).collect();
    assert!(formats.len() == 5 && formats.iter().all(|tag| tag.starts_with("formats:")), "{formats:?}");
    // Who writes a tag means it.
    assert_eq!(suggestions("charts/demo:nothing-like-it"), serde_json::json!([]));
}

#[test]
fn only_names_that_a_command_takes_are_suggested() {
    let store = Store::sample();
    let tags = format!("{}/_manifests/tags", paths::repository("team/app"));
    store.remove(&format!("{tags}/latest"));
    for bad in ["\u{1b}[31mred", "-x", "latest ", ".latest", &"v".repeat(200)] {
        store.create_dir(&format!("{tags}/{bad}"));
    }
    store.create_dir("repositories/team/ap p/_manifests");
    store.create_dir("repositories/team/App/_manifests");
    let root = store.root_text();
    for image in ["team/app", "team/app:lates", "team/ap:v1"] {
        let report = run(&["resolve", image, "-f", "json", "-r", &root]).json();
        let suggestions = report["suggestions"].as_array().unwrap();
        assert_eq!(suggestions.is_empty(), image.ends_with("lates"), "{image}: {suggestions:?}");
        for suggestion in suggestions {
            let outcome = run(&["ls", suggestion.as_str().unwrap().split(':').next().unwrap(), "-r", &root]);
            assert_eq!(outcome.status, 0, "{image}: {suggestion}: {}", outcome.stderr);
            let outcome = run(&["resolve", suggestion.as_str().unwrap(), "-r", &root]);
            assert!(outcome.status < 2, "{image}: {suggestion}: {}", outcome.stderr);
        }
    }
}

#[test]
fn the_beginning_of_a_digest_is_refused_with_the_whole() {
    let to = tempfile::tempdir().unwrap();
    let layout = to.path().join("layout").to_str().unwrap().to_owned();
    let registry = fixture::root("registry").to_str().unwrap().to_owned();
    let skopeo = fixture::root("host/layouts/skopeo").to_str().unwrap().to_owned();
    let whole = "sha256:a1a6a7d06e2a822a9b323ee60569a3f93962d66714d2487e57536a265ce90891";
    let listed = "sha256:cb18d963a58306f994b6b14d008503be01d8ddff5dcf75cf3a1ff71a88683cc6";
    for (root, image, digits, whole) in [
        (&registry, "a", "sha256:a1a6a7d0", whole),
        (&registry, "a:v1", "a1a6", whole),
        (&registry, "registry.example.com/a", "sha256:a", whole),
        (&skopeo, "team/app", "sha256:cb18d9", listed),
    ] {
        let at_root = ["-r".to_owned(), root.clone()].to_vec();
        let mut lines: Vec<Vec<String>> = of_image(&format!("{image}@{digits}"), &layout);
        for words in &mut lines {
            words.extend(at_root.clone());
        }
        let compared = ["diff", root, root, "--ref", &format!("{image}@{digits}")].map(str::to_owned);
        lines.push(compared.to_vec());
        for words in lines {
            let outcome = run(&words);
            let told = &outcome.stderr;
            assert_eq!((outcome.status, outcome.text()), (2, ""), "{words:?}: {told}");
            let why = format!("{digits} only begins a digest, and behind @ it must be whole");
            assert!(told.contains(&why) && told.contains("64 hex digits"), "{words:?}: {told}");
            assert!(told.contains(&format!("did you mean {image}@{whole}?")), "{words:?}: {told}");
        }
    }
    // Of none and of many, none is named; nor without a root.
    for (root, image) in
        [(&registry, "a@sha256:0000"), (&registry, "none@sha256:a1"), (&layout, "a@sha256:a1")]
    {
        let outcome = run(&["resolve", image, "-r", root]);
        assert!(outcome.status == 2 && outcome.stderr.contains("only begins a digest"), "{}", outcome.stderr);
        assert!(!outcome.stderr.contains("hint: "), "{image}: {}", outcome.stderr);
    }
    let engine = fixture::root("host/overlay2").to_str().unwrap().to_owned();
    let outcome = run(&["resolve", "tool@sha256:2a08", "-r", &engine]);
    assert!(
        outcome.status == 2 && outcome.stderr.contains("alone will do: sha256:2a08"),
        "{}",
        outcome.stderr
    );
    let outcome = run(&["resolve", "a@sha256:xyz", "-r", &registry]);
    assert!(outcome.status == 2 && outcome.stderr.contains("is no digest"), "{}", outcome.stderr);
}

#[test]
fn a_digest_without_its_algorithm_is_told_as_such() {
    let store = Store::sample();
    let root = store.root_text();
    let told = |words: &[&str]| {
        let outcome = run(&[words, &["-r", &root]].concat());
        assert_eq!((outcome.status, outcome.text()), (2, ""), "{words:?}");
        outcome.stderr
    };
    let digest = &store.model.repos["team/app"].tags["v1"].current;
    let hex = paths::hex(digest);
    for command in ["resolve", "verify", "cat"] {
        let stderr = told(&[command, &format!("team/app@{hex}")]);
        assert!(stderr.contains(&format!("{hex} lacks its algorithm: write sha256:{hex}")), "{stderr}");
        assert!(stderr.contains(&format!("did you mean team/app@{digest}?")), "{stderr}");
        assert!(!stderr.contains("only begins"), "{stderr}");
        let stderr = told(&[command, &format!("team/app@{hex}0")]);
        assert!(stderr.contains("is no digest") && !stderr.contains("only begins"), "{stderr}");
    }
    // Commands that take no digest do not ask for more of one.
    for (command, refusal) in [
        ("ls", "a repository has neither tag nor digest"),
        ("du", "a repository has neither tag nor digest"),
        ("history", "a digest has no history"),
    ] {
        for digits in [&digest[..11], &hex[..8], hex] {
            let stderr = told(&[command, &format!("team/app@{digits}")]);
            assert!(stderr.contains(refusal) && !stderr.contains("hex digits"), "{command}: {stderr}");
        }
    }
}

#[test]
fn a_beginning_is_completed_only_to_manifests_that_are_there() {
    let store = Store::sample();
    let deleted = store.model.repos["team/app"].tags["v1"].current.clone();
    let asked = format!("team/app@{}", &deleted[..19]);
    let root = store.root_text();
    let told = |root: &str, image: &str| run(&["resolve", image, "-r", root]).stderr;
    assert!(told(&root, &asked).contains("did you mean"), "{}", told(&root, &asked));
    store.remove(&paths::revision_link("team/app", &deleted));
    assert!(told(&root, &asked).contains("only begins") && !told(&root, &asked).contains("did you mean"));
    let layout = fixture::root("host/layouts/skopeo");
    let root = layout.to_str().unwrap();
    for entry in fs::read_dir(layout.join("blobs/sha256")).unwrap() {
        let hex = entry.unwrap().file_name().into_string().unwrap();
        let bytes = fs::read(layout.join("blobs/sha256").join(&hex)).unwrap();
        let is_manifest =
            bytes.starts_with(b"{") && String::from_utf8_lossy(&bytes).contains("schemaVersion");
        let told = told(root, &format!("team/app@{}", &hex[..12]));
        assert_eq!(told.contains("did you mean"), is_manifest, "{hex}: {told}");
    }
}

#[test]
fn a_repository_that_may_not_be_looked_at_is_not_called_unknown() {
    let to = tempfile::tempdir().unwrap();
    fs::set_permissions(to.path(), Permissions::from_mode(0o777)).unwrap();
    let layout = to.path().join("layout").to_str().unwrap().to_owned();
    let store = Store::sample();
    let root = store.root_text();
    let (name, tag) = ("team/app", "v1");
    assert!(store.model.repos[name].tags.contains_key(tag));
    let ask_all = |damage: &str, is_refused: bool| {
        let lines = [format!("ls {name}"), format!("du {name}"), format!("history {name}:{tag}")];
        let others = lines.iter().map(|line| line.split(' ').map(str::to_owned).collect());
        for words in of_image(&format!("{name}:{tag}"), &layout).into_iter().chain(others) {
            let outcome =
                run_as_ordinary_user(&[words.clone(), vec!["-r".to_owned(), root.clone()]].concat());
            let told = format!("{}{}", outcome.text(), outcome.stderr);
            // What is no directory is wrong, not unread.
            assert!(outcome.status == 2 || !is_refused && outcome.status == 1, "{damage}: {words:?}: {told}");
            assert!(!told.contains("there is no") && !told.contains("did you mean"), "{damage}: {told}");
            assert!(!is_refused || told.contains("Permission denied"), "{damage}: {words:?}: {told}");
        }
    };
    let repository = paths::repository(name);
    let closed = [
        repository.clone(),
        format!("{repository}/_manifests"),
        paths::parent(&repository).to_owned(),
        "repositories".to_owned(),
    ];
    for path in closed {
        fs::set_permissions(store.at(&path), Permissions::from_mode(0o000)).unwrap();
        ask_all(&path, true);
        fs::set_permissions(store.at(&path), Permissions::from_mode(0o755)).unwrap();
    }
    let above = store.at(paths::parent(&repository));
    let aside = above.with_extension("aside");
    fs::rename(&above, &aside).unwrap();
    fs::write(&above, "").unwrap();
    ask_all("a file", false);
    fs::remove_file(&above).unwrap();
    std::os::unix::fs::symlink(&aside, &above).unwrap();
    ask_all("a link", false);
}

#[test]
fn an_image_for_other_platforms_names_them_and_a_missing_one_is_told() {
    const OFFERED: &str = "linux/amd64, linux/arm/v7, linux/arm64/v8, linux/s390x";
    for (tree, image, offered) in [
        ("registry", "multi/index:v1", OFFERED),
        ("cache", "multi/index:v1", OFFERED),
        ("registry", "a:v1", "linux/amd64"),
        ("host/layouts/skopeo", "team/multi:v1", "linux/amd64, linux/arm64"),
        ("host/overlay2", "127.0.0.1:5000/tool", "linux/amd64"),
    ] {
        let wanted = ["--platform", "linux/mips64le"];
        let said = format!("the image is not for linux/mips64le, but for {offered}");
        let resolved = fixture::ask(tree, &[&["resolve", image], &wanted[..]].concat());
        assert_eq!(resolved.status, 1, "{tree} {image}");
        let told = resolved.text().split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(told.contains(&said) && !told.contains("did you mean"), "{tree} {image}: {told}");
        let report = fixture::ask_json(tree, &[&["resolve", image], &wanted[..]].concat());
        let suggestions: Vec<&str> = offered.split(", ").collect();
        assert_eq!(
            (&report["message"], &report["suggestions"]),
            (&serde_json::json!(said), &serde_json::json!(suggestions))
        );
        if tree != "host/overlay2" {
            let cat = fixture::ask(tree, &[&["cat", image], &wanted[..]].concat());
            assert!(cat.status == 1 && cat.stderr.contains(&said), "{tree} {image}: {}", cat.stderr);
        }
    }
    // The cache has none but one of them.
    let cat = fixture::ask("cache", &["cat", "multi/index:v1", "--platform", "linux/arm64"]);
    assert!(cat.status == 1 && cat.stderr.contains(" is missing"), "{}", cat.stderr);
    // One that states no platform may be the one that is asked for.
    let mut store = Store::bare();
    let child = store.image("app", Dialect::Oci, "arm64", &[]);
    let entry = serde_json::json!({
        "mediaType": "application/vnd.oci.image.manifest.v1+json", "digest": child,
        "size": store.model.blobs[&child].len(),
    });
    let index = serde_json::json!({ "schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": [entry] });
    let index = store.manifest("app", index.to_string());
    store.tag("app", "v1", &index);
    store.remove(&paths::blob_data(&child));
    for options in [&["--platform", "linux/arm64"][..], &["--config"]] {
        let cat = run(&[&["cat", "app:v1", "-r", &store.root_text()], options].concat());
        let said = format!("the manifest {child} is missing");
        assert!(cat.status == 1 && cat.stderr.contains(&said), "{options:?}: {}", cat.stderr);
    }
    // Of many, some are named.
    let mut store = Store::bare();
    let image = store.image("app", Dialect::Oci, "amd64", &[]);
    let children: Vec<_> = (0..20).map(|number| (image.clone(), format!("arch{number:02}"))).collect();
    let children = children.iter().map(|(image, arch)| {
        let size = store.model.blobs[image].len();
        serde_json::json!({
            "mediaType": "application/vnd.oci.image.manifest.v1+json", "digest": image, "size": size,
            "platform": { "os": "linux", "architecture": arch },
        })
    });
    let index = serde_json::json!({
        "schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": children.collect::<Vec<_>>(),
    });
    let index = store.manifest("app", index.to_string());
    store.tag("app", "v1", &index);
    for command in ["resolve", "cat"] {
        let outcome = run(&[command, "app:v1", "--platform", "linux/mips64le", "-r", &store.root_text()]);
        let told = format!("{}{}", outcome.text(), outcome.stderr);
        let told = told.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(told.contains("but for linux/arch00, linux/arch01,"), "{told}");
        assert!(told.contains("linux/arch07 and 12 more") && !told.contains("arch08"), "{told}");
    }
}

#[test]
fn what_lists_and_measures_lists_what_is_broken_and_leaves_the_judgement_to_others() {
    let store = Store::sample();
    let (name, tag) = ("team/app", "latest");
    let manifest = store.model.repos[name].tags[tag].current.clone();
    let root = store.root_text();
    let status = |line: &str| {
        let words: Vec<&str> = line.split(' ').chain(["-r", &root]).collect();
        run(&words)
    };
    let lists = ["ls", "ls team/app", "history team/app:latest", "du", "du --by tag", "uploads"];
    let judges = ["verify", "verify team/app:latest", "resolve team/app:latest"];
    let all_are = |lists_are: i32, judges_are: i32| {
        for (lines, expected) in [(&lists[..], lists_are), (&judges[..], judges_are)] {
            for line in lines {
                let outcome = status(line);
                assert_eq!(outcome.status, expected, "{line}: {}{}", outcome.text(), outcome.stderr);
            }
        }
    };
    all_are(0, 0);
    let layer = store.model.edges(&manifest)[1].digest.clone();
    fs::remove_file(store.at(&paths::blob_data(&layer))).unwrap();
    all_are(0, 1);
    assert!(status("ls team/app").text().contains("missing"));
    store.write(&paths::blob_data(&manifest), [&store.model.blobs[&manifest][..], b" "].concat());
    all_are(0, 1);
    assert!(status("history team/app:latest").text().contains("altered"));
    for command in ["--help", "ls --help", "du --help", "history --help"] {
        let help = run(&command.split(' ').collect::<Vec<_>>());
        let help = help.text().split_whitespace().collect::<Vec<_>>().join(" ");
        let says = ["does not change the exit status", "is a good answer, in whatever state it is"];
        assert!(says.iter().any(|say| help.contains(say)), "{command}");
    }
}

#[test]
fn a_directory_where_a_name_must_be_is_taken_for_a_root() {
    let root = fixture::root("registry");
    let root = root.to_str().unwrap();
    for command in ["verify", "resolve", "ls", "du", "history"] {
        let no_name = run(&[command, root]);
        assert_eq!(no_name.status, 2, "{command}: {}", no_name.stderr);
        let hint = format!("hint: {root} is a directory: did you mean --root {root}?");
        assert!(no_name.stderr.contains(&hint), "{command}: {}", no_name.stderr);
        // usr is a directory everywhere, and a name.
        let hint = "hint: usr is a directory: did you mean --root usr?";
        let unknown = run(&[command, "usr", "--root", root]);
        assert_eq!(unknown.status, 1, "{command}: {}", unknown.stderr);
        assert!(unknown.stderr.contains(hint), "{command}: {}", unknown.stderr);
        let nowhere = tempfile::tempdir().unwrap();
        let no_root = run(&[command, "usr", "--root", nowhere.path().to_str().unwrap()]);
        assert!(no_root.status == 2 && no_root.stderr.contains(hint), "{command}: {}", no_root.stderr);
        let other = run(&[command, "no-such-directory", "--root", root]);
        assert!(!other.stderr.contains("is a directory"), "{command}: {}", other.stderr);
    }
    // A repository of that name is what is meant, in whatever state it is.
    let mut store = Store::bare();
    let image = store.image("usr", Dialect::Oci, "amd64", &[]);
    store.tag("usr", "latest", &image);
    fs::remove_file(store.at(&paths::blob_data(&image))).unwrap();
    let broken = run(&["verify", "usr", "--root", &store.root_text()]);
    assert!(broken.status == 1 && !broken.stderr.contains("is a directory"), "{}", broken.stderr);
}
