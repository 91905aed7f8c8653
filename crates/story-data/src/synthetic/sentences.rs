//! What is said: three tellings of each kind of sentence.
//!
//! A template's places to fill: `{hero}`, `{friend}`, `{object}`, `{clue}` and `{ending}` name
//! things; `{start}`, `{middle}` and `{goal}` name places, and with `at_` before them put `on the`,
//! `in the` or `at the` in front; `{time}` is the time of day; `[hero ran]`, `[friend ran]` and
//! `[both ran]` are what someone does. [`tell`](super::tell) fills them.
//!
//! Sentences of different steps share no stretch of four words apart from the names, so that a
//! predictor that repeats step 4 gains nothing.

use super::plan::{OUTCOME_STEP, Plan};
use super::world::{Luck, Plot};

/// Tellings of each kind of sentence.
pub const TELLINGS: usize = 3;

/// How likely each telling is; the same everywhere and independent of all else.
pub const TELLING_SHARES: [f64; TELLINGS] = [0.6, 0.3, 0.1];

type Tellings = [&'static str; TELLINGS];

/// The beginnings and ends of the tellings of `step`, counted from 1, in the order of
/// [`TELLING_SHARES`]; the n-th beginning goes with the n-th end.
pub fn of(plan: &Plan, step: usize) -> [Tellings; 2] {
    const NOTHING: Tellings = [""; TELLINGS];
    match step {
        1 => [opening(plan.plot), NOTHING],
        2 if plan.goal_channel.told() => [quest(plan.plot), TO_THE_GOAL],
        2 => [quest(plan.plot), TO_SOMEWHERE],
        3 if plan.clue_channel.told() => [WAY, clue(plan.plot, plan.sign)],
        3 => [WAY, UNTOLD_CLUE],
        4 => [UNDERWAY, NOTHING],
        OUTCOME_STEP => [outcome(plan.plot, plan.luck), NOTHING],
        6 => [REST, NOTHING],
        7 => [RETURN, NOTHING],
        _ => [HOME, NOTHING],
    }
}

fn opening(plot: Plot) -> Tellings {
    match plot {
        Plot::Repair => [
            "One {time} the {object} of {hero} [object broke] {at_start}.",
            "It was {time} {at_start} when {hero} [hero cracked] the {object}.",
            "{hero} [hero sat] sadly {at_start} this {time} beside a broken {object}.",
        ],
        _ => [
            "One {time} {hero} [hero played] with a {object} {at_start}.",
            "It was {time} {at_start}, and {hero} [hero held] a {object}.",
            "{hero} [hero spent] a quiet {time} {at_start} with a {object}.",
        ],
    }
}

/// Step 2's first part: what the plot is about, and who comes along.
fn quest(plot: Plot) -> Tellings {
    match plot {
        Plot::Search => [
            "The {object} was lost, so {hero} and {friend}",
            "Suddenly the {object} was gone, and {friend} and {hero}",
            "{friend} helped {hero} look for the {object}, and they",
        ],
        Plot::Gift => [
            "{hero} wrapped the {object} for {friend}, and both",
            "The {object} became a present for {friend}, and the two",
            "Soon the {object} was wrapped for {friend}, and they",
        ],
        Plot::Race => [
            "To win the {object}, {hero} and {friend}",
            "{friend} and {hero} wanted to race for the {object} and",
            "In a race for the {object}, {hero} and {friend}",
        ],
        Plot::Outing => [
            "{hero} and {friend} packed the {object} for a picnic and",
            "With a picnic and the {object}, {friend} and {hero}",
            "For a picnic with the {object}, {hero} and {friend}",
        ],
        Plot::Repair => [
            "To mend the {object}, {hero} and {friend}",
            "{friend} saw the broken {object} and, together with {hero},",
            "The {object} needed a carpenter, so {friend} and {hero}",
        ],
    }
}

/// Step 2's second part where the text names the goal.
const TO_THE_GOAL: Tellings = [
    " [both started] for the {goal}.",
    " [both set] out for the {goal}.",
    " [both chose] the way to the {goal}.",
];

/// Step 2's second part where it does not.
const TO_SOMEWHERE: Tellings =
    [" [both started] at once.", " [both set] out together.", " [both chose] a way to go."];

/// Step 3's first part.
const WAY: Tellings = [
    "{hero} [hero left] the {start} and reached the {middle},",
    "From the {start} {hero} [hero walked] to the {middle}",
    "Behind the {start} {hero} [hero came] to the {middle}",
];

/// Step 3's second part where the text does not tell the clue.
const UNTOLD_CLUE: Tellings =
    [" looking at everything.", " and looked around carefully.", " and stopped for a moment."];

/// Step 3's second part where it does.
fn clue(plot: Plot, sign: Luck) -> Tellings {
    match (plot, sign) {
        (Plot::Gift, Luck::Good) => {
            [" tying a {clue} on the way.", " and tied a {clue}.", " and added a {clue}."]
        }
        (Plot::Gift, Luck::Bad) => {
            [" slipping in a {clue}.", " and fell into a {clue}.", " and stepped in a {clue}."]
        }
        (Plot::Search, _) => {
            [" noticing {clue} on the ground.", " and saw {clue}.", " and discovered {clue}."]
        }
        (_, _) => [" noticing a {clue} there.", " and saw a {clue}.", " and discovered a {clue}."],
    }
}

/// Step 4: nothing but the way.
const UNDERWAY: Tellings = [
    "\"Not far now,\" [friend said] {friend}, walking faster.",
    "After some bread, {friend} [friend followed] {hero} along a narrow path.",
    "{friend} [friend hummed] a song while the path grew longer.",
];

/// Step 5.
fn outcome(plot: Plot, luck: Luck) -> Tellings {
    match (plot, luck) {
        (Plot::Search, Luck::Good) => [
            "{At_goal} a {ending} [ending brought] the {object} back to {hero}.",
            "{hero} [hero thanked] the {ending} that had kept the {object} {at_goal}.",
            "{At_goal} the {object} [object lay] safe between the paws of a {ending}.",
        ],
        (Plot::Search, Luck::Bad) => [
            "{At_goal} a {ending} [ending dropped] the {object} before {hero}.",
            "{hero} [hero took] the {object} from a {ending} {at_goal}.",
            "{At_goal} the {object} [object lay] high in the nest of a {ending}.",
        ],
        (Plot::Gift, Luck::Good) => [
            "{At_goal} {friend} [friend unwrapped] the {object} and hugged {hero}.",
            "{friend} [friend loved] the shiny {object} and danced with {hero} {at_goal}.",
            "{At_goal} the happy {friend} [friend kissed] the new {object}.",
        ],
        (Plot::Gift, Luck::Bad) => [
            "{At_goal} {friend} [friend washed] the mud off the {object}.",
            "{hero} [hero blushed] because the {object} arrived dirty {at_goal}.",
            "{At_goal} the sorry {hero} [hero cleaned] the muddy {object}.",
        ],
        (Plot::Race, Luck::Good) => [
            "{At_goal} {hero} [hero arrived] first and won the {object}.",
            "{hero} [hero beat] {friend} and got the {object} {at_goal}.",
            "{At_goal} the proud winner {hero} [hero lifted] the {object}.",
        ],
        (Plot::Race, Luck::Bad) => [
            "{At_goal} {friend} [friend arrived] first and won the {object}.",
            "{friend} [friend beat] {hero} and got the {object} {at_goal}.",
            "{At_goal} the proud winner {friend} [friend lifted] the {object}.",
        ],
        (Plot::Outing, Luck::Good) => [
            "{At_goal} the sun smiled while {hero} and {friend} [both shared] the {object}.",
            "{hero} [hero enjoyed] the {object} with {friend} in sunshine {at_goal}.",
            "{At_goal} the day was warm, and {friend} [friend tried] the {object}.",
        ],
        (Plot::Outing, Luck::Bad) => [
            "{At_goal} it rained, and {hero} and {friend} [both covered] the {object}.",
            "{hero} [hero hid] the {object} from heavy rain {at_goal}.",
            "{At_goal} a storm began, and {friend} [friend dried] the {object}.",
        ],
        (Plot::Repair, Luck::Good) => [
            "{At_goal} a carpenter mended the {object}, and {hero} [hero cheered].",
            "{hero} [hero got] the {object} back as good as new {at_goal}.",
            "{At_goal} {friend} [friend fixed] the {object} with one hammer.",
        ],
        (Plot::Repair, Luck::Bad) => [
            "{At_goal} nobody could mend the {object}, and {hero} [hero cried].",
            "{hero} [hero kept] only pieces of the {object} {at_goal}.",
            "{At_goal} {friend} [friend buried] the pieces of the {object}.",
        ],
    }
}

/// Step 6.
const REST: Tellings = [
    "Then {hero} and {friend} [both rested] near the {object} until they were hungry.",
    "Later the {object} stood on the grass, and {friend} [friend told] {hero} stories.",
    "Tired but together, {hero} and {friend} [both ate] apples by the {object}.",
];

/// Step 7.
const RETURN: Tellings = [
    "Through the {middle} {hero} and {friend} [both wandered] back toward the {start}.",
    "The {middle} looked smaller as {friend} and {hero} [both returned] to the {start}.",
    "Singing loudly, {friend} [friend led] {hero} over the {middle} to the {start}.",
];

/// Step 8.
const HOME: Tellings = [
    "Home again {at_start}, {hero} [hero thought] about the {object} and fell asleep.",
    "Everyone {at_start} asked {hero} about the {object} and listened.",
    "{friend} [friend waved] goodbye {at_start}, and {hero} dreamed of the {object}.",
];
