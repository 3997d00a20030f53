//! One verb per way in which a store goes wrong. Each strikes a sound store once, at a place that the generator picks,
//! and says what `verify` must find: that, and nothing else.

pub(crate) mod blobs;
mod expected;
pub(crate) mod links;
pub(crate) mod manifests;
pub(crate) mod names;
pub(crate) mod notes;
pub(crate) mod references;
pub(crate) mod special;
pub(crate) mod verdict;

pub(crate) use expected::Expected;

use super::random::Rng;
use super::store::Store;

/// Strikes a store; `None` if it has nothing of that kind to strike.
pub(crate) type Verb = fn(&mut Store, &mut Rng) -> Option<Damage>;

/// What one damage must lead to.
#[derive(Clone, Debug)]
pub(crate) struct Damage {
    pub(crate) findings: Vec<Expected>,
    /// Options without which `verify` need not see it.
    pub(crate) args: Vec<&'static str>,
}

impl Damage {
    pub(crate) fn one(finding: Expected) -> Option<Self> {
        Self::all(vec![finding])
    }

    #[expect(clippy::unnecessary_wraps, reason = "verbs end with it, and a verb may find nothing to strike")]
    pub(crate) fn all(findings: Vec<Expected>) -> Option<Self> {
        Some(Self { findings, args: Vec::new() })
    }

    /// The exit status of `verify`.
    pub(crate) fn status(&self) -> i32 {
        i32::from(self.findings.iter().any(|finding| finding.severity == "error"))
    }

    /// Whether the damage is mere residue, seen with `--notes` only.
    pub(crate) fn is_note(&self) -> bool {
        self.findings.iter().all(|finding| finding.severity == "note")
    }
}

/// Every verb that strikes what a sound store of any shape may hold.
pub(crate) const ALL: &[Verb] = &[
    blobs::flip_a_bit,
    blobs::empty,
    blobs::truncate,
    blobs::append,
    blobs::move_to_another_fan_out,
    blobs::drop_data_into_a_fan_out,
    links::empty,
    links::malform,
    links::point_elsewhere,
    links::point_to_a_layer,
    references::remove_a_blob,
    references::remove_a_manifest,
    references::unlink_a_tagged_revision,
    references::unlink_a_layer,
    references::unlink_a_child,
    references::remove_a_child,
    references::forget_in_index,
    references::remove_current,
    references::remove_tags,
    references::remove_layers,
    manifests::garbage,
    manifests::unknown_type,
    manifests::without_schema_version,
    manifests::manifests_of_a_wrong_type,
    manifests::past_four_mebibytes,
    manifests::wrong_size,
    manifests::wrong_diff_id,
    manifests::config_is_no_json,
    manifests::config_lacks_a_diff_id,
    manifests::image_and_index_at_once,
    manifests::child_of_another_type,
    manifests::schema1,
    manifests::unknown_algorithm,
    manifests::alias_of_a_layer,
    special::data,
    special::link,
    special::directory_is_a_link,
    special::directory_is_a_file,
    names::stray_file,
    names::invalid_repository,
    names::invalid_tag,
    names::stale_upload,
    names::upload_without_start,
    names::upload_with_an_unreadable_start,
    names::upload_with_an_odd_id,
    notes::empty_directory,
    notes::temporary_file,
    notes::blob_without_data,
    notes::dangling_index_entry,
    notes::dangling_layer_link,
    notes::missing_subject,
    notes::empty_repository,
];
