//! METEOR's alignment: which of all possible matches to use. Each word is covered at most once; the
//! best alignment has, in this order, the most matched words (weighted by stage), the fewest chunks,
//! the smallest distance between the positions that it pairs (Denkowski and Lavie 2011, "Meteor 1.3").
//!
//! A beam search walks along the reference. Four habits of the original that change values are kept, as
//! observed from its results:
//!
//! - the weighted count is cut to a whole number after every match: a single stem, worth 0.5,
//!   counts for nothing unless it saves a chunk;
//! - a match that competes with no other is always taken;
//! - the distance of a match is added to the alignments that do without it;
//! - equally good alignments stay in the order in which they were found.

use super::matches::{Match, Matches, MeteorStage};

/// Alignments that are kept at every word of the reference.
const BEAM: usize = 40;
/// No match ends before the word at hand.
const NOTHING: usize = usize::MAX;

/// What matched words count in the search, cut to a whole number: 1 a word of the exact stage, 0.5 of all
/// others. The published program searches with weights of its own, not with those of the score.
fn search_weight(stage: MeteorStage, words: usize) -> u32 {
    let words = words as u32;
    match stage {
        MeteorStage::Exact => words,
        MeteorStage::Stem | MeteorStage::Synonym | MeteorStage::Paraphrase => words / 2,
    }
}

/// The matches of an alignment, and how many runs of neighbours they form.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Alignment {
    pub(super) matches: Vec<Match>,
    pub(super) chunks: u64,
}

/// An alignment of the first words of the reference.
#[derive(Debug, Clone, Copy)]
struct Partial {
    /// Weighted words of the hypothesis, of the reference.
    matched: [u32; 2],
    chunks: u32,
    /// Row of used words that it started from.
    row: u32,
    distance: u64,
    /// The next word of the reference.
    next: usize,
    /// End in the hypothesis of a match that ends before the next word, or [`NOTHING`].
    chunk_end: usize,
    /// Link of the last match in the search's chain of matches.
    link: Option<u32>,
    /// The place of the last step's match among the options.
    taken: Option<u32>,
}

impl Partial {
    const EMPTY: Self = Self {
        matched: [0; 2],
        chunks: 0,
        row: 0,
        distance: 0,
        next: 0,
        chunk_end: NOTHING,
        link: None,
        taken: None,
    };

    /// Larger is worse: fewer matched words, then more chunks, then more distance, then a later place.
    /// Texts are cut at thousands of words, so that each fits into its bits.
    fn rank(&self, place: usize) -> u128 {
        let unmatched = (1 << 24) - u128::from(self.matched[0] + self.matched[1]);
        let order = unmatched << 68 | u128::from(self.chunks) << 52 | u128::from(self.distance);
        order << 32 | place as u128
    }

    fn close_chunk(&mut self) {
        self.chunks += u32::from(self.chunk_end != NOTHING);
        self.chunk_end = NOTHING;
    }

    fn take(&mut self, place: usize, options: &[Match]) {
        let option = &options[place];
        let (hyp, reference) = (option.hyp(), option.reference());
        self.matched[0] += search_weight(option.stage, hyp.len());
        self.matched[1] += search_weight(option.stage, reference.len());
        if self.chunk_end != hyp.start {
            self.close_chunk();
        }
        self.chunk_end = hyp.end;
        self.next = reference.end;
        self.taken = Some(place as u32);
    }
}

fn distance(pair: &Match) -> u64 {
    pair.hyp().start.abs_diff(pair.reference().start) as u64
}

/// Words of the hypothesis that a partial alignment uses, a row of bits for each.
#[derive(Debug, Default)]
struct Rows {
    bits: Vec<u64>,
    width: usize,
}

impl Rows {
    fn new(words: usize, rows: usize) -> Self {
        let width = words.div_ceil(64);
        Self { bits: vec![0; width * rows], width }
    }

    fn uses(&self, row: usize, used: &Match) -> bool {
        let row = &self.bits[row * self.width..][..self.width];
        used.hyp().any(|word| row[word / 64] >> (word % 64) & 1 == 1)
    }

    fn mark(&mut self, row: usize, used: &Match) {
        let row = &mut self.bits[row * self.width..][..self.width];
        for word in used.hyp() {
            row[word / 64] |= 1 << (word % 64);
        }
    }

    fn copy(&mut self, row: usize, from: &Self, from_row: usize) {
        self.bits[row * self.width..][..self.width]
            .copy_from_slice(&from.bits[from_row * self.width..][..self.width]);
    }
}

/// The best alignment of a hypothesis of so many words; the matches are listed by their first words in
/// the reference.
pub(super) fn align(hyp_words: usize, matches: &Matches) -> Alignment {
    let sure = sure_matches(hyp_words, matches);
    let mut search = Search {
        beam: vec![Partial::EMPTY],
        used: Rows::new(hyp_words, BEAM),
        next_used: Rows::new(hyp_words, BEAM),
        chain: Vec::new(),
    };
    let mut candidates = Vec::new();
    let mut ranks = Vec::new();
    for (at, options) in matches.by_word().enumerate() {
        candidates.clear();
        search.extend(at, options, sure[at], &mut candidates);
        search.keep_best(options, &candidates, &mut ranks);
    }
    search.finish()
}

struct Search {
    /// The best first.
    beam: Vec<Partial>,
    /// Used words of each alignment of the beam.
    used: Rows,
    /// The same for the next beam.
    next_used: Rows,
    /// Every match that some kept alignment took, with the link before it.
    chain: Vec<(Option<u32>, Match)>,
}

