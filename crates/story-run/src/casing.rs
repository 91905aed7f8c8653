//! Upper case for texts that a model tells in lower case, as people are shown them: learned from the
//! training texts when a run begins, and kept in its checkpoint, so that whoever asks it needs no
//! stories. Scores are of the texts as they were told.

use crate::corpus::Corpus;
use crate::error::{Error, Result};
use crate::network::Network;
use story_data::Truecaser;
use story_model::Checkpoint;
use story_report::records::WindowRecord;
use story_report::{Role, System};

/// What the training texts say, where the network's tokenizer drops their upper case.
///
/// # Errors
/// Those of the tokenizer.
pub(crate) fn learned(network: &Network, corpus: &Corpus) -> Result<Option<Truecaser>> {
    Ok(drops_case(network, corpus)?.then(|| Truecaser::learn(corpus.training_texts())))
}

/// What a checkpoint has kept; `None` where it has nothing.
///
/// # Errors
/// A file that is no casing.
pub(crate) fn of(checkpoint: &Checkpoint) -> Result<Option<Truecaser>> {
    checkpoint.casing().map(parsed).transpose()
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

fn parsed(bytes: &[u8]) -> Result<Truecaser> {
    let bad = |what: String| Error::Data(format!("the checkpoint's casing.json: {what}"));
    let casing: Truecaser =
        serde_json::from_slice(bytes).map_err(|error| bad(error.to_string()))?;
    match casing.faulty() {
        Some((word, form)) => {
            Err(bad(format!("expected another casing of `{word}`, found `{form}`")))
        }
        None => Ok(casing),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STORY: [&str; 2] = ["One day the dog met Mira. I saw it.", "The dog saw Mira. I ran."];

    #[test]
    fn what_was_kept_is_read_and_what_is_no_casing_is_refused() {
        let casing = Truecaser::learn(STORY);
        let text = serde_json::to_string(&casing).expect("JSON");
        assert_eq!(parsed(text.as_bytes()).expect("whole"), casing);
        let cases = [
            (text.replace("Mira", "Nora"), "another casing of `mira`, found `Nora`"),
            (text.replace("sentences", "sentence"), "unknown field `sentence`"),
            (text[..text.len() - 1].to_string(), "EOF"),
        ];
        for (damaged, reason) in cases {
            let message = parsed(damaged.as_bytes()).expect_err(reason).to_string();
            assert!(message.contains("casing.json") && message.contains(reason), "{message}");
        }
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
