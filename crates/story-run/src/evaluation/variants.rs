//! The trained model asked in other ways: texts decoded otherwise, and one side of the context
//! withheld.
//!
//! | variant | is |
//! |---|---|
//! | `model-greedy`, `model-beam-4`, `model-nucleus` | the most probable token, four beams, top-p of .9 |
//! | `model-minimum-risk` | of drawn texts and the context's own, the one nearest to all drawn by BLEU |
//! | `model-minimum-risk-chrf` | the same by chrF++, drawn at a temperature of .7 |
//! | `model-minimum-risk-chrf-drawn` | of the same drawn texts alone |
//! | `model-reranked` | of more drawn texts and the context's own, the one that a reranker takes that learned on the validation stories |
//! | `model-contrastive` | contrastive search, four tokens, alpha .6 |
//! | `model-tell-then-show`, `model-show-then-tell` | both answers weighed together: [`both_ways`](super::both_ways) |
//! | `model-retrieved-frame` | a real picture in the place of a painted one: [`retrieved_frame`](super::retrieved_frame) |
//! | `scene-mean` | no answer of the model, but the best picture in squared error: [`scene_mean`](super::scene_mean) |
//! | `model-picture-blind` | the pictures of the context withheld from the trained model |
//! | `model-shuffled-pictures` | pictures of another story in their place |
//! | `model-text-blind` | its texts withheld, their words too |
//!
//! A model that was never trained without a side may do worse than one that was: the ablations
//! train such ones. What a blind variant shows is whether this model looks.

use super::evaluator::Evaluator;
use super::other_pictures::OtherPictures;
use crate::config::Variant;
use crate::decoding::{Continuation, Reranker, Told};
use crate::error::Result;
use crate::pictures::{compare, to_lists};
use candle_core::{DType, Tensor};
use rayon::prelude::*;
use story_core::{Batch, Context, ContextPictures, Pass, Prompt, PromptPictures};
use story_data::window::StoryWindow;
use story_model::{GenerateConfig, Inputs, NextPicture, TokenScore};
use story_report::records::{PictureRecord, WindowRecord};

/// What a variant answered, one entry a window.
pub struct VariantOutputs {
    /// `model-` and the variant.
    pub name: String,
    /// Free-running texts.
    pub texts: Vec<String>,
    /// Teacher-forced counts; none where only the decoding differs.
    pub scores: Vec<TokenScore>,
    /// Distances of the painted pictures from their targets, `None` where a target has no picture;
    /// none where only the decoding differs or no picture is painted.
    pub pictures: Vec<Option<PictureRecord>>,
    predictions: Vec<NextPicture>,
}

/// A batch as it is asked about.
#[derive(Clone, Copy)]
pub struct Question<'a> {
    /// The batch.
    pub batch: &'a Batch,
    /// Its windows.
    pub windows: &'a [StoryWindow],
    /// The pictures of other stories, where a variant is shown them.
    pub others: Option<&'a OtherPictures>,
    /// What keys the random streams, one a window.
    pub names: &'a [String],
    /// The texts of each window's context.
    pub told: &'a [Vec<String>],
    /// Who chooses among drawn texts, where one learned to.
    pub reranker: Option<&'a Reranker>,
}

impl Variant {
    /// Whether it is asked of each batch anew; the others are made of what others answer.
    fn is_asked_by_batch(self) -> bool {
        let made_of_others =
            [Self::TellThenShow, Self::ShowThenTell, Self::RetrievedFrame, Self::SceneMean];
        !made_of_others.contains(&self)
    }

    /// Whether it differs from what the model does anyway.
    fn differs(self, config: &GenerateConfig, inputs: Inputs) -> bool {
        match self {
            Self::PictureBlind | Self::TextBlind => inputs == Inputs::Both,
            Self::ShuffledPictures => inputs != Inputs::Text,
            _ => self.strategy() != Some(config.strategy),
        }
    }
}

impl VariantOutputs {
    /// The config's variants, nothing answered yet; without `others`, not that which is shown them, and
    /// without a reranker not its own.
    pub fn of(
        evaluator: &Evaluator,
        others: Option<&OtherPictures>,
        reranker: Option<&Reranker>,
    ) -> Vec<(Variant, Self)> {
        let config = evaluator.config();
        let variants = config.evaluate.variants.iter().copied();
        variants
            .filter(|variant| variant.differs(&config.evaluate.generation, config.model.inputs))
            .filter(|variant| *variant != Variant::ShuffledPictures || others.is_some())
            .filter(|variant| *variant != Variant::Reranked || reranker.is_some())
            .filter(|variant| variant.is_asked_by_batch())
            .map(|variant| {
                let outputs = Self {
                    name: variant.system().name().to_string(),
                    texts: Vec::new(),
                    scores: Vec::new(),
                    pictures: Vec::new(),
                    predictions: Vec::new(),
                };
                (variant, outputs)
            })
            .collect()
    }

