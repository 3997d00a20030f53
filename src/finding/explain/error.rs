//! The errors: a registry would fail to serve it, bytes are not what they claim to be, or nobody can vouch for it.

use super::Explanation;

pub(super) const BLOB_DIGEST_MISMATCH: Explanation = Explanation {
    title: "A blob's bytes do not hash to its name",
    meaning: "The file `blobs/<algorithm>/<hh>/<hex>/data` is not what its path says. `empty` has no \
        bytes at all, `truncated` is shorter than a descriptor says, `altered` has other bytes. Every \
        image that uses the blob is damaged, in all repositories at once, because the store keeps each \
        blob once.",
    cause: "A failing disk or file system, a restore or copy that was cut short, or a change by hand. \
        Manifests besides: 2.x and 3.0.0 write them in place, so a crash or a full disk leaves an empty \
        or partial one; 3.1.0 and later write a temporary file and rename it. Layers are renamed into \
        place in all versions.",
    remedy: "A push alone does not repair it: the registry sees that the path exists and keeps what is \
        there. The bad `data` has to go first.\n\n\
        With a good copy at hand (a replica, a backup: `regfs verify --donor ROOT` says whether it is good, \
        and prints the commands): stop the registry or make it read-only, put the copy in place of `data`, keep the owner and mode of its neighbours.\n\n\
        Without one: note the affected tags, move the bad `data` out of the store, restart the registry \
        (and flush Redis if it caches descriptors there, else a cached one still says that the blob is \
        present), then push one of the images again. Keep the bad file until that has worked, and do not \
        run garbage-collect in between: where a manifest is missing, its config and layers are swept. \
        Then look at the disk.",
    registry: "The registry never hashes what it has stored. An altered layer is served with 200 and the \
        wrong bytes, an altered manifest with 200 and its old Docker-Content-Digest; only a client that \
        checks digests notices.\n\n\
        garbage-collect 2.8 and 3.x do not notice an altered layer. Both abort on a manifest that is \
        empty or no longer JSON.",
};

pub(super) const BLOB_MISPLACED: Explanation = Explanation {
    title: "A blob lies where no look-up goes",
    meaning: "A `data` file below `blobs/` is not at `<algorithm>/<first two hex>/<hex>/data`, or a \
        digest directory lies under the wrong first two digits. The registry computes the path from the \
        digest, so this file is invisible to pulls and only takes up space.",
    cause: "The registry never writes such a path. A restore, a synchronisation or a repair by hand did.",
    remedy: "Hash the file: `sha256sum data`. If `blobs/sha256/<hh>/<hex>/data` for that digest is \
        absent, stop the registry and move the file there. If the blob is already in its place, move \
        this one out of the store. Do it before the next garbage collection.",
    registry: "A pull of the digest answers 404 unless the blob is also in its proper place.\n\n\
        garbage-collect 2.8 and 3.x take a digest from the path of every file called `data` and abort on \
        one they cannot parse: `invalid checksum digest length` for a `data` directly below the two \
        digits, `unsupported digest algorithm` for a blob under the wrong two digits.",
};

pub(super) const LINK_EMPTY: Explanation = Explanation {
    title: "A link file is empty",
    meaning: "A link holds the digest that it leads to; this one has zero bytes. An empty `current/link` \
        makes the tag unusable, an empty revision or layer link what its directory names. A link below a \
        tag's `index/` is history only: it hurts no tag.",
    cause: "Up to 3.0.0 the registry opens the link itself, truncates it and then writes: a crash or a \
        full disk in between leaves it empty. 3.1.0 and later write a temporary file and rename it.",
    remedy: "A revision link, a layer link below `_layers/sha256` and an entry of a tag's index hold the \
        digest of their own directory. If that blob is in the store and hashes to its name, write it \
        without a newline: `printf %s sha256:<hex> > link`. A layer link below `_layers/sha512` holds \
        the sha256 digest of the same bytes.\n\n\
        For `current/link` push the tag again, which writes the link afresh, or see what `regfs resolve \
        REPO:TAG` offers from the tag's index and write the digest that is right. The index has no \
        order, so that choice is yours.\n\n\
        Do not run garbage-collect before the link is back. Deleting an empty revision link gets rid of \
        its abort, but the manifest then counts as unused and is swept.",
    registry: "A pull by tag with an empty `current/link` answers 500 UNKNOWN; 3.x adds `invalid \
        checksum digest format`.\n\n\
        garbage-collect 2.8 and 3.x abort on an empty revision link. An empty layer link is ignored by \
        2.8 and aborts 3.x. An empty `current/link` aborts both with `--delete-untagged`, and neither \
        without.",
};

