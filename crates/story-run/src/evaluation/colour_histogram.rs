//! The simplest rival of every picture encoder: which colours a picture has, without anything learned.
//!
//! Each pixel falls into one of 4 x 4 x 4 bins of hue, saturation and value (Smith 1978, "Color Gamut
//! Transform Pairs"). Two pictures are alike by the Bhattacharyya coefficient of their shares (Aherne,
//! Thacker and Rockett 1998, "The Bhattacharyya metric as an absolute similarity measure for frequency
//! coded data"), the sum over bins of the root of the product, 0..=1: the dot product of the roots.

use super::evaluator::Evaluator;
use rayon::prelude::*;
use std::collections::BTreeMap;
use story_data::window::StoryWindow;
use story_pictures::Picture;

/// Bins of each of hue, saturation and value.
const SIDE: usize = 4;
/// Bins of all three.
const BINS: usize = SIDE * SIDE * SIDE;
/// Height and width at which pixels are counted: enough for shares.
const COUNTED: usize = 64;

/// Roots of the bins' shares; their squares sum to 1.
type Histogram = [f32; BINS];

/// What a window's context is like, against every target: two ways to ask.
pub struct ByColour {
    /// Likeness to the mean of the context's roots, one row a window, one column a target.
    pub to_mean: Vec<Vec<f32>>,
    /// Likeness to the nearest of the context's pictures.
    pub to_nearest: Vec<Vec<f32>>,
}

impl ByColour {
    /// Compares every window's context with the targets of all windows. A picture that is not there is
    /// like none.
    pub fn of(evaluator: &Evaluator, windows: &[StoryWindow]) -> Self {
        let mut frames: Vec<(usize, usize)> = windows
            .iter()
            .flat_map(|window| {
                let shown = window.context.iter().filter(|slot| !slot.padding);
                let frames = shown.map(|slot| slot.frame).chain([window.target]);
                frames.map(|frame| (window.story, frame))
            })
            .collect();
        frames.sort_unstable();
        frames.dedup();
        let count = |&(story, frame): &(usize, usize)| {
            let picture = evaluator.decoded(story, frame)?;
            let square = picture.square(COUNTED, evaluator.config().data.picture.fit).ok()?;
            Some(((story, frame), histogram(&square)))
        };
        let known: BTreeMap<(usize, usize), Histogram> =
            frames.par_iter().filter_map(count).collect();
        let targets: Vec<Option<&Histogram>> =
            windows.iter().map(|window| known.get(&(window.story, window.target))).collect();
        let (to_mean, to_nearest) = windows
            .par_iter()
            .map(|window| {
                let shown = window.context.iter().filter(|slot| !slot.padding);
                let shown: Vec<&Histogram> =
                    shown.filter_map(|slot| known.get(&(window.story, slot.frame))).collect();
                let mean = mean(&shown);
                let like = |test: &dyn Fn(&Histogram) -> f32| -> Vec<f32> {
                    targets.iter().map(|target| target.map_or(0.0, test)).collect()
                };
                let nearest = |target: &Histogram| {
                    shown.iter().map(|one| likeness(one, target)).fold(0.0, f32::max)
                };
                (like(&|target| likeness(&mean, target)), like(&nearest))
            })
            .unzip();
        Self { to_mean, to_nearest }
    }
}

/// The roots of the shares of a picture's bins.
fn histogram(picture: &Picture) -> Histogram {
    let mut counts = [0_u32; BINS];
    for pixel in picture.rgb().chunks_exact(3) {
        counts[bin([pixel[0], pixel[1], pixel[2]])] += 1;
    }
    let all: u32 = counts.iter().sum();
    counts.map(|count| (count as f32 / all.max(1) as f32).sqrt())
}

/// The bin of an sRGB pixel.
fn bin(rgb: [u8; 3]) -> usize {
    let [red, green, blue] = rgb.map(|value| f32::from(value) / 255.0);
    let (high, low) = (red.max(green).max(blue), red.min(green).min(blue));
    let chroma = high - low;
    let saturation = if high > 0.0 { chroma / high } else { 0.0 };
    // Sixths of the circle, from red; grey has none, and stands at red.
    let sixth = if chroma == 0.0 {
        0.0
    } else if high == red {
        ((green - blue) / chroma).rem_euclid(6.0)
    } else if high == green {
        (blue - red) / chroma + 2.0
    } else {
        (red - green) / chroma + 4.0
    };
    let place = |share: f32| ((share * SIDE as f32) as usize).min(SIDE - 1);
    (place(sixth / 6.0) * SIDE + place(saturation)) * SIDE + place(high)
}

/// The mean of some histograms; of none it is like nothing.
fn mean(histograms: &[&Histogram]) -> Histogram {
    let n = histograms.len().max(1) as f32;
    std::array::from_fn(|bin| histograms.iter().map(|one| one[bin]).sum::<f32>() / n)
}

/// The dot product of two histograms' roots, 0..=1 up to rounding.
fn likeness(one: &Histogram, other: &Histogram) -> f32 {
    one.iter().zip(other).map(|(a, b)| a * b).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pixels_fall_into_the_bins_of_their_hue_saturation_and_value() {
        let at =
            |hue: usize, saturation: usize, value: usize| (hue * SIDE + saturation) * SIDE + value;
        for (rgb, expected) in [
            ([0, 0, 0], at(0, 0, 0)),
            ([255, 255, 255], at(0, 0, 3)),
            ([255, 0, 0], at(0, 3, 3)),
            ([255, 255, 0], at(0, 3, 3)),
            ([0, 255, 0], at(1, 3, 3)),
            ([0, 0, 255], at(2, 3, 3)),
            ([255, 0, 1], at(3, 3, 3)),
            ([100, 60, 60], at(0, 1, 1)),
        ] {
            assert_eq!(bin(rgb), expected, "{rgb:?}");
        }
    }

    #[test]
    fn pictures_of_the_same_colours_are_alike() {
        let picture = |pixels: &[[u8; 3]]| {
            let width = u32::try_from(pixels.len()).expect("a few");
            histogram(&Picture::new(width, 1, pixels.concat()).expect("its own size"))
        };
        let (red, blue) = ([255, 0, 0], [0, 0, 255]);
        let (all_red, half) = (picture(&[red; 4]), picture(&[red, red, blue, blue]));
        let close = |found: f32, expected: f32| assert!((found - expected).abs() < 1e-6, "{found}");
        close(likeness(&half, &half), 1.0);
        close(likeness(&all_red, &half), 0.5_f32.sqrt());
        close(likeness(&all_red, &picture(&[blue; 2])), 0.0);
        close(likeness(&mean(&[&all_red, &picture(&[blue; 2])]), &half), 0.5_f32.sqrt());
        close(likeness(&mean(&[]), &half), 0.0);
    }
}
