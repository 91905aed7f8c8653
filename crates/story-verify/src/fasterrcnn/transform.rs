//! A picture as the network wants it: resized, normalised, padded.
//!
//! scale = min(800 / shorter side, 1333 / longer side); each side becomes floor(side x scale), by
//! bilinear interpolation between pixels' centres without smoothing; then (x / 255 - mean) / std by
//! channel, and zeros to the right and below up to multiples of 32.

use candle_core::{Device, Tensor};
use rayon::prelude::*;
use story_core::Result;
use story_pictures::{Picture, Preprocessing};

/// Sides are padded to multiples of this.
const MULTIPLE: usize = 32;

/// The sides that a picture is resized to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sides {
    /// The shorter side, pixels, where the longer one allows it.
    pub shorter: usize,
    /// The longer side at most, pixels.
    pub longer: usize,
}

impl Sides {
    /// What the published weights were trained with.
    pub const PUBLISHED: Self = Self { shorter: 800, longer: 1333 };

    /// Height and width of a picture of `width` x `height` pixels after resizing; 1 at least.
    pub(super) fn resized(self, (width, height): (u32, u32)) -> (usize, usize) {
        let (width, height) = (f64::from(width), f64::from(height));
        let shorter = self.shorter as f64 / width.min(height);
        let scale = shorter.min(self.longer as f64 / width.max(height));
        let side = |side: f64| ((side * scale).floor() as usize).max(1);
        (side(height), side(width))
    }
}

/// The padded tensor `(1, 3, H, W)`, and height and width of the picture in it.
pub(super) fn prepared(
    picture: &Picture,
    sides: Sides,
    device: &Device,
) -> Result<(Tensor, (usize, usize))> {
    let (height, width) = sides.resized(picture.dimensions());
    let up = |side: usize| side.div_ceil(MULTIPLE) * MULTIPLE;
    let (rows, columns) = (up(height), up(width));
    let (from_width, from_height) = picture.dimensions();
    let across = neighbours(from_width as usize, width);
    let down = neighbours(from_height as usize, height);
    let Preprocessing { mean, std, .. } = Preprocessing::IMAGENET;
    let (rgb, line) = (picture.rgb(), 3 * from_width as usize);
    let mut values = vec![0f32; 3 * rows * columns];
    values.par_chunks_mut(columns).enumerate().for_each(|(row, out)| {
        let (channel, y) = (row / rows, row % rows);
        let Some(&(upper, lower, down)) = down.get(y) else {
            return;
        };
        let at = |y: usize, x: usize| {
            let value = f32::from(rgb[y * line + 3 * x + channel]) / 255.0;
            (value - mean[channel]) / std[channel]
        };
        for (out, &(left, right, part)) in out.iter_mut().zip(&across) {
            let above = at(upper, left) * (1.0 - part) + at(upper, right) * part;
            let below = at(lower, left) * (1.0 - part) + at(lower, right) * part;
            *out = above * (1.0 - down) + below * down;
        }
    });
    let tensor = Tensor::from_vec(values, (1, 3, rows, columns), device)?;
    Ok((tensor, (height, width)))
}

/// For each of `to` pixels the two of `from` between which it lies, and the second one's share.
fn neighbours(from: usize, to: usize) -> Vec<(usize, usize, f32)> {
    let scale = from as f32 / to as f32;
    let of = |at: usize| {
        let place = (scale * (at as f32 + 0.5) - 0.5).max(0.0);
        let first = (place as usize).min(from - 1);
        (first, (first + 1).min(from - 1), place - first as f32)
    };
    (0..to).map(of).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sides_are_those_of_torchvision() {
        let sides = |width, height| Sides::PUBLISHED.resized((width, height));
        assert_eq!(sides(640, 480), (800, 1066));
        assert_eq!(sides(480, 640), (1066, 800));
        assert_eq!(sides(2000, 500), (333, 1333));
        assert_eq!(sides(1, 1), (800, 800));
        assert_eq!(sides(100_000, 1), (1, 1333));
    }

    #[test]
    fn what_is_beside_the_picture_is_zero() -> Result<()> {
        let picture = Picture::new(2, 1, vec![255, 0, 0, 255, 0, 0]).expect("a picture");
        let sides = Sides { shorter: 20, longer: 40 };
        let (tensor, size) = prepared(&picture, sides, &Device::Cpu)?;
        assert_eq!((tensor.dims(), size), ([1, 3, 32, 64].as_slice(), (20, 40)));
        let values = tensor.squeeze(0)?.to_vec3::<f32>()?;
        assert!((values[0][19][39] - (1.0 - 0.485) / 0.229).abs() < 1e-5);
        assert!((values[1][0][0] + 0.456 / 0.224).abs() < 1e-5);
        assert!(values[0][20][0] == 0.0 && values[0][0][40] == 0.0);
        Ok(())
    }
}
