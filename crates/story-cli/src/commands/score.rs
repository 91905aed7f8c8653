//! `story score`: any texts against any references, for people who train no model here.

mod lines;
mod measure;

use crate::arguments::ScoreArguments;
use crate::console::out;
use crate::options::{self, Reads};
use anyhow::{Result, bail};
use lines::{Lines, Marks};
use measure::{Measure, Row};
use serde_json::json;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;
use story_metrics::{
    BootstrapConfig, MeteorData, MeteorStage, MeteorWords, Need, TextOptions, TextScore, WordNet,
};
use story_run::Host;

/// Where Debian's package `wordnet-base` puts the files.
const WORDNET: &str = "/usr/share/wordnet";

/// Reads the files, scores them, prints a table or a JSON document.
pub fn run(arguments: &ScoreArguments) -> Result<()> {
    options::refuse_ignored(&arguments.common, "score", &[Reads::Seed])?;
    let start = Instant::now();
    let host = options::brief_host(&arguments.common);
    let metrics = metrics(arguments)?;
    let lines = Lines::read(
        &arguments.candidates,
        &arguments.references,
        &Marks { missing: arguments.missing.as_deref(), newline: arguments.newline.as_deref() },
    )?;
    let wordnet = match metrics.contains(&TextScore::Meteor) {
        true => wordnet(arguments.wordnet.as_deref(), &host)?,
        false => None,
    };
    let meteor = match &arguments.meteor_data {
        Some(path) if metrics.iter().any(|&metric| needs(metric, Need::DataFiles)) => {
            Some(Arc::new(meteor(path, &metrics, &lines)?))
        }
        _ => None,
    };
    let bootstrap = (arguments.resamples > 0).then(|| BootstrapConfig {
        resamples: arguments.resamples,
        seed: arguments.common.seed.unwrap_or(0),
        ..BootstrapConfig::default()
    });
    let bar = host.bar("score", (metrics.len() * lines.len()) as u64);
    let options = TextOptions { wordnet, meteor, ..TextOptions::default() };
    let measure = Measure { texts: lines.segments(), options, bootstrap, bar: bar.as_ref() };
    let mut rows = Vec::new();
    for &metric in &metrics {
        rows.extend(measure.rows(metric)?);
    }
    drop(bar);
    if arguments.common.json {
        return crate::console::print_json(&json!({
            "candidates": arguments.candidates,
            "references": arguments.references,
            "lines": lines.len(),
            "missing": lines.missing(),
            "metrics": rows,
            "intervals": bootstrap.map(|config| config.signature()),
            "seconds": start.elapsed().as_secs_f64(),
        }));
    }
    print(&rows);
    Ok(())
}

/// The metrics asked for, each once, or those that need nothing else.
///
/// # Errors
/// If one lacks what it needs.
fn metrics(arguments: &ScoreArguments) -> Result<Vec<TextScore>> {
    let without_references = arguments.references.is_empty();
    let asked = if arguments.metrics.is_empty() {
        let usual = |&metric: &TextScore| {
            !(needs(metric, Need::DataFiles)
                || without_references && needs(metric, Need::References))
        };
        TextScore::ALL.iter().copied().filter(usual).collect()
    } else {
        arguments.metrics.clone()
    };
    let mut metrics: Vec<TextScore> = Vec::new();
    for metric in asked {
        let name = metric.name();
        if without_references && needs(metric, Need::References) {
            bail!("{name}: nothing to compare with; give --references FILE");
        }
        if arguments.meteor_data.is_none() && needs(metric, Need::DataFiles) {
            bail!(
                "{name}: needs METEOR's own data; give --meteor-data PATH, the folder `meteor` of the PyPI \
                 package pycocoevalcap (`pip download --no-deps pycocoevalcap`, then unzip): it holds \
                 meteor-1.5.jar and data/paraphrase-en.gz, which are only read; Java is not needed"
            );
        }
        if !metrics.contains(&metric) {
            metrics.push(metric);
        }
    }
    Ok(metrics)
}

fn needs(metric: TextScore, need: Need) -> bool {
    metric.needs().contains(&need)
}

/// How a METEOR 1.5 makes words of texts.
fn meteor_words(metric: TextScore) -> Option<MeteorWords> {
    match metric {
        TextScore::Meteor15 => Some(MeteorWords::Normalized),
        TextScore::CocoMeteor => Some(MeteorWords::Coco),
        _ => None,
    }
}

/// The folder named, or the usual one where it is there.
fn wordnet(folder: Option<&Path>, host: &Host) -> Result<Option<Arc<WordNet>>> {
    let usual = Path::new(WORDNET);
    let folder = match folder {
        Some(folder) if folder == Path::new("none") => None,
        Some(folder) => Some(folder),
        None => Some(usual).filter(|folder| folder.is_dir()),
    };
    match folder {
        Some(folder) => Ok(Some(Arc::new(WordNet::read(folder)?))),
        None => {
            host.say(
                "meteor: without WordNet, so words match by themselves and their stems alone; \
                 --wordnet FOLDER adds synonyms",
            );
            Ok(None)
        }
    }
}

/// METEOR's data as far as the lines need it.
fn meteor(path: &Path, metrics: &[TextScore], lines: &Lines) -> Result<MeteorData> {
    let words: Vec<_> = metrics.iter().filter_map(|&it| meteor_words(it)).collect();
    let candidates = lines.candidates.iter().flatten();
    // An empty text, which a missing answer counts as, has no words.
    let texts = candidates.chain(lines.references.iter().flatten());
    let last = MeteorStage::Paraphrase;
    Ok(MeteorData::read_for(path, last, &words, texts.map(String::as_str))?)
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
