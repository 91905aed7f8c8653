//! The text metrics on 10,000 pairs of one candidate and one reference, raw text in, score out.
//!
//! `cargo bench -p story-metrics` prints the median of some runs in ms; `-- --pairs FILE` also
//! writes the pairs as JSON, so that `tools/bench/metrics_peers.py` times the originals on the same.
#![allow(clippy::print_stdout)]

use std::hint::black_box;
use std::time::Instant;
use story_metrics::bleu::Casing;
use story_metrics::ptb::tokenize_coco;
use story_metrics::{
    Bleu, Captions, Chrf, ChrfKind, Cider, CiderKind, CocoBleu, CocoRougeL, DiversityStats, Metric,
    Rouge, RougeKind, SelfBleu,
};

const PAIRS: usize = 10_000;
/// Texts of the small self-BLEU, which the original's quadratic work allows.
const FEW: usize = 300;
const RUNS: usize = 7;

#[expect(clippy::disallowed_methods, reason = "a benchmark is a program of its own")]
fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().collect();
    // `cargo test --all-targets` starts benchmarks too; tests never time.
    if !arguments.iter().any(|argument| argument == "--bench") {
        return Ok(());
    }
    let pairs = pairs();
    let file = arguments
        .iter()
        .position(|argument| argument == "--pairs")
        .and_then(|at| arguments.get(at + 1));
    if let Some(file) = file {
        std::fs::write(file, serde_json::to_string(&pairs)?)?;
    }
    println!("{PAIRS} pairs, medians of {RUNS} runs");
    let captions = captions(&pairs);

    time("coco-tokens", || {
        pairs
            .iter()
            .map(|(candidate, reference)| {
                tokenize_coco(candidate).len() + tokenize_coco(reference).len()
            })
            .sum::<usize>() as f64
    });
    time("coco-bleu-4", || {
        let mut bleu = CocoBleu::default();
        for pair in &captions {
            bleu.add(pair);
        }
        score(&bleu)
    });
    time("coco-rouge-l", || {
        let mut rouge = CocoRougeL::default();
        for pair in &captions {
            rouge.add(pair);
        }
        score(&rouge)
    });
    for kind in [CiderKind::Defended, CiderKind::Plain] {
        time(Cider::new(kind).name(), || {
            let mut cider = Cider::new(kind);
            for pair in &captions {
                cider.add(pair);
            }
            score(&cider)
        });
    }
    time("bleu-4", || {
        let mut bleu = Bleu::default();
        for (candidate, reference) in &pairs {
            bleu.add(Some(candidate), &[reference]).expect("a reference");
        }
        score(&bleu)
    });
    for kind in [ChrfKind::Characters, ChrfKind::CharactersAndWords] {
        let empty = Chrf::new(kind, Casing::Mixed);
        time(empty.name(), || {
            let mut chrf = empty.clone();
            for (candidate, reference) in &pairs {
                chrf.add(Some(candidate), &[reference]).expect("a reference");
            }
            score(&chrf)
        });
    }
    for kind in [RougeKind::Rouge1, RougeKind::Rouge2, RougeKind::RougeL, RougeKind::RougeLsum] {
        time(kind.name(), || {
            let mut rouge = Rouge::new(kind);
            for (candidate, reference) in &pairs {
                rouge.add(Some(candidate), &[reference]).expect("a reference");
            }
            score(&rouge)
        });
    }
    time("distinct", || {
        let mut diversity = DiversityStats::default();
        for (candidate, _) in &pairs {
            diversity.add(Some(candidate));
        }
        diversity.distinct_texts().expect("texts")
    });
    for (name, count) in [("self-bleu-4", PAIRS), ("self-bleu-4-few", FEW)] {
        time(name, || {
            let mut texts = SelfBleu::new(4).expect("4 is an order");
            for (candidate, _) in &pairs[..count] {
                texts.add(Some(candidate));
            }
            score(&texts)
        });
    }
    Ok(())
}

/// Prints the name, the median time in ms and the score, parted by tabulators.
fn time(name: &str, mut work: impl FnMut() -> f64) {
    let mut score = work();
    let mut times: Vec<f64> = (0..RUNS)
        .map(|_| {
            let start = Instant::now();
            score = black_box(work());
            start.elapsed().as_secs_f64() * 1e3
        })
        .collect();
    times.sort_by(f64::total_cmp);
    println!("{name:<16}\t{:>9.2} ms\t{score:.6}", times[RUNS / 2]);
}

fn score(metric: &impl Metric) -> f64 {
    metric.score().expect("pairs were read")
}

fn captions(pairs: &[(String, String)]) -> Vec<Captions> {
    pairs
        .iter()
        .map(|(candidate, reference)| {
            Captions::new(Some(candidate), &[reference]).expect("a reference")
        })
        .collect()
}

/// Sentences out of small lists; a candidate shares about two parts of three with its reference.
fn pairs() -> Vec<(String, String)> {
    const PARTS: [&[&str]; 5] = [
        &[
            "The red fox",
            "Mira",
            "An old sailor",
            "The twins",
            "My neighbour's cat",
            "Dr. Olsen",
            "A tiny robot",
            "Nobody",
        ],
        &[
            "finds",
            "is painting",
            "carries",
            "can't see",
            "repairs",
            "sings about",
            "hides",
            "doesn't sell",
        ],
        &[
            "a red kite",
            "the broken lamp",
            "3 apples",
            "1,204 letters",
            "a half-eaten cake",
            "the 7-day map",
            "nothing",
        ],
        &[
            "near the river",
            "in the attic",
            "under a bridge",
            "at 9:30",
            "behind the café",
            "on the moon",
            "by the sea",
        ],
        &[
            "and waits for the rain.",
            "while the others sleep.",
            "- at last!",
            "before it gets dark.",
            "with a smile.",
        ],
    ];
    // A linear congruential generator (Knuth's MMIX); its high bits are random enough here.
    let mut state = 1_u64;
    let mut below = |bound: usize| {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % bound
    };
    (0..PAIRS)
        .map(|_| {
            let reference: Vec<&str> = PARTS.iter().map(|part| part[below(part.len())]).collect();
            let candidate: Vec<&str> = PARTS
                .iter()
                .zip(&reference)
                .map(|(part, &same)| if below(3) == 0 { part[below(part.len())] } else { same })
                .collect();
            (candidate.join(" "), reference.join(" "))
        })
        .collect()
}
