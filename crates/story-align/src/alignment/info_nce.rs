//! Symmetric InfoNCE (van den Oord et al. 2018) with CLIP's learnable temperature (Radford et al.
//! 2021), over the `N = B T` pairs of a batch:
//!
//! s_ij = exp(log_scale) <image_i, text_j>
//! loss = (mean_i -ln softmax_j(s_ij)[i] + mean_i -ln softmax_j(s_ji)[i]) / 2
//!
//! The means go over the real pairs, and each softmax over what may be compared: the pair itself
//! and real pairs of other stories. Frames of one story share their characters and places, and
//! windows of one story share whole frames: as negatives they would push apart what belongs
//! together. A pair without a negative adds 0.
//!
//! Axes: `N` pairs, `D` width.

use super::{Alignment, AlignmentLoss, Diagnostics};
use candle_core::{D, Tensor};
use candle_nn::{Init, VarBuilder};
use serde::{Deserialize, Serialize};
use story_core::losses::masked_average;
use story_core::{Error, FrameEmbeddings, ParamStore, Result};

/// ln 100, CLIP's bound: a larger scale makes training unstable.
pub const MAX_LOG_SCALE: f64 = 4.605_170_185_988_092;
/// Added to a score that takes no part: its share underflows to 0 exactly, and a row that is masked
/// throughout stays finite, which minus infinity would not.
const MASKED_SCORE: f64 = -1e9;
/// The parameter's name under the part's own prefix.
const LOG_SCALE: &str = "log_scale";

/// Config of the symmetric InfoNCE loss.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InfoNceConfig {
    /// The temperature at the start, `1 / exp(log_scale)`; 0.01..1. It is learnt.
    pub temperature: f64,
}

impl Default for InfoNceConfig {
    fn default() -> Self {
        Self { temperature: 0.07 } // Radford et al. 2021, after Wu et al. 2018
    }
}

impl InfoNceConfig {
    /// Builds the loss under `log_scale`.
    ///
    /// # Errors
    /// [`Error::Config`] where the temperature is outside its range.
    pub fn build(&self, _dims: &(), vb: VarBuilder<'static>) -> Result<Box<dyn Alignment>> {
        const RANGE: std::ops::RangeInclusive<f64> = 0.01..=1.0;
        if !RANGE.contains(&self.temperature) {
            return Err(Error::Config(format!(
                "temperature: expected {} to {}, found {}",
                RANGE.start(),
                RANGE.end(),
                self.temperature
            )));
        }
        let init = Init::Const(-self.temperature.ln());
        Ok(Box::new(InfoNce {
            log_scale: vb.get_with_hints((), LOG_SCALE, init)?,
            log_scale_name: vb.pp(LOG_SCALE).prefix(),
        }))
    }
}

struct InfoNce {
    log_scale: Tensor,
    log_scale_name: String,
}

impl Alignment for InfoNce {
    fn loss(&self, frames: &FrameEmbeddings, stories: &[u64]) -> Result<AlignmentLoss> {
        let (b, t, d) = frames.image.dims3()?;
        if stories.len() != b {
            return Err(Error::Shape {
                what: "stories of the windows".into(),
                expected: b.to_string(),
                found: stories.len().to_string(),
            });
        }
        let groups: Vec<u64> =
            stories.iter().flat_map(|&story| std::iter::repeat_n(story, t)).collect();
        let both = (&frames.image_mask * &frames.text_mask)?; // (B, T)
        info_nce(
            &frames.image.reshape((b * t, d))?, // (N, D)
            &frames.text.reshape((b * t, d))?,  // (N, D)
            &both.reshape(b * t)?,              // (N,)
            &groups,
            &self.log_scale,
        )
    }

    fn clamp_after_step(&self, store: &ParamStore) -> Result<()> {
        clamp_logit_scale(store, &self.log_scale_name)
    }
}

/// The loss over `N` pairs: `images (N, D)` and `texts (N, D)`, both of length 1; `pair_mask (N,)`,
/// 1 where both are real; `groups`, the story of each pair; `log_scale ()`. Where no pair has a
/// negative the loss is 0, with gradients of 0.
///
/// # Errors
/// [`Error::Shape`] naming the value that does not fit.
pub fn info_nce(
    images: &Tensor,
    texts: &Tensor,
    pair_mask: &Tensor,
    groups: &[u64],
    log_scale: &Tensor,
) -> Result<AlignmentLoss> {
    let (n, _) = images.dims2().map_err(|_| Error::shape("pictures", "(N, D)", images))?;
    if texts.dims() != images.dims() {
        return Err(Error::shape("texts", format!("{:?}", images.dims()), texts));
    }
    if pair_mask.dims() != [n] {
        return Err(Error::shape("pair mask", format!("[{n}]"), pair_mask));
    }
    if groups.len() != n {
        return Err(Error::Shape {
            what: "stories of the pairs".into(),
            expected: n.to_string(),
            found: groups.len().to_string(),
        });
    }
    let (dtype, device) = (images.dtype(), images.device());
    let pair_mask = pair_mask.to_dtype(dtype)?;
    let apart = Tensor::from_vec(own_or_other_story(groups), (n, n), device)?.to_dtype(dtype)?;
    let compared = pair_mask
        .unsqueeze(1)?
        .broadcast_mul(&pair_mask.unsqueeze(0)?)? // (N, N)
        .mul(&apart)?;
    let own = Tensor::eye(n, dtype, device)?;
    let excluded = compared.affine(-MASKED_SCORE, MASKED_SCORE)?; // 1 to 0, 0 to the masked score

    let similarity = images.matmul(&texts.t()?)?; // (N, N)
    let scores = similarity.broadcast_mul(&log_scale.exp()?)?;
    let one_way = |scores: &Tensor| -> Result<Tensor> {
        let log_share = candle_nn::ops::log_softmax(&(scores + &excluded)?, D::Minus1)?;
        let own_share = (log_share * &own)?.sum(D::Minus1)?; // (N,)
        masked_average(&own_share.neg()?, &pair_mask)
    };
    let loss = ((one_way(&scores)? + one_way(&scores.t()?)?)? / 2.0)?;
    let diagnostics = Diagnostics { similarity: similarity.detach(), compared };
    Ok(AlignmentLoss { loss, diagnostics: Some(diagnostics) })
}

