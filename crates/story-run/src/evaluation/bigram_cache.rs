//! The strongest teacher-forced baseline that needs no network: word statistics of the training stories
//! and of what this story has told so far.
//!
//! ```text
//! p(w | v, context) = a_0 / V + a_1 p_1(w) + a_2 p_2(w | v) + a_3 c_1(w) + a_4 c_2(w | v)
//!     p_1: share of w among the training tokens      p_2: share of w among what followed v there
//!     c_1, c_2: the same of what the story has told   V: size of the vocabulary
//! ```
//! Interpolation by Jelinek and Mercer (1980, "Interpolated estimation of Markov source parameters from
//! sparse data"), the cache by Kuhn and De Mori (1990, "A Cache-Based Natural Language Model for Speech
//! Recognition"): picture books repeat words, and whole sentences. What cannot be known leaves its share
//! to the part before it. There is one set of weights where v was told before and one where it was not;
//! they are those that make the validation stories most probable, by expectation maximisation, which has
//! one best point here.

use std::collections::{BTreeMap, BTreeSet, HashMap};

/// Parts of the mixture: uniform; unigram and bigram of the training texts; those of what was told.
const PARTS: usize = 5;
/// Sets of weights: where what was told lacks the token before, and where it has it.
const CASES: usize = 2;
/// Rounds of expectation maximisation; the weights move by less than a thousandth by then.
const ROUNDS: usize = 100;
/// Weights where there is no validation story to choose them by.
const WITHOUT_VALIDATION: Weights = [[0.05, 0.25, 0.35, 0.35, 0.0], [0.05, 0.2, 0.25, 0.2, 0.3]];
/// Ranks from here on are not told apart.
const RANKS: usize = 5;

/// A weight a part, a set a case.
type Weights = [[f64; PARTS]; CASES];

/// A text with the texts before it, as the tokens that a model has to predict: its end among them.
#[derive(Debug, Clone, Default)]
pub struct Told {
    /// Tokens of each of the context's texts.
    pub context: Vec<Vec<u32>>,
    /// Tokens of the text.
    pub tokens: Vec<u32>,
}

/// Counts of the training texts with the weights of the mixture.
pub struct BigramCache {
    unigram: Vec<f64>,
    /// Ids from frequent to rare.
    order: Vec<u32>,
    /// The place of each id there.
    place: Vec<u32>,
    /// What followed a token, with its share; the start of a text is `None`.
    bigram: HashMap<Option<u32>, BTreeMap<u32, f64>>,
    weights: Weights,
}

/// What a story has told: the texts of the context, and of the text itself what stands before a token.
#[derive(Default)]
struct Cache {
    unigram: Followers,
    bigram: HashMap<Option<u32>, Followers>,
}

/// How often each token came, and all together.
#[derive(Default)]
struct Followers {
    counts: BTreeMap<u32, u64>,
    all: u64,
}

impl Followers {
    fn add(&mut self, token: u32) {
        *self.counts.entry(token).or_default() += 1;
        self.all += 1;
    }

    /// The share of a token; of nothing 0.
    fn share(&self, token: u32) -> f64 {
        self.counts.get(&token).map_or(0.0, |&count| count as f64 / self.all as f64)
    }
}

impl Cache {
    fn of(context: &[Vec<u32>]) -> Self {
        let mut cache = Self::default();
        for text in context {
            for (before, &token) in befores(text).zip(text) {
                cache.add(before, token);
            }
        }
        cache
    }

    fn add(&mut self, before: Option<u32>, token: u32) {
        self.unigram.add(token);
        self.bigram.entry(before).or_default().add(token);
    }

    /// Which set of weights holds after a token.
    fn case(&self, before: Option<u32>) -> usize {
        usize::from(self.bigram.contains_key(&before))
    }
}

/// Counts as shares of their sum.
fn shares(counts: BTreeMap<u32, u64>) -> BTreeMap<u32, f64> {
    let all = counts.values().sum::<u64>() as f64;
    counts.into_iter().map(|(token, count)| (token, count as f64 / all)).collect()
}

