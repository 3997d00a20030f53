//! A directory where the name of an image must be: whoever names one means a root.

use std::path::Path;

use crate::cli::{self, Cli};
use crate::commands;
use crate::exit::Exit;
use crate::kind::Kind;
use crate::process::say;
use crate::store::{OpenError, Store};

/// What to say if there is no good answer: where a name that no repository has is that of a directory. It is looked up
/// before the process is confined to its root.
pub(crate) fn meant_root(cli: &Cli) -> Option<String> {
    let names = cli.command.names();
    let reference = names.into_iter().find(|reference| Path::new(&reference.text).is_dir())?;
    let is_known = match Store::open_as(cli.global.root.as_deref(), cli.global.kind()) {
        Ok(store) => store.kind() != Kind::Registry || commands::has_repository(&store, reference),
        Err(_) => false,
    };
    if is_known { None } else { cli::did_you_mean_root(&reference.text) }
}

/// Says it behind what could not be answered, or was not known.
pub(crate) fn hint_at_root(
    hint: Option<String>,
    is_quiet: bool,
    answer: anyhow::Result<Exit>,
) -> anyhow::Result<Exit> {
    let Some(hint) = hint else { return answer };
    match &answer {
        Err(error) if error.is::<OpenError>() => Err(anyhow::anyhow!("{error:#}\n  hint: {hint}")),
        Ok(exit) if *exit != Exit::Good && !is_quiet => {
            say(&format!("hint: {hint}"));
            answer
        }
        _ => answer,
    }
}
