//! `story data validate`: every record and picture, and what is wrong with which.

use super::Records;
use crate::arguments::CorpusArguments;
use crate::console::{Console, out, print_json};
use crate::failure::CheckFailed;
use anyhow::Result;
use serde_json::json;
use story_core::Story;
use story_data::diagnostic::Severity;
use story_data::pixels;
use story_data::{Columns, Diagnostic};

/// Findings printed; the rest is counted. `--json` has them all.
const PRINTED: usize = 100;

/// Reads and decodes everything.
///
/// # Errors
/// [`CheckFailed`] if a record, picture or text is lost; oddities that were repaired are warnings.
pub fn run(arguments: &CorpusArguments) -> Result<()> {
    let console = Console::new(arguments.common.quiet);
    let mut records = Records::open(arguments, Columns::All, console)?;
    let source = records.describe();
    let (mut stories, mut unreadable, mut pictures) = (0u64, Vec::new(), Vec::new());
    let mut diagnostics: Vec<Diagnostic> = Vec::new();
    for record in records.by_ref() {
        match record {
            Ok(record) => {
                let (story, found) = record.parse();
                pictures.extend(broken_pictures(&story));
                diagnostics.extend(found);
                stories += 1;
            }
            Err(error) if error.is_record() => unreadable.push(error.to_string()),
            Err(error) => return Err(error.into()),
        }
    }
    diagnostics.extend(records.source.take_diagnostics());
    let (errors, warnings): (Vec<_>, Vec<_>) = diagnostics
        .into_iter()
        .partition(|d| d.severity == Severity::Error);
    let faults = unreadable.len() + pictures.len() + errors.len();
    if arguments.common.json {
        print_json(&json!({
            "source": source,
            "stories": stories,
            "unreadable_records": unreadable,
            "broken_pictures": pictures,
            "errors": errors,
            "warnings": warnings,
        }))?;
    } else {
        out!("{source}");
        let line = |d: &Diagnostic| {
            format!(
                "story {}, {} line {}: {}",
                d.story, d.column, d.line, d.reason
            )
        };
        print("record", &unreadable);
        print("picture", &pictures);
        print("error", &errors.iter().map(line).collect::<Vec<_>>());
        print("warning", &warnings.iter().map(line).collect::<Vec<_>>());
        out!(
            "{stories} stories, {faults} errors, {} warnings",
            warnings.len()
        );
    }
    if faults > 0 {
        return Err(CheckFailed(format!("{faults} errors in {source}")).into());
    }
    Ok(())
}

fn print(name: &str, lines: &[String]) {
    for line in lines.iter().take(PRINTED) {
        out!("{name}: {line}");
    }
    if lines.len() > PRINTED {
        out!(
            "{name}: and {} more (--json lists all)",
            lines.len() - PRINTED
        );
    }
}

fn broken_pictures(story: &Story) -> Vec<String> {
    let frames = story.frames.iter().enumerate();
    let broken = frames.filter_map(|(place, frame)| {
        let error = pixels::decode(frame.image.as_ref()?, pixels::MAX_PIXELS).err()?;
        Some(format!("story {}, image {}: {error}", story.id, place + 1))
    });
    broken.collect()
}
