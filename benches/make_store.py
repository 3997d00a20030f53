#!/usr/bin/env python3
"""make_store.py - write a synthetic distribution ("docker registry v2") filesystem store, seeded.

  make_store.py OUT [options]      store root = OUT (OUT/docker/registry/v2/...), answer = OUT.expected.json

Emits docker schema2 manifests and lists, OCI manifests and indexes, configs, gzip'd tar layers (valid, with right
diff_ids), tag/revision/layer links, tag history (retags -> untagged revisions), orphan blobs (no link at all), orphan
layer links (link + blob, no manifest), stale uploads, optional referrers (subject), optional foreign layers, and
optional faults (--faults KIND[=N],... or all[=N]); each fault hits its own object and is listed in the answer.

The answer's gc_dry_run is what `docker-registry garbage-collect --dry-run` (2.8) must print for a store without faults.
Same seed and options -> byte-identical store (bar file times). Python >= 3.9, standard library only.
"""
import argparse, hashlib, json, math, os, random, struct, sys, time, zlib
from collections import defaultdict

DM = 'application/vnd.docker.distribution.manifest.v2+json'
DL = 'application/vnd.docker.distribution.manifest.list.v2+json'
DC = 'application/vnd.docker.container.image.v1+json'
DY = 'application/vnd.docker.image.rootfs.diff.tar.gzip'
DF = 'application/vnd.docker.image.rootfs.foreign.diff.tar.gzip'
OM = 'application/vnd.oci.image.manifest.v1+json'
OI = 'application/vnd.oci.image.index.v1+json'
OC = 'application/vnd.oci.image.config.v1+json'
OY = 'application/vnd.oci.image.layer.v1.tar+gzip'
OE = 'application/vnd.oci.empty.v1+json'
FAULTS = ['bitflip', 'truncate', 'zero', 'extra_byte', 'missing_layer', 'missing_config', 'missing_manifest_blob',
          'missing_child', 'missing_layer_link', 'link_garbage', 'link_empty', 'link_wrong_digest', 'tag_to_missing_revision',
          'tag_no_current', 'manifest_bad_json', 'descriptor_size', 'stray_file', 'dangling_layer_link']

def parse():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    a = p.add_argument
    a('out'); a('--seed', type=int, default=1); a('--repos', type=int, default=1000); a('--tags', type=int, default=20)
    a('--layers', type=int, default=8, help='layers per image')
    a('--share-repo', type=float, default=0.6, help="chance that a layer is one the repo already has")
    a('--share-global', type=float, default=0.25, help='chance that a layer comes from the pool of base layers')
    a('--base-pool', type=int, default=200, help='base layers shared by all repos')
    a('--oci-frac', type=float, default=0.5); a('--index-frac', type=float, default=0.15, help='tags that are lists/indexes')
    a('--platforms', type=int, default=3); a('--retag-frac', type=float, default=0.1, help='tags that had one older revision')
    a('--layer-median', type=float, default=2048); a('--layer-sigma', type=float, default=1.0)
    a('--layer-min', type=int, default=100); a('--layer-max', type=int, default=200_000_000)
    a('--config-pad', type=int, default=1500, help='typical history bytes in a config')
    a('--orphan-blobs', type=int, default=200); a('--orphan-layer-links', type=int, default=100)
    a('--uploads', type=int, default=10); a('--referrers', type=int, default=0, help='untagged OCI artifacts with a subject')
    a('--foreign-frac', type=float, default=0.0, help='images with one foreign (urls, no blob) layer')
    a('--faults', default='', help='comma list of KIND[=N] or all[=N]: ' + ' '.join(FAULTS))
    a('--quiet', action='store_true')
    return p.parse_args()

