//! Collation: what stands in the tensors, and what must not.

use candle_core::Tensor;
use image::{ImageFormat, RgbImage};
use std::io::Cursor;
use std::sync::Arc;
use story_core::{Batch, Frame, Story, rng};
use story_data::collate::{CollateConfig, Collator};
use story_data::tokenizer::{StoryTokenizer, TrainConfig};
use story_data::window::{StoryWindow, WindowConfig, WindowKind, windows};
use story_pictures::Preprocessing;

const SIZE: usize = 8;
const TARGET: usize = 12;
pub(crate) const TOKENS: usize = 10;

pub(crate) fn png(picture: &RgbImage) -> Arc<[u8]> {
    let mut out = Cursor::new(Vec::new());
    picture.write_to(&mut out, ImageFormat::Png).expect("encodes");
    out.into_inner().into()
}

fn frame(story: usize, index: usize) -> Frame {
    let colour = image::Rgb([story as u8 * 25, index as u8 * 20, 77]);
    let mut picture = RgbImage::from_pixel(16, 9, colour);
    picture.put_pixel(index as u32, 3, image::Rgb([255, 0, 0]));
    Frame {
        image: Some(png(&picture)),
        image_path: format!("{index}.png"),
        text: format!("the {index} cat of {story} sat."),
        ..Frame::default()
    }
}

pub(crate) fn story(number: usize, frames: usize) -> Story {
    Story {
        id: format!("story-{number}"),
        frames: (0..frames).map(|index| frame(number, index)).collect(),
        ..Story::default()
    }
}

pub(crate) fn tokenizer() -> StoryTokenizer {
    StoryTokenizer::train(
        ["the cat sat of 0123456789."],
        TrainConfig { vocabulary_size: 100, min_frequency: 1 },
    )
    .expect("a tokenizer")
}

pub(crate) fn config() -> CollateConfig {
    CollateConfig {
        context_pixels: Preprocessing { size: SIZE, ..Preprocessing::default() },
        target_size: TARGET,
        max_tokens: TOKENS,
        ..CollateConfig::default()
    }
}

pub(crate) fn collator(config: CollateConfig) -> Collator {
    Collator::new(config, tokenizer()).expect("a collator")
}

pub(crate) fn all_windows(stories: &[Story], kind: WindowKind) -> Vec<StoryWindow> {
    let selection: Vec<usize> = (0..stories.len()).collect();
    windows(WindowConfig { context: 4, kind }, stories, &selection).expect("windows").0
}

pub(crate) fn batch(config: CollateConfig, stories: &[Story]) -> Batch {
    let windows = all_windows(stories, WindowKind::First);
    collator(config).collate(stories, &windows).expect("a batch")
}

pub(crate) fn floats(tensor: &Tensor) -> Vec<f32> {
    let flat = tensor.flatten_all().expect("flat");
    flat.to_dtype(candle_core::DType::F32).and_then(|flat| flat.to_vec1()).expect("values")
}

pub(crate) fn tensors(batch: &Batch) -> Vec<Vec<f32>> {
    let context = context_tensors(batch);
    let target = [
        &batch.target_image,
        &batch.target_encoder_image,
        &batch.target_image_mask,
        &batch.target_tokens,
        &batch.target_mask,
    ];
    context.into_iter().chain(target.map(floats)).collect()
}

fn context_tensors(batch: &Batch) -> Vec<Vec<f32>> {
    [&batch.images, &batch.image_mask, &batch.tokens, &batch.token_mask, &batch.text_mask]
        .map(floats)
        .into()
}

#[test]
fn a_batch_holds_what_its_windows_name() {
    let stories = [story(1, 5), story(2, 6)];
    let batch = batch(config(), &stories);
    assert_eq!(batch.images.dims(), [2, 4, 3, SIZE, SIZE]);
    assert_eq!(batch.target_image.dims(), [2, 3, TARGET, TARGET]);
    assert_eq!(batch.target_encoder_image.dims(), [2, 3, SIZE, SIZE]);
    assert_eq!(floats(&batch.image_mask), [1.0; 8]);
    assert_eq!(floats(&batch.text_mask), [1.0; 8]);
    assert_eq!(batch.stories, [rng::hash("story-1"), rng::hash("story-2")]);
    assert_eq!(batch.origins[1].story, "story-2");
    assert_eq!(batch.origins[1].target, 4);
    // The blue of every picture is 77: once in 0..1, once normalised.
    let Preprocessing { mean, std, .. } = config().context_pixels;
    let blue = |tensor: &Tensor, row: usize| floats(&tensor.get(row).expect("a row"));
    let target = blue(&batch.target_image, 1);
    let plane = &target[2 * TARGET * TARGET..];
    assert!((plane[TARGET * TARGET - 1] - 77.0 / 255.0).abs() < 1e-6);
    let seen = blue(&batch.target_encoder_image, 1);
    let expected = (77.0 / 255.0 - mean[2]) / std[2];
    assert!((seen[3 * SIZE * SIZE - 1] - expected).abs() < 1e-5);
    // Tokens are the tokenizer's rows, frame by frame.
    let tokenizer = tokenizer();
    let row = tokenizer.encode(&stories[1].frames[2].text, TOKENS).expect("a row");
    let found: Vec<u32> =
        batch.tokens.get(1).and_then(|t| t.get(2)).and_then(|t| t.to_vec1()).expect("ids");
    assert_eq!(found, row.ids);
    let target: Vec<u32> = batch.target_tokens.get(0).and_then(|t| t.to_vec1()).expect("ids");
    let row = tokenizer.encode(&stories[0].frames[4].text, TOKENS).expect("a row");
    assert_eq!(target, row.ids);
    assert_eq!(floats(&batch.target_mask)[..TOKENS], row.mask);
}

