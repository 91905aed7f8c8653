//! A judge trained on some examples, asked about others; and how it is kept.

use super::config::VerifyConfig;
use super::evidence::SIGNALS;
use crate::error::{Error, Result};
use std::collections::BTreeMap;
use std::sync::Arc;
use story_core::{Pass, rng};
use story_report::verification::{ALWAYS_MATCH, FUSION, TEXT_ONLY};
use story_verify::Medium;
use story_verify::fusion::{
    Coefficients, EVIDENCE, History, Imputation, Judge, JudgeRecord, LogisticRegression, Origin,
    RegionRow, Selected, Temperature, Threshold, sigmoid, train,
};

/// The regression over the fused signals.
pub const LOGISTIC: &str = "logistic-regression";
/// The attention over regions.
const REGIONS: &str = "region-attention";
/// How far the regressions trust the data; scikit-learn's default.
const TRUST: f64 = 1.0;
/// The share of matching texts that the regression over the signals may lose at its threshold: who is
/// told that a right text is wrong believes nothing any more.
const MOST_LOST: f64 = 0.04;

/// All that a judge is told of one example.
#[derive(Debug, Clone, Default)]
pub struct Case {
    /// By [`SIGNALS`].
    pub signals: [Option<f64>; SIGNALS.len()],
    /// What the text looks like alone.
    pub text: Vec<f64>,
    /// Sentences and regions in the similarity's space.
    pub regions: RegionRow,
}

/// What a judge is trained with, and on what.
#[derive(Debug, Clone, Copy)]
pub struct Setting<'a> {
    /// The detector, in words.
    pub detector: &'a str,
    /// What compares pictures and texts, in words; `None` where nothing does.
    pub similarity: Option<&'a str>,
    /// The kind of the pictures; `None` where there are none.
    pub pictures: Option<Medium>,
}

/// A judge with the losses of its training.
pub struct Fitted {
    /// The judge.
    pub judge: Judge,
    /// Losses by model.
    pub history: BTreeMap<String, History>,
}

/// Trains a judge on the cases `training`, and chooses temperatures and thresholds on `validation`;
/// `labels` are 1 for a match.
///
/// # Errors
/// One class alone, or a loss that is not finite.
pub fn fit(
    config: &VerifyConfig,
    setting: Setting,
    (cases, labels): (&[Case], &[f32]),
    [training, validation]: [&[usize]; 2],
    seed: u64,
) -> Result<Fitted> {
    let columns = columns(&config.fusion.signals)?;
    let given = |index: usize| -> Vec<Option<f64>> {
        columns.iter().map(|column| cases[index].signals[*column]).collect()
    };
    // Few numbers need nobody to stop them: they are fitted to the validation's examples as well.
    let both = [training, validation].concat();
    let few = coefficients(config, setting, (cases, labels), &both)?;
    let imputation = few.imputation;
    let filled = |index: usize| imputation.fill(&given(index));
    let own: Vec<f32> = training.iter().map(|index| labels[*index]).collect();
    let texts: Vec<Vec<f64>> = training.iter().map(|index| cases[*index].text.clone()).collect();
    let width =
        cases.iter().flat_map(|case| &case.regions.sentences).map(|sentence| sentence.len()).next();
    let record = JudgeRecord {
        signals: config.fusion.signals.clone(),
        detector: setting.detector.to_string(),
        similarity: setting.similarity.map(str::to_string),
        evidence: EVIDENCE,
        pictures: setting.pictures,
        train: config.fusion.train,
        logistic: few.logistic,
        text_only: LogisticRegression::fit(&texts, &own, TRUST)?,
        imputation: imputation.clone(),
        temperatures: BTreeMap::new(),
        thresholds: BTreeMap::new(),
        region_width: width.filter(|_| config.fusion.regions),
    };
    let mut judge = Judge::new(record, seed)?;
    let mut history = BTreeMap::new();
    let all: Vec<Vec<f64>> = (0..cases.len()).map(filled).collect();
    let settings = (&config.fusion.train, Selected::Last);
    {
        let logits = |batch: &[usize], pass: &Pass| {
            let rows: Vec<Vec<f64>> = batch.iter().map(|index| all[*index].clone()).collect();
            judge.fuse(&rows, pass)
        };
        let (_, store) = judge.network();
        let stream = (rng::hash("verify/fusion") ^ seed, FUSION);
        let losses = train(store, &logits, labels, [training, validation], settings, stream)?;
        history.insert(FUSION.to_string(), losses);
    }
    if let Some((_, store)) = judge.regions() {
        let rows = region_rows(cases, &all);
        let logits = |batch: &[usize], pass: &Pass| {
            let rows: Vec<&RegionRow> = batch.iter().map(|index| &rows[*index]).collect();
            let logits = judge.attend(&rows, pass)?;
            logits.ok_or_else(|| story_core::Error::Config("bug: no attention".into()))
        };
        // It has more parameters than examples teach: the best epoch is kept.
        let settings = (&config.fusion.train, Selected::Best);
        let stream = (rng::hash("verify/regions") ^ seed, REGIONS);
        let losses = train(store, &logits, labels, [training, validation], settings, stream)?;
        history.insert(REGIONS.to_string(), losses);
    }
    calibrate(&mut judge, cases, labels, validation)?;
    judge.record.temperatures.remove(LOGISTIC);
    judge.record.thresholds.insert(LOGISTIC.to_string(), few.threshold);
    Ok(Fitted { judge, history })
}

