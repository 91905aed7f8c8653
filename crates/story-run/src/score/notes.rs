//! What one must know to read the scores of some texts, as sentences under their table.

use super::lines::Lines;
use super::needs;
use std::collections::BTreeSet;
use story_metrics::bootstrap::few_clusters;
use story_metrics::tokenize::{unspaced, without_latin_letters};
use story_metrics::{Need, Range, TextScore};

/// Metrics whose tokens are made of a to z and digits alone.
const LATIN_ONLY: [TextScore; 4] =
    [TextScore::Rouge1, TextScore::Rouge2, TextScore::RougeL, TextScore::RougeLsum];

/// Metrics of letters, which need no blanks between words.
const OF_LETTERS: [TextScore; 1] = [TextScore::Chrf];

/// What is told of each metric, in the order of importance.
#[derive(Debug, Default)]
pub struct Notes {
    /// What makes a value say nothing.
    pub warnings: Vec<String>,
    /// What a value depends on.
    pub notes: Vec<String>,
}

impl Notes {
    /// Of scores of these lines; `documents` are those that document frequencies were counted in,
    /// `None` for the lines' own references.
    pub fn of(
        lines: &Lines,
        metrics: &[TextScore],
        documents: Option<usize>,
        resamples: u32,
    ) -> Self {
        let mut notes = Self::default();
        notes.document_frequencies(lines.len(), metrics, documents);
        notes.scripts(lines, metrics);
        let points = metrics.iter().flat_map(|metric| metric.metrics());
        let points: Vec<&str> =
            points.filter(|info| info.range == Range::POINTS).map(|info| info.id).collect();
        if !points.is_empty() {
            notes.notes.push(format!(
                "{}: in points, 0 to 100, as sacreBLEU prints them; the range of the others stands \
                 beside them",
                points.join(", ")
            ));
        }
        if resamples > 0 {
            let (count, what) = match lines.clusters.as_deref() {
                Some(clusters) => (clusters.iter().collect::<BTreeSet<_>>().len(), "clusters"),
                None => (lines.len(), "lines"),
            };
            notes.notes.extend(few_clusters(count as u64, what));
        }
        notes
    }

    fn document_frequencies(
        &mut self,
        lines: usize,
        metrics: &[TextScore],
        documents: Option<usize>,
    ) {
        let names = named(metrics, |metric| needs(metric, Need::DocumentFrequencies));
        if names.is_empty() {
            return;
        }
        match (documents, lines) {
            (Some(1), _) | (None, 1) => self.warnings.push(format!(
                "{names}: with one document every n-gram is in all of them and weighs nothing, so \
                 the score is 0 whatever the text; --cider-documents FILE takes the frequencies from \
                 more references"
            )),
            (Some(documents), _) => self.notes.push(format!(
                "{names}: document frequencies of {documents} documents of --cider-documents; \
                 comparable where those are the same"
            )),
            (None, lines) => self.notes.push(format!(
                "{names}: document frequencies of these {lines} lines' own references, so the score \
                 changes with their number and compares on the same lines only; --cider-documents \
                 FILE takes them from elsewhere"
            )),
        }
    }

    fn scripts(&mut self, lines: &Lines, metrics: &[TextScore]) {
        let among = |is: fn(&str) -> bool| {
            let line = |(candidate, references): (&Option<String>, &Vec<String>)| {
                candidate.as_deref().is_some_and(is) || references.iter().any(|text| is(text))
            };
            lines.candidates.iter().zip(&lines.references).filter(|&pair| line(pair)).count()
        };
        let all = lines.len();
        let names = named(metrics, |metric| LATIN_ONLY.contains(&metric));
        match among(without_latin_letters) {
            n if n > 0 && !names.is_empty() => self.warnings.push(format!(
                "{names}: lines in letters that rouge-score does not read, {n} of {all}: it keeps a \
                 to z and digits, so such a line scores 0 or by its digits alone; chrf, meteor and \
                 coco-rouge-l read them"
            )),
            _ => {}
        }
        let words = named(metrics, |metric| !OF_LETTERS.contains(&metric));
        match among(unspaced) {
            n if n > 0 && !words.is_empty() => self.warnings.push(format!(
                "lines in a script without blanks between words, {n} of {all}: whatever counts words \
                 takes a sentence for one; chrf compares them, or put blanks between words first"
            )),
            _ => {}
        }
    }
}

/// The names of those metrics that are of a kind, with commas between.
fn named(metrics: &[TextScore], is: impl Fn(TextScore) -> bool) -> String {
    let names = metrics.iter().copied().filter(|&metric| is(metric)).map(TextScore::name);
    names.collect::<Vec<_>>().join(", ")
}
