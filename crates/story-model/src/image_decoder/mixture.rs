//! A picture that may take from what was shown: at each place of a coarse grid shares, which add up to
//! 1, of the context's pictures (as they are, and moved a little), of one that is remembered, and of what
//! transposed convolutions paint. What is remembered is a mean of pictures that were set before training:
//! the mean of all targets, and those of groups of targets that look alike. With a share of 1 it is any
//! of them, so that in squared error the best mixture is at least as good as each.
//!
//! ```text
//! summary (B, D) --transposed convolutions--> (B, C, g, g) --on--> painted (B, 3, H, W)
//! summary --hidden layer--> (B, K) --softmax, times the K pictures--> remembered (B, 3, H, W)
//! pixels  (B, T, 3, H, W) --means of places--> (B, T, 3, g, g)
//! both --convolutions, one frame like the other--> scores (B, T M + 2, 2 g, 2 g) --softmax--> shares
//! ```
//!
//! What a frame's score is made of is the same for every frame: its own places beside those of all that
//! is shown, what the context says of the place, and how many frames come after it.

use super::ImageDecoderDims;
use super::conv_transpose::{Canvas, ConvTranspose, ConvTransposeConfig};
use super::look::{FrameLook, Look};
use candle_core::{D, DType, Tensor};
use candle_nn::{Init, Linear, Module, VarBuilder, ops};
use serde::{Deserialize, Serialize};
use story_core::{
    Context, Error, ImageDecoder, Painted, Pass, Result, ShownPictures, layers, losses,
};
use story_kernels::{Move, mixture};

/// The name of the pictures that are remembered, below the decoder: `(K, 3, H, W)`, 0..1.
pub(crate) const REMEMBERED: &str = "remembered";
/// Width of the layer that chooses what is remembered.
const RECALL: usize = 128;
/// Config of the mixture.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MixtureConfig {
    /// Channels of the transposed convolutions, as in `conv-transpose`.
    pub channels: Vec<usize>,
    /// How many of their layers are behind what looks at places: 2 sees a grid of 28 x 28. The
    /// shares stand on one twice as fine.
    pub looks_behind: usize,
    /// Channels of the convolutions that look at places.
    pub hidden: usize,
    /// Pictures that are remembered, at least 1: the mean of all targets, and of groups of them.
    pub remembers: usize,
    /// Weight of the loss that teaches which of them is nearest to the target, beside the squared
    /// error's 1; 0 leaves it to the squared error.
    pub recall_weight: f64,
    /// Pixels by which the context's pictures may be moved, down and to the right; `[0, 0]` is the
    /// picture as it is. Without any nothing is taken from them.
    pub moves: Vec<[i32; 2]>,
}

impl Default for MixtureConfig {
    fn default() -> Self {
        Self {
            channels: vec![64, 32, 16, 16, 8, 3],
            looks_behind: 2,
            hidden: 24,
            remembers: 32,
            recall_weight: 0.3,
            moves: vec![[0, 0]],
        }
    }
}

pub(super) struct Mixture {
    canvas: Canvas,
    painter: ConvTranspose,
    looks_behind: usize,
    /// Pixels of a place's side where it is looked at.
    place: usize,
    /// `(K, C, H, W)`, of the canvas's channels; set before training, and not learned.
    remembered: Tensor,
    /// Which of them.
    recall: [Linear; 2],
    recall_weight: f64,
    moves: Vec<Move>,
    /// What looks at frames; `None` where nothing is taken from them.
    frames: Option<FrameLook>,
    /// Of what is no frame: the remembered picture and the painted one.
    of_others: Look,
    size: usize,
}

impl MixtureConfig {
    /// Builds the decoder: the painter under `painter`, the pictures and what chooses among them under
    /// `remembered` and `recall`, at places under `frame`,
    /// `after` and `others`.
    ///
    /// # Errors
    /// Channels as in `conv-transpose`, a grid finer than the picture, or no channels.
    pub fn build(
        &self,
        dims: &ImageDecoderDims,
        vb: VarBuilder<'static>,
    ) -> Result<Box<dyn ImageDecoder>> {
        Ok(Box::new(self.network(dims, Canvas::Colors, vb)?))
    }

