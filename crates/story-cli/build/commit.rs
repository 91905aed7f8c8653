//! The commit of a package's sources: of a packaged one what `cargo package` noted, of one in a clone of
//! its own repository what git says. A clone of another repository that the sources merely lie in (a
//! vendored copy, a home folder under git) says nothing about them.

use std::path::{Path, PathBuf};
use std::process::Command;

/// What `cargo package` leaves in a package: `{"git": {"sha1": "...", "dirty": true}, ...}`.
const NOTED: &str = ".cargo_vcs_info.json";
/// Where the package lies in its own repository.
const PLACE: &str = "crates/story-cli/";
/// What the program is made of, from the repository's root.
const SOURCES: [&str; 4] = ["crates", "configs", "Cargo.toml", "Cargo.lock"];
/// Stands behind a commit where sources have changed since.
const DIRTY: &str = "-dirty";

/// The commit of the sources in the folder `package`, marked where they differ from it; `None` where it
/// is not known.
pub fn of(package: &Path) -> Option<String> {
    match std::fs::read_to_string(package.join(NOTED)) {
        Ok(noted) => of_package(&noted),
        Err(_) => of_clone(package),
    }
}

/// The files and folders whose change may change the answer.
pub fn watched(package: &Path) -> Vec<PathBuf> {
    let mut paths = vec![package.join("Cargo.toml"), package.join("build")];
    if is_own_clone(package) {
        let root = package.join("../..");
        paths.extend(SOURCES.map(|source| root.join(source)));
        let files = ["HEAD", "logs/HEAD"];
        let of_git = files.map(|file| git(package, &["rev-parse", "--git-path", file]));
        paths.extend(of_git.into_iter().flatten().map(|path| package.join(path)));
    }
    // Of a path that is not there cargo thinks that it has always changed.
    paths.retain(|path| path.exists());
    paths
}

fn of_package(noted: &str) -> Option<String> {
    // A whole JSON parser would be built for this alone.
    let behind = |key: &str| Some(noted.split_once(key)?.1.trim_start_matches([' ', ':']));
    let commit = behind("\"sha1\"")?.strip_prefix('"')?.split('"').next()?;
    let is_hash = !commit.is_empty() && commit.chars().all(|c| c.is_ascii_hexdigit());
    let dirty = behind("\"dirty\"").is_some_and(|value| value.starts_with("true"));
    is_hash.then(|| marked(commit, dirty))
}

fn of_clone(package: &Path) -> Option<String> {
    if !is_own_clone(package) {
        return None;
    }
    let commit = git(package, &["rev-parse", "HEAD"])?;
    let root = package.join("../..");
    let mut status = vec!["status", "--porcelain", "--"];
    status.extend(SOURCES);
    let changed = git(&root, &status)?;
    Some(marked(&commit, !changed.is_empty()))
}

/// Whether the folder is tracked where this package lies in its own repository.
fn is_own_clone(package: &Path) -> bool {
    git(package, &["rev-parse", "--show-prefix"]).is_some_and(|prefix| prefix == PLACE)
        && git(package, &["ls-files", "--error-unmatch", "Cargo.toml"]).is_some()
}

fn marked(commit: &str, dirty: bool) -> String {
    format!("{commit}{}", if dirty { DIRTY } else { "" })
}

/// What git answers in `folder`; `None` where there is no git, or it refuses.
fn git(folder: &Path, arguments: &[&str]) -> Option<String> {
    let mut git = Command::new("git");
    // Set by hooks for the repository that they belong to.
    git.env_remove("GIT_DIR").env_remove("GIT_WORK_TREE").env_remove("GIT_INDEX_FILE");
    git.arg("--no-optional-locks").args(arguments).current_dir(folder);
    let answer = git.output().ok().filter(|answer| answer.status.success())?;
    Some(String::from_utf8(answer.stdout).ok()?.trim().to_string())
}
