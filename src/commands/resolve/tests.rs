//! On the fixtures, against what a registry served of them; and on stores made here, whole and damaged.

mod fixtures;
mod hostile;
mod kit;

use std::fs;
use std::os::unix::fs::symlink;

use serde_json::json;

use super::*;
use crate::cancel::Cancel;
use crate::exit::Exit;
use crate::hash;
use crate::report::Report;
use kit::Kit;

type Damage = fn(&Kit, &StorePath);

fn states(report: &ResolveReport) -> Vec<(HopKind, State)> {
    report.hops.iter().filter(|hop| hop.is_broken()).map(|hop| (hop.kind, hop.state)).collect()
}

fn kinds(report: &ResolveReport) -> Vec<(usize, HopKind)> {
    report.hops.iter().map(|hop| (hop.depth, hop.kind)).collect()
}

#[test]
fn hops_are_in_the_order_of_the_manifests() {
    let kit = Kit::new();
    let amd64 = kit.image("app", "amd64", 2);
    let arm64 = kit.image("app", "arm64", 1);
    let inner = kit.index("app", &[(arm64, Some("linux/arm64"))]);
    let outer = kit.index("app", &[(amd64, None), (inner, None), (amd64, None)]);
    kit.tag("app", "v1", outer);
    let report = kit.resolve("app:v1");
    let expected = [
        (0, HopKind::Tag),
        (1, HopKind::Revision),
        (2, HopKind::Index),
        (3, HopKind::Manifest),
        (4, HopKind::Revision),
        (4, HopKind::Config),
        (5, HopKind::LayerLink),
        (4, HopKind::Layer),
        (5, HopKind::LayerLink),
        (4, HopKind::Layer),
        (5, HopKind::LayerLink),
        (3, HopKind::Index),
        (4, HopKind::Revision),
        (4, HopKind::Manifest),
        (5, HopKind::Revision),
        (5, HopKind::Config),
        (6, HopKind::LayerLink),
        (5, HopKind::Layer),
        (6, HopKind::LayerLink),
        (3, HopKind::Manifest),
        (4, HopKind::Revision),
    ];
    assert_eq!(kinds(&report), expected);
    assert_eq!((report.complete, report.exit(), &report.message), (true, Exit::Good, &None));
    let platforms: Vec<_> =
        report.hops.iter().map(|hop| hop.platform.as_ref().map(ToString::to_string)).collect();
    assert_eq!(platforms[3].as_deref(), Some("linux/amd64"), "from its config");
    assert_eq!(platforms[13].as_deref(), Some("linux/arm64"), "from its index");
    assert_eq!(platforms[19].as_deref(), Some("linux/amd64"), "known from before");
}

