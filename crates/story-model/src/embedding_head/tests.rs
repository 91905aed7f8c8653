//! Losses by hand, gradients, and what each kind of prediction is made of.

use super::*;
use candle_core::{Device, Var};
use story_core::ParamStore;

const DIMS: EmbeddingHeadDims = EmbeddingHeadDims { context: 3, projected: 2, features: Some(2) };

fn head(loss: EmbeddingLoss) -> Result<EmbeddingHead> {
    let store = ParamStore::new(3, &Device::Cpu);
    let config = EmbeddingHeadConfig { hidden_width: 4, loss, ..EmbeddingHeadConfig::default() };
    config.build(&DIMS, store.builder())
}

#[test]
fn the_target_learns_only_where_the_config_says_so() -> Result<()> {
    let device = Device::Cpu;
    let mask = Tensor::ones(2, candle_core::DType::F32, &device)?;
    let prediction = Tensor::new(&[[1f32, 0.0], [0.0, 1.0]], &device)?;
    let mut head = head(EmbeddingLoss::InfoNce { temperature: 0.5 })?;
    let seen = nothing_seen(2)?;
    for (choice, learns) in [(EmbeddingTarget::Constant, false), (EmbeddingTarget::Trained, true)] {
        head.target = choice;
        let target = Var::new(&[[0.6f32, 0.8], [0.8, 0.6]], &device)?;
        let gradients =
            head.loss_of(&next(&prediction)?, &target, &mask, &[1, 2], &seen)?.backward();
        let found = gradients.is_ok_and(|gradients| gradients.get(&target).is_some());
        assert_eq!(found, learns, "{choice:?}");
    }
    let cheat = EmbeddingHeadConfig {
        loss: EmbeddingLoss::Cosine,
        target: EmbeddingTarget::Trained,
        ..EmbeddingHeadConfig::default()
    };
    let store = ParamStore::new(3, &device);
    let Err(error) = cheat.build(&DIMS, store.builder()) else {
        panic!("a loss that can be cheated was accepted");
    };
    assert!(error.to_string().contains("constant"), "{error}");
    Ok(())
}

/// Contexts without a picture for `windows` windows.
fn nothing_seen(windows: usize) -> Result<ContextPictures> {
    let zeros = |shape: &[usize]| Tensor::zeros(shape, candle_core::DType::F32, &Device::Cpu);
    ContextPictures::new(zeros(&[windows, 3, 2])?, zeros(&[windows, 3])?)
}

/// A prediction from a context that has shown nothing.
fn next(embedding: &Tensor) -> Result<NextPicture> {
    Ok(NextPicture { embedding: embedding.clone(), shown: nothing_seen(embedding.dim(0)?)? })
}

#[test]
fn info_nce_counts_other_stories_with_pictures_only() -> Result<()> {
    let cpu = &Device::Cpu;
    let head = head(EmbeddingLoss::InfoNce { temperature: 0.5 })?;
    // Window 1 is of window 0's story, window 3 has no target picture.
    let stories = [7, 7, 8, 9];
    let mask = Tensor::new(&[1f32, 1.0, 1.0, 0.0], cpu)?;
    let p = Tensor::new(&[[1f32, 0.0], [0.0, 1.0], [0.6, 0.8], [1.0, 0.0]], cpu)?;
    let t = Tensor::new(&[[0.8f32, 0.6], [0.0, 1.0], [1.0, 0.0], [1.0, 0.0]], cpu)?;
    let nce = |own: f64, others: &[f64]| {
        let sum: f64 = others.iter().map(|s| (s / 0.5).exp()).sum();
        -(own / 0.5) + ((own / 0.5).exp() + sum).ln()
    };
    let expected = (nce(0.8, &[1.0]) + nce(1.0, &[0.0]) + nce(0.6, &[0.96, 0.8])) / 3.0;
    let seen = nothing_seen(4)?;
    let loss = head.loss_of(&next(&p)?, &t, &mask, &stories, &seen)?;
    let found = f64::from(loss.to_scalar::<f32>()?);
    assert!((found - expected).abs() < 1e-5, "{found} {expected}");

    // Window 0 has seen one picture of cosine 0.6 with its prediction; a second one pads.
    let seen = Tensor::zeros((4, 2, 2), candle_core::DType::F32, cpu)?
        .slice_assign(&[0..1, 0..1, 0..2], &Tensor::new(&[[[0.6f32, 0.8]]], cpu)?)?;
    let shown = Tensor::new(&[[1f32, 0.0], [0.0, 0.0], [0.0, 0.0], [0.0, 0.0]], cpu)?;
    let expected = expected + (nce(0.8, &[1.0, 0.6]) - nce(0.8, &[1.0])) / 3.0;
    let loss =
        head.loss_of(&next(&p)?, &t, &mask, &stories, &ContextPictures::new(seen, shown)?)?;
    let found = f64::from(loss.to_scalar::<f32>()?);
    assert!((found - expected).abs() < 1e-5, "{found} {expected}");
    Ok(())
}

