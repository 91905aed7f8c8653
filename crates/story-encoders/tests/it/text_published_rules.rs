//! What the published text encoders promise beside their numbers: gradients for what trains, no
//! graph for what is frozen, refusals that name what does not fit, names of older files.

use super::text_published::{TOLERANCE, dims, distance, golden, padded};
use candle_core::{Device, Tensor};
use story_core::conformance::weighted_sum;
use story_core::{Error, ParamStore, Pass, Result};
use story_encoders::text::{BertConfig, ClipTextConfig, DistilBertConfig, SelfTest};
use story_encoders::weights::{Weights, WeightsBuilder, formula};
use story_encoders::{Pretrained, TextEncoderConfig};

/// The sizes of the script's small networks.
fn small(kind: &str, train: usize) -> TextEncoderConfig {
    match kind {
        "distilbert" => TextEncoderConfig::DistilBert(DistilBertConfig {
            vocabulary: 50,
            positions: 12,
            width: 8,
            layers: 3,
            heads: 2,
            feed_forward: 12,
            train,
            ..DistilBertConfig::default()
        }),
        "bert" => TextEncoderConfig::Bert(BertConfig {
            vocabulary: 50,
            positions: 12,
            width: 8,
            layers: 3,
            heads: 2,
            feed_forward: 12,
            train,
            ..BertConfig::default()
        }),
        _ => TextEncoderConfig::ClipText(ClipTextConfig {
            vocabulary: 50,
            positions: 12,
            width: 8,
            layers: 3,
            heads: 2,
            feed_forward: 12,
            projection: 6,
            train,
            ..ClipTextConfig::default()
        }),
    }
}

fn is_trainable(config: &TextEncoderConfig, name: &str) -> bool {
    config.pretrained().is_none_or(|network| network.is_trainable(name))
}

#[test]
fn gradients_of_the_top_layers_equal_pytorch_and_what_is_frozen_has_none() -> Result<()> {
    for (kind, case) in golden().gradients {
        let config = small(&kind, case.train);
        let dims = dims(50, if kind == "clip-text" { 49 } else { 3 });
        let store = ParamStore::new(1, &Device::Cpu);
        let trains = config.clone();
        let trains = move |name: &str| is_trainable(&trains, name);
        let encoder = WeightsBuilder::partly(&store, "", Weights::Formula, trains)
            .build(&[], |vb| config.build(&dims, vb))?;
        let trainable = store.named();
        let names: Vec<&String> = trainable.iter().map(|(name, _)| name).collect();
        assert_eq!(names, case.gradients.keys().collect::<Vec<_>>(), "{kind}");
        let (ids, mask) = padded(&case.texts, 0, case.padding)?;
        let output = encoder.encode(&ids, &mask, &Pass::Eval)?;
        let off = distance(&case.output, &output.flatten_all()?.to_vec1()?);
        assert!(off <= TOLERANCE, "{kind}: output {off}");
        let gradients = weighted_sum(&output)?.backward()?;
        let mut worst = 0f64;
        for (name, var) in &trainable {
            let gradient = gradients.get(var).expect("a trainable parameter");
            let off = distance(&case.gradients[name], &gradient.flatten_all()?.to_vec1()?);
            assert!(off <= TOLERANCE, "{kind}: {name}: {off}");
            worst = worst.max(off);
        }
        println!("{kind}: gradients within {worst:.1e} of PyTorch");
    }
    Ok(())
}

#[test]
fn a_frozen_network_runs_without_a_graph() -> Result<()> {
    for kind in ["distilbert", "bert", "clip-text"] {
        let dims = dims(50, 3);
        let frozen = small(kind, 0).build(&dims, formula::builder())?;
        let (ids, mask) = padded(&[vec![2, 7, 9, 3], vec![2, 3]], 1, 0)?;
        let output = frozen.encode(&ids, &mask, &Pass::Eval)?;
        assert!(!output.track_op(), "{kind}");
        assert!(!is_trainable(&small(kind, 0), "text_projection.weight"));
    }
    Ok(())
}

