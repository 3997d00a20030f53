//! The table of `verify`: findings from the worst down, a block each, then what was looked at in a line for a ticket.
//!
//! ```text
//! error    blob-digest-mismatch  blobs/sha256/ab/ab…/data
//!          altered: the bytes hash to sha256:…
//!          hurts team/app:v1, team/app:v2 +3 more
//! ```

use std::cmp::Reverse;
use std::collections::HashSet;
use std::io::{self, Write};

use super::paint::{Painted, Tone};
use super::text::{Count, first_few, paragraph};
use super::{Table, View, escape, remarks};
use crate::finding::{Code, Finding, Severity};
use crate::kind::Kind;
use crate::path::StorePath;
use crate::report::Report;
use crate::report::verify::{DonorState, VerifyReport};
use crate::units::{Elapsed, Size};

/// Where the text of a finding begins, behind the longest severity.
const INDENT: usize = 9;

impl Table for VerifyReport {
    fn table(&self, view: &View<'_>, out: &mut dyn Write) -> io::Result<()> {
        let mut listed: Vec<&Finding> = self.findings.iter().chain(&self.aside).collect();
        listed.sort_by_key(|finding| Reverse(finding.severity));
        listed.iter().try_for_each(|finding| block(finding, view, out))?;
        if !listed.is_empty() {
            writeln!(out)?;
        }
        self.donor(view, out)?;
        let unreadable = listed.iter().filter(|finding| finding.code == Code::Unreadable);
        let unreadable: HashSet<&StorePath> = unreadable.map(|finding| &finding.path).collect();
        paragraph(out, &self.verdict(view), 0, view.width)?;
        remarks::partial(self.head(), view, out, |error| unreadable.contains(&error.path))?;
        remarks::warnings(self.head(), view, out)?;
        listed.first().map_or(Ok(()), |worst| {
            let hint = format!("hint: regfs explain {} says what that means and what to do", worst.code);
            paragraph(out, &hint, 0, view.width)
        })
    }
}

impl VerifyReport {
    fn verdict(&self, view: &View<'_>) -> String {
        let summary = &self.summary;
        let all = [
            Count(summary.repositories, "repository"),
            Count(summary.tags, "tag"),
            Count(summary.manifests, "manifest"),
            Count(summary.blobs, "blob"),
        ];
        let of_engine =
            [Count(summary.tags, "name"), Count(summary.manifests, "image"), Count(summary.blobs, "layer")];
        let counts: &[Count] = match self.head.kind {
            Some(Kind::Oci) => &all[1..],
            Some(Kind::Containerd) => &all[3..],
            Some(Kind::Docker) => &of_engine,
            Some(Kind::Registry) | None => &all,
        };
        let root = view.root.to_string_lossy();
        let share = self.part.as_ref().and_then(|part| part.shard.as_ref());
        let share = share.map(|shard| format!("share {shard} of ")).unwrap_or_default();
        let earlier = match self.trusted.files {
            0 => String::new(),
            blobs => {
                format!(" ({} of it by earlier runs, {})", Size(self.trusted.bytes), Count(blobs, "blob"))
            }
        };
        let tone = match (summary.errors, self.head.partial) {
            (0, false) => Tone::Good,
            (0, true) => Tone::Doubtful,
            _ => Tone::Bad,
        };
        let mut found = vec![Painted(view.color, tone, Count(summary.errors, "error")).to_string()];
        if summary.warnings > 0 {
            let warnings = Count(summary.warnings, "warning");
            found.push(Painted(view.color, Tone::Doubtful, warnings).to_string());
        }
        if summary.notes > 0 {
            let how = if self.lists_notes() { "" } else { " (--notes lists them)" };
            found.push(format!("{}{how}", Count(summary.notes, "note")));
        }
        let so_far = if self.head.partial { " so far" } else { "" };
        let hurts = match summary.affected_tags {
            0 => String::new(),
            tags => format!("; hurts {}", Count(tags, "tag")),
        };
        format!(
            "verified {share}{}: {}, {} hashed{earlier} in {}: {}{so_far}{hurts}",
            escape::text(&root),
            first_few(counts, counts.len()),
            Size(summary.bytes_hashed),
            Elapsed(summary.elapsed_seconds),
            found.join(", "),
        )
    }

    /// What another root has of what is damaged here, and how to bring it: commands stand alone on their lines.
    fn donor(&self, view: &View<'_>, out: &mut dyn Write) -> io::Result<()> {
        let Some(donor) = &self.donor else { return Ok(()) };
        let intact = donor.blobs.iter().filter(|blob| blob.state == DonorState::Intact).count();
        let name = escape::text(&donor.donor);
        if donor.blobs.is_empty() {
            return writeln!(out, "no blob was found damaged or missing: nothing is wanted of {name}\n");
        }
        let text = format!(
            "{name} has {intact} of {} intact",
            Count(donor.blobs.len() as u64, "damaged or missing blob")
        );
        paragraph(out, &text, 0, view.width)?;
        for blob in &donor.blobs {
            let tone = if blob.state == DonorState::Intact { Tone::Good } else { Tone::Bad };
            writeln!(out, "  {:<10} {}", Painted(view.color, tone, blob.state.name()), blob.digest)?;
            if let Some(source) = blob.source.as_ref().filter(|_| blob.commands.is_empty()) {
                writeln!(out, "    on its host: {}", escape::text(source))?;
            }
            for command in &blob.commands {
                writeln!(out, "    {}", escape::text(command))?;
            }
        }
        if donor.blobs.iter().any(|blob| !blob.commands.is_empty()) {
            let text = "regfs changes nothing: run the commands as the registry's user, then verify again; \
                        remove each data.damaged once that is clean: until then it is a stray-entry";
            paragraph(out, text, 0, view.width)?;
        }
        writeln!(out)
    }

    fn lists_notes(&self) -> bool {
        self.findings.iter().chain(&self.aside).any(|finding| finding.severity == Severity::Note)
    }
}

fn block(finding: &Finding, view: &View<'_>, out: &mut dyn Write) -> io::Result<()> {
    let severity = Painted(view.color, Tone::of(finding.severity), finding.severity);
    let code = Painted(view.color, Tone::Strong, finding.code);
    let path = finding.path.to_string();
    let path = if path.is_empty() { "." } else { &path };
    writeln!(out, "{severity:<INDENT$}{code}  {}", escape::text(path))?;
    let mut lines = vec![finding.detail.clone()];
    if !finding.affects.is_empty() {
        lines.push(format!("hurts {}", first_few(&finding.affects, 5)));
    }
    if !finding.referenced_by.is_empty() {
        lines.push(format!("named by {}", first_few(&finding.referenced_by, 2)));
    }
    if !finding.blocks_gc.is_empty() {
        lines.push(format!("aborts garbage-collect of {}", collectors(&finding.blocks_gc)));
    }
    let lines = lines.iter().filter(|line| !line.is_empty());
    lines.into_iter().try_for_each(|line| paragraph(out, &escape::text(line), INDENT, view.width))
}

/// The versions of the registry whose collector aborts, `-m` being `--delete-untagged`.
fn collectors(blocks: &[&str]) -> String {
    let version = |name: &str, plain: &str, untagged: &str| {
        let how = match (blocks.contains(&plain), blocks.contains(&untagged)) {
            (true, true) => "",
            (true, false) => " (without -m)",
            (false, true) => " -m",
            (false, false) => return None,
        };
        Some(format!("{name}{how}"))
    };
    [version("2.8", "2", "2m"), version("3.x", "3", "3m")]
        .into_iter()
        .flatten()
        .collect::<Vec<_>>()
        .join(", ")
}
