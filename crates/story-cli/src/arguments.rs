//! The command line.

mod common;
pub mod config;
mod detect;
pub mod encode;
mod export;
pub mod fetch;
mod score;
mod train;
mod verify;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, Parser, Subcommand};
pub use common::{Common, Configured, Values};
pub use detect::DetectArguments;
pub use export::{Export, ExportedArguments, PeftArguments};
pub use score::ScoreArguments;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use story_run::Config;
use story_run::config::Variant;
pub use train::TrainArguments;
pub use verify::VerifyArguments;

/// Predict the next picture and text of a story, and say honestly how well.
#[derive(Parser)]
#[command(
    name = "story",
    version,
    arg_required_else_help = true,
    after_help = "Start with `story train`: it needs no network and takes about three minutes.\nExit codes: 0 done, 1 a check failed, 2 wrong usage or environment, 130 stopped by Ctrl-C or a polite kill."
)]
pub struct Arguments {
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Subcommand)]
pub enum Command {
    /// Train a model, evaluate it on held-out stories and write the report.
    #[command(
        after_help = "Examples:\n  story train                                   the quickstart: synthetic stories, no network\n  story train --config configs/african-storybook.toml\n  story train --set train.learning_rate=3e-4 --seed 7\n  story train --resume results/runs/quickstart-20260101-120000"
    )]
    Train(TrainArguments),
    /// Score a trained model on held-out stories again: by its own config, which renews its report, or
    /// otherwise, beside it.
    #[command(
        after_help = "Example:\n  story evaluate --run results/runs/quickstart-20260101-120000 --set 'evaluate.generation.strategy={kind=\"beam\",beams=4,length_penalty=0.7}'\n\nThat asks something else than the run's own scores answer: it is written to RUN/evaluations/NAME, and the run's scores, report and card stay as they are."
    )]
    Evaluate(EvaluateArguments),
    /// Train configs with the same seeds and tell what differs, on one metric named before.
    #[command(
        after_help = "The first config is the base that the others are compared with. Each seed gives every config the same stories in the same order; differences are paired by seed and window, with a 95 % bootstrap interval by story (these seeds, other stories), a t interval over seeds (these stories, other seeds) and p-values corrected by Holm; an effect needs both. \"No effect found\" is an answer.\n\nExamples:\n  story ablate --configs mobilenet-minilm no-copy text-blind --primary next-frame-retrieval/mrr\n  story ablate --vary 'objective.contrastive_weight=0,0.1,0.5,1' --base 0.1 --primary next-text-free-running/rouge-l\n  story ablate --configs a.toml b.toml --seeds 1 2 3 --set train.epochs=4 --primary next-frame-retrieval/r@5 --name short\n\nEverything lies in RESULTS/ablations/NAME: ablation.json (the plan before the first run, then the result), runs/, tables/, figures/, ablation.html. After Ctrl-C or a crash the same command goes on: finished runs are kept, the interrupted one goes on from its checkpoint. A run that diverges is kept as failed, said and left out; the others go on, and the exit code is 1. It is not tried again unless its folder under runs/ is removed; another config needs another --name."
    )]
    Ablate(AblateArguments),
    /// Finished runs beside a first one, on the windows that both were asked.
    #[command(
        after_help = "Every metric of the models with the difference, the other run minus the first, its 95 % paired bootstrap interval by story and the p of approximate randomisation by story, corrected by Holm for all rows of the same score table, those of all runs together; then in what the configs differ. Two runs whose own intervals overlap can still differ clearly on the same stories. Each run is one seed: `story ablate` answers with several.\n\nExamples:\n  story compare results/runs/quickstart-20260101-120000 results/runs/quickstart-20260101-130000\n  story compare BASE RUN_A RUN_B --out comparison          CSV, Markdown, LaTeX and a page\n  story compare RUN_A RUN_B --json"
    )]
    Compare(CompareArguments),
    /// Show a trained model your own pictures and texts; get the next text and picture.
    #[command(
        after_help = "Example:\n  story predict --run RUN --images a.jpg b.jpg c.jpg d.jpg --texts 'A boy wakes.' 'He runs.' 'It rains.' 'He hides.' --out next\n  story predict --run RUN --folder story --decoding minimum-risk-chrf\n  story predict --folder story --page next.html"
    )]
    Predict(PredictArguments),
    /// Score any texts against references: BLEU, ROUGE, METEOR, CIDEr and more; no model, no Java.
    #[command(
        after_help = "Line n of every file belongs together. Several reference files are several references a line; an empty line in one of them means that it has none there. An empty candidate line is an empty answer and scores 0.\n\nExamples:\n  story score --candidates answers.txt --references people.txt\n  story score --candidates answers.txt --references a.txt b.txt --metrics bleu rouge-l coco-bleu cider-d --json\n  story score --candidates answers.txt --references a.txt --metrics meteor --wordnet /usr/share/wordnet\n  story score --candidates answers.txt --references a.txt --metrics coco-meteor --meteor-data pycocoevalcap/meteor\n  story score --candidates summaries.txt --references a.txt --metrics rouge-lsum --newline '<n>'\n  story score --candidates people.txt --metrics distinct self-bleu     the variety of any texts, to compare with\n\nEvery score comes with a signature of its settings: quote it, for scores of other settings are not comparable."
    )]
    Score(ScoreArguments),
    /// Turn pictures or texts into vectors with a published encoder, or fill the feature cache.
    #[command(
        after_help = "Examples:\n  story encode images --encoder resnet50 --weights resnet50.pth --input *.jpg --output pictures.npy\n  story encode text --encoder minilm --input sentences.txt --output texts.safetensors\n  story encode corpus --config mobilenet-minilm\n  story encode self-test --encoder distilbert\n\nWithout --weights the published ones are taken from the Hub (or its cache). --set changes the encoder's own config, such as --set pooling=cls or --set padding=tensorflow-same."
    )]
    Encode(encode::EncodeArguments),
    /// Find what is where in pictures with a published detector.
    #[command(
        after_help = "Boxes are x1,y1,x2,y2 in pixels of the upright picture. Each box names one of COCO's 80 categories; a lesser box of one category that overlaps a better one is dropped.\n\nExamples:\n  story fetch models yolox-nano && story detect a.jpg b.jpg\n  story detect *.jpg --detector yolox-s --weights yolox_s.pth --json --draw drawn\n  story detect *.jpg --weights yolox_nano.onnx --threshold 0.01 --max-iou 0.65 --json     as COCO's AP is measured\n  story detect *.jpg --detector fasterrcnn-resnet50-fpn --weights fasterrcnn_resnet50_fpn_coco-258fb6c6.pth\n  story detect --self-test --detector fasterrcnn-resnet50-fpn"
    )]
    Detect(DetectArguments),
    /// Judge whether pictures and texts belong together, and which phrase does not fit.
    #[command(
        after_help = "Each phrase is supported by a box, not found, contradicted by a box, or not judged, with the reason. The signals are shares from 0 to 1; a trained judge makes a probability of them.\n\nExamples:\n  story verify --images a.jpg --text 'Two dogs sit on a red couch.' --weights yolox_nano.onnx\n  story verify --images a.jpg b.jpg --text 'A man rides.' 'He rests.' --weights yolox_nano.onnx --page verdict.html\n  story train --config verify     trains a judge on the synthetic world\n  story verify --folder story --run results/runs/verify-20260101-120000 --weights yolox_nano.onnx --json"
    )]
    Verify(VerifyArguments),
    /// Write what a run learned in the form that other programs read.
    #[command(
        after_help = "Example:\n  story export peft --run results/runs/african-storybook-language-model-20260101-120000 --output adapter"
    )]
    Export(ExportedArguments),
    /// Fetch corpora and published weights, after saying their size and licence.
    #[command(
        after_help = "What has arrived is kept: the same command goes on where it broke. What comes from the Hub is checked against the digests that it announces, a detector by its length and, where its authors say one, its digest. HF_HOME, HF_HUB_CACHE, HF_TOKEN and HF_ENDPOINT are heard.\n\nExamples:\n  story fetch models mobilenet-minilm\n  story fetch models resnet18 --dry-run\n  story fetch data story-reasoning --split test\n  story fetch data african-storybook --json"
    )]
    Fetch(fetch::FetchArguments),
    /// Look into a corpus: counts, faults, single stories, conversion.
    Data(DataArguments),
    /// The runs in the results folder, each with how far it came and its headline.
    Runs(RunsArguments),
    /// Show a config as it is read, or the reference of all keys.
    Config(config::ConfigArguments),
    /// What can be named: parts and sources of a config, metrics, configs.
    #[command(
        after_help = "Examples:\n  story list\n  story list parts\n  story list configs --json"
    )]
    List(ListArguments),
}

