//! Prefix tokens of a story's pictures, which every block of a language model looks at beside the
//! words. With v a picture's vector of a frozen encoder,
//!
//! tokens(v) = W2 silu(W1 norm(v) + b1) + b2, `n` of them a picture,
//!
//! and `w` more, of a net of their own, of the mean of the pictures that are seen.
//!
//! A token sees the pictures of the steps that stand before its text, the newest `reach` of them,
//! and of the wholes the one that is made of just these. So a text never sees its own picture, in
//! training within its story as little as when it is told: the task gives no fifth picture.
//!
//! Axes: `B` windows, `S` steps, `E` width of a picture's vector, `M = S (n + w)` prefix tokens of a
//! window: those of each picture in the order of the steps, then those of the whole before each
//! text but the first. `D` width of the network.

use super::pictures::PicturesConfig;
use candle_core::{DType, Tensor};
use candle_nn::{Init, VarBuilder};
use rand::Rng;
use story_core::layers::LayerNorm;
use story_core::layers::projection::{Bias, Projection};
use story_core::{Error, Pass, PromptPictures, Result};
use story_encoders::weights::LlamaConfig;
use story_kernels::{KeyLists, silu};

/// Of the norm of pictures' vectors (PyTorch's default).
const NORM_EPSILON: f64 = 1e-5;

/// What makes prefix tokens of pictures, and the gates of all blocks.
#[derive(Debug, Clone)]
pub(super) struct PicturePrefix {
    config: PicturesConfig,
    width: usize,
    each: TokensOf,
    whole: Option<TokensOf>,
    /// The parameters of the gates, which are these times [`PicturesConfig::gate_scale`].
    gates: Vec<Tensor>,
    /// Names the random stream that withholds pictures.
    name: String,
}

/// A vector to some tokens.
#[derive(Debug, Clone)]
struct TokensOf {
    norm: LayerNorm,
    hidden: Projection,
    output: Projection,
}

/// The prefix of some windows, and what their tokens see of it.
pub(super) struct Prefix {
    /// `(B, M, D)`.
    pub(super) tokens: Tensor,
    /// The gates of each block, `(h,)`.
    pub(super) gates: Vec<Tensor>,
    /// Window after window, what is seen after 0 to `S` steps.
    lists: Vec<Vec<u32>>,
    steps: usize,
}

impl TokensOf {
    fn new(input: usize, hidden: usize, output: usize, vb: &VarBuilder) -> Result<Self> {
        Ok(Self {
            norm: LayerNorm::new(input, NORM_EPSILON, vb.pp("norm"))?,
            hidden: Projection::new(input, hidden, Bias::Own, vb.pp("hidden"))?,
            output: Projection::new(hidden, output, Bias::Own, vb.pp("output"))?,
        })
    }

    /// `vectors (B, S, E)` to `(B, S n, D)`.
    fn tokens(&self, vectors: &Tensor, width: usize, pass: &Pass) -> Result<Tensor> {
        let b = vectors.dim(0)?;
        let hidden = silu(&self.hidden.forward(&self.norm.forward(vectors)?, pass)?)?; // (B, S, hidden)
        Ok(self.output.forward(&hidden, pass)?.reshape((b, (), width))?) // (B, S n, D)
    }
}

impl PicturePrefix {
    /// Parameters under `vb`: `each`, `whole`, and `layers.0.gate` and so on, which begin at 0.
    ///
    /// # Errors
    /// [`Error::Config`] for a config that cannot be; whatever the builder reports.
    pub(super) fn new(
        config: &PicturesConfig,
        vectors: usize,
        model: &LlamaConfig,
        vb: &VarBuilder,
    ) -> Result<Self> {
        config.check()?;
        let net = |tokens: usize, name: &str| {
            TokensOf::new(vectors, config.hidden_width, tokens * model.width, &vb.pp(name))
        };
        let gate = |layer: usize| {
            vb.pp("layers").pp(layer).get_with_hints(model.heads, "gate", Init::Const(0.0))
        };
        Ok(Self {
            each: net(config.tokens, "each")?,
            whole: (config.whole > 0).then(|| net(config.whole, "whole")).transpose()?,
            gates: (0..model.layers).map(gate).collect::<candle_core::Result<_>>()?,
            config: *config,
            width: model.width,
            name: vb.prefix(),
        })
    }

    /// The prefix of `pictures`. In evaluation it is a constant: of a frozen network no graph is kept
    /// then.
    ///
    /// # Errors
    /// Vectors of another width.
    pub(super) fn read(&self, pictures: &PromptPictures, pass: &Pass) -> Result<Prefix> {
        let shown = self.shown(pictures, pass)?;
        let mut parts = vec![self.each.tokens(&pictures.vectors, self.width, pass)?]; // (B, S n, D)
        if let Some(whole) = &self.whole {
            let means = self.means(&pictures.vectors, &shown)?; // (B, S, E)
            parts.push(whole.tokens(&means, self.width, pass)?); // (B, S w, D)
        }
        let tokens = Tensor::cat(&parts, 1)?; // (B, M, D)
        let lists = shown.iter().enumerate();
        let lists = lists.flat_map(|(window, shown)| self.lists(window, shown)).collect();
        let steps = pictures.vectors.dim(1)?;
        let constant = |tensor: &Tensor| match pass {
            Pass::Train { .. } => tensor.clone(),
            Pass::Eval => tensor.detach(),
        };
        let gates = (0..self.gates.len()).map(|i| Ok(constant(&self.gate(i)?)));
        let gates = gates.collect::<Result<_>>()?;
        Ok(Prefix { tokens: constant(&tokens), gates, lists, steps })
    }