    /// What [`build`](Self::build) builds, on another canvas too.
    pub(super) fn network(
        &self,
        dims: &ImageDecoderDims,
        canvas: Canvas,
        vb: VarBuilder<'static>,
    ) -> Result<Mixture> {
        let painter = ConvTransposeConfig { channels: self.channels.clone() };
        let painter = painter.network(dims, canvas, vb.pp("painter"))?;
        let (size, _) = painter.size();
        let most = self.channels.len().saturating_sub(2);
        if self.looks_behind > most {
            return Err(Error::Config(format!(
                "image_decoder.looks_behind is {}; with {} channels it can be 0 to {most}",
                self.looks_behind,
                self.channels.len()
            )));
        }
        crate::check::size("image_decoder.hidden", self.hidden)?;
        crate::check::size("image_decoder.remembers", self.remembers)?;
        crate::check::at_least_zero("image_decoder.recall_weight", self.recall_weight)?;
        let moves: Vec<Move> =
            self.moves.iter().map(|&[down, right]| Move { down, right }).collect();
        let seen = self.channels[self.looks_behind];
        let colors = canvas.channels();
        let frames = || FrameLook::new([seen, colors], self.hidden, moves.len(), &vb);
        Ok(Mixture {
            canvas,
            looks_behind: self.looks_behind,
            place: size / ConvTranspose::size_behind(self.looks_behind),
            remembered: vb.get_with_hints(
                (self.remembers, colors, size, size),
                REMEMBERED,
                Init::Const(0.5),
            )?,
            recall: [
                layers::linear(dims.context, RECALL, vb.pp("recall").pp(0))?,
                layers::linear(RECALL, self.remembers, vb.pp("recall").pp(1))?,
            ],
            recall_weight: self.recall_weight,
            frames: (!moves.is_empty()).then(frames).transpose()?,
            // The remembered picture's colors.
            of_others: Look::new(seen + colors, self.hidden, 2, vb.pp("others"))?,
            moves,
            painter,
            size,
        })
    }
}

/// What the shares and the picture are made of.
struct Begun {
    /// The logarithm of each remembered picture's share, `(B, K)`.
    recalled: Tensor,
    /// The painter's places, `(B, C, g, g)`.
    seen: Tensor,
    /// `(B, 3, H, W)`.
    remembered: Tensor,
    shown: ShownPictures,
}

impl Mixture {
    /// Channels of what is mixed.
    pub(super) fn channels(&self) -> usize {
        self.canvas.channels()
    }

    fn begin(&self, context: &Context) -> Result<Begun> {
        let summary = &context.summary;
        let [hidden, which] = &self.recall;
        let which = which.forward(&hidden.forward(summary)?.relu()?)?; // (B, K)
        let recalled = ops::log_softmax(&which, D::Minus1)?;
        let pictures = self.remembered.detach().flatten_from(1)?; // (K, 3 H W)
        let remembered = recalled.exp()?.matmul(&pictures)?; // (B, 3 H W)
        let remembered = remembered.reshape(((), self.canvas.channels(), self.size, self.size))?;
        let seen = self.painter.begin(summary, self.looks_behind)?;
        Ok(Begun { recalled, seen, remembered, shown: self.shown(context)? })
    }

    /// Shares `(B, T M + 2, 2 g, 2 g)` of all sources.
    fn all_shares(&self, context: &Context, begun: &Begun) -> Result<Tensor> {
        let Begun { seen, remembered, shown, .. } = begun;
        // What looks at the remembered picture does not change it.
        let remembered = remembered.detach().avg_pool2d(self.place)?; // (B, 3, g, g)
        let others = Tensor::cat(&[seen, &remembered], 1)?;
        let others = self.of_others.scores(&others, None)?; // (B, 2, 2 g, 2 g)
        let scores = match &self.frames {
            Some(frames) => {
                let places = shown.pixels.flatten_to(1)?.avg_pool2d(self.place)?; // (B T, 3, g, g)
                let frames = frames.scores(&places, seen, &shown.mask, &context.frames_after()?)?;
                Tensor::cat(&[frames, others], 1)?
            }
            None => others,
        };
        Ok(ops::softmax(&scores, 1)?)
    }

    fn mix(&self, context: &Context, begun: Begun) -> Result<Tensor> {
        let shares = self.all_shares(context, &begun)?; // (B, T M + 2, 2 g, 2 g)
        let Begun { seen, remembered, shown, .. } = begun;
        let painted = self.painter.finish(seen, self.looks_behind)?; // (B, 3, H, W)
        Ok(mixture(&shares, &remembered, &painted, &shown.pixels, &self.moves)?)
    }

