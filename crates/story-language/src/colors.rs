//! Colour words and what they are near to among the eleven basic ones.

use crate::Color;
use std::fmt;

const SHADES: [(Color, &[&str]); 11] = [
    (Color::Black, &["black", "jet black", "pitch black"]),
    (Color::White, &["white", "snow white", "ivory", "whitish"]),
    (Color::Grey, &["grey", "gray", "greyish", "grayish"]),
    (Color::Red, &["red", "crimson", "scarlet", "maroon", "ruby", "reddish"]),
    (Color::Orange, &["orange", "orangish"]),
    (Color::Yellow, &["yellow", "golden", "blond", "blonde", "yellowish", "amber", "mustard"]),
    (Color::Green, &["green", "emerald", "olive", "greenish", "lime green"]),
    (
        Color::Blue,
        &["blue", "navy", "navy blue", "turquoise", "azure", "indigo", "bluish", "teal", "cyan"],
    ),
    (Color::Purple, &["purple", "violet", "lavender", "lilac", "mauve"]),
    (Color::Pink, &["pink", "magenta", "rosy", "pinkish"]),
    (Color::Brown, &["brown", "tan", "beige", "chestnut", "brownish", "bronze", "chocolate brown"]),
];

/// The word for it, as an adjective.
impl fmt::Display for Color {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shades = SHADES.iter().find(|(color, _)| color == self);
        let word = shades.and_then(|(_, shades)| shades.first());
        f.write_str(word.expect("every colour has its shades"))
    }
}

/// The colour of an adjective in lower case; of compounds ("dark green", "orange coloured") what
/// the part with the colour says. Two colours ("black and white") are none.
pub(crate) fn color(word: &str) -> Option<Color> {
    let of = |word: &str| {
        let found = SHADES.iter().find(|(_, shades)| shades.contains(&word));
        found.map(|(color, _)| *color)
    };
    if let Some(color) = of(word) {
        return Some(color);
    }
    let (first, last) = word.rsplit_once(' ')?;
    match last {
        "colored" | "coloured" => of(first),
        _ if matches!(first, "dark" | "light" | "bright" | "pale" | "deep") => of(last),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_colour_reads_its_own_word() {
        for (of, _) in SHADES {
            assert_eq!(color(&of.to_string()), Some(of));
        }
    }

    #[test]
    fn shades_and_compounds_have_a_colour() {
        assert_eq!(color("crimson"), Some(Color::Red));
        assert_eq!(color("dark green"), Some(Color::Green));
        assert_eq!(color("orange coloured"), Some(Color::Orange));
        for word in ["", "brown and white", "red haired", "blackboard"] {
            assert_eq!(color(word), None, "{word}");
        }
    }
}
