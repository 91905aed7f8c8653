//! Who may judge what: a verdict is given only by a judge that was trained with the same detector and
//! the same similarity, on the same kind of pictures. Its numbers mean nothing elsewhere, and no
//! number is better than one that nobody should believe.

use story_verify::Medium;
use story_verify::fusion::{EVIDENCE, JudgeRecord};

/// What a detector's description says where boxes are the corpus' own, which are perfect.
pub const CORPUS_BOXES: &str = "boxes of the corpus";

/// With what and on what a judge was trained.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Standing<'a> {
    /// The version of the signals.
    pub evidence: u32,
    /// The detector, in words.
    pub detector: &'a str,
    /// What compared pictures and texts, in words; `None` where nothing did.
    pub similarity: Option<&'a str>,
    /// The kind of the pictures; `None` where that is not known.
    pub pictures: Option<Medium>,
}

impl<'a> Standing<'a> {
    /// That of a trained judge.
    pub fn of(record: &'a JudgeRecord) -> Self {
        Self {
            evidence: record.evidence,
            detector: &record.detector,
            similarity: record.similarity.as_deref(),
            pictures: record.pictures,
        }
    }
}

/// Why a judge may not judge anything with the detector and the similarity at hand; `None` where it
/// may.
pub fn refusal(judge: Standing, detector: &str, similarity: Option<&str>) -> Option<String> {
    if judge.evidence != EVIDENCE {
        return Some(
            "the judge was trained on signals of another version of this program: train it anew"
                .into(),
        );
    }
    if judge.detector == CORPUS_BOXES && detector != CORPUS_BOXES {
        return Some(format!(
            "the judge was trained with perfect boxes, the corpus' own, and boxes of {detector} are not"
        ));
    }
    if judge.detector != detector {
        return Some(format!(
            "the judge was trained with {}, and things were looked for by {detector}",
            judge.detector
        ));
    }
    match (judge.similarity, similarity) {
        (Some(trained), now) if Some(trained) != now => Some(format!(
            "the judge was trained with the similarity of {trained}, and there is {}",
            now.unwrap_or("none")
        )),
        _ => None,
    }
}

/// Why a judge may not judge a picture of this kind; `None` where it may.
pub fn picture_refusal(judge: Standing, shown: Medium) -> Option<String> {
    match judge.pictures {
        Some(trained) if trained == shown => None,
        Some(Medium::Photographs) if shown == Medium::Drawings => Some(
            "the picture looks like a drawing: the judge was trained on photographs, and its detector has not seen drawings".into(),
        ),
        Some(trained) => Some(format!(
            "the judge was trained on {trained}, and the picture is none of them"
        )),
        None => Some(
            "the judge does not say on what pictures it was trained: it is from before judges did; train it anew".into(),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judge<'a>(
        detector: &'a str,
        similarity: Option<&'a str>,
        pictures: Option<Medium>,
    ) -> Standing<'a> {
        Standing { evidence: EVIDENCE, detector, similarity, pictures }
    }

    #[test]
    fn another_detector_or_similarity_takes_the_right_away() {
        let nano = judge("yolox-nano", None, None);
        assert_eq!(refusal(nano, "yolox-nano", None), None);
        assert_eq!(refusal(nano, "yolox-nano", Some("CLIP")), None, "it does not ask it");
        let other = refusal(nano, "yolox-s", None).expect("another detector");
        assert!(other.contains("yolox-nano") && other.contains("yolox-s"), "{other}");
        let perfect = judge(CORPUS_BOXES, None, None);
        let reason = refusal(perfect, "yolox-nano", None).expect("perfect boxes");
        assert!(reason.contains("perfect"), "{reason}");
        assert_eq!(refusal(perfect, CORPUS_BOXES, None), None);
        let with = judge("yolox-nano", Some("CLIP"), None);
        assert!(refusal(with, "yolox-nano", None).is_some_and(|it| it.contains("none")));
        assert_eq!(refusal(with, "yolox-nano", Some("CLIP")), None);
        let old = Standing { evidence: 1, ..nano };
        assert!(refusal(old, "yolox-nano", None).is_some_and(|it| it.contains("anew")));
    }

    #[test]
    fn other_pictures_take_the_right_away() {
        use Medium::{Drawings, Photographs, SyntheticWorld};
        let of = |trained, shown| picture_refusal(judge("d", None, trained), shown);
        for medium in [Drawings, Photographs, SyntheticWorld] {
            assert_eq!(of(Some(medium), medium), None);
        }
        assert!(of(Some(Photographs), Drawings).is_some_and(|it| it.contains("drawing")));
        for shown in [Drawings, Photographs] {
            assert!(of(Some(SyntheticWorld), shown).is_some_and(|it| it.contains("synthetic")));
        }
        assert!(of(None, Photographs).is_some_and(|it| it.contains("anew")));
    }
}
