//! Beam search over a batch of windows: `k` live texts a window, advanced together as rows.
//!
//! At each step the best 2k continuations of a window's live texts are looked at in order: those
//! that end and rank among the first k are finished texts, the first k others live on. A window is
//! done when it has k finished texts, as in fairseq and in Transformers with `early_stopping`.

use super::{Search, Start, Text, rules};
use story_core::{Generated, Result};

/// One window's texts.
#[derive(Default)]
struct Beam {
    live: Vec<Text>,
    finished: Vec<Text>,
}

/// A continuation of live text `from` by `token`.
struct Candidate {
    from: usize,
    token: u32,
    log_probability: f32,
    total: f64,
}

impl Search<'_> {
    pub(super) fn beam(
        &self,
        start: &Start,
        beams: usize,
        length_penalty: f64,
    ) -> Result<Vec<Vec<Generated>>> {
        let mut all: Vec<Beam> = (0..start.windows).map(|_| Beam::starting()).collect();
        let mut state = start.state.clone();
        let mut last = vec![self.vocabulary.start; start.windows];
        while !last.is_empty() {
            let tokens = self.ids(std::mem::take(&mut last))?; // (N,)
            let rows = rules::log_probabilities(&self.decoder.step(&tokens, &mut state)?)?;
            // Row of the old state that each live text continues.
            let (mut parents, mut first_row) = (Vec::new(), 0);
            for beam in &mut all {
                let own = &rows[first_row..first_row + beam.live.len()];
                let moved = self.advance(beam, own, beams);
                for (text, parent) in std::mem::take(&mut beam.live).into_iter().zip(moved) {
                    // Cut at full length: such a text takes no end token.
                    if self.is_full(&text) {
                        beam.finished.push(text);
                        continue;
                    }
                    parents.push((first_row + parent) as u32);
                    last.push(self.last(&text));
                    beam.live.push(text);
                }
                first_row += own.len();
            }
            if !last.is_empty() {
                state = self.rows_of(&state, parents)?;
            }
        }
        let ranked = |beam: Beam| rank(beam.finished, beams, length_penalty);
        Ok(all.into_iter().map(ranked).collect())
    }

    /// Moves one window by a token; returns which old live text each new one continues.
    fn advance(&self, beam: &mut Beam, rows: &[rules::Row], beams: usize) -> Vec<usize> {
        let mut candidates = Vec::new();
        for (from, (text, row)) in beam.live.iter().zip(rows).enumerate() {
            let allowed = self.allowed(row, text);
            let candidate = |(token, value): (usize, &f32)| Candidate {
                from,
                token: token as u32,
                log_probability: row.values[token],
                total: text.total() + f64::from(*value),
            };
            let open = allowed.iter().enumerate().filter(|(_, v)| v.is_finite());
            candidates.extend(open.map(candidate));
        }
        let (mut live, mut parents) = (Vec::new(), Vec::new());
        for (place, candidate) in best(candidates, beams.saturating_mul(2)).iter().enumerate() {
            let mut text = beam.live[candidate.from].clone();
            self.push(&mut text, candidate.token, candidate.log_probability);
            if text.ended {
                if place < beams {
                    beam.finished.push(text);
                }
            } else if live.len() < beams {
                live.push(text);
                parents.push(candidate.from);
            }
        }
        if beam.finished.len() >= beams {
            live.clear();
            parents.clear();
        }
        beam.live = live;
        parents
    }
}

impl Beam {
    fn starting() -> Self {
        Self { live: vec![Text::default()], finished: Vec::new() }
    }
}

/// The `count` most probable candidates in order; among equals the earlier text and lower id.
fn best(mut candidates: Vec<Candidate>, count: usize) -> Vec<Candidate> {
    let order = |a: &Candidate, b: &Candidate| {
        let order = b.total.total_cmp(&a.total);
        order.then(a.from.cmp(&b.from)).then(a.token.cmp(&b.token))
    };
    if candidates.len() > count {
        candidates.select_nth_unstable_by(count, order);
        candidates.truncate(count);
    }
    candidates.sort_by(order);
    candidates
}

/// The `beams` best texts by log probability over length^penalty; the end counts in the length, and
/// what was passed over in both.
fn rank(mut texts: Vec<Text>, beams: usize, penalty: f64) -> Vec<Generated> {
    let score = |text: &Text| text.total() / (text.chosen().max(1) as f64).powf(penalty);
    texts.sort_by(|a, b| {
        let order = score(b).total_cmp(&score(a));
        order.then_with(|| a.tokens.cmp(&b.tokens))
    });
    texts.truncate(beams);
    texts.into_iter().map(Generated::from).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_penalty_weighs_length() {
        let text = |length: usize, log_probability: f64| Text {
            tokens: vec![5; length],
            log_probability,
            ended: true,
            ..Text::default()
        };
        let texts = vec![text(1, -2.0), text(3, -3.0)];
        let best = |penalty| rank(texts.clone(), 1, penalty)[0].tokens.len();
        assert_eq!(best(0.0), 1);
        assert_eq!(best(1.0), 3);
    }
}
