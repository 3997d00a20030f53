//! 150 stores, sound and damaged, with what both programs answered in both modes.

use std::collections::BTreeMap;

use serde_json::Value;

use super::store::{Answer, Walked, assert_aborts_so, write};
use crate::registry::collector::Mode;
use crate::registry::inventory::Depth;

const TRUTH: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/data/gc-truth.jsonl");

fn strings(value: &Value) -> Vec<String> {
    value.as_array().unwrap().iter().map(|item| item.as_str().unwrap().to_owned()).collect()
}

fn pairs(value: &Value) -> Vec<(Option<String>, String)> {
    let pair = |pair: &Value| (pair[0].as_str().map(str::to_owned), pair[1].as_str().unwrap().to_owned());
    value.as_array().unwrap().iter().map(pair).collect()
}

/// The recorded answer, or the recorded error.
fn recorded(outcome: &Value) -> Result<Answer, String> {
    if outcome["rc"] != 0 {
        return Err(outcome["error"].as_str().unwrap_or_default().to_owned());
    }
    let mut answer = Answer {
        blobs: strings(&outcome["blobs"]),
        manifests: pairs(&outcome["manifests"]),
        layer_links: pairs(&outcome["layer_links"])
            .into_iter()
            .map(|(name, digest)| (name.unwrap(), digest))
            .collect(),
    };
    answer.sort();
    Ok(answer)
}

#[test]
fn every_recorded_answer_is_given_again() {
    let truth = std::fs::read_to_string(TRUTH).unwrap();
    let mut compared = 0;
    for line in truth.lines() {
        let case: Value = serde_json::from_str(line).unwrap();
        let root = tempfile::tempdir().unwrap();
        let files: BTreeMap<String, Vec<u8>> = case["files"]
            .as_object()
            .unwrap()
            .iter()
            .map(|(path, text)| (path.clone(), text.as_str().unwrap().as_bytes().to_vec()))
            .collect();
        write(root.path(), &files, &strings(&case["dirs"]));
        let walked = Walked::new(root.path(), Depth::Full);
        for mode in Mode::ALL {
            let name = format!("{} in mode {}", case["name"], mode.name());
            match (walked.answer(mode), recorded(&case["outcomes"][mode.name()])) {
                (Ok(ours), Ok(theirs)) => assert_eq!(ours, theirs, "{name}"),
                (Err(_), Err(theirs)) => assert_aborts_so(&walked, mode, &theirs, &name),
                (ours, theirs) => panic!("{name}: {ours:?}, but recorded {theirs:?}"),
            }
            compared += 1;
        }
    }
    assert_eq!(compared, 600);
}
