//! `inventory`: everything that `diff` compares, written down.

use std::io::{self, Write};
use std::path;
use std::time::Instant;

use crate::digest::Digest;
use crate::exit::Exit;
use crate::path::text_of;
use crate::progress::Phase;
use crate::registry::contents::Contents;
use crate::registry::contents::file::{self, Begin, Packer, Summary};
use crate::registry::inventory::DigestId;
use crate::registry::{layout, remarks};
use crate::session::Session;
use crate::units::{Elapsed, Size};

/// What to take in.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// Whether every file is read and hashed.
    pub hash: bool,
    /// Whether what carries no meaning counts too.
    pub strict: bool,
}

/// What is to be written.
#[derive(Debug)]
pub struct Taken {
    /// What the root holds.
    pub contents: Contents,
    /// How the file begins.
    pub begin: Begin<'static>,
    /// What a reader must know.
    pub warnings: Vec<String>,
    /// How it ends.
    pub summary: Summary,
}

/// Looks at a root; `None` if that was interrupted: half an inventory would call the rest missing.
pub fn inventory(session: &Session<'_>, options: Options) -> Option<Taken> {
    let started = Instant::now();
    let Session { store, cancel, progress, .. } = *session;
    progress.begin(Phase::Walk, None);
    let mut contents = Contents::of_root(store, options.strict, cancel, progress);
    let bytes_hashed = if options.hash { contents.hash(session.reading(&session.engine())) } else { 0 };
    progress.end();
    if contents.inventory.interrupted || cancel.is_cancelled() {
        return None;
    }
    let mut warnings = remarks::remarks(store, &contents.inventory);
    if !contents.vanished.is_empty() {
        warnings.push(format!("{} files were gone when they were to be read", contents.vanished.len()));
    }
    let root = path::absolute(store.path()).unwrap_or_else(|_| store.path().to_owned());
    let begin = Begin {
        schema: file::SCHEMA.into(),
        version: env!("CARGO_PKG_VERSION").into(),
        // Who reads it somewhere else does not know what a relative path was relative to.
        root: text_of(root.as_os_str().as_encoded_bytes()).into(),
        hashed: options.hash,
        strict: options.strict,
    };
    let mut summary = file::count(&contents);
    summary.bytes_hashed = bytes_hashed;
    summary.elapsed_seconds = started.elapsed().as_secs_f64();
    Some(Taken { contents, begin, warnings, summary })
}

impl Taken {
    /// Writes it.
    ///
    /// # Errors
    /// Those of the sink.
    pub fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        file::write(&self.contents, &self.begin, &self.warnings, &self.summary, out)
    }

    /// Writes it as Zstandard.
    ///
    /// # Errors
    /// Those of the sink.
    pub fn pack(&self, out: &mut dyn Write) -> io::Result<()> {
        let mut packer = Packer::new(out);
        self.write(&mut packer)?;
        packer.finish()
    }

    /// What was written, in a line.
    pub fn verdict(&self) -> String {
        let Summary { entries, blobs, bytes_hashed, altered, elapsed_seconds, .. } = self.summary;
        let altered = match altered {
            0 => String::new(),
            1 => "; 1 of the blobs does not hash to its name".to_owned(),
            altered => format!("; {altered} of the blobs do not hash to their names"),
        };
        let (hashed, elapsed) = (Size(bytes_hashed), Elapsed(elapsed_seconds));
        format!(
            "inventory of {}: {entries} files, {blobs} of them blobs, {hashed} hashed in {elapsed}{altered}",
            self.begin.root
        )
    }

    /// The blobs that are not what they are called, each in a line; of many the first few, and how many more there are.
    pub fn altered(&self, most: usize) -> Vec<String> {
        let Contents { altered, inventory, .. } = &self.contents;
        let name = |(id, computed): (&DigestId, &Digest)| {
            format!("{} hashes to {computed}, not to its name", layout::blob_data(inventory.digests.get(*id)))
        };
        let mut lines: Vec<String> = altered.iter().take(most).map(name).collect();
        match altered.len().saturating_sub(most) {
            0 => {}
            1 => lines.push("1 more blob does not hash to its name".to_owned()),
            more => lines.push(format!("{more} more blobs do not hash to their names")),
        }
        lines
    }

    /// 2 if something could not be looked at, 1 if a blob is altered, else good.
    pub fn exit(&self) -> Exit {
        let partial = if self.summary.partial { Exit::NoAnswer } else { Exit::Good };
        Exit::bad_if(self.summary.altered > 0).worst(partial)
    }
}
