//! A small rasteriser: antialiased filled shapes on an RGB canvas.
//!
//! Scene coordinates are those of a picture of [`SIDE`] pixels, x to the right, y down; a stack of
//! [`Placement`]s maps them to pixels.

use super::shape::{Placement, Point, Shape};
use super::world::Color;
use story_core::BoundingBox;

/// Width and height of every picture, in pixels.
pub const SIDE: usize = 224;

/// What a shape is filled with.
#[derive(Debug, Clone, Copy)]
pub enum Paint {
    /// One colour.
    Solid(Color),
    /// From the first colour at the shape's top to the second at its bottom.
    Vertical(Color, Color),
    /// One colour, covering only this share of what lies below.
    Glaze(Color, f32),
}

impl From<Color> for Paint {
    fn from(color: Color) -> Self {
        Self::Solid(color)
    }
}

/// A picture being drawn.
#[derive(Debug, Clone)]
pub struct Canvas {
    pixels: Vec<Color>,
    placement: Placement,
    /// Only what lies in this shape (in pixels) is drawn.
    clip: Option<Shape>,
    /// What has been drawn since [`Canvas::boxed`] began, in pixels.
    drawn: Option<[Point; 2]>,
}

impl Canvas {
    /// A black canvas whose camera is `placement`.
    pub fn new(camera: Placement) -> Self {
        Self { pixels: vec![[0.0; 3]; SIDE * SIDE], ..Self::measuring(camera) }
    }

    /// A canvas that only measures boxes; its picture is empty.
    pub fn measuring(camera: Placement) -> Self {
        Self { pixels: Vec::new(), placement: camera, clip: None, drawn: None }
    }

    /// Draws with `placement` inside the current one.
    pub fn at(&mut self, placement: Placement, draw: impl FnOnce(&mut Self)) {
        let outer = self.placement;
        self.placement = outer.then(&placement);
        draw(self);
        self.placement = outer;
    }

    /// Draws only inside `window`, a shape of the current placement, which replaces any window
    /// around it.
    pub fn within(&mut self, window: &Shape, draw: impl FnOnce(&mut Self)) {
        let outer = self.clip.replace(window.placed(&self.placement));
        draw(self);
        self.clip = outer;
    }

    /// Draws, and tells the smallest box around it inside the picture, in pixels.
    pub fn boxed(&mut self, draw: impl FnOnce(&mut Self)) -> BoundingBox {
        let outer = self.drawn.take();
        draw(self);
        let [low, high] = self.drawn.unwrap_or([[0.0; 2]; 2]);
        self.drawn = outer;
        self.note([low, high]);
        let (low, high) = (low.map(f32::floor), high.map(f32::ceil));
        let side = SIDE as u32;
        BoundingBox::new(low[0], low[1], high[0], high[1]).clamp(side, side)
    }

    /// Fills a shape.
    pub fn fill(&mut self, shape: Shape, paint: impl Into<Paint>) {
        let shape = shape.placed(&self.placement);
        let [low, high] = shape.bounds();
        self.note(match &self.clip {
            Some(clip) => intersection([low, high], clip.bounds()),
            None => [low, high],
        });
        if self.pixels.is_empty() {
            return;
        }
        let paint = paint.into();
        let range = |low: f32, high: f32| {
            let side = SIDE as f32;
            let first = (low - 1.0).clamp(0.0, side) as usize;
            first..((high + 1.0).clamp(0.0, side).ceil() as usize)
        };
        let height = (high[1] - low[1]).max(f32::EPSILON);
        for row in range(low[1], high[1]) {
            let y = row as f32 + 0.5;
            let (color, strength) = match paint {
                Paint::Solid(color) => (color, 1.0),
                Paint::Glaze(color, share) => (color, share),
                Paint::Vertical(top, bottom) => {
                    let t = ((y - low[1]) / height).clamp(0.0, 1.0);
                    (mix(top, bottom, t), 1.0)
                }
            };
            let columns = range(low[0], high[0]);
            let mut column = columns.start;
            while column < columns.end {
                let at = [column as f32 + 0.5, y];
                let cover = shape.cover(at);
                let mut share = cover.share * strength;
                let mut ahead = cover.ahead;
                if share > 0.0
                    && let Some(clip) = &self.clip
                {
                    let window = clip.cover(at);
                    share *= window.share;
                    ahead = ahead.min(window.ahead);
                }
                // The pixels to the right that are covered alike need no look.
                let ahead = ahead.clamp(0.0, SIDE as f32) as usize;
                let next = (column + 1 + ahead).min(columns.end);
                if share > 0.0 {
                    for pixel in &mut self.pixels[row * SIDE + column..row * SIDE + next] {
                        *pixel = mix(*pixel, color, share);
                    }
                }
                column = next;
            }
        }
    }