#[test]
fn changing_the_target_does_not_move_the_context() {
    for frames in [2, 3, 4, 5, 9] {
        let original = story(1, frames);
        let mut changed = original.clone();
        let target = all_windows(std::slice::from_ref(&original), WindowKind::First)[0].target;
        changed.frames[target].text = "of of of".into();
        changed.frames[target].image =
            Some(png(&RgbImage::from_pixel(30, 30, image::Rgb([1, 250, 3]))));
        let (a, b) = (batch(config(), &[original]), batch(config(), &[changed]));
        assert_eq!(context_tensors(&a), context_tensors(&b), "{frames} frames");
        assert_ne!(floats(&a.target_tokens), floats(&b.target_tokens));
        assert_ne!(floats(&a.target_image), floats(&b.target_image));
        assert_ne!(floats(&a.target_encoder_image), floats(&b.target_encoder_image));
    }
}

#[test]
fn a_batch_of_many_is_many_batches_of_one() {
    let stories = [story(1, 3), story(2, 7), story(3, 5)];
    let windows = all_windows(&stories, WindowKind::All);
    let collator = collator(config());
    let whole = collator.collate(&stories, &windows).expect("a batch");
    for (row, window) in windows.iter().enumerate() {
        let one = collator.collate(&stories, std::slice::from_ref(window)).expect("a batch");
        let from_whole = whole.images.get(row).expect("a row");
        assert_eq!(floats(&one.images), floats(&from_whole));
        let tokens = whole.target_tokens.get(row).expect("a row");
        assert_eq!(floats(&one.target_tokens), floats(&tokens));
    }
}

#[test]
fn padding_repeats_the_last_pair_under_masks_of_zero() {
    let batch = batch(config(), &[story(1, 3)]);
    assert_eq!(floats(&batch.image_mask), [1.0, 1.0, 0.0, 0.0]);
    assert_eq!(floats(&batch.text_mask), [1.0, 1.0, 0.0, 0.0]);
    let slot = |index: usize| {
        let image = batch.images.get(0).and_then(|t| t.get(index)).expect("a slot");
        let tokens = batch.tokens.get(0).and_then(|t| t.get(index)).expect("a slot");
        (floats(&image), floats(&tokens))
    };
    assert_ne!(slot(0), slot(1));
    assert_eq!(slot(1), slot(2));
    assert_eq!(slot(1), slot(3));
    // No row of tokens is masked as a whole: attention over it would divide by zero.
    for row in floats(&batch.token_mask).chunks(TOKENS) {
        assert!(row[0] == 1.0 && row[1] == 1.0);
    }
}

#[test]
fn missing_pictures_and_texts_are_masked_apart() {
    let mut one = story(1, 5);
    one.frames[1].image = None;
    one.frames[2].text = "  ".into();
    let mut two = story(2, 5);
    two.frames[4].image = None;
    two.frames[4].text.clear();
    let batch = batch(config(), &[one, two]);
    assert_eq!(floats(&batch.image_mask)[..4], [1.0, 0.0, 1.0, 1.0]);
    assert_eq!(floats(&batch.text_mask)[..4], [1.0, 1.0, 0.0, 1.0]);
    assert_eq!(floats(&batch.target_image_mask), [1.0, 0.0]);
    let mask = floats(&batch.target_mask);
    assert!(mask[..TOKENS].contains(&1.0));
    assert_eq!(mask[TOKENS..], [0.0; TOKENS]);
    let blank = batch.images.get(0).and_then(|t| t.get(1)).expect("a slot");
    assert!(floats(&blank).iter().all(|value| *value == 0.0));
}

#[test]
fn the_cache_changes_nothing_but_the_work() {
    let stories = [story(1, 9), story(2, 3)];
    let windows = all_windows(&stories, WindowKind::All);
    for target_size in [TARGET, SIZE] {
        let config = CollateConfig { target_size, ..config() };
        let plain = tensors(&collator(config).collate(&stories, &windows).expect("a batch"));
        // Room for everything, for a part, for nothing.
        for cache_bytes in [1 << 20, 1000, 0] {
            let cached = collator(CollateConfig { cache_bytes, ..config });
            for epoch in 0..3 {
                let batch = cached.collate(&stories, &windows).expect("a batch");
                assert_eq!(tensors(&batch), plain, "{cache_bytes} bytes, epoch {epoch}");
            }
            assert!(cached.cache().bytes <= cache_bytes);
            assert_eq!(cached.cache().hits > 0, cache_bytes > 0);
        }
    }
}

#[test]
fn a_full_cache_decodes_nothing_anew() {
    let mut stories = [story(1, 9)];
    let windows = all_windows(&stories, WindowKind::All);
    let cached = collator(CollateConfig { cache_bytes: 1 << 20, ..config() });
    cached.collate(&stories, &windows).expect("a batch");
    let misses = cached.cache().misses;
    // New memory with the same bytes, as a stream gives in its next epoch.
    for frame in &mut stories[0].frames {
        frame.image = frame.image.as_deref().map(Arc::from);
    }
    cached.collate(&stories, &windows).expect("a batch");
    assert_eq!(cached.cache().misses, misses);
}
