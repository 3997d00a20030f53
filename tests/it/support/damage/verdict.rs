//! Compares a report of `verify` with what a damage must lead to.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{Damage, Expected};
use crate::support::listing::listing;
use crate::support::run::{Outcome, verify};
use crate::support::store::Store;

/// Runs `verify` on a damaged store and says all that is wrong with its answer.
///
/// # Errors
/// One line per fault, then the findings.
pub(crate) fn judge(store: &Store, damage: &Damage) -> Result<(), String> {
    let before = listing(store.outside());
    let outcome = verify(store, &damage.args);
    let unchanged = before == listing(store.outside());
    let report = outcome.json();
    let mut faults = faults_of_report(&report, &outcome);
    let findings: Vec<_> = findings(&report)
        .into_iter()
        .filter(|finding| damage.is_note() || finding["severity"] != "note")
        .collect();
    faults.extend(faults_of_findings(&findings, &damage.findings));
    if outcome.status != damage.status() {
        faults.push(format!("exit status is {}, not {}", outcome.status, damage.status()));
    }
    if !unchanged {
        faults.push("something under the root has changed".to_owned());
    }
    if faults.is_empty() {
        return Ok(());
    }
    let findings: Vec<_> = findings.iter().map(ToString::to_string).collect();
    Err(format!("{}\nfindings:\n{}", faults.join("\n"), findings.join("\n")))
}

pub(crate) fn findings(report: &Value) -> Vec<&Value> {
    report["findings"].as_array().expect("findings is a list").iter().collect()
}

/// The findings as `code path`, those of mere notes left out.
pub(crate) fn codes_and_paths(report: &Value) -> Vec<String> {
    let worth = findings(report).into_iter().filter(|finding| finding["severity"] != "note");
    let text = |value: &Value| value.as_str().unwrap_or("null").to_owned();
    worth.map(|finding| format!("{} {}", text(&finding["code"]), text(&finding["path"]))).collect()
}

/// Every expected finding must be there once, and nothing else.
pub(crate) fn faults_of_findings(findings: &[&Value], expected: &[Expected]) -> Vec<String> {
    let mut faults = Vec::new();
    for wanted in expected {
        match findings.iter().filter(|finding| wanted.names(finding)).collect::<Vec<_>>()[..] {
            [finding] => faults.extend(wanted.faults(finding)),
            [] => faults.push(format!("not found: {wanted:?}")),
            _ => faults.push(format!("found more than once: {wanted:?}")),
        }
    }
    let unexpected = findings.iter().filter(|finding| !expected.iter().any(|wanted| wanted.names(finding)));
    faults.extend(unexpected.map(|finding| format!("not expected: {} {}", finding["code"], finding["path"])));
    faults
}

/// What every report must hold, whatever was found.
pub(crate) fn faults_of_report(report: &Value, outcome: &Outcome) -> Vec<String> {
    let mut faults = Vec::new();
    let mut must = |holds: bool, what: &str| {
        if !holds {
            faults.push(what.to_owned());
        }
    };
    must(report["schema"] == "regfs/verify/v1", "schema is not regfs/verify/v1");
    must(report["version"] == env!("CARGO_PKG_VERSION"), "version is not that of the package");
    must(report["root"].is_string(), "root is no text");
    let errors = report["errors"].as_array().expect("errors is a list");
    must(report["partial"] == (outcome.status == 2), "partial and the exit status disagree");
    must(
        errors.is_empty() || outcome.status == 2,
        "something could not be read, yet the exit status is not 2",
    );
    let findings = findings(report);
    for (member, severity) in [("errors", "error"), ("warnings", "warning"), ("notes", "note")] {
        let count = findings.iter().filter(|finding| finding["severity"] == severity).count();
        must(report["summary"][member] == count, &format!("summary.{member} is not {count}"));
    }
    let affected: BTreeSet<_> = findings
        .iter()
        .flat_map(|finding| finding["affects"].as_array().into_iter().flatten())
        .map(Value::to_string)
        .collect();
    must(report["summary"]["affected_tags"] == affected.len(), "summary.affected_tags is not the union");
    for finding in findings {
        let path = finding["path"].as_str().unwrap_or_default();
        must(!path.starts_with('/'), "a path is not relative to v2");
    }
    faults
}