    /// Asks about a batch that was read for `telling`.
    pub fn ask(
        &mut self,
        variant: Variant,
        evaluator: &Evaluator,
        question: &Question,
        telling: &mut Continuation<'_>,
    ) -> Result<()> {
        let Question { batch, windows, others, told, .. } = *question;
        let config = &evaluator.config().evaluate.generation;
        let texts = match (variant, variant.strategy()) {
            (Variant::Reranked, Some(strategy)) => {
                let Some(reranker) = question.reranker else { return Ok(()) };
                let drawn = telling.drawn(&GenerateConfig { strategy, ..config.clone() })?;
                drawn
                    .par_iter()
                    .zip(told)
                    .map(|(drawn, told)| reranker.choose(drawn, told))
                    .collect()
            }
            (_, Some(strategy)) => {
                telling.next_texts(told, &GenerateConfig { strategy, ..config.clone() })?
            }
            (Variant::ShuffledPictures, None) => {
                // Without others the variant is not among those that are asked.
                let Some(others) = others else { return Ok(()) };
                let other = others.batch(evaluator, windows)?;
                self.ask_anew(evaluator, &Question { batch: &other, ..*question })?
            }
            (Variant::TextBlind, None) => {
                // Who is blind to texts may not take one of them either.
                let nothing = vec![Vec::new(); told.len()];
                let blind = without_texts(evaluator, batch)?;
                self.ask_anew(evaluator, &Question { batch: &blind, told: &nothing, ..*question })?
            }
            (_, None) => {
                let blind = without_pictures(batch)?;
                self.ask_anew(evaluator, &Question { batch: &blind, ..*question })?
            }
        };
        self.texts.extend(texts.into_iter().map(|told| told.text));
        Ok(())
    }

    /// Asks about a batch that shows something else, and returns the texts.
    fn ask_anew(&mut self, evaluator: &Evaluator, question: &Question) -> Result<Vec<Told>> {
        let Question { batch, names, told, .. } = *question;
        let model = evaluator.model();
        let context = model.read(batch, &Pass::Eval)?;
        let mut telling = evaluator.network.teller().read(&context, names)?;
        let texts = telling.next_texts(told, &evaluator.config().evaluate.generation)?;
        self.scores.extend(model.score(&context, batch)?);
        if evaluator.paints() {
            self.pictures.extend(painted(evaluator, batch, &context)?);
        }
        let NextPicture { embedding, shown } = model.embedding_head().next(&context)?;
        let cpu = |tensor: &Tensor| tensor.detach().to_device(&candle_core::Device::Cpu);
        self.predictions.push(NextPicture {
            embedding: cpu(&embedding)?,
            shown: ContextPictures::new(cpu(&shown.vectors)?, cpu(&shown.mask)?)?,
        });
        Ok(texts)
    }

    /// Predictions of the next picture, one row a window; `None` where only the decoding differs.
    pub fn next(&self) -> Result<Option<NextPicture>> {
        if self.predictions.is_empty() {
            return Ok(None);
        }
        let stack = |pick: fn(&NextPicture) -> &Tensor| {
            let parts: Vec<&Tensor> = self.predictions.iter().map(pick).collect();
            Tensor::cat(&parts, 0)?.contiguous()
        };
        Ok(Some(NextPicture {
            embedding: stack(|next| &next.embedding)?,
            shown: ContextPictures::new(
                stack(|next| &next.shown.vectors)?,
                stack(|next| &next.shown.mask)?,
            )?,
        }))
    }
}

/// Adds the variants' texts and pictures to the records.
pub fn add(variants: &[VariantOutputs], records: &mut [WindowRecord]) {
    for variant in variants {
        let name = &variant.name;
        for (record, text) in records.iter_mut().zip(&variant.texts) {
            record.texts.insert(name.clone(), text.clone());
        }
        for (record, picture) in records.iter_mut().zip(&variant.pictures) {
            let picture = picture.iter().cloned();
            record.pictures.extend(picture.map(|p| (name.clone(), p)));
        }
    }
}

/// How far the pictures that the model paints after `context` are from the batch's targets.
fn painted(
    evaluator: &Evaluator,
    batch: &Batch,
    context: &Context,
) -> Result<Vec<Option<PictureRecord>>> {
    let size = evaluator.config().data.target_size;
    let painted = evaluator.network.paint(context)?;
    let targets = to_lists(&batch.target_image)?;
    let known = batch.target_image_mask.to_vec1::<f32>()?;
    let pairs = painted.par_iter().zip(&targets).zip(&known);
    pairs
        .map(|((picture, target), known)| {
            let asked = *known > 0.0;
            asked.then(|| compare(picture, target, size)).transpose()
        })
        .collect()
}

/// The batch as if no frame of the context had a picture.
fn without_pictures(batch: &Batch) -> Result<Batch> {
    let mut batch = batch.clone();
    batch.image_mask = batch.image_mask.zeros_like()?;
    if let Some(telling) = &mut batch.telling {
        let pictures = telling.prompt.pictures.as_ref();
        telling.prompt.pictures = pictures.map(PromptPictures::withheld).transpose()?;
    }
    Ok(batch)
}

/// The batch as if no frame of the context had a text.
fn without_texts(evaluator: &Evaluator, batch: &Batch) -> Result<Batch> {
    let mut batch = batch.clone();
    batch.text_mask = batch.text_mask.zeros_like()?;
    let windows = batch.len();
    if let (Some(language), Some(telling)) = (&evaluator.network.language, &mut batch.telling) {
        let prompt = language.tokenizer.prompt(&[], language.rows.max_prompt)?.ids;
        let tokens = Tensor::from_vec(prompt, (1, ()), batch.text_mask.device())?; // (1, P)
        let tokens = tokens.repeat((windows, 1))?; // (B, P)
        let mask = tokens.ones_like()?.to_dtype(DType::F32)?; // (B, P)
        let pictures = telling.prompt.pictures.take();
        telling.prompt = Prompt::new(tokens, mask)?;
        if let Some(pictures) = pictures {
            // What stands before the text to tell, behind the begin token, has its pictures before it.
            let first = pictures.before_told.narrow(1, 0, 1)?; // (B, 1)
            let mut parts = vec![first; telling.prompt.tokens.dim(1)?];
            parts[0] = parts[0].zeros_like()?;
            let before = Tensor::cat(&parts, 1)?; // (B, P)
            let pictures = PromptPictures { before, ..pictures };
            telling.prompt = telling.prompt.clone().with_pictures(pictures)?;
        }
    }
    Ok(batch)
}
