//! Whether the texts that do not fit give themselves away: a judge that never sees the picture must not
//! tell any kind of them, or whatever is learned from them may be no more than that.

use std::collections::BTreeMap;
use story_core::Story;
use story_data::synthetic::SyntheticSource;
use story_data::{Columns, Split, StorySource};
use story_language::{Lexicon, Names, Reading};
use story_metrics::{DecisionStats, Truth};
use story_verify::examples::{Example, ExamplesConfig, examples};
use story_verify::fusion::LogisticRegression;
use story_verify::negatives::NegativeKind;
use story_verify::text_features;

/// Stories of the synthetic world, with a name for each picture in the place of its pixels.
fn stories(count: usize) -> Vec<Story> {
    let mut source = SyntheticSource::new(1, Split::Test, count).with_columns(Columns::Text);
    let mut stories = Vec::new();
    while let Some(record) = source.next_record() {
        let (mut story, _) = record.expect("a drawn story").parse();
        for (at, frame) in story.frames.iter_mut().enumerate() {
            frame.image = Some(format!("{} {at}", story.id).into_bytes().into());
        }
        stories.push(story);
    }
    stories
}

#[test]
fn the_text_alone_tells_no_kind_of_the_synthetic_worlds_negatives() {
    const STORIES: usize = 600;
    let stories = stories(STORIES);
    let texts = stories.iter().flat_map(|story| &story.frames).map(|frame| frame.text.as_str());
    let names = Names::from_texts(texts);
    let lexicon = Lexicon::english();
    let read = |text: &str| -> Reading { lexicon.read(text, &names) };
    let made = |selection: Vec<usize>| {
        examples(&stories, &selection, &ExamplesConfig::default(), 42, &read).examples
    };
    let row = |example: &Example| {
        let frames = stories[example.story].frames.len();
        text_features(&example.text, &read(&example.text), (example.frame, frames))
    };
    let learned = made((0..STORIES / 2).collect());
    let rows: Vec<Vec<f64>> = learned.iter().map(row).collect();
    let label = |example: &Example| if example.negative.is_none() { 1.0 } else { 0.0 };
    let labels: Vec<f32> = learned.iter().map(label).collect();
    let judge = LogisticRegression::fit(&rows, &labels, 1.0).expect("both classes");

    let asked = made((STORIES / 2..STORIES).collect());
    let scored = asked.iter().map(|example| (example.negative, judge.logit(&row(example))));
    let mut scores: BTreeMap<Option<NegativeKind>, Vec<f64>> = BTreeMap::new();
    scored.for_each(|(kind, score)| scores.entry(kind).or_default().push(score));
    let own = scores.remove(&None).expect("texts that fit");
    assert!(scores.len() >= 3, "{:?}", scores.keys());
    for (kind, others) in scores {
        let truths: Vec<Truth> = own
            .iter()
            .map(|_| Truth::Positive)
            .chain(others.iter().map(|_| Truth::Negative))
            .collect();
        let all = [own.as_slice(), &others].concat();
        let area = DecisionStats::of_all(&all, &truths).expect("finite scores").roc_auc();
        let area = area.expect("both classes");
        assert!(area < 0.6, "{kind:?}, {} of them: {area:.3}", others.len());
    }
}
