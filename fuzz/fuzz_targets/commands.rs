//! Every command of regfs, in this process.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use regfs::cancel::Cancel;
use regfs::commands::cat::{self, Target};
use regfs::commands::{du, gc_preview, history, ls, orphans, refs, resolve, uploads, verify};
use regfs::digest::Prefix;
use regfs::progress::Silent;
use regfs::reference::Reference;
use regfs::registry::collector::Mode;
use regfs::registry::reach::Policy;
use regfs::render::{self, Format, Table, View};
use regfs::report::du::By;
use regfs::session::Session;

use super::builder::Store;

/// More than that for a handful of files is a hang.
const PATIENCE: Duration = Duration::from_secs(20);

/// The codes and paths that `verify` finds.
pub fn run_all(store: &Store) -> BTreeSet<(String, String)> {
    static POOL: OnceLock<rayon::ThreadPool> = OnceLock::new();
    let pool = POOL.get_or_init(|| rayon::ThreadPoolBuilder::new().num_threads(2).build().expect("threads"));
    let begun = Instant::now();
    let findings = pool.install(|| commands(store));
    assert!(begun.elapsed() < PATIENCE, "it took {:?}", begun.elapsed());
    findings
}

fn shown(report: &impl Table, root: &Path) -> serde_json::Value {
    let mut json = Vec::new();
    for format in [Format::Table, Format::Ndjson] {
        let view = View { color: true, width: Some(80), root, terminal: true };
        render::write(report, format, &view, &mut Vec::new()).expect("a report can be written");
    }
    let view = View { color: false, width: None, root, terminal: false };
    render::write(report, Format::Json, &view, &mut json).expect("a report can be written");
    serde_json::from_slice(&json).expect("a report is JSON")
}

fn commands(on: &Store) -> BTreeSet<(String, String)> {
    let root = on.root();
    let store = regfs::store::Store::open(Some(root)).expect("a root");
    let cancel = Cancel::never();
    let now = jiff::Timestamp::now();
    let session =
        Session { store: &store, jobs: 2, open_files: 32, backend: None, cancel: &cancel, progress: &Silent, now };
    let options = verify::Options {
        references: Vec::new(),
        hash: true,
        deep: Some(1 << 20),
        fail_on: None,
        notes: true,
        aside: false,
        upload_age: Duration::from_secs(7 * 86_400),
        shard: None,
        max_duration: None,
    };
    let report = shown(&verify::verify(&session, &options, None, None).expect("a report"), root);
    for policy in [Policy::Revisions, Policy::Tags] {
        let options = orphans::Options {
            policy,
            alive: None,
            min_age: None,
            without: None,
            keep_newest: Some(1),
            exit_code: false,
            max_bytes: None,
        };
        if let Ok(report) = orphans::orphans(&session, &options) {
            shown(&report, root);
        }
    }
    for mode in Mode::ALL {
        if let Ok(report) = gc_preview::gc_preview(&session, &gc_preview::Options { mode }) {
            shown(&report, root);
        }
    }
    shown(&ls::ls(&session, None), root);
    for by in [By::Namespace, By::Repository, By::Tag, By::Blob] {
        let options = du::Options { repositories: Vec::new(), by: Some(by), sort: None, top: None };
        shown(&du::du(&session, &options), root);
    }
    shown(&uploads::uploads(&session, Duration::ZERO), root);
    for name in ["a:v1", "a/b:latest", "team/app"] {
        let reference: Reference = name.parse().expect("a reference");
        shown(&resolve::resolve(&session, &resolve::Options { reference: reference.clone(), platform: None }), root);
        if let Some(tag) = reference.tag_or_latest() {
            shown(&history::history(&session, &reference, tag), root);
        }
        let some = verify::Options { references: vec![reference.clone()], ..options.clone() };
        shown(&verify::verify(&session, &some, None, None).expect("a report"), root);
        let target = Target { prefix: None, reference: Some(reference) };
        let _ = cat::find(&session, &cat::Options { target, config: true, platform: None });
    }
    for repository in ["a", "team/app"] {
        shown(&ls::ls(&session, repository.parse().ok().as_ref()), root);
    }
    for digest in on.digests.iter().take(2) {
        let prefix: Prefix = digest.to_string().parse().expect("a digest");
        shown(&refs::refs(&session, &prefix), root);
    }
    let findings = report["findings"].as_array().expect("findings");
    let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
    findings.iter().map(|finding| (text(&finding["code"]), text(&finding["path"]))).collect()
}
