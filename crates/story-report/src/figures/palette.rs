//! Colours that people with any colour vision tell apart (Okabe and Ito 2008, "Color Universal
//! Design"; the colour map is viridis, van der Walt and Smith 2015). A role has the same colour in every
//! figure and on every page.

use crate::evaluation::role_of;
use crate::scores::Role;

/// Red, green, blue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Color(pub u8, pub u8, pub u8);

/// The ground of a figure.
pub(super) const PAPER: Color = Color(0xFF, 0xFF, 0xFF);
/// Text and axes.
pub(super) const INK: Color = Color(0x22, 0x22, 0x22);
/// Lesser text.
pub(super) const MUTED: Color = Color(0x5A, 0x63, 0x70);
/// Where there should be data and are none.
pub(super) const HOLE: Color = Color(0xD0, 0xD5, 0xDB);
/// Grid lines.
pub(super) const GRID: Color = Color(0xE1, 0xE4, 0xE8);

pub(super) const BLUE: Color = Color(0x00, 0x72, 0xB2);
pub(super) const ORANGE: Color = Color(0xE6, 0x9F, 0x00);
pub(super) const GREEN: Color = Color(0x00, 0x9E, 0x73);
pub(super) const VERMILION: Color = Color(0xD5, 0x5E, 0x00);
pub(super) const PURPLE: Color = Color(0xCC, 0x79, 0xA7);
pub(super) const SKY: Color = Color(0x56, 0xB4, 0xE9);
const GREY: Color = Color(0x99, 0x99, 0x99);
pub(super) const BROWN: Color = Color(0x8C, 0x6D, 0x46);
pub(super) const TEAL: Color = Color(0x2F, 0x8F, 0x8B);
/// A paler [`BLUE`]: the model, asked in another way.
const VARIANT: Color = Color(0x6A, 0x9F, 0xC9);

/// Names with a colour of their own: what is no system of a run, and the judges, which cross in one
/// panel. None has the colour of a role but by being one.
const KNOWN: [(&str, Color); 20] = [
    ("train", MUTED),
    ("validation", BROWN),
    ("test", TEAL),
    ("picture", TEAL),
    ("text", BROWN),
    ("fusion", BLUE),
    ("region-attention", VARIANT),
    ("logistic-regression", BROWN),
    ("object-match", ORANGE),
    ("similarity", GREEN),
    ("space", VERMILION),
    ("weakest", INK),
    ("scene", TEAL),
    ("numbers", SKY),
    ("colors", PURPLE),
    ("details", GREEN),
    ("attributes", SKY),
    ("text-only", MUTED),
    ("always-match", GREY),
    ("oracle", PURPLE),
];

/// The colour of a role, the same in every figure; the page's style has the same ones.
pub(super) fn color_of_role(role: Role) -> Color {
    match role {
        Role::Model => BLUE,
        Role::Variant => VARIANT,
        Role::Baseline => ORANGE,
        Role::Chance => GREY,
        Role::Bound => PURPLE,
    }
}

/// The colour of a split, a modality, a judge or a system, which has its role's.
pub(super) fn color_of(name: &str) -> Color {
    let known = KNOWN.iter().find(|(known, _)| *known == name);
    known.map_or_else(|| color_of_role(role_of(name)), |(_, color)| *color)
}

/// The colour of an entity's box; the page's style has the same ones.
pub(super) fn box_color(kind: &str) -> Color {
    match kind {
        "character" => VERMILION,
        "object" => BLUE,
        _ => GREEN,
    }
}

/// Nine steps of viridis, dark to light.
const VIRIDIS: [Color; 9] = [
    Color(0x44, 0x01, 0x54),
    Color(0x47, 0x2D, 0x7B),
    Color(0x3B, 0x52, 0x8B),
    Color(0x2C, 0x72, 0x8E),
    Color(0x21, 0x91, 0x8C),
    Color(0x28, 0xAE, 0x80),
    Color(0x5E, 0xC9, 0x62),
    Color(0xAD, 0xDC, 0x30),
    Color(0xFD, 0xE7, 0x25),
];

/// The colour of a share in 0..=1.
pub(super) fn heat(share: f64) -> Color {
    let place = share.clamp(0.0, 1.0) * (VIRIDIS.len() - 1) as f64;
    let below = (place.floor() as usize).min(VIRIDIS.len() - 2);
    let (Color(r0, g0, b0), Color(r1, g1, b1)) = (VIRIDIS[below], VIRIDIS[below + 1]);
    let part = place - below as f64;
    let mix = |a: u8, b: u8| (f64::from(a) + part * (f64::from(b) - f64::from(a))).round() as u8;
    Color(mix(r0, r1), mix(g0, g1), mix(b0, b1))
}

/// Text on the colour map. Not [`PAPER`] and [`INK`], which a page in dark colours exchanges while
/// the map stays as it is.
const ON_DARK: Color = Color(0xFD, 0xFD, 0xFD);
const ON_LIGHT: Color = Color(0x11, 0x11, 0x11);
/// From this share on the colour map is light.
const LIGHT_FROM: f64 = 0.6;

/// The text colour that is legible on [`heat`] of this share.
pub(super) fn on_heat(share: f64) -> Color {
    if share < LIGHT_FROM { ON_DARK } else { ON_LIGHT }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_and_pages_have_the_same_colours() {
        let style = include_str!("../html/report.css");
        let roles = [Role::Model, Role::Variant, Role::Baseline, Role::Chance, Role::Bound];
        for role in roles {
            let Color(r, g, b) = color_of_role(role);
            let said = format!("--{}:#{r:02X}{g:02X}{b:02X}", role.name());
            assert!(style.contains(&said), "{said}");
        }
        for name in ["train", "validation", "test", "picture", "text"] {
            assert!(roles.iter().all(|&role| color_of_role(role) != color_of(name)), "{name}");
        }
    }

    #[test]
    fn a_system_has_the_colour_of_its_role() {
        for (name, role) in [
            ("model", Role::Model),
            ("model-greedy", Role::Variant),
            ("copy-last", Role::Baseline),
            ("bigram-cache", Role::Baseline),
            ("chance", Role::Chance),
            ("best-reachable-from-texts", Role::Bound),
            ("oracle", Role::Bound),
            ("unheard-of", Role::Baseline),
        ] {
            assert_eq!(color_of(name), color_of_role(role), "{name}");
        }
    }
}
