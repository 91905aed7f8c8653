#![doc = include_str!("../README.md")]

pub mod bleu;
pub mod bootstrap;
pub mod classification;
pub mod clusters;
pub mod coco;
pub mod distinct;
pub mod error;
mod hash;
pub mod interval;
pub mod language;
pub mod metric;
mod ngrams;
pub mod picture;
pub mod ptb;
mod random;
pub mod rank;
pub mod retrieval;
pub mod rouge;
pub mod self_bleu;
pub mod ssim;
pub mod statistic;
pub mod tokenize;
pub mod vectors;

pub use bleu::{Bleu, BleuConfig, BleuStats, sentence_bleu};
pub use bootstrap::{BootstrapConfig, bootstrap, paired_bootstrap};
pub use classification::Confusion;
pub use clusters::Clusters;
pub use coco::{
    Captions, Cider, CiderKind, CiderStats, CocoBleu, CocoRougeL, coco_bleu, coco_rouge_l,
};
pub use distinct::{DiversityStats, LengthRatio};
pub use error::{MetricError, Result};
pub use interval::{Interval, PairedInterval};
pub use language::{Perplexity, TopK};
pub use metric::{Direction, Measurement, Metric, Range};
pub use picture::{PictureShape, PictureStats, UNIT_RANGE, mse, psnr};
pub use rank::Rank;
pub use retrieval::{RetrievalRow, RetrievalStats};
pub use rouge::{Rouge, RougeKind, RougeScore, RougeStats, rouge};
pub use self_bleu::{SelfBleu, SelfBleuStats};
pub use ssim::ssim;
pub use statistic::{MeanStats, Statistic};
pub use vectors::{MeanCosine, cosine};
