//! Files of others, read within limits: a pipe would be waited for without end, a device such as
//! `/dev/zero` read until memory ends, and so would a file that is longer than any of its kind.

use std::fs::{File, Metadata};
use std::io::{self, Read};
use std::path::Path;

/// The most bytes of an encoded picture: a hundred megapixels of eight bytes each, uncompressed.
pub const MOST_PICTURE_BYTES: u64 = 800_000_000;
/// The most bytes of a text, a list of stories, a tokenizer or a JSON document.
pub const MOST_TEXT_BYTES: u64 = 1 << 30;
/// The most bytes of a file of weights; the largest shards in use have ten times fewer.
pub const MOST_WEIGHT_BYTES: u64 = 1 << 36;

/// The bytes of the file at `path`.
///
/// # Errors
/// Those of the operating system; [`io::ErrorKind::InvalidInput`] where it is no file but a folder, a
/// pipe, a socket or a device, which is then neither opened nor waited for;
/// [`io::ErrorKind::FileTooLarge`] where it has more than `most` bytes.
pub fn read(path: &Path, most: u64) -> io::Result<Vec<u8>> {
    let file = open(path)?;
    let size = file.metadata()?.len();
    if size > most {
        return Err(too_large(most));
    }
    let mut bytes = Vec::new();
    bytes.try_reserve_exact(size as usize)?;
    // What grows while it is read, and files of the system's own that tell no size.
    file.take(most + 1).read_to_end(&mut bytes)?;
    match bytes.len() as u64 > most {
        true => Err(too_large(most)),
        false => Ok(bytes),
    }
}

/// Opens the file at `path`, for whoever reads it in parts.
///
/// # Errors
/// As [`read`], but for its size.
pub fn open(path: &Path) -> io::Result<File> {
    if let Some(what) = special(&std::fs::metadata(path)?) {
        let problem = format!("this is {what}, not a file");
        return Err(io::Error::new(io::ErrorKind::InvalidInput, problem));
    }
    File::open(path)
}

fn too_large(most: u64) -> io::Error {
    let problem = format!("more than {most} bytes, which no file of its kind has");
    io::Error::new(io::ErrorKind::FileTooLarge, problem)
}

/// What something is that is no file.
fn special(found: &Metadata) -> Option<&'static str> {
    match found {
        found if found.is_file() => None,
        found if found.is_dir() => Some("a folder"),
        found => Some(pipe_or_device(found)),
    }
}

#[cfg(unix)]
fn pipe_or_device(found: &Metadata) -> &'static str {
    use std::os::unix::fs::FileTypeExt;
    let kind = found.file_type();
    match () {
        () if kind.is_fifo() => "a pipe",
        () if kind.is_socket() => "a socket",
        () => "a device",
    }
}

#[cfg(not(unix))]
fn pipe_or_device(_: &Metadata) -> &'static str {
    "a device"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_read_up_to_its_limit() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("a");
        std::fs::write(&path, b"12345").expect("room");
        assert_eq!(read(&path, 5).expect("within"), b"12345");
        assert_eq!(read(&path, 4).expect_err("beyond").kind(), io::ErrorKind::FileTooLarge);
        let missing = read(&folder.path().join("b"), 5).expect_err("none");
        assert_eq!(missing.kind(), io::ErrorKind::NotFound);
        let error = read(folder.path(), 5).expect_err("a folder");
        assert_eq!(error.to_string(), "this is a folder, not a file");
    }

    #[test]
    #[cfg(unix)]
    fn pipes_and_devices_are_not_waited_for() {
        let folder = tempfile::tempdir().expect("a folder");
        let pipe = folder.path().join("pipe");
        let made = std::process::Command::new("mkfifo").arg(&pipe).status();
        assert!(made.is_ok_and(|status| status.success()), "mkfifo");
        for (path, what) in [(pipe.as_path(), "a pipe"), (Path::new("/dev/zero"), "a device")] {
            let error = read(path, 5).expect_err(what);
            assert_eq!(error.kind(), io::ErrorKind::InvalidInput);
            assert!(error.to_string().contains(what), "{error}");
        }
    }
}
