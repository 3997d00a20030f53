//! Inventory files: how they are written, and what is not taken for one.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use serde_json::{Value, json};

use super::{copy, diff, differences, inventory};
use crate::support::paths;
use crate::support::run::{finish, run};
use crate::support::store::Store;

fn lines(path: &str) -> Vec<Value> {
    let text = fs::read_to_string(path).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn an_inventory_begins_counts_and_ends() {
    let store = Store::sample();
    let list = lines(&inventory(&store, "list.ndjson", &[]));
    let (begin, summary) = (&list[0], list.last().unwrap());
    assert_eq!(begin["type"], "begin");
    assert_eq!(begin["data"]["schema"], "regfs/inventory/v1");
    assert_eq!((&begin["data"]["hashed"], &begin["data"]["strict"]), (&json!(true), &json!(false)));
    assert_eq!(summary["type"], "summary");
    let entries = &list[1..list.len() - 1];
    let bytes: usize = store.model.blobs.values().map(Vec::len).sum();
    assert_eq!(summary["data"]["entries"], entries.len());
    assert_eq!(summary["data"]["blobs"], store.model.blobs.len());
    assert_eq!(summary["data"]["bytes_hashed"], bytes);
    for entry in entries.iter().filter(|entry| entry["type"] == "blob") {
        let digest = entry["data"]["digest"].as_str().unwrap();
        assert_eq!(entry["data"]["path"], paths::blob_data(digest));
        assert_eq!(entry["data"]["size"], store.model.blobs[digest].len());
    }
}

#[test]
fn an_inventory_is_the_same_whatever_the_jobs_and_wherever_it_goes() {
    let store = Store::sample();
    let root = store.root_text();
    let scrub = |text: &str| {
        let (before, _) = text.rsplit_once("\"elapsed_seconds\"").unwrap();
        before.to_owned()
    };
    let one = run(&["inventory", &root, "-j", "1"]);
    let four = run(&["inventory", "-r", &root, "-j", "4", "-f", "ndjson"]);
    assert_eq!((one.status, scrub(one.text())), (0, scrub(four.text())));
    let file = fs::read_to_string(inventory(&store, "list.ndjson", &[])).unwrap();
    assert_eq!(scrub(&file), scrub(one.text()));
    let packed = inventory(&store, "list.ndjson.zst", &[]);
    assert!(fs::metadata(&packed).unwrap().len() < file.len() as u64 / 2);
    if let Ok(unpacked) = Command::new("zstd").args(["-dcq", &packed]).output() {
        assert_eq!(scrub(std::str::from_utf8(&unpacked.stdout).unwrap()), scrub(one.text()));
    }
}

#[test]
fn an_inventory_may_come_from_standard_input_or_a_pipe() {
    let store = Store::sample();
    let list = inventory(&store, "list.ndjson.zst", &[]);
    let program = Path::new(env!("CARGO_BIN_EXE_regfs"));
    let mut command = Command::new(program);
    let input = fs::File::open(&list).unwrap();
    command.args(["diff", &store.root_text(), "-", "-f", "json"]).stdin(Stdio::from(input));
    let outcome = finish(&mut command, Duration::from_secs(60));
    assert_eq!((outcome.status, &outcome.json()["b"]), (0, &json!("-")));
}

#[test]
fn an_altered_blob_is_in_the_inventory_as_it_is() {
    let store = Store::sample();
    let digest = store.model.blobs.keys().next().unwrap().clone();
    let sound = copy(&store);
    store.write(&paths::blob_data(&digest), "altered");
    let path = store.outside().join("list").to_str().unwrap().to_owned();
    let outcome = run(&["inventory", &store.root_text(), "-o", &path]);
    assert_eq!(outcome.status, 1, "{}", outcome.stderr);
    assert!(outcome.stderr.contains("1 of the blobs does not hash to its name"), "{}", outcome.stderr);
    let list = lines(&path);
    let entry = list.iter().find(|line| line["data"]["path"] == paths::blob_data(&digest)).unwrap();
    assert_eq!(entry["data"]["digest"], paths::sha256(b"altered"));
    let report = diff(&sound.root_text(), &path, &[]).json();
    assert_eq!(differences(&report), [format!("differs blob {}", paths::blob_data(&digest))]);
    assert_eq!(report["differences"][0]["intact"], "a");
}

#[test]
fn what_is_no_inventory_is_refused_and_says_why() {
    let store = Store::sample();
    let root = store.root_text();
    let list = inventory(&store, "list.ndjson", &[]);
    let text = fs::read_to_string(&list).unwrap();
    let all: Vec<&str> = text.lines().collect();
    let with = |change: &dyn Fn(&mut Vec<String>)| {
        let mut lines: Vec<String> = all.iter().map(|line| (*line).to_owned()).collect();
        change(&mut lines);
        lines.join("\n") + "\n"
    };
    let link = |path: &str| {
        format!(r#"{{"type":"other","data":{{"path":"{path}","digest":"{}"}}}}"#, paths::sha256(b"x"))
    };
    let warning =
        |bytes: usize| format!(r#"{{"type":"warning","data":{{"message":"{}"}}}}"#, "w".repeat(bytes));
    let warn = |lines: &mut Vec<String>, times: usize, bytes: usize| {
        let at = lines.len() - 1;
        lines.splice(at..at, vec![warning(bytes); times]);
    };
    let faults = [
        (with(&|lines| warn(lines, 1001, 1)), "there are too many warnings"),
        (with(&|lines| warn(lines, 2, 60_000)), "there are too many warnings"),
        (String::new(), "does not begin as one"),
        ("hello\n".into(), "does not begin as one"),
        (text.replacen("inventory/v1", "inventory/v2", 1), "its schema is another"),
        (text[..text.len() / 2].into(), "cut short"),
        (with(&|lines| drop(lines.pop())), "cut short"),
        (text[..text.len() - 1].into(), "cut short"),
        (with(&|lines| drop(lines.remove(3))), "counts other entries"),
        (with(&|lines| lines.swap(2, 3)), "line 4: it is out of order"),
        (with(&|lines| lines.insert(2, lines[2].clone())), "line 4: it is out of order"),
        (with(&|lines| lines.push(lines[1].clone())), "comes after the summary"),
        (with(&|lines| lines[2] = "{".into()), "line 3: EOF"),
        (with(&|lines| lines[2] = link("../../etc/passwd")), "line 3: its path is none below a root"),
        (with(&|lines| lines[2] = link("/etc/passwd")), "line 3: its path is none below a root"),
        (with(&|lines| lines[2] = link("a//b")), "line 3: its path is none below a root"),
        (with(&|lines| lines[2] = link(r"a\u0000b")), "line 3: its path is none below a root"),
        (with(&|lines| lines[2] = link(&"a/".repeat(3000))), "line 3: its path is none below a root"),
        (with(&|lines| lines[2] = link(&"a".repeat(70_000))), "line 3: it is too long"),
        (with(&|lines| lines[2] = lines[2].replace("\"blob\"", "\"tag\"")), "that of something else"),
        (with(&|lines| lines[2] = lines[2].replace("sha256:", "sha512:")), "line 3: invalid checksum digest"),
        (with(&|lines| lines[2] = lines[2].replace("\"size\":", "\"size\":-")), "line 3: "),
        (with(&|lines| lines[2] = format!("{}{}", "[".repeat(5000), "]".repeat(5000))), "line 3: "),
    ];
    for (content, why) in faults {
        let path = store.outside().join("faulty");
        fs::write(&path, &content).unwrap();
        let outcome = run(&["diff", &root, path.to_str().unwrap()]);
        assert_eq!(outcome.status, 2, "{why}: {}", outcome.text());
        assert!(outcome.stdout.is_empty() && outcome.stderr.contains(why), "{why}: {}", outcome.stderr);
    }
    let packed = fs::read(inventory(&store, "list.zst", &[])).unwrap();
    for cut in (0..packed.len()).step_by(61) {
        let path = store.outside().join("faulty.zst");
        fs::write(&path, &packed[..cut]).unwrap();
        let outcome = run(&["diff", &root, path.to_str().unwrap()]);
        assert_eq!(outcome.status, 2, "cut to {cut} bytes");
        let says_so = outcome.stderr.contains("was cut short: it has no summary at its end");
        assert!(says_so || cut < 4, "cut to {cut} bytes: {}", outcome.stderr);
        let mut struck = packed.clone();
        struck[cut] ^= 0x55;
        fs::write(&path, &struck).unwrap();
        // It may be a time that was struck, or a root, which nothing is compared with.
        let status = run(&["diff", &root, path.to_str().unwrap()]).status;
        assert!((0..=2).contains(&status), "struck at {cut}: {status}");
    }
}

#[test]
fn names_that_are_no_text_survive_an_inventory() {
    use std::os::unix::ffi::OsStrExt as _;
    let store = Store::sample();
    let name = std::ffi::OsStr::from_bytes(b"repositories/\xff\xfe\n\x1b[31m");
    fs::write(store.v2().join(name), "x").unwrap();
    let list = inventory(&store, "list.ndjson", &[]);
    assert_eq!(diff(&store.root_text(), &list, &[]).json()["identical"], true);
    fs::write(store.v2().join(name), "y").unwrap();
    let report = diff(&store.root_text(), &list, &[]).json();
    assert_eq!(report["differences"].as_array().unwrap().len(), 1, "{report}");
    let table = run(&["diff", &store.root_text(), &list]);
    assert!(!table.text().contains('\u{1b}'), "{}", table.text());
}

#[test]
fn an_inventory_is_not_written_into_its_root_nor_as_a_report() {
    let store = Store::sample();
    let root = store.root_text();
    let inside = format!("{root}/list.ndjson");
    for (args, why) in [
        (vec!["inventory", &root, "-o", &inside], "inside the root"),
        (vec!["inventory", &root, "--report", "json=/tmp/x"], "inventory has no format json"),
        (vec!["inventory", &root, "--report", "ndjson=/tmp/x"], "use --output"),
        (vec!["inventory", &root, "-f", "json"], "inventory has no format json"),
    ] {
        let outcome = run(&args);
        assert!(outcome.status == 2 && outcome.stderr.contains(why), "{args:?}: {}", outcome.stderr);
    }
    assert!(!Path::new(&inside).exists());
}

#[test]
fn an_inventory_that_is_not_whole_and_does_not_say_why_makes_no_whole_answer() {
    let store = Store::sample();
    let list = inventory(&store, "list.ndjson", &[]);
    let text = fs::read_to_string(&list).unwrap();
    fs::write(&list, text.replace("\"partial\":false", "\"partial\":true")).unwrap();
    let table = run(&["diff", &store.root_text(), &list]);
    assert_eq!(table.status, 2, "{}", table.text());
    assert!(table.text().contains("PARTIAL: not everything was compared"), "{}", table.text());
}

#[test]
fn what_is_named_and_is_no_side_is_refused_with_a_hint() {
    let store = Store::sample();
    let root = store.root_text();
    let twice = run(&["diff", "-", "-"]);
    assert!(twice.status == 2 && twice.stderr.contains("can be named only once"), "{}", twice.stderr);
    let nothing = run(&["diff", &root, "no-such-file"]);
    let hint = "or a file that `regfs inventory` wrote";
    assert!(nothing.status == 2 && nothing.stderr.contains(hint), "{}", nothing.stderr);
}
