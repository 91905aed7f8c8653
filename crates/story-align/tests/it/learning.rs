//! Two projections learn, by plain gradient descent, to bring together what belongs together:
//! each pair is one hidden vector seen through two fixed, different linear views.

use candle_core::{Device, Tensor};
use rand::Rng;
use story_align::{Alignment, AlignmentConfig, Projection};
use story_core::{FrameEmbeddings, ParamStore, Result, rng};

const HIDDEN: usize = 6;
const SEEN: usize = 12;
const WIDTH: usize = 8;
const BATCH: usize = 16;
const FRAMES: usize = 2;
const STEPS: usize = 150;
const RATE: f64 = 0.5;

struct Model {
    image: Projection,
    text: Projection,
    alignment: Box<dyn Alignment>,
    views: [Tensor; 2],
}

fn noise(rng: &mut rng::ChaCha8Rng, shape: (usize, usize)) -> Result<Tensor> {
    let values: Vec<f32> = (0..shape.0 * shape.1).map(|_| rng.random_range(-1.0..1.0)).collect();
    Ok(Tensor::from_vec(values, shape, &Device::Cpu)?)
}

impl Model {
    fn frames(&self, rng: &mut rng::ChaCha8Rng) -> Result<FrameEmbeddings> {
        let hidden = noise(rng, (BATCH * FRAMES, HIDDEN))?;
        let embed = |view: &Tensor, projection: &Projection| -> Result<Tensor> {
            let vectors = projection.project(&hidden.matmul(view)?)?;
            Ok(vectors.reshape((BATCH, FRAMES, WIDTH))?)
        };
        let mask = Tensor::ones((BATCH, FRAMES), candle_core::DType::F32, &Device::Cpu)?;
        FrameEmbeddings::new(
            embed(&self.views[0], &self.image)?,
            embed(&self.views[1], &self.text)?,
            mask.clone(),
            mask,
        )
    }
}

/// How often the own counterpart is nearer than all of other stories, over both directions, 0..1.
fn matching_accuracy(frames: &FrameEmbeddings) -> Result<f64> {
    let (images, texts) = (frames.image.flatten_to(1)?, frames.text.flatten_to(1)?); // (N, D)
    let cosines = images.matmul(&texts.t()?)?.to_vec2::<f32>()?; // (N, N)
    let n = cosines.len();
    let found = |cosine: &dyn Fn(usize, usize) -> f32| {
        let rivals = |i: usize| (0..n).filter(move |j| j / FRAMES != i / FRAMES);
        (0..n).filter(|&i| rivals(i).all(|j| cosine(i, j) < cosine(i, i))).count()
    };
    let both = found(&|i, j| cosines[i][j]) + found(&|i, j| cosines[j][i]);
    Ok(both as f64 / (2 * n) as f64)
}

#[test]
fn projections_learn_to_match_two_views() -> Result<()> {
    let store = ParamStore::new(1, &Device::Cpu);
    let vb = store.builder();
    let mut rng = rng::rng(1, "views");
    let model = Model {
        image: Projection::new(SEEN, WIDTH, vb.pp("image"))?,
        text: Projection::new(SEEN, WIDTH, vb.pp("text"))?,
        alignment: AlignmentConfig::InfoNce(Default::default()).build(&(), vb.pp("alignment"))?,
        views: [noise(&mut rng, (HIDDEN, SEEN))?, noise(&mut rng, (HIDDEN, SEEN))?],
    };
    let accuracy =
        || -> Result<f64> { matching_accuracy(&model.frames(&mut rng::rng(2, "held out"))?) };
    let stories: Vec<u64> = (0..BATCH as u64).collect();
    let before = accuracy()?;
    for _ in 0..STEPS {
        let loss = model.alignment.loss(&model.frames(&mut rng)?, &stories)?;
        let gradients = loss.backward()?;
        for (name, var) in store.named() {
            let gradient =
                gradients.get(&var).unwrap_or_else(|| panic!("`{name}` has no gradient"));
            var.set(&(var.as_tensor() - (gradient * RATE)?)?)?;
        }
        model.alignment.clamp_after_step(&store)?;
    }
    let after = accuracy()?;
    assert!(before < 0.2, "untrained projections match {before}");
    assert!(after > 0.9, "trained projections match {after}");
    Ok(())
}
