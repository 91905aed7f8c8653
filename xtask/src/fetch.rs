//! `cargo xtask fetch-data` and `fetch-models`: the corpora and weights that configs name, by way of
//! `story-hub`, as `story fetch` brings them.

use anyhow::{Context, Result, bail};
use std::path::{Path, PathBuf};
use std::process::Command;
use story_hub::corpora::african_storybook::{self, Places, SplitFolder};
use story_hub::corpora::story_reasoning;
use story_hub::models::{Plan, requests};
use story_hub::{Event, Hub, Progress};

/// Which corpus, and from where.
#[derive(clap::Args)]
pub struct DataOptions {
    #[command(subcommand)]
    corpus: Corpus,
}

#[derive(clap::Subcommand)]
enum Corpus {
    /// daniel3303/StoryReasoning from the Hugging Face Hub into the Hub cache (773 MB, CC-BY-ND-4.0).
    StoryReasoning(StoryReasoning),
    /// Openly licensed picture books of the African Storybook Project, as parquet (CC-BY).
    AfricanStorybook(AfricanStorybook),
}

#[derive(clap::Args)]
struct StoryReasoning {
    /// Only `train` or `test`; by default both.
    #[arg(long, value_parser = story_reasoning::SPLITS)]
    split: Option<String>,
    /// Branch, tag or commit.
    #[arg(long, default_value = "main")]
    revision: String,
    /// List the shards and stop.
    #[arg(long)]
    dry_run: bool,
}

#[derive(clap::Args)]
struct AfricanStorybook {
    /// The folder to write; by default data/african-storybook.
    #[arg(long)]
    out: Option<PathBuf>,
    /// Take at most so many books.
    #[arg(long)]
    limit: Option<usize>,
    /// Say what would be fetched and stop.
    #[arg(long)]
    dry_run: bool,
    /// Where repositories are listed.
    #[arg(long, default_value = Places::API)]
    api: String,
    /// Where files are read.
    #[arg(long, default_value = Places::RAW)]
    raw: String,
}

/// Which weights.
#[derive(clap::Args)]
pub struct ModelOptions {
    /// A config (a path of a .toml file: whatever its `weights` and those of its bases take from
    /// the Hub), a name such as `resnet50`, or a repository `owner/name`.
    #[arg(required = true)]
    what: Vec<String>,
    /// Branch, tag or commit of names and repositories; configs say their own.
    #[arg(long)]
    revision: Option<String>,
    /// Say what would be fetched and stop.
    #[arg(long)]
    dry_run: bool,
}

/// Downloads the corpus asked for.
pub fn data(root: &Path, options: &DataOptions) -> Result<()> {
    let hub = hub()?;
    match &options.corpus {
        Corpus::StoryReasoning(options) => {
            println!("licence: {}", story_reasoning::LICENCE);
            let plan = story_reasoning::plan(&hub, options.split.as_deref(), &options.revision)?;
            bring(&hub, &[plan], options.dry_run)
        }
        Corpus::AfricanStorybook(options) => books(root, &hub, options),
    }
}

/// Brings the weights asked for into the Hub cache.
pub fn models(options: &ModelOptions) -> Result<()> {
    let hub = hub()?;
    let requests = requests(&options.what, options.revision.as_deref())?;
    if requests.is_empty() {
        println!("nothing to fetch: no weights come from the Hub");
        return Ok(());
    }
    let plans = requests.iter().map(|request| Plan::of(&hub, request));
    let plans = plans.collect::<story_hub::Result<Vec<_>>>()?;
    bring(&hub, &plans, options.dry_run)
}

/// Says what each plan needs, for all of them, before the first byte is fetched.
fn bring(hub: &Hub, plans: &[Plan], dry_run: bool) -> Result<()> {
    println!("cache: {}", hub.environment.cache.display());
    for plan in plans {
        println!("{}", plan.describe());
    }
    for plan in plans.iter().filter(|_| !dry_run) {
        for path in plan.bring()? {
            println!("{}", path.display());
        }
    }
    Ok(())
}

fn books(root: &Path, hub: &Hub, options: &AfricanStorybook) -> Result<()> {
    let out = options.out.clone().unwrap_or_else(|| root.join("data/african-storybook"));
    let places = Places { api: options.api.clone(), raw: options.raw.clone() };
    let plan = african_storybook::Plan::of(hub, places, options.limit)?;
    println!("{}", plan.describe(&out));
    if options.dry_run {
        return Ok(());
    }
    for split in plan.bring(&out)? {
        export(root, &split)?;
    }
    println!("written: {}", out.join("data").display());
    Ok(())
}

/// Writes a split as parquet through the program's own exporter: the columns are known there.
fn export(root: &Path, split: &SplitFolder) -> Result<()> {
    let status = Command::new(env!("CARGO"))
        .current_dir(root)
        .args(["run", "--release", "--quiet", "-p", "story-cli", "--"])
        .args(["data", "export", "--force", "--folder"])
        .arg(&split.books)
        .arg("--out")
        .arg(&split.parquet)
        .status()
        .context("cargo does not start")?;
    if !status.success() {
        bail!("`story data export` failed; the pictures lie in {}", split.books.display());
    }
    Ok(())
}

/// The Hub as the environment tells it; what goes on is said line by line.
fn hub() -> Result<Hub> {
    let progress = Progress::new(|event| match event {
        Event::Waiting { url, problem, wait } => {
            eprintln!("{url}: {problem}; trying again in {:.1} s", wait.as_secs_f64());
        }
        Event::Started { file, done, total } => {
            let megabytes = |bytes: u64| bytes as f64 / 1e6;
            let total = total.map_or("?".to_string(), |total| format!("{:.1}", megabytes(total)));
            eprintln!("fetching {file}: {:.1} of {total} MB are there", megabytes(done));
        }
        Event::Received { .. } | Event::Finished => {}
        Event::Note(text) => eprintln!("{text}"),
    });
    Ok(Hub::from_lookup(variable)?.with_progress(progress))
}

/// The value of an environment variable, if it is set and not empty.
#[expect(clippy::disallowed_methods, reason = "xtask is a program and may read its environment")]
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}
