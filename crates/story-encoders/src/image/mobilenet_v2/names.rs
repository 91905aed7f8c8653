//! The names that timm and Hugging Face give to torchvision's MobileNetV2.
//!
//! | torchvision | timm | Hugging Face |
//! |---|---|---|
//! | `features.0.{0,1}` | `conv_stem`, `bn1` | `conv_stem.first_conv` |
//! | `features.1.conv` | `blocks.0.0` | `conv_stem.{conv_3x3,reduce_1x1}` |
//! | `features.{k}.conv`, 2 to 17 | `blocks.{group}.{place}` | `layer.{k - 2}` |
//! | `features.18.{0,1}` | `conv_head`, `bn2` | `conv_1x1` |
//! | `classifier.1` | `classifier` | `classifier` |

use super::{CLASSIFIER, GROUPS, STAGES};

/// Torchvision's name, or `None` for one that is of neither.
pub(super) fn rename(name: &str) -> Option<String> {
    if let Some(rest) = name.strip_prefix("classifier.") {
        let ours = rest.starts_with("1.");
        return (!ours).then(|| format!("{CLASSIFIER}.{rest}"));
    }
    if let Some(rest) = name.strip_prefix("mobilenet_v2.") {
        return hugging_face(rest);
    }
    timm(name).or_else(|| hugging_face(name))
}

fn timm(name: &str) -> Option<String> {
    let (first, rest) = name.split_once('.')?;
    match first {
        "conv_stem" if !rest.contains('.') => Some(format!("features.0.0.{rest}")),
        "bn1" => Some(format!("features.0.1.{rest}")),
        "conv_head" => Some(format!("features.{}.0.{rest}", STAGES - 1)),
        "bn2" => Some(format!("features.{}.1.{rest}", STAGES - 1)),
        "blocks" => {
            let (group, rest) = rest.split_once('.')?;
            let (place, rest) = rest.split_once('.')?;
            let (part, rest) = rest.split_once('.')?;
            let (group, place): (usize, usize) = (group.parse().ok()?, place.parse().ok()?);
            let (_, _, count, _) = *GROUPS.get(group)?;
            let before: usize = GROUPS[..group].iter().map(|(_, _, count, _)| count).sum();
            let inner = match (group, part) {
                (0, "conv_dw") => "0.0",
                (0, "bn1") => "0.1",
                (0, "conv_pw") => "1",
                (0, "bn2") => "2",
                (1.., "conv_pw") => "0.0",
                (1.., "bn1") => "0.1",
                (1.., "conv_dw") => "1.0",
                (1.., "bn2") => "1.1",
                (1.., "conv_pwl") => "2",
                (1.., "bn3") => "3",
                _ => return None,
            };
            (place < count).then(|| format!("features.{}.conv.{inner}.{rest}", 1 + before + place))
        }
        _ => None,
    }
}

fn hugging_face(name: &str) -> Option<String> {
    if let Some(rest) = name.strip_prefix("conv_1x1.") {
        return Some(format!("features.{}.{}", STAGES - 1, pair("0", "1", rest)?));
    }
    if let Some(rest) = name.strip_prefix("conv_stem.") {
        let (part, rest) = rest.split_once('.')?;
        return match part {
            "first_conv" => Some(format!("features.0.{}", pair("0", "1", rest)?)),
            "conv_3x3" => Some(format!("features.1.conv.{}", pair("0.0", "0.1", rest)?)),
            "reduce_1x1" => Some(format!("features.1.conv.{}", pair("1", "2", rest)?)),
            _ => None,
        };
    }
    let (layer, rest) = name.strip_prefix("layer.")?.split_once('.')?;
    let (part, rest) = rest.split_once('.')?;
    let inner = match part {
        "expand_1x1" => pair("0.0", "0.1", rest)?,
        "conv_3x3" => pair("1.0", "1.1", rest)?,
        "reduce_1x1" => pair("2", "3", rest)?,
        _ => return None,
    };
    let stage = layer.parse::<usize>().ok()?.checked_add(2)?;
    (stage < STAGES - 1).then(|| format!("features.{stage}.conv.{inner}"))
}

/// The place of a convolution or of its norm.
fn pair(convolution: &str, norm: &str, rest: &str) -> Option<String> {
    match rest.split_once('.')? {
        ("convolution", rest) => Some(format!("{convolution}.{rest}")),
        ("normalization", rest) => Some(format!("{norm}.{rest}")),
        _ => None,
    }
}
