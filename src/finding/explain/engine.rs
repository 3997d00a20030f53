//! What can be wrong with a Docker engine's store. "The engine" is moby: what it does was read in its `image`, `layer`
//! and `reference` packages, and seen by running 20.10.

use super::Explanation;

pub(super) const NAMES_MALFORMED: Explanation = Explanation {
    title: "The file of image names cannot be read as one",
    meaning: "`image/<driver>/repositories.json` maps names to image ids. It is missing, does not parse, or holds \
        a name or an id that is none. Without it every image is without a name, though all of them are there.",
    cause: "A full disk or a crash: the engine writes the file anew at each pull, tag and removal. Or an edit by hand.",
    remedy: "Stop the engine first: it keeps the names in memory, and overwrites the file. Then restore it from a \
        backup, or move it away and start: `docker images -a` lists the images by id, and `docker tag` names them \
        again.\n\nDo not run `docker image prune` before that: it deletes what has no name.",
    registry: "It starts without names, or refuses to start where the file does not parse.",
};

pub(super) const NAME_DANGLING: Explanation = Explanation {
    title: "A name stands for an image that is not there",
    meaning: "`repositories.json` names an image id for which there is no `imagedb/content/sha256/<id>`.",
    cause: "A removal that was interrupted, or a restore that brought back the names without the images.",
    remedy: "Pull the image again: that writes its config anew, and takes over the layers that are still there.",
    registry: "It shows no such image, and lets the name stand until it is pulled or tagged again.",
};

pub(super) const IMAGE_ALTERED: Explanation = Explanation {
    title: "An image's config does not hash to the image id",
    meaning: "The file `imagedb/content/sha256/<id>` is not what its name says, so that neither its command nor its \
        list of layers can be believed. What it names is not looked at.",
    cause: "A failing disk or file system, a crash with a full disk, or a change by hand.",
    remedy: "Stop the engine, move the file away, start the engine and pull the image again. If a registry's storage \
        or an image layout is at hand, `regfs cat` writes the config out: a good copy has this id as its hash.",
    registry: "It leaves the image out at its start, with `not restoring image` in the log: `docker images` does not \
        show it any more, and its layers stay on disk.",
};

pub(super) const IMAGE_MALFORMED: Explanation = Explanation {
    title: "An image's config hashes to its id and says nothing",
    meaning: "The file is as it was written, but it is no image config: it does not parse, or an entry of \
        `rootfs.diff_ids` is no digest. As a warning: `imagedb/metadata/sha256/<id>/parent`, which says what the image was \
        built on, holds no digest.",
    cause: "Something else than an engine wrote it, or an engine with a defect.",
    remedy: "Remove the image by its id, and pull or build it again.",
    registry: "It leaves out at its start whatever it cannot parse.",
};

pub(super) const LAYER_MISSING: Explanation = Explanation {
    title: "A layer that something needs is not in the layer store",
    meaning: "An image's `diff_ids`, another layer or a container leads to a ChainID for which there is no directory \
        below `layerdb/sha256`. There is one finding for each such ChainID.",
    cause: "A removal that was interrupted, a restore that was cut short, or a directory deleted by hand to free space.",
    remedy: "Pull the image again after removing it (`docker rmi`), which brings the layer back. A container that \
        needs the layer cannot be started; its own files are still below the directory that its `mount-id` names.",
    registry: "It leaves out images and containers of which a layer is missing.",
};

pub(super) const LAYER_MALFORMED: Explanation = Explanation {
    title: "A file of a layer is missing or does not hold what it must",
    meaning: "In `layerdb/sha256/<ChainID>/`, `diff` and `parent` hold a digest, `cache-id` the name of a directory, \
        `size` a number; `tar-split.json.gz` is needed to push, save or check the layer. A `cache-id` that leads to \
        another place than the driver's directory is no name. As a warning, with `--deep`: `size` holds another number than \
        the bytes of the layer's files, by either of the ways in which drivers count them.",
    cause: "A crash or a full disk while the layer was registered, or a change by hand.",
    remedy: "`diff` and `parent` follow from the image's config: regfs resolve shows what they should be. A \
        `tar-split.json.gz` cannot be made again: remove the image and pull it.",
    registry: "It leaves out a layer of which it cannot read `diff`, `cache-id` or `size`, and every image on top of it. \
        Without `tar-split.json.gz` the layer runs, but cannot be pushed.",
};

