//! `story fetch`: corpora and published weights, size and licence first.

use crate::arguments::fetch::{
    AfricanStorybookArguments, Corpus, Fetch, FetchArguments, ModelsArguments,
    StoryReasoningArguments,
};
use crate::console::{Console, out, print_json};
use crate::environment;
use anyhow::{Context, Result};
use serde::Serialize;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use story_data::source::{SourceConfig, WriteOptions, write_parquet};
use story_data::{Columns, Split};
use story_hub::Hub;
use story_hub::corpora::african_storybook::{Places, Plan as Books, SplitFolder};
use story_hub::corpora::story_reasoning;
use story_hub::detectors::{self, DetectorPlan};
use story_hub::models::{Plan, requests};
use story_run::{Host, Stop};

/// Records in a row group of a corpus that is written, as `story data export` has it.
const ROWS_PER_GROUP: usize = 50;

/// What `story fetch --json` prints.
#[derive(Serialize)]
struct Document<'a, P> {
    /// Where everything lies.
    #[serde(serialize_with = "story_run::json_path::one")]
    folder: &'a Path,
    dry_run: bool,
    /// What would be fetched, with sizes and licences.
    plan: &'a P,
    #[serde(serialize_with = "story_run::json_path::all")]
    files: &'a [PathBuf],
}

/// What is said, whatever is fetched: in words before it begins, as JSON when it is done.
struct Answer<'a> {
    arguments: &'a FetchArguments,
    host: &'a Host,
}

/// Fetches what the arguments name.
pub fn run(arguments: &FetchArguments) -> Result<()> {
    let console = Arc::new(Console::new(arguments.quiet));
    let host = Host::new(console, Stop::default(), Arc::new(environment::lookup));
    let (answer, hub) = (Answer { arguments, host: &host }, host.hub()?);
    match &arguments.what {
        Fetch::Models(models) => fetch_models(models, &hub, &answer),
        Fetch::Data(Corpus::StoryReasoning(options)) => story_reasoning(options, &hub, &answer),
        Fetch::Data(Corpus::AfricanStorybook(options)) => african_storybook(options, &hub, &answer),
    }
}

/// What is to be fetched from the Hub, or from where a detector's authors keep it.
#[derive(Serialize)]
#[serde(untagged)]
enum Weights {
    Model(Box<Plan>),
    Detector(DetectorPlan),
}

fn fetch_models(arguments: &ModelsArguments, hub: &Hub, answer: &Answer) -> Result<()> {
    let is_detector = |word: &&String| detectors::find(word).is_some();
    let (named, others): (Vec<&String>, Vec<&String>) =
        arguments.what.iter().partition(is_detector);
    let others: Vec<String> = others.into_iter().cloned().collect();
    let requests = requests(&others, arguments.revision.as_deref())?;
    if requests.is_empty() && named.is_empty() {
        answer.say("nothing to fetch: no weights come from the Hub");
    } else {
        answer.say(&format!("cache: {}", hub.environment.cache.display()));
    }
    let mut plans = Vec::new();
    for detector in named.into_iter().filter_map(|name| detectors::find(name)) {
        let plan = DetectorPlan::of(hub, detector)?;
        answer.say(&plan.describe());
        plans.push(Weights::Detector(plan));
    }
    for request in &requests {
        let plan = Plan::of(hub, request)?;
        answer.say(&plan.describe());
        plans.push(Weights::Model(Box::new(plan)));
    }
    let mut files = Vec::new();
    for plan in plans.iter().filter(|_| !answer.arguments.dry_run) {
        match plan {
            Weights::Model(plan) => files.extend(plan.bring()?),
            Weights::Detector(plan) => files.push(plan.bring(hub)?),
        }
    }
    answer.end(&hub.environment.cache, &plans, &files)
}

fn story_reasoning(options: &StoryReasoningArguments, hub: &Hub, answer: &Answer) -> Result<()> {
    answer.say(&format!("licence: {}", story_reasoning::LICENCE));
    answer.say(&format!("cache: {}", hub.environment.cache.display()));
    let plan = story_reasoning::plan(hub, options.split.as_deref(), &options.revision)?;
    answer.say(&plan.describe());
    let files = if answer.arguments.dry_run { Vec::new() } else { plan.bring()? };
    answer.end(&hub.environment.cache, &plan, &files)
}

fn african_storybook(
    options: &AfricanStorybookArguments,
    hub: &Hub,
    answer: &Answer,
) -> Result<()> {
    let places = Places { api: options.api.clone(), raw: options.raw.clone() };
    let plan = Books::of(hub, places, options.limit)?;
    answer.say(&plan.describe(&options.out));
    let mut files = Vec::new();
    if !answer.arguments.dry_run {
        for split in plan.bring(&options.out)? {
            write(&split, hub)?;
            files.push(split.parquet);
        }
    }
    answer.end(&options.out, &plan, &files)
}

/// The books of a split as StoryReasoning parquet.
fn write(split: &SplitFolder, hub: &Hub) -> Result<()> {
    let source = SourceConfig::Folder { path: split.books.clone() };
    let mut source = source.open(Split::Train, Columns::All, hub)?;
    let folder = split.parquet.parent().unwrap_or(Path::new(""));
    std::fs::create_dir_all(folder).with_context(|| folder.display().to_string())?;
    let records = std::iter::from_fn(|| source.next_record());
    let options = WriteOptions { rows_per_group: ROWS_PER_GROUP };
    write_parquet(&split.parquet, records, options)?;
    Ok(())
}

impl Answer<'_> {
    /// A line of the answer; on stderr where stdout is for JSON.
    fn say(&self, text: &str) {
        if self.arguments.json {
            self.host.say(text);
        } else {
            out!("{text}");
        }
    }

    /// Where everything lies; `place` is the folder that was fetched into.
    fn end(&self, place: &Path, plan: &impl Serialize, files: &[PathBuf]) -> Result<()> {
        if self.arguments.json {
            let dry_run = self.arguments.dry_run;
            return print_json("fetch", &Document { folder: place, dry_run, plan, files });
        }
        for file in files {
            out!("{}", file.display());
        }
        Ok(())
    }
}
