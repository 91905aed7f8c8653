//! Where tests find data that cannot be committed. A test whose data is absent says so in a line
//! `skipped: ...`, by which skipped tests are counted.

use std::io::Write;
use std::path::{Path, PathBuf};

/// The folder of WordNet 3.0: `STORY_WORDNET`, or where Debian's `wordnet-base` puts it.
pub fn wordnet() -> Option<PathBuf> {
    find(
        "STORY_WORDNET",
        "/usr/share/wordnet",
        "index.noun",
        "the database files of WordNet 3.0",
    )
}

fn find(variable: &str, usual: &str, file: &str, what: &str) -> Option<PathBuf> {
    let folder = std::env::var_os(variable).map_or(Path::new(usual).into(), PathBuf::from);
    if folder.join(file).exists() {
        return Some(folder);
    }
    // Not `println!`, whose lines are shown of failing tests only.
    let line = format!(
        "\nskipped: {} is not there; set {variable} to the folder of {what}\n",
        folder.join(file).display()
    );
    std::io::stdout()
        .write_all(line.as_bytes())
        .expect("stdout");
    None
}
