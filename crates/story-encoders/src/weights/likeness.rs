//! What a file of weights seems to be, told by the names in it: whoever named the wrong file learns
//! which one it is.

use super::LoadedWeights;

/// Names listed of a file that is not known.
const EXAMPLES: usize = 3;

/// A name that files of a kind have, or a part of it, and what they are.
const KNOWN: [(&str, &str); 12] = [
    ("roi_heads.box_predictor.", "torchvision's Faster R-CNN or a relative"),
    ("backbone.backbone.stem.", "YOLOX"),
    ("text_model.embeddings.", "CLIP of transformers"),
    ("visual.transformer.", "CLIP of OpenAI"),
    ("transformer.layer.0.attention.q_lin", "DistilBERT"),
    ("layer_scale1", "DINOv2"),
    ("attention.self.query", "a network of BERT's family, such as MiniLM"),
    ("self_attn.q_proj", "a language model of Llama's family"),
    ("features.18.", "torchvision's MobileNetV2"),
    ("conv_stem.", "timm's MobileNetV2 or a relative"),
    ("patch_embed.", "a Vision Transformer"),
    ("image_encoder.", "a checkpoint of this program"),
];

/// What the file seems to be, in words, with how many tensors it has.
pub(super) fn likeness(weights: &LoadedWeights) -> String {
    let names: Vec<&str> =
        weights.names().map(|name| weights.published(name).unwrap_or(name)).collect();
    let count = names.len();
    let has = |part: &str| names.iter().any(|name| name.contains(part));
    if let Some((_, what)) = KNOWN.iter().find(|(part, _)| has(part)) {
        return format!("the file seems to be {what} ({count} tensors)");
    }
    if let Some(resnet) = resnet(&names) {
        return format!("the file seems to be {resnet} ({count} tensors)");
    }
    let examples: Vec<String> =
        names.iter().take(EXAMPLES).map(|name| format!("`{name}`")).collect();
    format!("the file has {count} tensors, such as {}", examples.join(", "))
}

/// Which ResNet, by its third stage's blocks and whether a block has three convolutions.
fn resnet(names: &[&str]) -> Option<String> {
    let blocks = (0..)
        .take_while(|block| {
            let name = format!("layer3.{block}.conv1.weight");
            names.iter().any(|found| found.ends_with(&name))
        })
        .count();
    let bottleneck = names.iter().any(|name| name.ends_with("layer1.0.conv3.weight"));
    match (blocks, bottleneck) {
        (0, _) => None,
        (2, false) => Some("ResNet-18".into()),
        (6, false) => Some("ResNet-34".into()),
        (6, true) => Some("ResNet-50".into()),
        (23, true) => Some("ResNet-101".into()),
        (36, true) => Some("ResNet-152".into()),
        _ => Some("a ResNet".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use candle_core::{DType, Device, Tensor};

    #[test]
    fn a_file_is_known_by_its_names() {
        let of = |names: &[&str]| {
            let tensor = |name: &&str| {
                let zeros = Tensor::zeros(1, DType::F32, &Device::Cpu).expect("a tensor");
                (name.to_string(), zeros)
            };
            let weights = LoadedWeights::from_tensors(names.iter().map(tensor), "memory");
            likeness(&weights.expect("weights"))
        };
        let small = ["layer1.0.conv1.weight", "layer3.0.conv1.weight", "layer3.1.conv1.weight"];
        assert_eq!(of(&small), "the file seems to be ResNet-18 (3 tensors)");
        let bert = of(&["bert.encoder.layer.0.attention.self.query.weight"]);
        assert!(bert.contains("BERT's family"), "{bert}");
        assert_eq!(of(&["a", "b", "c", "d"]), "the file has 4 tensors, such as `a`, `b`, `c`");
    }
}
