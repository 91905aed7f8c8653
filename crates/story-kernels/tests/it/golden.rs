//! Every op against outputs and gradients of PyTorch's, made by `tools/golden/kernels.py` on inputs
//! from the same formula.

use candle_core::{Device, Result, Tensor, Var};
use serde_json::Value;
use story_kernels::{
    Activation, AdamWStep, ConvConfig, LstmInput, adamw_, conv_transpose2d, conv2d, gru,
    layer_norm, linear_cross_entropy, lstm,
};

const GOLDEN: &str = include_str!("../golden/kernels.json");
/// Largest difference from PyTorch in f64, relative to 1 + |value|.
const TOLERANCE: f64 = 1e-5;
/// Phase of the gradient that flows into each op's output.
const UPSTREAM_PHASE: f64 = 2.1;

/// sin(0.37 i^1.3 + phase) in f32.
fn wave(shape: &[usize], phase: f64) -> Tensor {
    let values: Vec<f32> = (0..shape.iter().product::<usize>())
        .map(|i| (0.37 * (i as f64).powf(1.3) + phase).sin() as f32)
        .collect();
    Tensor::from_vec(values, shape, &Device::Cpu).expect("one number each")
}

fn golden(name: &str) -> Value {
    let all: Value = serde_json::from_str(GOLDEN).expect("the golden file is JSON");
    all.get(name).expect("the case is in the golden file").clone()
}

fn numbers(value: &Value) -> Vec<f64> {
    let list = value.as_array().expect("a list");
    list.iter().map(|v| v.as_f64().expect("a number")).collect()
}

fn assert_close(what: &str, tensor: &Tensor, expected: &[f64]) {
    let values = tensor.flatten_all().and_then(|t| t.to_vec1::<f32>());
    let values = values.expect("an f32 tensor");
    assert_eq!(values.len(), expected.len(), "{what}: count");
    for (i, (&value, expected)) in values.iter().zip(expected).enumerate() {
        let close = (f64::from(value) - expected).abs() <= TOLERANCE * (1.0 + expected.abs());
        assert!(close, "{what}: element {i} is {value}, PyTorch has {expected}");
    }
}

fn check(name: &str, inputs: &[Tensor], op: impl Fn(&[Tensor]) -> Result<Tensor>) -> Result<()> {
    let golden = golden(name);
    let vars: Vec<Var> = inputs.iter().map(Var::from_tensor).collect::<Result<_>>()?;
    let tensors: Vec<Tensor> = vars.iter().map(|v| v.as_tensor().clone()).collect();
    let output = op(&tensors)?;
    let shape: Vec<usize> = numbers(&golden["shape"]).iter().map(|&n| n as usize).collect();
    assert_eq!(output.dims(), shape, "{name}: shape");
    assert_close(name, &output, &numbers(&golden["output"]));
    let upstream = wave(output.dims(), UPSTREAM_PHASE);
    let store = (output * upstream)?.sum_all()?.backward()?;
    for (i, var) in vars.iter().enumerate() {
        let gradient = store.get(var).expect("every input has a gradient");
        let what = format!("{name}: gradient {i}");
        assert_close(&what, gradient, &numbers(&golden["gradients"][i]));
    }
    Ok(())
}

fn config(stride: usize, padding: usize, activation: Activation) -> ConvConfig {
    ConvConfig { stride, padding, activation }
}

#[test]
fn transposed_convolutions() -> Result<()> {
    let cases = [
        ("conv_transpose2d none", [3, 2, 4, 4], config(2, 1, Activation::None)),
        ("conv_transpose2d relu", [3, 2, 4, 4], config(2, 1, Activation::Relu)),
        ("conv_transpose2d sigmoid", [3, 2, 4, 4], config(2, 1, Activation::Sigmoid)),
        ("conv_transpose2d 3x2", [3, 2, 3, 2], config(3, 1, Activation::None)),
    ];
    for (name, weight, config) in cases {
        let inputs = [wave(&[2, 3, 4, 5], 0.1), wave(&weight, 0.7), wave(&[weight[1]], 1.3)];
        check(name, &inputs, |t| conv_transpose2d(&t[0], &t[1], &t[2], config))?;
    }
    Ok(())
}

