//! `story data validate`: every record and picture, and what is wrong with which; and whether the
//! parts of the split share pictures.

mod shared;

use super::records::{Records, split};
use crate::arguments::ValidateArguments;
use crate::console::{out, print_json};
use crate::failure::CheckFailed;
use crate::options;
use anyhow::Result;
use serde::Serialize;
use shared::Shared;
use story_data::diagnostic::Severity;
use story_data::{Columns, Diagnostic};
use story_report::counted;
use story_report::records::Audit;
use story_run::audit::Pictures;

/// Findings printed; the rest is counted. `--json` has them all.
const PRINTED: usize = 100;

/// What `story data validate --json` prints.
#[derive(Serialize)]
struct Document<'a> {
    source: &'a str,
    stories: u64,
    unreadable_records: &'a [String],
    broken_pictures: &'a [String],
    errors: &'a [Diagnostic],
    /// Why the corpus makes no split.
    corpus_errors: &'a [String],
    warnings: &'a [Diagnostic],
    audit: &'a Audit,
}

/// Reads and decodes everything.
///
/// # Errors
/// [`CheckFailed`] if a record, picture or text is lost; oddities that were repaired are warnings.
/// With `--strict` also if a held-out story has a picture of a training story.
pub fn run(arguments: &ValidateArguments) -> Result<()> {
    let mut corpus = arguments.corpus.clone();
    corpus.patches.extend(arguments.seed.map(|seed| format!("seed={seed}")));
    let corpus = &corpus;
    let host = options::brief_host(&corpus.common);
    let mut records = Records::open(corpus, Columns::All, &host)?;
    let source = records.describe();
    let mut shared = Shared::new(corpus)?;
    let (mut stories, mut unreadable, mut pictures) = (0u64, Vec::new(), Vec::new());
    let mut diagnostics: Vec<Diagnostic> = Vec::new();
    for record in records.by_ref() {
        match record {
            Ok(record) => {
                let (story, found) = record.parse();
                let hashed = Pictures::of(&story);
                let broken = hashed.faults.iter().map(|(place, fault)| {
                    format!("story {}, image {}: {fault}", story.id, place + 1)
                });
                pictures.extend(broken);
                diagnostics.extend(found);
                stories += 1;
                shared.add(split(corpus), story.id, hashed);
            }
            Err(error) if error.is_record() => unreadable.push(error.to_string()),
            Err(error) => return Err(error.into()),
        }
    }
    diagnostics.extend(records.source.take_diagnostics());
    // A corpus that makes no split (a story twice, a shard gone) still has its other findings told.
    let (audit, corpus_errors) = match shared.finish(corpus, &host) {
        Ok(audit) => (audit, Vec::new()),
        Err(error) => {
            let reason = format!("{error:#}");
            (Audit::Skipped { reason: reason.clone() }, vec![reason])
        }
    };
    let (errors, warnings): (Vec<_>, Vec<_>) =
        diagnostics.into_iter().partition(|d| d.severity == Severity::Error);
    let faults = unreadable.len() + pictures.len() + errors.len() + corpus_errors.len();
    if corpus.common.json {
        print_json(
            "data validate",
            &Document {
                source: &source,
                stories,
                unreadable_records: &unreadable,
                broken_pictures: &pictures,
                errors: &errors,
                corpus_errors: &corpus_errors,
                warnings: &warnings,
                audit: &audit,
            },
        )?;
    } else {
        out!("{source}");
        print("record", &unreadable);
        print("picture", &pictures);
        print("error", &errors.iter().map(Diagnostic::placed).collect::<Vec<_>>());
        print("corpus", &corpus_errors);
        print("warning", &warnings.iter().map(Diagnostic::placed).collect::<Vec<_>>());
        shared::print(&audit);
        let alike = match shared::look_alikes(&audit) {
            0 => String::new(),
            1 => ", 1 pair of look-alikes across the split".into(),
            pairs => format!(", {pairs} pairs of look-alikes across the split"),
        };
        out!(
            "{}, {}, {}{alike}",
            counted(stories, "story", "stories"),
            counted(faults as u64, "error", "errors"),
            counted(warnings.len() as u64, "warning", "warnings")
        );
    }
    if faults > 0 {
        let errors = counted(faults as u64, "error", "errors");
        return Err(CheckFailed(format!("{errors} in {source}")).into());
    }
    match audit {
        Audit::Made(record) if arguments.strict && record.equal_pairs() > 0 => {
            let pairs = record.equal_pairs();
            let message = format!(
                "{} of training stories {} in held-out stories of {source}; \
                 part the stories otherwise (data.split), or leave some out",
                counted(pairs, "picture", "pictures"),
                if pairs == 1 { "stands" } else { "stand" }
            );
            Err(CheckFailed(message).into())
        }
        _ => Ok(()),
    }
}

fn print(name: &str, lines: &[String]) {
    for line in lines.iter().take(PRINTED) {
        out!("{name}: {line}");
    }
    if lines.len() > PRINTED {
        out!("{name}: and {} more (--json lists all)", lines.len() - PRINTED);
    }
}
