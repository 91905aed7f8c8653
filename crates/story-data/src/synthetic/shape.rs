//! Shapes, and how much of a pixel they cover.
//!
//! A pixel's coverage is `clamp(1/2 - d, 0, 1)` with `d` the signed distance in pixels from its
//! centre to the shape's edge (negative inside). Far from the edge many pixels of a row are covered
//! alike: how far that goes is told with the coverage, so that they need no look of their own.

/// A point, `[x, y]`.
pub type Point = [f32; 2];

/// A shape in the coordinates of the current placement.
#[derive(Debug, Clone)]
pub enum Shape {
    /// Middle and radii.
    Ellipse(Point, Point),
    /// Upper left, lower right, radius of the corners.
    Rect(Point, Point, f32),
    /// Corners in order; need not be convex.
    Polygon(Vec<Point>),
    /// A thick line with round ends: from, to, half its width.
    Line(Point, Point, f32),
}

/// Where and how large something is drawn: `(x, y)` goes to `(dx + flip * scale * x,
/// dy + scale * y)`.
#[derive(Debug, Clone, Copy)]
pub struct Placement {
    /// Where the origin goes.
    pub origin: Point,
    /// The size, 1 for scene units.
    pub scale: f32,
    /// 1, or -1 for a mirror image.
    pub flip: f32,
}

impl Placement {
    /// At `(x, y)`, `scale` times as large.
    pub fn new(x: f32, y: f32, scale: f32) -> Self {
        Self { origin: [x, y], scale, flip: 1.0 }
    }

    fn point(&self, [x, y]: Point) -> Point {
        [self.origin[0] + self.flip * self.scale * x, self.origin[1] + self.scale * y]
    }

    /// `inner` inside of this one.
    pub fn then(&self, inner: &Self) -> Self {
        Self {
            origin: self.point(inner.origin),
            scale: self.scale * inner.scale,
            flip: self.flip * inner.flip,
        }
    }
}

/// How a shape covers a pixel.
#[derive(Debug, Clone, Copy)]
pub struct Cover {
    /// The covered share, 0 to 1.
    pub share: f32,
    /// So far to the right, in pixels, the share stays the same; 0 or less where that is not known.
    pub ahead: f32,
}

/// Far above the rounding errors of coordinates below a thousand, in pixels.
const MARGIN: f32 = 0.01;
/// Pixels farther than this from the edge are covered wholly or not at all.
const EDGE: f32 = 0.5 + MARGIN;

impl Cover {
    fn new(distance: f32, ahead: f32) -> Self {
        Self { share: (0.5 - distance).clamp(0.0, 1.0), ahead }
    }

    /// At a true distance, which changes by at most 1 from pixel to pixel.
    fn exact(distance: f32) -> Self {
        Self::new(distance, distance.abs() - EDGE)
    }
}

impl Shape {
    /// The shape in pixels.
    pub fn placed(&self, placement: &Placement) -> Self {
        let s = placement.scale;
        match self {
            Self::Ellipse(c, [rx, ry]) => Self::Ellipse(placement.point(*c), [rx * s, ry * s]),
            Self::Rect(a, b, radius) => {
                let (a, b) = (placement.point(*a), placement.point(*b));
                let low = [a[0].min(b[0]), a[1].min(b[1])];
                let high = [a[0].max(b[0]), a[1].max(b[1])];
                Self::Rect(low, high, radius * s)
            }
            Self::Polygon(corners) => {
                Self::Polygon(corners.iter().map(|c| placement.point(*c)).collect())
            }
            Self::Line(a, b, half) => {
                Self::Line(placement.point(*a), placement.point(*b), half * s)
            }
        }
    }

    /// Lower and upper corner of the smallest box around it.
    pub fn bounds(&self) -> [Point; 2] {
        match self {
            Self::Ellipse(c, r) => [[c[0] - r[0], c[1] - r[1]], [c[0] + r[0], c[1] + r[1]]],
            Self::Rect(low, high, _) => [*low, *high],
            Self::Polygon(corners) => corners.iter().fold(
                [[f32::INFINITY; 2], [f32::NEG_INFINITY; 2]],
                |[low, high], p| {
                    [[low[0].min(p[0]), low[1].min(p[1])], [high[0].max(p[0]), high[1].max(p[1])]]
                },
            ),
            Self::Line(a, b, half) => [
                [a[0].min(b[0]) - half, a[1].min(b[1]) - half],
                [a[0].max(b[0]) + half, a[1].max(b[1]) + half],
            ],
        }
    }

