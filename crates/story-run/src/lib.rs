//! What a user does with a run, as a library: open it, train, evaluate, predict, judge, compare,
//! ablate, score. Nothing here prints, reads the environment or listens to signals: the program around
//! brings a [`Host`].
//!
//! | module | does |
//! |---|---|
//! | [`opened`], [`predictor`] | a trained run that is asked: vectors, the next text, the next picture |
//! | [`train`], [`mod@evaluate`] | from a config to a run's folder with scores and report |
//! | [`mod@ablate`], [`mod@compare`] | configs with their seeds, or runs beside a first one, on the same stories |
//! | [`mod@runs`] | which runs there are |
//! | [`mod@score`] | any texts, without a model |
//! | [`mod@export`] | a run's low-rank parts for PEFT |
//! | [`judge`] | do a picture and a text belong together, and which phrase does not fit |
//! | [`own`] | the user's own stories in the place of a config's |
//! | [`config`], [`corpus`], [`reading`], [`audit`] | what all of them begin with |
//!
//! ```no_run
//! use story_run::{Host, OpenedRun, Predictor};
//!
//! let folder = "results/runs/quickstart-20260101-120000".as_ref();
//! let predictor = Predictor::new(OpenedRun::open(folder, &[], &Host::silent())?);
//! let vectors = predictor.embed_texts(&["Lea has a kite.", "The wind takes it."])?;
//! assert_eq!(vectors.len(), 2);
//! # Ok::<(), story_run::Error>(())
//! ```

pub mod ablate;
pub mod audit;
mod batches;
mod casing;
pub mod compare;
pub mod config;
pub mod corpus;
mod decoding;
mod error;
pub mod evaluate;
mod evaluation;
pub mod export;
mod foreign;
pub mod frozen;
mod host;
pub mod json_path;
pub mod judge;
mod language;
mod machine;
mod memory;
mod network;
pub mod opened;
pub mod own;
mod painting;
pub mod pictures;
mod pool;
mod prediction;
pub mod predictor;
pub mod reading;
pub mod run_folder;
pub mod runs;
pub mod score;
mod stop;
pub mod train;
mod utc_time;
mod vectors;

pub use config::Config;
pub use corpus::Corpus;
pub use decoding::{Continuation, Teller, Told};
pub use error::{Context, Error, Result};
pub use host::{Bar, Host, Lookup, Progress};
pub use language::Language;
pub use network::Network;
pub use opened::OpenedRun;
pub use pool::{NearFrame, Pool};
pub use prediction::Foretold;
pub use predictor::{Predictor, StorySoFar};
pub use run_folder::RunFolder;
pub use stop::{Phase, Request, Stop, evaluate_later};
