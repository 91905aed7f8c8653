//! A causal language model of the Llama family (Touvron et al. 2023): embeddings, blocks, a last
//! norm, and the scores of words from a matrix of its own or from the embeddings' table.
//!
//! Sequences of unlike lengths stand one behind the other in one row, and positions count from the
//! beginning of each: nothing is computed for padding. Inputs are vectors, not ids: what is no word
//! can stand among them.
//!
//! Axes: `T` positions of all sequences, `K` of them asked about, `N` rows of a generation, `W`
//! windows, `L` tokens told after a prompt, `V` vocabulary, `D` width.

use super::block::Block;
use super::lora::LoraConfig;
use super::pictures::PicturesConfig;
use super::prefix::{PicturePrefix, Prefix};
use candle_core::{DType, Device, Tensor};
use candle_nn::{Init, VarBuilder};
use std::collections::HashMap;
use story_core::layers::gated_prefix::GatedPrefix;
use story_core::layers::grouped_attention::Projected;
use story_core::layers::matrix::{BlockMatrices, Matrix, Output};
use story_core::layers::rms_norm::RmsNorm;
use story_core::layers::rotary::{Rotary, Rotation};
use story_core::{Error, ParamStore, Pass, PromptPictures, Result};
use story_encoders::weights::llama::OutputMatrix;
use story_encoders::weights::{LlamaConfig, LoadedWeights, WeightsBuilder};
use story_kernels::{Cached, KeyLists};

/// Deviation of drawn embeddings (Touvron et al.'s published configs: `initializer_range`).
const EMBEDDING_DEVIATION: f64 = 0.02;

/// How the matrices of blocks end, under transformers' names.
const PROJECTION: &str = "_proj.weight";

/// The network. Clones share the tensors.
#[derive(Debug, Clone)]
pub struct LanguageModel {
    config: LlamaConfig,
    embedding: Matrix,
    rotary: Rotary,
    blocks: Vec<Block>,
    norm: RmsNorm,
    output: Output,
    pictures: Option<PicturePrefix>,
}

/// Keys and values of prompts that were read, for what is told after them.
pub struct Past<'a> {
    /// Keys, then values, of each block: `(T, c, d)`; then the same of the prefixes,
    /// `(W, M, c, d)`, where there are any.
    pub(super) tensors: &'a [Tensor],
    /// What each row sees of the prefixes, where there are any.
    pub(super) seen: Option<&'a KeyLists>,
    /// The window that each row follows, `(N,)`.
    pub(super) windows: &'a [u32],
    /// Positions of each window's prompt, `(W,)`.
    pub(super) lengths: &'a [usize],
}

impl LanguageModel {
    /// The network under transformers' names, `model.embed_tokens` and so on.
    ///
    /// # Errors
    /// Whatever the builder reports, and rotary positions that cannot be.
    pub fn new(config: &LlamaConfig, vb: &VarBuilder) -> Result<Self> {
        Self::stored(config, vb, &BlockMatrices::new())
    }

    /// The same, with the matrices that are in `blocks` taken from there.
    fn stored(config: &LlamaConfig, vb: &VarBuilder, blocks: &BlockMatrices) -> Result<Self> {
        let model = vb.pp("model");
        let table = |vb: VarBuilder| -> Result<Matrix> {
            let init = Init::Randn { mean: 0.0, stdev: EMBEDDING_DEVIATION };
            let sizes = (config.vocabulary, config.width);
            Ok(match Matrix::stored(blocks, &vb) {
                Some(matrix) => matrix,
                None => Matrix::Full(vb.get_with_hints(sizes, "weight", init)?),
            })
        };
        let embedding = table(model.pp("embed_tokens"))?;
        let scores = match config.output {
            OutputMatrix::Tied => embedding.clone(),
            OutputMatrix::Own => table(vb.pp("lm_head"))?,
        };
        let factors = config.rope_factors.as_deref();
        let layers = model.pp("layers");
        let blocks = (0..config.layers).map(|i| Block::new(config, &layers.pp(i), blocks));
        Ok(Self {
            rotary: Rotary::new(config.head_width, config.rope_base, factors)?,
            blocks: blocks.collect::<Result<_>>()?,
            norm: RmsNorm::new(config.width, config.norm_epsilon, model.pp("norm"))?,
            output: Output::by(scores),
            config: config.clone(),
            embedding,
            pictures: None,
        })
    }

