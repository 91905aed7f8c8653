//! Reading a source to its end: stories with the split they came in, and what was wrong.

use crate::config::OnFault;
use crate::error::{Context, Result};
use crate::host::Host;
use std::collections::BTreeMap;
use story_core::Story;
use story_data::diagnostic::DiagnosticKind;
use story_data::source::SourceConfig;
use story_data::split::Member;
use story_data::{Columns, Diagnostic, Split, StorySource};

/// What a source gave: stories with the split they came in.
pub struct Reading {
    /// The stories, in order.
    pub stories: Vec<(Story, Split)>,
    /// How the sources describe themselves.
    pub source: String,
    /// Records that were skipped, by reason.
    pub skipped: BTreeMap<String, u64>,
    /// Faults that were read over.
    pub diagnostics: Vec<Diagnostic>,
    /// Whether the source has a train and a test split of its own.
    pub official: bool,
}

/// Opens one split of a source, with the Hub's variables where it is on the Hub.
///
/// # Errors
/// A source that cannot be opened.
pub fn open(
    source: &SourceConfig,
    split: Split,
    columns: Columns,
    host: &Host,
) -> Result<Box<dyn StorySource>> {
    let hub = host.hub_if(matches!(source, SourceConfig::Hub { .. }))?;
    match source.open(split, columns, &hub) {
        Err(error @ story_data::Error::Io { .. }) => Err(error)
            .context("the stories cannot be read; correct data.source, --parquet or --folder"),
        opened => Ok(opened?),
    }
}

/// What is read of which source.
#[derive(Clone, Copy)]
pub struct Wanted<'a> {
    /// Where stories come from.
    pub source: &'a SourceConfig,
    /// At most so many stories of each split; 0 reads all.
    pub max_stories: usize,
    /// What a record that cannot be read does.
    pub bad_records: OnFault,
    /// With or without pictures.
    pub columns: Columns,
}

impl Reading {
    /// Reads both splits of a source.
    ///
    /// # Errors
    /// A source that cannot be read, or a faulty record where `wanted` says `fail`.
    pub fn of(wanted: Wanted, host: &Host) -> Result<Self> {
        let Wanted { source: from, max_stories, bad_records, columns } = wanted;
        let mut reading = Self {
            stories: Vec::new(),
            source: String::new(),
            skipped: BTreeMap::new(),
            diagnostics: Vec::new(),
            official: from.has_official_split()?,
        };
        let splits: &[Split] =
            if reading.official { &[Split::Train, Split::Test] } else { &[Split::Train] };
        for &split in splits {
            let mut source = open(from, split, columns, host)?;
            if !reading.source.is_empty() {
                reading.source.push_str("; ");
            }
            reading.source.push_str(&source.describe());
            let limit = if max_stories == 0 { usize::MAX } else { max_stories };
            let length = source.len().unwrap_or(0).min(limit);
            let bar = host.bar(&format!("read {}", split.name()), length as u64);
            let mut taken = 0;
            while taken < limit {
                let Some(record) = source.next_record() else {
                    break;
                };
                match record {
                    Ok(record) => {
                        let (story, diagnostics) = record.parse();
                        reading.diagnostics.extend(diagnostics);
                        reading.stories.push((story, split));
                        taken += 1;
                    }
                    Err(error) if error.is_record() && bad_records == OnFault::Skip => {
                        host.warn(&format!("skipped: {error}"));
                        *reading.skipped.entry("record that cannot be read".into()).or_default() +=
                            1;
                    }
                    Err(error) => {
                        return Err(error).context(
                        "reading stories (set data.bad_records = \"skip\" to leave faulty records out and count them)",
                    );
                    }
                }
                bar.step(1);
            }
            reading.diagnostics.extend(source.take_diagnostics());
            drop(bar);
        }
        Ok(reading)
    }

    /// The stories as their split sees them.
    pub fn members(&self) -> Vec<Member<'_>> {
        let official = |split: Split| self.official.then_some(split);
        let stories = self.stories.iter();
        stories.map(|(story, split)| Member { id: &story.id, official: official(*split) }).collect()
    }

    /// What could not be used, and what was read over, by reason, counted.
    pub fn counted(&self) -> BTreeMap<String, u64> {
        let mut counted = self.skipped.clone();
        for diagnostic in &self.diagnostics {
            *counted.entry(format!("note: {}", kind_name(diagnostic.kind))).or_default() += 1;
        }
        counted
    }
}

/// A diagnostic's kind in words, such as `empty text`.
pub fn kind_name(kind: DiagnosticKind) -> String {
    let name = serde_json::to_value(kind).ok();
    name.and_then(|name| Some(name.as_str()?.replace('-', " "))).unwrap_or_default()
}
