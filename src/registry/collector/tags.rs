//! Which manifests of a repository have a tag: `All` and `Lookup` of `registry/storage/tagstore.go`.

use std::collections::HashSet;

use super::Run;
use super::lookup::{Standing, is_readable, oddities_below, parse_error, standing};
use super::run::Fault;
use crate::path::StorePath;
use crate::registry::inventory::{DigestId, LinkContent, Odd, Opaque, Repository, TagDir};
use crate::registry::layout;
use crate::store::FileKind;

/// What the tags of a repository point to.
pub(super) struct Tags {
    /// Whether there is no `tags/`.
    pub(super) absent: bool,
    current: HashSet<DigestId>,
}

impl Tags {
    pub(super) fn point_to(&self, digest: DigestId) -> bool {
        self.current.contains(&digest)
    }
}

impl Run<'_> {
    /// The tags of a repository, and at what the collector gives up that looks at them. The program does so for each
    /// manifest again, and 2.x in the order in which the system lists them.
    pub(super) fn tags(&self, repository: &Repository) -> (Tags, Vec<Fault>) {
        let dir = repository.path.join("_manifests/tags");
        let standing = standing(self.inventory, repository.has.tags, &dir);
        let mut tags = Tags { absent: standing == Standing::Absent, current: HashSet::new() };
        let mut faults = Vec::new();
        if standing == Standing::File {
            let Fault { path, reason } = Fault::not_listed(&self.nearest(&dir), &dir);
            faults.push(Fault { path, reason: format!("filesystem: {reason}") });
        }
        for tag in &repository.tags {
            match self.tag(repository, tag) {
                Ok(digest) => tags.current.extend(digest),
                Err(fault) => faults.push(fault),
            }
        }
        faults.extend(self.strays_among_tags(&dir));
        faults.sort_by(|a, b| a.path.cmp(&b.path));
        (tags, faults)
    }

    fn tag(&self, repository: &Repository, tag: &TagDir) -> Result<Option<DigestId>, Fault> {
        let path = layout::tag_current(&repository.path, &tag.name);
        match tag.current {
            _ if !is_readable(&path) => {
                Err(Fault::invalid_path(layout::tag(&repository.path, &tag.name), &path))
            }
            Some(LinkContent::Names(digest)) => Ok(Some(digest)),
            Some(content) => Err(Fault::new(path, parse_error(self.inventory, content))),
            None => self.no_obstacle(&path, "open").map(|()| None),
        }
    }

    /// What is listed as a tag and is no directory.
    fn strays_among_tags(&self, dir: &StorePath) -> Vec<Fault> {
        let is_in_dir = |path: &StorePath| path.parent().as_ref() == Some(dir);
        let files = oddities_below(self.inventory, dir).iter().filter_map(|oddity| {
            matches!(oddity.what, Odd::Stray(FileKind::File) | Odd::Temporary)
                .then_some((&oddity.path, false))
        });
        let others = self.inventory.opaque.range(dir.clone()..).map_while(|(path, why)| {
            let is_link = matches!(
                why,
                Opaque::NotRegular(FileKind::Symlink | FileKind::Unknown) | Opaque::Unreadable(_)
            );
            path.as_bytes().starts_with(dir.as_bytes()).then_some((path, is_link))
        });
        let strays = files.chain(others).filter(|(path, _)| is_in_dir(path));
        let fault = |(path, may_be_directory): (&StorePath, bool)| {
            let link = path.join("current/link");
            match may_be_directory {
                _ if !is_readable(path) => Some(Fault::invalid_path(path.clone(), &link)),
                true => None,
                false => Some(Fault::system(path.clone(), "filesystem: open", &link, "not a directory")),
            }
        };
        strays.filter_map(fault).collect()
    }
}
