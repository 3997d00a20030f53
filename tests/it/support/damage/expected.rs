//! A finding as the contract fixes it: what the contract leaves open is not compared.

use serde_json::{Value, json};

#[derive(Clone, Debug)]
pub(crate) struct Expected {
    pub(crate) code: &'static str,
    pub(crate) severity: &'static str,
    /// The paths that the contract allows: one, but for a doubt.
    pub(crate) paths: Vec<String>,
    pins: Vec<(&'static str, Value)>,
    detail: Option<&'static str>,
}

impl Expected {
    fn new(code: &'static str, severity: &'static str, path: impl Into<String>) -> Self {
        Self { code, severity, paths: vec![path.into()], pins: Vec::new(), detail: None }
    }

    pub(crate) fn error(code: &'static str, path: impl Into<String>) -> Self {
        Self::new(code, "error", path)
    }

    pub(crate) fn warning(code: &'static str, path: impl Into<String>) -> Self {
        Self::new(code, "warning", path)
    }

    pub(crate) fn note(code: &'static str, path: impl Into<String>) -> Self {
        Self::new(code, "note", path)
    }

    pub(crate) fn or_path(mut self, path: impl Into<String>) -> Self {
        self.paths.push(path.into());
        self
    }

    pub(crate) fn pin(mut self, member: &'static str, value: impl Into<Value>) -> Self {
        self.pins.push((member, value.into()));
        self
    }

    pub(crate) fn of(self, repository: &str) -> Self {
        self.pin("repository", repository)
    }

    pub(crate) fn of_tag(self, repository: &str, tag: &str) -> Self {
        self.of(repository).pin("tag", tag)
    }

    pub(crate) fn of_no_repository(self) -> Self {
        self.pin("repository", Value::Null).pin("tag", Value::Null)
    }

    pub(crate) fn digest(self, digest: &str) -> Self {
        self.pin("digest", digest)
    }

    pub(crate) fn affects(self, tags: Vec<String>) -> Self {
        self.pin("affects", tags)
    }

    pub(crate) fn affects_tag(self, repository: &str, tag: &str) -> Self {
        self.affects(vec![format!("{repository}:{tag}")])
    }

    pub(crate) fn affects_nothing(self) -> Self {
        self.pin("affects", json!([]))
    }

    pub(crate) fn blocks(self, collectors: &[&str]) -> Self {
        self.pin("blocks_gc", collectors.to_vec())
    }

    /// The collectors that stop at this, if that is known.
    pub(crate) fn blocked(&self) -> Option<Vec<String>> {
        let (_, collectors) = self.pins.iter().find(|(member, _)| *member == "blocks_gc")?;
        serde_json::from_value(collectors.clone()).ok()
    }

    pub(crate) fn detail_begins(mut self, word: &'static str) -> Self {
        self.detail = Some(word);
        self
    }

    /// Whether `finding` is the one meant, whatever the rest of it says.
    pub(crate) fn names(&self, finding: &Value) -> bool {
        finding["code"] == self.code && self.paths.iter().any(|path| finding["path"] == **path)
    }

    /// What of `finding` is not as it must be, a sentence each.
    pub(crate) fn faults(&self, finding: &Value) -> Vec<String> {
        let severity = ("severity", json!(self.severity));
        let mut faults: Vec<_> = std::iter::once(&severity)
            .chain(&self.pins)
            .filter(|(member, value)| finding[*member] != *value)
            .map(|(member, value)| format!("{}: {member} is {}, not {value}", self.code, finding[*member]))
            .collect();
        let detail = finding["detail"].as_str().unwrap_or_default();
        if detail.is_empty() || detail.contains('\n') {
            faults.push(format!("{}: detail is not one line: {detail:?}", self.code));
        }
        if let Some(word) = self.detail.filter(|word| !detail.starts_with(word)) {
            faults.push(format!("{}: detail does not begin with {word}: {detail:?}", self.code));
        }
        for member in ["affects", "referenced_by", "blocks_gc"] {
            if !finding[member].is_array() {
                faults.push(format!("{}: {member} is no list", self.code));
            }
        }
        for member in ["repository", "tag", "digest"] {
            if finding.get(member).is_none() {
                faults.push(format!("{}: {member} is absent, not null", self.code));
            }
        }
        faults
    }
}
