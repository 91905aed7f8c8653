//! Whether there is the memory that training all of a published language model takes, asked before
//! anything of it is read.

use crate::config::Config;
use crate::error::{Error, Result};
use crate::host::Host;
use crate::language;
use story_model::{TextDecoderConfig, TrainingMemory, Trains};

/// Says what the config's training takes, where that is much: where a whole language model learns.
///
/// # Errors
/// [`Error::Environment`] where that is more than the `available` bytes; whatever reading the model's
/// sizes does.
pub(crate) fn require(config: &Config, available: Option<u64>, host: &Host) -> Result<()> {
    let Some(needed) = needed(config, host)? else { return Ok(()) };
    let needs = format!("training all of the language model takes {}", needed.describe());
    let Some(available) = available else {
        host.say(&needs);
        return Ok(());
    };
    let there = format!("{:.2} GB of memory are available", available as f64 / 1e9);
    if needed.total() > available {
        return Err(Error::Environment(format!(
            "model.text_decoder.trains.kind is \"all\": {needs}; {there}; lower train.batch_size, evaluate.batch_size or model.text_decoder.max_prompt, take a smaller model, or let low-rank parts learn (trains.kind = \"lora\")"
        )));
    }
    host.say(&format!("{needs}; {there}"));
    Ok(())
}

/// The machine's memory that a run on the config's device may take, where it is told.
pub(crate) fn available(config: &Config) -> Option<u64> {
    // Of the memory of other devices nothing is known.
    (config.device == "cpu").then(story_kernels::available_memory_bytes).flatten()
}

/// What training takes; `None` where nothing or not all of a published language model learns.
fn needed(config: &Config, host: &Host) -> Result<Option<TrainingMemory>> {
    let TextDecoderConfig::LanguageModel(decoder) = &config.model.text_decoder else {
        return Ok(None);
    };
    if decoder.trains != (Trains::All {}) || config.train.epochs == 0 {
        return Ok(None);
    }
    let Some(file) = language::published(decoder, host)? else { return Ok(None) };
    // Evaluation keeps as much: weights that learn are followed through every pass.
    let rows = config.train.batch_size.max(config.evaluate.batch_size);
    let length = decoder.max_prompt.saturating_add(decoder.max_tokens);
    Ok(Some(TrainingMemory::of(file.config(), &config.train, rows, length)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::QUICKSTART;

    /// A file of 256 wide rows and one block.
    const FILE: &str =
        concat!(env!("CARGO_MANIFEST_DIR"), "/../story-encoders/tests/golden/tiny.gguf");

    fn config(trains: &str, more: &[&str]) -> Config {
        let decoder = format!(
            "model.text_decoder={{kind='language-model',weights='{FILE}',begin='<|im_end|>',separator=\"\\n\",max_tokens=14,max_prompt=50,trains={{kind='{trains}'}}}}"
        );
        let patches = more.iter().map(|patch| patch.to_string()).chain([decoder]);
        Config::parse(QUICKSTART, &patches.collect::<Vec<_>>()).expect("a config")
    }

    #[test]
    fn what_is_needed_and_what_is_there_are_named_and_compared() {
        let host = Host::silent();
        let config = config("all", &["train.batch_size=1000", "evaluate.batch_size=2"]);
        let memory = needed(&config, &host).expect("a file").expect("all of it learns");
        // 6 * 256 + 3 * (16 + 8 + 32) numbers of each of 64,000 positions, in a block and one more.
        assert_eq!(memory.activations, 4 * 64_000 * (2 * 1704 + 13));
        let total = memory.total();
        assert!(require(&config, Some(total), &host).is_ok());
        assert!(require(&config, None, &host).is_ok());
        let error = require(&config, Some(total - 1), &host).expect_err("too little");
        assert!(matches!(error, Error::Environment(_)));
        let message = error.to_string();
        for part in ["takes 0.88 GB", "0.88 GB of memory are available", "batch_size", "\"lora\""] {
            assert!(message.contains(part), "{message}");
        }
    }

    #[test]
    fn only_training_a_whole_language_model_is_asked_about() {
        let host = Host::silent();
        for config in [
            config("nothing", &[]),
            config("lora", &[]),
            config("all", &["train.epochs=0"]),
            Config::parse(QUICKSTART, &[]).expect("a config"),
        ] {
            assert_eq!(needed(&config, &host).expect("a config"), None);
            assert!(require(&config, Some(0), &host).is_ok());
        }
    }
}
