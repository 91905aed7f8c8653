//! What a judge answers to one picture and its text.

use super::basis::{self, Share};
use super::decider::Verdict;
use super::evidence::{Evidence, FrameEvidence, SIGNALS};
use super::records;
use crate::error;
use crate::pictures::shown;
use serde::Serialize;
use std::sync::Arc;
use story_core::Frame;
use story_report::verification::{
    ClaimRecord, DetectionRecord, JudgedPicture, PageHead, PhraseFinding, PhraseKind,
};
use story_verify::Medium;
use story_verify::signals::{Finding, Unjudged};

/// What is said to one picture and its text.
#[derive(Debug, Clone, Serialize)]
pub struct Answer {
    /// The picture, as it was named.
    pub image: String,
    /// What is told.
    pub text: String,
    /// Probability that they belong together, 0..1; `None` where there is no verdict.
    pub probability: Option<f64>,
    /// Whether that is enough; `None` as above.
    pub matches: Option<bool>,
    /// What the verdict rests on, the largest share first; empty where there is none.
    pub basis: Vec<Share>,
    /// What the picture looks like; `None` where it could not be seen.
    pub pictures: Option<Medium>,
    /// Each signal in 0..1; `None` where the picture could not be seen.
    pub signals: Option<Signals>,
    /// What the text claims, phrase by phrase; `None` where the picture could not be seen.
    pub claims: Option<Vec<ClaimAnswer>>,
    /// Why there is no verdict, where there is none.
    pub unjudged: Option<String>,
    /// What the page of the answer needs besides.
    #[serde(skip)]
    shown: Shown,
}

/// The signals of an answer, each in 0..1; `None` where it could not be judged.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Signals {
    /// Things told and found.
    pub object_match: Option<f64>,
    /// The thing that is least borne out.
    pub weakest: Option<f64>,
    /// What goes with the places and games that are told.
    pub scene: Option<f64>,
    /// Picture and sentences in one space.
    pub similarity: Option<f64>,
    /// Relations in space.
    pub space: Option<f64>,
    /// Numbers.
    pub numbers: Option<f64>,
    /// Colours.
    pub colors: Option<f64>,
    /// The worst of numbers, colours, relations and denials, as far as boxes decide them.
    pub details: Option<f64>,
}

/// A phrase of the text with what the picture says to it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ClaimAnswer {
    /// First byte of the phrase in the text.
    pub start: usize,
    /// The byte behind its last one.
    pub end: usize,
    /// The phrase.
    pub phrase: String,
    /// What it claims.
    pub kind: PhraseKind,
    /// What the picture says to it.
    pub finding: PhraseFinding,
    /// Why it was not judged, or what was seen instead: which colour, how many; `None` where the
    /// finding says it all.
    pub reason: Option<String>,
    /// How well it is borne out, 0..1; `None` where there was nothing to judge by.
    pub score: Option<f64>,
    /// The detection that decided: what it is.
    pub label: Option<String>,
    /// How sure the detector is of it, 0..1.
    #[serde(skip)]
    pub label_score: Option<f64>,
    /// Where it is: left, upper, right and lower edge in pixels.
    #[serde(rename = "box")]
    pub bounding_box: Option<[f32; 4]>,
    /// Of a relation, what the second detection is.
    pub other_label: Option<String>,
    /// Where the second one is.
    pub other_box: Option<[f32; 4]>,
}

#[derive(Debug, Clone)]
struct Shown {
    picture: Option<Arc<[u8]>>,
    size: Option<[u32; 2]>,
    claims: Vec<ClaimRecord>,
    detections: Vec<DetectionRecord>,
}

impl Answer {
    /// The answer to `text` told with the picture of `frame`, from what is known of both.
    pub(super) fn new(
        frame: &Frame,
        text: &str,
        evidence: Option<&Evidence>,
        seen: Option<&FrameEvidence>,
        verdict: Result<Verdict, String>,
    ) -> Self {
        let (verdict, unjudged) = match verdict {
            Ok(verdict) => (Some(verdict), None),
            Err(reason) => (None, Some(reason)),
        };
        let detections = seen.map(records::detections).unwrap_or_default();
        let claims: Vec<ClaimRecord> = match evidence {
            Some(evidence) => evidence.claims.iter().map(records::claim).collect(),
            None => Vec::new(),
        };
        Self {
            image: frame.image_path.clone(),
            text: text.to_string(),
            probability: verdict.as_ref().map(|verdict| verdict.probability),
            matches: verdict.as_ref().map(|verdict| verdict.matches),
            basis: verdict.map(|verdict| verdict.basis).unwrap_or_default(),
            pictures: seen.map(|seen| seen.medium),
            signals: evidence.map(|evidence| Signals::of(evidence.signals)),
            claims: evidence.map(|_| {
                claims.iter().map(|claim| ClaimAnswer::of(claim, text, &detections)).collect()
            }),
            unjudged,
            shown: Shown {
                picture: frame.image.clone(),
                size: seen.map(records::size),
                claims,
                detections,
            },
        }
    }
}

