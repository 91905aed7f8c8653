//! The arguments of `story encode`.

use super::common::{Common, Configured};
use clap::{Args, Subcommand};
use std::num::NonZeroUsize;
use std::path::PathBuf;

#[derive(Args)]
pub struct EncodeArguments {
    #[command(subcommand)]
    pub what: Encode,
}

#[derive(Subcommand)]
pub enum Encode {
    /// Pictures to vectors.
    Images(VectorArguments),
    /// Texts to vectors, a line a text.
    Text(TextArguments),
    /// A config's stories into the cache of frozen features, ahead of training.
    Corpus(EncodeCorpusArguments),
    /// Prove loaded weights by published numbers: distilbert, clip or resnet50.
    SelfTest(SelfTestArguments),
}

/// A published encoder and where its weights come from.
#[derive(Args)]
pub struct EncoderOptions {
    /// A published encoder of pictures or of texts, such as mobilenet-v2 or minilm; `story list
    /// encoders` shows all.
    #[arg(long, value_name = "NAME")]
    pub encoder: String,
    /// A file or folder, or OWNER/NAME on the Hub, with @REVISION behind it or `main`; by default
    /// the published ones.
    #[arg(long, value_name = "PATH")]
    pub weights: Option<String>,
    /// Change one value of the encoder's own config, such as pooling=cls; may be given again.
    #[arg(long = "set", value_name = "KEY=VALUE")]
    pub patches: Vec<String>,
}

#[derive(Args)]
pub struct VectorArguments {
    #[command(flatten)]
    pub common: Common,
    #[command(flatten)]
    pub encoder: EncoderOptions,
    /// Pictures, or files with a text a line.
    #[arg(long, num_args = 1.., value_name = "FILE", required = true)]
    pub input: Vec<PathBuf>,
    /// Where the vectors go, in the order of the input: FILE.npy, an array (N, D), or
    /// FILE.safetensors, with the tensor `embeddings` (N, D).
    #[arg(long, value_name = "FILE")]
    pub output: PathBuf,
    /// Scale each vector to length 1; by default as a sentence-transformers folder says, else no.
    #[arg(long, value_parser = ["yes", "no"])]
    pub normalize: Option<String>,
    /// Pictures or texts encoded at once.
    #[arg(long, default_value = "16", value_name = "N")]
    pub batch: NonZeroUsize,
    /// The seed of numbers that published weights do not bring.
    #[arg(long, default_value_t = 0, value_name = "N")]
    pub seed: u64,
}

#[derive(Args)]
pub struct TextArguments {
    #[command(flatten)]
    pub vectors: VectorArguments,
    /// The tokenizer, a file or folder; by default the one beside the weights.
    #[arg(long, value_name = "PATH")]
    pub tokenizer: Option<PathBuf>,
    /// Most tokens of a text, specials included; by default all that the encoder can read, at most 256.
    #[arg(long, value_name = "N")]
    pub tokens: Option<usize>,
}

#[derive(Args)]
pub struct EncodeCorpusArguments {
    #[command(flatten)]
    pub common: Common,
    #[command(flatten)]
    pub configured: Configured,
}

#[derive(Args)]
pub struct SelfTestArguments {
    #[command(flatten)]
    pub common: Common,
    #[command(flatten)]
    pub encoder: EncoderOptions,
    /// clip, resnet50: COCO's picture 000000039769.
    #[arg(long, num_args = 1.., value_name = "FILE")]
    pub input: Vec<PathBuf>,
    /// clip: the tokenizer, a file or folder; by default the one beside the weights.
    #[arg(long, value_name = "PATH")]
    pub tokenizer: Option<PathBuf>,
}