/// Every file on the way, damaged in every way: the report tells of that file, and of nothing that is sound.
#[test]
fn one_damaged_file_is_told_at_its_hop() {
    let damages: [(&str, Damage); 6] = [
        ("remove", Kit::remove),
        ("empty", |kit, path| kit.write(path, b"")),
        ("append", |kit, path| kit.write(path, &[&kit.read(path)[..], b"\n"].concat())),
        ("garble", |kit, path| {
            let bytes = kit.read(path);
            kit.write(path, &vec![b'x'; bytes.len()]);
        }),
        ("link", |kit, path| {
            let elsewhere = kit.write_elsewhere(&kit.read(path));
            kit.remove(path);
            symlink(elsewhere, kit.at(path)).unwrap();
        }),
        ("directory", |kit, path| {
            kit.remove(path);
            fs::create_dir(kit.at(path)).unwrap();
        }),
    ];
    for (name, damage) in damages {
        let paths: Vec<StorePath> = Kit::sample().resolve("app:v1").files();
        assert_eq!(paths.len(), 11);
        for path in paths {
            let kit = Kit::sample();
            let sound = kit.resolve("app:v1");
            let kind = sound.hops.iter().find(|hop| hop.path.as_ref() == Some(&path)).unwrap().kind;
            damage(&kit, &path);
            let report = kit.resolve("app:v1");
            let is_link = !kind.is_blob();
            let is_document = matches!(kind, HopKind::Index | HopKind::Manifest);
            let expected = match name {
                "remove" => State::Missing,
                "empty" => State::Empty,
                "append" | "garble" if is_link => State::Malformed,
                "garble" if is_document => State::Malformed,
                // The bytes of a layer are not read.
                "garble" if kind == HopKind::Layer => State::Ok,
                "append" if kind == HopKind::Layer => State::SizeMismatch,
                "append" | "garble" => State::Altered,
                _ => State::NotRegular,
            };
            let at = |report: &ResolveReport| -> Vec<State> {
                report
                    .hops
                    .iter()
                    .filter(|hop| hop.path.as_ref() == Some(&path))
                    .map(|hop| hop.state)
                    .collect()
            };
            assert!(at(&report).iter().all(|state| *state == expected), "{name} {path}: {report:#?}");
            let good = expected == State::Ok;
            assert_eq!(report.complete, good, "{name} {path}");
            assert_eq!(report.exit(), Exit::bad_if(!good), "{name} {path}");
            assert_eq!(report.message.is_none(), good, "{name} {path}");
            let hop = sound.hops.iter().find(|hop| hop.path.as_ref() == Some(&path)).unwrap();
            let led_to = |other: &&Hop| other.kind.is_blob() && other.digest == hop.digest;
            let unlinks = name == "remove" && matches!(kind, HopKind::Revision | HopKind::LayerLink);
            let hurt = sound.hops.iter().filter(led_to).filter(|_| unlinks);
            let expected: Vec<_> = hurt.map(|hop| (hop.path.clone(), State::Unlinked)).collect();
            let others = report.hops.iter().filter(|hop| hop.path.as_ref() != Some(&path) && hop.is_broken());
            let others: Vec<_> = others.map(|hop| (hop.path.clone(), hop.state)).collect();
            assert_eq!(others, expected, "{name} {path}");
        }
    }
}

#[test]
fn a_platform_chooses_among_children_and_is_held_against_a_single_image() {
    let kit = Kit::new();
    let (amd64, arm64) = (kit.image("app", "amd64", 1), kit.image("app", "arm64", 1));
    let inner = kit.index("app", &[(arm64, None)]);
    let outer =
        kit.index("app", &[(amd64, Some("linux/amd64")), (inner, None), (amd64, Some("unknown/unknown"))]);
    kit.tag("app", "multi", outer);
    kit.tag("app", "one", amd64);
    let manifests = |report: &ResolveReport| -> Vec<String> {
        let of_kind = report.hops.iter().filter(|hop| hop.kind == HopKind::Manifest);
        of_kind.map(|hop| hop.digest.as_ref().unwrap().to_string()).collect()
    };
    let report = kit.resolve_for("app:multi", "linux/arm64");
    assert_eq!((manifests(&report), report.exit()), (vec![arm64.to_string()], Exit::Good));
    let report = kit.resolve_for("app:multi", "linux/amd64");
    assert_eq!((manifests(&report), report.exit()), (vec![amd64.to_string()], Exit::Good));
    let report = kit.resolve_for("app:multi", "windows/amd64");
    assert_eq!((report.complete, report.exit()), (false, Exit::Bad));
    assert_eq!(report.suggestions, ["linux/amd64", "linux/arm64"]);
    assert_eq!(kit.resolve_for("app:one", "linux/amd64").exit(), Exit::Good);
    let report = kit.resolve_for("app:one", "linux/arm64");
    assert_eq!((report.exit(), report.suggestions), (Exit::Bad, vec!["linux/amd64".to_owned()]));
}

#[test]
fn an_unknown_name_is_answered_with_the_nearest() {
    let kit = Kit::new();
    for repository in ["team/app", "team/api", "other/web", "app-long-name"] {
        let image = kit.image(repository, "amd64", 1);
        kit.tag(repository, "v1", image);
        kit.tag(repository, "stable", image);
    }
    let nearest: [(&str, &[&str]); 8] = [
        ("taem/app:v1", &["team/app", "team/api"]),
        ("team/ap", &["team/api", "team/app"]),
        ("web", &["other/web"]),
        ("docker.io/library/web", &["other/web"]),
        ("app-long", &["app-long-name"]),
        ("zzzzzzzzz", &[]),
        ("team/app:v2", &["team/app:v1"]),
        ("team", &["team/api", "team/app"]),
    ];
    for (reference, nearest) in nearest {
        let report = kit.resolve(reference);
        assert_eq!((report.complete, report.exit(), report.digest), (false, Exit::Bad, None), "{reference}");
        assert_eq!(report.suggestions, nearest, "{reference}");
    }
}

