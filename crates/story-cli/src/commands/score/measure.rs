//! From lines to scores. Lines are read in pieces of a fixed size, in parallel, and merged in order,
//! so that the numbers do not depend on the number of threads.

use super::lines::Lines;
use crate::arguments::ScoreMetric;
use anyhow::{Context, Result};
use rayon::prelude::*;
use serde::Serialize;
use std::sync::Arc;
use story_metrics::bleu::MAX_ORDER;
use story_metrics::{
    Bleu, BleuStats, BootstrapConfig, Captions, Cider, CiderKind, Clusters, CocoBleu, CocoRougeL,
    DiversityStats, Interval, MeanStats, Measurement, Meteor, MeteorData, MeteorStats, MeteorWords,
    Metric, NltkMeteor, Rouge, RougeKind, RougeStats, SelfBleu, Statistic, WordNet, bootstrap,
    coco_bleu,
};
use story_run::Bar;

/// Lines that one thread reads at a time.
const PIECE: usize = 256;

/// A score with its interval by line, where it has one.
#[derive(Debug, Serialize)]
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
    pub lines: &'a Lines,
    /// The tokens of each line, if a metric of COCO's is asked for.
    pub captions: Vec<Captions>,
    /// Synonyms of `meteor`.
    pub wordnet: Option<Arc<WordNet>>,
    /// All that METEOR 1.5 needs, where it is asked for.
    pub meteor: Option<Arc<MeteorData>>,
    /// The draws; `None` for no intervals.
    pub bootstrap: Option<BootstrapConfig>,
    /// Steps by lines, once for each metric.
    pub bar: &'a dyn Bar,
}

