//! What earlier runs verified, kept in a file of the user's, so that a run that was ended can be gone on with.
//!
//! A checkpoint is a set of facts, each of which says that the bytes of one blob hashed to its name while its file was of
//! that size, those times and that inode. A fact is not spelled out: its digest is kept, and looked up again by what the
//! file is now. So a blob that changed, moved or was put back has no fact, whatever happened to it.
//!
//! A round is one look at everything. It may take several runs, the later of which believe what the earlier ones of the
//! same round verified. The run that reaches the end ends the round: the next begins with no trust at all, since bytes
//! rot without any time changing, and reads first what was verified the longest ago.
//!
//! A round is of a scope: the whole root, some images, a share. A run of a lesser scope in the midst of it is its guest,
//! which believes nothing and ends nothing: else it would end a round that it did not get to the end of, or, of a round
//! that nobody goes on with, believe the same facts for ever.

mod file;
mod format;

use std::collections::HashMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use foldhash::fast::RandomState;
use jiff::Timestamp;

use crate::digest::{Algorithm, Digest};
use crate::hash::{self, Hasher};
use crate::store::Identity;
use file::Keeper;
pub use file::OpenError;
use format::Start;

/// How long the work goes on before what was verified is written down: the first time, and at most thereafter unless
/// writing takes long; then this many times longer than that.
const FIRST_INTERVAL: Duration = Duration::from_millis(20);
const INTERVAL: Duration = Duration::from_secs(2);
const WORK_TO_WRITING: u32 = 50;

/// How many runs back a fact is of use where no run looks at the whole root.
const RUNS_KEPT: u32 = 1000;

/// Something that was seen of a blob: the first bytes of a digest over all of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Fact([u8; Fact::SIZE]);

/// How far back something was verified.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Age {
    /// Never, or what was verified has changed since.
    Never,
    /// In an earlier round, by the run of this number.
    Earlier(u32),
    /// In this round: it need not be verified again.
    ThisRound,
}

/// A checkpoint in use: no other run can open it meanwhile.
#[derive(Debug)]
pub struct Checkpoint {
    keeper: Mutex<Keeper>,
    facts: Mutex<Facts>,
    /// Why nothing of what the file held was believed, in a sentence.
    remark: Option<String>,
}

#[derive(Clone, Debug, Default)]
struct Facts {
    /// The facts, with the number of the run that saw each.
    runs: HashMap<Fact, u32, RandomState>,
    /// The number of this run.
    run: u32,
    /// The run with which the round began.
    round: u32,
    /// What the round is a look at.
    scope: Scope,
    /// Whether the round is not this run's.
    is_guest: bool,
    /// Whether anything is not written yet.
    unwritten: bool,
}

/// What a round is a look at: the first bytes of a digest over its name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Scope([u8; Scope::SIZE]);

impl Scope {
    const SIZE: usize = 20;

    fn new(name: &str) -> Self {
        let mut scope = [0; Self::SIZE];
        scope.copy_from_slice(&hash::digest(Algorithm::Sha256, name.as_bytes()).bytes()[..Self::SIZE]);
        Self(scope)
    }
}

impl Fact {
    /// Nobody finds two facts of one digest of this size, nor a second for one that is there.
    const SIZE: usize = 20;

    /// That the bytes of a blob hash to its name, and unpack to what is stated, while its file is that one.
    pub fn new(blob: Digest, file: &Identity, unpacks_to: Option<Digest>) -> Self {
        let Identity { size, modified, changed, inode } = file;
        let mut hasher = Hasher::new(Algorithm::Sha256);
        for digest in [Some(blob), unpacks_to] {
            hasher.update(digest.map(|digest| digest.to_string()).unwrap_or_default().as_bytes());
            hasher.update(b"\n");
        }
        hasher.update(&size.to_le_bytes());
        for (seconds, nanoseconds) in [modified, changed] {
            hasher.update(&seconds.to_le_bytes());
            hasher.update(&nanoseconds.to_le_bytes());
        }
        hasher.update(&inode.to_le_bytes());
        let mut fact = [0; Self::SIZE];
        fact.copy_from_slice(&hasher.finish().bytes()[..Self::SIZE]);
        Self(fact)
    }
}

impl Identity {
    /// Whether a later change of the file is sure to change its times: one within the same tick of the file system's
    /// clock would not.
    pub fn is_settled(&self, now: Timestamp) -> bool {
        // Where only whole seconds are kept, every second counts; FAT keeps every other.
        let tick = if self.changed.1 == 0 { Duration::from_secs(2) } else { Duration::from_millis(100) };
        let changed = i128::from(self.changed.0) * 1_000_000_000 + i128::from(self.changed.1);
        changed.saturating_add_unsigned(tick.as_nanos()) < now.as_nanosecond()
    }
}

