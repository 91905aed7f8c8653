//! From texts to scores, on all cores: any metric of the list over any number of texts, with intervals
//! and, where asked, the score of each text. Texts are read in pieces of a fixed size and merged in
//! order, so that the numbers do not depend on the number of threads.

use crate::bootstrap::{BootstrapConfig, bootstrap};
use crate::clusters::Clusters;
use crate::error::{MetricError, Result};
use crate::interval::Interval;
use crate::list::TextScore;
use crate::metric::{Measurement, Score};
use crate::texts::{Reads, Segment, TextEntry, TextMetric, TextOptions, TextVisitor};
use rayon::prelude::*;
use serde::Serialize;

/// Texts that one thread reads at a time.
const PIECE: usize = 256;

/// A score with its interval, where it has one.
#[derive(Debug, Clone, Serialize)]
pub struct Row {
    /// Name, value, n, missing, direction, range, signature.
    #[serde(flatten)]
    pub measurement: Measurement,
    /// `None` where there is none: scores of all texts together (variety) change with their number,
    /// so that drawing texts says nothing.
    pub interval: Option<Interval>,
}

/// Why texts could not be scored.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum MeasureError {
    /// A text that a metric does not take.
    #[error("text {}: {error}", place + 1)]
    Text {
        /// Its place, counted from 0.
        place: usize,
        /// What is wrong with it.
        error: MetricError,
    },
    /// A metric that cannot be made, or settings that cannot be.
    #[error(transparent)]
    Metric(#[from] MetricError),
    /// [`Measure::go_on`] said so.
    #[error("stopped before all texts were read")]
    Stopped,
}

/// Texts, and all that scoring them needs.
pub struct Measure<'a> {
    /// The texts.
    pub texts: Vec<Segment<'a>>,
    /// What the metrics draw on.
    pub options: TextOptions,
    /// The draws; `None` for no intervals.
    pub bootstrap: Option<BootstrapConfig>,
    /// What each text belongs to, such as its story, of which the draws are made; `None` where each is
    /// by itself.
    pub clusters: Option<&'a [String]>,
    /// Told of so many texts that were read, once for each metric; answers whether to go on.
    pub go_on: &'a (dyn Fn(u64) -> bool + Sync),
}

/// What one metric says of texts: its rows, and the values of each text.
#[derive(Debug, Clone)]
pub struct Scored {
    /// One row a score.
    pub rows: Vec<Row>,
    /// For each score the value of each text alone, where it is defined; none for scores of all texts
    /// together.
    pub each: Vec<Vec<Option<f64>>>,
}

/// The counts of texts, from which scores follow.
pub struct Counts<M: TextMetric> {
    /// The metric with all texts in it.
    pub metric: M,
    /// The counts of each text; none for scores of all texts together.
    pub units: Vec<M::Stats>,
}

impl<M: TextMetric> Counts<M> {
    /// The units by what they belong to.
    pub fn clusters(&self, clusters: Option<&[String]>) -> Clusters<M::Stats> {
        let mut grouped = Clusters::default();
        for (at, unit) in self.units.iter().enumerate() {
            match clusters.and_then(|keys| keys.get(at)) {
                Some(key) => grouped.add(key, unit),
                // In the order of texts.
                None => grouped.add(&format!("{at:012}"), unit),
            }
        }
        grouped
    }
}

impl Measure<'_> {
    /// The rows of one metric.
    ///
    /// # Errors
    /// Those of the metric, and [`MeasureError::Stopped`].
    pub fn rows(&self, metric: TextScore) -> std::result::Result<Vec<Row>, MeasureError> {
        Ok(self.scored(metric)?.rows)
    }

    /// The same with the values of each text.
    ///
    /// # Errors
    /// As [`rows`](Self::rows).
    pub fn scored(&self, metric: TextScore) -> std::result::Result<Scored, MeasureError> {
        if let Some(clusters) = self.clusters {
            crate::error::same_length("clusters", self.texts.len(), clusters.len())?;
        }
        metric.visit(self)
    }

    /// Reads all texts with an empty metric.
    ///
    /// # Errors
    /// As [`rows`](Self::rows).
    pub fn counts<M: TextMetric>(
        &self,
        entry: &'static TextEntry<M>,
    ) -> std::result::Result<Counts<M>, MeasureError> {
        let empty = (entry.build)(&self.options)?;
        if entry.reads == Reads::EachText {
            return self.in_pieces(&empty);
        }
        if entry.reads == Reads::EachAmongAll {
            // Tokens are what can be made apart.
            self.texts.par_iter().enumerate().try_for_each(|(place, text)| {
                text.captions().map(drop).map_err(|error| MeasureError::Text { place, error })
            })?;
        }
        let mut metric = empty;
        let units = with_places(metric.read(&self.texts), 0)?;
        self.read(self.texts.len())?;
        Ok(Counts { metric, units })
    }

    fn in_pieces<M: TextMetric>(&self, empty: &M) -> std::result::Result<Counts<M>, MeasureError> {
        let pieces: Vec<(M, Vec<M::Stats>)> = self
            .texts
            .par_chunks(PIECE)
            .enumerate()
            .map(|(piece, texts)| {
                let mut metric = empty.clone();
                let units = with_places(metric.read(texts), piece * PIECE)?;
                self.read(texts.len())?;
                Ok((metric, units))
            })
            .collect::<std::result::Result<_, MeasureError>>()?;
        let mut whole = empty.clone();
        let mut units = Vec::with_capacity(self.texts.len());
        for (metric, of_piece) in pieces {
            whole.join(&metric);
            units.extend(of_piece);
        }
        Ok(Counts { metric: whole, units })
    }

    fn read(&self, texts: usize) -> std::result::Result<(), MeasureError> {
        if (self.go_on)(texts as u64) { Ok(()) } else { Err(MeasureError::Stopped) }
    }
}