pub(super) const LINK_MALFORMED: Explanation = Explanation {
    title: "A link file does not hold exactly a digest",
    meaning: "A link is the text `<algorithm>:<hex>` and nothing else: 71 bytes for sha256, lower-case \
        hex, no newline. The registry trims nothing, so a trailing newline is enough to break it. A link \
        below a tag's `index/` is history only: it hurts no tag.",
    cause: "A repair with an editor or with `echo`, both of which end the line; a partial write when 2.x \
        or 3.0.0 crashed or the disk was full; a damaged file system.",
    remedy: "Look at it with `od -c link`. If the digest in it is right but for white space or a missing \
        end, write it again without a newline: `printf %s sha256:<hex> > link`. A revision link, a layer \
        link below `_layers/sha256` and an entry of a tag's index hold the digest of their own \
        directory.\n\n\
        For a `current/link` that cannot be read any more, push the tag again or choose from what `regfs \
        resolve REPO:TAG` finds in the tag's index. Do not run garbage-collect before the link is whole.",
    registry: "A pull by tag with such a `current/link` answers 500 UNKNOWN; 3.x adds what its parser \
        said: `invalid checksum digest length` for a newline, `invalid checksum digest format` for \
        garbage or upper-case hex.\n\n\
        garbage-collect 2.8 and 3.x abort on such a revision link. A layer link aborts 3.x only; 2.8 \
        does not read them.",
};

pub(super) const LINK_MISMATCH: Explanation = Explanation {
    title: "A link names another digest than its path",
    meaning: "The link's content is a sound digest, but not that of the directory it lies in. Whoever \
        asks for the one is led to the other. The one case that is legal is a layer linked under two \
        algorithms, where both digests fit the same bytes; that is not reported here.",
    cause: "The registry never writes such a link. A repair by hand, a script, or a copy of one link \
        over another did.",
    remedy: "The path is what manifests ask for. If `blobs/sha256/<hh>/<hex>/data` of the path's digest \
        is in the store and hashes to its name, write that digest: `printf %s sha256:<hex> > link`. \
        Otherwise push the image again after moving the link out of the way. Do not run garbage-collect \
        before.",
    registry: "The registry follows the content, and only logs a warning: `looking up blob with \
        canonical target`.\n\n\
        garbage-collect 2.8 and 3.x take a revision's digest from the content too. Where it is not the \
        path's, the manifest is silently skipped and swept with all its blobs, and the exit status is 0.",
};

pub(super) const REVISION_DANGLING: Explanation = Explanation {
    title: "A repository or layout lists a manifest that the store does not have",
    meaning: "`_manifests/revisions/<algorithm>/<hex>/link` is there, or an entry in the `index.json` of \
        an image layout, and the manifest's blob is not. The image cannot be pulled or copied, by digest \
        or by tag.",
    cause: "A garbage collection that was interrupted, or ran while someone pushed: it takes no lock. \
        garbage-collect 3.x with `--delete-untagged` on a repository without `tags/`. An incomplete \
        restore. In a pull-through cache blobs expire one by one, and this is normal.",
    remedy: "Push the image again: the registry writes the manifest, since its path is free. Or restore \
        `data` from a backup, after `sha256sum`. A manifest is small; `regfs cat DIGEST` on a replica \
        gives its exact bytes. Into a layout, copy the image again.\n\n\
        If nobody needs the image, remove the revision's directory and the tags that point to it; from a \
        layout, its entry in `index.json`.\n\n\
        Do it before the next garbage collection: with the manifest missing, nothing holds its config \
        and layers.",
    registry: "A pull answers 404.\n\n\
        garbage-collect 2.8 and 3.x skip such a revision silently, sweep the config and layers that \
        nothing else needs, and exit 0. Neither removes the link.",
};

