//! The basic colour of a pixel, by borders in hue, saturation and lightness.
//!
//! With sRGB r, g, b in 0..1, max M, min m, chroma C = M - m, lightness L = (M + m) / 2 and hue H in
//! degrees (0 red, 120 green, 240 blue): a pixel is black where M < .2 unless it is a colour all the
//! same (M >= .1 and C >= M / 2: the dark green of a bench is no black), and where C < .12 it is
//! white (L > .85), black (L < .2) or grey. Else its hue decides: red up to 16 and from 345, orange
//! to 42, yellow to 66, green to 168, blue to 252, purple to 300, pink to 345. Light reds (L > .6)
//! are pink, dark pinks (L < .4) purple. Brown are dark reds near orange (from 8, M < .6), dark or
//! dull oranges (M < .75, or C / M < .6 and M < .85) and dark yellows up to 50 (M <= .62), which
//! beyond are green.
//!
//! The borders were fitted to 434 names of one basic colour ("dark teal blue") among the 949 of the
//! xkcd colour survey (Munroe 2010): 403 get their own; of 74 such names in CSS Color 4 (its slate
//! greys are blue here), 59.
//!
//! Pictures have lights and shadows of their own colour, so [`alike`] names the colours that a thing
//! may show besides the one that people call it.

use story_core::BoundingBox;
use story_language::Color;
use story_pictures::Picture;

/// The colour of an sRGB pixel.
pub(super) fn color_of([r, g, b]: [u8; 3]) -> Color {
    let [r, g, b] = [r, g, b].map(|value| f32::from(value) / 255.0);
    let (most, least) = (r.max(g).max(b), r.min(g).min(b));
    let (chroma, lightness) = (most - least, (most + least) / 2.0);
    // A dark colour is one as long as it is a colour by half.
    let is_colored = most >= 0.1 && chroma >= 0.5 * most;
    if most < 0.2 && !is_colored {
        return Color::Black;
    }
    if chroma < 0.12 && !(most < 0.2 && is_colored) {
        return match lightness {
            light if light > 0.85 => Color::White,
            light if light < 0.2 => Color::Black,
            _ => Color::Grey,
        };
    }
    let sixth = if most == r {
        ((g - b) / chroma).rem_euclid(6.0)
    } else if most == g {
        (b - r) / chroma + 2.0
    } else {
        (r - g) / chroma + 4.0
    };
    let dull = most < 0.75 || (most < 0.85 && chroma / most < 0.6);
    match 60.0 * sixth {
        hue if !(16.0..345.0).contains(&hue) => match lightness > 0.6 {
            true => Color::Pink,
            false if (8.0..16.0).contains(&hue) && most < 0.6 => Color::Brown,
            false => Color::Red,
        },
        hue if hue < 42.0 && dull => Color::Brown,
        hue if hue < 42.0 => Color::Orange,
        hue if hue < 66.0 && most > 0.62 => Color::Yellow,
        hue if hue < 50.0 => Color::Brown,
        hue if hue < 168.0 => Color::Green,
        hue if hue < 252.0 => Color::Blue,
        hue if hue < 300.0 || lightness < 0.4 => Color::Purple,
        _ => Color::Pink,
    }
}

/// Whether a thing that people call `named` shows pixels of `shown` by light and shadow.
pub(crate) fn alike(named: Color, shown: Color) -> bool {
    let neighbours: &[Color] = match named {
        Color::Black => &[Color::Grey],
        Color::White => &[Color::Grey],
        Color::Grey => &[Color::Black, Color::White],
        Color::Red => &[Color::Pink, Color::Brown],
        Color::Orange => &[Color::Red, Color::Yellow, Color::Brown],
        Color::Yellow => &[Color::Orange, Color::Brown],
        Color::Green => &[],
        Color::Blue => &[Color::Purple],
        Color::Purple => &[Color::Blue, Color::Pink],
        Color::Pink => &[Color::Red, Color::Purple],
        Color::Brown => &[Color::Orange, Color::Red],
    };
    named == shown || neighbours.contains(&shown)
}

/// Whether things of this colour may be so dark that a picture shows them black.
fn is_dark(named: Color) -> bool {
    use Color::{Blue, Brown, Green, Grey, Purple, Red};
    matches!(named, Blue | Brown | Green | Grey | Purple | Red)
}

/// The colours of a box.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Shares {
    /// The share of pixels that are of the colour or of those it may show, 0..1.
    pub own: f64,
    /// The share of the commonest colour that speaks against it, 0..1.
    pub other: f64,
    /// Which that is; `None` where there is none.
    pub shown: Option<Color>,
}

