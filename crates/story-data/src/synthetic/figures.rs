//! The eight characters, each with its feet at the origin and about [`HEIGHT`] units tall.

use super::canvas::{Canvas, Paint, mix};
use super::shape::Point;
use super::world::{Character, Color};

/// From the feet to the top of a head without ears.
pub const HEIGHT: f32 = 92.0;

const BLACK: Color = [0.10, 0.09, 0.11];
const WHITE: Color = [0.98, 0.98, 0.98];
const SKIN: Color = [0.96, 0.80, 0.66];
/// Where heads are, and how large.
const HEAD: Point = [0.0, -70.0];
const HEAD_RADIUS: f32 = 22.0;

/// Draws `who` at the origin.
pub fn draw(canvas: &mut Canvas, who: Character) {
    let color = who.color();
    let shade = mix(color, BLACK, 0.22);
    canvas.ellipse(0.0, 0.0, 26.0, 5.0, Paint::Glaze(BLACK, 0.25));
    body(canvas, who, color, shade);
    match who {
        Character::Mira => mira(canvas, color, shade),
        Character::Otto => otto(canvas, color, shade),
        Character::Bruno => {
            ears(canvas, shade, |c, x| {
                c.circle(x * 17.0, -87.0, 9.0, color);
                c.circle(x * 17.0, -87.0, 5.0, [0.75, 0.55, 0.38]);
            });
            head(canvas, color);
            canvas.ellipse(0.0, -63.0, 10.0, 8.0, [0.80, 0.64, 0.46]);
            nose(canvas, BLACK);
        }
        Character::Luna => {
            ears(canvas, shade, |c, x| {
                c.ellipse(x * 9.0, -101.0, 7.0, 20.0, color);
                c.ellipse(x * 9.0, -101.0, 3.5, 15.0, [0.98, 0.72, 0.78]);
            });
            head(canvas, color);
            nose(canvas, [0.95, 0.50, 0.60]);
        }
        Character::Finn => {
            pointed_ears(canvas, color, BLACK);
            head(canvas, color);
            canvas.polygon(&[[-20.0, -64.0], [20.0, -64.0], [0.0, -47.0]], WHITE);
            nose(canvas, BLACK);
        }
        Character::Kito => {
            head(canvas, color);
            for x in [-12.0, 12.0] {
                canvas.circle(x, -91.0, 10.0, color);
                canvas.circle(x, -92.0, 7.0, WHITE);
                canvas.circle(x, -92.0, 3.5, BLACK);
            }
            canvas.line([-12.0, -62.0], [12.0, -62.0], 2.5, shade);
        }
        Character::Rosa => {
            ears(canvas, shade, |c, x| {
                c.polygon(
                    &[[x * 7.0, -88.0], [x * 24.0, -97.0], [x * 20.0, -76.0]],
                    [0.93, 0.45, 0.58],
                );
            });
            head(canvas, color);
            canvas.ellipse(0.0, -65.0, 10.0, 7.5, [0.93, 0.45, 0.58]);
            canvas.circle(-4.0, -65.0, 2.0, BLACK);
            canvas.circle(4.0, -65.0, 2.0, BLACK);
        }
        Character::Zuri => {
            pointed_ears(canvas, color, [0.95, 0.70, 0.85]);
            head(canvas, color);
            nose(canvas, [0.98, 0.70, 0.80]);
            for y in [-66.0, -61.0] {
                canvas.line([8.0, -63.0], [27.0, y], 1.2, WHITE);
                canvas.line([-8.0, -63.0], [-27.0, y], 1.2, WHITE);
            }
        }
    }
    if who != Character::Kito {
        eyes(canvas);
    }
}

