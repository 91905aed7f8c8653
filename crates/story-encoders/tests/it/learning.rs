//! A picture encoder and a text encoder learn, from scratch and by plain gradient descent, which
//! text tells of which picture: a red or a blue square, at the left or at the right.

use candle_core::{D, Device, Tensor};
use candle_nn::loss::cross_entropy;
use rand::Rng;
use story_core::layers::l2_normalize;
use story_core::{ImageEncoder, ParamStore, Pass, Result, TextEncoder, Vocabulary, rng};
use story_encoders::{
    CompactCnnConfig, CompactTransformerConfig, ImageEncoderDims, TextEncoderDims,
};

const SIZE: usize = 24;
const SQUARE: usize = 6;
const STEPS: usize = 120;
const RATE: f64 = 0.05;
/// Fixed scale of the cosines; learning it is the business of the alignment loss.
const SCALE: f64 = 8.0;
/// `[CLS] colour place [SEP]`, in the order of the pictures.
const TEXTS: [[u32; 4]; 4] = [[2, 4, 6, 3], [2, 4, 7, 3], [2, 5, 6, 3], [2, 5, 7, 3]];

/// The four pictures with a jittered square, `(4, 3, SIZE, SIZE)`.
fn pictures(rng: &mut rng::ChaCha8Rng) -> Result<Tensor> {
    let mut pixels = vec![-1f32; 4 * 3 * SIZE * SIZE];
    for (picture, text) in TEXTS.iter().enumerate() {
        let channel = if text[1] == 4 { 0 } else { 2 };
        let half = if text[2] == 6 { 0 } else { SIZE / 2 };
        let x = half + rng.random_range(0..=SIZE / 2 - SQUARE);
        let y = rng.random_range(0..=SIZE - SQUARE);
        for dy in 0..SQUARE {
            let row = ((picture * 3 + channel) * SIZE + y + dy) * SIZE + x;
            pixels[row..row + SQUARE].fill(1.0);
        }
    }
    Ok(Tensor::from_vec(pixels, (4, 3, SIZE, SIZE), &Device::Cpu)?)
}

struct Pair {
    image: Box<dyn ImageEncoder>,
    text: Box<dyn TextEncoder>,
    tokens: Tensor,
    mask: Tensor,
}

impl Pair {
    fn new(store: &ParamStore) -> Result<Self> {
        let image =
            CompactCnnConfig { channels: vec![8, 12], width: 16, input_size: SIZE, grid: 2 };
        let text = CompactTransformerConfig {
            width: 16,
            layers: 1,
            heads: 2,
            feed_forward: 32,
            dropout: 0.0,
            max_tokens: 4,
            output: 16,
        };
        let vocabulary = Vocabulary { size: 8, pad: 0, unknown: 1, start: 2, end: 3 };
        let tokens = Tensor::new(&TEXTS, &Device::Cpu)?;
        let vb = store.builder();
        Ok(Self {
            image: image.build(&ImageEncoderDims { input_size: SIZE }, vb.pp("image"))?,
            text: text.build(&TextEncoderDims { vocabulary }, vb.pp("text"))?,
            mask: tokens.ones_like()?.to_dtype(candle_core::DType::F32)?,
            tokens,
        })
    }

    /// Scaled cosines of each picture with each text, `(4, 4)`.
    fn scores(&self, pictures: &Tensor, pass: &Pass) -> Result<Tensor> {
        let images = l2_normalize(&self.image.encode(pictures, pass)?)?;
        let texts = l2_normalize(&self.text.encode(&self.tokens, &self.mask, pass)?)?;
        Ok((images.matmul(&texts.t()?)? * SCALE)?)
    }

    /// Share of unseen pictures whose own text scores highest.
    fn accuracy(&self) -> Result<f64> {
        const DRAWS: usize = 25;
        let mut rng = rng::rng(2, "held-out pictures");
        let mut hits = 0;
        for _ in 0..DRAWS {
            let scores = self.scores(&pictures(&mut rng)?, &Pass::Eval)?;
            let best = scores.argmax(D::Minus1)?.to_vec1::<u32>()?;
            hits += (0u32..).zip(best).filter(|(own, best)| own == best).count();
        }
        Ok(hits as f64 / (DRAWS * TEXTS.len()) as f64)
    }
}

#[test]
fn pictures_find_their_texts() -> Result<()> {
    let store = ParamStore::new(3, &Device::Cpu);
    let pair = Pair::new(&store)?;
    let before = pair.accuracy()?;
    let own = Tensor::arange(0u32, TEXTS.len() as u32, &Device::Cpu)?;
    let mut rng = rng::rng(1, "training pictures");
    for step in 0..STEPS {
        let scores = pair.scores(&pictures(&mut rng)?, &Pass::Train { seed: step as u64 })?;
        let both = cross_entropy(&scores, &own)? + cross_entropy(&scores.t()?.contiguous()?, &own)?;
        let gradients = both?.backward()?;
        for (name, var) in store.named() {
            let gradient =
                gradients.get(&var).unwrap_or_else(|| panic!("`{name}` has no gradient"));
            var.set(&(var.as_tensor() - (gradient * RATE)?)?)?;
        }
    }
    let after = pair.accuracy()?;
    assert!(before < 0.6, "untrained pictures find {before} of their texts");
    assert!(after > 0.95, "trained pictures find {after} of their texts");
    Ok(())
}
