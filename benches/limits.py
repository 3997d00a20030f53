#!/usr/bin/env python3
"""Stores at the limits, and what regfs needs for them: time, peak memory, exit status, with 64 file handles.

    cargo build --release
    benches/limits.py DIRECTORY [tags] [wide] [deep]

tags: one repository of 300,000 tags. wide: an index of as many children as 4 MiB hold, and one past that. deep: a chain of
10,000 indexes. The stores are made below DIRECTORY, and removed at the end.
"""

import hashlib
import json
import os
import resource
import shutil
import subprocess
import sys
import time

BINARY = os.path.join(os.path.dirname(__file__), "..", "target", "release", "regfs")
INDEX = "application/vnd.oci.image.index.v1+json"
MANIFEST = "application/vnd.oci.image.manifest.v1+json"
CONFIG = "application/vnd.oci.image.config.v1+json"
LAYER = "application/vnd.oci.image.layer.v1.tar"


class Store:
    def __init__(self, root):
        self.root = root
        self.v2 = os.path.join(root, "docker/registry/v2")
        for name in ("blobs", "repositories"):
            os.makedirs(os.path.join(self.v2, name))

    def write(self, path, content):
        path = os.path.join(self.v2, path)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as file:
            file.write(content)

    def blob(self, content):
        name = hashlib.sha256(content).hexdigest()
        self.write(f"blobs/sha256/{name[:2]}/{name}/data", content)
        return name

    def descriptor(self, kind, content):
        return {"mediaType": kind, "digest": "sha256:" + self.blob(content), "size": len(content)}

    def link(self, directory, name):
        self.write(f"repositories/big/{directory}/link", b"sha256:" + name.encode())

    def manifest(self, content):
        name = self.blob(content)
        self.link(f"_manifests/revisions/sha256/{name}", name)
        return name

    def image(self):
        config = self.descriptor(CONFIG, b'{"architecture":"amd64","os":"linux","rootfs":{"type":"layers","diff_ids":[]}}')
        layer = self.descriptor(LAYER, b"x" * 1000)
        for part in (config, layer):
            name = part["digest"].split(":")[1]
            self.link(f"_layers/sha256/{name}", name)
        image = {"schemaVersion": 2, "mediaType": MANIFEST, "config": {**config, "mediaType": "application/vnd.oci.empty.v1+json"}, "layers": [layer]}
        return json.dumps(image).encode()

    def index(self, children):
        return json.dumps({"schemaVersion": 2, "mediaType": INDEX, "manifests": children}, separators=(",", ":")).encode()

    def tag(self, tag, name):
        self.link(f"_manifests/tags/{tag}/current", name)
        self.link(f"_manifests/tags/{tag}/index/sha256/{name}", name)


def tags(store):
    name = store.manifest(store.image())
    for number in range(300_000):
        store.tag(f"t{number}", name)


def wide(store):
    image = store.image()
    child = {"mediaType": MANIFEST, "digest": "sha256:" + store.manifest(image), "size": len(image)}
    one = len(store.index([child, child])) - len(store.index([child]))
    for tag, count in (("fits", (4 << 20) // one - 1), ("past", (4 << 20) // one + 1000)):
        print(f"wide: the index {tag} has {count} children")
        store.tag(tag, store.manifest(store.index([child] * count)))


def deep(store):
    inner, kind = store.image(), MANIFEST
    for _ in range(10_000):
        name = store.manifest(inner)
        inner, kind = store.index([{"mediaType": kind, "digest": "sha256:" + name, "size": len(inner)}]), INDEX
    store.tag("v1", store.manifest(inner))


def measure(store, args):
    def limit():
        resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))

    begun = time.monotonic()
    process = subprocess.Popen(
        [BINARY, "-r", store.root, "-f", "json", *args], preexec_fn=limit, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    _, status, usage = os.wait4(process.pid, 0)
    took = time.monotonic() - begun
    print(f"| {' '.join(args)} | {took:.2f} s | {usage.ru_maxrss / 1024:.0f} MiB | {os.waitstatus_to_exitcode(status)} |", flush=True)


def main():
    kinds = {"tags": tags, "wide": wide, "deep": deep}
    directory, *wanted = sys.argv[1:]
    for kind in wanted or kinds:
        root = os.path.join(directory, f"limits-{kind}")
        store = Store(root)
        try:
            kinds[kind](store)
            print(f"\n{kind}\n\n| command | time | peak memory | exit |\n| --- | --- | --- | --- |")
            tag = {"tags": "t7", "wide": "fits", "deep": "v1"}[kind]
            for args in (
                ["verify"], ["verify", f"big:{tag}"], ["orphans", "--policy", "tags"], ["gc-preview"], ["du"], ["ls"],
                ["ls", "big"], ["resolve", f"big:{tag}"],
            ):
                measure(store, args)
        finally:
            shutil.rmtree(root)


main()
