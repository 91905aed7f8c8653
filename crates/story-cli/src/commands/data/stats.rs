//! `story data stats`: what a corpus holds.

use super::records::Records;
use crate::arguments::CorpusArguments;
use crate::console::{out, print_json};
use crate::options;
use anyhow::Result;
use serde::Serialize;
use story_data::Columns;
use story_data::stats::{CorpusStats, Distribution, StatsBuilder};
use story_run::reading::kind_name;

/// What `story data stats --json` prints.
#[derive(Serialize)]
struct Document<'a> {
    source: &'a str,
    unreadable_records: u64,
    stats: &'a CorpusStats,
}

/// Counts a split and prints it.
pub fn run(arguments: &CorpusArguments) -> Result<()> {
    let host = options::brief_host(&arguments.common);
    let mut records = Records::open(arguments, Columns::All, &host)?;
    let source = records.describe();
    let mut builder = StatsBuilder::new().with_sizes(story_pictures::size_of);
    let mut unreadable = 0u64;
    for record in records.by_ref() {
        match record {
            Ok(record) => {
                let (story, diagnostics) = record.parse();
                builder.add(&story, &diagnostics);
            }
            Err(error) if error.is_record() => {
                host.warn(&error.to_string());
                unreadable += 1;
            }
            Err(error) => return Err(error.into()),
        }
    }
    let stats = builder.finish();
    if arguments.common.json {
        return print_json(
            "data stats",
            &Document { source: &source, unreadable_records: unreadable, stats: &stats },
        );
    }
    out!("{source}");
    print(&stats, unreadable);
    Ok(())
}

fn print(stats: &CorpusStats, unreadable: u64) {
    let row = |name: &str, value: String| out!("  {name:24} {value}");
    row("stories", stats.stories.to_string());
    row("records unreadable", unreadable.to_string());
    row("frames", stats.frames.to_string());
    let distributions = [
        ("frames a story", &stats.frames_per_story),
        ("words a text", &stats.words_per_text),
        ("bytes a picture", &stats.pictures.bytes),
        ("picture width", &stats.pictures.width),
        ("picture height", &stats.pictures.height),
    ];
    for (name, distribution) in distributions {
        if let Some(distribution) = distribution {
            row(name, describe(distribution));
        }
    }
    row("empty texts", stats.empty_texts.to_string());
    row("pictures absent", stats.pictures.absent.to_string());
    row("pictures unreadable", stats.pictures.unreadable.to_string());
    for (format, count) in &stats.pictures.formats {
        row(&format!("pictures in {format}"), count.to_string());
    }
    for (kind, count) in &stats.mentions {
        row(&format!("mentions, {kind:?}").to_lowercase(), count.to_string());
    }
    for (kind, entities) in &stats.entities {
        row(
            &format!("{kind:?}").to_lowercase(),
            format!(
                "{} distinct, {} rows, {} boxes",
                entities.distinct, entities.rows, entities.boxes
            ),
        );
    }
    row("frames with tables", stats.tables.frames.to_string());
    for (phase, count) in &stats.phases {
        row(&format!("phase {phase}"), count.to_string());
    }
    row("errors", stats.diagnostics.errors.to_string());
    row("warnings", stats.diagnostics.warnings.to_string());
    for (kind, count) in &stats.diagnostics.kinds {
        row(&format!("  {}", kind_name(*kind)), count.to_string());
    }
}

fn describe(d: &Distribution) -> String {
    format!(
        "mean {:.1}, median {:.1}, quartiles {:.1} to {:.1}, range {} to {}",
        d.mean, d.median, d.q1, d.q3, d.min, d.max
    )
}
