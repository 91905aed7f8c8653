//! Stories as folders of numbered pictures, with their texts beside them.
//!
//! Texts are the lines of `texts.txt` (or of the only text file that is not named after a
//! picture), or one text file a picture with the same stem.

use super::names::{is_picture, natural_key, number, split_name};
use super::{Draft, DraftFrame, text};
use crate::diagnostic::DiagnosticKind;
use crate::{Diagnostic, Error, Result};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

const TEXTS: &str = "texts.txt";
const REMEDY: &str = "mend the folder or skip the story";

/// The folders below `root` that hold a story each, or `root` itself.
///
/// # Errors
/// Where `root` cannot be read or holds no story.
pub(super) fn stories(root: &Path, diagnostics: &mut Vec<Diagnostic>) -> Result<Vec<PathBuf>> {
    let (files, folders) = list(root)?;
    let mut left_out = |name: &str, reason: &str| {
        let story = label(root);
        let reason = format!("{name}: {reason}");
        let kind = DiagnosticKind::UnreadFile;
        diagnostics.push(Diagnostic::new(story, "images", 0, kind, reason));
    };
    if files.iter().any(|name| is_picture(name)) {
        for name in folders {
            left_out(&name, "a folder beside numbered pictures is left out");
        }
        return Ok(vec![root.to_path_buf()]);
    }
    let mut out = Vec::new();
    for name in folders {
        let folder = root.join(&name);
        let (files, _) = list(&folder)?;
        if files.iter().any(|file| is_picture(file) || split_name(file).1 == "txt") {
            out.push(folder);
        } else {
            left_out(&name, "a folder without pictures is left out");
        }
    }
    if out.is_empty() {
        return Err(Error::data(
            root.display().to_string(),
            "a stories.jsonl, numbered pictures, or subfolders that hold numbered pictures \
             (jpg, png, webp)",
            "none of them",
            "correct the path, or put the stories there",
        ));
    }
    Ok(out)
}

/// The story in `folder`, which is `root` or lies in it.
pub(super) fn draft(folder: &Path, root: &Path) -> Result<Draft> {
    let id = label(folder);
    let story = Folder { path: folder, id: &id };
    story
        .draft(root)
        .map_err(|error| match error {
            // A file of the story that cannot be read is the story's trouble, not the corpus's.
            Error::Io { path, source } => Error::data(
                path.display().to_string(),
                "a readable file",
                source.to_string(),
                REMEDY,
            ),
            other => other,
        })
        .map_err(|error| error.in_record(&id))
}

struct Folder<'a> {
    path: &'a Path,
    id: &'a str,
}

