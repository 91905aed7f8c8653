//! One step's picture: what its [`Scene`] says, in a random arrangement, with exact boxes.
//!
//! What varies and cannot be foreseen: the camera (shift, zoom), who stands where and how large,
//! which way figures look, brightness and tint, sun, clouds and the background's details, and
//! passers-by (birds, butterflies, flowers) that mean nothing.

use super::canvas::{Canvas, SIDE};
use super::places::Sun;
use super::plan::{Mark, Scene};
use super::shape::{Placement, Shape};
use super::world::{Color, Luck, Plot};
use super::{figures, marks, objects, places};
use rand::Rng;
use rand::seq::SliceRandom;
use std::sync::Arc;
use story_core::BoundingBox;
use story_core::rng::ChaCha8Rng;

/// Quality of the JPEG, 1 to 100; Pillow's `quality=85` is a usual choice for photographs.
const JPEG_QUALITY: u8 = 85;

/// The baseline that figures and things stand on.
const FLOOR: f32 = 204.0;

/// Sizes of figures and things, before their variation.
const FIGURE_SCALE: f32 = 0.92;
const THING_SCALE: f32 = 0.98;

/// How far the middle of a figure or thing stays from the picture's sides.
const MARGIN: f32 = 31.0;

/// The height of the sky's middle, where thoughts and weather are.
const ALOFT: f32 = 48.0;

const WHITE: Color = [1.0; 3];
const GOLD: Color = [1.0, 0.80, 0.10];

/// Something in a picture that has a box.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Thing {
    /// The hero.
    Hero,
    /// The friend.
    Friend,
    /// The object.
    Object,
    /// The clue or the outcome.
    Mark,
    /// The thought bubble.
    Thought,
}

/// A picture and where its things are.
#[derive(Debug, Clone)]
pub struct Picture {
    /// Red, green and blue, 8 bits each, row by row: `SIDE * SIDE * 3` bytes.
    pub rgb: Vec<u8>,
    /// The things in it and their boxes in pixels, each inside the picture.
    pub boxes: Vec<(Thing, BoundingBox)>,
}

impl Picture {
    /// Draws a scene; `rng` decides all that the scene leaves open.
    pub fn draw(scene: &Scene, rng: &mut ChaCha8Rng) -> Self {
        let mut canvas = Canvas::new(camera(rng));
        let boxes = arrange(&mut canvas, scene, rng);
        canvas.light(light(scene, rng));
        Self { rgb: canvas.into_bytes(), boxes }
    }

    /// The boxes that [`Picture::draw`] would give, without drawing.
    pub fn measure(scene: &Scene, rng: &mut ChaCha8Rng) -> Vec<(Thing, BoundingBox)> {
        let mut canvas = Canvas::measuring(camera(rng));
        arrange(&mut canvas, scene, rng)
    }

    /// The picture as a JPEG file.
    pub fn jpeg(&self) -> Arc<[u8]> {
        story_pictures::Picture::new(SIDE as u32, SIDE as u32, self.rgb.clone())
            .and_then(|picture| picture.to_jpeg(JPEG_QUALITY))
            .expect("invariant: SIDE x SIDE x 3 bytes are a picture that JPEG holds")
            .into()
    }
}

fn camera(rng: &mut ChaCha8Rng) -> Placement {
    let zoom = rng.random_range(0.97..1.03);
    let middle = SIDE as f32 / 2.0 * (1.0 - zoom);
    Placement::new(middle + rng.random_range(-4.0..4.0), middle + rng.random_range(-4.0..4.0), zoom)
}

/// Draws the scene and tells the boxes of all that has one.
fn arrange(canvas: &mut Canvas, scene: &Scene, rng: &mut ChaCha8Rng) -> Vec<(Thing, BoundingBox)> {
    let weather = scene.mark.filter(|mark| is_aloft(*mark));
    let sun = match weather {
        Some(_) => Sun::Hidden,
        None => Sun::Shown,
    };
    places::draw(canvas, scene.place, scene.time, sun, rng);
    passers_by(canvas, rng);
    let mut boxes = Vec::new();
    if let Some(mark) = weather {
        let at = Placement::new(rng.random_range(82.0..142.0), ALOFT, 0.95);
        let found = canvas.boxed(|c| c.at(at, |c| marks::aloft(c, mark)));
        boxes.push((Thing::Mark, found));
    }
    stand(canvas, scene, rng, &mut boxes);
    boxes
}