    /// How the pixel with its centre at `p` is covered.
    pub fn cover(&self, p: Point) -> Cover {
        match self {
            Self::Ellipse(c, r) => {
                let (x, y) = (p[0] - c[0], p[1] - c[1]);
                let narrow = r[0].min(r[1]);
                let unit = length(x / r[0], y / r[1]);
                let gradient = length(x / (r[0] * r[0]), y / (r[1] * r[1]));
                // The distance to first order; its size is at least narrow |unit - 1|.
                let distance =
                    if gradient > f32::EPSILON { unit * (unit - 1.0) / gradient } else { -narrow };
                // Where the row meets the ellipse of all points with this `unit`.
                let meets = |unit: f32| {
                    let rest = unit * unit - (y / r[1]) * (y / r[1]);
                    r[0] * rest.max(0.0).sqrt()
                };
                let (inner, outer) = (1.0 - EDGE / narrow, 1.0 + EDGE / narrow);
                let ahead = if unit <= inner {
                    meets(inner) - x
                } else if unit < outer {
                    0.0
                } else if x < 0.0 {
                    -meets(outer) - x
                } else {
                    f32::INFINITY
                };
                Cover::new(distance, ahead)
            }
            Self::Rect(low, high, radius) => {
                let x = (low[0] - p[0]).max(p[0] - high[0]) + radius;
                let y = (low[1] - p[1]).max(p[1] - high[1]) + radius;
                let distance = length(x.max(0.0), y.max(0.0)) + x.max(y).min(0.0) - radius;
                // As long as x is below y and below 0, y alone decides.
                let level = (y - x).min(-x) - MARGIN;
                Cover::new(distance, level.max(distance.abs() - EDGE))
            }
            Self::Polygon(corners) => Cover::exact(polygon_distance(corners, p)),
            Self::Line(a, b, half) => Cover::exact(segment_square(p, *a, *b).sqrt() - half),
        }
    }
}

/// The length of `(x, y)`. Pixels are far from the limits of f32, so that `hypot`'s care, which
/// costs several times as much, is not needed.
fn length(x: f32, y: f32) -> f32 {
    (x * x + y * y).sqrt()
}

fn polygon_distance(corners: &[Point], p: Point) -> f32 {
    let mut square = f32::INFINITY;
    let mut inside = false;
    for (i, a) in corners.iter().enumerate() {
        let b = &corners[(i + 1) % corners.len()];
        square = square.min(segment_square(p, *a, *b));
        let crosses = (a[1] > p[1]) != (b[1] > p[1]);
        if crosses && p[0] < (b[0] - a[0]) * (p[1] - a[1]) / (b[1] - a[1]) + a[0] {
            inside = !inside;
        }
    }
    if inside { -square.sqrt() } else { square.sqrt() }
}

/// The square of the distance from `p` to the line from `a` to `b`.
fn segment_square(p: Point, a: Point, b: Point) -> f32 {
    let (dx, dy) = (b[0] - a[0], b[1] - a[1]);
    let squared = dx * dx + dy * dy;
    let along = (p[0] - a[0]) * dx + (p[1] - a[1]) * dy;
    let t = if squared > 0.0 { (along / squared).clamp(0.0, 1.0) } else { 0.0 };
    let (x, y) = (p[0] - a[0] - t * dx, p[1] - a[1] - t * dy);
    x * x + y * y
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_far_as_told_a_share_does_not_change() {
        let corners = |list: &[[f32; 2]]| Shape::Polygon(list.to_vec());
        let shapes = [
            Shape::Ellipse([40.3, 30.7], [25.0, 25.0]),
            Shape::Ellipse([40.3, 30.7], [34.0, 3.0]),
            Shape::Ellipse([40.3, 30.7], [0.4, 20.0]),
            Shape::Rect([10.2, 8.0], [60.5, 51.25], 0.0),
            Shape::Rect([10.2, 8.0], [60.5, 51.25], 12.0),
            Shape::Rect([10.2, 8.0], [60.5, 20.0], 40.0),
            corners(&[[5.0, 5.0], [70.0, 12.0], [20.0, 55.0]]),
            // A star that crosses itself.
            corners(&[[40.0, 2.0], [60.0, 58.0], [8.0, 24.0], [72.0, 24.0], [18.0, 58.0]]),
            Shape::Line([12.0, 50.0], [66.0, 9.0], 4.0),
            Shape::Line([40.0, 30.0], [40.0, 30.0], 9.0),
        ];
        let at = |x: usize, y: usize| [x as f32 + 0.5, y as f32 + 0.5];
        for shape in shapes {
            let mut alike = 0;
            for y in 0..64 {
                for x in 0..80 {
                    let here = shape.cover(at(x, y));
                    let ahead = here.ahead.clamp(0.0, 80.0) as usize;
                    for other in x..(x + ahead + 1).min(80) {
                        assert_eq!(
                            shape.cover(at(other, y)).share,
                            here.share,
                            "{shape:?} from {x},{y} to {other}"
                        );
                        alike += other - x;
                    }
                }
            }
            assert!(alike > 1000, "{shape:?} is told nowhere");
        }
    }
}
