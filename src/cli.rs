//! The command line, as clap reads it. The doc comments are the help; nothing here decides anything but what options
//! mean together.

mod diff;
mod du;
mod explain;
mod export;
mod gc_preview;
mod global;
mod lists;
mod load;
mod orphans;
mod resolve;
mod verify;

use std::path::Path;

use clap::{CommandFactory, Parser, Subcommand};

pub use self::diff::{Diff, Inventory};
pub use self::du::Du;
pub use self::explain::{Completions, Explain};
pub use self::export::Export;
pub use self::gc_preview::{GcPreview, GcRules};
use self::global::parse_threads;
pub use self::global::{Global, ReportTo, StoreKind};
pub use self::lists::{Cat, History, Ls, Refs, Uploads};
pub use self::load::Load;
pub use self::orphans::Orphans;
pub use self::resolve::Resolve;
pub use self::verify::{FailOn, Merge, Verify};
use crate::reference::Reference;
use crate::render::Format;

/// Tell the truth about a container registry's storage on disk
///
/// regfs reads the directory where a registry (distribution, Harbor, GitLab) keeps its images, and says what is in it
/// and what is wrong with it. It needs no running registry, and changes nothing.
#[derive(Debug, Parser)]
#[command(
    name = "regfs", version, after_help = EXIT_STATUS, arg_required_else_help = true,
    max_term_width = 110
)]
pub struct Cli {
    /// Options that every command has.
    #[command(flatten)]
    pub global: Global,
    /// What is asked.
    #[command(subcommand)]
    pub command: Command,
}

const EXIT_STATUS: &str = "\
Exit status, in every format:
  0  the answer is good
  1  the answer is bad: a finding, a difference, an incomplete or unknown image
  2  no answer, or not all of it: bad usage, no such root, unreadable files, interrupted
What ls, du, history and uploads list or measure is a good answer, in whatever state it is: whether images
are sound is for verify and resolve to judge.

Examples:
  regfs --root /var/lib/registry verify
  regfs resolve team/app:v1
  regfs verify --report json=verify.json --fail-on warning
  regfs explain blob-digest-mismatch";

/// What is asked.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Follow a name to every file that a registry opens to serve the image, and say how each is
    Resolve(Resolve),
    /// Check that every byte hashes to its name, and every link and reference holds
    Verify(Verify),
    /// Compare two roots: do they store the same things, path by path and byte by byte
    Diff(Diff),
    /// Write down everything that diff compares, to compare it elsewhere or another day
    Inventory(Inventory),
    /// Make one report of those of the shares of a store, or of runs of verify that were ended
    Merge(Merge),
    /// List the blobs, manifests and layer links that nothing keeps alive, and how many bytes that is
    Orphans(Orphans),
    /// Foretell what the registry's garbage-collect would delete, and what that breaks
    GcPreview(GcPreview),
    /// List the repositories, or the images of one
    Ls(Ls),
    /// Measure what fills the store: how much each repository needs, and how much of that nobody else does
    Du(Du),
    /// Find who uses a blob: repositories, tags, and the chain from each tag down to it
    Refs(Refs),
    /// List every manifest that a tag pointed to and that the store still knows
    History(History),
    /// List the unfinished uploads: how old, how large, and whether the registry will ever purge them
    Uploads(Uploads),
    /// Write out the bytes of a manifest, config or blob
    Cat(Cat),
    /// Write an image, or all of them, out as an OCI image layout
    Export(Export),
    /// Say what a finding means, what causes it, and what to do about it
    Explain(Explain),
    /// Write a script that completes regfs commands in a shell
    Completions(Completions),
}

impl Cli {
    /// Refuses formats that the command does not have.
    ///
    /// # Errors
    /// As a usage error that names those it has.
    pub fn check(&self) -> Result<(), clap::Error> {
        let (name, formats) = self.command.formats();
        let mut wanted = self.global.reports.iter().map(|report| report.format).chain([self.global.format]);
        let Some(format) = wanted.find(|format| !formats.contains(format)) else { return Ok(()) };
        let has: Vec<String> = formats.iter().map(ToString::to_string).collect();
        Err(usage(&format!("{name} has no format {format}; it has {}", has.join(", "))))
    }
}

