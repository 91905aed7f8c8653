//! Every metric, named once. A metric of texts is a line here and a file of its own, which says all
//! that is to know of it: name, direction, range, needs, settings, and the counts that its score follows
//! from. Commands, tables and reports read this list.
//!
//! ```
//! use story_metrics::list::{self, TextScore};
//!
//! assert_eq!(TextScore::named("chrf++").map(TextScore::name), Some("chrf++"));
//! assert!(list::all().all(|info| list::find(info.id) == Some(info)));
//! ```

use crate::metric::{MetricInfo, Need};
use crate::texts::TextVisitor;
use crate::{
    bleu, calibration, centred, chrf, classification, clip_score, coco, decisions, detection,
    distinct, kid, language, length, meteor, picture, retrieval, rouge, self_bleu, sharpness,
    vectors,
};

/// Declares the metrics of texts: a name of the enum and the metric's entry.
macro_rules! texts {
    ($($variant:ident = $entry:path;)+) => {
        /// A metric of texts, or several that are counted together, as it is asked for by name.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum TextScore {
            $(
                #[doc = concat!("`", stringify!($entry), "`.")]
                $variant,
            )+
        }

        impl TextScore {
            /// All of them, in the order of tables.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// By which it is asked for, such as `bleu` or `coco-bleu`.
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $entry.name,)+ }
            }

            /// What it is, in a line.
            pub fn summary(self) -> &'static str {
                match self { $(Self::$variant => $entry.summary,)+ }
            }

            /// What it cannot be computed without.
            pub fn needs(self) -> &'static [Need] {
                match self { $(Self::$variant => $entry.needs(),)+ }
            }

            /// The metrics that it gives.
            pub fn metrics(self) -> Vec<&'static MetricInfo> {
                match self { $(Self::$variant => $entry.scores.iter().map(|it| &it.info).collect(),)+ }
            }

            /// Does something with it.
            pub fn visit<V: TextVisitor>(self, visitor: V) -> V::Output {
                match self { $(Self::$variant => visitor.visit(&$entry),)+ }
            }
        }
    };
}

texts! {
    Bleu = bleu::BLEU;
    Chrf = chrf::CHRF;
    ChrfPlusPlus = chrf::CHRF_PLUS_PLUS;
    CocoBleu = coco::COCO_BLEU;
    Rouge1 = rouge::ROUGE_1;
    Rouge2 = rouge::ROUGE_2;
    RougeL = rouge::ROUGE_L;
    RougeLsum = rouge::ROUGE_LSUM;
    CocoRougeL = coco::COCO_ROUGE_L;
    Meteor = meteor::METEOR;
    Meteor15 = meteor::METEOR_15;
    CocoMeteor = meteor::COCO_METEOR;
    Cider = coco::CIDER;
    CiderD = coco::CIDER_D;
    Distinct = distinct::DISTINCT;
    SelfBleu = self_bleu::SELF_BLEU;
    LengthRatio = length::LENGTH_RATIO;
}

impl TextScore {
    /// The one of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|score| score.name() == name)
    }
}

/// Metrics of one kind of answers.
#[derive(Debug, Clone, PartialEq)]
pub struct Family {
    /// What is scored, such as `texts`.
    pub of: &'static str,
    /// In the order of tables.
    pub metrics: Vec<&'static MetricInfo>,
}

/// Every metric, by what it scores.
pub fn families() -> Vec<Family> {
    let texts = TextScore::ALL.iter().flat_map(|score| score.metrics()).collect();
    let detection = detection::DETECTION.iter().map(|score| &score.info).collect();
    let [r1, r5, r10] = retrieval::RECALL;
    vec![
        Family { of: "texts", metrics: texts },
        family(
            "tokens",
            [&language::PERPLEXITY.info, &language::TOP_1.info, &language::TOP_5.info],
        ),
        family(
            "pictures",
            [&picture::MSE, &picture::PSNR, &picture::SSIM, &sharpness::SHARPNESS, &kid::KID],
        ),
        family(
            "vectors",
            [
                &vectors::COSINE,
                &centred::CENTRED_COSINE,
                &clip_score::CLIP_SCORE,
                &clip_score::REF_CLIP_SCORE,
            ],
        ),
        family(
            "ranks",
            [r1, r5, r10, &retrieval::MRR, &retrieval::MEDIAN_RANK, &retrieval::MEAN_RANK],
        ),
        family(
            "decisions",
            [
                &classification::ACCURACY.info,
                &decisions::ROC_AUC.info,
                &classification::BALANCED_ACCURACY.info,
                &classification::PRECISION.info,
                &classification::RECALL.info,
                &classification::F1.info,
                &classification::MACRO_PRECISION.info,
                &classification::MACRO_RECALL.info,
                &classification::MACRO_F1.info,
                &decisions::AVERAGE_PRECISION.info,
                &calibration::BRIER,
                &calibration::LOG_LOSS,
                &calibration::ECE,
            ],
        ),
        Family { of: "boxes", metrics: detection },
    ]
}

