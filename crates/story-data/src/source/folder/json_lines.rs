//! `stories.jsonl`: one JSON object a line.
//!
//! ```json
//! {"id": "a", "frames": [{"image": "a/1.jpg", "text": "One day ..."}]}
//! {"id": "b", "images": ["b/1.jpg"], "texts": ["One day ..."]}
//! ```
//!
//! Pictures are named relative to the folder and lie inside it.

use super::files::Root;
use super::{Draft, DraftFrame, text};
use crate::{Error, Result};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};
use story_files::MOST_TEXT_BYTES;

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
    ///
    /// # Errors
    /// Where it cannot be read, is empty, or is one JSON document instead of lines.
    pub fn open(path: &Path, root: &Root) -> Result<Self> {
        let bytes = root.read(path, MOST_TEXT_BYTES)?;
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
        if let Some(found) = one_document(bytes, &lines) {
            let place = path.display().to_string();
            let remedy = "write each story on a line of its own (jq -c '.[]' does it to an array)";
            return Err(Error::data(place, format!("a JSON object a line: {FORM}"), found, remedy));
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
                let what = if picture.exists() { "no file" } else { "not there" };
                let found = format!("{label:?} in frame {frame}, which is {what}");
                return Err(at_story(self.wrong("pictures that exist", found)));
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
                let found = format!("images: {}, texts: {}", images.len(), texts.len());
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

/// What a file is that holds one JSON document over all its lines, as `json.dump` writes it.
fn one_document(bytes: &[u8], lines: &[(usize, Vec<u8>)]) -> Option<&'static str> {
    let opening = bytes.trim_ascii_start().first()?;
    let whole = || serde_json::from_slice::<serde::de::IgnoredAny>(bytes).is_ok();
    match opening {
        b'[' => Some("a JSON array"),
        b'{' if lines.len() > 1 && whole() => Some("one JSON object over many lines"),
        _ => None,
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
