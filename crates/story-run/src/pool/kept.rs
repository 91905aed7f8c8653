//! `training-frames.safetensors` in a run's folder: its first training targets in its embedding head's
//! space, so that whoever looks for near ones has neither to read nor to encode the training stories.
//!
//! The file has one tensor, `vectors` `(M, E)`, and one text beside it, a JSON document that says which
//! frames they are, of which parameters and encoder they are made, and the digest of the numbers; it
//! carries its own digest (see [`story_model::seal`]).

use super::pictures::Pictures;
use super::targets::{MOST, TrainingTargets};
use super::{Pool, PoolFrame};
use crate::error::{Error, Result};
use crate::frozen::preprocessing;
use crate::host::Host;
use crate::network::Network;
use crate::opened::OpenedRun;
use crate::run_folder::RunFolder;
use candle_core::{DType, Device, Tensor};
use safetensors::SafeTensors;
use safetensors::tensor::{Dtype, TensorView};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::collections::HashMap;
use std::path::Path;
use story_core::Story;
use story_encoders::weights::digest::{hex, sha256};
use story_files::guard::guarded;
use story_model::{Checkpoint, seal};

/// The file's name.
const FILE: &str = "training-frames.safetensors";
/// The tensor's name.
const VECTORS: &str = "vectors";
/// The name of the text beside it.
const FRAMES: &str = "frames";
/// The layout's version.
const VERSION: u32 = 1;
/// The most bytes of the file: a pool of the widest vectors and of long texts has fewer.
const MOST_BYTES: u64 = 1 << 28;

/// Which frames the vectors are of, and what made them.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    version: u32,
    /// Tells the parameters and the picture encoder that made the vectors.
    made_by: String,
    /// SHA-256 of the vectors' bytes.
    vectors_sha256: String,
    frames: Vec<PoolFrame>,
}

/// Keeps `targets`, which `network` made of `stories`, in the folder of the run that it is of. Where the
/// run's checkpoint has no digest nothing is kept, for nothing could say later whose they are.
///
/// # Errors
/// Where it cannot be written.
pub(crate) fn keep(
    targets: &TrainingTargets,
    network: &Network,
    stories: &[Story],
    folder: &RunFolder,
) -> Result<()> {
    let checkpoint = Checkpoint::open(&folder.checkpoint())?;
    let Some(parameters) = checkpoint.best_digest() else { return Ok(()) };
    let made_by = made_by(network, parameters)?;
    folder.write(FILE, &file(&targets.rows, targets.frames(stories), made_by)?)
}

/// The file of `frames` with their vectors, `rows` `(M, E)`.
fn file(rows: &Tensor, frames: Vec<PoolFrame>, made_by: String) -> Result<Vec<u8>> {
    let (count, width) = rows.dims2()?;
    let numbers: Vec<f32> = rows.flatten_all()?.to_vec1()?;
    let bytes: Vec<u8> = numbers.into_iter().flat_map(f32::to_le_bytes).collect();
    let vectors_sha256 = hex(&sha256(&bytes));
    let document = Document { version: VERSION, made_by, vectors_sha256, frames };
    let broken = |error: &dyn std::fmt::Display| Error::Bug(format!("{FILE}: {error}"));
    let view = TensorView::new(Dtype::F32, vec![count, width], &bytes).map_err(|e| broken(&e))?;
    // One text alone: the library writes several in no certain order.
    let texts = HashMap::from([(FRAMES.to_string(), seal::sealed(&document)?)]);
    safetensors::serialize([(VECTORS, view)], Some(texts)).map_err(|e| broken(&e))
}

/// The pool that the run keeps; `None` where it keeps none, or one of other parameters. A damaged one is
/// said and passed over.
///
/// # Errors
/// Those of bringing it to the run's device.
pub(super) fn read(run: &OpenedRun, host: &Host) -> Result<Option<Pool>> {
    let path = run.path.join(FILE);
    let bytes = match story_files::read(&path, MOST_BYTES) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => {
            host.warn(&passed_over(&path, &error.to_string()));
            return Ok(None);
        }
    };
    let read = guarded(|| parse(&bytes)).unwrap_or_else(|gave_up| Err(gave_up.to_string()));
    let (document, rows) = match read {
        Ok(read) => read,
        Err(what) => {
            host.warn(&passed_over(&path, &what));
            return Ok(None);
        }
    };
    let parameters = run.parameters_digest.as_deref();
    let own = parameters.map(|digest| made_by(&run.network, digest)).transpose()?;
    if own.as_ref() != Some(&document.made_by) {
        host.say("the vectors of training frames that the run keeps are of other weights: they are made anew");
        return Ok(None);
    }
    Ok(Some(Pool {
        frames: document.frames,
        rows: rows.to_device(&run.network.device)?, // (M, E)
        pictures: Pictures::InStories {
            data: Box::new(run.config().data.clone()),
            kept: path,
            host: host.clone(),
        },
    }))
}

