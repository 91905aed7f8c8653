//! Rules of the whole model: what reaches the context, what a blinded model sees, that nothing
//! depends on the batch, that every parameter learns.

use crate::support::{
    DIMS, ENCODER_SIZE, FRAMES, LENGTH, bits, built, looking_back, numbers, tiny,
    tiny_without_dropout, windows,
};
use candle_core::{DType, Device, Tensor};
use story_align::{AlignmentConfig, FusionConfig};
use story_core::conformance::{
    all_finite, batch_equals_singles, config_round_trip, every_parameter_gets_a_gradient,
    padding_changes_nothing, same_numbers, shape_is,
};
use story_core::{Batch, ParamStore, Pass, Result};
use story_encoders::TextEncoderConfig;
use story_model::{
    AlignedFrames, EmbeddingLoss, EmbeddingTarget, Inputs, LookBack, ModelConfig, ModelDims,
    Novelty, ObjectiveConfig, Predict, SequenceModelConfig, StoryModel, TextDecoderConfig,
    TransformerTextDecoderConfig,
};

#[test]
fn the_target_never_enters_the_context() -> Result<()> {
    let (_, model) = built(&looking_back(tiny()), 1);
    let batch = windows(0, 4);
    let changed = Batch {
        target_image: batch.target_image.zeros_like()?,
        target_encoder_image: batch.target_encoder_image.ones_like()?,
        target_image_mask: batch.target_image_mask.zeros_like()?,
        target_tokens: batch.target_tokens.ones_like()?,
        target_mask: batch.target_mask.ones_like()?,
        ..batch.clone()
    };
    for pass in [Pass::Eval, Pass::Train { seed: 3 }] {
        let (before, after) = (model.read(&batch, &pass)?, model.read(&changed, &pass)?);
        assert_eq!(bits(&before.states), bits(&after.states));
        assert_eq!(bits(&before.summary), bits(&after.summary));
        let (before, after) = (before.words_or_none()?, after.words_or_none()?);
        assert_eq!(before.tokens.to_vec2::<u32>()?, after.tokens.to_vec2::<u32>()?);
        assert_eq!(bits(&before.mask), bits(&after.mask));
    }
    let (before, after) = (model.predict(&batch)?, model.predict(&changed)?);
    assert_eq!(bits(&before.image), bits(&after.image));
    assert_eq!(bits(&before.embedding), bits(&after.embedding));
    // Of the target's tokens a score sees the earlier ones only.
    let mut tokens = batch.target_tokens.to_vec2::<u32>()?;
    for row in &mut tokens {
        row[3] = 12;
    }
    let later = Batch { target_tokens: Tensor::new(tokens, &Device::Cpu)?, ..batch.clone() };
    let early = |logits: &Tensor| logits.narrow(1, 0, 3);
    let after = model.predict(&later)?;
    padding_changes_nothing(
        "earlier scores",
        &early(&before.text_logits)?,
        &early(&after.text_logits)?,
    );
    Ok(())
}

#[test]
fn a_blinded_model_sees_the_other_side_only() -> Result<()> {
    let batch = windows(0, 4);
    let other_pictures = Batch { images: numbers(batch.images.dims(), 55), ..batch.clone() };
    let other_texts = Batch { tokens: batch.tokens.zeros_like()?, ..batch.clone() };
    let moves = |inputs, changed: &Batch| -> Result<bool> {
        let config = ModelConfig { inputs, ..tiny() };
        let (_, model) = built(&config, 1);
        let summary = |batch| model.read(batch, &Pass::Eval);
        Ok(bits(&summary(&batch)?.summary) != bits(&summary(changed)?.summary))
    };
    for (inputs, pictures, texts) in
        [(Inputs::Both, true, true), (Inputs::Text, false, true), (Inputs::Picture, true, false)]
    {
        assert_eq!(moves(inputs, &other_pictures)?, pictures, "{inputs:?}");
        assert_eq!(moves(inputs, &other_texts)?, texts, "{inputs:?}");
    }
    Ok(())
}

