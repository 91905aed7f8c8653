//! What kind of pictures: a detector that has learned from photographs has not seen drawings, and a
//! judge may only judge pictures of the kind that it was trained on.
//!
//! Drawings have areas of one colour, photographs have none: there, light and the sensor's noise
//! change every pixel. The picture is brought to at most 256 pixels a side by means of square blocks;
//! flat = the share of neighbouring pixels that are equal in all three channels, leaving out those
//! that are both almost white or both almost black, which overexposed and night photographs have as
//! well. From [`FLAT`] on it is a drawing.
//!
//! Of 31 photographs of COCO the flattest has .07 (.06 at half, .07 at three times their size); of 500
//! pages of the African Storybook corpus, drawings of all kinds, 73 % reach .1. So a picture that is
//! called a drawing is one, and of drawings in textured paint one in four is taken for a photograph.

use serde::{Deserialize, Serialize};
use std::fmt;
use story_pictures::Picture;

/// From this share of equal neighbours on a picture is a drawing.
pub const FLAT: f64 = 0.1;
/// Most pixels a side of what is looked at.
const SIDE: usize = 256;
/// Channels from here on are almost white, and up to 255 less this almost black.
const WHITE: u8 = 247;

/// A kind of pictures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Medium {
    /// Photographs, and what cannot be told from them.
    Photographs,
    /// Drawings and paintings.
    Drawings,
    /// The drawn world that this project makes itself.
    SyntheticWorld,
}

/// As a sentence has it: "photographs".
impl fmt::Display for Medium {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Photographs => "photographs",
            Self::Drawings => "drawings",
            Self::SyntheticWorld => "pictures of the synthetic world",
        })
    }
}

impl Medium {
    /// What a picture looks like: photographs or drawings.
    pub fn of(picture: &Picture) -> Self {
        match flat(picture) {
            Some(flat) if flat >= FLAT => Self::Drawings,
            _ => Self::Photographs,
        }
    }

    /// What most of `pictures` are; `None` without one. Of equal counts photographs.
    pub fn of_most(pictures: impl IntoIterator<Item = Self>) -> Option<Self> {
        let (mut drawings, mut all) = (0usize, 0usize);
        for picture in pictures {
            drawings += usize::from(picture != Self::Photographs);
            all += 1;
        }
        match all {
            0 => None,
            all if 2 * drawings > all => Some(Self::Drawings),
            _ => Some(Self::Photographs),
        }
    }
}

/// The share of equal neighbours; `None` where there are none to compare.
fn flat(picture: &Picture) -> Option<f64> {
    let (rows, columns, pixels) = small(picture);
    let extreme = |pixel: &[u8; 3], other: &[u8; 3]| {
        let both = |is: fn(u8) -> bool| pixel.iter().chain(other).all(|value| is(*value));
        both(|value| value >= WHITE) || both(|value| value <= u8::MAX - WHITE)
    };
    let (mut equal, mut all) = (0u64, 0u64);
    let mut compare = |one: usize, other: usize| {
        let (one, other) = (&pixels[one], &pixels[other]);
        if !extreme(one, other) {
            equal += u64::from(one == other);
            all += 1;
        }
    };
    for row in 0..rows {
        for column in 0..columns {
            let at = row * columns + column;
            if column + 1 < columns {
                compare(at, at + 1);
            }
            if row + 1 < rows {
                compare(at, at + columns);
            }
        }
    }
    (all > 0).then(|| equal as f64 / all as f64)
}

/// Rows, columns and pixels of the picture in blocks; what is left over at the edges is left out.
fn small(picture: &Picture) -> (usize, usize, Vec<[u8; 3]>) {
    let (width, height) = picture.dimensions();
    let (width, height) = (width as usize, height as usize);
    let side = width.max(height).div_ceil(SIDE).max(1);
    let (rows, columns) = (height / side, width / side);
    let rgb = picture.rgb();
    let count = side * side;
    let block = |at: usize| {
        let (top, left) = (at / columns * side, at % columns * side);
        let mut sums = [count / 2; 3];
        for row in top..top + side {
            let start = 3 * (row * width + left);
            for pixel in rgb[start..start + 3 * side].chunks_exact(3) {
                for (sum, value) in sums.iter_mut().zip(pixel) {
                    *sum += usize::from(*value);
                }
            }
        }
        sums.map(|sum| (sum / count) as u8)
    };
    (rows, columns, (0..rows * columns).map(block).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A picture whose pixels are `of(x, y)`.
    fn picture(side: u32, of: impl Fn(u32, u32) -> [u8; 3]) -> Picture {
        let pixels = (0..side * side).flat_map(|at| of(at % side, at / side));
        Picture::new(side, side, pixels.collect()).expect("pixels")
    }

    /// Something that changes from pixel to pixel as light and noise do.
    fn noise(x: u32, y: u32) -> u8 {
        (x.wrapping_mul(2_654_435_761) ^ y.wrapping_mul(40_503).rotate_left(7)).to_le_bytes()[2]
    }

    #[test]
    fn areas_of_one_colour_are_drawn_and_noise_is_not() {
        let drawn = picture(300, |x, _| if x < 150 { [200, 40, 40] } else { [40, 90, 200] });
        assert_eq!(Medium::of(&drawn), Medium::Drawings);
        let shot = picture(120, |x, y| [noise(x, y), noise(y, x), noise(x + y, x)]);
        assert_eq!(Medium::of(&shot), Medium::Photographs);
        // A thing before a white wall, overexposed.
        let bright =
            picture(
                120,
                |x, y| {
                    if x < 60 { [255, 255, 255] } else { [noise(x, y), noise(y, x), 90] }
                },
            );
        assert_eq!(Medium::of(&bright), Medium::Photographs);
    }

    #[test]
    fn slivers_and_single_pixels_are_pictures_too() {
        for (width, height) in [(1, 1), (1, 700), (3000, 1), (257, 2)] {
            let bytes = vec![90; (3 * width * height) as usize];
            let picture = Picture::new(width, height, bytes).expect("pixels");
            let _ = Medium::of(&picture);
        }
        let pixel = Picture::new(1, 1, vec![9; 3]).expect("pixels");
        assert_eq!(Medium::of(&pixel), Medium::Photographs, "nothing to compare");
    }

    #[test]
    fn most_decide() {
        use Medium::{Drawings, Photographs};
        assert_eq!(Medium::of_most([]), None);
        assert_eq!(Medium::of_most([Drawings, Photographs]), Some(Photographs));
        assert_eq!(Medium::of_most([Drawings, Drawings, Photographs]), Some(Drawings));
    }
}