#[test]
fn a_vocabulary_that_does_not_fit_and_texts_that_are_too_long_are_named() -> Result<()> {
    for kind in ["distilbert", "bert", "clip-text"] {
        let config = small(kind, 0);
        let refused = config.build(&dims(51, 3), formula::builder()).err();
        let message = refused.expect("another vocabulary").to_string();
        for part in ["does not fit the embedding", "51", "50", kind] {
            assert!(message.contains(part), "{message}");
        }
        let encoder = config.build(&dims(50, 3), formula::builder())?;
        let run = |text: Vec<u32>, more| -> Result<Tensor> {
            let (ids, mask) = padded(&[text], more, 0)?;
            encoder.encode(&ids, &mask, &Pass::Eval)
        };
        let long = run(vec![5; 13], 0);
        assert!(
            matches!(long, Err(Error::Config(m)) if m.contains("13 tokens") && m.contains("12 positions"))
        );
        // Padding beyond the positions is no text.
        assert_eq!(run(vec![5; 12], 20)?.dims(), [1, encoder.width()]);
    }
    Ok(())
}

#[test]
fn a_layer_below_the_top_is_the_network_without_the_layers_above() -> Result<()> {
    let dims = dims(50, 3);
    let TextEncoderConfig::Bert(config) = small("bert", 0) else {
        unreachable!("small gives what it is asked for")
    };
    let below = BertConfig { layer: 2, ..config.clone() };
    let shallow = BertConfig { layers: 1, ..config.clone() };
    let (ids, mask) = padded(&[vec![2, 7, 9, 3], vec![2, 3]], 0, 0)?;
    let run = |config: &BertConfig| -> Result<Vec<Vec<f32>>> {
        let encoder = config.build(&dims, formula::builder())?;
        Ok(encoder.encode(&ids, &mask, &Pass::Eval)?.to_vec2()?)
    };
    assert_eq!(run(&below)?, run(&shallow)?);
    assert_ne!(run(&below)?, run(&config)?);
    let ignored = below.ignored_names();
    for name in ["encoder.layer.1.", "encoder.layer.2.", "pooler."] {
        assert!(ignored.iter().any(|ignored| ignored == name), "{name}");
    }
    assert!(!ignored.iter().any(|name| name == "encoder.layer.0."));
    Ok(())
}

#[test]
fn the_self_test_of_distilbert_tells_published_weights_from_others() -> Result<()> {
    let network = DistilBertConfig {
        layers: 1,
        width: 24,
        heads: 2,
        feed_forward: 8,
        ..DistilBertConfig::default()
    }
    .network(&dims(30_522, 102), formula::builder())?;
    let mut test = SelfTest::distilbert(&network, &Device::Cpu)?;
    assert_eq!((test.expected.len(), test.found.len()), (9, 9));
    assert!(test.worst() > SelfTest::TOLERANCE);
    test.found.clone_from(&test.expected);
    assert!(test.worst() <= SelfTest::TOLERANCE);
    test.found[4] = f32::NAN;
    assert!(test.worst() > SelfTest::TOLERANCE);
    Ok(())
}

#[test]
fn names_of_older_and_headed_files_are_those_that_are_asked_for() {
    let bert = BertConfig::default();
    for (published, asked) in [
        ("bert.embeddings.LayerNorm.gamma", "embeddings.LayerNorm.weight"),
        (
            "bert.encoder.layer.3.attention.output.LayerNorm.beta",
            "encoder.layer.3.attention.output.LayerNorm.bias",
        ),
        ("encoder.layer.0.output.dense.bias", "encoder.layer.0.output.dense.bias"),
        ("cls.predictions.transform.LayerNorm.gamma", "cls.predictions.transform.LayerNorm.weight"),
        ("alphabeta", "alphabeta"),
    ] {
        assert_eq!(bert.rename(published), asked);
    }
    let distilbert = DistilBertConfig::default();
    let name = "transformer.layer.0.ffn.lin1.weight";
    assert_eq!(distilbert.rename(&format!("distilbert.{name}")), name);
    assert_eq!(distilbert.rename(name), name);
}