A = parse()
R = random.Random(A.seed)
ROOT = os.path.join(A.out, 'docker/registry/v2')
if os.path.exists(ROOT): sys.exit(f'{ROOT} exists; remove it first')
BL = ROOT + '/blobs/sha256'; RP = ROOT + '/repositories'
os.makedirs(BL); os.makedirs(RP)
for i in range(256): os.mkdir(f'{BL}/{i:02x}')
blobs = {}                       # hex -> size
kind = {}                        # hex -> layer|config|manifest|index|orphan|referrer
made = set()
n_files = defaultdict(int)
def mkd(d):
    if d in made: return
    try: os.mkdir(d)
    except FileExistsError: pass
    except FileNotFoundError: mkd(os.path.dirname(d)); os.mkdir(d)
    made.add(d)
def put(path, data, cls):
    with open(path, 'wb') as f: f.write(data)
    n_files[cls] += 1
def sha(b): return hashlib.sha256(b).hexdigest()
def blob(data, k):
    h = sha(data)
    if h not in blobs:
        os.mkdir(f'{BL}/{h[:2]}/{h}'); put(f'{BL}/{h[:2]}/{h}/data', data, 'blob_data')
        blobs[h] = len(data); kind[h] = k
    return h
def link(d, h, cls):
    mkd(d); put(d + '/link', b'sha256:' + h.encode(), cls)