    /// An ellipse around `(x, y)`.
    pub fn ellipse(&mut self, x: f32, y: f32, rx: f32, ry: f32, paint: impl Into<Paint>) {
        self.fill(Shape::Ellipse([x, y], [rx, ry]), paint);
    }

    /// A circle.
    pub fn circle(&mut self, x: f32, y: f32, radius: f32, paint: impl Into<Paint>) {
        self.ellipse(x, y, radius, radius, paint);
    }

    /// A rectangle from its upper left to its lower right corner.
    pub fn rect(&mut self, low: Point, high: Point, paint: impl Into<Paint>) {
        self.fill(Shape::Rect(low, high, 0.0), paint);
    }

    /// A polygon.
    pub fn polygon(&mut self, corners: &[Point], paint: impl Into<Paint>) {
        self.fill(Shape::Polygon(corners.to_vec()), paint);
    }

    /// A line `width` wide with round ends.
    pub fn line(&mut self, from: Point, to: Point, width: f32, paint: impl Into<Paint>) {
        self.fill(Shape::Line(from, to, width / 2.0), paint);
    }

    /// Multiplies every pixel with a light.
    pub fn light(&mut self, light: Color) {
        for pixel in &mut self.pixels {
            for (value, factor) in pixel.iter_mut().zip(light) {
                *value *= factor;
            }
        }
    }

    /// The picture, 8 bits a channel, row by row: `SIDE * SIDE * 3` bytes, or none
    /// where the canvas was measuring.
    pub fn into_bytes(self) -> Vec<u8> {
        let byte = |value: f32| (value.clamp(0.0, 1.0) * 255.0 + 0.5) as u8;
        let values = self.pixels.as_flattened();
        values.iter().map(|value| byte(*value)).collect()
    }

    fn note(&mut self, [low, high]: [Point; 2]) {
        let [l, h] = self.drawn.get_or_insert([low, high]);
        *l = [l[0].min(low[0]), l[1].min(low[1])];
        *h = [h[0].max(high[0]), h[1].max(high[1])];
    }
}

fn intersection([a, b]: [Point; 2], [c, d]: [Point; 2]) -> [Point; 2] {
    let low = [a[0].max(c[0]), a[1].max(c[1])];
    [low, [b[0].min(d[0]).max(low[0]), b[1].min(d[1]).max(low[1])]]
}

/// The colour `t` of the way from `a` to `b`.
pub fn mix(a: Color, b: Color, t: f32) -> Color {
    std::array::from_fn(|i| a[i] + (b[i] - a[i]) * t)
}

#[cfg(test)]
mod tests {
    use super::*;

    const WHITE: Color = [1.0; 3];

    fn area(shape: Shape) -> f32 {
        let mut canvas = Canvas::new(Placement::new(0.0, 0.0, 1.0));
        canvas.fill(shape, WHITE);
        canvas.pixels.iter().map(|p| p[0]).sum()
    }

    #[test]
    fn covered_areas_are_the_shapes_areas() {
        let pi = std::f32::consts::PI;
        for (shape, expected) in [
            (Shape::Ellipse([100.3, 90.7], [40.0, 40.0]), pi * 1600.0),
            (Shape::Ellipse([100.3, 90.7], [60.0, 20.0]), pi * 1200.0),
            (Shape::Rect([10.5, 20.25], [50.5, 60.25], 0.0), 1600.0),
            (Shape::Polygon(vec![[10.0, 10.0], [110.0, 10.0], [10.0, 110.0]]), 5000.0),
            (Shape::Line([50.0, 50.0], [50.0, 150.0], 5.0), 1000.0 + pi * 25.0),
        ] {
            let measured = area(shape.clone());
            assert!(
                (measured / expected - 1.0).abs() < 0.01,
                "{shape:?}: {measured} instead of {expected}"
            );
        }
    }

    #[test]
    fn boxes_are_tight_and_inside() {
        let mut canvas = Canvas::new(Placement::new(0.0, 0.0, 1.0));
        let found = canvas.boxed(|c| {
            c.at(Placement::new(200.0, 100.0, 2.0), |c| {
                c.circle(0.0, 0.0, 20.0, WHITE);
            });
        });
        assert_eq!(found, BoundingBox::new(160.0, 60.0, 224.0, 140.0));
    }

    #[test]
    fn a_window_clips() {
        let mut canvas = Canvas::new(Placement::new(0.0, 0.0, 1.0));
        canvas.within(&Shape::Rect([0.0, 0.0], [10.0, 10.0], 0.0), |c| {
            c.rect([0.0, 0.0], [224.0, 224.0], WHITE);
        });
        let lit: f32 = canvas.pixels.iter().map(|p| p[0]).sum();
        assert!((lit - 100.0).abs() < 1.0, "{lit}");
    }
}
