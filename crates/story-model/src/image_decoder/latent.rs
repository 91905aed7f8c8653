//! A picture that is mixed from latents: what a small published autoencoder makes of pictures, an eighth
//! as high and wide. The mixture is that of [`mixture`](super::MixtureConfig), of the context's latents,
//! of remembered ones and of painted ones; what it makes becomes a picture by the autoencoder's decoder.
//!
//! It learns by the squared error of latents, and the autoencoder does not learn. So no gradient goes
//! through the autoencoder, which is a hundred times the arithmetic of the rest, and a picture's latents
//! are made once.

use super::ImageDecoderDims;
use super::conv_transpose::Canvas;
use super::mixture::{Mixture, MixtureConfig};
use candle_core::{DType, Tensor};
use candle_nn::VarBuilder;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::hash::{DefaultHasher, Hasher};
use std::sync::{Mutex, MutexGuard};
use story_core::{Context, Error, ImageDecoder, Painted, Pass, Result, ShownPictures, losses};
use story_encoders::tiny_autoencoder::{DOWNSCALE, TinyAutoencoder, TinyAutoencoderKind};
use story_encoders::weights::WeightsConfig;

/// The name of the autoencoder's tensors, below the decoder.
pub(crate) const AUTOENCODER: &str = "autoencoder";
/// Pictures that are encoded or decoded at once; more take more memory and no less time.
const AT_ONCE: usize = 8;
/// Numbers of latents that are kept at most, 1 GB of them; beyond, they are made again.
const MOST_KEPT: usize = 1 << 28;

/// Config of the mixture of latents.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LatentConfig {
    /// Which autoencoder.
    pub autoencoder: TinyAutoencoderKind,
    /// Those of its encoder: `taef2_encoder.pth` and the like.
    pub encoder_weights: WeightsConfig,
    /// Those of its decoder: `taef2_decoder.pth` and the like.
    pub decoder_weights: WeightsConfig,
    /// Channels of the transposed convolutions before the one whose channels are the latents', from 7 x
    /// 7 places up: 2 of them make latents of 28 x 28 and pictures of 224.
    pub channels: Vec<usize>,
    /// How many of their layers are behind what looks at places, as in `mixture`.
    pub looks_behind: usize,
    /// Channels of the convolutions that look at places.
    pub hidden: usize,
    /// Pictures whose latents are remembered, at least 1: the mean of all targets, and of groups of them.
    pub remembers: usize,
    /// Weight of the loss that teaches which of them is nearest to the target.
    pub recall_weight: f64,
    /// Places, each of 8 pixels, by which the context's latents may be moved, down and to the right;
    /// `[0, 0]` is the picture as it is. Without any nothing is taken from them.
    pub moves: Vec<[i32; 2]>,
}

impl Default for LatentConfig {
    fn default() -> Self {
        let file = |name: &str| WeightsConfig::File { path: name.into() };
        Self {
            autoencoder: TinyAutoencoderKind::Taef2,
            encoder_weights: file("taef2_encoder.pth"),
            decoder_weights: file("taef2_decoder.pth"),
            channels: vec![64, 48],
            looks_behind: 1,
            hidden: 24,
            remembers: 16,
            recall_weight: 0.3,
            moves: vec![[0, 0]],
        }
    }
}

impl LatentConfig {
    /// Builds the decoder: the autoencoder under `autoencoder`, of zeros until its weights are
    /// [set](crate::StoryModel::set_autoencoder); the mixture's parts as `mixture` has them.
    ///
    /// # Errors
    /// As `mixture`.
    pub fn build(
        &self,
        dims: &ImageDecoderDims,
        vb: VarBuilder<'static>,
    ) -> Result<Box<dyn ImageDecoder>> {
        if self.channels.is_empty() {
            return Err(Error::Config(
                "image_decoder.channels is empty; expected a count for each doubling of 7 x 7 places".into(),
            ));
        }
        let latents = self.autoencoder.channels();
        let config = MixtureConfig {
            channels: self.channels.iter().copied().chain([latents]).collect(),
            looks_behind: self.looks_behind,
            hidden: self.hidden,
            remembers: self.remembers,
            recall_weight: self.recall_weight,
            moves: self.moves.clone(),
        };
        Ok(Box::new(Latent {
            autoencoder: TinyAutoencoder::new(self.autoencoder, &vb.pp(AUTOENCODER))?,
            mixture: config.network(dims, Canvas::Latents(latents), vb)?,
            kept: Mutex::default(),
        }))
    }
}

struct Latent {
    autoencoder: TinyAutoencoder,
    mixture: Mixture,
    /// Latents `(C, h, w)` by what their pictures' pixels hash to.
    kept: Mutex<HashMap<u64, Tensor>>,
}