/// Draws everyone and everything that stands on the ground, each in its own column.
fn stand(
    canvas: &mut Canvas,
    scene: &Scene,
    rng: &mut ChaCha8Rng,
    boxes: &mut Vec<(Thing, BoundingBox)>,
) {
    let things = order(scene, rng);
    let column = SIDE as f32 / things.len() as f32;
    for (i, thing) in things.into_iter().enumerate() {
        let slack = (column - 56.0).max(0.0) / 2.0;
        let x = column * (i as f32 + 0.5) + rng.random_range(-slack - 2.0..=slack + 2.0);
        let x = x.clamp(MARGIN, SIDE as f32 - MARGIN);
        let y = FLOOR + rng.random_range(-8.0..8.0);
        let size = rng.random_range(0.94..1.06);
        let mut place = Placement::new(x, y, size * THING_SCALE);
        if rng.random_bool(0.5) {
            place.flip = -1.0;
        }
        let figure = Placement { scale: size * FIGURE_SCALE, ..place };
        let found = match thing {
            Thing::Hero => canvas.boxed(|c| c.at(figure, |c| figures::draw(c, scene.hero))),
            Thing::Friend => match scene.friend {
                Some(friend) => canvas.boxed(|c| c.at(figure, |c| figures::draw(c, friend))),
                None => continue,
            },
            Thing::Object => match scene.object {
                Some((object, condition)) => {
                    canvas.boxed(|c| c.at(place, |c| objects::draw(c, object, condition)))
                }
                None => continue,
            },
            Thing::Mark => match scene.mark {
                Some(mark) => canvas.boxed(|c| c.at(place, |c| marks::draw(c, mark))),
                None => continue,
            },
            Thing::Thought => continue,
        };
        boxes.push((thing, found));
        if Some(thing) == winner(scene) {
            canvas.at(figure, crown);
        }
        if thing == Thing::Hero {
            think(canvas, scene, [x, y], rng, boxes);
        }
    }
}

/// Everything on the ground, from left to right.
fn order(scene: &Scene, rng: &mut ChaCha8Rng) -> Vec<Thing> {
    let mut things = vec![Thing::Hero];
    things.extend(scene.friend.map(|_| Thing::Friend));
    things.extend(scene.object.map(|_| Thing::Object));
    things.shuffle(rng);
    if scene.mark.is_some_and(|mark| !is_aloft(mark)) {
        // A cup stands beside its winner and never beside the loser.
        let near = match winner(scene) {
            Some(winner) => {
                things.sort_by_key(|thing| match thing {
                    t if *t == winner => 0,
                    Thing::Object => 1,
                    _ => 2,
                });
                0
            }
            None => rng.random_range(0..=things.len()),
        };
        things.insert(near, Thing::Mark);
        if rng.random_bool(0.5) {
            things.reverse();
        }
    }
    things
}

/// Who won a race that ends in this scene.
fn winner(scene: &Scene) -> Option<Thing> {
    match scene.mark {
        Some(Mark::Ending(Plot::Race, Luck::Good)) => Some(Thing::Hero),
        Some(Mark::Ending(Plot::Race, Luck::Bad)) => Some(Thing::Friend),
        _ => None,
    }
}

fn is_aloft(mark: Mark) -> bool {
    matches!(mark, Mark::Clue(Plot::Outing, _) | Mark::Ending(Plot::Outing, _))
}

