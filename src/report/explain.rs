//! The report of `explain`: what there is to know about each code.

use std::io;

use serde::Serialize;

use super::{Head, ItemSink, Report};
use crate::exit::Exit;
use crate::finding::{Code, Severity};

/// The answer of `explain`.
#[derive(Debug, Serialize)]
pub struct ExplainReport {
    /// The common members; there is no root.
    #[serde(flatten)]
    pub head: Head,
    /// The codes that were asked for: errors, warnings, notes.
    pub codes: Vec<Explained>,
    /// How many there are.
    pub summary: ExplainSummary,
}

/// One code and its texts: a paragraph is one line, paragraphs are separated by a blank line.
#[derive(Debug, Serialize)]
pub struct Explained {
    /// The code.
    pub code: Code,
    /// Its severity, unless circumstances change it.
    pub severity: Severity,
    /// The finding in one sentence.
    pub title: &'static str,
    /// What is wrong, and for whom it matters.
    pub meaning: &'static str,
    /// What usually causes it.
    pub cause: &'static str,
    /// What to do about it, and what not to do.
    pub remedy: &'static str,
    /// What a registry does with it.
    pub registry: &'static str,
}

/// Counts.
#[derive(Debug, Serialize)]
pub struct ExplainSummary {
    /// Codes listed.
    pub codes: usize,
}

impl ExplainReport {
    /// The report on some codes.
    pub fn new(codes: &[Code]) -> Self {
        Self {
            head: Head::rootless("regfs/explain/v1"),
            codes: codes.iter().copied().map(Explained::new).collect(),
            summary: ExplainSummary { codes: codes.len() },
        }
    }
}

impl Explained {
    fn new(code: Code) -> Self {
        let text = code.explanation();
        Self {
            code,
            severity: code.severity(),
            title: text.title,
            meaning: text.meaning,
            cause: text.cause,
            remedy: text.remedy,
            registry: text.registry,
        }
    }
}

impl Report for ExplainReport {
    fn head(&self) -> &Head {
        &self.head
    }

    fn exit(&self) -> Exit {
        self.head.exit()
    }

    fn items<S: ItemSink>(&self, sink: &mut S) -> io::Result<()> {
        self.codes.iter().try_for_each(|code| sink.item("code", code))
    }

    fn summary(&self) -> impl Serialize {
        &self.summary
    }
}
