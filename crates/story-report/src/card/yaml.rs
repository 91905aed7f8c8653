//! The card's YAML head. Every text is a double-quoted scalar, so that none is read as a number, a
//! date or a structure (YAML 1.2, section 7.3.1).

use crate::paths::without_paths;
use crate::records::CardRecord;
use crate::run_records::RunRecords;
use crate::scores::{Role, ScoreTable};
use crate::tables::percent;
use crate::verdict::{HEADLINES, Headline};
use crate::visible::is_hidden;
use std::fmt::Write;

/// Framework that the weights are written for.
const LIBRARY: &str = "candle";
/// Pictures and texts in, a text out: the Hub's name of the task that the model's text answers.
const TEXT_TASK: &str = "image-text-to-text";

/// The lines between the `---`.
pub(super) fn head(run: &RunRecords) -> String {
    let card = &run.summary.card;
    let mut yaml = String::new();
    let mut line = |name: &str, value: &str| {
        if !value.is_empty() {
            push(&mut yaml, format_args!("{name}: {}\n", quoted(value)));
        }
    };
    match card.license.as_str() {
        "" => {
            line("license", "other");
            line("license_name", "as-the-data-allow");
        }
        license => line("license", license),
    }
    line("library_name", LIBRARY);
    if run.scores.iter().any(|table| task(table) == TEXT_TASK) {
        line("pipeline_tag", TEXT_TASK);
    }
    let mut tags = vec!["visual-storytelling", "story-continuation", "rust"];
    let name = without_paths(&run.summary.name);
    if !name.is_empty() {
        tags.push(&name);
    }
    list(&mut yaml, "tags", tags);
    list(&mut yaml, "language", &card.languages);
    if !card.dataset.is_empty() {
        list(&mut yaml, "datasets", [&card.dataset]);
    }
    list(&mut yaml, "base_model", &card.base_models);
    yaml.push_str(&model_index(run));
    yaml
}

/// One result a question that a run is judged by, with the metrics that answer it, the model's own
/// values. The Hub and its reader want at least one metric: without any there is no `model-index`.
fn model_index(run: &RunRecords) -> String {
    let result = |headline| result(run, headline);
    let results: String = HEADLINES.iter().map(result).collect();
    if results.is_empty() {
        return String::new();
    }
    let name = match run.summary.name.as_str() {
        "" => "model".to_string(),
        name => without_paths(name),
    };
    format!("model-index:\n- name: {}\n  results:\n{results}", quoted(&name))
}

fn result(run: &RunRecords, headline: &Headline) -> String {
    let Some(table) = headline.table(&run.scores) else {
        return String::new();
    };
    let Some(row) = table.rows.iter().find(|row| row.role == Role::Model) else {
        return String::new();
    };
    let mut metrics = String::new();
    for (column, cell) in table.columns.iter().zip(&row.cells) {
        if !headline.columns.iter().any(|metric| metric.id == column.id) {
            continue;
        }
        let Some(value) = cell.value.filter(|value| value.is_finite()) else {
            continue;
        };
        let interval = match (cell.lower, cell.upper) {
            (Some(_), Some(_)) => format!(
                ", {} % interval {} to {}",
                percent(table.level),
                column.format(cell.lower),
                column.format(cell.upper)
            ),
            _ => String::new(),
        };
        let name = format!("{}{interval}, {}", column.name, table.size());
        push(
            &mut metrics,
            format_args!(
                "    - type: {}\n      value: {}\n      name: {}\n",
                quoted(metric_type(&column.id)),
                number(value, column.digits),
                quoted(&name)
            ),
        );
    }
    if metrics.is_empty() {
        return metrics;
    }
    let CardRecord { dataset, dataset_name, dataset_revision, .. } = &run.summary.card;
    let or = |text: &str, other: &str| match text {
        "" => quoted(other),
        text => quoted(text),
    };
    // The Hub takes results of one task and dataset together: the config keeps tables apart, above
    // all teacher-forced from free-running numbers.
    let mut text = format!(
        "  - task:\n      type: {}\n      name: {}\n    dataset:\n      type: {}\n      name: {}\n      \
         config: {}\n      split: \"test\"\n",
        quoted(task(table)),
        quoted(&table.title),
        or(dataset, "local"),
        or(dataset_name, &dataset_words(dataset, &run.summary.source)),
        quoted(&table.id),
    );
    if !dataset_revision.is_empty() {
        push(&mut text, format_args!("      revision: {}\n", quoted(dataset_revision)));
    }
    text.push_str("    metrics:\n");
    text + &metrics
}

fn dataset_words(dataset: &str, source: &str) -> String {
    match (dataset, source) {
        ("", "") => "data of the run".to_string(),
        ("", source) => without_paths(source),
        (dataset, _) => dataset.to_string(),
    }
}

/// The Hub's task for what a table asks.
fn task(table: &ScoreTable) -> &'static str {
    if table.id.starts_with("next-text") {
        TEXT_TASK
    } else if table.pool.is_some() {
        "feature-extraction"
    } else {
        "image-to-image"
    }
}

/// The name that the Hub's metrics have, where they have one.
fn metric_type(id: &str) -> &str {
    match id {
        "bleu-4" => "bleu",
        "rouge-l" => "rouge",
        id => id,
    }
}

fn list<S: AsRef<str>>(yaml: &mut String, name: &str, items: impl IntoIterator<Item = S>) {
    let items: String =
        items.into_iter().map(|item| format!("- {}\n", quoted(item.as_ref()))).collect();
    if !items.is_empty() {
        push(yaml, format_args!("{name}:\n{items}"));
    }
}

/// A number that every YAML reader takes for one: with a point, without an exponent; with the decimal
/// places that are worth printing.
fn number(value: f64, digits: usize) -> String {
    let digits = digits.max(1);
    format!("{value:.digits$}")
}

/// A double-quoted YAML scalar on one line; what YAML calls not printable is escaped, and what a
/// reader would not see.
fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => {
                quoted.push('\\');
                quoted.push(c);
            }
            c if c.is_control() || is_hidden(c) => escape(&mut quoted, c),
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}

fn escape(text: &mut String, c: char) {
    push(text, format_args!("\\u{:04x}", u32::from(c)));
}

fn push(text: &mut String, arguments: std::fmt::Arguments<'_>) {
    text.write_fmt(arguments).expect("invariant: writing to a string cannot fail");
}

#[cfg(test)]
mod tests {
    use super::{number, quoted};

    #[test]
    fn numbers_have_a_point_and_no_exponent() {
        assert_eq!(number(2.0, 0), "2.0");
        assert_eq!(number(1e-7, 3), "0.000");
        assert_eq!(number(1e16, 2), "10000000000000000.00");
        assert_eq!(number(0.300_000_011_920_928_96, 3), "0.300");
    }

    #[test]
    fn a_text_stays_one_scalar_on_one_line() {
        assert_eq!(quoted("a \"b\": \\c"), r#""a \"b\": \\c""#);
        assert_eq!(quoted("x\n- y\t\u{85}\u{7f}"), "\"x\\u000a- y\\u0009\\u0085\\u007f\"");
        assert_eq!(quoted("\u{202e}x\u{feff}"), "\"\\u202ex\\ufeff\"");
    }
}
