//! Where tests find data that cannot be committed. A test whose data is absent says so in a line
//! `skipped: ...`, by which skipped tests are counted.

use std::io::Write;
use std::path::{Path, PathBuf};

/// The folder of WordNet 3.0: `STORY_WORDNET`, or where Debian's `wordnet-base` puts it.
pub fn wordnet() -> Option<PathBuf> {
    let usual = Path::new("/usr/share/wordnet").to_path_buf();
    let folder = std::env::var_os("STORY_WORDNET").map_or(usual, PathBuf::from);
    if folder.join("index.noun").exists() {
        return Some(folder);
    }
    skipped(&format!(
        "{} is not there; set STORY_WORDNET to the folder of the database files of WordNet 3.0",
        folder.join("index.noun").display()
    ))
}

/// METEOR's data as published: `STORY_METEOR`, the jar or its folder.
pub fn meteor() -> Option<PathBuf> {
    if !cfg!(feature = "meteor-data") {
        return skipped("METEOR's jar is not read without the feature meteor-data");
    }
    let path = std::env::var_os("STORY_METEOR").map(PathBuf::from);
    match path.filter(|path| path.exists()) {
        Some(path) => Some(path),
        None => {
            skipped("METEOR's data is not there; set STORY_METEOR to meteor-1.5.jar or its folder")
        }
    }
}

fn skipped(why: &str) -> Option<PathBuf> {
    // Not `println!`, whose lines are shown of failing tests only.
    let line = format!("\nskipped: {why}\n");
    std::io::stdout().write_all(line.as_bytes()).expect("stdout");
    None
}
