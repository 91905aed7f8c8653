//! Upper case for texts that a model tells in lower case, as people are shown them: learned from the
//! training texts when a run begins, and kept in its folder, so that whoever asks it needs no stories.
//! Scores are of the texts as they were told.

use crate::corpus::Corpus;
use crate::error::Result;
use crate::host::Host;
use crate::network::Network;
use crate::run_folder::RunFolder;
use serde::{Deserialize, Serialize};
use std::io::ErrorKind;
use std::path::Path;
use story_data::Truecaser;
use story_encoders::weights::digest::{hex, sha256};
use story_report::records::WindowRecord;
use story_report::{Role, System};

/// The file in a run's folder.
const FILE: &str = "casing.json";
const VERSION: u32 = 1;
/// Names and other words in upper case of a corpus of millions of words.
const MOST_BYTES: u64 = 64 << 20;

/// What the file holds.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Kept {
    version: u32,
    /// SHA-256 of the casing as JSON.
    sha256: String,
    casing: Truecaser,
}

/// Keeps in a run's folder what its training texts say, where its tokenizer drops their upper case.
///
/// # Errors
/// Where it cannot be written.
pub(crate) fn keep(network: &Network, corpus: &Corpus, folder: &RunFolder) -> Result<()> {
    if !drops_case(network, corpus)? {
        return Ok(());
    }
    let casing = Truecaser::learn(corpus.training_texts());
    folder.write_json(FILE, &Kept { version: VERSION, sha256: digest(&casing)?, casing })
}

/// What the run in `folder` has kept; `None` where it has nothing. Of a file that is damaged it warns:
/// texts are then shown as they were told.
pub(crate) fn of_run(folder: &Path, host: &Host) -> Option<Truecaser> {
    let path = folder.join(FILE);
    let read = match story_files::read(&path, MOST_BYTES) {
        Err(error) if error.kind() == ErrorKind::NotFound => return None,
        Err(error) => Err(error.to_string()),
        Ok(bytes) => parsed(&bytes),
    };
    let warn = |reason: String| {
        host.warn(&format!("{}: {reason}; texts are shown as they were told", path.display()));
    };
    read.map_err(warn).ok()
}

/// Adds to the model's texts how people are shown them.
pub(crate) fn show(casing: &Truecaser, records: &mut [WindowRecord]) {
    for record in records {
        for (name, text) in &record.texts {
            let role = System::named(name).map(System::role);
            let shown = casing.restore(text);
            if matches!(role, Some(Role::Model | Role::Variant)) && shown != *text {
                record.shown_texts.insert(name.clone(), shown.into_owned());
            }
        }
    }
}

/// Whether what is told comes without the upper case that the training texts have.
fn drops_case(network: &Network, corpus: &Corpus) -> Result<bool> {
    let has_upper = |text: &str| text.chars().any(char::is_uppercase);
    let Some(text) = corpus.training_texts().find(|text| has_upper(text)) else {
        return Ok(false);
    };
    let (tokenizer, length) = network.told();
    let told = tokenizer.decode(&tokenizer.encode(text, length)?.ids);
    // What stands for an unknown word may be in upper case, and is not of the text.
    let keeps = told.split_whitespace().any(|word| has_upper(word) && text.contains(word));
    Ok(!keeps)
}

fn parsed(bytes: &[u8]) -> Result<Truecaser, String> {
    let kept: Kept = serde_json::from_slice(bytes).map_err(|error| error.to_string())?;
    if kept.version != VERSION {
        return Err(format!("expected version {VERSION}, found {}", kept.version));
    }
    let found = digest(&kept.casing).map_err(|error| error.to_string())?;
    if found != kept.sha256 {
        return Err(format!("damaged: SHA-256 is {found}, it was written with {}", kept.sha256));
    }
    match kept.casing.faulty() {
        Some((word, form)) => Err(format!("expected another casing of `{word}`, found `{form}`")),
        None => Ok(kept.casing),
    }
}

fn digest(casing: &Truecaser) -> Result<String> {
    Ok(hex(&sha256(&serde_json::to_vec(casing)?)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host::testing::Heard;

    const STORY: [&str; 2] = ["One day the dog met Mira. I saw it.", "The dog saw Mira. I ran."];

    /// What `text` is read as, and what was warned of.
    fn read(text: &str) -> (Option<Truecaser>, Vec<String>) {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::write(folder.path().join(FILE), text).expect("room");
        let (heard, host) = Heard::with_host();
        (of_run(folder.path(), &host), heard.warned())
    }

    #[test]
    fn what_was_kept_is_read_and_what_was_changed_is_told() {
        let casing = Truecaser::learn(STORY);
        let sha256 = digest(&casing).expect("JSON");
        let kept = Kept { version: VERSION, sha256, casing };
        let text = serde_json::to_string(&kept).expect("JSON");
        assert_eq!(read(&text), (Some(kept.casing), Vec::new()));
        for (damaged, reason) in [
            (text.replace("Mira", "Nora"), "damaged: SHA-256"),
            (text.replace("\"version\":1", "\"version\":2"), "expected version 1, found 2"),
            (text[..text.len() - 1].to_string(), "EOF"),
        ] {
            let (found, warned) = read(&damaged);
            assert_eq!(found, None, "{reason}");
            assert_eq!(warned.len(), 1, "{reason}");
            for part in [FILE, reason, "as they were told"] {
                assert!(warned[0].contains(part), "{part}: {warned:?}");
            }
        }
    }

    #[test]
    fn a_run_that_has_kept_nothing_is_no_fault() {
        let folder = tempfile::tempdir().expect("a folder");
        let (heard, host) = Heard::with_host();
        assert_eq!(of_run(folder.path(), &host), None);
        assert_eq!(heard.warned(), Vec::<String>::new());
    }

    #[test]
    fn the_model_s_texts_are_shown_with_upper_case_and_copies_as_they_are() {
        let told = |text: &str| text.to_string();
        let texts = [
            ("model", "i saw mira."),
            ("model-greedy", "I saw Mira."),
            ("copy-last", "i saw mira."),
        ];
        let texts = texts.map(|(name, text)| (name.to_string(), told(text)));
        let mut records = [WindowRecord { texts: texts.into(), ..WindowRecord::default() }];
        show(&Truecaser::learn(STORY), &mut records);
        assert_eq!(records[0].shown_texts, [("model".into(), told("I saw Mira."))].into());
        assert_eq!(records[0].texts["model"], "i saw mira.", "scores are of it");
    }
}
