//! From lines to scores. Lines are read in pieces of a fixed size, in parallel, and merged in order,
//! so that the numbers do not depend on the number of threads.

use crate::error::{Context, Result};
use crate::host::Bar;
use rayon::prelude::*;
use serde::Serialize;
use story_metrics::{
    BootstrapConfig, Clusters, Interval, Measurement, Reads, Segment, TextEntry, TextMetric,
    TextOptions, TextScore, TextVisitor, bootstrap,
};

/// Lines that one thread reads at a time.
const PIECE: usize = 256;

/// A score with its interval by line, where it has one.
#[derive(Debug, Clone, Serialize)]
pub struct Row {
    /// Name, value, n, missing, direction, range, signature.
    #[serde(flatten)]
    pub measurement: Measurement,
    /// `None` where there is none: scores of all texts together (variety) change with their number,
    /// so that drawing lines says nothing.
    pub interval: Option<Interval>,
}

/// Lines, and all that scoring them needs.
pub struct Measure<'a> {
    /// The texts.
    pub texts: Vec<Segment<'a>>,
    /// What the metrics draw on.
    pub options: TextOptions,
    /// The draws; `None` for no intervals.
    pub bootstrap: Option<BootstrapConfig>,
    /// Steps by lines, once for each metric.
    pub bar: &'a dyn Bar,
}

impl Measure<'_> {
    /// The rows of one metric.
    pub fn rows(&self, metric: TextScore) -> Result<Vec<Row>> {
        metric.visit(self)
    }

    /// Reads all lines with an empty metric; also gives the counts of each line.
    fn read<M: TextMetric>(&self, empty: &M, reads: Reads) -> Result<(M, Vec<M::Stats>)> {
        if reads == Reads::EachText {
            return self.read_in_pieces(empty);
        }
        if reads == Reads::EachAmongAll {
            // Tokens are what can be made apart.
            self.texts.par_iter().try_for_each(|text| text.captions().map(drop))?;
        }
        let mut metric = empty.clone();
        let units = with_lines(metric.read(&self.texts), 0)?;
        self.bar.step(self.texts.len() as u64);
        Ok((metric, units))
    }

    fn read_in_pieces<M: TextMetric>(&self, empty: &M) -> Result<(M, Vec<M::Stats>)> {
        let pieces: Vec<(M, Vec<M::Stats>)> = self
            .texts
            .par_chunks(PIECE)
            .enumerate()
            .map(|(piece, texts)| {
                let mut metric = empty.clone();
                let units = with_lines(metric.read(texts), piece * PIECE)?;
                self.bar.step(texts.len() as u64);
                Ok((metric, units))
            })
            .collect::<Result<_>>()?;
        let mut whole = empty.clone();
        let mut units = Vec::with_capacity(self.texts.len());
        for (metric, of_piece) in pieces {
            whole.join(&metric);
            units.extend(of_piece);
        }
        Ok((whole, units))
    }
}

impl TextVisitor for &Measure<'_> {
    type Output = Result<Vec<Row>>;

    fn visit<M: TextMetric>(self, entry: &'static TextEntry<M>) -> Result<Vec<Row>> {
        let empty = (entry.build)(&self.options)?;
        let (metric, units) = self.read(&empty, entry.reads)?;
        let mut lines = Clusters::default();
        for (at, unit) in units.iter().enumerate() {
            lines.add(&key(at), unit);
        }
        let bootstrapped = self.bootstrap.filter(|_| entry.reads != Reads::AllTogether);
        let row = |score: &story_metrics::Score<M::Stats>| {
            let interval = bootstrapped.map(|config| bootstrap(&lines, score.of, &config));
            Ok(Row { measurement: score.measured(&metric), interval: interval.transpose()? })
        };
        entry.scores.iter().map(row).collect()
    }
}

/// Counts of lines from the one behind `before` on; an error names its line.
fn with_lines<S>(units: Vec<story_metrics::Result<S>>, before: usize) -> Result<Vec<S>> {
    let lines = units.into_iter().enumerate();
    lines.map(|(at, unit)| unit.with_context(|| format!("line {}", before + at + 1))).collect()
}

/// The line as a cluster of its own, in the order of lines.
fn key(at: usize) -> String {
    format!("{at:012}")
}
