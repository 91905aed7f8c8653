//! The conformance suite over all text encoders.

use candle_core::{DType, Device, Tensor};
use story_core::conformance;
use story_core::{ParamStore, Pass, Result, TextEncoder, Vocabulary};
use story_encoders::{TextEncoderConfig, TextEncoderDims};

const DIMS: TextEncoderDims =
    TextEncoderDims { vocabulary: Vocabulary { size: 50, pad: 0, unknown: 1, start: 2, end: 3 } };
const TRAIN: Pass = Pass::Train { seed: 5 };
/// Texts of several lengths, the last one without a token.
const TEXTS: [&[u32]; 4] = [&[2, 7, 8, 9, 3], &[2, 8, 3], &[2, 49, 49, 3], &[]];

/// Sizes of published networks here, by key: their full size is compared in `text_published`.
const SMALL: [(&str, usize); 7] = [
    ("vocabulary", DIMS.vocabulary.size),
    ("positions", 32),
    ("width", 16),
    ("layers", 2),
    ("heads", 2),
    ("feed_forward", 24),
    ("projection", 12),
];

/// Every registered encoder, published networks in small and over the suite's vocabulary.
fn all() -> Vec<TextEncoderConfig> {
    let shrunk = |config: TextEncoderConfig| {
        if config.pretrained().is_none() {
            return config;
        }
        let mut value = serde_json::to_value(config).expect("a config can be written");
        for (key, small) in SMALL {
            if let Some(value) = value.get_mut(key) {
                *value = small.into();
            }
        }
        serde_json::from_value(value).expect("a config of the same keys")
    };
    TextEncoderConfig::all().into_iter().map(shrunk).collect()
}

fn built(config: &TextEncoderConfig, seed: u64) -> Result<(ParamStore, Box<dyn TextEncoder>)> {
    let store = ParamStore::new(seed, &Device::Cpu);
    let encoder = config.build(&DIMS, store.builder())?;
    Ok((store, encoder))
}

/// Ids `(N, L)` and mask `(N, L)` of `texts`, padded to `length` with the id `pad`.
fn padded(texts: &[&[u32]], length: usize, pad: u32) -> Result<(Tensor, Tensor)> {
    let (mut tokens, mut mask) = (Vec::new(), Vec::new());
    for text in texts {
        for place in 0..length {
            tokens.push(text.get(place).copied().unwrap_or(pad));
            mask.push(if place < text.len() { 1f32 } else { 0.0 });
        }
    }
    let shape = (texts.len(), length);
    Ok((
        Tensor::from_vec(tokens, shape, &Device::Cpu)?,
        Tensor::from_vec(mask, shape, &Device::Cpu)?,
    ))
}

#[test]
fn every_text_encoder_conforms() -> Result<()> {
    for config in all() {
        let kind = config.kind();
        super::config_is_strict(kind, &config);
        let (store, encoder) = built(&config, 1)?;
        let (tokens, mask) = padded(&TEXTS, 5, 0)?;
        let output = encoder.encode(&tokens, &mask, &TRAIN)?;
        conformance::shape_is(kind, &output, &[TEXTS.len(), encoder.width()]);
        conformance::all_finite(kind, &output);
        let loss = conformance::weighted_sum(&output)?;
        conformance::every_parameter_gets_a_gradient(kind, &store, &loss);
        conformance::batch_equals_singles(kind, TEXTS.len(), |rows| {
            let tokens = tokens.narrow(0, rows.start, rows.len())?;
            let mask = mask.narrow(0, rows.start, rows.len())?;
            encoder.encode(&tokens, &mask, &Pass::Eval)
        });
        conformance::same_seed_same_numbers(kind, |seed| {
            built(&config, seed)?.1.encode(&tokens, &mask, &TRAIN)
        });
    }
    Ok(())
}

#[test]
fn padding_changes_nothing_whatever_its_id_and_length() -> Result<()> {
    for config in all() {
        let (_, encoder) = built(&config, 1)?;
        let run = |length, pad| {
            let (tokens, mask) = padded(&TEXTS, length, pad)?;
            encoder.encode(&tokens, &mask, &Pass::Eval)
        };
        let clean = run(5, DIMS.vocabulary.pad)?;
        conformance::padding_changes_nothing(config.kind(), &clean, &run(5, 31)?);
        conformance::padding_changes_nothing(config.kind(), &clean, &run(32, 0)?);
        let alone = padded(&TEXTS[1..2], TEXTS[1].len(), 0)?;
        let alone = encoder.encode(&alone.0, &alone.1, &Pass::Eval)?;
        conformance::padding_changes_nothing(config.kind(), &alone, &clean.narrow(0, 1, 1)?);
    }
    Ok(())
}

#[test]
fn an_empty_text_gives_finite_gradients() -> Result<()> {
    for config in all() {
        let (store, encoder) = built(&config, 1)?;
        let (tokens, mask) = padded(&[&[]], 4, 0)?;
        let output = encoder.encode(&tokens, &mask, &TRAIN)?;
        let gradients = conformance::weighted_sum(&output)?.backward()?;
        for (name, var) in store.named() {
            if let Some(gradient) = gradients.get(&var) {
                conformance::all_finite(&name, gradient);
            }
        }
    }
    Ok(())
}

