//! Labelled pictures and texts of the user's own: what a judge is worth on them.
//!
//! A line of the file is one example, `{"picture": "a.jpg", "text": "A dog.", "label": true}`, where
//! `label` may be 1 or 0 and `kind` may say how a text does not fit; paths are taken from the file's
//! folder. A picture with several texts is looked at once, and intervals resample pictures.

use super::evidence::Question;
use super::opened::OpenedJudge;
use super::records;
use crate::error::{Context, Error, Result};
use crate::evaluate::LEVEL;
use crate::host::Host;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use story_core::{Frame, Story};
use story_files::{MOST_PICTURE_BYTES, MOST_TEXT_BYTES};
use story_report::verification::{FUSION, VerificationRecord, VerificationSummary};
use story_report::{EvaluationConfig, ScoreTable};

/// Resamples of an interval.
const RESAMPLES: u32 = 1000;

/// One example.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Labelled {
    /// The picture's file.
    #[serde(alias = "image")]
    pub picture: PathBuf,
    /// What is told.
    pub text: String,
    /// Whether they belong together.
    #[serde(deserialize_with = "label")]
    pub label: bool,
    /// How the text does not fit, for a column of its own.
    #[serde(default)]
    pub kind: Option<String>,
}

/// What a judge is worth on labelled examples.
#[derive(Debug, Clone, Serialize)]
pub struct LabelledScores {
    /// Examples that were asked.
    pub examples: u64,
    /// Those with no verdict, by reason, counted; the tables leave them out.
    pub unjudged: BTreeMap<String, u64>,
    /// The score tables; `fusion` is the judge.
    pub metrics: Vec<ScoreTable>,
}

fn label<'de, D: serde::Deserializer<'de>>(deserializer: D) -> std::result::Result<bool, D::Error> {
    use serde::de::Error;
    match serde_json::Value::deserialize(deserializer)? {
        serde_json::Value::Bool(label) => Ok(label),
        value if value.as_u64() == Some(1) => Ok(true),
        value if value.as_u64() == Some(0) => Ok(false),
        other => {
            Err(D::Error::custom(format!("label: expected true, false, 1 or 0, found {other}")))
        }
    }
}

/// The examples of a file.
///
/// # Errors
/// A file that cannot be read, or holds no example; a line that is none, with its number.
pub fn read(path: &Path) -> Result<Vec<Labelled>> {
    let shown = path.display().to_string();
    let bytes = story_files::read(path, MOST_TEXT_BYTES).with_context(|| shown.clone())?;
    let text = String::from_utf8(bytes).with_context(|| shown.clone())?;
    let mut all = Vec::new();
    for (number, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let read: Labelled = serde_json::from_str(line).map_err(|error| {
            Error::Data(format!(
                "{shown}, line {}: expected {{\"picture\": ..., \"text\": ..., \"label\": true or false}}: {error}",
                number + 1
            ))
        })?;
        all.push(Labelled { picture: beside(path, &read.picture), ..read });
    }
    if all.is_empty() {
        return Err(Error::Data(format!("{shown}: no line with an example")));
    }
    Ok(all)
}

/// A path that a file names, from the file's folder.
fn beside(file: &Path, named: &Path) -> PathBuf {
    file.parent().map_or_else(|| named.to_path_buf(), |folder| folder.join(named))
}

