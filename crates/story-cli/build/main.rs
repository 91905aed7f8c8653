//! Tells the program from which commit it is built (`STORY_COMMIT`), where that is known.

#![expect(clippy::print_stdout, reason = "cargo reads what a build script prints")]

mod commit;

use std::path::Path;

fn main() {
    // Cargo runs build scripts in the package's folder.
    let package = Path::new(".");
    for path in commit::watched(package) {
        println!("cargo::rerun-if-changed={}", path.display());
    }
    if let Some(commit) = commit::of(package) {
        println!("cargo::rustc-env=STORY_COMMIT={commit}");
    }
}
