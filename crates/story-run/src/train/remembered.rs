//! The pictures that a painter remembers: the mean of the training targets, and the means of groups of
//! them that look alike, found by k-means (Lloyd 1982; Arthur and Vassilvitskii 2007) over thumbnails.

use crate::corpus::Corpus;
use crate::error::Result;
use crate::network::Network;
use crate::pictures::{MeanPicture, to_lists};
use candle_core::Tensor;
use rand::Rng;
use rayon::prelude::*;
use story_core::rng;
use story_data::collate::Collator;
use story_data::window::StoryWindow;

/// Targets at most that are grouped.
const TARGETS: usize = 1024;
/// Height and width of a thumbnail.
const THUMBNAIL: usize = 14;
/// Turns of k-means at most; ten to twenty bring it to rest.
const TURNS: usize = 20;

/// Sets what the network's painter remembers. A checkpoint that is resumed brings its own.
///
/// # Errors
/// A picture that does not decode, unless the config skips those.
pub fn set(network: &Network, corpus: &Corpus, collator: &Collator) -> Result<()> {
    let count = network.model.remembers(&network.store);
    if count == 0 || network.config.objective.image_weight == 0.0 {
        return Ok(());
    }
    let side = network.config.data.target_size;
    let each = corpus.train.len().div_ceil(TARGETS).max(1);
    let windows: Vec<_> = corpus.train.iter().step_by(each).cloned().collect();
    let targets = Targets { network, corpus, collator, windows };
    let mut thumbnails = Vec::new();
    targets.each(|picture| thumbnails.push(thumbnail(picture, side)))?;
    if thumbnails.is_empty() {
        return Ok(());
    }
    let groups = groups(&thumbnails, count - 1, network.config.seed);
    // Twice through the targets, which the collator keeps as bytes: as numbers they are large.
    let (mut all, mut means) = (MeanPicture::default(), Vec::new());
    means.resize_with(count - 1, MeanPicture::default);
    let mut of = groups.into_iter();
    targets.each(|picture| {
        all.add(picture);
        if let Some(mean) = of.next().and_then(|group| means.get_mut(group)) {
            mean.add(picture);
        }
    })?;
    let all = all.mean().unwrap_or_default();
    // Fewer targets than groups: the rest remember them all.
    let means = means.iter().map(|mean| mean.mean().unwrap_or_else(|| all.clone()));
    let pictures: Vec<f32> = [all.clone()].into_iter().chain(means).flatten().collect();
    let pictures = Tensor::from_vec(pictures, (count, 3, side, side), &network.device)?;
    Ok(network.model.remember(&network.store, &pictures)?)
}

/// Training targets, spread over the corpus.
struct Targets<'a> {
    network: &'a Network,
    corpus: &'a Corpus,
    collator: &'a Collator,
    windows: Vec<StoryWindow>,
}

impl Targets<'_> {
    /// Shows each one's picture, `(3, H, W)`, in order; those without one are left out.
    fn each(&self, mut show: impl FnMut(&[f32])) -> Result<()> {
        for windows in self.windows.chunks(self.network.config.train.batch_size.max(1)) {
            let batch = self.collator.collate(&self.corpus.stories, windows)?;
            let known = batch.target_image_mask.to_vec1::<f32>()?;
            for (picture, known) in to_lists(&batch.target_image)?.iter().zip(known) {
                if known > 0.0 {
                    show(picture);
                }
            }
        }
        Ok(())
    }
}

/// Means of the places of a picture of `side` pixels.
fn thumbnail(picture: &[f32], side: usize) -> Vec<f32> {
    let small = THUMBNAIL.min(side);
    let mut sums = vec![(0.0f32, 0.0f32); 3 * small * small];
    for (at, value) in picture.iter().enumerate() {
        let (color, y, x) = (at / (side * side), at / side % side, at % side);
        let place = (color * small + y * small / side) * small + x * small / side;
        sums[place].0 += value;
        sums[place].1 += 1.0;
    }
    sums.into_iter().map(|(sum, count)| sum / count).collect()
}

/// The group of each row, 0 to `count - 1`, by k-means from rows that are drawn far apart.
fn groups(rows: &[Vec<f32>], count: usize, seed: u64) -> Vec<usize> {
    if count == 0 || rows.is_empty() {
        return vec![0; rows.len()];
    }
    let mut rng = rng::rng(seed, "train/remembered");
    let mut centres = vec![rows[rng.random_range(0..rows.len())].clone()];
    let mut nearest: Vec<f64> = vec![f64::INFINITY; rows.len()];
    while centres.len() < count {
        let newest = centres.last().expect("invariant: there is one");
        for (nearest, row) in nearest.iter_mut().zip(rows) {
            *nearest = nearest.min(distance(row, newest));
        }
        let all: f64 = nearest.iter().sum();
        let mut left = rng.random::<f64>() * all;
        let drawn = nearest.iter().position(|nearest| {
            left -= nearest;
            left < 0.0
        });
        // Every row is a centre already.
        let Some(drawn) = drawn else { break };
        centres.push(rows[drawn].clone());
    }
    let mut groups = vec![usize::MAX; rows.len()];
    for _ in 0..TURNS {
        let now: Vec<usize> = rows.par_iter().map(|row| closest(row, &centres)).collect();
        if now == groups {
            break;
        }
        groups = now;
        for (group, centre) in centres.iter_mut().enumerate() {
            let mut mean = MeanPicture::default();
            let own = rows.iter().zip(&groups).filter(|(_, of)| **of == group);
            own.for_each(|(row, _)| mean.add(row));
            *centre = mean.mean().unwrap_or_else(|| centre.clone());
        }
    }
    groups
}

fn closest(row: &[f32], centres: &[Vec<f32>]) -> usize {
    let mut best = (f64::INFINITY, 0);
    for (place, centre) in centres.iter().enumerate() {
        let distance = distance(row, centre);
        if distance < best.0 {
            best = (distance, place);
        }
    }
    best.1
}

fn distance(a: &[f32], b: &[f32]) -> f64 {
    a.iter().zip(b).map(|(a, b)| f64::from((a - b) * (a - b))).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_that_are_alike_are_of_one_group() {
        let rows: Vec<Vec<f32>> =
            (0..30).map(|i| vec![(i % 3) as f32 * 10.0 + (i / 3) as f32 * 0.1, 1.0]).collect();
        let found = groups(&rows, 3, 5);
        for i in 0..30 {
            for j in 0..30 {
                assert_eq!(found[i] == found[j], i % 3 == j % 3, "{i} {j}");
            }
        }
        assert_eq!(found, groups(&rows, 3, 5));
        // More groups than different rows, one group, none, and nothing to group.
        assert!(groups(&rows[..2], 9, 5).iter().all(|group| *group < 9));
        assert!(groups(&rows, 1, 5).iter().all(|group| *group == 0));
        assert_eq!(groups(&rows, 0, 5).len(), 30);
        assert!(groups(&[], 3, 5).is_empty());
    }

    #[test]
    fn a_thumbnail_holds_the_means_of_its_places() {
        let side = 28;
        let picture: Vec<f32> = (0..3 * side * side).map(|at| (at % side) as f32).collect();
        let found = thumbnail(&picture, side);
        assert_eq!(found.len(), 3 * THUMBNAIL * THUMBNAIL);
        assert_eq!((found[0], found[1], found[THUMBNAIL]), (0.5, 2.5, 0.5));
        assert_eq!(thumbnail(&[0.25; 12], 2), [0.25; 12]);
    }
}
