//! Judging whether pictures and texts belong together: from a config to a trained judge, and its
//! answers.

mod answer;
mod basis;
mod bound;
pub mod config;
mod decider;
mod detector;
mod embedder;
mod evidence;
#[cfg(test)]
mod fairness;
mod few_numbers;
mod fitting;
pub mod labels;
mod opened;
mod outcome;
mod parts;
mod records;
mod request;
mod right;
mod session;
mod trained;

pub use answer::{Answer, ClaimAnswer, Signals};
pub use basis::Share;
pub use decider::Verdict;
pub use decider::{BUILT_IN_CONFIG, Decider};
pub use evidence::SIGNALS;
pub use opened::OpenedJudge;
pub use outcome::{JudgeAnswer, Outcome};
pub use session::Session;
pub use trained::TrainedJudge;
