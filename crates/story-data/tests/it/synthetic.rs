//! The synthetic world: reproducible, well-formed, drawn as its boxes say, and as random as it
//! says it is.

use std::collections::BTreeSet;
use story_core::BoundingBox;
use story_core::rng::rng;
use story_data::synthetic::{
    Character, Luck, Mark, OUTCOME_STEP, Object, Picture, Place, Plot, SIDE, Scene,
    SyntheticSource, SyntheticStory, Thing,
};
use story_data::{Columns, Record, Split, StorySource};

fn records(seed: u64, split: Split, stories: usize, columns: Columns) -> Vec<Record> {
    let mut source = SyntheticSource::new(seed, split, stories).with_columns(columns);
    std::iter::from_fn(|| source.next_record())
        .map(|record| record.expect("a synthetic record"))
        .collect()
}

#[test]
fn same_seed_same_bytes_and_any_prefix() {
    let long = records(3, Split::Train, 6, Columns::All);
    assert_eq!(long[..4], records(3, Split::Train, 4, Columns::All));
    assert_ne!(long[0], records(4, Split::Train, 1, Columns::All)[0]);
    assert_ne!(long[0].story, records(3, Split::Test, 1, Columns::Text)[0].story);
    let texts: BTreeSet<&str> = long.iter().map(|record| record.story.as_str()).collect();
    assert_eq!(texts.len(), long.len());
}

#[test]
fn every_record_tells_its_split_and_number_and_the_last_one_ends() {
    let mut source = SyntheticSource::new(3, Split::Test, 40).with_columns(Columns::Text);
    let ids: Vec<String> =
        (0..40).map(|_| source.next_record().expect("forty").expect("a record").story_id).collect();
    let expected: Vec<String> = (0..40).map(|at| format!("synthetic-test-{at:06}")).collect();
    assert_eq!(ids, expected);
    assert!(source.next_record().is_none());
}

#[test]
fn without_pictures_all_else_is_the_same() {
    let with = records(5, Split::Train, 5, Columns::All);
    let without = records(5, Split::Train, 5, Columns::Text);
    for (with, without) in with.iter().zip(&without) {
        assert!(without.images.iter().all(|image| image.bytes.is_none()));
        assert!(with.images.iter().all(|image| image.bytes.is_some()));
        assert_eq!(with.story, without.story);
        assert_eq!(with.chain_of_thought, without.chain_of_thought);
    }
}

#[test]
fn records_parse_without_a_diagnostic() {
    for (index, record) in records(9, Split::Train, 200, Columns::Text).iter().enumerate() {
        let (story, diagnostics) = record.parse();
        assert!(diagnostics.is_empty(), "{diagnostics:?}\n{}", record.story);
        let world = SyntheticStory::new(9, Split::Train, index as u64);
        let texts: Vec<&str> = story.frames.iter().map(|f| f.text.as_str()).collect();
        assert_eq!(texts, world.texts());
        assert_eq!(story.narrative.phases[0].name, "Introduction");
        for frame in &story.frames {
            assert!(!frame.mentions.is_empty());
            assert_eq!(frame.entities[0].id.to_string().get(..4), Some("char"));
            assert_eq!(frame.setting.len(), 3);
            for entity in &frame.entities {
                let bounds = entity.bounding_box.expect("every row has a box");
                assert!(inside(&bounds) && bounds.area() > 200.0, "{entity:?}");
            }
        }
    }
}

#[test]
fn pictures_are_jpegs_of_the_stated_size() {
    for record in records(2, Split::Test, 3, Columns::All) {
        for image in &record.images {
            let bytes = image.bytes.as_deref().expect("asked for pictures");
            let format = image::guess_format(bytes).expect("a known format");
            assert_eq!(format, image::ImageFormat::Jpeg);
            let picture = image::load_from_memory(bytes).expect("decodes");
            assert_eq!((picture.width(), picture.height()), (SIDE as u32, SIDE as u32));
        }
    }
}

fn inside(bounds: &BoundingBox) -> bool {
    let side = SIDE as f32;
    let in_order = bounds.x1 < bounds.x2 && bounds.y1 < bounds.y2;
    in_order && bounds.x1 >= 0.0 && bounds.y1 >= 0.0 && bounds.x2 <= side && bounds.y2 <= side
}

