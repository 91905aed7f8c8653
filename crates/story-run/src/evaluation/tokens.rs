//! Teacher-forced counts of the model, its variants and the baselines: `unigram`, token frequencies of the
//! training targets, and `bigram-cache`, see [`super::bigram_cache`].

use super::bigram_cache::{BigramCache, Told};
use super::evaluator::{Evaluator, MODEL};
use super::foretold::Foretold;
use super::outputs::Outputs;
use super::text_baselines::Unigram;
use crate::error::Result;
use story_data::window::StoryWindow;
use story_model::TokenScore;
use story_report::System;
use story_report::records::{TokenRecord, WindowRecord};

/// Teacher-forced counts of the model and of the baselines.
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
    let bigram_cache = bigram_cache(evaluator, size)?;
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
        let by_unigram: Vec<(f64, usize)> =
            predicted.iter().map(|&token| unigram.score(token)).collect();
        let told = Told { context: context_tokens(evaluator, window)?, tokens: predicted };
        let baselines =
            [(System::Unigram, by_unigram), (System::BigramCache, bigram_cache.score(&told))];
        for (system, scores) in baselines {
            record.tokens.insert(system.name().into(), baseline_record(&scores, foretold));
        }
        record.tokens.insert(MODEL.into(), token_record(score, foretold));
    }
    Ok(())
}

/// The bigrams of all training texts, with the weights that suit the validation windows.
fn bigram_cache(evaluator: &Evaluator, size: usize) -> Result<BigramCache> {
    let corpus = evaluator.corpus;
    let texts = corpus.training_texts().filter(|text| !text.trim().is_empty());
    let texts: Vec<Vec<u32>> =
        texts.map(|text| evaluator.tokens_to_predict(text)).collect::<Result<_>>()?;
    let told = |window: &StoryWindow| {
        Ok(Told {
            context: context_tokens(evaluator, window)?,
            tokens: evaluator.predicted_tokens(window)?,
        })
    };
    let validation: Vec<Told> = corpus.validation.iter().map(told).collect::<Result<_>>()?;
    Ok(BigramCache::new(texts.iter().map(Vec::as_slice), size, &validation))
}

/// The tokens of each of the context's texts, cut and ended as the model's own are.
fn context_tokens(evaluator: &Evaluator, window: &StoryWindow) -> Result<Vec<Vec<u32>>> {
    let texts = evaluator.context_texts(window);
    texts.iter().map(|text| evaluator.tokens_to_predict(text)).collect()
}

/// A baseline's counts from -ln p and the place of each token.
fn baseline_record(scores: &[(f64, usize)], foretold: Option<Foretold>) -> TokenRecord {
    let each: Vec<f64> = scores.iter().map(|&(nll, _)| nll).collect();
    let among = |places: usize| scores.iter().filter(|&&(_, place)| place < places).count() as f64;
    TokenRecord {
        count: scores.len() as u64,
        nll: each.iter().sum(),
        top1: among(1),
        top5: among(5),
        text: foretold.and_then(|foretold| foretold.record(&each)),
    }
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
