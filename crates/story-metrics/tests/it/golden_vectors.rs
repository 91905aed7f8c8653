//! KID, centred cosine and CLIPScore against scikit-learn's kernels, on vectors from the formula of
//! `tools/golden/decisions.py`.

use crate::golden::{assert_close, assert_close_or_none, read};
use serde::Deserialize;
use story_metrics::{
    CentredCosine, ClipScoreStats, Features, KidConfig, MeanCosine, MeanVector, Metric, Statistic,
    kid,
};

#[derive(Deserialize)]
struct Golden {
    kid: Vec<KidCase>,
    embeddings: Vec<Embeddings>,
}

#[derive(Debug, Deserialize)]
struct KidCase {
    predicted: usize,
    references: usize,
    width: usize,
    salts: [usize; 2],
    #[serde(flatten)]
    config: KidConfig,
    mean: f64,
    deviation: Option<f64>,
}

#[derive(Debug, Deserialize)]
struct Embeddings {
    rows: usize,
    width: usize,
    salts: [usize; 2],
    cosine: f64,
    centred: f64,
    clip_score: f64,
    ref_clip_score: f64,
}

/// The formula of the golden script. (N, D)
fn vectors(rows: usize, width: usize, salt: usize) -> Vec<Vec<f32>> {
    let value = |i: usize, j: usize| (i * i * 7 + j * 31 + i * j * 13 + salt * 101) % 256;
    let row = |i| (0..width).map(|j| value(i, j) as f32 / 128.0 + (salt % 2) as f32).collect();
    (0..rows).map(row).collect()
}

fn features(rows: &[Vec<f32>]) -> Features {
    let mut features = Features::default();
    for row in rows {
        features.add(row).expect("finite");
    }
    features
}

#[test]
fn kid_equals_the_polynomial_kernel_of_scikit_learn() {
    let golden: Golden = read("decisions.json");
    assert_eq!(golden.kid.len(), 24);
    for case in &golden.kid {
        let predicted = features(&vectors(case.predicted, case.width, case.salts[0]));
        let references = features(&vectors(case.references, case.width, case.salts[1]));
        let found = kid(&predicted, &references, &case.config).expect("valid");
        assert_close_or_none(found.mean, Some(case.mean), case);
        assert_close_or_none(found.deviation, case.deviation, case);
    }
}

#[test]
fn cosines_and_clip_scores_equal_scikit_learn() {
    let golden: Golden = read("decisions.json");
    assert_eq!(golden.embeddings.len(), 24);
    for case in &golden.embeddings {
        let predicted = vectors(case.rows, case.width, case.salts[0]);
        let references = vectors(case.rows, case.width, case.salts[1]);
        let mut centre = MeanVector::default();
        for reference in &references {
            centre.add(reference).expect("finite");
        }
        let mut centred = CentredCosine::new(&centre).expect("references");
        let (mut cosine, mut clip) = (MeanCosine::default(), ClipScoreStats::default());
        let shifted = |row: &[f32], by: f32| -> Vec<f32> { row.iter().map(|x| x - by).collect() };
        for (at, (row, reference)) in predicted.iter().zip(&references).enumerate() {
            cosine.add(Some(row), reference).expect("finite");
            centred.add(Some(row), reference).expect("finite");
            let (picture, text) = (shifted(row, 1.0), shifted(reference, 1.5));
            let of_text = [row, &predicted[(at + 1) % case.rows]];
            clip.merge(&ClipScoreStats::of(&picture, Some(&text), &of_text).expect("finite"));
        }
        assert_close(cosine.score().expect("units"), case.cosine, case);
        assert_close(centred.score().expect("units"), case.centred, case);
        let found = clip.clip_score.score().expect("units");
        assert_close(found, case.clip_score, case);
        let found = clip.ref_clip_score.score().expect("units");
        assert_close(found, case.ref_clip_score, case);
    }
}
