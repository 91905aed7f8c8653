//! Against PyTorch and scikit-learn: `tools/golden/fusion.py` made the numbers.

use super::training::Adam;
use super::*;
use candle_core::{Device, Tensor};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::sync::Arc;
use story_core::losses::bce_with_logits;
use story_core::{ParamStore, Pass, Result};

#[derive(Deserialize)]
struct Golden {
    network: Network,
    regions: Regions,
}

#[derive(Deserialize)]
struct Network {
    logits: Vec<f32>,
    losses: Vec<f32>,
    gradients: BTreeMap<String, Vec<f32>>,
    weights: BTreeMap<String, Vec<f32>>,
}

#[derive(Deserialize)]
struct Regions {
    logits: Vec<f32>,
    attention: Vec<f32>,
}

#[derive(Deserialize)]
struct Logistic {
    rows: usize,
    columns: usize,
    ridge: f64,
    labels: Vec<u8>,
    probabilities: Vec<f64>,
}

/// The script's `fill`.
fn fill(salt: usize, count: usize) -> Vec<f32> {
    const GOLDEN: f64 = 0.618_033_988_749_894_9;
    let value = |at: usize| ((salt * 10_007 + at + 1) as f64 * GOLDEN).rem_euclid(1.0) - 0.5;
    (0..count).map(|at| value(at) as f32).collect()
}

/// Every parameter by its place among the sorted names.
fn fill_store(store: &ParamStore) -> Result<()> {
    for (place, (_, var)) in store.named().into_iter().enumerate() {
        let values = fill(1 + place, var.elem_count());
        var.set(&Tensor::from_vec(values, var.shape(), &Device::Cpu)?)?;
    }
    Ok(())
}

#[track_caller]
fn same(what: &str, own: &[f32], other: &[f32]) {
    assert_eq!(own.len(), other.len(), "{what}");
    for (own, other) in own.iter().zip(other) {
        assert!((own - other).abs() < 1e-5, "{what}: {own} and {other}");
    }
}

fn golden() -> Golden {
    let text = include_str!("../../tests/golden/fusion.json");
    serde_json::from_str(text).expect("the golden file")
}

#[test]
fn the_network_and_three_steps_of_adam_are_pytorchs() -> Result<()> {
    let golden = golden().network;
    let store = ParamStore::new(1, &Device::Cpu);
    let network = FusionNetwork::new(3, 8, 0.0, store.builder())?;
    fill_store(&store)?;
    let signals: Vec<f32> = fill(100, 8 * 3).iter().map(|value| value + 0.5).collect();
    let signals = Tensor::from_vec(signals, (8, 3), &Device::Cpu)?;
    let labels: Vec<f32> = (0..8).map(|at| if at % 3 == 0 { 1.0 } else { 0.0 }).collect();
    let labels = Tensor::from_vec(labels, 8, &Device::Cpu)?;
    let mut adam = Adam::new(&store, 0.1)?;
    for (step, expected) in golden.losses.iter().enumerate() {
        let logits = network.logits(&signals, &Pass::Eval)?;
        let loss = bce_with_logits(&logits, &labels)?;
        same("loss", &[loss.to_scalar::<f32>()?], &[*expected]);
        if step == 0 {
            same("logits", &logits.to_vec1::<f32>()?, &golden.logits);
            let gradients = loss.backward()?;
            for (name, var) in store.named() {
                let gradient = gradients.get(var.as_tensor()).expect("a gradient");
                let gradient = gradient.flatten_all()?.to_vec1::<f32>()?;
                same(&name, &gradient, &golden.gradients[&name]);
            }
        }
        adam.step(&loss)?;
    }
    for (name, var) in store.named() {
        let weights = var.as_tensor().flatten_all()?.to_vec1::<f32>()?;
        same(&name, &weights, &golden.weights[&name]);
    }
    Ok(())
}

#[test]
fn attention_over_regions_is_pytorchs() -> Result<()> {
    const WIDTH: usize = 6;
    let golden = golden().regions;
    let store = ParamStore::new(1, &Device::Cpu);
    let model = RegionAttention::new(WIDTH, 2, 8, 0.0, store.builder())?;
    fill_store(&store)?;
    let units = |salt: usize, count: usize| -> Vec<Vec<f32>> {
        let values = fill(salt, count * WIDTH);
        let unit = |row: &[f32]| {
            let length = row.iter().map(|x| x * x).sum::<f32>().sqrt();
            row.iter().map(|x| x / length).collect()
        };
        values.chunks(WIDTH).map(unit).collect()
    };
    let sizes = [(2, 3), (1, 1), (3, 0), (0, 2)];
    let row = |(at, &(sentences, regions)): (usize, &(usize, usize))| {
        let shapes: Vec<f32> = fill(500 + at, regions * 5).iter().map(|x| x + 0.5).collect();
        let shapes = shapes.chunks(5).map(|it| [it[0], it[1], it[2], it[3], it[4]]);
        RegionRow {
            sentences: units(300 + at, sentences).into_iter().map(Arc::from).collect(),
            regions: units(400 + at, regions).into_iter().zip(shapes).collect(),
            signals: fill(200 + at, 2).iter().map(|x| f64::from(x + 0.5)).collect(),
        }
    };
    let rows: Vec<RegionRow> = sizes.iter().enumerate().map(row).collect();
    let rows: Vec<&RegionRow> = rows.iter().collect();
    let (logits, weights) = model.forward(&RegionBatch::new(&rows, WIDTH)?, &Pass::Eval)?;
    same("logits", &logits.to_vec1::<f32>()?, &golden.logits);
    let weights = weights.to_vec3::<f32>()?;
    let own: Vec<f32> = sizes
        .iter()
        .zip(&weights)
        .flat_map(|(&(sentences, regions), weights)| {
            let kept = weights.iter().take(sentences).map(move |row| &row[..regions]);
            kept.flatten().copied().collect::<Vec<f32>>()
        })
        .collect();
    same("attention", &own, &golden.attention);
    Ok(())
}

#[test]
fn logistic_regression_is_scikit_learns() -> Result<()> {
    let text = include_str!("../../tests/golden/logistic.json");
    let cases: Vec<Logistic> = serde_json::from_str(text).expect("the golden file");
    for case in cases {
        let values = fill(case.rows, case.rows * case.columns);
        let mut rows: Vec<Vec<f64>> = values
            .chunks(case.columns)
            .map(|row| row.iter().map(|x| f64::from(*x)).collect())
            .collect();
        rows.iter_mut().for_each(|row| row[1] = 0.25);
        let labels: Vec<f32> = case.labels.iter().map(|label| f32::from(*label)).collect();
        let model = LogisticRegression::fit(&rows, &labels, 1.0 / case.ridge)?;
        for (row, expected) in rows.iter().zip(&case.probabilities) {
            let own = sigmoid(model.logit(row));
            assert!((own - expected).abs() < 1e-6, "{own} and {expected}");
        }
    }
    Ok(())
}