impl OpenedJudge {
    /// What it is worth on labelled examples. Pictures that cannot be read are counted and left out.
    ///
    /// # Errors
    /// Those of the networks; a stop that was asked for.
    pub fn scores(&self, labelled: &[Labelled], seed: u64, host: &Host) -> Result<LabelledScores> {
        let mut of_picture: BTreeMap<&Path, Vec<usize>> = BTreeMap::new();
        for (index, example) in labelled.iter().enumerate() {
            of_picture.entry(&example.picture).or_default().push(index);
        }
        let (mut stories, mut questions) = (Vec::new(), Vec::new());
        let mut asked: Vec<usize> = Vec::new();
        let mut unjudged: BTreeMap<String, u64> = BTreeMap::new();
        for (path, indices) in &of_picture {
            let image = match story_files::read(path, MOST_PICTURE_BYTES) {
                Ok(bytes) => bytes,
                Err(error) => {
                    host.warn(&format!("picture {}: {error}", path.display()));
                    let count = unjudged.entry("a picture that cannot be read".into()).or_default();
                    *count += indices.len() as u64;
                    continue;
                }
            };
            let texts: Vec<&str> = indices.iter().map(|it| labelled[*it].text.as_str()).collect();
            let frame = Frame {
                image: Some(image.into()),
                image_path: path.display().to_string(),
                text: texts.join("\n\n"),
                ..Frame::default()
            };
            let question =
                |text: &&str| Question { story: stories.len(), frame: 0, text: text.to_string() };
            questions.extend(texts.iter().map(question));
            asked.extend(indices);
            let id = path.display().to_string();
            stories.push(Story { id, frames: vec![frame], ..Story::default() });
        }
        let cast = self.examiner().cast(&stories);
        let data = self.examiner().examine(&stories, &cast, &questions, host)?;
        let mut made = Vec::new();
        for ((question, evidence), &index) in questions.iter().zip(&data.evidence).zip(&asked) {
            let example = &labelled[index];
            let seen = data.frames.get(&(question.story, question.frame));
            let mut probabilities = BTreeMap::new();
            match self.verdict(&question.text, evidence.as_ref(), seen)? {
                Ok(verdict) => {
                    probabilities.insert(FUSION.to_string(), verdict.probability);
                }
                Err(reason) => *unjudged.entry(reason).or_default() += 1,
            }
            let signals = evidence.as_ref().map(|it| records::signals(&it.signals));
            let signals = signals.unwrap_or_default();
            probabilities
                .extend(signals.iter().filter_map(|(name, it)| Some((name.clone(), (*it)?))));
            made.push(VerificationRecord {
                story: stories[question.story].id.clone(),
                frame: index,
                text: question.text.clone(),
                matches: example.label,
                negative: example.kind.clone().filter(|_| !example.label),
                signals,
                probabilities,
                ..VerificationRecord::default()
            });
        }
        let threshold = self.decider().map(|decider| (FUSION.to_string(), decider.threshold()));
        let summary = VerificationSummary {
            thresholds: threshold.into_iter().collect(),
            ..VerificationSummary::default()
        };
        let intervals = EvaluationConfig { resamples: RESAMPLES, level: LEVEL, seed };
        Ok(LabelledScores {
            examples: labelled.len() as u64,
            unjudged,
            metrics: story_report::verification::tables(&made, &summary, &intervals)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_read_and_wrong_ones_named() -> Result<()> {
        let place = tempfile::tempdir().expect("a folder");
        let file = place.path().join("labels.jsonl");
        let write = |text: &str| std::fs::write(&file, text).expect("a file");
        write(
            "{\"picture\":\"a.jpg\",\"text\":\"A dog.\",\"label\":true}\n\n{\"image\":\"/b.png\",\"text\":\"A cat.\",\"label\":0,\"kind\":\"swapped\"}\n",
        );
        let all = read(&file)?;
        assert_eq!(all.len(), 2);
        assert_eq!(all[0].picture, place.path().join("a.jpg"));
        assert_eq!(all[1].picture, Path::new("/b.png"));
        assert!(all[0].label && !all[1].label && all[1].kind.as_deref() == Some("swapped"));
        for (text, part) in [
            ("", "no line"),
            ("{\"picture\":\"a.jpg\",\"text\":\"A dog.\",\"label\":2}", "true, false, 1 or 0"),
            ("{}\n", "line 1"),
            ("\n{\"picture\":\"a\",\"text\":\"b\",\"label\":1,\"colour\":1}", "line 2"),
        ] {
            write(text);
            let message = read(&file).expect_err(text).to_string();
            assert!(message.contains(part) && message.contains("labels.jsonl"), "{message}");
        }
        Ok(())
    }
}
