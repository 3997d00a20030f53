//! Which command answers for which kind of store: one table, and one function a command.
//!
//! A command that a kind does not have is refused before any work is done, with the reason and what there is instead: the
//! functions below are asked only what [`answers`] lists.

use crate::checkpoint::Checkpoint;
use crate::commands::cat::{self, Blob, CatError};
use crate::commands::diff::Source;
use crate::commands::export::{self, Plan};
use crate::commands::{du, engine, ls, oci, orphans, refs, resolve, verify};
use crate::digest::Prefix;
use crate::kind::Kind;
use crate::reference::Reference;
use crate::report::du::{By, DuReport};
use crate::report::ls::LsReport;
use crate::report::orphans::OrphansReport;
use crate::report::refs::RefsReport;
use crate::report::resolve::ResolveReport;
use crate::report::verify::VerifyReport;
use crate::session::Session;

/// What can be asked of a store of each kind.
pub const fn answers(kind: Kind) -> &'static [&'static str] {
    match kind {
        Kind::Registry => &[
            "resolve",
            "verify",
            "diff",
            "inventory",
            "orphans",
            "gc-preview",
            "ls",
            "du",
            "refs",
            "history",
            "uploads",
            "cat",
            "export",
        ],
        Kind::Docker => &["resolve", "verify", "diff", "orphans", "ls", "du", "refs", "export"],
        Kind::Oci => &["resolve", "verify", "diff", "orphans", "ls", "du", "refs", "cat", "export"],
        Kind::Containerd => &["verify", "cat"],
    }
}

/// A question that a kind of store has no answer to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{command} does not answer for {}: {}\n  hint: it can be asked for {}", kind.with_article(), why(command, *kind), list(*kind))]
pub struct Unsupported {
    /// The command.
    pub command: &'static str,
    /// The kind of the store.
    pub kind: Kind,
}

fn why(command: &str, kind: Kind) -> &'static str {
    match (command, kind) {
        ("gc-preview", _) => "it foretells the collector of a registry",
        ("history", _) => "only a registry keeps what a tag pointed to before",
        ("uploads", _) => "only a registry keeps unfinished uploads",
        ("inventory", _) => "it lists the files of a registry",
        (_, Kind::Containerd) => {
            "the names of its images are in containerd's database, which regfs does not read"
        }
        (_, Kind::Docker) => "it has images, not blobs",
        _ => "it has no such thing",
    }
}

fn list(kind: Kind) -> String {
    answers(kind).join(", ")
}

/// Refuses what a kind of store has no answer to.
///
/// # Errors
/// With the reason.
pub fn check(command: &'static str, kind: Kind) -> Result<(), Unsupported> {
    if answers(kind).contains(&command) { Ok(()) } else { Err(Unsupported { command, kind }) }
}

/// `resolve`
pub fn resolve(session: &Session<'_>, options: &resolve::Options) -> ResolveReport {
    match session.store.kind() {
        Kind::Oci => oci::resolve::resolve(session, options),
        Kind::Docker => engine::resolve::resolve(session, options),
        _ => resolve::resolve(session, options),
    }
}

/// `ls`
///
/// # Errors
/// When a repository is named where there are none.
pub fn ls(session: &Session<'_>, repository: Option<&Reference>) -> anyhow::Result<LsReport> {
    match (session.store.kind(), repository) {
        (Kind::Oci, Some(_)) => {
            Err(without_repositories(session, "leave REPO out: it has one list of images"))
        }
        (Kind::Oci, None) => Ok(oci::ls::ls(session)),
        (Kind::Docker, _) => Ok(engine::ls::ls(session, repository)),
        _ => Ok(ls::ls(session, repository)),
    }
}

