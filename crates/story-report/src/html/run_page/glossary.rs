//! What the rows, the columns and the words of the tables mean, each with an example of the run's own.

use super::stories::cut_to;
use crate::evaluation::{MODEL, columns as known};
use crate::html::document::Section;
use crate::html::glossary::{Entry, columns, first_value, list};
use crate::html::score_tables::class_of;
use crate::records::{RankRecord, WindowRecord};
use crate::run_records::RunRecords;
use crate::sample::sample;
use crate::scores::{Cell, Role, Row, ScoreTable, format_number};
use crate::systems::System;
use maud::html;
use std::collections::BTreeMap;

/// Longest text of an example, in characters.
const MAX_TEXT: usize = 160;

/// Rows, columns and words; empty where nothing was scored.
pub(super) fn section(run: &RunRecords) -> Section {
    let content = html! { @if !run.scores.is_empty() {
        h3 { "Words" }
        (list("Words", &words(run)))
        h3 { "Rows" }
        @if let Some(sample) = sample(&run.windows) {
            p class="note" {
                "In this run: what the system did with story " (sample.window.story) ", frame "
                (sample.window.target.saturating_add(1)) ", the one on top; else its first score."
            }
        }
        (list("Rows", &rows(run)))
        h3 { "Columns" }
        (list("Columns", &columns(&run.scores, MODEL, &known::meaning)))
    } };
    let gist = "Rows, columns and words of the tables, each with an example of this run";
    Section::folded("glossary", "What do the names mean?", gist, content)
}

/// Every system of the tables, in their order.
fn rows(run: &RunRecords) -> Vec<Entry> {
    let mut known: BTreeMap<(Role, &str), (&Row, &ScoreTable)> = BTreeMap::new();
    for table in &run.scores {
        for row in &table.rows {
            known.entry((row.role, &row.system)).or_insert((row, table));
        }
    }
    let window = sample(&run.windows).map(|sample| sample.window);
    let entry = |((role, system), (row, table)): (&(Role, &str), &(&Row, &ScoreTable))| Entry {
        name: (*system).to_string(),
        class: class_of(*role),
        meaning: match System::named(system) {
            Some(system) => system.meaning().to_string(),
            None => format!("Not known to this version; counted as {}.", role.name()),
        },
        example: window
            .and_then(|window| answer(window, system))
            .unwrap_or_else(|| first_value(table, row)),
    };
    known.iter().map(entry).collect()
}

/// What a system did in a window: its text, else where it ranked the true frame or text, else its
/// picture's distance, else how well it foresaw the tokens.
fn answer(window: &WindowRecord, system: &str) -> Option<String> {
    let told = || {
        let text = window.shown_text(system)?.trim();
        Some(match text {
            "" => "told nothing".to_string(),
            text => format!("told “{}”", cut_to(text, MAX_TEXT)),
        })
    };
    let ranked = || {
        let among = window.next_frame.get(system).map(|rank| ("frame", rank));
        let among = among.or_else(|| window.next_text.get(system).map(|rank| ("text", rank)));
        let (what, RankRecord { better, pool, .. }) = among?;
        Some(format!("ranked the true {what} {} of {pool}", better.saturating_add(1)))
    };
    let painted = || {
        let picture = window.pictures.get(system)?;
        let mse = Some(picture.mse).filter(|mse| mse.is_finite())?;
        Some(format!("squared error {} to the true picture", format_number(mse, 4)))
    };
    let foresaw = || {
        let tokens = window.tokens.get(system).filter(|tokens| tokens.count > 0)?;
        let perplexity = (tokens.nll / tokens.count as f64).exp();
        let shown = Some(perplexity).filter(|value| value.is_finite())?;
        Some(format!("perplexity {} on the true text", format_number(shown, 2)))
    };
    told().or_else(ranked).or_else(painted).or_else(foresaw)
}

/// The words that stand around the tables.
fn words(run: &RunRecords) -> Vec<Entry> {
    let table = &run.scores[0];
    let best = table.row(MODEL).or_else(|| table.rows.first());
    let first = table.columns.first();
    let value = |id: &str, row: &str, column: &str| {
        let table = run.scores.iter().find(|table| table.id == id)?;
        let at = table.column(column)?;
        let cell = table.cell(row, column)?;
        Some(format!("{} {}", table.columns[at].name, table.columns[at].format_cell(cell)))
    };
    let interval = best.zip(first).and_then(|(row, column)| {
        let cell = row.cells.first()?;
        cell.lower?;
        Some(format!("{}: {} {}", row.system, column.name, column.format_cell(cell)))
    });
    let paired = run.scores.iter().find_map(|table| {
        table.rows.iter().find_map(|row| {
            let cells = table.columns.iter().zip(&row.cells);
            cells.into_iter().find_map(|(column, cell)| {
                let difference = cell.difference?;
                let shown = column.format_cell(&Cell::from(difference));
                let p = difference.p.map_or_else(String::new, |p| format!(", p {p:.3}"));
                Some(format!("{MODEL} minus {}: {} {shown}{p}", row.system, column.name))
            })
        })
    });
    let pool = run.scores.iter().find_map(|table| {
        let (low, high) = table.pool?;
        let size = if low == high { high.to_string() } else { format!("{low} to {high}") };
        Some(format!("{}: {size} candidates", table.title))
    });
    let steps = run.windows.first().map(|window| {
        let context = window.context.iter().filter(|step| !step.padding).count();
        format!("{}: {context} steps, then frame {}", window.story, window.target.saturating_add(1))
    });
    let told = value("next-text-free-running", MODEL, "rouge-l");
    let forced = value("next-text-teacher-forced", MODEL, "perplexity");
    let examples = [steps, Some(table.size()), forced, told, pool, interval, paired];
    let entry = |((name, meaning), example): (&(&str, &str), Option<String>)| {
        let (name, meaning) = (name.to_string(), meaning.to_string());
        Some(Entry { name, class: String::new(), meaning, example: example? })
    };
    WORDS.iter().zip(examples).filter_map(entry).collect()
}

/// Words and their meaning; [`words`] has an example for each, in this order.
const WORDS: [(&str, &str); 7] = [
    (
        "window",
        "Some steps of a story in a row, the context, and the frame behind them, the target.",
    ),
    ("story", "What intervals and p draw: windows of one story are no independent witnesses."),
    ("teacher-forced", "At each word the model sees the true words before it."),
    ("free-running", "The model sees its own words alone."),
    ("pool", "The candidates among which the true one is looked for."),
    (
        "interval",
        "Where the score would lie with other stories of the same kind, in as many of 100 cases as \
         the table says: percentile bootstrap by story.",
    ),
    (
        "paired difference",
        "The model's score minus another's on the same stories; p is how often a difference as \
         large comes about by chance (approximate randomisation by story).",
    ),
];
