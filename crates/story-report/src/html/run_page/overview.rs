//! The verdict, what was run, and on which data.

use crate::flags::{FlagId, RedFlag};
use crate::html::parts::{code, count, facts, lines, text_table};
use crate::html::red_flags::red_flags;
use crate::paths::without_paths;
use crate::run_records::RunRecords;
use crate::scores::{ScoreTable, format_number};
use crate::sides::sides;
use crate::tables::dataset_statistics;
use crate::verdict::{HEADLINES, Headline, Outcome, Verdict};
use maud::{Markup, html};

/// A card for each question that a run is judged by.
pub(in crate::html) fn cards(tables: &[ScoreTable]) -> Markup {
    html! { div class="verdicts" { @for headline in &HEADLINES { (card(headline, tables)) } } }
}

/// The cards, what each side is worth, then the red flags.
pub(super) fn verdicts(tables: &[ScoreTable], flags: &[RedFlag]) -> Markup {
    html! {
        (cards(tables))
        @let sides = sides(tables);
        @if !sides.is_empty() {
            div class="verdict" {
                h3 { "What is each side worth?" }
                @for sentence in &sides { p { (capitalized(sentence)) } }
                p class="note" { "The same model, asked with one side withheld; by the paired difference." }
            }
        }
        p class="note" {
            "Yes or no only where the paired difference's p (approximate randomisation by story) tells \
             it from 0. The first line decides, the second stands beside it."
        }
        (red_flags(flags, &FlagId::ALL))
    }
}

/// A sentence that begins as one.
fn capitalized(sentence: &str) -> String {
    let mut letters = sentence.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

fn card(headline: &Headline, tables: &[ScoreTable]) -> Markup {
    let verdicts = headline.verdicts(tables);
    let decisive = verdicts.first();
    let outcome = decisive.map(Verdict::outcome);
    let class = match outcome {
        Some(Outcome::Better) => "better",
        Some(Outcome::Worse) => "worse",
        Some(Outcome::Undecided) => "undecided",
        Some(Outcome::Unknown) | None => "unknown",
    };
    let answer = outcome.map_or("Not measured", Outcome::answer);
    html! {
        div class={ "verdict " (class) } {
            h3 { (headline.question) }
            p class="answer" { (answer) }
            @for verdict in &verdicts { p { (verdict.sentence()) } }
            @if let Some(verdict) = decisive { p class="note" { "Table: " (verdict.table) "." } }
        }
    }
}

/// Facts about the training.
pub(super) fn what_was_run(run: &RunRecords) -> Markup {
    let summary = &run.summary;
    let threads = match summary.threads {
        0 => String::new(),
        1 => ", 1 thread".to_string(),
        threads => format!(", {threads} threads"),
    };
    let epochs = format_number(summary.epochs, 2);
    let seconds: Vec<String> = summary
        .seconds
        .iter()
        .map(|(phase, seconds)| format!("{phase} {} s", format_number(*seconds, 1)))
        .collect();
    let mebibytes = |bytes: u64| format_number(bytes as f64 / (1024.0 * 1024.0), 0);
    html! {
        (facts([
            ("Command", code(&summary.command)),
            ("Seed", html! { (summary.seed) }),
            ("Device", html! { (summary.device) (threads) }),
            ("Trainable numbers", html! { (count(summary.parameters)) }),
            ("Vocabulary", html! { (count(summary.vocabulary)) }),
            ("Steps", html! { @if summary.steps > 0 {
                (count(summary.steps)) " (" (epochs) " epochs)"
            } }),
            ("Time", html! { (seconds.join(", ")) }),
            ("Peak memory", html! { @if let Some(bytes) = summary.peak_memory_bytes {
                (mebibytes(bytes)) " MiB"
            } }),
        ]))
    }
}

/// Where the data come from, their splits, what was skipped and what could be reached at best.
pub(super) fn data(run: &RunRecords) -> Markup {
    let summary = &run.summary;
    let skipped =
        summary.skipped.iter().map(|(reason, n)| format!("{}: {n}", without_paths(reason)));
    let bound = |(name, value): (&String, &f64)| format!("{name}: {}", format_number(*value, 4));
    let splits = dataset_statistics(summary, &run.analysis);
    html! {
        (facts([
            ("Source", html! { (without_paths(&summary.source)) }),
            ("Skipped", lines(skipped)),
            ("Best reachable", lines(summary.bounds.iter().map(bound))),
        ]))
        @if !splits.rows.is_empty() {
            h3 { "Splits" }
            (text_table(&splits, "Splits"))
            p class="note" {
                "The same hash of ids is the same split. Tokens count specials, before cutting."
            }
        }
    }
}
