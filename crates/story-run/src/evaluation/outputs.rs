//! What the model says of every test window, collected batch by batch on the CPU.

use super::both_ways;
use super::evaluator::{Evaluator, names};
use super::order;
use super::other_pictures::OtherPictures;
use super::variants::{Question, VariantOutputs};
use crate::config::TextPool;
use crate::decoding::Reranker;
use crate::decoding::Told;
use crate::error::Result;
use candle_core::{Device, Tensor};
use story_core::{Batch, Context, ContextPictures, FrameEmbeddings, layers};
use story_data::window::StoryWindow;
use story_model::{NextPicture, TokenScore};

/// One row a window; embeddings have length 1.
pub struct Outputs {
    /// Teacher-forced token counts.
    pub scores: Vec<TokenScore>,
    /// Free-running texts.
    pub texts: Vec<Told>,
    /// Where the true next text stands among others; empty where that is not asked.
    pub order: Vec<order::Ranks>,
    /// The model asked in other ways.
    pub variants: Vec<VariantOutputs>,
    /// Predicted pictures, `3 * size * size` numbers in 0..1 each; empty where the decoder was not
    /// trained (`objective.image_weight` of 0).
    pub pictures: Vec<Vec<f32>>,
    /// Likewise, of a decoder that was given what is told; empty where it takes no text, or nobody draws.
    pub pictures_after_telling: Vec<Vec<f32>>,
    /// Predictions of the next picture in the embedding head's space.
    pub next: NextPicture,
    /// The target pictures there, `(N, E)`.
    pub placed_pictures: Tensor,
    /// Embeddings of the target pictures in the space that they share with texts, `(N, D)`.
    pub target_pictures: Tensor,
    /// Embeddings of the target texts, `(N, D)`.
    pub target_texts: Tensor,
    /// The last context pictures in the head's space, `(N, E)`.
    pub last_pictures: Tensor,
    /// Means of the context pictures there, scaled to length 1, `(N, E)`.
    pub mean_pictures: Tensor,
    /// The last context pictures in the space that they share with texts, `(N, D)`.
    pub last_frames: Tensor,
    /// Texts that were drawn of each window, for who weighs them; empty where nobody does.
    pub drawn: Vec<Vec<Told>>,
    /// A frozen picture encoder's own vectors, before anything learned.
    pub raw: Option<RawPictures>,
    /// Whether the target has a picture.
    pub has_picture: Vec<bool>,
    /// Norms of the sequence model's states, one list a context step; pads left out.
    pub state_norms: Vec<Vec<f64>>,
}

/// Vectors of a frozen picture encoder, scaled to length 1, `(N, E)` each.
pub struct RawPictures {
    /// Of the last context pictures.
    pub last: Tensor,
    /// Of the targets.
    pub targets: Tensor,
}

/// Rows of one batch.
struct Rows {
    predictions: Tensor,
    shown: Tensor,
    shown_mask: Tensor,
    placed_pictures: Tensor,
    target_pictures: Tensor,
    target_texts: Tensor,
    last_pictures: Tensor,
    mean_pictures: Tensor,
    last_frames: Tensor,
    raw: Option<RawPictures>,
}

impl Outputs {
    /// Runs the model over `windows`.
    pub fn collect(
        evaluator: &Evaluator,
        windows: &[StoryWindow],
        reranker: Option<&Reranker>,
    ) -> Result<Self> {
        let config = &evaluator.config().evaluate;
        let (mut scores, mut texts, mut pictures, mut has_picture) =
            (vec![], vec![], vec![], vec![]);
        let (mut state_norms, mut order) = (Vec::new(), Vec::new());
        let mut pictures_after_telling = Vec::new();
        let mut rows: Vec<Rows> = Vec::new();
        let others = OtherPictures::of(evaluator, windows)?;
        let mut variants = VariantOutputs::of(evaluator, others.as_ref(), reranker);
        let mut drawn: Vec<Vec<Told>> = Vec::new();
        let drawing = both_ways::drawing(evaluator);
        let mut chunks = windows.chunks(config.batch_size);
        evaluator.read("evaluate", windows, |batch, frames, context, telling| {
            let windows = chunks.next().unwrap_or_default();
            let model = evaluator.model();
            scores.extend(model.score(context, batch)?);
            let told: Vec<Vec<String>> =
                windows.iter().map(|window| evaluator.context_texts(window)).collect();
            texts.extend(telling.next_texts(&told, &config.generation)?);
            if config.text_pool == TextPool::InStory {
                order.extend(order::ranks(evaluator, windows, telling)?);
            }
            let question = Question {
                batch,
                windows,
                others: others.as_ref(),
                names: &names(batch),
                told: &told,
                reranker,
            };
            for (variant, outputs) in &mut variants {
                outputs.ask(*variant, evaluator, &question, telling)?;
            }
            if evaluator.paints() {
                pictures.extend(evaluator.network.paint(context)?);
            }
            if let Some(drawing) = &drawing {
                let texts = telling.drawn(drawing)?;
                if evaluator.paints() {
                    let painted = evaluator.network.paint_after_telling(context, texts)?;
                    pictures_after_telling.extend(painted);
                }
                drawn.extend(texts.iter().cloned());
            }
            has_picture.extend(batch.target_image_mask.to_vec1::<f32>()?.iter().map(|m| *m > 0.0));
            add_norms(&mut state_norms, context)?;
            rows.push(embeddings(evaluator, batch, frames, context)?);
            Ok(())
        })?;
        let stack = |pick: fn(&Rows) -> &Tensor| -> Result<Tensor> {
            let parts: Vec<&Tensor> = rows.iter().map(pick).collect();
            Ok(Tensor::cat(&parts, 0)?.contiguous()?) // (N, D)
        };
        Ok(Self {
            next: NextPicture {
                embedding: stack(|r| &r.predictions)?,
                shown: ContextPictures::new(stack(|r| &r.shown)?, stack(|r| &r.shown_mask)?)?,
            },
            placed_pictures: stack(|r| &r.placed_pictures)?,
            target_pictures: stack(|r| &r.target_pictures)?,
            target_texts: stack(|r| &r.target_texts)?,
            last_pictures: stack(|r| &r.last_pictures)?,
            mean_pictures: stack(|r| &r.mean_pictures)?,
            last_frames: stack(|r| &r.last_frames)?,
            drawn,
            raw: RawPictures::stack(rows.iter().filter_map(|r| r.raw.as_ref()))?,
            scores,
            texts,
            order,
            variants: variants.into_iter().map(|(_, outputs)| outputs).collect(),
            pictures,
            pictures_after_telling,
            has_picture,
            state_norms,
        })
    }
}

