//! The warnings: nothing breaks today, yet a person should know.

use super::Explanation;

pub(super) const STRAY_ENTRY: Explanation = Explanation {
    title: "Something lies in the store that the layout has no place for",
    meaning: "A file or directory that no registry version writes at this place. It is not looked into, \
        and its bytes are not part of any image.",
    cause: "Other programs: `.DS_Store` of a file manager, `.nfs…` of a file deleted while open over \
        NFS, `lost+found` of a volume mounted right at the store, an editor's backup.",
    remedy: "See what it is and move it out of the store. An `.nfs…` file disappears when the program \
        that holds it open lets go. Under `tags/` do not wait: a plain file there is listed as a tag and \
        stops collections.",
    registry: "The API lists every entry of `tags/` as a tag, plain files included.\n\n\
        garbage-collect 2.8 and 3.x with `--delete-untagged` abort on a plain file under `tags/`. They \
        ignore `lost+found`.",
};

pub(super) const NAME_INVALID: Explanation = Explanation {
    title: "A repository or tag has a name that the registry rejects",
    meaning: "The name does not follow the registry's grammar, so no client can ask for it. A tag is a \
        letter, digit or underscore and then up to 127 of those, dots and hyphens. A repository is \
        lower-case words joined by a dot, one or two underscores or hyphens, 255 characters at most; \
        only a first component that looks like a host name may hold capitals.",
    cause: "A directory made, copied or renamed by hand: `App`, `v1 (copy)`. A very long name that 3.x \
        accepts and 2.8 does not: 3.x does not count a first component that looks like a host name.",
    remedy: "Stop the registry and rename the directory to a valid name that is free, or move it out of \
        the store. Where a database holds the names as well, as on Harbor, it has to agree. Do it before \
        the next garbage collection.",
    registry: "The API lists an invalid tag, but cannot be asked for it.\n\n\
        garbage-collect 2.8 and 3.x abort on a repository they cannot name: `failed to parse repo name`. \
        On a tag with a space in its name both abort with `--delete-untagged`.",
};

pub(super) const CHILD_MISSING: Explanation = Explanation {
    title: "An index names a child that is not here",
    meaning: "Neither the child manifest's blob nor its revision link is in the store: that platform of \
        the image, or that attestation, cannot be pulled. The others can.",
    cause: "A sparse index, pushed on purpose where `validation.manifests.indexes.platforms` of 3.x \
        allows it. A pull-through cache, which holds the platforms that someone pulled. Otherwise a \
        collector, or a copy of some platforms only.",
    remedy: "If the platform should be there, push the image again with all its platforms, or copy it \
        with a tool that copies the whole index. If it was left out on purpose, there is nothing to do.",
    registry: "The index is served with 200, the child with 404. 2.x refuses to store an index without \
        its children; 3.x does so too unless configured otherwise.\n\n\
        garbage-collect 2.8 and 3.x do not mind an absent child.",
};

pub(super) const TAG_INDEX_MISSING: Explanation = Explanation {
    title: "A tag's current digest is not in its index",
    meaning: "A push enters the digest in the tag's `index/` before it writes `current/link`; here the \
        entry is absent. The tag can be pulled. Its history is incomplete.",
    cause: "An incomplete restore, a tag moved by writing `current/link` by hand, or a clean-up of old \
        index entries that went too far.",
    remedy: "Nothing needs doing for pulls. Pushing the tag again writes the entry; so does, in the \
        tag's directory, `mkdir -p index/sha256/<hex> && printf %s sha256:<hex> > \
        index/sha256/<hex>/link`.",
    registry: "The registry resolves a tag by `current/link` alone; the index is history. \
        garbage-collect 2.8 and 3.x do not look for the entry either: with `--delete-untagged` they only \
        remove those of the manifests they delete.",
};