/// The colours of the middle of a box, since its corners are background; `None` where the box has no
/// pixel there. Black pixels do not speak against a dark thing's colour: in shadow there is no other.
pub fn shares(picture: &Picture, place: &BoundingBox, named: Color) -> Option<Shares> {
    /// Of width and height, on each side.
    const MARGIN: f32 = 0.2;
    let (width, height) = picture.dimensions();
    let (x, y) = (MARGIN * (place.x2 - place.x1), MARGIN * (place.y2 - place.y1));
    let middle = BoundingBox::new(place.x1 + x, place.y1 + y, place.x2 - x, place.y2 - y);
    let middle = middle.clamp(width, height);
    let columns = middle.x1 as usize..(middle.x2.ceil() as usize).min(width as usize);
    let rows = middle.y1 as usize..(middle.y2.ceil() as usize).min(height as usize);
    let mut counts = std::collections::BTreeMap::new();
    let mut all = 0u64;
    for row in rows {
        let line = row * width as usize;
        for column in columns.clone() {
            let at = 3 * (line + column);
            let rgb = picture.rgb();
            *counts.entry(color_of([rgb[at], rgb[at + 1], rgb[at + 2]])).or_insert(0u64) += 1;
            all += 1;
        }
    }
    if all == 0 {
        return None;
    }
    let share = |count: u64| count as f64 / all as f64;
    let own = counts.iter().filter(|(shown, _)| alike(named, **shown));
    let may_show = |shown: Color| alike(named, shown) || (shown == Color::Black && is_dark(named));
    let other = counts.iter().filter(|(shown, _)| !may_show(**shown));
    let other = other.max_by_key(|(_, count)| **count);
    Some(Shares {
        own: share(own.map(|(_, count)| count).sum()),
        other: share(other.map_or(0, |(_, count)| *count)),
        shown: other.map(|(shown, _)| *shown),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flat_colours_have_their_names() {
        for (pixel, color) in [
            ([0, 0, 0], Color::Black),
            ([255, 255, 255], Color::White),
            ([128, 128, 128], Color::Grey),
            ([220, 30, 30], Color::Red),
            ([250, 140, 20], Color::Orange),
            ([250, 220, 40], Color::Yellow),
            ([40, 160, 60], Color::Green),
            ([30, 60, 200], Color::Blue),
            ([130, 60, 190], Color::Purple),
            ([250, 170, 190], Color::Pink),
            ([120, 75, 40], Color::Brown),
            ([128, 128, 40], Color::Green),
            ([150, 125, 50], Color::Brown),
            ([110, 10, 90], Color::Purple),
            ([240, 120, 110], Color::Pink),
            ([10, 40, 15], Color::Green),
            ([15, 12, 48], Color::Blue),
            ([40, 35, 30], Color::Black),
            ([20, 2, 2], Color::Black),
        ] {
            assert_eq!(color_of(pixel), color, "{pixel:?}");
        }
    }

    #[test]
    fn shadows_do_not_speak_against_dark_colours() {
        let night = Picture::new(4, 4, vec![8; 48]).expect("pixels");
        let whole = BoundingBox::new(0.0, 0.0, 4.0, 4.0);
        let against = |named| shares(&night, &whole, named).map(|it| it.other);
        assert_eq!([Color::Green, Color::Blue, Color::Brown].map(against), [Some(0.0); 3]);
        assert_eq!([Color::White, Color::Yellow, Color::Pink].map(against), [Some(1.0); 3]);
        assert_eq!(against(Color::Black), Some(0.0));
    }

    #[test]
    fn shares_are_of_the_boxs_middle() {
        let blue_on_red = (0..10 * 10).flat_map(|at| {
            let (x, y) = (at % 10, at / 10);
            let inside = (2..8).contains(&x) && (2..8).contains(&y);
            if inside { [20, 40, 220] } else { [230, 20, 20] }
        });
        let picture = Picture::new(10, 10, blue_on_red.collect()).expect("pixels");
        let whole = BoundingBox::new(0.0, 0.0, 10.0, 10.0);
        let blue = Shares { own: 1.0, other: 0.0, shown: None };
        assert_eq!(shares(&picture, &whole, Color::Blue), Some(blue));
        let green = Shares { own: 0.0, other: 1.0, shown: Some(Color::Blue) };
        assert_eq!(shares(&picture, &whole, Color::Green), Some(green));
        let outside = BoundingBox::new(30.0, 0.0, 40.0, 10.0);
        assert_eq!(shares(&picture, &outside, Color::Blue), None);
    }
}