impl RawPictures {
    fn of(batch: &Batch) -> Result<Option<Self>> {
        let Some(features) = &batch.image_features else {
            return Ok(None);
        };
        Ok(Some(Self {
            last: layers::l2_normalize(&last(&features.context, &batch.image_mask)?)?,
            targets: layers::l2_normalize(&features.target)?,
        }))
    }

    fn stack<'a>(batches: impl Iterator<Item = &'a Self>) -> Result<Option<Self>> {
        let (last, targets): (Vec<&Tensor>, Vec<&Tensor>) =
            batches.map(|raw| (&raw.last, &raw.targets)).unzip();
        if last.is_empty() {
            return Ok(None);
        }
        let stack = |parts: &[&Tensor]| Tensor::cat(parts, 0)?.to_device(&Device::Cpu);
        Ok(Some(Self { last: stack(&last)?, targets: stack(&targets)? }))
    }
}

fn embeddings(
    evaluator: &Evaluator,
    batch: &Batch,
    frames: &FrameEmbeddings,
    context: &Context,
) -> Result<Rows> {
    let model = evaluator.model();
    let target_pictures = model.embed_target_pictures(batch)?; // (B, D)
    let target_texts = model.embed_target_texts(batch)?; // (B, D)
    let placed_pictures = model.place_target_pictures(batch)?; // (B, E)
    let seen = model.context_pictures(batch, frames)?;
    let mean = layers::masked_mean(&seen.vectors, &seen.mask)?; // (B, E)
    let next = model.embedding_head().next(context)?;
    let cpu = |tensor: Tensor| tensor.detach().to_device(&Device::Cpu);
    Ok(Rows {
        predictions: cpu(next.embedding)?,
        shown: cpu(next.shown.vectors)?,
        shown_mask: cpu(next.shown.mask)?,
        placed_pictures: cpu(placed_pictures)?,
        target_pictures: cpu(target_pictures)?,
        target_texts: cpu(target_texts)?,
        last_pictures: cpu(last(&seen.vectors, &seen.mask)?)?,
        mean_pictures: cpu(layers::l2_normalize(&mean)?)?,
        last_frames: cpu(last(&frames.image, &frames.image_mask)?)?,
        raw: RawPictures::of(batch)?,
    })
}

/// The last real frame's embedding of each window, `(B, T, D)` to `(B, D)`; the first frame's
/// where none is real.
fn last(embeddings: &Tensor, mask: &Tensor) -> Result<Tensor> {
    let places: Vec<usize> = mask
        .to_vec2::<f32>()?
        .iter()
        .map(|row| row.iter().rposition(|value| *value > 0.0).unwrap_or(0))
        .collect();
    let rows: Vec<Tensor> = places
        .iter()
        .enumerate()
        .map(|(window, place)| embeddings.get(window)?.get(*place))
        .collect::<candle_core::Result<_>>()?;
    Ok(Tensor::stack(&rows, 0)?) // (B, D)
}

/// Adds the norm of each real step's state to the step's list.
fn add_norms(lists: &mut Vec<Vec<f64>>, context: &Context) -> Result<()> {
    let norms = context.states.sqr()?.sum(2)?.sqrt()?.to_vec2::<f32>()?; // (B, T)
    for (norms, mask) in norms.iter().zip(context.mask.to_vec2::<f32>()?) {
        lists.resize(lists.len().max(norms.len()), Vec::new());
        for ((list, norm), keep) in lists.iter_mut().zip(norms).zip(mask) {
            if keep > 0.0 {
                list.push(f64::from(*norm));
            }
        }
    }
    Ok(())
}