impl Checkpoint {
    /// Opens a checkpoint of the store at `root`, or begins one; writes it at once, so that whoever may not write it is
    /// told before the work begins.
    ///
    /// # Errors
    /// When the file is something else, belongs to another root, is in use, or cannot be written.
    pub fn open(path: PathBuf, root: &Path) -> Result<Self, OpenError> {
        let (keeper, start) = Keeper::open(path, root)?;
        let (facts, remark) = match start {
            Start::Fresh => (Facts { run: 1, round: 1, ..Facts::default() }, None),
            Start::Useless(why) => {
                let remark = format!("the checkpoint {why}: everything is verified from the beginning");
                (Facts { run: 1, round: 1, ..Facts::default() }, Some(remark))
            }
            Start::From(facts) => (facts, None),
        };
        let checkpoint = Self { keeper: Mutex::new(keeper), facts: Mutex::new(facts), remark };
        checkpoint.write().map_err(|error| checkpoint.keeper().refused(error))?;
        Ok(checkpoint)
    }

    /// The directory that it is written to.
    pub fn directory(&self) -> PathBuf {
        self.keeper().directory().to_owned()
    }

    /// Why nothing of what the file held was believed, in a sentence.
    pub fn remark(&self) -> Option<&str> {
        self.remark.as_deref()
    }

    /// Begins a run that looks at a scope of this name; the whole root has none. Whether it takes part in the round: not in
    /// that of another scope, unless all of that is within its own.
    pub fn begin(&self, scope: &str) -> bool {
        let mut facts = self.facts();
        // A run that was killed has left its facts, and is not counted.
        let is_new = facts.round == facts.run && facts.runs.values().all(|run| *run < facts.round);
        let scope_of_run = Scope::new(scope);
        if is_new || scope.is_empty() {
            facts.scope = scope_of_run;
        }
        facts.is_guest = facts.scope != scope_of_run;
        !facts.is_guest
    }

    /// When something was last verified.
    pub fn age(&self, fact: &Fact) -> Age {
        let facts = self.facts();
        match facts.runs.get(fact) {
            Some(run) if *run >= facts.round && !facts.is_guest => Age::ThisRound,
            Some(run) => Age::Earlier(*run),
            None => Age::Never,
        }
    }

    /// Takes note of something that this run verified.
    pub fn record(&self, fact: Fact) {
        let mut facts = self.facts();
        let run = facts.run;
        facts.runs.insert(fact, run);
        facts.unwritten = true;
    }

    /// Does the work, and meanwhile writes down every now and then what was recorded.
    pub fn during<T>(&self, work: impl FnOnce() -> T) -> T {
        thread::scope(|scope| {
            let (stop, stopped) = mpsc::channel::<()>();
            let writer = thread::Builder::new().name("checkpoint".into());
            // Without a thread to be had it is written at the end alone.
            let _ = writer.spawn_scoped(scope, move || self.write_now_and_then(&stopped));
            let done = work();
            drop(stop);
            done
        })
    }

    /// Writes down everything, and ends the round if all of it was verified; `is_whole` if that is the whole root.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn finish(&self, is_complete: bool, is_whole: bool) -> io::Result<()> {
        {
            let mut facts = self.facts();
            facts.run = facts.run.saturating_add(1);
            if is_complete && !facts.is_guest {
                // What this round did not see again is gone, or has changed.
                let oldest = if is_whole { facts.round } else { facts.round.saturating_sub(RUNS_KEPT) };
                facts.runs.retain(|_, run| *run >= oldest);
                facts.round = facts.run;
            }
        }
        self.write()
    }

    fn write_now_and_then(&self, stopped: &Receiver<()>) {
        let (mut wait, mut least) = (FIRST_INTERVAL, FIRST_INTERVAL);
        while stopped.recv_timeout(wait) == Err(RecvTimeoutError::Timeout) {
            let begun = Instant::now();
            // What fails now is tried again, and told if it fails at the end.
            if self.facts().unwritten && self.write().is_err() {
                self.facts().unwritten = true;
            }
            least = INTERVAL.min(2 * least);
            wait = least.max(begun.elapsed().saturating_mul(WORK_TO_WRITING));
        }
    }

    fn write(&self) -> io::Result<()> {
        let mut keeper = self.keeper();
        let bytes = {
            let mut facts = self.facts();
            facts.unwritten = false;
            format::encode(&facts, keeper.root())
        };
        keeper.write(&bytes)
    }

    fn keeper(&self) -> MutexGuard<'_, Keeper> {
        self.keeper.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn facts(&self) -> MutexGuard<'_, Facts> {
        self.facts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_round_is_of_the_scope_that_began_it_though_its_run_was_killed() {
        let directory = tempfile::tempdir().unwrap();
        let open = || Checkpoint::open(directory.path().join("checkpoint"), Path::new("/root")).unwrap();
        let killed = open();
        assert!(killed.begin(""));
        killed.record(Fact([7; Fact::SIZE]));
        killed.write().unwrap();
        drop(killed);
        let guest = open();
        assert!(!guest.begin("an image"));
        assert_eq!(guest.age(&Fact([7; Fact::SIZE])), Age::Earlier(1), "it believes nothing");
        guest.finish(true, false).unwrap();
        drop(guest);
        let resumed = open();
        assert!(resumed.begin(""));
        assert_eq!(resumed.age(&Fact([7; Fact::SIZE])), Age::ThisRound);
        resumed.finish(true, true).unwrap();
        drop(resumed);
        assert!(open().begin("an image"), "a round that is over is nobody's");
    }
}