#[test]
fn the_words_of_the_context_are_its_texts_and_its_last_picture_the_last_frames() -> Result<()> {
    let batch = windows(0, 4);
    for (inputs, words, picture) in
        [(Inputs::Both, true, true), (Inputs::Text, true, false), (Inputs::Picture, false, true)]
    {
        let config = ModelConfig { inputs, ..tiny() };
        let (_, model) = built(&config, 1);
        let context = model.read(&batch, &Pass::Eval)?;
        let last = &context.last_picture()?.expect("always set");
        let frames = model.embed(&batch, &Pass::Eval)?.image; // (B, T, D)
        let expected = frames.narrow(1, FRAMES - 1, 1)?.squeeze(1)?;
        let expected = if picture { expected } else { expected.zeros_like()? };
        same_numbers("last picture", &expected, last);
        assert_eq!(context.words.is_some(), words, "{inputs:?}");
        let Some(words) = context.words else { continue };
        assert_eq!(words.tokens.to_vec2::<u32>()?, batch.tokens.flatten_from(1)?.to_vec2::<u32>()?);
        let mask = batch.token_mask.broadcast_mul(&batch.text_mask.unsqueeze(2)?)?;
        assert_eq!(bits(&words.mask), bits(&mask));
        let frames = words.frames.to_vec2::<u32>()?;
        assert_eq!(frames[0][..LENGTH], [2; LENGTH]);
        assert_eq!(frames[0][LENGTH * (FRAMES - 1)..], [0; LENGTH]);
    }
    // The last frame pads: the one before it is the last.
    let mut kept = batch.image_mask.to_vec2::<f32>()?;
    kept[0][FRAMES - 1] = 0.0;
    let kept = Tensor::new(kept, &Device::Cpu)?;
    let shorter = Batch { text_mask: kept.clone(), image_mask: kept, ..batch };
    let (_, model) = built(&tiny(), 1);
    let context = model.read(&shorter, &Pass::Eval)?;
    let words = context.words_or_none()?;
    let row = words.mask.get(0)?.to_vec1::<f32>()?;
    assert_eq!(row[LENGTH * (FRAMES - 1)..], [0.0; LENGTH]);
    assert_eq!(words.frames.to_vec2::<u32>()?[0][..LENGTH], [1; LENGTH]);
    let frames = model.embed(&shorter, &Pass::Eval)?.image.get(0)?; // (T, D)
    let last = context.last_picture()?.expect("always set").get(0)?;
    same_numbers("last picture", &frames.get(FRAMES - 2)?, &last);
    Ok(())
}

#[test]
fn the_lengths_are_those_of_the_vectors_that_are_brought_to_length_one() -> Result<()> {
    let (store, model) = built(&tiny(), 1);
    let batch = windows(0, 2);
    let read = || -> Result<_> {
        let lengths = model.target_lengths(&batch)?;
        let directions = [model.embed_target_pictures(&batch)?, model.embed_target_texts(&batch)?];
        Ok((lengths, directions))
    };
    let (before, directions) = read()?;
    for lengths in &before {
        shape_is("lengths", lengths, &[batch.len()]);
        let lengths = lengths.to_vec1::<f32>()?;
        assert!(lengths.iter().all(|length| *length > 0.0), "{lengths:?}");
    }
    // Projections of three times the size point the same way and are three times as long.
    for (name, var) in store.named() {
        if name.contains("_projection.") {
            var.set(&(var.as_tensor() * 3.0)?)?;
        }
    }
    let (after, same) = read()?;
    for side in 0..2 {
        same_numbers("lengths", &(&before[side] * 3.0)?, &after[side]);
        same_numbers("directions", &directions[side], &same[side]);
    }
    Ok(())
}

#[test]
fn shapes_and_batches_of_one() -> Result<()> {
    let (_, model) = built(&tiny(), 1);
    let prediction = model.predict(&windows(0, 5))?;
    shape_is("text", &prediction.text_logits, &[5, 6, 13]);
    shape_is("picture", &prediction.image, &[5, 3, 14, 14]);
    shape_is("embedding", &prediction.embedding, &[5, 8]);
    for (what, field) in [
        ("text", (|p| p.text_logits) as fn(story_core::Prediction) -> Tensor),
        ("picture", |p| p.image),
        ("embedding", |p| p.embedding),
    ] {
        all_finite(what, &field(prediction.clone()));
        batch_equals_singles(what, 5, |rows| {
            let batch = windows(rows.start, rows.len());
            Ok(field(model.predict(&batch)?))
        });
    }
    Ok(())
}

