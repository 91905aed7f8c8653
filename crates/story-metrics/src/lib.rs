#![doc = include_str!("../README.md")]

pub mod bleu;
pub mod bootstrap;
pub mod classification;
pub mod clusters;
pub mod distinct;
pub mod error;
pub mod interval;
pub mod language;
pub mod meteor;
pub mod metric;
mod ngrams;
pub mod picture;
mod random;
pub mod rank;
mod resource;
pub mod retrieval;
pub mod rouge;
pub mod ssim;
pub mod statistic;
pub mod stem;
pub mod tokenize;
pub mod vectors;
pub mod wordnet;

pub use bleu::{Bleu, BleuConfig, BleuStats, sentence_bleu};
pub use bootstrap::{BootstrapConfig, bootstrap, paired_bootstrap};
pub use classification::Confusion;
pub use clusters::Clusters;
pub use distinct::{DiversityStats, LengthRatio};
pub use error::{MetricError, Result};
pub use interval::{Interval, PairedInterval};
pub use language::{Perplexity, TopK};
pub use meteor::{
    Meteor, MeteorData, MeteorStage, MeteorStats, MeteorWords, NltkMeteor, nltk_meteor,
};
pub use metric::{Direction, Measurement, Metric, Range};
pub use picture::{PictureShape, PictureStats, UNIT_RANGE, mse, psnr};
pub use rank::Rank;
pub use retrieval::{RetrievalRow, RetrievalStats};
pub use rouge::{Rouge, RougeKind, RougeScore, RougeStats, rouge};
pub use ssim::ssim;
pub use statistic::{MeanStats, Statistic};
pub use vectors::{MeanCosine, cosine};
pub use wordnet::WordNet;
