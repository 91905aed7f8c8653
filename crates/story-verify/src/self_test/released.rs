//! What is known of a file of weights.
//!
//! Opening a detector proves names and shapes. Values can be told by the file's bytes only: the
//! name under which torchvision releases Faster R-CNN, `fasterrcnn_resnet50_fpn_coco-258fb6c6.pth`,
//! ends with the first digits of the file's SHA-256 (`torch.hub.load_state_dict_from_url`). Of
//! YOLOX's files no such digits are known here.

use crate::detector;
use crate::fasterrcnn::{self, FasterRcnn};
use candle_core::Device;
use std::path::Path;
use story_core::Result;

/// The first digits of the SHA-256 of the file that torchvision releases.
const FASTER_RCNN_SHA256: &str = "258fb6c6";

/// Whether a file's values are those that were released.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Values {
    /// Its bytes are the released ones, as far as their published digits tell.
    Released,
    /// Its bytes are others: another format, or other values. Names and shapes cannot tell.
    OtherBytes,
    /// Nothing is known to compare them with.
    Unknown,
}

/// A file that holds the weights of a detector.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Weights {
    /// The file's SHA-256 in hexadecimal digits, where it is compared.
    pub sha256: Option<String>,
    /// The digits with which it should begin, where they are known.
    pub expected: Option<&'static str>,
    /// What follows.
    pub values: Values,
}

/// Opens the weights of the detector called `name`, which proves every name and shape in them, and
/// tells what is known of their values.
///
/// # Errors
/// As [`detector::open`].
pub fn weights(name: &str, path: &Path, device: &Device) -> Result<Weights> {
    let keep = detector::usual_keep(name)?;
    if name != fasterrcnn::NAME {
        detector::open(name, path, keep, device)?;
        return Ok(Weights { sha256: None, expected: None, values: Values::Unknown });
    }
    let opened = FasterRcnn::open(path, keep, device)?;
    Ok(compared(opened.identity()))
}

fn compared(sha256: &str) -> Weights {
    Weights {
        sha256: Some(sha256.to_string()),
        expected: Some(FASTER_RCNN_SHA256),
        values: if sha256.starts_with(FASTER_RCNN_SHA256) {
            Values::Released
        } else {
            Values::OtherBytes
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_told_by_their_first_digits() {
        assert_eq!(compared("258fb6c6aa").values, Values::Released);
        assert_eq!(compared("aa258fb6c6").values, Values::OtherBytes);
        assert_eq!(compared("").values, Values::OtherBytes);
    }

    #[test]
    fn what_cannot_be_opened_is_an_error() {
        let none = Path::new("no-such-weights.pth");
        for name in [fasterrcnn::NAME, "yolox-nano"] {
            assert!(weights(name, none, &Device::Cpu).is_err(), "{name}");
        }
        let error = weights("yolo", none, &Device::Cpu).expect_err("no detector");
        assert!(error.to_string().contains("fasterrcnn-resnet50-fpn"), "{error}");
    }
}