#[test]
fn what_stands_in_padding_changes_nothing() -> Result<()> {
    let (_, model) = built(&looking_back(tiny_without_dropout()), 1);
    let objective = ObjectiveConfig::default();
    let batch = windows(0, 8);
    let blank = |mask: &Tensor, x: &Tensor, other: &Tensor| -> Result<Tensor> {
        let mut mask = mask.clone();
        while mask.rank() < x.rank() {
            mask = mask.unsqueeze(mask.rank())?;
        }
        Ok(mask.broadcast_as(x.shape())?.ne(0f32)?.where_cond(x, other)?)
    };
    let dirty_tokens = |mask: &Tensor, x: &Tensor| blank(mask, x, &x.ones_like()?);
    let pictures = numbers(batch.images.dims(), 70);
    let targets = numbers(batch.target_image.dims(), 71);
    let encoder_targets = numbers(batch.target_encoder_image.dims(), 72);
    let kept = &batch.target_image_mask;
    let dirty = Batch {
        images: blank(&batch.image_mask, &batch.images, &pictures)?,
        tokens: dirty_tokens(&batch.token_mask, &batch.tokens)?,
        target_tokens: dirty_tokens(&batch.target_mask, &batch.target_tokens)?,
        target_image: blank(kept, &batch.target_image, &targets)?,
        target_encoder_image: blank(kept, &batch.target_encoder_image, &encoder_targets)?,
        ..batch.clone()
    };
    let clean = objective.losses(&model, &batch, &Pass::Eval)?;
    let after = objective.losses(&model, &dirty, &Pass::Eval)?;
    padding_changes_nothing("the total", &clean.total, &after.total);
    let names: Vec<&str> = clean.parts.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["text", "image", "contrastive", "embedding"]);
    Ok(())
}

#[test]
fn every_parameter_learns_under_every_registered_part() -> Result<()> {
    let base = tiny_without_dropout();
    let mut configs = vec![base.clone()];
    let with = |change: &dyn Fn(&mut ModelConfig)| {
        let mut config = base.clone();
        change(&mut config);
        config
    };
    for part in SequenceModelConfig::all() {
        configs.push(with(&|c| c.sequence = part.clone()));
    }
    for look_back in [LookBack::None, LookBack::Words] {
        configs.push(with(&|c| c.text_decoder = transformer_decoder(look_back)));
    }
    configs.push(with(&|c| c.embedding_head.predict = Predict::Change));
    configs.push(with(&|c| {
        c.embedding_head.predict = Predict::Blend;
        c.embedding_head.novelty = Novelty::Learned;
    }));
    for part in FusionConfig::all() {
        configs.push(with(&|c| c.fusion = part.clone()));
    }
    // The compact Transformer is the base; published encoders have vocabularies of their own.
    let bag = TextEncoderConfig::Bag(Default::default());
    configs.push(with(&|c| c.text_encoder = bag.clone()));
    for part in AlignmentConfig::all() {
        configs.push(with(&|c| c.alignment = part.clone()));
    }
    configs.push(looking_back(base.clone()));
    for inputs in [Inputs::Text, Inputs::Picture] {
        configs.push(with(&|c| c.inputs = inputs));
        configs.push(looking_back(with(&|c| c.inputs = inputs)));
    }
    configs.push(with(&|c| c.embedding_head.loss = EmbeddingLoss::Cosine));
    configs.push(with(&|c| c.embedding_head.target = EmbeddingTarget::Trained));
    for config in configs {
        let what = format!("{config:?}");
        let (store, model) = built(&config, 1);
        // A painter is told a text in training alone.
        let pass = match config.painter_told > 0.0 {
            true => Pass::Train { seed: 3 },
            false => Pass::Eval,
        };
        let losses = ObjectiveConfig::default().losses(&model, &windows(0, 8), &pass)?;
        assert!(losses.is_finite()?, "{what}");
        every_parameter_gets_a_gradient(&what, &store, &losses.total);
        config_round_trip(&what, &config, serde_json::to_string, |text| serde_json::from_str(text));
    }
    Ok(())
}

fn transformer_decoder(look_back: LookBack) -> TextDecoderConfig {
    TextDecoderConfig::Transformer(TransformerTextDecoderConfig {
        width: 8,
        feed_forward: 8,
        attention: look_back,
        copy: look_back,
        ..TransformerTextDecoderConfig::default()
    })
}

#[test]
fn a_batch_without_targets_has_a_loss_that_is_finite() -> Result<()> {
    let (_, model) = built(&looking_back(tiny()), 1);
    let batch = windows(0, 2);
    let empty = Batch {
        target_mask: batch.target_mask.zeros_like()?,
        target_image_mask: batch.target_image_mask.zeros_like()?,
        image_mask: batch.image_mask.zeros_like()?,
        text_mask: batch.text_mask.zeros_like()?,
        ..batch
    };
    let losses = ObjectiveConfig::default().losses(&model, &empty, &Pass::Train { seed: 1 })?;
    for (name, value) in &losses.parts {
        assert_eq!(*value, 0.0, "{name}");
    }
    losses.total.backward()?;
    Ok(())
}

