//! The rows of `story list`: as JSON, and as lines.

use serde::Serialize;
use std::borrow::Cow;
use std::path::PathBuf;
use story_metrics::{Direction, Need, Range};

/// What `story list --json` prints: the lists asked for.
#[derive(Serialize)]
pub struct Lists {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parts: Option<Vec<PartRow>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub encoders: Option<Vec<EncoderRow>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sources: Option<Vec<SourceRow>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub metrics: Option<Vec<MetricRow>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub configs: Option<Vec<ConfigRow>>,
}

/// A part that a model is made of.
#[derive(Serialize)]
pub struct PartRow {
    pub set: &'static str,
    pub kind: &'static str,
    pub summary: &'static str,
}

/// A published encoder: what it is, and where its weights lie.
#[derive(Serialize)]
pub struct EncoderRow {
    pub set: &'static str,
    pub name: &'static str,
    pub kind: &'static str,
    /// Numbers in a vector.
    pub width: usize,
    pub trainable_stages: usize,
    /// Side of the square it sees, in pixels; `null` for texts.
    pub picture_size: Option<usize>,
    /// `null` for pictures.
    pub most_tokens: Option<usize>,
    pub repository: &'static str,
    pub revision: &'static str,
    pub megabytes: u32,
    pub licence: &'static str,
}

/// A kind of source.
#[derive(Serialize)]
pub struct SourceRow {
    pub kind: &'static str,
    pub summary: &'static str,
}

/// A metric: what it scores, its id, what it is.
#[derive(Serialize)]
pub struct MetricRow {
    pub set: &'static str,
    pub kind: &'static str,
    pub name: &'static str,
    pub direction: Direction,
    pub range: Range,
    pub needs: &'static [Need],
    pub summary: String,
}

/// A config: what `--config` takes it by.
#[derive(Serialize)]
pub struct ConfigRow {
    pub name: String,
    pub built_in: bool,
    /// What `--config` takes: the name of one that is built in, else the file.
    #[serde(serialize_with = "story_run::json_path::one")]
    pub path: PathBuf,
    pub summary: String,
}

/// A row as a person reads it: what it belongs to, its name, what it is.
pub trait Line {
    /// What it belongs to, or nothing; its name; what it is.
    fn line(&self) -> (&str, Cow<'_, str>, Cow<'_, str>);
}

impl Line for PartRow {
    fn line(&self) -> (&str, Cow<'_, str>, Cow<'_, str>) {
        (self.set, self.kind.into(), self.summary.into())
    }
}

impl Line for EncoderRow {
    fn line(&self) -> (&str, Cow<'_, str>, Cow<'_, str>) {
        let reads = match (self.picture_size, self.most_tokens) {
            (Some(side), _) => format!("{side} x {side} pixels"),
            (None, most) => format!("{} tokens", most.unwrap_or_default()),
        };
        let (width, stages) = (self.width, self.trainable_stages);
        let (repository, megabytes) = (self.repository, self.megabytes);
        let network = format!(
            "{width} numbers from {reads}, train = 0 to {stages}, {repository} ({megabytes} MB)"
        );
        (self.set, self.name.into(), network.into())
    }
}

impl Line for SourceRow {
    fn line(&self) -> (&str, Cow<'_, str>, Cow<'_, str>) {
        ("", self.kind.into(), self.summary.into())
    }
}

impl Line for MetricRow {
    fn line(&self) -> (&str, Cow<'_, str>, Cow<'_, str>) {
        (self.set, self.kind.into(), self.summary.as_str().into())
    }
}

impl Line for ConfigRow {
    fn line(&self) -> (&str, Cow<'_, str>, Cow<'_, str>) {
        let place = if self.built_in { "built in" } else { "own" };
        (place, self.name.as_str().into(), self.summary.as_str().into())
    }
}