#[derive(Args)]
pub struct EvaluateArguments {
    #[command(flatten)]
    pub common: Common,
    #[command(flatten)]
    pub values: Values,
    /// The run folder to evaluate; by default the newest finished one under --results.
    #[arg(long, value_name = "RUN")]
    pub run: Option<PathBuf>,
    /// Write the evaluation to RUN/evaluations/NAME. Without a name one that asks what the run's own
    /// scores answer renews those, and any other gets a name of what differs.
    #[arg(long, value_name = "NAME")]
    pub name: Option<String>,
    /// Where run folders, tables and figures go; by default where the run named lies, or `results`.
    #[arg(long, value_name = "FOLDER")]
    pub results: Option<PathBuf>,
    /// Print every score table too, not only the summary.
    #[arg(long)]
    pub tables: bool,
    /// Exit 1 where the result must not be believed or shows nothing: METEOR above .5, every token
    /// foreseen, shuffled references nearly as good, no better than copying, a target that stands
    /// in the context.
    #[arg(long)]
    pub strict: bool,
}

#[derive(Args)]
pub struct AblateArguments {
    #[command(flatten)]
    pub common: Common,
    /// The config whose key --vary changes, a file or a name; by default `quickstart`.
    #[arg(long, value_name = "FILE|NAME")]
    pub config: Option<PathBuf>,
    /// Change one value of every config, such as train.epochs=4; may be given again.
    #[arg(long = "set", value_name = "KEY=VALUE")]
    pub patches: Vec<String>,
    /// cpu, cuda, cuda:N or metal.
    #[arg(long)]
    pub device: Option<String>,
    /// The configs, files or names; the first one is the base.
    #[arg(long, num_args = 1.., value_name = "FILE|NAME", conflicts_with_all = ["config", "vary"], required_unless_present = "vary")]
    pub configs: Vec<PathBuf>,
    /// Instead of --configs: values of one key of --config; the first one is the base.
    #[arg(long, value_name = "KEY=VALUE,VALUE...")]
    pub vary: Option<String>,
    /// Another base: a value of --vary, or the name of a config.
    #[arg(long, value_name = "NAME", allow_hyphen_values = true)]
    pub base: Option<String>,
    /// The seeds. With fewer than five, little is known of how a score moves with the seed.
    // TOML, which keeps them, has no larger integers.
    #[arg(long, num_args = 1.., value_name = "SEED", default_values_t = [1, 2, 3, 4, 5], value_parser = clap::value_parser!(u64).range(..=i64::MAX as u64))]
    pub seeds: Vec<u64>,
    /// The one metric that decides, named as in a run's scores: table and column.
    #[arg(long, value_name = "TABLE/COLUMN")]
    pub primary: String,
    /// The folder under RESULTS/ablations; by default the base's name, and the key of --vary.
    #[arg(long)]
    pub name: Option<String>,
    /// Where `ablations` lies.
    #[arg(long, default_value = "results", value_name = "FOLDER")]
    pub results: PathBuf,
}

