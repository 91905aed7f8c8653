//! `stories.jsonl`: one JSON object a line.
//!
//! ```json
//! {"id": "a", "frames": [{"image": "a/1.jpg", "text": "One day ..."}]}
//! {"id": "b", "images": ["b/1.jpg"], "texts": ["One day ..."]}
//! ```
//!
//! Pictures are named relative to the folder and lie inside it.

use super::{Draft, DraftFrame, text};
use crate::diagnostic::DiagnosticKind;
use crate::{Diagnostic, Error, Result};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};

const FORM: &str = r#"{"id": "...", "frames": [{"image": "1.jpg", "text": "..."}]}"#;

/// The lines of a `stories.jsonl` that hold something.
pub(super) struct JsonLines {
    path: PathBuf,
    /// Number (from 1) and bytes of each line.
    lines: Vec<(usize, Vec<u8>)>,
    /// The line on which an id stands first.
    first: BTreeMap<String, usize>,
}

#[derive(Deserialize)]
struct Story {
    id: Id,
    frames: Option<Vec<Frame>>,
    images: Option<Vec<String>>,
    texts: Option<Vec<String>>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Id {
    Text(String),
    Number(serde_json::Number),
}

#[derive(Deserialize)]
struct Frame {
    image: String,
    #[serde(default)]
    text: String,
}

impl Id {
    fn text(&self) -> String {
        match self {
            Self::Text(text) => text.clone(),
            Self::Number(number) => number.to_string(),
        }
    }
}

impl JsonLines {
    /// Reads the file; a line that is wrong is told when its story is asked for.
    pub fn open(path: &Path) -> Result<Self> {
        let bytes = std::fs::read(path).map_err(Error::io(path))?;
        let bytes = bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(&bytes);
        let lines: Vec<(usize, Vec<u8>)> = bytes
            .split(|byte| *byte == b'\n')
            .enumerate()
            .filter(|(_, line)| !line.trim_ascii().is_empty())
            .map(|(index, line)| (index + 1, line.to_vec()))
            .collect();
        if lines.is_empty() {
            let place = path.display().to_string();
            return Err(Error::data(place, FORM, "an empty file", "write a line for each story"));
        }
        let mut first = BTreeMap::new();
        for (number, line) in &lines {
            if let Ok(story) = serde_json::from_slice::<Story>(line) {
                first.entry(story.id.text()).or_insert(*number);
            }
        }
        Ok(Self { path: path.to_path_buf(), lines, first })
    }

    /// How many stories there are, readable or not.
    pub fn len(&self) -> usize {
        self.lines.len()
    }

    /// The story number `index`, whose pictures lie in `root`.
    pub fn draft(&self, index: usize, root: &Path) -> Result<Draft> {
        let (number, line) = &self.lines[index];
        let in_line = |error: Error| error.in_record(format!("on line {number}"));
        let text = text::decode(line, &self.path, *number).map_err(in_line)?;
        let story: Story = serde_json::from_str(&text)
            .map_err(|error| in_line(self.wrong(FORM, error.to_string())))?;
        let id = story.id.text();
        let at_story = |error: Error| error.in_record(&id).at(format!("line {number}"));
        if id.trim().is_empty() {
            return Err(in_line(self.wrong("an id for each story", "an empty one".into())));
        }
        if let Some(before) = self.first.get(&id).filter(|before| *before != number) {
            let found = format!("the id of line {before} again");
            return Err(at_story(self.wrong("an id of its own for each story", found)));
        }
        let pairs = self.pairs(story).map_err(at_story)?;
        if pairs.is_empty() {
            return Err(at_story(self.wrong("at least one frame", "none".into())));
        }
        let mut draft = Draft {
            id: id.clone(),
            frames: Vec::with_capacity(pairs.len()),
            diagnostics: Vec::new(),
        };
        for (index, (label, text)) in pairs.into_iter().enumerate() {
            let frame = index + 1;
            if !stays_inside(&label) {
                let found = format!("{label:?} in frame {frame}");
                let expected = "pictures by a path relative to the folder and inside it";
                return Err(at_story(self.wrong(expected, found)));
            }
            let picture = root.join(&label);
            if !picture.is_file() {
                let found = format!("{label:?} in frame {frame}, which is not there");
                return Err(at_story(self.wrong("pictures that exist", found)));
            }
            if text.trim().is_empty() {
                let reason = format!("line {number}: frame {frame} has no text");
                let kind = DiagnosticKind::EmptyText;
                draft.diagnostics.push(Diagnostic::new(&id, "story", 0, kind, reason));
            }
            draft.frames.push(DraftFrame { picture, label, text });
        }
        Ok(draft)
    }

    fn pairs(&self, story: Story) -> Result<Vec<(String, String)>> {
        match (story.frames, story.images, story.texts) {
            (Some(frames), None, None) => {
                Ok(frames.into_iter().map(|frame| (frame.image, frame.text)).collect())
            }
            (None, Some(images), Some(texts)) if images.len() == texts.len() => {
                Ok(images.into_iter().zip(texts).collect())
            }
            (None, Some(images), Some(texts)) => {
                let found = format!("{} images and {} texts", images.len(), texts.len());
                Err(self.wrong("as many texts as images", found))
            }
            _ => Err(self
                .wrong("either frames, or images and texts", "another choice of the three".into())),
        }
    }

    fn wrong(&self, expected: &str, found: String) -> Error {
        let place = self.path.display().to_string();
        Error::data(place, expected, found, "mend the line or skip it")
    }
}

/// Whether a relative path never climbs above where it starts.
fn stays_inside(path: &str) -> bool {
    let mut depth = 0_usize;
    for component in Path::new(path).components() {
        match component {
            Component::Normal(_) => depth += 1,
            Component::CurDir => {}
            Component::ParentDir => match depth.checked_sub(1) {
                Some(up) => depth = up,
                None => return false,
            },
            Component::RootDir | Component::Prefix(_) => return false,
        }
    }
    depth > 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_may_turn_but_not_leave() {
        for inside in ["1.jpg", "a/1.jpg", "a/../1.jpg", "./a/./1.jpg"] {
            assert!(stays_inside(inside), "{inside}");
        }
        for outside in ["../1.jpg", "/1.jpg", "a/../../1.jpg", "", ".", "a/.."] {
            assert!(!stays_inside(outside), "{outside}");
        }
    }
}
