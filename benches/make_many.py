#!/usr/bin/env python3
"""make_many.py - a store of very many blobs and links, for measuring memory and growth.

  benches/make_many.py ROOT [--scale S]

At scale 1: 1,000,000 layers, 2,000 repositories of 40 tags, each an image of 125 layers: 10 million layer links, all of
them needed. Structure, manifests and configs are sound; the layers' bytes are not what their names promise, since all of
them are one file under many names, so verify them with --no-hash. Links to one digest are one file too. ROOT wants a file
system with small directories in their inodes, such as XFS: at scale 1 it takes 13 million inodes and some 15 GB.
"""
import argparse, hashlib, json, os, random

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument('root')
parser.add_argument('--scale', type=float, default=1.0)
parser.add_argument('--repositories', type=int, help='instead of 2,000 times the scale')
args = parser.parse_args()
LAYERS, REPOSITORIES = round(1_000_000 * args.scale), args.repositories or round(2_000 * args.scale)
TAGS, PER_IMAGE = 40, 125
rng = random.Random(20)
v2 = os.path.join(args.root, 'docker/registry/v2')
aside = os.path.join(args.root, 'links')
os.makedirs(aside)
shards = {}
for n in range(256):
    path = f'{v2}/blobs/sha256/{n:02x}'
    os.makedirs(path)
    os.mkdir(f'{aside}/{n:02x}')
    shards[f'{n:02x}'] = os.open(path, os.O_RDONLY), os.open(f'{aside}/{n:02x}', os.O_RDONLY)
with open(f'{args.root}/layer', 'wb') as f:
    f.write(bytes(1000))
top = os.open(args.root, os.O_RDONLY)


def write(path, content, fd=None):
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644, dir_fd=fd)
    os.write(file, content)
    os.close(file)


def blob(content):
    digest = hashlib.sha256(content).hexdigest()
    fd, links = shards[digest[:2]]
    os.mkdir(digest, dir_fd=fd)
    write(digest + '/data', content, fd)
    write(digest, b'sha256:' + digest.encode(), links)
    return digest


def link(digest, fd, name='link'):
    os.link(digest, name, src_dir_fd=shards[digest[:2]][1], dst_dir_fd=fd)


def links(path, digests):
    os.makedirs(path)
    fd = os.open(path, os.O_RDONLY)
    for digest in digests:
        os.mkdir(digest, dir_fd=fd)
        link(digest, fd, digest + '/link')
    os.close(fd)


layers = []
for n in range(LAYERS):
    digest = hashlib.sha256(b'layer %d' % n).hexdigest()
    fd, aliases = shards[digest[:2]]
    os.mkdir(digest, dir_fd=fd)
    os.link('layer', digest + '/data', src_dir_fd=top, dst_dir_fd=fd)
    write(digest, b'sha256:' + digest.encode(), aliases)
    layers.append(digest)

OCI = 'application/vnd.oci.image.'
for repository in range(REPOSITORIES):
    base = f'{v2}/repositories/group-{repository % 50:02}/app-{repository:05}'
    used = rng.sample(layers, TAGS * PER_IMAGE)
    configs, manifests = [], []
    for tag in range(TAGS):
        own = used[tag * PER_IMAGE:(tag + 1) * PER_IMAGE]
        config = json.dumps({'architecture': 'amd64', 'os': 'linux', 'created_by': f'{repository} {tag}',
                             'rootfs': {'type': 'layers', 'diff_ids': ['sha256:' + digest for digest in own]}}).encode()
        configs.append(blob(config))
        manifest = json.dumps({
            'schemaVersion': 2, 'mediaType': OCI + 'manifest.v1+json',
            'config': {'mediaType': OCI + 'config.v1+json', 'digest': 'sha256:' + configs[-1], 'size': len(config)},
            'layers': [{'mediaType': OCI + 'layer.v1.tar+gzip', 'digest': 'sha256:' + digest, 'size': 1000} for digest in own],
        }).encode()
        manifests.append(blob(manifest))
        links(f'{base}/_manifests/tags/v{tag}/index/sha256', [manifests[-1]])
        os.mkdir(f'{base}/_manifests/tags/v{tag}/current')
        current = os.open(f'{base}/_manifests/tags/v{tag}/current', os.O_RDONLY)
        link(manifests[-1], current)
        os.close(current)
    links(f'{base}/_manifests/revisions/sha256', manifests)
    links(f'{base}/_layers/sha256', sorted(used + configs))
    os.mkdir(f'{base}/_uploads')
