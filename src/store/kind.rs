//! What stands at a path, and why it could not be read.

use rustix::fs::FileType;
use rustix::io::Errno;

/// What kind of file something is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileKind {
    /// A regular file.
    File,
    /// A directory.
    Directory,
    /// A symbolic link.
    Symlink,
    /// A named pipe.
    Fifo,
    /// A socket.
    Socket,
    /// A block or character device.
    Device,
    /// Something that the system does not name.
    Unknown,
}

/// Why something could not be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    /// There is no such file.
    #[error("it does not exist")]
    Absent,
    /// It is not a regular file (or not a directory where one was asked for), or a link stands on the way to it.
    #[error("it is {}", .0.with_article())]
    NotRegular(FileKind),
    /// The operating system refused.
    #[error("{0}")]
    Refused(Box<str>),
}

impl FileKind {
    /// The kind with its article, for a sentence.
    pub const fn with_article(self) -> &'static str {
        match self {
            Self::File => "a regular file",
            Self::Directory => "a directory",
            Self::Symlink => "a symbolic link",
            Self::Fifo => "a named pipe",
            Self::Socket => "a socket",
            Self::Device => "a device",
            Self::Unknown => "of a kind that the system does not name",
        }
    }
}

impl From<FileType> for FileKind {
    fn from(kind: FileType) -> Self {
        match kind {
            FileType::RegularFile => Self::File,
            FileType::Directory => Self::Directory,
            FileType::Symlink => Self::Symlink,
            FileType::Fifo => Self::Fifo,
            FileType::Socket => Self::Socket,
            FileType::CharacterDevice | FileType::BlockDevice => Self::Device,
            FileType::Unknown => Self::Unknown,
        }
    }
}

impl From<Errno> for ReadError {
    fn from(errno: Errno) -> Self {
        match errno {
            // A component that is no directory cannot hold the file.
            Errno::NOENT | Errno::NOTDIR => Self::Absent,
            // What `O_NOFOLLOW` and `RESOLVE_NO_SYMLINKS` answer, and a socket when it is opened.
            Errno::LOOP | Errno::XDEV => Self::NotRegular(FileKind::Symlink),
            Errno::NXIO => Self::NotRegular(FileKind::Socket),
            errno => Self::from(std::io::Error::from(errno)),
        }
    }
}

impl From<std::io::Error> for ReadError {
    /// The system's words without Rust's `(os error 5)`.
    fn from(error: std::io::Error) -> Self {
        let text = error.to_string();
        Self::Refused(text.split(" (os error").next().unwrap_or(&text).into())
    }
}
