//! The eight backgrounds, each in coordinates of a whole picture (0..224 both ways); they spill
//! over the edges so that the camera may move.

use super::canvas::{Canvas, Paint};
use super::shape::Placement;
use super::world::{Color, Place, Time};
use rand::Rng;
use story_core::rng::ChaCha8Rng;

/// How far a background reaches beyond the picture on every side.
const SPILL: f32 = 30.0;

/// Where the ground begins.
pub const HORIZON: f32 = 112.0;

const LEFT: f32 = -SPILL;
const RIGHT: f32 = 224.0 + SPILL;
const WHITE: Color = [0.97, 0.97, 0.97];

/// Whether the sky shows the sun of the time of day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sun {
    /// It does.
    Shown,
    /// It does not: the plot has something else in the sky.
    Hidden,
}

/// Draws sky, clouds and the place; `rng` varies what is not foreseeable.
pub fn draw(canvas: &mut Canvas, place: Place, time: Time, sun: Sun, rng: &mut ChaCha8Rng) {
    sky(canvas, time, sun, rng);
    match place {
        Place::Beach => beach(canvas, rng),
        Place::Forest => forest(canvas, rng),
        Place::Farm => farm(canvas, rng),
        Place::Market => market(canvas, rng),
        Place::Mountain => mountain(canvas, rng),
        Place::Lake => lake(canvas, rng),
        Place::Desert => desert(canvas, rng),
        Place::Castle => castle(canvas, rng),
    }
}

fn sky(canvas: &mut Canvas, time: Time, sun: Sun, rng: &mut ChaCha8Rng) {
    let (top, bottom) = match time {
        Time::Morning => ([0.62, 0.80, 0.95], [1.0, 0.88, 0.80]),
        Time::Afternoon => ([0.38, 0.68, 0.95], [0.80, 0.92, 1.0]),
        Time::Evening => ([0.60, 0.50, 0.78], [1.0, 0.70, 0.45]),
    };
    canvas.rect([LEFT, LEFT], [RIGHT, HORIZON + 20.0], Paint::Vertical(top, bottom));
    let x = rng.random_range(20.0..204.0);
    match (sun, time) {
        (Sun::Hidden, _) => {}
        (Sun::Shown, Time::Morning) => canvas.circle(x, 84.0, 15.0, [1.0, 0.90, 0.55]),
        (Sun::Shown, Time::Afternoon) => canvas.circle(x, 24.0, 13.0, [1.0, 0.93, 0.45]),
        (Sun::Shown, Time::Evening) => canvas.circle(x, 92.0, 18.0, [1.0, 0.50, 0.25]),
    }
    for _ in 0..rng.random_range(0..3) {
        let (x, y) = (rng.random_range(10.0..214.0), rng.random_range(12.0..60.0));
        let size = rng.random_range(0.6..1.0);
        canvas.at(Placement::new(x, y, size), |c| {
            for (dx, dy, r) in
                [(-13.0, 2.0, 8.0), (0.0, -3.0, 11.0), (13.0, 2.0, 8.0), (0.0, 5.0, 8.0)]
            {
                c.ellipse(dx, dy, r * 1.2, r * 0.8, Paint::Glaze(WHITE, 0.9));
            }
        });
    }
}

fn ground(canvas: &mut Canvas, far: Color, near: Color) {
    canvas.rect([LEFT, HORIZON], [RIGHT, RIGHT], Paint::Vertical(far, near));
}

fn beach(canvas: &mut Canvas, rng: &mut ChaCha8Rng) {
    canvas.rect(
        [LEFT, 92.0],
        [RIGHT, 150.0],
        Paint::Vertical([0.10, 0.55, 0.70], [0.35, 0.85, 0.85]),
    );
    for row in 0..3 {
        let y = 102.0 + 12.0 * row as f32;
        let shift = rng.random_range(0.0..50.0);
        for wave in 0..6 {
            let x = LEFT + shift + 50.0 * wave as f32;
            canvas.line([x, y], [x + 20.0, y], 2.0, [0.75, 0.95, 0.95]);
        }
    }
    canvas.ellipse(112.0, 230.0, 260.0, 92.0, [0.98, 0.96, 0.85]);
    canvas.ellipse(112.0, 236.0, 260.0, 94.0, [0.96, 0.86, 0.56]);
    let x = rng.random_range(18.0..206.0);
    canvas.at(Placement::new(x, 148.0, 1.0), |c| {
        c.line([0.0, 0.0], [6.0, -62.0], 5.0, [0.55, 0.38, 0.22]);
        for (tip, drop) in [(-30.0, -52.0), (-20.0, -80.0), (32.0, -80.0), (38.0, -50.0)] {
            let green = [0.20, 0.58, 0.28];
            c.polygon(
                &[[6.0, -66.0], [tip * 0.5 + 3.0, drop - 8.0], [tip, drop], [6.0, -60.0]],
                green,
            );
        }
    });
}