impl BigramCache {
    /// Counts the tokens of `texts` over a vocabulary of `size`, at least 1, and chooses the weights by
    /// `validation`.
    pub fn new<'a>(
        texts: impl Iterator<Item = &'a [u32]>,
        size: usize,
        validation: &[Told],
    ) -> Self {
        let mut counts = vec![0_u64; size];
        let mut followed: HashMap<Option<u32>, BTreeMap<u32, u64>> = HashMap::new();
        for text in texts {
            for (before, &token) in befores(text).zip(text) {
                if let Some(count) = counts.get_mut(token as usize) {
                    *count += 1;
                    *followed.entry(before).or_default().entry(token).or_default() += 1;
                }
            }
        }
        let all = counts.iter().sum::<u64>().max(1) as f64;
        let mut order: Vec<u32> = (0..size as u32).collect();
        order.sort_by_key(|&id| (std::cmp::Reverse(counts[id as usize]), id));
        let mut place = vec![0; size];
        for (at, &id) in (0..).zip(&order) {
            place[id as usize] = at;
        }
        let mut model = Self {
            unigram: counts.iter().map(|&count| count as f64 / all).collect(),
            order,
            place,
            bigram: followed.into_iter().map(|(token, counts)| (token, shares(counts))).collect(),
            weights: WITHOUT_VALIDATION,
        };
        model.weights = model.fitted(validation);
        model
    }

    /// -ln p of each token of a text, and its place among the most probable, from 0; places from 5 on
    /// are 5.
    pub fn score(&self, told: &Told) -> Vec<(f64, usize)> {
        let mut cache = Cache::of(&told.context);
        let places = befores(&told.tokens).zip(&told.tokens);
        places
            .map(|(before, &token)| {
                let weights = &self.weights[cache.case(before)];
                let p = |token| mixed(weights, &self.parts(before, token, &cache));
                let own = p(token);
                let scored = (-own.ln(), self.rank(before, token, own, &cache, p));
                cache.add(before, token);
                scored
            })
            .collect()
    }

    /// The probability of a token by each part.
    fn parts(&self, before: Option<u32>, token: u32, cache: &Cache) -> [f64; PARTS] {
        let share = |shares: &BTreeMap<u32, f64>| shares.get(&token).copied().unwrap_or(0.0);
        let unigram = self.unigram.get(token as usize).copied().unwrap_or(0.0);
        let bigram = self.bigram.get(&before).map_or(unigram, share);
        let told = if cache.unigram.all == 0 { unigram } else { cache.unigram.share(token) };
        let follows = cache.bigram.get(&before).map_or(told, |after| after.share(token));
        [1.0 / self.unigram.len().max(1) as f64, unigram, bigram, told, follows]
    }

    /// How many tokens are more probable, the more frequent ones among equals; at most [`RANKS`].
    fn rank(
        &self,
        before: Option<u32>,
        token: u32,
        own: f64,
        cache: &Cache,
        p: impl Fn(u32) -> f64,
    ) -> usize {
        let place = |id: u32| self.place.get(id as usize);
        let is_before = |other: u32| {
            let other_p = p(other);
            other != token && (other_p > own || other_p == own && place(other) < place(token))
        };
        let following = self.bigram.get(&before).into_iter().flat_map(BTreeMap::keys);
        let lifted: BTreeSet<u32> = following.chain(cache.unigram.counts.keys()).copied().collect();
        let among_lifted = lifted.iter().filter(|&&other| is_before(other)).count();
        // The others stand in the order of the unigram.
        let others = self.order.iter().filter(|other| !lifted.contains(other) && **other != token);
        let among_others = others.take(RANKS).take_while(|&&other| is_before(other)).count();
        (among_lifted + among_others).min(RANKS)
    }

    /// The weights under which the texts are most probable.
    fn fitted(&self, texts: &[Told]) -> Weights {
        let mut parts: [Vec<[f64; PARTS]>; CASES] = Default::default();
        for told in texts {
            let mut cache = Cache::of(&told.context);
            for (before, &token) in befores(&told.tokens).zip(&told.tokens) {
                parts[cache.case(before)].push(self.parts(before, token, &cache));
                cache.add(before, token);
            }
        }
        std::array::from_fn(|case| match parts[case].is_empty() {
            true => WITHOUT_VALIDATION[case],
            false => most_probable(&parts[case]),
        })
    }
}

/// The probability of a token whose parts are known.
fn mixed(weights: &[f64; PARTS], parts: &[f64; PARTS]) -> f64 {
    weights.iter().zip(parts).map(|(weight, part)| weight * part).sum()
}

