//! What becomes of the lengths of vectors.

use crate::arguments::encode::VectorArguments;
use std::path::Path;
use story_encoders::TextEncoderConfig;
use story_encoders::weights::WeightsConfig;
use story_hub::published;

/// What becomes of the vectors' lengths.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Scaling {
    /// Nothing.
    AsTheyAre,
    /// 1 for each.
    ToLengthOne,
}

impl Scaling {
    /// As the arguments say; `None` where they say nothing.
    pub fn asked(arguments: &VectorArguments) -> Option<Self> {
        let yes = arguments.normalize.as_deref()? == "yes";
        Some(if yes { Self::ToLengthOne } else { Self::AsTheyAre })
    }

    /// What a sentence-transformers folder says in `modules.json` beside the weights.
    pub fn published(encoder: &TextEncoderConfig) -> Self {
        let Some(WeightsConfig::File { path }) = encoder.weights() else {
            return scaling_of_the_hub(encoder);
        };
        let folder = match path.is_dir() {
            true => path.as_path(),
            false => path.parent().unwrap_or(Path::new("")),
        };
        let modules = std::fs::read_to_string(folder.join("modules.json")).unwrap_or_default();
        match modules.contains("sentence_transformers.models.Normalize") {
            true => Self::ToLengthOne,
            false => Self::AsTheyAre,
        }
    }
}

/// Whether the vectors of a repository are published at length 1.
fn scaling_of_the_hub(encoder: &TextEncoderConfig) -> Scaling {
    match encoder.weights() {
        Some(WeightsConfig::Hub { repository, .. })
            if published::find("minilm").is_some_and(|minilm| repository == minilm.repository) =>
        {
            Scaling::ToLengthOne
        }
        _ => Scaling::AsTheyAre,
    }
}