impl Search {
    /// All ways to go on at a word of the reference.
    fn extend(
        &self,
        at: usize,
        options: &[Match],
        sure: Option<usize>,
        candidates: &mut Vec<Partial>,
    ) {
        for (row, partial) in self.beam.iter().enumerate() {
            let mut partial = Partial { row: row as u32, taken: None, ..*partial };
            // A match of several words reaches beyond this one.
            if partial.next <= at {
                if let Some(place) = sure {
                    partial.take(place, options);
                    partial.distance += distance(&options[place]);
                } else {
                    for (place, option) in options.iter().enumerate() {
                        if !self.used.uses(row, option) {
                            let mut with = partial;
                            with.take(place, options);
                            candidates.push(with);
                            partial.distance += distance(option);
                        }
                    }
                    partial.close_chunk();
                    partial.next = at + 1;
                }
            }
            candidates.push(partial);
        }
    }

    /// Makes the best candidates the beam. Their places are part of the ranks, so that no two are equal
    /// and a quick selection equals a stable sort.
    fn keep_best(&mut self, options: &[Match], candidates: &[Partial], ranks: &mut Vec<u128>) {
        ranks.clear();
        ranks.extend(candidates.iter().enumerate().map(|(place, partial)| partial.rank(place)));
        if ranks.len() > BEAM {
            ranks.select_nth_unstable(BEAM - 1);
            ranks.truncate(BEAM);
        }
        // Where nothing competes they are in order already.
        if !ranks.is_sorted() {
            ranks.sort_unstable();
        }
        self.beam.clear();
        for (row, rank) in ranks.iter().enumerate() {
            let mut partial = candidates[*rank as u32 as usize];
            self.next_used.copy(row, &self.used, partial.row as usize);
            if let Some(place) = partial.taken {
                let option = &options[place as usize];
                self.next_used.mark(row, option);
                self.chain.push((partial.link, *option));
                partial.link = Some(self.chain.len() as u32 - 1);
            }
            self.beam.push(partial);
        }
        std::mem::swap(&mut self.used, &mut self.next_used);
    }

    fn finish(mut self) -> Alignment {
        self.beam.iter_mut().for_each(Partial::close_chunk);
        let ranked = self.beam.iter().enumerate();
        let best = ranked.min_by_key(|(place, partial)| partial.rank(*place));
        let Some((_, best)) = best else {
            return Alignment::default();
        };
        let mut matches = Vec::new();
        let mut link = best.link;
        while let Some(at) = link {
            let (before, option) = self.chain[at as usize];
            matches.push(option);
            link = before;
        }
        matches.reverse();
        Alignment { matches, chunks: u64::from(best.chunks) }
    }
}

/// For each word of the reference the place of the match that begins there, if no other match covers any
/// of its words.
fn sure_matches(hyp_words: usize, matches: &Matches) -> Vec<Option<usize>> {
    let mut hyp_covers = vec![0_u32; hyp_words];
    let mut ref_covers = vec![0_u32; matches.by_word().len()];
    for used in matches.all() {
        for covers in &mut hyp_covers[used.hyp()] {
            *covers += 1;
        }
        for covers in &mut ref_covers[used.reference()] {
            *covers += 1;
        }
    }
    let alone = |used: &Match| {
        hyp_covers[used.hyp()].iter().all(|&covers| covers == 1)
            && ref_covers[used.reference()].iter().all(|&covers| covers == 1)
    };
    matches.by_word().map(|options| options.iter().position(alone)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Matches of equal letters, all of one stage.
    fn letters(hypothesis: &str, reference: &str, stage: MeteorStage) -> Matches {
        let options = reference.char_indices().flat_map(|(ref_start, letter)| {
            let equal = hypothesis.char_indices().filter(move |(_, hyp)| *hyp == letter);
            equal.map(move |(hyp, _)| Match::of_words(stage, hyp, ref_start))
        });
        Matches::new(options.collect(), reference.len())
    }

    fn pairs(hypothesis: &str, reference: &str, stage: MeteorStage) -> (Vec<(usize, usize)>, u64) {
        let alignment = align(hypothesis.len(), &letters(hypothesis, reference, stage));
        let pairs = alignment.matches.iter().map(|used| (used.hyp().start, used.reference().start));
        (pairs.collect(), alignment.chunks)
    }

    #[test]
    fn many_words_count_more_than_few_chunks() {
        let exact = MeteorStage::Exact;
        assert_eq!(pairs("abcd", "abxcd", exact).1, 2);
        assert_eq!(pairs("xbab", "abab", exact), (vec![(1, 1), (2, 2), (3, 3)], 1));
        assert_eq!(pairs("", "ab", exact), (vec![], 0));
        assert_eq!(pairs("ab", "", exact), (vec![], 0));
    }

    #[test]
    fn what_was_seen_of_the_original_holds() {
        let exact = MeteorStage::Exact;
        // The distance of a match counts against the alignments without it.
        assert_eq!(pairs("a", "aaa", exact).0, [(0, 1)]);
        assert_eq!(pairs("xa", "aya", exact).0, [(1, 0)]);
        assert_eq!(pairs("baba", "aayybaa", exact).0, [(3, 0), (0, 4), (1, 5)]);
        // A stem without rivals is taken, one of two is worth nothing by itself.
        assert_eq!(pairs("xa", "ay", MeteorStage::Stem).0, [(1, 0)]);
        assert_eq!(pairs("xaa", "ay", MeteorStage::Stem).0, []);
    }
}