fn family<const N: usize>(of: &'static str, metrics: [&'static MetricInfo; N]) -> Family {
    Family { of, metrics: metrics.into() }
}

/// Every metric.
pub fn all() -> impl Iterator<Item = &'static MetricInfo> {
    families().into_iter().flat_map(|family| family.metrics)
}

/// The metric of this id.
pub fn find(id: &str) -> Option<&'static MetricInfo> {
    all().find(|info| info.id == id)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::texts::{Reads, Segment, TextEntry, TextMetric, TextOptions};
    use std::collections::BTreeSet;

    #[test]
    fn names_are_unique_and_say_something() {
        let mut ids = BTreeSet::new();
        for info in all() {
            assert!(ids.insert(info.id), "{} is there twice", info.id);
            assert!(!info.name.is_empty() && !info.summary.is_empty(), "{}", info.id);
            let allowed =
                |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "-.@+".contains(c);
            assert!(info.id.chars().all(allowed), "{}: also a column of a CSV file", info.id);
        }
        let names: BTreeSet<_> = TextScore::ALL.iter().map(|score| score.name()).collect();
        assert_eq!(names.len(), TextScore::ALL.len());
    }

    /// Holds a metric to what its entry says of it.
    struct Conforms;

    impl TextVisitor for Conforms {
        type Output = ();

        fn visit<M: TextMetric>(self, entry: &'static TextEntry<M>) {
            let Ok(empty) = (entry.build)(&TextOptions::default()) else {
                assert!(entry.needs().contains(&Need::DataFiles), "{}", entry.name);
                return;
            };
            let references = ["the fox ran home today".to_string(), "a fox".to_string()];
            let texts = [Some("the fox ran away"), None, Some(""), Some("a fox"), Some("a boat")];
            let segments: Vec<Segment<'_>> =
                texts.map(|candidate| Segment::new(candidate, &references)).into();
            let mut whole = empty.clone();
            let units = whole.read(&segments);
            let expected = if entry.reads == Reads::AllTogether { 0 } else { segments.len() };
            assert_eq!(units.len(), expected, "{}", entry.name);
            assert_eq!((whole.count(), whole.missing()), (5, 1), "{}", entry.name);

            let (mut left, mut right) = (empty.clone(), empty.clone());
            left.read(&segments[..2]);
            right.read(&segments[2..]);
            left.join(&right);
            assert!(entry.scores.iter().any(|score| score.info == *empty.info()), "{}", entry.name);
            for score in entry.scores {
                let name = score.info.id;
                assert_eq!(score.info.needs, entry.needs(), "{name}");
                assert_eq!(score.measured(&empty).value, None, "{name}: nothing was read");
                let [one, other] = [&whole, &left].map(|metric| score.measured(metric));
                let value = one.value.unwrap_or_else(|| panic!("{name} is defined"));
                assert!(one.range.contains(value), "{name}: {value}");
                let apart = value - other.value.unwrap_or_else(|| panic!("{name} is defined"));
                assert!(apart.abs() < 1e-12, "{name}: shards merge, {apart}");
                assert_eq!(one.signature, other.signature, "{name}");
                assert!(one.signature.get("version").is_some(), "{name}");
            }
        }
    }

    #[test]
    fn every_metric_of_texts_does_what_its_entry_says() {
        TextScore::ALL.iter().for_each(|score| score.visit(Conforms));
    }
}
