//! Reading `repositories.json`.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::{NameOf, Names};
use crate::digest::Digest;
use crate::path::StorePath;
use crate::store::{ReadError, Store};

/// The most bytes that are read.
const CAP: u64 = 16 * 1024 * 1024;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Raw {
    #[serde(default)]
    repositories: Option<BTreeMap<String, BTreeMap<String, String>>>,
}

/// What the file says, and why it could not be read if that is so.
pub(in crate::engine) fn read(store: &Store, path: &StorePath) -> (Names, Option<ReadError>) {
    let mut names = Names::default();
    let content = match store.read(path, CAP) {
        Ok(content) => content,
        Err(ReadError::Absent) => {
            names.faults.push("it does not exist: no image has a name".to_owned());
            return (names, None);
        }
        Err(error) => {
            names.faults.push(error.to_string());
            return (names, Some(error));
        }
    };
    names.size = Some(content.stat.size);
    if content.truncated {
        names.faults.push(format!("it has more than {CAP} bytes"));
        return (names, None);
    }
    match serde_json::from_slice::<Raw>(&content.bytes) {
        Ok(raw) => names.take(raw),
        Err(error) => names.faults.push(format!("it does not parse: {error}")),
    }
    (names, None)
}

impl Names {
    fn take(&mut self, raw: Raw) {
        for (repository, names) in raw.repositories.unwrap_or_default() {
            for (name, image) in names {
                let rest = name.strip_prefix(&repository).unwrap_or_default();
                let (tag, digest) = if let Some(tag) = rest.strip_prefix(':').filter(|tag| !tag.is_empty()) {
                    (Some(tag.to_owned()), None)
                } else if let Some(digest) = rest.strip_prefix('@') {
                    match Digest::parse(digest.as_bytes()) {
                        Ok(digest) => (None, Some(digest)),
                        Err(error) => {
                            self.faults.push(format!("{name:?}: {error}"));
                            continue;
                        }
                    }
                } else {
                    self.faults.push(format!("{name:?} is no name of the repository {repository:?}"));
                    continue;
                };
                match Digest::parse(image.as_bytes()) {
                    Ok(image) => {
                        let repository = repository.clone();
                        self.names.push(NameOf { repository, name, tag, digest, image });
                    }
                    Err(error) => self.faults.push(format!("{name:?} stands for {image:?}: {error}")),
                }
            }
        }
        self.names.sort_unstable();
    }
}
