//! Collation of what should not be: broken and odd pictures, windows of other stories, configs.

use crate::collate::{all_windows, batch, collator, config, floats, png, story, tokenizer};
use image::RgbImage;
use std::sync::Arc;
use story_data::collate::{CollateConfig, Collator, OnBadPicture};
use story_data::window::{StoryWindow, WindowKind};
use story_pictures::{Fit, Preprocessing};

#[test]
fn a_broken_picture_is_an_error_or_a_counted_mask() {
    let mut stories = [story(1, 5), story(2, 5)];
    stories[1].frames[3].image = Some(Arc::from(&b"\xff\xd8\xff\xe0 broken"[..]));
    stories[1].frames[4].image = Some(Arc::from(&b"<html>"[..]));
    let windows = all_windows(&stories, WindowKind::First);
    let error = collator(config()).collate(&stories, &windows).expect_err("a broken picture");
    assert!(error.is_record());
    let error = error.to_string();
    for part in ["story-2", "frame 3", "`3.png`", "JPEG", "on_bad_picture"] {
        assert!(error.contains(part), "{error}");
    }
    let masking = collator(CollateConfig { on_bad_picture: OnBadPicture::Mask, ..config() });
    for _ in 0..2 {
        let batch = masking.collate(&stories, &windows).expect("a batch");
        assert_eq!(floats(&batch.image_mask)[4..], [1.0, 1.0, 1.0, 0.0]);
        assert_eq!(floats(&batch.target_image_mask), [1.0, 0.0]);
    }
    let bad = masking.bad_pictures();
    let places: Vec<_> = bad.iter().map(|bad| (bad.story.as_str(), bad.frame)).collect();
    assert_eq!(places, [("story-2", 3), ("story-2", 4)]);
    assert!(bad[1].reason.contains("not JPEG, PNG or WebP"));
}

#[test]
fn odd_pictures_fit() {
    let mut one = story(1, 5);
    one.frames[0].image = Some(png(&RgbImage::from_pixel(1, 1, image::Rgb([255, 255, 255]))));
    one.frames[1].image = Some(png(&RgbImage::from_pixel(1, 300, image::Rgb([0, 0, 0]))));
    for fit in [Fit::Stretch, Fit::Crop] {
        let mut config = config();
        config.context_pixels.fit = fit;
        let batch = batch(config, std::slice::from_ref(&one));
        let white = batch.images.get(0).and_then(|t| t.get(0)).expect("a slot");
        let Preprocessing { mean, std, .. } = config.context_pixels;
        assert!((floats(&white)[0] - (1.0 - mean[0]) / std[0]).abs() < 1e-5);
        assert!(floats(&batch.images).iter().all(|value| value.is_finite()));
    }
    let limited = CollateConfig { max_pixels: 200, ..config() };
    let stories = [one];
    let windows = all_windows(&stories, WindowKind::First);
    let error = collator(limited).collate(&stories, &windows).expect_err("too large");
    assert!(error.to_string().contains("limit of 200"), "{error}");
}

#[test]
fn windows_of_other_stories_are_refused() {
    let stories = [story(1, 6)];
    let good = all_windows(&stories, WindowKind::First).remove(0);
    let collator = collator(config());
    let refuse = |window: StoryWindow, word: &str| {
        let error = collator.collate(&stories, &[good.clone(), window]).expect_err(word);
        assert!(error.to_string().contains(word), "{error}");
    };
    refuse(StoryWindow { story: 1, ..good.clone() }, "story 1 of 1");
    refuse(StoryWindow { target: 6, ..good.clone() }, "frame 6 of 6");
    refuse(StoryWindow { target: 2, ..good.clone() }, "in its context");
    let mut short = good.clone();
    short.context.pop();
    refuse(short, "3 context frames; expected 4");
    let mut far = good.clone();
    far.context[0].frame = usize::MAX;
    refuse(far, "frame");
    assert!(collator.collate(&stories, &[]).is_err());
    assert!(collator.collate(&[], std::slice::from_ref(&good)).is_err());
}

#[test]
fn configs_that_cannot_be_are_refused() {
    for (config, key) in [
        (CollateConfig { max_tokens: 1, ..config() }, "max_tokens"),
        (CollateConfig { target_size: 0, ..config() }, "target_size"),
        (
            CollateConfig {
                context_pixels: Preprocessing { std: [0.0; 3], ..Preprocessing::default() },
                ..config()
            },
            "context_pixels",
        ),
    ] {
        let error = Collator::new(config, tokenizer()).expect_err(key);
        assert!(error.to_string().contains(key), "{error}");
    }
    let text = serde_json::to_string(&config()).expect("json");
    let back: CollateConfig = serde_json::from_str(&text).expect("a config");
    assert_eq!(back, config());
    let wrong = text.replace("max_tokens", "max_token");
    assert!(serde_json::from_str::<CollateConfig>(&wrong).is_err());
}
