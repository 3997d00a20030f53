#!/usr/bin/env python3
"""run.py - time regfs against what people use today, on stores that it makes.

  benches/run.py [--stores DIR] [--runs N] [--cold] [--small] [CASE…]

Each case is a store and the commands that a user would have typed for the same answer. The contenders take turns, so
that a noisy machine is noisy for all of them; a row gives the median of each one's wall time, its CPU time and its peak
memory, and the ratio of medians to regfs. `--cold` drops the page cache before each run (root only). `--small` makes
stores a tenth the size, to try the script. Python 3.9 or later; contenders that are not installed are left out.
"""
import argparse, glob, hashlib, os, shutil, statistics, subprocess, sys, tempfile, time

HERE = os.path.dirname(os.path.abspath(__file__))
REGFS = os.path.join(HERE, '..', 'target', 'release', 'regfs')
STORES = {
    # 3,000 blobs of log-normal size, 40% of them under 10 KiB: about 6 GiB.
    'large': '--repos 12 --tags 20 --share-repo 0.05 --share-global 0.05 --base-pool 30 --layer-median 22400 --layer-sigma 3.1',
    # Half of that, since `diff` needs it twice.
    'pair': '--repos 6 --tags 20 --share-repo 0.05 --share-global 0.05 --base-pool 30 --layer-median 22400 --layer-sigma 3.1',
    # 1,000 repositories of 20 tags, each of a manifest, a config and 8 shared layers: 320,000 files.
    'graph': '',
    # 100,000 blobs of some 2 KiB, and 300,000 links.
    'small': '--repos 1000 --tags 10 --layers 16 --share-repo 0.5 --share-global 0.25 --index-frac 0.05 --config-pad 400',
}
SMALLER = {'pair': '--repos 2 --tags 8', 'large': '--repos 3 --tags 8', 'graph': '--repos 100', 'small': '--repos 100'}
DATA = "find {v2}/blobs -name data -type f -print0"
READ = "(find {dir} -name data -type f -print0 | xargs -0 cat)"
READ_BOTH = READ.replace('{dir}', '{v2}/blobs') + ' & ' + READ.replace('{dir}', '{copy}/docker/registry/v2/blobs') + '; wait'
PAIRS = [
    ('regfs diff', '{regfs} diff {root} {copy} -q'),
    ('diff -rq', 'diff -rq {root} {copy}'),
    ('rclone check', 'rclone check -q {root} {copy}'),
    ('rsync -ncr', 'rsync -ncr {root}/ {copy}/'),
    ('two plain reads at a time (find | xargs cat)', READ_BOTH),
]
CASES = {
    'diff': ('pair', PAIRS),
    'diff-small': ('small', PAIRS),
    'verify-large': ('large', [
        ('regfs verify', '{regfs} verify -r {root} -q'),
        ('the same, two SHA-NI streams a thread', 'REGFS_HASH_BACKEND=shani {regfs} verify -r {root} -q'),
        ('the same, AVX2 alone', 'REGFS_HASH_BACKEND=avx2 {regfs} verify -r {root} -q'),
        ('the same, portable', 'REGFS_HASH_BACKEND=portable {regfs} verify -r {root} -q'),
        ('one stream a thread (benches/one_stream.rs)', '{one_stream} {root}'),
        ('find | xargs -P2 -n16 sha256sum', DATA + ' | xargs -0 -P2 -n16 sha256sum'),
        ('find | xargs -P2 -n16 openssl dgst -sha256', DATA + ' | xargs -0 -P2 -n16 openssl dgst -sha256'),
        ('reading alone, 16 readers (xargs -P16 -n16 cat)', DATA + ' | xargs -0 -P16 -n16 cat'),
    ]),
    'verify-one': ('one', [
        ('regfs verify', '{regfs} verify -r {root} -q'),
        ('openssl dgst -sha256', DATA + ' | xargs -0 openssl dgst -sha256'),
        ('sha256sum', DATA + ' | xargs -0 sha256sum'),
    ]),
    'verify-small': ('small', [
        ('regfs verify', '{regfs} verify -r {root} -q'),
        ('the same, 2 readers', '{regfs} verify -r {root} -q --readers 2'),
        ('find | xargs -P2 -n256 sha256sum', DATA + ' | xargs -0 -P2 -n256 sha256sum'),
        ('reading alone, 2 readers (xargs -P2 -n256 cat)', DATA + ' | xargs -0 -P2 -n256 cat'),
        ('reading alone, 16 readers (xargs -P16 -n256 cat)', DATA + ' | xargs -0 -P16 -n256 cat'),
    ]),
    'structure': ('small', [('regfs verify --no-hash', '{regfs} verify -r {root} -q --no-hash'), ('find -type f', 'find {v2} -type f')]),
    'graph': ('graph', [
        ('regfs verify --no-hash', '{regfs} verify -r {root} -q --no-hash'),
        ('regfs orphans', '{regfs} orphans -r {root} -q'),
        ('regfs gc-preview --rules 2', '{regfs} gc-preview --rules 2 -r {root} -q'),
        ('regfs gc-preview --rules 3', '{regfs} gc-preview --rules 3 -r {root} -q'),
        ('docker-registry garbage-collect --dry-run', 'docker-registry garbage-collect --dry-run {config}'),
        ('find -type f', 'find {v2} -type f'),
    ]),
}


