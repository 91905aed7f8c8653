//! The model card: a `README.md` in the form of the Hugging Face Hub, with the scores that a run is
//! judged by as metadata in its YAML head and an honest page below. Form: the Hub's documentation of model cards
//! (`huggingface.co/docs/hub/model-cards`), checked with `huggingface_hub`'s `ModelCard` and
//! `model_index_to_eval_results` by `tools/oracle/model_card.py`.

mod page;
mod parts;
mod yaml;

use crate::flags::RedFlag;
use crate::run_records::RunRecords;
use crate::visible::visible;

/// The card's file name in a run folder: what the Hub shows.
pub const MODEL_CARD: &str = "README.md";

/// A card that holds this was written here, and may be written again.
pub(crate) const MARK: &str = "<!-- Written by story-report from the run's records. -->";

/// The whole card; `figures` are the names of those that were drawn. Whatever texts it holds, no hidden character is among them.
pub(crate) fn model_card(run: &RunRecords, flags: &[RedFlag], figures: &[&str]) -> String {
    let (head, page) = (yaml::head(run), page::markdown(run, flags, figures));
    visible(&format!("---\n{head}---\n\n{MARK}\n\n{page}")).into_owned()
}
