//! A trained judge: all that turns signals into a decision, and how it is kept.

use super::{
    FusionNetwork, Imputation, LogisticRegression, RegionAttention, RegionBatch, RegionRow,
    Temperature, Threshold, TrainConfig,
};
use crate::Medium;
use candle_core::{Device, Tensor};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashMap};
use story_core::{Error, ParamStore, Pass, Result};

/// The prefix of the fusion network's names in a file of weights.
const NETWORK: &str = "network.";
/// That of the attention over regions.
const REGIONS: &str = "regions.";
/// The widest space of regions that a record may claim; published encoders have a tenth of it.
const WIDEST_REGION: usize = 1 << 14;

/// What a judge is besides its networks' weights; kept as JSON.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct JudgeRecord {
    /// The signals that are fused, in order.
    pub signals: Vec<String>,
    /// The detector that it was trained with, in words.
    pub detector: String,
    /// What compared pictures and texts, in words; `None` where nothing did.
    pub similarity: Option<String>,
    /// [`EVIDENCE`](super::EVIDENCE) of the program that trained it; 1 of one from before this was kept.
    #[serde(default = "first")]
    pub evidence: u32,
    /// What kind of pictures it was trained on; `None` of a judge from before this was kept.
    #[serde(default)]
    pub pictures: Option<Medium>,
    /// What stands for signals that could not be judged.
    pub imputation: Imputation,
    /// Sizes and rates that it was trained with.
    pub train: TrainConfig,
    /// The regression over the same signals.
    pub logistic: LogisticRegression,
    /// The regression over the text alone.
    pub text_only: LogisticRegression,
    /// Calibration by system.
    pub temperatures: BTreeMap<String, Temperature>,
    /// Decisions by system.
    pub thresholds: BTreeMap<String, Threshold>,
    /// Width of the space that the attention over regions works in; `None` without one.
    pub region_width: Option<usize>,
}

/// A judge with its networks.
pub struct Judge {
    /// Everything but the weights.
    pub record: JudgeRecord,
    network: (FusionNetwork, ParamStore),
    regions: Option<(RegionAttention, ParamStore)>,
}

impl Judge {
    /// The judge of `record` with drawn weights.
    ///
    /// # Errors
    /// [`Error::Config`] for sizes that cannot be.
    pub fn new(record: JudgeRecord, seed: u64) -> Result<Self> {
        let train = record.train.checked()?;
        if record.signals.len() != record.imputation.width() {
            return Err(Error::Data(format!(
                "judge: {} signals are named and {} have a mean",
                record.signals.len(),
                record.imputation.width()
            )));
        }
        if let Some(width) =
            record.region_width.filter(|width| !(1..=WIDEST_REGION).contains(width))
        {
            return Err(Error::Data(format!(
                "judge: region_width is {width}; expected 1 to {WIDEST_REGION}"
            )));
        }
        let store = ParamStore::new(seed, &Device::Cpu);
        let (inputs, hidden) = (record.signals.len(), train.hidden);
        let network = FusionNetwork::new(inputs, hidden, train.dropout, store.builder())?;
        let regions = match record.region_width {
            None => None,
            Some(width) => {
                let store = ParamStore::new(seed, &Device::Cpu);
                let vb = store.builder();
                let model = RegionAttention::new(width, inputs, hidden, train.dropout, vb)?;
                Some((model, store))
            }
        };
        Ok(Self { record, network: (network, store), regions })
    }

    /// The judge of `record` with the weights of `tensors`; `source` names them in messages.
    ///
    /// # Errors
    /// [`Error::Config`] that lists missing, unexpected and misshaped names.
    pub fn load(
        record: JudgeRecord,
        tensors: &HashMap<String, Tensor>,
        source: &str,
    ) -> Result<Self> {
        let judge = Self::new(record, 0)?;
        let known = |name: &&String| name.starts_with(NETWORK) || name.starts_with(REGIONS);
        if let Some(name) = tensors.keys().find(|name| !known(name)) {
            return Err(Error::Config(format!("{source}: unexpected `{name}`")));
        }
        judge.network.1.set_all(&stripped(tensors, NETWORK), source)?;
        match &judge.regions {
            Some((_, store)) => store.set_all(&stripped(tensors, REGIONS), source)?,
            None if tensors.keys().any(|name| name.starts_with(REGIONS)) => {
                return Err(Error::Config(format!(
                    "{source}: holds an attention over regions, which the judge has not"
                )));
            }
            None => {}
        }
        Ok(judge)
    }

    /// The weights by name, to be written beside the record.
    pub fn tensors(&self) -> HashMap<String, Tensor> {
        let mut all = prefixed(&self.network.1, NETWORK);
        if let Some((_, store)) = &self.regions {
            all.extend(prefixed(store, REGIONS));
        }
        all
    }

    /// The fusion network and its parameters, for training.
    pub fn network(&self) -> (&FusionNetwork, &ParamStore) {
        (&self.network.0, &self.network.1)
    }

