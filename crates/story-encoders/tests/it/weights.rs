//! Published weights: reading files of both publishers' formats, damaged and hostile ones, names
//! that do not fit, partial freezing.

use candle_core::{DType, Device, Tensor};
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use story_core::{Error, ParamStore, Result};
use story_encoders::weights::{LoadedWeights, Weights, WeightsBuilder, formula};

fn golden(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/weights").join(name)
}

pub(crate) fn read(path: &Path) -> Result<LoadedWeights> {
    LoadedWeights::read(&[path.to_path_buf()])
}

fn bits(tensor: &Tensor) -> Vec<u32> {
    let values = tensor.flatten_all().and_then(|flat| flat.to_vec1::<f32>());
    values.expect("f32").into_iter().map(f32::to_bits).collect()
}

/// The formula's tensor, after a stay in `dtype`.
fn expected(name: &str, shape: &[usize], dtype: DType) -> Result<Tensor> {
    Ok(formula::tensor(name, shape)?.to_dtype(dtype)?.to_dtype(DType::F32)?)
}

/// A folder with a small safetensors file of three tensors.
pub(crate) fn small_safetensors() -> Result<(tempfile::TempDir, PathBuf)> {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("model.safetensors");
    let tensors = HashMap::from([
        ("a.weight", formula::tensor("a.weight", &[4, 3])?),
        ("a.bias", formula::tensor("a.bias", &[4])?.to_dtype(DType::BF16)?),
        ("b.running_var", formula::tensor("b.running_var", &[4])?),
    ]);
    candle_core::safetensors::save(&tensors, &path)?;
    Ok((folder, path))
}

#[test]
fn state_dicts_of_every_torch_format_equal_the_formula_bit_for_bit() -> Result<()> {
    let tensors: [(&str, &[usize], DType); 9] = [
        ("conv.weight", &[3, 2, 2, 2], DType::F32),
        ("half.weight", &[4, 3], DType::F16),
        ("brain.weight", &[4, 3], DType::BF16),
        ("double.weight", &[4, 3], DType::F32),
        ("transposed.weight", &[3, 4], DType::F32),
        ("slice.weight", &[2, 3], DType::F32),
        ("parameter.weight", &[2, 3], DType::F32),
        ("bn.running_mean", &[3], DType::F32),
        ("tied.weight", &[3, 2, 2, 2], DType::F32),
    ];
    for file in ["zip.pth", "protocol4.pth", "legacy.pth"] {
        let weights = read(&golden(file))?;
        assert_eq!(weights.names().count(), tensors.len() + 1, "{file}");
        for (name, shape, dtype) in tensors {
            let source = if name == "tied.weight" { "conv.weight" } else { name };
            let found = weights.get(name).expect("the tensor is there");
            assert_eq!(found.dims(), shape, "{file} {name}");
            assert_eq!(bits(found), bits(&expected(source, shape, dtype)?), "{file} {name}");
        }
        let count = weights.get("bn.num_batches_tracked").expect("a count");
        assert_eq!(count.to_scalar::<f32>()?, 7.0);
    }
    let wrapped = read(&golden("wrapped.pth"))?;
    assert_eq!(wrapped.names().collect::<Vec<_>>(), ["a.weight"]);
    Ok(())
}

#[test]
fn safetensors_are_widened_and_told_apart_by_their_bytes() -> Result<()> {
    let (folder, path) = small_safetensors()?;
    let weights = read(&path)?;
    let found = weights.get("a.bias").expect("there");
    assert_eq!(bits(found), bits(&expected("a.bias", &[4], DType::BF16)?));
    assert_eq!((weights.identity().len(), weights.source()), (64, path.as_path()));
    let again = folder.path().join("copy.bin"); // The content counts, not the name.
    std::fs::copy(&path, &again).expect("a copy");
    assert_eq!(read(&again)?.identity(), weights.identity());
    Ok(())
}

