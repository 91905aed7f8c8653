//! The closed sets of the synthetic world: who and what there is, where and when, and which plots.
//!
//! Each set is an enum with `ALL`, a name and what it looks like; how it is drawn stands in
//! [`figures`](super::figures), [`objects`](super::objects) and [`places`](super::places).

/// A colour, red, green and blue in 0..1 (sRGB).
pub type Color = [f32; 3];

/// Who can act.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs)] // the names say it
pub enum Character {
    Mira,
    Otto,
    Bruno,
    Luna,
    Finn,
    Kito,
    Rosa,
    Zuri,
}

impl Character {
    /// All characters.
    pub const ALL: [Self; 8] = [
        Self::Mira,
        Self::Otto,
        Self::Bruno,
        Self::Luna,
        Self::Finn,
        Self::Kito,
        Self::Rosa,
        Self::Zuri,
    ];

    /// The name told in the text.
    pub fn name(self) -> &'static str {
        match self {
            Self::Mira => "Mira",
            Self::Otto => "Otto",
            Self::Bruno => "Bruno",
            Self::Luna => "Luna",
            Self::Finn => "Finn",
            Self::Kito => "Kito",
            Self::Rosa => "Rosa",
            Self::Zuri => "Zuri",
        }
    }

    /// What the character looks like.
    pub fn description(self) -> &'static str {
        match self {
            Self::Mira => "a girl in a red hooded coat",
            Self::Otto => "a boy in a blue jacket and cap",
            Self::Bruno => "a brown bear with round ears",
            Self::Luna => "a white rabbit with long ears",
            Self::Finn => "an orange fox with pointed ears",
            Self::Kito => "a green frog with eyes on top",
            Self::Rosa => "a pink pig with a round snout",
            Self::Zuri => "a purple cat with whiskers",
        }
    }

    /// The colour of coat or fur by daylight; it covers most of the figure.
    pub fn color(self) -> Color {
        match self {
            Self::Mira => [0.85, 0.14, 0.16],
            Self::Otto => [0.12, 0.32, 0.82],
            Self::Bruno => [0.47, 0.29, 0.15],
            Self::Luna => [0.97, 0.96, 0.94],
            Self::Finn => [0.96, 0.50, 0.10],
            Self::Kito => [0.36, 0.76, 0.22],
            Self::Rosa => [0.98, 0.60, 0.70],
            Self::Zuri => [0.52, 0.27, 0.70],
        }
    }
}

/// What a story turns on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs)]
pub enum Object {
    Kite,
    Drum,
    Lantern,
    Ball,
    Clock,
    Boat,
    Teapot,
    Guitar,
}

impl Object {
    /// All objects.
    pub const ALL: [Self; 8] = [
        Self::Kite,
        Self::Drum,
        Self::Lantern,
        Self::Ball,
        Self::Clock,
        Self::Boat,
        Self::Teapot,
        Self::Guitar,
    ];

    /// The word told in the text; it begins with a consonant.
    pub fn name(self) -> &'static str {
        match self {
            Self::Kite => "kite",
            Self::Drum => "drum",
            Self::Lantern => "lantern",
            Self::Ball => "ball",
            Self::Clock => "clock",
            Self::Boat => "boat",
            Self::Teapot => "teapot",
            Self::Guitar => "guitar",
        }
    }

    /// What the object looks like.
    pub fn description(self) -> &'static str {
        match self {
            Self::Kite => "a yellow kite with a tail of ribbons",
            Self::Drum => "a red drum with white zigzags",
            Self::Lantern => "a black lantern with a warm light",
            Self::Ball => "a striped ball in white and blue",
            Self::Clock => "a round clock with a golden rim",
            Self::Boat => "a toy boat with a white sail",
            Self::Teapot => "a teal teapot with a curved spout",
            Self::Guitar => "a brown guitar with a long neck",
        }
    }
}

/// Where a step takes place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs)]
pub enum Place {
    Beach,
    Forest,
    Farm,
    Market,
    Mountain,
    Lake,
    Desert,
    Castle,
}

impl Place {
    /// All places.
    pub const ALL: [Self; 8] = [
        Self::Beach,
        Self::Forest,
        Self::Farm,
        Self::Market,
        Self::Mountain,
        Self::Lake,
        Self::Desert,
        Self::Castle,
    ];