impl TextVisitor for &Measure<'_> {
    type Output = std::result::Result<Scored, MeasureError>;

    fn visit<M: TextMetric>(self, entry: &'static TextEntry<M>) -> Self::Output {
        let counts = self.counts(entry)?;
        let drawn = self.bootstrap.filter(|_| entry.reads != Reads::AllTogether);
        let clusters = counts.clusters(self.clusters);
        let row = |score: &Score<M::Stats>| -> Result<Row> {
            let interval = drawn.map(|config| bootstrap(&clusters, score.of, &config));
            let measurement = score.measured(&counts.metric);
            Ok(Row { measurement, interval: interval.transpose()? })
        };
        let each = |score: &Score<M::Stats>| counts.units.iter().map(score.of).collect();
        Ok(Scored {
            rows: entry.scores.iter().map(row).collect::<Result<_>>()?,
            each: entry.scores.iter().map(each).collect(),
        })
    }
}

/// Counts of texts from `before` on; an error names its text.
fn with_places<S>(
    units: Vec<Result<S>>,
    before: usize,
) -> std::result::Result<Vec<S>, MeasureError> {
    let each = units.into_iter().enumerate();
    each.map(|(at, unit)| unit.map_err(|error| MeasureError::Text { place: before + at, error }))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicU64, Ordering};

    fn texts(references: &[String]) -> Vec<Segment<'_>> {
        let candidates = ["the fox ran home", "a boat", "the fox", "home"];
        (0..600).map(|at| Segment::new(Some(candidates[at % 4]), references)).collect()
    }

    #[test]
    fn each_text_counts_once_and_the_whole_is_what_the_pieces_are() {
        let references = ["the fox ran home today".to_string()];
        let read = AtomicU64::new(0);
        let go_on = |texts| {
            read.fetch_add(texts, Ordering::Relaxed);
            true
        };
        let stories: Vec<String> = (0..600).map(|at| format!("story {}", at / 6)).collect();
        let bootstrap = Some(BootstrapConfig { resamples: 20, ..BootstrapConfig::default() });
        let options = TextOptions::default();
        let measure = |clusters| Measure {
            texts: texts(&references),
            options: options.clone(),
            bootstrap,
            clusters,
            go_on: &go_on,
        };
        let scored = measure(Some(&stories)).scored(TextScore::RougeL).expect("scores");
        assert_eq!(read.load(Ordering::Relaxed), 600);
        let [row] = scored.rows.as_slice() else { panic!("one score") };
        let each = &scored.each[0];
        let mean = each.iter().flatten().sum::<f64>() / 600.0;
        assert!((row.measurement.value.expect("defined") - mean).abs() < 1e-12);
        assert_eq!(row.interval.expect("drawn").clusters, 100);
        let alone = measure(None).rows(TextScore::RougeL).expect("scores");
        assert_eq!(alone[0].interval.expect("drawn").clusters, 600);
        let short = measure(Some(&stories[1..])).rows(TextScore::RougeL);
        assert!(matches!(short, Err(MeasureError::Metric(MetricError::Length { .. }))));
    }

    #[test]
    fn a_text_without_reference_is_named_and_who_stops_is_heard() {
        let references = ["the fox".to_string()];
        let mut texts = texts(&references);
        texts[300] = Segment::new(Some("a fox"), &[]);
        let options = TextOptions::default();
        let measure = |texts, go_on| Measure {
            texts,
            options: options.clone(),
            bootstrap: None,
            clusters: None,
            go_on,
        };
        let error = measure(texts, &|_| true).rows(TextScore::Bleu).expect_err("no reference");
        assert!(error.to_string().starts_with("text 301: "), "{error}");
        let texts = self::texts(&references);
        let stopped = measure(texts, &|_| false).rows(TextScore::Bleu);
        assert_eq!(stopped.expect_err("stopped"), MeasureError::Stopped);
    }
}
