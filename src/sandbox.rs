//! What the process gives up before it looks at a store: so that even a bug cannot harm one.
//!
//! Landlock, where the kernel offers it: the root may be read, the directories of reports, of the checkpoint and of an
//! exported layout written to, nothing be executed, and no connection be made or taken. It is entered before any thread begins, and after the
//! files that options name are known; it holds for every thread that begins later, and for good.

use std::os::fd::{AsFd, BorrowedFd};
use std::path::{Path, PathBuf};

use landlock::{
    ABI, Access, AccessFs, AccessNet, BitFlags, PathBeneath, PathFd, RestrictionStatus, Ruleset, RulesetAttr,
    RulesetCreated, RulesetCreatedAttr, RulesetError, RulesetStatus, Scope,
};

/// The kernel's interface that is asked for; an older one gives what it has.
const WANTED: ABI = ABI::V6;

/// What the standard libraries read to tell how many threads the process may run at once.
const LIMITS: [&str; 3] = ["/proc/self", "/sys/fs/cgroup", "/sys/devices/system/cpu"];

/// What the process still has to do.
#[derive(Debug, Default)]
pub struct Needs<'a> {
    /// Roots, to be read.
    pub roots: Vec<BorrowedFd<'a>>,
    /// Files to be read.
    pub read: Vec<PathBuf>,
    /// Directories in which files are created and replaced.
    pub replace_in: Vec<PathBuf>,
    /// Files, pipes and devices that are written to as they are.
    pub write: Vec<PathBuf>,
    /// Directories in which anything is made and removed.
    pub make_in: Vec<PathBuf>,
    /// Directories in which a directory is renamed, in place of an empty one perhaps.
    pub move_in: Vec<PathBuf>,
    /// Why there can be no sandbox, if that is so.
    pub why_not: Option<&'static str>,
}

/// How far the process is confined.
#[derive(Debug, PartialEq, Eq)]
pub enum Confined {
    /// As far as was asked for.
    Wholly,
    /// Less: this kernel's Landlock is older.
    Partly,
    /// Not at all; why.
    Not(String),
}

/// Gives up everything but what is needed. To be called by a process that has one thread, once.
pub fn enter(needs: &Needs<'_>) -> Confined {
    match confine(needs) {
        Ok(RestrictionStatus { ruleset: RulesetStatus::FullyEnforced, .. }) => Confined::Wholly,
        Ok(RestrictionStatus { ruleset: RulesetStatus::PartiallyEnforced, .. }) => Confined::Partly,
        Ok(_) => Confined::Not("this kernel offers no Landlock".to_owned()),
        Err(error) => Confined::Not(error.to_string()),
    }
}

fn confine(needs: &Needs<'_>) -> Result<RestrictionStatus, RulesetError> {
    let read = AccessFs::ReadFile | AccessFs::ReadDir;
    // A new file is opened for reading too.
    let replace = AccessFs::ReadFile
        | AccessFs::WriteFile
        | AccessFs::Truncate
        | AccessFs::MakeReg
        | AccessFs::RemoveFile;
    let mut rules = Ruleset::default()
        .handle_access(AccessFs::from_all(WANTED))?
        .handle_access(AccessNet::from_all(WANTED))?
        .scope(Scope::from_all(WANTED))?
        .create()?;
    for root in &needs.roots {
        (&mut rules).add_rule(PathBeneath::new(root, read))?;
    }
    for path in LIMITS {
        allow(&mut rules, Path::new(path), read);
    }
    for path in &needs.read {
        allow(&mut rules, path, AccessFs::ReadFile.into());
    }
    for path in &needs.replace_in {
        allow(&mut rules, path, replace);
    }
    let rename = AccessFs::ReadDir | AccessFs::MakeDir | AccessFs::RemoveDir;
    for path in &needs.make_in {
        allow(&mut rules, path, replace | rename);
    }
    for path in &needs.move_in {
        allow(&mut rules, path, rename);
    }
    for path in &needs.write {
        allow(&mut rules, path, AccessFs::WriteFile.into());
    }
    rules.restrict_self()
}

/// Allows something at a path or below. What is not there needs no leave; a pipe without a name has it.
fn allow(rules: &mut RulesetCreated, path: &Path, access: BitFlags<AccessFs>) {
    if let Ok(path) = PathFd::new(path) {
        let _ = rules.add_rule(PathBeneath::new(path.as_fd(), access));
    }
}

