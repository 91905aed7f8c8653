//! Arguments of `story fetch`.

use clap::{Args, Subcommand};
use std::path::PathBuf;
use story_hub::corpora::african_storybook::Places;
use story_hub::corpora::story_reasoning::SPLITS;
use story_hub::detectors::{DETECTORS, DetectorWeights};
use story_hub::published::{Published, all};

/// The help of `story fetch models`, with the names of all published networks.
fn names() -> String {
    let mut out = String::from(
        "A config's weights are fetched, those of its bases too: it then runs with \
         HF_HUB_OFFLINE=1.\n\nExamples:\n  story fetch models mobilenet-minilm \
         --dry-run\n  story fetch models resnet18 minilm yolox-nano\n  story fetch models \
         openai/clip-vit-base-patch32 --revision main\n\nNames:\n",
    );
    for network in all() {
        let Published { name, repository, megabytes, .. } = network;
        let licence = if network.licence.is_empty() { "see its card" } else { network.licence };
        out.push_str(&format!("  {name:13} {repository} ({megabytes} MB, {licence})\n"));
    }
    out.push_str("\nDetectors, from where their authors publish them:\n");
    for detector in DETECTORS {
        let DetectorWeights { name, url, megabytes, licence, .. } = detector;
        out.push_str(&format!("  {name:23} {url} ({megabytes} MB, {licence})\n"));
    }
    out
}

/// What to fetch.
#[derive(Args)]
pub struct FetchArguments {
    #[command(subcommand)]
    pub what: Fetch,
    /// Say what would be fetched, how large it is and under which licence, and stop.
    #[arg(long, global = true)]
    pub dry_run: bool,
    /// Print one JSON document to stdout.
    #[arg(long, global = true)]
    pub json: bool,
    /// No progress on stderr; errors and warnings only.
    #[arg(long, global = true)]
    pub quiet: bool,
}

#[derive(Subcommand)]
pub enum Fetch {
    /// A corpus by name.
    #[command(
        subcommand,
        after_help = "Examples:\n  story fetch data story-reasoning --split test        into the Hub cache; data.source = { kind = \"hub\", ... } reads it there\n  story fetch data african-storybook                   into data/african-storybook, where the config african-storybook looks"
    )]
    Data(Corpus),
    /// Published weights with their tokenizers, into the Hub cache.
    #[command(
        after_help = names()
    )]
    Models(ModelsArguments),
}

#[derive(Subcommand)]
pub enum Corpus {
    /// daniel3303/StoryReasoning, 4,178 stories of film frames (773 MB, CC-BY-ND-4.0), into the Hub
    /// cache. Training needs no copy: the Hub is streamed where the cache has none.
    StoryReasoning(StoryReasoningArguments),
    /// Openly licensed picture books of the African Storybook Project, about 150 (CC-BY), as
    /// parquet.
    AfricanStorybook(AfricanStorybookArguments),
}

#[derive(Args)]
pub struct StoryReasoningArguments {
    /// Only this split; by default both.
    #[arg(long, value_parser = SPLITS)]
    pub split: Option<String>,
    /// Branch, tag or commit.
    #[arg(long, default_value = "main")]
    pub revision: String,
}

#[derive(Args)]
pub struct AfricanStorybookArguments {
    /// The folder to write.
    #[arg(long, default_value = "data/african-storybook", value_name = "FOLDER")]
    pub out: PathBuf,
    /// Take at most so many books.
    #[arg(long, value_name = "N")]
    pub limit: Option<usize>,
    /// Where repositories are listed.
    #[arg(long, default_value = Places::API, value_name = "URL")]
    pub api: String,
    /// Where files are read.
    #[arg(long, default_value = Places::RAW, value_name = "URL")]
    pub raw: String,
}

#[derive(Args)]
pub struct ModelsArguments {
    /// Configs (names of built-in ones or paths of .toml files: whatever their weights take from the
    /// Hub), names such as resnet50 or yolox-nano, or repositories OWNER/NAME.
    #[arg(required = true, value_name = "CONFIG|NAME")]
    pub what: Vec<String>,
    /// Branch, tag or commit of names and repositories; configs say their own.
    #[arg(long)]
    pub revision: Option<String>,
}
