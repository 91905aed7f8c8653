//! The card's page: a sample, what the model is for and how to use it, what it scores beside the best of
//! what needs no model, what speaks against it, what it is made of, and what it was trained on and how.
//! All tables stand beside it, in the report and in `tables/`.

use super::parts;
use crate::evaluation::{BEST_REACHABLE, MODEL};
use crate::flags::RedFlag;
use crate::paths::without_paths;
use crate::records::SHOWN_CASED;
use crate::run_records::RunRecords;
use crate::sample::sample;
use crate::scores::{ScoreTable, format_number};
use crate::sides::sides;
use crate::tables::{TextTable, dataset_statistics, markdown_cell, percent};
use crate::verdict::HEADLINES;
use std::collections::BTreeSet;

/// The figure of samples that a card shows.
const SAMPLES: &str = "samples_median";
/// Longest text of a sample, in characters.
const MAX_TEXT: usize = 600;

/// The Markdown below the head.
pub(super) fn markdown(run: &RunRecords, flags: &[RedFlag], figures: &[&str]) -> String {
    let summary = &run.summary;
    let name = match summary.name.as_str() {
        "" => "Model",
        name => name,
    };
    let mut page = format!("# {}\n\n", line(&without_paths(name)));
    paragraph(&mut page, &line(&without_paths(&summary.description)));
    if !summary.notice.is_empty() {
        page.push_str(&format!("> {}\n\n", line(&summary.notice)));
    }
    for (title, text) in [
        ("A sample", a_sample(run, figures)),
        ("Use", usage()),
        ("Scores", scores(run)),
        ("Red flags", red_flags(flags)),
        ("Architecture", parts::architecture(run).filled_markdown()),
        ("Hyperparameters", parts::hyperparameters(run).filled_markdown()),
        ("Training", training(run)),
        ("Data", data(run)),
        ("Limits", limits(run)),
        ("Licence", licence(run)),
    ] {
        if !text.is_empty() {
            page.push_str(&format!("## {title}\n\n{}\n\n", text.trim_end()));
        }
    }
    page.truncate(page.trim_end().len());
    page.push('\n');
    page
}

/// One window in words, and the sheet of those in the middle as a picture.
fn a_sample(run: &RunRecords, figures: &[&str]) -> String {
    let mut text = String::new();
    let Some(sample) = sample(&run.windows) else {
        return text;
    };
    if let Some((score, place, of)) = sample.place {
        text.push_str(&format!(
            "Neither the best nor the worst: ROUGE-L {}, place {place} of {of}.\n\n",
            format_number(score, 3)
        ));
    }
    let steps = sample.window.context.iter().filter(|step| !step.padding);
    for (at, step) in steps.enumerate() {
        text.push_str(&format!("{}. {}\n", at + 1, quoted(&step.text)));
    }
    let told = sample.window.shown_text(MODEL);
    let shown_cased = sample.window.shown_texts.contains_key(MODEL);
    for (name, answer) in [("True", sample.window.reference.as_deref()), ("Foretold", told)] {
        if let Some(answer) = answer {
            text.push_str(&format!("\n**{name}:** {}\n", quoted(answer)));
        }
    }
    if shown_cased {
        text.push_str(&format!("\n{SHOWN_CASED}\n"));
    }
    if figures.contains(&SAMPLES) {
        text.push_str(&format!(
            "\n![Stories with their true and foretold pages](figures/{SAMPLES}.png)\n"
        ));
    }
    text
}

/// Text of a corpus, not longer than a card bears.
fn quoted(text: &str) -> String {
    let text = line(text.trim());
    match text.char_indices().nth(MAX_TEXT) {
        None if text.is_empty() => "(empty)".to_string(),
        None => text,
        Some((end, _)) => format!("{} …", &text[..end]),
    }
}

fn usage() -> String {
    "Research on visual storytelling. Given the pictures and texts of a story so far, the model \
     foretells the next text and picture and ranks pictures by how well they would go on. It is not \
     made to describe real people or events, and its texts are not facts. From the folder that holds \
     this card:\n\n\
     ```sh\n\
     story predict --run . --images 1.jpg 2.jpg 3.jpg 4.jpg \\\n  \
     --texts 'One.' 'Two.' 'Three.' 'Four.' --out next\n\
     ```"
        .to_string()
}

