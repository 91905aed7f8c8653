//! Windows that two runs were both asked, merged into one record each, so that the score tables
//! compare the runs as they compare a model with a baseline.

use crate::evaluation::MODEL;
use crate::records::{Pool, RankRecord, TokenRecord, WindowRecord};
use std::collections::{BTreeMap, BTreeSet};

/// Name of the run that the other one is compared with.
pub(crate) const OTHER: &str = "other";

/// Pairs of windows, the first run's and the second's.
pub(crate) struct Pairs<'a> {
    pairs: Vec<(&'a WindowRecord, &'a WindowRecord)>,
    notes: BTreeSet<String>,
}

impl<'a> Pairs<'a> {
    /// Windows of the same story and target; those whose references differ are not the same
    /// question, and are left out.
    pub fn of(first: &'a [WindowRecord], second: &'a [WindowRecord]) -> Self {
        let key = |window: &'a WindowRecord| (window.story.as_str(), window.target);
        let by_key: BTreeMap<(&str, usize), &WindowRecord> =
            second.iter().map(|window| (key(window), window)).collect();
        let mut notes = BTreeSet::new();
        let mut seen = BTreeSet::new();
        let (mut pairs, mut differ) = (Vec::new(), 0);
        for window in first {
            let Some(other) = by_key.get(&key(window)) else {
                continue;
            };
            if window.reference != other.reference {
                differ += 1;
            } else if seen.insert(key(window)) {
                pairs.push((window, *other));
            }
        }
        if differ > 0 {
            notes.insert(format!(
                "{differ} windows have another reference in the second run and were left out"
            ));
        }
        for (which, windows) in [("first", first), ("second", second)] {
            let keys: BTreeSet<_> = windows.iter().map(key).collect();
            match keys.len().saturating_sub(pairs.len() + differ) {
                0 => {}
                n => {
                    notes.insert(format!("{n} windows are in the {which} run only"));
                }
            }
        }
        Self { pairs, notes }
    }

    pub fn is_empty(&self) -> bool {
        self.pairs.is_empty()
    }

    pub fn len(&self) -> usize {
        self.pairs.len()
    }

    /// Stories of the pairs.
    pub fn stories(&self) -> usize {
        let stories = self.pairs.iter().map(|(window, _)| window.story.as_str());
        stories.collect::<BTreeSet<_>>().len()
    }

    /// What was left out, in order.
    pub fn notes(&self) -> Vec<String> {
        self.notes.iter().cloned().collect()
    }

    /// Merged records of one system: the second run's answers as the model's, the first's as
    /// [`OTHER`]. What cannot be compared is left out and noted: an output that one run lacks,
    /// tokens of other tokenizers (what they say of the text stays), ranks in pools of other sizes.
    pub fn windows(&mut self, system: &str) -> Vec<WindowRecord> {
        let mut windows: Vec<WindowRecord> = self
            .pairs
            .iter()
            .map(|(window, _)| WindowRecord {
                story: window.story.clone(),
                target: window.target,
                // What is copied of it, and what is recalled beyond it.
                context: window.context.clone(),
                reference: window.reference.clone(),
                channels: window.channels,
                ..WindowRecord::default()
            })
            .collect();
        let size = |rank: &RankRecord| rank.pool;
        let texts = self.merged(system, "texts", |w| Some(&w.texts), |_| 0);
        let tokens = self.merged_tokens(system);
        let pictures = self.merged(system, "pictures", |w| Some(&w.pictures), |_| 0);
        let next_frame = self.merged(system, "next frames", |w| Some(&w.next_frame), size);
        let next_text = self.merged(system, "next texts", |w| Some(&w.next_text), size);
        let to_text = self.merged(system, "texts of a picture", |w| Some(&w.image_to_text), size);
        let to_image = self.merged(system, "pictures of a text", |w| Some(&w.text_to_image), size);
        let told = self.merged(system, "pictures of a told text", |w| Some(&w.told_to_image), size);
        let painted =
            self.merged(system, "texts of a painted picture", |w| Some(&w.painted_to_text), size);
        fill(&mut windows, texts, |w| &mut w.texts);
        fill(&mut windows, tokens, |w| &mut w.tokens);
        fill(&mut windows, pictures, |w| &mut w.pictures);
        fill(&mut windows, next_frame, |w| &mut w.next_frame);
        fill(&mut windows, next_text, |w| &mut w.next_text);
        fill(&mut windows, to_text, |w| &mut w.image_to_text);
        fill(&mut windows, to_image, |w| &mut w.text_to_image);
        fill(&mut windows, told, |w| &mut w.told_to_image);
        fill(&mut windows, painted, |w| &mut w.painted_to_text);
        let pools: BTreeSet<&Pool> =
            self.pairs.iter().flat_map(|(w, _)| w.next_frame_pools.keys()).collect();
        for pool in pools {
            let ranks = self.merged(system, pool.name(), |w| w.next_frame_pools.get(pool), size);
            fill(&mut windows, ranks, |w| w.next_frame_pools.entry(pool.clone()).or_default());
        }
        windows
    }

