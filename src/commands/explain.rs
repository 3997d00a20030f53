//! `explain`: what a finding means, what causes it, what to do about it.

use crate::finding::Code;
use crate::report::explain::ExplainReport;

/// Explains a code, or all of them.
pub fn explain(code: Option<Code>) -> ExplainReport {
    match code {
        Some(code) => ExplainReport::new(&[code]),
        None => ExplainReport::new(Code::ALL),
    }
}
