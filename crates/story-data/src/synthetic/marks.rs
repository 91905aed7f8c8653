//! Clues and outcomes: what a picture shows of a plot's branch. Those on the ground stand on the
//! origin and are about 56 units large; those in the sky lie around it and are twice as wide.

use super::canvas::Canvas;
use super::objects::bow;
use super::plan::Mark;
use super::shape::{Point, Shape};
use super::world::{Color, Luck, Plot};

const BLACK: Color = [0.12, 0.11, 0.13];
const WHITE: Color = [0.98, 0.98, 0.98];
const RED: Color = [0.86, 0.16, 0.18];
const GOLD: Color = [0.97, 0.78, 0.18];
const YELLOW: Color = [1.0, 0.86, 0.12];
const BROWN: Color = [0.52, 0.32, 0.16];
const MUD: Color = [0.36, 0.23, 0.12];
const GREY: Color = [0.50, 0.51, 0.55];
const BLUE: Color = [0.20, 0.42, 0.86];

/// Draws a clue or outcome that is on the ground; nothing where it is in the sky.
pub fn draw(canvas: &mut Canvas, mark: Mark) {
    match mark {
        Mark::Clue(Plot::Search, Luck::Good) => {
            for (x, y) in [(-15.0, -8.0), (14.0, -20.0), (-10.0, -40.0)] {
                canvas.ellipse(x, y, 9.0, 7.5, MUD);
                for dx in [-9.0, -3.0, 3.0, 9.0] {
                    canvas.circle(x + dx, y - 11.0 + dx.abs() * 0.3, 3.0, MUD);
                }
            }
        }
        Mark::Clue(Plot::Search, Luck::Bad) => {
            for (x, y, lean) in [(-14.0, -2.0, 9.0), (4.0, -6.0, 15.0), (16.0, 0.0, 6.0)] {
                let tip = [x + lean, y - 42.0];
                canvas.polygon(
                    &[
                        [x, y],
                        [x - 6.0, y - 16.0],
                        [tip[0] - 5.0, tip[1] + 8.0],
                        tip,
                        [x + 9.0, y - 16.0],
                    ],
                    BLACK,
                );
                canvas.line([x, y + 2.0], [tip[0], tip[1] + 4.0], 1.4, [0.55, 0.55, 0.65]);
            }
        }
        Mark::Clue(Plot::Gift, Luck::Good) => bow(canvas, [0.0, -24.0], 1.35),
        Mark::Clue(Plot::Gift, Luck::Bad) => {
            canvas.ellipse(0.0, -9.0, 36.0, 13.0, MUD);
            canvas.ellipse(-6.0, -11.0, 20.0, 6.0, [0.50, 0.34, 0.20]);
            for (x, y) in [(-24.0, -27.0), (4.0, -34.0), (24.0, -25.0)] {
                canvas.ellipse(x, y, 4.5, 6.5, MUD);
            }
        }
        Mark::Clue(Plot::Race, Luck::Good) => {
            let green = [0.10, 0.58, 0.20];
            canvas.line([0.0, -28.0], [6.0, 0.0], 4.0, green);
            for (x, y) in [(-11.0, -40.0), (11.0, -40.0), (-11.0, -20.0), (11.0, -20.0)] {
                canvas.circle(x, y, 11.5, WHITE);
            }
            for (x, y) in [(-11.0, -40.0), (11.0, -40.0), (-11.0, -20.0), (11.0, -20.0)] {
                canvas.circle(x, y, 10.0, green);
            }
            canvas.circle(0.0, -30.0, 5.0, [0.55, 0.85, 0.40]);
        }
        Mark::Clue(Plot::Race, Luck::Bad) => {
            canvas.circle(0.0, -25.0, 25.0, BROWN);
            canvas.circle(0.0, -25.0, 18.0, [0.85, 0.78, 0.68]);
            for (x, y) in [(17.0, 0.0), (0.0, 17.0), (12.0, 12.0), (12.0, -12.0)] {
                canvas.line([-x, -25.0 - y], [x, -25.0 + y], 3.5, BROWN);
            }
            canvas.polygon(&[[0.0, -25.0], [30.0, -46.0], [32.0, -22.0]], [0.85, 0.78, 0.68]);
            canvas.line([30.0, -8.0], [38.0, 0.0], 5.0, BROWN);
        }
        Mark::Clue(Plot::Repair, Luck::Good) => {
            canvas.line([-12.0, -34.0], [-12.0, -48.0], 4.0, BLACK);
            canvas.line([12.0, -34.0], [12.0, -48.0], 4.0, BLACK);
            canvas.line([-12.0, -48.0], [12.0, -48.0], 4.0, BLACK);
            canvas.rect([-28.0, -34.0], [28.0, 0.0], BLUE);
            canvas.rect([-28.0, -22.0], [28.0, -18.0], BLACK);
            canvas.rect([-6.0, -25.0], [6.0, -13.0], GOLD);
        }
        Mark::Clue(Plot::Repair, Luck::Bad) => {
            for i in 0..5 {
                let x = -28.0 + 13.0 * i as f32;
                canvas.polygon(
                    &[
                        [x - 5.0, 0.0],
                        [x - 5.0, -46.0],
                        [x, -54.0],
                        [x + 5.0, -46.0],
                        [x + 5.0, 0.0],
                    ],
                    BROWN,
                );
            }
            canvas.line([-32.0, -12.0], [32.0, -40.0], 6.0, RED);
            canvas.line([-32.0, -40.0], [32.0, -12.0], 6.0, RED);
        }
        Mark::Ending(Plot::Search, Luck::Good) => dog(canvas),
        Mark::Ending(Plot::Search, Luck::Bad) => crow(canvas),
        Mark::Ending(Plot::Gift, Luck::Good) => {
            for (x, y, size) in [(-12.0, -12.0, 1.0), (13.0, -28.0, 1.2), (-10.0, -52.0, 0.9)] {
                heart(canvas, [x, y], size);
            }
        }
        Mark::Ending(Plot::Gift, Luck::Bad) => {
            canvas.ellipse(0.0, -5.0, 32.0, 10.0, MUD);
            canvas.polygon(&[[-20.0, -30.0], [20.0, -30.0], [15.0, -2.0], [-15.0, -2.0]], GREY);
            for (x, y, r) in
                [(-11.0, -34.0, 9.0), (5.0, -38.0, 11.0), (15.0, -31.0, 7.0), (0.0, -56.0, 6.0)]
            {
                canvas.circle(x, y, r, [0.80, 0.93, 1.0]);
                canvas.circle(x - r * 0.3, y - r * 0.3, r * 0.3, WHITE);
            }
        }
        Mark::Ending(Plot::Race, _) => {
            canvas.rect([-17.0, -8.0], [17.0, 0.0], BROWN);
            canvas.rect([-4.0, -26.0], [4.0, -6.0], GOLD);
            canvas.ellipse(0.0, -40.0, 27.0, 12.0, GOLD);
            canvas.ellipse(0.0, -40.0, 21.0, 7.0, [0.9, 0.9, 0.8]);
            canvas.polygon(
                &[[-18.0, -58.0], [18.0, -58.0], [14.0, -34.0], [0.0, -22.0], [-14.0, -34.0]],
                GOLD,
            );
            canvas.ellipse(0.0, -58.0, 18.0, 4.0, [0.80, 0.60, 0.10]);
        }
        Mark::Ending(Plot::Repair, Luck::Good) => {
            canvas.line([-16.0, 0.0], [10.0, -34.0], 7.0, BROWN);
            canvas.line([-2.0, -44.0], [22.0, -26.0], 14.0, GREY);
            for (x, y, r) in [(-16.0, -46.0, 10.0), (22.0, -8.0, 9.0), (-24.0, -20.0, 7.0)] {
                star(canvas, [x, y], r);
            }
        }
        Mark::Ending(Plot::Repair, Luck::Bad) => {
            for (x, y, r) in
                [(-22.0, -7.0, 10.0), (-4.0, -8.0, 12.0), (18.0, -7.0, 11.0), (5.0, -24.0, 10.0)]
            {
                canvas.polygon(
                    &[
                        [x - r, y + 7.0],
                        [x - r * 0.4, y - r],
                        [x + r, y - r * 0.3],
                        [x + r * 0.6, y + 7.0],
                    ],
                    GREY,
                );
                canvas.line([x - r * 0.3, y], [x + r * 0.3, y + 3.0], 2.0, BLACK);
            }
        }
        Mark::Clue(Plot::Outing, _) | Mark::Ending(Plot::Outing, _) => {}
    }
}

