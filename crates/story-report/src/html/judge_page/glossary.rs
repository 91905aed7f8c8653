//! What the rows, the kinds of texts and the columns of a judge's tables mean, each with an example of
//! the run's own.

use crate::evaluation::columns as known;
use crate::html::document::Section;
use crate::html::glossary::{Entry, columns, first_value, list};
use crate::html::score_tables::class_of;
use crate::scores::{Role, Row, ScoreTable};
use crate::verification::systems::{kind_meaning, kinds, meaning, plain};
use crate::verification::{FUSION, Judgement, MATCHING, NEGATIVE_KINDS, VerificationRecord};
use maud::html;

/// Columns that only tables of judges have, by id.
const OWN: [(&str, &str); 11] = [
    ("n", "Examples that the system could judge."),
    ("match", "Share of the matching texts that are rejected, by mistake."),
    ("mismatch", "Share of all other texts that are rejected, rightly."),
    ("edits", "Texts in which one phrase of this kind was changed."),
    ("unread", "Those in which nothing was read where the change is."),
    ("changed", "Phrases that were read where something was changed."),
    ("flagged", "Share of the changed phrases that are not found or contradicted."),
    ("not-judged", "Share of the changed phrases that could not be judged."),
    ("matching", "Phrases that were read in texts that match."),
    ("false-alarms", "Share of the phrases in matching texts that are flagged all the same."),
    ("gap", "Share flagged where something was changed, minus false alarms."),
];

/// Rows, kinds and columns; empty where nothing was scored.
pub(super) fn section(judgement: &Judgement) -> Section {
    let (records, tables) = (&judgement.records, &judgement.scores);
    let content = html! { @if !tables.is_empty() {
        h3 { "Rows" }
        (list("Rows", &rows(tables)))
        @let kinds = kinds_of_texts(records);
        @if !kinds.is_empty() { h3 { "Kinds of texts" } (list("Kinds of texts", &kinds)) }
        h3 { "Columns" }
        (list("Columns", &scores(tables, records)))
    } };
    let gist = "Rows, kinds of texts and columns, each with an example of this run";
    Section::folded("glossary", "What do the names mean?", gist, content)
}

/// The systems, in their order.
fn rows(tables: &[ScoreTable]) -> Vec<Entry> {
    let Some(table) = tables.iter().find(|table| table.id == MATCHING) else {
        return Vec::new();
    };
    let entry = |row: &Row| Entry {
        name: row.system.clone(),
        class: class_of(row.role).to_string(),
        meaning: match (meaning(&row.system), row.role) {
            (Some(meaning), _) => meaning.to_string(),
            (None, Role::Bound) => "What a judge that knows all could reach.".to_string(),
            (None, role) => format!("Not known to this version; counted as {}.", role.name()),
        },
        example: first_value(table, row),
    };
    table.rows.iter().map(entry).collect()
}

/// Kinds of texts that do not match, each with the beginning of one.
fn kinds_of_texts(records: &[VerificationRecord]) -> Vec<Entry> {
    let example = |kind: &str| {
        let record = records.iter().find(|record| record.kind() == Some(kind))?;
        let changed = record.changed_range().and_then(|range| record.text.get(range));
        Some(match changed {
            Some(changed) => format!("{}: put in was “{changed}”", record.story),
            None => format!("{}, frame {}", record.story, record.frame.saturating_add(1)),
        })
    };
    let entry = |kind: &str| Entry {
        name: kind.to_string(),
        class: String::new(),
        meaning: kind_meaning(kind).unwrap_or("Not known to this version.").to_string(),
        example: example(kind).unwrap_or_default(),
    };
    kinds(records).into_iter().map(entry).collect()
}

/// The columns but those of kinds, which stand above.
fn scores(tables: &[ScoreTable], records: &[VerificationRecord]) -> Vec<Entry> {
    let kinds: Vec<String> = kinds(records).into_iter().map(plain).collect();
    let mut tables: Vec<ScoreTable> = tables.to_vec();
    for table in tables.iter_mut().filter(|table| table.id.starts_with(NEGATIVE_KINDS)) {
        let kept = |at: &usize| !kinds.contains(&table.columns[*at].id);
        let places: Vec<usize> = (0..table.columns.len()).filter(kept).collect();
        *table = table.with_columns(&places);
    }
    let own = |id: &str| {
        let found = OWN.iter().find(|(own, _)| *own == id);
        found.map(|(_, meaning)| *meaning)
    };
    columns(&tables, FUSION, &|id| own(id).or_else(|| known::meaning(id)))
}