#[derive(Args)]
pub struct CompareArguments {
    #[command(flatten)]
    pub common: Common,
    /// The run folder that the others are compared with.
    #[arg(value_name = "FIRST")]
    pub first: PathBuf,
    /// The other run folders.
    #[arg(value_name = "RUN", required = true)]
    pub others: Vec<PathBuf>,
    /// Write comparison.csv, .md, .tex and .html into this folder.
    #[arg(long, value_name = "FOLDER")]
    pub out: Option<PathBuf>,
    /// Bootstrap resamples of stories.
    #[arg(long, default_value_t = 1000, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub resamples: u32,
}

#[derive(Args)]
pub struct PredictArguments {
    #[command(flatten)]
    pub common: Common,
    #[command(flatten)]
    pub values: Values,
    /// The run folder or checkpoint folder; by default the newest finished run under --results.
    #[arg(long, value_name = "RUN")]
    pub run: Option<PathBuf>,
    /// Where run folders lie.
    #[arg(long, default_value = "results", value_name = "FOLDER")]
    pub results: PathBuf,
    /// Pictures of the story so far, in order.
    #[arg(long, num_args = 1.., value_name = "FILE")]
    pub images: Vec<PathBuf>,
    /// Texts of the story so far, one a picture.
    #[arg(long, num_args = 1.., value_name = "TEXT")]
    pub texts: Vec<String>,
    /// Instead of --images and --texts: a folder with numbered pictures and texts.
    #[arg(long, value_name = "FOLDER", conflicts_with_all = ["images", "texts"])]
    pub folder: Option<PathBuf>,
    /// Which story of --folder, by its id, where it holds several.
    #[arg(long, value_name = "ID")]
    pub story: Option<String>,
    /// How the next text is told; by default as the run's config says. `reranked` needs what an
    /// evaluation with that variant has learned.
    #[arg(long, value_name = "NAME", value_parser = decodings())]
    pub decoding: Option<Variant>,
    /// Where the picture and the nearest frames are written.
    #[arg(long, default_value = "prediction", value_name = "FOLDER")]
    pub out: PathBuf,
    /// How many real frames nearest to the prediction to show.
    #[arg(long, default_value_t = 3)]
    pub nearest: usize,
    /// Write a page that shows the story, the foretold step, other ways to go on, the nearest frames and
    /// how far the run is to be trusted.
    #[arg(long, value_name = "FILE")]
    pub page: Option<PathBuf>,
}

