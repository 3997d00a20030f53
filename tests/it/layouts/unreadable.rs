//! What is said where the list of a layout cannot be read, or says nothing of a name.

use std::fs;
use std::os::unix::fs::symlink;

use serde_json::{Value, json};

use super::{Stage, ask, findings, stage};
use crate::support::layout::{MANIFEST, path_of};
use crate::support::run::run;

#[test]
fn where_the_list_cannot_be_read_nothing_is_called_unknown_or_empty() {
    for damage in ["garbage", "absent", "a link"] {
        let Stage { layout, first, .. } = stage();
        fs::remove_file(layout.at("index.json")).unwrap();
        match damage {
            "garbage" => layout.write("index.json", "garbage"),
            "a link" => symlink("/etc/passwd", layout.at("index.json")).unwrap(),
            _ => {}
        }
        for args in [&["resolve", "v1"][..], &["ls"]] {
            let outcome = ask(&layout, args);
            let report = outcome.json();
            assert_eq!((outcome.status, &report["errors"][0]["path"]), (2, &json!("index.json")), "{damage}");
            assert_eq!(report["message"], Value::Null);
        }
        let cat = run(&["cat", "v1", "--root", &layout.root_text()]);
        assert_eq!(cat.status, 2, "{damage}");
        assert!(cat.stderr.starts_with("regfs: cannot read index.json: "), "{}", cat.stderr);
        // What a digest names is there whatever the list says.
        assert_eq!(run(&["cat", &first, "--root", &layout.root_text()]).status, 0);
        // The cause is found, and not that the name is unknown.
        let found = findings(&layout, &["v1"]);
        assert!(found.len() == 1 && found[0].2 == "index.json", "{damage}: {found:?}");
        // Nor is it said of a name beside a digest that the layout lacks it.
        let reference = format!("app:v1@{first}");
        let unsure = format!("whether app:v1 is {first} is not known");
        let found = findings(&layout, &[&reference]);
        assert!(found.len() == 1 && found[0].2 == "index.json", "{damage}: {found:?}");
        let resolved = ask(&layout, &["resolve", &reference]);
        let report = resolved.json();
        assert_eq!(
            (resolved.status, &report["message"], &report["digest"]),
            (2, &Value::Null, &json!(first))
        );
        assert_eq!(report["errors"][0]["path"], "index.json");
        assert!(report["warnings"].as_array().unwrap().contains(&json!(unsure)), "{report:#}");
        let cat = run(&["cat", &reference, "--root", &layout.root_text()]);
        assert!(cat.status == 0 && cat.stderr.contains(&unsure), "{}", cat.stderr);
    }
}

#[test]
fn a_digest_behind_a_tag_that_is_unknown_is_not_what_was_asked_for() {
    let Stage { layout, first, .. } = stage();
    let reference = format!("app:v9@{first}");
    let resolved = ask(&layout, &["resolve", &reference]);
    assert_eq!((resolved.status, &resolved.json()["message"]), (1, &json!("the layout has no app:v9")));
    assert_eq!(resolved.json()["digest"], *first);
    assert_eq!(run(&["cat", &reference, "--root", &layout.root_text()]).status, 1);
    let found = findings(&layout, &[&reference]);
    assert_eq!((found.len(), found[0].1.as_str()), (1, "reference-unknown"));
    let to = layout.outside().join("to");
    let exported = ask(&layout, &["export", &reference, to.to_str().unwrap()]);
    assert_eq!((exported.status, to.exists()), (1, false));
}

#[test]
fn a_name_in_a_content_store_is_for_its_database_to_know() {
    let Stage { layout, first, .. } = stage();
    fs::remove_file(layout.at("index.json")).unwrap();
    fs::remove_file(layout.at("oci-layout")).unwrap();
    fs::create_dir(layout.at("ingest")).unwrap();
    let cat = run(&["cat", "v1", "--root", &layout.root_text()]);
    assert_eq!(cat.status, 1);
    assert!(cat.stderr.contains("are in containerd's database"), "{}", cat.stderr);
    let verified = ask(&layout, &["verify", "v1"]).json();
    let detail = verified["findings"][0]["detail"].as_str().unwrap();
    assert!(detail.contains("are in containerd's database"), "{detail}");
    // With the digest there is no need to know.
    let verified = ask(&layout, &["verify", &format!("nginx:1.25@{first}")]);
    let report = verified.json();
    assert_eq!((verified.status, &report["findings"]), (0, &json!([])), "{report:#}");
    assert!(report["warnings"].to_string().contains("whether nginx:1.25 is"), "{report:#}");
}