def store(args, name):
    root = os.path.join(args.stores, name + ('-small' if args.small else ''))
    if name == 'one':
        return one_blob(root, (1 if args.small else 10) << 30)
    if not os.path.exists(root + '.expected.json'):
        shutil.rmtree(root, ignore_errors=True)
        options = (STORES[name] + ' ' + (SMALLER[name] if args.small else '')).split()
        subprocess.run([sys.executable, os.path.join(HERE, 'make_store.py'), root, '--quiet', *options], check=True)
    return root


def one_blob(root, size):
    """A store of a single blob of so many bytes, of one repeated random MiB."""
    blobs = os.path.join(root, 'docker/registry/v2/blobs/sha256')
    if not os.path.exists(blobs):
        os.makedirs(os.path.join(root, 'docker/registry/v2/repositories'), exist_ok=True)
        part, digest, path = os.urandom(1 << 20), hashlib.sha256(), os.path.join(root, 'data')
        with open(path, 'wb') as file:
            for _ in range(size >> 20):
                file.write(part)
                digest.update(part)
        directory = os.path.join(blobs, digest.hexdigest()[:2], digest.hexdigest())
        os.makedirs(directory)
        os.rename(path, os.path.join(directory, 'data'))
    return root


def run(command):
    """Wall seconds, CPU seconds and peak KiB of one run of a shell command, its output thrown away."""
    began = time.perf_counter()
    with open(os.devnull, 'wb') as null:
        child = subprocess.Popen(['sh', '-c', command], stdout=null, stderr=null)
        _, _, used = os.wait4(child.pid, 0)
    wall = time.perf_counter() - began
    return wall, used.ru_utime + used.ru_stime, used.ru_maxrss


def built(bench):
    """The newest binary of a bench, or a name that is none."""
    binaries = [path for path in glob.glob(os.path.join(os.path.dirname(REGFS), 'deps', bench + '-*')) if os.access(path, os.X_OK)]
    return max(binaries, key=os.path.getmtime, default=bench)


def is_there(line):
    """Whether the program is installed that a contender's line is about."""
    words = [word for word in line.split() if '=' not in word]
    programs = [words[0]] if words[0] != 'find' else [word for word in words if word in ('sha256sum', 'openssl', 'cat')]
    return all(shutil.which(program.lstrip('(')) for program in programs)


def drop_caches():
    subprocess.run(['sync'], check=True)
    with open('/proc/sys/vm/drop_caches', 'w') as f:
        f.write('3')


def case(args, name):
    kind, contenders = CASES[name]
    root = store(args, kind)
    config = tempfile.NamedTemporaryFile('w', suffix='.yml', delete=False)
    config.write(f'version: 0.1\nstorage:\n  filesystem:\n    rootdirectory: {os.path.abspath(root)}\n')
    config.close()
    copy = root + '-copy'
    if any('{copy}' in line for _, line in contenders) and not os.path.exists(copy):
        subprocess.run(['cp', '-a', root, copy], check=True)
    words = {'copy': copy, 'one_stream': built('one_stream'), 'regfs': os.path.abspath(REGFS), 'root': root, 'v2': root + '/docker/registry/v2', 'config': config.name}
    contenders = [(label, line.format(**words)) for label, line in contenders]
    contenders = [(label, line) for label, line in contenders if is_there(line)]
    figures = {label: [] for label, _ in contenders}
    for turn in range(args.runs + (0 if args.cold else 1)):
        for label, line in contenders:
            if args.cold:
                drop_caches()
            measured = run(line)
            if args.cold or turn > 0:  # the first turn warms the cache
                figures[label].append(measured)
    os.unlink(config.name)
    print(f'\n{name}, {"cold" if args.cold else "warm"}, {args.runs} runs each, medians')
    print(f'{"":50} {"wall s (min-max)":>22} {"cpu s":>8} {"peak MiB":>9} {"wall / first":>12}')
    first = statistics.median(wall for wall, _, _ in figures[contenders[0][0]])
    for label, _ in contenders:
        walls = [wall for wall, _, _ in figures[label]]
        wall = statistics.median(walls)
        cpu = statistics.median(cpu for _, cpu, _ in figures[label])
        peak = max(kib for _, _, kib in figures[label]) / 1024
        spread = f'{wall:.2f} ({min(walls):.2f}-{max(walls):.2f})'
        print(f'{label:50} {spread:>22} {cpu:8.2f} {peak:9.0f} {wall / first:12.2f}')


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--stores', default=os.path.join(HERE, 'stores'), help='where the stores are made and kept')
    parser.add_argument('--runs', type=int, default=5)
    parser.add_argument('--cold', action='store_true')
    parser.add_argument('--small', action='store_true')
    parser.add_argument('cases', nargs='*', metavar='CASE', help=' '.join(CASES))
    args = parser.parse_args()
    os.makedirs(args.stores, exist_ok=True)
    flags = open('/proc/cpuinfo').read().split('flags', 1)[1].split('\n', 1)[0].split()
    print(f'{os.cpu_count()} cores; of sha_ni avx2 avx512f: {" ".join(f for f in ("sha_ni", "avx2", "avx512f") if f in flags)}')
    for name in args.cases or CASES:
        case(args, name)


main()
