//! `merge`: one report of `verify` from those of the shares of a store, or of runs that were ended before their time.

use std::fs;
use std::path::PathBuf;

use anyhow::Context;

use crate::finding::Severity;
use crate::report::verify::VerifyReport;
use crate::report::verify::merged::{self, Named};

/// What to put together.
#[derive(Clone, Debug)]
pub struct Options {
    /// The files of the reports, as JSON.
    pub reports: Vec<PathBuf>,
    /// From which severity on a finding makes the answer bad; `None`: never.
    pub fail_on: Option<Severity>,
}

/// Puts the reports together.
///
/// # Errors
/// When one cannot be read, is no report of `verify`, or does not belong to the others.
pub fn merge(options: &Options) -> anyhow::Result<VerifyReport> {
    let mut parts = Vec::with_capacity(options.reports.len());
    for path in &options.reports {
        let name = path.display().to_string();
        let json = fs::read(path).with_context(|| format!("cannot read {name}"))?;
        let report = VerifyReport::read(&json).with_context(|| format!("cannot merge {name}"))?;
        parts.push(Named { name, report });
    }
    Ok(merged::merge(parts, options.fail_on)?)
}