    /// The network with published weights, none of which learns: constants that are in no
    /// `ParamStore` and so in no checkpoint. Matrices in blocks stay so.
    ///
    /// # Errors
    /// As [`new`](Self::new); names or shapes that do not fit.
    pub fn frozen(config: &LlamaConfig, weights: &LoadedWeights, device: &Device) -> Result<Self> {
        let tensors = weights.tensors().map(|(name, tensor)| -> Result<(String, Tensor)> {
            let tensor = match name.ends_with(PROJECTION) {
                true => by_columns(tensor)?,
                false => tensor.clone(),
            };
            Ok((name.to_string(), tensor))
        });
        let tensors: HashMap<String, Tensor> = tensors.collect::<Result<_>>()?;
        let vb = VarBuilder::from_tensors(tensors, DType::F32, device);
        Self::stored(config, &vb, weights.matrices())
    }

    /// The network with published weights, all of which learn: parameters of `store` under `prefix`.
    ///
    /// # Errors
    /// As [`frozen`](Self::frozen).
    pub fn learning(
        config: &LlamaConfig,
        weights: LoadedWeights,
        store: &ParamStore,
        prefix: &str,
    ) -> Result<Self> {
        let builder = WeightsBuilder::partly(store, prefix, weights, |_| true);
        builder.build(&[], |vb| Self::new(config, &vb))
    }

    /// The network with published weights that stay as they are and low-rank parts that learn
    /// (LoRA), parameters under `vb`: `model.layers.0.self_attn.q_proj.lora_A.weight` and so on.
    ///
    /// # Errors
    /// As [`frozen`](Self::frozen) and [`with_lora`](Self::with_lora).
    pub fn adapted(
        config: &LlamaConfig,
        weights: &LoadedWeights,
        device: &Device,
        lora: &LoraConfig,
        vb: &VarBuilder,
    ) -> Result<Self> {
        Self::frozen(config, weights, device)?.with_lora(lora, vb)
    }

    /// The same network with low-rank parts under `vb`. At first they change nothing.
    ///
    /// # Errors
    /// [`Error::Config`] for a `lora` that cannot be or does not fit the network's sizes.
    pub fn with_lora(self, lora: &LoraConfig, vb: &VarBuilder) -> Result<Self> {
        lora.check_for(&self.config)?;
        let (names, sizes, layers) = (lora.names(), lora.sizes(), vb.pp("model").pp("layers"));
        let blocks = self.blocks.into_iter().enumerate();
        let blocks = blocks.map(|(i, block)| block.with_low_rank(&names, &sizes, &layers.pp(i)));
        Ok(Self { blocks: blocks.collect::<Result<_>>()?, ..self })
    }

    /// The same network with a prefix of the pictures, whose vectors are of `width`; parameters
    /// under `pictures`. At first it changes nothing.
    ///
    /// # Errors
    /// [`Error::Config`] for a `pictures` that cannot be.
    pub fn with_pictures(
        self,
        pictures: &PicturesConfig,
        width: usize,
        vb: &VarBuilder,
    ) -> Result<Self> {
        let prefix = PicturePrefix::new(pictures, width, &self.config, &vb.pp("pictures"))?;
        Ok(Self { pictures: Some(prefix), ..self })
    }

    /// Whether it looks at pictures.
    pub fn sees_pictures(&self) -> bool {
        self.pictures.is_some()
    }

    /// The prefix of a prompt's `pictures`; `None` where the network has no eyes for them.
    ///
    /// # Errors
    /// [`Error::Config`] where the prompt has none and the network looks at them; vectors of another
    /// width.
    pub(super) fn prefix(
        &self,
        pictures: Option<&PromptPictures>,
        pass: &Pass,
    ) -> Result<Option<Prefix>> {
        let Some(prefix) = &self.pictures else { return Ok(None) };
        let pictures = pictures.ok_or_else(|| {
            Error::Config(
                "text_decoder.pictures is set and the prompt has no pictures; collate the windows with the frozen encoder's vectors, for a language model that sees pictures".into(),
            )
        })?;
        prefix.read(pictures, pass).map(Some)
    }