impl Latent {
    /// The latents `(N, C, h, w)` of pictures `(N, 3, H, W)`; of those whose `mask (N,)` is 0, zeros.
    fn latents(&self, pictures: &Tensor, mask: &Tensor) -> Result<Tensor> {
        let pictures = pictures.detach();
        let known: Vec<f32> = mask.to_dtype(DType::F32)?.flatten_all()?.to_vec1()?;
        let mut found: Vec<Option<Tensor>> = vec![None; known.len()];
        let mut missing = Vec::new();
        for (row, _) in known.iter().enumerate().filter(|(_, known)| **known > 0.0) {
            let picture = pictures.get(row)?;
            let key = hash(&picture)?;
            match self.kept().get(&key) {
                Some(latents) => found[row] = Some(latents.clone()),
                None => missing.push((row, key, picture)),
            }
        }
        for some in missing.chunks(AT_ONCE) {
            let pictures: Vec<&Tensor> = some.iter().map(|(_, _, picture)| picture).collect();
            let latents = self.autoencoder.encode(&Tensor::stack(&pictures, 0)?)?;
            for (place, (row, key, _)) in some.iter().enumerate() {
                // A tensor of its own: a view would hold the whole batch.
                let latents = latents.get(place)?.copy()?;
                let mut kept = self.kept();
                if (kept.len() + 1) * latents.elem_count() <= MOST_KEPT {
                    kept.insert(*key, latents.clone());
                }
                found[*row] = Some(latents);
            }
        }
        let (side, _) = self.mixture.size();
        let channels = self.mixture.channels();
        let nothing = Tensor::zeros((channels, side, side), DType::F32, pictures.device())?;
        let rows: Vec<Tensor> =
            found.into_iter().map(|row| row.unwrap_or_else(|| nothing.clone())).collect();
        Ok(Tensor::stack(&rows, 0)?)
    }

    fn kept(&self) -> MutexGuard<'_, HashMap<u64, Tensor>> {
        self.kept.lock().expect("invariant: nothing panics while the latents are locked")
    }

    /// The context with what it shows as latents.
    fn context(&self, context: &Context) -> Result<Context> {
        let shown = match &context.shown {
            Some(shown) if self.takes_from_shown() => {
                let (b, t, _, _, _) = shown.pixels.dims5()?;
                let latents =
                    self.latents(&shown.pixels.flatten_to(1)?, &shown.mask.flatten_all()?)?;
                let (_, c, h, w) = latents.dims4()?;
                // In place of pixels, of which `new` would ask three colors.
                let pixels = latents.reshape((b, t, c, h, w))?;
                Some(ShownPictures { pixels, mask: shown.mask.clone() })
            }
            _ => None,
        };
        Ok(Context { shown, ..context.clone() })
    }

    fn pictures(&self, latents: &Tensor) -> Result<Tensor> {
        let count = latents.dim(0)?;
        let some = (0..count).step_by(AT_ONCE).map(|start| {
            let latents = latents.narrow(0, start, AT_ONCE.min(count - start))?;
            self.autoencoder.decode(&latents.contiguous()?)
        });
        Ok(Tensor::cat(&some.collect::<Result<Vec<_>>>()?, 0)?)
    }
}

/// What a picture's numbers hash to.
fn hash(picture: &Tensor) -> Result<u64> {
    let mut hasher = DefaultHasher::new();
    for value in picture.flatten_all()?.to_vec1::<f32>()? {
        hasher.write_u32(value.to_bits());
    }
    Ok(hasher.finish())
}

impl ImageDecoder for Latent {
    fn size(&self) -> (usize, usize) {
        let (height, width) = self.mixture.size();
        (DOWNSCALE * height, DOWNSCALE * width)
    }

    fn decode(&self, context: &Context, pass: &Pass) -> Result<Tensor> {
        self.pictures(&self.mixture.decode(&self.context(context)?, pass)?)
    }

    fn learn(
        &self,
        context: &Context,
        target: &Tensor,
        mask: &Tensor,
        _: &Pass,
    ) -> Result<(Painted, Option<Tensor>)> {
        let target = self.latents(target, mask)?; // (B, C, h, w)
        let context = self.context(context)?;
        let (mixed, recalled) = self.mixture.mixed_and_recalled(&context, &target, mask)?;
        let error = losses::masked_mse(&mixed, &target, mask)?;
        Ok((Painted::Error(error), Some(recalled)))
    }

    fn memory(&self, pictures: &Tensor) -> Result<Tensor> {
        self.latents(pictures, &Tensor::ones(pictures.dim(0)?, DType::F32, pictures.device())?)
    }

    fn ceiling(&self, pictures: &Tensor) -> Result<Option<Tensor>> {
        Ok(Some(self.pictures(&self.memory(pictures)?)?))
    }