BLOCK = R.randbytes(1 << 20)
serial = 0
def tar1(size):
    """uncompressed tar holding one file of `size` random bytes (large ones repeat a seeded block)"""
    global serial; serial += 1
    body = R.randbytes(size) if size <= 1 << 16 else (R.randbytes(4096) + BLOCK * (size // len(BLOCK) + 1))[:size]
    hd = bytearray(512); nm = f'f{serial}'.encode(); hd[0:len(nm)] = nm
    hd[100:108] = b'0000644\0'; hd[108:116] = b'0000000\0'; hd[116:124] = b'0000000\0'
    hd[124:136] = b'%011o\0' % size; hd[136:148] = b'00000000000\0'; hd[148:156] = b' ' * 8; hd[156] = 48
    hd[257:265] = b'ustar\x0000'; hd[148:156] = b'%06o\0 ' % sum(hd)
    return bytes(hd) + body + b'\0' * (-size % 512) + b'\0' * 1024
def gz(raw):
    c = zlib.compressobj(1 if len(raw) <= 1 << 16 else 0, zlib.DEFLATED, -15)
    return b'\x1f\x8b\x08\0\0\0\0\0\0\xff' + c.compress(raw) + c.flush() + struct.pack('<II', zlib.crc32(raw), len(raw) & 0xffffffff)
def layer(k='layer'):
    size = int(min(A.layer_max, max(A.layer_min, R.lognormvariate(math.log(A.layer_median), A.layer_sigma))))
    raw = tar1(size); return blob(gz(raw), k), sha(raw)     # (digest, diff id)
base = [layer() for _ in range(A.base_pool)]

def config(layers, arch, oci):
    c = {'architecture': arch, 'os': 'linux', 'created': f'2024-{R.randint(1,12):02d}-{R.randint(1,28):02d}T00:00:00Z',
         'config': {'Env': ['PATH=/usr/bin:/bin'], 'Cmd': ['/bin/app', R.randbytes(6).hex()]},
         'history': [{'created': '2024-01-01T00:00:00Z', 'created_by': 'RUN ' + R.randbytes(max(1, A.config_pad // (2 * A.layers))).hex()} for _ in layers],
         'rootfs': {'type': 'layers', 'diff_ids': ['sha256:' + d for _, d in layers]}}
    return blob(json.dumps(c, separators=(',', ':')).encode(), 'config')
foreign = 0
def desc(mt, h, size=None, **kw):
    d = {'mediaType': mt, 'size': blobs[h] if size is None else size, 'digest': 'sha256:' + h}; d.update(kw); return d
refs = {}                        # manifest hex -> [referenced hex] as GC's References() sees them (config, layers, children)
foreign_refs = set()
size_lie = {}
def image(repo, layers, arch, oci):
    global foreign
    c = config(layers, arch, oci); ls = [desc(OY if oci else DY, h) for h, _ in layers]; rs = [c] + [h for h, _ in layers]
    if R.random() < A.foreign_frac and not oci:
        fh = sha(b'foreign%d' % foreign); foreign += 1; foreign_refs.add(fh)
        ls.insert(0, {'mediaType': DF, 'size': 1234, 'digest': 'sha256:' + fh, 'urls': [f'https://example.invalid/{fh}']}); rs.append(fh)
    m = {'schemaVersion': 2, 'mediaType': OM if oci else DM, 'config': desc(OC if oci else DC, c), 'layers': ls}
    if oci and R.random() < 0.3: del m['mediaType']          # mediaType is optional in OCI
    b = json.dumps(m, indent=None if oci else 3, separators=(',', ':') if oci else (',', ': ')).encode()
    h = blob(b, 'manifest'); refs[h] = rs
    repo['rev'].add(h); repo['lay'].add(c)
    repo['lay'].update(x for x, _ in layers)
    return h, m['mediaType'] if 'mediaType' in m else OM
repos = []
def pick_name(i):
    r = R.random()
    if i and r < 0.02: return repos[R.randrange(len(repos))]['name'] + f'/sub{i}'   # repo nested under a repo
    if r < 0.15: return f'solo{i:05d}'
    if r < 0.9: return f'team-{R.randrange(max(1, A.repos // 20)):03d}/app-{i:05d}'
    return f'org{R.randrange(9)}/team_{R.randrange(40):02d}/x.{i:05d}'
ARCH = ['amd64', 'arm64', 'arm', 'ppc64le', 's390x', '386']
t0 = time.time()
for i in range(A.repos):
    repo = {'name': pick_name(i), 'rev': set(), 'lay': set(), 'tags': {}, 'hist': defaultdict(list), 'pool': []}
    def layers_for():
        out = []; seen = set()
        for j in range(A.layers):
            x = R.random()
            if x < A.share_global: l = base[R.randrange(len(base))]
            elif x < A.share_global + A.share_repo and repo['pool']: l = repo['pool'][R.randrange(len(repo['pool']))]
            else: l = layer(); repo['pool'].append(l)
            if l[0] in seen: l = layer(); repo['pool'].append(l)
            seen.add(l[0]); out.append(l)
        return out
    def target():
        oci = R.random() < A.oci_frac
        if R.random() < A.index_frac:
            ch = []
            for arch in ARCH[:A.platforms]:
                h, mt = image(repo, layers_for(), arch, oci); ch.append(desc(mt, h, platform={'architecture': arch, 'os': 'linux'}))
            b = json.dumps({'schemaVersion': 2, 'mediaType': OI if oci else DL, 'manifests': ch}, indent=None if oci else 3).encode()
            h = blob(b, 'index'); refs[h] = [c['digest'][7:] for c in ch]; repo['rev'].add(h); return h
        return image(repo, layers_for(), 'amd64', oci)[0]
    for t in range(A.tags):
        tag = ['latest', 'stable', 'edge'][t] if t < 3 else f'v{t // 10}.{t % 10}.{R.randrange(20)}-{t}'
        if R.random() < A.retag_frac: repo['hist'][tag].append(target())
        h = target(); repo['hist'][tag].append(h); repo['tags'][tag] = h
    repos.append(repo)
# referrers
referrers = []
for k in range(A.referrers):
    repo = repos[R.randrange(len(repos))]; subj = R.choice(sorted(repo['tags'].values()))
    e = blob(b'{}', 'config'); l = blob(json.dumps({'sig': R.randbytes(32).hex()}).encode(), 'layer')
    m = {'schemaVersion': 2, 'mediaType': OM, 'artifactType': 'application/vnd.example.signature.v1', 'config': desc(OE, e),
         'layers': [desc('application/vnd.example.signature.v1+json', l)],
         'subject': desc(OI if kind[subj] == 'index' else OM, subj)}
    h = blob(json.dumps(m).encode(), 'referrer'); refs[h] = [e, l]; repo['rev'].add(h); repo['lay'].update([e, l])
    referrers.append({'repo': repo['name'], 'digest': 'sha256:' + h, 'subject': 'sha256:' + subj})
# orphans
orphan_plain = [layer('orphan')[0] for _ in range(A.orphan_blobs)]
orphan_linked = []
for _ in range(A.orphan_layer_links):
    h = layer('orphan')[0]; repo = repos[R.randrange(len(repos))]; repo['lay'].add(h); orphan_linked.append((repo['name'], h))
# links
links = {'revision': 0, 'layer': 0, 'tag_current': 0, 'tag_index': 0}
for repo in repos:
    d = f"{RP}/{repo['name']}"
    for h in sorted(repo['lay']): link(f'{d}/_layers/sha256/{h}', h, 'layer_link')
    mkd(f'{d}/_uploads')
    for h in sorted(repo['rev']): link(f'{d}/_manifests/revisions/sha256/{h}', h, 'revision_link')
    for tag, hs in repo['hist'].items():
        for h in hs: link(f'{d}/_manifests/tags/{tag}/index/sha256/{h}', h, 'tag_index_link')
        link(f'{d}/_manifests/tags/{tag}/current', repo['tags'][tag], 'tag_current_link')
uploads = []
for _ in range(A.uploads):
    repo = repos[R.randrange(len(repos))]; x = R.randbytes(16).hex(); u = f'{x[:8]}-{x[8:12]}-4{x[13:16]}-8{x[17:20]}-{x[20:]}'
    d = f"{RP}/{repo['name']}/_uploads/{u}"; mkd(d); put(d + '/data', R.randbytes(R.randint(0, 5000)), 'upload_file')
    put(d + '/startedat', b'2024-02-03T04:05:06Z', 'upload_file'); mkd(d + '/hashstates/sha256'); put(d + '/hashstates/sha256/0', R.randbytes(108), 'upload_file')
    uploads.append({'repo': repo['name'], 'uuid': u})
# ---- the answer, before faults
allrev = set().union(*(r['rev'] for r in repos)) if repos else set()
marked = set(allrev)
for h in allrev: marked.update(refs[h])
marked_on_disk = marked & set(blobs)
orphans = sorted(set(blobs) - marked)
def reach(repo, with_ref):
    s = set(); todo = list(repo['tags'].values())
    while todo:
        h = todo.pop()
        if h in s: continue
        s.add(h)
        if kind[h] == 'index': todo += refs[h]
    return s
untagged_direct, untagged_true = [], []
for repo in repos:
    cur = set(repo['tags'].values()); ok = reach(repo, False)
    untagged_direct += [f"{repo['name']}@sha256:{h}" for h in sorted(repo['rev'] - cur)]
    untagged_true += [f"{repo['name']}@sha256:{h}" for h in sorted(repo['rev'] - ok) if kind[h] != 'referrer']
# ---- faults: each on its own object(s)
faults = []; used = set()
want = {}
for s in filter(None, A.faults.split(',')):
    k, _, n = s.partition('='); n = int(n or 1)
    for kk in (FAULTS if k == 'all' else [k]):
        if kk not in FAULTS: sys.exit(f'unknown fault {kk}')
        want[kk] = n
owner = defaultdict(list)
for repo in repos:
    for h in repo['lay']: owner[h].append(repo)
parents = defaultdict(list)
for m, rs in refs.items():
    for x in rs: parents[x].append(m)
F = random.Random(A.seed ^ 0xF417)
bp = lambda h: f'{BL}/{h[:2]}/{h}/data'
rel = lambda p: os.path.relpath(p, A.out)
def choose(pred):
    c = [h for h in sorted(blobs) if h not in used and pred(h)]
    if not c: return None
    h = F.choice(c); used.add(h); return h
def claim(h):                   # keep other faults off the whole image
    used.add(h)
    for m in parents[h]: used.add(m)
def isl(h): return kind[h] == 'layer' and blobs[h] > 64 and any(m in allrev for m in parents[h]) and not any(m in used for m in parents[h])
def ism(h): return kind[h] == 'manifest' and not any(x in used for x in refs[h]) and not any(m in used for m in parents[h])
child = {x for m in refs if kind[m] == 'index' for x in refs[m]}
revrepos = defaultdict(list)
for repo in repos:
    for h in repo['rev']: revrepos[h].append(repo)
for k, n in want.items():
    for _ in range(n):
        rec = {'kind': k}
        if k in ('bitflip', 'truncate', 'zero', 'extra_byte'):
            h = choose(isl); assert h, k; p = bp(h); b = bytearray(open(p, 'rb').read())
            if k == 'bitflip': i = F.randrange(len(b)); b[i] ^= 1 << F.randrange(8); rec['offset'] = i
            elif k == 'truncate': b = b[:F.randrange(1, len(b))]
            elif k == 'zero': b = b''
            else: b += b'\n'
            open(p, 'wb').write(b); claim(h); rec.update(digest='sha256:' + h, path=rel(p), true_size=blobs[h], size_on_disk=len(b), manifests=sorted('sha256:' + m for m in parents[h]))
        elif k in ('missing_layer', 'missing_config'):
            h = choose(isl if k == 'missing_layer' else lambda h: kind[h] == 'config' and h in parents and not any(m in used for m in parents[h])); assert h, k
            os.unlink(bp(h)); os.rmdir(os.path.dirname(bp(h))); claim(h); rec.update(digest='sha256:' + h, path=rel(bp(h)), manifests=sorted('sha256:' + m for m in parents[h]), repos_linking=sorted(r['name'] for r in owner[h]))
        elif k in ('missing_manifest_blob', 'missing_child', 'manifest_bad_json'):
            h = choose((lambda h: ism(h) and h in child) if k == 'missing_child' else lambda h: ism(h) and h not in child and h in allrev); assert h, k
            claim(h); used.update(refs[h])
            if k == 'manifest_bad_json': open(bp(h), 'r+b').write(b'<html>')
            else: os.unlink(bp(h)); os.rmdir(os.path.dirname(bp(h)))
            rec.update(digest='sha256:' + h, path=rel(bp(h)), repos=sorted(r['name'] for r in revrepos[h]), indexes=sorted('sha256:' + m for m in parents[h]))
        elif k == 'missing_layer_link':
            h = choose(isl); assert h; r = F.choice(sorted((r for r in owner[h]), key=lambda r: r['name'])); claim(h)
            d = f"{RP}/{r['name']}/_layers/sha256/{h}"; os.unlink(d + '/link'); os.rmdir(d)
            rec.update(digest='sha256:' + h, repo=r['name'], path=rel(d + '/link'), manifests=sorted('sha256:' + m for m in parents[h] if m in r['rev']))
        elif k in ('link_garbage', 'link_empty', 'link_wrong_digest'):
            h = choose(lambda h: ism(h) and h not in child and h in allrev); assert h; claim(h); used.update(refs[h]); r = revrepos[h][0]
            p = f"{RP}/{r['name']}/_manifests/revisions/sha256/{h}/link"
            b = {'link_garbage': b'sha256:zz\n', 'link_empty': b'', 'link_wrong_digest': b'sha256:' + sha(h.encode()).encode()}[k]; open(p, 'wb').write(b)
            rec.update(digest='sha256:' + h, repo=r['name'], path=rel(p), content=b.decode())
        elif k in ('tag_to_missing_revision', 'tag_no_current'):
            c = [(r, t) for r in repos for t in r['tags'] if ('tag', r['name'], t) not in used and r['tags'][t] not in used]; r, t = F.choice(c); used.add(('tag', r['name'], t))
            p = f"{RP}/{r['name']}/_manifests/tags/{t}/current/link"
            if k == 'tag_no_current': os.unlink(p); os.rmdir(os.path.dirname(p))
            else: rec['points_to'] = 'sha256:' + sha((r['name'] + t).encode()); open(p, 'w').write(rec['points_to'])
            rec.update(repo=r['name'], tag=t, path=rel(p))
        elif k == 'descriptor_size':    # a well-formed, correctly named manifest whose layer descriptor lies about the size
            r = repos[F.randrange(len(repos))]; l = layer(); c = config([l], 'amd64', True)
            m = {'schemaVersion': 2, 'mediaType': OM, 'config': desc(OC, c), 'layers': [desc(OY, l[0], size=blobs[l[0]] + 7)]}
            h = blob(json.dumps(m).encode(), 'manifest'); d = f"{RP}/{r['name']}"; refs[h] = [c, l[0]]
            for x in (c, l[0]): link(f'{d}/_layers/sha256/{x}', x, 'layer_link')
            tag = f'sizelie{len(faults)}'; link(f'{d}/_manifests/revisions/sha256/{h}', h, 'revision_link')
            link(f'{d}/_manifests/tags/{tag}/index/sha256/{h}', h, 'tag_index_link'); link(f'{d}/_manifests/tags/{tag}/current', h, 'tag_current_link')
            r['rev'].add(h); r['tags'][tag] = h; marked.update([h, c, l[0]]); used.update([h, c, l[0]])
            rec.update(repo=r['name'], tag=tag, digest='sha256:' + h, layer='sha256:' + l[0], said=blobs[l[0]] + 7, true=blobs[l[0]])
        elif k == 'stray_file':
            s = f'{F.randrange(256):02x}'; p = f'{BL}/{s}/.nfs{len(faults):06d}'; open(p, 'wb').write(b'stray'); rec.update(path=rel(p))
        elif k == 'dangling_layer_link':
            r = repos[F.randrange(len(repos))]; h = sha(b'dangling%d' % len(faults)); d = f"{RP}/{r['name']}/_layers/sha256/{h}"; link(d, h, 'layer_link'); rec.update(repo=r['name'], digest='sha256:' + h, path=rel(d + '/link'))
        faults.append(rec)
kinds = defaultdict(lambda: [0, 0])
for h, s in blobs.items(): kinds[kind[h]][0] += 1; kinds[kind[h]][1] += s
ans = {'params': vars(A), 'counts': {
    'repos': len(repos), 'tags': sum(len(r['tags']) for r in repos), 'files': dict(n_files), 'link_files': sum(v for k, v in n_files.items() if k.endswith('_link')),
    'blobs': len(blobs), 'blob_bytes': sum(blobs.values()), 'by_kind': {k: {'n': v[0], 'bytes': v[1]} for k, v in sorted(kinds.items())},
    'upload_dirs': len(uploads), 'foreign_refs': len(foreign_refs)},
  'gc_dry_run': {'blobs_marked': len(marked), 'blobs_eligible': len(orphans), 'eligible_bytes': sum(blobs[h] for h in orphans), 'note': 'valid only without faults'},
  'orphans': ['sha256:' + h for h in orphans],
  'orphans_no_link': ['sha256:' + h for h in sorted(orphan_plain)],
  'orphans_with_layer_link': [{'repo': r, 'digest': 'sha256:' + h} for r, h in sorted(orphan_linked)],
  'untagged_revisions_not_directly_tagged': len(untagged_direct), 'untagged_revisions_unreachable': untagged_true,
  'referrers': referrers, 'uploads': uploads, 'foreign': sorted('sha256:' + h for h in foreign_refs), 'faults': faults,
  'repos': {r['name']: {'tags': {t: 'sha256:' + h for t, h in r['tags'].items()}, 'revisions': len(r['rev']), 'layer_links': len(r['lay'])} for r in repos}}
with open(A.out.rstrip('/') + '.expected.json', 'w') as f: json.dump(ans, f, indent=1)
if not A.quiet:
    print(json.dumps({k: ans[k] for k in ('counts', 'gc_dry_run')}, indent=1)); print('faults', len(faults), 'untagged', len(untagged_true), f'{time.time()-t0:.1f}s')
