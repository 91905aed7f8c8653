//! Contrastive search (Su et al. 2022, "A Contrastive Framework for Neural Text Generation"): of the
//! `top_k` most probable tokens the one of the highest
//!
//! (1 - alpha) p(v) - alpha max_j cos(h_v, h_j)
//!
//! with the hidden state h_v after v and those after what was read before: the start mark and the
//! text's own tokens. The paper compares with the prompt's states too; decoders keep no states of
//! what they read before a text. The candidates of all texts are stepped as rows of one batch.

use super::one_each::{staying, stays};
use super::{Search, Start, Text, rules, sample};
use rayon::prelude::*;
use story_core::{Generated, Result, TextStates};

/// A text with the states after its tokens, each of length 1.
struct Row {
    place: usize,
    text: Text,
    seen: Vec<Vec<f32>>,
}

/// A token that may come next.
struct Candidate {
    token: u32,
    log_probability: f32,
    /// With the price of a repetition.
    probability: f64,
}

impl Search<'_> {
    /// One text a window.
    pub(super) fn contrastive(
        &self,
        start: &Start,
        top_k: usize,
        alpha: f64,
    ) -> Result<Vec<Generated>> {
        let mut state = start.state.clone();
        let tokens = self.ids(vec![self.vocabulary.start; start.windows])?; // (B,)
        let mut states = self.decoder.step_states(&tokens, &mut state)?;
        let row = |(place, seen)| Row { place, text: Text::default(), seen: vec![seen] };
        let mut rows: Vec<Row> = units(&states)?.into_iter().enumerate().map(row).collect();
        let mut left = Vec::new();
        while rows.iter().any(|row| !row.text.ended) {
            let scores = states.scores(self.decoder.output())?.squeeze(1)?; // (N, V)
            let scores = rules::log_probabilities(&scores)?;
            let candidates = rows.par_iter().zip(&scores);
            let candidates = candidates.map(|(row, scores)| self.candidates(row, scores, top_k));
            let candidates: Vec<Vec<Candidate>> = candidates.collect();
            let each = (0u32..).zip(&candidates);
            let parents = each.flat_map(|(row, of)| vec![row; of.len()]).collect();
            let tokens = candidates.iter().flatten().map(|candidate| candidate.token).collect();
            let mut stepped = self.rows_of(&state, parents)?;
            let told = self.decoder.step_states(&self.ids(tokens)?, &mut stepped)?; // (N k, 1, D)
            let mut hidden = units(&told)?.into_iter();
            let (mut chosen, mut first) = (Vec::with_capacity(rows.len()), 0);
            for (row, candidates) in rows.iter_mut().zip(&candidates) {
                let mut own: Vec<Vec<f32>> = hidden.by_ref().take(candidates.len()).collect();
                let best = best(candidates, &own, &row.seen, alpha);
                chosen.push((first + best) as u32);
                first += candidates.len();
                if !row.text.ended {
                    let Candidate { token, log_probability, .. } = candidates[best];
                    self.push(&mut row.text, token, log_probability);
                    row.text.ended |= self.is_full(&row.text);
                    row.seen.push(own.swap_remove(best));
                }
            }
            let ended: Vec<bool> = rows.iter().map(|row| row.text.ended).collect();
            if let Some(stay) = staying(&ended) {
                chosen = stays(chosen, &stay, &mut Vec::new());
                rows = stays(rows, &stay, &mut left);
            }
            let places: Vec<(usize, usize)> = chosen.iter().map(|row| (*row as usize, 0)).collect();
            states = told.select(&places)?; // (N, 1, D)
            state = self.rows_of(&stepped, chosen)?;
        }
        left.append(&mut rows);
        left.sort_by_key(|row| row.place);
        Ok(left.into_iter().map(|row| row.text.into()).collect())
    }

    /// The most probable tokens after a text, best first; of one that has ended the end alone, which
    /// nobody reads.
    fn candidates(&self, row: &Row, scores: &rules::Row, top_k: usize) -> Vec<Candidate> {
        let candidate = |token: u32, value: f32| Candidate {
            token,
            log_probability: scores.values[token as usize],
            probability: f64::from(value).exp(),
        };
        if row.text.ended {
            return vec![candidate(self.vocabulary.end, 0.0)];
        }
        let allowed = self.allowed(scores, &row.text);
        let tokens = sample::best(&allowed, top_k).into_iter();
        tokens.map(|token| candidate(token, allowed[token as usize])).collect()
    }
}

/// The place of the best candidate; the more probable one among equals.
fn best(candidates: &[Candidate], hidden: &[Vec<f32>], seen: &[Vec<f32>], alpha: f64) -> usize {
    let mut best = (0, f64::NEG_INFINITY);
    for (place, (candidate, own)) in candidates.iter().zip(hidden).enumerate() {
        let cosines = seen.iter().map(|seen| dot(own, seen));
        let likeness = cosines.fold(f64::NEG_INFINITY, f64::max);
        let value = (1.0 - alpha) * candidate.probability - alpha * likeness;
        if value > best.1 {
            best = (place, value);
        }
    }
    best.0
}

fn dot(a: &[f32], b: &[f32]) -> f64 {
    a.iter().zip(b).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum()
}

/// The hidden states `(N, 1, D)`, each at length 1; one of length 0 stays.
fn units(states: &TextStates) -> Result<Vec<Vec<f32>>> {
    let mut rows = states.hidden.squeeze(1)?.to_vec2::<f32>()?; // (N, D)
    for row in &mut rows {
        let length = dot(row, row).sqrt();
        if length > 0.0 {
            row.iter_mut().for_each(|value| *value = (f64::from(*value) / length) as f32);
        }
    }
    Ok(rows)
}
