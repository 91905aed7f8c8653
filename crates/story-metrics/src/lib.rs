#![doc = include_str!("../README.md")]

mod assignment;
pub mod bleu;
pub mod bootstrap;
pub mod calibration;
pub mod centred;
pub mod chrf;
pub mod classification;
pub mod clip_score;
pub mod clusters;
pub mod coco;
pub mod decisions;
pub mod detection;
pub mod distinct;
pub mod error;
pub mod grounding;
mod hash;
pub mod holm;
pub mod interval;
pub mod kid;
pub mod language;
pub mod length;
pub mod list;
mod markup;
#[cfg(feature = "parallel")]
pub mod measure;
pub mod meteor;
pub mod metric;
mod ngrams;
#[cfg(feature = "parallel")]
pub mod paired;
pub mod picture;
mod precision_recall;
pub mod pronouns;
pub mod ptb;
pub mod random;
pub mod randomisation;
pub mod rank;
mod resource;
pub mod retrieval;
pub mod rouge;
mod score_counts;
pub mod self_bleu;
pub mod sharpness;
pub mod signature;
pub mod ssim;
pub mod statistic;
pub mod stem;
pub mod tags;
pub mod texts;
pub mod tokenize;
pub mod vectors;
mod vocabulary;
pub mod wordnet;

pub use bleu::{Bleu, BleuConfig, BleuStats, sentence_bleu};
pub use bootstrap::{BootstrapConfig, bootstrap, paired_bootstrap};
pub use calibration::{CalibrationStats, ReliabilityRow};
pub use centred::{CentredCosine, MeanVector, centred_cosine};
pub use chrf::{Chrf, ChrfKind, ChrfStats};
pub use classification::Confusion;
pub use clip_score::{ClipScoreStats, clip_score, ref_clip_score};
pub use clusters::Clusters;
pub use coco::{
    Captions, Cider, CiderDocuments, CiderKind, CiderStats, CocoBleu, CocoRougeL, coco_bleu,
    coco_rouge_l,
};
pub use decisions::{DecisionPoint, DecisionStats, Truth};
pub use detection::{Area, DetectedBox, DetectionStats, Overlap, ReferenceBox, ReferenceKind};
pub use distinct::DiversityStats;
pub use error::{MetricError, Result};
pub use grounding::{
    Answer, Compat, EntityKind, GroundedEntity, GroundingStats, IdentityStats, Region,
};
pub use holm::holm;
pub use interval::{Interval, PairedInterval};
pub use kid::{Features, Kid, KidConfig, kid};
pub use language::{Perplexity, TopK};
pub use length::LengthRatio;
pub use list::TextScore;
pub use meteor::{
    Meteor, MeteorData, MeteorStage, MeteorStats, MeteorWords, NltkMeteor, nltk_meteor,
};
pub use metric::{Direction, Measurement, Metric, MetricInfo, Need, Range, Score, Shown};
pub use picture::{PictureShape, PictureStats, UNIT_RANGE, mse, psnr};
pub use pronouns::PronounStats;
pub use randomisation::{RandomisationConfig, RandomisationTest, approximate_randomisation};
pub use rank::Rank;
pub use retrieval::{RetrievalRow, RetrievalStats};
pub use rouge::{Rouge, RougeKind, RougeScore, RougeStats, rouge};
pub use self_bleu::{SelfBleu, SelfBleuStats};
pub use sharpness::sharpness;
pub use signature::Signature;
pub use ssim::ssim;
pub use statistic::{Counted, MeanStats, Statistic};
pub use tags::{TagFault, TagKind, TagStats};
pub use texts::{Reads, Segment, TextEntry, TextMetric, TextOptions, TextVisitor};
pub use vectors::{MeanCosine, cosine};
pub use wordnet::WordNet;
