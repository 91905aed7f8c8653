//! Checks that every registered part passes, for the tests of the crates that register parts.
//!
//! Each check is one function on tensors, closures or a [`ParamStore`]; it knows no trait, so that
//! one suite serves encoders, fusions, sequence models and decoders alike. This is test support: a
//! check that fails panics with the name of what failed, the expected and the found value.

use crate::{ParamStore, Result};
use candle_core::{DType, Tensor};
use std::fmt::Debug;
use std::ops::Range;

/// Largest difference between two computations of the same number that differ only in the order
/// of their sums, relative to the larger of 1 and the number.
pub const SAME: f32 = 1e-5;

/// `output` has the shape that the part declares through `width()` or `size()`.
///
/// # Panics
/// Where it has another.
#[track_caller]
pub fn shape_is(what: &str, output: &Tensor, expected: &[usize]) {
    assert_eq!(output.dims(), expected, "{what}: the shape");
}

/// Every value of `output` is finite.
///
/// # Panics
/// Where one is not.
#[track_caller]
pub fn all_finite(what: &str, output: &Tensor) {
    let values = numbers(output);
    let bad = values.iter().filter(|value| !value.is_finite()).count();
    assert_eq!(bad, 0, "{what}: values that are not finite");
}

/// The backward pass from `loss` reaches every parameter of `store` with a finite gradient that is
/// not zero throughout.
///
/// # Panics
/// Where a parameter has no such gradient, naming each.
#[track_caller]
pub fn every_parameter_gets_a_gradient(what: &str, store: &ParamStore, loss: &Tensor) {
    all_but_given_get_a_gradient(what, store, &[], loss);
}

/// The same of a part that holds numbers which are set and not learned, `given` by name: those get no
/// gradient.
///
/// # Panics
/// Where a parameter that is not `given` gets none, or one that is does.
#[track_caller]
pub fn all_but_given_get_a_gradient(what: &str, store: &ParamStore, given: &[&str], loss: &Tensor) {
    let gradients = loss.backward().expect("the loss is differentiable");
    let mut problems = Vec::new();
    for (name, var) in store.named() {
        if given.contains(&name.as_str()) {
            assert!(gradients.get(&var).is_none(), "{what}: `{name}` is given and gets a gradient");
            continue;
        }
        let Some(gradient) = gradients.get(&var) else {
            problems.push(format!("`{name}` gets none"));
            continue;
        };
        let values = numbers(gradient);
        if values.iter().any(|value| !value.is_finite()) {
            problems.push(format!("`{name}` gets one that is not finite"));
        } else if values.iter().all(|value| *value == 0.0) {
            problems.push(format!("`{name}` gets zeros"));
        }
    }
    assert!(problems.is_empty(), "{what}: gradients: {}", problems.join(", "));
}

/// A batch of `count` rows equals `count` batches of one row, along the first axis. `run` computes
/// the part's output for a range of the rows.
///
/// # Panics
/// Where a row differs, or `run` fails.
#[track_caller]
pub fn batch_equals_singles(
    what: &str,
    count: usize,
    run: impl Fn(Range<usize>) -> Result<Tensor>,
) {
    let whole = run(0..count).expect("the whole batch runs");
    for row in 0..count {
        let single = run(row..row + 1).expect("a single row runs");
        let expected = whole.narrow(0, row, 1).expect("a row of the batch");
        same_numbers(&format!("{what}: row {row} alone"), &expected, &single);
    }
}

/// What stands in padding changes nothing: `clean` and `padded` come from inputs that differ in
/// masked positions or in how many there are.
///
/// # Panics
/// Where a value differs.
#[track_caller]
pub fn padding_changes_nothing(what: &str, clean: &Tensor, padded: &Tensor) {
    same_numbers(&format!("{what}: padding"), clean, padded);
}

/// The same seed gives the same bits, another seed others. `run` builds and runs the part anew.
/// For parts without parameters use a `run` that draws from the seed, such as one with dropout.
///
/// # Panics
/// Where either fails.
#[track_caller]
pub fn same_seed_same_numbers(what: &str, run: impl Fn(u64) -> Result<Tensor>) {
    let bits = |seed| -> Vec<u32> {
        let output = run(seed).expect("the part runs");
        numbers(&output).iter().map(|v| v.to_bits()).collect()
    };
    assert!(bits(1) == bits(1), "{what}: the same seed gave other numbers");
    assert!(bits(1) != bits(2), "{what}: another seed gave the same numbers");
}

/// A config that is written as JSON and read again is the same config, and one with an unknown
/// key is refused. `encode` and `decode` are `serde_json::to_string` and `serde_json::from_str`.
///
/// # Panics
/// Where either fails.
#[track_caller]
pub fn config_round_trip<C: PartialEq + Debug, E: Debug>(
    what: &str,
    config: &C,
    encode: impl Fn(&C) -> std::result::Result<String, E>,
    decode: impl Fn(&str) -> std::result::Result<C, E>,
) {
    let text = encode(config).expect("a config can be written");
    let again = decode(&text).expect("a written config can be read");
    assert_eq!(&again, config, "{what}: after a round trip");
    let foreign = if text == "{}" {
        "{\"no_such_key\":0}".to_string()
    } else {
        text.replacen('{', "{\"no_such_key\":0,", 1)
    };
    assert!(decode(&foreign).is_err(), "{what}: an unknown key was accepted");
}

