//! Reading an inventory file, which may come from anywhere.

use std::borrow::Cow;
use std::io::{self, BufRead, BufReader, Read};

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::digest::Digest;
use crate::path::StorePath;
use crate::registry::inventory::Listed;
use crate::registry::layout::{Place, classify};

use super::packed::{Unpacked, is_packed};
use super::{Begin, Item, SCHEMA, Summary};
use crate::registry::contents::{Contents, Entry, Object, Stamp, What, compare_paths};

/// The longest line in bytes: a path of [`MAX_PATH`] bytes, each an escape of six characters, and what stands around it.
const MAX_LINE: u64 = 64 * 1024;

/// The longest path in bytes, as the system has it (`PATH_MAX`).
const MAX_PATH: usize = 4096;

/// The most warnings, and the most bytes of them together. They are kept and told, and no root has reason for so many.
const MAX_WARNINGS: usize = 1000;
const MAX_WARNING_BYTES: usize = 64 * 1024;

/// A root as an inventory file describes it.
#[derive(Debug)]
pub struct ListedRoot {
    /// The `v2` directory, as it was named when the file was written.
    pub root: String,
    /// Whether what carries no meaning is there too.
    pub strict: bool,
    /// What it holds.
    pub contents: Contents,
    /// What was to be said of it.
    pub warnings: Vec<String>,
    /// Whether something could not be looked at.
    pub partial: bool,
}

/// Why a file is not taken for an inventory.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// It cannot be read.
    #[error("cannot be read: {0}")]
    Io(#[from] io::Error),
    /// It is no inventory, or not one of this version.
    #[error("is no inventory that this regfs reads: {0}")]
    Foreign(&'static str),
    /// A line is not as it should be.
    #[error("is no sound inventory: line {line}: {reason}")]
    Line {
        /// Which line, the first being 1.
        line: u64,
        /// What is wrong with it.
        reason: Cow<'static, str>,
    },
    /// It ends before its summary.
    #[error("was cut short: it has no summary at its end")]
    CutShort,
}

/// Reads an inventory, packed or not.
///
/// # Errors
/// Why it is none, or cannot be believed.
pub fn read(source: impl Read) -> Result<ListedRoot, FileError> {
    let mut source = BufReader::with_capacity(1 << 16, source);
    let read = if is_packed(source.fill_buf()?) {
        lines(BufReader::with_capacity(1 << 16, Unpacked::new(source)))
    } else {
        lines(source)
    };
    read.map_err(|error| match error {
        FileError::Io(error) if error.kind() == io::ErrorKind::UnexpectedEof => FileError::CutShort,
        error => error,
    })
}

#[derive(Deserialize)]
struct Line<'a> {
    #[serde(rename = "type", borrow)]
    kind: Cow<'a, str>,
    #[serde(borrow)]
    data: &'a RawValue,
}

#[derive(Deserialize)]
struct Warning {
    message: String,
}

fn lines(mut source: impl BufRead) -> Result<ListedRoot, FileError> {
    const FOREIGN: FileError = FileError::Foreign("it does not begin as one");
    let mut line = Vec::new();
    if !next_line(&mut source, &mut line)? {
        return Err(FOREIGN);
    }
    let first: Line<'_> = serde_json::from_slice(&line).map_err(|_| FOREIGN)?;
    let begin: Begin<'_> = serde_json::from_str(first.data.get()).map_err(|_| FOREIGN)?;
    if first.kind != "begin" || begin.schema != SCHEMA {
        return Err(FileError::Foreign("its schema is another"));
    }
    let mut reader = Reader::new(&begin);
    let mut number = 1;
    loop {
        number += 1;
        if !next_line(&mut source, &mut line)? {
            return Err(FileError::CutShort);
        }
        let fault = |reason: Cow<'static, str>| FileError::Line { line: number, reason };
        // Cut within a line.
        if line.last() != Some(&b'\n') {
            return Err(if line.len() as u64 > MAX_LINE {
                fault("it is too long".into())
            } else {
                FileError::CutShort
            });
        }
        let parsed = serde_json::from_slice::<Line<'_>>(&line).map_err(|error| fault(why(&error)))?;
        if parsed.kind == "summary" {
            let summary: Summary =
                serde_json::from_str(parsed.data.get()).map_err(|error| fault(why(&error)))?;
            if summary.entries != reader.entries {
                return Err(fault("it counts other entries than there are".into()));
            }
            if next_line(&mut source, &mut line)? {
                return Err(FileError::Line {
                    line: number + 1,
                    reason: "it comes after the summary".into(),
                });
            }
            return Ok(reader.finish(summary.partial));
        }
        reader.take(&parsed).map_err(fault)?;
    }
}

/// Why JSON is not what it should be, without the place, which is told otherwise.
fn why(error: &serde_json::Error) -> Cow<'static, str> {
    let text = error.to_string();
    text.split(" at line ").next().unwrap_or_default().to_owned().into()
}

/// Reads a line with its end, or as much as a line may have; false at the end of the file.
fn next_line(source: &mut impl BufRead, line: &mut Vec<u8>) -> io::Result<bool> {
    line.clear();
    Ok(source.by_ref().take(MAX_LINE + 1).read_until(b'\n', line)? > 0)
}

/// What was read so far.
struct Reader {
    root: ListedRoot,
    listed: Listed,
    altered: Vec<(Digest, Digest)>,
    last: Option<StorePath>,
    entries: u64,
    warning_bytes: usize,
    is_past_entries: bool,
}