#[test]
fn what_is_no_state_dict_is_refused_and_nothing_is_run() {
    for (file, parts) in [
        ("malicious.pth", &["system", "no code of a file is ever run", "safetensors"][..]),
        ("module.pth", &["torch.nn.modules.linear.Linear", "state_dict()"]),
        ("list.pth", &["without a state dict"]),
        ("nan.pth", &["`a.weight`", "not finite"]),
        ("int8.pth", &["`a.weight`", "CharStorage", "not quantised"]),
        ("plain.pkl", &["a pickle, but not of torch.save"]),
        ("other.zip", &["0 files data.pkl"]),
    ] {
        let error = read(&golden(file)).expect_err(file);
        assert!(matches!(error, Error::Data(_)), "{error}");
        let message = error.to_string();
        assert!(message.contains(file), "{message}");
        for part in parts {
            assert!(message.contains(part), "{part:?} is not in {message:?}");
        }
    }
    let error = read(Path::new("nowhere.pth")).expect_err("no file");
    assert!(matches!(error, Error::Io { .. }) && error.to_string().contains("nowhere.pth"));
    assert!(matches!(LoadedWeights::read(&[]), Err(Error::Config(_))));
}

#[test]
fn damaged_files_give_errors_and_never_panic() -> Result<()> {
    let (folder, safetensors) = small_safetensors()?;
    let damaged = folder.path().join("damaged");
    let (mut truncations, mut flips, mut accepted) = (0, 0, 0);
    for source in [safetensors, golden("zip.pth"), golden("legacy.pth"), golden("wrapped.pth")] {
        let whole = std::fs::read(&source).expect("the fixture");
        let step = (whole.len() / 150).max(1);
        for length in (0..whole.len()).step_by(step) {
            std::fs::write(&damaged, &whole[..length]).expect("written");
            let result = read(&damaged);
            let message = result.expect_err("a truncated file").to_string();
            assert!(message.contains("damaged: "), "{message}");
            truncations += 1;
        }
        for (index, place) in (0..whole.len()).step_by(step).enumerate() {
            let mut bytes = whole.clone();
            bytes[place] ^= 1 << (index % 8);
            std::fs::write(&damaged, &bytes).expect("written");
            // A flipped bit of a value may well be another value; what counts is no panic.
            accepted += usize::from(read(&damaged).is_ok());
            flips += 1;
        }
    }
    println!("{truncations} truncations, {flips} flips of which {accepted} still read");
    assert!(truncations > 500 && flips > 500);
    Ok(())
}

/// Asks for two of three tensors, one of them in another shape, and for one that is not there.
fn misfit(builder: &WeightsBuilder) -> Result<()> {
    builder.build(&["num_batches_tracked"], |vb| {
        let vb = vb.pp("a");
        assert_eq!(vb.get((3, 4), "weight")?.dims(), [3, 4]);
        vb.get(4, "bias")?;
        assert_eq!(bits(&vb.get(2, "scale")?), [0, 0]);
        Ok(())
    })
}

#[test]
fn one_error_lists_all_names_that_do_not_fit() -> Result<()> {
    let (_folder, path) = small_safetensors()?;
    let store = ParamStore::new(1, &Device::Cpu);
    let weights = read(&path)?.rename(|name| Some(name.replace("b.", "c.")))?;
    let builder = WeightsBuilder::partly(&store, "x", weights.clone(), |_| true);
    let error = misfit(&builder).expect_err("misfits");
    assert!(matches!(error, Error::Config(_)), "{error}");
    let message = error.to_string();
    for part in [
        "model.safetensors",
        "missing `a.scale` [2]",
        "`a.weight` is [4, 3], expected [3, 4]",
        "unexpected `c.running_var` (in the file `b.running_var`)",
    ] {
        assert!(message.contains(part), "{part:?} is not in {message:?}");
    }
    // What fits is named as an example of what the file holds, and not among the faults.
    let faults = message.split_once("; 1 missing").expect("the faults are counted").1;
    assert!(!faults.contains("a.bias"), "{message}");
    let names: Vec<String> = store.named().into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["x.a.bias"], "what does not fit enters no store");

    // Left-out names: by the beginning of the name or of a part of it, never from its middle.
    for (ignore, fits) in
        [(&["c."][..], true), (&["running_var"], true), (&["var"], false), (&[], false)]
    {
        let builder = WeightsBuilder::frozen(&store, "", weights.clone());
        let result = builder.build(ignore, |vb| {
            vb.get((4, 3), "a.weight")?;
            Ok(vb.get(4, "a.bias")?)
        });
        assert_eq!(result.is_ok(), fits, "{ignore:?}");
    }
    Ok(())
}