#[test]
fn a_host_is_dropped_unless_it_is_part_of_a_name() {
    let kit = Kit::new();
    let image = kit.image("team/app", "amd64", 1);
    kit.tag("team/app", "v1", image);
    for reference in ["registry.example.com/team/app:v1", "localhost:5000/team/app:v1"] {
        let report = kit.resolve(reference);
        assert_eq!((report.exit(), report.digest), (Exit::Good, Some(image)));
        assert_eq!(report.reference, "team/app:v1");
        assert!(report.head.warnings[0].starts_with(reference.split('/').next().unwrap()));
    }
    let mirror = kit.image("registry.example.com/team/app", "arm64", 1);
    kit.tag("registry.example.com/team/app", "v1", mirror);
    let report = kit.resolve("registry.example.com/team/app:v1");
    assert_eq!((report.digest, report.head.warnings), (Some(mirror), vec![]));
}

#[test]
fn a_broken_tag_is_answered_with_its_index_the_newest_first() {
    let kit = Kit::new();
    let images: Vec<_> = ["amd64", "arm64", "s390x"].map(|platform| kit.image("app", platform, 1)).into();
    let repository = layout::repository("app");
    for (image, at) in images.iter().zip([20, 30, 10]) {
        kit.tag("app", "v1", *image);
        kit.set_time(&layout::tag_index(&repository, "v1", *image), at);
    }
    kit.remove(&layout::revision_link(&repository, images[2]));
    let current = layout::tag_current(&repository, "v1");
    let break_it: [Damage; 4] = [
        |kit, path| kit.write(path, b""),
        |kit, path| kit.write(path, b"garbage"),
        Kit::remove,
        // Back to the image that the repository does not know any more.
        |_, _| {},
    ];
    for (break_it, state) in
        break_it.into_iter().zip([State::Empty, State::Malformed, State::Missing, State::Ok])
    {
        kit.tag("app", "v1", images[2]);
        kit.set_time(&layout::tag_index(&repository, "v1", images[2]), 10);
        break_it(&kit, &current);
        let report = kit.resolve("app:v1");
        assert_eq!((report.hops[0].kind, report.hops[0].state), (HopKind::Tag, state));
        assert_eq!((report.complete, report.exit()), (false, Exit::Bad));
        let offered: Vec<_> = report.candidates.iter().map(|c| (c.digest, c.revision, c.state)).collect();
        assert_eq!(
            offered,
            [
                (images[1], State::Ok, State::Ok),
                (images[0], State::Ok, State::Ok),
                (images[2], State::Missing, State::Ok),
            ]
        );
        assert_eq!(report.candidates[0].modified.as_deref(), Some("1970-01-01T00:00:30Z"));
    }
}

#[test]
fn a_pinned_tag_is_shown_by_its_digest_and_held_against_it() {
    let kit = Kit::new();
    let (old, new) = (kit.image("app", "amd64", 1), kit.image("app", "arm64", 1));
    kit.tag("app", "v1", new);
    let report = kit.resolve(&format!("app:v1@{new}"));
    assert_eq!((report.digest, report.exit()), (Some(new), Exit::Good));
    let report = kit.resolve(&format!("app:v1@{old}"));
    assert_eq!((report.digest, report.exit()), (Some(old), Exit::Bad));
    assert!(report.message.unwrap().contains(&new.to_string()));
    let report = kit.resolve(&format!("app:v2@{old}"));
    assert_eq!((report.exit(), report.hops[0].state), (Exit::Bad, State::Missing));
    let unknown = hash::digest(crate::digest::Algorithm::Sha256, b"unknown");
    let report = kit.resolve(&format!("app@{unknown}"));
    assert_eq!((report.complete, report.exit()), (false, Exit::Bad));
    assert_eq!(report.message, Some(format!("the repository app has no manifest {unknown}")));
}

