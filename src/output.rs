//! Where reports go: standard output, and the files that `--report` names.
//!
//! The files are checked before the work begins, and written before standard output, so that a pipe that is closed
//! early does not lose them.

mod target;

use std::io::{self, BufWriter, IsTerminal, Write};
use std::path::{Path, PathBuf};

use anyhow::Context;

use crate::bar::When;
use crate::cli::{self, Global, ReportTo};
use crate::render::{Format, View};
use crate::store::Store;
pub use target::{Target, place_outside, roots};

/// Everything that a report is written to.
pub struct Outputs {
    format: Format,
    color: When,
    root: PathBuf,
    files: Vec<(Format, Target)>,
}

impl Outputs {
    /// Looks whether everything can be written, before any work is done.
    ///
    /// # Errors
    /// When a file cannot be written, or lies inside the root: that is a usage error.
    pub fn open(global: &Global, store: Option<&Store>) -> anyhow::Result<Self> {
        Self::open_too(global, store, None)
    }

    /// The same where a second root, with the name that was given to it, is only read as well.
    ///
    /// # Errors
    /// As [`Outputs::open`].
    pub fn open_too(
        global: &Global,
        store: Option<&Store>,
        other: Option<(&Path, &Store)>,
    ) -> anyhow::Result<Self> {
        let mut roots = store.map(|store| roots(global.root.as_deref(), store)).unwrap_or_default();
        roots.extend(other.into_iter().flat_map(|(named, store)| self::roots(Some(named), store)));
        let root = store.map(|store| store.path().to_owned()).unwrap_or_default();
        Self::beside(global, &roots, root)
    }

    /// The same for a report on several roots, each with the name that was given to it: none is that of its paths.
    ///
    /// # Errors
    /// As [`Outputs::open`].
    pub fn open_beside(global: &Global, stores: &[(&Path, &Store)]) -> anyhow::Result<Self> {
        let roots: Vec<PathBuf> =
            stores.iter().flat_map(|(named, store)| roots(Some(named), store)).collect();
        Self::beside(global, &roots, PathBuf::new())
    }

    /// The same where the files must not lie in some directories; a table tells paths below `root`.
    ///
    /// # Errors
    /// As [`Outputs::open`].
    pub fn beside(global: &Global, roots: &[PathBuf], root: PathBuf) -> anyhow::Result<Self> {
        let open = |report: &ReportTo| Ok((report.format, Target::open(&report.path, "report", roots)?));
        let files = global.reports.iter().map(open).collect::<anyhow::Result<Vec<_>>>()?;
        let replaced = |(_, target): &(Format, Target)| target.replaces().map(Path::to_owned);
        let mut paths: Vec<PathBuf> = files.iter().filter_map(replaced).collect();
        paths.sort();
        if let Some([path, _]) = paths.windows(2).find(|two| two[0] == two[1]) {
            let why = format!("two reports would be written to {}", path.display());
            return Err(cli::usage(&why).into());
        }
        Ok(Self { format: global.format, color: global.color, root, files })
    }

    /// Writes to everything what `render` makes of it.
    ///
    /// # Errors
    /// The first of the sinks', after all have been tried.
    pub fn write(
        &self,
        render: impl Fn(Format, &View<'_>, &mut dyn Write) -> io::Result<()>,
    ) -> anyhow::Result<()> {
        let files = self.files.iter().map(|(format, target)| {
            let view = View {
                terminal: target.is_terminal(),
                color: self.color == When::Always,
                width: None,
                root: &self.root,
            };
            let written = target.write(|out| render(*format, &view, out));
            written.with_context(|| format!("cannot write the report {}", target.path().display()))
        });
        // Collected first: one that fails keeps no other from being written.
        let files: Vec<anyhow::Result<()>> = files.collect();
        let mut out = BufWriter::with_capacity(1 << 16, io::stdout().lock());
        render(self.format, &self.view_of_stdout(), &mut out)
            .and_then(|()| out.flush())
            .context("cannot write to standard output")?;
        files.into_iter().collect()
    }

    /// The files that are written besides standard output.
    pub fn files(&self) -> impl Iterator<Item = &Target> {
        self.files.iter().map(|(_, target)| target)
    }

    fn view_of_stdout(&self) -> View<'_> {
        let terminal = io::stdout().is_terminal();
        let plain = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty())
            || std::env::var_os("TERM").is_some_and(|terminal| terminal == "dumb");
        let color = match self.color {
            When::Auto => terminal && !plain,
            When::Always => true,
            When::Never => false,
        };
        View { terminal, color, width: terminal.then(terminal_width).flatten(), root: &self.root }
    }
}

/// The columns of the terminal, unless `COLUMNS` says otherwise.
fn terminal_width() -> Option<usize> {
    let said = std::env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok());
    said.or_else(|| comfy_table::Table::new().width().map(usize::from)).filter(|&columns| columns > 0)
}