/// `du`
///
/// # Errors
/// When rows of repositories are asked for where there are none.
pub fn du(session: &Session<'_>, options: &du::Options) -> anyhow::Result<DuReport> {
    match session.store.kind() {
        Kind::Oci if !options.repositories.is_empty() => Err(without_repositories(session, "leave REPO out")),
        Kind::Oci if matches!(options.by, Some(By::Namespace | By::Repository)) => {
            Err(without_repositories(session, "rows can be --by tag or blob"))
        }
        Kind::Docker if !options.repositories.is_empty() || options.by.is_some_and(|by| by != By::Tag) => {
            Err(without_repositories(session, "there is one row an image: leave REPO and --by out"))
        }
        Kind::Docker => Ok(engine::du::du(session, options)),
        _ => Ok(du::du(session, options)),
    }
}

/// `refs`
pub fn refs(session: &Session<'_>, digest: &Prefix) -> RefsReport {
    match session.store.kind() {
        Kind::Docker => engine::refs::refs(session, digest),
        _ => refs::refs(session, digest),
    }
}

/// `orphans`
///
/// # Errors
/// As [`orphans::orphans`].
pub fn orphans(session: &Session<'_>, options: &orphans::Options) -> anyhow::Result<OrphansReport> {
    match session.store.kind() {
        Kind::Docker => engine::orphans::orphans(session, options),
        _ => orphans::orphans(session, options),
    }
}

/// `verify`
///
/// # Errors
/// As [`verify::verify`], and when a store that is no registry is to be verified in parts, or with a donor.
pub fn verify(
    session: &Session<'_>,
    options: &verify::Options,
    checkpoint: Option<&Checkpoint>,
    donor: Option<&Source<'_>>,
) -> anyhow::Result<VerifyReport> {
    let kind = session.store.kind();
    let is_registry = |kind: Kind| kind == Kind::Registry;
    if donor.is_some_and(|donor| {
        !is_registry(kind) || !donor.store().is_none_or(|store| is_registry(store.kind()))
    }) {
        anyhow::bail!("--donor asks one registry what another has");
    }
    if kind != Kind::Registry
        && (checkpoint.is_some() || options.shard.is_some() || options.max_duration.is_some())
    {
        let what = "--checkpoint, --shard and --max-duration are for registries; the root is";
        anyhow::bail!("{what} {}", kind.with_article());
    }
    match kind {
        Kind::Docker => Ok(engine::verify::verify(session, options)),
        _ => verify::verify(session, options, checkpoint, donor),
    }
}

/// `cat`
///
/// # Errors
/// As [`cat::find`].
pub fn find(session: &Session<'_>, options: &cat::Options) -> Result<Blob, CatError> {
    match session.store.kind() {
        Kind::Oci | Kind::Containerd => oci::cat::find(session, options),
        _ => cat::find(session, options),
    }
}

/// What `export` is to write.
pub fn plan(session: &Session<'_>, options: &export::Options) -> Plan {
    let reference = options.reference.as_ref();
    match session.store.kind() {
        Kind::Docker => Plan::of_engine(session, reference),
        Kind::Oci => Plan::of_layout(session, reference),
        _ => Plan::of_registry(session, reference),
    }
}

fn without_repositories(session: &Session<'_>, hint: &str) -> anyhow::Error {
    anyhow::anyhow!("{} has no repositories\n  hint: {hint}", session.store.kind().with_article())
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;
    use crate::cli::Cli;

    /// Those that ask nothing of a store.
    const ELSEWHERE: [&str; 4] = ["merge", "explain", "completions", "help"];

    #[test]
    fn a_registry_answers_everything_and_each_refusal_says_why() {
        let command = Cli::command();
        let names = command.get_subcommands().map(clap::Command::get_name);
        for name in names.filter(|name| !ELSEWHERE.contains(name)) {
            assert!(answers(Kind::Registry).contains(&name), "{name}");
            for kind in Kind::ALL {
                let command = answers(Kind::Registry).iter().find(|known| **known == name).unwrap();
                if let Err(error) = check(command, kind) {
                    assert!(error.to_string().contains(kind.with_article()), "{error}");
                }
            }
        }
        for kind in Kind::ALL {
            assert!(answers(kind).iter().all(|name| answers(Kind::Registry).contains(name)));
        }
    }
}