/// The regression over the signals of the cases `fitted`, with its threshold there.
///
/// # Errors
/// One class alone.
pub fn coefficients(
    config: &VerifyConfig,
    setting: Setting,
    (cases, labels): (&[Case], &[f32]),
    fitted: &[usize],
) -> Result<Coefficients> {
    let names = &config.fusion.signals;
    let given = |index: &usize| chosen(names, &cases[*index].signals);
    let rows: Vec<Vec<Option<f64>>> = fitted.iter().map(given).collect::<Result<_>>()?;
    let imputation = Imputation::fit(&rows)?;
    let rows: Vec<Vec<f64>> = rows.iter().map(|row| imputation.fill(row)).collect();
    let labels: Vec<f32> = fitted.iter().map(|index| labels[*index]).collect();
    let logistic = LogisticRegression::fit(&rows, &labels, TRUST)?;
    let scores: Vec<f64> = rows.iter().map(|row| sigmoid(logistic.logit(row))).collect();
    Ok(Coefficients {
        evidence: EVIDENCE,
        detector: setting.detector.to_string(),
        similarity: setting.similarity.map(str::to_string),
        pictures: setting.pictures,
        signals: names.clone(),
        imputation,
        logistic,
        threshold: Threshold::keeping(&scores, &labels, MOST_LOST),
        origin: Origin::default(),
    })
}

/// Chooses temperatures and thresholds on the cases `validation`.
fn calibrate(
    judge: &mut Judge,
    cases: &[Case],
    labels: &[f32],
    validation: &[usize],
) -> Result<()> {
    let own: Vec<Case> = validation.iter().map(|index| cases[*index].clone()).collect();
    let targets: Vec<f32> = validation.iter().map(|index| labels[*index]).collect();
    for (system, values) in scores(judge, &own)? {
        let known =
            values.iter().zip(&targets).filter_map(|(value, label)| Some(((*value)?, *label)));
        let (values, labels): (Vec<f64>, Vec<f32>) = known.unzip();
        let record = &mut judge.record;
        let decided: Vec<f64> = if is_logit(&system) {
            let temperature = Temperature::fit(&values, &labels);
            record.temperatures.insert(system.clone(), temperature);
            values.iter().map(|logit| temperature.probability(*logit)).collect()
        } else {
            values
        };
        if system != ALWAYS_MATCH {
            record.thresholds.insert(system, Threshold::fit(&decided, &labels));
        }
    }
    Ok(())
}

/// Whether the system's scores are logits, which have a temperature; signals are shares already.
fn is_logit(system: &str) -> bool {
    [FUSION, LOGISTIC, REGIONS, TEXT_ONLY].contains(&system)
}