/// A row a question and metric: the model beside the best of what needs no model, and the answer.
fn scores(run: &RunRecords) -> String {
    let mut text = TextTable::new([
        "question",
        "metric",
        "model",
        "best of what needs no model",
        "best reachable",
        "answer",
    ]);
    let mut sizes: BTreeSet<String> = BTreeSet::new();
    for headline in &HEADLINES {
        for verdict in headline.verdicts(&run.scores) {
            let Some(column) = &verdict.column else { continue };
            let table = run.scores.iter().find(|table| table.title == verdict.table);
            let bound = table.and_then(|table| table.cell(BEST_REACHABLE, &column.id));
            sizes.extend(table.map(ScoreTable::size));
            text.rows.push(vec![
                headline.question.to_string(),
                column.heading(),
                column.format_cell(&verdict.model_cell),
                format!("{} {}", verdict.baseline, column.format_cell(&verdict.baseline_cell)),
                bound.map_or_else(String::new, |cell| column.format(cell.value)),
                verdict.outcome().answer().to_string(),
            ]);
        }
    }
    if text.rows.is_empty() {
        return match run.scores.is_empty() {
            true => "Not evaluated.".to_string(),
            false => "No score has a baseline to stand beside; all are in `tables/`.".to_string(),
        };
    }
    let level = run.scores.first().map_or(95.0, |table| percent(table.level));
    let sizes: Vec<String> = sizes.into_iter().collect();
    let mut page = format!(
        "On held-out stories: {}. In brackets: {level} % bootstrap interval by story; the answer is by \
         the paired difference. Perplexity and top-1 are teacher-forced and not comparable with texts \
         that were told freely. All tables, with their settings: `report.html`, `tables/`.\n\n{}\n",
        sizes.join("; "),
        text.to_markdown()
    );
    for sentence in sides(&run.scores) {
        page.push_str(&format!("- {}\n", line(&sentence)));
    }
    page
}

fn red_flags(flags: &[RedFlag]) -> String {
    if flags.is_empty() {
        return "None of those that are looked for was found.".to_string();
    }
    flags
        .iter()
        .map(|flag| format!("- **{}**: {}\n", flag.id.name(), line(&flag.sentence)))
        .collect()
}

fn data(run: &RunRecords) -> String {
    let (summary, card) = (&run.summary, &run.summary.card);
    let mut text = String::new();
    paragraph(&mut text, &line(&card.dataset_name));
    paragraph(&mut text, &line(&without_paths(&summary.source)));
    if !card.dataset.is_empty() {
        let revision = match card.dataset_revision.as_str() {
            "" => String::new(),
            revision => format!(", revision `{}`", code(revision)),
        };
        text.push_str(&format!("On the Hub: `{}`{revision}.\n\n", code(&card.dataset)));
    }
    let splits = dataset_statistics(summary, &run.analysis);
    if !splits.rows.is_empty() {
        text.push_str(&splits.to_markdown());
        text.push_str("\nThe same hash of ids is the same split; stories never cross splits.\n\n");
    }
    if let Some(audit) = &summary.audit {
        for sentence in audit.sentences() {
            text.push_str(&format!("- {}\n", line(&sentence)));
        }
    }
    for (reason, n) in &summary.skipped {
        text.push_str(&format!("- skipped: {n} × {}\n", line(&without_paths(reason))));
    }
    text
}

fn training(run: &RunRecords) -> String {
    let (summary, card) = (&run.summary, &run.summary.card);
    let command = match card.train_command.as_str() {
        "" => &summary.command,
        command => command,
    };
    let mut text = String::new();
    if !command.is_empty() {
        // A fence longer than any run of backticks in the command.
        let command = without_paths(command).replace("````", "");
        text.push_str(&format!("````sh\n{command}\n````\n\n"));
    }
    for model in &card.base_models {
        text.push_str(&format!("- starts from `{}`\n", code(model)));
    }
    if summary.parameters > 0 {
        text.push_str(&format!("- {} trainable numbers\n", summary.parameters));
    }
    if summary.steps > 0 {
        text.push_str(&format!(
            "- {} optimizer steps, {} epochs, seed {}\n",
            summary.steps,
            format_number(summary.epochs, 2),
            summary.seed
        ));
    }
    if !summary.device.is_empty() {
        let seconds = summary.seconds.get("train").map_or_else(String::new, |seconds| {
            format!(", {} s of training", format_number(*seconds, 0))
        });
        text.push_str(&format!("- on {}{seconds}\n", line(&summary.device)));
    }
    text
}

fn limits(run: &RunRecords) -> String {
    let mut text = String::from(
        "- Intervals tell how far scores would move on other stories of the same kind, not on \
         another kind, and not with another seed.\n\
         - Word-overlap scores reward the common turn of phrase; a good story can score low.\n\
         - The model repeats what its data hold, their stereotypes included.\n",
    );
    if !run.summary.notice.is_empty() {
        text.push_str(&format!("- {}\n", line(&run.summary.notice)));
    }
    text
}

fn licence(run: &RunRecords) -> String {
    let card = &run.summary.card;
    let mut text = String::new();
    match card.license.as_str() {
        "" => text.push_str("No licence was set for the weights: ask before you pass them on.\n\n"),
        license => text.push_str(&format!("Weights: {}.\n\n", line(license))),
    }
    if !card.dataset_license.is_empty() {
        text.push_str(&format!("Data: {}.\n\n", line(&card.dataset_license)));
    }
    paragraph(&mut text, &line(&card.license_notice));
    text
}

fn paragraph(page: &mut String, text: &str) {
    if !text.is_empty() {
        page.push_str(&format!("{text}\n\n"));
    }
}

/// Text of a record on one line, without tags, links and pictures; no cell, so that its `|` stay.
fn line(text: &str) -> String {
    markdown_cell(text).replace("\\|", "|")
}

/// Text between backticks.
fn code(text: &str) -> String {
    text.replace(['`', '\n', '\r'], "")
}