pub(super) const LAYER_MISMATCH: Explanation = Explanation {
    title: "A layer's directory has another name than its parent and content give it",
    meaning: "The ChainID is the hash of the parent's ChainID and the layer's DiffID. Here `parent` and `diff` give \
        another than the directory is called: one of the three is wrong, or `parent` is gone. Layers that are each \
        other's parents are found by this too.",
    cause: "A changed or lost file in the layer's directory, or a restore that mixed two stores.",
    remedy: "See which of them regfs resolve expects for an image that needs the layer, and write that without a \
        newline: `printf %s sha256:<hex> > parent`.",
    registry: "It does not check: it goes by `parent`, so that a container may start on the wrong files.",
};

pub(super) const LAYER_DIRECTORY_MISSING: Explanation = Explanation {
    title: "The directory that holds a layer's files is not there",
    meaning: "`cache-id` names a directory of the driver (`overlay2/<cache-id>/diff`, `vfs/dir/<cache-id>`), and there is \
        none. Every image on top of the layer lacks those files.",
    cause: "Somebody freed space below `overlay2`, or a restore left the directory out.",
    remedy: "Remove the images that need the layer and pull them again: a pull alone sees the layer in the layer store \
        and does not fetch it.",
    registry: "It does not notice at its start; a container cannot be mounted: `no such file or directory`.",
};

pub(super) const LAYER_CONTENT_MISMATCH: Explanation = Explanation {
    title: "A layer's files are not what was pulled",
    meaning: "(`--deep`) The tar archive put together from `tar-split.json.gz` and the files of the layer's directory does \
        not hash to its DiffID: a file was changed, is missing or has another length, or `tar-split.json.gz` is damaged.",
    cause: "A failing disk, or somebody who wrote below `overlay2` or `vfs` by hand. What a container changes goes to \
        its own directory, and never here.",
    remedy: "Remove the images that need the layer and pull them again. Whether other layers of the disk are hurt too, \
        the rest of the report says.",
    registry: "It never looks: containers run with the changed files. A push or a save fails where a length differs.",
};

pub(super) const MOUNT_DANGLING: Explanation = Explanation {
    title: "A container's own layer cannot be found",
    meaning: "`layerdb/mounts/<container id>/` names the directory of what the container changed (`mount-id`), that of what \
        the engine put into it (`init-id`), and the layer below. A file is missing or holds no name, a directory is not there, \
        or there is no such record of a container that `containers/` has.",
    cause: "A removal that was interrupted, or a directory deleted by hand.",
    remedy: "What the container changed is lost if the directory is gone. Remove the container (`docker rm`), and make it \
        anew.",
    registry: "It cannot start the container, and says so only then.",
};

pub(super) const DISTRIBUTION_MISMATCH: Explanation = Explanation {
    title: "Two records of where a layer came from contradict each other",
    meaning: "`v2metadata-by-diffid` says which registries' blobs unpack to a layer, `diffid-by-digest` which layer a blob \
        unpacks to. They do not agree, or a file of either does not parse. Files about layers that are gone are looked at too: \
        the engine keeps them.",
    cause: "A crash between the two writes, or a restore that mixed two stores.",
    remedy: "Nothing needs them to run an image. With the engine stopped, the file at fault can be removed: the engine \
        fills it again at the next pull or push.",
    registry: "It trusts `diffid-by-digest` at a pull: a wrong entry makes it take a layer that is not the one asked for, \
        which then fails its checksum.",
};

pub(super) const LAYER_LEFTOVER: Explanation = Explanation {
    title: "A layer's removal or registration was not finished",
    meaning: "A directory `<ChainID>-…-removing`, or one below `layerdb/tmp`: nothing refers to it.",
    cause: "The engine was killed or the host went down meanwhile. A pull that is under way has such a directory too.",
    remedy: "Newer engines remove what ends in `-removing` at their next start. With the engine stopped, both may be \
        removed, together with the driver's directory that their `cache-id` names: regfs orphans lists them with sizes.",
    registry: "20.10 removes layers that it finds half removed when it starts; it never looks into `layerdb/tmp`.",
};
