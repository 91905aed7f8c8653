//! What an ablation's differences say, in words. An effect is found where it holds on other stories
//! (the p-value corrected for the number of configs) and with other seeds (Student's interval of the
//! seeds' own differences, 95 %): five runs of one story set agree on much that a sixth would not.

use super::{Ablation, AblationRow};
use crate::compare::p_text;
use crate::scores::{Column, Difference};
use crate::verdict::Outcome;

/// Seeds below which a spread over seeds is hardly known.
const FEW_SEEDS: usize = 5;

/// Student's t for a two-sided interval of 95 %, by degrees of freedom from 1; beyond the table the
/// last value, which is a little too wide.
const STUDENT_T: [f64; 12] =
    [12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179];

impl AblationRow {
    /// The 95 % interval of the mean of the seeds' differences, over other seeds; `None` with fewer
    /// than two.
    pub fn seed_interval(&self) -> Option<(f64, f64)> {
        let (mean, deviation) = super::spread(&self.by_seed);
        let (mean, deviation) = (mean?, deviation?);
        let freedom = self.by_seed.len() - 1;
        let t = STUDENT_T[freedom.min(STUDENT_T.len()) - 1];
        let half = t * deviation / (self.by_seed.len() as f64).sqrt();
        Some((mean - half, mean + half))
    }
}

impl Ablation {
    /// What the row's difference to the base says: one that Holm's p-value or the seeds' interval
    /// does not tell from 0 is [`Outcome::Undecided`], an answer as good as any.
    pub fn outcome(&self, row: &AblationRow) -> Outcome {
        let (Some(difference), Some(p)) = (row.difference, row.p_holm) else {
            return Outcome::Unknown;
        };
        let with_other_seeds =
            row.seed_interval().is_some_and(|(low, high)| low > 0.0 || high < 0.0);
        match difference.outcome_by(p, self.column.direction, self.level) {
            Outcome::Better | Outcome::Worse if !with_other_seeds => Outcome::Undecided,
            outcome => outcome,
        }
    }

    /// One sentence a config that is compared with the base.
    pub fn sentences(&self) -> Vec<String> {
        let compared = self.rows.iter().filter(|row| row.name != self.plan.base);
        compared.map(|row| self.sentence(row)).collect()
    }

    fn sentence(&self, row: &AblationRow) -> String {
        let (name, base, metric) = (&row.name, &self.plan.base, &self.column.name);
        let Some(difference) = row.difference else {
            return format!("{name}: {metric} cannot be compared with {base}.");
        };
        let answer = match self.outcome(row) {
            Outcome::Better => format!("better than {base} in {metric}"),
            Outcome::Worse => format!("worse than {base} in {metric}"),
            Outcome::Undecided => format!("no effect on {metric} found against {base}"),
            Outcome::Unknown => format!("{metric} against {base}"),
        };
        let over_seeds = match row.seed_interval() {
            Some((low, high)) => format!(
                "over seeds [{}, {}]",
                self.column.format(Some(low)),
                self.column.format(Some(high))
            ),
            None => "one seed, so nothing is known of others".to_string(),
        };
        format!(
            "{name}: {answer}: difference {}, p {} after Holm; {over_seeds}; {}.",
            self.column.format_cell(&difference.into()),
            p_text(row.p_holm),
            agreement(&difference, row, &self.column),
        )
    }

    /// What a reader must know of the seeds.
    pub(super) fn few_seeds(&self) -> Option<String> {
        let fewest = self.rows.iter().map(|row| row.seeds.len()).min()?;
        (fewest < FEW_SEEDS).then(|| {
            format!(
                "Only {fewest} {}, fewer than {FEW_SEEDS}: how the scores move with the seed is hardly known",
                if fewest == 1 { "seed" } else { "seeds" }
            )
        })
    }
}

/// How many seeds' own differences have the sign of the whole one.
fn agreement(difference: &Difference, row: &AblationRow, column: &Column) -> String {
    let all = row.by_seed.len();
    if difference.value == 0.0 {
        return format!("{all} seeds, {} in the mean", column.format(Some(0.0)));
    }
    let same = |value: &&f64| (**value > 0.0) == (difference.value > 0.0) && **value != 0.0;
    let agree = row.by_seed.iter().filter(same).count();
    format!("{agree} of {all} seeds point that way")
}

/// A row's answer in a table's cell.
pub(super) fn word(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Better => "better",
        Outcome::Worse => "worse",
        Outcome::Undecided => "no effect found",
        Outcome::Unknown => "–",
    }
}
