//! The painter that is given the next text.

use crate::support::{DIMS, bits, built, numbers, tiny, tiny_without_dropout, windows};
use candle_core::Device;
use story_core::{Batch, ParamStore, Pass, Result};
use story_model::{ModelConfig, ObjectiveConfig, StoryModel};

#[test]
fn the_painter_hears_the_true_text_in_training_only() -> Result<()> {
    let config = ModelConfig { painter_told: 1.0, ..tiny_without_dropout() };
    let (store, model) = built(&config, 1);
    let weight = store.get("painter_told.weight").expect("a painter that is told");
    weight.set(&numbers(weight.dims(), 3))?;
    let batch = windows(0, 2);
    let other = Batch { target_tokens: windows(5, 2).target_tokens, ..batch.clone() };
    let silent = Batch { target_mask: batch.target_mask.zeros_like()?, ..batch.clone() };
    let only = |image| ObjectiveConfig {
        text_weight: 0.0,
        image_weight: image,
        contrastive_weight: 0.0,
        embedding_weight: 0.0,
        ..ObjectiveConfig::default()
    };
    let loss = |batch: &Batch, pass: &Pass| -> Result<f32> {
        Ok(only(1.0).losses(&model, batch, pass)?.total.to_scalar()?)
    };
    let train = Pass::Train { seed: 3 };
    assert_ne!(loss(&batch, &train)?, loss(&other, &train)?);
    assert_eq!(loss(&batch, &Pass::Eval)?, loss(&other, &Pass::Eval)?);
    // Without a text there is nothing to hear.
    assert_eq!(loss(&silent, &train)?, loss(&silent, &Pass::Eval)?);
    // What is told when it paints moves the picture.
    let context = model.read(&batch, &Pass::Eval)?;
    let texts = model.embed_target_texts(&batch)?;
    let told = model.after_telling(&context, &texts)?;
    assert_ne!(bits(&told.summary), bits(&context.summary));
    // Nobody is told in no window, and a share is no more than all.
    assert!(!built(&tiny(), 1).1.paints_after_telling());
    let store = ParamStore::new(1, &Device::Cpu);
    let wrong = ModelConfig { painter_told: 1.5, ..tiny() };
    let error = StoryModel::new(&wrong, &DIMS, &store).err().expect("refused").to_string();
    assert!(error.contains("model.painter_told"), "{error}");
    Ok(())
}
