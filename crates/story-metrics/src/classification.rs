//! Confusion counts of a classifier, and accuracy, precision, recall and F1 from them.
//!
//! ```text
//! precision = right answers of a class / answers of that class
//! recall    = right answers of a class / members of that class
//! F1        = 2 * right / (answers + members)
//! macro     = mean over the classes that occur, as truth or as answer
//! ```
//! Range 0..=1, higher is better (van Rijsbergen 1979, "Information Retrieval", chapter 7; equal to
//! scikit-learn's `precision_score`, `recall_score`, `f1_score` and `accuracy_score`). Per class, what has a denominator of 0 is `None`; in a macro mean
//! it counts as 0 (scikit-learn's `zero_division=0`), so that a class which is never predicted costs.
//! A missing answer is wrong: it lowers accuracy and recall.

use crate::error::{MetricError, Result};
use crate::metric::Direction::HigherIsBetter;
use crate::metric::{Measurement, MetricInfo, Range, Score};
use crate::signature::Signature;
use crate::statistic::Statistic;
use serde::{Deserialize, Serialize};

/// Accuracy in the list of metrics.
pub static ACCURACY: Score<Confusion> =
    score("accuracy", "Accuracy", "right answers over units", Confusion::accuracy);
/// Balanced accuracy of two classes in the list of metrics.
pub static BALANCED_ACCURACY: Score<Confusion> = score(
    "balanced-accuracy",
    "Balanced accuracy",
    "mean recall of both classes",
    Confusion::balanced_accuracy,
);
/// Precision of class 1 of two in the list of metrics.
pub static PRECISION: Score<Confusion> = score(
    "precision",
    "Precision",
    "right answers of the positive class over such answers",
    |it| it.precision(1),
);
/// Recall of class 1 of two in the list of metrics.
pub static RECALL: Score<Confusion> =
    score("recall", "Recall", "right answers of the positive class over its members", |it| {
        it.recall(1)
    });
/// F1 of class 1 of two in the list of metrics.
pub static F1: Score<Confusion> =
    score("f1", "F1", "harmonic mean of precision and recall", |it| it.f1(1));
/// Mean precision over classes in the list of metrics.
pub static MACRO_PRECISION: Score<Confusion> = score(
    "macro-precision",
    "Macro precision",
    "mean precision over classes",
    Confusion::macro_precision,
);
/// Mean recall over classes in the list of metrics.
pub static MACRO_RECALL: Score<Confusion> =
    score("macro-recall", "Macro recall", "mean recall over classes", Confusion::macro_recall);
/// Mean F1 over classes in the list of metrics.
pub static MACRO_F1: Score<Confusion> =
    score("macro-f1", "Macro F1", "mean F1 over classes", Confusion::macro_f1);

const fn score(
    id: &'static str,
    name: &'static str,
    summary: &'static str,
    of: fn(&Confusion) -> Option<f64>,
) -> Score<Confusion> {
    Score { info: MetricInfo::new(id, name, summary, HigherIsBetter, Range::FRACTION), of }
}

/// The most classes of which counts are kept: 10,000 x 10,000 counts are 800 MB.
pub const MAX_CLASSES: usize = 10_000;

/// Counts of (true class, predicted class) of one or many units.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Confusion {
    classes: usize,
    /// One row a true class, the predicted classes within it; row by row.
    counts: Vec<u64>,
    /// Units of each true class without an answer.
    missing: Vec<u64>,
}

impl Confusion {
    /// No units, for classes 0 to `classes - 1`.
    ///
    /// # Errors
    /// If there are more than [`MAX_CLASSES`].
    pub fn new(classes: usize) -> Result<Self> {
        if classes > MAX_CLASSES {
            return Err(MetricError::Setting {
                setting: "classes",
                expected: "at most 10,000",
                found: classes.to_string(),
            });
        }
        Ok(Self { classes, counts: vec![0; classes * classes], missing: vec![0; classes] })
    }

    /// Two classes from counts by (true class, predicted class), and missing ones by true class.
    pub(crate) fn of_two(counts: [[u64; 2]; 2], missing: [u64; 2]) -> Self {
        Self { classes: 2, counts: counts.concat(), missing: missing.to_vec() }
    }

    /// Adds one unit; a missing prediction is `None`.
    ///
    /// # Errors
    /// If a class is out of range.
    pub fn add(&mut self, truth: usize, predicted: Option<usize>) -> Result<()> {
        self.check_class("true class", truth)?;
        match predicted {
            None => self.missing[truth] += 1,
            Some(predicted) => {
                self.check_class("predicted class", predicted)?;
                self.counts[truth * self.classes + predicted] += 1;
            }
        }
        Ok(())
    }

    /// Number of classes.
    pub fn classes(&self) -> usize {
        self.classes
    }

    /// Units of a true class that were predicted as a class; 0 out of range.
    pub fn count(&self, truth: usize, predicted: usize) -> u64 {
        let inside = truth < self.classes && predicted < self.classes;
        if inside { self.counts[truth * self.classes + predicted] } else { 0 }
    }

    /// Units, missing ones included.
    pub fn units(&self) -> u64 {
        self.counts.iter().sum::<u64>() + self.missing()
    }

    /// Units without an answer.
    pub fn missing(&self) -> u64 {
        self.missing.iter().sum()
    }

    /// Right answers over units, 0..=1; `None` without units.
    pub fn accuracy(&self) -> Option<f64> {
        fraction((0..self.classes).map(|class| self.right(class)).sum(), self.units())
    }

    /// Precision of a class; `None` if it was never predicted.
    pub fn precision(&self, class: usize) -> Option<f64> {
        fraction(self.right(class), self.answers(class))
    }