/// The weights under which tokens of these parts are most probable; at least one.
fn most_probable(tokens: &[[f64; PARTS]]) -> [f64; PARTS] {
    let mut weights = [1.0 / PARTS as f64; PARTS];
    for _ in 0..ROUNDS {
        let mut next = [0.0; PARTS];
        for parts in tokens {
            let each: [f64; PARTS] = std::array::from_fn(|at| weights[at] * parts[at]);
            let sum: f64 = each.iter().sum();
            next.iter_mut().zip(each).for_each(|(total, part)| *total += part / sum);
        }
        weights = next.map(|total| total / tokens.len() as f64);
    }
    // A word that no validation story needs a uniform share for may come all the same.
    const LEAST: f64 = 1e-4;
    weights[0] = weights[0].max(LEAST);
    let sum: f64 = weights.iter().sum();
    weights.map(|weight| weight / sum)
}

/// What stands before each token; nothing before the first.
fn befores(text: &[u32]) -> impl Iterator<Item = Option<u32>> {
    std::iter::once(None).chain(text.iter().copied().map(Some))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIZE: usize = 9;

    fn model(validation: &[Told]) -> BigramCache {
        let texts: [&[u32]; 3] = [&[3, 4, 2], &[3, 4, 5, 2], &[3, 6, 2]];
        BigramCache::new(texts.into_iter(), SIZE, validation)
    }

    fn told(context: &[u32], tokens: &[u32]) -> Told {
        Told { context: vec![context.into()], tokens: tokens.into() }
    }

    #[test]
    fn probabilities_sum_to_one_and_ranks_follow_them() {
        let model = model(&[told(&[7, 7, 2], &[3, 7, 2]), told(&[], &[3, 4, 8])]);
        for (context, before) in [(vec![], None), (vec![7, 3, 7], Some(3)), (vec![8], Some(8))] {
            let of = |token: u32| {
                let tokens: Vec<u32> = before.into_iter().chain([token]).collect();
                *model.score(&told(&context, &tokens)).last().expect("a token")
            };
            let all: Vec<(f64, usize)> = (0..SIZE as u32).map(of).collect();
            let sum: f64 = all.iter().map(|(nll, _)| (-nll).exp()).sum();
            assert!((sum - 1.0).abs() < 1e-12, "{sum}");
            let mut order: Vec<usize> = (0..SIZE).collect();
            let place = |id: usize| model.place[id];
            order.sort_by(|&a, &b| all[a].0.total_cmp(&all[b].0).then(place(a).cmp(&place(b))));
            for (place, token) in order.into_iter().enumerate() {
                assert_eq!(all[token].1, place.min(RANKS), "{context:?} {before:?} {token}");
            }
        }
    }

    #[test]
    fn the_weights_are_the_best_for_the_validation_texts() {
        let validation = [told(&[7, 8, 2], &[3, 7, 2]), told(&[7, 5], &[3, 4, 7, 2])];
        let fitted = model(&validation);
        let nll = |model: &BigramCache| -> f64 {
            validation.iter().flat_map(|told| model.score(told)).map(|(nll, _)| nll).sum()
        };
        let best = nll(&fitted);
        for (more, less) in [(0, 1), (1, 2), (2, 3), (3, 4), (4, 0), (3, 2), (4, 1), (2, 1)] {
            for case in 0..CASES {
                let mut other = model(&validation);
                let moved = 0.02_f64.min(other.weights[case][less]);
                other.weights[case][more] += moved;
                other.weights[case][less] -= moved;
                assert!(nll(&other) > best - 1e-3, "{case} {more} {less}: {:?}", fitted.weights);
            }
        }
        let of_context = fitted.weights[0][3] + fitted.weights[0][4];
        assert!(of_context > 0.1, "the context tells some words: {:?}", fitted.weights);
        assert_eq!(model(&[]).weights, WITHOUT_VALIDATION);
    }

    #[test]
    fn what_was_told_before_is_foretold_better() {
        let model = model(&[]);
        let nll = |context: &[u32]| model.score(&told(context, &[3, 7]))[1].0;
        assert!(nll(&[7, 5]) < nll(&[5, 5]) && nll(&[5, 5]).is_finite());
        // A word after the one that it followed there is likelier still.
        assert!(nll(&[3, 7]) < nll(&[7, 3]));
    }
}