#[test]
fn cosine_loss_ignores_windows_without_a_target_and_no_gradient_reaches_it() -> Result<()> {
    let cpu = &Device::Cpu;
    let head = head(EmbeddingLoss::Cosine)?;
    let p = Var::new(&[[1f32, 0.0], [0.0, 1.0]], cpu)?;
    let t = Var::new(&[[0.6f32, 0.8], [1.0, 0.0]], cpu)?;
    let mask = Tensor::new(&[1f32, 0.0], cpu)?;
    let seen = nothing_seen(2)?;
    let loss = head.loss_of(&next(&p)?, &t, &mask, &[1, 2], &seen)?;
    assert!((loss.to_scalar::<f32>()? - 0.4).abs() < 1e-6);
    let gradients = loss.backward()?;
    assert!(gradients.get(&t).is_none());
    let gradient = gradients.get(&p).expect("the prediction's");
    assert_eq!(gradient.to_vec2::<f32>()?, [[-0.6, -0.8], [0.0, 0.0]]);
    Ok(())
}

fn context(summary: &[f32; 3]) -> Result<Context> {
    let summary = Tensor::new(&[*summary], &Device::Cpu)?;
    let mask = Tensor::ones((1, 1), candle_core::DType::F32, &Device::Cpu)?;
    Context::new(summary.unsqueeze(1)?, summary, mask)
}

#[test]
fn predictions_have_length_one_and_bad_temperatures_are_refused() -> Result<()> {
    let head = head(EmbeddingLoss::Cosine)?;
    let length =
        head.predict(&context(&[0.3, -2.0, 1.0])?)?.sqr()?.sum_all()?.to_scalar::<f32>()?;
    assert!((length - 1.0).abs() < 1e-5);
    for temperature in [0.0, -1.0, f64::NAN] {
        assert!(self::head(EmbeddingLoss::InfoNce { temperature }).is_err());
    }
    Ok(())
}

#[test]
fn a_change_is_added_to_the_last_picture_which_learns_only_with_the_target() -> Result<()> {
    let last = Var::new(&[[0.6f32, -0.8]], &Device::Cpu)?;
    let plain = context(&[0.3, -2.0, 1.0])?;
    let one = Tensor::ones((1, 1), candle_core::DType::F32, &Device::Cpu)?;
    let pictures = ContextPictures::new(last.unsqueeze(1)?, one)?;
    let seen = plain.clone().with_pictures(pictures)?;
    let build = |predict, target| {
        let config = EmbeddingHeadConfig {
            hidden_width: 4,
            predict,
            target,
            ..EmbeddingHeadConfig::default()
        };
        config.build(&DIMS, ParamStore::new(3, &Device::Cpu).builder())
    };
    let told = build(Predict::Embedding, EmbeddingTarget::Constant)?;
    let before = told.predict(&plain)?.to_vec2::<f32>()?;
    assert_eq!(before, told.predict(&seen)?.to_vec2::<f32>()?);
    let change = build(Predict::Change, EmbeddingTarget::Constant)?;
    // Nothing to add to: the change alone.
    assert_eq!(before, change.predict(&plain)?.to_vec2::<f32>()?);
    // The change points where the embedding alone does; how far, the last picture tells.
    let found = change.predict(&seen)?.to_vec2::<f32>()?.concat();
    let cross = |a: &[f32], b: &[f32]| a[0] * b[1] - a[1] * b[0];
    let (told, last_vector) = (before.concat(), [0.6, -0.8]);
    let between = cross(&told, &found) * cross(&found, &last_vector);
    assert!(between > 0.0, "{found:?} is not between {told:?} and the last picture");
    for (target, learns) in [(EmbeddingTarget::Constant, false), (EmbeddingTarget::Trained, true)] {
        let head = build(Predict::Change, target)?;
        let gradients = head.predict(&seen)?.narrow(1, 0, 1)?.sum_all()?.backward()?;
        assert_eq!(gradients.get(&last).is_some(), learns, "{target:?}");
    }
    Ok(())
}