fn box_of(picture: &Picture, thing: Thing) -> Option<BoundingBox> {
    let found = picture.boxes.iter().find(|(other, _)| *other == thing);
    found.map(|(_, bounds)| *bounds)
}

/// The pixels that differ, as `(x, y)`.
fn differences(a: &Picture, b: &Picture) -> Vec<(f32, f32)> {
    let pixels = a.rgb.chunks(3).zip(b.rgb.chunks(3)).enumerate();
    pixels
        .filter(|(_, (a, b))| a != b)
        .map(|(i, _)| ((i % SIDE) as f32, (i / SIDE) as f32))
        .collect()
}

/// Draws a scene and another in which one thing is another one. The random numbers do not depend
/// on who and what is drawn, so that the pictures may differ inside the thing's two boxes only.
fn assert_drawn_in_its_box(scene: &Scene, other: &Scene, thing: Thing, seed: u64) {
    let draw = |scene| Picture::draw(scene, &mut rng(seed, "picture"));
    let (a, b) = (draw(scene), draw(other));
    let boxes = [box_of(&a, thing), box_of(&b, thing)].map(|bounds| bounds.expect("drawn"));
    let differing = differences(&a, &b);
    for (x, y) in &differing {
        let within = |c: &BoundingBox| {
            // A pixel's antialiased edge may reach one pixel beyond the box.
            *x >= c.x1 - 1.0 && *x <= c.x2 && *y >= c.y1 - 1.0 && *y <= c.y2
        };
        assert!(boxes.iter().any(within), "{thing:?} at {x},{y}: {scene:?}");
    }
    let share = differing.len() as f32 / boxes[0].area().max(boxes[1].area());
    assert!(share > 0.2, "{thing:?} covers {share} of its box: {scene:?}");
}

#[test]
fn what_is_listed_is_drawn_in_its_box() {
    for index in 0..25u64 {
        let story = SyntheticStory::new(1, Split::Train, index);
        let scene = story.plan().scene(OUTCOME_STEP);
        let next = |i: usize| (i + 1) % 8;
        let hero = Scene { hero: Character::ALL[next(scene.hero as usize)], ..scene };
        assert_drawn_in_its_box(&scene, &hero, Thing::Hero, index);
        let friend =
            Scene { friend: scene.friend.map(|who| Character::ALL[next(who as usize)]), ..scene };
        assert_drawn_in_its_box(&scene, &friend, Thing::Friend, index);
        let object = Scene {
            object: scene.object.map(|(what, c)| (Object::ALL[next(what as usize)], c)),
            ..scene
        };
        assert_drawn_in_its_box(&scene, &object, Thing::Object, index);
        let thought = Scene { thought: Some(story.plan().start), ..story.plan().scene(2) };
        let elsewhere = Scene { thought: Some(story.plan().middle), ..thought };
        let draw = |scene| Picture::draw(scene, &mut rng(index, "picture"));
        let bubble = box_of(&draw(&thought), Thing::Thought).expect("a bubble");
        let window = draw(&thought).rgb;
        let other = draw(&elsewhere).rgb;
        let (x, y) = bubble.center();
        let row = (y as usize * SIDE + x as usize) * 3;
        assert_ne!(window[row - 120..row + 120], other[row - 120..row + 120]);
    }
}

#[test]
fn clues_and_outcomes_are_drawn_and_differ() {
    let base = SyntheticStory::new(1, Split::Train, 0).plan().scene(3);
    for plot in Plot::ALL {
        let scene = |mark| Scene { mark: Some(mark), ..base };
        let good = scene(Mark::Clue(plot, Luck::Good));
        let bad = scene(Mark::Clue(plot, Luck::Bad));
        assert_drawn_in_its_box(&good, &bad, Thing::Mark, 4);
        if plot != Plot::Race {
            let good = scene(Mark::Ending(plot, Luck::Good));
            let bad = scene(Mark::Ending(plot, Luck::Bad));
            assert_drawn_in_its_box(&good, &bad, Thing::Mark, 4);
        }
    }
}

