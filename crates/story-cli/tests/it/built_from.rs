//! The commit that a build is from: of packages and of clones, and of nothing else.

#[path = "../../build/commit.rs"]
mod commit;

use std::path::Path;
use std::process::Command;

const HASH: &str = "0123456789abcdef0123456789abcdef01234567";

/// Runs git in `folder`; `None` where there is no git.
fn git(folder: &Path, arguments: &[&str]) -> Option<String> {
    let identity = ["-c", "user.name=a", "-c", "user.email=a@example.org"];
    let mut git = Command::new("git");
    git.env_remove("GIT_DIR").env_remove("GIT_WORK_TREE").env_remove("GIT_INDEX_FILE");
    let answer = git.args(identity).args(arguments).current_dir(folder).output().ok()?;
    assert!(answer.status.success(), "{answer:?}");
    Some(String::from_utf8(answer.stdout).unwrap().trim().to_string())
}

/// A package at `place` in a new repository, and the commit that it is in.
fn cloned(root: &Path, place: &str) -> Option<String> {
    let package = root.join(place);
    std::fs::create_dir_all(&package).unwrap();
    for file in ["Cargo.toml", "Cargo.lock"] {
        std::fs::write(root.join(file), "").unwrap();
    }
    std::fs::create_dir_all(root.join("configs")).unwrap();
    std::fs::write(root.join("configs/a.toml"), "").unwrap();
    std::fs::write(package.join("Cargo.toml"), "").unwrap();
    git(root, &["init", "--quiet"])?;
    git(root, &["add", "."])?;
    git(root, &["commit", "--quiet", "--no-gpg-sign", "-m", "a"])?;
    git(root, &["rev-parse", "HEAD"])
}

#[test]
fn a_package_has_what_cargo_noted() {
    let place = tempfile::tempdir().unwrap();
    let note = |text: &str| {
        std::fs::write(place.path().join(".cargo_vcs_info.json"), text).unwrap();
        commit::of(place.path())
    };
    let clean =
        format!("{{\n  \"git\": {{\n    \"sha1\": \"{HASH}\"\n  }},\n  \"path_in_vcs\": \"x\"\n}}");
    assert_eq!(note(&clean).as_deref(), Some(HASH));
    let dirty = format!("{{\"git\":{{\"sha1\":\"{HASH}\",\"dirty\":true}}}}");
    assert_eq!(note(&dirty), Some(format!("{HASH}-dirty")));
    for broken in ["", "{}", "{\"git\":{\"sha1\":\"\"}}", "{\"git\":{\"sha1\":\"; rm\"}}"] {
        assert_eq!(note(broken), None, "{broken}");
    }
}

#[test]
fn a_clone_has_its_head_and_says_what_has_changed_since() {
    let place = tempfile::tempdir().unwrap();
    let Some(head) = cloned(place.path(), "crates/story-cli") else {
        eprintln!("left out: there is no git");
        return;
    };
    let package = place.path().join("crates/story-cli");
    assert_eq!(commit::of(&package).as_ref(), Some(&head));
    let watched = commit::watched(&package);
    assert!(watched.iter().any(|path| path.ends_with("logs/HEAD")), "{watched:?}");
    std::fs::write(place.path().join("notes.txt"), "").unwrap();
    assert_eq!(commit::of(&package).as_ref(), Some(&head), "no source");
    std::fs::write(place.path().join("configs/a.toml"), "x").unwrap();
    assert_eq!(commit::of(&package), Some(format!("{head}-dirty")));
}

#[test]
fn another_repository_around_the_sources_is_not_theirs() {
    let place = tempfile::tempdir().unwrap();
    if cloned(place.path(), "vendor/story-cli").is_none() {
        eprintln!("left out: there is no git");
        return;
    }
    assert_eq!(commit::of(&place.path().join("vendor/story-cli")), None);
    // The right place, but not tracked: unpacked into a repository.
    let unpacked = place.path().join("crates/story-cli");
    std::fs::create_dir_all(&unpacked).unwrap();
    std::fs::write(unpacked.join("Cargo.toml"), "").unwrap();
    assert_eq!(commit::of(&unpacked), None);
}