    /// The network's sizes.
    pub fn config(&self) -> &LlamaConfig {
        &self.config
    }

    /// The matrix of the words' scores, without a bias.
    pub fn output(&self) -> &Output {
        &self.output
    }

    /// Vectors of `tokens (N, L)` u32, `(N, L, D)`.
    ///
    /// # Errors
    /// An id that is not below the vocabulary's size.
    pub fn embed(&self, tokens: &Tensor) -> Result<Tensor> {
        let (n, l) = tokens.dims2().map_err(|_| Error::shape("tokens", "(N, L)", tokens))?;
        let rows = self.embedding.select(&tokens.flatten_all()?)?; // (N L, D)
        Ok(rows.reshape((n, l, ()))?) // (N, L, D)
    }

    /// States of the positions `told (K,)` u32 of sequences of these `lengths`, `x (1, T, D)` to
    /// `(1, K, D)`, for [`output`](Self::output).
    ///
    /// # Errors
    /// [`Error::Config`] for more positions than the network was trained to read; shapes that do
    /// not fit.
    pub fn states(
        &self,
        x: &Tensor,
        lengths: &[usize],
        told: &Tensor,
        pass: &Pass,
    ) -> Result<Tensor> {
        self.states_with(x, lengths, None, told, pass)
    }

    /// As [`states`](Self::states), with a prefix and what each position sees of it.
    pub(super) fn states_with(
        &self,
        x: &Tensor,
        lengths: &[usize],
        prefix: Option<(&Prefix, &KeyLists)>,
        told: &Tensor,
        pass: &Pass,
    ) -> Result<Tensor> {
        let rotation = self.rotation(x, lengths)?;
        let mut x = x.clone();
        for (i, block) in self.blocks.iter().enumerate() {
            let projected = block.project(&x, &rotation, pass)?;
            let prefix = prefix.map(|prefix| at_block(prefix, i, block, pass)).transpose()?;
            x = block.attend(&x, &projected, lengths, prefix.as_ref(), pass)?; // (1, T, D)
            if i + 1 == self.blocks.len() {
                x = x.index_select(told, 1)?; // (1, K, D)
            }
            x = block.feed_forward(&x, pass)?;
        }
        self.norm.forward(&x) // (1, K, D)
    }

    /// Reads prompts of these `lengths`, `x (1, T, D)`: keys, then values, of each block,
    /// `(T, c, d)`, and then those of their prefix, `(W, M, c, d)`, where there is one. No gradient.
    ///
    /// # Errors
    /// As [`states`](Self::states).
    pub(super) fn read(
        &self,
        x: &Tensor,
        lengths: &[usize],
        prefix: Option<(&Prefix, &KeyLists)>,
    ) -> Result<Vec<Tensor>> {
        let rotation = self.rotation(x, lengths)?;
        let mut x = x.detach();
        let (mut kept, mut of_prefix) = (Vec::with_capacity(4 * self.blocks.len()), Vec::new());
        for (i, block) in self.blocks.iter().enumerate() {
            let projected = block.project(&x, &rotation, &Pass::Eval)?;
            kept.push(projected.keys.squeeze(0)?.detach());
            kept.push(projected.values.squeeze(0)?.detach());
            let prefix =
                prefix.map(|prefix| at_block(prefix, i, block, &Pass::Eval)).transpose()?;
            if let Some(GatedPrefix { keys, values, .. }) = &prefix {
                of_prefix.extend([keys.detach(), values.detach()]);
            }
            if i + 1 < self.blocks.len() {
                let attended =
                    block.attend(&x, &projected, lengths, prefix.as_ref(), &Pass::Eval)?;
                x = block.feed_forward(&attended, &Pass::Eval)?.detach();
            }
        }
        kept.extend(of_prefix);
        Ok(kept)
    }