    /// The gate of block `i` before the tanh, `(h,)`.
    pub(super) fn gate(&self, i: usize) -> Result<Tensor> {
        Ok((&self.gates[i] * self.config.gate_scale)?)
    }

    /// Which steps' pictures are shown in this pass.
    fn shown(&self, pictures: &PromptPictures, pass: &Pass) -> Result<Vec<Vec<bool>>> {
        let mask = pictures.mask.to_dtype(DType::F32)?.to_vec2::<f32>()?;
        let mut rng = pass.rng(&self.name);
        let mut kept = || match &mut rng {
            Some(rng) => rng.random::<f32>() >= self.config.dropout,
            None => true,
        };
        // One draw a step, real or not: what a batch lacks must not move the draws of the rest.
        let shown = |row: Vec<f32>| row.into_iter().map(|real| kept() && real != 0.0).collect();
        Ok(mask.into_iter().map(shown).collect())
    }

    /// The steps whose pictures a text sees that has `before` steps before it.
    fn seen(&self, shown: &[bool], before: usize) -> Vec<usize> {
        let reach = before.saturating_sub(self.config.reach)..before;
        reach.filter(|&step| shown[step]).collect()
    }

    /// Means of the pictures that are seen after 1 to `S` steps, `(B, S, E)`; 0 where none is.
    fn means(&self, vectors: &Tensor, shown: &[Vec<bool>]) -> Result<Tensor> {
        let (b, s, _) = vectors.dims3()?;
        let mut weights = vec![0f32; b * s * s];
        for (row, weights) in weights.chunks_exact_mut(s).enumerate() {
            let seen = self.seen(&shown[row / s], row % s + 1);
            for &step in &seen {
                weights[step] = 1.0 / seen.len() as f32;
            }
        }
        let weights = Tensor::from_vec(weights, (b, s, s), vectors.device())?;
        Ok(weights.matmul(&vectors.contiguous()?)?)
    }

    /// What is seen of the prefix in a window after 0 to `S` steps: places among all windows'.
    fn lists(&self, window: usize, shown: &[bool]) -> Vec<Vec<u32>> {
        let PicturesConfig { tokens, whole, .. } = self.config;
        let steps = shown.len();
        let start = window * steps * (tokens + whole);
        let of_pictures = steps * tokens;
        let list = |before: usize| {
            let seen = self.seen(shown, before);
            let each = seen.iter().flat_map(|step| step * tokens..(step + 1) * tokens);
            let all = match seen.is_empty() {
                true => 0..0,
                false => of_pictures + (before - 1) * whole..of_pictures + before * whole,
            };
            each.chain(all).map(|place| (start + place) as u32).collect()
        };
        (0..=steps).map(list).collect()
    }
}

impl Prefix {
    /// What tokens see that have `before` steps before them, window after window; `lengths` tells how
    /// many are each window's.
    ///
    /// # Errors
    /// [`Error::Data`] for more steps than there are.
    pub(super) fn seen(&self, before: &[u32], lengths: &[usize]) -> Result<KeyLists> {
        let windows = lengths.iter().enumerate();
        let windows = windows.flat_map(|(window, &length)| std::iter::repeat_n(window, length));
        let of = windows.zip(before).map(|(window, &before)| {
            if before as usize > self.steps {
                return Err(Error::Data(format!(
                    "a token has {before} steps before it, the story so far has {}; collate prompt and pictures from the same windows",
                    self.steps
                )));
            }
            Ok((window * (self.steps + 1)) as u32 + before)
        });
        Ok(KeyLists::new(self.lists.clone(), of.collect::<Result<_>>()?)?)
    }

    /// 1 where a token with `before` steps before it sees the prefix, one a window, `(B, M)` u32.
    ///
    /// # Errors
    /// As [`seen`](Self::seen).
    pub(super) fn seen_once(&self, before: &[u32]) -> Result<Tensor> {
        let (b, m, _) = self.tokens.dims3()?;
        let mut seen = vec![0u32; b * m];
        for (window, &before) in before.iter().enumerate() {
            let list = self.lists.get(window * (self.steps + 1) + before as usize);
            let list = list.filter(|_| before as usize <= self.steps);
            let list = list.ok_or_else(|| {
                Error::Data(format!("a text has {before} steps before it, of {}", self.steps))
            })?;
            list.iter().for_each(|&place| seen[place as usize] = 1);
        }
        Ok(Tensor::from_vec(seen, (b, m), self.tokens.device())?)
    }
}

/// The lists of rows that follow `windows`, of what their windows' texts see, `(W, M)`.
pub(super) fn lists_of(seen: &Tensor, windows: &[u32]) -> Result<KeyLists> {
    let mut start = 0;
    let lists = seen.to_vec2::<u32>()?.into_iter().map(|row| {
        let places = row.iter().enumerate().filter(|(_, seen)| **seen != 0);
        let list = places.map(|(place, _)| (start + place) as u32).collect();
        start += row.len();
        list
    });
    Ok(KeyLists::new(lists.collect(), windows.to_vec())?)
}
