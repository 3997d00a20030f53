//! The notes: residue that a registry leaves in normal working.

use super::Explanation;

pub(super) const EMPTY_DIRECTORY: Explanation = Explanation {
    title: "A directory is empty",
    meaning: "A directory of the layout with nothing in it. It costs an inode and no more.",
    cause: "Deletions: the API removes only the `link` of a manifest or blob and leaves its directory; \
        so does garbage-collect 3.x with layer links. When a blob is swept, the directory of its first \
        two digits stays.",
    remedy: "Nothing needs doing. If the inodes matter, stop the registry and remove empty directories \
        below `blobs/` and empty digest directories below `_layers` and `revisions`. Leave `_layers`, \
        `revisions` and `tags` themselves: collectors treat a repository without them as another kind of \
        thing.",
    registry: "The registry looks for files, so it passes over an empty directory. garbage-collect 2.8 \
        and 3.x ignore empty digest directories and do not remove them.",
};

pub(super) const TEMPORARY_FILE: Explanation = Explanation {
    title: "A temporary file was left beside its target",
    meaning: "A file such as `link.<uuid>.tmp` or `data.<uuid>.tmp`: what a registry writes before it \
        renames it to its real name. Nothing reads it afterwards.",
    cause: "Registry 3.1.0 or later crashed, or was killed, between write and rename. On a running \
        registry it may be a write under way.",
    remedy: "Remove those that are older than the registry's last start: `find . -name '*.tmp' -mtime \
        +1`, look, then the same with `-delete`. The target is absent or still the old one, unless the \
        write was repeated.",
    registry: "Up to 3.0.0 files were written in place, which left empty links instead. garbage-collect \
        2.8 and 3.x ignore these files.",
};

pub(super) const BLOB_WITHOUT_DATA: Explanation = Explanation {
    title: "A blob's directory has no data",
    meaning: "`blobs/<algorithm>/<hh>/<hex>` is there, the file `data` in it is not. To the registry the \
        blob does not exist. Where something needs it, that is reported separately, as an error.",
    cause: "A deletion that stopped between the file and its directory.",
    remedy: "Nothing needs doing. A push of that blob fills the directory again. To tidy up, stop the \
        registry and remove the directory with `rmdir`, which refuses if something came to be in it.",
    registry: "A pull of the digest answers 404. garbage-collect 2.8 and 3.x look for `data` files, and \
        do not see it.",
};

pub(super) const TAG_INDEX_DANGLING: Explanation = Explanation {
    title: "A tag's history names a revision that is gone",
    meaning: "A tag's `index/` holds one entry for each manifest that the tag ever pointed to. This one \
        leads to a manifest that the repository no longer has. The tag itself is not affected.",
    cause: "A manifest was deleted by digest. The registry leaves it in the history of the tags that \
        once pointed to it.",
    remedy: "Nothing needs doing. To tidy up, stop the registry and remove the entry's directory, \
        `index/<algorithm>/<hex>`.",
    registry: "The registry does not resolve tags by their index. garbage-collect 2.8 and 3.x remove \
        such entries only for the manifests which they themselves delete under `--delete-untagged`.",
};

pub(super) const LAYER_LINK_DANGLING: Explanation = Explanation {
    title: "A layer link leads to a blob that is gone",
    meaning: "`_layers/<algorithm>/<hex>/link` is there, its blob is not, and no manifest that was read \
        needs it here. It is a leftover of images that were deleted.",
    cause: "garbage-collect 2.x, every time: it sweeps blobs and never removes a layer link. In a \
        pull-through cache, blobs that expired.",
    remedy: "Nothing needs doing: a client is told that the blob is absent and uploads it. To tidy up, \
        stop the registry and remove the digest directory below `_layers`.",
    registry: "A pull of the digest answers 404.\n\n\
        No version cleans these up: 2.8 does not look at layer links, and 3.x silently skips a link \
        whose blob is absent.",
};

pub(super) const SUBJECT_MISSING: Explanation = Explanation {
    title: "The image that a signature or SBOM belongs to is not here",
    meaning: "A manifest names a `subject` that this repository does not have. The manifest itself is \
        whole, but what it speaks of is elsewhere or gone.",
    cause: "The image was deleted and its referrers were not, or the referrers were copied or pushed \
        without the image.",
    remedy: "If the image should be here, push it: the referrer then finds it by its digest. Otherwise \
        delete the referrer's manifest, and the next garbage collection frees its blobs.",
    registry: "distribution ignores `subject`: it neither asks for it at a push nor follows it. So \
        garbage-collect 2.8 and 3.x keep the manifest while its revision is linked; with \
        `--delete-untagged` they delete it if no tag points to it, whether or not the subject is there.",
};

pub(super) const REPOSITORY_EMPTY: Explanation = Explanation {
    title: "A repository has no manifest",
    meaning: "There is no revision in it: only layer links, only uploads, or nothing but directories. \
        Nothing can be pulled from it by tag or manifest digest.",
    cause: "All its images were deleted. Or a push is under way or was broken off: layers are sent \
        before the manifest that needs them.",
    remedy: "Nothing needs doing. If no push is under way, the repository's `_layers`, `_manifests` and \
        `_uploads` may be removed; take care, a repository may hold others below it (`team` and \
        `team/app`).",
    registry: "garbage-collect 2.8 and 3.x never remove a repository. Both sweep the blobs that only \
        layer links hold, so a push that runs during a collection can lose its layers. A repository with \
        nothing but uploads is in no catalog and not visited by a collection.",
};

pub(super) const CHANGED_DURING_SCAN: Explanation = Explanation {
    title: "A file changed while it was looked at",
    meaning: "A file came, went or changed between the moment it was listed and the moment it was read. \
        What regfs says about it may be out of date, so it is not called damage.",
    cause: "A registry that is in use: a push, a deletion, a purge of uploads or a garbage collection \
        ran meanwhile.",
    remedy: "Run again at a quiet time, or with the registry read-only, or on a snapshot of the file \
        system. Verify a single image with `regfs verify REPO:TAG`: a short look meets fewer changes.",
    registry: "A push writes blob, revision link, index entry and `current/link` in this order, so in \
        between each may be there without the next. A garbage collection takes no lock.",
};