/// Draws a clue or outcome that is in the sky; nothing where it is on the ground.
pub fn aloft(canvas: &mut Canvas, mark: Mark) {
    match mark {
        Mark::Clue(Plot::Outing, Luck::Good) => {
            let window = Shape::Rect([-70.0, -66.0], [70.0, 4.0], 0.0);
            canvas.within(&window, |c| {
                for (i, color) in
                    [RED, [0.98, 0.58, 0.15], YELLOW, [0.25, 0.72, 0.30], BLUE, [0.55, 0.30, 0.75]]
                        .into_iter()
                        .enumerate()
                {
                    c.circle(0.0, 0.0, 62.0 - 5.5 * i as f32, color);
                }
                c.circle(0.0, 0.0, 29.0, [0.82, 0.90, 0.97]);
            });
        }
        Mark::Clue(Plot::Outing, Luck::Bad) => {
            cloud(canvas, [0.27, 0.28, 0.34]);
            canvas.polygon(
                &[
                    [2.0, 4.0],
                    [16.0, 4.0],
                    [6.0, 22.0],
                    [14.0, 22.0],
                    [-8.0, 46.0],
                    [-2.0, 27.0],
                    [-10.0, 27.0],
                ],
                YELLOW,
            );
        }
        Mark::Ending(Plot::Outing, Luck::Good) => {
            for ray in 0..12 {
                let (sin, cos) = (std::f32::consts::TAU * ray as f32 / 12.0).sin_cos();
                canvas.line([cos * 34.0, sin * 34.0], [cos * 46.0, sin * 46.0], 6.0, YELLOW);
            }
            canvas.circle(0.0, 0.0, 28.0, YELLOW);
            for x in [-9.0, 9.0] {
                canvas.circle(x, -6.0, 3.0, BLACK);
            }
            canvas.line([-9.0, 8.0], [0.0, 12.0], 3.0, RED);
            canvas.line([0.0, 12.0], [9.0, 8.0], 3.0, RED);
        }
        Mark::Ending(Plot::Outing, Luck::Bad) => {
            for drop in 0..14 {
                let x = -56.0 + 8.5 * drop as f32;
                let y = 14.0 + 22.0 * (drop % 3) as f32;
                canvas.line([x, y], [x - 6.0, y + 18.0], 3.5, [0.30, 0.55, 0.95]);
            }
            cloud(canvas, [0.48, 0.50, 0.58]);
        }
        _ => {}
    }
}

