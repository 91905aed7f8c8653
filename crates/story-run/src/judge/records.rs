//! What a judge was asked and what it answered, as the report reads it.

use super::evidence::{EvaluationData, FrameEvidence, SIGNALS};
use crate::error::Result;
use crate::pictures::shown;
use crate::run_folder::RunFolder;
use std::collections::{BTreeMap, BTreeSet};
use story_core::Frame;
use story_report::verification::{
    ClaimRecord, DetectionRecord, FUSION, PhraseFinding, PhraseKind, VerificationRecord,
};
use story_verify::examples::Example;
use story_verify::signals::{Claim, ClaimKind, Finding};

/// The record of one example, `index` among the data's questions.
pub fn record(
    story: &str,
    part: String,
    example: &Example,
    data: &EvaluationData,
    index: usize,
    probabilities: BTreeMap<String, f64>,
) -> VerificationRecord {
    let seen = data.frames.get(&(example.story, example.frame));
    let evidence = data.evidence[index].as_ref();
    VerificationRecord {
        story: story.to_string(),
        frame: example.frame,
        part,
        text: example.text.clone(),
        matches: example.negative.is_none(),
        negative: example.negative.map(|kind| kind.name().to_string()),
        changed: example.changed.as_ref().map(|range| [range.start, range.end]),
        image: None,
        size: seen.map(size),
        signals: evidence.map(|it| signals(&it.signals)).unwrap_or_default(),
        probabilities,
        claims: evidence.map(|it| it.claims.iter().map(claim).collect()).unwrap_or_default(),
        detections: seen.map(detections).unwrap_or_default(),
    }
}

/// Which examples are shown: of matches and of each kind the surest, the middle and the least sure.
pub fn choose(records: &[VerificationRecord], count: usize) -> BTreeSet<usize> {
    let mut kinds: BTreeMap<Option<&str>, Vec<usize>> = BTreeMap::new();
    for (index, record) in records.iter().enumerate() {
        kinds.entry(record.kind()).or_default().push(index);
    }
    let probability =
        |index: &usize| records[*index].probabilities.get(FUSION).copied().unwrap_or(0.5);
    for indices in kinds.values_mut() {
        indices.sort_by(|a, b| probability(a).total_cmp(&probability(b)).then(a.cmp(b)));
    }
    let each = count / kinds.len().max(1);
    let spread = |indices: &Vec<usize>| -> Vec<usize> {
        let shown = each.min(indices.len());
        let last = indices.len().saturating_sub(1);
        let place = |at: usize| at * last / shown.saturating_sub(1).max(1);
        (0..shown).map(|at| indices[place(at)]).collect()
    };
    kinds.values().flat_map(spread).collect()
}

/// Saves a frame's picture under `samples/`; its name, `None` where there is none.
pub fn save_picture(folder: &RunFolder, frame: &Frame, number: usize) -> Result<Option<String>> {
    let Some(bytes) = frame.image.as_ref() else {
        return Ok(None);
    };
    let Some(small) = shown(bytes)? else {
        return Ok(None);
    };
    let name = format!("samples/{number:05}.jpg");
    folder.write(&name, &small)?;
    Ok(Some(name))
}

pub(super) fn size(seen: &FrameEvidence) -> [u32; 2] {
    [seen.size.0, seen.size.1]
}

pub(super) fn signals(values: &[Option<f64>; SIGNALS.len()]) -> BTreeMap<String, Option<f64>> {
    let pairs = SIGNALS.iter().zip(values);
    pairs.map(|(name, value)| (name.to_string(), *value)).collect()
}

pub(super) fn claim(claim: &Claim) -> ClaimRecord {
    let (finding, detection) = match claim.finding {
        Finding::Supported(index) => (PhraseFinding::Supported, Some(index)),
        Finding::Absent => (PhraseFinding::Supported, None),
        Finding::Contradicted(index) => (PhraseFinding::Contradicted, Some(index)),
        Finding::NotFound => (PhraseFinding::NotFound, None),
        Finding::NotJudged(_) => (PhraseFinding::NotJudged, None),
    };
    ClaimRecord {
        start: claim.range.start,
        end: claim.range.end,
        kind: match claim.kind {
            ClaimKind::Thing => PhraseKind::Thing,
            ClaimKind::Number => PhraseKind::Number,
            ClaimKind::Color => PhraseKind::Color,
            ClaimKind::Relation => PhraseKind::Relation,
            ClaimKind::Denial => PhraseKind::Denial,
        },
        finding,
        reason: match (claim.finding, claim.shown) {
            (Finding::NotJudged(why), Some(shown)) => Some(format!("{why}; {shown}")),
            (Finding::NotJudged(why), None) => Some(why.to_string()),
            (_, shown) => shown.map(|shown| shown.to_string()),
        },
        score: claim.score,
        detection,
        other: claim.other,
    }
}

pub(super) fn detections(seen: &FrameEvidence) -> Vec<DetectionRecord> {
    let found = seen.detections.iter().map(|found| {
        let place = found.bounding_box;
        DetectionRecord {
            label: found.label.clone(),
            score: f64::from(found.score),
            bounding_box: [place.x1, place.y1, place.x2, place.y2],
        }
    });
    found.collect()
}
