//! Everything between encoders and a finished run: the sequence models, the text and picture
//! decoders, the embedding head, the model that wires them, its objective, the optimizer, the
//! trainer, checkpoints, generation and teacher-forced scores.
//!
//! The way through: [`StoryModel`] reads a batch's context; [`ObjectiveConfig`] turns what it says
//! into named losses; [`Trainer`] runs them to the end over a [`BatchSource`] and keeps a
//! [`Checkpoint`]; [`generate`] tells the next text. Sequence models and decoders are closed sets
//! of parts: a new one is one file and one line in `mod.rs` beside it, and the conformance tests
//! run over it.

mod check;
pub mod checkpoint;
pub mod embedding_head;
pub mod encoders;
pub mod generate;
pub mod image_decoder;
pub mod model;
pub mod objective;
pub mod optimizer;
mod recurrent;
pub mod schedule;
pub mod score;
pub mod seal;
pub mod sequence;
pub mod text_decoder;
pub mod trainer;

pub use checkpoint::{Base, Best, Checkpoint, Difference, Progress, State, differences};
pub use embedding_head::{
    EmbeddingHeadConfig, EmbeddingLoss, EmbeddingTarget, NextPicture, Novelty, Predict, Space,
};
pub use encoders::{EncoderSlot, Encoders};
pub use generate::{Candidate, Candidates, GenerateConfig, Start, Strategy, Utility};
pub use image_decoder::{ConvTransposeConfig, ImageDecoderConfig, LatentConfig, MixtureConfig};
pub use model::{Inputs, ModelConfig, ModelDims, Opened, StoryModel, TEXT_DECODER};
pub use objective::{AlignedFrames, Losses, ObjectiveConfig};
pub use schedule::Schedule;
pub use score::TokenScore;
pub use sequence::{
    AttentionPoolSequenceConfig, GruSequenceConfig, LstmSequenceConfig, MeanSequenceConfig,
    SequenceModelConfig, Summary, TransformerSequenceConfig,
};
pub use text_decoder::{
    DrawnWeights, GruTextDecoderConfig, LanguageModel, LanguageModelConfig, LanguageModelDecoder,
    LanguageModelSizes, LanguageModelWeights, LookBack, LoraConfig, LoraMatrix, OutputWeights,
    PeftBase, PicturesConfig, PicturesGiven, PromptBoundary, TextDecoderConfig, TrainingMemory,
    Trains, TransformerTextDecoderConfig,
};
pub use trainer::{
    BatchSource, Batches, Ending, Flow, Keep, Observer, Select, StepRecord, TrainConfig, Trainer,
    ValidationRecord,
};