    /// The word told in the text.
    pub fn name(self) -> &'static str {
        match self {
            Self::Beach => "beach",
            Self::Forest => "forest",
            Self::Farm => "farm",
            Self::Market => "market",
            Self::Mountain => "mountain",
            Self::Lake => "lake",
            Self::Desert => "desert",
            Self::Castle => "castle",
        }
    }

    /// The word that stands before `the` and the name when someone is there.
    pub fn preposition(self) -> &'static str {
        match self {
            Self::Beach | Self::Farm | Self::Mountain => "on",
            Self::Forest | Self::Desert => "in",
            Self::Market | Self::Lake | Self::Castle => "at",
        }
    }

    /// What the background shows, and the mood it carries.
    pub fn description(self) -> (&'static str, &'static str) {
        match self {
            Self::Beach => ("yellow sand before a turquoise sea", "carefree"),
            Self::Forest => ("dark green firs above moss", "mysterious"),
            Self::Farm => ("striped fields around a red barn", "homely"),
            Self::Market => ("striped stalls on a paved square", "lively"),
            Self::Mountain => ("grey peaks with caps of snow", "majestic"),
            Self::Lake => ("wide blue water with reeds and lilies", "calm"),
            Self::Desert => ("orange dunes with tall cactuses", "lonely"),
            Self::Castle => ("stone towers with purple flags", "noble"),
        }
    }
}

/// When a story takes place; it sets the light of all its pictures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs)]
pub enum Time {
    Morning,
    Afternoon,
    Evening,
}

impl Time {
    /// All times of day.
    pub const ALL: [Self; 3] = [Self::Morning, Self::Afternoon, Self::Evening];

    /// The word told in the text.
    pub fn name(self) -> &'static str {
        match self {
            Self::Morning => "morning",
            Self::Afternoon => "afternoon",
            Self::Evening => "evening",
        }
    }

    /// The light: what each channel of a daylight colour is multiplied with.
    pub fn light(self) -> Color {
        match self {
            Self::Morning => [1.0, 0.96, 0.92],
            Self::Afternoon => [1.0, 1.0, 1.0],
            Self::Evening => [0.96, 0.80, 0.68],
        }
    }

    /// What the light looks like, in words.
    pub fn description(self) -> &'static str {
        match self {
            Self::Morning => "soft light of the rising sun",
            Self::Afternoon => "bright daylight",
            Self::Evening => "warm light of the setting sun",
        }
    }
}

/// What kind of story is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Plot {
    /// The object is lost and looked for.
    Search,
    /// The hero brings the object to the friend as a present.
    Gift,
    /// Hero and friend race for the object.
    Race,
    /// Both take the object on an outing.
    Outing,
    /// The object is broken and is carried to a mender.
    Repair,
}

impl Plot {
    /// All plots.
    pub const ALL: [Self; 5] = [Self::Search, Self::Gift, Self::Race, Self::Outing, Self::Repair];

    /// What the clue of step 3 is called, by the luck it announces.
    pub fn clue(self, sign: Luck) -> &'static str {
        match (self, sign) {
            (Self::Search, Luck::Good) => "paw prints",
            (Self::Search, Luck::Bad) => "black feathers",
            (Self::Gift, Luck::Good) => "golden bow",
            (Self::Gift, Luck::Bad) => "mud puddle",
            (Self::Race, Luck::Good) => "lucky clover",
            (Self::Race, Luck::Bad) => "broken wheel",
            (Self::Outing, Luck::Good) => "rainbow",
            (Self::Outing, Luck::Bad) => "storm cloud",
            (Self::Repair, Luck::Good) => "toolbox",
            (Self::Repair, Luck::Bad) => "closed gate",
        }
    }

    /// What step 5's picture shows besides characters and object, by the luck they had.
    pub fn ending(self, luck: Luck) -> &'static str {
        match (self, luck) {
            (Self::Search, Luck::Good) => "friendly dog",
            (Self::Search, Luck::Bad) => "black crow",
            (Self::Gift, Luck::Good) => "red hearts",
            (Self::Gift, Luck::Bad) => "mud and bubbles",
            (Self::Race, Luck::Good) => "winner's cup beside the hero",
            (Self::Race, Luck::Bad) => "winner's cup beside the friend",
            (Self::Outing, Luck::Good) => "smiling sun",
            (Self::Outing, Luck::Bad) => "rain cloud",
            (Self::Repair, Luck::Good) => "hammer and sparkles",
            (Self::Repair, Luck::Bad) => "heap of broken pieces",
        }
    }
}

/// The hidden branch of a story: which of its plot's two outcomes comes true. For a search, good
/// luck is a dog and bad luck a crow; for a race, good luck is the hero's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs)]
pub enum Luck {
    Good,
    Bad,
}

impl Luck {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Good, Self::Bad];

    /// The other one.
    pub fn other(self) -> Self {
        match self {
            Self::Good => Self::Bad,
            Self::Bad => Self::Good,
        }
    }
}

/// By which sense the reader learns a piece of the hidden state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Channel {
    /// The text alone tells it.
    Words,
    /// The picture alone shows it.
    Picture,
    /// Both do.
    Both,
}

impl Channel {
    /// All channels; a story draws one for its goal and one for its clue.
    pub const ALL: [Self; 3] = [Self::Words, Self::Picture, Self::Both];

    /// Whether the text tells it.
    pub fn told(self) -> bool {
        self != Self::Picture
    }

    /// Whether the picture shows it.
    pub fn shown(self) -> bool {
        self != Self::Words
    }
}