/// Limits the stored logarithm of the logit scale called `name` to 0..ln 100. Limiting it in the
/// forward pass instead would cut its gradient at the bound, and it could never come back.
///
/// # Errors
/// [`Error::Config`] where `store` has no such parameter.
pub fn clamp_logit_scale(store: &ParamStore, name: &str) -> Result<()> {
    let var = store.get(name).ok_or_else(|| {
        Error::Config(format!(
            "the model has no parameter `{name}`, the logit scale of its alignment"
        ))
    })?;
    var.set(&var.as_tensor().clamp(0.0, MAX_LOG_SCALE)?)?;
    Ok(())
}

/// 1 on the diagonal and between pairs of two stories, else 0; `(N, N)` row by row.
fn own_or_other_story(groups: &[u64]) -> Vec<f32> {
    let mut matrix = Vec::with_capacity(groups.len().saturating_mul(groups.len()));
    for (i, a) in groups.iter().enumerate() {
        for (j, b) in groups.iter().enumerate() {
            matrix.push(if i == j || a != b { 1.0 } else { 0.0 });
        }
    }
    matrix
}

#[cfg(test)]
mod tests {
    use super::*;
    use candle_core::{Device, Var};

    fn store(temperature: f64) -> Result<(ParamStore, Box<dyn Alignment>)> {
        let store = ParamStore::new(1, &Device::Cpu);
        let config = InfoNceConfig { temperature };
        let alignment = config.build(&(), store.builder().pp("alignment"))?;
        Ok((store, alignment))
    }

    #[test]
    fn the_stored_scale_is_limited_after_the_step() -> Result<()> {
        let (store, alignment) = store(0.07)?;
        let var = store.get("alignment.log_scale").expect("the parameter");
        let value = || var.as_tensor().to_scalar::<f32>();
        assert!((value()? - (1f32 / 0.07).ln()).abs() < 1e-6);
        for (set, expected) in [(9f32, MAX_LOG_SCALE as f32), (-1.0, 0.0), (2.0, 2.0)] {
            var.set(&Tensor::new(set, &Device::Cpu)?)?;
            alignment.clamp_after_step(&store)?;
            assert_eq!(value()?, expected);
        }
        let message = clamp_logit_scale(&store, "log_scale").expect_err("no such parameter");
        assert!(message.to_string().contains("`log_scale`"));
        Ok(())
    }

    #[test]
    fn temperatures_outside_their_range_are_config_errors() {
        for temperature in [0.0, -0.07, 1.5, f64::NAN, f64::INFINITY] {
            assert!(
                matches!(store(temperature), Err(Error::Config(m)) if m.contains("temperature"))
            );
        }
    }

    #[test]
    fn pairs_of_one_story_do_not_repel_each_other() -> Result<()> {
        let images = Var::new(&[[1f32, 0.0], [0.6, 0.8], [0.0, 1.0]], &Device::Cpu)?;
        let texts = Tensor::new(&[[0.8f32, 0.6], [1.0, 0.0], [0.0, 1.0]], &Device::Cpu)?;
        let mask = Tensor::new(&[1f32, 1.0, 1.0], &Device::Cpu)?;
        let scale = Tensor::new(1f32, &Device::Cpu)?;
        let loss = |groups: &[u64]| info_nce(&images, &texts, &mask, groups, &scale);
        let value = |groups: &[u64]| -> Result<f32> { Ok(loss(groups)?.loss.to_scalar()?) };
        // Picture 0 is nearer to text 1 than to its own: costly, unless both are of one story.
        assert!(value(&[7, 8, 9])? > value(&[7, 7, 9])?);
        assert_eq!(value(&[7, 7, 7])?, 0.0);
        let gradients = loss(&[7, 7, 7])?.loss.backward()?;
        let gradient = gradients.get(&images).expect("the graph is whole");
        assert_eq!(gradient.to_vec2::<f32>()?, [[0.0; 2]; 3]);
        Ok(())
    }

    #[test]
    fn misfits_are_shape_errors() -> Result<()> {
        let x = Tensor::new(&[[1f32, 0.0], [0.6, 0.8]], &Device::Cpu)?;
        let mask = Tensor::new(&[1f32, 1.0], &Device::Cpu)?;
        let scale = Tensor::new(1f32, &Device::Cpu)?;
        let short = x.narrow(0, 0, 1)?;
        for result in [
            info_nce(&x, &short, &mask, &[1, 2], &scale),
            info_nce(&short, &short, &mask, &[1], &scale),
            info_nce(&x, &x, &mask, &[1], &scale),
            info_nce(&mask, &mask, &mask, &[1, 2], &scale),
        ] {
            assert!(matches!(result, Err(Error::Shape { .. })));
        }
        Ok(())
    }
}
