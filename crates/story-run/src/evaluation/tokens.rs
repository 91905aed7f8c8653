//! Teacher-forced counts of the model, its variants and the unigram baseline.

use super::evaluator::{Evaluator, MODEL};
use super::foretold::Foretold;
use super::outputs::Outputs;
use super::text_baselines::Unigram;
use crate::error::Result;
use story_data::window::StoryWindow;
use story_model::TokenScore;
use story_report::System;
use story_report::records::{TokenRecord, WindowRecord};

/// Teacher-forced counts of the model and of the unigram baseline.
pub fn add(
    evaluator: &Evaluator,
    windows: &[StoryWindow],
    outputs: &Outputs,
    records: &mut [WindowRecord],
) -> Result<()> {
    let train: Vec<Vec<u32>> = evaluator
        .corpus
        .train
        .iter()
        .map(|w| evaluator.predicted_tokens(w))
        .collect::<Result<_>>()?;
    let size = evaluator.network.told().0.vocabulary().size;
    let unigram = Unigram::new(train.into_iter().flatten(), size);
    let places = windows.iter().zip(&outputs.scores).zip(records).enumerate();
    for (place, ((window, score), record)) in places {
        if record.reference.is_none() {
            continue;
        }
        let predicted = evaluator.predicted_tokens(window)?;
        let foretold = Foretold::of(evaluator, window, &predicted)?;
        for variant in &outputs.variants {
            if let Some(score) = variant.scores.get(place) {
                let name = variant.name.clone();
                record.tokens.insert(name, token_record(score, foretold));
            }
        }
        let mut baseline = TokenRecord::default();
        let mut each = Vec::with_capacity(predicted.len());
        for token in predicted {
            let (nll, rank) = unigram.score(token);
            baseline.count += 1;
            baseline.nll += nll;
            baseline.top1 += f64::from(u8::from(rank == 0));
            baseline.top5 += f64::from(u8::from(rank < 5));
            each.push(nll);
        }
        baseline.text = foretold.and_then(|foretold| foretold.record(&each));
        record.tokens.insert(MODEL.into(), token_record(score, foretold));
        record.tokens.insert(System::Unigram.name().into(), baseline);
    }
    Ok(())
}

/// Teacher-forced counts as a record.
fn token_record(score: &TokenScore, foretold: Option<Foretold>) -> TokenRecord {
    TokenRecord {
        text: foretold.and_then(|foretold| foretold.record(&score.each)),
        count: score.tokens as u64,
        nll: score.nll,
        top1: score.top1 as f64,
        top5: score.top5 as f64,
    }
}
