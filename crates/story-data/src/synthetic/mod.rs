//! The synthetic world: an embedded corpus in the StoryReasoning form whose next step can be
//! foreseen up to a stated entropy, and whose best reachable scores are computed exactly.
//!
//! ```text
//! (seed, split, index) -> Plan (hidden state) -> sentences -> texts with tags  \
//!                                             -> scenes -> pictures with boxes -> Record
//!                                             -> oracle -> NextStep -> OracleBounds
//! ```
//!
//! A hero starts at one place, crosses a second with a friend and meets the outcome at a third.
//! Two things must be noticed on the way: the goal (step 2) and a clue (step 3), each told, shown
//! or both ([`ChannelShares`], equally likely by default), so that neither words nor pictures suffice. Step 5 follows from the first four but for
//! the outcome, which is the clue's with probability [`CLUE_TRUST`], and the telling, one of
//! [`TELLINGS`] with probabilities [`TELLING_SHARES`]:
//!
//! ```text
//! H(scene 5 | steps 1-4) = H(0.9, 0.1)                   = 0.469 bits
//! H(text 5  | steps 1-4) = 0.469 + H(0.6, 0.3, 0.1)      = 1.764 bits
//! H(text t  | steps t-4..t-1) = H(0.6, 0.3, 0.1)         = 1.295 bits   for t = 6, 7, 8
//! ```
//!
//! The train and the test split share every place, character, object, plot and sentence, and
//! every pair of them, but no conjunction of plot, hero, friend and object.
//!
//! ```
//! use story_data::synthetic::{SyntheticSource, next_step};
//! use story_data::{Split, StorySource};
//!
//! let mut source = SyntheticSource::new(7, Split::Train, 100);
//! let record = source.next_record().expect("100 stories")?;
//! let (story, diagnostics) = record.parse();
//! assert!(diagnostics.is_empty());
//! let next = next_step(7, Split::Train, 0);
//! assert_eq!(next.target_text, story.frames[4].text);
//! # Ok::<(), story_data::Error>(())
//! ```
//!
//! `cargo run -p story-data --example contact_sheet` draws some stories.

mod bounds;
mod canvas;
mod channels;
mod figures;
mod marks;
mod objects;
mod oracle;
mod picture;
mod places;
mod plan;
mod sentences;
mod shape;
mod source;
mod story;
mod tell;
mod world;

pub use bounds::{OracleBounds, retrieval_recall, retrieval_reciprocal_rank};
pub use canvas::SIDE;
pub use channels::{ChannelShares, World};
pub use oracle::{Candidate, NextStep, Sees, entropy_bits, next_step, next_step_from_words};
pub use picture::{Picture, Thing};
pub use plan::{CLUE_TRUST, Condition, Mark, OUTCOME_STEP, Plan, STEPS, Scene};
pub use sentences::{TELLING_SHARES, TELLINGS};
pub use source::SyntheticSource;
pub use story::SyntheticStory;
pub use world::{Channel, Character, Color, Luck, Object, Place, Plot, Time};
