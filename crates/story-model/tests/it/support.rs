//! A tiny model and invented windows.

use candle_core::{DType, Device, Tensor};
use story_align::{AlignmentConfig, ConcatConfig, FusionConfig};
use story_core::batch::Origin;
use story_core::conformance::weight;
use story_core::{Batch, ParamStore, Result, Vocabulary};
use story_encoders::{
    CompactCnnConfig, CompactTransformerConfig, ImageEncoderConfig, TextEncoderConfig,
};
use story_model::{
    ConvTransposeConfig, EmbeddingHeadConfig, EmbeddingLoss, EmbeddingTarget, GruTextDecoderConfig,
    ImageDecoderConfig, Inputs, LookBack, LstmSequenceConfig, ModelConfig, ModelDims, Novelty,
    OutputWeights, Predict, SequenceModelConfig, Space, StoryModel, TextDecoderConfig,
};

pub const FRAMES: usize = 3;
pub const LENGTH: usize = 6;
pub const ENCODER_SIZE: usize = 8;
pub const TARGET_SIZE: usize = 14;
pub const VOCABULARY: Vocabulary = Vocabulary { size: 13, pad: 0, unknown: 1, start: 2, end: 3 };
pub const DIMS: ModelDims =
    ModelDims { vocabulary: VOCABULARY, encoder_size: ENCODER_SIZE, target_size: TARGET_SIZE };

/// Compact parts of a few numbers each.
pub fn tiny() -> ModelConfig {
    ModelConfig {
        width: 8,
        step_words: 0,
        painter_told: 0.0,
        inputs: Inputs::Both,
        image_encoder: ImageEncoderConfig::CompactCnn(CompactCnnConfig {
            channels: vec![6],
            width: 10,
            input_size: ENCODER_SIZE,
            grid: 2,
        }),
        text_encoder: TextEncoderConfig::CompactTransformer(CompactTransformerConfig {
            width: 8,
            layers: 1,
            heads: 2,
            feed_forward: 12,
            dropout: 0.1,
            max_tokens: LENGTH,
            output: 9,
        }),
        alignment: AlignmentConfig::InfoNce(Default::default()),
        fusion: FusionConfig::Concat(ConcatConfig { width: 7 }),
        sequence: SequenceModelConfig::Lstm(LstmSequenceConfig { layers: 2, dropout: 0.1 }),
        text_decoder: TextDecoderConfig::Gru(GruTextDecoderConfig {
            embedding_width: 6,
            hidden_width: 12,
            context_input: true,
            attention: LookBack::None,
            copy: LookBack::None,
            output_weights: OutputWeights::Own,
            dropout: 0.1,
        }),
        image_decoder: ImageDecoderConfig::ConvTranspose(ConvTransposeConfig {
            channels: vec![5, 3],
        }),
        embedding_head: EmbeddingHeadConfig {
            hidden_width: 11,
            predict: Predict::Embedding,
            space: Space::Projected,
            novelty: Novelty::None,
            loss: EmbeddingLoss::InfoNce { temperature: 0.2 },
            target: EmbeddingTarget::Constant,
        },
    }
}

/// The same without dropout.
pub fn tiny_without_dropout() -> ModelConfig {
    let mut config = tiny();
    if let TextEncoderConfig::CompactTransformer(text) = &mut config.text_encoder {
        text.dropout = 0.0;
    }
    if let SequenceModelConfig::Lstm(lstm) = &mut config.sequence {
        lstm.dropout = 0.0;
    }
    if let TextDecoderConfig::Gru(gru) = &mut config.text_decoder {
        gru.dropout = 0.0;
    }
    config
}

/// The same config with a text decoder that attends to the context's words and copies them, and a summary
/// that reads each step by itself; the painter is told the next text in half of the windows.
pub fn looking_back(mut config: ModelConfig) -> ModelConfig {
    config.step_words = 3;
    config.painter_told = 0.5;
    if let TextDecoderConfig::Gru(gru) = &mut config.text_decoder {
        (gru.attention, gru.copy) = (LookBack::Words, LookBack::Words);
    }
    config
}

pub fn built(config: &ModelConfig, seed: u64) -> (ParamStore, StoryModel) {
    let store = ParamStore::new(seed, &Device::Cpu);
    let model = StoryModel::new(config, &DIMS, &store).expect("the config can be built");
    (store, model)
}

/// A tensor of the given shape whose numbers depend on `phase`.
pub fn numbers(shape: &[usize], phase: usize) -> Tensor {
    let count = shape.iter().product();
    let values: Vec<f32> = (0..count).map(|i| weight(i + 7919 * phase)).collect();
    Tensor::from_vec(values, shape, &Device::Cpu).expect("one number each")
}

/// `count` windows from number `first` on: the picture's colours and the words tell the window's
/// number, so that all of the target can be learned. Lengths differ; window 1 lacks its first
/// frame's picture, window 2 its second text and the target picture, window 3 all of frame 0.
pub fn windows(first: usize, count: usize) -> Batch {
    let rows: Vec<Batch> = (first..first + count).map(window).collect();
    join(&rows).expect("windows of one shape")
}

