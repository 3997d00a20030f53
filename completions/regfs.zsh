#compdef regfs

autoload -U is-at-least

_regfs() {
    typeset -A opt_args
    typeset -a _arguments_options
    local ret=1

    if is-at-least 5.2; then
        _arguments_options=(-s -S -C)
    else
        _arguments_options=(-s -C)
    fi

    local context curcontext="$curcontext" state line
    _arguments "${_arguments_options[@]}" : \
'-r+[The store\: a directory that holds docker/registry/v2, or docker/registry, or v2 itself; or an OCI image layout]:PATH:_files -/' \
'--root=[The store\: a directory that holds docker/registry/v2, or docker/registry, or v2 itself; or an OCI image layout]:PATH:_files -/' \
'--kind=[What kind of store the root is \[default\: recognised by what it holds\]]:KIND:((registry\:"A registry'\''s storage (distribution, Harbor, GitLab)"
docker\:"The data root of a Docker engine"
oci\:"An OCI image layout"
containerd\:"containerd'\''s content store"))' \
'-f+[What goes to standard output]:FORMAT:((table\:"For people"
json\:"One object"
ndjson\:"One object a line\: begin, the items, summary"
paths\:"The files on disk, one a line, for xargs (resolve, orphans, gc-preview, diff)"
paths0\:"The same, each ended by a zero byte, for xargs -0 (orphans, gc-preview, diff)"
csv\:"A line of column names, then a line for each item (orphans, gc-preview, diff, ls, du, refs, history, uploads)"))' \
'--format=[What goes to standard output]:FORMAT:((table\:"For people"
json\:"One object"
ndjson\:"One object a line\: begin, the items, summary"
paths\:"The files on disk, one a line, for xargs (resolve, orphans, gc-preview, diff)"
paths0\:"The same, each ended by a zero byte, for xargs -0 (orphans, gc-preview, diff)"
csv\:"A line of column names, then a line for each item (orphans, gc-preview, diff, ls, du, refs, history, uploads)"))' \
'*--report=[Also write the report in format F to PATH, atomically (may be repeated)]:F=PATH:_default' \
'-j+[Threads that compute \[default\: all cores\]]:N:_default' \
'--jobs=[Threads that compute \[default\: all cores\]]:N:_default' \
'--color=[Whether to use colour]:WHEN:((auto\:"If it goes to a terminal"
always\:"Wherever it goes"
never\:"Not at all"))' \
'--progress=[Whether to show progress on standard error]:WHEN:((auto\:"If it goes to a terminal"
always\:"Wherever it goes"
never\:"Not at all"))' \
'--readers=[Reads under way at a time \[default\: 16 for each thread that computes, within 32 and 64\]]:N:_default' \
'--rate=[Read no more than this from the store, such as 200MiB/s]:SIZE/s:_default' \
'(-v --verbose)-q[Say less on standard error\: no progress, unless --progress asks for it]' \
'(-v --verbose)--quiet[Say less on standard error\: no progress, unless --progress asks for it]' \
'-v[Say more on standard error, and show notes in tables]' \
'--verbose[Say more on standard error, and show notes in tables]' \
'--no-cache[Leave the page cache as it is\: forget what was read, unless it was there before (Linux 6.14 and later)]' \
'--nice[Use processor and disk only when nobody else wants them]' \
'-h[Print help (see more with '\''--help'\'')]' \
'--help[Print help (see more with '\''--help'\'')]' \
'-V[Print version]' \
'--version[Print version]' \
":: :_regfs_commands" \
"*::: :->regfs" \
&& ret=0
    case $state in
    (regfs)
        words=($line[1] "${words[@]}")
        (( CURRENT += 1 ))
        curcontext="${curcontext%:*:*}:regfs-command-$line[1]:"
        case $line[1] in
            (resolve)
