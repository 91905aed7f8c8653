//! A file that takes its name when it is whole.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::SystemTime;

/// How the names of unfinished files end.
const UNFINISHED: &str = "part";

/// Writes `path` whole or not at all, and makes its folder where that is missing.
///
/// # Errors
/// Those of the operating system; nothing is left behind and what was at `path` is unchanged.
pub fn write_atomically(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = WholeFile::create(path)?;
    file.write_all(bytes)?;
    file.finish()
}

/// A file under way to `path`: written under a hidden name beside it, which it leaves by
/// [`finish`](Self::finish). Dropped before that, it is removed.
#[derive(Debug)]
pub struct WholeFile {
    file: File,
    hidden: PathBuf,
    path: PathBuf,
}

impl WholeFile {
    /// Begins the file, and makes its folder where that is missing.
    ///
    /// # Errors
    /// A path that names no file, or a place where no file can be made.
    pub fn create(path: &Path) -> io::Result<Self> {
        let Some(name) = path.file_name() else {
            let problem = format!("{} names no file", path.display());
            return Err(io::Error::new(io::ErrorKind::InvalidInput, problem));
        };
        if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
            fs::create_dir_all(folder)?;
        }
        let mut hidden = std::ffi::OsString::from(".");
        hidden.push(name);
        hidden.push(format!(".{}.{UNFINISHED}", unique()));
        let hidden = path.with_file_name(hidden);
        let file = File::options().write(true).create_new(true).open(&hidden)?;
        Ok(Self { file, hidden, path: path.to_path_buf() })
    }

    /// Writes through to the disk and gives the file its name, in the place of what had it.
    ///
    /// # Errors
    /// Those of the operating system; what was there is unchanged.
    pub fn finish(self) -> io::Result<()> {
        self.file.sync_all()?;
        fs::rename(&self.hidden, &self.path)
    }
}

impl Write for WholeFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl Drop for WholeFile {
    fn drop(&mut self) {
        // After the rename nothing has this name; before it, it is the rest of a failure.
        let _ = fs::remove_file(&self.hidden);
    }
}

/// Whether a file of this name is one under way, or was when its writer was killed: a dot, the name
/// that it was to have, what [`unique`] makes, and the ending.
pub(crate) fn is_unfinished(name: &std::ffi::OsStr) -> bool {
    let name = name.to_string_lossy();
    let inner =
        name.strip_prefix('.').and_then(|name| name.strip_suffix(&format!(".{UNFINISHED}")));
    let Some((_, tag)) = inner.and_then(|inner| inner.rsplit_once('.')) else { return false };
    let numbers: Vec<&str> = tag.split('-').collect();
    let decimal = |text: &str| !text.is_empty() && text.bytes().all(|it| it.is_ascii_digit());
    let hexadecimal =
        |text: &str| !text.is_empty() && text.bytes().all(|it| it.is_ascii_hexdigit());
    matches!(numbers[..], [process, count, time] if decimal(process) && decimal(count) && hexadecimal(time))
}

/// A name that no other writer has: processes of two machines or containers may share a number,
/// but hardly a nanosecond.
fn unique() -> String {
    static COUNTER: AtomicU64 = AtomicU64::new(0);
    let time = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    let nanoseconds = time.map_or(0, |time| time.as_nanos());
    let count = COUNTER.fetch_add(1, Ordering::Relaxed);
    format!("{}-{count}-{nanoseconds:x}", std::process::id())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).expect("a folder");
        let mut names: Vec<String> = entries
            .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn a_file_is_there_whole_and_its_folder_with_it() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("a/b.txt");
        write_atomically(&path, b"old").expect("room");
        write_atomically(&path, b"new").expect("room");
        assert_eq!(fs::read(&path).expect("a file"), b"new");
        assert_eq!(names(&folder.path().join("a")), ["b.txt"]);
    }

    #[test]
    fn what_is_not_finished_leaves_the_old_bytes_and_nothing_else() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("a.txt");
        write_atomically(&path, b"old").expect("room");
        let mut half = WholeFile::create(&path).expect("room");
        half.write_all(b"ne").expect("room");
        assert_eq!(names(folder.path()).len(), 2);
        drop(half);
        assert_eq!(fs::read(&path).expect("a file"), b"old");
        assert_eq!(names(folder.path()), ["a.txt"]);
    }

    #[test]
    fn what_is_under_way_is_known_by_its_name() {
        let folder = tempfile::tempdir().expect("a folder");
        let half = WholeFile::create(&folder.path().join("a.b.txt")).expect("room");
        assert!(is_unfinished(half.hidden.file_name().expect("a name")));
        for name in
            ["a.part", ".a.part", ".a.1-2.part", ".a.1-2-x.part", ".1-2-3.part", "a.1-2-3.part"]
        {
            assert!(!is_unfinished(name.as_ref()), "{name}");
        }
    }

    #[test]
    fn two_writers_of_one_file_do_not_meet() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("a.txt");
        let mut first = WholeFile::create(&path).expect("room");
        let mut second = WholeFile::create(&path).expect("room");
        first.write_all(b"first").expect("room");
        second.write_all(b"second").expect("room");
        first.finish().expect("room");
        second.finish().expect("room");
        assert_eq!(fs::read(&path).expect("a file"), b"second");
        assert_eq!(names(folder.path()), ["a.txt"]);
    }

    #[test]
    fn a_place_that_is_none_is_an_error() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("file");
        fs::write(&file, "").expect("room");
        assert!(write_atomically(&file.join("b"), b"").is_err(), "a file is no folder");
        assert!(write_atomically(Path::new("/"), b"").is_err());
        assert_eq!(names(folder.path()), ["file"]);
    }
}
