//! `story score`: any texts against any references, for people who train no model here.

use crate::arguments::ScoreArguments;
use crate::console::{out, print_json};
use crate::options;
use anyhow::{Context, Result};
use std::io::Read;
use std::path::{Path, PathBuf};
use story_run::score::{Columns, Form, Request, Row, is_standard_input, score};

/// Where Debian's package `wordnet-base` puts the files.
const WORDNET: &str = "/usr/share/wordnet";

/// Reads the files, scores them, prints a table or a JSON document.
pub fn run(arguments: &ScoreArguments) -> Result<()> {
    let request = Request {
        candidates: arguments.candidates.clone(),
        references: arguments.references.clone(),
        form: form(arguments),
        items: arguments.items.clone(),
        standard_input: standard_input(arguments)?,
        metrics: arguments.metrics.clone(),
        missing: arguments.missing.clone(),
        newline: arguments.newline.clone(),
        wordnet: wordnet(arguments.wordnet.as_deref()),
        meteor_data: arguments.meteor_data.clone(),
        cider_documents: arguments.cider_documents.clone(),
        resamples: arguments.resamples,
        seed: arguments.seed,
    };
    let answer = score(&request, &options::brief_host(&arguments.common))?;
    if arguments.common.json {
        return print_json("score", &answer);
    }
    print(&answer.metrics);
    for note in &answer.notes {
        out!("note: {note}");
    }
    Ok(())
}

/// In what form the texts are given.
fn form(arguments: &ScoreArguments) -> Form {
    match (&arguments.coco, &arguments.candidate_column) {
        (Some(annotations), _) => Form::Coco(annotations.clone()),
        (None, Some(candidate)) => Form::Columns(Columns {
            candidate: candidate.clone(),
            references: arguments.reference_column.clone(),
            cluster: arguments.cluster.clone(),
        }),
        (None, None) => Form::Lines,
    }
}

/// What the standard input holds, where a file is named `-`.
fn standard_input(arguments: &ScoreArguments) -> Result<Option<Vec<u8>>> {
    let mut files = std::iter::once(&arguments.candidates).chain(&arguments.references);
    if !files.any(|path| is_standard_input(path)) {
        return Ok(None);
    }
    let mut bytes = Vec::new();
    std::io::stdin().lock().read_to_end(&mut bytes).context("-: the standard input")?;
    Ok(Some(bytes))
}

/// The folder named, or the usual one where it is there.
fn wordnet(folder: Option<&Path>) -> Option<PathBuf> {
    match folder {
        Some(folder) => (folder != Path::new("none")).then(|| folder.to_path_buf()),
        None => Some(PathBuf::from(WORDNET)).filter(|folder| folder.is_dir()),
    }
}

/// The table on stdout.
fn print(rows: &[Row]) {
    const UNDEFINED: &str = "-";
    let number = |value: Option<f64>| value.map_or(UNDEFINED.into(), |value| format!("{value:.4}"));
    out!(
        "{:14} {:>9}  {:20} {:13} {:>7} {:>7}  signature",
        "metric",
        "score",
        "95 % interval",
        "range",
        "n",
        "missing"
    );
    for row in rows {
        let interval = match row.interval.and_then(|it| it.lower.zip(it.upper)) {
            Some((lower, upper)) => format!("{lower:.4} to {upper:.4}"),
            None => UNDEFINED.to_string(),
        };
        let measurement = &row.measurement;
        out!(
            "{:14} {:>9}  {interval:20} {:13} {:>7} {:>7}  {}",
            measurement.name,
            number(measurement.value),
            measurement.range.to_string(),
            measurement.n,
            measurement.missing,
            measurement.signature
        );
    }
}
