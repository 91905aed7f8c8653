//! Steps that a log should have and does not: lines that a full disk, an editor or a copy has lost.

use super::LogLine;
use std::collections::BTreeSet;
use std::ops::RangeInclusive;

/// The runs of steps from 1 to `until` that `log` has no line of, in order.
pub fn missing_steps(log: &[LogLine], until: u64) -> Vec<RangeInclusive<u64>> {
    let there: BTreeSet<u64> = log
        .iter()
        .filter_map(|line| match line {
            LogLine::Step { step, .. } => Some(*step),
            LogLine::Validation { .. } => None,
        })
        .filter(|step| (1..=until).contains(step))
        .collect();
    let mut next = 1;
    let mut missing = Vec::new();
    for step in there.into_iter().chain([until.saturating_add(1)]) {
        if step > next {
            missing.push(next..=step - 1);
        }
        next = step.saturating_add(1);
    }
    missing
}

/// The steps in words, such as `steps 3 to 9, 12`; the first few of many.
pub fn describe_steps(missing: &[RangeInclusive<u64>]) -> String {
    /// Runs of steps that are named.
    const NAMED: usize = 4;
    let one = |run: &RangeInclusive<u64>| match (run.start(), run.end()) {
        (first, last) if first == last => first.to_string(),
        (first, last) => format!("{first} to {last}"),
    };
    let named: Vec<String> = missing.iter().take(NAMED).map(one).collect();
    let rest = match missing.len().saturating_sub(NAMED) {
        0 => String::new(),
        rest => format!(" and {rest} more such"),
    };
    let single = matches!(missing, [run] if run.start() == run.end());
    format!("{} {}{rest}", if single { "step" } else { "steps" }, named.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    fn log(steps: &[u64]) -> Vec<LogLine> {
        let line = |&step: &u64| LogLine::Step {
            step,
            epoch: 0,
            learning_rate: 0.1,
            losses: BTreeMap::new(),
            gradient_norm: 1.0,
            logit_scale: None,
            matching_accuracy: None,
        };
        steps.iter().map(line).collect()
    }

    #[test]
    fn every_hole_is_found_at_the_ends_too() {
        let missing = |steps: &[u64], until| missing_steps(&log(steps), until);
        assert_eq!(missing(&[1, 2, 3], 3), []);
        assert_eq!(missing(&[], 0), []);
        assert_eq!(missing(&[], 4), [1..=4]);
        assert_eq!(missing(&[2, 5, 6, 9], 8), [1..=1, 3..=4, 7..=8]);
        // What comes after `until` fills no hole before it.
        assert_eq!(missing(&[1, 9], 3), [2..=3]);
    }

    #[test]
    fn holes_are_named_and_many_are_counted() {
        assert_eq!(describe_steps(&[3..=9, 12..=12]), "steps 3 to 9, 12");
        assert_eq!(describe_steps(&[3..=3]), "step 3");
        let many: Vec<_> = (0..9).map(|at| 2 * at..=2 * at).collect();
        assert_eq!(describe_steps(&many), "steps 0, 2, 4, 6 and 5 more such");
    }
}
