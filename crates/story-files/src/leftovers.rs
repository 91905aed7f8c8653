//! Unfinished files of a process that was killed.

use crate::lock;
use crate::whole;
use std::fs;
use std::path::Path;

/// Removes the unfinished files in `folder` and in the folders under it, but for those of folders that
/// another process may hold. What cannot be read or removed stays: it is in nobody's way.
pub(crate) fn remove(folder: &Path) {
    for entry in fs::read_dir(folder).into_iter().flatten().filter_map(Result::ok) {
        let (path, kind) = (entry.path(), entry.file_type());
        let Ok(kind) = kind else { continue };
        if kind.is_dir() && !path.join(lock::NAME).exists() {
            remove(&path);
        } else if kind.is_file() && whole::is_unfinished(&entry.file_name()) {
            let _ = fs::remove_file(path);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::WholeFile;

    #[test]
    fn folders_that_another_may_hold_and_files_of_others_are_left_alone() {
        let folder = tempfile::tempdir().expect("a folder");
        let leave = |name: &str| {
            let half = WholeFile::create(&folder.path().join(name)).expect("room");
            std::mem::forget(half);
        };
        let count = |name: &str| fs::read_dir(folder.path().join(name)).expect("a folder").count();
        leave("run/a");
        leave("run/tables/b");
        leave("held/c");
        fs::write(folder.path().join("held").join(lock::NAME), "").expect("room");
        fs::write(folder.path().join("run/.mine.part"), "").expect("room");
        remove(folder.path());
        assert_eq!((count("run"), count("run/tables"), count("held")), (2, 0, 2));
    }
}
