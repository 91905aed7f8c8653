//! InfoNCE against PyTorch, loss and gradients; `tools/golden/align.py` wrote the results from a
//! loop over each pair's candidates.

use candle_core::{Device, Tensor, Var};
use serde::Deserialize;
use std::collections::BTreeMap;
use story_align::alignment::info_nce;
use story_core::Result;

const TOLERANCE: f32 = 1e-5;

#[derive(Deserialize)]
struct Case {
    groups: Vec<u64>,
    mask: Vec<f32>,
    log_scale: f32,
    images: Vec<f32>,
    texts: Vec<f32>,
    loss: f32,
    image_gradient: Vec<f32>,
    text_gradient: Vec<f32>,
    log_scale_gradient: f32,
}

fn assert_close(what: &str, expected: &[f32], found: &Tensor) -> Result<()> {
    let found = found.flatten_all()?.to_vec1::<f32>()?;
    assert_eq!(expected.len(), found.len(), "{what}");
    for (index, (expected, found)) in expected.iter().zip(found).enumerate() {
        let allowed = TOLERANCE * expected.abs().max(1.0);
        assert!(
            (expected - found).abs() <= allowed,
            "{what}[{index}]: PyTorch {expected}, ours {found}"
        );
    }
    Ok(())
}

#[test]
fn info_nce_equals_pytorch() -> Result<()> {
    let cases: BTreeMap<String, Case> =
        serde_json::from_str(include_str!("../golden/info_nce.json"))
            .expect("the golden file is whole");
    assert_eq!(cases.len(), 5);
    for (name, case) in cases {
        let n = case.groups.len();
        let matrix = |values: &[f32]| -> Result<Var> {
            let tensor = Tensor::new(values, &Device::Cpu)?.reshape((n, values.len() / n))?;
            Ok(Var::from_tensor(&tensor)?)
        };
        let (images, texts) = (matrix(&case.images)?, matrix(&case.texts)?);
        let log_scale = Var::new(case.log_scale, &Device::Cpu)?;
        let mask = Tensor::new(case.mask.as_slice(), &Device::Cpu)?;
        let loss = info_nce(&images, &texts, &mask, &case.groups, &log_scale)?.loss;
        assert_close(&name, &[case.loss], &loss)?;
        let gradients = loss.backward()?;
        for (var, expected) in [
            (&images, case.image_gradient.as_slice()),
            (&texts, case.text_gradient.as_slice()),
            (&log_scale, &[case.log_scale_gradient]),
        ] {
            let gradient = gradients.get(var).expect("the graph is whole");
            assert_close(&name, expected, gradient)?;
        }
    }
    Ok(())
}