impl Command {
    /// What is written where the whole digest of an image should be, if it only begins one: the reference, and a root to
    /// look in for the whole, if not the global one.
    pub fn beginning(&self) -> Option<(Reference, Option<&Path>)> {
        let (references, root) = match self {
            Self::Resolve(args) => (vec![args.reference.clone()], None),
            Self::Verify(args) => (args.references.clone(), None),
            Self::Diff(args) => (args.references.clone(), Some(args.a.as_path())),
            Self::Cat(args) => (Vec::from_iter(args.target.reference.clone()), None),
            Self::Export(args) => (Vec::from_iter(args.options().ok()?.0.reference), None),
            _ => return None,
        };
        let reference = references.into_iter().find(|reference| reference.beginning.is_some())?;
        Some((reference, root))
    }

    /// The repositories and images of the one root that are named.
    pub fn names(&self) -> Vec<&Reference> {
        match self {
            Self::Resolve(args) => vec![&args.reference],
            Self::Verify(args) => args.references.iter().collect(),
            Self::Ls(args) => args.repository.iter().collect(),
            Self::Du(args) => args.repositories.iter().collect(),
            Self::History(args) => vec![&args.tag],
            _ => Vec::new(),
        }
    }

    /// The command's name.
    pub const fn name(&self) -> &'static str {
        self.formats().0
    }

    /// The command's name and the formats that it can be shown in.
    const fn formats(&self) -> (&'static str, &'static [Format]) {
        const REPORT: &[Format] = &[Format::Table, Format::Json, Format::Ndjson];
        const LIST: &[Format] = &[Format::Table, Format::Json, Format::Ndjson, Format::Csv];
        const BLOBS: &[Format] =
            &[Format::Table, Format::Json, Format::Ndjson, Format::Csv, Format::Paths, Format::Paths0];
        match self {
            Self::Resolve(_) => ("resolve", &[Format::Table, Format::Json, Format::Ndjson, Format::Paths]),
            Self::Verify(_) => ("verify", REPORT),
            Self::Diff(_) => ("diff", BLOBS),
            Self::Inventory(_) => ("inventory", &[Format::Table, Format::Ndjson]),
            Self::Merge(_) => ("merge", REPORT),
            Self::Orphans(_) => ("orphans", BLOBS),
            Self::GcPreview(_) => ("gc-preview", BLOBS),
            Self::Ls(_) => ("ls", LIST),
            Self::Du(_) => ("du", LIST),
            Self::Refs(_) => ("refs", LIST),
            Self::History(_) => ("history", LIST),
            Self::Uploads(_) => ("uploads", LIST),
            Self::Cat(_) => ("cat", &[Format::Table]),
            Self::Export(_) => ("export", REPORT),
            Self::Explain(_) => ("explain", REPORT),
            Self::Completions(_) => ("completions", &[Format::Table]),
        }
    }
}

/// A usage error, which exits with 2.
pub fn usage(message: &str) -> clap::Error {
    Cli::command().error(clap::error::ErrorKind::ValueValidation, message)
}

/// Reads what names an image, or tells whoever names a directory instead how a root is named.
fn parse_reference(text: &str) -> Result<Reference, String> {
    Reference::asked(text).map_err(|error| match did_you_mean_root(text) {
        Some(hint) => format!("{error}\n  hint: {hint}"),
        None => error.to_string(),
    })
}