    /// The mixture, and the loss that teaches which of the remembered pictures is nearest to `target`.
    pub(super) fn mixed_and_recalled(
        &self,
        context: &Context,
        target: &Tensor,
        mask: &Tensor,
    ) -> Result<(Tensor, Tensor)> {
        let begun = self.begin(context)?;
        let nearest = self.nearest(target)?.unsqueeze(1)?; // (B, 1)
        let missed = begun.recalled.gather(&nearest, 1)?.squeeze(1)?.neg()?; // (B,)
        let loss = (losses::masked_average(&missed, mask)? * self.recall_weight)?;
        Ok((self.mix(context, begun)?, loss))
    }

    /// Which of the remembered pictures is nearest to each target, by the means of places, `(B,)`.
    fn nearest(&self, targets: &Tensor) -> Result<Tensor> {
        let places = |x: &Tensor| Ok::<_, Error>(x.avg_pool2d(self.place)?.flatten_from(1)?);
        let (targets, pictures) = (places(targets)?, places(&self.remembered.detach())?);
        // |t - p|^2 without |t|^2, which is the same for all.
        let products = targets.matmul(&pictures.t()?)?; // (B, K)
        let squares = pictures.sqr()?.sum(1)?.unsqueeze(0)?; // (1, K)
        Ok((products * -2.0)?.broadcast_add(&squares)?.argmin(1)?)
    }

    /// What is shown; where nothing is taken, or nobody gave anything, one frame that may not be seen.
    fn shown(&self, context: &Context) -> Result<ShownPictures> {
        if let (Some(shown), true) = (&context.shown, self.takes_from_shown()) {
            return Ok(shown.clone());
        }
        let (b, t) = context.mask.dims2()?;
        let steps = if self.takes_from_shown() { t } else { 1 };
        let (device, size) = (context.mask.device(), self.size);
        let colors = self.canvas.channels();
        let pixels = Tensor::zeros((b, steps, colors, size, size), DType::F32, device)?;
        Ok(ShownPictures { pixels, mask: Tensor::zeros((b, steps), DType::F32, device)? })
    }
}

impl ImageDecoder for Mixture {
    fn size(&self) -> (usize, usize) {
        (self.size, self.size)
    }

    fn decode(&self, context: &Context, _: &Pass) -> Result<Tensor> {
        self.mix(context, self.begin(context)?)
    }

    fn learn(
        &self,
        context: &Context,
        target: &Tensor,
        mask: &Tensor,
        _: &Pass,
    ) -> Result<(Painted, Option<Tensor>)> {
        let (mixed, loss) = self.mixed_and_recalled(context, target, mask)?;
        Ok((Painted::Picture(mixed), Some(loss)))
    }

    fn takes_from_shown(&self) -> bool {
        self.frames.is_some()
    }

