//! What the model card says beyond the scores, as far as the config knows it.

use crate::config::Config;
use story_data::source::SourceConfig;
use story_encoders::weights::WeightsConfig;
use story_report::records::CardRecord;

/// The corpus whose licence is known here.
const STORY_REASONING: &str = "daniel3303/StoryReasoning";

/// The card of a run of `config` that `command` makes again.
pub fn of(config: &Config, command: &str) -> CardRecord {
    let (dataset, revision) = match &config.data.source {
        SourceConfig::Hub { repository, revision } => (repository.clone(), revision.clone()),
        _ => (String::new(), String::new()),
    };
    let story_reasoning = dataset == STORY_REASONING;
    let autoencoder = config.model.image_decoder.autoencoder().into_iter();
    let weights = [config.model.image_encoder.weights(), config.model.text_encoder.weights()];
    CardRecord {
        // The weights are the user's; what the data ask of them is said beside.
        license: String::new(),
        dataset_name: match &config.data.source {
            SourceConfig::Synthetic { .. } => "the synthetic world of StoryReasoning".into(),
            SourceConfig::Hub { repository, .. } => repository.clone(),
            _ => String::new(),
        },
        dataset,
        dataset_revision: revision,
        dataset_license: if story_reasoning { "cc-by-nd-4.0".into() } else { String::new() },
        license_notice: config.notice.clone(),
        base_models: weights
            .into_iter()
            .flatten()
            .chain(autoencoder.map(|(_, weights)| weights.clone()))
            .filter_map(|weights| match weights {
                WeightsConfig::Hub { repository, .. } => Some(repository),
                _ => None,
            })
            .collect(),
        languages: vec!["en".into()],
        train_command: command.into(),
    }
}