    /// Recall of a class; `None` if it never occurs.
    pub fn recall(&self, class: usize) -> Option<f64> {
        fraction(self.right(class), self.members(class))
    }

    /// F1 of a class; `None` if it neither occurs nor was predicted.
    pub fn f1(&self, class: usize) -> Option<f64> {
        fraction(2 * self.right(class), self.answers(class) + self.members(class))
    }

    /// Mean precision of the classes that occur; `None` if there are none.
    pub fn macro_precision(&self) -> Option<f64> {
        self.macro_mean(|class| self.precision(class))
    }

    /// Mean recall of the classes that occur; `None` if there are none.
    pub fn macro_recall(&self) -> Option<f64> {
        self.macro_mean(|class| self.recall(class))
    }

    /// Mean F1 of the classes that occur; `None` if there are none.
    pub fn macro_f1(&self) -> Option<f64> {
        self.macro_mean(|class| self.f1(class))
    }

    /// Mean recall of two classes; `None` unless both occur.
    pub fn balanced_accuracy(&self) -> Option<f64> {
        Some((self.recall(0)? + self.recall(1)?) / 2.0)
    }

    /// `accuracy` and the macro means as rows of a table.
    pub fn measurements(&self) -> Vec<Measurement> {
        let signature = Signature::of([
            ("classes", &self.classes),
            ("zero-division", &0),
            ("missing", &"wrong"),
        ])
        .versioned();
        let units = (self.units(), self.missing());
        let row = |score: &Score<Self>| {
            score.info.measurement((score.of)(self), units, signature.clone())
        };
        [&ACCURACY, &MACRO_PRECISION, &MACRO_RECALL, &MACRO_F1].map(row).into()
    }

    fn macro_mean(&self, of: impl Fn(usize) -> Option<f64>) -> Option<f64> {
        let occurring: Vec<_> = (0..self.classes)
            .filter(|&class| self.answers(class) + self.members(class) > 0)
            .collect();
        let sum: f64 = occurring.iter().map(|&class| of(class).unwrap_or(0.0)).sum();
        (!occurring.is_empty()).then(|| sum / occurring.len() as f64)
    }

    fn right(&self, class: usize) -> u64 {
        self.count(class, class)
    }

    fn answers(&self, class: usize) -> u64 {
        (0..self.classes).map(|truth| self.count(truth, class)).sum()
    }

    fn members(&self, class: usize) -> u64 {
        let answered: u64 = (0..self.classes).map(|predicted| self.count(class, predicted)).sum();
        answered + self.missing.get(class).copied().unwrap_or(0)
    }

    fn check_class(&self, what: &'static str, index: usize) -> Result<()> {
        if index < self.classes {
            Ok(())
        } else {
            Err(MetricError::Index { what, index, length: self.classes })
        }
    }
}

impl Statistic for Confusion {
    /// Adds the counts of another one. The sum has the classes of the one that has more.
    fn merge(&mut self, other: &Self) {
        if self.classes < other.classes {
            let smaller = std::mem::replace(self, other.clone());
            return self.merge(&smaller);
        }
        for truth in 0..other.classes {
            for predicted in 0..other.classes {
                self.counts[truth * self.classes + predicted] += other.count(truth, predicted);
            }
            self.missing[truth] += other.missing[truth];
        }
    }

    /// Macro F1.
    fn score(&self) -> Option<f64> {
        self.macro_f1()
    }
}

fn fraction(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counted_by_hand() {
        // Class 3 never occurs and is left out of the means; class 2 is never predicted.
        let mut confusion = Confusion::new(4).expect("few classes");
        let units =
            [(0, Some(0)), (0, Some(0)), (0, Some(1)), (1, Some(1)), (1, None), (2, Some(0))];
        for (truth, predicted) in units {
            confusion.add(truth, predicted).expect("classes are in range");
        }
        assert_eq!(confusion.accuracy(), Some(3.0 / 6.0));
        assert_eq!(confusion.precision(0), Some(2.0 / 3.0));
        assert_eq!(
            (confusion.precision(2), confusion.recall(2), confusion.f1(2)),
            (None, Some(0.0), Some(0.0))
        );
        assert_eq!((confusion.recall(1), confusion.f1(1)), (Some(0.5), Some(0.5)));
        assert_eq!((confusion.recall(3), confusion.f1(3)), (None, None));
        assert_eq!(confusion.macro_precision(), Some((2.0 / 3.0 + 0.5 + 0.0) / 3.0));
        assert_eq!(confusion.macro_f1(), Some((4.0 / 6.0 + 0.5 + 0.0) / 3.0));
        assert_eq!((confusion.units(), confusion.missing()), (6, 1));
    }

    #[test]
    fn shards_add_up_and_nonsense_is_refused() {
        let mut whole = Confusion::default();
        assert_eq!((whole.accuracy(), whole.macro_f1()), (None, None));
        let mut shard = Confusion::new(2).expect("few classes");
        shard.add(0, Some(1)).expect("classes are in range");
        shard.add(1, None).expect("classes are in range");
        whole.merge(&shard);
        whole.merge(&shard);
        assert_eq!((whole.count(0, 1), whole.missing(), whole.units()), (2, 2, 4));
        let mut wide = Confusion::new(3).expect("few classes");
        wide.add(2, Some(0)).expect("classes are in range");
        whole.merge(&wide);
        assert_eq!(
            (whole.count(0, 1), whole.count(2, 0), whole.missing(), whole.classes()),
            (2, 1, 2, 3)
        );
        assert!(whole.add(3, Some(0)).is_err() && whole.add(0, Some(3)).is_err());
        assert!(Confusion::new(usize::MAX).is_err());
        assert_eq!((whole.count(9, 9), whole.f1(9), whole.units()), (0, None, 5));
    }
}
