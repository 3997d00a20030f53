//! The containers' own layers.

use super::{Checker, Fault, finding, small};
use crate::engine::{Driver, Mount};
use crate::finding::Code;
use crate::path::StorePath;

impl Checker<'_> {
    pub(super) fn mounts(&mut self, driver: &Driver) {
        for (id, mount) in &driver.mounts {
            for mut fault in self.mount(driver, mount) {
                fault.finding.detail =
                    format!("container {}: {}", self.engine.container(id), fault.finding.detail);
                self.fault(fault);
            }
        }
        for (id, container) in &self.engine.containers {
            if container.driver != Some(driver.name()) || driver.mounts.contains_key(id) {
                continue;
            }
            let detail =
                format!("container {}: the engine has no layer of its own for it", self.engine.container(id));
            let path = driver.path.join("layerdb/mounts").join(id);
            let claim = StorePath::from("containers").join(id).join("config.v2.json");
            self.absent(finding(Code::MountDangling, path, detail), &claim);
        }
    }

    fn mount(&self, driver: &Driver, mount: &Mount) -> Vec<Fault> {
        let code = Code::MountDangling;
        let needed = Some("the file is not there: the container's own files are lost to the engine");
        let file = |name: &str| mount.path.join(name);
        let mut faults = vec![
            small(code, file("mount-id"), &mount.mount_id, needed),
            small(code, file("init-id"), &mount.init_id, None),
            small(code, file("parent"), &mount.parent, None),
        ];
        for (name, field, whose) in [
            ("mount-id", &mount.mount_id, "the container's own files"),
            ("init-id", &mount.init_id, "what the engine put into the container"),
        ] {
            if let (Some(id), Some(graph)) = (field.get(), driver.graph) {
                let detail = format!("the directory of {whose} is not there");
                faults.push(self.directory(code, graph.directory(id), file(name), &detail));
            }
        }
        faults.into_iter().flatten().collect()
    }
}
