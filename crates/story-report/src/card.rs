//! The model card: a `README.md` in the form of the Hugging Face Hub, with the scores as metadata in
//! its YAML head and an honest page below. Form: the Hub's documentation of model cards
//! (`huggingface.co/docs/hub/model-cards`), checked with `huggingface_hub`'s `ModelCard` and
//! `model_index_to_eval_results` by `tools/oracle/model_card.py`.

mod body;
mod head;

use crate::flags::RedFlag;
use crate::run::Run;

/// The card's file name in a run folder: what the Hub shows.
pub const MODEL_CARD: &str = "README.md";

/// A card that holds this was written here, and may be written again.
pub(crate) const MARK: &str = "<!-- Written by story-report from the run's records. -->";

/// The whole card.
pub(crate) fn model_card(run: &Run, flags: &[RedFlag]) -> String {
    format!("---\n{}---\n\n{MARK}\n\n{}", head::yaml(run), body::markdown(run, flags))
}

/// A text in which absolute paths are cut to their last part: a card leaves the machine, and where its
/// data lay there is nobody's business.
pub(crate) fn without_paths(text: &str) -> String {
    let short = |word: &str| {
        let path = word.starts_with('/') || word.get(1..3).is_some_and(|start| start == ":\\");
        match path {
            true => {
                word.rsplit(['/', '\\']).find(|part| !part.is_empty()).unwrap_or("").to_string()
            }
            false => word.to_string(),
        }
    };
    let words: Vec<String> = text.split(' ').map(short).collect();
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::without_paths;

    #[test]
    fn paths_are_cut_and_repositories_are_not() {
        assert_eq!(
            without_paths("parquet /data/mine/books, split train; hub someone/stories"),
            "parquet books, split train; hub someone/stories"
        );
        assert_eq!(
            without_paths(r"story train --out C:\runs\a --config configs/x.toml"),
            "story train --out a --config configs/x.toml"
        );
    }
}