#[test]
fn a_size_that_is_not_the_stated_one_is_told_of_whatever_states_it() {
    let kit = Kit::new();
    let mut layers = vec![kit.part("app", b"layer", "layer")];
    layers[0]["size"] = json!(-5);
    let mut config = kit.config("app", "amd64");
    config["size"] = json!(1);
    let image =
        kit.blob(json!({"schemaVersion": 2, "config": config, "layers": layers}).to_string().as_bytes());
    kit.revision("app", image);
    let child = json!({"digest": image, "size": u32::MAX});
    let index = kit.blob(json!({"schemaVersion": 2, "manifests": [child, child]}).to_string().as_bytes());
    kit.revision("app", index);
    let report = kit.resolve(&format!("app@{index}"));
    let expected = [HopKind::Manifest, HopKind::Config, HopKind::Layer, HopKind::Manifest];
    assert_eq!(states(&report), expected.map(|kind| (kind, State::SizeMismatch)));
    let on_disk = [index, image].map(|digest| kit.read(&layout::blob_data(digest)).len() as u64);
    let config = report.hops.iter().find(|hop| hop.kind == HopKind::Config).unwrap();
    assert_eq!(report.total_size, on_disk.iter().sum::<u64>() + config.size.unwrap() + 5);
}

#[test]
fn a_missing_blob_counts_with_the_size_that_is_stated() {
    let kit = Kit::sample();
    let sound = kit.resolve("app:v1");
    let layer = sound.hops.iter().find(|hop| hop.kind == HopKind::Layer).unwrap();
    kit.remove(layer.path.as_ref().unwrap());
    let report = kit.resolve("app:v1");
    assert_eq!((report.complete, report.total_size), (false, sound.total_size));
    assert_eq!((report.summary.broken, report.files().len() + 1), (1, sound.files().len()));
}

#[test]
fn what_refers_to_an_image_is_no_referrer_once_it_is_deleted_and_a_broken_tag_is_one() {
    let kit = Kit::new();
    let image = kit.image("app", "amd64", 1);
    let subject = json!({"digest": image, "size": 1});
    let artifact = |n: u32| {
        let artifact = json!({
            "schemaVersion": 2, "config": kit.config("app", "amd64"), "layers": [], "subject": subject,
            "artifactType": format!("example/{n}"),
        });
        let digest = kit.blob(artifact.to_string().as_bytes());
        kit.revision("app", digest);
        digest
    };
    let (kept, deleted) = (artifact(1), artifact(2));
    kit.remove(&layout::revision_link(&layout::repository("app"), deleted));
    let stem = format!("sha256-{}", image.hex());
    kit.tag("app", &format!("{stem}.att"), kept);
    kit.tag("app", &format!("{stem}.sbom"), kept);
    kit.tag("app", &format!("{stem}x"), image);
    kit.write(&layout::tag_current(&layout::repository("app"), format!("{stem}.sig")), b"");
    let report = kit.resolve(&format!("app@{image}"));
    let found: Vec<_> = report
        .referrers
        .iter()
        .map(|found| (found.digest, found.tag.as_ref().map(ToString::to_string), found.state))
        .collect();
    let expected = [
        (None, Some(format!("{stem}.sig")), State::Empty),
        (Some(kept), Some(format!("{stem}.att")), State::Ok),
        (Some(kept), Some(format!("{stem}.sbom")), State::Ok),
    ];
    assert_eq!(found, expected);
    assert_eq!(report.referrers[1].artifact_type.as_deref(), Some("example/1"));
    assert_eq!((report.complete, report.exit()), (true, Exit::Good));
    // What the artifact is about is no part of it.
    let report = kit.resolve(&format!("app@{kept}"));
    let hop = report.hops.last().unwrap();
    assert_eq!((hop.kind, hop.state), (HopKind::Subject, State::SizeMismatch));
    assert!(report.complete && !report.files().contains(hop.path.as_ref().unwrap()));
    assert_eq!(report.summary.blobs, 2);
}

#[test]
fn tags_of_a_registry_with_a_database_are_said_to_be_doubtful() {
    let kit = Kit::sample();
    let lockfiles = kit.root().join("docker/registry/lockfiles");
    fs::create_dir_all(&lockfiles).unwrap();
    fs::write(lockfiles.join("database-in-use"), b"").unwrap();
    let report = kit.resolve("app:v1");
    assert!(report.head.warnings[0].contains("database"), "{:?}", report.head.warnings);
    assert!(kit.resolve(&format!("app@{}", report.digest.unwrap())).head.warnings.is_empty());
}
