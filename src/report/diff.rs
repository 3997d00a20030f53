//! The report of `diff`: what two roots do not have in common.

use std::io;
use std::path::{Path, PathBuf};

use serde::Serialize;

use super::resolve::HopKind;
use super::{Head, ItemSink, Label, Report};
use crate::digest::Digest;
use crate::exit::Exit;
use crate::path::StorePath;
use crate::registry::compare::Comparison;

/// The answer of `diff`.
#[derive(Debug, Serialize)]
pub struct DiffReport {
    /// The common members; `root` is `null`, as there are two.
    #[serde(flatten)]
    pub head: Head,
    /// One side: a root's `v2` directory, or an inventory file.
    pub a: String,
    /// The other side.
    pub b: String,
    /// `bytes`, or `sizes` if files of the same size were taken for the same; `digests` where the sides are of different
    /// kinds, and images are compared by what they are called.
    pub compared: &'static str,
    /// Whether all was compared, and nothing differs.
    pub identical: bool,
    /// The repositories or images that were asked for and that neither side has, sorted.
    pub unknown: Vec<String>,
    /// What is wrong with the images that were asked for although no side has it otherwise than the other, in lines, sorted.
    pub faults: Vec<String>,
    /// What is not the same, repository by repository, sorted by name.
    pub repositories: Vec<DiffRepository>,
    /// What is not the same, sorted by path.
    pub differences: Vec<Difference>,
    /// With `--ref`: every file of the images, in walking order.
    pub hops: Vec<DiffHop>,
    /// Counts.
    pub summary: DiffSummary,
    /// Where the files are on disk.
    #[serde(skip)]
    pub roots: [Option<PathBuf>; 2],
}

/// How two things are not the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Change {
    /// Only the first side has it.
    OnlyInA,
    /// Only the second side has it.
    OnlyInB,
    /// Both have it, and not the same.
    Differs,
}

/// Something that is not the same.
#[derive(Clone, Debug, Serialize)]
pub struct Difference {
    /// How.
    pub change: Change,
    /// What it is to a registry.
    pub object: &'static str,
    /// Where it stands.
    pub path: StorePath,
    /// The repository that it belongs to.
    pub repository: Option<Label>,
    /// The tag that it belongs to.
    pub tag: Option<Label>,
    /// What a link names; of a blob that only this side has, its name, else what its bytes hash to, if that is known.
    pub digest_a: Option<Digest>,
    /// The same of the other side.
    pub digest_b: Option<Digest>,
    /// The size in bytes, of a link too.
    pub size_a: Option<u64>,
    /// The same of the other side.
    pub size_b: Option<u64>,
    /// The first byte that differs, counted from 0, if the bytes of two files of one size were compared.
    pub offset: Option<u64>,
    /// Of a blob that both have: whose bytes hash to its name, `a`, `b` or `neither`; `null` if that is not known.
    pub intact: Option<&'static str>,
    /// What else is to be said, in a line.
    pub detail: Option<String>,
}

/// A repository that is not the same on both sides.
#[derive(Clone, Debug, Serialize)]
pub struct DiffRepository {
    /// Its name.
    pub repository: Label,
    /// `only-in-a` or `only-in-b` if the other side has nothing of it, else `differs`.
    pub change: Change,
    /// Files of it that are the same.
    pub equal: u64,
    /// Those that only the first side has.
    pub only_in_a: u64,
    /// Those that only the second side has.
    pub only_in_b: u64,
    /// Those that both have, and not the same.
    pub differs: u64,
}

/// A file of an image.
#[derive(Clone, Debug, Serialize)]
pub struct DiffHop {
    /// The image.
    pub reference: String,
    /// How far down the way it stands.
    pub depth: usize,
    /// What it is to the image.
    pub kind: HopKind,
    /// The digest that leads to it; for a tag, the one that it points to in the first of the roots.
    pub digest: Option<String>,
    /// Where it is or should be.
    pub path: Option<StorePath>,
    /// Its size in bytes, on the first side that has it.
    pub size: Option<u64>,
    /// `equal`, a change, `missing` if neither side has it, `unknown` if one could not be looked at.
    pub state: &'static str,
}

/// Counts of what was compared.
#[derive(Debug, Default, Serialize)]
pub struct DiffSummary {
    /// Files that are the same.
    pub equal: u64,
    /// Files that only the first side has.
    pub only_in_a: u64,
    /// Files that only the second side has.
    pub only_in_b: u64,
    /// Files that both have, and not the same.
    pub differs: u64,
    /// Files of which one side could not be looked at.
    pub not_compared: u64,
    /// The bytes of those that only the first side has.
    pub bytes_only_in_a: u64,
    /// The bytes of those that only the second side has.
    pub bytes_only_in_b: u64,
    /// The bytes of a file that were compared with the other's: not those behind a first difference.
    pub bytes_compared: u64,
    /// How long it took.
    pub elapsed_seconds: f64,
}

