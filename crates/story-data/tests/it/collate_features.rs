//! Collation with vectors of frozen encoders in the place of pictures and texts.

use super::collate::{all_windows, batch, collator, config, floats, story};
use std::sync::Arc;
use story_core::Story;
use story_data::Error;
use story_data::collate::{CollateConfig, FeatureTable, FeatureTables, OnBadPicture};
use story_data::window::WindowKind;

pub(crate) const WIDTH: usize = 2;

/// The place of a frame, told by its features.
pub(crate) fn row(story: usize, frame: usize) -> [f32; WIDTH] {
    [story as f32 + 1.0, frame as f32 + 1.0]
}

pub(crate) fn tables(stories: &[Story]) -> FeatureTables {
    let (mut image, mut text) = (FeatureTable::new(WIDTH), FeatureTable::new(WIDTH));
    for (number, story) in stories.iter().enumerate() {
        for (place, frame) in story.frames.iter().enumerate() {
            if let Some(bytes) = &frame.image {
                image.insert(bytes, &row(number, place)).expect("a row");
            }
            let content = frame.text.as_bytes();
            text.insert(content, &row(number, place)).expect("a row");
        }
    }
    FeatureTables { image: Some(Arc::new(image)), text: Some(Arc::new(text)) }
}

#[test]
fn features_stand_in_the_place_of_their_frames() {
    let mut stories = [story(1, 5), story(2, 3)];
    stories[0].frames[1].image = None;
    stories[0].frames[2].text.clear();
    let windows = all_windows(&stories, WindowKind::First);
    let whole = batch(config(), &stories);
    let made = collator(config())
        .with_features(tables(&stories))
        .collate(&stories, &windows)
        .expect("a batch");
    let image = made.image_features.as_ref().expect("picture features");
    let text = made.text_features.as_ref().expect("text features");
    assert_eq!(image.context.dims(), [2, 4, WIDTH]);
    let rows = |frames: [Option<(usize, usize)>; 4]| -> Vec<f32> {
        let row = |place: Option<(usize, usize)>| place.map_or([0.0; WIDTH], |(s, f)| row(s, f));
        frames.into_iter().flat_map(row).collect()
    };
    let first = [Some((0, 0)), None, Some((0, 2)), Some((0, 3))];
    // The second story has two context frames; its last pair pads.
    let second = [Some((1, 0)), Some((1, 1)), Some((1, 1)), Some((1, 1))];
    assert_eq!(floats(&image.context), [rows(first), rows(second)].concat());
    let first = [Some((0, 0)), Some((0, 1)), None, Some((0, 3))];
    assert_eq!(floats(&text.context), [rows(first), rows(second)].concat());
    assert_eq!(floats(&image.target), [row(0, 4), row(1, 2)].concat());
    assert_eq!(floats(&text.target), [row(0, 4), row(1, 2)].concat());
    // All that is no encoder's input is as without features.
    assert_eq!(made.images.dims(), [2, 4, 3, 0, 0]);
    for (with, without) in [
        (&made.image_mask, &whole.image_mask),
        (&made.text_mask, &whole.text_mask),
        (&made.tokens, &whole.tokens),
        (&made.target_image, &whole.target_image),
        (&made.target_image_mask, &whole.target_image_mask),
    ] {
        assert_eq!(floats(with), floats(without));
    }
}

#[test]
fn a_frame_without_its_feature_is_told_or_masked() {
    let mut stories = [story(1, 5)];
    let tables = tables(&stories);
    stories[0].frames[2].image = Some(Arc::from(&b"no picture"[..]));
    let windows = all_windows(&stories, WindowKind::First);
    let failing = collator(config()).with_features(tables.clone());
    let error = failing.collate(&stories, &windows).expect_err("a fault");
    assert!(matches!(error, Error::Data { .. }), "{error}");
    let masking = CollateConfig { on_bad_picture: OnBadPicture::Mask, ..config() };
    let made = collator(masking)
        .with_features(tables.clone())
        .collate(&stories, &windows)
        .expect("a batch");
    assert_eq!(floats(&made.image_mask), [1.0, 1.0, 0.0, 1.0]);
    // A whole picture or a text that nobody made features of.
    for frame in [2, 4] {
        let mut foreign = [story(1, 5)];
        foreign[0].frames[frame] = story(3, 5).frames[0].clone();
        let error = failing.collate(&foreign, &windows).expect_err("foreign");
        assert!(error.to_string().contains("has no feature"), "{error}");
    }
}
