//! How well what an image needs is there: what could not be read is neither missing nor malformed.

use crate::digest::Digest;
use crate::engine::{Driver, Engine, Field, Layer, above};
use crate::path::{StorePath, text_of};
use crate::registry::look::{Look, State};
use crate::store::{FileKind, ReadError, Store};

/// What to look at, and what is known of it.
#[derive(Clone, Copy)]
pub(in crate::commands) struct Looking<'a> {
    pub(in crate::commands) store: &'a Store,
    pub(in crate::commands) engine: &'a Engine,
}

impl Looking<'_> {
    /// Something that the walk did not read, at its place.
    pub(in crate::commands) fn at(self, path: &StorePath, wanted: FileKind) -> Look {
        if let Some(error) = self.engine.obstacle(path) {
            return unread(error, error.to_string());
        }
        match self.store.stat(path) {
            Ok(stat) if stat.kind == wanted => Look { size: Some(stat.size), ..Look::FINE },
            Ok(stat) => bad(State::NotRegular, Some(format!("it is {}", stat.kind.with_article()))),
            Err(ReadError::Absent) => bad(State::Missing, None),
            Err(ReadError::NotRegular(kind)) => {
                bad(State::NotRegular, Some(format!("behind {}", kind.with_article())))
            }
            Err(error) => unread(&error, error.to_string()),
        }
    }

    /// A layer, held against what an image needs of it.
    pub(in crate::commands) fn layer(
        self,
        driver: &Driver,
        chain: Digest,
        diff: Option<Digest>,
        parent: Option<Digest>,
    ) -> Look {
        let Some(layer) = driver.layers.get(&chain) else {
            return self.at(&driver.layer_path(chain), FileKind::Directory);
        };
        let mut look = Look { size: layer.size.get().copied(), ..Look::FINE };
        judge(&mut look, chain, layer, diff, parent);
        for (path, error) in layer.unread() {
            let detail = if path == layer.path {
                error.to_string()
            } else {
                format!("{}: {error}", text_of(path.name()))
            };
            let unread = unread(&error, detail);
            look.worsen(unread.state, unread.detail);
        }
        look
    }
}

fn bad(state: State, detail: Option<String>) -> Look {
    Look { state, detail, ..Look::FINE }
}

fn unread(error: &ReadError, detail: String) -> Look {
    let state = match error {
        ReadError::NotRegular(_) => State::NotRegular,
        _ => State::Unreadable,
    };
    bad(state, Some(detail))
}

/// Holds a layer's files against what the image needs of them, and against the layer's name.
fn judge(look: &mut Look, chain: Digest, layer: &Layer, diff: Option<Digest>, parent: Option<Digest>) {
    let mut bad = |file: &str, why: String| look.worsen(State::Malformed, Some(format!("{file}: {why}")));
    match (&layer.diff, diff) {
        (Field::Is(own), Some(wanted)) if *own != wanted => bad("diff", format!("it holds {own}")),
        _ => needed("diff", &layer.diff, &mut bad),
    }
    match (&layer.parent, parent) {
        (Field::Is(own), Some(wanted)) if *own != wanted => bad("parent", format!("it holds {own}")),
        (Field::Is(own), None) => bad("parent", format!("it holds {own}, and the layer is the lowest")),
        (Field::Absent, Some(wanted)) => bad("parent", format!("it is not there, and should hold {wanted}")),
        (Field::Absent, None) => {}
        _ => needed("parent", &layer.parent, &mut bad),
    }
    needed("cache-id", &layer.cache_id, &mut bad);
    needed("size", &layer.size, &mut bad);
    needed("tar-split.json.gz", &layer.tar_split, &mut bad);
    // Asked for by an id of its own, it was held against itself.
    if let Some(diff) = diff
        && matches!(layer.parent, Field::Is(_) | Field::Absent)
        && above(parent, diff) != chain
    {
        bad("diff, parent", format!("they make the layer {}, and this is {chain}", above(parent, diff)));
    }
}

/// What is wrong with a file that must be there.
fn needed<T>(name: &str, field: &Field<T>, bad: &mut impl FnMut(&str, String)) {
    match field {
        Field::Absent => bad(name, "it is not there".into()),
        Field::Bad(why) => bad(name, why.clone()),
        // What could not be read is told by itself.
        Field::Is(_) | Field::Unread(_) => {}
    }
}
