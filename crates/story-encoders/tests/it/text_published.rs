//! The published text encoders against `transformers` (`tools/golden/text_encoders.py`): full-size
//! networks on weights from a formula, and real weights where they lie.

use candle_core::{Device, Tensor};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};
use story_core::{ParamStore, Pass, Result, TextEncoder, Vocabulary};
use story_encoders::Pretrained;
use story_encoders::text::{
    BertConfig, ClipTextConfig, DistilBertConfig, Pooling, TextEncoderDims,
};
use story_encoders::weights::{LoadedWeights, WeightsBuilder, formula};

/// Largest distance of a vector from the oracle's, relative to the oracle's length: ours are single
/// precision, the oracle's double.
pub const TOLERANCE: f64 = 1e-5;
/// Every `STRIDE`-th value of a vector is kept; the script has the same.
const STRIDE: usize = 12;
/// A vector shorter than this is measured as if it were as long: the gradient of a key's bias is 0
/// in exact numbers, because softmax cancels it, and rounding noise on both sides.
const VANISHING: f64 = 1e-2;

#[derive(Deserialize)]
pub struct Golden {
    forward: BTreeMap<String, Forward>,
    pub gradients: BTreeMap<String, Gradients>,
}

#[derive(Deserialize)]
struct Forward {
    texts: Vec<Vec<u32>>,
    padding: u32,
    pooled: BTreeMap<String, Vec<Numbers>>,
    states: Vec<State>,
}

#[derive(Deserialize)]
struct Numbers {
    slice: Vec<f64>,
    norm: f64,
}

#[derive(Deserialize)]
struct State {
    token: usize,
    slice: Vec<f64>,
    norm: f64,
}

#[derive(Deserialize)]
pub struct Gradients {
    pub texts: Vec<Vec<u32>>,
    pub padding: u32,
    pub train: usize,
    pub output: Vec<f64>,
    pub gradients: BTreeMap<String, Vec<f64>>,
}

pub fn golden() -> Golden {
    serde_json::from_str(include_str!("../golden/text_encoders.json"))
        .expect("the golden file is whole")
}

pub fn dims(size: usize, end: u32) -> TextEncoderDims {
    TextEncoderDims { vocabulary: Vocabulary { size, pad: 0, unknown: 1, start: 2, end } }
}

/// Ids and mask `(N, L)`, as long as the longest text and `more`.
pub fn padded(texts: &[Vec<u32>], more: usize, padding: u32) -> Result<(Tensor, Tensor)> {
    let longest = texts.iter().map(Vec::len).max().unwrap_or(0) + more;
    let (mut ids, mut mask) = (Vec::new(), Vec::new());
    for text in texts {
        let rest = longest - text.len();
        ids.extend(text.iter().copied().chain(std::iter::repeat_n(padding, rest)));
        mask.extend((0..longest).map(|place| f32::from(u8::from(place < text.len()))));
    }
    let shape = (texts.len(), longest);
    Ok((Tensor::from_vec(ids, shape, &Device::Cpu)?, Tensor::from_vec(mask, shape, &Device::Cpu)?))
}

pub fn distance(expected: &[f64], found: &[f32]) -> f64 {
    assert_eq!(expected.len(), found.len());
    let pairs = expected.iter().zip(found);
    let square = pairs.map(|(e, f)| (e - f64::from(*f)).powi(2)).sum::<f64>();
    let length = expected.iter().map(|e| e * e).sum::<f64>();
    square.sqrt() / length.sqrt().max(VANISHING)
}

/// Distance of `vector` from the kept values and from the norm, the larger one.
fn apart(slice: &[f64], norm: f64, vector: &[f32], whole: &[f32]) -> f64 {
    let kept: Vec<f32> = vector.iter().copied().step_by(STRIDE).collect();
    let found = whole.iter().map(|v| f64::from(*v).powi(2)).sum::<f64>();
    distance(slice, &kept).max((found.sqrt() / norm - 1.0).abs())
}

/// Vectors in a batch with padding and one by one without, and the hidden states, are the oracle's.
fn check_forward(
    kind: &str,
    encoders: &[(&str, &dyn TextEncoder)],
    hidden_states: impl Fn(&Tensor, &Tensor) -> Result<Tensor>,
) -> Result<()> {
    let case = &golden().forward[kind];
    let mut worst = 0f64;
    for (pooling, encoder) in encoders {
        let expected = &case.pooled[*pooling];
        let mut check = |texts: &[Vec<u32>], first: usize, more: usize| -> Result<()> {
            let (ids, mask) = padded(texts, more, case.padding)?;
            let found = encoder.encode(&ids, &mask, &Pass::Eval)?.to_vec2::<f32>()?;
            for (expected, found) in expected[first..].iter().zip(&found) {
                worst = worst.max(apart(&expected.slice, expected.norm, found, found));
            }
            Ok(())
        };
        check(&case.texts, 0, 0)?;
        check(&case.texts, 0, 9)?;
        for (number, text) in case.texts.iter().enumerate() {
            check(std::slice::from_ref(text), number, 0)?;
        }
    }
    let (ids, mask) = padded(&case.texts, 0, case.padding)?;
    let states = hidden_states(&ids, &mask)?.to_vec3::<f32>()?;
    for ((expected, text), states) in case.states.iter().zip(&case.texts).zip(&states) {
        let whole = states[..text.len()].concat();
        let token = &states[expected.token];
        worst = worst.max(apart(&expected.slice, expected.norm, token, &whole));
    }
    assert!(worst <= TOLERANCE, "{kind}: {worst}");
    Ok(())
}

