//! InfoNCE's gradient against central differences, in double precision.

use candle_core::{DType, Device, Tensor, Var};
use story_align::alignment::info_nce;
use story_core::Result;
use story_core::conformance::weight;

const PAIRS: usize = 5;
const WIDTH: usize = 3;
const STEP: f64 = 1e-5;
/// The error of central differences is of the order of the step's square.
const TOLERANCE: f64 = 1e-7;
const GROUPS: [u64; PAIRS] = [1, 1, 2, 3, 4];

/// The loss at pictures, texts and the logarithm of the scale, laid end to end in `point`.
fn loss(point: &Tensor) -> Result<Tensor> {
    let size = PAIRS * WIDTH;
    let images = point.narrow(0, 0, size)?.reshape((PAIRS, WIDTH))?;
    let texts = point.narrow(0, size, size)?.reshape((PAIRS, WIDTH))?;
    let log_scale = point.get(2 * size)?;
    let mask = Tensor::new(&[1f64, 1.0, 1.0, 0.0, 1.0], &Device::Cpu)?;
    Ok(info_nce(&images, &texts, &mask, &GROUPS, &log_scale)?.loss)
}

#[test]
fn info_nce_has_the_gradient_of_its_value() -> Result<()> {
    let count = 2 * PAIRS * WIDTH + 1;
    let values: Vec<f64> = (0..count).map(|i| f64::from(weight(i)) + 0.3).collect();
    let point = Var::from_tensor(&Tensor::new(values.as_slice(), &Device::Cpu)?)?;
    let gradients = loss(&point)?.backward()?;
    let gradient = gradients.get(&point).expect("the graph is whole");
    assert_eq!(gradient.dtype(), DType::F64);
    let at = |index: usize, step: f64| -> Result<f64> {
        let mut moved = values.clone();
        moved[index] += step;
        Ok(loss(&Tensor::new(moved, &Device::Cpu)?)?.to_scalar()?)
    };
    for (index, found) in gradient.to_vec1::<f64>()?.into_iter().enumerate() {
        let expected = (at(index, STEP)? - at(index, -STEP)?) / (2.0 * STEP);
        assert!(
            (expected - found).abs() < TOLERANCE,
            "value {index}: differences {expected}, backward {found}"
        );
    }
    Ok(())
}