fn forest(canvas: &mut Canvas, rng: &mut ChaCha8Rng) {
    canvas.rect([LEFT, 70.0], [RIGHT, 130.0], [0.10, 0.30, 0.20]);
    ground(canvas, [0.16, 0.38, 0.20], [0.27, 0.50, 0.25]);
    let shift = rng.random_range(0.0..30.0);
    for (row, (y, size, green)) in
        [(122.0, 0.85, [0.07, 0.33, 0.22]), (136.0, 1.15, [0.10, 0.42, 0.24])]
            .into_iter()
            .enumerate()
    {
        for tree in 0..8 {
            let x = LEFT + shift + 38.0 * tree as f32 + 19.0 * row as f32;
            let size = size * rng.random_range(0.85..1.15);
            canvas.at(Placement::new(x, y, size), |c| {
                c.rect([-4.0, -20.0], [4.0, 0.0], [0.36, 0.24, 0.15]);
                for (foot, half, tip) in
                    [(-14.0, 24.0, -52.0), (-36.0, 19.0, -72.0), (-56.0, 14.0, -90.0)]
                {
                    c.polygon(&[[-half, foot], [half, foot], [0.0, tip]], green);
                }
            });
        }
    }
}

fn farm(canvas: &mut Canvas, rng: &mut ChaCha8Rng) {
    ground(canvas, [0.66, 0.80, 0.34], [0.52, 0.74, 0.28]);
    for row in 0..7 {
        let foot = -60.0 + 52.0 * row as f32;
        let top = 70.0 + 13.0 * row as f32;
        canvas.polygon(
            &[[top, HORIZON], [top + 6.0, HORIZON], [foot + 26.0, RIGHT], [foot, RIGHT]],
            [0.82, 0.80, 0.36],
        );
    }
    let x = rng.random_range(50.0..174.0);
    canvas.at(Placement::new(x, 126.0, 1.0), |c| {
        c.rect([-32.0, -44.0], [32.0, 0.0], [0.72, 0.18, 0.14]);
        c.polygon(
            &[[-38.0, -42.0], [-22.0, -68.0], [0.0, -78.0], [22.0, -68.0], [38.0, -42.0]],
            [0.45, 0.13, 0.12],
        );
        c.rect([-13.0, -28.0], [13.0, 0.0], WHITE);
        c.line([-12.0, -27.0], [12.0, -1.0], 3.0, [0.72, 0.18, 0.14]);
        c.line([12.0, -27.0], [-12.0, -1.0], 3.0, [0.72, 0.18, 0.14]);
        c.rect([-6.0, -60.0], [6.0, -48.0], WHITE);
    });
    for post in 0..9 {
        let x = LEFT + 36.0 * post as f32;
        canvas.rect([x, 122.0], [x + 4.0, 140.0], [0.93, 0.90, 0.82]);
    }
    canvas.rect([LEFT, 127.0], [RIGHT, 130.0], [0.93, 0.90, 0.82]);
}