/// The ways to decode by name.
fn decodings() -> impl TypedValueParser<Value = Variant> {
    let names = Variant::DECODINGS.map(Variant::name);
    PossibleValuesParser::new(names).map(move |name| {
        let named = Variant::DECODINGS.into_iter().find(|variant| variant.name() == name);
        named.expect("invariant: clap refuses other names")
    })
}

#[derive(Args)]
pub struct DataArguments {
    #[command(subcommand)]
    pub action: DataAction,
}

#[derive(Subcommand)]
pub enum DataAction {
    /// Count stories, frames, words, tags and faults.
    Stats(CorpusArguments),
    /// Read every record and picture and say what is wrong with which; exit 1 if anything is.
    Validate(ValidateArguments),
    /// Print single stories: texts, tags, entities, boxes.
    Show(ShowArguments),
    /// Write a corpus as StoryReasoning parquet, or as a folder with pictures and stories.jsonl.
    Export(ExportArguments),
}

/// Which corpus: the config's, or one named here.
#[derive(Args, Clone)]
pub struct CorpusArguments {
    #[command(flatten)]
    pub common: Common,
    /// The config whose source is read, a file or a name; by default `quickstart`.
    #[arg(long, value_name = "FILE|NAME")]
    pub config: Option<PathBuf>,
    /// Change one value of the config, such as data.source.seed=2; may be given again.
    #[arg(long = "set", value_name = "KEY=VALUE")]
    pub patches: Vec<String>,
    /// A parquet file, folder or glob instead of the config's source.
    #[arg(long, value_name = "PATH", conflicts_with = "folder")]
    pub parquet: Option<String>,
    /// A folder of your own stories instead of the config's source.
    #[arg(long, value_name = "FOLDER")]
    pub folder: Option<PathBuf>,
    /// Which split.
    #[arg(long, default_value = "train", value_parser = ["train", "test"])]
    pub split: String,
    /// Stop after so many stories.
    #[arg(long)]
    pub limit: Option<usize>,
}

impl CorpusArguments {
    /// The config that is named, patched.
    pub fn config(&self) -> story_run::Result<Config> {
        Config::read(self.config.as_deref(), &self.patches)
    }
}

#[derive(Args)]
pub struct ValidateArguments {
    #[command(flatten)]
    pub corpus: CorpusArguments,
    /// The seed that parts the stories.
    #[arg(long, value_name = "N")]
    pub seed: Option<u64>,
    /// Exit 1 also where a held-out story has a picture that a training story has (equal
    /// perceptual hashes).
    #[arg(long)]
    pub strict: bool,
}

#[derive(Args)]
pub struct ShowArguments {
    #[command(flatten)]
    pub corpus: CorpusArguments,
    /// Ids of the stories; by default the first one.
    #[arg(value_name = "STORY")]
    pub stories: Vec<String>,
    /// Write the pictures, with entity boxes drawn, into this folder.
    #[arg(long, value_name = "FOLDER")]
    pub draw: Option<PathBuf>,
}

#[derive(Args)]
pub struct ExportArguments {
    #[command(flatten)]
    pub corpus: CorpusArguments,
    /// A new file that ends in .parquet, or a new folder.
    #[arg(long, value_name = "PATH")]
    pub out: PathBuf,
    /// Write over what is there: the parquet file, or a folder's stories.jsonl and images.
    #[arg(long)]
    pub force: bool,
    /// Records in a row group; a reader holds one group in memory.
    #[arg(long, default_value = "50")]
    pub rows_per_group: NonZeroUsize,
}

#[derive(Args)]
pub struct ListArguments {
    #[command(flatten)]
    pub common: Common,
    /// parts, encoders (published ones), sources, metrics or configs; by default all.
    #[arg(value_parser = ["parts", "encoders", "sources", "metrics", "configs"])]
    pub what: Option<String>,
}

#[derive(Args)]
pub struct RunsArguments {
    #[command(flatten)]
    pub common: Common,
    /// Where run folders lie.
    #[arg(long, default_value = "results", value_name = "FOLDER")]
    pub results: PathBuf,
}
