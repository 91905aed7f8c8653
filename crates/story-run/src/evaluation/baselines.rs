//! Free-running texts of systems that need no model.
//!
//! | system | text |
//! |---|---|
//! | `copy-last` | the last text of the context |
//! | `copy-all-four` | all texts of the context, four in the usual window, one behind the other |
//! | `most-frequent` | the commonest training target |
//! | `trigram` | drawn from the training targets' trigrams, from the seed and the window's name |
//! | `nearest-neighbour` | the target of the training window whose context's words are nearest (TF-IDF) |
//! | `nearest-by-picture` | the same by the last picture: a frozen encoder's vectors, or thumbnails |
//! | `random-story` | the target of another test story, drawn |

use super::evaluator::Evaluator;
use super::text_baselines;
use super::trigram::Trigrams;
use crate::error::Result;
use rand::Rng;
use rayon::prelude::*;
use story_core::rng;
use story_data::window::StoryWindow;
use story_pictures::{Limits, Picture};
use story_report::System;
use story_report::records::WindowRecord;

/// Height and width of the thumbnails that pictures are compared by.
const THUMBNAIL: usize = 16;

/// Adds the baselines' texts to the records.
pub fn add_texts(
    evaluator: &Evaluator,
    windows: &[StoryWindow],
    records: &mut [WindowRecord],
) -> Result<()> {
    let corpus = evaluator.corpus;
    let train = &corpus.train;
    let target = |index: usize| corpus.target_text(&train[index]).to_string();
    let most = text_baselines::most_frequent(train.iter().map(|w| corpus.target_text(w)));
    let contexts: Vec<String> = train.iter().map(|w| evaluator.context_text(w)).collect();
    let index = text_baselines::NearestContext::new(&contexts);
    let trigrams = Trigrams::new(train.iter().map(|w| corpus.target_text(w)));
    let by_picture = nearest_by_picture(evaluator, windows)?;
    let bar = evaluator.host.bar("baselines", windows.len() as u64);
    for (place, (window, record)) in windows.iter().zip(records).enumerate() {
        bar.step(1);
        let last = record.context.iter().rev().find(|step| !step.padding && !step.text.is_empty());
        let last = last.map(|step| step.text.clone());
        let all = Some(evaluator.context_texts(window).join(" ")).filter(|text| !text.is_empty());
        let nearest = index.nearest(&evaluator.context_text(window));
        let name = format!("{}#{}", record.story, record.target);
        let stream = |baseline: &str| {
            rng::rng(evaluator.config().seed, &format!("evaluate/{baseline}/{name}"))
        };
        let answers = [
            (System::CopyLast, last),
            (System::CopyAllFour, all),
            (System::MostFrequent, most.clone()),
            (System::Trigram, trigrams.sample(&mut stream("trigram"))),
            (System::NearestNeighbour, nearest.map(target)),
            (System::NearestByPicture, by_picture[place].map(target)),
            (
                System::RandomStory,
                random_story(evaluator, windows, window, &mut stream("random-story")),
            ),
        ];
        for (system, text) in answers {
            record.texts.extend(text.map(|text| (system.name().to_string(), text)));
        }
    }
    drop(bar);
    Ok(())
}

/// The target text of a window of another test story; `None` where there is none.
fn random_story(
    evaluator: &Evaluator,
    windows: &[StoryWindow],
    own: &StoryWindow,
    random: &mut rng::ChaCha8Rng,
) -> Option<String> {
    let others: Vec<&StoryWindow> =
        windows.iter().filter(|other| other.story != own.story).collect();
    let drawn = others.get(random.random_range(0..others.len().max(1)))?;
    Some(evaluator.corpus.target_text(drawn).to_string())
}

/// For each window the training window whose last picture is nearest by cosine, the first among
/// equals; `None` without a picture.
fn nearest_by_picture(
    evaluator: &Evaluator,
    windows: &[StoryWindow],
) -> Result<Vec<Option<usize>>> {
    let train: Vec<Option<Vec<f32>>> = vectors(evaluator, &evaluator.corpus.train);
    let asked = vectors(evaluator, windows);
    evaluator.go_on()?;
    let nearest = |query: &Option<Vec<f32>>| {
        let query = query.as_ref()?;
        let mut best: Option<(f32, usize)> = None;
        for (index, vector) in train.iter().enumerate() {
            let Some(vector) = vector else { continue };
            let cosine: f32 = query.iter().zip(vector).map(|(a, b)| a * b).sum();
            if best.is_none_or(|(highest, _)| cosine > highest) {
                best = Some((cosine, index));
            }
        }
        best.map(|(_, index)| index)
    };
    Ok(asked.par_iter().map(nearest).collect())
}

/// What stands for each window's last picture, of length 1.
fn vectors(evaluator: &Evaluator, windows: &[StoryWindow]) -> Vec<Option<Vec<f32>>> {
    let features = evaluator.collator.features().image.as_ref();
    let vector = |window: &StoryWindow| {
        let slot = window.context.iter().rev().find(|slot| !slot.padding)?;
        let frames = &evaluator.corpus.stories[window.story].frames;
        let bytes = frames[slot.frame].image.as_ref()?;
        let mut vector = match features {
            Some(table) => table.get(bytes)?.to_vec(),
            None => thumbnail(evaluator, bytes)?,
        };
        let length = vector.iter().map(|x| x * x).sum::<f32>().sqrt();
        vector.iter_mut().for_each(|x| *x /= length.max(f32::MIN_POSITIVE));
        Some(vector)
    };
    windows.par_iter().map(vector).collect()
}

/// The picture's colours in a coarse grid, less their mean.
fn thumbnail(evaluator: &Evaluator, bytes: &[u8]) -> Option<Vec<f32>> {
    let picture = Picture::decode(bytes, Limits::default()).ok()?;
    let square = picture.square(THUMBNAIL, evaluator.config().data.picture.fit).ok()?;
    let values: Vec<f32> = square.rgb().iter().map(|v| f32::from(*v)).collect();
    let mean = values.iter().sum::<f32>() / values.len() as f32;
    Some(values.into_iter().map(|value| value - mean).collect())
}