fn cloud(canvas: &mut Canvas, color: Color) {
    for (x, y, r) in [
        (-38.0, 0.0, 18.0),
        (-16.0, -12.0, 24.0),
        (14.0, -10.0, 26.0),
        (40.0, 0.0, 18.0),
        (0.0, 6.0, 22.0),
    ] {
        canvas.ellipse(x, y, r * 1.1, r * 0.85, color);
    }
}

fn heart(canvas: &mut Canvas, [x, y]: Point, s: f32) {
    canvas.circle(x - 5.5 * s, y - 5.0 * s, 7.0 * s, RED);
    canvas.circle(x + 5.5 * s, y - 5.0 * s, 7.0 * s, RED);
    canvas.polygon(
        &[[x - 12.0 * s, y - 2.5 * s], [x + 12.0 * s, y - 2.5 * s], [x, y + 12.0 * s]],
        RED,
    );
}

fn star(canvas: &mut Canvas, [x, y]: Point, r: f32) {
    let corners: Vec<Point> = (0..8)
        .map(|i| {
            let (sin, cos) = (std::f32::consts::TAU * i as f32 / 8.0).sin_cos();
            let r = if i % 2 == 0 { r } else { r * 0.35 };
            [x + r * cos, y + r * sin]
        })
        .collect();
    canvas.polygon(&corners, YELLOW);
}

fn dog(canvas: &mut Canvas) {
    let tan = [0.80, 0.60, 0.36];
    canvas.line([-22.0, -22.0], [-34.0, -38.0], 6.0, tan);
    for x in [-18.0, -8.0, 8.0, 16.0] {
        canvas.line([x, -16.0], [x, -3.0], 7.0, tan);
    }
    canvas.ellipse(-2.0, -22.0, 24.0, 13.0, tan);
    canvas.circle(21.0, -38.0, 14.0, tan);
    canvas.ellipse(29.0, -33.0, 9.0, 6.0, WHITE);
    canvas.circle(35.0, -35.0, 3.5, BLACK);
    canvas.ellipse(12.0, -38.0, 6.0, 12.0, BROWN);
    canvas.circle(24.0, -42.0, 2.5, BLACK);
    canvas.line([10.0, -27.0], [24.0, -24.0], 4.0, RED);
}

fn crow(canvas: &mut Canvas) {
    canvas.line([-4.0, -8.0], [-4.0, 0.0], 3.0, [0.95, 0.60, 0.15]);
    canvas.line([6.0, -8.0], [6.0, 0.0], 3.0, [0.95, 0.60, 0.15]);
    canvas.polygon(&[[-14.0, -24.0], [-38.0, -10.0], [-34.0, -28.0]], BLACK);
    canvas.ellipse(0.0, -22.0, 22.0, 15.0, BLACK);
    canvas.circle(17.0, -40.0, 13.0, BLACK);
    canvas.polygon(&[[26.0, -46.0], [42.0, -38.0], [26.0, -34.0]], [0.95, 0.60, 0.15]);
    canvas.circle(20.0, -43.0, 4.0, WHITE);
    canvas.circle(21.0, -43.0, 2.0, BLACK);
    canvas.polygon(&[[-14.0, -30.0], [12.0, -28.0], [-6.0, -10.0]], [0.25, 0.25, 0.33]);
}
