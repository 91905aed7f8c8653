//! The audit of a split: pictures that stand, nearly alike, in different parts of it.

use super::near_duplicates;
use crate::Result;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use story_pictures::phash::FLAT;

/// A picture in a part of a split.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct HashedPicture {
    /// The part it is in: 0 train, 1 validation, 2 test, or whatever the caller counts.
    pub part: usize,
    /// Index of its story.
    pub story: usize,
    /// Index of its frame in the story.
    pub frame: usize,
    /// Its perceptual hash.
    pub hash: u64,
}

/// Two pictures that look alike and stand in different parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Leak {
    /// Bits in which they differ.
    pub distance: u32,
    /// The one in the lower part.
    pub first: HashedPicture,
    /// The one in the higher part.
    pub second: HashedPicture,
}

/// What two parts have in common.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Leakage {
    /// The lower part and the higher one.
    pub parts: (usize, usize),
    /// Pairs of look-alikes by the bits in which they differ, all of them counted.
    pub pairs: BTreeMap<u32, u64>,
    /// Distinct pictures of the higher part that have a look-alike in the lower one.
    pub pictures: usize,
    /// Distinct stories of the higher part that have such a picture.
    pub stories: usize,
    /// The nearest pairs, at most as many as were asked for.
    pub examples: Vec<Leak>,
}

/// What an audit found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LeakageReport {
    /// The Hamming distance up to which pictures were taken for the same.
    pub threshold: u32,
    /// Pictures compared.
    pub pictures: usize,
    /// Pictures of one colour, which are left out: they are alike and prove nothing.
    pub flat: usize,
    /// Of each two parts with look-alikes, what they have in common; in the order of the parts.
    pub leaks: Vec<Leakage>,
}

impl LeakageReport {
    /// What two parts have in common; `None` where that is nothing.
    pub fn between(&self, lower: usize, higher: usize) -> Option<&Leakage> {
        self.leaks.iter().find(|leak| leak.parts == (lower, higher))
    }
}

/// Looks for pictures that stand, nearly alike, in different parts. Of each two parts at most
/// `max_examples` pairs are listed, nearest first; all are counted.
///
/// Equal hashes are grouped first, so that a title page that a thousand stories share costs no
/// thousand squared.
///
/// # Errors
/// As [`near_duplicates`].
pub fn audit_leakage(
    pictures: &[HashedPicture],
    threshold: u32,
    max_examples: usize,
) -> Result<LeakageReport> {
    let mut groups: BTreeMap<u64, BTreeMap<usize, Vec<HashedPicture>>> = BTreeMap::new();
    for picture in pictures.iter().filter(|picture| picture.hash != FLAT) {
        let parts = groups.entry(picture.hash).or_default();
        parts.entry(picture.part).or_default().push(*picture);
    }
    let hashes: Vec<u64> = groups.keys().copied().collect();
    let groups: Vec<&BTreeMap<usize, Vec<HashedPicture>>> = groups.values().collect();
    let mut meetings: Vec<(u32, usize, usize)> = (0..hashes.len()).map(|i| (0, i, i)).collect();
    let near = near_duplicates(&hashes, threshold)?;
    meetings.extend(near.into_iter().map(|(i, j, distance)| (distance, i, j)));
    meetings.sort_unstable();

    let mut found: BTreeMap<(usize, usize), Meeting> = BTreeMap::new();
    for (distance, i, j) in meetings {
        for (&a, left) in groups[i] {
            for (&b, right) in groups[j] {
                // Within one group each two parts come twice; between two groups once.
                if a == b || (i == j && a > b) {
                    continue;
                }
                let (lower, higher) = if a < b { (left, right) } else { (right, left) };
                let meeting = found.entry((a.min(b), a.max(b))).or_default();
                meeting.add(distance, lower, higher, max_examples);
            }
        }
    }
    let flat = pictures.iter().filter(|p| p.hash == FLAT).count();
    Ok(LeakageReport {
        threshold,
        pictures: pictures.len() - flat,
        flat,
        leaks: found.into_iter().map(|(parts, meeting)| meeting.finish(parts)).collect(),
    })
}

/// The look-alikes of two parts while they are collected.
#[derive(Default)]
struct Meeting {
    leakage: Leakage,
    /// Story and frame of each picture of the higher part that was met.
    met: BTreeSet<(usize, usize)>,
}

impl Meeting {
    fn add(
        &mut self,
        distance: u32,
        lower: &[HashedPicture],
        higher: &[HashedPicture],
        max_examples: usize,
    ) {
        let pairs = lower.len() as u64 * higher.len() as u64;
        *self.leakage.pairs.entry(distance).or_default() += pairs;
        self.met.extend(higher.iter().map(|p| (p.story, p.frame)));
        let room = max_examples.saturating_sub(self.leakage.examples.len());
        let all = lower.iter().flat_map(|first| higher.iter().map(move |second| (*first, *second)));
        let leak = |(first, second)| Leak { distance, first, second };
        self.leakage.examples.extend(all.take(room).map(leak));
    }

    fn finish(mut self, parts: (usize, usize)) -> Leakage {
        self.leakage.parts = parts;
        self.leakage.pictures = self.met.len();
        let stories: BTreeSet<usize> = self.met.into_iter().map(|(story, _)| story).collect();
        self.leakage.stories = stories.len();
        self.leakage
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn picture(part: usize, story: usize, frame: usize, hash: u64) -> HashedPicture {
        HashedPicture { part, story, frame, hash }
    }

    #[test]
    fn the_audit_counts_pairs_pictures_and_stories_across_parts_only() {
        let pictures = [
            picture(0, 0, 0, 0b100),
            picture(0, 1, 0, 0b100),
            picture(0, 2, 0, u64::MAX),
            picture(2, 3, 0, 0b100),
            picture(2, 3, 1, 0b111),
            picture(1, 5, 0, 0xf0f0),
        ];
        let report = audit_leakage(&pictures, 2, 3).expect("a report");
        assert_eq!((report.pictures, report.flat), (6, 0));
        assert_eq!(report.leaks.len(), 1);
        let leakage = report.between(0, 2).expect("look-alikes");
        assert_eq!(leakage.pairs, BTreeMap::from([(0, 2), (2, 2)]));
        assert_eq!((leakage.pictures, leakage.stories), (2, 1));
        let examples: Vec<(u32, usize, usize)> = leakage
            .examples
            .iter()
            .map(|leak| (leak.distance, leak.first.story, leak.second.frame))
            .collect();
        assert_eq!(examples, [(0, 0, 0), (0, 1, 0), (2, 0, 1)]);
        let nearer = audit_leakage(&pictures, 1, 3).expect("a report");
        assert_eq!(nearer.leaks[0].pairs, BTreeMap::from([(0, 2)]));
    }

    #[test]
    fn pictures_of_one_colour_prove_nothing() {
        let pictures = [picture(0, 0, 0, FLAT), picture(2, 1, 0, FLAT)];
        let report = audit_leakage(&pictures, 4, 3).expect("a report");
        assert_eq!((report.pictures, report.flat), (0, 2));
        assert!(report.leaks.is_empty());
    }

    #[test]
    fn the_lower_part_comes_first_whatever_the_order_of_the_hashes() {
        // The picture of the higher part has the smaller hash.
        let pictures = [picture(2, 7, 0, 0b01), picture(0, 1, 0, 0b11)];
        let report = audit_leakage(&pictures, 1, 1).expect("a report");
        let leak = report.leaks[0].examples[0];
        assert_eq!((leak.first.story, leak.second.story), (1, 7));
    }
}
