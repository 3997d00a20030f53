//! A real registry at work on the root: pushes, retags and deletes go on while regfs looks again and again.
//!
//! `REGFS_SOAK_SECONDS=1800 cargo test --test it live -- --nocapture` goes on for half an hour and says what it saw.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{self, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::referee::is_installed;
use crate::support::damage::verdict::findings;
use crate::support::paths;
use crate::support::run::{run, verify};
use crate::support::store::Store;

const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";

struct Registry {
    process: Child,
    port: u16,
}

impl Drop for Registry {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Registry {
    fn start(store: &Store) -> Self {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let config = store.outside().join("config.yml");
        let text = format!(
            "version: 0.1\nlog: {{level: error}}\nstorage:\n  filesystem: {{rootdirectory: {}}}\n  delete: {{enabled: true}}\n\
             http: {{addr: '127.0.0.1:{port}'}}\n",
            store.root().display()
        );
        fs::write(&config, text).unwrap();
        let mut command = Command::new("docker-registry");
        command.arg("serve").arg(&config).stdout(Stdio::null()).stderr(Stdio::null());
        let registry = Self { process: command.spawn().unwrap(), port };
        let begun = Instant::now();
        while registry.ask("GET", "/v2/", "", b"").is_err() {
            assert!(begun.elapsed() < Duration::from_secs(30), "the registry does not answer");
            thread::sleep(Duration::from_millis(50));
        }
        registry
    }

    /// The status of the answer, and its headers by name in lower case.
    fn ask(
        &self,
        method: &str,
        path: &str,
        media_type: &str,
        body: &[u8],
    ) -> io::Result<(u16, BTreeMap<String, String>)> {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port))?;
        stream.set_read_timeout(Some(Duration::from_secs(30)))?;
        let kind =
            if media_type.is_empty() { String::new() } else { format!("Content-Type: {media_type}\r\n") };
        write!(
            stream,
            "{method} {path} HTTP/1.1\r\nHost: localhost\r\n{kind}Content-Length: {}\r\nConnection: close\r\n\r\n",
            body.len()
        )?;
        stream.write_all(body)?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer)?;
        let answer = String::from_utf8_lossy(&answer).into_owned();
        let mut lines = answer.lines();
        let status = lines.next().and_then(|line| line.split(' ').nth(1)?.parse().ok());
        let headers = lines.take_while(|line| !line.is_empty()).filter_map(|line| line.split_once(": "));
        let headers = headers.map(|(name, value)| (name.to_lowercase(), value.to_owned())).collect();
        Ok((status.ok_or(io::ErrorKind::InvalidData)?, headers))
    }

    fn push_blob(&self, repo: &str, content: &[u8]) -> io::Result<String> {
        let digest = paths::sha256(content);
        let (_, headers) = self.ask("POST", &format!("/v2/{repo}/blobs/uploads/"), "", b"")?;
        let location = headers.get("location").ok_or(io::ErrorKind::InvalidData)?;
        let path = location.splitn(4, '/').nth(3).map_or(location.clone(), |path| format!("/{path}"));
        let path = if location.starts_with('/') { location.clone() } else { path };
        self.ask("PUT", &format!("{path}&digest={digest}"), "application/octet-stream", content)?;
        Ok(digest)
    }

    /// Pushes an image of its own under a tag; its digest.
    fn push(&self, repo: &str, tag: &str, number: u64) -> io::Result<String> {
        let (config, layer) = (json!({ "number": number }).to_string(), vec![number.to_le_bytes()[0]; 2000]);
        let (config, layer) = (config.into_bytes(), [&layer[..], &number.to_le_bytes()].concat());
        let descriptor = |kind: &str, content: &[u8]| json!({ "mediaType": kind, "digest": paths::sha256(content), "size": content.len() });
        let manifest = json!({
            "schemaVersion": 2,
            "mediaType": MANIFEST,
            "config": descriptor("application/vnd.oci.empty.v1+json", &config),
            "layers": [descriptor("application/vnd.oci.image.layer.v1.tar", &layer)],
        })
        .to_string();
        self.push_blob(repo, &layer)?;
        self.push_blob(repo, &config)?;
        self.ask("PUT", &format!("/v2/{repo}/manifests/{tag}"), MANIFEST, manifest.as_bytes())?;
        Ok(paths::sha256(manifest.as_bytes()))
    }
}