    /// The attention over regions and its parameters, for training; `None` without one.
    pub fn regions(&self) -> Option<(&RegionAttention, &ParamStore)> {
        self.regions.as_ref().map(|(model, store)| (model, store))
    }

    /// The fusion network's logits of rows without gaps.
    ///
    /// # Errors
    /// Rows of another width.
    pub fn fuse(&self, rows: &[Vec<f64>], pass: &Pass) -> Result<Tensor> {
        let width = self.record.signals.len();
        let flat: Vec<f32> = rows.iter().flatten().map(|value| *value as f32).collect();
        let signals = Tensor::from_vec(flat, (rows.len(), width), &Device::Cpu)?;
        self.network.0.logits(&signals, pass)
    }

    /// The attention's logits; `None` without one.
    ///
    /// # Errors
    /// Those of the network.
    pub fn attend(&self, rows: &[&RegionRow], pass: &Pass) -> Result<Option<Tensor>> {
        let (Some((model, _)), Some(width)) = (&self.regions, self.record.region_width) else {
            return Ok(None);
        };
        let batch = RegionBatch::new(rows, width)?;
        Ok(Some(model.forward(&batch, pass)?.0))
    }

    /// The probability that `system`'s logit or score means, calibrated where it was.
    pub fn probability(&self, system: &str, logit: f64) -> f64 {
        let temperature = self.record.temperatures.get(system);
        temperature.unwrap_or(&Temperature::NONE).probability(logit)
    }

    /// Where `system` decides for a match; one half where nothing was chosen.
    pub fn threshold(&self, system: &str) -> f64 {
        const HALF: f64 = 0.5;
        self.record.thresholds.get(system).map_or(HALF, |it| it.value())
    }
}

fn first() -> u32 {
    1
}

fn prefixed(store: &ParamStore, prefix: &str) -> HashMap<String, Tensor> {
    let tensors = store.tensors().into_iter();
    tensors.map(|(name, tensor)| (format!("{prefix}{name}"), tensor)).collect()
}

fn stripped(tensors: &HashMap<String, Tensor>, prefix: &str) -> HashMap<String, Tensor> {
    let own = tensors.iter().filter_map(|(name, tensor)| {
        Some((name.strip_prefix(prefix)?.to_string(), tensor.clone()))
    });
    own.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record() -> JudgeRecord {
        let rows = vec![vec![0.1, 0.9], vec![0.8, 0.4], vec![0.3, 0.2]];
        let labels = [0.0, 1.0, 0.0];
        let given: Vec<Vec<Option<f64>>> =
            rows.iter().map(|row| row.iter().map(|it| Some(*it)).collect()).collect();
        let logistic = LogisticRegression::fit(&rows, &labels, 1.0).expect("rows");
        JudgeRecord {
            signals: vec!["object-match".into(), "space".into()],
            detector: "boxes".into(),
            similarity: None,
            evidence: super::super::EVIDENCE,
            pictures: Some(Medium::Photographs),
            imputation: Imputation::fit(&given).expect("rows"),
            train: TrainConfig::default(),
            text_only: logistic.clone(),
            logistic,
            temperatures: BTreeMap::from([("fusion".into(), Temperature::NONE)]),
            thresholds: BTreeMap::from([(
                "fusion".into(),
                Threshold::fit(&[0.2, 0.4], &[0.0, 1.0]),
            )]),
            region_width: Some(3),
        }
    }

    #[test]
    fn what_is_written_is_read_again() -> Result<()> {
        let judge = Judge::new(record(), 7)?;
        let text = serde_json::to_string(&judge.record).expect("JSON");
        let again: JudgeRecord = serde_json::from_str(&text).expect("a record");
        assert_eq!(again.signals, judge.record.signals);
        assert_eq!(again.thresholds.len(), 1);
        let read = Judge::load(again, &judge.tensors(), "a test")?;
        let rows = [vec![0.2, 0.7], vec![0.9, 0.1]];
        let logits = |judge: &Judge| -> Result<Vec<f32>> {
            Ok(judge.fuse(&rows, &Pass::Eval)?.to_vec1::<f32>()?)
        };
        assert_eq!(logits(&judge)?, logits(&read)?);
        assert!((read.threshold("fusion") - 0.3).abs() < 1e-12);
        assert_eq!(read.threshold("another"), 0.5);
        Ok(())
    }

    #[test]
    fn foreign_weights_are_named() -> Result<()> {
        let judge = Judge::new(record(), 7)?;
        let mut tensors = judge.tensors();
        let taken = tensors.remove("network.layers.0.bias").expect("a bias");
        let message = |tensors: &_| match Judge::load(record(), tensors, "a file") {
            Ok(_) => panic!("foreign weights were taken"),
            Err(error) => error.to_string(),
        };
        assert!(message(&tensors).contains("missing `layers.0.bias`"));
        tensors.insert("head.bias".into(), taken);
        assert!(message(&tensors).contains("unexpected `head.bias`"));
        let mut record = record();
        record.signals.pop();
        assert!(Judge::new(record, 1).is_err());
        Ok(())
    }
}
