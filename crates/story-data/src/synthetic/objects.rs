//! The eight objects and their conditions, each standing on the origin and about 52 units large.

use super::canvas::{Canvas, Paint};
use super::plan::Condition;
use super::shape::{Point, Shape};
use super::world::{Color, Object};

const BLACK: Color = [0.12, 0.11, 0.13];
const WHITE: Color = [0.98, 0.98, 0.98];
const RED: Color = [0.86, 0.16, 0.18];
const GOLD: Color = [0.97, 0.78, 0.18];
const YELLOW: Color = [1.0, 0.86, 0.12];
const BROWN: Color = [0.52, 0.32, 0.16];
const MUD: Color = [0.36, 0.23, 0.12];
const TEAL: Color = [0.05, 0.62, 0.60];
const BLUE: Color = [0.20, 0.42, 0.86];

/// Draws an object and what its condition adds.
pub fn draw(canvas: &mut Canvas, object: Object, condition: Condition) {
    match object {
        Object::Kite => {
            canvas.line([0.0, -16.0], [12.0, -6.0], 2.0, BLACK);
            canvas.line([12.0, -6.0], [2.0, 0.0], 2.0, BLACK);
            canvas.polygon(&[[12.0, -6.0], [20.0, -10.0], [19.0, 0.0]], RED);
            canvas.polygon(&[[0.0, -60.0], [22.0, -38.0], [0.0, -12.0], [-22.0, -38.0]], YELLOW);
            canvas.line([0.0, -59.0], [0.0, -13.0], 2.0, RED);
            canvas.line([-21.0, -38.0], [21.0, -38.0], 2.0, RED);
        }
        Object::Drum => {
            canvas.rect([-24.0, -36.0], [24.0, -6.0], RED);
            canvas.ellipse(0.0, -6.0, 24.0, 7.0, RED);
            for i in 0..4 {
                let x = -24.0 + 12.0 * i as f32;
                canvas.line([x, -30.0], [x + 6.0, -4.0], 2.5, WHITE);
                canvas.line([x + 6.0, -4.0], [x + 12.0, -30.0], 2.5, WHITE);
            }
            canvas.ellipse(0.0, -36.0, 25.0, 8.0, GOLD);
            canvas.ellipse(0.0, -36.0, 21.0, 6.0, WHITE);
            canvas.line([-6.0, -40.0], [-22.0, -56.0], 3.5, BROWN);
            canvas.line([6.0, -40.0], [22.0, -56.0], 3.5, BROWN);
        }
        Object::Lantern => {
            canvas.circle(0.0, -26.0, 30.0, Paint::Glaze([1.0, 0.9, 0.5], 0.35));
            canvas.line([-10.0, -46.0], [0.0, -58.0], 3.0, BLACK);
            canvas.line([10.0, -46.0], [0.0, -58.0], 3.0, BLACK);
            canvas.polygon(&[[-18.0, -40.0], [-10.0, -49.0], [10.0, -49.0], [18.0, -40.0]], BLACK);
            canvas.rect([-17.0, -41.0], [17.0, -4.0], BLACK);
            canvas.rect([-12.0, -38.0], [12.0, -8.0], [1.0, 0.88, 0.45]);
            canvas.ellipse(0.0, -20.0, 6.0, 11.0, [1.0, 0.55, 0.12]);
            canvas.rect([-19.0, -6.0], [19.0, 0.0], BLACK);
        }
        Object::Ball => {
            canvas.circle(0.0, -24.0, 24.0, WHITE);
            canvas.within(&Shape::Ellipse([0.0, -24.0], [24.0, 24.0]), |c| {
                for x in [-20.0, 0.0, 20.0] {
                    c.rect([x - 5.0, -50.0], [x + 5.0, 2.0], BLUE);
                }
            });
            canvas.circle(-7.0, -33.0, 4.0, Paint::Glaze(WHITE, 0.8));
        }
        Object::Clock => {
            canvas.line([-14.0, -10.0], [-19.0, -1.0], 6.0, GOLD);
            canvas.line([14.0, -10.0], [19.0, -1.0], 6.0, GOLD);
            canvas.circle(0.0, -52.0, 5.0, GOLD);
            canvas.circle(0.0, -26.0, 25.0, GOLD);
            canvas.circle(0.0, -26.0, 20.0, WHITE);
            for (x, y) in [(0.0, -43.0), (17.0, -26.0), (0.0, -9.0), (-17.0, -26.0)] {
                canvas.circle(x, y, 2.0, BLACK);
            }
            canvas.line([0.0, -26.0], [0.0, -39.0], 3.0, BLACK);
            canvas.line([0.0, -26.0], [10.0, -21.0], 3.0, BLACK);
        }
        Object::Boat => {
            canvas.line([0.0, -12.0], [0.0, -62.0], 3.0, BROWN);
            canvas.polygon(&[[3.0, -60.0], [26.0, -20.0], [3.0, -20.0]], WHITE);
            canvas.polygon(&[[-3.0, -52.0], [-20.0, -20.0], [-3.0, -20.0]], [0.92, 0.90, 0.84]);
            canvas.polygon(&[[-30.0, -16.0], [30.0, -16.0], [19.0, 0.0], [-19.0, 0.0]], BROWN);
            canvas.line([-27.0, -13.0], [27.0, -13.0], 3.0, RED);
        }
        Object::Teapot => {
            canvas.line([16.0, -18.0], [32.0, -36.0], 8.0, TEAL);
            canvas.ellipse(-23.0, -22.0, 11.0, 13.0, TEAL);
            canvas.ellipse(-23.0, -22.0, 6.0, 8.0, [0.85, 0.88, 0.86]);
            canvas.ellipse(0.0, -20.0, 23.0, 20.0, TEAL);
            canvas.ellipse(0.0, -38.0, 13.0, 5.0, [0.03, 0.45, 0.45]);
            canvas.circle(0.0, -44.0, 4.0, GOLD);
            canvas.circle(0.0, -19.0, 7.0, WHITE);
            canvas.circle(0.0, -19.0, 3.0, GOLD);
        }
        Object::Guitar => {
            let wood = [0.76, 0.46, 0.20];
            canvas.line([0.0, -38.0], [0.0, -66.0], 7.0, BROWN);
            canvas.fill(Shape::Rect([-6.0, -75.0], [6.0, -63.0], 3.0), MUD);
            canvas.ellipse(0.0, -17.0, 20.0, 17.0, wood);
            canvas.ellipse(0.0, -37.0, 14.0, 12.0, wood);
            canvas.circle(0.0, -28.0, 6.0, BLACK);
            canvas.line([0.0, -8.0], [0.0, -66.0], 1.6, WHITE);
            canvas.line([-8.0, -10.0], [8.0, -10.0], 3.5, MUD);
        }
    }
    match condition {
        Condition::Plain => {}
        Condition::Wrapped => bow(canvas, [0.0, -24.0], 0.8),
        Condition::Broken => {
            let crack = [[-14.0, -46.0], [2.0, -34.0], [-8.0, -24.0], [10.0, -14.0], [2.0, -2.0]];
            for pair in crack.windows(2) {
                canvas.line(pair[0], pair[1], 6.5, WHITE);
            }
            for pair in crack.windows(2) {
                canvas.line(pair[0], pair[1], 3.5, BLACK);
            }
        }
        Condition::Muddy => {
            for (x, y, r) in
                [(-12.0, -14.0, 9.0), (8.0, -30.0, 10.0), (14.0, -8.0, 7.0), (-8.0, -42.0, 6.0)]
            {
                canvas.ellipse(x, y, r, r * 0.85, MUD);
            }
        }
    }
}

/// Draws a bow with its knot at a point.
pub fn bow(canvas: &mut Canvas, [x, y]: Point, size: f32) {
    let s = size;
    for side in [-1.0, 1.0] {
        let edge = [0.75, 0.52, 0.05];
        canvas.polygon(
            &[[x, y], [x + side * 26.0 * s, y - 18.0 * s], [x + side * 26.0 * s, y + 12.0 * s]],
            edge,
        );
        canvas.polygon(
            &[
                [x + side * 4.0 * s, y],
                [x + side * 23.0 * s, y - 13.0 * s],
                [x + side * 23.0 * s, y + 8.0 * s],
            ],
            GOLD,
        );
        canvas.line([x, y], [x + side * 12.0 * s, y + 18.0 * s], 6.0 * s, GOLD);
    }
    canvas.circle(x, y, 6.5 * s, [0.88, 0.62, 0.08]);
}
