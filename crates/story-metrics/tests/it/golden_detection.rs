//! Detection against pycocotools on the invented cases of `tools/golden/coco_detection.py`.

use crate::golden::{assert_close_or_none, read};
use serde::Deserialize;
use story_metrics::{
    DetectedBox, DetectionStats, Measurement, ReferenceBox, ReferenceKind, Region, Statistic,
};

#[derive(Deserialize)]
struct Golden {
    corpora: Vec<Corpus>,
}

#[derive(Deserialize)]
struct Corpus {
    pictures: Vec<Picture>,
    /// The twelve numbers of pycocotools' summary; `None` where it says -1.
    summary: Vec<Option<f64>>,
}

#[derive(Deserialize)]
struct Picture {
    /// Category, left, top, width and height in pixels, area of the outline, whether it is a crowd.
    references: Vec<(String, [f64; 4], f64, bool)>,
    /// Category, box, score.
    answer: Vec<(String, [f64; 4], f64)>,
}

fn region([left, top, width, height]: [f64; 4]) -> Region {
    Region::new(left, top, width, height).expect("finite")
}

fn stats(picture: &Picture) -> DetectionStats {
    let references = picture.references.iter().map(|(category, at, area, crowd)| {
        let kind = match crowd {
            true => ReferenceKind::Crowd,
            false => ReferenceKind::Object,
        };
        ReferenceBox { category: category.clone(), region: region(*at), area: *area, kind }
    });
    let answer = picture.answer.iter().map(|(category, at, score)| DetectedBox {
        category: category.clone(),
        region: region(*at),
        score: *score,
    });
    let (answer, references): (Vec<_>, Vec<_>) = (answer.collect(), references.collect());
    DetectionStats::of(Some(&answer), &references).expect("finite")
}

#[test]
fn detection_equals_pycocotools() {
    let golden: Golden = read("coco_detection.json");
    assert_eq!(golden.corpora.len(), 40);
    let mut undefined = 0;
    for (at, corpus) in golden.corpora.iter().enumerate() {
        let mut all = DetectionStats::default();
        corpus.pictures.iter().for_each(|picture| all.merge(&stats(picture)));
        let rows = all.measurements();
        assert_eq!(rows.len(), corpus.summary.len());
        for (Measurement { name, value, .. }, &expected) in rows.iter().zip(&corpus.summary) {
            assert_close_or_none(*value, expected, (at, name));
            undefined += usize::from(expected.is_none());
        }
    }
    assert!(undefined > 0, "some corpora have no reference of some area");
}
