//! The two answers help each other: tell, then show; show, then tell.
//!
//! *Tell, then show.* Texts `c` are drawn from the model, so that each is as frequent as it is likely.
//! By the alignment the picture `j` of a pool belongs to a text with odds of exp(s cos(c, j)), `s` its
//! learned scale, and to what is told with their mean:
//!
//! score(j) = foreseen(j) + w ln mean_c exp(s cos(c, j))
//!
//! where foreseen(j) is the embedding head's own score. *Show, then tell.* Minimum risk, where a drawn
//! text is believed the more the better it fits the embedding `p` that is foreseen of the next picture:
//!
//! score(c) = sum_d b_d likeness(c, d), b = softmax_d(w' s cos(d, p))
//!
//! over the drawn texts `d`, itself among them, and of those and the context's texts the best is told.
//!
//! Both weights are chosen on the validation windows, which the model has not learned, from short lists
//! that have 0 in them: by the mean reciprocal rank, and by the mean of BLEU and chrF++.
//!
//! Axes: `N` windows, `M` pictures of the pool, `C` texts of a window, `D` the common width.

use super::crossed::text_vectors;
use super::evaluator::Evaluator;
use super::outputs::Outputs;
use super::ranks;
use super::retrieval::cosines;
use crate::config::Variant;
use crate::decoding::{Told, best, candidates, likeness, reranked};
use crate::error::Result;
use candle_core::{Device, Tensor};
use rayon::prelude::*;
use story_core::ContextPictures;
use story_data::window::StoryWindow;
use story_metrics::Rank;
use story_model::{GenerateConfig, NextPicture, Space, Utility};
use story_report::System;
use story_report::records::WindowRecord;

/// Weights of what is told: both sides are logarithms of odds, and 1 trusts them alike.
const OF_TOLD: [f64; 9] = [0.0, 0.1, 0.2, 0.35, 0.5, 0.75, 1.0, 1.5, 2.0];
/// Weights of what is foreseen, likewise.
const OF_SHOWN: [f64; 9] = OF_TOLD;
/// By what drawn texts are like each other.
const UTILITY: Utility = Utility::Bleu;

/// What both answers are weighed with, of `N` windows.
struct Foreseen {
    next: NextPicture,
    /// `(M, E)` of the head's space, `(M, D)` of the space shared with texts.
    placed: Tensor,
    pictures: Tensor,
    has_picture: Vec<bool>,
    drawn: Vec<Vec<Told>>,
    told: Vec<Vec<String>>,
}

/// How much each side listens to the other.
struct BothWays {
    told: f64,
    shown: f64,
}

/// How the texts are drawn that both ways weigh; `None` where the config asks for neither.
pub fn drawing(evaluator: &Evaluator) -> Option<GenerateConfig> {
    let config = &evaluator.config().evaluate;
    let asked =
        |variant: &Variant| matches!(variant, Variant::TellThenShow | Variant::ShowThenTell);
    let strategy = reranked();
    let drawing = GenerateConfig { strategy, ..config.generation.clone() };
    config.variants.iter().any(asked).then_some(drawing)
}

/// Adds what the config asks for to the records, with weights learned on the validation windows.
///
/// # Errors
/// Those of the model and the data; and soon after somebody asked to stop.
pub fn add(
    evaluator: &Evaluator,
    windows: &[StoryWindow],
    outputs: &Outputs,
    records: &mut [WindowRecord],
) -> Result<()> {
    let Some(drawing) = drawing(evaluator) else { return Ok(()) };
    let Some(weights) = BothWays::learn(evaluator, &drawing)? else {
        evaluator.host.warn(
            "tell-then-show and show-then-tell are left out: there is no validation window to weigh both sides on; data.split.validation gives it stories",
        );
        return Ok(());
    };
    let NextPicture { embedding, shown } = &outputs.next;
    let foreseen = Foreseen {
        next: NextPicture { embedding: embedding.clone(), shown: shown.clone() },
        placed: outputs.placed_pictures.clone(),
        pictures: outputs.target_pictures.clone(),
        has_picture: outputs.has_picture.clone(),
        drawn: outputs.drawn.clone(),
        told: windows.iter().map(|window| evaluator.context_texts(window)).collect(),
    };
    let variants = &evaluator.config().evaluate.variants;
    if variants.contains(&Variant::TellThenShow) {
        let scores = (foreseen.scores(evaluator)? + (foreseen.heard(evaluator)? * weights.told)?)?;
        let ranks = ranks::ranks(&scores, &foreseen.has_picture)?;
        for (record, rank) in records.iter_mut().zip(ranks) {
            let named = |rank| (System::ModelTellThenShow.name().to_string(), rank);
            record.next_frame.extend(rank.map(named));
        }
    }
    if variants.contains(&Variant::ShowThenTell) {
        let alike = foreseen.alike(evaluator)?;
        let texts = foreseen.choose(&alike, &foreseen.likenesses(), weights.shown);
        for (record, told) in records.iter_mut().zip(texts) {
            record.texts.insert(System::ModelShowThenTell.name().to_string(), told.text);
        }
    }
    evaluator.host.say(&format!(
        "both ways, weighed on validation stories: what is told counts {} in the search for the next picture, what is foreseen {} in the choice of the text",
        weights.told, weights.shown
    ));
    Ok(())
}

