//! Runs that diverged: one config that cannot be trained must not cost the others their answer. It
//! is kept with its reason, left out of the comparison, and said.

use super::state::{PlannedRun, State};
use crate::error::Result;
use crate::run_folder::write_atomically;
use std::path::Path;

/// Says why, in the run's folder. Without that folder the run is tried again.
const REASON: &str = "failed.txt";

/// Leaves the reason in the run's folder.
///
/// # Errors
/// Where it cannot be written.
pub fn leave(folder: &Path, reason: &str) -> Result<()> {
    write_atomically(&folder.join(REASON), format!("{reason}\n").as_bytes())
}

/// How many runs failed, which and why, in a sentence; `None` where none did.
pub fn note(state: &State) -> Option<String> {
    let failed = state.runs.iter().filter_map(|run| {
        let reason = run.failed.as_deref()?;
        // What went wrong; what to do about it stands in the run's folder.
        let short = reason.split(';').next().unwrap_or(reason);
        Some(format!("{}, seed {}: {short}", run.config, run.seed))
    });
    let failed: Vec<String> = failed.collect();
    (!failed.is_empty()).then(|| {
        format!(
            "Failed: {} of {} runs, left out of the comparison ({})",
            failed.len(),
            state.runs.len(),
            failed.join("; ")
        )
    })
}

/// The finished runs of each config that has a seed in common with the base, in the plan's order;
/// none where the base is left with nothing to compare it with.
pub fn comparable(state: &State) -> Vec<(&str, Vec<&PlannedRun>)> {
    let finished = |config: &str| -> Vec<&PlannedRun> {
        let runs = state.runs.iter();
        runs.filter(|run| run.config == config && run.failed.is_none()).collect()
    };
    let base = finished(&state.plan.base);
    let shares_a_seed = |runs: &[&PlannedRun]| {
        let mut seeds = runs.iter().map(|run| run.seed);
        seeds.any(|seed| base.iter().any(|run| run.seed == seed))
    };
    let configs = state.plan.configs.iter();
    let found: Vec<_> = configs
        .map(|config| (config.name.as_str(), finished(&config.name)))
        .filter(|(_, runs)| shares_a_seed(runs))
        .collect();
    match found.len() {
        0 | 1 => Vec::new(),
        _ => found,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ablate::plan::{Plan, PlannedConfig};

    /// Configs `a` (the base), `b` and `c` with two seeds.
    fn state() -> State {
        let config = |name: &str| PlannedConfig {
            name: name.into(),
            folder: name.into(),
            config: serde_json::Value::Null,
        };
        let plan = Plan {
            name: "n".into(),
            primary: "t/c".into(),
            base: "a".into(),
            seeds: vec![1, 2],
            configs: ["a", "b", "c"].map(config).into(),
        };
        State::new(plan, Vec::new(), Vec::new(), "story ablate")
    }

    fn fail(state: &mut State, runs: &[(&str, u64)]) {
        for run in &mut state.runs {
            if runs.contains(&(run.config.as_str(), run.seed)) {
                run.failed = Some("diverged: the loss is NaN; lower the rate".into());
            }
        }
    }

    #[test]
    fn what_failed_is_counted_and_left_out() {
        let mut state = state();
        assert_eq!(note(&state), None);
        fail(&mut state, &[("b", 1), ("c", 1), ("c", 2)]);
        let told = note(&state).expect("three failed");
        assert!(told.starts_with("Failed: 3 of 6 runs"), "{told}");
        assert!(told.contains("b, seed 1: diverged: the loss is NaN; c, seed 1"));
        assert!(!told.contains("lower the rate"), "{told}");
        let seeds = |(name, runs): &(&str, Vec<&PlannedRun>)| {
            let seeds: Vec<u64> = runs.iter().map(|run| run.seed).collect();
            (name.to_string(), seeds)
        };
        let found: Vec<_> = comparable(&state).iter().map(seeds).collect();
        assert_eq!(found, [("a".into(), vec![1, 2]), ("b".into(), vec![2])]);
    }

    #[test]
    fn without_a_seed_in_common_nothing_is_compared() {
        let mut state = state();
        fail(&mut state, &[("a", 1), ("b", 2), ("c", 2)]);
        assert!(comparable(&state).is_empty());
        let mut state = self::state();
        fail(&mut state, &[("a", 1), ("a", 2)]);
        assert!(comparable(&state).is_empty());
    }
}
