//! The scores of the COCO caption evaluation (Chen et al. 2015, "Microsoft COCO Captions: Data
//! Collection and Evaluation Server", arXiv 1504.00325), equal to the Python package
//! `pycocoevalcap` without its Java process: BLEU-1 to 4, ROUGE-L, CIDEr-D, and the plain CIDEr of
//! the paper.
//!
//! Texts are tokenised once ([`Captions`]) by [`crate::ptb::tokenize_coco`] and then read by any of the
//! metrics.

mod bleu;
mod captions;
mod cider;
mod documents;
mod rouge;
mod tfidf;

pub use bleu::{COCO_BLEU, CocoBleu, coco_bleu};
pub use captions::Captions;
pub use cider::{CIDER, CIDER_D, Cider, CiderKind, CiderStats, SIGMA};
pub use documents::CiderDocuments;
pub use rouge::{BETA, COCO_ROUGE_L, CocoRougeL, coco_rouge_l};
