//! Options on how hard a run presses on its host, for the sake of those who use it meanwhile.

use std::num::NonZeroUsize;

use clap::Args;

use crate::units::parse_rate;

/// How hard a run may press on its host.
#[derive(Debug, Args)]
#[command(next_help_heading = "Options for a host at work")]
pub struct Load {
    /// Reads under way at a time [default: 16 for each thread that computes, within 32 and 64]
    #[arg(long, global = true, value_name = "N", value_parser = super::parse_threads)]
    pub readers: Option<NonZeroUsize>,

    /// Read no more than this from the store, such as 200MiB/s
    #[arg(long, global = true, value_name = "SIZE/s", value_parser = parse_rate)]
    pub rate: Option<u64>,

    /// Leave the page cache as it is: forget what was read, unless it was there before (Linux 6.14 and later)
    #[arg(long, global = true)]
    pub no_cache: bool,

    /// Use processor and disk only when nobody else wants them
    #[arg(long, global = true)]
    pub nice: bool,
}
