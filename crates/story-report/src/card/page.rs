//! The card's page: what the model is for, what it was trained on and how, what it scores beside its
//! baselines, and what speaks against it.

use crate::flags::RedFlag;
use crate::paths::without_paths;
use crate::run_records::RunRecords;
use crate::scores::format_number;
use crate::tables::{dataset_statistics, markdown_cell, score_markdown};
use crate::verdict::HEADLINES;

/// The Markdown below the head.
pub(super) fn markdown(run: &RunRecords, flags: &[RedFlag]) -> String {
    let summary = &run.summary;
    let name = match summary.name.as_str() {
        "" => "Model",
        name => name,
    };
    let mut page = format!("# {}\n\n", line(name));
    paragraph(&mut page, &line(&summary.description));
    if !summary.notice.is_empty() {
        page.push_str(&format!("> {}\n\n", line(&summary.notice)));
    }
    for (title, text) in [
        ("Intended use", intended_use()),
        ("Verdict", verdict(run)),
        ("Red flags", red_flags(flags)),
        ("Data", data(run)),
        ("Training", training(run)),
        ("Scores", scores(run)),
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

fn intended_use() -> String {
    "Research on visual storytelling. Given the pictures and texts of a story so far, the model \
     foretells the next text and picture and ranks pictures by how well they would go on. It is not \
     made to describe real people or events, and its texts are not facts.\n\n\
     `story predict` runs it on your own pictures from the folder that holds this card."
        .to_string()
}

fn verdict(run: &RunRecords) -> String {
    let mut text = String::new();
    for headline in &HEADLINES {
        let verdicts = headline.verdicts(&run.scores);
        let Some(first) = verdicts.first() else {
            continue;
        };
        text.push_str(&format!("{} ({})\n\n", headline.question, first.table));
        for verdict in verdicts {
            text.push_str(&format!("- {}\n", line(&verdict.sentence())));
        }
        text.push('\n');
    }
    text
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
        text.push_str(&format!("- skipped: {n} × {}\n", line(reason)));
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
        text.push_str(&format!("````sh\n{}\n````\n\n", command.replace("````", "")));
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

fn scores(run: &RunRecords) -> String {
    let tables: Vec<String> = run.scores.iter().map(score_markdown).collect();
    match tables.is_empty() {
        true => "Not evaluated.".to_string(),
        false => format!(
            "On held-out stories. Teacher-forced and free-running numbers are not comparable with \
             each other.\n\n{}",
            tables.join("\n")
        ),
    }
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

/// Text of a record on one line, without tags, and without links and pictures that would be fetched.
fn line(text: &str) -> String {
    // A link or picture names its address behind `](`, or elsewhere behind `]:`.
    markdown_cell(text).replace("\\|", "|").replace("](", "\\](").replace("]:", "\\]:")
}

/// Text between backticks.
fn code(text: &str) -> String {
    text.replace(['`', '\n', '\r'], "")
}
