//! MSE, PSNR and SSIM against scikit-image.

use crate::golden::{assert_close, read};
use serde::Deserialize;
use story_metrics::{PictureShape, mse, psnr, ssim};

#[derive(Debug, Deserialize)]
struct Case {
    shape: [usize; 3],
    predicted: String,
    target: String,
    data_range: f64,
    mse: f64,
    psnr: Option<f64>,
    ssim: f64,
}

/// The formulas of the golden script. (C, H, W)
fn picture(kind: &str, [channels, height, width]: [usize; 3]) -> Vec<f32> {
    let mut values = Vec::new();
    for c in 0..channels {
        for y in 0..height {
            for x in 0..width {
                let slope = (3 * x + 2 * y + 40 * c) % 256;
                let level = match kind {
                    "slope" => slope,
                    "checks" => 255 * ((x / 4 + y / 4 + c) % 2),
                    "noise" => (x * x * 7 + y * 31 + x * y * 13 + c * 101) % 256,
                    "blend" => (slope * 3 + (x * 17 + y * 29 + c * 7) % 256) / 4,
                    "flat" => 90,
                    other => panic!("unknown picture {other:?}"),
                };
                values.push((level as f64 / 255.0) as f32);
            }
        }
    }
    values
}

#[test]
fn pictures_equal_scikit_image() {
    let cases: Vec<Case> = read("picture.json");
    assert_eq!(cases.len(), 48);
    for case in cases {
        let predicted = picture(&case.predicted, case.shape);
        let target = picture(&case.target, case.shape);
        let [channels, height, width] = case.shape;
        let shape = PictureShape { channels, height, width };
        assert_close(mse(&predicted, &target).expect("finite"), case.mse, &case);
        let found = psnr(&predicted, &target, case.data_range).expect("finite");
        match case.psnr {
            Some(expected) => assert_close(found, expected, &case),
            None => assert_eq!(found, f64::INFINITY, "{case:?}"),
        }
        assert_close(
            ssim(&predicted, &target, shape, case.data_range).expect("finite"),
            case.ssim,
            &case,
        );
    }
}