#[cfg(test)]
mod tests {
    use std::fs::{self, File, OpenOptions};
    use std::io::{self, Write};
    use std::net::{TcpListener, TcpStream};
    use std::process::Command;
    use std::thread;

    use super::*;

    const CHILD: &str = "REGFS_TEST_CONFINED_TO";

    fn is_denied<T>(result: io::Result<T>) -> bool {
        result.is_err_and(|error| error.kind() == io::ErrorKind::PermissionDenied)
    }

    /// A sandbox holds for good, so this test runs itself again in a child.
    #[test]
    fn a_process_that_is_confined_can_read_the_root_and_harm_nothing() {
        let Some(dir) = std::env::var_os(CHILD).map(PathBuf::from) else {
            let dir = tempfile::tempdir().unwrap();
            for name in ["root", "reports", "elsewhere", "layouts/making"] {
                fs::create_dir_all(dir.path().join(name)).unwrap();
                fs::write(dir.path().join(name).join("file"), "text").unwrap();
            }
            let name = "sandbox::tests::a_process_that_is_confined_can_read_the_root_and_harm_nothing";
            let me = std::env::current_exe().unwrap();
            let child = Command::new(me)
                .args(["--exact", name, "--nocapture"])
                .env(CHILD, dir.path())
                .output()
                .unwrap();
            assert!(child.status.success(), "{child:?}");
            assert_eq!(fs::read_to_string(dir.path().join("root/file")).unwrap(), "text");
            return;
        };
        let (root, reports, layouts) = (dir.join("root"), dir.join("reports"), dir.join("layouts"));
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let root_handle = File::open(&root).unwrap();
        let needs = Needs {
            roots: vec![root_handle.as_fd()],
            replace_in: vec![reports.clone()],
            make_in: vec![layouts.join("making")],
            move_in: vec![layouts.clone()],
            write: vec!["/dev/null".into(), "/dev/fd/1".into(), dir.join("nothing")],
            ..Needs::default()
        };
        match enter(&needs) {
            Confined::Wholly => {}
            // Nothing to be seen on this machine.
            other => return drop(writeln!(io::stderr(), "not tested here: {other:?}")),
        }
        let file = root.join("file");
        // A thread that begins later is no less confined.
        let harm = move || {
            assert_eq!(fs::read_to_string(&file).unwrap(), "text");
            assert_eq!(fs::read_dir(&root).unwrap().count(), 1);
            assert!(is_denied(fs::write(&file, "other")));
            assert!(is_denied(OpenOptions::new().append(true).open(&file)));
            assert!(is_denied(File::create(root.join("new"))));
            assert!(is_denied(fs::remove_file(&file)));
            assert!(is_denied(fs::rename(&file, root.join("moved"))));
            assert!(is_denied(fs::create_dir(root.join("dir"))));
            assert!(is_denied(std::os::unix::fs::symlink("file", root.join("link"))));
            assert!(is_denied(fs::hard_link(&file, root.join("hard"))));
            assert!(is_denied(OpenOptions::new().write(true).truncate(true).open(&file)));
        };
        harm();
        thread::spawn(harm).join().unwrap();
        assert!(is_denied(fs::write(dir.join("elsewhere/file"), "other")));
        assert!(is_denied(fs::read(dir.join("elsewhere/file"))));
        assert!(is_denied(Command::new("/bin/true").status()));
        assert!(is_denied(TcpStream::connect(listener.local_addr().unwrap())));
        assert!(is_denied(TcpListener::bind("127.0.0.1:0")));
        fs::write(reports.join("new"), "text").unwrap();
        fs::rename(reports.join("new"), reports.join("file")).unwrap();
        fs::create_dir_all(layouts.join("making/blobs/sha256")).unwrap();
        fs::write(layouts.join("making/blobs/sha256/x"), "text").unwrap();
        fs::remove_file(layouts.join("making/file")).unwrap();
        fs::create_dir(layouts.join("made")).unwrap();
        assert!(is_denied(fs::write(layouts.join("made/file"), "text")));
        fs::rename(layouts.join("making"), layouts.join("made")).unwrap();
        File::open(&layouts).unwrap().sync_all().unwrap();
        fs::remove_dir_all(layouts.join("made")).unwrap();
        OpenOptions::new().append(true).open("/dev/null").unwrap().write_all(b"gone").unwrap();
        assert!(thread::available_parallelism().is_ok());
    }
}
