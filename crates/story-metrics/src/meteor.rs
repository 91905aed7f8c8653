//! METEOR in the two forms that published numbers rest on: METEOR 1.5 ([`Meteor`], Denkowski and Lavie
//! 2014, as image captioning reports it), and NLTK's ([`NltkMeteor`], after Banerjee and Lavie 2005).
//! Their values are not comparable.

mod align;
mod bits;
mod corpus;
mod data;
mod lexicon;
mod matches;
mod nltk;
mod normalize;
mod paraphrases;
mod source;
mod stats;
mod synonyms;
mod table;
mod words;

pub use corpus::{COCO_METEOR, MAX_SEARCHED_WORDS, METEOR_15, Meteor};
pub use data::MeteorData;
pub use matches::MeteorStage;
pub use nltk::{METEOR, NltkMeteor, nltk_meteor};
pub use stats::{MeteorStats, SideCounts, WordCounts};
pub use words::MeteorWords;