/// Two windows of three frames; the second one's last frame only pads, its first has no picture.
fn shown() -> Result<Context> {
    let cpu = &Device::Cpu;
    let mask = Tensor::new(&[[1f32, 1.0, 1.0], [1.0, 1.0, 0.0]], cpu)?;
    let states = Tensor::zeros((2, 3, 3), candle_core::DType::F32, cpu)?;
    let summary = Tensor::new(&[[0.1f32, 0.2, 0.3], [0.4, 0.5, 0.6]], cpu)?;
    let vectors = [[[1f32, 0.0], [0.0, 1.0], [0.6, 0.8]], [[1.0, 0.0], [0.8, -0.6], [0.0, 1.0]]];
    let pictures = ContextPictures::new(
        Tensor::new(&vectors, cpu)?,
        Tensor::new(&[[1f32, 1.0, 1.0], [0.0, 1.0, 0.0]], cpu)?,
    )?;
    Context::new(states, summary, mask)?.with_pictures(pictures)
}

fn blending(space: Space, novelty: Novelty) -> EmbeddingHeadConfig {
    EmbeddingHeadConfig {
        hidden_width: 0,
        predict: Predict::Blend,
        space,
        novelty,
        loss: EmbeddingLoss::InfoNce { temperature: 0.5 },
        target: EmbeddingTarget::Constant,
    }
}

#[test]
fn a_blend_weighs_pictures_by_their_distance_from_the_last_frame() -> Result<()> {
    let store = ParamStore::new(3, &Device::Cpu);
    let head = blending(Space::Projected, Novelty::None).build(&DIMS, store.builder())?;
    let found = head.predict(&shown()?)?.to_vec2::<f32>()?;
    // 0.8 * [0.6, 0.8] + 0.56 * [0, 1] + 0.392 * [1, 0]
    let (x, y) = (0.872f32, 1.2f32);
    let length = (x * x + y * y).sqrt();
    for (found, expected) in found[0].iter().zip([x / length, y / length]) {
        assert!((found - expected).abs() < 1e-5, "{found} {expected}");
    }
    // One picture is left, whatever its weight.
    for (found, expected) in found[1].iter().zip([0.8, -0.6]) {
        assert!((found - expected).abs() < 1e-5, "{found} {expected}");
    }
    Ok(())
}

#[test]
fn what_was_shown_scores_less_and_what_is_merely_alike_does_not() -> Result<()> {
    let store = ParamStore::new(3, &Device::Cpu);
    let plain = blending(Space::Projected, Novelty::None).build(&DIMS, store.builder())?;
    let store = ParamStore::new(3, &Device::Cpu);
    let aware = blending(Space::Projected, Novelty::Learned).build(&DIMS, store.builder())?;
    let next = plain.next(&shown()?)?;
    let pool = Tensor::new(&[[0.6f32, 0.8], [-1.0, 0.0], [0.8, -0.6]], &Device::Cpu)?;
    let (free, bound) = (plain.scores(&next, &pool)?, aware.scores(&next, &pool)?);
    let less = (free - bound)?.to_vec2::<f32>()?;
    let softplus = |cosine: f64| ((20.0 * (cosine - 0.9)).exp() + 1.0).ln();
    for (window, shown) in [(0, &[[1.0, 0.0], [0.0, 1.0], [0.6, 0.8]][..]), (1, &[[0.8, -0.6]][..])]
    {
        for (item, picture) in [[0.6, 0.8], [-1.0, 0.0], [0.8, -0.6]].iter().enumerate() {
            let term = |c: &[f64; 2]| softplus(c[0] * picture[0] + c[1] * picture[1]);
            let expected: f64 = shown.iter().map(term).sum();
            let found = f64::from(less[window][item]);
            assert!((found - expected).abs() < 1e-4, "{found} {expected}");
        }
    }
    // Shown, and alike.
    assert!(less[0][0] > 2.0 && less[0][1] < 1e-3 && less[1][2] > 2.0 && less[1][0] < 1e-3);
    Ok(())
}

