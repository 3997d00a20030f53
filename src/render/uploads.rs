//! The table of `uploads`.

use std::io::{self, Write};

use super::grid::{Column, Grid};
use super::paint::Tone;
use super::text::{found, safe, size};
use super::{Table, View, remarks};
use crate::report::uploads::{UploadItem, UploadsReport};
use crate::units::{Age, Size};

impl Table for UploadsReport {
    fn table(&self, view: &View<'_>, out: &mut dyn Write) -> io::Result<()> {
        if !self.uploads.is_empty() {
            let mut grid = Grid::new(&[
                Column::text("REPOSITORY"),
                Column::text("ID"),
                Column::number("AGE"),
                Column::number("SIZE"),
                Column::text("STATE"),
                Column::number("HASHED TO").optional(),
            ]);
            for upload in &self.uploads {
                let (state, tone) = state(upload);
                let offsets: Vec<String> =
                    upload.hash_states.iter().map(|state| state.offset.to_string()).collect();
                grid.row([
                    (safe(Some(&upload.repository)), None),
                    (safe(Some(&upload.id)), None),
                    (Age(upload.age_seconds).to_string(), None),
                    (size(upload.bytes), None),
                    (state, tone),
                    (if offsets.is_empty() { "-".into() } else { offsets.join(",") }, None),
                ]);
            }
            grid.write(0, view, out)?;
            writeln!(out)?;
        }
        let summary = &self.summary;
        write!(out, "{}, {}", found(summary.uploads, "unfinished upload", &self.head), Size(summary.bytes))?;
        if summary.stale > 0 {
            write!(out, "; {} stale", summary.stale)?;
        }
        if summary.never_purged > 0 {
            write!(out, "; {} that the registry never purges", summary.never_purged)?;
        }
        writeln!(out)?;
        remarks::partial(&self.head, view, out, |_| false)?;
        remarks::warnings(&self.head, view, out)
    }
}

fn state(upload: &UploadItem) -> (String, Option<Tone>) {
    let (word, tone) =
        if upload.stale { ("stale", Some(Tone::Doubtful)) } else { ("recent", Some(Tone::Good)) };
    match upload.never_purged {
        Some(why) => (format!("{word}, never purged: {why}"), Some(Tone::Doubtful)),
        None => (word.into(), tone),
    }
}
