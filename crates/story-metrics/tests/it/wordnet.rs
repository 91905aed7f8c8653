//! WordNet's reader on a small invented database, and on folders that are none.

use crate::golden::assert_close;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use story_metrics::{Metric, NltkMeteor, WordNet};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/wordnet")
}

/// A copy of the invented database with one file changed.
fn damaged(name: &str, file: &str, bytes: &[u8]) -> PathBuf {
    let copy = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::create_dir_all(&copy).expect("a folder for tests");
    for entry in std::fs::read_dir(folder()).expect("the invented database") {
        let entry = entry.expect("an entry");
        std::fs::copy(entry.path(), copy.join(entry.file_name())).expect("a copy");
    }
    std::fs::write(copy.join(file), bytes).expect("a damaged file");
    copy
}

#[test]
fn words_meet_their_synonyms_in_every_form() {
    let wordnet = WordNet::read(&folder()).expect("the invented database");
    // A phrase is no word, a marker is cut off, case is the database's.
    let cases: [(&str, &[&str]); 8] = [
        ("Lanterns", &["lantern", "lamp"]),
        ("geese", &["goose"]),
        ("ran", &["run", "race"]),
        ("mends", &["mend", "repair", "fix"]),
        ("mending", &["mend", "repair", "fix"]),
        ("brighter", &["bright", "luminous"]),
        ("brindle", &["Brindle"]),
        ("unknown", &[]),
    ];
    for (word, synonyms) in cases {
        assert_eq!(wordnet.synonyms(word), synonyms, "{word}");
    }
}

#[test]
fn synonyms_match_and_the_signature_says_so() {
    let wordnet = WordNet::read(&folder()).expect("the invented database");
    let mut with = NltkMeteor::new(Some(Arc::new(wordnet)));
    let mut without = NltkMeteor::new(None);
    for meteor in [&mut with, &mut without] {
        meteor.add(Some("a lamp shone"), &["a lantern shone"]).expect("a reference");
    }
    assert_close(with.score().expect("read"), 1.0 - 0.5 / 27.0, "three matches, a chunk");
    assert!(with.score() > without.score());
    assert_eq!(with.signature().get("stages"), Some("exact,porter,wordnet"));
}

#[test]
fn a_folder_that_is_no_database_is_refused_with_file_line_and_remedy() {
    let absent =
        WordNet::read(Path::new("/nowhere")).expect_err("there is no such folder").to_string();
    assert!(absent.contains("/nowhere/index.noun") && absent.contains("wordnet-base"), "{absent}");
    let cases: [(&str, &str, &[u8], &str); 5] = [
        (
            "wordnet-line",
            "index.verb",
            b"run v 1 0 1 0 00000062\nrun v many\n",
            "line 2: \"run v many\"",
        ),
        ("wordnet-empty", "noun.exc", b"", "no entry"),
        ("wordnet-lost", "index.adv", b"fast r 1 0 1 0 00000099\n", "index.adv"),
        ("wordnet-bytes", "data.adj", b"00000062 \xff\n", "at 9 that is not UTF-8"),
        ("wordnet-count", "data.adj", b"00000062 00 a 05 bright 0 000 | x\n", "line 1"),
    ];
    for (name, file, bytes, part) in cases {
        let error = WordNet::read(&damaged(name, file, bytes)).expect_err(name).to_string();
        let file = if part == "index.adv" { "data.adv" } else { file };
        assert!(error.contains(file), "{error}");
        assert!(part == "index.adv" || error.contains(part), "{error}");
    }
}
