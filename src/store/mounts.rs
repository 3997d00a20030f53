//! What is mounted below a root: another file system there may behave in another way than the root's own.

use std::ffi::OsString;
use std::fs;
use std::os::unix::ffi::OsStringExt as _;
use std::path::{Path, PathBuf};

/// Whether a file system may be mounted below a directory. Where the system does not tell, one may be.
pub(super) fn may_be_below(top: &Path) -> bool {
    let (Ok(top), Ok(mounts)) = (top.canonicalize(), fs::read("/proc/self/mountinfo")) else { return true };
    any_below(&top, &mounts)
}

fn any_below(top: &Path, mounts: &[u8]) -> bool {
    // The fifth field is where it is mounted (`proc_pid_mountinfo(5)`).
    let points =
        mounts.split(|&byte| byte == b'\n').filter_map(|line| line.split(|&byte| byte == b' ').nth(4));
    points.map(unescape).any(|point| point != top && point.starts_with(top))
}

/// A path in which some bytes stand as three octal digits behind a backslash.
fn unescape(text: &[u8]) -> PathBuf {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((&first, behind)) = rest.split_first() {
        let octal = behind.get(..3).and_then(|digits| std::str::from_utf8(digits).ok());
        let byte = octal.filter(|_| first == b'\\').and_then(|digits| u8::from_str_radix(digits, 8).ok());
        bytes.push(byte.unwrap_or(first));
        rest = if byte.is_some() { &behind[3..] } else { behind };
    }
    PathBuf::from(OsString::from_vec(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_mounted_below_is_found_and_what_is_mounted_there_or_above_is_not() {
        let mounts = b"22 1 254:0 / / rw - ext4 /dev/vda rw\n\
            30 22 0:25 / /srv/my\\040registry rw - ext4 /dev/vdb rw\n\
            31 30 0:26 / /srv/my\\040registry/docker/registry/v2/blobs rw - nfs4 host:/ rw\n";
        for (top, expected) in [
            ("/srv/my registry", true),
            ("/srv/my registry/docker/registry/v2", true),
            ("/srv/my registry/docker/registry/v2/blobs", false),
            ("/srv/my registry/docker/registry/v2/repositories", false),
            ("/srv/my reg", false),
        ] {
            assert_eq!(any_below(Path::new(top), mounts), expected, "{top}");
        }
    }
}
