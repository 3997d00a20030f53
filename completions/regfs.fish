# Print an optspec for argparse to handle cmd's options that are independent of any subcommand.
function __fish_regfs_global_optspecs
    string join \n r/root= kind= f/format= report= j/jobs= color= progress= q/quiet v/verbose readers= rate= no-cache nice h/help V/version
end

function __fish_regfs_needs_command
    # Figure out if the current invocation already has a command.
    set -l cmd (commandline -opc)
    set -e cmd[1]
    argparse -s (__fish_regfs_global_optspecs) -- $cmd 2>/dev/null
    or return
    if set -q argv[1]
        # Also print the command, so this can be used to figure out what it is.
        echo $argv[1]
        return 1
    end
    return 0
end

function __fish_regfs_using_subcommand
    set -l cmd (__fish_regfs_needs_command)
    test -z "$cmd"
    and return 1
    contains -- $cmd[1] $argv
end

complete -c regfs -n "__fish_regfs_needs_command" -s r -l root -d 'The store: a directory that holds docker/registry/v2, or docker/registry, or v2 itself; or an OCI image layout' -r -f -a "(__fish_complete_directories)"
complete -c regfs -n "__fish_regfs_needs_command" -l kind -d 'What kind of store the root is [default: recognised by what it holds]' -r -f -a "registry\t'A registry\'s storage (distribution, Harbor, GitLab)'
docker\t'The data root of a Docker engine'
oci\t'An OCI image layout'
containerd\t'containerd\'s content store'"
complete -c regfs -n "__fish_regfs_needs_command" -s f -l format -d 'What goes to standard output' -r -f -a "table\t'For people'
json\t'One object'
ndjson\t'One object a line: begin, the items, summary'
paths\t'The files on disk, one a line, for xargs (resolve, orphans, gc-preview, diff)'
paths0\t'The same, each ended by a zero byte, for xargs -0 (orphans, gc-preview, diff)'
csv\t'A line of column names, then a line for each item (orphans, gc-preview, diff, ls, du, refs, history, uploads)'"
complete -c regfs -n "__fish_regfs_needs_command" -l report -d 'Also write the report in format F to PATH, atomically (may be repeated)' -r
complete -c regfs -n "__fish_regfs_needs_command" -s j -l jobs -d 'Threads that compute [default: all cores]' -r
complete -c regfs -n "__fish_regfs_needs_command" -l color -d 'Whether to use colour' -r -f -a "auto\t'If it goes to a terminal'
always\t'Wherever it goes'
never\t'Not at all'"
complete -c regfs -n "__fish_regfs_needs_command" -l progress -d 'Whether to show progress on standard error' -r -f -a "auto\t'If it goes to a terminal'
always\t'Wherever it goes'
never\t'Not at all'"
complete -c regfs -n "__fish_regfs_needs_command" -l readers -d 'Reads under way at a time [default: 16 for each thread that computes, within 32 and 64]' -r
complete -c regfs -n "__fish_regfs_needs_command" -l rate -d 'Read no more than this from the store, such as 200MiB/s' -r
complete -c regfs -n "__fish_regfs_needs_command" -s q -l quiet -d 'Say less on standard error: no progress, unless --progress asks for it'
complete -c regfs -n "__fish_regfs_needs_command" -s v -l verbose -d 'Say more on standard error, and show notes in tables'
complete -c regfs -n "__fish_regfs_needs_command" -l no-cache -d 'Leave the page cache as it is: forget what was read, unless it was there before (Linux 6.14 and later)'
complete -c regfs -n "__fish_regfs_needs_command" -l nice -d 'Use processor and disk only when nobody else wants them'
complete -c regfs -n "__fish_regfs_needs_command" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c regfs -n "__fish_regfs_needs_command" -s V -l version -d 'Print version'
complete -c regfs -n "__fish_regfs_needs_command" -f -a "resolve" -d 'Follow a name to every file that a registry opens to serve the image, and say how each is'
complete -c regfs -n "__fish_regfs_needs_command" -f -a "verify" -d 'Check that every byte hashes to its name, and every link and reference holds'
complete -c regfs -n "__fish_regfs_needs_command" -f -a "diff" -d 'Compare two roots: do they store the same things, path by path and byte by byte'
complete -c regfs -n "__fish_regfs_needs_command" -f -a "inventory" -d 'Write down everything that diff compares, to compare it elsewhere or another day'
complete -c regfs -n "__fish_regfs_needs_command" -f -a "merge" -d 'Make one report of those of the shares of a store, or of runs of verify that were ended'
complete -c regfs -n "__fish_regfs_needs_command" -f -a "orphans" -d 'List the blobs, manifests and layer links that nothing keeps alive, and how many bytes that is'
complete -c regfs -n "__fish_regfs_needs_command" -f -a "gc-preview" -d 'Foretell what the registry\'s garbage-collect would delete, and what that breaks'
complete -c regfs -n "__fish_regfs_needs_command" -f -a "ls" -d 'List the repositories, or the images of one'
complete -c regfs -n "__fish_regfs_needs_command" -f -a "du" -d 'Measure what fills the store: how much each repository needs, and how much of that nobody else does'
complete -c regfs -n "__fish_regfs_needs_command" -f -a "refs" -d 'Find who uses a blob: repositories, tags, and the chain from each tag down to it'
complete -c regfs -n "__fish_regfs_needs_command" -f -a "history" -d 'List every manifest that a tag pointed to and that the store still knows'
complete -c regfs -n "__fish_regfs_needs_command" -f -a "uploads" -d 'List the unfinished uploads: how old, how large, and whether the registry will ever purge them'
complete -c regfs -n "__fish_regfs_needs_command" -f -a "cat" -d 'Write out the bytes of a manifest, config or blob'
complete -c regfs -n "__fish_regfs_needs_command" -f -a "export" -d 'Write an image, or all of them, out as an OCI image layout'
complete -c regfs -n "__fish_regfs_needs_command" -f -a "explain" -d 'Say what a finding means, what causes it, and what to do about it'
complete -c regfs -n "__fish_regfs_needs_command" -f -a "completions" -d 'Write a script that completes regfs commands in a shell'
complete -c regfs -n "__fish_regfs_needs_command" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c regfs -n "__fish_regfs_using_subcommand resolve" -l platform -d 'Follow only the images for this platform' -r
complete -c regfs -n "__fish_regfs_using_subcommand resolve" -s r -l root -d 'The store: a directory that holds docker/registry/v2, or docker/registry, or v2 itself; or an OCI image layout' -r -f -a "(__fish_complete_directories)"
complete -c regfs -n "__fish_regfs_using_subcommand resolve" -l kind -d 'What kind of store the root is [default: recognised by what it holds]' -r -f -a "registry\t'A registry\'s storage (distribution, Harbor, GitLab)'
docker\t'The data root of a Docker engine'
oci\t'An OCI image layout'
containerd\t'containerd\'s content store'"
complete -c regfs -n "__fish_regfs_using_subcommand resolve" -s f -l format -d 'What goes to standard output' -r -f -a "table\t'For people'
json\t'One object'
ndjson\t'One object a line: begin, the items, summary'
paths\t'The files on disk, one a line, for xargs (resolve, orphans, gc-preview, diff)'
paths0\t'The same, each ended by a zero byte, for xargs -0 (orphans, gc-preview, diff)'
csv\t'A line of column names, then a line for each item (orphans, gc-preview, diff, ls, du, refs, history, uploads)'"
complete -c regfs -n "__fish_regfs_using_subcommand resolve" -l report -d 'Also write the report in format F to PATH, atomically (may be repeated)' -r
complete -c regfs -n "__fish_regfs_using_subcommand resolve" -s j -l jobs -d 'Threads that compute [default: all cores]' -r
complete -c regfs -n "__fish_regfs_using_subcommand resolve" -l color -d 'Whether to use colour' -r -f -a "auto\t'If it goes to a terminal'
always\t'Wherever it goes'
never\t'Not at all'"
complete -c regfs -n "__fish_regfs_using_subcommand resolve" -l progress -d 'Whether to show progress on standard error' -r -f -a "auto\t'If it goes to a terminal'
always\t'Wherever it goes'
never\t'Not at all'"
complete -c regfs -n "__fish_regfs_using_subcommand resolve" -l readers -d 'Reads under way at a time [default: 16 for each thread that computes, within 32 and 64]' -r
complete -c regfs -n "__fish_regfs_using_subcommand resolve" -l rate -d 'Read no more than this from the store, such as 200MiB/s' -r
complete -c regfs -n "__fish_regfs_using_subcommand resolve" -s q -l quiet -d 'Say less on standard error: no progress, unless --progress asks for it'
complete -c regfs -n "__fish_regfs_using_subcommand resolve" -s v -l verbose -d 'Say more on standard error, and show notes in tables'
complete -c regfs -n "__fish_regfs_using_subcommand resolve" -l no-cache -d 'Leave the page cache as it is: forget what was read, unless it was there before (Linux 6.14 and later)'
complete -c regfs -n "__fish_regfs_using_subcommand resolve" -l nice -d 'Use processor and disk only when nobody else wants them'
complete -c regfs -n "__fish_regfs_using_subcommand resolve" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c regfs -n "__fish_regfs_using_subcommand verify" -l deep-limit -d 'The most that a layer may unpack to before --deep gives up on it' -r
complete -c regfs -n "__fish_regfs_using_subcommand verify" -l fail-on -d 'How bad a finding must be for exit status 1' -r -f -a "error\t'Errors'
warning\t'Errors and warnings'
note\t'Anything'
never\t'Nothing'"
complete -c regfs -n "__fish_regfs_using_subcommand verify" -l donor -d 'Say of each damaged or missing blob whether this root, or inventory of one, has it intact, and how to copy it' -r -F
complete -c regfs -n "__fish_regfs_using_subcommand verify" -l upload-age -d 'Report an unfinished upload as stale when it is older than this' -r
complete -c regfs -n "__fish_regfs_using_subcommand verify" -l checkpoint -d 'Go on where the run was ended that wrote this file, and write down what is verified, every few seconds' -r -F
complete -c regfs -n "__fish_regfs_using_subcommand verify" -l max-duration -d 'Stop when this time is over, tell what was found so far, and exit with 2' -r
complete -c regfs -n "__fish_regfs_using_subcommand verify" -l shard -d 'Read and judge one of N shares, by digest: N runs cover the store, and `regfs merge` makes one report of theirs' -r
complete -c regfs -n "__fish_regfs_using_subcommand verify" -s r -l root -d 'The store: a directory that holds docker/registry/v2, or docker/registry, or v2 itself; or an OCI image layout' -r -f -a "(__fish_complete_directories)"
complete -c regfs -n "__fish_regfs_using_subcommand verify" -l kind -d 'What kind of store the root is [default: recognised by what it holds]' -r -f -a "registry\t'A registry\'s storage (distribution, Harbor, GitLab)'
docker\t'The data root of a Docker engine'
oci\t'An OCI image layout'
containerd\t'containerd\'s content store'"
complete -c regfs -n "__fish_regfs_using_subcommand verify" -s f -l format -d 'What goes to standard output' -r -f -a "table\t'For people'
json\t'One object'
ndjson\t'One object a line: begin, the items, summary'
paths\t'The files on disk, one a line, for xargs (resolve, orphans, gc-preview, diff)'
paths0\t'The same, each ended by a zero byte, for xargs -0 (orphans, gc-preview, diff)'
csv\t'A line of column names, then a line for each item (orphans, gc-preview, diff, ls, du, refs, history, uploads)'"
complete -c regfs -n "__fish_regfs_using_subcommand verify" -l report -d 'Also write the report in format F to PATH, atomically (may be repeated)' -r
complete -c regfs -n "__fish_regfs_using_subcommand verify" -s j -l jobs -d 'Threads that compute [default: all cores]' -r
complete -c regfs -n "__fish_regfs_using_subcommand verify" -l color -d 'Whether to use colour' -r -f -a "auto\t'If it goes to a terminal'
always\t'Wherever it goes'
never\t'Not at all'"
complete -c regfs -n "__fish_regfs_using_subcommand verify" -l progress -d 'Whether to show progress on standard error' -r -f -a "auto\t'If it goes to a terminal'
always\t'Wherever it goes'
never\t'Not at all'"
complete -c regfs -n "__fish_regfs_using_subcommand verify" -l readers -d 'Reads under way at a time [default: 16 for each thread that computes, within 32 and 64]' -r
complete -c regfs -n "__fish_regfs_using_subcommand verify" -l rate -d 'Read no more than this from the store, such as 200MiB/s' -r
complete -c regfs -n "__fish_regfs_using_subcommand verify" -l no-hash -d 'Check structure alone: only manifests and configs are read and hashed'
complete -c regfs -n "__fish_regfs_using_subcommand verify" -l deep -d 'Unpack each layer, and compare its uncompressed digest with the image\'s config'
complete -c regfs -n "__fish_regfs_using_subcommand verify" -l notes -d 'List notes too: the normal residue of a working registry'
complete -c regfs -n "__fish_regfs_using_subcommand verify" -s q -l quiet -d 'Say less on standard error: no progress, unless --progress asks for it'
complete -c regfs -n "__fish_regfs_using_subcommand verify" -s v -l verbose -d 'Say more on standard error, and show notes in tables'
complete -c regfs -n "__fish_regfs_using_subcommand verify" -l no-cache -d 'Leave the page cache as it is: forget what was read, unless it was there before (Linux 6.14 and later)'
complete -c regfs -n "__fish_regfs_using_subcommand verify" -l nice -d 'Use processor and disk only when nobody else wants them'
complete -c regfs -n "__fish_regfs_using_subcommand verify" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c regfs -n "__fish_regfs_using_subcommand diff" -l ref -d 'Compare only this image, file by file (may be repeated)' -r
complete -c regfs -n "__fish_regfs_using_subcommand diff" -l repo -d 'Compare only this repository, and the blobs that it links (may be repeated)' -r
complete -c regfs -n "__fish_regfs_using_subcommand diff" -s r -l root -d 'The store: a directory that holds docker/registry/v2, or docker/registry, or v2 itself; or an OCI image layout' -r -f -a "(__fish_complete_directories)"
complete -c regfs -n "__fish_regfs_using_subcommand diff" -l kind -d 'What kind of store the root is [default: recognised by what it holds]' -r -f -a "registry\t'A registry\'s storage (distribution, Harbor, GitLab)'
docker\t'The data root of a Docker engine'
oci\t'An OCI image layout'
containerd\t'containerd\'s content store'"
complete -c regfs -n "__fish_regfs_using_subcommand diff" -s f -l format -d 'What goes to standard output' -r -f -a "table\t'For people'
json\t'One object'
ndjson\t'One object a line: begin, the items, summary'
paths\t'The files on disk, one a line, for xargs (resolve, orphans, gc-preview, diff)'
paths0\t'The same, each ended by a zero byte, for xargs -0 (orphans, gc-preview, diff)'
csv\t'A line of column names, then a line for each item (orphans, gc-preview, diff, ls, du, refs, history, uploads)'"
complete -c regfs -n "__fish_regfs_using_subcommand diff" -l report -d 'Also write the report in format F to PATH, atomically (may be repeated)' -r
complete -c regfs -n "__fish_regfs_using_subcommand diff" -s j -l jobs -d 'Threads that compute [default: all cores]' -r
complete -c regfs -n "__fish_regfs_using_subcommand diff" -l color -d 'Whether to use colour' -r -f -a "auto\t'If it goes to a terminal'
always\t'Wherever it goes'
never\t'Not at all'"
complete -c regfs -n "__fish_regfs_using_subcommand diff" -l progress -d 'Whether to show progress on standard error' -r -f -a "auto\t'If it goes to a terminal'
always\t'Wherever it goes'
never\t'Not at all'"
complete -c regfs -n "__fish_regfs_using_subcommand diff" -l readers -d 'Reads under way at a time [default: 16 for each thread that computes, within 32 and 64]' -r
complete -c regfs -n "__fish_regfs_using_subcommand diff" -l rate -d 'Read no more than this from the store, such as 200MiB/s' -r
complete -c regfs -n "__fish_regfs_using_subcommand diff" -l sizes-only -d 'Take files of the same size for the same: no blob is read'
complete -c regfs -n "__fish_regfs_using_subcommand diff" -l strict -d 'Compare what carries no meaning too: times, modes, *.tmp, empty directories, unfinished uploads'
complete -c regfs -n "__fish_regfs_using_subcommand diff" -l deep -d 'With --ref, between stores of different kinds: read the layers, and compare what they unpack to'
complete -c regfs -n "__fish_regfs_using_subcommand diff" -s q -l quiet -d 'Say less on standard error: no progress, unless --progress asks for it'
complete -c regfs -n "__fish_regfs_using_subcommand diff" -s v -l verbose -d 'Say more on standard error, and show notes in tables'
complete -c regfs -n "__fish_regfs_using_subcommand diff" -l no-cache -d 'Leave the page cache as it is: forget what was read, unless it was there before (Linux 6.14 and later)'
complete -c regfs -n "__fish_regfs_using_subcommand diff" -l nice -d 'Use processor and disk only when nobody else wants them'
complete -c regfs -n "__fish_regfs_using_subcommand diff" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c regfs -n "__fish_regfs_using_subcommand inventory" -s o -l output -d 'Write to this file, atomically; as Zstandard if its name ends in .zst [default: standard output]' -r -F
complete -c regfs -n "__fish_regfs_using_subcommand inventory" -s r -l root -d 'The store: a directory that holds docker/registry/v2, or docker/registry, or v2 itself; or an OCI image layout' -r -f -a "(__fish_complete_directories)"
complete -c regfs -n "__fish_regfs_using_subcommand inventory" -l kind -d 'What kind of store the root is [default: recognised by what it holds]' -r -f -a "registry\t'A registry\'s storage (distribution, Harbor, GitLab)'
docker\t'The data root of a Docker engine'
oci\t'An OCI image layout'
containerd\t'containerd\'s content store'"
complete -c regfs -n "__fish_regfs_using_subcommand inventory" -s f -l format -d 'What goes to standard output' -r -f -a "table\t'For people'
json\t'One object'
ndjson\t'One object a line: begin, the items, summary'
paths\t'The files on disk, one a line, for xargs (resolve, orphans, gc-preview, diff)'
paths0\t'The same, each ended by a zero byte, for xargs -0 (orphans, gc-preview, diff)'
csv\t'A line of column names, then a line for each item (orphans, gc-preview, diff, ls, du, refs, history, uploads)'"
complete -c regfs -n "__fish_regfs_using_subcommand inventory" -l report -d 'Also write the report in format F to PATH, atomically (may be repeated)' -r
complete -c regfs -n "__fish_regfs_using_subcommand inventory" -s j -l jobs -d 'Threads that compute [default: all cores]' -r
complete -c regfs -n "__fish_regfs_using_subcommand inventory" -l color -d 'Whether to use colour' -r -f -a "auto\t'If it goes to a terminal'
always\t'Wherever it goes'
never\t'Not at all'"
complete -c regfs -n "__fish_regfs_using_subcommand inventory" -l progress -d 'Whether to show progress on standard error' -r -f -a "auto\t'If it goes to a terminal'
always\t'Wherever it goes'
never\t'Not at all'"
complete -c regfs -n "__fish_regfs_using_subcommand inventory" -l readers -d 'Reads under way at a time [default: 16 for each thread that computes, within 32 and 64]' -r
complete -c regfs -n "__fish_regfs_using_subcommand inventory" -l rate -d 'Read no more than this from the store, such as 200MiB/s' -r
complete -c regfs -n "__fish_regfs_using_subcommand inventory" -l no-hash -d 'Read no blob: an inventory of sizes'
complete -c regfs -n "__fish_regfs_using_subcommand inventory" -l strict -d 'Take in what carries no meaning too: times, modes, *.tmp, empty directories, unfinished uploads'
complete -c regfs -n "__fish_regfs_using_subcommand inventory" -s q -l quiet -d 'Say less on standard error: no progress, unless --progress asks for it'
complete -c regfs -n "__fish_regfs_using_subcommand inventory" -s v -l verbose -d 'Say more on standard error, and show notes in tables'
complete -c regfs -n "__fish_regfs_using_subcommand inventory" -l no-cache -d 'Leave the page cache as it is: forget what was read, unless it was there before (Linux 6.14 and later)'
complete -c regfs -n "__fish_regfs_using_subcommand inventory" -l nice -d 'Use processor and disk only when nobody else wants them'
complete -c regfs -n "__fish_regfs_using_subcommand inventory" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c regfs -n "__fish_regfs_using_subcommand merge" -l fail-on -d 'How bad a finding must be for exit status 1' -r -f -a "error\t'Errors'
warning\t'Errors and warnings'
note\t'Anything'
never\t'Nothing'"
complete -c regfs -n "__fish_regfs_using_subcommand merge" -s r -l root -d 'The store: a directory that holds docker/registry/v2, or docker/registry, or v2 itself; or an OCI image layout' -r -f -a "(__fish_complete_directories)"
complete -c regfs -n "__fish_regfs_using_subcommand merge" -l kind -d 'What kind of store the root is [default: recognised by what it holds]' -r -f -a "registry\t'A registry\'s storage (distribution, Harbor, GitLab)'
docker\t'The data root of a Docker engine'
oci\t'An OCI image layout'
containerd\t'containerd\'s content store'"
complete -c regfs -n "__fish_regfs_using_subcommand merge" -s f -l format -d 'What goes to standard output' -r -f -a "table\t'For people'
json\t'One object'
ndjson\t'One object a line: begin, the items, summary'
paths\t'The files on disk, one a line, for xargs (resolve, orphans, gc-preview, diff)'
paths0\t'The same, each ended by a zero byte, for xargs -0 (orphans, gc-preview, diff)'
csv\t'A line of column names, then a line for each item (orphans, gc-preview, diff, ls, du, refs, history, uploads)'"
complete -c regfs -n "__fish_regfs_using_subcommand merge" -l report -d 'Also write the report in format F to PATH, atomically (may be repeated)' -r
complete -c regfs -n "__fish_regfs_using_subcommand merge" -s j -l jobs -d 'Threads that compute [default: all cores]' -r
complete -c regfs -n "__fish_regfs_using_subcommand merge" -l color -d 'Whether to use colour' -r -f -a "auto\t'If it goes to a terminal'
always\t'Wherever it goes'
never\t'Not at all'"
complete -c regfs -n "__fish_regfs_using_subcommand merge" -l progress -d 'Whether to show progress on standard error' -r -f -a "auto\t'If it goes to a terminal'
always\t'Wherever it goes'
never\t'Not at all'"
complete -c regfs -n "__fish_regfs_using_subcommand merge" -l readers -d 'Reads under way at a time [default: 16 for each thread that computes, within 32 and 64]' -r
complete -c regfs -n "__fish_regfs_using_subcommand merge" -l rate -d 'Read no more than this from the store, such as 200MiB/s' -r
complete -c regfs -n "__fish_regfs_using_subcommand merge" -s q -l quiet -d 'Say less on standard error: no progress, unless --progress asks for it'
complete -c regfs -n "__fish_regfs_using_subcommand merge" -s v -l verbose -d 'Say more on standard error, and show notes in tables'
complete -c regfs -n "__fish_regfs_using_subcommand merge" -l no-cache -d 'Leave the page cache as it is: forget what was read, unless it was there before (Linux 6.14 and later)'
complete -c regfs -n "__fish_regfs_using_subcommand merge" -l nice -d 'Use processor and disk only when nobody else wants them'
complete -c regfs -n "__fish_regfs_using_subcommand merge" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c regfs -n "__fish_regfs_using_subcommand orphans" -l policy -d 'What keeps content alive [default: revisions]' -r -f -a "revisions\t'Every manifest revision of any repository, and what it reaches'
tags\t'What tags reach, and manifests whose subject is alive'"
complete -c regfs -n "__fish_regfs_using_subcommand orphans" -l alive -d 'Digests that are alive too, one a line, and what they reach; - is standard input' -r -F
complete -c regfs -n "__fish_regfs_using_subcommand orphans" -l min-age -d 'Leave out what is younger than this: a push or pull may be under way' -r
complete -c regfs -n "__fish_regfs_using_subcommand orphans" -l without-tags -d 'As if the tags that match were gone (may be repeated); implies --policy tags' -r
complete -c regfs -n "__fish_regfs_using_subcommand orphans" -l keep-newest -d 'As if each repository kept only so many tags, those that moved last; implies --policy tags' -r
complete -c regfs -n "__fish_regfs_using_subcommand orphans" -l max-bytes -d 'Exit with 1 if the blobs listed have more bytes than this' -r
complete -c regfs -n "__fish_regfs_using_subcommand orphans" -s r -l root -d 'The store: a directory that holds docker/registry/v2, or docker/registry, or v2 itself; or an OCI image layout' -r -f -a "(__fish_complete_directories)"
complete -c regfs -n "__fish_regfs_using_subcommand orphans" -l kind -d 'What kind of store the root is [default: recognised by what it holds]' -r -f -a "registry\t'A registry\'s storage (distribution, Harbor, GitLab)'
docker\t'The data root of a Docker engine'
oci\t'An OCI image layout'
containerd\t'containerd\'s content store'"
complete -c regfs -n "__fish_regfs_using_subcommand orphans" -s f -l format -d 'What goes to standard output' -r -f -a "table\t'For people'
json\t'One object'
ndjson\t'One object a line: begin, the items, summary'
paths\t'The files on disk, one a line, for xargs (resolve, orphans, gc-preview, diff)'
paths0\t'The same, each ended by a zero byte, for xargs -0 (orphans, gc-preview, diff)'
csv\t'A line of column names, then a line for each item (orphans, gc-preview, diff, ls, du, refs, history, uploads)'"
complete -c regfs -n "__fish_regfs_using_subcommand orphans" -l report -d 'Also write the report in format F to PATH, atomically (may be repeated)' -r
complete -c regfs -n "__fish_regfs_using_subcommand orphans" -s j -l jobs -d 'Threads that compute [default: all cores]' -r
complete -c regfs -n "__fish_regfs_using_subcommand orphans" -l color -d 'Whether to use colour' -r -f -a "auto\t'If it goes to a terminal'
always\t'Wherever it goes'
never\t'Not at all'"
complete -c regfs -n "__fish_regfs_using_subcommand orphans" -l progress -d 'Whether to show progress on standard error' -r -f -a "auto\t'If it goes to a terminal'
always\t'Wherever it goes'
never\t'Not at all'"
complete -c regfs -n "__fish_regfs_using_subcommand orphans" -l readers -d 'Reads under way at a time [default: 16 for each thread that computes, within 32 and 64]' -r
complete -c regfs -n "__fish_regfs_using_subcommand orphans" -l rate -d 'Read no more than this from the store, such as 200MiB/s' -r
complete -c regfs -n "__fish_regfs_using_subcommand orphans" -l exit-code -d 'Exit with 1 if anything is listed'
complete -c regfs -n "__fish_regfs_using_subcommand orphans" -s q -l quiet -d 'Say less on standard error: no progress, unless --progress asks for it'
complete -c regfs -n "__fish_regfs_using_subcommand orphans" -s v -l verbose -d 'Say more on standard error, and show notes in tables'
complete -c regfs -n "__fish_regfs_using_subcommand orphans" -l no-cache -d 'Leave the page cache as it is: forget what was read, unless it was there before (Linux 6.14 and later)'
complete -c regfs -n "__fish_regfs_using_subcommand orphans" -l nice -d 'Use processor and disk only when nobody else wants them'
complete -c regfs -n "__fish_regfs_using_subcommand orphans" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c regfs -n "__fish_regfs_using_subcommand gc-preview" -l rules -d 'Whose rules' -r -f -a "2\t'distribution 2.7 and 2.8, Debian\'s docker-registry, Harbor\'s registry'
3\t'distribution 3.0 and 3.1'"
complete -c regfs -n "__fish_regfs_using_subcommand gc-preview" -s r -l root -d 'The store: a directory that holds docker/registry/v2, or docker/registry, or v2 itself; or an OCI image layout' -r -f -a "(__fish_complete_directories)"
complete -c regfs -n "__fish_regfs_using_subcommand gc-preview" -l kind -d 'What kind of store the root is [default: recognised by what it holds]' -r -f -a "registry\t'A registry\'s storage (distribution, Harbor, GitLab)'
docker\t'The data root of a Docker engine'
oci\t'An OCI image layout'
containerd\t'containerd\'s content store'"
complete -c regfs -n "__fish_regfs_using_subcommand gc-preview" -s f -l format -d 'What goes to standard output' -r -f -a "table\t'For people'
json\t'One object'
ndjson\t'One object a line: begin, the items, summary'
paths\t'The files on disk, one a line, for xargs (resolve, orphans, gc-preview, diff)'
paths0\t'The same, each ended by a zero byte, for xargs -0 (orphans, gc-preview, diff)'
csv\t'A line of column names, then a line for each item (orphans, gc-preview, diff, ls, du, refs, history, uploads)'"
complete -c regfs -n "__fish_regfs_using_subcommand gc-preview" -l report -d 'Also write the report in format F to PATH, atomically (may be repeated)' -r
complete -c regfs -n "__fish_regfs_using_subcommand gc-preview" -s j -l jobs -d 'Threads that compute [default: all cores]' -r
complete -c regfs -n "__fish_regfs_using_subcommand gc-preview" -l color -d 'Whether to use colour' -r -f -a "auto\t'If it goes to a terminal'
always\t'Wherever it goes'
never\t'Not at all'"
complete -c regfs -n "__fish_regfs_using_subcommand gc-preview" -l progress -d 'Whether to show progress on standard error' -r -f -a "auto\t'If it goes to a terminal'
always\t'Wherever it goes'
never\t'Not at all'"
complete -c regfs -n "__fish_regfs_using_subcommand gc-preview" -l readers -d 'Reads under way at a time [default: 16 for each thread that computes, within 32 and 64]' -r
complete -c regfs -n "__fish_regfs_using_subcommand gc-preview" -l rate -d 'Read no more than this from the store, such as 200MiB/s' -r
complete -c regfs -n "__fish_regfs_using_subcommand gc-preview" -s m -l delete-untagged -d 'As if the collector were told to delete manifests without a tag too'
complete -c regfs -n "__fish_regfs_using_subcommand gc-preview" -s q -l quiet -d 'Say less on standard error: no progress, unless --progress asks for it'
complete -c regfs -n "__fish_regfs_using_subcommand gc-preview" -s v -l verbose -d 'Say more on standard error, and show notes in tables'
complete -c regfs -n "__fish_regfs_using_subcommand gc-preview" -l no-cache -d 'Leave the page cache as it is: forget what was read, unless it was there before (Linux 6.14 and later)'
complete -c regfs -n "__fish_regfs_using_subcommand gc-preview" -l nice -d 'Use processor and disk only when nobody else wants them'
complete -c regfs -n "__fish_regfs_using_subcommand gc-preview" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c regfs -n "__fish_regfs_using_subcommand ls" -s r -l root -d 'The store: a directory that holds docker/registry/v2, or docker/registry, or v2 itself; or an OCI image layout' -r -f -a "(__fish_complete_directories)"
complete -c regfs -n "__fish_regfs_using_subcommand ls" -l kind -d 'What kind of store the root is [default: recognised by what it holds]' -r -f -a "registry\t'A registry\'s storage (distribution, Harbor, GitLab)'
docker\t'The data root of a Docker engine'
oci\t'An OCI image layout'
containerd\t'containerd\'s content store'"
complete -c regfs -n "__fish_regfs_using_subcommand ls" -s f -l format -d 'What goes to standard output' -r -f -a "table\t'For people'
json\t'One object'
ndjson\t'One object a line: begin, the items, summary'
paths\t'The files on disk, one a line, for xargs (resolve, orphans, gc-preview, diff)'
paths0\t'The same, each ended by a zero byte, for xargs -0 (orphans, gc-preview, diff)'
csv\t'A line of column names, then a line for each item (orphans, gc-preview, diff, ls, du, refs, history, uploads)'"
complete -c regfs -n "__fish_regfs_using_subcommand ls" -l report -d 'Also write the report in format F to PATH, atomically (may be repeated)' -r
complete -c regfs -n "__fish_regfs_using_subcommand ls" -s j -l jobs -d 'Threads that compute [default: all cores]' -r
complete -c regfs -n "__fish_regfs_using_subcommand ls" -l color -d 'Whether to use colour' -r -f -a "auto\t'If it goes to a terminal'
always\t'Wherever it goes'
never\t'Not at all'"
complete -c regfs -n "__fish_regfs_using_subcommand ls" -l progress -d 'Whether to show progress on standard error' -r -f -a "auto\t'If it goes to a terminal'
always\t'Wherever it goes'
never\t'Not at all'"
complete -c regfs -n "__fish_regfs_using_subcommand ls" -l readers -d 'Reads under way at a time [default: 16 for each thread that computes, within 32 and 64]' -r
complete -c regfs -n "__fish_regfs_using_subcommand ls" -l rate -d 'Read no more than this from the store, such as 200MiB/s' -r
complete -c regfs -n "__fish_regfs_using_subcommand ls" -s q -l quiet -d 'Say less on standard error: no progress, unless --progress asks for it'
complete -c regfs -n "__fish_regfs_using_subcommand ls" -s v -l verbose -d 'Say more on standard error, and show notes in tables'
complete -c regfs -n "__fish_regfs_using_subcommand ls" -l no-cache -d 'Leave the page cache as it is: forget what was read, unless it was there before (Linux 6.14 and later)'
complete -c regfs -n "__fish_regfs_using_subcommand ls" -l nice -d 'Use processor and disk only when nobody else wants them'
complete -c regfs -n "__fish_regfs_using_subcommand ls" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c regfs -n "__fish_regfs_using_subcommand du" -l by -d 'What the rows are about [default: repository; tag where images are in no repository]' -r -f -a "namespace\t'What stands before the first / of repositories\' names (a project in Harbor), or the whole name'
repository\t'What the manifests of a repository need'
tag\t'What the image of a tag needs'
blob\t'Each blob that a repository needs, and how many repositories and tags do'"
complete -c regfs -n "__fish_regfs_using_subcommand du" -l sort -d 'The order of rows, the largest first [default: logical; in other formats than table, name]' -r -f -a "logical\t'All that is needed'
unique\t'What no other row needs'
shared\t'What others need too'
blobs\t'The number of blobs'
name\t'The name'"
complete -c regfs -n "__fish_regfs_using_subcommand du" -l top -d 'Show so many rows; without --sort the largest by logical bytes' -r
complete -c regfs -n "__fish_regfs_using_subcommand du" -s r -l root -d 'The store: a directory that holds docker/registry/v2, or docker/registry, or v2 itself; or an OCI image layout' -r -f -a "(__fish_complete_directories)"
complete -c regfs -n "__fish_regfs_using_subcommand du" -l kind -d 'What kind of store the root is [default: recognised by what it holds]' -r -f -a "registry\t'A registry\'s storage (distribution, Harbor, GitLab)'
docker\t'The data root of a Docker engine'
oci\t'An OCI image layout'
containerd\t'containerd\'s content store'"
complete -c regfs -n "__fish_regfs_using_subcommand du" -s f -l format -d 'What goes to standard output' -r -f -a "table\t'For people'
json\t'One object'
ndjson\t'One object a line: begin, the items, summary'
paths\t'The files on disk, one a line, for xargs (resolve, orphans, gc-preview, diff)'
paths0\t'The same, each ended by a zero byte, for xargs -0 (orphans, gc-preview, diff)'
csv\t'A line of column names, then a line for each item (orphans, gc-preview, diff, ls, du, refs, history, uploads)'"
complete -c regfs -n "__fish_regfs_using_subcommand du" -l report -d 'Also write the report in format F to PATH, atomically (may be repeated)' -r
complete -c regfs -n "__fish_regfs_using_subcommand du" -s j -l jobs -d 'Threads that compute [default: all cores]' -r
complete -c regfs -n "__fish_regfs_using_subcommand du" -l color -d 'Whether to use colour' -r -f -a "auto\t'If it goes to a terminal'
always\t'Wherever it goes'
never\t'Not at all'"
complete -c regfs -n "__fish_regfs_using_subcommand du" -l progress -d 'Whether to show progress on standard error' -r -f -a "auto\t'If it goes to a terminal'
always\t'Wherever it goes'
never\t'Not at all'"
complete -c regfs -n "__fish_regfs_using_subcommand du" -l readers -d 'Reads under way at a time [default: 16 for each thread that computes, within 32 and 64]' -r
complete -c regfs -n "__fish_regfs_using_subcommand du" -l rate -d 'Read no more than this from the store, such as 200MiB/s' -r
complete -c regfs -n "__fish_regfs_using_subcommand du" -s q -l quiet -d 'Say less on standard error: no progress, unless --progress asks for it'
complete -c regfs -n "__fish_regfs_using_subcommand du" -s v -l verbose -d 'Say more on standard error, and show notes in tables'
complete -c regfs -n "__fish_regfs_using_subcommand du" -l no-cache -d 'Leave the page cache as it is: forget what was read, unless it was there before (Linux 6.14 and later)'
complete -c regfs -n "__fish_regfs_using_subcommand du" -l nice -d 'Use processor and disk only when nobody else wants them'
complete -c regfs -n "__fish_regfs_using_subcommand du" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c regfs -n "__fish_regfs_using_subcommand refs" -s r -l root -d 'The store: a directory that holds docker/registry/v2, or docker/registry, or v2 itself; or an OCI image layout' -r -f -a "(__fish_complete_directories)"
complete -c regfs -n "__fish_regfs_using_subcommand refs" -l kind -d 'What kind of store the root is [default: recognised by what it holds]' -r -f -a "registry\t'A registry\'s storage (distribution, Harbor, GitLab)'
docker\t'The data root of a Docker engine'
oci\t'An OCI image layout'
containerd\t'containerd\'s content store'"
complete -c regfs -n "__fish_regfs_using_subcommand refs" -s f -l format -d 'What goes to standard output' -r -f -a "table\t'For people'
json\t'One object'
ndjson\t'One object a line: begin, the items, summary'
paths\t'The files on disk, one a line, for xargs (resolve, orphans, gc-preview, diff)'
paths0\t'The same, each ended by a zero byte, for xargs -0 (orphans, gc-preview, diff)'
csv\t'A line of column names, then a line for each item (orphans, gc-preview, diff, ls, du, refs, history, uploads)'"
complete -c regfs -n "__fish_regfs_using_subcommand refs" -l report -d 'Also write the report in format F to PATH, atomically (may be repeated)' -r
complete -c regfs -n "__fish_regfs_using_subcommand refs" -s j -l jobs -d 'Threads that compute [default: all cores]' -r
complete -c regfs -n "__fish_regfs_using_subcommand refs" -l color -d 'Whether to use colour' -r -f -a "auto\t'If it goes to a terminal'
always\t'Wherever it goes'
never\t'Not at all'"
complete -c regfs -n "__fish_regfs_using_subcommand refs" -l progress -d 'Whether to show progress on standard error' -r -f -a "auto\t'If it goes to a terminal'
always\t'Wherever it goes'
never\t'Not at all'"
complete -c regfs -n "__fish_regfs_using_subcommand refs" -l readers -d 'Reads under way at a time [default: 16 for each thread that computes, within 32 and 64]' -r
complete -c regfs -n "__fish_regfs_using_subcommand refs" -l rate -d 'Read no more than this from the store, such as 200MiB/s' -r
complete -c regfs -n "__fish_regfs_using_subcommand refs" -s q -l quiet -d 'Say less on standard error: no progress, unless --progress asks for it'
complete -c regfs -n "__fish_regfs_using_subcommand refs" -s v -l verbose -d 'Say more on standard error, and show notes in tables'
complete -c regfs -n "__fish_regfs_using_subcommand refs" -l no-cache -d 'Leave the page cache as it is: forget what was read, unless it was there before (Linux 6.14 and later)'
complete -c regfs -n "__fish_regfs_using_subcommand refs" -l nice -d 'Use processor and disk only when nobody else wants them'
complete -c regfs -n "__fish_regfs_using_subcommand refs" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c regfs -n "__fish_regfs_using_subcommand history" -s r -l root -d 'The store: a directory that holds docker/registry/v2, or docker/registry, or v2 itself; or an OCI image layout' -r -f -a "(__fish_complete_directories)"
complete -c regfs -n "__fish_regfs_using_subcommand history" -l kind -d 'What kind of store the root is [default: recognised by what it holds]' -r -f -a "registry\t'A registry\'s storage (distribution, Harbor, GitLab)'
docker\t'The data root of a Docker engine'
oci\t'An OCI image layout'
containerd\t'containerd\'s content store'"
complete -c regfs -n "__fish_regfs_using_subcommand history" -s f -l format -d 'What goes to standard output' -r -f -a "table\t'For people'
json\t'One object'
ndjson\t'One object a line: begin, the items, summary'
paths\t'The files on disk, one a line, for xargs (resolve, orphans, gc-preview, diff)'
paths0\t'The same, each ended by a zero byte, for xargs -0 (orphans, gc-preview, diff)'
csv\t'A line of column names, then a line for each item (orphans, gc-preview, diff, ls, du, refs, history, uploads)'"
complete -c regfs -n "__fish_regfs_using_subcommand history" -l report -d 'Also write the report in format F to PATH, atomically (may be repeated)' -r
complete -c regfs -n "__fish_regfs_using_subcommand history" -s j -l jobs -d 'Threads that compute [default: all cores]' -r
complete -c regfs -n "__fish_regfs_using_subcommand history" -l color -d 'Whether to use colour' -r -f -a "auto\t'If it goes to a terminal'
always\t'Wherever it goes'
never\t'Not at all'"
complete -c regfs -n "__fish_regfs_using_subcommand history" -l progress -d 'Whether to show progress on standard error' -r -f -a "auto\t'If it goes to a terminal'
always\t'Wherever it goes'
never\t'Not at all'"
complete -c regfs -n "__fish_regfs_using_subcommand history" -l readers -d 'Reads under way at a time [default: 16 for each thread that computes, within 32 and 64]' -r
complete -c regfs -n "__fish_regfs_using_subcommand history" -l rate -d 'Read no more than this from the store, such as 200MiB/s' -r
complete -c regfs -n "__fish_regfs_using_subcommand history" -s q -l quiet -d 'Say less on standard error: no progress, unless --progress asks for it'
complete -c regfs -n "__fish_regfs_using_subcommand history" -s v -l verbose -d 'Say more on standard error, and show notes in tables'
complete -c regfs -n "__fish_regfs_using_subcommand history" -l no-cache -d 'Leave the page cache as it is: forget what was read, unless it was there before (Linux 6.14 and later)'
complete -c regfs -n "__fish_regfs_using_subcommand history" -l nice -d 'Use processor and disk only when nobody else wants them'
complete -c regfs -n "__fish_regfs_using_subcommand history" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c regfs -n "__fish_regfs_using_subcommand uploads" -l upload-age -d 'Call an upload stale when it is older than this' -r
complete -c regfs -n "__fish_regfs_using_subcommand uploads" -s r -l root -d 'The store: a directory that holds docker/registry/v2, or docker/registry, or v2 itself; or an OCI image layout' -r -f -a "(__fish_complete_directories)"
complete -c regfs -n "__fish_regfs_using_subcommand uploads" -l kind -d 'What kind of store the root is [default: recognised by what it holds]' -r -f -a "registry\t'A registry\'s storage (distribution, Harbor, GitLab)'
docker\t'The data root of a Docker engine'
oci\t'An OCI image layout'
containerd\t'containerd\'s content store'"
complete -c regfs -n "__fish_regfs_using_subcommand uploads" -s f -l format -d 'What goes to standard output' -r -f -a "table\t'For people'
json\t'One object'
ndjson\t'One object a line: begin, the items, summary'
paths\t'The files on disk, one a line, for xargs (resolve, orphans, gc-preview, diff)'
paths0\t'The same, each ended by a zero byte, for xargs -0 (orphans, gc-preview, diff)'
csv\t'A line of column names, then a line for each item (orphans, gc-preview, diff, ls, du, refs, history, uploads)'"
complete -c regfs -n "__fish_regfs_using_subcommand uploads" -l report -d 'Also write the report in format F to PATH, atomically (may be repeated)' -r
complete -c regfs -n "__fish_regfs_using_subcommand uploads" -s j -l jobs -d 'Threads that compute [default: all cores]' -r
complete -c regfs -n "__fish_regfs_using_subcommand uploads" -l color -d 'Whether to use colour' -r -f -a "auto\t'If it goes to a terminal'
always\t'Wherever it goes'
never\t'Not at all'"
complete -c regfs -n "__fish_regfs_using_subcommand uploads" -l progress -d 'Whether to show progress on standard error' -r -f -a "auto\t'If it goes to a terminal'
always\t'Wherever it goes'
never\t'Not at all'"
complete -c regfs -n "__fish_regfs_using_subcommand uploads" -l readers -d 'Reads under way at a time [default: 16 for each thread that computes, within 32 and 64]' -r
complete -c regfs -n "__fish_regfs_using_subcommand uploads" -l rate -d 'Read no more than this from the store, such as 200MiB/s' -r
complete -c regfs -n "__fish_regfs_using_subcommand uploads" -s q -l quiet -d 'Say less on standard error: no progress, unless --progress asks for it'
complete -c regfs -n "__fish_regfs_using_subcommand uploads" -s v -l verbose -d 'Say more on standard error, and show notes in tables'
complete -c regfs -n "__fish_regfs_using_subcommand uploads" -l no-cache -d 'Leave the page cache as it is: forget what was read, unless it was there before (Linux 6.14 and later)'
complete -c regfs -n "__fish_regfs_using_subcommand uploads" -l nice -d 'Use processor and disk only when nobody else wants them'
complete -c regfs -n "__fish_regfs_using_subcommand uploads" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c regfs -n "__fish_regfs_using_subcommand cat" -l platform -d 'Of an index, take the image for this platform' -r
complete -c regfs -n "__fish_regfs_using_subcommand cat" -s r -l root -d 'The store: a directory that holds docker/registry/v2, or docker/registry, or v2 itself; or an OCI image layout' -r -f -a "(__fish_complete_directories)"
complete -c regfs -n "__fish_regfs_using_subcommand cat" -l kind -d 'What kind of store the root is [default: recognised by what it holds]' -r -f -a "registry\t'A registry\'s storage (distribution, Harbor, GitLab)'
docker\t'The data root of a Docker engine'
oci\t'An OCI image layout'
containerd\t'containerd\'s content store'"
complete -c regfs -n "__fish_regfs_using_subcommand cat" -s f -l format -d 'What goes to standard output' -r -f -a "table\t'For people'
json\t'One object'
ndjson\t'One object a line: begin, the items, summary'
paths\t'The files on disk, one a line, for xargs (resolve, orphans, gc-preview, diff)'
paths0\t'The same, each ended by a zero byte, for xargs -0 (orphans, gc-preview, diff)'
csv\t'A line of column names, then a line for each item (orphans, gc-preview, diff, ls, du, refs, history, uploads)'"
complete -c regfs -n "__fish_regfs_using_subcommand cat" -l report -d 'Also write the report in format F to PATH, atomically (may be repeated)' -r
complete -c regfs -n "__fish_regfs_using_subcommand cat" -s j -l jobs -d 'Threads that compute [default: all cores]' -r
complete -c regfs -n "__fish_regfs_using_subcommand cat" -l color -d 'Whether to use colour' -r -f -a "auto\t'If it goes to a terminal'
always\t'Wherever it goes'
never\t'Not at all'"
complete -c regfs -n "__fish_regfs_using_subcommand cat" -l progress -d 'Whether to show progress on standard error' -r -f -a "auto\t'If it goes to a terminal'
always\t'Wherever it goes'
never\t'Not at all'"
complete -c regfs -n "__fish_regfs_using_subcommand cat" -l readers -d 'Reads under way at a time [default: 16 for each thread that computes, within 32 and 64]' -r
complete -c regfs -n "__fish_regfs_using_subcommand cat" -l rate -d 'Read no more than this from the store, such as 200MiB/s' -r
complete -c regfs -n "__fish_regfs_using_subcommand cat" -l config -d 'Write the config of the image, not its manifest'
complete -c regfs -n "__fish_regfs_using_subcommand cat" -l force -d 'Write the bytes as they are to a terminal too, binary or not'
complete -c regfs -n "__fish_regfs_using_subcommand cat" -s q -l quiet -d 'Say less on standard error: no progress, unless --progress asks for it'
complete -c regfs -n "__fish_regfs_using_subcommand cat" -s v -l verbose -d 'Say more on standard error, and show notes in tables'
complete -c regfs -n "__fish_regfs_using_subcommand cat" -l no-cache -d 'Leave the page cache as it is: forget what was read, unless it was there before (Linux 6.14 and later)'
complete -c regfs -n "__fish_regfs_using_subcommand cat" -l nice -d 'Use processor and disk only when nobody else wants them'
complete -c regfs -n "__fish_regfs_using_subcommand cat" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c regfs -n "__fish_regfs_using_subcommand export" -s r -l root -d 'The store: a directory that holds docker/registry/v2, or docker/registry, or v2 itself; or an OCI image layout' -r -f -a "(__fish_complete_directories)"
complete -c regfs -n "__fish_regfs_using_subcommand export" -l kind -d 'What kind of store the root is [default: recognised by what it holds]' -r -f -a "registry\t'A registry\'s storage (distribution, Harbor, GitLab)'
docker\t'The data root of a Docker engine'
oci\t'An OCI image layout'
containerd\t'containerd\'s content store'"
complete -c regfs -n "__fish_regfs_using_subcommand export" -s f -l format -d 'What goes to standard output' -r -f -a "table\t'For people'
json\t'One object'
ndjson\t'One object a line: begin, the items, summary'
paths\t'The files on disk, one a line, for xargs (resolve, orphans, gc-preview, diff)'
paths0\t'The same, each ended by a zero byte, for xargs -0 (orphans, gc-preview, diff)'
csv\t'A line of column names, then a line for each item (orphans, gc-preview, diff, ls, du, refs, history, uploads)'"
complete -c regfs -n "__fish_regfs_using_subcommand export" -l report -d 'Also write the report in format F to PATH, atomically (may be repeated)' -r
complete -c regfs -n "__fish_regfs_using_subcommand export" -s j -l jobs -d 'Threads that compute [default: all cores]' -r
complete -c regfs -n "__fish_regfs_using_subcommand export" -l color -d 'Whether to use colour' -r -f -a "auto\t'If it goes to a terminal'
always\t'Wherever it goes'
never\t'Not at all'"
complete -c regfs -n "__fish_regfs_using_subcommand export" -l progress -d 'Whether to show progress on standard error' -r -f -a "auto\t'If it goes to a terminal'
always\t'Wherever it goes'
never\t'Not at all'"
complete -c regfs -n "__fish_regfs_using_subcommand export" -l readers -d 'Reads under way at a time [default: 16 for each thread that computes, within 32 and 64]' -r
complete -c regfs -n "__fish_regfs_using_subcommand export" -l rate -d 'Read no more than this from the store, such as 200MiB/s' -r
complete -c regfs -n "__fish_regfs_using_subcommand export" -l all -d 'Export every tag, and every manifest that neither a tag nor an index leads to'
complete -c regfs -n "__fish_regfs_using_subcommand export" -l hard-link -d 'Let blobs be the store\'s own files under another name: what changes one then changes the other'
complete -c regfs -n "__fish_regfs_using_subcommand export" -s q -l quiet -d 'Say less on standard error: no progress, unless --progress asks for it'
complete -c regfs -n "__fish_regfs_using_subcommand export" -s v -l verbose -d 'Say more on standard error, and show notes in tables'
complete -c regfs -n "__fish_regfs_using_subcommand export" -l no-cache -d 'Leave the page cache as it is: forget what was read, unless it was there before (Linux 6.14 and later)'
complete -c regfs -n "__fish_regfs_using_subcommand export" -l nice -d 'Use processor and disk only when nobody else wants them'
complete -c regfs -n "__fish_regfs_using_subcommand export" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c regfs -n "__fish_regfs_using_subcommand explain" -s r -l root -d 'The store: a directory that holds docker/registry/v2, or docker/registry, or v2 itself; or an OCI image layout' -r -f -a "(__fish_complete_directories)"
complete -c regfs -n "__fish_regfs_using_subcommand explain" -l kind -d 'What kind of store the root is [default: recognised by what it holds]' -r -f -a "registry\t'A registry\'s storage (distribution, Harbor, GitLab)'
docker\t'The data root of a Docker engine'
oci\t'An OCI image layout'
containerd\t'containerd\'s content store'"
complete -c regfs -n "__fish_regfs_using_subcommand explain" -s f -l format -d 'What goes to standard output' -r -f -a "table\t'For people'
json\t'One object'
ndjson\t'One object a line: begin, the items, summary'
paths\t'The files on disk, one a line, for xargs (resolve, orphans, gc-preview, diff)'
paths0\t'The same, each ended by a zero byte, for xargs -0 (orphans, gc-preview, diff)'
csv\t'A line of column names, then a line for each item (orphans, gc-preview, diff, ls, du, refs, history, uploads)'"
complete -c regfs -n "__fish_regfs_using_subcommand explain" -l report -d 'Also write the report in format F to PATH, atomically (may be repeated)' -r
complete -c regfs -n "__fish_regfs_using_subcommand explain" -s j -l jobs -d 'Threads that compute [default: all cores]' -r
complete -c regfs -n "__fish_regfs_using_subcommand explain" -l color -d 'Whether to use colour' -r -f -a "auto\t'If it goes to a terminal'
always\t'Wherever it goes'
never\t'Not at all'"
complete -c regfs -n "__fish_regfs_using_subcommand explain" -l progress -d 'Whether to show progress on standard error' -r -f -a "auto\t'If it goes to a terminal'
always\t'Wherever it goes'
never\t'Not at all'"
complete -c regfs -n "__fish_regfs_using_subcommand explain" -l readers -d 'Reads under way at a time [default: 16 for each thread that computes, within 32 and 64]' -r
complete -c regfs -n "__fish_regfs_using_subcommand explain" -l rate -d 'Read no more than this from the store, such as 200MiB/s' -r
complete -c regfs -n "__fish_regfs_using_subcommand explain" -s q -l quiet -d 'Say less on standard error: no progress, unless --progress asks for it'
complete -c regfs -n "__fish_regfs_using_subcommand explain" -s v -l verbose -d 'Say more on standard error, and show notes in tables'
complete -c regfs -n "__fish_regfs_using_subcommand explain" -l no-cache -d 'Leave the page cache as it is: forget what was read, unless it was there before (Linux 6.14 and later)'
complete -c regfs -n "__fish_regfs_using_subcommand explain" -l nice -d 'Use processor and disk only when nobody else wants them'
complete -c regfs -n "__fish_regfs_using_subcommand explain" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c regfs -n "__fish_regfs_using_subcommand completions" -s r -l root -d 'The store: a directory that holds docker/registry/v2, or docker/registry, or v2 itself; or an OCI image layout' -r -f -a "(__fish_complete_directories)"
complete -c regfs -n "__fish_regfs_using_subcommand completions" -l kind -d 'What kind of store the root is [default: recognised by what it holds]' -r -f -a "registry\t'A registry\'s storage (distribution, Harbor, GitLab)'
docker\t'The data root of a Docker engine'
oci\t'An OCI image layout'
containerd\t'containerd\'s content store'"
complete -c regfs -n "__fish_regfs_using_subcommand completions" -s f -l format -d 'What goes to standard output' -r -f -a "table\t'For people'
json\t'One object'
ndjson\t'One object a line: begin, the items, summary'
paths\t'The files on disk, one a line, for xargs (resolve, orphans, gc-preview, diff)'
paths0\t'The same, each ended by a zero byte, for xargs -0 (orphans, gc-preview, diff)'
csv\t'A line of column names, then a line for each item (orphans, gc-preview, diff, ls, du, refs, history, uploads)'"
complete -c regfs -n "__fish_regfs_using_subcommand completions" -l report -d 'Also write the report in format F to PATH, atomically (may be repeated)' -r
complete -c regfs -n "__fish_regfs_using_subcommand completions" -s j -l jobs -d 'Threads that compute [default: all cores]' -r
complete -c regfs -n "__fish_regfs_using_subcommand completions" -l color -d 'Whether to use colour' -r -f -a "auto\t'If it goes to a terminal'
always\t'Wherever it goes'
never\t'Not at all'"
complete -c regfs -n "__fish_regfs_using_subcommand completions" -l progress -d 'Whether to show progress on standard error' -r -f -a "auto\t'If it goes to a terminal'
always\t'Wherever it goes'
never\t'Not at all'"
complete -c regfs -n "__fish_regfs_using_subcommand completions" -l readers -d 'Reads under way at a time [default: 16 for each thread that computes, within 32 and 64]' -r
complete -c regfs -n "__fish_regfs_using_subcommand completions" -l rate -d 'Read no more than this from the store, such as 200MiB/s' -r
complete -c regfs -n "__fish_regfs_using_subcommand completions" -s q -l quiet -d 'Say less on standard error: no progress, unless --progress asks for it'
complete -c regfs -n "__fish_regfs_using_subcommand completions" -s v -l verbose -d 'Say more on standard error, and show notes in tables'
complete -c regfs -n "__fish_regfs_using_subcommand completions" -l no-cache -d 'Leave the page cache as it is: forget what was read, unless it was there before (Linux 6.14 and later)'
complete -c regfs -n "__fish_regfs_using_subcommand completions" -l nice -d 'Use processor and disk only when nobody else wants them'
complete -c regfs -n "__fish_regfs_using_subcommand completions" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c regfs -n "__fish_regfs_using_subcommand help; and not __fish_seen_subcommand_from resolve verify diff inventory merge orphans gc-preview ls du refs history uploads cat export explain completions help" -f -a "resolve" -d 'Follow a name to every file that a registry opens to serve the image, and say how each is'
complete -c regfs -n "__fish_regfs_using_subcommand help; and not __fish_seen_subcommand_from resolve verify diff inventory merge orphans gc-preview ls du refs history uploads cat export explain completions help" -f -a "verify" -d 'Check that every byte hashes to its name, and every link and reference holds'
complete -c regfs -n "__fish_regfs_using_subcommand help; and not __fish_seen_subcommand_from resolve verify diff inventory merge orphans gc-preview ls du refs history uploads cat export explain completions help" -f -a "diff" -d 'Compare two roots: do they store the same things, path by path and byte by byte'
complete -c regfs -n "__fish_regfs_using_subcommand help; and not __fish_seen_subcommand_from resolve verify diff inventory merge orphans gc-preview ls du refs history uploads cat export explain completions help" -f -a "inventory" -d 'Write down everything that diff compares, to compare it elsewhere or another day'
complete -c regfs -n "__fish_regfs_using_subcommand help; and not __fish_seen_subcommand_from resolve verify diff inventory merge orphans gc-preview ls du refs history uploads cat export explain completions help" -f -a "merge" -d 'Make one report of those of the shares of a store, or of runs of verify that were ended'
complete -c regfs -n "__fish_regfs_using_subcommand help; and not __fish_seen_subcommand_from resolve verify diff inventory merge orphans gc-preview ls du refs history uploads cat export explain completions help" -f -a "orphans" -d 'List the blobs, manifests and layer links that nothing keeps alive, and how many bytes that is'
complete -c regfs -n "__fish_regfs_using_subcommand help; and not __fish_seen_subcommand_from resolve verify diff inventory merge orphans gc-preview ls du refs history uploads cat export explain completions help" -f -a "gc-preview" -d 'Foretell what the registry\'s garbage-collect would delete, and what that breaks'
complete -c regfs -n "__fish_regfs_using_subcommand help; and not __fish_seen_subcommand_from resolve verify diff inventory merge orphans gc-preview ls du refs history uploads cat export explain completions help" -f -a "ls" -d 'List the repositories, or the images of one'
complete -c regfs -n "__fish_regfs_using_subcommand help; and not __fish_seen_subcommand_from resolve verify diff inventory merge orphans gc-preview ls du refs history uploads cat export explain completions help" -f -a "du" -d 'Measure what fills the store: how much each repository needs, and how much of that nobody else does'
complete -c regfs -n "__fish_regfs_using_subcommand help; and not __fish_seen_subcommand_from resolve verify diff inventory merge orphans gc-preview ls du refs history uploads cat export explain completions help" -f -a "refs" -d 'Find who uses a blob: repositories, tags, and the chain from each tag down to it'
complete -c regfs -n "__fish_regfs_using_subcommand help; and not __fish_seen_subcommand_from resolve verify diff inventory merge orphans gc-preview ls du refs history uploads cat export explain completions help" -f -a "history" -d 'List every manifest that a tag pointed to and that the store still knows'
complete -c regfs -n "__fish_regfs_using_subcommand help; and not __fish_seen_subcommand_from resolve verify diff inventory merge orphans gc-preview ls du refs history uploads cat export explain completions help" -f -a "uploads" -d 'List the unfinished uploads: how old, how large, and whether the registry will ever purge them'
complete -c regfs -n "__fish_regfs_using_subcommand help; and not __fish_seen_subcommand_from resolve verify diff inventory merge orphans gc-preview ls du refs history uploads cat export explain completions help" -f -a "cat" -d 'Write out the bytes of a manifest, config or blob'
complete -c regfs -n "__fish_regfs_using_subcommand help; and not __fish_seen_subcommand_from resolve verify diff inventory merge orphans gc-preview ls du refs history uploads cat export explain completions help" -f -a "export" -d 'Write an image, or all of them, out as an OCI image layout'
complete -c regfs -n "__fish_regfs_using_subcommand help; and not __fish_seen_subcommand_from resolve verify diff inventory merge orphans gc-preview ls du refs history uploads cat export explain completions help" -f -a "explain" -d 'Say what a finding means, what causes it, and what to do about it'
complete -c regfs -n "__fish_regfs_using_subcommand help; and not __fish_seen_subcommand_from resolve verify diff inventory merge orphans gc-preview ls du refs history uploads cat export explain completions help" -f -a "completions" -d 'Write a script that completes regfs commands in a shell'
complete -c regfs -n "__fish_regfs_using_subcommand help; and not __fish_seen_subcommand_from resolve verify diff inventory merge orphans gc-preview ls du refs history uploads cat export explain completions help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
