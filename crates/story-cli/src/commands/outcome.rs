//! What a run's end looks like, on stdout: which parameters were kept and why, the numbers that it is
//! judged by, each with the best of what needs no model, its flags and files; the tables on request.
//! With `--strict` its red flags are a failed check.

use crate::console::out;
use crate::failure::check_flags;
use anyhow::Result;
use story_report::records::Audit;
use story_report::{HEADLINES, RedFlag, Rendered, ScoreTable, sides};
use story_run::{Host, RunFolder, evaluate, judge};

/// How much of an outcome is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shown {
    /// The summary.
    Summary,
    /// The score tables, and all else that a report begins with, before it.
    Everything,
}

impl Shown {
    /// From the option `--tables`.
    pub fn new(tables: bool) -> Self {
        if tables { Self::Everything } else { Self::Summary }
    }
}

/// Prints the outcome of a story model's run in `folder`.
pub fn print(outcome: &evaluate::Outcome, folder: &RunFolder, shown: Shown) {
    let evaluate::Outcome { summary, kept, tables, rendered, .. } = outcome;
    if shown == Shown::Everything {
        print_everything(outcome);
    }
    for sentence in kept.sentences() {
        out!("{sentence}");
    }
    for verdict in
        HEADLINES.iter().filter_map(|headline| headline.verdicts(tables).into_iter().next())
    {
        out!("{}: {}", verdict.table, verdict.sentence());
    }
    print_flags(&rendered.flags);
    for (reason, count) in &summary.skipped {
        out!("skipped: {count} x {reason}");
    }
    if !summary.notice.is_empty() {
        out!("note: {}", summary.notice);
    }
    out!("report: {}", rendered.report.display());
    let path = folder.path().display();
    out!("run: {path} (config.toml, checkpoint/, scores.json)");
    match shown {
        Shown::Summary => out!("tables: {path}/tables (--tables prints them)"),
        Shown::Everything => out!("tables: {path}/tables"),
    }
}

/// The tables, what each side is worth, what is shared and which figures were left out.
fn print_everything(outcome: &evaluate::Outcome) {
    let evaluate::Outcome { summary, tables, rendered, .. } = outcome;
    print_tables(tables);
    for sentence in sides(tables) {
        out!("{sentence}");
    }
    // Where pictures are shared, a flag says so below.
    let audit = summary.audit.iter().filter(|audit| !audit.found_shared());
    for sentence in audit.flat_map(Audit::sentences) {
        out!("{sentence}");
    }
    print_bounds(&summary.bounds);
    for line in &rendered.left_out {
        out!("left out: {line}");
    }
}

/// Prints the outcome of a judge's run.
pub fn print_judge(outcome: &judge::Outcome) {
    let judge::Outcome { folder, summary, tables, rendered } = outcome;
    print_tables(tables);
    print_bounds(&summary.bounds);
    for note in &summary.notes {
        out!("note: {note}");
    }
    for line in &rendered.left_out {
        out!("left out: {line}");
    }
    print_flags(&rendered.flags);
    if !summary.notice.is_empty() {
        out!("note: {}", summary.notice);
    }
    out!("report: {}", rendered.report.display());
    out!("run: {}", folder.path().display());
}

/// Warns of what a reader should know of the records.
pub fn warn(notes: &[String], host: &Host) {
    notes.iter().for_each(|note| host.warn(note));
}

/// The same of a judge, whose own notes are part of its answer.
pub fn warn_of_judge(outcome: &judge::Outcome, host: &Host) {
    let judge::Outcome { summary, rendered, .. } = outcome;
    let known = |line: &&String| !summary.notes.contains(line);
    rendered.notes.iter().filter(known).for_each(|note| host.warn(note));
}

/// With `--strict` a result that must not be believed, or that shows nothing, is a failed check.
/// Everything is written by then.
///
/// # Errors
/// [`crate::failure::CheckFailed`] naming the red flags.
pub fn check(rendered: &Rendered, strict: bool) -> Result<()> {
    match strict {
        true => check_flags(&rendered.flags),
        false => Ok(()),
    }
}

pub fn print_tables(tables: &[ScoreTable]) {
    for table in tables {
        out!("{}", table.to_text());
    }
}

fn print_flags(flags: &[RedFlag]) {
    for flag in flags {
        out!("{flag}");
    }
}

fn print_bounds(bounds: &std::collections::BTreeMap<String, f64>) {
    for (name, value) in bounds {
        out!("best reachable, {name}: {value:.3}");
    }
}
