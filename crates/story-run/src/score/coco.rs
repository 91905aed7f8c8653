//! The texts of COCO's two files: annotations, which hold the references of each picture, and results, which
//! hold one caption each. Nothing is dropped in silence: every picture has its caption, and every caption its
//! picture.

use super::lines::Lines;
use crate::error::{Context, Error, Result};
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fmt::Display;
use std::path::Path;
use story_files::guard::guarded;

#[derive(Deserialize)]
struct Annotations {
    annotations: Vec<Value>,
}

/// Reads `results` against `annotations`, pictures in the order of the annotations.
///
/// # Errors
/// A file that cannot be read or is of another form; a caption that is no text; a picture without a
/// caption, with two, or with one that no annotation knows.
pub(super) fn read(results: &Path, annotations: &Path) -> Result<Lines> {
    let known: Annotations =
        json(annotations, "an object with `annotations`, as COCO's captions have")?;
    let told: Vec<Value> = json(results, "a list of objects with `image_id` and `caption`")?;
    let mut order: Vec<String> = Vec::new();
    let mut references: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (at, item) in known.annotations.iter().enumerate() {
        let (id, caption) = captioned(item, || format!("annotations[{at}]"), annotations)?;
        let of_picture = references.entry(id.clone()).or_default();
        if of_picture.is_empty() {
            order.push(id);
        }
        of_picture.push(caption);
    }
    if order.is_empty() {
        return Err(wrong(annotations, "no annotation, so there is nothing to compare with"));
    }
    let mut captions: BTreeMap<String, String> = BTreeMap::new();
    for (at, item) in told.iter().enumerate() {
        let (id, caption) = captioned(item, || format!("result {}", at + 1), results)?;
        if !references.contains_key(&id) {
            let why = format!(
                "result {}: image_id {id} is in no annotation of {}; give the annotations of the same \
                 pictures",
                at + 1,
                annotations.display()
            );
            return Err(wrong(results, why));
        }
        if captions.insert(id.clone(), caption).is_some() {
            let why =
                format!("result {}: image_id {id} has a caption already; give one each", at + 1);
            return Err(wrong(results, why));
        }
    }
    let absent: Vec<&String> = order.iter().filter(|id| !captions.contains_key(*id)).collect();
    if let Some(first) = absent.first() {
        let why = format!(
            "{} of {} pictures have no caption, image_id {first} the first; give \"caption\": null for an \
             answer that is missing, or leave these pictures out of the annotations",
            absent.len(),
            order.len()
        );
        return Err(wrong(results, why));
    }
    let mut lines = Lines::default();
    for id in order {
        lines.candidates.push(captions.remove(&id).filter(|caption| caption != MISSING));
        lines.references.push(references.remove(&id).unwrap_or_default());
        lines.pictures.get_or_insert_default().push(id);
    }
    Ok(lines)
}

/// Stands for a caption of null, which no text can be.
const MISSING: &str = "\0";

/// The id and the caption of one item.
fn captioned(item: &Value, place: impl Fn() -> String, file: &Path) -> Result<(String, String)> {
    let wrong = |what: &str| wrong(file, format!("{}: {what}", place()));
    let id = match item.get("image_id") {
        Some(Value::Number(id)) => id.to_string(),
        Some(Value::String(id)) => id.clone(),
        Some(other) => {
            return Err(wrong(&format!("`image_id` is {other}; expected a number or a text")));
        }
        None => return Err(wrong("there is no `image_id`")),
    };
    match item.get("caption") {
        Some(Value::String(caption)) => Ok((id, caption.clone())),
        Some(Value::Null) => Ok((id, MISSING.into())),
        Some(other) => {
            Err(wrong(&format!("`caption` of image_id {id} is {other}; expected a text")))
        }
        None => Err(wrong(&format!("image_id {id} has no `caption`"))),
    }
}

fn json<T: serde::de::DeserializeOwned>(path: &Path, expected: &str) -> Result<T> {
    let bytes =
        std::fs::read(path).with_context(|| format!("{}: cannot be read", path.display()))?;
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes);
    match guarded(|| serde_json::from_slice(bytes)) {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(error)) => Err(wrong(path, format!("expected {expected}; {error}"))),
        Err(gave_up) => Err(wrong(path, gave_up)),
    }
}

fn wrong(path: &Path, why: impl Display) -> Error {
    Error::Data(format!("{}: {why}", path.display()))
}
