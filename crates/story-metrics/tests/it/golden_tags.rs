//! Tags and pronouns against the same definitions in regular expressions, on the texts of
//! `tools/golden/story_tags.py`.

use crate::golden::read;
use serde::Deserialize;
use std::collections::BTreeMap;
use story_metrics::{PronounStats, TagFault, TagKind, TagStats};

#[derive(Debug, Deserialize)]
struct Case {
    text: String,
    well_formed: u64,
    faults: BTreeMap<TagFault, u64>,
    /// Grounded and all occurrences of each pronoun that occurs.
    pronouns: BTreeMap<String, [u64; 2]>,
}

fn is_known(kind: TagKind, id: &str) -> bool {
    let known: &[&str] = match kind {
        TagKind::Frame => &["image1", "image2"],
        TagKind::Entity => &["char1", "char2", "obj1"],
        TagKind::Action => &["char1", "char2"],
        TagKind::Place => &["bg1"],
    };
    known.contains(&id)
}

#[test]
fn tags_and_pronouns_equal_the_regular_expressions() {
    let cases: Vec<Case> = read("story_tags.json");
    assert_eq!(cases.len(), 200);
    for case in &cases {
        let tags = TagStats::of(Some(&case.text), is_known);
        assert_eq!(tags.well_formed, case.well_formed, "{case:?}");
        assert_eq!(tags.faults, case.faults, "{case:?}");
        let clean = case.well_formed > 0 && case.faults.is_empty();
        assert_eq!(tags.clean_stories, u64::from(clean), "{case:?}");
        let pronouns = PronounStats::of(Some(&case.text)).by_pronoun.into_iter();
        let found: BTreeMap<_, _> =
            pronouns.map(|(word, counts)| (word, [counts.grounded, counts.total])).collect();
        assert_eq!(found, case.pronouns, "{case:?}");
    }
}
