//! The sizes of a config that no part checks by itself, each with its bounds. A slip of the pen must not
//! end in an allocation that no machine can make, and cost the reading before it.

use super::{Config, MOST_RESAMPLES, TokenizerConfig};
use crate::error::{Error, Result};
use story_data::prefetch::MAX_DEPTH;
use story_data::tokenizer::MAX_TOKENS;
use story_data::window::MAX_CONTEXT;
use story_pictures::check_size;

/// The longest text that may be generated, in tokens: a short story. An untrained model never ends.
const MOST_TOKENS: usize = 4096;
/// The most tokens of a text that a frozen encoder reads.
const MOST_READ: usize = 1 << 16;
/// The most windows, pictures or texts in a batch: as of a training batch.
const MOST_ROWS: usize = 1 << 20;
/// The most megabytes of a cache: a terabyte in memory, a thousand on a disk.
const MOST_CACHE_MB: usize = 1 << 20;
const MOST_DISK_MB: usize = 1 << 30;
/// The most entries of a vocabulary; multilingual ones have a quarter of it.
const MOST_WORDS: usize = 1 << 20;
/// The most stories that a report shows.
const MOST_SAMPLES: usize = 10_000;

/// Refuses sizes beyond their bounds.
///
/// # Errors
/// [`Error::Config`] naming the key, what was expected and what was found.
pub(super) fn check(config: &Config) -> Result<()> {
    let (data, evaluate, features) = (&config.data, &config.evaluate, &config.features);
    let vocabulary = match data.tokenizer {
        TokenizerConfig::Train { vocabulary, .. } => vocabulary,
        _ => 1,
    };
    let disk = usize::try_from(features.limit_mb).unwrap_or(usize::MAX);
    let sizes = [
        ("data.window.context", data.window.context, 1, MAX_CONTEXT),
        // Start, a word, end.
        ("data.max_tokens", data.max_tokens, 3, MAX_TOKENS),
        ("data.decoded_cache_mb", data.decoded_cache_mb, 0, MOST_CACHE_MB),
        ("data.prefetch", data.prefetch, 1, MAX_DEPTH),
        ("data.tokenizer.vocabulary", vocabulary, 1, MOST_WORDS),
        ("features.limit_mb", disk, 0, MOST_DISK_MB),
        ("features.batch_size", features.batch_size, 0, MOST_ROWS),
        ("features.text_tokens", features.text_tokens, 0, MOST_READ),
        ("evaluate.batch_size", evaluate.batch_size, 1, MOST_ROWS),
        ("evaluate.samples", evaluate.samples, 0, MOST_SAMPLES),
        ("evaluate.resamples", evaluate.resamples as usize, 1, MOST_RESAMPLES),
        ("evaluate.generation.max_length", evaluate.generation.max_length, 1, MOST_TOKENS),
    ];
    for (key, found, least, most) in sizes {
        if found < least {
            return Err(refused(key, &format!("at least {least}"), found));
        }
        if found > most {
            return Err(refused(key, &format!("at most {most}"), found));
        }
    }
    check_size("target_size", data.target_size)
        .map_err(|error| story_data::Error::Config(format!("data.{error}")))?;
    Ok(())
}

fn refused(key: &str, expected: &str, found: usize) -> Error {
    Error::Config(format!("{key}: expected {expected}, found {found}"))
}

#[cfg(test)]
mod tests {
    use super::super::QUICKSTART;
    use super::*;
    use candle_core::Device;
    use story_core::{ParamStore, Vocabulary};
    use story_model::{ModelDims, StoryModel};

    /// Keys whose value is no size of anything, so that each is as good as another.
    const ANY: [&str; 12] = [
        "seed",
        "data.max_stories",
        "data.source.seed",
        "data.tokenizer.min_frequency",
        "train.epochs",
        "train.max_steps",
        "train.warmup_steps",
        "train.validate_every",
        "train.patience",
        "train.checkpoint_every",
        "evaluate.max_windows",
        "evaluate.generation.no_repeat_ngram",
    ];

    /// Every whole number of a config: what `--set` calls it, with a hole where the value goes.
    fn numbers(value: &toml::Value, key: &str, all: &mut Vec<(String, String)>) {
        match value {
            toml::Value::Integer(_) => all.push((key.to_string(), format!("{key}=@"))),
            toml::Value::Table(table) => {
                for (name, value) in table {
                    let key = if key.is_empty() { name.clone() } else { format!("{key}.{name}") };
                    numbers(value, &key, all);
                }
            }
            toml::Value::Array(values) if values.first().is_some_and(toml::Value::is_integer) => {
                let rest = values[1..].iter().map(|value| format!(",{value}"));
                all.push((key.to_string(), format!("{key}=[@{}]", rest.collect::<String>())));
            }
            _ => {}
        }
    }

    #[test]
    fn no_size_is_without_a_bound() {
        let table: toml::Table = QUICKSTART.parse().expect("TOML");
        let mut all = Vec::new();
        numbers(&toml::Value::Table(table), "", &mut all);
        assert!(all.len() > 40, "{all:?}");
        let vocabulary = Vocabulary { size: 100, pad: 0, unknown: 1, start: 2, end: 3 };
        for (key, patch) in all {
            if ANY.contains(&key.as_str()) {
                continue;
            }
            for value in [i64::MAX, 1_000_000_000_000] {
                let patches = [patch.replace('@', &value.to_string())];
                let refused = match Config::parse(QUICKSTART, &patches) {
                    Err(error) => error.to_string(),
                    Ok(config) => {
                        let dims = ModelDims {
                            vocabulary,
                            encoder_size: config.data.picture.size,
                            target_size: config.data.target_size,
                        };
                        let store = ParamStore::new(1, &Device::Cpu);
                        match StoryModel::new(&config.model, &dims, &store) {
                            Err(error) => error.to_string(),
                            Ok(_) => panic!("{key} = {value} is taken"),
                        }
                    }
                };
                let name = key.rsplit('.').next().expect("a key");
                assert!(refused.contains(name), "{key} = {value}: {refused}");
            }
        }
    }
}
