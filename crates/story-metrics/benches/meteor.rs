//! Speed of both METEORs on 10,000 invented pairs of sentences.
//!
//! ```text
//! STORY_METEOR=meteor-1.5.jar STORY_WORDNET=/usr/share/wordnet \
//!     cargo bench -p story-metrics --features meteor-data --bench meteor [-- --pairs FILE]
//! ```
//! `--pairs` also writes the pairs to a file, a pair a line with a tab between, for
//! `tools/golden/meteor_speed.py`, which times the originals on them.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;
use story_metrics::{Meteor, MeteorData, MeteorStage, MeteorWords, Metric, NltkMeteor, WordNet};

const PAIRS: usize = 10_000;
const ROUNDS: usize = 3;

const WHO: [&str; 8] = [
    "the fox",
    "a little fox",
    "Mira",
    "the old sailor",
    "the twins",
    "both children",
    "the doctor",
    "my neighbour's cat",
];
const DOES: [&str; 8] =
    ["finds", "discovered", "is painting", "painted", "carries", "repairs", "mended", "looks at"];
const WHAT: [&str; 8] = [
    "a red kite",
    "the broken lamp",
    "a large number of stones",
    "many rocks",
    "the picture",
    "the old car",
    "a half-eaten cake",
    "their home",
];
const WHERE: [&str; 8] = [
    "near the river",
    "close to the stream",
    "in the attic",
    "under a bridge",
    "by the sea",
    "in front of the house",
    "in the middle of the forest",
    "on the other side of the road",
];
const WHY: [&str; 4] =
    ["because of the rain", "despite the cold", "in order to help", "once again"];

/// Two sentences that have about half of their parts in common.
fn pair(number: usize) -> (String, String) {
    let mut state = number as u64;
    let mut draw = |bound: usize| {
        state = state.wrapping_mul(0x5851_F42D_4C95_7F2D).wrapping_add(0x1405_7B7E_F767_814F);
        (state >> 33) as usize % bound
    };
    let (mut first, mut second) = (String::new(), String::new());
    for slot in [&WHO[..], &DOES, &WHAT, &WHERE, &WHY] {
        let choice = draw(slot.len());
        let other = if draw(2) == 0 { choice } else { draw(slot.len()) };
        let _ = write!(first, "{} ", slot[choice]);
        let _ = write!(second, "{} ", slot[other]);
    }
    (first + ".", second + ".")
}

fn path(variable: &str) -> Option<PathBuf> {
    std::env::var_os(variable).map(PathBuf::from)
}

/// The quickest of a few rounds, and the score.
fn time<M: Metric>(
    pairs: &[(String, String)],
    new: impl Fn() -> M,
    add: impl Fn(&mut M, &str, &str),
) {
    let mut seconds = f64::INFINITY;
    let mut metric = new();
    for _ in 0..ROUNDS {
        metric = new();
        let start = Instant::now();
        for (hypothesis, reference) in pairs {
            add(&mut metric, hypothesis, reference);
        }
        seconds = seconds.min(start.elapsed().as_secs_f64());
    }
    report(&format!(
        "{:<12} {PAIRS} pairs in {seconds:.3} s, {:.1} us a pair, score {:.6}\n  {}",
        metric.name(),
        seconds * 1e6 / PAIRS as f64,
        metric.score().expect("pairs were read"),
        metric.signature(),
    ));
}

fn report(line: &str) {
    writeln!(std::io::stdout(), "{line}").expect("stdout");
}

#[expect(clippy::disallowed_methods, reason = "a benchmark is a program of its own")]
fn main() {
    // `cargo test --all-targets` starts benchmarks too; tests never time.
    if !std::env::args().any(|argument| argument == "--bench") {
        return;
    }
    let pairs: Vec<_> = (0..PAIRS).map(pair).collect();
    let arguments: Vec<String> = std::env::args().collect();
    if let Some(at) = arguments.iter().position(|argument| argument == "--pairs") {
        let file = arguments.get(at + 1).expect("a file after --pairs");
        let lines = pairs.iter().map(|(first, second)| format!("{first}\t{second}\n"));
        std::fs::write(file, lines.collect::<String>()).expect("the file can be written");
    }

    let start = Instant::now();
    let wordnet = path("STORY_WORDNET").map(|path| WordNet::read(&path).expect("WordNet's files"));
    report(&format!("WordNet read in {:.2} s", start.elapsed().as_secs_f64()));
    let wordnet = wordnet.map(Arc::new);
    time(
        &pairs,
        || NltkMeteor::new(wordnet.clone()),
        |metric, hypothesis, reference| {
            metric.add(Some(hypothesis), &[reference]).expect("a reference is given");
        },
    );

    let folder = path("STORY_METEOR");
    let invented = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/data/meteor");
    let start = Instant::now();
    let data = MeteorData::read(&folder.unwrap_or(invented), MeteorStage::Paraphrase);
    let data = Arc::new(data.expect("METEOR's data"));
    report(&format!("METEOR's data read in {:.2} s", start.elapsed().as_secs_f64()));
    let new = || Meteor::new(data.clone(), MeteorWords::Normalized);
    time(&pairs, new, |metric, hypothesis, reference| {
        metric.add(Some(hypothesis), &[reference]).expect("a reference is given");
    });
}