impl BothWays {
    /// The weights by which the validation windows come out best, of equal ones the smallest; `None`
    /// where there are no such windows.
    fn learn(evaluator: &Evaluator, drawing: &GenerateConfig) -> Result<Option<Self>> {
        let windows = &evaluator.corpus.validation;
        if windows.is_empty() {
            return Ok(None);
        }
        let foreseen = Foreseen::read(evaluator, windows, drawing)?;
        let (scores, heard) = (foreseen.scores(evaluator)?, foreseen.heard(evaluator)?);
        let mut told = Best::default();
        for weight in OF_TOLD {
            let ranks = ranks::ranks(&(&scores + (&heard * weight)?)?, &foreseen.has_picture)?;
            let ranks = ranks.into_iter().flatten();
            let reciprocal = ranks
                .filter_map(|it| Rank::new(it.better, it.ties, it.pool).ok())
                .map(Rank::reciprocal);
            told.offer(weight, reciprocal.sum());
        }
        let (alike, likenesses) = (foreseen.alike(evaluator)?, foreseen.likenesses());
        let mut shown = Best::default();
        for weight in OF_SHOWN {
            let texts = foreseen.choose(&alike, &likenesses, weight);
            let quality = windows.iter().zip(&texts).map(|(window, told)| {
                let truth = evaluator.corpus.target_text(window).trim().to_lowercase();
                let text = told.text.to_lowercase();
                let of = |by| likeness(&text, &truth, by);
                if truth.is_empty() { 0.0 } else { of(Utility::Bleu) + of(Utility::ChrfPlusPlus) }
            });
            shown.offer(weight, quality.sum());
        }
        Ok(Some(Self { told: told.weight, shown: shown.weight }))
    }
}

/// The highest value so far, and the weight that it is of.
#[derive(Default)]
struct Best {
    weight: f64,
    value: Option<f64>,
}

impl Best {
    fn offer(&mut self, weight: f64, value: f64) {
        if self.value.is_none_or(|best| value > best) {
            *self = Self { weight, value: Some(value) };
        }
    }
}

impl Foreseen {
    /// What the model foresees of `windows`.
    fn read(
        evaluator: &Evaluator,
        windows: &[StoryWindow],
        drawing: &GenerateConfig,
    ) -> Result<Self> {
        let model = evaluator.model();
        let mut rows: Vec<[Tensor; 5]> = Vec::new();
        let (mut drawn, mut has_picture) = (Vec::new(), Vec::new());
        evaluator.read("weigh both sides", windows, |batch, _, context, telling| {
            drawn.extend(telling.drawn(drawing)?.iter().cloned());
            has_picture.extend(batch.target_image_mask.to_vec1::<f32>()?.iter().map(|m| *m > 0.0));
            let NextPicture { embedding, shown } = model.embedding_head().next(context)?;
            let cpu = |tensor: &Tensor| tensor.detach().to_device(&Device::Cpu);
            rows.push([
                cpu(&embedding)?,
                cpu(&shown.vectors)?,
                cpu(&shown.mask)?,
                cpu(&model.place_target_pictures(batch)?)?,
                cpu(&model.embed_target_pictures(batch)?)?,
            ]);
            Ok(())
        })?;
        let stack = |column: usize| -> Result<Tensor> {
            let parts: Vec<&Tensor> = rows.iter().map(|row| &row[column]).collect();
            Ok(Tensor::cat(&parts, 0)?.contiguous()?)
        };
        Ok(Self {
            next: NextPicture {
                embedding: stack(0)?,
                shown: ContextPictures::new(stack(1)?, stack(2)?)?,
            },
            placed: stack(3)?,
            pictures: stack(4)?,
            has_picture,
            drawn,
            told: windows.iter().map(|window| evaluator.context_texts(window)).collect(),
        })
    }

    /// How well each picture would come next by the embedding head alone, `(N, M)`.
    fn scores(&self, evaluator: &Evaluator) -> Result<Tensor> {
        Ok(evaluator.model().embedding_head().scores(&self.next, &self.placed)?)
    }

    /// ln mean_c exp(s cos(c, j)) of the drawn texts and the pool's pictures, `(N, M)`.
    fn heard(&self, evaluator: &Evaluator) -> Result<Tensor> {
        let scale = scale(evaluator)?;
        let each = self.drawn.iter().map(|drawn| -> Result<Tensor> {
            let texts: Vec<&str> = drawn.iter().map(|told| told.text.as_str()).collect();
            let vectors = text_vectors(evaluator, &texts)?; // (C, D)
            let odds = (cosines(&vectors, &self.pictures)? * scale)?; // (C, M)
            Ok((odds.log_sum_exp(0)? - (texts.len() as f64).ln())?) // (M,)
        });
        let rows: Vec<Tensor> = each.collect::<Result<_>>()?;
        Ok(Tensor::stack(&rows, 0)?) // (N, M)
    }

