//! Splits: which stories train, which validate, which test. Always by whole stories.
//!
//! Stories are put into natural order of their ids first (`2` before `10`), so that a split
//! depends on the set of ids and not on the order of reading. Ids of StoryReasoning run over
//! (film, scene): neighbours come from one film, so only `blocks` keeps films apart, and
//! [`audit_leakage`](crate::phash::audit_leakage) checks what any split lets through.

use crate::source::Split;
use crate::{Error, Result};
use rand::RngCore;
use serde::{Deserialize, Serialize};
use std::cmp::Ordering;
use story_core::rng;

/// How stories are parted. Fractions are of the stories that the rule parts.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub enum SplitConfig {
    /// Train and test as the source has them; validation is a seeded choice of train's stories.
    Official {
        /// Fraction of the train stories, in `[0, 1)`.
        validation: f64,
    },
    /// A seeded shuffle of all stories; what is left of the fractions trains.
    Story {
        /// Fraction of all stories, in `[0, 1)`.
        validation: f64,
        /// Fraction of all stories, in `[0, 1)`.
        test: f64,
    },
    /// Three contiguous blocks of ids in natural order: train, validation, test. Stories in the
    /// gaps are dropped, because a film can straddle a border.
    Blocks {
        /// Fraction of all stories, in `[0, 1)`.
        validation: f64,
        /// Fraction of all stories, in `[0, 1)`.
        test: f64,
        /// Stories dropped at each border.
        gap: usize,
    },
}

/// One story, as a split sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Member<'a> {
    /// The story's id.
    pub id: &'a str,
    /// The part that its source puts it in; `None` where the source has no parts.
    pub official: Option<Split>,
}

/// Indices into the members: three disjoint lists and what was dropped, each in natural order
/// of the ids.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct SplitIndices {
    /// Stories to learn from.
    pub train: Vec<usize>,
    /// Stories to choose hyper-parameters and the stopping time with.
    pub validation: Vec<usize>,
    /// Stories to report on.
    pub test: Vec<usize>,
    /// Stories in the gaps of `blocks`.
    pub dropped: Vec<usize>,
}

/// Parts `members` as `config` says; the same set of ids and the same seed give the same parts.
///
/// A fraction above 0 gives at least one story.
///
/// # Errors
/// [`Error::Config`] for fractions outside `[0, 1)`, too few stories, or `official` on a source
/// without parts; [`Error::Data`] if an id occurs twice, since one story would then stand on both
/// sides of a border.
pub fn split(config: SplitConfig, members: &[Member<'_>], seed: u64) -> Result<SplitIndices> {
    let order = natural_order(members)?;
    match config {
        SplitConfig::Official { validation } => official(members, order, validation, seed),
        SplitConfig::Story { validation, test } => {
            let sizes = Sizes::new(order.len(), validation, test, 0)?;
            let mut shuffled = order;
            shuffle(&mut shuffled, seed, "split/story");
            let rest = shuffled.split_off(sizes.train);
            let (validation, test) = rest.split_at(sizes.validation);
            Ok(sorted(members, shuffled, validation.to_vec(), test.to_vec()))
        }
        SplitConfig::Blocks { validation, test, gap } => {
            Ok(blocks(&order, &Sizes::new(order.len(), validation, test, gap)?))
        }
    }
}

/// A stable 64-bit hash of who is where, as 16 hexadecimal digits, to be written into results:
/// FNV-1a over each part's name and its ids, each id preceded by its length in bytes
/// (`train 2:10 2:11 validation 1:7 ...`), in the lists' order.
pub fn split_hash(members: &[Member<'_>], indices: &SplitIndices) -> String {
    let mut text = String::new();
    let parts =
        [("train", &indices.train), ("validation", &indices.validation), ("test", &indices.test)];
    for (name, list) in parts {
        text.push_str(name);
        for id in list.iter().filter_map(|&index| members.get(index)) {
            text.push_str(&format!(" {}:{}", id.id.len(), id.id));
        }
        text.push(' ');
    }
    format!("{:016x}", rng::hash(&text))
}

/// Natural order: runs of digits compare as numbers, everything else by character; ties (`1`,
/// `01`) by the plain text, so that the order is total.
pub fn natural_compare(a: &str, b: &str) -> Ordering {
    let (mut left, mut right) = (a, b);
    while let (Some(x), Some(y)) = (left.chars().next(), right.chars().next()) {
        let ordering = if x.is_ascii_digit() && y.is_ascii_digit() {
            let (m, n) = (take_number(&mut left), take_number(&mut right));
            m.len().cmp(&n.len()).then_with(|| m.cmp(n))
        } else {
            left = &left[x.len_utf8()..];
            right = &right[y.len_utf8()..];
            x.cmp(&y)
        };
        if ordering.is_ne() {
            return ordering;
        }
    }
    left.len().cmp(&right.len()).then_with(|| a.cmp(b))
}

/// Cuts the leading digits off `text` and gives them without leading zeros.
fn take_number<'a>(text: &mut &'a str) -> &'a str {
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (digits, rest) = text.split_at(end);
    *text = rest;
    digits.trim_start_matches('0')
}