#[test]
fn a_blob_of_an_algorithm_that_nobody_knows_is_looked_for_where_the_layout_would_have_it() {
    let Stage { mut layout, first, .. } = stage();
    let manifest: Value = serde_json::from_slice(&fs::read(layout.at(&path_of(&first))).unwrap()).unwrap();
    let mut odd = manifest;
    odd["layers"][0]["digest"] = json!("md5:0123456789abcdef0123456789abcdef");
    let odd = layout.blob(odd.to_string());
    layout.list(MANIFEST, &odd, Some("odd"));
    let report = ask(&layout, &["resolve", "odd"]).json();
    let hops = report["hops"].as_array().unwrap();
    assert!(hops.iter().any(|hop| hop["path"] == "blobs/md5/0123456789abcdef0123456789abcdef"), "{report:#}");
}

#[test]
fn a_layout_of_hostile_names_and_sizes_is_read_all_the_same() {
    let Stage { mut layout, first, .. } = stage();
    layout.list(MANIFEST, &first, Some("\u{1b}[2J\u{202e}../../etc"));
    let huge =
        format!(r#"{{"imageLayoutVersion": "1.0.0", "x": {}1{}}}"#, "[".repeat(20_000), "]".repeat(20_000));
    layout.write("oci-layout", huge);
    let table = run(&["ls", "--root", &layout.root_text()]);
    assert_eq!(table.status, 0);
    assert!(!table.text().contains('\u{1b}') && !table.text().contains('\u{202e}'), "{}", table.text());
    assert_eq!(findings(&layout, &[])[0].1, "layout-malformed");
    symlink("/dev/zero", layout.at("blobs/sha512")).unwrap();
    fs::remove_file(layout.at("index.json")).unwrap();
    symlink("/dev/zero", layout.at("index.json")).unwrap();
    let report = ask(&layout, &["verify"]);
    assert_eq!(report.status, 1);
    let codes: Vec<String> =
        findings(&layout, &[]).into_iter().map(|(_, code, path)| format!("{code} {path}")).collect();
    assert!(codes.contains(&"not-regular index.json".to_owned()), "{codes:?}");
    assert_eq!(ask(&layout, &["orphans"]).json()["blobs"], json!([]));
}

#[test]
fn what_leads_elsewhere_from_the_place_of_the_blobs_hides_them() {
    for kind in ["a link", "a file"] {
        let Stage { layout, .. } = stage();
        let copy = layout.outside().join("elsewhere");
        fs::rename(layout.at("blobs/sha256"), &copy).unwrap();
        if kind == "a link" {
            symlink(&copy, layout.at("blobs/sha256")).unwrap();
        } else {
            layout.write("blobs/sha256", "");
        }
        let found = findings(&layout, &[]);
        assert_eq!(found.len(), 1, "{kind}: {found:?}");
        assert_eq!((found[0].1.as_str(), found[0].2.as_str()), ("not-regular", "blobs/sha256"), "{kind}");
        assert_eq!(ask(&layout, &["verify"]).status, 1, "{kind}");
        let Stage { layout: other, .. } = stage();
        let outcome = run(&["diff", "-f", "json", &layout.root_text(), &other.root_text()]);
        let report = outcome.json();
        assert_eq!((outcome.status, &report["differences"]), (2, &json!([])), "{kind}: {report:#}");
        assert_eq!(report["errors"][0]["path"], "blobs/sha256", "{kind}");
    }
    // What nobody looks for there hides nothing.
    let Stage { layout, .. } = stage();
    layout.write("blobs/README", "");
    assert_eq!(ask(&layout, &["verify"]).status, 0);
}
