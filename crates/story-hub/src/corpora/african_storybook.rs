//! The openly licensed picture books of the African Storybook Project, from its public
//! repositories: texts from `global-asp/asp-source`, pictures from `global-asp/asp-imagebank`.
//!
//! A book is taken when its licence is CC-BY and it has two pictures more than pages: picture 01
//! is the cover, page i is picture i + 1, and the last picture is the back. The books are laid
//! down as an own folder with `stories.jsonl`; who fetches them has `story-data` write them as
//! parquet, so that one piece of code knows the columns.

use super::book::{Book, read_book};
use crate::{Client, Error, Event, Hub, Result};
use serde::Serialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Their licence.
pub const LICENCE: &str = "CC-BY";
/// Who wrote and drew each book, in the folder of the corpus.
pub const ATTRIBUTION: &str = "ATTRIBUTION.tsv";

const TEXTS: &str = "global-asp/asp-source";
const PICTURES: &str = "global-asp/asp-imagebank";
/// Commits of both repositories, so that every download is the same corpus.
const TEXTS_REVISION: &str = "99e022369a980bd52bce8c6f86d5f24e9a4ada9d";
const PICTURES_REVISION: &str = "a56e6dbe7aeeb8ea3e53d9941664416e2e7356ad";
/// Every sixth book, by its place in the list, is held out.
const TEST_EVERY: usize = 6;

/// No text or picture of a corpus is near this; a longer body is not what was asked for.
const LARGEST_BODY: u64 = 256 << 20;

/// Where repositories are listed and files are read.
#[derive(Debug, Clone)]
pub struct Places {
    /// Where repositories are listed.
    pub api: String,
    /// Where files are read.
    pub raw: String,
}

impl Places {
    /// The public lists.
    pub const API: &str = "https://api.github.com";
    /// The public files.
    pub const RAW: &str = "https://raw.githubusercontent.com";
}

/// A book that qualifies: number, words, paths and bytes of its page pictures.
struct Candidate {
    number: String,
    book: Book,
    pictures: Vec<String>,
    bytes: u64,
}

/// The books that will be fetched. As JSON: how much that is.
#[derive(Serialize)]
pub struct Plan {
    /// Books that qualify.
    pub books: usize,
    /// Their pages.
    pub pages: usize,
    /// Bytes of their pictures.
    pub bytes: u64,
    /// Their licence.
    pub licence: &'static str,
    #[serde(skip)]
    candidates: Vec<Candidate>,
    #[serde(skip)]
    client: Client,
    #[serde(skip)]
    places: Places,
    #[serde(skip)]
    hub: Hub,
}

/// A split whose books lie in a folder with `stories.jsonl`, and the parquet file to write of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SplitFolder {
    /// The folder of the books.
    pub books: PathBuf,
    /// Where the parquet file belongs.
    pub parquet: PathBuf,
}

impl Plan {
    /// Reads the lists and the texts of the books, at most `limit` of those that qualify.
    ///
    /// # Errors
    /// Where the lists or texts do not come, or no book qualifies.
    pub fn of(hub: &Hub, places: Places, limit: Option<usize>) -> Result<Self> {
        let client = hub.client()?.about("African Storybook Project");
        let candidates = candidates(hub, &client, &places, limit.unwrap_or(usize::MAX))?;
        if candidates.is_empty() {
            let expected = "books under CC-BY with two pictures more than pages";
            return Err(foreign(&places.api, expected, "none"));
        }
        Ok(Self {
            books: candidates.len(),
            pages: candidates.iter().map(|candidate| candidate.pictures.len()).sum(),
            bytes: candidates.iter().map(|candidate| candidate.bytes).sum(),
            licence: LICENCE,
            candidates,
            client,
            places,
            hub: hub.clone(),
        })
    }

    /// Size and licence, for the user to see before anything is fetched; the corpus goes to `out`.
    pub fn describe(&self, out: &Path) -> String {
        format!(
            "African Storybook Project: {} books, {} pages, {:.0} MB of pictures; licence {}, credits in {}",
            self.books,
            self.pages,
            self.bytes as f64 / 1e6,
            self.licence,
            out.join(ATTRIBUTION).display(),
        )
    }