    fn shares(&self, context: &Context) -> Result<Option<Tensor>> {
        let shares = self.all_shares(context, &self.begin(context)?)?.detach(); // (B, T M + 2, ...)
        let (b, sources, fine, _) = shares.dims4()?;
        let m = self.moves.len();
        if m == 0 {
            let t = context.mask.dim(1)?;
            let nothing = Tensor::zeros((b, t, fine, fine), DType::F32, shares.device())?;
            return Ok(Some(Tensor::cat(&[nothing, shares], 1)?));
        }
        let frames = shares.narrow(1, 0, sources - 2)?.contiguous()?;
        let frames = frames.reshape((b, (sources - 2) / m, m, fine, fine))?.sum(D::Minus(3))?;
        Ok(Some(Tensor::cat(&[frames, shares.narrow(1, sources - 2, 2)?], 1)?)) // (B, T + 2, ...)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use candle_core::Device;
    use story_core::ParamStore;

    const SIZE: usize = 28;

    fn config() -> MixtureConfig {
        MixtureConfig {
            channels: vec![4, 4, 3],
            looks_behind: 1,
            hidden: 3,
            remembers: 3,
            moves: vec![[0, 0], [0, 4]],
            ..MixtureConfig::default()
        }
    }

    const DIMS: ImageDecoderDims = ImageDecoderDims { context: 5 };

    /// Two windows of three frames, of which the second has a picture in its last one only.
    fn context() -> Result<Context> {
        let numbers = |shape: &[usize]| {
            let count = shape.iter().product::<usize>() as u32;
            let numbers = Tensor::arange(0, count, &Device::Cpu)?.to_dtype(DType::F32)?;
            numbers.affine(0.7, 0.1)?.sin()?.abs()?.reshape(shape)
        };
        let mask = Tensor::new(&[[1f32, 1.0, 1.0], [0.0, 0.0, 1.0]], &Device::Cpu)?;
        let context = Context::new(numbers(&[2, 3, 5])?, numbers(&[2, 5])?, mask.ones_like()?)?;
        context.with_shown(ShownPictures::new(numbers(&[2, 3, 3, SIZE, SIZE])?, mask)?)
    }

    #[test]
    fn shares_add_up_to_1_and_what_may_not_be_seen_has_none() -> Result<()> {
        let store = ParamStore::new(1, &Device::Cpu);
        let decoder = config().build(&DIMS, store.builder())?;
        let shares = decoder.shares(&context()?)?.expect("a mixture");
        assert_eq!(shares.dims(), [2, 3 + 2, SIZE, SIZE]);
        let sums = shares.sum(1)?.flatten_all()?.to_vec1::<f32>()?;
        assert!(sums.iter().all(|sum| (sum - 1.0).abs() < 1e-5));
        let unseen = shares.narrow(0, 1, 1)?.narrow(1, 0, 2)?.abs()?.sum_all()?;
        assert_eq!(unseen.to_scalar::<f32>()?, 0.0);
        // Nobody gave pixels, or they may not be taken: the rest shares the picture.
        let blind = Context { shown: None, ..context()? };
        let nothing = MixtureConfig { moves: Vec::new(), ..config() };
        let store = ParamStore::new(1, &Device::Cpu);
        let without = nothing.build(&DIMS, store.builder())?;
        assert!(decoder.takes_from_shown() && !without.takes_from_shown());
        for (decoder, context) in [(&decoder, blind), (&without, context()?)] {
            let shares = decoder.shares(&context)?.expect("a mixture");
            assert_eq!(shares.dims(), [2, 3 + 2, SIZE, SIZE]);
            let frames = shares.narrow(1, 0, 3)?.abs()?.sum_all()?;
            assert_eq!(frames.to_scalar::<f32>()?, 0.0);
            assert_eq!(decoder.decode(&context, &Pass::Eval)?.dims(), [2, 3, SIZE, SIZE]);
        }
        Ok(())
    }

    #[test]
    fn recalling_the_nearest_picture_costs_nothing() -> Result<()> {
        let store = ParamStore::new(1, &Device::Cpu);
        let decoder = config().build(&DIMS, store.builder())?;
        let pictures: Vec<f32> =
            (0..3).flat_map(|k| vec![0.2 + 0.3 * k as f32; 3 * SIZE * SIZE]).collect();
        let pictures = Tensor::from_vec(pictures, (3, 3, SIZE, SIZE), &Device::Cpu)?;
        store.get(REMEMBERED).expect("pictures").set(&pictures)?;
        // Whatever the context, the second.
        let zero = |name: &str, values: [f32; 3]| -> Result<()> {
            let bias = store.get(&format!("recall.1.{name}")).expect("a layer");
            let values = Tensor::new(&values, &Device::Cpu)?;
            match bias.rank() {
                1 => Ok(bias.set(&values)?),
                _ => Ok(bias.set(&bias.zeros_like()?)?),
            }
        };
        zero("weight", [0.0; 3])?;
        zero("bias", [0.0, 30.0, 0.0])?;
        let context = context()?;
        let loss = |gray: f32, mask: [f32; 2]| -> Result<f32> {
            let target = Tensor::full(gray, (2, 3, SIZE, SIZE), &Device::Cpu)?;
            let mask = Tensor::new(&mask, &Device::Cpu)?;
            let (_, loss) = decoder.learn(&context, &target, &mask, &Pass::Eval)?;
            Ok(loss.expect("it remembers").to_scalar()?)
        };
        assert!(loss(0.55, [1.0, 1.0])? < 1e-6);
        let wrong = loss(0.9, [1.0, 1.0])?;
        assert!((f64::from(wrong) - 30.0 * config().recall_weight).abs() < 1e-3, "{wrong}");
        assert_eq!(loss(0.9, [0.0, 0.0])?, 0.0);
        Ok(())
    }

    #[test]
    fn what_cannot_be_built_names_its_key() {
        let wrong = [
            (MixtureConfig { looks_behind: 2, ..config() }, "looks_behind is 2"),
            (MixtureConfig { hidden: 0, ..config() }, "hidden"),
            (MixtureConfig { remembers: 0, ..config() }, "remembers"),
            (MixtureConfig { recall_weight: -1.0, ..config() }, "recall_weight"),
            (MixtureConfig { channels: vec![3], ..config() }, "channels"),
        ];
        for (config, key) in wrong {
            let store = ParamStore::new(1, &Device::Cpu);
            let message = config.build(&DIMS, store.builder()).err().expect("refused").to_string();
            assert!(message.contains(&format!("image_decoder.{key}")), "{message}");
        }
    }
}
