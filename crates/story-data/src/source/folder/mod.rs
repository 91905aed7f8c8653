//! Own stories in a folder, in one of three forms.
//!
//! ```text
//! stories.jsonl    {"id": "a", "frames": [{"image": "a/1.jpg", "text": "..."}, ...]}   a line a story
//! a/1.jpg ...      a subfolder a story, with texts.txt (a line a picture) or a text file a picture
//! 1.jpg ...        the folder itself is one story
//! ```
//!
//! Pictures (jpg, jpeg, png, webp) are ordered by the last number in their names. What would put
//! the wrong text to a picture is an error of that story; what merely lacks is a diagnostic. Links
//! that lead out of the folder are not followed, pipes and devices not read.

mod files;
mod json_lines;
mod names;
mod numbered;
mod text;

use crate::story_reasoning::story_from_texts;
use crate::{Columns, Diagnostic, Error, Record, RecordImage, Result, Split, StorySource};
use files::Root;
use json_lines::JsonLines;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use story_files::MOST_PICTURE_BYTES;

/// The file that lists stories.
const STORIES: &str = "stories.jsonl";

/// A story as a folder holds it, before its pictures are read.
struct Draft {
    id: String,
    frames: Vec<DraftFrame>,
    diagnostics: Vec<Diagnostic>,
}

/// A picture and its text.
struct DraftFrame {
    /// Where the picture is.
    picture: PathBuf,
    /// The same, relative to the corpus; becomes the record's `path`.
    label: String,
    text: String,
}

enum Stories {
    Lines(JsonLines),
    Folders(Vec<PathBuf>),
}

/// Own stories. They have no official split: training gets all of them, a test split is made by
/// story (see [`crate::split`]).
pub struct FolderSource {
    root: PathBuf,
    files: Root,
    split: Split,
    columns: Columns,
    stories: Stories,
    /// The story to read next, by its place among them.
    next: usize,
    diagnostics: Vec<Diagnostic>,
}

impl FolderSource {
    /// Looks for stories in `root`; pictures are read later, one story at a time.
    ///
    /// # Errors
    /// Where the folder cannot be read or holds none of the three forms.
    pub fn open(root: &Path, split: Split, columns: Columns) -> Result<Self> {
        let mut diagnostics = Vec::new();
        let files = Root::open(root)?;
        let list = root.join(STORIES);
        let mut stories = if list.is_file() {
            Stories::Lines(JsonLines::open(&list, &files)?)
        } else {
            Stories::Folders(numbered::stories(root, &mut diagnostics)?)
        };
        if split == Split::Test {
            stories = Stories::Folders(Vec::new());
            diagnostics.clear();
        }
        let root = root.to_path_buf();
        Ok(Self { root, files, split, columns, stories, next: 0, diagnostics })
    }

    fn count(&self) -> usize {
        match &self.stories {
            Stories::Lines(lines) => lines.len(),
            Stories::Folders(folders) => folders.len(),
        }
    }

    fn record(&mut self, index: usize) -> Result<Record> {
        let draft = match &self.stories {
            Stories::Lines(lines) => lines.draft(index, &self.root)?,
            Stories::Folders(folders) => numbered::draft(&folders[index], &self.root, &self.files)?,
        };
        let mut images = Vec::with_capacity(draft.frames.len());
        let mut texts = Vec::with_capacity(draft.frames.len());
        for frame in draft.frames {
            let bytes = match self.columns {
                Columns::Text => None,
                Columns::All => {
                    let bytes = self.files.read(&frame.picture, MOST_PICTURE_BYTES);
                    Some(Arc::from(bytes.map_err(|error| unreadable(error).in_record(&draft.id))?))
                }
            };
            images.push(RecordImage { bytes, path: frame.label });
            texts.push(frame.text);
        }
        self.diagnostics.extend(draft.diagnostics);
        Ok(Record {
            story_id: draft.id,
            frame_count: i32::try_from(images.len()).ok(),
            images,
            chain_of_thought: String::new(),
            story: story_from_texts(&texts),
        })
    }
}

/// A picture that cannot be read is its story's trouble, not the corpus's.
fn unreadable(error: Error) -> Error {
    match error {
        Error::Io { path, source } => {
            let remedy = "put the picture there, or mend the story";
            let place = path.display().to_string();
            Error::data(place, "a readable picture", source.to_string(), remedy)
        }
        other => other,
    }
}

impl StorySource for FolderSource {
    fn describe(&self) -> String {
        format!("folder {}, split {}", self.root.display(), self.split.name())
    }

    fn len(&self) -> Option<usize> {
        Some(self.count())
    }

    fn next_record(&mut self) -> Option<Result<Record>> {
        let index = self.next;
        if index >= self.count() {
            return None;
        }
        self.next += 1;
        Some(self.record(index))
    }

    fn take_diagnostics(&mut self) -> Vec<Diagnostic> {
        std::mem::take(&mut self.diagnostics)
    }
}
