//! `story verify`: do these pictures and texts belong together, and which phrase does not fit?

use crate::arguments::VerifyArguments;
use crate::commands::predict::folder_story;
use crate::console::{Console, out, print_json};
use crate::run_folder::write_atomically;
use crate::verify::config::{DetectorConfig, VerifyConfig};
use crate::verify::embedder::Embedder;
use crate::verify::evidence::{Evidence, FrameEvidence, Question, SIGNALS, Senses};
use crate::verify::records;
use crate::verify::trained::{Opinion, TrainedJudge};
use anyhow::{Context, Result, bail};
use serde_json::{Value, json};
use std::sync::Arc;
use story_core::{Frame, Story};
use story_verify::Detection;
use story_verify::signals::{Claim, ClaimKind, Finding, Unjudged};

/// Judges the pictures and texts named.
pub fn run(arguments: &VerifyArguments) -> Result<()> {
    let console = Console::new(arguments.common.quiet);
    let judge = TrainedJudge::find(arguments.run.as_deref(), &arguments.results)?;
    let config = config(arguments, judge.as_ref())?;
    if judge.is_none() {
        console.say(
            "no trained judge is at hand, so there is no probability; `story train --config configs/verify.toml` makes one",
        );
    }
    let story = story(arguments)?;
    let embedder = Embedder::open(&config.similarity, &arguments.results, console)?;
    let similarity = embedder.as_ref().map(|it| it.description.clone());
    let stories = [story];
    let senses = Senses::open(&config, embedder, &stories)?;
    let questions: Vec<Question> = (0..stories[0].frames.len())
        .map(|frame| Question { story: 0, frame, text: stories[0].frames[frame].text.clone() })
        .collect();
    let material = senses.material(&stories, &questions, console)?;
    let opinions = match &judge {
        Some(judge) => judge.opinions(&material.evidence)?,
        None => vec![None; questions.len()],
    };
    let detector = senses.eyes.description.as_str();
    let misfits = judge.as_ref().map(|judge| judge.misfits(detector, similarity.as_deref()));
    for warning in misfits.iter().flatten() {
        console.warn(warning);
    }
    let mut answers = Vec::new();
    for ((question, evidence), opinion) in questions.iter().zip(&material.evidence).zip(opinions) {
        let key = (question.story, question.frame);
        answers.push(Answer {
            frame: &stories[0].frames[question.frame],
            text: &question.text,
            evidence: evidence.as_ref(),
            seen: material.frames.get(&key),
            opinion,
        });
    }
    if let Some(page) = &arguments.page {
        let html =
            records::page(&answers, detector, judge.as_ref().map_or(0.5, TrainedJudge::threshold))?;
        write_atomically(page, html.as_bytes())?;
        console.say(&format!("page: {}", page.display()));
    }
    if arguments.common.json {
        return print_json(&json!({
            "detector": senses.eyes.description,
            "similarity": similarity,
            "judge": judge.as_ref().map(|judge| judge.folder.path()),
            "threshold": judge.as_ref().map(TrainedJudge::threshold),
            "answers": answers.iter().map(Answer::document).collect::<Vec<_>>(),
        }));
    }
    for answer in &answers {
        answer.print();
    }
    Ok(())
}

/// The judge's own config, or the preset, with the detector and the values that were named.
fn config(arguments: &VerifyArguments, judge: Option<&TrainedJudge>) -> Result<VerifyConfig> {
    let mut patches = Vec::new();
    if let Some(weights) = &arguments.weights {
        let quoted = |text: &str| toml::Value::from(text).to_string();
        let weights = quoted(&weights.display().to_string());
        let published = |judge: &TrainedJudge| -> Result<bool> {
            let detector = judge.config(&[])?.detector;
            Ok(matches!(detector, DetectorConfig::Published { .. }))
        };
        // The judge knows its own detector's settings; other ones would spoil its probabilities.
        if judge.map(published).transpose()? == Some(true) {
            patches.push(format!("detector.weights={weights}"));
            let name = arguments.detector.as_deref();
            patches.extend(name.map(|name| format!("detector.name={}", quoted(name))));
        } else {
            let name = quoted(arguments.detector.as_deref().unwrap_or("yolox-nano"));
            patches.push(format!(
                "detector={{kind=\"published\",name={name},weights={weights},min_score=0.3,max_iou=0.45}}"
            ));
        }
    }
    patches.extend(super::patches(&arguments.common));
    let config = match (judge, &arguments.common.config) {
        (Some(judge), None) => judge.config(&patches)?,
        (Some(_), Some(path)) if arguments.run.is_some() => bail!(
            "--config {}: a trained judge brings its own config; change single values of it with --set",
            path.display()
        ),
        (_, path) => VerifyConfig::read(path.as_deref(), &patches)?,
    };
    if matches!(config.detector, DetectorConfig::Annotations {}) {
        bail!(
            "no detector: your pictures have no boxes of their own; name a published detector's weights with --weights, such as yolox_nano.onnx (`cargo xtask fetch-models` fetches some)"
        );
    }
    Ok(config)
}

