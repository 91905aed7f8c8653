//! Whether there is the memory that training takes: of all of a published language model, asked before
//! anything of it is read; of any network, asked when it is built and before its first step.
//!
//! With `P` learned numbers, `B` windows in a batch and 4 bytes a number, training takes at least
//!
//! | part | numbers |
//! |---|---|
//! | weights, gradients, AdamW's moments | `4 P`, `5 P` where an update averages several batches |
//! | the best validation's copy | `P`, where there are validations |
//! | pictures | `B` times those of a window that go into the network as pixels, and three times the painted one: as it should be, as it is, and its gradient; each batch that is prepared ahead |
//!
//! What the forward pass keeps of the layers between is not counted.

use crate::config::Config;
use crate::error::{Error, Result};
use crate::host::Host;
use crate::language;
use crate::network::Network;
use story_encoders::pretrained::Learning;
use story_model::{TextDecoderConfig, TrainingMemory, Trains};

/// Bytes of an f32.
const NUMBER: u64 = size_of::<f32>() as u64;
/// Bytes of a GB.
const GB: f64 = 1e9;

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

/// Says what training `network` takes at least, with batches of at most `windows` windows.
///
/// # Errors
/// [`Error::Environment`] where that is more than the `available` bytes.
pub(crate) fn require_training(
    network: &Network,
    windows: usize,
    available: Option<u64>,
    host: &Host,
) -> Result<()> {
    let config = &network.config;
    if config.train.epochs == 0 {
        return Ok(());
    }
    let train = &config.train;
    let copies = 4 + u64::from(train.accumulation > 1) + u64::from(train.validate_every > 0);
    let numbers = bytes(&[network.parameters(), copies]);
    let rows = train.batch_size.min(windows) as u64;
    let side = |side: usize| 3 * (side as u64).pow(2);
    let shown = match config.model.image_encoder.learning() {
        Learning::Frozen => 0,
        _ => (config.data.window.context as u64 + 1) * side(config.data.picture.size),
    };
    let painted = match config.objective.image_weight > 0.0 {
        true => side(config.data.target_size),
        false => 0,
    };
    let ahead = config.data.prefetch as u64 + 1;
    let pictures =
        bytes(&[rows, ahead, shown + painted]).saturating_add(bytes(&[rows, 2, painted]));
    let total = numbers.saturating_add(pictures);
    let gb = |bytes: u64| format!("{:.2}", bytes as f64 / GB);
    let needs = format!(
        "training takes at least {} GB of memory: weights, gradients and moments {}, pictures {}",
        gb(total),
        gb(numbers),
        gb(pictures)
    );
    match available {
        // The weights are drawn already.
        Some(available) if total - bytes(&[network.parameters()]) > available => {
            Err(Error::Environment(format!(
                "{needs}; {} GB are available; lower the widths under model, train.batch_size, data.prefetch or the pictures' sizes",
                gb(available)
            )))
        }
        Some(available) => {
            host.say(&format!("{needs}; {} GB are available", gb(available)));
            Ok(())
        }
        None => {
            host.say(&needs);
            Ok(())
        }
    }
}

/// Bytes of so many numbers, the product of `factors`.
fn bytes(factors: &[u64]) -> u64 {
    factors.iter().fold(NUMBER, |total, factor| total.saturating_mul(*factor))
}

/// The learned numbers that there is memory for on the config's device, where it is told: a network
/// beyond that is refused while it is built.
pub(crate) fn room(config: &Config) -> Option<u64> {
    available(config).map(|bytes| bytes / NUMBER)
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
    use crate::host::testing::Heard;
    use story_data::tokenizer::{StoryTokenizer, TrainConfig as TokenizerTraining};

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
    fn any_training_says_what_it_takes_and_is_refused_where_that_is_not_there() -> Result<()> {
        let (heard, host) = Heard::with_host();
        let patches = ["data.picture.size=32", "data.target_size=28", "train.batch_size=4"];
        let more = [
            "model.image_encoder={kind='compact-cnn',channels=[4,8],width=32,input_size=32,grid=2}",
            "model.image_decoder={kind='conv-transpose',channels=[8,8,3]}",
        ];
        let patches: Vec<String> = patches.iter().chain(&more).map(|it| it.to_string()).collect();
        let config = Config::parse(QUICKSTART, &patches)?;
        let tokenizer = StoryTokenizer::train(
            ["a cat and a dog", "a cat and a dog"],
            TokenizerTraining { vocabulary_size: 60, min_frequency: 1 },
        )?;
        let network = Network::build(config, 1, tokenizer, &host)?;
        // 5 P: there are validations. Five pictures of 32 pixels, and 28 painted, of three batches: two are
        // prepared ahead.
        let pictures = 4 * 4 * (3 * (5 * 3 * 32 * 32 + 3 * 28 * 28) + 2 * 3 * 28 * 28);
        let total = 4 * 5 * network.parameters() + pictures;
        let left = total - 4 * network.parameters();
        require_training(&network, 100, Some(left), &host)?;
        assert!(heard.said()[0].starts_with("training takes at least"), "{:?}", heard.said());
        require_training(&network, 100, None, &host)?;
        let error = require_training(&network, 100, Some(left - 1), &host).expect_err("too little");
        assert!(
            matches!(&error, Error::Environment(m) if m.contains("train.batch_size")),
            "{error}"
        );
        // A batch has no more windows than there are.
        let fewer = left - pictures + pictures / 4;
        require_training(&network, 1, Some(fewer), &host)
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
