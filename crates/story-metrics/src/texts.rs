//! What metrics of texts have in common: what they read, how their counts come about, and how somebody
//! does the same with any of them ([`TextVisitor`]). The metrics themselves are listed in [`crate::list`].

use crate::bleu::Casing;
use crate::coco::{Captions, CiderDocuments};
use crate::error::{MetricError, Result};
use crate::meteor::MeteorData;
use crate::metric::{Measurement, Metric, MetricInfo, Need, Score};
use crate::signature::Signature;
use crate::statistic::Counted;
use crate::wordnet::WordNet;
use std::sync::{Arc, OnceLock};

/// A text with its references.
#[derive(Debug)]
pub struct Segment<'a> {
    /// The text; `None` where the answer is missing.
    pub candidate: Option<&'a str>,
    /// What it should have been; empty where only the variety of texts is asked for.
    pub references: &'a [String],
    form: Form,
    captions: OnceLock<Captions>,
}

/// How a segment's texts are given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    /// As people write.
    Written,
    /// As COCO's tokens with blanks between them.
    Tokens,
}

impl<'a> Segment<'a> {
    /// A text with its references.
    pub fn new(candidate: Option<&'a str>, references: &'a [String]) -> Self {
        Self { candidate, references, form: Form::Written, captions: OnceLock::new() }
    }

    /// Texts that COCO's tokenizer has read, tokens with blanks between them; other metrics take them as
    /// they are.
    pub fn tokenized(candidate: Option<&'a str>, references: &'a [String]) -> Self {
        Self { form: Form::Tokens, ..Self::new(candidate, references) }
    }

    /// COCO's tokens of both, made when they are first asked for.
    ///
    /// # Errors
    /// If there is no reference.
    pub fn captions(&self) -> Result<&Captions> {
        if let Some(captions) = self.captions.get() {
            return Ok(captions);
        }
        let captions = match self.form {
            Form::Written => Captions::new(self.candidate, self.references)?,
            Form::Tokens => Captions::of_tokens(self.candidate, self.references)?,
        };
        Ok(self.captions.get_or_init(|| captions))
    }
}

/// How many references the texts have, as signatures tell it: `2`, `var` where it varies, `0` before
/// the first text.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct ReferenceCount(Option<(usize, usize)>);

impl ReferenceCount {
    /// Counts one text.
    pub fn add(&mut self, references: usize) {
        self.merge(Self(Some((references, references))));
    }

    /// Counts the texts of another shard.
    pub fn merge(&mut self, other: Self) {
        self.0 = match (self.0, other.0) {
            (Some((low, high)), Some((fewest, most))) => Some((low.min(fewest), high.max(most))),
            (one, other) => one.or(other),
        };
    }
}

impl std::fmt::Display for ReferenceCount {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.0 {
            Some((fewest, most)) if fewest == most => write!(f, "{fewest}"),
            Some(_) => f.write_str("var"),
            None => f.write_str("0"),
        }
    }
}

/// What a metric of texts may draw on. The default is that of [`crate::Bleu`] and no data.
#[derive(Debug, Clone, Default)]
pub struct TextOptions {
    /// Whether case matters, for metrics that leave it open.
    pub casing: Casing,
    /// Synonyms, for NLTK's METEOR.
    pub wordnet: Option<Arc<WordNet>>,
    /// What METEOR 1.5 knows of English.
    pub meteor: Option<Arc<MeteorData>>,
    /// Documents in which CIDEr counts n-grams; `None` for the references of the texts themselves.
    pub documents: Option<Arc<CiderDocuments>>,
}

impl TextOptions {
    pub(crate) fn meteor(&self) -> Result<Arc<MeteorData>> {
        self.meteor.clone().ok_or(MetricError::Setting {
            setting: "METEOR's data",
            expected: "those of `MeteorData`",
            found: "none".to_string(),
        })
    }
}

/// How the counts of texts come about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reads {
    /// Each text by itself: shards may be read apart and merged.
    EachText,
    /// Each text against all the others, so all are read at once.
    EachAmongAll,
    /// All texts have one score and none has counts of its own. It changes with their number, so that
    /// drawing texts says nothing: there is no interval.
    AllTogether,
}

/// A metric that reads texts.
pub trait TextMetric: Metric + Clone + Send + Sync {
    /// Reads texts, and gives the counts of each in their order; none for [`Reads::AllTogether`].
    fn read(&mut self, segments: &[Segment<'_>]) -> Vec<Result<Self::Stats>>;

    /// Adds the texts of another shard that was read with the same settings.
    fn join(&mut self, other: &Self);

    /// The settings behind one of its scores.
    fn signature_of(&self, _info: &MetricInfo) -> Signature {
        self.signature()
    }
}

/// A metric of texts as it stands in the list: its name, its scores, how it is made.
#[derive(Debug)]
pub struct TextEntry<M: TextMetric> {
    /// By which it is asked for, such as `bleu` or `coco-bleu`.
    pub name: &'static str,
    /// What it is, in a line.
    pub summary: &'static str,
    /// How its counts come about.
    pub reads: Reads,
    /// What follows from them, at least one.
    pub scores: &'static [Score<M::Stats>],
    /// An empty one.
    pub build: fn(&TextOptions) -> Result<M>,
}

impl<M: TextMetric> TextEntry<M> {
    /// What none of its scores can be computed without.
    pub fn needs(&self) -> &'static [Need] {
        self.scores[0].info.needs
    }
}

impl<S: Counted> Score<S> {
    /// The value that a metric's counts have.
    pub fn measured<M: TextMetric<Stats = S>>(&self, metric: &M) -> Measurement {
        let (stats, info) = (metric.stats(), &self.info);
        let units = (metric.count(), metric.missing());
        info.measurement((self.of)(stats), units, metric.signature_of(info))
    }
}

/// What is done with a metric, whichever it is: a closure that is generic in the metric.
///
/// ```
/// use story_metrics::list::TextScore;
/// use story_metrics::{MetricError, Segment, TextEntry, TextMetric, TextOptions, TextVisitor};
///
/// /// The scores of some texts, by name.
/// struct Values<'a>(&'a [Segment<'a>]);
///
/// impl TextVisitor for Values<'_> {
///     type Output = Result<Vec<(String, Option<f64>)>, MetricError>;
///
///     fn visit<M: TextMetric>(self, entry: &'static TextEntry<M>) -> Self::Output {
///         let mut metric = (entry.build)(&TextOptions::default())?;
///         metric.read(self.0).into_iter().collect::<Result<Vec<_>, _>>()?;
///         let rows = entry.scores.iter().map(|score| score.measured(&metric));
///         Ok(rows.map(|row| (row.name, row.value)).collect())
///     }
/// }
///
/// let references = ["the fox ran home".to_string()];
/// let texts = [Segment::new(Some("the fox ran away"), &references)];
/// let values = TextScore::named("rouge-1").expect("it is in the list").visit(Values(&texts))?;
/// assert_eq!(values, [("rouge-1".to_string(), Some(0.75))]);
/// # Ok::<(), MetricError>(())
/// ```
pub trait TextVisitor {
    /// What comes of it.
    type Output;

    /// Called with the metric's place in the list.
    fn visit<M: TextMetric>(self, entry: &'static TextEntry<M>) -> Self::Output;
}