/// The pictures with their texts.
fn story(arguments: &VerifyArguments) -> Result<Story> {
    if let Some(folder) = &arguments.folder {
        return folder_story(folder);
    }
    let (images, texts) = (&arguments.images, &arguments.texts);
    if images.is_empty() || texts.is_empty() {
        bail!("nothing to compare: give --images and --text, or --folder");
    }
    if texts.len() != images.len() && texts.len() != 1 {
        bail!(
            "{} pictures and {} texts: give one text a picture, or one for all",
            images.len(),
            texts.len()
        );
    }
    let frame = |(place, path): (usize, &std::path::PathBuf)| -> Result<Frame> {
        let bytes = std::fs::read(path).with_context(|| format!("picture {}", path.display()))?;
        Ok(Frame {
            image: Some(Arc::from(bytes)),
            image_path: path.display().to_string(),
            text: texts.get(place).unwrap_or(&texts[0]).clone(),
            ..Frame::default()
        })
    };
    Ok(Story {
        id: "own".into(),
        frames: images.iter().enumerate().map(frame).collect::<Result<_>>()?,
        ..Story::default()
    })
}

/// What is said to one picture and its text.
pub struct Answer<'a> {
    /// The frame asked about.
    pub frame: &'a Frame,
    /// What is told.
    pub text: &'a str,
    /// Signals and claims; `None` where the picture could not be seen.
    pub evidence: Option<&'a Evidence>,
    /// What is in the picture.
    pub seen: Option<&'a FrameEvidence>,
    /// The judge's; `None` without a judge.
    pub opinion: Option<Opinion>,
}

impl Answer<'_> {
    fn detection(&self, finding: Finding) -> Option<&Detection> {
        let (Finding::Supported(index) | Finding::Contradicted(index)) = finding else {
            return None;
        };
        self.seen?.detections.get(index)
    }

    fn document(&self) -> Value {
        let claim = |claim: &Claim| {
            let (finding, reason) = words(claim.finding);
            let found = self.detection(claim.finding);
            json!({
                "start": claim.range.start,
                "end": claim.range.end,
                "phrase": self.text.get(claim.range.clone()),
                "kind": kind(claim.kind),
                "finding": finding,
                "reason": reason,
                "score": claim.score,
                "label": found.map(|found| &found.label),
                "box": found.map(|found| {
                    let place = found.bounding_box;
                    [place.x1, place.y1, place.x2, place.y2]
                }),
            })
        };
        let signals = |evidence: &Evidence| -> Value {
            let pairs = SIGNALS.iter().zip(evidence.signals);
            pairs
                .map(|(name, value)| (name.to_string(), json!(value)))
                .collect::<serde_json::Map<_, _>>()
                .into()
        };
        json!({
            "image": self.frame.image_path,
            "text": self.text,
            "probability": self.opinion.map(|opinion| opinion.probability),
            "matches": self.opinion.map(|opinion| opinion.matches),
            "signals": self.evidence.map(signals),
            "claims": self.evidence.map(|it| it.claims.iter().map(claim).collect::<Vec<_>>()),
            "unjudged": self.unjudged(),
        })
    }

    /// Why nothing could be judged, where nothing could.
    fn unjudged(&self) -> Option<&'static str> {
        let Some(evidence) = self.evidence else {
            return Some("the picture could not be read");
        };
        if self.text.trim().is_empty() {
            return Some("there is no text");
        }
        if evidence.is_foreign {
            return Some("the text does not seem to be English, the only language that is read");
        }
        if evidence.claims.is_empty() {
            return Some("the text mentions nothing that could be looked for");
        }
        let judged = |claim: &Claim| claim.score.is_some();
        (!evidence.claims.iter().any(judged))
            .then_some("the text mentions only what this detector does not know")
    }

    fn print(&self) {
        out!("{}: {}", self.frame.image_path, self.text);
        if let Some(opinion) = self.opinion {
            let verdict = if opinion.matches { "belong together" } else { "do not fit" };
            out!("  {verdict}, probability of a match {:.2}", opinion.probability);
        }
        if let Some(reason) = self.unjudged() {
            out!("  not judged: {reason}");
        }
        let Some(evidence) = self.evidence else {
            return;
        };
        let signals: Vec<String> = SIGNALS
            .iter()
            .zip(evidence.signals)
            .map(|(name, value)| match value {
                Some(value) => format!("{name} {value:.2}"),
                None => format!("{name} not judged"),
            })
            .collect();
        out!("  {}", signals.join(", "));
        for claim in &evidence.claims {
            let (finding, reason) = words(claim.finding);
            let phrase = self.text.get(claim.range.clone()).unwrap_or_default();
            let mut line = format!("    {finding:13} {:9} {phrase}", kind(claim.kind));
            if let Some(found) = self.detection(claim.finding) {
                let place = &found.bounding_box;
                line.push_str(&format!(
                    "  [{} {:.2} at {:.0},{:.0} to {:.0},{:.0}]",
                    found.label, found.score, place.x1, place.y1, place.x2, place.y2
                ));
            }
            if let Some(reason) = reason {
                line.push_str(&format!("  ({reason})"));
            }
            out!("{line}");
        }
    }
}

/// A finding as it is written, and the reason of one that is none.
pub fn words(finding: Finding) -> (&'static str, Option<&'static str>) {
    match finding {
        Finding::Supported(_) => ("supported", None),
        Finding::NotFound => ("not-found", None),
        Finding::Contradicted(_) => ("contradicted", None),
        Finding::NotJudged(reason) => (
            "not-judged",
            Some(match reason {
                Unjudged::UnknownThing => "the detector knows no such thing",
                Unjudged::ThingNotFound => "what it is about was not found",
                Unjudged::NoPixels => "there are no pixels to look at",
                Unjudged::Undecided => "boxes do not tell",
            }),
        ),
    }
}

/// What a claim is about, as it is written.
pub fn kind(kind: ClaimKind) -> &'static str {
    match kind {
        ClaimKind::Thing => "thing",
        ClaimKind::Number => "number",
        ClaimKind::Color => "color",
        ClaimKind::Relation => "relation",
    }
}
