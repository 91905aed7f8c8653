use super::*;
use std::sync::Arc;

fn story(id: &str, frames: &[(&[u8], &str)]) -> Story {
    let frame = |(image, text): &(&[u8], &str)| Frame {
        image: Some(Arc::from(*image)),
        text: (*text).into(),
        ..Frame::default()
    };
    Story { id: id.into(), frames: frames.iter().map(frame).collect(), ..Story::default() }
}

fn nothing(_: &str) -> Reading {
    Reading::default()
}

fn stories() -> Vec<Story> {
    vec![
        story("a", &[(b"1", "One."), (b"2", "Two."), (b"2", "Also two.")]),
        story("b", &[(b"3", "Three."), (b"4", "Four."), (b"5", "")]),
        story("c", &[(b"6", "Six."), (b"1", "Seven."), (b"8", "ONE. ")]),
    ]
}

#[test]
fn a_text_is_no_negative_of_a_picture_that_it_is_told_with() {
    let stories = stories();
    let config = ExamplesConfig {
        negatives_a_frame: 6,
        position: Position::Any,
        ..ExamplesConfig::default()
    };
    for seed in 0..40 {
        let made = examples(&stories, &[0, 1, 2], &config, seed, &nothing);
        for example in made.examples.iter().filter(|it| it.negative.is_some()) {
            let shown = stories[example.story].frames[example.frame].image.as_ref();
            let told = stories.iter().flat_map(|story| &story.frames).any(|frame| {
                frame.image.as_ref() == shown && folded(&frame.text) == folded(&example.text)
            });
            assert!(!told, "{example:?}");
        }
        let kinds = |kind| made.examples.iter().filter(|it| it.negative == Some(kind)).count();
        assert!(kinds(NegativeKind::OtherFrame) >= 5 && kinds(NegativeKind::OtherStory) >= 5);
        assert_eq!(made.examples.iter().filter(|it| it.negative.is_none()).count(), 8);
    }
}

#[test]
fn parts_do_not_leak_and_seeds_decide() {
    let stories = stories();
    let config = ExamplesConfig::default();
    let made = |selection: &[usize], seed| examples(&stories, selection, &config, seed, &nothing);
    let foreign = ["Six.", "Seven.", "ONE. "];
    for seed in 0..40 {
        let part = made(&[0, 1], seed);
        assert!(part.examples.iter().all(|it| !foreign.contains(&it.text.as_str())));
        assert_eq!(part, made(&[0, 1], seed));
    }
    assert!((0..9).any(|seed| made(&[0, 1], seed) != made(&[0, 1], seed + 1)));
    assert!(made(&[], 1).examples.is_empty());
    let alone = made(&[1], 3);
    let kinds: Vec<_> = alone.examples.iter().filter_map(|it| it.negative).collect();
    assert_eq!(kinds, [NegativeKind::OtherFrame; 2]);
}

#[test]
fn other_stories_are_asked_at_the_same_place() {
    let stories = stories();
    let config =
        ExamplesConfig { kinds: vec![NegativeKind::OtherStory], ..ExamplesConfig::default() };
    for seed in 0..40 {
        let made = examples(&stories, &[0, 1], &config, seed, &nothing);
        for example in made.examples.iter().filter(|it| it.negative.is_some()) {
            let (other, frame) = (1 - example.story, example.frame);
            assert_eq!(stories[other].frames[frame].text, example.text);
        }
    }
}