#[test]
fn sizes_that_do_not_meet_are_config_errors() {
    let store = ParamStore::new(1, &Device::Cpu);
    let dims = ModelDims { target_size: 224, ..DIMS };
    let message = StoryModel::new(&tiny(), &dims, &store).err().expect("14 is not 224");
    assert!(message.to_string().contains("14 x 14"), "{message}");
    let dims = ModelDims { encoder_size: ENCODER_SIZE + 1, ..DIMS };
    assert!(StoryModel::new(&tiny(), &dims, &store).is_err());
    let config = ModelConfig { width: 0, ..tiny() };
    assert!(StoryModel::new(&config, &DIMS, &store).is_err());
}

#[test]
fn scores_equal_those_counted_from_all_logits() -> Result<()> {
    let transformer = ModelConfig { text_decoder: transformer_decoder(LookBack::Words), ..tiny() };
    for config in [tiny(), looking_back(tiny()), transformer] {
        scores_equal_those_of(&config)?;
    }
    Ok(())
}

fn scores_equal_those_of(config: &ModelConfig) -> Result<()> {
    let (_, model) = built(config, 1);
    let batch = windows(0, 6);
    let context = model.read(&batch, &Pass::Eval)?;
    let scores = model.score(&context, &batch)?;
    let logits = model.predict(&batch)?.text_logits.to_dtype(DType::F64)?; // (B, L, V)
    let (tokens, mask) =
        (batch.target_tokens.to_vec2::<u32>()?, batch.target_mask.to_vec2::<f32>()?);
    for (row, score) in scores.iter().enumerate() {
        let (mut count, mut nll, mut top1, mut top5) = (0, 0.0, 0, 0);
        for i in 1..tokens[row].len() {
            if mask[row][i] == 0.0 {
                continue;
            }
            let line = logits.get(row)?.get(i - 1)?.to_vec1::<f64>()?;
            let right = line[tokens[row][i] as usize];
            let higher = line.iter().filter(|value| **value > right).count();
            count += 1;
            nll -= right - line.iter().map(|value| value.exp()).sum::<f64>().ln();
            top1 += usize::from(higher == 0);
            top5 += usize::from(higher < 5);
        }
        assert_eq!((score.tokens, score.top1, score.top5), (count, top1, top5));
        assert!((score.nll - nll).abs() < 1e-4, "{} {nll}", score.nll);
    }
    // The loss is the same mean.
    let objective = ObjectiveConfig::default();
    let losses = objective.losses(&model, &batch, &Pass::Eval)?;
    let total: f64 = scores.iter().map(|score| score.nll).sum();
    let count: usize = scores.iter().map(|score| score.tokens).sum();
    assert!((f64::from(losses.parts[0].1) - total / count as f64).abs() < 1e-5);
    Ok(())
}

#[test]
fn the_frame_to_foretell_is_a_pair_of_the_alignment_where_the_config_says_so() -> Result<()> {
    let (_, model) = built(&tiny_without_dropout(), 1);
    let batch = windows(0, 4);
    let frames = model.embed(&batch, &Pass::Eval)?;
    let window = model.embed_window(&batch, &frames, &Pass::Eval)?;
    let shown = window.image.narrow(1, 0, FRAMES)?;
    assert_eq!(bits(&shown), bits(&frames.image));
    same_numbers("pictures", &model.embed_target_pictures(&batch)?, &window.last_pictures()?);
    let texts = window.text.narrow(1, FRAMES, 1)?.squeeze(1)?;
    same_numbers("texts", &model.embed_target_texts(&batch)?, &texts);
    let contrast = |aligned, batch: &Batch| -> Result<f32> {
        let objective = ObjectiveConfig { aligned, ..ObjectiveConfig::default() };
        let losses = objective.losses(&model, batch, &Pass::Eval)?;
        let part = losses.parts.into_iter().find(|(name, _)| name == "contrastive");
        Ok(part.expect("its weight is above 0").1)
    };
    let context = contrast(AlignedFrames::Context, &batch)?;
    assert_ne!(contrast(AlignedFrames::Window, &batch)?, context);
    // Without its picture the target is no pair, and no rival.
    let missing =
        Batch { target_image_mask: batch.target_image_mask.zeros_like()?, ..batch.clone() };
    assert!((contrast(AlignedFrames::Window, &missing)? - context).abs() < 1e-6);
    Ok(())
}
