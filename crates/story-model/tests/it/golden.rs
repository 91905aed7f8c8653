//! A whole training step, and three updates, against PyTorch (`tools/golden/model.py`): weights
//! and windows on both sides come from formulas, the file holds results.

use crate::support::{built, numbers, tiny_without_dropout, windows};
use candle_core::Tensor;
use serde_json::Value;
use story_align::{ConcatConfig, FusionConfig};
use story_core::{Batch, ParamStore, Pass, Result};
use story_encoders::{BagConfig, CompactCnnConfig, ImageEncoderConfig, TextEncoderConfig};
use story_model::{
    BatchSource, Batches, ConvTransposeConfig, Flow, GruTextDecoderConfig, ImageDecoderConfig,
    LstmSequenceConfig, ModelConfig, ObjectiveConfig, Observer, Schedule, SequenceModelConfig,
    StepRecord, StoryModel, TextDecoderConfig, TrainConfig, Trainer,
};

const WINDOWS: usize = 4;
const TOLERANCE: f64 = 1e-4;

/// The sizes at the head of `tools/golden/model.py`.
fn config() -> ModelConfig {
    let mut config = tiny_without_dropout();
    config.width = 6;
    config.image_encoder = ImageEncoderConfig::CompactCnn(CompactCnnConfig {
        channels: vec![3],
        width: 6,
        input_size: crate::support::ENCODER_SIZE,
        grid: 2,
    });
    config.text_encoder = TextEncoderConfig::Bag(BagConfig { width: 5, output: 6 });
    config.fusion = FusionConfig::Concat(ConcatConfig { width: 5 });
    config.sequence = SequenceModelConfig::Lstm(LstmSequenceConfig::default());
    config.text_decoder = TextDecoderConfig::Gru(GruTextDecoderConfig {
        embedding_width: 4,
        hidden_width: 7,
        context_input: true,
        dropout: 0.0,
        ..GruTextDecoderConfig::default()
    });
    config.image_decoder =
        ImageDecoderConfig::ConvTranspose(ConvTransposeConfig { channels: vec![2, 3] });
    config.embedding_head.hidden_width = 5;
    config
}

/// The model with its weights from the formula.
fn model() -> Result<(ParamStore, StoryModel)> {
    let (store, model) = built(&config(), 1);
    for (k, (name, var)) in store.named().into_iter().enumerate() {
        if name != "alignment.log_scale" {
            var.set(&(numbers(var.dims(), 1000 + k) * 0.7)?)?;
        }
    }
    Ok((store, model))
}

fn golden() -> Value {
    serde_json::from_str(include_str!("../golden/model.json")).expect("the script writes JSON")
}

/// Fails unless each number is within the tolerance of the largest one's size.
fn assert_close(what: &str, found: &Tensor, expected: &Value) {
    let flat = found.flatten_all().and_then(|t| t.to_vec1::<f32>());
    let found = flat.expect("numbers");
    let expected = expected.as_array().unwrap_or_else(|| panic!("{what} is in the file"));
    let expected: Vec<f64> = expected.iter().filter_map(Value::as_f64).collect();
    assert_eq!(found.len(), expected.len(), "{what}");
    let size = expected.iter().fold(0f64, |size, value| size.max(value.abs()));
    for (i, (found, expected)) in found.iter().zip(&expected).enumerate() {
        let difference = (f64::from(*found) - expected).abs();
        assert!(
            difference <= TOLERANCE * size,
            "{what}: number {i} is {found}, expected {expected}"
        );
    }
}

#[test]
fn outputs_losses_and_gradients_are_pytorchs() -> Result<()> {
    let (store, model) = model()?;
    let (golden, batch) = (golden(), windows(0, WINDOWS));
    let prediction = model.predict(&batch)?;
    assert_close("logits", &prediction.text_logits, &golden["logits"]);
    assert_close("embedding", &prediction.embedding, &golden["embedding"]);
    let row = prediction.image.narrow(2, 3, 1)?;
    assert_close("picture", &row, &golden["picture_rows"]);
    let losses = ObjectiveConfig::default().losses(&model, &batch, &Pass::Eval)?;
    let gradients = losses.total.backward()?;
    let named = store.named();
    assert_eq!(Some(named.len()), golden["gradients"].as_object().map(|g| g.len()));
    for (name, var) in named {
        let gradient = gradients.get(&var).expect("every parameter learns");
        assert_close(&name, gradient, &golden["gradients"][&name]);
    }
    Ok(())
}

#[test]
fn three_updates_are_pytorchs() -> Result<()> {
    struct Source(Batch);
    impl BatchSource for Source {
        fn batches_per_epoch(&self) -> usize {
            1
        }
        fn epoch(&mut self, _: u64, from_batch: usize) -> Result<Batches<'_>> {
            let batch = std::iter::once(Ok(self.0.clone()));
            Ok(Box::new(batch.skip(from_batch)))
        }
        fn validation(&mut self) -> Result<Batches<'_>> {
            Ok(Box::new(std::iter::empty()))
        }
    }
    struct Compare(Value, usize);
    impl Observer for Compare {
        fn step(&mut self, record: &StepRecord) -> Result<Flow> {
            let expected = &self.0["steps"][self.1];
            let one = |what: &str, found: f64, expected: &Value| {
                let expected = expected.as_f64().expect(what);
                let close = (found - expected).abs() <= TOLERANCE * expected.abs();
                assert!(close, "step {}: {what} is {found}, expected {expected}", self.1);
            };
            one("total", f64::from(record.total), &expected["total"]);
            one("norm", record.gradient_norm, &expected["norm"]);
            for (name, value) in &record.parts {
                one(name, f64::from(*value), &expected["parts"][name]);
            }
            self.1 += 1;
            Ok(Flow::Continue)
        }
    }
    let (store, model) = model()?;
    let config = TrainConfig {
        epochs: 3,
        learning_rate: 0.01,
        epsilon: 1e-4,
        weight_decay: 0.1,
        clip_norm: 0.352,
        schedule: Schedule::Constant,
        validate_every: 0,
        ..TrainConfig::default()
    };
    let mut compare = Compare(golden(), 0);
    let mut source = Source(windows(0, WINDOWS));
    Trainer::new(&model, &store, ObjectiveConfig::default(), config, None)?
        .run(&mut source, &mut compare)?;
    assert_eq!(compare.1, 3);
    for (name, var) in store.named() {
        assert_close(&name, var.as_tensor(), &compare.0["weights"][&name]);
    }
    Ok(())
}
