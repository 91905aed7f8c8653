//! `story list`: what can be named in a config.

use crate::arguments::ListArguments;
use crate::console::out;
use crate::options;
use anyhow::Result;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use story_align::{AlignmentConfig, FusionConfig};
use story_core::registry::PartInfo;
use story_encoders::{ImageEncoderConfig, Pretrained, TextEncoderConfig};
use story_hub::published::Published;
use story_metrics::{Direction, MetricInfo};
use story_model::TextDecoderConfig;
use story_model::{ImageDecoderConfig, SequenceModelConfig};
use story_run::Config;
use story_run::config::{self, QUICKSTART, VERIFY};
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
    options::refuse_ignored(&arguments.common, "list", &[])?;
    let wanted = |what: &str| arguments.what.as_deref().is_none_or(|only| only == what);
    let mut document = serde_json::Map::new();
    if wanted("parts") {
        let list = parts().map(|p| json!({ "set": p.set, "kind": p.kind, "summary": p.summary }));
        document.insert("parts".into(), Value::Array(list.collect()));
    }
    if wanted("encoders") {
        document.insert("encoders".into(), Value::Array(encoders()));
    }
    if wanted("sources") {
        let list = SOURCES.map(|(kind, summary)| json!({ "kind": kind, "summary": summary }));
        document.insert("sources".into(), json!(list));
    }
    if wanted("metrics") {
        document.insert("metrics".into(), Value::Array(metrics().collect()));
    }
    if wanted("configs") {
        document.insert("configs".into(), Value::Array(configs(Path::new("configs"))?));
    }
    if arguments.common.json {
        return crate::console::print_json("list", &document);
    }
    for (name, rows) in &document {
        out!("{name}");
        for row in rows.as_array().into_iter().flatten() {
            let text = |key: &str| row[key].as_str().unwrap_or_default();
            let set = text("set");
            let (name, summary) = match (text("repository"), text("kind")) {
                ("", "") => (text("path"), text("summary").to_string()),
                ("", kind) => (kind, text("summary").to_string()),
                _ => (text("name"), network(row)),
            };
            out!("  {set:16} {name:28} {summary}");
        }
        out!("");
    }
    Ok(())
}

/// Every metric: what it scores, its id, what it is.
fn metrics() -> impl Iterator<Item = Value> {
    story_metrics::list::families().into_iter().flat_map(|family| {
        let metric = move |info: &'static MetricInfo| {
            let better = match info.direction {
                Direction::HigherIsBetter => "higher is better",
                Direction::LowerIsBetter => "lower is better",
                Direction::CloserToReference => "closer to the references' own is better",
            };
            json!({
                "set": family.of,
                "kind": info.id,
                "name": info.name,
                "direction": info.direction,
                "range": info.range,
                "needs": info.needs,
                "summary": format!("{}; {}, {better}", info.summary, info.range),
            })
        };
        family.metrics.into_iter().map(metric)
    })
}

fn parts() -> impl Iterator<Item = &'static PartInfo> {
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
}

/// Every published encoder: what it is, and where its weights lie.
fn encoders() -> Vec<Value> {
    let describe = |set: &str, kind: &str, published: &Published, network: &dyn Pretrained| {
        json!({
            "set": set,
            "name": published.name,
            "kind": kind,
            "width": network.width(),
            "trainable_stages": network.stages(),
            "picture_size": network.preprocessing().map(|seen| seen.size),
            "most_tokens": network.most_tokens(),
            "repository": published.repository,
            "revision": published.revision,
            "megabytes": published.megabytes,
            "licence": published.licence,
        })
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

/// One of [`encoders`], in a line.
fn network(row: &Value) -> String {
    let reads = match row["picture_size"].as_u64() {
        Some(side) => format!("{side} x {side} pixels"),
        None => format!("{} tokens", row["most_tokens"]),
    };
    let text = |key: &str| row[key].as_str().unwrap_or_default();
    format!(
        "{} numbers from {reads}, train = 0 to {}, {} ({} MB)",
        row["width"],
        row["trainable_stages"],
        text("repository"),
        row["megabytes"]
    )
}

/// Every config in `folder` and its folders with its description; one that does not read says why.
fn configs(folder: &Path) -> Result<Vec<Value>> {
    let mut paths = Vec::new();
    collect(folder, &mut paths);
    paths.sort();
    if paths.is_empty() {
        let config = Config::parse(QUICKSTART, &[])?;
        return Ok(vec![json!({ "path": "(built in)", "summary": config.description })]);
    }
    let describe = |path: &PathBuf| {
        let read = || -> story_run::Result<String> {
            match config::task(path)?.as_str() {
                VERIFY => Ok(VerifyConfig::read(Some(path), &[])?.description),
                _ => Ok(Config::read(Some(path), &[])?.description),
            }
        };
        let summary = read().unwrap_or_else(|error| format!("does not read: {error}"));
        json!({ "path": path, "summary": summary })
    };
    Ok(paths.iter().map(describe).collect())
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
