//! YOLOX from ONNX, as published: norms are folded into their convolutions, which have lost their
//! names. The file lists convolutions in the order in which they run; the network asks for them in
//! the same order. Shapes must agree one by one, and the names that are left.

use super::layers::NORM_EPSILON;
use crate::onnx::{Convolution, read};
use candle_core::{DType, Device, Shape, Tensor};
use candle_nn::{Init, VarBuilder, var_builder::SimpleBackend};
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard};
use story_core::{Error, Result};

/// Builds a part from the convolutions of the file at `path`.
///
/// # Errors
/// Those of [`read`]; [`Error::Config`] naming the file and the first convolution that does not
/// fit, or how many are left over.
pub(super) fn build<T>(
    path: &Path,
    device: &Device,
    part: impl FnOnce(&VarBuilder<'static>) -> Result<T>,
) -> Result<T> {
    build_from(read(path)?, device, part).map_err(|found| {
        Error::Config(format!(
            "{}: the weights are not those of this network: {found}; name the variant that they are of",
            path.display()
        ))
    })
}

fn build_from<T>(
    convolutions: Vec<Convolution>,
    device: &Device,
    part: impl FnOnce(&VarBuilder<'static>) -> Result<T>,
) -> std::result::Result<T, String> {
    let all = convolutions.len();
    let state =
        Arc::new(Mutex::new(State { left: convolutions.into_iter(), last: None, problem: None }));
    let backend = Box::new(Served(Arc::clone(&state)));
    let part = part(&VarBuilder::from_backend(backend, DType::F32, device.clone()));
    let mut state = lock(&state);
    if let Some(problem) = state.problem.take() {
        return Err(problem);
    }
    let part = part.map_err(|error| error.to_string())?;
    match state.left.len() {
        0 => Ok(part),
        left => Err(format!("{left} of its {all} convolutions are left over")),
    }
}

struct State {
    left: std::vec::IntoIter<Convolution>,
    /// Where the last kernel was asked for, and the bias beside it.
    last: Option<(String, Option<Tensor>)>,
    /// Why something could not be served.
    problem: Option<String>,
}

struct Served(Arc<Mutex<State>>);

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().expect("invariant: no panic happens while the file is locked")
}

impl State {
    /// The next kernel, for the layer whose `name` ends with `.weight`.
    fn kernel(&mut self, name: &str, shape: &[usize]) -> std::result::Result<Tensor, String> {
        let Some(next) = self.left.next() else {
            return Err(format!("there is no convolution for `{name}` {shape:?}"));
        };
        let found = next.kernel.dims();
        let named = next.name.starts_with("head.") || next.name.starts_with("backbone.");
        if found != shape || (named && next.name != name) {
            return Err(format!(
                "`{}` {found:?} stands where `{name}` {shape:?} should",
                next.name
            ));
        }
        let layer = layer(name).to_string();
        self.last = Some((layer, next.bias));
        Ok(next.kernel)
    }

    /// The bias beside the last kernel.
    fn bias(&mut self, name: &str, shape: &[usize]) -> std::result::Result<Tensor, String> {
        match self.last.take() {
            Some((of, Some(bias))) if of == layer(name) && bias.dims() == shape => Ok(bias),
            _ => Err(format!(
                "`{name}` {shape:?} has no bias beside its kernel; norms must be folded"
            )),
        }
    }
}

/// A layer's name, from that of its convolution's or norm's tensor.
fn layer(name: &str) -> &str {
    let place = name.rsplit_once('.').map_or(name, |(place, _)| place);
    let of = |ending| place.strip_suffix(ending);
    of(".conv").or_else(|| of(".bn")).unwrap_or(place)
}

impl SimpleBackend for Served {
    fn get(
        &self,
        shape: Shape,
        name: &str,
        _: Init,
        dtype: DType,
        device: &Device,
    ) -> candle_core::Result<Tensor> {
        let mut state = lock(&self.0);
        let full = |value: f64| Tensor::full(value as f32, shape.dims(), device);
        let leaf = name.rsplit('.').next().unwrap_or(name);
        // A folded norm changes nothing.
        let served = match leaf {
            "running_mean" => return full(0.0),
            "running_var" => return full(1.0 - NORM_EPSILON),
            "weight" if name.ends_with(".bn.weight") => return full(1.0),
            "weight" => state.kernel(name, shape.dims()),
            _ => state.bias(name, shape.dims()),
        };
        match served {
            Ok(tensor) => tensor.to_device(device)?.to_dtype(dtype),
            Err(problem) => {
                let error = candle_core::Error::msg(&problem);
                state.problem.get_or_insert(problem);
                Err(error)
            }
        }
    }

    fn get_unchecked(&self, name: &str, _: DType, _: &Device) -> candle_core::Result<Tensor> {
        candle_core::bail!("`{name}`: asked for without a shape")
    }

    fn contains_tensor(&self, _: &str) -> bool {
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn convolution(name: &str, output: usize) -> Convolution {
        let ones = |shape: &[usize]| Tensor::ones(shape, DType::F32, &Device::Cpu).expect("ones");
        Convolution {
            name: name.into(),
            kernel: ones(&[output, 1, 1, 1]),
            bias: Some(ones(&[output])),
        }
    }

    fn ask(convolutions: Vec<Convolution>) -> std::result::Result<(), String> {
        build_from(convolutions, &Device::Cpu, |vb| {
            vb.get((2, 1, 1, 1), "backbone.a.conv.weight")?;
            vb.get(2, "backbone.a.bn.bias")?;
            vb.get((3, 1, 1, 1), "head.p.weight")?;
            vb.get(3, "head.p.bias")?;
            Ok(())
        })
    }

    #[test]
    fn order_shapes_and_names_must_agree() {
        assert_eq!(ask(vec![convolution("1", 2), convolution("head.p.weight", 3)]), Ok(()));
        for (convolutions, expected) in [
            (vec![convolution("1", 2)], "no convolution for `head.p.weight`"),
            (vec![convolution("1", 4), convolution("2", 3)], "`1` [4, 1, 1, 1]"),
            (vec![convolution("1", 2), convolution("head.q.weight", 3)], "`head.q.weight`"),
            (vec![convolution("1", 2), convolution("2", 3), convolution("3", 3)], "1 of its 3"),
        ] {
            let said = ask(convolutions).expect_err("a misfit");
            assert!(said.contains(expected), "{said}");
        }
    }
}