#[test]
fn a_race_is_won_beside_the_cup() {
    for index in 0..40 {
        let story = SyntheticStory::new(6, Split::Train, index);
        let mut scene = story.plan().scene(OUTCOME_STEP);
        for (luck, winner, loser) in
            [(Luck::Good, Thing::Hero, Thing::Friend), (Luck::Bad, Thing::Friend, Thing::Hero)]
        {
            scene.mark = Some(Mark::Ending(Plot::Race, luck));
            let picture = Picture::draw(&scene, &mut rng(index, "picture"));
            let x = |thing| box_of(&picture, thing).map(|bounds| bounds.center().0);
            let cup = x(Thing::Mark).expect("a cup");
            let distance = |thing| (x(thing).expect("a figure") - cup).abs();
            assert!(distance(winner) + 20.0 < distance(loser));
        }
    }
}

#[test]
fn boxes_lie_inside_and_need_no_picture() {
    for index in 0..60u64 {
        let story = SyntheticStory::new(8, Split::Test, index);
        let step = 1 + (index as usize % story.plan().steps);
        let scene = story.plan().scene(step);
        let picture = Picture::draw(&scene, &mut rng(index, "picture"));
        assert_eq!(picture.rgb.len(), SIDE * SIDE * 3);
        assert!(picture.boxes.iter().all(|(_, bounds)| inside(bounds)));
        let measured = Picture::measure(&scene, &mut rng(index, "picture"));
        assert_eq!(picture.boxes, measured);
        let things: BTreeSet<Thing> = measured.iter().map(|(thing, _)| *thing).collect();
        assert_eq!(things.contains(&Thing::Friend), scene.friend.is_some());
        assert_eq!(things.contains(&Thing::Object), scene.object.is_some());
        assert_eq!(things.contains(&Thing::Mark), scene.mark.is_some());
        assert_eq!(things.contains(&Thing::Thought), scene.thought.is_some());
    }
}

/// Mean colours of a grid of 14 x 14 cells.
fn thumbnail(picture: &Picture) -> Vec<f32> {
    const CELLS: usize = 14;
    const CELL: usize = SIDE / CELLS;
    let mut means = vec![0.0; CELLS * CELLS * 3];
    for (i, pixel) in picture.rgb.chunks(3).enumerate() {
        let cell = (i / SIDE / CELL) * CELLS + (i % SIDE) / CELL;
        for (channel, value) in pixel.iter().enumerate() {
            means[cell * 3 + channel] += f32::from(*value) / (CELL * CELL) as f32;
        }
    }
    means
}

#[test]
fn places_can_be_told_from_a_thumbnail() {
    let sample = |split, n: u64| -> Vec<(Place, Vec<f32>)> {
        (0..n)
            .map(|index| {
                let story = SyntheticStory::new(2, split, index);
                let picture = story.picture(OUTCOME_STEP);
                (story.plan().goal, thumbnail(&picture))
            })
            .collect()
    };
    let known = sample(Split::Train, 200);
    let asked = sample(Split::Test, 60);
    let distance = |a: &[f32], b: &[f32]| -> f32 {
        let squares = a.iter().zip(b).map(|(a, b)| (a - b) * (a - b));
        squares.sum()
    };
    let right = asked.iter().filter(|(place, picture)| {
        let nearest =
            known.iter().min_by(|a, b| distance(&a.1, picture).total_cmp(&distance(&b.1, picture)));
        nearest.is_some_and(|(found, _)| found == place)
    });
    // One in eight by chance.
    let right = right.count();
    assert!(right >= 54, "{right} of 60");
}

/// Whether the texts share a stretch of `n` words, case and marks aside.
fn share_words(a: &str, b: &str, n: usize) -> bool {
    let words = |text: &str| -> Vec<String> {
        let word = |w: &str| w.trim_matches(|c: char| !c.is_alphanumeric()).to_lowercase();
        text.split_whitespace().map(word).collect()
    };
    let (a, b) = (words(a), words(b));
    a.windows(n).any(|stretch| b.windows(n).any(|other| stretch == other))
}

#[test]
fn the_fifth_text_is_not_to_be_copied() {
    let mut shared_with_last = 0;
    for index in 0..2000 {
        let texts = SyntheticStory::new(4, Split::Train, index).texts();
        let (before, target) = (&texts[..4], &texts[4]);
        assert!(before.iter().all(|text| !share_words(text, target, 6)));
        shared_with_last += usize::from(share_words(&before[3], target, 3));
    }
    assert_eq!(shared_with_last, 0);
}