    /// Fetches the pictures that are not there yet and lays the books down in `out`; what is left
    /// is to write the parquet files.
    ///
    /// # Errors
    /// Where a picture does not come or the disk does not take it; what has come stays.
    pub fn bring(&self, out: &Path) -> Result<Vec<SplitFolder>> {
        let mut attribution =
            String::from("story_id\ttitle\tlicence\ttext\tillustration\tpages\tsplit\n");
        let mut lines: BTreeMap<&str, String> = BTreeMap::new();
        let progress = &self.hub.progress;
        progress.tell(Event::Started { file: "pictures", done: 0, total: Some(self.bytes) });
        for (index, candidate) in self.candidates.iter().enumerate() {
            let split = if index % TEST_EVERY == TEST_EVERY - 1 { "test" } else { "train" };
            let frames = self.fetch_pictures(out, split, candidate)?;
            progress.tell(Event::Received { bytes: candidate.bytes });
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
        }
        progress.tell(Event::Finished);
        write(&out.join(ATTRIBUTION), attribution.as_bytes())?;
        let mut folders = Vec::new();
        for (split, lines) in &lines {
            let books = out.join("books").join(split);
            write(&books.join("stories.jsonl"), lines.as_bytes())?;
            let parquet = out.join(format!("data/{split}-00000-of-00001.parquet"));
            folders.push(SplitFolder { books, parquet });
        }
        Ok(folders)
    }

    /// Fetches the pictures that are not there yet; returns the frames of `stories.jsonl`.
    fn fetch_pictures(&self, out: &Path, split: &str, candidate: &Candidate) -> Result<Vec<Value>> {
        let folder = out.join("books").join(split).join(&candidate.number);
        let mut frames = Vec::new();
        for (picture, text) in candidate.pictures.iter().zip(&candidate.book.pages) {
            let name = picture.rsplit('/').next().unwrap_or(picture);
            let path = folder.join(name);
            if !path.exists() {
                let raw = &self.places.raw;
                let url = format!("{raw}/{PICTURES}/{PICTURES_REVISION}/{picture}");
                write(&path, &self.client.get(&url, LARGEST_BODY)?)?;
            }
            frames.push(json!({ "image": format!("{}/{name}", candidate.number), "text": text }));
        }
        Ok(frames)
    }
}

/// The books that qualify, in order of their number.
fn candidates(hub: &Hub, client: &Client, places: &Places, limit: usize) -> Result<Vec<Candidate>> {
    let mut pictures: BTreeMap<String, BTreeMap<usize, (String, u64)>> = BTreeMap::new();
    for (path, size) in tree(client, &places.api, PICTURES, PICTURES_REVISION)? {
        let Some((book, file)) = path.strip_prefix("medium/").and_then(|rest| rest.split_once('/'))
        else {
            continue;
        };
        if let Some(number) = file.strip_suffix(".jpg").and_then(|stem| stem.parse().ok()) {
            pictures.entry(book.to_string()).or_default().insert(number, (path.clone(), size));
        }
    }
    let mut found = Vec::new();
    let texts = tree(client, &places.api, TEXTS, TEXTS_REVISION)?;
    for (path, _) in
        texts.iter().filter(|(path, _)| path.starts_with("en/") && path.ends_with(".md"))
    {
        if found.len() >= limit {
            break;
        }
        let number = path["en/".len()..].split('_').next().unwrap_or_default().to_string();
        let Some(drawn) = pictures.get(&number) else {
            continue;
        };
        let url = format!("{}/{TEXTS}/{TEXTS_REVISION}/{path}", places.raw);
        let source = String::from_utf8(client.get(&url, LARGEST_BODY)?)
            .map_err(|_| foreign(&url, "UTF-8", "other bytes"))?;
        let book = match read_book(&source) {
            Ok(book) => book,
            Err(reason) => {
                hub.progress.tell(Event::Note(&format!("skipped {path}: {reason}")));
                continue;
            }
        };
        let whole = drawn.keys().copied().eq(1..=drawn.len());
        if book.licence != LICENCE
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

/// Paths and sizes of a repository's files at a commit, sorted by path.
fn tree(
    client: &Client,
    api: &str,
    repository: &str,
    revision: &str,
) -> Result<Vec<(String, u64)>> {
    let url = format!("{api}/repos/{repository}/git/trees/{revision}?recursive=1");
    let answer: Value = client.json(&url)?.0;
    if answer["truncated"] == Value::Bool(true) {
        return Err(foreign(&url, "a whole listing", "one that no longer fits an answer"));
    }
    let entries = answer["tree"].as_array().ok_or_else(|| foreign(&url, "a `tree`", "none"))?;
    let mut files: Vec<(String, u64)> = entries
        .iter()
        .filter(|entry| entry["type"] == "blob")
        .filter_map(|entry| Some((entry["path"].as_str()?.to_string(), entry["size"].as_u64()?)))
        .collect();
    files.sort();
    Ok(files)
}

fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    story_files::write_atomically(path, bytes).map_err(Error::io(path))
}

fn foreign(url: &str, expected: &str, found: &str) -> Error {
    Error::Data {
        path: url.into(),
        expected: expected.into(),
        found: found.into(),
        remedy: "check the addresses of the repositories".into(),
    }
}
