//! Two projections learn, by plain gradient descent, to bring together what belongs together:
//! each pair is one hidden vector seen through two fixed, different linear views.

use candle_core::{Device, Tensor};
use rand::Rng;
use story_align::{Alignment, AlignmentConfig, Diagnostics, Projection};
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
    fn compare(&self, rng: &mut rng::ChaCha8Rng) -> Result<(Tensor, Diagnostics)> {
        let hidden = noise(rng, (BATCH * FRAMES, HIDDEN))?;
        let embed = |view: &Tensor, projection: &Projection| -> Result<Tensor> {
            let vectors = projection.project(&hidden.matmul(view)?)?;
            Ok(vectors.reshape((BATCH, FRAMES, WIDTH))?)
        };
        let mask = Tensor::ones((BATCH, FRAMES), candle_core::DType::F32, &Device::Cpu)?;
        let frames = FrameEmbeddings::new(
            embed(&self.views[0], &self.image)?,
            embed(&self.views[1], &self.text)?,
            mask.clone(),
            mask,
        )?;
        let stories: Vec<u64> = (0..BATCH as u64).collect();
        let result = self.alignment.loss(&frames, &stories)?;
        Ok((result.loss, result.diagnostics.expect("pairs were compared")))
    }
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
    let accuracy = || -> Result<f64> {
        let (_, diagnostics) = model.compare(&mut rng::rng(2, "held out"))?;
        Ok(diagnostics.matching_accuracy()?.expect("pairs have rivals"))
    };
    let before = accuracy()?;
    for _ in 0..STEPS {
        let (loss, _) = model.compare(&mut rng)?;
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