    /// The state of one more position a row, `x (N, 1, D)` to `(N, 1, D)`, after `past` and the `L`
    /// that were told; `told` holds their keys and values, block after block, `(N, L, c, d)`, and
    /// gets this one's. No gradient.
    ///
    /// # Errors
    /// As [`states`](Self::states).
    pub fn step(&self, x: &Tensor, past: &Past<'_>, told: &mut Vec<Tensor>) -> Result<Tensor> {
        let count = told.first().map_or(Ok(0), |keys| keys.dim(1))?;
        self.check_length(past.lengths.iter().max().unwrap_or(&0) + count + 1)?;
        let place = |window: &u32| (past.lengths[*window as usize] + count) as u32;
        let places: Vec<u32> = past.windows.iter().map(place).collect();
        let rotation = self.rotary.at(&places, places.len(), x.device())?;
        let mut x = x.detach();
        let mut seen = Vec::with_capacity(2 * self.blocks.len());
        for (i, block) in self.blocks.iter().enumerate() {
            let new = block.project(&x, &rotation, &Pass::Eval)?;
            let after = |new: Tensor, at: usize| -> Result<Tensor> {
                match told.get(2 * i + at) {
                    Some(told) => Ok(Tensor::cat(&[told, &new], 1)?), // (N, L + 1, c, d)
                    None => Ok(new),
                }
            };
            let own = Projected {
                queries: new.queries,
                keys: after(new.keys, 0)?.detach(),
                values: after(new.values, 1)?.detach(),
                unturned: new.unturned,
            };
            let prefix = self.past_prefix(past, i)?;
            let past = Cached {
                keys: &past.tensors[2 * i],
                values: &past.tensors[2 * i + 1],
                windows: past.windows,
                lengths: past.lengths,
            };
            let attended = block.step(&x, &own, &past, prefix.as_ref())?; // (N, 1, D)
            x = block.feed_forward(&attended, &Pass::Eval)?.detach(); // (N, 1, D)
            seen.extend([own.keys, own.values]);
        }
        *told = seen;
        self.norm.forward(&x)
    }

    /// Block `i`'s view of the prefixes that were read.
    fn past_prefix<'a>(&self, past: &Past<'a>, i: usize) -> Result<Option<GatedPrefix<'a>>> {
        let (Some(seen), Some(pictures)) = (past.seen, &self.pictures) else { return Ok(None) };
        let at = 2 * (self.blocks.len() + i);
        Ok(Some(GatedPrefix {
            keys: past.tensors[at].clone(),
            values: past.tensors[at + 1].clone(),
            gate: pictures.gate(i)?.detach(),
            seen,
        }))
    }

    /// The turns of all positions of `x (1, T, D)`.
    fn rotation(&self, x: &Tensor, lengths: &[usize]) -> Result<Rotation> {
        let all: usize = lengths.iter().sum();
        if x.dims() != [1, all, self.config.width] {
            return Err(Error::shape(
                "embeddings",
                format!("(1, {all}, {})", self.config.width),
                x,
            ));
        }
        self.check_length(lengths.iter().copied().max().unwrap_or(0))?;
        let places: Vec<u32> = lengths.iter().flat_map(|&length| 0..length as u32).collect();
        self.rotary.at(&places, 1, x.device())
    }

    fn check_length(&self, length: usize) -> Result<()> {
        if length <= self.config.context_length {
            return Ok(());
        }
        Err(Error::Config(format!(
            "a story and its next text are {length} tokens, the language model reads {}; lower text_decoder.max_prompt or text_decoder.max_tokens, or the generation's max_length",
            self.config.context_length
        )))
    }
}

/// Block `i`'s view of a prefix.
fn at_block<'a>(
    (prefix, seen): (&Prefix, &'a KeyLists),
    i: usize,
    block: &Block,
    pass: &Pass,
) -> Result<GatedPrefix<'a>> {
    let [keys, values] = block.project_prefix(&prefix.tokens, pass)?; // (B, M, c, d)
    Ok(GatedPrefix { keys, values, gate: prefix.gates[i].clone(), seen })
}

/// The same matrix stored by columns, in which the product with few rows, as a generation has them, is
/// up to twice as fast ([`story_kernels::linear()`] takes it as it is).
fn by_columns(matrix: &Tensor) -> Result<Tensor> {
    Ok(matrix.t()?.contiguous()?.t()?)
}
