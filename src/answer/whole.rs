//! The beginning of a digest where a whole one must be: what it may be the beginning of is told.

use crate::cli::{self, Cli};
use crate::commands::whole;
use crate::kind::Kind;
use crate::store::Store;

/// How many digests are told.
const TOLD: usize = 5;

/// Refuses a reference with the beginning of a digest, and names the whole.
///
/// # Errors
/// As a usage error.
pub(crate) fn refuse_beginnings(cli: &Cli) -> Result<(), clap::Error> {
    let Some((reference, root)) = cli.command.beginning() else { return Ok(()) };
    let (Some(beginning), Some(why)) = (&reference.beginning, reference.refusal()) else { return Ok(()) };
    let root = root.or(cli.global.root.as_deref());
    // Why there is no root matters less than that no digest is named.
    let store = Store::open_as(root, cli.global.kind()).ok();
    let found = store.as_ref().map(|store| whole::digests(store, &reference, beginning)).unwrap_or_default();
    let image = reference.text.split('@').next().unwrap_or_default();
    let hint = match found.as_slice() {
        [] if store.is_some_and(|store| store.kind() == Kind::Docker) => {
            format!("\n  hint: of a Docker engine, the beginning alone will do: {beginning}")
        }
        [] => String::new(),
        found if found.len() > TOLD => format!("\n  hint: {} digests there begin like that", found.len()),
        found => {
            let names: Vec<String> = found.iter().map(|digest| format!("{image}@{digest}")).collect();
            format!("\n  hint: did you mean {}?", names.join(", "))
        }
    };
    Err(cli::usage(&format!("{why}{hint}")))
}