    /// Teacher-forced counts of both runs by window. Where the tokenizers split otherwise, all that
    /// is counted a token goes, and what is counted a word or a character stays.
    fn merged_tokens(&mut self, system: &str) -> Vec<BTreeMap<String, TokenRecord>> {
        let counts = |window: &WindowRecord| window.tokens.get(system).map(|token| token.count);
        let differ = self.pairs.iter().any(|(first, second)| {
            matches!((counts(first), counts(second)), (Some(first), Some(second)) if first != second)
        });
        let told =
            |window: &WindowRecord| window.tokens.get(system).is_some_and(|t| t.text.is_some());
        let told = self.pairs.iter().any(|(first, second)| told(first) && told(second));
        if !(differ && told) {
            return self.merged(system, "tokens", |w| Some(&w.tokens), |token| token.count);
        }
        self.notes.insert(format!(
            "{system}, tokens: not compared, their sizes differ, so the scores would not mean the \
             same; by word and character they are"
        ));
        let mut merged = self.merged(system, "tokens", |w| Some(&w.tokens), |_| 0);
        for token in merged.iter_mut().flat_map(BTreeMap::values_mut) {
            *token = TokenRecord { text: token.text, ..TokenRecord::default() };
        }
        merged
    }

    /// Both runs' answers by window; empty where they cannot be compared. Answers of which `size`
    /// differs are not answers to the same question.
    fn merged<T: Clone + 'a>(
        &mut self,
        system: &str,
        what: &str,
        answers: impl Fn(&'a WindowRecord) -> Option<&'a BTreeMap<String, T>>,
        size: impl Fn(&T) -> u64,
    ) -> Vec<BTreeMap<String, T>> {
        let answer = |window| answers(window).and_then(|answers| answers.get(system));
        let both: Vec<[Option<&T>; 2]> =
            self.pairs.iter().map(|(first, second)| [answer(first), answer(second)]).collect();
        let has = |run: usize| both.iter().any(|pair| pair[run].is_some());
        let reason = match (has(0), has(1)) {
            (false, false) => return Vec::new(),
            (true, false) => Some("the second run has none"),
            (false, true) => Some("the first run has none"),
            (true, true) => {
                let differs = |pair: &[Option<&T>; 2]| match pair {
                    [Some(first), Some(second)] => size(first) != size(second),
                    _ => false,
                };
                both.iter()
                    .any(differs)
                    .then_some("their sizes differ, so the scores would not mean the same")
            }
        };
        if let Some(reason) = reason {
            self.notes.insert(format!("{system}, {what}: not compared, {reason}"));
            return Vec::new();
        }
        both.into_iter()
            .map(|[first, second]| {
                let named = [(OTHER, first), (MODEL, second)];
                let named = named.into_iter();
                named
                    .filter_map(|(name, answer)| Some((name.to_string(), answer?.clone())))
                    .collect()
            })
            .collect()
    }
}

fn fill<T>(
    windows: &mut [WindowRecord],
    merged: Vec<BTreeMap<String, T>>,
    place: impl Fn(&mut WindowRecord) -> &mut BTreeMap<String, T>,
) {
    for (window, answers) in windows.iter_mut().zip(merged) {
        *place(window) = answers;
    }
}
