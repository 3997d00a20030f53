//! Options that every command has.

use std::ffi::{OsStr, OsString};
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use clap::builder::{OsStringValueParser, TypedValueParser};
use clap::{Args, ValueEnum, ValueHint};

use super::Load;
use crate::bar::When;
use crate::kind::Kind;
use crate::render::Format;

/// Options that every command has.
#[derive(Debug, Args)]
#[command(next_help_heading = "Global options")]
pub struct Global {
    /// The store: a directory that holds docker/registry/v2, or docker/registry, or v2 itself; or an OCI image layout
    ///
    /// Without it: the current directory if it is one, else /var/lib/registry, /var/lib/docker-registry,
    /// /data/registry; with --kind docker, /var/lib/docker.
    #[arg(short, long, global = true, value_name = "PATH", env = "REGFS_ROOT", hide_env_values = true)]
    #[arg(value_hint = ValueHint::DirPath)]
    pub root: Option<PathBuf>,

    /// What kind of store the root is [default: recognised by what it holds]
    #[arg(long, global = true, value_name = "KIND")]
    pub kind: Option<StoreKind>,

    /// What goes to standard output
    #[arg(short, long, global = true, value_name = "FORMAT", default_value = "table")]
    pub format: Format,

    /// Also write the report in format F to PATH, atomically (may be repeated)
    #[arg(long = "report", global = true, value_name = "F=PATH")]
    #[arg(value_parser = OsStringValueParser::new().try_map(|text| parse_report(&text)))]
    pub reports: Vec<ReportTo>,

    /// Threads that compute [default: all cores]
    #[arg(short, long, global = true, value_name = "N", value_parser = parse_threads)]
    pub jobs: Option<NonZeroUsize>,

    /// Whether to use colour
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    pub color: When,

    /// Whether to show progress on standard error
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    pub progress: When,

    /// Say less on standard error: no progress, unless --progress asks for it
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    pub quiet: bool,

    /// Say more on standard error, and show notes in tables
    #[arg(short, long, global = true)]
    pub verbose: bool,

    /// How hard it may press on the host.
    #[command(flatten)]
    pub load: Load,
}

/// The kinds of stores.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum StoreKind {
    /// A registry's storage (distribution, Harbor, GitLab)
    Registry,
    /// The data root of a Docker engine
    Docker,
    /// An OCI image layout
    Oci,
    /// containerd's content store
    Containerd,
}

/// A format and the file to write it to.
#[derive(Clone, Debug)]
pub struct ReportTo {
    /// The format.
    pub format: Format,
    /// The file.
    pub path: PathBuf,
}

impl Global {
    /// The kind of store that was asked for.
    pub fn kind(&self) -> Option<Kind> {
        self.kind.map(|kind| match kind {
            StoreKind::Registry => Kind::Registry,
            StoreKind::Docker => Kind::Docker,
            StoreKind::Oci => Kind::Oci,
            StoreKind::Containerd => Kind::Containerd,
        })
    }

    /// Whether to show progress.
    pub fn progress(&self) -> When {
        if self.quiet && self.progress == When::Auto { When::Never } else { self.progress }
    }
}

fn parse_report(text: &OsStr) -> Result<ReportTo, String> {
    use std::os::unix::ffi::{OsStrExt, OsStringExt};

    let bytes = text.as_bytes();
    let split =
        bytes.iter().position(|&byte| byte == b'=').ok_or("write FORMAT=PATH, such as json=report.json")?;
    let name = String::from_utf8_lossy(&bytes[..split]);
    let format = Format::from_str(&name, false).map_err(|_| {
        let formats = Format::value_variants().iter().filter_map(Format::to_possible_value);
        let names: Vec<_> = formats.map(|format| format.get_name().to_owned()).collect();
        format!("no format is called {name:?}: there are {}", names.join(", "))
    })?;
    let path = PathBuf::from(OsString::from_vec(bytes[split + 1..].to_vec()));
    if path.as_os_str().is_empty() {
        return Err("the path is empty".into());
    }
    if path.as_os_str() == "-" {
        return Err("--format says what goes to standard output; a file of that name is ./-".into());
    }
    if is_standard_stream(&path) {
        return Err(
            "--format says what goes to standard output, and standard error is not for reports".into()
        );
    }
    Ok(ReportTo { format, path })
}

/// Whether a path names a stream that this process has already. Opened once more, a file has two ends that each write
/// over what the other wrote.
fn is_standard_stream(path: &Path) -> bool {
    let number = ["/dev/fd", "/proc/self/fd", "/proc/thread-self/fd"]
        .iter()
        .find_map(|descriptors| path.strip_prefix(descriptors).ok());
    match number {
        Some(number) => ["0", "1", "2"].iter().any(|stream| number == Path::new(stream)),
        None => ["/dev/stdin", "/dev/stdout", "/dev/stderr"].iter().any(|stream| path == Path::new(stream)),
    }
}

pub(super) fn parse_threads(text: &str) -> Result<NonZeroUsize, String> {
    const MOST: usize = 1024;
    let jobs = text.parse().ok().filter(|jobs: &NonZeroUsize| jobs.get() <= MOST);
    jobs.ok_or_else(|| format!("write a number from 1 to {MOST}"))
}