/// The hero's thought of another place, in a bubble over the hero.
fn think(
    canvas: &mut Canvas,
    scene: &Scene,
    [x, y]: [f32; 2],
    rng: &mut ChaCha8Rng,
    boxes: &mut Vec<(Thing, BoundingBox)>,
) {
    let Some(place) = scene.thought else {
        return;
    };
    /// Half the bubble's width and height, and how much smaller the place is in it.
    const HALF: [f32; 2] = [62.0, 38.0];
    const SHRINK: f32 = 0.56;
    let center = [x.clamp(70.0, 154.0), ALOFT];
    let top = y - figures::HEIGHT * FIGURE_SCALE;
    for (share, radius) in [(0.25, 3.0), (0.6, 4.5)] {
        let at = x + (center[0] - x) * share;
        canvas.circle(at, top - 14.0 * share, radius, WHITE);
    }
    let found = canvas.boxed(|c| {
        let corner = |grow: f32, sign: f32| {
            [center[0] + sign * (HALF[0] + grow), center[1] + sign * (HALF[1] + grow)]
        };
        c.fill(Shape::Rect(corner(4.0, -1.0), corner(4.0, 1.0), 20.0), WHITE);
    });
    boxes.push((Thing::Thought, found));
    let window = Shape::Rect(
        [center[0] - HALF[0], center[1] - HALF[1]],
        [center[0] + HALF[0], center[1] + HALF[1]],
        16.0,
    );
    canvas.within(&window, |c| {
        // The place's lower sky and upper ground, where its landmarks are, fill the window.
        let origin =
            [center[0] - SHRINK * SIDE as f32 / 2.0, center[1] - SHRINK * (places::HORIZON - 18.0)];
        c.at(Placement::new(origin[0], origin[1], SHRINK), |c| {
            places::draw(c, place, scene.time, Sun::Hidden, rng);
        });
    });
}

fn crown(canvas: &mut Canvas) {
    canvas.polygon(
        &[
            [-18.0, -90.0],
            [-21.0, -114.0],
            [-9.0, -102.0],
            [0.0, -118.0],
            [9.0, -102.0],
            [21.0, -114.0],
            [18.0, -90.0],
        ],
        GOLD,
    );
    canvas.circle(0.0, -97.0, 3.5, [0.85, 0.10, 0.20]);
}

/// Birds, butterflies and flowers that mean nothing.
fn passers_by(canvas: &mut Canvas, rng: &mut ChaCha8Rng) {
    for _ in 0..rng.random_range(0..3) {
        let (x, y) = (rng.random_range(10.0..214.0), rng.random_range(15.0..80.0));
        let dark = [0.28, 0.28, 0.34];
        canvas.line([x - 7.0, y - 4.0], [x, y], 1.8, dark);
        canvas.line([x, y], [x + 7.0, y - 4.0], 1.8, dark);
    }
    let bright = [[0.95, 0.45, 0.55], [1.0, 0.95, 0.60], [0.70, 0.55, 0.95], WHITE];
    for _ in 0..rng.random_range(0..5) {
        let (x, y) = (rng.random_range(6.0..218.0), rng.random_range(150.0..216.0));
        let color = bright[rng.random_range(0..bright.len())];
        canvas.line([x, y], [x, y + 8.0], 1.6, [0.20, 0.50, 0.22]);
        for (dx, dy) in [(-3.0, 0.0), (3.0, 0.0), (0.0, -3.0), (0.0, 3.0)] {
            canvas.circle(x + dx, y + dy, 2.4, color);
        }
        canvas.circle(x, y, 1.8, [0.95, 0.75, 0.15]);
    }
    for _ in 0..rng.random_range(0..2) {
        let (x, y) = (rng.random_range(10.0..214.0), rng.random_range(90.0..130.0));
        let color = bright[rng.random_range(0..bright.len())];
        canvas.ellipse(x - 4.0, y, 3.8, 5.0, color);
        canvas.ellipse(x + 4.0, y, 3.8, 5.0, color);
        canvas.line([x, y - 4.0], [x, y + 4.0], 1.6, [0.15, 0.12, 0.15]);
    }
}

fn light(scene: &Scene, rng: &mut ChaCha8Rng) -> Color {
    let brightness = rng.random_range(0.90..1.05);
    let tint: Color = std::array::from_fn(|_| rng.random_range(0.97..1.03));
    let base = scene.time.light();
    std::array::from_fn(|i| base[i] * brightness * tint[i])
}
