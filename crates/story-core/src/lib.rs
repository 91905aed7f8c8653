//! The shared language of StoryReasoning: what a story is, what flows between the parts of a
//! model, which parts there are, and how their parameters are named, seeded and stored.
//!
//! Axis letters, the same in every crate: `B` windows in a batch, `T` context frames, `L` tokens,
//! `V` vocabulary, `H`, `W` pixels, `D` width. Tensors are f32, batch first, channels first;
//! pixels are in 0..1 before normalisation; a mask is 1 where a value is real and 0 where it pads.

pub mod batch;
pub mod conformance;
mod context_pictures;
pub mod device;
pub mod domain;
pub mod error;
pub mod geometry;
pub mod layers;
pub mod losses;
mod misfits;
pub mod params;
pub mod parts;
pub mod pass;
pub mod prompt;
pub mod registry;
pub mod rng;
pub mod tensor_file;
pub mod tensors;
pub mod text_states;
pub mod vocabulary;

pub use batch::Batch;
pub use context_pictures::{ContextPictures, ShownPictures};
pub use domain::{Entity, EntityId, EntityKind, Frame, Mention, MentionKind, Narrative, Story};
pub use error::{Error, Result};
pub use geometry::BoundingBox;
pub use misfits::Misfits;
pub use params::ParamStore;
pub use parts::{
    DecoderState, Fusion, ImageDecoder, ImageEncoder, Painted, SequenceModel, TextDecoder,
    TextEncoder,
};
pub use pass::Pass;
pub use prompt::{Prompt, PromptPictures, Telling};
pub use tensors::{Context, ContextWords, FrameEmbeddings, Generated, Prediction};
pub use text_states::{CopyStates, TextStates};
pub use vocabulary::Vocabulary;
