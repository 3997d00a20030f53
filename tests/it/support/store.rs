//! A registry store on disk, written file by file as `registry` writes it, with its model.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use super::model::{Model, Tag};
use super::paths::{self, Digest};

pub(crate) struct Store {
    dir: TempDir,
    pub(crate) model: Model,
}

impl Store {
    /// A root with empty `blobs/` and `repositories/`.
    pub(crate) fn new() -> Self {
        let store = Self::bare();
        fs::create_dir_all(store.at("blobs")).unwrap();
        fs::create_dir_all(store.at("repositories")).unwrap();
        store
    }

    /// A root whose `v2` holds nothing.
    pub(crate) fn bare() -> Self {
        // In memory, where there is such a place: the suite writes some hundred thousand tiny files.
        let dir = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap();
        // Other users must be able to enter, for the tests that give up root's rights.
        fs::set_permissions(dir.path(), fs::Permissions::from_mode(0o755)).unwrap();
        let store = Self { dir, model: Model::default() };
        fs::create_dir_all(store.v2()).unwrap();
        store
    }

    /// The directory that `--root` is given: it holds `docker/registry/v2`.
    pub(crate) fn root(&self) -> PathBuf {
        self.dir.path().join("root")
    }

    pub(crate) fn root_text(&self) -> String {
        self.root().to_str().unwrap().to_owned()
    }

    pub(crate) fn v2(&self) -> PathBuf {
        self.root().join("docker/registry/v2")
    }

    /// A place beside the root, which no command has any business with.
    pub(crate) fn outside(&self) -> &Path {
        self.dir.path()
    }

    /// The absolute path of `path`, which is relative to `v2`.
    pub(crate) fn at(&self, path: &str) -> PathBuf {
        self.v2().join(path)
    }

    /// Writes a file and the directories above it. What an earlier damage made of it is left alone: to open a FIFO
    /// that nobody reads would wait for ever.
    pub(crate) fn write(&self, path: &str, content: impl AsRef<[u8]>) {
        let path = self.at(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        if let Ok(there) = path.symlink_metadata() {
            assert!(there.is_file(), "{} is no regular file", path.display());
        }
        fs::write(path, content).unwrap();
    }

    /// The text of a regular file.
    pub(crate) fn read(&self, path: &str) -> String {
        let path = self.at(path);
        assert!(path.symlink_metadata().unwrap().is_file(), "{} is no regular file", path.display());
        fs::read_to_string(path).unwrap()
    }

    pub(crate) fn create_dir(&self, path: &str) {
        fs::create_dir_all(self.at(path)).unwrap();
    }

    /// Removes a file or a whole directory.
    pub(crate) fn remove(&self, path: &str) {
        let path = self.at(path);
        if path.symlink_metadata().unwrap().is_dir() {
            fs::remove_dir_all(path).unwrap();
        } else {
            fs::remove_file(path).unwrap();
        }
    }

    pub(crate) fn blob(&mut self, content: impl Into<Vec<u8>>) -> Digest {
        let content = content.into();
        let digest = paths::sha256(&content);
        self.write(&paths::blob_data(&digest), &content);
        self.model.blobs.insert(digest.clone(), content);
        digest
    }

    pub(crate) fn link_layer(&mut self, repo: &str, digest: &str) {
        self.write(&paths::layer_link(repo, digest), digest);
        self.model.repo(repo).layers.insert(digest.to_owned());
    }

    pub(crate) fn link_revision(&mut self, repo: &str, digest: &str) {
        self.write(&paths::revision_link(repo, digest), digest);
        self.model.repo(repo).revisions.insert(digest.to_owned());
    }

    /// Points a tag to a digest; where it pointed before stays in its index.
    pub(crate) fn tag(&mut self, repo: &str, tag: &str, digest: &str) {
        self.write(&paths::index_link(repo, tag, digest), digest);
        self.write(&paths::current_link(repo, tag), digest);
        let place: &mut Tag = self.model.repo(repo).tags.entry(tag.to_owned()).or_default();
        digest.clone_into(&mut place.current);
        place.history.insert(digest.to_owned());
    }

    /// An unfinished upload, as a server leaves it.
    pub(crate) fn upload(&mut self, repo: &str, id: &str, started_at: &str) {
        let dir = paths::upload_dir(repo, id);
        self.write(&format!("{dir}/startedat"), started_at);
        self.write(&format!("{dir}/data"), "unfinished");
        self.write(&format!("{dir}/hashstates/sha256/0"), [b"sha\x03".as_slice(), &[0; 104]].concat());
        self.model.repo(repo).uploads.insert(id.to_owned());
    }
}

/// This moment, as `startedat` holds it.
pub(crate) fn now() -> String {
    jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}
