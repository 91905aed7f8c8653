//! What pictures and texts are worth to a run's model, a sentence a side: its scores beside those of the
//! same model from which the side is withheld.

use crate::scores::{Cell, ScoreTable};
use crate::systems::System;
use crate::verdict::{Outcome, verdict};

/// A score that a side may be worth something to.
struct Asked {
    /// Tables in which it stands; the first that is there answers.
    tables: &'static [&'static str],
    column: &'static str,
    what: &'static str,
}

const ASKED: [Asked; 3] = [
    Asked {
        tables: &["next-text-teacher-forced"],
        column: "perplexity",
        what: "the next text's perplexity",
    },
    Asked {
        tables: &["next-frame-retrieval-unshown", "next-frame-retrieval"],
        column: "mrr",
        what: "the next frame's MRR",
    },
    Asked { tables: &["next-picture"], column: "mse", what: "the painted picture's squared error" },
];

/// One sentence for the pictures and one for the texts; none for a side that was not withheld.
pub fn sides(tables: &[ScoreTable]) -> Vec<String> {
    let asked = [("pictures", System::ModelPictureBlind), ("texts", System::ModelTextBlind)];
    asked.iter().filter_map(|(side, blind)| sentence(tables, side, blind.name())).collect()
}

fn sentence(tables: &[ScoreTable], side: &str, blind: &str) -> Option<String> {
    let parts: Vec<String> = ASKED.iter().filter_map(|asked| part(tables, asked, blind)).collect();
    (!parts.is_empty()).then(|| format!("without the {side} {}.", parts.join("; ")))
}

fn part(tables: &[ScoreTable], asked: &Asked, blind: &str) -> Option<String> {
    let named = |id: &&str| tables.iter().find(|table| table.id == *id);
    let table = asked.tables.iter().find_map(named)?;
    table.row(blind)?;
    let verdict = verdict(table, asked.column, System::Model.name(), blind);
    let column = verdict.column?;
    let number = |cell: &Cell| column.format_cell(&Cell { value: cell.value, ..Cell::default() });
    verdict.model_cell.value.and(verdict.baseline_cell.value)?;
    let worth = match verdict.by_difference {
        Outcome::Better => "they help",
        Outcome::Worse => "they harm",
        Outcome::Undecided => "no difference can be told",
        Outcome::Unknown => "no interval to tell by",
    };
    let (with, without) = (number(&verdict.model_cell), number(&verdict.baseline_cell));
    Some(format!("{} is {without} in place of {with} ({worth})", asked.what))
}
