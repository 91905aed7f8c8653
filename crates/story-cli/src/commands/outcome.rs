//! What a run's end looks like: tables, flags and files, on stderr, since stdout belongs to
//! `--json`; and with `--strict` the check of its red flags.

use crate::failure::check_flags;
use anyhow::Result;
use story_report::records::Audit;
use story_report::{FlagId, RedFlag, Rendered, ScoreTable, sides};
use story_run::{Host, evaluate, judge};

/// Shows the outcome of a story model's run.
pub fn print(outcome: &evaluate::Outcome, host: &Host) {
    let evaluate::Outcome { summary, tables, rendered, .. } = outcome;
    print_tables(tables, host);
    for sentence in sides(tables) {
        host.say(&sentence);
    }
    // Shared pictures are told in full below.
    let told = |flag: &&RedFlag| flag.id != FlagId::SharedPictures;
    for flag in rendered.flags.iter().filter(told) {
        host.say(&flag.to_string());
    }
    for sentence in summary.audit.iter().flat_map(Audit::sentences) {
        host.say(&sentence);
    }
    if !summary.notice.is_empty() {
        host.say(&format!("note: {}", summary.notice));
    }
    for (name, value) in &summary.bounds {
        host.say(&format!("best reachable, {name}: {value:.3}"));
    }
    for (reason, count) in &summary.skipped {
        host.say(&format!("skipped: {count} x {reason}"));
    }
    print_files(rendered, host);
    for line in &rendered.notes {
        host.warn(line);
    }
}

/// Shows the outcome of a judge's run.
pub fn print_judge(outcome: &judge::Outcome, host: &Host) {
    let judge::Outcome { summary, tables, rendered, .. } = outcome;
    print_tables(tables, host);
    for flag in &rendered.flags {
        host.say(&flag.to_string());
    }
    for (name, value) in &summary.bounds {
        host.say(&format!("best reachable, {name}: {value:.3}"));
    }
    for note in &summary.notes {
        host.say(&format!("note: {note}"));
    }
    if !summary.notice.is_empty() {
        host.say(&format!("note: {}", summary.notice));
    }
    print_files(rendered, host);
    let known = |line: &&String| !summary.notes.contains(line);
    for line in rendered.notes.iter().filter(known) {
        host.warn(line);
    }
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

fn print_tables(tables: &[ScoreTable], host: &Host) {
    for table in tables {
        host.say(&format!("\n{}", table.to_text()));
    }
}

fn print_files(rendered: &Rendered, host: &Host) {
    host.say(&format!("report: {}", rendered.report.display()));
    for line in &rendered.left_out {
        host.say(&format!("left out: {line}"));
    }
}
