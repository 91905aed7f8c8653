//! The original system's fusion: S signals, two hidden layers of 64 with ReLU and dropout, one
//! logit; 4,481 parameters for three signals (it reports "about 5K").

use candle_core::{Module, Tensor};
use candle_nn::{Linear, VarBuilder};
use story_core::layers::{dropout, linear};
use story_core::{Pass, Result};

/// The network of one store.
pub struct FusionNetwork {
    layers: [Linear; 3],
    rate: f32,
}

impl FusionNetwork {
    /// Builds `layers.0` to `layers.2` for rows of `inputs` signals.
    ///
    /// # Errors
    /// Those of the parameters' store.
    pub fn new(inputs: usize, hidden: usize, rate: f32, vb: VarBuilder) -> Result<Self> {
        Ok(Self {
            layers: [
                linear(inputs, hidden, vb.pp("layers.0"))?,
                linear(hidden, hidden, vb.pp("layers.1"))?,
                linear(hidden, 1, vb.pp("layers.2"))?,
            ],
            rate,
        })
    }

    /// `signals (N, S)` to logits `(N,)`; above 0 speaks for a match.
    pub fn logits(&self, signals: &Tensor, pass: &Pass) -> Result<Tensor> {
        let [first, second, last] = &self.layers;
        let hidden = first.forward(signals)?.relu()?; // (N, H)
        let hidden = dropout(&hidden, self.rate, "fusion/dropout/0", pass)?;
        let hidden = second.forward(&hidden)?.relu()?; // (N, H)
        let hidden = dropout(&hidden, self.rate, "fusion/dropout/1", pass)?;
        Ok(last.forward(&hidden)?.squeeze(1)?) // (N,)
    }
}

#[cfg(test)]
mod tests {
    use super::super::training::{Selected, TrainConfig, train};
    use super::super::{LogisticRegression, sigmoid};
    use super::*;
    use candle_core::Device;
    use story_core::ParamStore;

    #[test]
    fn it_has_the_originals_size_and_every_parameter_a_gradient() -> Result<()> {
        let store = ParamStore::new(1, &Device::Cpu);
        let network = FusionNetwork::new(3, 64, 0.1, store.builder())?;
        assert_eq!(store.element_count(), 4481);
        let signals = Tensor::new(&[[0.1f32, 0.9, 0.4], [0.7, 0.2, 0.5]], &Device::Cpu)?;
        let gradients =
            network.logits(&signals, &Pass::Train { seed: 3 })?.sum_all()?.backward()?;
        for (name, var) in store.named() {
            let gradient = gradients.get(var.as_tensor()).expect("a gradient");
            let size = gradient.abs()?.sum_all()?.to_scalar::<f32>()?;
            assert!(size > 0.0, "{name}");
        }
        let whole = network.logits(&signals, &Pass::Eval)?.to_vec1::<f32>()?;
        let row = network.logits(&signals.narrow(0, 1, 1)?, &Pass::Eval)?.to_vec1::<f32>()?;
        assert!((whole[1] - row[0]).abs() < 1e-6);
        Ok(())
    }

    /// Two signals that say yes together or no together: what a sum cannot see.
    fn exclusive() -> (Vec<Vec<f64>>, Vec<f32>) {
        let rows = (0..400).map(|index| {
            let (a, b) = (index % 2, index / 2 % 2);
            let noise = f64::from(index as u8 % 20) / 100.0;
            let value = |bit: usize| if bit == 1 { 0.8 + noise } else { noise };
            (vec![value(a), value(b)], if a == b { 1.0 } else { 0.0 })
        });
        rows.unzip()
    }

    #[test]
    fn it_learns_what_a_logistic_regression_cannot() -> Result<()> {
        let (rows, labels) = exclusive();
        let all: Vec<usize> = (0..rows.len()).collect();
        let store = ParamStore::new(2, &Device::Cpu);
        let network = FusionNetwork::new(2, 64, 0.1, store.builder())?;
        let logits = |batch: &[usize], pass: &Pass| {
            let flat: Vec<f32> =
                batch.iter().flat_map(|&i| rows[i].iter().map(|x| *x as f32)).collect();
            network.logits(&Tensor::from_vec(flat, (batch.len(), 2), &Device::Cpu)?, pass)
        };
        let config = TrainConfig { epochs: 40, ..TrainConfig::default() };
        let history =
            train(&store, &logits, &labels, [&all, &all], (&config, Selected::Last), (5, "test"))?;
        assert!(history.validation[39] < 0.2, "{:?}", history.validation);
        let right = |values: Vec<f64>| {
            let right =
                values.iter().zip(&labels).filter(|(p, label)| (**p > 0.5) == (**label == 1.0));
            right.count()
        };
        let learned = logits(&all, &Pass::Eval)?.to_vec1::<f32>()?;
        assert!(right(learned.iter().map(|x| sigmoid(f64::from(*x))).collect()) > 390);
        let linear = LogisticRegression::fit(&rows, &labels, 1.0)?;
        let guessed = right(rows.iter().map(|row| sigmoid(linear.logit(row))).collect());
        assert!((150..=300).contains(&guessed), "{guessed}");
        let again = ParamStore::new(2, &Device::Cpu);
        let twin = FusionNetwork::new(2, 64, 0.1, again.builder())?;
        let logits = |batch: &[usize], pass: &Pass| {
            let flat: Vec<f32> =
                batch.iter().flat_map(|&i| rows[i].iter().map(|x| *x as f32)).collect();
            twin.logits(&Tensor::from_vec(flat, (batch.len(), 2), &Device::Cpu)?, pass)
        };
        let same =
            train(&again, &logits, &labels, [&all, &all], (&config, Selected::Last), (5, "test"))?;
        assert_eq!(same, history);
        Ok(())
    }

    #[test]
    fn one_class_alone_is_an_error() -> Result<()> {
        let store = ParamStore::new(2, &Device::Cpu);
        let network = FusionNetwork::new(1, 4, 0.0, store.builder())?;
        let logits = |batch: &[usize], pass: &Pass| {
            network.logits(
                &Tensor::zeros((batch.len(), 1), candle_core::DType::F32, &Device::Cpu)?,
                pass,
            )
        };
        let config = TrainConfig::default();
        let result = train(
            &store,
            &logits,
            &[1.0, 1.0],
            [&[0, 1], &[]],
            (&config, Selected::Last),
            (1, "test"),
        );
        assert!(result.expect_err("one class").to_string().contains("both classes"));
        Ok(())
    }
}