#[test]
fn distilbert_equals_transformers() -> Result<()> {
    let network = DistilBertConfig::default().network(&dims(30_522, 3), formula::builder())?;
    check_forward("distilbert", &[("cls", &network)], |ids, mask| network.hidden_states(ids, mask))
}

#[test]
fn minilm_equals_transformers() -> Result<()> {
    let built = |pooling| {
        let config = BertConfig { pooling, ..BertConfig::default() };
        config.network(&dims(30_522, 3), formula::builder())
    };
    let (cls, mean) = (built(Pooling::Cls)?, built(Pooling::Mean)?);
    check_forward("minilm", &[("cls", &cls), ("mean", &mean)], |ids, mask| {
        cls.hidden_states(ids, mask)
    })
}

#[test]
fn bert_base_equals_transformers() -> Result<()> {
    let config = BertConfig {
        width: 768,
        layers: 12,
        feed_forward: 3072,
        pooling: Pooling::Cls,
        ..BertConfig::default()
    };
    let network = config.network(&dims(30_522, 3), formula::builder())?;
    check_forward("bert-base", &[("cls", &network)], |ids, mask| network.hidden_states(ids, mask))
}

#[test]
fn the_text_tower_of_clip_equals_transformers() -> Result<()> {
    let dims = dims(49_408, 49_407);
    let tower = ClipTextConfig::default().network(&dims, formula::builder())?;
    // The batch's longest text has all 77 positions: what is longer is padding throughout.
    check_forward("clip-text", &[("end", &tower)], |ids, mask| tower.hidden_states(ids, mask))
}

/// The folder of all-MiniLM-L6-v2: `STORY_MINILM`, or the one among the shared files.
fn minilm() -> Option<PathBuf> {
    let shared = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/weights/minilm");
    let folder = std::env::var_os("STORY_MINILM").map_or(shared, PathBuf::from);
    if folder.join("model.safetensors").exists() {
        return Some(folder);
    }
    // Not `println!`, whose lines are shown of failing tests only.
    let line = format!(
        "\nskipped: {} is not there; set STORY_MINILM to the folder of all-MiniLM-L6-v2\n",
        folder.join("model.safetensors").display()
    );
    std::io::stdout().write_all(line.as_bytes()).expect("stdout");
    None
}

#[derive(Deserialize)]
struct RealVectors {
    texts: Vec<Vec<u32>>,
    vectors: Vec<Vec<f64>>,
    cosines: Vec<Vec<f64>>,
}

#[test]
fn real_minilm_weights_give_the_published_embeddings() -> Result<()> {
    let Some(folder) = minilm() else {
        return Ok(());
    };
    let golden: RealVectors = serde_json::from_str(include_str!("../golden/minilm.json"))
        .expect("the golden file is whole");
    let config = BertConfig::default();
    let weights = LoadedWeights::read(&[folder.join("model.safetensors")])?;
    let weights = weights.rename(|name| Some(config.rename(name)))?;
    let ignored = config.ignored_names();
    let ignored: Vec<&str> = ignored.iter().map(String::as_str).collect();
    let store = ParamStore::new(1, &Device::Cpu);
    let encoder = WeightsBuilder::frozen(&store, "text_encoder", weights)
        .build(&ignored, |vb| config.build(&dims(30_522, 102), vb))?;
    assert!(store.named().is_empty());
    let (ids, mask) = padded(&golden.texts, 3, 0)?;
    let vectors = encoder.encode(&ids, &mask, &Pass::Eval)?;
    let vectors = story_core::layers::l2_normalize(&vectors)?; // as sentence-transformers does
    let cosines = vectors.matmul(&vectors.t()?)?.to_vec2::<f32>()?;
    let vectors = vectors.to_vec2::<f32>()?;
    let mut worst = 0f64;
    let vectors = vectors.iter().map(|row| &row[..16]).zip(&golden.vectors);
    let cosines = cosines.iter().map(Vec::as_slice).zip(&golden.cosines);
    for (found, expected) in vectors.chain(cosines) {
        assert_eq!(found.len(), expected.len());
        for (found, expected) in found.iter().zip(expected) {
            worst = worst.max((f64::from(*found) - expected).abs());
        }
    }
    println!("all-MiniLM-L6-v2: within {worst:.1e} of transformers");
    assert!(worst <= TOLERANCE, "{worst}");
    // The first two sentences say one thing.
    assert!(golden.cosines[0][1] > 0.5 && golden.cosines[0][2] < 0.3);
    Ok(())
}