    fn takes_from_shown(&self) -> bool {
        self.mixture.takes_from_shown()
    }

    fn shares(&self, context: &Context) -> Result<Option<Tensor>> {
        self.mixture.shares(&self.context(context)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use candle_core::Device;
    use story_core::ParamStore;

    const SIDE: usize = 112;
    const DIMS: ImageDecoderDims = ImageDecoderDims { context: 5 };

    fn config() -> LatentConfig {
        LatentConfig {
            autoencoder: TinyAutoencoderKind::Taesd,
            channels: vec![6],
            looks_behind: 0,
            hidden: 3,
            remembers: 2,
            ..LatentConfig::default()
        }
    }

    fn numbers(shape: &[usize]) -> Result<Tensor> {
        let count = shape.iter().product::<usize>() as u32;
        let numbers = Tensor::arange(0, count, &Device::Cpu)?.to_dtype(DType::F32)?;
        Ok(numbers.affine(0.7, 0.1)?.sin()?.abs()?.reshape(shape)?)
    }

    fn context() -> Result<Context> {
        let mask = Tensor::new(&[[1f32, 1.0], [0.0, 1.0]], &Device::Cpu)?;
        let context = Context::new(numbers(&[2, 2, 5])?, numbers(&[2, 5])?, mask.ones_like()?)?;
        context.with_shown(ShownPictures::new(numbers(&[2, 2, 3, SIDE, SIDE])?, mask)?)
    }

    /// A decoder whose autoencoder has numbers by formula, made small.
    fn built() -> Result<(ParamStore, Box<dyn ImageDecoder>)> {
        let store = ParamStore::new(1, &Device::Cpu);
        let decoder = config().build(&DIMS, store.builder())?;
        for (name, var) in store.named() {
            if name.starts_with(AUTOENCODER) {
                var.set(&(story_encoders::weights::formula::tensor(&name, var.dims())? * 0.5)?)?;
            }
        }
        Ok((store, decoder))
    }

    #[test]
    fn it_paints_pixels_and_learns_latents() -> Result<()> {
        let (store, decoder) = built()?;
        assert_eq!(decoder.size(), (SIDE, SIDE));
        let context = context()?;
        let picture = decoder.decode(&context, &Pass::Eval)?;
        assert_eq!(picture.dims(), [2, 3, SIDE, SIDE]);
        let target = numbers(&[2, 3, SIDE, SIDE])?;
        let mask = Tensor::ones(2, DType::F32, &Device::Cpu)?;
        let (painted, recalled) = decoder.learn(&context, &target, &mask, &Pass::Eval)?;
        let Painted::Error(error) = painted else { panic!("it has no picture to learn from") };
        let loss = (error + recalled.expect("it remembers"))?;
        let gradients = loss.backward()?;
        for (name, var) in store.named() {
            let learns = !name.starts_with(AUTOENCODER) && name != super::super::REMEMBERED;
            assert_eq!(gradients.get(&var).is_some(), learns, "{name}");
        }
        let shares = decoder.shares(&context)?.expect("a mixture");
        assert_eq!(shares.dims(), [2, 2 + 2, 14, 14]);
        Ok(())
    }

    #[test]
    fn latents_are_made_once_and_those_of_pictures_that_are_missing_never() -> Result<()> {
        let (store, decoder) = built()?;
        let pictures = numbers(&[2, 3, SIDE, SIDE])?;
        let memory = decoder.memory(&pictures)?;
        assert_eq!(memory.dims(), [2, 4, 14, 14]);
        // What was made stays, whatever becomes of the autoencoder.
        let bias = store.get("autoencoder.encoder.14.bias").expect("the last convolution's");
        bias.set(&(bias.as_tensor() + 1.0)?)?;
        let apart = |a: &Tensor, b: &Tensor| -> Result<f32> {
            Ok((a - b)?.abs()?.flatten_all()?.max(0)?.to_scalar()?)
        };
        assert_eq!(apart(&memory, &decoder.memory(&pictures)?)?, 0.0);
        let others = decoder.memory(&(pictures * 0.5)?)?;
        assert!(apart(&memory, &others)? > 0.5);
        Ok(())
    }

    #[test]
    fn what_cannot_be_built_names_its_key() {
        let wrong = [
            (LatentConfig { channels: Vec::new(), ..config() }, "channels"),
            (LatentConfig { channels: vec![0], ..config() }, "channels"),
            (LatentConfig { looks_behind: 2, ..config() }, "looks_behind"),
            (LatentConfig { remembers: 0, ..config() }, "remembers"),
        ];
        for (config, key) in wrong {
            let store = ParamStore::new(1, &Device::Cpu);
            let message = config.build(&DIMS, store.builder()).err().expect("refused").to_string();
            assert!(message.contains(&format!("image_decoder.{key}")), "{message}");
        }
    }
}