/// What to say of a name if it is that of a directory.
pub(crate) fn did_you_mean_root(text: &str) -> Option<String> {
    let shown = crate::escape::text(text);
    Path::new(text).is_dir().then(|| format!("{shown} is a directory: did you mean --root {shown}?"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bar::When;
    use crate::finding::Severity;

    fn parse(args: &str) -> Result<Cli, clap::Error> {
        let cli = Cli::try_parse_from(args.split(' '))?;
        cli.check()?;
        Ok(cli)
    }

    #[test]
    fn the_command_line_is_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn global_options_stand_before_or_behind_the_command() {
        for args in ["regfs -r /x -f json verify", "regfs verify -r /x -f json", "regfs -f json verify -r /x"]
        {
            let global = parse(args).unwrap().global;
            assert_eq!((global.root, global.format), (Some("/x".into()), Format::Json), "{args}");
        }
    }

    #[test]
    fn what_has_no_meaning_is_a_usage_error_that_says_why() {
        for (args, why) in [
            ("regfs verify -f paths", "verify has no format paths; it has table, json, ndjson"),
            ("regfs verify --report paths=x", "verify has no format paths; it has table, json, ndjson"),
            ("regfs completions bash -f json", "completions has no format json; it has table"),
            ("regfs verify --report x.json", "write FORMAT=PATH"),
            ("regfs verify --report json=", "the path is empty"),
            ("regfs verify --report xml=x", "no format is called \"xml\": there are table, json, ndjson"),
            ("regfs verify --report json=-", "--format says what goes to standard output"),
            ("regfs verify --report json=/dev/stdout", "--format says what goes to standard output"),
            ("regfs verify --report json=/dev//stderr", "standard error is not for reports"),
            ("regfs verify --report json=/dev/fd/1", "--format says what goes to standard output"),
            ("regfs verify --report json=/proc/self/fd/2", "standard error is not for reports"),
            ("regfs verify -j 0", "a number from 1 to"),
            ("regfs verify --readers 0", "a number from 1 to"),
            ("regfs verify --rate 0MiB", "such as 200MiB/s"),
            ("regfs verify --rate 200", "such as 200MiB/s"),
            ("regfs verify --rate 5MiB/m", "such as 200MiB/s"),
            ("regfs verify --upload-age 7", "a duration is made of integers"),
            ("regfs verify --deep --deep-limit 1.5G", "a size is an integer"),
            ("regfs verify --deep-limit 1GiB", "--deep"),
            ("regfs verify --deep --no-hash", "cannot be used with"),
            ("regfs verify --checkpoint x --no-hash", "cannot be used with"),
            ("regfs verify --shard 5/4", "1/4 for the first of four shares"),
            ("regfs verify --max-duration 2", "a duration is made of integers"),
            ("regfs merge", "<REPORT>"),
            ("regfs verify ../../etc:passwd", "is no repository name"),
            ("regfs resolve app:v1 --platform linux", "os/architecture"),
            ("regfs ls app:v1", "a repository has neither tag nor digest"),
            ("regfs refs xyz", "its first hex digits"),
            ("regfs cat app:v1 -f json", "cat has no format json; it has table"),
            ("regfs diff a", "<ROOT_B>"),
            ("regfs diff a b --ref x --repo y", "cannot be used with"),
            ("regfs diff a b --repo ../y", "is no repository name"),
            ("regfs inventory a -f json", "inventory has no format json; it has table, ndjson"),
            ("regfs explain blob-digest-mismtch", "did you mean blob-digest-mismatch"),
            ("regfs verfy", "'verify'"),
            ("regfs -q -v verify", "cannot be used with"),
        ] {
            let error = parse(args).unwrap_err();
            assert!(error.to_string().contains(why), "{args}: {error}");
            assert_eq!(error.exit_code(), 2, "{args}");
        }
    }

    #[test]
    fn options_mean_what_the_help_says() {
        let verify = |args: &str, verbose| match parse(args).unwrap().command {
            Command::Verify(args) => args.options(verbose),
            _ => panic!("{args}"),
        };
        let plain = verify("regfs verify", false);
        assert_eq!((plain.hash, plain.deep, plain.notes), (true, None, false));
        assert_eq!((plain.fail_on, plain.upload_age.as_secs()), (Some(Severity::Error), 7 * 86_400));
        assert!(plain.references.is_empty() && verify("regfs verify", true).aside);
        let deep = verify("regfs verify --deep --fail-on never --notes --upload-age 1d12h a b:c", false);
        assert_eq!((deep.hash, deep.deep, deep.notes), (true, Some(16 << 30), true));
        assert_eq!((deep.fail_on, deep.upload_age.as_secs()), (None, 36 * 3600));
        assert_eq!(deep.references.len(), 2);
        assert!(!verify("regfs verify --no-hash", false).hash);
    }

    #[test]
    fn quiet_silences_progress_unless_it_is_asked_for() {
        for (args, when) in [
            ("regfs verify", When::Auto),
            ("regfs verify -q", When::Never),
            ("regfs verify -q --progress always", When::Always),
        ] {
            assert_eq!(parse(args).unwrap().global.progress(), when, "{args}");
        }
    }
}
