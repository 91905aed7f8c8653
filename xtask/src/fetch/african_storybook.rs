//! The openly licensed picture books of the African Storybook Project, from its public
//! repositories: texts from `global-asp/asp-source`, pictures from `global-asp/asp-imagebank`.
//!
//! A book is taken when its licence is CC-BY and it has two pictures more than pages: picture 01
//! is the cover, page i is picture i + 1, and the last picture is the back. The books are laid
//! down as an own folder with `stories.jsonl`, and `story data export` writes them as parquet,
//! so that one piece of code knows the columns.

use super::{http, page, write_atomically};
use anyhow::{Context, Result, bail};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

const TEXTS: &str = "global-asp/asp-source";
const PICTURES: &str = "global-asp/asp-imagebank";
/// Commits of both repositories, so that every download is the same corpus.
const TEXTS_REVISION: &str = "99e022369a980bd52bce8c6f86d5f24e9a4ada9d";
const PICTURES_REVISION: &str = "a56e6dbe7aeeb8ea3e53d9941664416e2e7356ad";
/// Every sixth book, by its place in the list, is held out.
const TEST_EVERY: usize = 6;

/// Where to fetch from and to.
#[derive(clap::Args)]
pub struct Options {
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
    #[arg(long, default_value = "https://api.github.com")]
    api: String,
    /// Where files are read.
    #[arg(long, default_value = "https://raw.githubusercontent.com")]
    raw: String,
}

/// A book that qualifies: number, words, paths and bytes of its page pictures.
struct Candidate {
    number: String,
    book: page::Book,
    pictures: Vec<String>,
    bytes: u64,
}

/// Fetches the books, says where they lie.
pub fn fetch(root: &Path, options: &Options) -> Result<()> {
    let out = options.out.clone().unwrap_or_else(|| root.join("data/african-storybook"));
    let agent = http::agent();
    let candidates = candidates(&agent, options)?;
    let bytes: u64 = candidates.iter().map(|candidate| candidate.bytes).sum();
    let pages: usize = candidates.iter().map(|candidate| candidate.pictures.len()).sum();
    println!(
        "African Storybook Project: {} books, {pages} pages, {:.0} MB of pictures; licence CC-BY, credits in {}",
        candidates.len(),
        bytes as f64 / 1e6,
        out.join("ATTRIBUTION.tsv").display(),
    );
    if options.dry_run {
        return Ok(());
    }
    if candidates.is_empty() {
        bail!("no book qualifies; check the repositories' addresses");
    }
    let mut attribution =
        String::from("story_id\ttitle\tlicence\ttext\tillustration\tpages\tsplit\n");
    let mut lines: BTreeMap<&str, String> = BTreeMap::new();
    for (index, candidate) in candidates.iter().enumerate() {
        let split = if index % TEST_EVERY == TEST_EVERY - 1 { "test" } else { "train" };
        let frames = fetch_pictures(&agent, options, &out, split, candidate)?;
        let story = json!({ "id": candidate.number, "frames": frames });
        let lines = lines.entry(split).or_default();
        lines.push_str(&story.to_string());
        lines.push('\n');
        let book = &candidate.book;
        attribution.push_str(&format!(
            "{}\t{}\t{}\t{}\t{}\t{}\t{split}\n",
            candidate.number,
            book.title,
            book.licence,
            book.text,
            book.illustration,
            book.pages.len()
        ));
        eprintln!("[{}/{}] {} {}", index + 1, candidates.len(), candidate.number, book.title);
    }
    write_atomically(&out.join("ATTRIBUTION.tsv"), attribution.as_bytes())?;
    for (split, lines) in &lines {
        let folder = out.join("books").join(split);
        write_atomically(&folder.join("stories.jsonl"), lines.as_bytes())?;
        export(root, &folder, &out.join(format!("data/{split}-00000-of-00001.parquet")))?;
    }
    println!("written: {}", out.join("data").display());
    Ok(())
}