fn market(canvas: &mut Canvas, rng: &mut ChaCha8Rng) {
    canvas.rect([LEFT, 60.0], [RIGHT, 130.0], [0.86, 0.72, 0.62]);
    for house in 0..5 {
        let x = LEFT + 58.0 * house as f32;
        canvas.polygon(&[[x, 62.0], [x + 29.0, 34.0], [x + 58.0, 62.0]], [0.62, 0.36, 0.30]);
        canvas.rect([x + 21.0, 68.0], [x + 37.0, 84.0], [0.98, 0.90, 0.60]);
    }
    ground(canvas, [0.70, 0.64, 0.66], [0.80, 0.75, 0.76]);
    for row in 0..6 {
        let y = 134.0 + 17.0 * row as f32;
        canvas.line([LEFT, y], [RIGHT, y], 1.5, [0.62, 0.56, 0.60]);
        for stone in 0..8 {
            let x = LEFT + 40.0 * stone as f32 + if row % 2 == 0 { 0.0 } else { 20.0 };
            canvas.line([x, y], [x, y + 17.0], 1.5, [0.62, 0.56, 0.60]);
        }
    }
    let shift = rng.random_range(-14.0..14.0);
    for (stall, color) in
        [[0.90, 0.25, 0.30], [0.20, 0.60, 0.40], [0.95, 0.62, 0.15]].into_iter().enumerate()
    {
        let x = 2.0 + shift + 80.0 * stall as f32;
        canvas.rect([x + 2.0, 84.0], [x + 5.0, 128.0], [0.45, 0.30, 0.20]);
        canvas.rect([x + 57.0, 84.0], [x + 60.0, 128.0], [0.45, 0.30, 0.20]);
        canvas.rect([x, 108.0], [x + 62.0, 128.0], [0.58, 0.40, 0.26]);
        for stripe in 0..6 {
            let left = x - 3.0 + 11.4 * stripe as f32;
            let paint = if stripe % 2 == 0 { color } else { WHITE };
            canvas.rect([left, 74.0], [left + 11.4, 92.0], paint);
            canvas.circle(left + 5.7, 92.0, 5.7, paint);
        }
        for fruit in 0..4 {
            let left = x + 10.0 + 13.0 * fruit as f32;
            canvas.circle(left, 105.0, 5.0, [color[1], color[0], color[2]]);
        }
    }
}

fn mountain(canvas: &mut Canvas, rng: &mut ChaCha8Rng) {
    let shift = rng.random_range(-16.0..16.0);
    for (x, half, top, grey) in [
        (30.0, 90.0, 22.0, [0.52, 0.56, 0.66]),
        (190.0, 96.0, 14.0, [0.47, 0.51, 0.62]),
        (112.0, 84.0, 40.0, [0.58, 0.61, 0.70]),
    ] {
        let x = x + shift;
        let foot = 136.0;
        let cap = top + (foot - top) * 0.32;
        let side = half * 0.32;
        canvas.polygon(&[[x - half, foot], [x, top], [x + half, foot]], grey);
        canvas.polygon(
            &[
                [x - side, cap],
                [x, top],
                [x + side, cap],
                [x + side * 0.4, cap - 7.0],
                [x, cap + 6.0],
                [x - side * 0.4, cap - 7.0],
            ],
            WHITE,
        );
    }
    canvas.rect(
        [LEFT, 128.0],
        [RIGHT, RIGHT],
        Paint::Vertical([0.80, 0.84, 0.90], [0.93, 0.95, 0.98]),
    );
    for _ in 0..6 {
        let (x, y) = (rng.random_range(0.0..224.0), rng.random_range(140.0..210.0));
        canvas.ellipse(x, y, 9.0, 5.0, [0.62, 0.65, 0.72]);
        canvas.ellipse(x, y - 2.5, 8.0, 3.0, WHITE);
    }
}

fn lake(canvas: &mut Canvas, rng: &mut ChaCha8Rng) {
    for hill in 0..4 {
        let x = 10.0 + 70.0 * hill as f32 + rng.random_range(-10.0..10.0);
        canvas.ellipse(x, 116.0, 60.0, 34.0, [0.42, 0.66, 0.46]);
    }
    canvas.rect(
        [LEFT, 104.0],
        [RIGHT, RIGHT],
        Paint::Vertical([0.30, 0.52, 0.86], [0.16, 0.36, 0.74]),
    );
    for _ in 0..9 {
        let (x, y) = (rng.random_range(0.0..200.0), rng.random_range(112.0..172.0));
        canvas.line([x, y], [x + 22.0, y], 1.8, [0.55, 0.74, 0.95]);
    }
    canvas.ellipse(112.0, 246.0, 250.0, 66.0, [0.45, 0.70, 0.36]);
    for _ in 0..3 {
        let (x, y) = (rng.random_range(10.0..214.0), rng.random_range(130.0..166.0));
        canvas.ellipse(x, y, 10.0, 4.0, [0.25, 0.62, 0.35]);
        canvas.circle(x, y - 3.0, 3.5, [0.98, 0.75, 0.85]);
    }
    for reed in 0..6 {
        let side = if reed % 2 == 0 { 4.0 } else { 196.0 };
        let x = side + rng.random_range(0.0..24.0);
        canvas.line([x, 178.0], [x, 128.0], 2.5, [0.35, 0.55, 0.25]);
        canvas.ellipse(x, 128.0, 3.5, 9.0, [0.45, 0.28, 0.15]);
    }
}

