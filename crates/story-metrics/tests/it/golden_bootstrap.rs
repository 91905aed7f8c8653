//! Intervals against the same resampling written in Python: sacreBLEU's score of each resample,
//! NumPy's percentiles.

use crate::golden::{assert_close, read};
use crate::golden_text::Case;
use serde::Deserialize;
use story_metrics::bleu::Casing;
use story_metrics::{BleuStats, BootstrapConfig, Clusters, MeanStats, Statistic, bootstrap};

#[derive(Deserialize)]
struct Texts {
    cases: Vec<Case>,
    bootstrap: Vec<Expected>,
}

#[derive(Deserialize)]
struct Expected {
    #[serde(flatten)]
    config: BootstrapConfig,
    bleu: [f64; 2],
    words: [f64; 2],
}

#[test]
fn intervals_equal() {
    let texts: Texts = read("text.json");
    assert_eq!(texts.bootstrap.len(), 3);
    let mut bleu = Clusters::default();
    let mut words = Clusters::default();
    for (at, case) in texts.cases.iter().enumerate() {
        let key = format!("{:03}", at / 3);
        let stats = BleuStats::of(Some(&case.hyp), &case.refs, Casing::Mixed)
            .expect("references are given");
        bleu.add(&key, &stats);
        // Python splits at four control characters that are no white space to Unicode.
        let separators = |c: char| c.is_whitespace() || ('\u{1c}'..='\u{1f}').contains(&c);
        let count = case.hyp.split(separators).filter(|word| !word.is_empty()).count();
        words.add(&key, &MeanStats::of(Some(count as f64)));
    }
    for expected in texts.bootstrap {
        let found = bootstrap(&bleu, BleuStats::score, &expected.config).expect("valid settings");
        assert_close(found.lower.expect("defined"), expected.bleu[0], expected.config);
        assert_close(found.upper.expect("defined"), expected.bleu[1], expected.config);
        let found = bootstrap(&words, MeanStats::score, &expected.config).expect("valid settings");
        assert_close(found.lower.expect("defined"), expected.words[0], expected.config);
        assert_close(found.upper.expect("defined"), expected.words[1], expected.config);
        assert_eq!((found.units, found.clusters), (texts.cases.len() as u64, 57));
    }
}
