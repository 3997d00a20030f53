//! Read-only, proven: of all that every command asks of the system, nothing could change a root.

use std::collections::BTreeSet;
use std::fs;

use clap::CommandFactory as _;
use regfs::cli::Cli;

use crate::support::damage::{self, blobs};
use crate::support::random::Rng;
use crate::support::store::Store;
use crate::support::strace;

/// The calls on a root that change nothing, whatever their arguments.
const HARMLESS: [&str; 17] = [
    "close",
    "execve",
    "fstat",
    "fstatfs",
    "getcwd",
    "getdents64",
    "landlock_add_rule",
    "lseek",
    "lstat",
    "newfstatat",
    "pread64",
    "read",
    "readlink",
    "readlinkat",
    "stat",
    "statfs",
    "statx",
];

/// What makes an open one for writing.
const WRITING: [&str; 6] = ["O_WRONLY", "O_RDWR", "O_CREAT", "O_TRUNC", "O_APPEND", "O_TMPFILE"];

/// Whether a line of a trace, which names the root, shows a call that can change nothing.
fn is_harmless(line: &str) -> bool {
    let call = line.split_once(' ').map_or(line, |(_, call)| call.trim_start());
    // The rest of a call that another thread's came between: its beginning was judged.
    if call.starts_with("<... ") || call.starts_with("+++") || call.starts_with("---") {
        return true;
    }
    let name = call.split('(').next().unwrap_or_default();
    match name {
        "open" | "openat" | "openat2" => {
            line.contains("O_RDONLY") && !WRITING.iter().any(|flag| line.contains(flag))
        }
        "access" | "faccessat" | "faccessat2" => !line.contains("W_OK"),
        "fcntl" => ["F_DUPFD_CLOEXEC", "F_GETFD", "F_GETFL"].iter().any(|command| line.contains(command)),
        _ => HARMLESS.contains(&name),
    }
}

fn store() -> Store {
    let mut store = Store::sample();
    let mut rng = Rng::new(7);
    blobs::flip_a_bit(&mut store, &mut rng).unwrap();
    damage::links::empty(&mut store, &mut rng).unwrap();
    store
}

#[test]
fn no_command_asks_for_anything_that_could_change_a_root() {
    if !strace::is_at_hand() {
        return;
    }
    let store = store();
    let (root, outside) = (store.root_text(), store.outside().display().to_string());
    let trace = store.outside().join("trace");
    let digest = store.model.repos["lib"].tags["v1"].current.clone();
    let (report, checkpoint) = (format!("json={outside}/report"), format!("{outside}/checkpoint"));
    let inventory = format!("{outside}/inventory.zst");
    let layout = format!("{outside}/layout");
    let alive = store.outside().join("alive");
    fs::write(&alive, format!("{digest}\n")).unwrap();
    let alive = alive.to_str().unwrap().to_owned();
    let part = store.outside().join("part.json");
    let json = crate::support::run::run(&["verify", "-f", "json", "-r", &root, "--shard", "1/2"]).stdout;
    fs::write(&part, json).unwrap();
    let commands: &[&[&str]] = &[
        &["verify", "--notes", "--deep", "--report", &report],
        &["verify", "--checkpoint", &checkpoint],
        &["verify", "lib:v1"],
        &["verify", "no/such:tag"],
        &["merge", part.to_str().unwrap()],
        &["diff", &root, &root],
        &["inventory", &root, "--output", &inventory],
        &["resolve", "team/app:multi"],
        &["orphans", "--alive", &alive],
        &["orphans", "--policy", "tags", "-f", "paths"],
        &["gc-preview"],
        &["ls"],
        &["ls", "team/app"],
        &["du"],
        &["refs", &digest],
        &["history", "team/app:latest"],
        &["uploads"],
        &["cat", "lib:v1"],
        &["export", "lib:v1", &layout],
        &["explain", "link-empty"],
        &["completions", "bash"],
    ];
    let told: BTreeSet<&str> = commands.iter().map(|command| command[0]).collect();
    for command in Cli::command().get_subcommands() {
        assert!(told.contains(command.get_name()), "{} is not traced", command.get_name());
    }
    for command in commands {
        let needs_root = !["merge", "explain", "completions", "diff", "inventory"].contains(&command[0]);
        let args = if needs_root { [command, &["-r", &root][..]].concat() } else { command.to_vec() };
        strace::regfs(&[], &trace, &args);
        let trace = fs::read_to_string(&trace).unwrap();
        let on_root: Vec<&str> = trace.lines().filter(|line| line.contains(&root)).collect();
        let reads = on_root.iter().filter(|line| line.contains("openat")).count();
        assert!(reads > 1 || !needs_root, "{command:?}: nothing was read");
        let harmful: Vec<_> = on_root.into_iter().filter(|line| !is_harmless(line)).collect();
        assert!(harmful.is_empty(), "{command:?}: {}", harmful.join("\n"));
    }
}

#[test]
fn a_trace_of_harm_would_be_told() {
    for line in [
        r#"12 openat2(3</r>, "blobs", {flags=O_RDONLY|O_CREAT, mode=0, resolve=0}, 24) = 4"#,
        r#"12 openat(AT_FDCWD</>, "/r/x", O_WRONLY|O_CLOEXEC) = 4"#,
        r#"12 unlinkat(3</r>, "blobs", 0) = 0"#,
        r#"12 write(4</r/x>, ""..., 4) = 4"#,
        r"12 flock(4</r/x>, LOCK_EX) = 0",
        r"12 utimensat(4</r/x>, NULL, NULL, 0) = 0",
        r"12 fcntl(4</r/x>, F_SETLK, {l_type=F_RDLCK}) = 0",
        r#"12 faccessat(3</r>, "x", W_OK) = 0"#,
        r"12 mmap(NULL, 4096, PROT_WRITE, MAP_SHARED, 4</r/x>, 0) = 0x7f",
    ] {
        assert!(!is_harmless(line), "{line}");
    }
    assert!(is_harmless(r#"12 openat2(3</r>, "blobs", {flags=O_RDONLY|O_NOFOLLOW, resolve=0}, 24) = 4"#));
}
