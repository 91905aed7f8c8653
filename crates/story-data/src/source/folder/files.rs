//! What may be read of a folder of stories: its own files, within limits.

use crate::{Error, Result};
use std::path::{Path, PathBuf};

/// How the folder of a repository in the Hub's cache is called, by what the repository is of.
const REPOSITORIES: [&str; 3] = ["datasets--", "models--", "spaces--"];

/// A folder out of which nothing is read: what is exported or shown of it must not hold the bytes of
/// whatever file a link in it names. A snapshot in the Hub's cache is nothing but links to its own
/// repository's files, `snapshots/COMMIT/x` to `../../blobs/HASH`; these are its own.
pub(super) struct Root {
    real: PathBuf,
    blobs: Option<PathBuf>,
}

impl Root {
    /// The folder at `path`.
    ///
    /// # Errors
    /// Where it is not there.
    pub fn open(path: &Path) -> Result<Self> {
        let real = path.canonicalize().map_err(Error::io(path))?;
        let blobs = blobs_of(&real);
        Ok(Self { real, blobs })
    }

    /// The bytes of the file at `path`, `most` of them.
    ///
    /// # Errors
    /// [`Error::Data`] where a link leads out of the folder; [`Error::Io`] where it cannot be read, is a
    /// pipe or a device, or longer.
    pub fn read(&self, path: &Path, most: u64) -> Result<Vec<u8>> {
        let real = path.canonicalize().map_err(Error::io(path))?;
        let own = [Some(&self.real), self.blobs.as_ref()];
        if !own.into_iter().flatten().any(|folder| real.starts_with(folder)) {
            return Err(Error::data(
                path.display().to_string(),
                "files that lie in the folder",
                format!("a link out of the folder, to {}", real.display()),
                "put the file itself there",
            ));
        }
        story_files::read(&real, most).map_err(Error::io(path))
    }
}

/// The folder of the files that a snapshot of the Hub's cache links to, where `real` is one or lies in
/// one. It is not resolved any further: a link in its place leads out.
fn blobs_of(real: &Path) -> Option<PathBuf> {
    let snapshots = real.ancestors().skip(1).find(|folder| folder.ends_with("snapshots"))?;
    let repository = snapshots.parent()?;
    let name = repository.file_name()?.to_str()?;
    REPOSITORIES.iter().any(|kind| name.starts_with(kind)).then(|| repository.join("blobs"))
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use std::fs;
    use std::os::unix::fs::symlink;

    const MOST: u64 = 100;

    /// A repository called `name` whose snapshot has the links `inside` (and `pages/2`) to its own file,
    /// `chained` to a link among its files, and `outside`.
    fn cached(place: &Path, name: &str) -> PathBuf {
        let repository = place.join(name);
        let (snapshot, blobs) = (repository.join("snapshots/c0"), repository.join("blobs"));
        fs::create_dir_all(snapshot.join("pages")).expect("room");
        fs::create_dir_all(&blobs).expect("room");
        fs::write(blobs.join("aa"), "own").expect("room");
        fs::write(place.join("secret"), "secret").expect("room");
        symlink(place.join("secret"), blobs.join("bb")).expect("a link");
        symlink("../../blobs/aa", snapshot.join("inside")).expect("a link");
        symlink("../../../blobs/aa", snapshot.join("pages/2")).expect("a link");
        symlink("../../blobs/bb", snapshot.join("chained")).expect("a link");
        symlink(place.join("secret"), snapshot.join("outside")).expect("a link");
        snapshot
    }

    #[test]
    fn a_snapshot_of_the_hub_s_cache_reads_its_own_files_and_no_others() {
        let place = tempfile::tempdir().expect("a folder");
        let snapshot = cached(place.path(), "datasets--owner--name");
        for folder in [snapshot.clone(), snapshot.join("pages")] {
            let root = Root::open(&folder).expect("there");
            assert_eq!(root.read(&snapshot.join("pages/2"), MOST).expect("its own"), b"own");
        }
        let root = Root::open(&snapshot).expect("there");
        assert_eq!(root.read(&snapshot.join("inside"), MOST).expect("its own"), b"own");
        for link in ["chained", "outside"] {
            let said = root.read(&snapshot.join(link), MOST).expect_err(link).to_string();
            assert!(said.contains("a link out of the folder") && said.contains("secret"), "{said}");
        }
    }

    #[test]
    fn what_only_looks_like_it_is_refused() {
        let place = tempfile::tempdir().expect("a folder");
        // No repository of the Hub's cache, and one whose files are a link to somewhere else.
        let plain = cached(place.path(), "stories");
        let feigned = cached(place.path(), "models--owner--name");
        let blobs = feigned.join("../../blobs");
        fs::rename(&blobs, place.path().join("elsewhere")).expect("room");
        symlink(place.path().join("elsewhere"), feigned.join("../../blobs")).expect("a link");
        for snapshot in [plain, feigned] {
            let root = Root::open(&snapshot).expect("there");
            let said =
                root.read(&snapshot.join("inside"), MOST).expect_err("out of it").to_string();
            assert!(said.contains("a link out of the folder"), "{said}");
        }
    }
}
