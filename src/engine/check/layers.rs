//! The layers: each by itself, and those that are not there.

use std::collections::BTreeMap;

use super::{Checker, finding, of_layer, small};
use crate::digest::Digest;
use crate::engine::{Driver, Field, Layer, above};
use crate::finding::Code;

impl Checker<'_> {
    pub(super) fn layer(&mut self, driver: &Driver, chain: Digest, layer: &Layer) {
        let needed = Some("the file is not there");
        let without_tar_split = Some("without it the layer cannot be pushed, saved or checked");
        let file = |name: &str| layer.path.join(name);
        let code = Code::LayerMalformed;
        let mut faults = vec![
            small(code, file("diff"), &layer.diff, needed),
            small(code, file("parent"), &layer.parent, None),
            small(code, file("cache-id"), &layer.cache_id, needed),
            small(code, file("size"), &layer.size, needed),
            small(code, file("tar-split.json.gz"), &layer.tar_split, without_tar_split),
        ];
        if let (Some(cache_id), Some(graph)) = (layer.cache_id.get(), driver.graph) {
            let detail = "the directory that holds the layer's files is not there";
            let code = Code::LayerDirectoryMissing;
            faults.push(self.directory(code, graph.files(cache_id), file("cache-id"), detail));
        }
        for mut fault in faults.into_iter().flatten() {
            fault.finding = of_layer(driver, chain, fault.finding);
            self.fault(fault);
        }
        let parent = match &layer.parent {
            Field::Is(parent) => Some(*parent),
            Field::Absent => None,
            Field::Bad(_) | Field::Unread(_) => return,
        };
        let Some(diff) = layer.diff.get() else { return };
        let computed = above(parent, *diff);
        if computed != chain {
            let below = parent.map_or_else(|| "nothing".to_owned(), |parent| parent.to_string());
            let detail = format!("{diff} on top of {below} is the layer {computed}");
            let found = finding(Code::LayerMismatch, layer.path.clone(), detail);
            self.found(of_layer(driver, chain, found));
        }
    }

    /// ChainIDs that an image, another layer or a container names, and that are no layer: one finding each.
    pub(super) fn missing_layers(&mut self, driver: &Driver) {
        let mut missing = driver.missing();
        if self.only.is_some() {
            missing.retain(|chain, _| driver.users(*chain).iter().any(|id| self.is_wanted(*id)));
        }
        let mut containers: BTreeMap<Digest, Vec<String>> = BTreeMap::new();
        for (id, mount) in &driver.mounts {
            if let Some(parent) = mount.parent.get() {
                containers.entry(*parent).or_default().push(self.engine.container(id));
            }
        }
        for (chain, claim) in missing {
            let mut detail = format!("there is no layer {chain}");
            if let Some(containers) = containers.get(&chain) {
                detail = format!("{detail}, on which the container {} stands", containers.join(", "));
            }
            let found = finding(Code::LayerMissing, driver.layer_path(chain), detail);
            self.absent(of_layer(driver, chain, found), &claim);
        }
    }
}