impl Change {
    /// Its name in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::OnlyInA => "only-in-a",
            Self::OnlyInB => "only-in-b",
            Self::Differs => "differs",
        }
    }
}

impl DiffReport {
    /// A report without differences.
    pub fn new(head: Head, [a, b]: [String; 2], bytes: bool, roots: [Option<&Path>; 2]) -> Self {
        Self {
            head,
            a,
            b,
            compared: if bytes { "bytes" } else { "sizes" },
            identical: false,
            unknown: Vec::new(),
            faults: Vec::new(),
            repositories: Vec::new(),
            differences: Vec::new(),
            hops: Vec::new(),
            summary: DiffSummary::default(),
            roots: roots.map(|root| root.map(Path::to_owned)),
        }
    }

    /// Counts what is listed, and draws the conclusion.
    pub fn finish(&mut self, mut summary: DiffSummary, comparison: &Comparison) {
        summary.equal = comparison.equal;
        summary.not_compared = comparison.unknown;
        for difference in &self.differences {
            match difference.change {
                Change::OnlyInA => {
                    summary.only_in_a += 1;
                    let size = difference.size_a.unwrap_or(0);
                    summary.bytes_only_in_a = summary.bytes_only_in_a.saturating_add(size);
                }
                Change::OnlyInB => {
                    summary.only_in_b += 1;
                    let size = difference.size_b.unwrap_or(0);
                    summary.bytes_only_in_b = summary.bytes_only_in_b.saturating_add(size);
                }
                Change::Differs => summary.differs += 1,
            }
        }
        self.summary = summary;
        self.identical = !self.is_bad() && !self.head.partial;
        if self.identical && self.summary.equal == 0 {
            self.head.warnings.push("there is nothing on either side that could differ".to_owned());
        }
    }

    /// Whether something differs, is unknown or wrong.
    fn is_bad(&self) -> bool {
        !(self.differences.is_empty() && self.unknown.is_empty() && self.faults.is_empty())
    }
}

impl Report for DiffReport {
    fn head(&self) -> &Head {
        &self.head
    }

    /// 2 for a partial answer, else 1 if anything differs, is unknown or wrong.
    fn exit(&self) -> Exit {
        Exit::bad_if(self.is_bad()).worst(self.head.exit())
    }

    fn items<S: ItemSink>(&self, sink: &mut S) -> io::Result<()> {
        self.unknown.iter().try_for_each(|name| sink.item("unknown", &Unknown { name }))?;
        self.faults.iter().try_for_each(|fault| sink.item("fault", &Fault { fault }))?;
        self.repositories.iter().try_for_each(|repository| sink.item("repository", repository))?;
        self.differences.iter().try_for_each(|difference| sink.item("difference", difference))?;
        self.hops.iter().try_for_each(|hop| sink.item("hop", hop))
    }

    /// The files that are not the same, wherever they are on disk.
    fn files(&self) -> Vec<StorePath> {
        let [a, b] = &self.roots;
        let on_disk = |root: &Option<PathBuf>, path: &StorePath| {
            root.as_ref()
                .map(|root| StorePath::from(root.as_os_str().as_encoded_bytes()).join(path.as_bytes()))
        };
        let both = |difference: &Difference| {
            let in_a = on_disk(a, &difference.path).filter(|_| difference.change != Change::OnlyInB);
            let in_b = on_disk(b, &difference.path).filter(|_| difference.change != Change::OnlyInA);
            [in_a, in_b].into_iter().flatten()
        };
        self.differences.iter().flat_map(both).collect()
    }

    fn columns(&self) -> (&'static [&'static str], &'static [&'static str]) {
        let columns = &[
            "change",
            "object",
            "path",
            "repository",
            "tag",
            "digest_a",
            "digest_b",
            "size_a",
            "size_b",
            "offset",
            "intact",
            "detail",
        ];
        (&["difference"], columns)
    }

    fn message(&self) -> Option<&str> {
        (!self.unknown.is_empty()).then_some("neither side has what was asked for")
    }

    fn summary(&self) -> impl Serialize {
        let Self { a, b, compared, identical, summary, .. } = self;
        Closing { a, b, compared, identical: *identical, members: summary }
    }
}

#[derive(Serialize)]
struct Unknown<'a> {
    name: &'a str,
}

#[derive(Serialize)]
struct Fault<'a> {
    fault: &'a str,
}

#[derive(Serialize)]
struct Closing<'a> {
    a: &'a str,
    b: &'a str,
    compared: &'static str,
    identical: bool,
    #[serde(flatten)]
    members: &'a DiffSummary,
}
