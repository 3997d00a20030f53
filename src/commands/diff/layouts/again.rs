//! The second look at blobs that one side was seen to have: layouts may be written to while they are compared.

use rayon::prelude::*;

use super::{Both, Layout, error_item};
use crate::path::StorePath;
use crate::registry::compare::Side;
use crate::store::{FileKind, ReadError};

/// What the second look shows.
enum Again {
    /// What the first showed.
    Same,
    /// It is nowhere.
    Gone,
    /// The other side has one of this size.
    Come(u64),
    /// It cannot be seen on the other side: why, where that is not told already.
    Hidden(Option<String>),
}

impl Again {
    fn look(has: &Layout<'_>, lacks: &Layout<'_>, path: &StorePath) -> Self {
        if lacks.hides(path) {
            return Self::Hidden(None);
        }
        match lacks.store.stat(path) {
            Ok(stat) if stat.kind == FileKind::File => Self::Come(stat.size),
            Ok(stat) => Self::Hidden(Some(ReadError::NotRegular(stat.kind).to_string())),
            Err(ReadError::Absent) => match has.store.stat(path) {
                Err(ReadError::Absent) => Self::Gone,
                _ => Self::Same,
            },
            Err(error) => Self::Hidden(Some(error.to_string())),
        }
    }
}

impl<'a> Both<'a> {
    /// Looks again at what only one side was seen to have. What both turn out to have is left to be compared.
    pub(super) fn look_again(
        &mut self,
        lonely: Vec<(Side, &'a StorePath, u64)>,
        sizes_only: bool,
        pending: &mut Vec<(&'a StorePath, u64)>,
    ) {
        let (sides, cancel) = (self.sides, self.run.cancel);
        let look = |(side, path, size): (Side, _, _)| {
            let (has, lacks) = (sides[side.index()], sides[1 - side.index()]);
            let again = if cancel.is_cancelled() { Again::Same } else { Again::look(has, lacks, path) };
            (side, path, size, again)
        };
        let looked: Vec<_> = lonely.into_par_iter().map(look).collect();
        for (side, path, size, again) in looked {
            match (again, side) {
                (Again::Same, _) => self.only(side, path, size),
                (Again::Gone, _) => {}
                (Again::Come(other), _) if other == size && sizes_only => self.comparison.equal += 1,
                (Again::Come(other), _) if other == size => pending.push((path, size)),
                (Again::Come(other), Side::A) => self.differs(path, size, other),
                (Again::Come(other), Side::B) => self.differs(path, other, size),
                (Again::Hidden(reason), _) => {
                    self.comparison.unknown += 1;
                    let lacking = if side == Side::A { Side::B } else { Side::A };
                    let error = reason.map(|reason| error_item(lacking, path.clone(), &reason));
                    self.report.head.errors.extend(error);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::cancel::Cancel;
    use crate::digest::{Algorithm, Digest};
    use crate::hash;
    use crate::kind::Kind;
    use crate::progress::Silent;
    use crate::registry::compare::Comparison;
    use crate::report::Head;
    use crate::report::diff::{Change, DiffReport};
    use crate::session::Run;
    use crate::store::Store;

    fn name(text: &str) -> Digest {
        hash::digest(Algorithm::Sha256, text.as_bytes())
    }

    #[test]
    fn what_comes_or_goes_between_two_looks_is_no_difference() {
        let dirs = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
        for dir in &dirs {
            fs::create_dir_all(dir.path().join("blobs/sha256")).unwrap();
            fs::write(dir.path().join("oci-layout"), r#"{"imageLayoutVersion": "1.0.0"}"#).unwrap();
            fs::write(dir.path().join("index.json"), r#"{"schemaVersion": 2, "manifests": []}"#).unwrap();
        }
        let stores = [0, 1].map(|at| Store::open_as(Some(dirs[at].path()), Some(Kind::Oci)).unwrap());
        let file = |at: usize, text: &str| dirs[at].path().join(stores[at].blob_path(name(text)).as_path());
        for (at, texts) in
            [["late in b", "gone", "only", "short", "dir"].as_slice(), &["late in a"]].iter().enumerate()
        {
            for text in *texts {
                fs::write(file(at, text), text).unwrap();
            }
        }
        let cancel = Cancel::never();
        let now = jiff::Timestamp::UNIX_EPOCH;
        let run = Run { jobs: 1, open_files: 10, backend: None, cancel: &cancel, progress: &Silent, now };
        let [a, b] = [0, 1].map(|at| Layout::see(run, &stores[at]));
        fs::write(file(1, "late in b"), "late in b").unwrap();
        fs::write(file(0, "late in a"), "late in a").unwrap();
        fs::write(file(1, "short"), "sh").unwrap();
        fs::create_dir(file(1, "dir")).unwrap();
        fs::remove_file(file(0, "gone")).unwrap();
        for sizes_only in [true, false] {
            let mut comparison = Comparison::default();
            let head = Head::rootless("regfs/diff/v1");
            let mut report = DiffReport::new(head, ["a", "b"].map(str::to_owned), true, [None, None]);
            let mut both = Both { run, sides: [&a, &b], report: &mut report, comparison: &mut comparison };
            both.blobs(sizes_only);
            assert_eq!((comparison.equal, comparison.unknown), (2, 1));
            assert_eq!(report.head.errors.len(), 1);
            assert_eq!(report.head.errors[0].path, stores[1].blob_path(name("dir")));
            let change = |text: &str| {
                let path = stores[0].blob_path(name(text));
                report.differences.iter().find(|row| row.path == path).map(|row| row.change)
            };
            assert_eq!((change("only"), change("short")), (Some(Change::OnlyInA), Some(Change::Differs)));
            assert_eq!(report.differences.len(), 2);
        }
    }
}