fn window(number: usize) -> Batch {
    let cpu = &Device::Cpu;
    let words = |seed: usize, length: usize| -> Vec<u32> {
        let mut ids = vec![VOCABULARY.start];
        ids.extend((0..length).map(|i| 4 + ((number * 5 + seed * 3 + i * (1 + seed)) % 9) as u32));
        ids.push(VOCABULARY.end);
        ids.resize(LENGTH, VOCABULARY.pad);
        ids
    };
    let masks = |ids: &[u32]| -> Vec<f32> { ids.iter().map(|id| f32::from(*id != 0)).collect() };
    let mut tokens: Vec<u32> = Vec::new();
    for frame in 0..FRAMES {
        tokens.extend(words(frame + 1, 1 + (number + frame) % 4));
    }
    let mut token_mask = masks(&tokens);
    let (mut image_mask, mut text_mask, mut target_image) = ([1f32; FRAMES], [1f32; FRAMES], 1f32);
    match number % 8 {
        1 => image_mask[0] = 0.0,
        2 => (text_mask[1], target_image) = (0.0, 0.0),
        3 => (image_mask[0], text_mask[0]) = (0.0, 0.0),
        _ => {}
    }
    for frame in (0..FRAMES).filter(|&frame| text_mask[frame] == 0.0) {
        token_mask[frame * LENGTH..][..LENGTH].fill(0.0);
    }
    let target = words(0, 2 + number % 3);
    let target_mask = masks(&target);
    // One colour a window, for the target.
    let picture: Vec<f32> = (0..3)
        .flat_map(|channel| vec![weight(number * 3 + channel) + 0.5; TARGET_SIZE * TARGET_SIZE])
        .collect();
    let make = || -> Result<Batch> {
        Batch {
            images: numbers(&[1, FRAMES, 3, ENCODER_SIZE, ENCODER_SIZE], number),
            image_mask: Tensor::new(&[image_mask], cpu)?,
            tokens: Tensor::from_vec(tokens.clone(), (1, FRAMES, LENGTH), cpu)?,
            token_mask: Tensor::from_vec(token_mask.clone(), (1, FRAMES, LENGTH), cpu)?,
            text_mask: Tensor::new(&[text_mask], cpu)?,
            target_image: Tensor::from_vec(picture, (1, 3, TARGET_SIZE, TARGET_SIZE), cpu)?,
            target_encoder_image: numbers(&[1, 3, ENCODER_SIZE, ENCODER_SIZE], 100 + number),
            target_image_mask: Tensor::new(&[target_image], cpu)?,
            target_tokens: Tensor::from_vec(target, (1, LENGTH), cpu)?,
            target_mask: Tensor::from_vec(target_mask, (1, LENGTH), cpu)?,
            // Windows 0 and 1 are of one story.
            stories: vec![number.max(1) as u64],
            origins: vec![Origin { story: format!("story-{}", number.max(1)), target: number }],
            image_features: None,
            text_features: None,
            shown_images: None,
            telling: None,
        }
        .checked()
    };
    make().expect("shapes agree")
}

/// Batches one after the other as one batch.
pub fn join(batches: &[Batch]) -> Result<Batch> {
    let cat = |field: fn(&Batch) -> &Tensor| -> Result<Tensor> {
        let tensors: Vec<&Tensor> = batches.iter().map(field).collect();
        Ok(Tensor::cat(&tensors, 0)?)
    };
    Batch {
        images: cat(|b| &b.images)?,
        image_mask: cat(|b| &b.image_mask)?,
        tokens: cat(|b| &b.tokens)?,
        token_mask: cat(|b| &b.token_mask)?,
        text_mask: cat(|b| &b.text_mask)?,
        target_image: cat(|b| &b.target_image)?,
        target_encoder_image: cat(|b| &b.target_encoder_image)?,
        target_image_mask: cat(|b| &b.target_image_mask)?,
        target_tokens: cat(|b| &b.target_tokens)?,
        target_mask: cat(|b| &b.target_mask)?,
        stories: batches.iter().flat_map(|b| b.stories.clone()).collect(),
        origins: batches.iter().flat_map(|b| b.origins.clone()).collect(),
        image_features: None,
        text_features: None,
        shown_images: None,
        telling: None,
    }
    .checked()
}

/// Every number of a tensor, bit for bit.
pub fn bits(tensor: &Tensor) -> Vec<u32> {
    let flat = tensor.to_dtype(DType::F32).and_then(|t| t.flatten_all()?.to_vec1::<f32>());
    let flat = flat.expect("numbers");
    flat.iter().map(|value| value.to_bits()).collect()
}

/// Every parameter, bit for bit.
pub fn all_bits(store: &ParamStore) -> Vec<(String, Vec<u32>)> {
    let named = store.named().into_iter();
    named.map(|(name, var)| (name, bits(var.as_tensor()))).collect()
}
