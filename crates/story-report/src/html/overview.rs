//! The top of the page: what the run is, the verdict, and what was run.

use super::{escape, push, text_table};
use crate::flags::{FlagId, RedFlag, Severity};
use crate::records::Summary;
use crate::run::Run;
use crate::scores::{ScoreTable, format_number};
use crate::tables::dataset_statistics;
use crate::verdict::{HEADLINES, Headline, Outcome};

/// Name, description and warning.
pub(super) fn heading(summary: &Summary, title: &str) -> String {
    header(title, &summary.description, &summary.notice)
}

/// As [`heading`]; the title is HTML already.
pub(super) fn header(title: &str, description: &str, notice: &str) -> String {
    let mut html = format!("<header>\n<h1>{title}</h1>\n");
    if !description.is_empty() {
        push(&mut html, format_args!("<p>{}</p>\n", escape(description)));
    }
    if !notice.is_empty() {
        push(&mut html, format_args!("<p class=\"notice\">{}</p>\n", escape(notice)));
    }
    html.push_str("</header>\n");
    html
}

/// A card for each question that a run is judged by, then the red flags.
pub(super) fn verdicts(tables: &[ScoreTable], flags: &[RedFlag]) -> String {
    let cards: String = HEADLINES.iter().map(|headline| card(headline, tables)).collect();
    format!(
        "<div class=\"verdicts\">\n{cards}</div>\n<p class=\"note\">Yes or no only where the two \
         intervals do not touch. The first line decides, the second stands beside it.</p>\n{}",
        red_flags(flags, &FlagId::ALL)
    )
}

/// The flags that were found, and all that were looked for.
pub(super) fn red_flags(flags: &[RedFlag], looked_for: &[FlagId]) -> String {
    let looked_for: Vec<&str> = looked_for.iter().map(|id| id.name()).collect();
    let looked_for = format!("<p class=\"note\">Looked for: {}.</p>\n", looked_for.join(", "));
    if flags.is_empty() {
        return format!("<h3>Red flags</h3>\n<p>None was found.</p>\n{looked_for}");
    }
    let items: String = flags
        .iter()
        .map(|flag| {
            let (class, word) = match flag.severity {
                Severity::Failure => ("failure", "Failure"),
                Severity::Warning => ("warning", "Warning"),
            };
            format!(
                "<li class=\"{class}\"><strong>{word}, {}.</strong> {}</li>\n",
                flag.id.name(),
                escape(&flag.sentence)
            )
        })
        .collect();
    format!("<h3>Red flags</h3>\n<ul class=\"flags\">\n{items}</ul>\n{looked_for}")
}

fn card(headline: &Headline, tables: &[ScoreTable]) -> String {
    let verdicts = headline.verdicts(tables);
    let decisive = verdicts.first();
    let (class, answer) = match decisive.map(|verdict| verdict.by_intervals) {
        Some(Outcome::Better) => ("better", "Yes"),
        Some(Outcome::Worse) => ("worse", "No, it is worse"),
        Some(Outcome::Undecided) => ("undecided", "Cannot be told"),
        Some(Outcome::Unknown) => ("unknown", "No interval to judge by"),
        None => ("unknown", "Not measured"),
    };
    let lines: String = verdicts
        .iter()
        .map(|verdict| format!("<p>{}</p>\n", escape(&verdict.sentence())))
        .collect();
    let table = decisive.map_or_else(String::new, |verdict| {
        format!("<p class=\"note\">Table: {}.</p>\n", escape(&verdict.table))
    });
    format!(
        "<div class=\"verdict {class}\"><h3>{}</h3><p class=\"answer\">{answer}</p>\n{lines}{table}</div>\n",
        escape(headline.question)
    )
}

/// Facts about the run, its splits, what was skipped and what could be reached at best.
pub(super) fn what_was_run(run: &Run) -> String {
    let summary = &run.summary;
    let mut html = String::from("<dl>\n");
    let mut fact = |name: &str, value: String| {
        if !value.is_empty() {
            push(&mut html, format_args!("<dt>{name}</dt><dd>{value}</dd>\n"));
        }
    };
    let code = |text: &str| match text {
        "" => String::new(),
        text => format!("<code>{}</code>", escape(text)),
    };
    fact("Command", code(&summary.command));
    fact("Data", escape(&summary.source));
    fact("Seed", summary.seed.to_string());
    let threads = match summary.threads {
        0 => String::new(),
        1 => ", 1 thread".to_string(),
        threads => format!(", {threads} threads"),
    };
    fact("Device", format!("{}{threads}", escape(&summary.device)));
    fact("Trainable numbers", count(summary.parameters));
    fact("Vocabulary", count(summary.vocabulary));
    if summary.steps > 0 {
        let epochs = format_number(summary.epochs, 2);
        fact("Steps", format!("{} ({epochs} epochs)", count(summary.steps)));
    }
    let seconds: Vec<String> = summary
        .seconds
        .iter()
        .map(|(phase, seconds)| format!("{} {} s", escape(phase), format_number(*seconds, 1)))
        .collect();
    fact("Time", seconds.join(", "));
    if let Some(bytes) = summary.peak_memory_bytes {
        let mebibytes = bytes as f64 / (1024.0 * 1024.0);
        fact("Peak memory", format!("{} MiB", format_number(mebibytes, 0)));
    }
    let skipped: Vec<String> =
        summary.skipped.iter().map(|(reason, n)| format!("{}: {n}", escape(reason))).collect();
    fact("Skipped", skipped.join("<br>"));
    let bounds: Vec<String> = summary
        .bounds
        .iter()
        .map(|(name, value)| format!("{}: {}", escape(name), format_number(*value, 4)))
        .collect();
    fact("Best reachable", bounds.join("<br>"));
    html.push_str("</dl>\n");

    let splits = dataset_statistics(summary, &run.analysis);
    if !splits.rows.is_empty() {
        html.push_str("<h3>Splits</h3>\n");
        html.push_str(&text_table(&splits, "Splits"));
        html.push_str(
            "<p class=\"note\">The same hash of ids is the same split. Tokens count specials, \
             before cutting.</p>\n",
        );
    }
    html
}

/// A count with its thousands set apart; nothing for 0, which a summary has where it does not know.
pub(super) fn count(n: u64) -> String {
    if n == 0 {
        return String::new();
    }
    let digits = n.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::count;

    #[test]
    fn thousands_are_set_apart() {
        assert_eq!(count(999), "999");
        assert_eq!(count(1_234_567), "1,234,567");
        assert_eq!(count(100_000), "100,000");
    }
}