/// Each system's logits or signals; `None` where it could not judge.
fn scores(judge: &Judge, cases: &[Case]) -> Result<BTreeMap<String, Vec<Option<f64>>>> {
    let columns = columns(&judge.record.signals)?;
    let filled: Vec<Vec<f64>> = cases
        .iter()
        .map(|case| {
            let given: Vec<Option<f64>> = columns.iter().map(|it| case.signals[*it]).collect();
            judge.record.imputation.fill(&given)
        })
        .collect();
    let mut all = BTreeMap::new();
    let mut add = |system: &str, values: Vec<Option<f64>>| {
        all.insert(system.to_string(), values);
    };
    let logits = |values: Vec<f32>| values.into_iter().map(|it| Some(f64::from(it))).collect();
    if !cases.is_empty() {
        add(FUSION, logits(judge.fuse(&filled, &Pass::Eval)?.detach().to_vec1::<f32>()?));
        let rows = region_rows(cases, &filled);
        let mut attended = Vec::new();
        /// Rows attended at once.
        const BATCH: usize = 256;
        for chunk in rows.chunks(BATCH) {
            let chunk: Vec<&RegionRow> = chunk.iter().collect();
            if let Some(found) = judge.attend(&chunk, &Pass::Eval)? {
                attended.extend(found.detach().to_vec1::<f32>()?);
            }
        }
        if !attended.is_empty() {
            add(REGIONS, logits(attended));
        }
    }
    let linear = |row: &Vec<f64>| Some(judge.record.logistic.logit(row));
    add(LOGISTIC, filled.iter().map(linear).collect());
    let alone = |case: &Case| Some(judge.record.text_only.logit(&case.text));
    if cases.iter().all(|case| !case.text.is_empty()) {
        add(TEXT_ONLY, cases.iter().map(alone).collect());
    }
    for (column, name) in SIGNALS.iter().enumerate() {
        let values: Vec<Option<f64>> = cases.iter().map(|case| case.signals[column]).collect();
        if values.iter().any(Option::is_some) {
            add(name, values);
        }
    }
    add(ALWAYS_MATCH, vec![Some(1.0); cases.len()]);
    Ok(all)
}

/// Each system's probability of a match for each case; a system that could not judge is missing.
///
/// # Errors
/// Those of the networks.
pub fn probabilities(judge: &Judge, cases: &[Case]) -> Result<Vec<BTreeMap<String, f64>>> {
    let mut all = vec![BTreeMap::new(); cases.len()];
    for (system, values) in scores(judge, cases)? {
        for (answers, value) in all.iter_mut().zip(values) {
            let Some(value) = value else { continue };
            let probability = match is_logit(&system) {
                true => judge.probability(&system, value),
                false => value,
            };
            answers.insert(system.clone(), probability);
        }
    }
    Ok(all)
}

fn region_rows(cases: &[Case], filled: &[Vec<f64>]) -> Vec<RegionRow> {
    let rows = cases.iter().zip(filled);
    rows.map(|(case, signals)| RegionRow { signals: signals.clone(), ..case.regions.clone() })
        .collect()
}

/// The values of the named signals, in the order of their names.
///
/// # Errors
/// A name that is no signal's.
pub fn chosen(
    names: &[String],
    signals: &[Option<f64>; SIGNALS.len()],
) -> Result<Vec<Option<f64>>> {
    Ok(columns(names)?.into_iter().map(|column| signals[column]).collect())
}

/// Places of the named signals in [`SIGNALS`].
fn columns(names: &[String]) -> Result<Vec<usize>> {
    let known = || SIGNALS.join(", ");
    let place = |name: &String| {
        let place = SIGNALS.iter().position(|signal| signal == name);
        place.ok_or_else(|| {
            Error::Config(format!("fusion.signals: `{name}` is none; known are {}", known()))
        })
    };
    let places: Vec<usize> = names.iter().map(place).collect::<Result<_>>()?;
    if places.is_empty() {
        return Err(Error::Config(format!("fusion.signals: name one at least of {}", known())));
    }
    Ok(places)
}

/// The regions of a frame as its judge's network wants them.
pub fn regions(
    vectors: &[Vec<f32>],
    detections: &[story_verify::Detection],
    (width, height): (u32, u32),
) -> Arc<[(Vec<f32>, [f32; 5])]> {
    let (width, height) = (width.max(1) as f32, height.max(1) as f32);
    let regions = vectors.iter().zip(detections).map(|(vector, found)| {
        let place = found.bounding_box;
        let shape =
            [place.x1 / width, place.y1 / height, place.x2 / width, place.y2 / height, found.score];
        (vector.clone(), shape)
    });
    regions.collect()
}
