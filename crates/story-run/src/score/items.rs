//! The scores of each text in a file, for who looks at single answers.

use super::lines::Lines;
use crate::error::{Context, Result};
use serde_json::{Map, Value, json};
use std::path::Path;
use story_metrics::measure::Scored;

/// Writes a JSON object a text: `line`, or of COCO's files `image_id`, `cluster` where there is one, `missing` where the answer is, and
/// under its name each score that a text has by itself; `null` where one is undefined.
///
/// # Errors
/// A file that cannot be written.
pub(super) fn write(path: &Path, lines: &Lines, scored: &[Scored]) -> Result<()> {
    let mut text = String::new();
    for place in 0..lines.len() {
        let mut row = Map::new();
        match &lines.pictures {
            Some(pictures) => row.insert("image_id".into(), json!(pictures[place])),
            None => row.insert("line".into(), json!(lines.number(place))),
        };
        if let Some(clusters) = &lines.clusters {
            row.insert("cluster".into(), json!(clusters[place]));
        }
        if lines.candidates[place].is_none() {
            row.insert("missing".into(), json!(true));
        }
        for Scored { rows, each } in scored {
            for (score, each) in rows.iter().zip(each) {
                if let Some(value) = each.get(place) {
                    row.insert(score.measurement.name.clone(), json!(value));
                }
            }
        }
        text.push_str(&Value::Object(row).to_string());
        text.push('\n');
    }
    story_files::write_atomically(path, text.as_bytes())
        .with_context(|| format!("{}: the scores of each text", path.display()))
}