impl Signals {
    fn of(values: [Option<f64>; SIGNALS.len()]) -> Self {
        let [object_match, weakest, scene, similarity, space, numbers, colors, details] = values;
        Self { object_match, weakest, scene, similarity, space, numbers, colors, details }
    }

    /// Each signal with its name.
    pub fn named(&self) -> impl Iterator<Item = (&'static str, Option<f64>)> {
        let values = [
            self.object_match,
            self.weakest,
            self.scene,
            self.similarity,
            self.space,
            self.numbers,
            self.colors,
            self.details,
        ];
        SIGNALS.into_iter().zip(values)
    }
}

impl ClaimAnswer {
    fn of(claim: &ClaimRecord, text: &str, detections: &[DetectionRecord]) -> Self {
        let found = claim.detection.and_then(|index| detections.get(index));
        let other = claim.other.and_then(|index| detections.get(index));
        Self {
            start: claim.start,
            end: claim.end,
            phrase: text.get(claim.start..claim.end).unwrap_or_default().to_string(),
            kind: claim.kind,
            finding: claim.finding,
            reason: claim.reason.clone(),
            score: claim.score,
            label: found.map(|found| found.label.clone()),
            label_score: found.map(|found| found.score),
            bounding_box: found.map(|found| found.bounding_box),
            other_label: other.map(|other| other.label.clone()),
            other_box: other.map(|other| other.bounding_box),
        }
    }
}

/// Why a text gives nothing to judge; `None` where some claim of it was judged.
pub(super) fn unjudged(evidence: &Evidence, text: &str) -> Option<&'static str> {
    if text.trim().is_empty() {
        return Some("there is no text");
    }
    if evidence.is_foreign {
        return Some("the text does not seem to be English, the only language that is read");
    }
    if evidence.claims.is_empty() {
        return Some("the text mentions nothing that could be looked for");
    }
    if evidence.claims.iter().any(|claim| claim.score.is_some()) {
        return None;
    }
    let nobody = Finding::NotJudged(Unjudged::NobodyNamed);
    Some(match evidence.claims.iter().all(|claim| claim.finding == nobody) {
        true => "the text does not say who is meant: a pronoun alone is evidence of nobody",
        false => "the text mentions only what this detector does not know",
    })
}

/// The page of some answers, under a description and a notice: one HTML file with all pictures inside.
///
/// # Errors
/// A picture that cannot be made smaller.
pub(super) fn page(
    answers: &[Answer],
    [description, notice]: [String; 2],
    threshold: f64,
) -> error::Result<String> {
    let head = PageHead {
        description,
        notice,
        version: env!("CARGO_PKG_VERSION").into(),
        ..PageHead::default()
    };
    let judged = |answer: &Answer| -> error::Result<JudgedPicture> {
        let signals = answer.signals.iter().flat_map(Signals::named);
        Ok(JudgedPicture {
            name: answer.image.clone(),
            picture: match &answer.shown.picture {
                Some(bytes) => shown(bytes)?,
                None => None,
            },
            size: answer.shown.size,
            text: answer.text.clone(),
            claims: answer.shown.claims.clone(),
            detections: answer.shown.detections.clone(),
            signals: signals.map(|(name, value)| (name.to_string(), value)).collect(),
            probability: answer.probability,
            threshold,
            unjudged: answer.unjudged.clone().unwrap_or_default(),
            rests_on: basis::sentence(&answer.basis),
        })
    };
    let judged: Vec<JudgedPicture> = answers.iter().map(judged).collect::<error::Result<_>>()?;
    Ok(story_report::verification::question_page(&head, &judged))
}

#[cfg(test)]
mod tests {
    use super::*;
    use story_verify::signals::{Claim, ClaimKind};

    #[test]
    fn why_nothing_was_judged_is_told_by_what_the_claims_lack() {
        let reason = |lacks: &[Unjudged]| {
            let claim = |lacks: &Unjudged| Claim {
                range: 0..2,
                kind: ClaimKind::Thing,
                finding: Finding::NotJudged(*lacks),
                score: None,
                other: None,
                shown: None,
            };
            let claims = lacks.iter().map(claim).collect();
            unjudged(&Evidence { claims, ..Evidence::default() }, "He met a zib.")
        };
        let has = |lacks: &[Unjudged], words| reason(lacks).is_some_and(|it| it.contains(words));
        assert!(has(&[Unjudged::NobodyNamed], "who is meant"));
        assert!(has(&[Unjudged::NobodyNamed, Unjudged::UnknownThing], "does not know"));
        assert!(has(&[], "nothing that could be looked for"));
    }
}
