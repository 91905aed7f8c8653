//! One text a row, token by token, whatever chooses the token. Rows whose texts have ended leave the
//! batch.

use super::{Search, Text, rules};
use rayon::prelude::*;
use story_core::{DecoderState, Generated, Result};

/// Rows that stay though their texts have ended. So few cost what reading the weights costs, and a
/// matrix product of fewer may be summed in another order: the last bits of a text would depend on
/// when its neighbours end.
const LEAST_ROWS: usize = 16;
/// The share of rows that have to leave at once: those that stay are copied.
const WORTH_COPYING: f64 = 0.25;

/// A text and what is its own.
struct Row<S> {
    place: usize,
    text: Text,
    own: S,
}

impl Search<'_> {
    /// One text for each row of `state`, the decoder's first; `choose` picks a token from the allowed
    /// ones' log probabilities, with what each row has `own`.
    pub(super) fn one_each<S: Send>(
        &self,
        mut state: DecoderState,
        own: Vec<S>,
        choose: impl Fn(&[f32], &mut S) -> u32 + Sync,
    ) -> Result<Vec<Generated>> {
        let row = |(place, own)| Row { place, text: Text::default(), own };
        let mut rows: Vec<Row<S>> = own.into_iter().enumerate().map(row).collect();
        let mut left = Vec::new();
        while rows.iter().any(|row| !row.text.ended) {
            let tokens = self.ids(rows.iter().map(|row| self.last(&row.text)).collect())?; // (N,)
            let scores = rules::log_probabilities(&self.decoder.step(&tokens, &mut state)?)?;
            let going = rows.par_iter_mut().zip(&scores).filter(|(row, _)| !row.text.ended);
            going.for_each(|(row, scores)| {
                let token = choose(&self.allowed(scores, &row.text), &mut row.own);
                self.push(&mut row.text, token, scores.values[token as usize]);
                row.text.ended |= self.is_full(&row.text);
            });
            let ended: Vec<bool> = rows.iter().map(|row| row.text.ended).collect();
            if let Some(stay) = staying(&ended) {
                rows = stays(rows, &stay, &mut left);
                state = self.rows_of(&state, stay)?;
            }
        }
        left.append(&mut rows);
        left.sort_by_key(|row| row.place);
        Ok(left.into_iter().map(|row| row.text.into()).collect())
    }
}

/// The rows that stay, in order, where enough leave: those that go on, and [`LEAST_ROWS`] at least.
pub(super) fn staying(ended: &[bool]) -> Option<Vec<u32>> {
    let going = ended.iter().filter(|ended| !**ended).count();
    let mut spare = LEAST_ROWS.saturating_sub(going);
    let stays = |&(_, ended): &(u32, &bool)| {
        let stays = !ended || spare > 0;
        spare -= usize::from(*ended && stays);
        stays
    };
    let stay: Vec<u32> = (0..).zip(ended).filter(stays).map(|(row, _)| row).collect();
    let leave = ended.len() - stay.len();
    (leave > 0 && leave as f64 >= WORTH_COPYING * ended.len() as f64).then_some(stay)
}

/// The rows named by `stay`; the others are `left`.
pub(super) fn stays<R>(rows: Vec<R>, stay: &[u32], left: &mut Vec<R>) -> Vec<R> {
    let mut kept = Vec::with_capacity(stay.len());
    for (at, row) in (0..).zip(rows) {
        match stay.binary_search(&at) {
            Ok(_) => kept.push(row),
            Err(_) => left.push(row),
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ended_rows_leave_many_at_once_and_not_the_last_few() {
        let ended = |count: usize, of: usize| -> Vec<bool> { (0..of).map(|i| i < count).collect() };
        assert_eq!(staying(&ended(4, 20)), None, "20 % are not worth a copy");
        assert_eq!(staying(&ended(0, 20)), None);
        assert_eq!(staying(&ended(16, 16)), None);
        assert_eq!(staying(&ended(40, 64)), Some((40..64).collect()));
        let few = staying(&ended(62, 64)).expect("most have ended");
        assert_eq!(few, (0..14).chain(62..64).collect::<Vec<u32>>());
        let mut left = Vec::new();
        assert_eq!(stays(vec!['a', 'b', 'c'], &[0, 2], &mut left), ['a', 'c']);
        assert_eq!(left, ['b']);
    }
}