#[test]
fn convolutions() -> Result<()> {
    let cases = [
        ("conv2d none", [2, 3, 3, 3], config(1, 1, Activation::None)),
        ("conv2d relu", [2, 3, 3, 3], config(2, 1, Activation::Relu)),
        ("conv2d sigmoid", [2, 3, 2, 3], config(3, 2, Activation::Sigmoid)),
    ];
    for (name, weight, config) in cases {
        let inputs = [wave(&[2, 3, 4, 5], 0.1), wave(&weight, 0.7), wave(&[weight[0]], 1.3)];
        check(name, &inputs, |t| conv2d(&t[0], &t[1], &t[2], config))?;
    }
    Ok(())
}

#[test]
fn gru_states() -> Result<()> {
    let inputs = [wave(&[2, 4, 9], 0.1), wave(&[2, 3], 0.7), wave(&[9, 3], 1.3), wave(&[9], 1.9)];
    check("gru", &inputs, |t| gru(&t[0], &t[1], &t[2], &t[3], None))
}

#[test]
fn lstm_states_and_cell() -> Result<()> {
    let inputs = [
        wave(&[2, 4, 12], 0.1),
        wave(&[2, 3], 0.7),
        wave(&[2, 3], 2.9),
        wave(&[12, 3], 1.3),
        wave(&[12], 1.9),
    ];
    check("lstm", &inputs, |t| {
        let output = lstm(LstmInput {
            x_proj: &t[0],
            h0: &t[1],
            c0: &t[2],
            w_hh: &t[3],
            b_hh: &t[4],
            mask: None,
        })?;
        Tensor::cat(&[output.states, output.cell.unsqueeze(1)?], 1)
    })
}

#[test]
fn cross_entropy_with_ignored_positions() -> Result<()> {
    let targets = Tensor::new(&[3u32, u32::MAX, 0, 10, u32::MAX, 7], &Device::Cpu)?;
    let keep = Tensor::new(&[1u8, 0, 1, 1, 0, 1], &Device::Cpu)?;
    for (name, smoothing) in [("cross_entropy 0.0", 0.0), ("cross_entropy 0.1", 0.1)] {
        let inputs = [wave(&[6, 4], 0.1), wave(&[11, 4], 0.7), wave(&[11], 1.3)];
        check(name, &inputs, |t| {
            linear_cross_entropy(&t[0], &t[1], &t[2], &targets, &keep, smoothing)
        })?;
    }
    Ok(())
}

#[test]
fn layer_norms() -> Result<()> {
    let inputs = [wave(&[2, 3, 6], 0.1), wave(&[6], 0.7), wave(&[6], 1.3)];
    check("layer_norm", &inputs, |t| layer_norm(&t[0], &t[1], &t[2], 1e-5))
}

#[test]
fn five_adamw_steps() -> Result<()> {
    let golden = golden("adamw");
    let parameter = Var::from_tensor(&wave(&[17], 0.4))?;
    let (m, v) =
        (Var::from_tensor(&parameter.zeros_like()?)?, Var::from_tensor(&parameter.zeros_like()?)?);
    for number in 1..=5u64 {
        let step = AdamWStep {
            lr: 1e-2,
            beta1: 0.9,
            beta2: 0.99,
            eps: 1e-6,
            weight_decay: 0.1,
            step: number,
            grad_scale: 1.0,
        };
        adamw_(&parameter, &wave(&[17], number as f64), &m, &v, &step)?;
        let expected = numbers(&golden["parameter"][number as usize - 1]);
        assert_close(&format!("parameter after step {number}"), &parameter, &expected);
    }
    assert_close("m", &m, &numbers(&golden["m"]));
    assert_close("v", &v, &numbers(&golden["v"]));
    Ok(())
}