fn desert(canvas: &mut Canvas, rng: &mut ChaCha8Rng) {
    let shift = rng.random_range(-20.0..20.0);
    canvas.ellipse(40.0 + shift, 140.0, 120.0, 50.0, [0.93, 0.62, 0.34]);
    canvas.ellipse(190.0 + shift, 144.0, 120.0, 46.0, [0.88, 0.54, 0.28]);
    canvas.rect(
        [LEFT, 132.0],
        [RIGHT, RIGHT],
        Paint::Vertical([0.90, 0.58, 0.32], [0.97, 0.72, 0.44]),
    );
    for line in 0..4 {
        let y = 150.0 + 20.0 * line as f32;
        canvas.line([LEFT, y], [RIGHT, y + shift * 0.4], 1.5, [0.84, 0.52, 0.28]);
    }
    for (x, size) in [(26.0, 1.0), (112.0, 0.7), (196.0, 0.9)] {
        let x = x + rng.random_range(-14.0..14.0);
        canvas.at(Placement::new(x, 140.0, size), |c| {
            let green = [0.24, 0.52, 0.30];
            c.line([0.0, 0.0], [0.0, -62.0], 13.0, green);
            c.line([0.0, -22.0], [18.0, -22.0], 9.0, green);
            c.line([18.0, -22.0], [18.0, -44.0], 9.0, green);
            c.line([0.0, -32.0], [-17.0, -32.0], 9.0, green);
            c.line([-17.0, -32.0], [-17.0, -50.0], 9.0, green);
        });
    }
}

fn castle(canvas: &mut Canvas, rng: &mut ChaCha8Rng) {
    ground(canvas, [0.46, 0.62, 0.50], [0.40, 0.56, 0.42]);
    let shift = rng.random_range(-14.0..14.0);
    let (stone, dark) = ([0.64, 0.62, 0.68], [0.52, 0.50, 0.57]);
    canvas.at(Placement::new(112.0 + shift, 130.0, 1.0), |c| {
        c.rect([-84.0, -54.0], [84.0, 0.0], stone);
        for tooth in 0..9 {
            let x = -82.0 + 19.0 * tooth as f32;
            c.rect([x, -63.0], [x + 10.0, -53.0], stone);
        }
        for x in [-84.0, 84.0, 0.0] {
            let top = if x == 0.0 { -98.0 } else { -82.0 };
            c.rect([x - 15.0, top], [x + 15.0, 0.0], dark);
            c.polygon(&[[x - 19.0, top], [x, top - 22.0], [x + 19.0, top]], [0.45, 0.22, 0.58]);
            c.line([x, top - 20.0], [x, top - 34.0], 2.0, [0.3, 0.25, 0.3]);
            c.polygon(
                &[[x, top - 35.0], [x + 16.0, top - 30.0], [x, top - 25.0]],
                [0.60, 0.25, 0.75],
            );
            c.rect([x - 4.0, top + 12.0], [x + 4.0, top + 24.0], [0.25, 0.22, 0.28]);
        }
        c.circle(0.0, -22.0, 13.0, [0.32, 0.22, 0.16]);
        c.rect([-13.0, -22.0], [13.0, 0.0], [0.32, 0.22, 0.16]);
    });
    canvas.polygon(
        &[[98.0 + shift, 130.0], [126.0 + shift, 130.0], [176.0, RIGHT], [48.0, RIGHT]],
        [0.78, 0.74, 0.68],
    );
}