_arguments "${_arguments_options[@]}" : \
'--platform=[Follow only the images for this platform]:OS/ARCH[/VARIANT]:_default' \
'-r+[The store\: a directory that holds docker/registry/v2, or docker/registry, or v2 itself; or an OCI image layout]:PATH:_files -/' \
'--root=[The store\: a directory that holds docker/registry/v2, or docker/registry, or v2 itself; or an OCI image layout]:PATH:_files -/' \
'--kind=[What kind of store the root is \[default\: recognised by what it holds\]]:KIND:((registry\:"A registry'\''s storage (distribution, Harbor, GitLab)"
docker\:"The data root of a Docker engine"
oci\:"An OCI image layout"
containerd\:"containerd'\''s content store"))' \
'-f+[What goes to standard output]:FORMAT:((table\:"For people"
json\:"One object"
ndjson\:"One object a line\: begin, the items, summary"
paths\:"The files on disk, one a line, for xargs (resolve, orphans, gc-preview, diff)"
paths0\:"The same, each ended by a zero byte, for xargs -0 (orphans, gc-preview, diff)"
csv\:"A line of column names, then a line for each item (orphans, gc-preview, diff, ls, du, refs, history, uploads)"))' \
'--format=[What goes to standard output]:FORMAT:((table\:"For people"
json\:"One object"
ndjson\:"One object a line\: begin, the items, summary"
paths\:"The files on disk, one a line, for xargs (resolve, orphans, gc-preview, diff)"
paths0\:"The same, each ended by a zero byte, for xargs -0 (orphans, gc-preview, diff)"
csv\:"A line of column names, then a line for each item (orphans, gc-preview, diff, ls, du, refs, history, uploads)"))' \
'*--report=[Also write the report in format F to PATH, atomically (may be repeated)]:F=PATH:_default' \
'-j+[Threads that compute \[default\: all cores\]]:N:_default' \
'--jobs=[Threads that compute \[default\: all cores\]]:N:_default' \
'--color=[Whether to use colour]:WHEN:((auto\:"If it goes to a terminal"
always\:"Wherever it goes"
never\:"Not at all"))' \
'--progress=[Whether to show progress on standard error]:WHEN:((auto\:"If it goes to a terminal"
always\:"Wherever it goes"
never\:"Not at all"))' \
'--readers=[Reads under way at a time \[default\: 16 for each thread that computes, within 32 and 64\]]:N:_default' \
'--rate=[Read no more than this from the store, such as 200MiB/s]:SIZE/s:_default' \
'(-v --verbose)-q[Say less on standard error\: no progress, unless --progress asks for it]' \
'(-v --verbose)--quiet[Say less on standard error\: no progress, unless --progress asks for it]' \
'-v[Say more on standard error, and show notes in tables]' \
'--verbose[Say more on standard error, and show notes in tables]' \
'--no-cache[Leave the page cache as it is\: forget what was read, unless it was there before (Linux 6.14 and later)]' \
'--nice[Use processor and disk only when nobody else wants them]' \
'-h[Print help (see more with '\''--help'\'')]' \
'--help[Print help (see more with '\''--help'\'')]' \
':reference -- The image\: repo\:tag, repo@digest, repo\:tag@digest, or repo (the tag latest):_default' \
&& ret=0
;;
(verify)
_arguments "${_arguments_options[@]}" : \
'--deep-limit=[The most that a layer may unpack to before --deep gives up on it]:SIZE:_default' \
'--fail-on=[How bad a finding must be for exit status 1]:SEVERITY:((error\:"Errors"
warning\:"Errors and warnings"
note\:"Anything"
never\:"Nothing"))' \
'--donor=[Say of each damaged or missing blob whether this root, or inventory of one, has it intact, and how to copy it]:ROOT_OR_FILE:_files' \
'--upload-age=[Report an unfinished upload as stale when it is older than this]:DURATION:_default' \
'(--no-hash)--checkpoint=[Go on where the run was ended that wrote this file, and write down what is verified, every few seconds]:FILE:_files' \
'--max-duration=[Stop when this time is over, tell what was found so far, and exit with 2]:DURATION:_default' \
'--shard=[Read and judge one of N shares, by digest\: N runs cover the store, and \`regfs merge\` makes one report of theirs]:I/N:_default' \
'-r+[The store\: a directory that holds docker/registry/v2, or docker/registry, or v2 itself; or an OCI image layout]:PATH:_files -/' \
'--root=[The store\: a directory that holds docker/registry/v2, or docker/registry, or v2 itself; or an OCI image layout]:PATH:_files -/' \
'--kind=[What kind of store the root is \[default\: recognised by what it holds\]]:KIND:((registry\:"A registry'\''s storage (distribution, Harbor, GitLab)"
docker\:"The data root of a Docker engine"
oci\:"An OCI image layout"
containerd\:"containerd'\''s content store"))' \
'-f+[What goes to standard output]:FORMAT:((table\:"For people"
json\:"One object"
ndjson\:"One object a line\: begin, the items, summary"
paths\:"The files on disk, one a line, for xargs (resolve, orphans, gc-preview, diff)"
paths0\:"The same, each ended by a zero byte, for xargs -0 (orphans, gc-preview, diff)"
csv\:"A line of column names, then a line for each item (orphans, gc-preview, diff, ls, du, refs, history, uploads)"))' \
'--format=[What goes to standard output]:FORMAT:((table\:"For people"
json\:"One object"
ndjson\:"One object a line\: begin, the items, summary"
paths\:"The files on disk, one a line, for xargs (resolve, orphans, gc-preview, diff)"
paths0\:"The same, each ended by a zero byte, for xargs -0 (orphans, gc-preview, diff)"
csv\:"A line of column names, then a line for each item (orphans, gc-preview, diff, ls, du, refs, history, uploads)"))' \
'*--report=[Also write the report in format F to PATH, atomically (may be repeated)]:F=PATH:_default' \
'-j+[Threads that compute \[default\: all cores\]]:N:_default' \
'--jobs=[Threads that compute \[default\: all cores\]]:N:_default' \
'--color=[Whether to use colour]:WHEN:((auto\:"If it goes to a terminal"
always\:"Wherever it goes"
never\:"Not at all"))' \
'--progress=[Whether to show progress on standard error]:WHEN:((auto\:"If it goes to a terminal"
always\:"Wherever it goes"
never\:"Not at all"))' \
'--readers=[Reads under way at a time \[default\: 16 for each thread that computes, within 32 and 64\]]:N:_default' \
'--rate=[Read no more than this from the store, such as 200MiB/s]:SIZE/s:_default' \
'(--deep)--no-hash[Check structure alone\: only manifests and configs are read and hashed]' \
'--deep[Unpack each layer, and compare its uncompressed digest with the image'\''s config]' \
'--notes[List notes too\: the normal residue of a working registry]' \
'(-v --verbose)-q[Say less on standard error\: no progress, unless --progress asks for it]' \
'(-v --verbose)--quiet[Say less on standard error\: no progress, unless --progress asks for it]' \
'-v[Say more on standard error, and show notes in tables]' \
'--verbose[Say more on standard error, and show notes in tables]' \
'--no-cache[Leave the page cache as it is\: forget what was read, unless it was there before (Linux 6.14 and later)]' \
'--nice[Use processor and disk only when nobody else wants them]' \
'-h[Print help (see more with '\''--help'\'')]' \
'--help[Print help (see more with '\''--help'\'')]' \
'*::references -- Look only at what these reach\: repo\:tag, repo@digest, or repo (the tag latest) \[default\: the whole root\]:_default' \
&& ret=0
;;
(diff)
_arguments "${_arguments_options[@]}" : \
'*--ref=[Compare only this image, file by file (may be repeated)]:REF:_default' \
'(--ref)*--repo=[Compare only this repository, and the blobs that it links (may be repeated)]:REPO:_default' \
'-r+[The store\: a directory that holds docker/registry/v2, or docker/registry, or v2 itself; or an OCI image layout]:PATH:_files -/' \
'--root=[The store\: a directory that holds docker/registry/v2, or docker/registry, or v2 itself; or an OCI image layout]:PATH:_files -/' \
'--kind=[What kind of store the root is \[default\: recognised by what it holds\]]:KIND:((registry\:"A registry'\''s storage (distribution, Harbor, GitLab)"
docker\:"The data root of a Docker engine"
oci\:"An OCI image layout"
containerd\:"containerd'\''s content store"))' \
'-f+[What goes to standard output]:FORMAT:((table\:"For people"
json\:"One object"
ndjson\:"One object a line\: begin, the items, summary"
paths\:"The files on disk, one a line, for xargs (resolve, orphans, gc-preview, diff)"
paths0\:"The same, each ended by a zero byte, for xargs -0 (orphans, gc-preview, diff)"
csv\:"A line of column names, then a line for each item (orphans, gc-preview, diff, ls, du, refs, history, uploads)"))' \
'--format=[What goes to standard output]:FORMAT:((table\:"For people"
json\:"One object"
ndjson\:"One object a line\: begin, the items, summary"
paths\:"The files on disk, one a line, for xargs (resolve, orphans, gc-preview, diff)"
paths0\:"The same, each ended by a zero byte, for xargs -0 (orphans, gc-preview, diff)"
csv\:"A line of column names, then a line for each item (orphans, gc-preview, diff, ls, du, refs, history, uploads)"))' \
'*--report=[Also write the report in format F to PATH, atomically (may be repeated)]:F=PATH:_default' \
'-j+[Threads that compute \[default\: all cores\]]:N:_default' \
'--jobs=[Threads that compute \[default\: all cores\]]:N:_default' \
'--color=[Whether to use colour]:WHEN:((auto\:"If it goes to a terminal"
always\:"Wherever it goes"
never\:"Not at all"))' \
'--progress=[Whether to show progress on standard error]:WHEN:((auto\:"If it goes to a terminal"
always\:"Wherever it goes"
never\:"Not at all"))' \
'--readers=[Reads under way at a time \[default\: 16 for each thread that computes, within 32 and 64\]]:N:_default' \
'--rate=[Read no more than this from the store, such as 200MiB/s]:SIZE/s:_default' \
'--sizes-only[Take files of the same size for the same\: no blob is read]' \
'--strict[Compare what carries no meaning too\: times, modes, *.tmp, empty directories, unfinished uploads]' \
'(--sizes-only)--deep[With --ref, between stores of different kinds\: read the layers, and compare what they unpack to]' \
'(-v --verbose)-q[Say less on standard error\: no progress, unless --progress asks for it]' \
'(-v --verbose)--quiet[Say less on standard error\: no progress, unless --progress asks for it]' \
'-v[Say more on standard error, and show notes in tables]' \
'--verbose[Say more on standard error, and show notes in tables]' \
'--no-cache[Leave the page cache as it is\: forget what was read, unless it was there before (Linux 6.14 and later)]' \
'--nice[Use processor and disk only when nobody else wants them]' \
'-h[Print help (see more with '\''--help'\'')]' \
'--help[Print help (see more with '\''--help'\'')]' \
':a -- A registry'\''s storage, or a file that `regfs inventory` wrote; - is standard input:_files' \
':b -- What to compare it with:_files' \
&& ret=0
;;
(inventory)
_arguments "${_arguments_options[@]}" : \
'-o+[Write to this file, atomically; as Zstandard if its name ends in .zst \[default\: standard output\]]:FILE:_files' \
'--output=[Write to this file, atomically; as Zstandard if its name ends in .zst \[default\: standard output\]]:FILE:_files' \
'-r+[The store\: a directory that holds docker/registry/v2, or docker/registry, or v2 itself; or an OCI image layout]:PATH:_files -/' \
'--root=[The store\: a directory that holds docker/registry/v2, or docker/registry, or v2 itself; or an OCI image layout]:PATH:_files -/' \
'--kind=[What kind of store the root is \[default\: recognised by what it holds\]]:KIND:((registry\:"A registry'\''s storage (distribution, Harbor, GitLab)"
docker\:"The data root of a Docker engine"
oci\:"An OCI image layout"
containerd\:"containerd'\''s content store"))' \
'-f+[What goes to standard output]:FORMAT:((table\:"For people"
json\:"One object"
ndjson\:"One object a line\: begin, the items, summary"
paths\:"The files on disk, one a line, for xargs (resolve, orphans, gc-preview, diff)"
paths0\:"The same, each ended by a zero byte, for xargs -0 (orphans, gc-preview, diff)"
csv\:"A line of column names, then a line for each item (orphans, gc-preview, diff, ls, du, refs, history, uploads)"))' \
'--format=[What goes to standard output]:FORMAT:((table\:"For people"
json\:"One object"
ndjson\:"One object a line\: begin, the items, summary"
paths\:"The files on disk, one a line, for xargs (resolve, orphans, gc-preview, diff)"
paths0\:"The same, each ended by a zero byte, for xargs -0 (orphans, gc-preview, diff)"
csv\:"A line of column names, then a line for each item (orphans, gc-preview, diff, ls, du, refs, history, uploads)"))' \
'*--report=[Also write the report in format F to PATH, atomically (may be repeated)]:F=PATH:_default' \
'-j+[Threads that compute \[default\: all cores\]]:N:_default' \
'--jobs=[Threads that compute \[default\: all cores\]]:N:_default' \
'--color=[Whether to use colour]:WHEN:((auto\:"If it goes to a terminal"
always\:"Wherever it goes"
never\:"Not at all"))' \
'--progress=[Whether to show progress on standard error]:WHEN:((auto\:"If it goes to a terminal"
always\:"Wherever it goes"
never\:"Not at all"))' \
'--readers=[Reads under way at a time \[default\: 16 for each thread that computes, within 32 and 64\]]:N:_default' \
'--rate=[Read no more than this from the store, such as 200MiB/s]:SIZE/s:_default' \
'--no-hash[Read no blob\: an inventory of sizes]' \
'--strict[Take in what carries no meaning too\: times, modes, *.tmp, empty directories, unfinished uploads]' \
'(-v --verbose)-q[Say less on standard error\: no progress, unless --progress asks for it]' \
'(-v --verbose)--quiet[Say less on standard error\: no progress, unless --progress asks for it]' \
'-v[Say more on standard error, and show notes in tables]' \
'--verbose[Say more on standard error, and show notes in tables]' \
'--no-cache[Leave the page cache as it is\: forget what was read, unless it was there before (Linux 6.14 and later)]' \
'--nice[Use processor and disk only when nobody else wants them]' \
'-h[Print help (see more with '\''--help'\'')]' \
'--help[Print help (see more with '\''--help'\'')]' \
'::from -- The registry'\''s storage \[default\: that of --root\]:_files -/' \
&& ret=0
;;
(merge)
_arguments "${_arguments_options[@]}" : \
'--fail-on=[How bad a finding must be for exit status 1]:SEVERITY:((error\:"Errors"
warning\:"Errors and warnings"
note\:"Anything"
never\:"Nothing"))' \
'-r+[The store\: a directory that holds docker/registry/v2, or docker/registry, or v2 itself; or an OCI image layout]:PATH:_files -/' \
'--root=[The store\: a directory that holds docker/registry/v2, or docker/registry, or v2 itself; or an OCI image layout]:PATH:_files -/' \
'--kind=[What kind of store the root is \[default\: recognised by what it holds\]]:KIND:((registry\:"A registry'\''s storage (distribution, Harbor, GitLab)"
docker\:"The data root of a Docker engine"
oci\:"An OCI image layout"
containerd\:"containerd'\''s content store"))' \
'-f+[What goes to standard output]:FORMAT:((table\:"For people"
json\:"One object"
ndjson\:"One object a line\: begin, the items, summary"
paths\:"The files on disk, one a line, for xargs (resolve, orphans, gc-preview, diff)"
paths0\:"The same, each ended by a zero byte, for xargs -0 (orphans, gc-preview, diff)"
csv\:"A line of column names, then a line for each item (orphans, gc-preview, diff, ls, du, refs, history, uploads)"))' \
'--format=[What goes to standard output]:FORMAT:((table\:"For people"
json\:"One object"
ndjson\:"One object a line\: begin, the items, summary"
paths\:"The files on disk, one a line, for xargs (resolve, orphans, gc-preview, diff)"
paths0\:"The same, each ended by a zero byte, for xargs -0 (orphans, gc-preview, diff)"
csv\:"A line of column names, then a line for each item (orphans, gc-preview, diff, ls, du, refs, history, uploads)"))' \
'*--report=[Also write the report in format F to PATH, atomically (may be repeated)]:F=PATH:_default' \
'-j+[Threads that compute \[default\: all cores\]]:N:_default' \
'--jobs=[Threads that compute \[default\: all cores\]]:N:_default' \
'--color=[Whether to use colour]:WHEN:((auto\:"If it goes to a terminal"
always\:"Wherever it goes"
never\:"Not at all"))' \
'--progress=[Whether to show progress on standard error]:WHEN:((auto\:"If it goes to a terminal"
always\:"Wherever it goes"
never\:"Not at all"))' \
'--readers=[Reads under way at a time \[default\: 16 for each thread that computes, within 32 and 64\]]:N:_default' \
'--rate=[Read no more than this from the store, such as 200MiB/s]:SIZE/s:_default' \
'(-v --verbose)-q[Say less on standard error\: no progress, unless --progress asks for it]' \
'(-v --verbose)--quiet[Say less on standard error\: no progress, unless --progress asks for it]' \
'-v[Say more on standard error, and show notes in tables]' \
'--verbose[Say more on standard error, and show notes in tables]' \
'--no-cache[Leave the page cache as it is\: forget what was read, unless it was there before (Linux 6.14 and later)]' \
'--nice[Use processor and disk only when nobody else wants them]' \
'-h[Print help (see more with '\''--help'\'')]' \
'--help[Print help (see more with '\''--help'\'')]' \
'*::parts -- JSON reports, of -f json or --report json=FILE\: of verify --shard, or of runs that were ended before their time:_files' \
&& ret=0
;;
(orphans)
_arguments "${_arguments_options[@]}" : \
'--policy=[What keeps content alive \[default\: revisions\]]:POLICY:((revisions\:"Every manifest revision of any repository, and what it reaches"
tags\:"What tags reach, and manifests whose subject is alive"))' \
'--alive=[Digests that are alive too, one a line, and what they reach; - is standard input]:FILE:_files' \
'--min-age=[Leave out what is younger than this\: a push or pull may be under way]:DURATION:_default' \
'*--without-tags=[As if the tags that match were gone (may be repeated); implies --policy tags]:GLOB:_default' \
'--keep-newest=[As if each repository kept only so many tags, those that moved last; implies --policy tags]:N:_default' \
'--max-bytes=[Exit with 1 if the blobs listed have more bytes than this]:SIZE:_default' \
'-r+[The store\: a directory that holds docker/registry/v2, or docker/registry, or v2 itself; or an OCI image layout]:PATH:_files -/' \
'--root=[The store\: a directory that holds docker/registry/v2, or docker/registry, or v2 itself; or an OCI image layout]:PATH:_files -/' \
'--kind=[What kind of store the root is \[default\: recognised by what it holds\]]:KIND:((registry\:"A registry'\''s storage (distribution, Harbor, GitLab)"
docker\:"The data root of a Docker engine"
oci\:"An OCI image layout"
containerd\:"containerd'\''s content store"))' \
'-f+[What goes to standard output]:FORMAT:((table\:"For people"
json\:"One object"
ndjson\:"One object a line\: begin, the items, summary"
paths\:"The files on disk, one a line, for xargs (resolve, orphans, gc-preview, diff)"
paths0\:"The same, each ended by a zero byte, for xargs -0 (orphans, gc-preview, diff)"
csv\:"A line of column names, then a line for each item (orphans, gc-preview, diff, ls, du, refs, history, uploads)"))' \
'--format=[What goes to standard output]:FORMAT:((table\:"For people"
json\:"One object"
ndjson\:"One object a line\: begin, the items, summary"
paths\:"The files on disk, one a line, for xargs (resolve, orphans, gc-preview, diff)"
paths0\:"The same, each ended by a zero byte, for xargs -0 (orphans, gc-preview, diff)"
csv\:"A line of column names, then a line for each item (orphans, gc-preview, diff, ls, du, refs, history, uploads)"))' \
'*--report=[Also write the report in format F to PATH, atomically (may be repeated)]:F=PATH:_default' \
'-j+[Threads that compute \[default\: all cores\]]:N:_default' \
'--jobs=[Threads that compute \[default\: all cores\]]:N:_default' \
'--color=[Whether to use colour]:WHEN:((auto\:"If it goes to a terminal"
always\:"Wherever it goes"
never\:"Not at all"))' \
'--progress=[Whether to show progress on standard error]:WHEN:((auto\:"If it goes to a terminal"
always\:"Wherever it goes"
never\:"Not at all"))' \
'--readers=[Reads under way at a time \[default\: 16 for each thread that computes, within 32 and 64\]]:N:_default' \
'--rate=[Read no more than this from the store, such as 200MiB/s]:SIZE/s:_default' \
'--exit-code[Exit with 1 if anything is listed]' \
'(-v --verbose)-q[Say less on standard error\: no progress, unless --progress asks for it]' \
'(-v --verbose)--quiet[Say less on standard error\: no progress, unless --progress asks for it]' \
'-v[Say more on standard error, and show notes in tables]' \
'--verbose[Say more on standard error, and show notes in tables]' \
'--no-cache[Leave the page cache as it is\: forget what was read, unless it was there before (Linux 6.14 and later)]' \
'--nice[Use processor and disk only when nobody else wants them]' \
'-h[Print help (see more with '\''--help'\'')]' \
'--help[Print help (see more with '\''--help'\'')]' \
&& ret=0
;;
(gc-preview)
_arguments "${_arguments_options[@]}" : \
'--rules=[Whose rules]:VERSION:((2\:"distribution 2.7 and 2.8, Debian'\''s docker-registry, Harbor'\''s registry"
3\:"distribution 3.0 and 3.1"))' \
'-r+[The store\: a directory that holds docker/registry/v2, or docker/registry, or v2 itself; or an OCI image layout]:PATH:_files -/' \
'--root=[The store\: a directory that holds docker/registry/v2, or docker/registry, or v2 itself; or an OCI image layout]:PATH:_files -/' \
'--kind=[What kind of store the root is \[default\: recognised by what it holds\]]:KIND:((registry\:"A registry'\''s storage (distribution, Harbor, GitLab)"
docker\:"The data root of a Docker engine"
oci\:"An OCI image layout"
containerd\:"containerd'\''s content store"))' \
'-f+[What goes to standard output]:FORMAT:((table\:"For people"
json\:"One object"
ndjson\:"One object a line\: begin, the items, summary"
paths\:"The files on disk, one a line, for xargs (resolve, orphans, gc-preview, diff)"
paths0\:"The same, each ended by a zero byte, for xargs -0 (orphans, gc-preview, diff)"
csv\:"A line of column names, then a line for each item (orphans, gc-preview, diff, ls, du, refs, history, uploads)"))' \
'--format=[What goes to standard output]:FORMAT:((table\:"For people"
json\:"One object"
ndjson\:"One object a line\: begin, the items, summary"
paths\:"The files on disk, one a line, for xargs (resolve, orphans, gc-preview, diff)"
paths0\:"The same, each ended by a zero byte, for xargs -0 (orphans, gc-preview, diff)"
csv\:"A line of column names, then a line for each item (orphans, gc-preview, diff, ls, du, refs, history, uploads)"))' \
'*--report=[Also write the report in format F to PATH, atomically (may be repeated)]:F=PATH:_default' \
'-j+[Threads that compute \[default\: all cores\]]:N:_default' \
'--jobs=[Threads that compute \[default\: all cores\]]:N:_default' \
'--color=[Whether to use colour]:WHEN:((auto\:"If it goes to a terminal"
always\:"Wherever it goes"
never\:"Not at all"))' \
'--progress=[Whether to show progress on standard error]:WHEN:((auto\:"If it goes to a terminal"
always\:"Wherever it goes"
never\:"Not at all"))' \
'--readers=[Reads under way at a time \[default\: 16 for each thread that computes, within 32 and 64\]]:N:_default' \
'--rate=[Read no more than this from the store, such as 200MiB/s]:SIZE/s:_default' \
'-m[As if the collector were told to delete manifests without a tag too]' \
'--delete-untagged[As if the collector were told to delete manifests without a tag too]' \
'(-v --verbose)-q[Say less on standard error\: no progress, unless --progress asks for it]' \
'(-v --verbose)--quiet[Say less on standard error\: no progress, unless --progress asks for it]' \
'-v[Say more on standard error, and show notes in tables]' \
'--verbose[Say more on standard error, and show notes in tables]' \
'--no-cache[Leave the page cache as it is\: forget what was read, unless it was there before (Linux 6.14 and later)]' \
'--nice[Use processor and disk only when nobody else wants them]' \
'-h[Print help (see more with '\''--help'\'')]' \
'--help[Print help (see more with '\''--help'\'')]' \
&& ret=0
;;
(ls)
_arguments "${_arguments_options[@]}" : \
'-r+[The store\: a directory that holds docker/registry/v2, or docker/registry, or v2 itself; or an OCI image layout]:PATH:_files -/' \
'--root=[The store\: a directory that holds docker/registry/v2, or docker/registry, or v2 itself; or an OCI image layout]:PATH:_files -/' \
'--kind=[What kind of store the root is \[default\: recognised by what it holds\]]:KIND:((registry\:"A registry'\''s storage (distribution, Harbor, GitLab)"
docker\:"The data root of a Docker engine"
oci\:"An OCI image layout"
containerd\:"containerd'\''s content store"))' \
'-f+[What goes to standard output]:FORMAT:((table\:"For people"
json\:"One object"
ndjson\:"One object a line\: begin, the items, summary"
paths\:"The files on disk, one a line, for xargs (resolve, orphans, gc-preview, diff)"
paths0\:"The same, each ended by a zero byte, for xargs -0 (orphans, gc-preview, diff)"
csv\:"A line of column names, then a line for each item (orphans, gc-preview, diff, ls, du, refs, history, uploads)"))' \
'--format=[What goes to standard output]:FORMAT:((table\:"For people"
json\:"One object"
ndjson\:"One object a line\: begin, the items, summary"
paths\:"The files on disk, one a line, for xargs (resolve, orphans, gc-preview, diff)"
paths0\:"The same, each ended by a zero byte, for xargs -0 (orphans, gc-preview, diff)"
csv\:"A line of column names, then a line for each item (orphans, gc-preview, diff, ls, du, refs, history, uploads)"))' \
'*--report=[Also write the report in format F to PATH, atomically (may be repeated)]:F=PATH:_default' \
'-j+[Threads that compute \[default\: all cores\]]:N:_default' \
'--jobs=[Threads that compute \[default\: all cores\]]:N:_default' \
'--color=[Whether to use colour]:WHEN:((auto\:"If it goes to a terminal"
always\:"Wherever it goes"
never\:"Not at all"))' \
'--progress=[Whether to show progress on standard error]:WHEN:((auto\:"If it goes to a terminal"
always\:"Wherever it goes"
never\:"Not at all"))' \
'--readers=[Reads under way at a time \[default\: 16 for each thread that computes, within 32 and 64\]]:N:_default' \
'--rate=[Read no more than this from the store, such as 200MiB/s]:SIZE/s:_default' \
'(-v --verbose)-q[Say less on standard error\: no progress, unless --progress asks for it]' \
'(-v --verbose)--quiet[Say less on standard error\: no progress, unless --progress asks for it]' \
'-v[Say more on standard error, and show notes in tables]' \
'--verbose[Say more on standard error, and show notes in tables]' \
'--no-cache[Leave the page cache as it is\: forget what was read, unless it was there before (Linux 6.14 and later)]' \
'--nice[Use processor and disk only when nobody else wants them]' \
'-h[Print help (see more with '\''--help'\'')]' \
'--help[Print help (see more with '\''--help'\'')]' \
'::repository -- The repository whose images to list \[default\: list the repositories\]:_default' \
&& ret=0
;;
(du)
_arguments "${_arguments_options[@]}" : \
'--by=[What the rows are about \[default\: repository; tag where images are in no repository\]]:WHAT:((namespace\:"What stands before the first / of repositories'\'' names (a project in Harbor), or the whole name"
repository\:"What the manifests of a repository need"
tag\:"What the image of a tag needs"
blob\:"Each blob that a repository needs, and how many repositories and tags do"))' \
'--sort=[The order of rows, the largest first \[default\: logical; in other formats than table, name\]]:KEY:((logical\:"All that is needed"
unique\:"What no other row needs"
shared\:"What others need too"
blobs\:"The number of blobs"
name\:"The name"))' \
'--top=[Show so many rows; without --sort the largest by logical bytes]:N:_default' \
'-r+[The store\: a directory that holds docker/registry/v2, or docker/registry, or v2 itself; or an OCI image layout]:PATH:_files -/' \
'--root=[The store\: a directory that holds docker/registry/v2, or docker/registry, or v2 itself; or an OCI image layout]:PATH:_files -/' \
'--kind=[What kind of store the root is \[default\: recognised by what it holds\]]:KIND:((registry\:"A registry'\''s storage (distribution, Harbor, GitLab)"
docker\:"The data root of a Docker engine"
oci\:"An OCI image layout"
containerd\:"containerd'\''s content store"))' \
'-f+[What goes to standard output]:FORMAT:((table\:"For people"
json\:"One object"
ndjson\:"One object a line\: begin, the items, summary"
paths\:"The files on disk, one a line, for xargs (resolve, orphans, gc-preview, diff)"
paths0\:"The same, each ended by a zero byte, for xargs -0 (orphans, gc-preview, diff)"
csv\:"A line of column names, then a line for each item (orphans, gc-preview, diff, ls, du, refs, history, uploads)"))' \
'--format=[What goes to standard output]:FORMAT:((table\:"For people"
json\:"One object"
ndjson\:"One object a line\: begin, the items, summary"
paths\:"The files on disk, one a line, for xargs (resolve, orphans, gc-preview, diff)"
paths0\:"The same, each ended by a zero byte, for xargs -0 (orphans, gc-preview, diff)"
csv\:"A line of column names, then a line for each item (orphans, gc-preview, diff, ls, du, refs, history, uploads)"))' \
'*--report=[Also write the report in format F to PATH, atomically (may be repeated)]:F=PATH:_default' \
'-j+[Threads that compute \[default\: all cores\]]:N:_default' \
'--jobs=[Threads that compute \[default\: all cores\]]:N:_default' \
'--color=[Whether to use colour]:WHEN:((auto\:"If it goes to a terminal"
always\:"Wherever it goes"
never\:"Not at all"))' \
'--progress=[Whether to show progress on standard error]:WHEN:((auto\:"If it goes to a terminal"
always\:"Wherever it goes"
never\:"Not at all"))' \
'--readers=[Reads under way at a time \[default\: 16 for each thread that computes, within 32 and 64\]]:N:_default' \
'--rate=[Read no more than this from the store, such as 200MiB/s]:SIZE/s:_default' \
'(-v --verbose)-q[Say less on standard error\: no progress, unless --progress asks for it]' \
'(-v --verbose)--quiet[Say less on standard error\: no progress, unless --progress asks for it]' \
'-v[Say more on standard error, and show notes in tables]' \
'--verbose[Say more on standard error, and show notes in tables]' \
'--no-cache[Leave the page cache as it is\: forget what was read, unless it was there before (Linux 6.14 and later)]' \
'--nice[Use processor and disk only when nobody else wants them]' \
'-h[Print help (see more with '\''--help'\'')]' \
'--help[Print help (see more with '\''--help'\'')]' \
'*::repositories -- Show only rows of these repositories; what is unique stays a matter of the whole store:_default' \
&& ret=0
;;
(refs)
_arguments "${_arguments_options[@]}" : \
'-r+[The store\: a directory that holds docker/registry/v2, or docker/registry, or v2 itself; or an OCI image layout]:PATH:_files -/' \
'--root=[The store\: a directory that holds docker/registry/v2, or docker/registry, or v2 itself; or an OCI image layout]:PATH:_files -/' \
'--kind=[What kind of store the root is \[default\: recognised by what it holds\]]:KIND:((registry\:"A registry'\''s storage (distribution, Harbor, GitLab)"
docker\:"The data root of a Docker engine"
oci\:"An OCI image layout"
containerd\:"containerd'\''s content store"))' \
'-f+[What goes to standard output]:FORMAT:((table\:"For people"
json\:"One object"
ndjson\:"One object a line\: begin, the items, summary"
paths\:"The files on disk, one a line, for xargs (resolve, orphans, gc-preview, diff)"
paths0\:"The same, each ended by a zero byte, for xargs -0 (orphans, gc-preview, diff)"
csv\:"A line of column names, then a line for each item (orphans, gc-preview, diff, ls, du, refs, history, uploads)"))' \
'--format=[What goes to standard output]:FORMAT:((table\:"For people"
json\:"One object"
ndjson\:"One object a line\: begin, the items, summary"
paths\:"The files on disk, one a line, for xargs (resolve, orphans, gc-preview, diff)"
paths0\:"The same, each ended by a zero byte, for xargs -0 (orphans, gc-preview, diff)"
csv\:"A line of column names, then a line for each item (orphans, gc-preview, diff, ls, du, refs, history, uploads)"))' \
'*--report=[Also write the report in format F to PATH, atomically (may be repeated)]:F=PATH:_default' \
'-j+[Threads that compute \[default\: all cores\]]:N:_default' \
'--jobs=[Threads that compute \[default\: all cores\]]:N:_default' \
'--color=[Whether to use colour]:WHEN:((auto\:"If it goes to a terminal"
always\:"Wherever it goes"
never\:"Not at all"))' \
'--progress=[Whether to show progress on standard error]:WHEN:((auto\:"If it goes to a terminal"
always\:"Wherever it goes"
never\:"Not at all"))' \
'--readers=[Reads under way at a time \[default\: 16 for each thread that computes, within 32 and 64\]]:N:_default' \
'--rate=[Read no more than this from the store, such as 200MiB/s]:SIZE/s:_default' \
'(-v --verbose)-q[Say less on standard error\: no progress, unless --progress asks for it]' \
'(-v --verbose)--quiet[Say less on standard error\: no progress, unless --progress asks for it]' \
'-v[Say more on standard error, and show notes in tables]' \
'--verbose[Say more on standard error, and show notes in tables]' \
'--no-cache[Leave the page cache as it is\: forget what was read, unless it was there before (Linux 6.14 and later)]' \
'--nice[Use processor and disk only when nobody else wants them]' \
'-h[Print help (see more with '\''--help'\'')]' \
'--help[Print help (see more with '\''--help'\'')]' \
':digest -- The blob\: its digest, or enough of it to tell it from others, with or without the algorithm:_default' \
&& ret=0
;;
(history)
_arguments "${_arguments_options[@]}" : \
'-r+[The store\: a directory that holds docker/registry/v2, or docker/registry, or v2 itself; or an OCI image layout]:PATH:_files -/' \
'--root=[The store\: a directory that holds docker/registry/v2, or docker/registry, or v2 itself; or an OCI image layout]:PATH:_files -/' \
'--kind=[What kind of store the root is \[default\: recognised by what it holds\]]:KIND:((registry\:"A registry'\''s storage (distribution, Harbor, GitLab)"
docker\:"The data root of a Docker engine"
oci\:"An OCI image layout"
containerd\:"containerd'\''s content store"))' \
'-f+[What goes to standard output]:FORMAT:((table\:"For people"
json\:"One object"
ndjson\:"One object a line\: begin, the items, summary"
paths\:"The files on disk, one a line, for xargs (resolve, orphans, gc-preview, diff)"
paths0\:"The same, each ended by a zero byte, for xargs -0 (orphans, gc-preview, diff)"
csv\:"A line of column names, then a line for each item (orphans, gc-preview, diff, ls, du, refs, history, uploads)"))' \
'--format=[What goes to standard output]:FORMAT:((table\:"For people"
json\:"One object"
ndjson\:"One object a line\: begin, the items, summary"
paths\:"The files on disk, one a line, for xargs (resolve, orphans, gc-preview, diff)"
paths0\:"The same, each ended by a zero byte, for xargs -0 (orphans, gc-preview, diff)"
csv\:"A line of column names, then a line for each item (orphans, gc-preview, diff, ls, du, refs, history, uploads)"))' \
'*--report=[Also write the report in format F to PATH, atomically (may be repeated)]:F=PATH:_default' \
'-j+[Threads that compute \[default\: all cores\]]:N:_default' \
'--jobs=[Threads that compute \[default\: all cores\]]:N:_default' \
'--color=[Whether to use colour]:WHEN:((auto\:"If it goes to a terminal"
always\:"Wherever it goes"
never\:"Not at all"))' \
'--progress=[Whether to show progress on standard error]:WHEN:((auto\:"If it goes to a terminal"
always\:"Wherever it goes"
never\:"Not at all"))' \
'--readers=[Reads under way at a time \[default\: 16 for each thread that computes, within 32 and 64\]]:N:_default' \
'--rate=[Read no more than this from the store, such as 200MiB/s]:SIZE/s:_default' \
'(-v --verbose)-q[Say less on standard error\: no progress, unless --progress asks for it]' \
'(-v --verbose)--quiet[Say less on standard error\: no progress, unless --progress asks for it]' \
'-v[Say more on standard error, and show notes in tables]' \
'--verbose[Say more on standard error, and show notes in tables]' \
'--no-cache[Leave the page cache as it is\: forget what was read, unless it was there before (Linux 6.14 and later)]' \
'--nice[Use processor and disk only when nobody else wants them]' \
'-h[Print help (see more with '\''--help'\'')]' \
'--help[Print help (see more with '\''--help'\'')]' \
':tag -- The tag\: repo\:tag, or repo (the tag latest):_default' \
&& ret=0
;;
(uploads)
_arguments "${_arguments_options[@]}" : \
'--upload-age=[Call an upload stale when it is older than this]:DURATION:_default' \
'-r+[The store\: a directory that holds docker/registry/v2, or docker/registry, or v2 itself; or an OCI image layout]:PATH:_files -/' \
'--root=[The store\: a directory that holds docker/registry/v2, or docker/registry, or v2 itself; or an OCI image layout]:PATH:_files -/' \
'--kind=[What kind of store the root is \[default\: recognised by what it holds\]]:KIND:((registry\:"A registry'\''s storage (distribution, Harbor, GitLab)"
docker\:"The data root of a Docker engine"
oci\:"An OCI image layout"
containerd\:"containerd'\''s content store"))' \
'-f+[What goes to standard output]:FORMAT:((table\:"For people"
json\:"One object"
ndjson\:"One object a line\: begin, the items, summary"
paths\:"The files on disk, one a line, for xargs (resolve, orphans, gc-preview, diff)"
paths0\:"The same, each ended by a zero byte, for xargs -0 (orphans, gc-preview, diff)"
csv\:"A line of column names, then a line for each item (orphans, gc-preview, diff, ls, du, refs, history, uploads)"))' \
'--format=[What goes to standard output]:FORMAT:((table\:"For people"
json\:"One object"
ndjson\:"One object a line\: begin, the items, summary"
paths\:"The files on disk, one a line, for xargs (resolve, orphans, gc-preview, diff)"
paths0\:"The same, each ended by a zero byte, for xargs -0 (orphans, gc-preview, diff)"
csv\:"A line of column names, then a line for each item (orphans, gc-preview, diff, ls, du, refs, history, uploads)"))' \
'*--report=[Also write the report in format F to PATH, atomically (may be repeated)]:F=PATH:_default' \
'-j+[Threads that compute \[default\: all cores\]]:N:_default' \
'--jobs=[Threads that compute \[default\: all cores\]]:N:_default' \
'--color=[Whether to use colour]:WHEN:((auto\:"If it goes to a terminal"
always\:"Wherever it goes"
never\:"Not at all"))' \
'--progress=[Whether to show progress on standard error]:WHEN:((auto\:"If it goes to a terminal"
always\:"Wherever it goes"
never\:"Not at all"))' \
'--readers=[Reads under way at a time \[default\: 16 for each thread that computes, within 32 and 64\]]:N:_default' \
'--rate=[Read no more than this from the store, such as 200MiB/s]:SIZE/s:_default' \
'(-v --verbose)-q[Say less on standard error\: no progress, unless --progress asks for it]' \
'(-v --verbose)--quiet[Say less on standard error\: no progress, unless --progress asks for it]' \
'-v[Say more on standard error, and show notes in tables]' \
'--verbose[Say more on standard error, and show notes in tables]' \
'--no-cache[Leave the page cache as it is\: forget what was read, unless it was there before (Linux 6.14 and later)]' \
'--nice[Use processor and disk only when nobody else wants them]' \
'-h[Print help (see more with '\''--help'\'')]' \
'--help[Print help (see more with '\''--help'\'')]' \
&& ret=0
;;
(cat)
_arguments "${_arguments_options[@]}" : \
'--platform=[Of an index, take the image for this platform]:OS/ARCH[/VARIANT]:_default' \
'-r+[The store\: a directory that holds docker/registry/v2, or docker/registry, or v2 itself; or an OCI image layout]:PATH:_files -/' \
'--root=[The store\: a directory that holds docker/registry/v2, or docker/registry, or v2 itself; or an OCI image layout]:PATH:_files -/' \
'--kind=[What kind of store the root is \[default\: recognised by what it holds\]]:KIND:((registry\:"A registry'\''s storage (distribution, Harbor, GitLab)"
docker\:"The data root of a Docker engine"
oci\:"An OCI image layout"
containerd\:"containerd'\''s content store"))' \
'-f+[What goes to standard output]:FORMAT:((table\:"For people"
json\:"One object"
ndjson\:"One object a line\: begin, the items, summary"
paths\:"The files on disk, one a line, for xargs (resolve, orphans, gc-preview, diff)"
paths0\:"The same, each ended by a zero byte, for xargs -0 (orphans, gc-preview, diff)"
csv\:"A line of column names, then a line for each item (orphans, gc-preview, diff, ls, du, refs, history, uploads)"))' \
'--format=[What goes to standard output]:FORMAT:((table\:"For people"
json\:"One object"
ndjson\:"One object a line\: begin, the items, summary"
paths\:"The files on disk, one a line, for xargs (resolve, orphans, gc-preview, diff)"
paths0\:"The same, each ended by a zero byte, for xargs -0 (orphans, gc-preview, diff)"
csv\:"A line of column names, then a line for each item (orphans, gc-preview, diff, ls, du, refs, history, uploads)"))' \
'*--report=[Also write the report in format F to PATH, atomically (may be repeated)]:F=PATH:_default' \
'-j+[Threads that compute \[default\: all cores\]]:N:_default' \
'--jobs=[Threads that compute \[default\: all cores\]]:N:_default' \
'--color=[Whether to use colour]:WHEN:((auto\:"If it goes to a terminal"
always\:"Wherever it goes"
never\:"Not at all"))' \
'--progress=[Whether to show progress on standard error]:WHEN:((auto\:"If it goes to a terminal"
always\:"Wherever it goes"
never\:"Not at all"))' \
'--readers=[Reads under way at a time \[default\: 16 for each thread that computes, within 32 and 64\]]:N:_default' \
'--rate=[Read no more than this from the store, such as 200MiB/s]:SIZE/s:_default' \
'--config[Write the config of the image, not its manifest]' \
'--force[Write the bytes as they are to a terminal too, binary or not]' \
'(-v --verbose)-q[Say less on standard error\: no progress, unless --progress asks for it]' \
'(-v --verbose)--quiet[Say less on standard error\: no progress, unless --progress asks for it]' \
'-v[Say more on standard error, and show notes in tables]' \
'--verbose[Say more on standard error, and show notes in tables]' \
'--no-cache[Leave the page cache as it is\: forget what was read, unless it was there before (Linux 6.14 and later)]' \
'--nice[Use processor and disk only when nobody else wants them]' \
'-h[Print help (see more with '\''--help'\'')]' \
'--help[Print help (see more with '\''--help'\'')]' \
':target -- The image (repo\:tag, repo@digest\: its manifest), or the digest of any blob, or enough of it to be unique:_default' \
&& ret=0
;;
(export)
_arguments "${_arguments_options[@]}" : \
'-r+[The store\: a directory that holds docker/registry/v2, or docker/registry, or v2 itself; or an OCI image layout]:PATH:_files -/' \
'--root=[The store\: a directory that holds docker/registry/v2, or docker/registry, or v2 itself; or an OCI image layout]:PATH:_files -/' \
'--kind=[What kind of store the root is \[default\: recognised by what it holds\]]:KIND:((registry\:"A registry'\''s storage (distribution, Harbor, GitLab)"
docker\:"The data root of a Docker engine"
oci\:"An OCI image layout"
containerd\:"containerd'\''s content store"))' \
'-f+[What goes to standard output]:FORMAT:((table\:"For people"
json\:"One object"
ndjson\:"One object a line\: begin, the items, summary"
paths\:"The files on disk, one a line, for xargs (resolve, orphans, gc-preview, diff)"
paths0\:"The same, each ended by a zero byte, for xargs -0 (orphans, gc-preview, diff)"
csv\:"A line of column names, then a line for each item (orphans, gc-preview, diff, ls, du, refs, history, uploads)"))' \
'--format=[What goes to standard output]:FORMAT:((table\:"For people"
json\:"One object"
ndjson\:"One object a line\: begin, the items, summary"
paths\:"The files on disk, one a line, for xargs (resolve, orphans, gc-preview, diff)"
paths0\:"The same, each ended by a zero byte, for xargs -0 (orphans, gc-preview, diff)"
csv\:"A line of column names, then a line for each item (orphans, gc-preview, diff, ls, du, refs, history, uploads)"))' \
'*--report=[Also write the report in format F to PATH, atomically (may be repeated)]:F=PATH:_default' \
'-j+[Threads that compute \[default\: all cores\]]:N:_default' \
'--jobs=[Threads that compute \[default\: all cores\]]:N:_default' \
'--color=[Whether to use colour]:WHEN:((auto\:"If it goes to a terminal"
always\:"Wherever it goes"
never\:"Not at all"))' \
'--progress=[Whether to show progress on standard error]:WHEN:((auto\:"If it goes to a terminal"
always\:"Wherever it goes"
never\:"Not at all"))' \
'--readers=[Reads under way at a time \[default\: 16 for each thread that computes, within 32 and 64\]]:N:_default' \
'--rate=[Read no more than this from the store, such as 200MiB/s]:SIZE/s:_default' \
'--all[Export every tag, and every manifest that neither a tag nor an index leads to]' \
'--hard-link[Let blobs be the store'\''s own files under another name\: what changes one then changes the other]' \
'(-v --verbose)-q[Say less on standard error\: no progress, unless --progress asks for it]' \
'(-v --verbose)--quiet[Say less on standard error\: no progress, unless --progress asks for it]' \
'-v[Say more on standard error, and show notes in tables]' \
'--verbose[Say more on standard error, and show notes in tables]' \
'--no-cache[Leave the page cache as it is\: forget what was read, unless it was there before (Linux 6.14 and later)]' \
'--nice[Use processor and disk only when nobody else wants them]' \
'-h[Print help (see more with '\''--help'\'')]' \
'--help[Print help (see more with '\''--help'\'')]' \
'*::what -- The image (repo\:tag, repo@digest, or repo\: the tag latest), unless all are wanted, and the directory to make:_files -/' \
&& ret=0
;;
(explain)
_arguments "${_arguments_options[@]}" : \
'-r+[The store\: a directory that holds docker/registry/v2, or docker/registry, or v2 itself; or an OCI image layout]:PATH:_files -/' \
'--root=[The store\: a directory that holds docker/registry/v2, or docker/registry, or v2 itself; or an OCI image layout]:PATH:_files -/' \
'--kind=[What kind of store the root is \[default\: recognised by what it holds\]]:KIND:((registry\:"A registry'\''s storage (distribution, Harbor, GitLab)"
docker\:"The data root of a Docker engine"
oci\:"An OCI image layout"
containerd\:"containerd'\''s content store"))' \
'-f+[What goes to standard output]:FORMAT:((table\:"For people"
json\:"One object"
ndjson\:"One object a line\: begin, the items, summary"
paths\:"The files on disk, one a line, for xargs (resolve, orphans, gc-preview, diff)"
paths0\:"The same, each ended by a zero byte, for xargs -0 (orphans, gc-preview, diff)"
csv\:"A line of column names, then a line for each item (orphans, gc-preview, diff, ls, du, refs, history, uploads)"))' \
'--format=[What goes to standard output]:FORMAT:((table\:"For people"
json\:"One object"
ndjson\:"One object a line\: begin, the items, summary"
paths\:"The files on disk, one a line, for xargs (resolve, orphans, gc-preview, diff)"
paths0\:"The same, each ended by a zero byte, for xargs -0 (orphans, gc-preview, diff)"
csv\:"A line of column names, then a line for each item (orphans, gc-preview, diff, ls, du, refs, history, uploads)"))' \
'*--report=[Also write the report in format F to PATH, atomically (may be repeated)]:F=PATH:_default' \
'-j+[Threads that compute \[default\: all cores\]]:N:_default' \
'--jobs=[Threads that compute \[default\: all cores\]]:N:_default' \
'--color=[Whether to use colour]:WHEN:((auto\:"If it goes to a terminal"
always\:"Wherever it goes"
never\:"Not at all"))' \
'--progress=[Whether to show progress on standard error]:WHEN:((auto\:"If it goes to a terminal"
always\:"Wherever it goes"
never\:"Not at all"))' \
'--readers=[Reads under way at a time \[default\: 16 for each thread that computes, within 32 and 64\]]:N:_default' \
'--rate=[Read no more than this from the store, such as 200MiB/s]:SIZE/s:_default' \
'(-v --verbose)-q[Say less on standard error\: no progress, unless --progress asks for it]' \
'(-v --verbose)--quiet[Say less on standard error\: no progress, unless --progress asks for it]' \
'-v[Say more on standard error, and show notes in tables]' \
'--verbose[Say more on standard error, and show notes in tables]' \
'--no-cache[Leave the page cache as it is\: forget what was read, unless it was there before (Linux 6.14 and later)]' \
'--nice[Use processor and disk only when nobody else wants them]' \
'-h[Print help (see more with '\''--help'\'')]' \
'--help[Print help (see more with '\''--help'\'')]' \
'::code -- The code of a finding, as `regfs verify` shows it \[default\: list all codes\]:((blob-digest-mismatch\:"A blob'\''s bytes do not hash to its name"
blob-misplaced\:"A blob lies where no look-up goes"
link-empty\:"A link file is empty"
link-malformed\:"A link file does not hold exactly a digest"
link-mismatch\:"A link names another digest than its path"
revision-dangling\:"A repository or layout lists a manifest that the store does not have"
tag-without-current\:"A tag is listed but points nowhere"
tag-unknown-revision\:"A tag points to a digest that its repository does not list"
manifest-malformed\:"A manifest cannot be read as one"
reference-missing\:"A manifest needs a config or layer that the store does not have"
reference-unlinked\:"A blob is in the store, but its repository has no link to it"
size-mismatch\:"A descriptor gives another size than the blob has"
diff-id-mismatch\:"A layer does not unpack to what its config says"
not-regular\:"Something other than a plain file or directory lies in the store"
layout-malformed\:"An image layout does not say what it is or holds"
names-malformed\:"The file of image names cannot be read as one"
name-dangling\:"A name stands for an image that is not there"
image-altered\:"An image'\''s config does not hash to the image id"
image-malformed\:"An image'\''s config hashes to its id and says nothing"
layer-missing\:"A layer that something needs is not in the layer store"
layer-malformed\:"A file of a layer is missing or does not hold what it must"
layer-mismatch\:"A layer'\''s directory has another name than its parent and content give it"
layer-directory-missing\:"The directory that holds a layer'\''s files is not there"
layer-content-mismatch\:"A layer'\''s files are not what was pulled"
mount-dangling\:"A container'\''s own layer cannot be found"
root-incomplete\:"The root has no blobs or no repositories"
reference-unknown\:"No such repository, tag or revision"
unreadable\:"The operating system refused to read it"
stray-entry\:"Something lies in the store that the layout has no place for"
name-invalid\:"A repository or tag has a name that the registry rejects"
child-missing\:"An index names a child that is not here"
tag-index-missing\:"A tag'\''s current digest is not in its index"
tags-missing\:"A repository has manifests and no tags directory"
upload-stale\:"An unfinished upload is old"
upload-malformed\:"The registry will never purge this upload"
config-mismatch\:"An image config does not fit its manifest"
manifest-ambiguous\:"A manifest can be read in two ways"
manifest-schema1\:"A manifest is of schema version 1"
layer-alias\:"A layer is linked under another algorithm than its blob"
algorithm-unsupported\:"A digest is of an algorithm that cannot be checked"
repository-incomplete\:"A repository has manifests and no layer links at all"
distribution-mismatch\:"Two records of where a layer came from contradict each other"
empty-directory\:"A directory is empty"
temporary-file\:"A temporary file was left beside its target"
blob-without-data\:"A blob'\''s directory has no data"
tag-index-dangling\:"A tag'\''s history names a revision that is gone"
layer-link-dangling\:"A layer link leads to a blob that is gone"
subject-missing\:"The image that a signature or SBOM belongs to is not here"
repository-empty\:"A repository has no manifest"
layer-leftover\:"A layer'\''s removal or registration was not finished"
changed-during-scan\:"A file changed while it was looked at"))' \
&& ret=0
;;
(completions)
_arguments "${_arguments_options[@]}" : \
'-r+[The store\: a directory that holds docker/registry/v2, or docker/registry, or v2 itself; or an OCI image layout]:PATH:_files -/' \
'--root=[The store\: a directory that holds docker/registry/v2, or docker/registry, or v2 itself; or an OCI image layout]:PATH:_files -/' \
'--kind=[What kind of store the root is \[default\: recognised by what it holds\]]:KIND:((registry\:"A registry'\''s storage (distribution, Harbor, GitLab)"
docker\:"The data root of a Docker engine"
oci\:"An OCI image layout"
containerd\:"containerd'\''s content store"))' \
'-f+[What goes to standard output]:FORMAT:((table\:"For people"
json\:"One object"
ndjson\:"One object a line\: begin, the items, summary"
paths\:"The files on disk, one a line, for xargs (resolve, orphans, gc-preview, diff)"
paths0\:"The same, each ended by a zero byte, for xargs -0 (orphans, gc-preview, diff)"
csv\:"A line of column names, then a line for each item (orphans, gc-preview, diff, ls, du, refs, history, uploads)"))' \
'--format=[What goes to standard output]:FORMAT:((table\:"For people"
json\:"One object"
ndjson\:"One object a line\: begin, the items, summary"
paths\:"The files on disk, one a line, for xargs (resolve, orphans, gc-preview, diff)"
paths0\:"The same, each ended by a zero byte, for xargs -0 (orphans, gc-preview, diff)"
csv\:"A line of column names, then a line for each item (orphans, gc-preview, diff, ls, du, refs, history, uploads)"))' \
'*--report=[Also write the report in format F to PATH, atomically (may be repeated)]:F=PATH:_default' \
'-j+[Threads that compute \[default\: all cores\]]:N:_default' \
'--jobs=[Threads that compute \[default\: all cores\]]:N:_default' \
'--color=[Whether to use colour]:WHEN:((auto\:"If it goes to a terminal"
always\:"Wherever it goes"
never\:"Not at all"))' \
'--progress=[Whether to show progress on standard error]:WHEN:((auto\:"If it goes to a terminal"
always\:"Wherever it goes"
never\:"Not at all"))' \
'--readers=[Reads under way at a time \[default\: 16 for each thread that computes, within 32 and 64\]]:N:_default' \
'--rate=[Read no more than this from the store, such as 200MiB/s]:SIZE/s:_default' \
'(-v --verbose)-q[Say less on standard error\: no progress, unless --progress asks for it]' \
'(-v --verbose)--quiet[Say less on standard error\: no progress, unless --progress asks for it]' \
'-v[Say more on standard error, and show notes in tables]' \
'--verbose[Say more on standard error, and show notes in tables]' \
'--no-cache[Leave the page cache as it is\: forget what was read, unless it was there before (Linux 6.14 and later)]' \
'--nice[Use processor and disk only when nobody else wants them]' \
'-h[Print help (see more with '\''--help'\'')]' \
'--help[Print help (see more with '\''--help'\'')]' \
':shell -- The shell:(bash elvish fish powershell zsh)' \
&& ret=0
;;
(help)
_arguments "${_arguments_options[@]}" : \
":: :_regfs__subcmd__help_commands" \
"*::: :->help" \
&& ret=0

    case $state in
    (help)
        words=($line[1] "${words[@]}")
        (( CURRENT += 1 ))
        curcontext="${curcontext%:*:*}:regfs-help-command-$line[1]:"
        case $line[1] in
            (resolve)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(verify)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(diff)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(inventory)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(merge)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(orphans)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(gc-preview)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(ls)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(du)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(refs)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(history)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(uploads)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(cat)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(export)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(explain)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(completions)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
(help)
_arguments "${_arguments_options[@]}" : \
&& ret=0
;;
        esac
    ;;
esac
;;
        esac
    ;;
esac
}

(( $+functions[_regfs_commands] )) ||
_regfs_commands() {
    local commands; commands=(
'resolve:Follow a name to every file that a registry opens to serve the image, and say how each is' \
'verify:Check that every byte hashes to its name, and every link and reference holds' \
'diff:Compare two roots\: do they store the same things, path by path and byte by byte' \
'inventory:Write down everything that diff compares, to compare it elsewhere or another day' \
'merge:Make one report of those of the shares of a store, or of runs of verify that were ended' \
'orphans:List the blobs, manifests and layer links that nothing keeps alive, and how many bytes that is' \
'gc-preview:Foretell what the registry'\''s garbage-collect would delete, and what that breaks' \
'ls:List the repositories, or the images of one' \
'du:Measure what fills the store\: how much each repository needs, and how much of that nobody else does' \
'refs:Find who uses a blob\: repositories, tags, and the chain from each tag down to it' \
'history:List every manifest that a tag pointed to and that the store still knows' \
'uploads:List the unfinished uploads\: how old, how large, and whether the registry will ever purge them' \
'cat:Write out the bytes of a manifest, config or blob' \
'export:Write an image, or all of them, out as an OCI image layout' \
'explain:Say what a finding means, what causes it, and what to do about it' \
'completions:Write a script that completes regfs commands in a shell' \
'help:Print this message or the help of the given subcommand(s)' \
    )
    _describe -t commands 'regfs commands' commands "$@"
}
(( $+functions[_regfs__subcmd__cat_commands] )) ||
_regfs__subcmd__cat_commands() {
    local commands; commands=()
    _describe -t commands 'regfs cat commands' commands "$@"
}
(( $+functions[_regfs__subcmd__completions_commands] )) ||
_regfs__subcmd__completions_commands() {
    local commands; commands=()
    _describe -t commands 'regfs completions commands' commands "$@"
}
(( $+functions[_regfs__subcmd__diff_commands] )) ||
_regfs__subcmd__diff_commands() {
    local commands; commands=()
    _describe -t commands 'regfs diff commands' commands "$@"
}
(( $+functions[_regfs__subcmd__du_commands] )) ||
_regfs__subcmd__du_commands() {
    local commands; commands=()
    _describe -t commands 'regfs du commands' commands "$@"
}
(( $+functions[_regfs__subcmd__explain_commands] )) ||
_regfs__subcmd__explain_commands() {
    local commands; commands=()
    _describe -t commands 'regfs explain commands' commands "$@"
}
(( $+functions[_regfs__subcmd__export_commands] )) ||
_regfs__subcmd__export_commands() {
    local commands; commands=()
    _describe -t commands 'regfs export commands' commands "$@"
}
(( $+functions[_regfs__subcmd__gc-preview_commands] )) ||
_regfs__subcmd__gc-preview_commands() {
    local commands; commands=()
    _describe -t commands 'regfs gc-preview commands' commands "$@"
}
(( $+functions[_regfs__subcmd__help_commands] )) ||
_regfs__subcmd__help_commands() {
    local commands; commands=(
'resolve:Follow a name to every file that a registry opens to serve the image, and say how each is' \
'verify:Check that every byte hashes to its name, and every link and reference holds' \
'diff:Compare two roots\: do they store the same things, path by path and byte by byte' \
'inventory:Write down everything that diff compares, to compare it elsewhere or another day' \
'merge:Make one report of those of the shares of a store, or of runs of verify that were ended' \
'orphans:List the blobs, manifests and layer links that nothing keeps alive, and how many bytes that is' \
'gc-preview:Foretell what the registry'\''s garbage-collect would delete, and what that breaks' \
'ls:List the repositories, or the images of one' \
'du:Measure what fills the store\: how much each repository needs, and how much of that nobody else does' \
'refs:Find who uses a blob\: repositories, tags, and the chain from each tag down to it' \
'history:List every manifest that a tag pointed to and that the store still knows' \
'uploads:List the unfinished uploads\: how old, how large, and whether the registry will ever purge them' \
'cat:Write out the bytes of a manifest, config or blob' \
'export:Write an image, or all of them, out as an OCI image layout' \
'explain:Say what a finding means, what causes it, and what to do about it' \
'completions:Write a script that completes regfs commands in a shell' \
'help:Print this message or the help of the given subcommand(s)' \
    )
    _describe -t commands 'regfs help commands' commands "$@"
}
(( $+functions[_regfs__subcmd__help__subcmd__cat_commands] )) ||
_regfs__subcmd__help__subcmd__cat_commands() {
    local commands; commands=()
    _describe -t commands 'regfs help cat commands' commands "$@"
}
(( $+functions[_regfs__subcmd__help__subcmd__completions_commands] )) ||
_regfs__subcmd__help__subcmd__completions_commands() {
    local commands; commands=()
    _describe -t commands 'regfs help completions commands' commands "$@"
}
(( $+functions[_regfs__subcmd__help__subcmd__diff_commands] )) ||
_regfs__subcmd__help__subcmd__diff_commands() {
    local commands; commands=()
    _describe -t commands 'regfs help diff commands' commands "$@"
}
(( $+functions[_regfs__subcmd__help__subcmd__du_commands] )) ||
_regfs__subcmd__help__subcmd__du_commands() {
    local commands; commands=()
    _describe -t commands 'regfs help du commands' commands "$@"
}
(( $+functions[_regfs__subcmd__help__subcmd__explain_commands] )) ||
_regfs__subcmd__help__subcmd__explain_commands() {
    local commands; commands=()
    _describe -t commands 'regfs help explain commands' commands "$@"
}
(( $+functions[_regfs__subcmd__help__subcmd__export_commands] )) ||
_regfs__subcmd__help__subcmd__export_commands() {
    local commands; commands=()
    _describe -t commands 'regfs help export commands' commands "$@"
}
(( $+functions[_regfs__subcmd__help__subcmd__gc-preview_commands] )) ||
_regfs__subcmd__help__subcmd__gc-preview_commands() {
    local commands; commands=()
    _describe -t commands 'regfs help gc-preview commands' commands "$@"
}
(( $+functions[_regfs__subcmd__help__subcmd__help_commands] )) ||
_regfs__subcmd__help__subcmd__help_commands() {
    local commands; commands=()
    _describe -t commands 'regfs help help commands' commands "$@"
}
(( $+functions[_regfs__subcmd__help__subcmd__history_commands] )) ||
_regfs__subcmd__help__subcmd__history_commands() {
    local commands; commands=()
    _describe -t commands 'regfs help history commands' commands "$@"
}
(( $+functions[_regfs__subcmd__help__subcmd__inventory_commands] )) ||
_regfs__subcmd__help__subcmd__inventory_commands() {
    local commands; commands=()
    _describe -t commands 'regfs help inventory commands' commands "$@"
}
(( $+functions[_regfs__subcmd__help__subcmd__ls_commands] )) ||
_regfs__subcmd__help__subcmd__ls_commands() {
    local commands; commands=()
    _describe -t commands 'regfs help ls commands' commands "$@"
}
(( $+functions[_regfs__subcmd__help__subcmd__merge_commands] )) ||
_regfs__subcmd__help__subcmd__merge_commands() {
    local commands; commands=()
    _describe -t commands 'regfs help merge commands' commands "$@"
}
(( $+functions[_regfs__subcmd__help__subcmd__orphans_commands] )) ||
_regfs__subcmd__help__subcmd__orphans_commands() {
    local commands; commands=()
    _describe -t commands 'regfs help orphans commands' commands "$@"
}
(( $+functions[_regfs__subcmd__help__subcmd__refs_commands] )) ||
_regfs__subcmd__help__subcmd__refs_commands() {
    local commands; commands=()
    _describe -t commands 'regfs help refs commands' commands "$@"
}
(( $+functions[_regfs__subcmd__help__subcmd__resolve_commands] )) ||
_regfs__subcmd__help__subcmd__resolve_commands() {
    local commands; commands=()
    _describe -t commands 'regfs help resolve commands' commands "$@"
}
(( $+functions[_regfs__subcmd__help__subcmd__uploads_commands] )) ||
_regfs__subcmd__help__subcmd__uploads_commands() {
    local commands; commands=()
    _describe -t commands 'regfs help uploads commands' commands "$@"
}
(( $+functions[_regfs__subcmd__help__subcmd__verify_commands] )) ||
_regfs__subcmd__help__subcmd__verify_commands() {
    local commands; commands=()
    _describe -t commands 'regfs help verify commands' commands "$@"
}
(( $+functions[_regfs__subcmd__history_commands] )) ||
_regfs__subcmd__history_commands() {
    local commands; commands=()
    _describe -t commands 'regfs history commands' commands "$@"
}
(( $+functions[_regfs__subcmd__inventory_commands] )) ||
_regfs__subcmd__inventory_commands() {
    local commands; commands=()
    _describe -t commands 'regfs inventory commands' commands "$@"
}
(( $+functions[_regfs__subcmd__ls_commands] )) ||
_regfs__subcmd__ls_commands() {
    local commands; commands=()
    _describe -t commands 'regfs ls commands' commands "$@"
}
(( $+functions[_regfs__subcmd__merge_commands] )) ||
_regfs__subcmd__merge_commands() {
    local commands; commands=()
    _describe -t commands 'regfs merge commands' commands "$@"
}
(( $+functions[_regfs__subcmd__orphans_commands] )) ||
_regfs__subcmd__orphans_commands() {
    local commands; commands=()
    _describe -t commands 'regfs orphans commands' commands "$@"
}
(( $+functions[_regfs__subcmd__refs_commands] )) ||
_regfs__subcmd__refs_commands() {
    local commands; commands=()
    _describe -t commands 'regfs refs commands' commands "$@"
}
(( $+functions[_regfs__subcmd__resolve_commands] )) ||
_regfs__subcmd__resolve_commands() {
    local commands; commands=()
    _describe -t commands 'regfs resolve commands' commands "$@"
}
(( $+functions[_regfs__subcmd__uploads_commands] )) ||
_regfs__subcmd__uploads_commands() {
    local commands; commands=()
    _describe -t commands 'regfs uploads commands' commands "$@"
}
(( $+functions[_regfs__subcmd__verify_commands] )) ||
_regfs__subcmd__verify_commands() {
    local commands; commands=()
    _describe -t commands 'regfs verify commands' commands "$@"
}

if [ "$funcstack[1]" = "_regfs" ]; then
    _regfs "$@"
else
    compdef _regfs regfs
fi