type Fault = Cow<'static, str>;

impl Reader {
    fn new(begin: &Begin<'_>) -> Self {
        let mut contents = Contents::new(Listed::default().finish());
        contents.is_hashed = begin.hashed;
        contents.stamps = begin.strict.then(Default::default);
        Self {
            root: ListedRoot {
                root: begin.root.clone().into_owned(),
                strict: begin.strict,
                contents,
                warnings: Vec::new(),
                partial: false,
            },
            listed: Listed::default(),
            altered: Vec::new(),
            last: None,
            entries: 0,
            warning_bytes: 0,
            is_past_entries: false,
        }
    }

    fn take(&mut self, line: &Line<'_>) -> Result<(), Fault> {
        let data = line.data.get();
        match &*line.kind {
            "error" => {
                let item: Item<'_> = serde_json::from_str(data).map_err(|error| why(&error))?;
                self.is_past_entries = true;
                let reason = item.reason.as_deref().unwrap_or("it could not be looked at").to_owned();
                self.listed.hidden(path_of(&item, true)?, reason);
                Ok(())
            }
            "warning" => {
                let warning: Warning = serde_json::from_str(data).map_err(|error| why(&error))?;
                self.is_past_entries = true;
                self.warning_bytes += warning.message.len();
                if self.root.warnings.len() >= MAX_WARNINGS || self.warning_bytes > MAX_WARNING_BYTES {
                    return Err("there are too many warnings".into());
                }
                self.root.warnings.push(warning.message);
                Ok(())
            }
            kind => {
                let item: Item<'_> = serde_json::from_str(data).map_err(|error| why(&error))?;
                self.entry(kind, &item)
            }
        }
    }

    fn entry(&mut self, kind: &str, item: &Item<'_>) -> Result<(), Fault> {
        let path = path_of(item, false)?;
        let location = classify(&path);
        if Object::at(&location).name() != kind {
            return Err("its path is that of something else".into());
        }
        let is_in_order = self.last.as_ref().is_none_or(|last| compare_paths(last, &path).is_lt());
        if self.is_past_entries || !is_in_order {
            return Err("it is out of order".into());
        }
        let digest = match &item.digest {
            Some(text) => Some(Digest::parse(text.as_bytes()).map_err(|error| error.to_string())?),
            None => None,
        };
        let is_hashed = self.root.contents.is_hashed;
        let what = match (item.size, digest) {
            (Some(_), digest) if digest.is_some() != is_hashed => {
                return Err("a file has a digest if and only if files were hashed".into());
            }
            (Some(size), digest) => What::File { size, digest },
            (None, Some(target)) => What::Link(target),
            (None, None) => What::Directory,
        };
        self.place(&path, what)?;
        if let (Some(stamps), Some(modified), Some(mode)) =
            (&mut self.root.contents.stamps, item.modified, item.mode)
        {
            stamps.insert(path.clone(), Stamp { modified, mode });
        }
        self.entries += 1;
        self.last = Some(path);
        Ok(())
    }

    fn place(&mut self, path: &StorePath, what: What) -> Result<(), Fault> {
        let location = classify(path);
        match (location.place, what) {
            (Place::BlobData(name), What::File { size, digest }) => {
                if let Some(computed) = digest.filter(|computed| *computed != name) {
                    if computed.algorithm() != name.algorithm() {
                        return Err("its digest is of another algorithm than its name".into());
                    }
                    self.altered.push((name, computed));
                }
                self.listed.blob(name, size);
            }
            (Place::BlobData(_), _) => return Err("a blob has a size".into()),
            (_, What::Link(target)) if self.listed.link(&location, target) => {}
            _ => self.root.contents.others.push(Entry { path: path.clone(), what }),
        }
        Ok(())
    }

    fn finish(mut self, partial: bool) -> ListedRoot {
        let contents = &mut self.root.contents;
        contents.inventory = self.listed.finish();
        let digests = &contents.inventory.digests;
        contents.altered = self
            .altered
            .iter()
            .filter_map(|(name, computed)| Some((digests.find(*name)?, *computed)))
            .collect();
        self.root.partial = partial;
        self.root
    }
}

/// The path of an item: below a root, and without a detour.
fn path_of(item: &Item<'_>, may_be_root: bool) -> Result<StorePath, Fault> {
    let bytes: Vec<u8> = match (&item.path, &item.path_hex) {
        (Some(path), None) => path.as_bytes().to_vec(),
        (None, Some(hex)) => unhex(hex).ok_or("a path in hex is not")?,
        _ => return Err("it has no path, or two".into()),
    };
    if bytes.is_empty() && may_be_root {
        return Ok(StorePath::root());
    }
    let is_sound = |name: &[u8]| !name.is_empty() && name != b"." && name != b".." && !name.contains(&0);
    if bytes.len() > MAX_PATH || !bytes.split(|&byte| byte == b'/').all(is_sound) {
        return Err("its path is none below a root".into());
    }
    Ok(StorePath::from(&*bytes))
}

fn unhex(hex: &str) -> Option<Vec<u8>> {
    let hex = hex.as_bytes();
    let pairs = hex.chunks(2).map(|pair| {
        let text = std::str::from_utf8(pair).ok().filter(|text| text.len() == 2)?;
        u8::from_str_radix(text, 16).ok()
    });
    pairs.collect()
}
