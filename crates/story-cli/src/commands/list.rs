//! `story list`: what can be named in a config.

mod rows;

use crate::arguments::ListArguments;
use crate::console::out;
use anyhow::Result;
use rows::{ConfigRow, EncoderRow, Line, Lists, MetricRow, PartRow, SourceRow};
use std::path::{Path, PathBuf};
use story_align::{AlignmentConfig, FusionConfig};
use story_encoders::{ImageEncoderConfig, Pretrained, TextEncoderConfig};
use story_hub::configs::BUILT_IN;
use story_hub::published::Published;
use story_metrics::{Direction, MetricInfo};
use story_model::TextDecoderConfig;
use story_model::{ImageDecoderConfig, SequenceModelConfig};
use story_run::Config;
use story_run::config::{self, VERIFY};
use story_run::judge::config::VerifyConfig;

/// The kinds of sources, in the words of their docs.
const SOURCES: [(&str, &str); 4] = [
    (
        "synthetic",
        "stories drawn and told by this program; no network; best reachable scores known",
    ),
    ("parquet", "StoryReasoning's columns in local parquet files: a file, folder or glob"),
    ("hub", "a Hugging Face dataset, read by byte range; nothing is written to disk"),
    ("folder", "your own stories: numbered pictures with texts, or stories.jsonl"),
];

/// Prints the lists asked for.
pub fn run(arguments: &ListArguments) -> Result<()> {
    let wanted = |what: &str| arguments.what.as_deref().is_none_or(|only| only == what);
    let configs = || configs(Path::new("configs"));
    let lists = Lists {
        parts: wanted("parts").then(|| parts().collect()),
        encoders: wanted("encoders").then(encoders),
        sources: wanted("sources").then(sources),
        metrics: wanted("metrics").then(|| metrics().collect()),
        configs: wanted("configs").then(configs),
    };
    if arguments.common.json {
        return crate::console::print_json("list", &lists);
    }
    print("parts", &lists.parts);
    print("encoders", &lists.encoders);
    print("sources", &lists.sources);
    print("metrics", &lists.metrics);
    print("configs", &lists.configs);
    Ok(())
}

fn print(name: &str, rows: &Option<Vec<impl Line>>) {
    let Some(rows) = rows else { return };
    out!("{name}");
    for row in rows {
        let (set, name, summary) = row.line();
        out!("  {set:16} {name:28} {summary}");
    }
    out!("");
}

fn sources() -> Vec<SourceRow> {
    SOURCES.map(|(kind, summary)| SourceRow { kind, summary }).into()
}

fn metrics() -> impl Iterator<Item = MetricRow> {
    story_metrics::list::families().into_iter().flat_map(|family| {
        let metric = move |info: &'static MetricInfo| {
            let better = match info.direction {
                Direction::HigherIsBetter => "higher is better",
                Direction::LowerIsBetter => "lower is better",
                Direction::CloserToReference => "closer to the references' own is better",
            };
            MetricRow {
                set: family.of,
                kind: info.id,
                name: info.name,
                direction: info.direction,
                range: info.range,
                needs: info.needs,
                summary: format!("{}; {}, {better}", info.summary, info.range),
            }
        };
        family.metrics.into_iter().map(metric)
    })
}

fn parts() -> impl Iterator<Item = PartRow> {
    [
        ImageEncoderConfig::PARTS,
        TextEncoderConfig::PARTS,
        AlignmentConfig::PARTS,
        FusionConfig::PARTS,
        SequenceModelConfig::PARTS,
        TextDecoderConfig::PARTS,
        ImageDecoderConfig::PARTS,
    ]
    .into_iter()
    .flatten()
    .map(|part| PartRow { set: part.set, kind: part.kind, summary: part.summary })
}

/// Every published encoder.
fn encoders() -> Vec<EncoderRow> {
    let describe = |set, kind, published: &Published, network: &dyn Pretrained| EncoderRow {
        set,
        name: published.name,
        kind,
        width: network.width(),
        trainable_stages: network.stages(),
        picture_size: network.preprocessing().map(|seen| seen.size),
        most_tokens: network.most_tokens(),
        repository: published.repository,
        revision: published.revision,
        megabytes: published.megabytes,
        licence: published.licence,
    };
    let (images, texts) = (ImageEncoderConfig::published(), TextEncoderConfig::published());
    let images = images.iter().filter_map(|(published, config)| {
        Some(describe("image-encoder", config.kind(), published, config.pretrained()?))
    });
    let texts = texts.iter().filter_map(|(published, config)| {
        Some(describe("text-encoder", config.kind(), published, config.pretrained()?))
    });
    images.chain(texts).collect()
}

/// Every config that is built in, then those in `folder` and its folders that are the user's own: with
/// their descriptions, or the reason why one does not read.
fn configs(folder: &Path) -> Vec<ConfigRow> {
    let built_in = BUILT_IN.iter().map(|config| ConfigRow {
        name: config.name(),
        built_in: true,
        path: config.name().into(),
        summary: described(Path::new(config.path)),
    });
    let mut paths = Vec::new();
    collect(folder, &mut paths);
    paths.sort();
    // A file that says the same as a built-in config is that config.
    let is_own = |path: &PathBuf| {
        let text = std::fs::read_to_string(path).unwrap_or_default();
        BUILT_IN.iter().all(|config| config.text != text)
    };
    let own = paths.into_iter().filter(is_own).map(|path| ConfigRow {
        name: path.display().to_string(),
        built_in: false,
        summary: described(&path),
        path,
    });
    built_in.chain(own).collect()
}

/// What the config at `path` says of itself.
fn described(path: &Path) -> String {
    let read = || -> story_run::Result<String> {
        match config::task(path)?.as_str() {
            VERIFY => Ok(VerifyConfig::read(Some(path), &[])?.description),
            _ => Ok(Config::read(Some(path), &[])?.description),
        }
    };
    read().unwrap_or_else(|error| format!("does not read: {error}"))
}

/// The TOML files below `folder`.
fn collect(folder: &Path, paths: &mut Vec<PathBuf>) {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return;
    };
    for path in entries.filter_map(std::result::Result::ok).map(|e| e.path()) {
        if path.is_dir() {
            collect(&path, paths);
        } else if path.extension().is_some_and(|it| it == "toml") {
            paths.push(path);
        }
    }
}