pub(super) const TAG_WITHOUT_CURRENT: Explanation = Explanation {
    title: "A tag is listed but points nowhere",
    meaning: "The directory `_manifests/tags/<tag>` has no `current/link`. The API lists a tag for every \
        entry in `tags/`, so clients see one that they cannot pull.",
    cause: "A crash during a push: the registry writes the tag's index entry first and `current/link` \
        last. A delete that stopped half-way, or an incomplete restore.",
    remedy: "Push the tag again. Or see what `regfs resolve REPO:TAG` offers from the tag's index, and \
        if the right digest is among it: `mkdir -p current && printf %s sha256:<hex> > current/link`.\n\n\
        If the tag is not wanted, remove its directory; no registry version cleans it up.",
    registry: "The tag list contains it; a pull answers 404.\n\n\
        garbage-collect never removes such a directory. The manifest that the tag should name counts as \
        untagged for `--delete-untagged`, unless another tag points to it.",
};

pub(super) const TAG_UNKNOWN_REVISION: Explanation = Explanation {
    title: "A tag points to a digest that its repository does not list",
    meaning: "`current/link` is sound, but there is no `_manifests/revisions/<algorithm>/<hex>/link` in \
        the same repository. The tag cannot be pulled, even if the manifest's blob is still in the \
        store.",
    cause: "The revision link was lost: an incomplete restore, a script that deletes revisions by hand. \
        Version 2.1.0 linked manifests below `_layers`; 2.x from 2.1.1 on still finds them there, 3.x no \
        longer does, so such images break with the upgrade.",
    remedy: "If `blobs/sha256/<hh>/<hex>/data` is in the store and hashes to its name, put the link \
        back: `mkdir -p _manifests/revisions/sha256/<hex> && printf %s sha256:<hex> > \
        _manifests/revisions/sha256/<hex>/link`. Then run `regfs verify REPO:TAG`: the layer links may \
        be gone as well.\n\n\
        Otherwise push the tag again, or remove its directory. Do not run garbage-collect before.",
    registry: "A pull answers 404 MANIFEST_UNKNOWN though the blob may exist.\n\n\
        garbage-collect 2.8 and 3.x start from revisions, not from tags: the image is swept although a \
        tag names it, and the exit status is 0.",
};

pub(super) const MANIFEST_MALFORMED: Explanation = Explanation {
    title: "A manifest cannot be read as one",
    meaning: "The bytes hash to their name, so they are what was once stored, but they do not parse, are \
        of a type that the registry does not know, or are larger than 4 MiB. What the manifest refers to \
        is unknown, and nothing behind it has been checked.",
    cause: "It was stored by something with other rules: a fork, another registry, an import by hand. A \
        known case is `application/vnd.oci.artifact.manifest.v1+json`.",
    remedy: "See what it is with `regfs cat DIGEST`, and who uses it with `regfs refs DIGEST`. Copy it \
        out if it matters, with what it refers to.\n\n\
        Then take it out of the repository: delete it through the API (`DELETE \
        /v2/<name>/manifests/<digest>`, where deletion is enabled), or stop the registry and move the \
        revision's directory, and the tags that point to it, out of the store. The blobs it alone used \
        are swept by the next garbage collection, which aborts until then.",
    registry: "The registry reads manifests of up to 4 MiB, of schema version 2, of the Docker and OCI \
        image and index types; 2.x reads schema version 1 too.\n\n\
        garbage-collect 2.8 and 3.x abort on any other and delete nothing: `unrecognized manifest \
        content type`, `storage: read exceeds limit`. On `manifests` that is no list, in a manifest \
        without a media type, both panic. With `--delete-untagged` an untagged manifest is not parsed.",
};

pub(super) const REFERENCE_MISSING: Explanation = Explanation {
    title: "A manifest needs a config or layer that the store does not have",
    meaning: "No repository can serve this blob: the bytes are gone from the store. The images named by \
        the finding cannot be pulled in full. There is one finding for each missing digest, however many \
        images need it. In a pull-through cache it is a note.",
    cause: "A garbage collection that ran while someone pushed, or that deleted a layer linked under \
        sha512. `--delete-untagged` on a multi-platform image with 2.x. An incomplete restore, or blobs \
        deleted by hand. In a pull-through cache blobs expire one by one.",
    remedy: "Find out who needs it: `regfs refs DIGEST`. Push one of those images from where it still \
        exists; the client is told that the blob is absent and uploads it, and the other repositories \
        that have a link to it are whole again. If a client claims that the layer already exists, \
        restart the registry and flush the Redis cache, which collectors and deletions on disk do not \
        keep up to date.\n\n\
        Or restore `data` from a backup or replica, after `sha256sum`. If the image is lost, delete its \
        tag and manifest, so that nobody trusts it.",
    registry: "The manifest is served with 200, the blob with 404.\n\n\
        garbage-collect 2.8 and 3.x do not notice a missing layer: they exit 0.",
};