    /// s cos(d, p) of each drawn text and the picture that is foreseen; 0 where that is foreseen in a
    /// space which texts have no part in.
    fn alike(&self, evaluator: &Evaluator) -> Result<Vec<Vec<f64>>> {
        let shared = evaluator.model().embedding_head().space() == Space::Projected;
        let scale = scale(evaluator)?;
        let each = self.drawn.iter().enumerate().map(|(window, drawn)| -> Result<Vec<f64>> {
            if !shared {
                return Ok(vec![0.0; drawn.len()]);
            }
            let texts: Vec<&str> = drawn.iter().map(|told| told.text.as_str()).collect();
            let vectors = text_vectors(evaluator, &texts)?; // (C, D)
            let next = self.next.embedding.narrow(0, window, 1)?; // (1, D)
            let cosines = cosines(&next, &vectors)?.squeeze(0)?.to_vec1::<f32>()?;
            Ok(cosines.into_iter().map(|cosine| scale * f64::from(cosine)).collect())
        });
        each.collect()
    }

    /// How like each text that may be told is to each that was drawn, window by window.
    fn likenesses(&self) -> Vec<Vec<Vec<f64>>> {
        let each = self.drawn.par_iter().zip(&self.told);
        each.map(|(drawn, told)| {
            let lower: Vec<String> = drawn.iter().map(|it| it.text.to_lowercase()).collect();
            let of = |candidate: Told| {
                let candidate = candidate.text.to_lowercase();
                lower.iter().map(|other| likeness(&candidate, other, UTILITY)).collect()
            };
            candidates(drawn, told).map(of).collect()
        })
        .collect()
    }

    /// The text of each window that is most like those drawn which are believed.
    fn choose(&self, alike: &[Vec<f64>], likenesses: &[Vec<Vec<f64>>], weight: f64) -> Vec<Told> {
        let each = self.drawn.iter().zip(&self.told).zip(alike.iter().zip(likenesses));
        each.map(|((drawn, told), (alike, likenesses))| {
            let highest = alike.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            let beliefs: Vec<f64> =
                alike.iter().map(|alike| (weight * (alike - highest)).exp()).collect();
            let value = |row: &Vec<f64>| row.iter().zip(&beliefs).map(|(a, b)| a * b).sum();
            best(candidates(drawn, told), likenesses.iter().map(value).collect())
        })
        .collect()
    }
}

/// What the alignment multiplies cosines by; 1 where it has no such scale.
fn scale(evaluator: &Evaluator) -> Result<f64> {
    Ok(evaluator.model().logit_scale()?.map_or(1.0, f64::from))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn foreseen(drawn: &[&str], told: &[&str]) -> Result<Foreseen> {
        let nothing = Tensor::zeros((1, 1, 2), candle_core::DType::F32, &Device::Cpu)?;
        let mask = nothing.sum(2)?;
        let drawn = drawn.iter().map(|it| Told { text: it.to_string(), log_probability: None });
        Ok(Foreseen {
            next: NextPicture {
                embedding: nothing.squeeze(0)?,
                shown: ContextPictures::new(nothing.clone(), mask)?,
            },
            placed: nothing.squeeze(0)?,
            pictures: nothing.squeeze(0)?,
            has_picture: vec![true],
            drawn: vec![drawn.collect()],
            told: vec![told.iter().map(ToString::to_string).collect()],
        })
    }

    #[test]
    fn a_foreseen_picture_may_overrule_what_most_say() -> Result<()> {
        let most = "the fox finds the red ball at home";
        let other = "it rains all day long";
        let foreseen = foreseen(&[most, most, other], &["it rains"])?;
        let text = |alike: [f64; 3], weight| {
            let likenesses = foreseen.likenesses();
            foreseen.choose(&[alike.to_vec()], &likenesses, weight).swap_remove(0).text
        };
        // Two say the same; the picture is like the third.
        assert_eq!(text([0.0, 0.0, 20.0], 0.0), most);
        assert_eq!(text([0.0, 0.0, 20.0], 0.01), most);
        assert_eq!(text([0.0, 0.0, 20.0], 1.0), other);
        assert_eq!(text([5.0, 5.0, 0.0], 1.0), most);
        Ok(())
    }

    #[test]
    fn of_equal_weights_the_smallest_is_kept() {
        let mut best = Best::default();
        for (weight, value) in [(0.0, 1.0), (0.5, 2.0), (1.0, 2.0), (2.0, 1.5)] {
            best.offer(weight, value);
        }
        assert_eq!(best.weight, 0.5);
        assert!(OF_TOLD.contains(&0.0) && OF_SHOWN.contains(&0.0), "one may not listen at all");
    }
}