fn natural_order(members: &[Member<'_>]) -> Result<Vec<usize>> {
    let mut order: Vec<usize> = (0..members.len()).collect();
    order.sort_by(|&a, &b| natural_compare(members[a].id, members[b].id));
    for pair in order.windows(2) {
        if members[pair[0]].id == members[pair[1]].id {
            let error = Error::data(
                "split",
                "every story once",
                "the same id twice",
                "remove the copy, or read each file once",
            );
            return Err(error.in_record(members[pair[0]].id).at("story_id"));
        }
    }
    Ok(order)
}

fn official(
    members: &[Member<'_>],
    order: Vec<usize>,
    validation: f64,
    seed: u64,
) -> Result<SplitIndices> {
    if let Some(member) = members.iter().find(|member| member.official.is_none()) {
        return Err(Error::Config(format!(
            "split.kind = \"official\", but the source of story `{}` has no train and test parts; \
             use \"story\" or \"blocks\"",
            member.id
        )));
    }
    let (mut train, test): (Vec<usize>, Vec<usize>) =
        order.into_iter().partition(|&index| members[index].official == Some(Split::Train));
    let sizes = Sizes::new(train.len(), validation, 0.0, 0)?;
    shuffle(&mut train, seed, "split/official");
    let validation = train.split_off(sizes.train);
    Ok(sorted(members, train, validation, test))
}

fn blocks(order: &[usize], sizes: &Sizes) -> SplitIndices {
    let mut out = SplitIndices::default();
    let mut rest = order;
    let mut take = |count: usize| {
        let (head, tail) = rest.split_at(count.min(rest.len()));
        rest = tail;
        head.to_vec()
    };
    out.train = take(sizes.train);
    if sizes.validation > 0 {
        out.dropped.extend(take(sizes.gap));
        out.validation = take(sizes.validation);
    }
    if sizes.test > 0 {
        out.dropped.extend(take(sizes.gap));
        out.test = take(sizes.test);
    }
    out
}

/// Stories in each part.
struct Sizes {
    train: usize,
    validation: usize,
    test: usize,
    gap: usize,
}

impl Sizes {
    fn new(stories: usize, validation: f64, test: f64, gap: usize) -> Result<Self> {
        for (key, fraction) in [("validation", validation), ("test", test)] {
            if !(0.0..1.0).contains(&fraction) {
                return Err(Error::Config(format!(
                    "split.{key} is {fraction}; expected a fraction from 0 to below 1"
                )));
            }
        }
        let part = |fraction: f64| match fraction {
            0.0 => 0,
            _ => ((stories as f64 * fraction).round() as usize).max(1),
        };
        let (validation, test) = (part(validation), part(test));
        let borders = usize::from(validation > 0) + usize::from(test > 0);
        let taken = gap.saturating_mul(borders).saturating_add(validation).saturating_add(test);
        match stories.checked_sub(taken) {
            Some(train) if train > 0 => Ok(Self { train, validation, test, gap }),
            _ => Err(Error::Config(format!(
                "split: {stories} stories cannot give {validation} for validation and {test} for \
                 test with gaps of {gap} and leave one to train on; take more stories, smaller \
                 fractions or a smaller gap"
            ))),
        }
    }
}

/// Fisher-Yates by the run's seed, with the multiply-shift draw written out, so that the order
/// does not depend on the release of a random-number crate.
pub(crate) fn shuffle(items: &mut [usize], seed: u64, name: &str) {
    let mut random = rng::rng(seed, name);
    for last in (1..items.len()).rev() {
        let draw = (u128::from(random.next_u64()) * (last as u128 + 1)) >> 64;
        items.swap(last, draw as usize);
    }
}

fn sorted(
    members: &[Member<'_>],
    train: Vec<usize>,
    validation: Vec<usize>,
    test: Vec<usize>,
) -> SplitIndices {
    let sort = |mut list: Vec<usize>| {
        list.sort_by(|&a, &b| natural_compare(members[a].id, members[b].id));
        list
    };
    SplitIndices {
        train: sort(train),
        validation: sort(validation),
        test: sort(test),
        dropped: Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_compare_as_numbers() {
        let mut ids = vec!["10", "9", "a2", "a10", "1", "01", "", "a", "a2b", "é1"];
        ids.sort_by(|a, b| natural_compare(a, b));
        assert_eq!(ids, ["", "01", "1", "9", "10", "a", "a2", "a2b", "a10", "é1"]);
        let huge = ["99999999999999999999999", "100000000000000000000000"];
        assert_eq!(natural_compare(huge[0], huge[1]), Ordering::Less);
    }

    #[test]
    fn the_shuffle_is_a_permutation_and_fixed() {
        let mut items: Vec<usize> = (0..10).collect();
        shuffle(&mut items, 7, "test");
        let mut back = items.clone();
        back.sort_unstable();
        assert_eq!(back, (0..10).collect::<Vec<_>>());
        let mut again: Vec<usize> = (0..10).collect();
        shuffle(&mut again, 7, "test");
        assert_eq!(items, again);
        shuffle(&mut again, 8, "test");
        assert_ne!(items, again);
    }

    #[test]
    fn unknown_keys_are_refused() {
        let good = r#"{"kind": "blocks", "validation": 0.1, "test": 0.2, "gap": 3}"#;
        assert!(serde_json::from_str::<SplitConfig>(good).is_ok());
        let bad = r#"{"kind": "official", "validation": 0.1, "gap": 3}"#;
        let error = serde_json::from_str::<SplitConfig>(bad).expect_err("unknown key");
        assert!(error.to_string().contains("gap"), "{error}");
    }
}