pub(super) const TAGS_MISSING: Explanation = Explanation {
    title: "A repository has manifests and no tags directory",
    meaning: "`_manifests/revisions` is there, `_manifests/tags` is not. The images can be pulled by \
        digest. A collection of untagged manifests by 3.x destroys them.",
    cause: "Harbor 2.15 and later: a push by tag reaches the registry as a push by digest, so new \
        repositories have no tags on disk. A repository that was only ever pushed to by digest. An \
        incomplete restore.",
    remedy: "Do not run garbage-collect with `--delete-untagged` on this root; `regfs gc-preview \
        --delete-untagged` shows what it would do. On Harbor never run the registry's own garbage \
        collection, only Harbor's: its database would disagree with the disk. On a plain registry, tag \
        every image that you want to keep: the first tag pushed creates the directory, and from then on \
        the others count as untagged.",
    registry: "A pull by digest answers 200.\n\n\
        garbage-collect 2.8 with `--delete-untagged` aborts: `failed to retrieve tags unknown \
        repository`. 3.x prints `manifest tags path of repository … does not exist`, then neither marks \
        nor deletes the revisions: manifests, configs and layers are swept, the revision links are left \
        dangling, and the exit status is 0. Without the option both keep the images.",
};

pub(super) const UPLOAD_STALE: Explanation = Explanation {
    title: "An unfinished upload is old",
    meaning: "`_uploads/<id>` holds the bytes of a push that began more than 7 days ago (`--upload-age`) \
        and never ended. It takes up space and nothing else.",
    cause: "A client broke off, and the purge did not run: it is switched off or a dry run \
        (`storage.maintenance.uploadpurging`), or the server is never up long enough. The first purge \
        comes up to an hour after the start.",
    remedy: "Switch the purge on (by default: uploads older than 168 hours, every 24 hours; in Harbor \
        `upload_purging` in `harbor.yml`). Or remove the directory `_uploads/<id>` by hand, once you are \
        sure that no push is under way: `regfs uploads` lists them with age and size.",
    registry: "Only the running server purges uploads. garbage-collect 2.8 and 3.x never touch them.",
};

pub(super) const UPLOAD_MALFORMED: Explanation = Explanation {
    title: "The registry will never purge this upload",
    meaning: "An unfinished upload has no `startedat` that can be read as a time, or its directory is \
        not named by a UUID. The registry's purge passes over both, however old they are.",
    cause: "A crash or a full disk while `startedat` was written, which 2.x and 3.0.0 do in place. A \
        directory that something else made.",
    remedy: "Once no push is under way, remove the directory `_uploads/<id>` by hand. Look at the times \
        of its files first: an upload that began a moment ago may not have its `startedat` yet.",
    registry: "An upload without a readable `startedat` is dated ten thousand hours into the future by \
        the purge; an id that is no UUID is skipped. garbage-collect 2.8 and 3.x never touch uploads.",
};

pub(super) const CONFIG_MISMATCH: Explanation = Explanation {
    title: "An image config does not fit its manifest",
    meaning: "The config hashes to its name, but it does not parse, or its `rootfs.diff_ids` are not as \
        many as the manifest's layers. Engines that pair layers with `diff_ids` refuse such an image. \
        Only configs of an image media type are checked.",
    cause: "The tool that made the image, or an artifact that is no image but was pushed with an image's \
        config type.",
    remedy: "Read both with `regfs cat DIGEST`. An image has to be built and pushed again: the config's \
        digest covers its text, so it cannot be corrected in place. If it is an artifact, use a config \
        media type of its own.",
    registry: "The registry does not look into configs: it accepts the push and serves the image with \
        200. garbage-collect 2.8 and 3.x keep or sweep a config as any other blob.",
};

