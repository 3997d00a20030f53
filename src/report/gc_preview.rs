//! The report of `gc-preview`: what a registry's own collector would delete, and what that breaks.

use std::io;

use serde::{Serialize, Serializer};

use super::{Head, ItemSink, Label, Report};
use crate::digest::Digest;
use crate::exit::Exit;
use crate::finding::Code;
use crate::path::StorePath;
use crate::registry::reach::Kind;

/// The answer of `gc-preview`. Its lists hold what a dry run prints, repeats included; none if the run aborts.
#[derive(Debug, Serialize)]
pub struct GcPreviewReport {
    /// The common members.
    #[serde(flatten)]
    pub head: Head,
    /// Whose rules, as the option takes them: `2` or `3`.
    pub rules: &'static str,
    /// Whether manifests without a tag go too.
    pub delete_untagged: bool,
    /// Why it would end before it deletes anything, in a dry run too.
    pub aborts: Option<AbortItem>,
    /// Why a run that is not dry would end half-way.
    pub aborts_in_sweep: Option<AbortItem>,
    /// The blobs that go, by digest.
    pub blobs: Vec<BlobItem>,
    /// The manifests that go, by repository and digest.
    pub manifests: Vec<ManifestItem>,
    /// The layer links that go, by repository, digest and path.
    pub layer_links: Vec<LayerLinkItem>,
    /// The tags, as `repo:tag`, that resolve now and would not once all of that is gone.
    pub broken_tags: Vec<Label>,
    /// What goes although the image that it is about stays.
    pub lost_referrers: Vec<ReferrerItem>,
    /// The lists in numbers.
    pub summary: GcPreviewSummary,
}

/// Why a collector gives up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AbortItem {
    /// The file or directory at fault.
    pub path: StorePath,
    /// What it prints; what regfs could not read, it says.
    pub reason: String,
    /// The finding that is behind it, if it is one.
    pub code: Option<Code>,
}

/// A blob that goes.
#[derive(Clone, Debug, Serialize)]
pub struct BlobItem {
    /// Its digest.
    pub digest: Digest,
    /// Its `data` file.
    pub path: StorePath,
    /// Its bytes.
    pub size: u64,
    /// What it is, by what names it.
    #[serde(serialize_with = "name_of")]
    pub kind: Kind,
    /// When it was uploaded.
    pub modified: Option<String>,
    /// The repositories that have a layer link to it.
    pub linked_from: Vec<Label>,
    /// The tags, as `repo:tag`, whose image holds it.
    pub needed_by: Vec<Label>,
}

/// A manifest that goes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct ManifestItem {
    /// The repository that loses it.
    pub repository: Label,
    /// Its digest.
    pub digest: Digest,
    /// Its bytes; `None` if the store has none of that digest.
    pub size: Option<u64>,
}

/// A layer link that goes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct LayerLinkItem {
    /// The repository that loses it.
    pub repository: Label,
    /// The digest that it holds.
    pub digest: Digest,
    /// The link file.
    pub path: StorePath,
}

/// A signature, bill of materials or the like that goes while what it is about stays.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct ReferrerItem {
    /// The repository that loses it.
    pub repository: Label,
    /// Its digest.
    pub digest: Digest,
    /// What it is about.
    pub subject: Digest,
    /// What it is, as it states or its config's media type says.
    pub artifact_type: Option<String>,
}

/// The lists in numbers.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub struct GcPreviewSummary {
    /// The blobs that go.
    pub blobs: u64,
    /// Their bytes.
    pub bytes: u64,
    /// The manifests that go, as often as they are listed.
    pub manifests: u64,
    /// The layer links that go, as often as they are listed.
    pub layer_links: u64,
    /// The blobs that stay.
    pub live_blobs: u64,
    /// The tags that would stop working.
    pub broken_tags: u64,
    /// The referrers that go while their subject stays.
    pub lost_referrers: u64,
}

impl GcPreviewReport {
    /// Sorts the lists, and counts; `live_blobs` are those that stay.
    pub fn finish(&mut self, live_blobs: u64) {
        self.blobs.sort_by_key(|blob| blob.digest);
        self.manifests.sort();
        self.layer_links.sort();
        self.broken_tags.sort();
        self.lost_referrers.sort();
        self.summary = GcPreviewSummary {
            blobs: self.blobs.len() as u64,
            bytes: self.blobs.iter().fold(0, |sum: u64, blob| sum.saturating_add(blob.size)),
            manifests: self.manifests.len() as u64,
            layer_links: self.layer_links.len() as u64,
            live_blobs,
            broken_tags: self.broken_tags.len() as u64,
            lost_referrers: self.lost_referrers.len() as u64,
        };
    }
}

impl Report for GcPreviewReport {
    fn head(&self) -> &Head {
        &self.head
    }

    /// 2 for a preview that is not certain, else 1 if the run would abort or break a tag.
    fn exit(&self) -> Exit {
        let aborts = self.aborts.is_some() || self.aborts_in_sweep.is_some();
        Exit::bad_if(aborts || !self.broken_tags.is_empty()).worst(self.head.exit())
    }

    fn items<S: ItemSink>(&self, sink: &mut S) -> io::Result<()> {
        self.blobs.iter().try_for_each(|blob| sink.item("blob", blob))?;
        self.manifests.iter().try_for_each(|manifest| sink.item("manifest", manifest))?;
        self.layer_links.iter().try_for_each(|link| sink.item("layer-link", link))?;
        self.broken_tags.iter().try_for_each(|tag| sink.item("broken-tag", &BrokenTag { tag }))?;
        self.lost_referrers.iter().try_for_each(|referrer| sink.item("lost-referrer", referrer))
    }

    /// The directories of the blobs.
    fn files(&self) -> Vec<StorePath> {
        self.blobs.iter().filter_map(|blob| blob.path.parent()).collect()
    }

    fn columns(&self) -> (&'static [&'static str], &'static [&'static str]) {
        (&["blob"], &["digest", "size", "kind", "modified", "linked_from", "needed_by", "path"])
    }

    fn summary(&self) -> impl Serialize {
        let Self { rules, delete_untagged, aborts, aborts_in_sweep, summary, .. } = self;
        Closing { rules, delete_untagged: *delete_untagged, aborts, aborts_in_sweep, summary }
    }
}

/// A broken tag as a line of a stream.
#[derive(Serialize)]
struct BrokenTag<'a> {
    tag: &'a Label,
}

/// What ends a stream.
#[derive(Serialize)]
struct Closing<'a> {
    rules: &'static str,
    delete_untagged: bool,
    aborts: &'a Option<AbortItem>,
    aborts_in_sweep: &'a Option<AbortItem>,
    #[serde(flatten)]
    summary: &'a GcPreviewSummary,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "what serde passes to `serialize_with`")]
fn name_of<S: Serializer>(kind: &Kind, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(kind.name())
}