fn push_and_delete(registry: &Registry, stop: &AtomicBool, pushed: &AtomicU64) {
    let repos = ["live", "live/other"];
    let mut number = 0;
    while !stop.load(Ordering::Relaxed) {
        let repo = repos[usize::try_from(number % 2).unwrap()];
        if let Ok(digest) = registry.push(repo, &format!("t{}", number % 5), number) {
            if number % 3 == 0 {
                let _ = registry.ask("DELETE", &format!("/v2/{repo}/manifests/{digest}"), "", b"");
            }
            pushed.fetch_add(1, Ordering::Relaxed);
        }
        number += 1;
    }
}

fn errors(report: &Value) -> BTreeSet<String> {
    let errors = findings(report).into_iter().filter(|finding| finding["severity"] == "error");
    errors.map(|finding| format!("{} {}", finding["code"], finding["path"])).collect()
}

#[test]
fn a_registry_at_work_is_never_called_damaged() {
    if !is_installed() {
        return;
    }
    let seconds = std::env::var("REGFS_SOAK_SECONDS").ok().and_then(|seconds| seconds.parse().ok());
    let store = Store::new();
    let registry = Registry::start(&store);
    for number in 0..3 {
        registry.push("still", &format!("v{number}"), 1_000_000 + number).unwrap();
    }
    let copy = crate::diff::copy_of(&store.v2());
    let (root, old) = (store.root_text(), copy.root_text());
    let (stop, pushed) = (AtomicBool::new(false), AtomicU64::new(0));
    let (mut looks, mut changed, mut passing) = (0, 0, 0);
    thread::scope(|scope| {
        scope.spawn(|| push_and_delete(&registry, &stop, &pushed));
        let looking = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            let begun = Instant::now();
            while begun.elapsed() < Duration::from_secs(seconds.unwrap_or(4)) {
                let outcome = verify(&store, &[]);
                let report = outcome.json();
                looks += 1;
                changed += findings(&report).iter().filter(|f| f["code"] == "changed-during-scan").count();
                let seen = errors(&report);
                if !seen.is_empty() {
                    // A delete takes several steps. Between two of them the store is what was said; for a moment.
                    passing += 1;
                    let mut stayed = seen;
                    for _ in 0..20 {
                        thread::sleep(Duration::from_millis(500));
                        stayed.retain({
                            let again = errors(&verify(&store, &[]).json());
                            move |error| again.contains(error)
                        });
                        if stayed.is_empty() {
                            break;
                        }
                    }
                    assert!(stayed.is_empty(), "{stayed:?}");
                }
                let young =
                    run(&["orphans", "--min-age", "1h", "-f", "json", "-r", &store.root_text()]).json();
                assert_eq!(young["blobs"], json!([]), "what is young is no orphan");
                // What nobody touches stays the same, whatever goes on beside it.
                // All of it while it is small: each look adds to what only one side has.
                let all = ["diff", &old, &root, "-f", "json", "--repo", "still"];
                let outcome = run(&all[..if looks < 100 { 5 } else { 7 }]);
                let report = outcome.json();
                let lost = |row: &&Value| row["change"] != "only-in-b" || row["repository"] == "still";
                let lost: Vec<&Value> =
                    report["differences"].as_array().unwrap().iter().filter(lost).collect();
                assert!(lost.is_empty(), "{lost:?}");
                let images = ["diff", &old, &root, "--ref", "still:v0", "--ref", "still:v2"];
                let outcome = run(&images);
                assert_eq!(outcome.status, 0, "{}", outcome.text());
            }
        }));
        stop.store(true, Ordering::Relaxed);
        looking.unwrap();
    });
    let pushed = pushed.into_inner();
    assert!(pushed > 0 && looks > 0, "{pushed} pushes, {looks} looks");
    // At rest, nothing is wrong at all.
    let report = verify(&store, &[]).json();
    assert_eq!(errors(&report), BTreeSet::new());
    let _ = writeln!(
        io::stderr(),
        "{pushed} pushes, {looks} looks, {changed} changes told, {passing} passing states"
    );
}