pub(super) const MANIFEST_AMBIGUOUS: Explanation = Explanation {
    title: "A manifest can be read in two ways",
    meaning: "It has both `manifests` and `layers`, or its media type is not the one in the descriptor \
        that leads to it. Two clients may take it for two different images, and a scanner may look at \
        another one than runs.",
    cause: "A faulty tool, or an attempt to deceive one. Registries of today refuse such a manifest at a \
        push, so it was stored by an older one or came to the disk another way.",
    remedy: "Find out who uses it: `regfs refs DIGEST`. Read it: `regfs cat DIGEST`. Unless you know \
        where it comes from, treat the image as suspect; build it again, push it, and delete this \
        manifest.",
    registry: "The registry goes by the manifest's own `mediaType`. Without one it is an index if it has \
        `manifests`, else an image.\n\n\
        garbage-collect 2.8 and 3.x keep what that one reading refers to. What only the other reading \
        names is swept, unless something else holds it.",
};

pub(super) const MANIFEST_SCHEMA1: Explanation = Explanation {
    title: "A manifest is of schema version 1",
    meaning: "The format of Docker before 1.10. A registry of version 3 cannot serve it, and one such \
        manifest stops garbage collection for the whole store.",
    cause: "An image pushed years ago, or by an old client.",
    remedy: "Before the upgrade to 3.x, pull the image from 2.x and push it again with a client that \
        writes schema 2 or OCI manifests; its digest will be another. Then delete the old manifest. \
        `regfs refs DIGEST` tells which tags need it.",
    registry: "2.x serves it with 200. 3.x fails with `unrecognized manifest schema version 1`.\n\n\
        garbage-collect 2.8 handles it; 3.x aborts with the same message and deletes nothing.",
};

pub(super) const LAYER_ALIAS: Explanation = Explanation {
    title: "A layer is linked under another algorithm than its blob",
    meaning: "The layer was pushed by a sha512 digest, say. The store keeps all blobs under sha256, so \
        `_layers/sha512/<hex>/link` holds a sha256 digest. Pulls work. The next garbage collection \
        deletes the layer of every manifest that names it by the other digest.",
    cause: "A client that uploads with `digest=sha512:…`. The registry accepts it, and links the blob \
        under both.",
    remedy: "Do not run garbage-collect on this root, of any version, while a manifest names the layer \
        by that digest. Push the image again with sha256 digests, delete the old manifest, and check \
        with `regfs gc-preview` that no tag breaks.",
    registry: "A pull by either digest answers 200.\n\n\
        garbage-collect marks the digest that the manifest gives and sweeps by the digests in \
        `blobs/sha256`: they never meet. 2.8 deletes the layer and exits 0; 3.x deletes it, then aborts \
        with `Path not found` while it removes the link.",
};

pub(super) const ALGORITHM_UNSUPPORTED: Explanation = Explanation {
    title: "A digest is of an algorithm that cannot be checked",
    meaning: "The digest is well formed, but neither sha256 nor sha384 nor sha512. Whether the bytes are \
        right is unknown.",
    cause: "Content of registry 2.0, which linked layers by `tarsum` as well; or a tool that names blobs \
        in its own way.",
    remedy: "Find out what uses it and push that again with a current client, which names everything by \
        sha256. If nothing uses it any more, it is residue and may go.",
    registry: "The registry parses sha256, sha384 and sha512, and answers to others `unsupported digest \
        algorithm`. Blobs it stores by sha256 only.",
};

pub(super) const REPOSITORY_INCOMPLETE: Explanation = Explanation {
    title: "A repository has manifests and no layer links at all",
    meaning: "`_manifests/revisions` holds a link, but there is no `_layers` directory. Without layer \
        links the repository cannot serve its configs and layers, and collectors mistake it. In a \
        pull-through cache this is normal and not reported.",
    cause: "An incomplete restore or copy, or a clean-up by hand that removed `_layers`.",
    remedy: "Push one of the images again, which creates `_layers`; `regfs verify` then names each link \
        still absent, as `reference-unlinked`. Or restore the directory from a backup. Do it before the \
        next garbage collection.",
    registry: "Configs and layers are answered with 404.\n\n\
        garbage-collect 2.8 takes only directories with `_layers` for repositories: it does not see this \
        one, sweeps the manifests, configs and layers that it alone holds, and exits 0. 3.x aborts: \
        `Path not found: …/_layers`.",
};
