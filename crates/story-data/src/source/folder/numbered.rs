//! Stories as folders of numbered pictures, with their texts beside them.
//!
//! Texts are the lines of `texts.txt` (or of the only text file that is not named after a
//! picture), or one text file a picture with the same stem; not both.

use super::files::Root;
use super::names::{is_other_picture, is_picture, natural_key, number, split_name};
use super::{Draft, DraftFrame, text};
use crate::diagnostic::DiagnosticKind;
use crate::{Diagnostic, Error, Result};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

const TEXTS: &str = "texts.txt";
const REMEDY: &str = "mend the folder or skip the story";
/// Of a file or folder whose name is no text.
const UNNAMED: &str = "the name is not UTF-8, and what has it is left out; rename it";

/// The folders below `root` that hold a story each, or `root` itself.
///
/// # Errors
/// Where `root` cannot be read or holds no story.
pub(super) fn stories(root: &Path, diagnostics: &mut Vec<Diagnostic>) -> Result<Vec<PathBuf>> {
    let Listed { files, folders, unnamed } = list(root)?;
    let mut left_out = |name: &str, reason: &str| {
        let story = label(root);
        let reason = format!("{name}: {reason}");
        let kind = DiagnosticKind::UnreadFile;
        diagnostics.push(Diagnostic::new(story, "images", 0, kind, reason));
    };
    if files.iter().any(|name| is_picture(name) || is_other_picture(name)) {
        for name in folders {
            left_out(&name, "a folder beside numbered pictures is left out");
        }
        return Ok(vec![root.to_path_buf()]);
    }
    for name in unnamed {
        left_out(&name, UNNAMED);
    }
    let mut out = Vec::new();
    for name in folders {
        let folder = root.join(&name);
        let Listed { files, unnamed, .. } = list(&folder)?;
        let of_story = |file: &String| {
            is_picture(file) || is_other_picture(file) || split_name(file).1 == "txt"
        };
        if files.iter().chain(&unnamed).any(of_story) {
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
pub(super) fn draft(folder: &Path, root: &Path, within: &Root) -> Result<Draft> {
    let id = label(folder);
    let story = Folder { path: folder, id: &id, within };
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
    /// The corpus's folder.
    within: &'a Root,
}

impl Folder<'_> {
    fn draft(&self, root: &Path) -> Result<Draft> {
        let Listed { files, unnamed, .. } = list(self.path)?;
        let mut diagnostics = Vec::new();
        for name in unnamed {
            let reason = format!("{name}: {UNNAMED}");
            diagnostics.push(self.note("images", DiagnosticKind::UnreadFile, reason));
        }
        let pictures = self.pictures(&files, &mut diagnostics)?;
        let texts = self.texts(&files, &pictures)?;
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
        self.of_other_kinds(files, &pictures, diagnostics)?;
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

    /// Pictures of kinds that are not read: a page that is lost with one is an error.
    fn of_other_kinds(
        &self,
        files: &[String],
        pictures: &BTreeMap<u64, &String>,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Result<()> {
        let (mut lost, mut beside) = (Vec::new(), Vec::new());
        for name in files.iter().filter(|name| is_other_picture(name)) {
            match number(split_name(name).0) {
                Some(number) if !pictures.contains_key(&number) => lost.push(name.as_str()),
                _ => beside.push(name),
            }
        }
        if !lost.is_empty() {
            return Err(Error::data(
                self.path.display().to_string(),
                "numbered pictures as jpg, png or webp",
                lost.join(", "),
                "convert what is no jpg, png or webp, or move it away",
            ));
        }
        for name in beside {
            let reason = format!("{name} is no jpg, png or webp and is left out");
            diagnostics.push(self.note("images", DiagnosticKind::UnreadFile, reason));
        }
        Ok(())
    }

    /// A text for each picture; an empty one where there is none.
    fn texts(&self, files: &[String], pictures: &[String]) -> Result<Vec<String>> {
        let stems: BTreeSet<&str> = pictures.iter().map(|name| split_name(name).0).collect();
        let texts = files.iter().filter(|name| split_name(name).1 == "txt");
        let (own, other): (Vec<&String>, Vec<&String>) =
            texts.partition(|name| stems.contains(split_name(name).0));
        let common = other
            .iter()
            .find(|name| name.as_str() == TEXTS)
            .or_else(|| other.first().filter(|_| other.len() == 1 && own.is_empty()));
        if let (Some(common), Some(own)) = (common, own.first()) {
            let expected = format!("{common}, or a text file a picture");
            return Err(self.wrong(expected, format!("both {common} and {own}")));
        }
        Ok(match common {
            Some(name) => {
                let lines = text::lines(&self.path.join(name), self.within)?;
                if lines.len() != pictures.len() {
                    let expected = format!("one for each picture ({})", pictures.len());
                    let found = match lines.len() {
                        1 => "1 line".to_string(),
                        count => format!("{count} lines, empty ones counted"),
                    };
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
                            let text = text::read(&self.path.join(text), self.within)?;
                            Ok(text.trim().to_string())
                        }
                    }
                };
                pictures.iter().map(read).collect::<Result<_>>()?
            }
        })
    }

    fn note(&self, column: &str, kind: DiagnosticKind, reason: String) -> Diagnostic {
        Diagnostic::new(self.id, column, 0, kind, reason)
    }

    fn wrong(&self, expected: impl Into<String>, found: impl Into<String>) -> Error {
        Error::data(self.path.display().to_string(), expected, found, REMEDY)
    }
}

/// What lies in a folder, hidden things left out, in the reader's order.
struct Listed {
    files: Vec<String>,
    folders: Vec<String>,
    /// Of both, what is not UTF-8, as it is shown.
    unnamed: Vec<String>,
}

fn list(folder: &Path) -> Result<Listed> {
    let mut found = Listed { files: Vec::new(), folders: Vec::new(), unnamed: Vec::new() };
    for entry in std::fs::read_dir(folder).map_err(Error::io(folder))? {
        let path = entry.map_err(Error::io(folder))?.path();
        let Some(name) = path.file_name() else { continue };
        let shown = name.to_string_lossy();
        if shown.starts_with('.') {
            continue;
        }
        let list = match name.to_str() {
            None => &mut found.unnamed,
            Some(_) if path.is_dir() => &mut found.folders,
            Some(_) => &mut found.files,
        };
        list.push(shown.into_owned());
    }
    for list in [&mut found.files, &mut found.folders, &mut found.unnamed] {
        list.sort_by_key(|name| natural_key(name));
    }
    Ok(found)
}

/// The last part of a path, also where it is written as `.` or with `..`.
fn label(folder: &Path) -> String {
    let whole = folder.canonicalize();
    let path = whole.as_deref().unwrap_or(folder);
    let name = path.file_name().unwrap_or(path.as_os_str());
    name.to_string_lossy().into_owned()
}