/// The parameters are called exactly `expected`, sorted: a renamed one makes checkpoints
/// unreadable.
///
/// # Panics
/// Where the names differ.
#[track_caller]
pub fn parameter_names_are_stable(what: &str, store: &ParamStore, expected: &[&str]) {
    let names: Vec<String> = store.named().into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, expected, "{what}: the names of the parameters");
}

/// Two tensors have one shape and the same numbers but for rounding ([`SAME`]).
///
/// # Panics
/// Where they differ, naming the first value that does.
#[track_caller]
pub fn same_numbers(what: &str, expected: &Tensor, found: &Tensor) {
    assert_eq!(found.dims(), expected.dims(), "{what}: the shape");
    let pairs = numbers(expected).into_iter().zip(numbers(found));
    for (index, (expected, found)) in pairs.enumerate() {
        let allowed = SAME * expected.abs().max(1.0);
        assert!(
            (expected - found).abs() <= allowed,
            "{what}: value {index}: expected {expected}, found {found}"
        );
    }
}

/// A sum with unequal weights, so that no gradient vanishes by symmetry: a plain sum of outputs
/// that are normalised or softmaxed is a constant. `output` of any shape to a scalar.
///
/// # Errors
/// Whatever candle reports.
pub fn weighted_sum(output: &Tensor) -> Result<Tensor> {
    let weights: Vec<f32> = (0..output.elem_count()).map(weight).collect();
    let weights = Tensor::from_vec(weights, output.shape(), output.device())?;
    Ok((output * weights)?.sum_all()?)
}

/// A number in -0.5..0.5 that looks random, the same for the same index everywhere: the fractional
/// parts of the multiples of the golden ratio (Weyl's equidistributed sequence).
pub fn weight(index: usize) -> f32 {
    const GOLDEN: f64 = 0.618_033_988_749_894_9;
    (((index + 1) as f64 * GOLDEN).fract() - 0.5) as f32
}

fn numbers(tensor: &Tensor) -> Vec<f32> {
    tensor
        .to_dtype(DType::F32)
        .and_then(|tensor| tensor.flatten_all()?.to_vec1())
        .expect("a tensor of numbers can be read")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layers::linear;
    use candle_core::{Device, Module};

    fn built() -> (ParamStore, candle_nn::Linear) {
        let store = ParamStore::new(1, &Device::Cpu);
        let layer = linear(3, 2, store.builder()).expect("a layer");
        (store, layer)
    }

    fn input() -> Tensor {
        let values: Vec<f32> = (0..6).map(weight).collect();
        Tensor::from_vec(values, (2, 3), &Device::Cpu).expect("an input")
    }

    #[test]
    fn a_sound_part_passes() -> Result<()> {
        let (store, layer) = built();
        let output = layer.forward(&input())?;
        shape_is("linear", &output, &[2, 2]);
        all_finite("linear", &output);
        parameter_names_are_stable("linear", &store, &["bias", "weight"]);
        every_parameter_gets_a_gradient("linear", &store, &weighted_sum(&output)?);
        batch_equals_singles("linear", 2, |rows| {
            let rows = input().narrow(0, rows.start, rows.len())?;
            Ok(layer.forward(&rows)?)
        });
        Ok(())
    }

    #[test]
    #[should_panic(expected = "`bias` gets none")]
    fn a_cut_graph_is_found() {
        let (store, layer) = built();
        let loss = input().matmul(&layer.weight().t().expect("a matrix"));
        let loss = weighted_sum(&loss.expect("a product")).expect("a loss");
        every_parameter_gets_a_gradient("cut", &store, &loss);
    }

    #[test]
    #[should_panic(expected = "gets zeros")]
    fn a_gradient_of_zeros_is_found() {
        let (store, layer) = built();
        let output = layer.forward(&input()).expect("an output");
        let zeros = output.zeros_like().expect("zeros");
        let loss = weighted_sum(&(output * zeros).expect("zeros")).expect("a loss");
        every_parameter_gets_a_gradient("zeros", &store, &loss);
    }

    #[test]
    #[should_panic(expected = "row 0 alone")]
    fn a_part_that_mixes_rows_is_found() {
        batch_equals_singles("mean", 2, |rows| {
            let rows = input().narrow(0, rows.start, rows.len())?;
            Ok(rows.broadcast_sub(&rows.mean_keepdim(0)?)?)
        });
    }

    #[test]
    #[should_panic(expected = "an unknown key was accepted")]
    fn a_lenient_config_is_found() {
        let read = |text: &str| Ok::<bool, ()>(text.contains("true"));
        config_round_trip("lenient", &true, |_| Ok("{\"a\":true}".to_string()), read);
    }

    #[test]
    #[should_panic(expected = "not finite")]
    fn not_a_number_is_found() {
        let values = Tensor::new(&[1f32, f32::NAN], &Device::Cpu).expect("values");
        all_finite("values", &values);
    }

    #[test]
    #[should_panic(expected = "another seed gave the same numbers")]
    fn a_deaf_seed_is_found() {
        same_seed_same_numbers("constant", |_| Ok(input()));
    }
}
