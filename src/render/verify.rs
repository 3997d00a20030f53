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
use super::text::{Count, first_few, found, paragraph};
use super::{Table, View, escape, remarks};
use crate::finding::{Code, Finding, Severity};
use crate::kind::Kind;
use crate::path::StorePath;
use crate::registry::layout::{Place, classify};
use crate::report::Report;
use crate::report::verify::{DonorState, VerifyReport, VerifySummary};
use crate::units::{Elapsed, Size};

/// Where the text of a finding begins, behind the longest severity.
const INDENT: usize = 9;

/// How many of the images that were asked for are named.
const FEW: usize = 3;

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
    /// What was looked at, in as many words as a ticket needs, and what is wrong with it.
    fn verdict(&self, view: &View<'_>) -> String {
        let summary = &self.summary;
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
            "verified {}: {}, {}{earlier} in {}: {}{so_far}{hurts}",
            self.what(view),
            self.seen(),
            self.hashed(),
            Elapsed(summary.elapsed_seconds),
            found.join(", "),
        )
    }

    /// What the run was to look at, and whether it came to its end.
    fn what(&self, view: &View<'_>) -> String {
        let root = view.root.to_string_lossy();
        let root = escape::text(&root);
        let references = match &self.scope.references[..] {
            [] => String::new(),
            references => format!("{} in ", escape::text(&first_few(references, FEW))),
        };
        let share = self.shard().map(|shard| format!("share {shard} of ")).unwrap_or_default();
        let in_part = if self.is_ended() { " in part" } else { "" };
        format!("{share}{references}{root}{in_part}")
    }

    /// What the walk saw, which every share of a store does in full.
    fn seen(&self) -> String {
        let summary = &self.summary;
        let repositories = (summary.repositories, "repository");
        let tags = (summary.tags, "tag");
        let manifests = (summary.manifests, "manifest");
        let blobs = (summary.blobs, "blob");
        let mut counts = match self.head.kind {
            Some(Kind::Oci) => vec![tags, manifests, blobs],
            Some(Kind::Containerd) => vec![blobs],
            Some(Kind::Docker) => {
                vec![(summary.tags, "name"), (summary.manifests, "image"), (summary.blobs, "layer")]
            }
            Some(Kind::Registry) | None => vec![repositories, tags, manifests, blobs],
        };
        if !self.scope.references.is_empty() {
            // Who names digests asks for no tag.
            counts.retain(|count| *count != (0, "tag"));
        }
        let count = |(number, noun)| {
            if self.is_ended() { Count(number, noun).to_string() } else { found(number, noun, &self.head) }
        };
        let counts: Vec<String> = counts.into_iter().map(count).collect();
        let seen = if self.is_ended() { " seen" } else { "" };
        let in_all = if self.shard().is_some() { " in all shares" } else { "" };
        format!("{}{seen}{in_all}", counts.join(", "))
    }

    /// How many bytes were hashed, and of how many if some were not.
    fn hashed(&self) -> String {
        let VerifySummary { bytes, bytes_hashed, .. } = self.summary;
        let of_all = if bytes == bytes_hashed { String::new() } else { format!(" of their {}", Size(bytes)) };
        let how = if self.scope.hash { "" } else { " (--no-hash)" };
        format!("{}{of_all} hashed{how}", Size(bytes_hashed))
    }

    fn shard(&self) -> Option<&String> {
        self.part.as_ref().and_then(|part| part.shard.as_ref())
    }

    /// Whether something is left that the run, or those that were put together, did not come to.
    fn is_ended(&self) -> bool {
        self.part.as_ref().is_some_and(|part| !part.complete)
    }

    /// What another root has of what is damaged here, and how to bring it: commands stand alone on their lines.
    fn donor(&self, view: &View<'_>, out: &mut dyn Write) -> io::Result<()> {
        let Some(donor) = &self.donor else { return Ok(()) };
        let intact = donor.blobs.iter().filter(|blob| blob.state == DonorState::Intact).count();
        let name = escape::text(&donor.donor);
        let doubts = self.donor_doubts().join("; ");
        if donor.blobs.is_empty() && !doubts.is_empty() {
            let text =
                format!("what is damaged or missing cannot be told: {doubts}: nothing was asked of {name}");
            paragraph(out, &text, 0, view.width)?;
            return writeln!(out);
        }
        if donor.blobs.is_empty() {
            let of_share = if self.shard().is_some() { " of this share" } else { "" };
            let so_far = if self.head.partial { " so far" } else { "" };
            let none = format!("no blob{of_share} was found damaged or missing{so_far}");
            return writeln!(out, "{none}: nothing is wanted of {name}\n");
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
        if !doubts.is_empty() {
            let text = format!("what else is damaged or missing cannot be told: {doubts}");
            paragraph(out, &text, 0, view.width)?;
        }
        writeln!(out)
    }

    /// Why more may be damaged or missing than a donor was asked for.
    fn donor_doubts(&self) -> Vec<String> {
        // At a blob itself these are what a donor is asked for; elsewhere they hide what may be anything.
        let hides = |finding: &&Finding| {
            let is_blob = matches!(classify(&finding.path).place, Place::BlobData(_));
            finding.code == Code::RootIncomplete
                || matches!(finding.code, Code::NotRegular | Code::Unreadable) && !is_blob
        };
        let hiding = self.findings.iter().filter(hides);
        let hiding: Vec<String> =
            hiding.map(|finding| format!("{} is {}", told(&finding.path), finding.code)).collect();
        let mut doubts = Vec::new();
        if !hiding.is_empty() {
            doubts.push(first_few(&hiding, FEW));
        }
        if !self.scope.hash {
            doubts.push("layers were not hashed (--no-hash)".to_owned());
        }
        doubts
    }

    fn lists_notes(&self) -> bool {
        self.findings.iter().chain(&self.aside).any(|finding| finding.severity == Severity::Note)
    }
}

/// A finding's path, the root's being a dot.
fn told(path: &StorePath) -> String {
    let path = path.to_string();
    if path.is_empty() { ".".to_owned() } else { escape::text(&path).into_owned() }
}

fn block(finding: &Finding, view: &View<'_>, out: &mut dyn Write) -> io::Result<()> {
    let severity = Painted(view.color, Tone::of(finding.severity), finding.severity);
    let code = Painted(view.color, Tone::Strong, finding.code);
    writeln!(out, "{severity:<INDENT$}{code}  {}", told(&finding.path))?;
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
