//! A picture as the signals see it: boxes with what their labels mean, and how sure the detector is
//! of each category's best box, however faint.

use super::KnownThings;
use crate::Detection;
use story_core::BoundingBox;
use story_language::{COCO_CATEGORIES, Color, Concept};
use story_pictures::Picture;

/// What was found in one picture.
pub struct Seen<'a> {
    detections: &'a [Detection],
    concepts: Vec<Vec<Concept>>,
    /// By COCO's categories the best score of any box; empty where nobody says.
    best: &'a [f32],
    /// From this score on a box is shown; fainter ones are counted alone.
    least: f32,
    /// What the detector could have found.
    pub known: &'a KnownThings,
    /// The pixels, for colours.
    pub picture: Option<&'a Picture>,
    size: (u32, u32),
}

impl<'a> Seen<'a> {
    /// `concepts` are what the labels of `detections` mean, in their order; missing ones mean
    /// nothing. `size` is the picture's width and height in pixels.
    pub fn new(
        detections: &'a [Detection],
        mut concepts: Vec<Vec<Concept>>,
        known: &'a KnownThings,
        picture: Option<&'a Picture>,
        size: (u32, u32),
    ) -> Self {
        concepts.resize(detections.len(), Vec::new());
        Self { detections, concepts, best: &[], least: 0.0, known, picture, size }
    }

    /// The same with each category's `best` score, and with boxes below `least` for counting alone.
    pub fn with_faint(mut self, best: &'a [f32], least: f32) -> Self {
        (self.best, self.least) = (best, least);
        self
    }

    /// Indices of the detections that such a thing may be, the surest first. Those without an area
    /// inside of the picture, or with a score that is no number, are none; nor are faint ones.
    pub fn fitting(&self, concept: &Concept) -> Vec<usize> {
        let mut found = self.faint(concept);
        found.retain(|&index| self.detections[index].score >= self.least);
        found
    }

    /// The same with the faint ones.
    pub fn faint(&self, concept: &Concept) -> Vec<usize> {
        let mut found: Vec<usize> = (0..self.detections.len())
            .filter(|&index| concept.fits(&self.concepts[index]))
            .filter(|&index| !self.score(index).is_nan() && self.place(index).is_some())
            .collect();
        found.sort_by(|a, b| self.score(*b).total_cmp(&self.score(*a)).then(a.cmp(b)));
        found
    }

    /// Which detections are different things, the surest first: boxes of different labels that all but
    /// coincide are one thing under two names, which a detector's suppression, within a label, leaves.
    pub fn distinct(&self, concept: &Concept) -> Vec<usize> {
        /// From this intersection over union on.
        const SAME: f32 = 0.7;
        let mut things: Vec<usize> = Vec::new();
        for index in self.faint(concept) {
            let twice = |&other: &usize| match (self.place(index), self.place(other)) {
                (Some(a), Some(b)) => self.label(index) != self.label(other) && a.iou(&b) >= SAME,
                _ => false,
            };
            if !things.iter().any(twice) {
                things.push(index);
            }
        }
        things
    }

    /// How sure the detector is that such a thing is somewhere, 0..1, by all of its boxes.
    pub fn presence(&self, concept: &Concept) -> f64 {
        let boxed = self.faint(concept).first().map_or(0.0, |&index| self.score(index));
        let fits = |(category, _): &(usize, &f32)| {
            *category < COCO_CATEGORIES.len()
                && concept.fits(&[Concept::Categories(vec![*category])])
        };
        let raw = self.best.iter().enumerate().filter(fits).map(|(_, score)| f64::from(*score));
        raw.filter(|score| !score.is_nan()).fold(boxed, f64::max).clamp(0.0, 1.0)
    }

    /// Of these categories, how sure the detector is of the surest, 0..1; `None` where nobody says.
    pub fn category_presence(&self, categories: &[usize]) -> Option<f64> {
        let scores = categories.iter().filter_map(|category| self.best.get(*category));
        scores.copied().filter(|score| !score.is_nan()).map(f64::from).reduce(f64::max)
    }

    /// Share of a box's middle that is of a colour, that of the commonest other one, and which that is.
    pub fn shares(&self, index: usize, color: Color) -> Option<super::color::Shares> {
        super::color::shares(self.picture?, &self.place(index)?, color)
    }

    /// What a detection was found to be, in the detector's words.
    pub fn label(&self, index: usize) -> &str {
        &self.detections[index].label
    }

    /// How sure a detection is, 0..1.
    pub fn score(&self, index: usize) -> f64 {
        f64::from(self.detections[index].score).clamp(0.0, 1.0)
    }

    /// The part of a detection's box inside of the picture; `None` where there is none.
    pub fn place(&self, index: usize) -> Option<BoundingBox> {
        let (width, height) = self.size;
        let place = self.detections[index].bounding_box.clamp(width, height);
        (place.area() > 0.0).then_some(place)
    }
}

/// How far a score bears out that something is there, 0..1: its logit, from `none` (0) to `full` (1).
/// Detectors' scores spread over many orders of magnitude: .001 says that nothing is there, .02 that
/// something may be, and above one half all is said.
pub fn borne_out(score: f64, [none, full]: [f64; 2]) -> f64 {
    let logit = (score / (1.0 - score)).ln();
    ((logit - none) / (full - none)).clamp(0.0, 1.0)
}

#[cfg(test)]
mod tests {
    use super::super::testing::detection;
    use super::*;

    #[test]
    fn scores_are_told_by_their_logits() {
        let of = |score| borne_out(score, [-4.5, 0.0]);
        assert_eq!([of(0.0), of(0.01), of(0.5), of(1.0)], [0.0, 0.0, 1.0, 1.0]);
        assert!((of(0.1) - 0.511_7).abs() < 1e-3);
    }

    #[test]
    fn faint_boxes_count_and_are_not_shown() {
        let boxes = [
            detection("dog", 0.9, [0.0, 0.0, 9.0, 9.0]),
            detection("dog", 0.05, [20.0, 0.0, 29.0, 9.0]),
        ];
        let dog = Concept::Categories(vec![16]);
        let concepts = vec![vec![dog.clone()]; 2];
        let mut best = vec![0.0f32; 80];
        (best[15], best[16]) = (0.03, f32::NAN);
        let seen = Seen::new(&boxes, concepts, &KnownThings::Coco, None, (50, 50));
        let seen = seen.with_faint(&best, 0.1);
        assert_eq!((seen.fitting(&dog), seen.distinct(&dog)), (vec![0], vec![0, 1]));
        let close = |a: f64, b: f64| (a - b).abs() < 1e-6;
        assert!(close(seen.presence(&dog), 0.9), "a score that is none is passed over");
        assert!(close(seen.presence(&Concept::Categories(vec![15])), 0.03));
        assert!(close(seen.category_presence(&[15, 3]).expect("known"), 0.03));
        assert_eq!(seen.presence(&Concept::Word("sea".into())), 0.0);
        let silent = Seen::new(&[], Vec::new(), &KnownThings::Coco, None, (9, 9));
        assert_eq!(silent.category_presence(&[3]), None);
    }
}
