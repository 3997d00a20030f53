//! Fresh random stores, sound and damaged, against the program of Debian's `docker-registry` (2.8), where installed.
//!
//! `REGFS_STORES` says how many stores, `REGFS_SEED` with which seed to begin.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use super::random::{Random, store};
use super::store::{Answer, Walked, assert_aborts_so, write};
use crate::registry::collector::{Mode, Rules};
use crate::registry::inventory::Depth;

const PROGRAM: &str = "docker-registry";

fn is_installed() -> bool {
    Command::new(PROGRAM).arg("--version").output().is_ok_and(|output| output.status.success())
}

fn number(variable: &str, default: u64) -> u64 {
    std::env::var(variable).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

/// What the program prints, or its error.
fn collect(root: &Path, mode: Mode, is_dry: bool) -> Result<Answer, String> {
    let config = root.join("config.yml");
    let text = format!(
        "version: 0.1\nlog:\n  level: error\nstorage:\n  filesystem:\n    rootdirectory: {}\n",
        root.display()
    );
    std::fs::write(&config, text).unwrap();
    let mut command = Command::new(PROGRAM);
    command.arg("garbage-collect").args(is_dry.then_some("--dry-run"));
    command.args(mode.delete_untagged.then_some("--delete-untagged"));
    let output = command.arg(&config).output().unwrap();
    if !output.status.success() {
        let root = format!("{}/", root.display());
        return Err(String::from_utf8_lossy(&output.stderr).replace(&root, "ROOT/"));
    }
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let listed =
        |prefix: &str| text.lines().filter_map(|line| line.strip_prefix(prefix)).map(str::to_owned).collect();
    let manifests: Vec<String> = listed("manifest eligible for deletion: ");
    let mut answer = Answer {
        blobs: listed("blob eligible for deletion: "),
        manifests: manifests.into_iter().map(|digest| (None, digest)).collect(),
        layer_links: Vec::new(),
    };
    answer.sort();
    Ok(answer)
}

fn describe(files: &BTreeMap<String, Vec<u8>>, dirs: &[String]) -> String {
    let files = files.iter().map(|(path, bytes)| format!("{path}: {}", bytes.escape_ascii()));
    files.chain(dirs.iter().map(|dir| format!("{dir}/"))).collect::<Vec<_>>().join("\n")
}

#[test]
#[expect(clippy::print_stderr, reason = "a test that does nothing says so")]
fn an_installed_collector_says_the_same_of_fresh_stores() {
    if !is_installed() {
        eprintln!("skipped: {PROGRAM} is not installed");
        return;
    }
    let first = number("REGFS_SEED", 0);
    for seed in first..first + number("REGFS_STORES", 40) {
        let (files, dirs) = store(&mut Random::new(seed));
        let root = tempfile::tempdir().unwrap();
        write(root.path(), &files, &dirs);
        let walked = Walked::new(root.path(), Depth::Full);
        for mode in Mode::ALL {
            let name = format!("store {seed} in mode {}", mode.name());
            // Only to see that it answers, where there is no program to compare it with.
            let ours = walked.answer(mode);
            let quickly = Walked::by_preview(root.path(), mode);
            assert_eq!(quickly.answer(mode), ours, "{name}:\n{}", describe(&files, &dirs));
            let fails = [&quickly, &walked].map(|walked| walked.fails_in_sweep(mode));
            assert_eq!(fails[0], fails[1], "{name}:\n{}", describe(&files, &dirs));
            if mode.rules == Rules::V3 {
                continue;
            }
            match (ours, collect(root.path(), mode, true)) {
                (Ok(ours), Ok(theirs)) => assert_eq!(ours, theirs, "{name}:\n{}", describe(&files, &dirs)),
                (Err(_), Err(theirs)) if theirs.contains("panic: ") => {}
                (Err(_), Err(theirs)) => assert_aborts_so(&walked, mode, &theirs, &name),
                (ours, theirs) => {
                    panic!("{name}: {ours:?}, but the program says {theirs:?}:\n{}", describe(&files, &dirs));
                }
            }
        }
        let mode = Mode::new(Rules::V2, seed % 2 == 0);
        let foretold = walked.answer(mode).is_err() || walked.fails_in_sweep(mode);
        let swept = collect(root.path(), mode, false);
        let name = format!("store {seed} swept in mode {}", mode.name());
        assert_eq!(swept.is_err(), foretold, "{name}: {swept:?}\n{}", describe(&files, &dirs));
    }
}
