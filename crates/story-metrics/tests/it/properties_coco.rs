//! What holds for every caption: identity, ranges, merging, order, and no panic.

use proptest::collection::vec;
use proptest::prelude::*;
use story_metrics::ptb::tokenize_coco;
use story_metrics::*;

type Pair = (Option<String>, Vec<String>);

fn sentence() -> impl Strategy<Value = String> {
    vec(
        prop::sample::select(vec!["a", "the", "fox", "ran", "home", ".", "can't", "3 1/2", "U.S."]),
        0..12,
    )
    .prop_map(|words| words.join(" "))
}

fn pair() -> impl Strategy<Value = Pair> {
    (prop::option::weighted(0.9, sentence()), vec(sentence(), 1..4))
}

/// Text out of the characters that the tokeniser's rules look at.
fn odd_text() -> impl Strategy<Value = String> {
    let pieces = "a s t n d o m U . , ' ’ - _ / & ; : < > ( ) # @ \" ` ! ? 0 5 = * \\ é … 🦊 ½ “ ” &lt; http://x";
    let pieces: Vec<&str> = pieces.split(' ').chain([" ", "\t", "\n", "<a"]).collect();
    vec(prop::sample::select(pieces), 0..24).prop_map(|pieces| pieces.concat())
}

fn captions((candidate, references): &Pair) -> Captions {
    Captions::new(candidate.as_deref(), references).expect("references are given")
}

fn read(pairs: &[Pair]) -> (CocoBleu, CocoRougeL, Cider, SelfBleu) {
    let mut metrics = (
        CocoBleu::default(),
        CocoRougeL::default(),
        Cider::default(),
        SelfBleu::new(4).expect("4 is an order"),
    );
    for pair in pairs {
        let captions = captions(pair);
        metrics.0.add(&captions);
        metrics.1.add(&captions);
        metrics.2.add(&captions);
        metrics.3.add(pair.0.as_deref());
    }
    metrics
}

fn rows(metrics: &(CocoBleu, CocoRougeL, Cider, SelfBleu)) -> [Measurement; 4] {
    [
        metrics.0.measurement(),
        metrics.1.measurement(),
        metrics.2.measurement(),
        metrics.3.measurement(),
    ]
}

fn close(a: Option<f64>, b: Option<f64>) -> bool {
    match (a, b) {
        (Some(a), Some(b)) => (a - b).abs() <= 1e-9 * (1.0 + a.abs()),
        (a, b) => a == b,
    }
}

proptest! {
    #[test]
    fn any_text_has_tokens_without_blanks_and_none_is_upper_case(
        any in any::<String>(),
        odd in odd_text(),
    ) {
        for text in [any, odd] {
            for token in tokenize_coco(&text) {
                prop_assert!(!token.is_empty() && !token.contains([' ', '\n']), "{:?}", token);
                prop_assert!(!token.bytes().any(|byte| byte.is_ascii_uppercase()), "{:?}", token);
            }
        }
    }

    #[test]
    fn words_of_letters_are_their_own_tokens(words in vec("[b-z]{2,7}", 0..8)) {
        prop_assume!(!words.iter().any(|w| ["gonna", "gotta", "lemme", "gimme", "wanna", "cannot"].contains(&w.as_str())));
        prop_assert_eq!(tokenize_coco(&words.join(" ")), words.clone());
        prop_assert_eq!(tokenize_coco(&format!("({})!", words.join(", "))).len(), words.len() + 2);
    }

    #[test]
    fn a_text_equals_itself(text in sentence(), others in vec(sentence(), 0..3)) {
        let mut references = others;
        references.push(text.clone());
        let captions = Captions::new(Some(&text), &references).expect("references are given");
        prop_assert_eq!(coco_rouge_l(&captions), 1.0);
        if captions.candidate().len() >= 4 {
            let mut bleu = CocoBleu::default();
            bleu.add(&captions);
            let score = bleu.score().expect("one caption");
            prop_assert!((score - 1.0).abs() < 1e-8, "{}", score);
        }
    }

    #[test]
    fn no_candidate_beats_the_reference_itself(
        reference in sentence(),
        rivals in vec(sentence(), 1..4),
        rest in vec(pair(), 1..5),
    ) {
        for kind in [CiderKind::Plain, CiderKind::Defended] {
            let score = |candidate: &str| {
                let mut cider = Cider::new(kind);
                cider.add(&captions(&(Some(candidate.to_string()), vec![reference.clone()])));
                rest.iter().for_each(|pair| cider.add(&captions(pair)));
                cider.scores()[0]
            };
            let best = score(&reference);
            for rival in &rivals {
                prop_assert!(score(rival) <= best + 1e-9, "{:?} {}", kind, rival);
            }
        }
    }

    #[test]
    fn corpora_score_in_range_merge_and_do_not_depend_on_order(
        (pairs, order) in vec(pair(), 1..12).prop_flat_map(|pairs| (Just(pairs.clone()), Just(pairs).prop_shuffle())),
        cut in 0..12_usize,
    ) {
        let whole = read(&pairs);
        for row in rows(&whole) {
            prop_assert!(row.value.is_none_or(|value| row.range.contains(value)), "{:?}", row);
            prop_assert_eq!(row.n, pairs.len() as u64);
            let missing = pairs.iter().filter(|pair| pair.0.is_none()).count();
            prop_assert_eq!(row.missing, missing as u64);
        }
        let (left, right) = pairs.split_at(cut.min(pairs.len()));
        let (mut left, right) = (read(left), read(right));
        left.0.merge(&right.0);
        left.1.merge(&right.1);
        left.2.merge(&right.2);
        left.3.merge(&right.3);
        for (other, name) in [(left, "shards"), (read(&order), "order")] {
            for (a, b) in rows(&whole).iter().zip(rows(&other)) {
                prop_assert!(close(a.value, b.value), "{} {:?} {:?}", name, a, b);
            }
        }
    }

    #[test]
    fn one_line_is_rouge_l(hypothesis in sentence(), reference in sentence()) {
        let score = |kind| rouge(kind, &hypothesis, &[&reference]).expect("a reference");
        // The union of one subsequence counts what it holds.
        prop_assert_eq!(score(RougeKind::RougeLsum), score(RougeKind::RougeL));
    }

    #[test]
    fn equal_texts_have_a_self_bleu_of_one(text in sentence(), copies in 2..5_usize) {
        let mut texts = SelfBleu::new(1).expect("1 is an order");
        (0..copies).for_each(|_| texts.add(Some(&text)));
        let words = tokenize::tokenize_13a(&text).len();
        prop_assert_eq!(texts.score(), Some(if words > 0 { 1.0 } else { 0.0 }));
    }
}