fn passed_over(path: &Path, what: &str) -> String {
    format!(
        "{}: {what}; it is damaged and passed over, and the training stories are read; `story evaluate --run {}` writes it anew",
        path.display(),
        path.parent().unwrap_or(path).display()
    )
}

/// What the file holds, checked; the error says what is wrong with it.
fn parse(bytes: &[u8]) -> Result<(Document, Tensor), String> {
    let said = |error: &dyn std::fmt::Display| format!("not a whole safetensors file: {error}");
    let (_, header) = SafeTensors::read_metadata(bytes).map_err(|e| said(&e))?;
    let texts = header.metadata().as_ref();
    let text = texts.and_then(|texts| texts.get(FRAMES));
    let text = text.ok_or_else(|| format!("`{FRAMES}` is missing beside the tensors"))?;
    let seal::Opened { content, is_sealed } = seal::opened(text.as_bytes())?;
    let document: Document = serde_json::from_value(content).map_err(|e| e.to_string())?;
    if !is_sealed || document.version != VERSION {
        return Err(format!("version {}, expected {VERSION} with a digest", document.version));
    }
    let tensors = SafeTensors::deserialize(bytes).map_err(|e| said(&e))?;
    let vectors = tensors.tensor(VECTORS).map_err(|e| said(&e))?;
    let found = hex(&sha256(vectors.data()));
    if found != document.vectors_sha256 {
        return Err(format!(
            "the vectors' SHA-256 is {found}, expected {}",
            document.vectors_sha256
        ));
    }
    let (shape, frames) = (vectors.shape(), document.frames.len());
    if vectors.dtype() != Dtype::F32 || shape.len() != 2 || shape[0] != frames || frames > MOST {
        return Err(format!(
            "{shape:?} numbers of {:?} for {frames} frames, expected a row of F32 each, of {MOST} at most",
            vectors.dtype()
        ));
    }
    let rows = Tensor::from_raw_buffer(vectors.data(), DType::F32, shape, &Device::Cpu);
    Ok((document, rows.map_err(|e| e.to_string())?))
}

/// Tells the parameters, by the digest of their file, and the picture encoder before them.
fn made_by(network: &Network, parameters: &str) -> Result<String> {
    let encoder = match network.frozen.image() {
        Some(frozen) => frozen.identity().clone(),
        None => serde_json::to_value(&network.config.model.image_encoder)?,
    };
    let all = json!({
        "parameters": parameters,
        "encoder": encoder,
        "preprocessing": preprocessing(&network.config),
        "pictures": network.config.data.pictures,
    });
    Ok(hex(&sha256(all.to_string().as_bytes())))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frames(count: usize) -> Vec<PoolFrame> {
        let frame = |frame| PoolFrame {
            story: "a".into(),
            frame,
            text: "A fox.".into(),
            picture: (frame > 0).then(|| "0a".into()),
        };
        (0..count).map(frame).collect()
    }

    #[test]
    fn what_was_kept_is_read_and_no_bit_of_it_flips_unseen() -> Result<()> {
        let rows = Tensor::new(&[[1f32, 0.0], [0.6, 0.8]], &Device::Cpu)?;
        let bytes = file(&rows, frames(2), "made".into())?;
        let (document, read) = parse(&bytes).map_err(Error::Bug)?;
        assert_eq!((document.made_by.as_str(), &document.frames), ("made", &frames(2)));
        assert_eq!(read.to_vec2::<f32>()?, [[1.0, 0.0], [0.6, 0.8]]);
        for bit in 0..8 * bytes.len() {
            let mut flipped = bytes.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            // The file's own header may be written in other ways that mean the same.
            if let Ok((other, rows)) = parse(&flipped) {
                assert_eq!(other, document, "bit {bit}");
                assert_eq!(rows.to_vec2::<f32>()?, read.to_vec2::<f32>()?, "bit {bit}");
            }
        }
        for length in 0..bytes.len() {
            assert!(parse(&bytes[..length]).is_err(), "{length} bytes");
        }
        Ok(())
    }

    #[test]
    fn vectors_that_are_not_one_a_frame_are_refused() -> Result<()> {
        let rows = |count: usize| Tensor::zeros((count, 2), DType::F32, &Device::Cpu);
        for (vectors, named) in [(3, 2), (MOST + 1, MOST + 1)] {
            let bytes = file(&rows(vectors)?, frames(named), String::new())?;
            let said = parse(&bytes).map(|_| ()).expect_err("another number");
            assert!(said.contains("expected a row of F32 each"), "{said}");
        }
        Ok(())
    }
}
