//! Arguments of `story score`.

use super::Common;
use clap::Args;
use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use std::path::PathBuf;
use story_metrics::TextScore;

/// What is scored, by what.
#[derive(Args)]
pub struct ScoreArguments {
    #[command(flatten)]
    pub common: Common,
    /// The texts to score, one a line, as plain text in UTF-8; `-` reads the standard input.
    #[arg(long, value_name = "FILE")]
    pub candidates: PathBuf,
    /// What they should have been: one file, or one file for each reference of a line; one of all
    /// files may be `-`.
    #[arg(long, num_args = 1.., value_name = "FILE")]
    pub references: Vec<PathBuf>,
    /// --candidates are COCO's results (a list of `image_id` and `caption`), and this the file of
    /// annotations with their references.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["references", "candidate_column"])]
    pub coco: Option<PathBuf>,
    /// --candidates are JSON lines, or a table with tabs that names its columns in its first line; this
    /// column holds the texts to score.
    #[arg(long, value_name = "NAME", conflicts_with = "references")]
    pub candidate_column: Option<String>,
    /// The columns with what they should have been; in JSON lines one may hold a list of texts.
    #[arg(long, num_args = 1.., value_name = "NAME", requires = "candidate_column")]
    pub reference_column: Vec<String>,
    /// The column with what each text belongs to, such as its story: intervals draw whole ones.
    #[arg(long, value_name = "NAME", requires = "candidate_column")]
    pub cluster: Option<String>,
    /// Writes the scores of each text into this file, as JSON lines.
    #[arg(long, value_name = "FILE")]
    pub items: Option<PathBuf>,
    /// Which scores, with blanks or commas between; by default all that need no data of their own.
    #[arg(long, num_args = 1.., value_delimiter = ',', value_name = "NAME", value_parser = text_scores())]
    pub metrics: Vec<TextScore>,
    /// A candidate line of exactly this text is a missing answer: it scores as an empty one and is
    /// counted. By default no answer is missing.
    #[arg(long, value_name = "TEXT")]
    pub missing: Option<String>,
    /// What stands in a line for the end of a sentence, such as `<n>`; rouge-lsum reads sentences.
    #[arg(long, value_name = "TEXT")]
    pub newline: Option<String>,
    /// meteor: the folder of WordNet 3.0's files, or `none` for stems alone; by default
    /// /usr/share/wordnet where that is there (Debian's package wordnet-base), else none.
    #[arg(long, value_name = "FOLDER")]
    pub wordnet: Option<PathBuf>,
    /// meteor-1.5, coco-meteor: meteor-1.5.jar or its folder, as in the PyPI package pycocoevalcap.
    #[arg(long, value_name = "PATH")]
    pub meteor_data: Option<PathBuf>,
    /// cider, cider-d: references of other texts in which n-grams are counted, in the form of
    /// --references; by default those of the scored texts themselves, on whose number the score depends.
    #[arg(long, num_args = 1.., value_name = "FILE")]
    pub cider_documents: Vec<PathBuf>,
    /// The seed of the draws behind the intervals.
    #[arg(long, default_value_t = 0, value_name = "N")]
    pub seed: u64,
    /// Draws of lines behind each 95 % interval; 0 leaves the intervals out.
    #[arg(long, default_value_t = 1000, value_name = "N")]
    pub resamples: u32,
}

/// The metrics of texts by name, each with its summary.
fn text_scores() -> impl TypedValueParser<Value = TextScore> {
    let value = |score: &TextScore| PossibleValue::new(score.name()).help(score.summary());
    PossibleValuesParser::new(TextScore::ALL.iter().map(value))
        .map(|name| TextScore::named(&name).expect("invariant: clap refuses other names"))
}
