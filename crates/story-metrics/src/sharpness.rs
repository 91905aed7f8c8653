//! How sharp a picture is beside another one: the mean absolute difference of neighbouring pixels, across
//! and down, over that of the other. A blur is below 1, whatever else it has right; what only looks sharp,
//! a picture of something else or noise, is not, so that the score stands beside others and never alone.
//!
//! ```text
//! edges(a) = mean |a[c, y, x + 1] - a[c, y, x]| + mean |a[c, y + 1, x] - a[c, y, x]|
//! sharpness = edges(predicted) / edges(target)          (>= 0, 1: as sharp as the target)
//! ```

use crate::error::{Result, same_length};
use crate::metric::Direction::CloserToReference;
use crate::metric::{MetricInfo, Range};
use crate::picture::{PictureShape, check_pictures};

/// Sharpness in the list of metrics.
pub static SHARPNESS: MetricInfo = MetricInfo::new(
    "sharpness",
    "Sharpness",
    "edges over the target's, 1 is as sharp",
    CloserToReference,
    Range::POSITIVE,
)
.digits(2);

/// The sharpness of `predicted` beside `target`, both (C, H, W); `None` where the target has no edges.
///
/// # Errors
/// Pictures of other lengths than the shape's, no values, or one that is NaN or infinite.
pub fn sharpness(predicted: &[f32], target: &[f32], shape: PictureShape) -> Result<Option<f64>> {
    check_pictures(predicted, target)?;
    same_length("picture", shape.len().unwrap_or(usize::MAX), target.len())?;
    let target = edges(target, shape);
    Ok((target > 0.0).then(|| edges(predicted, shape) / target))
}

fn edges(picture: &[f32], shape: PictureShape) -> f64 {
    let PictureShape { width, height, .. } = shape;
    let (mut across, mut down) = ((0.0, 0u64), (0.0, 0u64));
    for plane in picture.chunks(width * height) {
        for (y, row) in plane.chunks(width).enumerate() {
            for (x, value) in row.iter().enumerate() {
                let add = |sum: &mut (f64, u64), other: f32| {
                    sum.0 += (f64::from(other) - f64::from(*value)).abs();
                    sum.1 += 1;
                };
                if x + 1 < width {
                    add(&mut across, row[x + 1]);
                }
                if y + 1 < height {
                    add(&mut down, plane[(y + 1) * width + x]);
                }
            }
        }
    }
    [across, down].iter().map(|(sum, count)| sum / (*count).max(1) as f64).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edges_are_those_counted_by_hand() {
        let shape = PictureShape { channels: 1, height: 2, width: 3 };
        // Across: 1, 1, 0, 2 of 4; down: 0, 1, 1 of 3.
        let target = [0.0, 1.0, 2.0, 0.0, 0.0, 2.0f32];
        assert!((edges(&target, shape) - (4.0 / 4.0 + 1.0 / 3.0)).abs() < 1e-12);
        let half: Vec<f32> = target.iter().map(|value| value / 2.0).collect();
        assert_eq!(sharpness(&half, &target, shape).expect("pictures"), Some(0.5));
        assert_eq!(sharpness(&target, &target, shape).expect("pictures"), Some(1.0));
        assert_eq!(sharpness(&target, &[0.3; 6], shape).expect("pictures"), None);
        assert!(sharpness(&target[..5], &target, shape).is_err());
        let other = PictureShape { channels: 3, ..shape };
        assert!(sharpness(&target, &target, other).is_err());
    }
}