#[test]
fn foreign_input_is_an_error_and_no_panic() -> Result<()> {
    for config in all() {
        let (_, encoder) = built(&config, 1)?;
        let mask = |shape: &[usize]| Tensor::ones(shape, DType::F32, &Device::Cpu);
        let tokens = Tensor::new(&[[2u32, 3]], &Device::Cpu)?;
        let beyond = Tensor::new(&[[2u32, 50]], &Device::Cpu)?;
        let none = tokens.narrow(0, 0, 0)?;
        for (tokens, mask) in [
            (&tokens, mask(&[1, 3])?),
            (&tokens, mask(&[2, 2])?),
            (&beyond, mask(&[1, 2])?),
            (&none, mask(&[0, 2])?),
            (&tokens.squeeze(0)?, mask(&[2])?),
        ] {
            assert!(encoder.encode(tokens, &mask, &Pass::Eval).is_err());
        }
    }
    Ok(())
}

#[test]
fn names_of_parameters_are_stable() -> Result<()> {
    const BAG: &[&str] = &["output.bias", "output.weight", "tokens.weight"];
    const LAYER: &[&str] = &[
        "attention.key.weight",
        "attention.output.bias",
        "attention.output.weight",
        "attention.query.bias",
        "attention.query.weight",
        "attention.value.bias",
        "attention.value.weight",
        "attention_norm.bias",
        "attention_norm.weight",
        "contract.bias",
        "contract.weight",
        "expand.bias",
        "expand.weight",
        "feed_forward_norm.bias",
        "feed_forward_norm.weight",
    ];
    const AROUND: &[&str] = &[
        "norm.bias",
        "norm.weight",
        "output.bias",
        "output.weight",
        "positions.weight",
        "tokens.weight",
    ];
    const LEAVES: [&str; 2] = ["bias", "weight"];
    const DISTILBERT_LAYER: &[&str] = &[
        "attention.k_lin",
        "attention.out_lin",
        "attention.q_lin",
        "attention.v_lin",
        "ffn.lin1",
        "ffn.lin2",
        "output_layer_norm",
        "sa_layer_norm",
    ];
    const BERT_LAYER: &[&str] = &[
        "attention.output.LayerNorm",
        "attention.output.dense",
        "attention.self.key",
        "attention.self.query",
        "attention.self.value",
        "intermediate.dense",
        "output.LayerNorm",
        "output.dense",
    ];
    const CLIP_LAYER: &[&str] = &[
        "layer_norm1",
        "layer_norm2",
        "mlp.fc1",
        "mlp.fc2",
        "self_attn.k_proj",
        "self_attn.out_proj",
        "self_attn.q_proj",
        "self_attn.v_proj",
    ];
    let published = |list: &str, layer: &[&str], layers: usize, around: &[&str]| {
        let mut names: Vec<String> = around.iter().map(|name| name.to_string()).collect();
        for index in 0..layers {
            for part in layer {
                for leaf in LEAVES {
                    names.push(format!("{list}.{index}.{part}.{leaf}"));
                }
            }
        }
        names.sort();
        names
    };
    const EMBEDDINGS: [&str; 4] = [
        "embeddings.LayerNorm.bias",
        "embeddings.LayerNorm.weight",
        "embeddings.position_embeddings.weight",
        "embeddings.word_embeddings.weight",
    ];
    const SEGMENTS: &str = "embeddings.token_type_embeddings.weight";
    const AROUND_CLIP: &[&str] = &[
        "text_model.embeddings.position_embedding.weight",
        "text_model.embeddings.token_embedding.weight",
        "text_model.final_layer_norm.bias",
        "text_model.final_layer_norm.weight",
        "text_projection.weight",
    ];
    for config in all() {
        let expected: Vec<String> = match &config {
            TextEncoderConfig::DistilBert(config) => {
                published("transformer.layer", DISTILBERT_LAYER, config.layers, &EMBEDDINGS)
            }
            TextEncoderConfig::Bert(config) => published(
                "encoder.layer",
                BERT_LAYER,
                config.layers,
                &[&EMBEDDINGS[..], &[SEGMENTS]].concat(),
            ),
            TextEncoderConfig::ClipText(config) => {
                published("text_model.encoder.layers", CLIP_LAYER, config.layers, AROUND_CLIP)
            }
            TextEncoderConfig::Bag(_) => BAG.iter().map(|name| name.to_string()).collect(),
            TextEncoderConfig::CompactTransformer(config) => (0..config.layers)
                .flat_map(|layer| LAYER.iter().map(move |name| format!("layers.{layer}.{name}")))
                .chain(AROUND.iter().map(|name| name.to_string()))
                .collect(),
        };
        let expected: Vec<&str> = expected.iter().map(String::as_str).collect();
        let (store, _) = built(&config, 1)?;
        conformance::parameter_names_are_stable(config.kind(), &store, &expected);
    }
    Ok(())
}