fn body(canvas: &mut Canvas, who: Character, color: Color, shade: Color) {
    let person = matches!(who, Character::Mira | Character::Otto);
    let legs = if person { [0.28, 0.24, 0.32] } else { shade };
    for x in [-9.0, 9.0] {
        canvas.line([x, -22.0], [x, -4.0], 11.0, legs);
        canvas.ellipse(x + 2.0, -3.0, 8.0, 4.0, mix(legs, BLACK, 0.35));
    }
    if who == Character::Finn {
        canvas.line([16.0, -22.0], [31.0, -40.0], 13.0, color);
        canvas.circle(32.0, -42.0, 6.0, WHITE);
    }
    if who == Character::Zuri {
        canvas.line([16.0, -20.0], [30.0, -26.0], 6.0, color);
        canvas.line([30.0, -26.0], [33.0, -46.0], 6.0, color);
    }
    for x in [-1.0, 1.0] {
        canvas.line([x * 15.0, -46.0], [x * 26.0, -30.0], 10.0, shade);
        canvas.circle(x * 26.0, -29.0, 5.0, if person { SKIN } else { color });
    }
    if who == Character::Mira {
        canvas.polygon(&[[-13.0, -54.0], [13.0, -54.0], [25.0, -14.0], [-25.0, -14.0]], color);
    } else {
        canvas.ellipse(0.0, -33.0, 21.0, 23.0, color);
    }
    if !person {
        canvas.ellipse(0.0, -30.0, 12.0, 14.0, mix(color, WHITE, 0.45));
    }
}

fn mira(canvas: &mut Canvas, color: Color, shade: Color) {
    canvas.polygon(&[[-18.0, -82.0], [0.0, -103.0], [18.0, -82.0]], color);
    head(canvas, color);
    canvas.ellipse(0.0, -67.0, 16.0, 17.0, SKIN);
    canvas.ellipse(0.0, -80.0, 13.0, 6.0, [0.22, 0.14, 0.10]);
    for y in [-42.0, -30.0] {
        canvas.circle(0.0, y, 2.5, shade);
    }
    smile(canvas);
}

fn otto(canvas: &mut Canvas, color: Color, shade: Color) {
    canvas.circle(HEAD[0], HEAD[1], HEAD_RADIUS, [0.85, 0.62, 0.30]);
    canvas.ellipse(0.0, -67.0, 18.0, 18.0, SKIN);
    canvas.ellipse(0.0, -84.0, 23.0, 13.0, color);
    canvas.ellipse(13.0, -79.0, 19.0, 4.5, shade);
    canvas.line([0.0, -52.0], [0.0, -12.0], 2.0, shade);
    smile(canvas);
}

fn head(canvas: &mut Canvas, color: Color) {
    canvas.circle(HEAD[0], HEAD[1], HEAD_RADIUS, color);
}

/// Draws with -1 for the left and 1 for the right ear, each with an outline's shade behind it.
fn ears(canvas: &mut Canvas, shade: Color, ear: impl Fn(&mut Canvas, f32)) {
    canvas.ellipse(0.0, -72.0, 22.5, 22.0, shade);
    ear(canvas, -1.0);
    ear(canvas, 1.0);
}

fn pointed_ears(canvas: &mut Canvas, color: Color, inner: Color) {
    for x in [-1.0, 1.0] {
        canvas.polygon(&[[x * 3.0, -86.0], [x * 19.0, -107.0], [x * 22.0, -76.0]], color);
        canvas.polygon(&[[x * 9.0, -88.0], [x * 17.0, -100.0], [x * 19.0, -82.0]], inner);
    }
}

fn nose(canvas: &mut Canvas, color: Color) {
    canvas.ellipse(0.0, -66.0, 4.5, 3.2, color);
    smile(canvas);
}

fn smile(canvas: &mut Canvas) {
    let dark = [0.35, 0.14, 0.14];
    canvas.line([-5.0, -58.5], [0.0, -56.5], 1.8, dark);
    canvas.line([0.0, -56.5], [5.0, -58.5], 1.8, dark);
}

fn eyes(canvas: &mut Canvas) {
    for x in [-8.0, 8.0] {
        canvas.circle(x, -73.0, 4.6, WHITE);
        canvas.circle(x + 0.6, -72.6, 3.0, BLACK);
        canvas.circle(x + 1.6, -73.8, 1.0, WHITE);
    }
}
