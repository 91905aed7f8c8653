//! The best that a picture can be in squared error, where the world behind the stories is known: the
//! mean of what the all-knowing predictor foresees. Who stands where, how large and in what light is
//! drawn for each picture and foreseen by nobody, so that even this is blurred.

use super::evaluator::Evaluator;
use crate::config::Variant;
use crate::error::Result;
use rayon::prelude::*;
use story_core::rng;
use story_data::synthetic::{Sees, SyntheticStory};
use story_data::window::StoryWindow;
use story_report::System;

/// Pictures that are drawn for a mean: its squared error is a 48th too high.
const DRAWS: usize = 48;

/// What each predictor is given, and its row.
const PREDICTORS: [(Sees, System); 3] = [
    (Sees::Both, System::SceneMean),
    (Sees::Texts, System::SceneMeanFromTexts),
    (Sees::Pictures, System::SceneMeanFromPictures),
];

/// The means of a window, as the decoder would paint them.
pub type SceneMeans = Vec<(System, Vec<f32>)>;

/// The means of each window's target; none where the config does not ask, the stories are not of the
/// synthetic world, or fewer than four steps are before it.
///
/// # Errors
/// Soon after somebody asked to stop.
pub fn of(evaluator: &Evaluator, windows: &[StoryWindow]) -> Result<Vec<SceneMeans>> {
    let config = evaluator.config();
    let asked = config.evaluate.variants.contains(&Variant::SceneMean) && evaluator.paints();
    let (true, Some(world)) = (asked, config.data.source.world()) else { return Ok(Vec::new()) };
    let bar = evaluator.host.bar("draw what can come", windows.len() as u64);
    windows
        .par_iter()
        .map(|window| {
            evaluator.go_on()?;
            bar.step(1);
            let id = &evaluator.corpus.stories[window.story].id;
            let story = SyntheticStory::by_id(world, id);
            let mean = |(sees, system): (Sees, System)| {
                let step = story.as_ref()?.next_step_from(window.target + 1, sees)?;
                // Another stream than any picture of the story is drawn from.
                let mut rng = rng::rng(config.seed, &format!("{}/{id}", system.name()));
                let picture = evaluator.square(&step.mean_picture(DRAWS, &mut rng))?;
                Some((system, picture.planes()))
            };
            Ok(PREDICTORS.into_iter().filter_map(mean).collect())
        })
        .collect()
}