pub(super) const REFERENCE_UNLINKED: Explanation = Explanation {
    title: "A blob is in the store, but its repository has no link to it",
    meaning: "A repository serves only what it links to: configs and layers below `_layers`, the \
        children of an index below `_manifests/revisions`. The bytes are there and another repository \
        may well serve them; this one cannot.",
    cause: "Children of an index: `--delete-untagged` of 2.x deletes their revision links and leaves the \
        index. Layer links: an incomplete restore, or links deleted by hand.",
    remedy: "Push the image again: the client uploads nothing that it can mount, and the registry writes \
        the links. Or put the link back by hand, once the blob hashes to its name: `mkdir -p \
        _layers/sha256/<hex> && printf %s sha256:<hex> > _layers/sha256/<hex>/link`; for a child \
        manifest the same below `_manifests/revisions/`, and then its config and layers may need theirs. \
        Check with `regfs verify REPO:TAG`.\n\n\
        Do it before the next garbage collection.",
    registry: "The blob or child manifest is answered with 404, the manifest that names it with 200.\n\n\
        garbage-collect keeps the blob itself, since a manifest names it. For a child without a revision \
        link that is all: neither 2.8 nor 3.x looks into it here, so its config and layers go unless \
        something else holds them. 3.x with `--delete-untagged` can lose them even where another \
        repository holds the child.",
};

pub(super) const SIZE_MISMATCH: Explanation = Explanation {
    title: "A descriptor gives another size than the blob has",
    meaning: "If the blob was hashed, its bytes are right, or the finding would be blob-digest-mismatch: the \
        manifest that names it states a wrong size. Clients that check the size refuse the image, others \
        pull it.\n\n\
        If the finding says that its bytes were not hashed (`verify --no-hash` hashes no layer), or the run \
        was ended before its time, the blob may as well be cut short or empty.",
    cause: "Of a blob that was hashed, the tool that made the manifest. The registry does not compare sizes \
        and accepts such a push with 201, so this is no sign of damage to the store.\n\n\
        Of one that was not, perhaps a crash, a full disk, or a copy of the store that was interrupted.",
    remedy: "If it was not hashed, run `regfs verify REPO:TAG` without `--no-hash` on a tag that is hurt: it \
        says blob-digest-mismatch if the blob is damaged.\n\n\
        If it was, the store cannot be repaired: the size is part of the manifest, and so of its digest. Build \
        or convert the image again with another tool or version, and push it. The manifest to look at is \
        in `referenced_by`; read it with `regfs cat DIGEST`.",
    registry: "The registry does not validate a descriptor's size, at a push or at a pull: 200, with the \
        blob's real length. garbage-collect 2.8 and 3.x go by digests alone.",
};

pub(super) const DIFF_ID_MISMATCH: Explanation = Explanation {
    title: "A layer does not unpack to what its config says",
    meaning: "The layer hashes to its name, but its uncompressed bytes do not hash to the `diff_id` at \
        its place in the config's `rootfs.diff_ids`. Engines that check this refuse the image while they \
        unpack it. Found only with `verify --deep`.",
    cause: "The tool that made the image: a layer was replaced, repacked or moved without rewriting the \
        config.",
    remedy: "The store holds what was pushed, so there is nothing to restore. Build the image again and \
        push it. Until then, an older image may do: `regfs history REPO:TAG` lists the tag's revisions.",
    registry: "The registry looks at neither configs nor the inside of layers: a pull answers 200. \
        garbage-collect 2.8 and 3.x do not look there either.",
};

