//! What must be the same in two configs for their difference to be that of the part left out.

use super::plan::Subject;
use crate::config::Config;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Sentences about configs that train on other steps or other windows than the base.
pub fn warnings(subjects: &[Subject], base: &str) -> Vec<String> {
    let Some(base) = subjects.iter().find(|subject| subject.name == base) else {
        return Vec::new();
    };
    let (steps, windows) = (of_steps(&base.config), of_windows(&base.config));
    let mut warnings = Vec::new();
    for subject in subjects {
        let mut tell = |found: Vec<String>, what: &str| {
            if !found.is_empty() {
                let found = found.join(", ");
                let (name, base) = (&subject.name, &base.name);
                warnings.push(format!("{name} {what} than {base}: {found}"));
            }
        };
        let here = (of_steps(&subject.config), of_windows(&subject.config));
        tell(different(&steps, &here.0), "may make another number of steps");
        tell(different(&windows, &here.1), "has other windows");
    }
    warnings
}

/// Where the finished runs of a seed made other numbers of steps: early stopping, or the config.
pub fn unequal_steps(runs: &[(&str, u64, u64)], base: &str) -> Vec<String> {
    let base_steps: BTreeMap<u64, u64> = runs
        .iter()
        .filter(|(name, _, _)| *name == base)
        .map(|&(_, seed, steps)| (seed, steps))
        .collect();
    let mut told = Vec::new();
    for &(name, seed, steps) in runs {
        match base_steps.get(&seed) {
            Some(&of_base) if of_base != steps => told
                .push(format!("{name}, seed {seed}: {steps} steps, where {base} made {of_base}")),
            _ => {}
        }
    }
    told
}

fn of_steps(config: &Config) -> Vec<(&'static str, Value)> {
    let train = &config.train;
    vec![
        ("train.epochs", json!(train.epochs)),
        ("train.max_steps", json!(train.max_steps)),
        ("train.batch_size", json!(train.batch_size)),
        ("train.accumulation", json!(train.accumulation)),
        ("train.patience", json!(train.patience)),
        ("train.validate_every", json!(train.validate_every)),
    ]
}

fn of_windows(config: &Config) -> Vec<(&'static str, Value)> {
    let data = &config.data;
    vec![
        ("data.source", json!(data.source)),
        ("data.split", json!(data.split)),
        ("data.window", json!(data.window)),
        ("data.max_stories", json!(data.max_stories)),
        ("evaluate.max_windows", json!(config.evaluate.max_windows)),
    ]
}

fn different(base: &[(&str, Value)], here: &[(&str, Value)]) -> Vec<String> {
    let pairs = base.iter().zip(here).filter(|(a, b)| a.1 != b.1);
    pairs.map(|((key, base), (_, here))| format!("{key} is {here} instead of {base}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::batches::{Lessons, Shown, TrainingBatches, collator};
    use crate::config::QUICKSTART;
    use crate::corpus::Corpus;
    use crate::error::Result;
    use crate::host::Host;
    use std::sync::Arc;
    use story_data::collate::FeatureTables;
    use story_model::trainer::BatchSource;

    /// Story, target and context of every window that a config trains on in two epochs, in order.
    fn order(patches: &[&str]) -> Result<Vec<String>> {
        let small = [
            "data.source.train_stories=8",
            "data.source.test_stories=2",
            "data.split.validation=0.2",
        ];
        let patches = small.iter().chain(patches);
        let patches: Vec<String> = patches.map(ToString::to_string).collect();
        let config = Config::parse(QUICKSTART, &patches)?;
        let corpus = Corpus::load(&config.data, config.seed, &Host::silent())?;
        let tokenizer = corpus.tokenizer(&config, &Host::silent())?;
        let collator =
            collator(&config, tokenizer, None, FeatureTables::default(), Shown::Encoded)?;
        let mut batches = TrainingBatches {
            lessons: &Lessons::windows(&corpus, Arc::new(collator)),
            batch_size: config.train.batch_size,
            depth: config.data.prefetch,
            seed: config.seed,
        };
        let mut order = Vec::new();
        for epoch in 0..2 {
            for batch in batches.epoch(epoch, 0)? {
                order.push(format!("{:?}", batch?.origins));
            }
        }
        Ok(order)
    }

    #[test]
    fn the_order_of_the_data_depends_on_the_seed_alone() -> Result<()> {
        let base = order(&["seed=3"])?;
        let half = base.len() / 2;
        assert_ne!(base[..half], base[half..], "each epoch is shuffled anew");
        for change in [
            "objective.contrastive_weight=0",
            "model.sequence={kind='mean'}",
            "model.embedding_head.hidden_width=64",
            "train.learning_rate=0.5",
            "data.tokenizer.vocabulary=120",
            "data.prefetch=7",
        ] {
            assert_eq!(order(&["seed=3", change])?, base, "{change}");
        }
        assert_ne!(order(&["seed=4"])?, base, "another seed, another order");
        Ok(())
    }

    #[test]
    fn other_steps_and_other_windows_are_told() -> Result<()> {
        let subject = |name: &str, patches: &[&str]| {
            let patches: Vec<String> = patches.iter().map(ToString::to_string).collect();
            Ok::<_, crate::error::Error>(Subject {
                name: name.to_string(),
                config: Config::parse(QUICKSTART, &patches)?,
                command: String::new(),
            })
        };
        let subjects = [
            subject("base", &[])?,
            subject("fair", &["objective.contrastive_weight=0"])?,
            subject("long", &["train.epochs=99", "train.patience=3"])?,
            subject("short", &["data.window.context=2"])?,
        ];
        let found = warnings(&subjects, "base");
        assert_eq!(found.len(), 2, "{found:?}");
        assert!(found[0].starts_with("long may make another number of steps than base"));
        assert!(found[0].contains("train.epochs is 99") && found[0].contains("train.patience"));
        assert!(found[1].starts_with("short has other windows than base: data.window"));
        let runs = [("a", 1, 10), ("b", 1, 10), ("a", 2, 10), ("b", 2, 7)];
        assert_eq!(unequal_steps(&runs, "a"), ["b, seed 2: 7 steps, where a made 10"]);
        Ok(())
    }
}
