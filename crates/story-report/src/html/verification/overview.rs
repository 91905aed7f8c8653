//! The top of a judge's report: the verdict in plain words, the red flags, what was judged.

use super::super::overview::{count, red_flags};
use super::super::{escape, push, text_table};
use crate::flags::{FlagId, RedFlag, Severity};
use crate::scores::{ScoreTable, format_number};
use crate::tables::{TextTable, in_order};
use crate::verdict::{Outcome, Verdict, verdict};
use crate::verification::{FUSION, Judgement, MATCHING, SIGNALS, TEXT_ONLY, VerificationSummary};
use std::collections::BTreeSet;

/// Ids of the columns that answer a question; the first one decides.
const COLUMNS: [&str; 2] = ["roc-auc", "accuracy"];

/// What the fusion reaches, whether it beats the best signal and the text alone, and the red flags.
pub(super) fn verdicts(judgement: &Judgement, flags: &[RedFlag]) -> String {
    let mut html = String::new();
    for flag in flags.iter().filter(|flag| flag.severity == Severity::Failure) {
        push(
            &mut html,
            format_args!(
                "<p class=\"alarm\"><strong>Red flag.</strong> {}</p>\n",
                escape(&flag.sentence)
            ),
        );
    }
    let table = judgement.scores.iter().find(|table| table.id == MATCHING);
    let Some(table) = table else {
        html.push_str("<p>Nothing was judged.</p>\n");
        return html + &red_flags(flags, &FlagId::OF_JUDGES);
    };
    html.push_str(&in_short(table));
    html.push_str("<div class=\"verdicts\">\n");
    let question = "Is the fusion better than the best single signal?";
    let unlike = "No, it cannot be told from it";
    html.push_str(&card(table, question, best_signal(table), unlike));
    let question = "Is the fusion better than the text alone, without the picture?";
    let unlike = "No, the text alone does as well";
    let there = table.row(TEXT_ONLY).map(|_| TEXT_ONLY);
    html.push_str(&card(table, question, there, unlike));
    push(
        &mut html,
        format_args!(
            "</div>\n<p class=\"note\">Yes only where the paired difference, bootstrapped by story, \
             lies above 0 for ROC-AUC; the best signal is the one with the highest of those that \
             could judge at least half of the examples.</p>\n{}",
            red_flags(flags, &FlagId::OF_JUDGES)
        ),
    );
    html
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
        return "<p>The fusion judged nothing.</p>\n".to_string();
    };
    let area = score("roc-auc").map_or_else(String::new, |area| {
        format!(" It scores a matching text above another one in {area} of all pairs.")
    });
    let stories = match size.stories {
        1 => "1 story".to_string(),
        n => format!("{n} stories"),
    };
    format!(
        "<p>Of {} examples from {stories} the fusion judges {accuracy} rightly.{area}</p>\n",
        size.windows
    )
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

fn card(table: &ScoreTable, question: &str, baseline: Option<&str>, unlike: &str) -> String {
    let verdicts: Vec<Verdict> = match baseline {
        None => Vec::new(),
        Some(baseline) => {
            COLUMNS.iter().map(|column| verdict(table, column, FUSION, baseline)).collect()
        }
    };
    let (class, answer) = match verdicts.first().map(|verdict| verdict.by_difference) {
        Some(Outcome::Better) => ("better", "Yes"),
        Some(Outcome::Worse) => ("worse", "No, it is worse"),
        Some(Outcome::Undecided) => ("worse", unlike),
        Some(Outcome::Unknown) => ("unknown", "No interval to judge by"),
        None => ("unknown", "Not measured"),
    };
    let lines: String = verdicts
        .iter()
        .map(|verdict| format!("<p>{}</p>\n", escape(&verdict.sentence())))
        .collect();
    format!(
        "<div class=\"verdict {class}\"><h3>{question}</h3><p class=\"answer\">{answer}</p>\n{lines}</div>\n"
    )
}

/// Facts about the run, its examples and splits.
pub(super) fn what_was_judged(summary: &VerificationSummary) -> String {
    let mut html = String::from("<dl>\n");
    let mut fact = |name: &str, value: String| {
        if !value.is_empty() {
            push(&mut html, format_args!("<dt>{name}</dt><dd>{value}</dd>\n"));
        }
    };
    if !summary.command.is_empty() {
        fact("Command", format!("<code>{}</code>", escape(&summary.command)));
    }
    fact("Data", escape(&summary.source));
    fact("Seed", summary.seed.to_string());
    fact("Detector", escape(&summary.detector));
    fact("Similarity", escape(&summary.similarity));
    let numbers = |numbers: &std::collections::BTreeMap<String, f64>, digits, unit| {
        let lines = numbers.iter().map(|(name, value)| {
            format!("{}: {}{unit}", escape(name), format_number(*value, digits))
        });
        lines.collect::<Vec<_>>().join("<br>")
    };
    fact("Thresholds", numbers(&summary.thresholds, 3, ""));
    if let Some(temperature) = summary.temperature {
        fact("Temperature", format_number(temperature, 3));
    }
    fact("Time", numbers(&summary.seconds, 1, " s"));
    fact("Best reachable", numbers(&summary.bounds, 4, ""));
    html.push_str("</dl>\n");
    for (title, table) in [("Splits", splits(summary)), ("Examples by kind", kinds(summary))] {
        if !table.rows.is_empty() {
            push(&mut html, format_args!("<h3>{title}</h3>\n{}", text_table(&table, title)));
        }
    }
    html
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