impl Measure<'_> {
    /// The rows of one metric.
    pub fn rows(&self, metric: ScoreMetric) -> Result<Vec<Row>> {
        match metric {
            ScoreMetric::Bleu => self.bleu(),
            ScoreMetric::CocoBleu => self.coco_bleu(),
            ScoreMetric::Rouge1 => self.rouge(RougeKind::Rouge1),
            ScoreMetric::Rouge2 => self.rouge(RougeKind::Rouge2),
            ScoreMetric::RougeL => self.rouge(RougeKind::RougeL),
            ScoreMetric::RougeLsum => self.rouge(RougeKind::RougeLsum),
            ScoreMetric::CocoRougeL => self.coco_rouge_l(),
            ScoreMetric::Meteor => self.meteor(),
            ScoreMetric::Meteor15 => self.meteor_15(MeteorWords::Normalized),
            ScoreMetric::CocoMeteor => self.meteor_15(MeteorWords::Coco),
            ScoreMetric::Cider => self.cider(CiderKind::Plain),
            ScoreMetric::CiderD => self.cider(CiderKind::Defended),
            ScoreMetric::Distinct => Ok(self.distinct()),
            ScoreMetric::SelfBleu => self.self_bleu(),
        }
    }

    fn bleu(&self) -> Result<Vec<Row>> {
        let add = |bleu: &mut Bleu, at: usize| bleu.add(self.candidate(at), self.references(at));
        let (bleu, lines) = self.read(&Bleu::default(), add, Bleu::merge)?;
        Ok(vec![self.row(bleu.measurement(), &lines, BleuStats::score)?])
    }

    fn coco_bleu(&self) -> Result<Vec<Row>> {
        let add = |bleu: &mut CocoBleu, at: usize| Ok(bleu.add(&self.captions[at]));
        let (longest, lines) = self.read(&CocoBleu::default(), add, CocoBleu::merge)?;
        let row = |order| {
            let mut bleu = CocoBleu::new(order)?;
            bleu.merge(&longest);
            self.row(bleu.measurement(), &lines, |stats| coco_bleu(stats, order))
        };
        (1..=MAX_ORDER).map(row).collect()
    }

    fn rouge(&self, kind: RougeKind) -> Result<Vec<Row>> {
        let add = |rouge: &mut Rouge, at: usize| rouge.add(self.candidate(at), self.references(at));
        let (rouge, lines) = self.read(&Rouge::new(kind), add, Rouge::merge)?;
        Ok(vec![self.row(rouge.measurement(), &lines, RougeStats::score)?])
    }

    fn coco_rouge_l(&self) -> Result<Vec<Row>> {
        let add = |rouge: &mut CocoRougeL, at: usize| Ok(rouge.add(&self.captions[at]));
        let (rouge, lines) = self.read(&CocoRougeL::default(), add, CocoRougeL::merge)?;
        Ok(vec![self.row(rouge.measurement(), &lines, MeanStats::score)?])
    }

    fn meteor(&self) -> Result<Vec<Row>> {
        let add = |meteor: &mut NltkMeteor, at: usize| {
            meteor.add(self.candidate(at), self.references(at))
        };
        let empty = NltkMeteor::new(self.wordnet.clone());
        let (meteor, lines) = self.read(&empty, add, NltkMeteor::merge)?;
        Ok(vec![self.row(meteor.measurement(), &lines, MeanStats::score)?])
    }

    fn meteor_15(&self, words: MeteorWords) -> Result<Vec<Row>> {
        let data = self.meteor.clone().context("METEOR 1.5 without its data")?;
        let add =
            |meteor: &mut Meteor, at: usize| meteor.add(self.candidate(at), self.references(at));
        let (meteor, lines) = self.read(&Meteor::new(data, words), add, Meteor::merge)?;
        Ok(vec![self.row(meteor.measurement(), &lines, MeteorStats::score)?])
    }

    /// The document frequencies are those of all lines in every draw, as for a fixed corpus.
    fn cider(&self, kind: CiderKind) -> Result<Vec<Row>> {
        let mut cider = Cider::new(kind);
        self.captions.iter().for_each(|captions| cider.add(captions));
        let mut lines = Clusters::default();
        for (at, score) in cider.scores().into_iter().enumerate() {
            lines.add(&key(at), &MeanStats::of(Some(score)));
        }
        self.bar.step(self.lines.len() as u64);
        Ok(vec![self.row(cider.measurement(), &lines, MeanStats::score)?])
    }

    fn distinct(&self) -> Vec<Row> {
        let mut stats = DiversityStats::default();
        for at in 0..self.lines.len() {
            stats.add(self.candidate(at));
        }
        self.bar.step(self.lines.len() as u64);
        let without_interval = |measurement| Row { measurement, interval: None };
        stats.measurements().into_iter().map(without_interval).collect()
    }

    fn self_bleu(&self) -> Result<Vec<Row>> {
        let mut bleu = SelfBleu::new(MAX_ORDER)?;
        for at in 0..self.lines.len() {
            bleu.add(self.candidate(at));
        }
        self.bar.step(self.lines.len() as u64);
        Ok(vec![Row { measurement: bleu.measurement(), interval: None }])
    }

    /// Reads all lines with copies of an empty metric; also gives the statistics of each line.
    fn read<M: Clone + Send + Sync, S: Statistic + Send>(
        &self,
        empty: &M,
        add: impl Fn(&mut M, usize) -> story_metrics::Result<S> + Sync,
        merge: impl Fn(&mut M, &M),
    ) -> Result<(M, Clusters<S>)> {
        let places: Vec<usize> = (0..self.lines.len()).collect();
        let pieces: Vec<(M, Vec<S>)> = places
            .par_chunks(PIECE)
            .map(|piece| {
                let mut metric = empty.clone();
                let stats = piece
                    .iter()
                    .map(|&at| add(&mut metric, at).with_context(|| format!("line {}", at + 1)));
                let stats = stats.collect::<Result<Vec<S>>>()?;
                self.bar.step(piece.len() as u64);
                Ok((metric, stats))
            })
            .collect::<Result<_>>()?;
        let mut whole = empty.clone();
        let mut lines = Clusters::default();
        let mut at = 0;
        for (metric, stats) in &pieces {
            merge(&mut whole, metric);
            for unit in stats {
                lines.add(&key(at), unit);
                at += 1;
            }
        }
        Ok((whole, lines))
    }

    fn row<S: Statistic>(
        &self,
        measurement: Measurement,
        lines: &Clusters<S>,
        score: impl Fn(&S) -> Option<f64>,
    ) -> Result<Row> {
        let interval = match &self.bootstrap {
            Some(config) => Some(bootstrap(lines, score, config)?),
            None => None,
        };
        Ok(Row { measurement, interval })
    }

    fn candidate(&self, at: usize) -> Option<&str> {
        self.lines.candidates[at].as_deref()
    }

    fn references(&self, at: usize) -> &[String] {
        &self.lines.references[at]
    }
}

/// The line as a cluster of its own, in the order of lines.
fn key(at: usize) -> String {
    format!("{at:012}")
}