#[test]
fn a_part_that_fails_by_itself_is_not_blamed_on_the_weights() -> Result<()> {
    let (_folder, path) = small_safetensors()?;
    let store = ParamStore::new(1, &Device::Cpu);
    let builder = WeightsBuilder::frozen(&store, "", read(&path)?);
    let result: Result<()> = builder.build(&[], |_| Err(Error::Config("heads: 0".into())));
    assert!(result.expect_err("the part's").to_string().contains("heads"));
    Ok(())
}

#[test]
fn what_trains_is_in_the_store_and_what_is_frozen_is_not() -> Result<()> {
    let (_folder, path) = small_safetensors()?;
    let weights = Weights::from(read(&path)?);
    for weights in [weights, Weights::Formula, Weights::Random] {
        let store = ParamStore::new(3, &Device::Cpu);
        let builder = WeightsBuilder::partly(&store, "image_encoder", weights.clone(), |name| {
            name == "a.bias" || name == "b.running_var"
        });
        let init = candle_nn::init::DEFAULT_KAIMING_UNIFORM;
        let (frozen, trained, buffer) = builder.build(&[], |vb| {
            assert_eq!(vb.prefix(), "image_encoder");
            let frozen = vb.get_with_hints((4, 3), "a.weight", init)?;
            Ok((frozen, vb.get(4, "a.bias")?, vb.get(4, "b.running_var")?))
        })?;
        let names: Vec<String> = store.named().into_iter().map(|(name, _)| name).collect();
        assert_eq!(names, ["image_encoder.a.bias"]);

        let x = Tensor::ones((2, 3), DType::F32, &Device::Cpu)?;
        let y = x.matmul(&frozen.t()?)?.broadcast_add(&trained)?.broadcast_div(&buffer)?;
        let gradients = y.sqr()?.sum_all()?.backward()?;
        let var = store.get("image_encoder.a.bias").expect("it trains");
        let gradient = gradients.get(&var).expect("a gradient").sqr()?.sum_all()?;
        assert!(gradient.to_scalar::<f32>()? > 0.0, "{weights:?}");
        assert!(gradients.get(&frozen).is_none() && gradients.get(&buffer).is_none());

        // A step moves the parameter and no other copy of the weights.
        var.set(&Tensor::zeros(4, DType::F32, &Device::Cpu)?)?;
        if let Weights::Loaded(loaded) = &weights {
            assert_ne!(bits(loaded.get("a.bias").expect("there")), [0; 4]);
            assert_eq!(bits(&frozen), bits(&formula::tensor("a.weight", &[4, 3])?));
        }
        if let Weights::Random = &weights {
            assert_eq!(buffer.to_vec1::<f32>()?, [1.0; 4]);
            let again = ParamStore::new(3, &Device::Cpu);
            let drawn = again.builder().pp("image_encoder");
            let drawn = drawn.get_with_hints((4, 3), "a.weight", init)?;
            assert_eq!(bits(&frozen), bits(&drawn), "frozen or not, the seed draws the same");
        }
    }
    Ok(())
}

#[test]
fn identities_tell_weights_apart() -> Result<()> {
    let (_folder, path) = small_safetensors()?;
    let loaded = Weights::from(read(&path)?);
    assert!(loaded.identity(1).starts_with("sha256:"));
    assert_eq!(loaded.identity(1), loaded.identity(2));
    assert_ne!(Weights::Random.identity(1), Weights::Random.identity(2));
    assert_eq!(Weights::Formula.identity(1), "formula");
    Ok(())
}