pub(super) const NOT_REGULAR: Explanation = Explanation {
    title: "Something other than a plain file or directory lies in the store",
    meaning: "A symbolic link, a FIFO, a socket or a device; or a directory where a file belongs, or a \
        file where a directory belongs. regfs neither opens nor follows it, so what stands behind it is \
        unknown and cannot be vouched for. A registry may still serve it.",
    cause: "Part of the store was moved to another volume and replaced by a symbolic link, duplicates \
        were linked by hand or by a tool, or a restore put something in the wrong place.",
    remedy: "Stop the registry and replace a symbolic link by what it leads to: `cp -a \
        --remove-destination \"$(readlink -f PATH)\" PATH`, or for a directory on another volume a bind \
        mount. Move anything else out of the store. Then run `regfs verify` again: only now is it looked \
        at.",
    registry: "The filesystem driver follows symbolic links, and takes a dangling one for a deleted \
        path. A directory in place of `data` is an unknown blob to it: 404, and `blob path should not be \
        a directory` in its log.\n\n\
        garbage-collect 2.8 and 3.x skip a dangling symbolic link.",
};

pub(super) const ROOT_INCOMPLETE: Explanation = Explanation {
    title: "The root has no blobs or no repositories",
    meaning: "Below `v2` the directory `blobs` or `repositories` is absent. A store without blobs cannot \
        serve anything; one without repositories has no way to reach its blobs. In a root that `--kind docker` calls a Docker \
        engine's: no `image/<driver>`, in which an engine that was ever started keeps its images, unless it keeps them with \
        containerd.",
    cause: "The wrong directory or an empty volume is mounted, a restore is incomplete, or nothing has \
        been pushed to this registry yet.",
    remedy: "Check that the registry's `rootdirectory` and the mount are what you think they are: a \
        fresh, empty volume looks just like this. If it was a restore, complete it before the registry \
        is started, and above all before any garbage collection.",
    registry: "Pulls answer 404. garbage-collect 2.8 and 3.x exit 1 if either directory is absent.",
};

pub(super) const REFERENCE_UNKNOWN: Explanation = Explanation {
    title: "No such repository, tag or revision",
    meaning: "`regfs verify` was asked about a reference that this store does not have, so there was \
        nothing to check. That is a failure and not a success.",
    cause: "A misspelt name, another root than intended, or an image that is gone. On Harbor and GitLab \
        tags live in a database: since Harbor 2.15 a push writes no tag on disk at all, before that \
        those on disk may be stale.",
    remedy: "List what there is: `regfs ls`, then `regfs ls REPO`. Where tags live in a database, ask \
        for the digest: `regfs verify REPO@sha256:<hex>`.",
    registry: "A pull answers 404 for a tag or revision that is not on disk. Harbor looks its tags up in \
        PostgreSQL and asks the registry by digest.",
};

pub(super) const UNREADABLE: Explanation = Explanation {
    title: "The operating system refused to read it",
    meaning: "A file or directory could not be opened, listed or read to its end. The reason is the \
        operating system's. Nothing is known about it or what stands behind it, so the run is incomplete \
        and exits with 2.",
    cause: "Permissions, most often: regfs runs as another user than the registry. An input/output error \
        means a failing disk, file system or network mount.",
    remedy: "Run regfs as the registry's user or as root; Harbor's files belong to uid 10000. On an \
        input/output error read the kernel's log (`dmesg`) first, and copy the store away before any \
        repair of the file system.",
    registry: "This is about the run, not about a registry version: a registry that runs as another user \
        may read the file well. If it cannot either, expect pulls of it to fail.",
};

pub(super) const LAYOUT_MALFORMED: Explanation = Explanation {
    title: "An image layout does not say what it is or holds",
    meaning: "`oci-layout` must be a JSON object that states `imageLayoutVersion`, and `index.json` an image \
        index. Without the first, tools refuse the directory; without the second, nobody knows what the \
        blobs are for, and regfs calls none of them an orphan.",
    cause: "A copy that was cut short, a full disk while a tool rewrote `index.json`, or a directory put \
        together by hand.",
    remedy: "`oci-layout` is the same everywhere: write `{\"imageLayoutVersion\":\"1.0.0\"}`. Restore \
        `index.json` from where the layout came from. If there is nothing to restore it from, look for the \
        manifests among the small blobs (`regfs cat --root DIR sha256:<hex>`), and list each with its media \
        type, digest and size.",
    registry: "A registry has neither file; skopeo, umoci and containerd refuse to read such a layout.",
};
