//! `story data export`: a corpus as StoryReasoning parquet, or as an own folder.

mod place;

use super::records::Records;
use crate::arguments::ExportArguments;
use crate::console::{out, print_json};
use crate::options;
use anyhow::{Context, Result};
use place::Form;
use serde::Serialize;
use std::path::Path;
use story_data::source::{WriteOptions, write_parquet};
use story_data::{Columns, Record};
use story_report::counted;
use story_run::run_folder::write_atomically;

/// What `story data export --json` prints.
#[derive(Serialize)]
struct Document<'a> {
    source: &'a str,
    #[serde(serialize_with = "story_run::json_path::one")]
    out: &'a Path,
    stories: usize,
}

/// The list of a folder's stories, which is written last.
const STORIES: &str = "stories.jsonl";
/// The folder of its pictures.
const IMAGES: &str = "images";

/// A line of [`STORIES`].
#[derive(Serialize)]
struct StoryLine<'a> {
    frames: Vec<FrameLine<'a>>,
    id: &'a str,
}

/// A step of a story; `image` is relative to the folder.
#[derive(Serialize)]
struct FrameLine<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    image: Option<String>,
    text: &'a str,
}

/// Writes the split and says how many stories it has.
pub fn run(arguments: &ExportArguments) -> Result<()> {
    let form = Form::of(&arguments.out)?;
    place::check(arguments, form)?;
    let host = options::brief_host(&arguments.corpus.common);
    let records = Records::open(&arguments.corpus, Columns::All, &host)?;
    let source = records.describe();
    let stories = if form == Form::Parquet {
        if let Some(folder) = arguments.out.parent().filter(|f| !f.as_os_str().is_empty()) {
            std::fs::create_dir_all(folder).with_context(|| {
                format!("{}: the folder cannot be made; choose another --out", folder.display())
            })?;
        }
        let options = WriteOptions { rows_per_group: arguments.rows_per_group.get() };
        write_parquet(&arguments.out, records, options)?
    } else {
        write_folder(&arguments.out, records)?
    };
    if arguments.corpus.common.json {
        return print_json(
            "data export",
            &Document { source: &source, out: &arguments.out, stories },
        );
    }
    let stories = counted(stories as u64, "story", "stories");
    out!("{stories} of {source} written to {}", arguments.out.display());
    Ok(())
}

/// Pictures under `images/`, and `stories.jsonl` last: a folder that has it is whole. Tags and
/// tables have no place in this form.
fn write_folder(
    folder: &Path,
    records: impl Iterator<Item = story_data::Result<Record>>,
) -> Result<usize> {
    let mut lines = String::new();
    let mut stories = 0;
    for (number, record) in records.enumerate() {
        let (story, _) = record?.parse();
        let mut frames = Vec::new();
        for (place, frame) in story.frames.iter().enumerate() {
            let mut image = None;
            if let Some(bytes) = &frame.image {
                let extension = story_pictures::extension_of(bytes).unwrap_or("bin");
                let name = format!("{IMAGES}/{number:05}-{:02}.{extension}", place + 1);
                write_atomically(&folder.join(&name), bytes)?;
                image = Some(name);
            }
            frames.push(FrameLine { image, text: &frame.text });
        }
        lines.push_str(&serde_json::to_string(&StoryLine { frames, id: &story.id })?);
        lines.push('\n');
        stories += 1;
    }
    write_atomically(&folder.join(STORIES), lines.as_bytes())?;
    Ok(stories)
}
