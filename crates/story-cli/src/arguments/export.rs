//! Arguments of `story export`.

use clap::{Args, Subcommand};
use std::path::PathBuf;

/// What to write.
#[derive(Args)]
pub struct ExportedArguments {
    #[command(subcommand)]
    pub what: Export,
    /// Print one JSON document to stdout.
    #[arg(long, global = true)]
    pub json: bool,
}

#[derive(Subcommand)]
pub enum Export {
    /// A language model's low-rank parts (LoRA) as PEFT of Hugging Face reads them: adapter_config.json
    /// and adapter_model.safetensors. The language model itself is not needed.
    Peft(PeftArguments),
}

#[derive(Args)]
pub struct PeftArguments {
    /// The run folder or checkpoint folder; by default the newest finished run under --results.
    #[arg(long, value_name = "RUN")]
    pub run: Option<PathBuf>,
    /// Where run folders lie.
    #[arg(long, default_value = "results", value_name = "FOLDER")]
    pub results: PathBuf,
    /// The folder to write, which is made.
    #[arg(long, value_name = "FOLDER")]
    pub output: PathBuf,
}
