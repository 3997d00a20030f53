//! The table of `uploads`.

use std::io::{self, Write};

use super::grid::{Column, Grid};
use super::paint::Tone;
use super::text::{found, paragraph, safe, size};
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
        let uploads = found(summary.uploads, "unfinished upload", &self.head);
        let stale = (summary.stale > 0).then(|| format!("; {} stale", summary.stale));
        let never = (summary.never_purged > 0)
            .then(|| format!("; {} that the registry never purges", summary.never_purged));
        let (stale, never) = (stale.unwrap_or_default(), never.unwrap_or_default());
        let text = format!("{uploads}, {}{stale}{never}", Size(summary.bytes));
        paragraph(out, &text, 0, view.width)?;
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
