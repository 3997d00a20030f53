//! Programs that some tests ask for, and that need not be installed.

use std::env;
use std::io::{self, Write as _};

/// Says that a test has nothing to do, since there is no such program. `REGFS_TESTS_NEED` lists those that are known to be
/// there: of them, that is a failure.
pub(crate) fn skipped(tool: &str, why: &str) {
    let needed = env::var("REGFS_TESTS_NEED").unwrap_or_default();
    assert!(!needed.split_whitespace().any(|needed| needed == tool), "{tool} should be at hand, and {why}");
    let _ = writeln!(io::stderr(), "skipped: {why}");
}