/// The books that qualify, in order of their number.
fn candidates(agent: &ureq::Agent, options: &Options) -> Result<Vec<Candidate>> {
    let mut pictures: BTreeMap<String, BTreeMap<usize, (String, u64)>> = BTreeMap::new();
    for (path, size) in tree(agent, &options.api, PICTURES, PICTURES_REVISION)? {
        let Some((book, file)) = path.strip_prefix("medium/").and_then(|rest| rest.split_once('/'))
        else {
            continue;
        };
        if let Some(number) = file.strip_suffix(".jpg").and_then(|stem| stem.parse().ok()) {
            pictures.entry(book.to_string()).or_default().insert(number, (path.clone(), size));
        }
    }
    let mut found = Vec::new();
    let texts = tree(agent, &options.api, TEXTS, TEXTS_REVISION)?;
    for (path, _) in
        texts.iter().filter(|(path, _)| path.starts_with("en/") && path.ends_with(".md"))
    {
        if options.limit.is_some_and(|limit| found.len() >= limit) {
            break;
        }
        let number = path["en/".len()..].split('_').next().unwrap_or_default().to_string();
        let Some(drawn) = pictures.get(&number) else {
            continue;
        };
        let url = format!("{}/{TEXTS}/{TEXTS_REVISION}/{path}", options.raw);
        let source = String::from_utf8(http::get(agent, &url)?)
            .with_context(|| format!("{path}: not UTF-8"))?;
        let book = match page::read_book(&source) {
            Ok(book) => book,
            Err(reason) => {
                eprintln!("skipped {path}: {reason}");
                continue;
            }
        };
        let whole = drawn.keys().copied().eq(1..=drawn.len());
        if book.licence != "CC-BY"
            || book.pages.is_empty()
            || !whole
            || drawn.len() != book.pages.len() + 2
        {
            continue;
        }
        // Page i (from 1) is picture i + 1: the cover and the back are left out.
        let wanted: Vec<&(String, u64)> = (2..=book.pages.len() + 1).map(|n| &drawn[&n]).collect();
        found.push(Candidate {
            number,
            bytes: wanted.iter().map(|(_, size)| size).sum(),
            pictures: wanted.into_iter().map(|(path, _)| path.clone()).collect(),
            book,
        });
    }
    Ok(found)
}

/// Fetches the pictures that are not there yet; returns the frames of `stories.jsonl`.
fn fetch_pictures(
    agent: &ureq::Agent,
    options: &Options,
    out: &Path,
    split: &str,
    candidate: &Candidate,
) -> Result<Vec<Value>> {
    let folder = out.join("books").join(split).join(&candidate.number);
    std::fs::create_dir_all(&folder).with_context(|| folder.display().to_string())?;
    let mut frames = Vec::new();
    for (picture, text) in candidate.pictures.iter().zip(&candidate.book.pages) {
        let name = picture.rsplit('/').next().unwrap_or(picture);
        let path = folder.join(name);
        if !path.exists() {
            let url = format!("{}/{PICTURES}/{PICTURES_REVISION}/{picture}", options.raw);
            write_atomically(&path, &http::get(agent, &url)?)?;
        }
        frames.push(json!({ "image": format!("{}/{name}", candidate.number), "text": text }));
    }
    Ok(frames)
}

/// Paths and sizes of a repository's files at a commit, sorted by path.
fn tree(
    agent: &ureq::Agent,
    api: &str,
    repository: &str,
    revision: &str,
) -> Result<Vec<(String, u64)>> {
    let url = format!("{api}/repos/{repository}/git/trees/{revision}?recursive=1");
    let answer: Value = serde_json::from_slice(&http::get(agent, &url)?)
        .with_context(|| format!("{url}: expected JSON"))?;
    if answer["truncated"] == Value::Bool(true) {
        bail!("{url}: the listing is cut short; it no longer fits one answer");
    }
    let entries = answer["tree"].as_array().with_context(|| format!("{url}: expected `tree`"))?;
    let mut files: Vec<(String, u64)> = entries
        .iter()
        .filter(|entry| entry["type"] == "blob")
        .filter_map(|entry| Some((entry["path"].as_str()?.to_string(), entry["size"].as_u64()?)))
        .collect();
    files.sort();
    Ok(files)
}

/// Writes the folder as parquet through the program's own exporter.
fn export(root: &Path, folder: &Path, parquet: &Path) -> Result<()> {
    let status = Command::new(env!("CARGO"))
        .current_dir(root)
        .args([
            "run",
            "--release",
            "--quiet",
            "-p",
            "story-cli",
            "--",
            "data",
            "export",
            "--folder",
        ])
        .arg(folder)
        .arg("--out")
        .arg(parquet)
        .status()
        .context("cargo does not start")?;
    if !status.success() {
        bail!("`story data export` failed; the pictures lie in {}", folder.display());
    }
    Ok(())
}
