//! What every op's tests do: compare the fused kernel with its reference, forward and backward;
//! compare its gradients with finite differences; compare repeated runs bit for bit.

use candle_core::{DType, Device, Result, Tensor, Var};

/// Relative step of the central differences, for f64: the cube root of its precision, about.
const STEP: f64 = 1e-5;
/// f32 kernels against f64 differences of the reference.
const TOLERANCE: f64 = 3e-5;

/// Smooth, bounded numbers without repetition, from a formula: sin(0.37 i^1.3 + phase).
pub(crate) fn wave(shape: &[usize], phase: f64) -> Tensor {
    let values: Vec<f32> = (0..shape.iter().product::<usize>())
        .map(|i| (0.37 * (i as f64).powf(1.3) + phase).sin() as f32)
        .collect();
    Tensor::from_vec(values, shape, &Device::Cpu).expect("the formula gives one number each")
}

/// All numbers of a tensor as f64.
pub(crate) fn numbers(tensor: &Tensor) -> Vec<f64> {
    let flat = tensor.to_dtype(DType::F64).and_then(|t| t.flatten_all());
    flat.and_then(|t| t.to_vec1()).expect("a tensor of floats")
}

/// Fails unless both have the same shape and |a - b| <= tolerance * (1 + |b|) everywhere.
pub(crate) fn assert_close(what: &str, a: &Tensor, b: &Tensor, tolerance: f64) {
    assert_eq!(a.dims(), b.dims(), "{what}: shapes");
    for (i, (a, b)) in numbers(a).into_iter().zip(numbers(b)).enumerate() {
        let close = (a - b).abs() <= tolerance * (1.0 + b.abs());
        assert!(close, "{what}: element {i} is {a}, expected {b}");
    }
}

/// An op under test and what it must equal, as functions of its differentiable inputs.
pub(crate) struct Check<F, R> {
    pub(crate) fused: F,
    pub(crate) reference: R,
}

impl<F, R> Check<F, R>
where
    F: Fn(&[Tensor]) -> Result<Tensor> + Sync,
    R: Fn(&[Tensor]) -> Result<Tensor> + Sync,
{
    /// Makes all comparisons on small f32 inputs.
    pub(crate) fn run(&self, inputs: &[Tensor]) {
        assert_same_gradients(&self.fused, &self.reference, inputs, TOLERANCE);
        self.assert_gradients_are_slopes(inputs);
        self.assert_same_bits(inputs);
        self.assert_strides_do_not_matter(inputs);
    }

    fn assert_gradients_are_slopes(&self, inputs: &[Tensor]) {
        let (_, gradients) = gradients(&self.fused, inputs);
        let wide: Vec<Tensor> = inputs.iter().map(|t| as_dtype(t, DType::F64)).collect();
        for (which, gradient) in gradients.iter().enumerate() {
            let values = numbers(&wide[which]);
            let slopes: Vec<f64> = (0..values.len())
                .map(|i| {
                    let at = |shift: f64| {
                        let mut moved = values.clone();
                        moved[i] += shift;
                        let mut inputs = wide.clone();
                        let moved = Tensor::from_vec(moved, wide[which].shape(), &Device::Cpu);
                        inputs[which] = moved.expect("the same count");
                        weighted_sum(&(self.reference)(&inputs).expect("the reference runs"))
                    };
                    (at(STEP) - at(-STEP)) / (2.0 * STEP)
                })
                .collect();
            let slopes = Tensor::from_vec(slopes, gradient.shape(), &Device::Cpu).expect("count");
            assert_close(&format!("slope of input {which}"), gradient, &slopes, TOLERANCE);
        }
    }

    /// The same bits again and again, on a pool of its own so that pieces move between threads.
    fn assert_same_bits(&self, inputs: &[Tensor]) {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(3).build();
        pool.expect("three threads").install(|| {
            let bits = || {
                let (output, gradients) = gradients(&self.fused, inputs);
                let all = std::iter::once(output).chain(gradients);
                all.flat_map(|t| numbers(&t)).map(f64::to_bits).collect::<Vec<_>>()
            };
            let first = bits();
            for _ in 0..4 {
                assert_eq!(bits(), first, "a repeated run");
            }
        });
    }

    fn assert_strides_do_not_matter(&self, inputs: &[Tensor]) {
        let swap = |t: &Tensor| t.transpose(0, t.rank() - 1);
        let strided = |t: &Tensor| swap(&swap(t)?.contiguous()?);
        let plain = (self.fused)(inputs).expect("contiguous inputs");
        let strided: Result<Vec<Tensor>> = inputs.iter().map(strided).collect();
        let again = (self.fused)(&strided.expect("strided copies")).expect("strided inputs");
        assert_eq!(numbers(&plain), numbers(&again), "strided inputs");
    }
}

/// Compares outputs and gradients of two functions at f32.
pub(crate) fn assert_same_gradients(
    fused: impl Fn(&[Tensor]) -> Result<Tensor>,
    reference: impl Fn(&[Tensor]) -> Result<Tensor>,
    inputs: &[Tensor],
    tolerance: f64,
) {
    let (output, gradient) = gradients(fused, inputs);
    let (expected, expected_gradient) = gradients(reference, inputs);
    assert_close("output", &output, &expected, tolerance);
    for (i, (a, b)) in gradient.iter().zip(&expected_gradient).enumerate() {
        assert_close(&format!("gradient of input {i}"), a, b, tolerance);
    }
}

/// The output and the gradients of its weighted sum, so that each element's upstream differs.
pub(crate) fn gradients(
    f: impl Fn(&[Tensor]) -> Result<Tensor>,
    inputs: &[Tensor],
) -> (Tensor, Vec<Tensor>) {
    let run = || -> Result<(Tensor, Vec<Tensor>)> {
        let vars: Vec<Var> = inputs.iter().map(Var::from_tensor).collect::<Result<_>>()?;
        let tensors: Vec<Tensor> = vars.iter().map(|v| v.as_tensor().clone()).collect();
        let output = f(&tensors)?;
        let upstream = wave(output.dims(), 2.1).to_dtype(output.dtype())?;
        let store = (&output * upstream)?.sum_all()?.backward()?;
        let gradient = |v: &Var| match store.get(v) {
            Some(gradient) => Ok(gradient.clone()),
            None => v.zeros_like(),
        };
        Ok((output.detach(), vars.iter().map(gradient).collect::<Result<_>>()?))
    };
    run().expect("forward and backward run")
}

fn weighted_sum(output: &Tensor) -> f64 {
    let upstream = numbers(&wave(output.dims(), 2.1));
    let pairs = numbers(output).into_iter().zip(upstream);
    pairs.map(|(value, weight)| value * weight).sum()
}

fn as_dtype(tensor: &Tensor, dtype: DType) -> Tensor {
    tensor.to_dtype(dtype).expect("a float tensor")
}
