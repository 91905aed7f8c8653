//! The top of a judge's report: the verdict in plain words, the red flags, what was judged.

use crate::flags::{FlagId, RedFlag, Severity};
use crate::html::parts::{code, count, facts, lines, text_table};
use crate::html::red_flags::red_flags;
use crate::paths::without_paths;
use crate::scores::{ScoreTable, format_number};
use crate::tables::{TextTable, in_order};
use crate::verdict::{Outcome, Verdict, verdict};
use crate::verification::{FUSION, Judgement, MATCHING, SIGNALS, TEXT_ONLY, VerificationSummary};
use crate::wording::counted;
use maud::{Markup, html};
use std::collections::{BTreeMap, BTreeSet};

/// Ids of the columns that answer a question; the first one decides.
const COLUMNS: [&str; 2] = ["roc-auc", "accuracy"];

/// What the fusion reaches, whether it beats the best signal and the text alone, and the red flags.
pub(super) fn verdicts(judgement: &Judgement, flags: &[RedFlag]) -> Markup {
    let failures = flags.iter().filter(|flag| flag.severity == Severity::Failure);
    let table = judgement.scores.iter().find(|table| table.id == MATCHING);
    html! {
        @for flag in failures {
            p class="alarm" { strong { "Red flag." } " " (flag.sentence) }
        }
        @match table {
            None => { p { "Nothing was judged." } }
            Some(table) => (answers(table)),
        }
        (red_flags(flags, &FlagId::OF_JUDGES))
    }
}

/// The fusion's main scores, and a card for each question.
fn answers(table: &ScoreTable) -> Markup {
    let best = Question {
        text: "Is the fusion better than the best single signal?",
        baseline: best_signal(table),
        undecided: "No, it cannot be told from it",
    };
    let text_alone = Question {
        text: "Is the fusion better than the text alone, without the picture?",
        baseline: table.row(TEXT_ONLY).map(|_| TEXT_ONLY),
        undecided: "No, the text alone does as well",
    };
    html! {
        p { (in_short(table)) }
        div class="verdicts" { (card(table, &best)) (card(table, &text_alone)) }
        p class="note" {
            "Yes or no only where the paired difference's p (approximate randomisation by story) tells \
             it from 0, by ROC-AUC; accuracy stands beside it. The best signal is the one with the \
             highest ROC-AUC of those that could judge at least half of the examples."
        }
    }
}

/// The fusion's main scores in a sentence or two.
fn in_short(table: &ScoreTable) -> String {
    let percent = |value: f64| format_number(100.0 * value, 1);
    let score = |id: &str| {
        let cell = table.cell(FUSION, id)?;
        let value = percent(cell.value?);
        Some(match (cell.lower, cell.upper) {
            (Some(lower), Some(upper)) => {
                format!("{value} % ({} to {} %)", percent(lower), percent(upper))
            }
            _ => format!("{value} %"),
        })
    };
    let (Some(accuracy), Some(size)) = (score("accuracy"), table.row(FUSION)) else {
        return "The fusion judged nothing.".to_string();
    };
    let area = score("roc-auc").map_or_else(String::new, |area| {
        format!(" It scores a matching text above another one in {area} of all pairs.")
    });
    let stories = counted(size.stories, "story", "stories");
    let examples = counted(size.windows, "example", "examples");
    format!("Of {examples} from {stories} the fusion judges {accuracy} rightly.{area}")
}

/// The signal with the highest area of those that judged at least half of the examples.
fn best_signal(table: &ScoreTable) -> Option<&'static str> {
    let area = |signal: &str| table.cell(signal, COLUMNS[0]).and_then(|cell| cell.value);
    let speaks = |signal: &str| {
        let row = table.row(signal);
        row.is_some_and(|row| 2 * row.missing <= row.windows)
    };
    let signals = SIGNALS.into_iter().filter(|signal| speaks(signal));
    let known = signals.filter_map(|signal| Some((area(signal)?, signal)));
    known.max_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, signal)| signal)
}

/// What a judge is asked against a baseline.
struct Question {
    text: &'static str,
    /// `None` where there is nothing to compare with.
    baseline: Option<&'static str>,
    /// The answer where the difference cannot be told from 0.
    undecided: &'static str,
}

fn card(table: &ScoreTable, question: &Question) -> Markup {
    let verdicts: Vec<Verdict> = match question.baseline {
        None => Vec::new(),
        Some(baseline) => {
            COLUMNS.iter().map(|column| verdict(table, column, FUSION, baseline)).collect()
        }
    };
    let (class, answer) = match verdicts.first().map(|verdict| verdict.by_difference) {
        Some(Outcome::Better) => ("better", "Yes"),
        Some(Outcome::Worse) => ("worse", "No, it is worse"),
        Some(Outcome::Undecided) => ("worse", question.undecided),
        Some(Outcome::Unknown) => ("unknown", "No interval to judge by"),
        None => ("unknown", "Not measured"),
    };
    html! {
        div class={ "verdict " (class) } {
            h3 { (question.text) }
            p class="answer" { (answer) }
            @for verdict in &verdicts { p { (verdict.sentence()) } }
        }
    }
}

/// How the judge was trained.
pub(super) fn what_was_run(summary: &VerificationSummary) -> Markup {
    let temperature = summary.temperature.map(|temperature| format_number(temperature, 3));
    html! {
        (facts([
            ("Command", code(&summary.command)),
            ("Seed", html! { (summary.seed) }),
            ("Thresholds", numbers(&summary.thresholds, 3, "")),
            ("Temperature", html! { (temperature.unwrap_or_default()) }),
            ("Time", numbers(&summary.seconds, 1, " s")),
        ]))
    }
}

/// What was judged: pictures and texts, who looked, the parts of the split, the kinds of texts.
pub(super) fn what_was_judged(summary: &VerificationSummary) -> Markup {
    html! {
        (facts([
            ("Data", html! { (without_paths(&summary.source)) }),
            ("Detector", html! { (without_paths(&summary.detector)) }),
            ("Similarity", html! { (without_paths(&summary.similarity)) }),
            ("Best reachable", numbers(&summary.bounds, 4, "")),
        ]))
        @for (title, table) in [("Splits", splits(summary)), ("Examples by kind", kinds(summary))] {
            @if !table.rows.is_empty() { h3 { (title) } (text_table(&table, title)) }
        }
    }
}

fn numbers(numbers: &BTreeMap<String, f64>, digits: usize, unit: &str) -> Markup {
    lines(
        numbers
            .iter()
            .map(|(name, value)| format!("{name}: {}{unit}", format_number(*value, digits))),
    )
}

fn splits(summary: &VerificationSummary) -> TextTable {
    let mut table = TextTable::new(["split", "stories", "examples", "ids hash"]);
    for name in in_order(summary.splits.keys()) {
        let split = &summary.splits[name];
        table.rows.push(vec![
            name.clone(),
            count(split.stories),
            count(split.examples),
            split.hash.clone(),
        ]);
    }
    table
}

fn kinds(summary: &VerificationSummary) -> TextTable {
    let kinds: BTreeSet<&String> = summary.counts.values().flat_map(|kinds| kinds.keys()).collect();
    let mut table =
        TextTable::new(std::iter::once("split").chain(kinds.iter().map(|k| k.as_str())));
    for split in in_order(summary.counts.keys()) {
        let of = |kind: &&String| summary.counts[split].get(*kind).copied().unwrap_or(0);
        let counts = kinds.iter().map(|kind| of(kind).to_string());
        table.rows.push(std::iter::once(split.clone()).chain(counts).collect());
    }
    table
}