#[test]
fn the_own_pictures_of_a_window_score_as_in_a_pool() -> Result<()> {
    let store = ParamStore::new(3, &Device::Cpu);
    let head = blending(Space::Projected, Novelty::Learned).build(&DIMS, store.builder())?;
    let next = head.next(&shown()?)?;
    let own = head.own_scores(&next, &next.shown)?.to_vec2::<f32>()?;
    for window in 0..2 {
        let pool = next.shown.vectors.get(window)?;
        let row = head.scores(&next, &pool)?.to_vec2::<f32>()?[window].clone();
        for (place, kept) in next.shown.mask.to_vec2::<f32>()?[window].iter().enumerate() {
            let (own, pooled) = (own[window][place], row[place]);
            if *kept > 0.0 {
                assert!((own - pooled).abs() < 1e-4, "{own} {pooled}");
            } else {
                assert!(own < -1e8, "{own}");
            }
        }
    }
    Ok(())
}

#[test]
fn everything_learns_in_the_features_space_and_vectors_are_moved_to_its_middle() -> Result<()> {
    let cpu = &Device::Cpu;
    let store = ParamStore::new(3, cpu);
    let head = blending(Space::Features, Novelty::Learned).build(&DIMS, store.builder())?;
    let center = store.get(CENTER).expect("a parameter");
    center.set(&Tensor::new(&[2f32, 1.0], cpu)?)?;
    let features = Tensor::new(&[[5f32, 5.0], [2.0, 0.5]], cpu)?;
    let placed = head.place(&features)?;
    for (found, expected) in placed.to_vec2::<f32>()?.concat().iter().zip([0.6, 0.8, 0.0, -1.0]) {
        assert!((found - expected).abs() < 1e-5, "{found} {expected}");
    }
    let context = shown()?;
    let seen = context.pictures.clone().expect("given");
    let seen = ContextPictures::new(head.place(&seen.vectors)?, seen.mask)?;
    let context = context.with_pictures(seen.clone())?;
    let mask = Tensor::ones(2, candle_core::DType::F32, cpu)?;
    let loss = head.loss(&context, &placed, &mask, &[1, 2], &seen)?;
    story_core::conformance::every_parameter_gets_a_gradient("blend", &store, &loss);
    Ok(())
}

#[test]
fn heads_that_cannot_work_are_refused_with_the_remedy() {
    let learned = blending(Space::Features, Novelty::Learned);
    let trained = EmbeddingHeadDims { features: None, ..DIMS };
    type Change = fn(&mut EmbeddingHeadConfig);
    let refused: [(&EmbeddingHeadDims, &str, Change); 4] = [
        (&trained, "projected", |_| {}),
        (&DIMS, "hidden_width", |c| c.predict = Predict::Change),
        (&DIMS, "novelty", |c| c.loss = EmbeddingLoss::Cosine),
        (&DIMS, "constant", |c| c.target = EmbeddingTarget::Trained),
    ];
    for (dims, word, change) in refused {
        let mut config = learned.clone();
        change(&mut config);
        let store = ParamStore::new(3, &Device::Cpu);
        let Err(error) = config.build(dims, store.builder()) else {
            panic!("{word}: accepted");
        };
        assert!(error.to_string().contains(word), "{error}");
    }
    assert!(learned.build(&DIMS, ParamStore::new(3, &Device::Cpu).builder()).is_ok());
}
