//! The preprocessing of published networks against Pillow, torchvision and transformers
//! (`tools/golden/pixels_published.py`).

use super::decoding::{difference, pattern, unhex};
use serde::Deserialize;
use story_pictures::{Fit, Interpolation, Preprocessing, ShorterSide};

/// Steps of 255 by which a resized picture may differ on average, and a single value at most: both
/// sides round twice, with other fixed-point widths, which the lobes of the cubic amplify.
const MEAN_STEPS: f64 = 0.25;
const LARGEST_STEP: u8 = 3;

#[derive(Deserialize)]
struct Golden {
    resizes: Vec<Resize>,
    crops: Vec<Crop>,
    clip: Clip,
}

#[derive(Deserialize)]
struct Resize {
    from: (u32, u32),
    to: (usize, usize),
    rgb: String,
}

#[derive(Deserialize)]
struct Crop {
    from: (u32, u32),
    side: usize,
    crop: usize,
    interpolation: Interpolation,
    rgb: String,
}

#[derive(Deserialize)]
struct Clip {
    mean: [f32; 3],
    std: [f32; 3],
    cases: Vec<ClipCase>,
}

#[derive(Deserialize)]
struct ClipCase {
    from: (u32, u32),
    values: Vec<f32>,
}

fn golden() -> Golden {
    serde_json::from_str(include_str!("../golden/pixels_published.json")).expect("golden file")
}

fn assert_close(place: &str, found: &[u8], expected: &str) {
    let (mean, largest) = difference(found, &unhex(expected));
    let place = format!("{place}: mean {mean}, largest {largest}");
    assert!(mean < MEAN_STEPS && largest <= LARGEST_STEP, "{place}");
}

#[test]
fn bicubic_equals_pillow() {
    for case in golden().resizes {
        let picture = pattern(case.from.0, case.from.1);
        let found = picture.resized(case.to.0, case.to.1, Interpolation::Bicubic);
        let place = format!("{:?} to {:?}", case.from, case.to);
        assert_close(&place, found.expect("a picture").rgb(), &case.rgb);
    }
}

#[test]
fn a_larger_shorter_side_and_a_crop_equal_torchvision() {
    for case in golden().crops {
        let fit = Fit::Shorter(ShorterSide {
            side: case.side,
            crop: case.crop,
            interpolation: case.interpolation,
        });
        let found = pattern(case.from.0, case.from.1).square(case.crop, fit);
        let place = format!("{:?} {fit:?}", case.from);
        assert_close(&place, found.expect("a picture").rgb(), &case.rgb);
    }
}

#[test]
fn clip_s_pictures_equal_transformers() {
    const SIDE: usize = 24;
    let clip = golden().clip;
    let fit =
        Fit::Shorter(ShorterSide { side: SIDE, crop: SIDE, interpolation: Interpolation::Bicubic });
    for case in clip.cases {
        let picture = pattern(case.from.0, case.from.1);
        let wanted = Preprocessing { size: SIDE, mean: clip.mean, std: clip.std, fit };
        let found = wanted.planes(&picture).expect("a picture");
        // In steps of 255, whatever the channel's deviation.
        let steps = found.iter().zip(&case.values).enumerate();
        let steps = steps.map(|(i, (a, b))| (a - b).abs() * 255.0 * clip.std[i / (SIDE * SIDE)]);
        let (sum, largest) = steps.fold((0f32, 0f32), |(s, m), x| (s + x, m.max(x)));
        let mean = sum / found.len() as f32;
        assert!(
            f64::from(mean) < MEAN_STEPS && largest < f32::from(LARGEST_STEP) + 0.5,
            "{:?}: mean {mean}, largest {largest}",
            case.from
        );
    }
}