impl Folder<'_> {
    fn draft(&self, root: &Path) -> Result<Draft> {
        let (files, _) = list(self.path)?;
        let mut diagnostics = Vec::new();
        let pictures = self.pictures(&files, &mut diagnostics)?;
        let texts = self.texts(&files, &pictures, &mut diagnostics)?;
        let frames = pictures
            .into_iter()
            .zip(texts)
            .map(|(name, text)| DraftFrame {
                picture: self.path.join(&name),
                label: match self.path == root {
                    true => name,
                    false => format!("{}/{name}", self.id),
                },
                text,
            })
            .collect();
        Ok(Draft { id: self.id.to_string(), frames, diagnostics })
    }

    /// The pictures by number, without a gap.
    fn pictures(&self, files: &[String], diagnostics: &mut Vec<Diagnostic>) -> Result<Vec<String>> {
        let mut pictures: BTreeMap<u64, &String> = BTreeMap::new();
        for name in files.iter().filter(|name| is_picture(name)) {
            let Some(number) = number(split_name(name).0) else {
                let reason = format!("{name} has no number in its name and is left out");
                diagnostics.push(self.note("images", DiagnosticKind::UnreadFile, reason));
                continue;
            };
            if let Some(other) = pictures.insert(number, name) {
                let found = format!("{other} and {name}");
                return Err(self.wrong(format!("one picture of number {number}"), found));
            }
        }
        let (Some((first, _)), Some((last, name))) =
            (pictures.first_key_value(), pictures.last_key_value())
        else {
            return Err(self.wrong("numbered pictures (jpg, png, webp)", "none"));
        };
        if let Some(gap) = (*first..*last).find(|number| !pictures.contains_key(number)) {
            let found = format!("none of number {gap}, though there is {name}");
            return Err(self.wrong(format!("a picture of each number from {first} on"), found));
        }
        if *first > 1 {
            let reason = format!("the first picture is number {first}; are earlier ones missing?");
            diagnostics.push(self.note("images", DiagnosticKind::NumberGap, reason));
        }
        Ok(pictures.into_values().cloned().collect())
    }

    /// A text for each picture; an empty one where there is none.
    fn texts(
        &self,
        files: &[String],
        pictures: &[String],
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Result<Vec<String>> {
        let stems: BTreeSet<&str> = pictures.iter().map(|name| split_name(name).0).collect();
        let texts = files.iter().filter(|name| split_name(name).1 == "txt");
        let (own, other): (Vec<&String>, Vec<&String>) =
            texts.partition(|name| stems.contains(split_name(name).0));
        let common = other
            .iter()
            .find(|name| name.as_str() == TEXTS)
            .or_else(|| other.first().filter(|_| other.len() == 1 && own.is_empty()));
        let out = match common {
            Some(name) => {
                let lines = text::lines(&self.path.join(name))?;
                if lines.len() != pictures.len() {
                    let expected = format!("a line for each of {} pictures", pictures.len());
                    let found = format!("{} lines (empty ones count)", lines.len());
                    return Err(self.wrong(expected, found).at(name.as_str()));
                }
                lines
            }
            None => {
                if let Some(name) = other.first() {
                    let expected = "a picture for each text file";
                    return Err(self.wrong(expected, format!("none for {name}")));
                }
                let read = |name: &String| {
                    let stem = split_name(name).0;
                    match own.iter().find(|text| split_name(text).0 == stem) {
                        None => Ok(String::new()),
                        Some(text) => {
                            let text = text::read(&self.path.join(text))?;
                            Ok(text.trim().to_string())
                        }
                    }
                };
                pictures.iter().map(read).collect::<Result<_>>()?
            }
        };
        for (name, _) in pictures.iter().zip(&out).filter(|(_, text)| text.is_empty()) {
            let reason = format!("{name} has no text");
            diagnostics.push(self.note("story", DiagnosticKind::EmptyText, reason));
        }
        Ok(out)
    }

    fn note(&self, column: &str, kind: DiagnosticKind, reason: String) -> Diagnostic {
        Diagnostic::new(self.id, column, 0, kind, reason)
    }

    fn wrong(&self, expected: impl Into<String>, found: impl Into<String>) -> Error {
        Error::data(self.path.display().to_string(), expected, found, REMEDY)
    }
}

/// Names of the files and folders in `folder`, hidden ones left out, in the reader's order.
fn list(folder: &Path) -> Result<(Vec<String>, Vec<String>)> {
    let (mut files, mut folders) = (Vec::new(), Vec::new());
    for entry in std::fs::read_dir(folder).map_err(Error::io(folder))? {
        let path = entry.map_err(Error::io(folder))?.path();
        let Some(name) = path.file_name().and_then(|name| name.to_str()) else {
            continue;
        };
        if name.starts_with('.') {
            continue;
        }
        match path.is_dir() {
            true => folders.push(name.to_string()),
            false => files.push(name.to_string()),
        }
    }
    files.sort_by_key(|name| natural_key(name));
    folders.sort_by_key(|name| natural_key(name));
    Ok((files, folders))
}

/// The last part of a path, also where it is written as `.` or with `..`.
fn label(folder: &Path) -> String {
    let whole = folder.canonicalize();
    let path = whole.as_deref().unwrap_or(folder);
    let name = path.file_name().unwrap_or(path.as_os_str());
    name.to_string_lossy().into_owned()
}
