//! The page of a prediction.

use crate::decoding::Told;
use crate::error::Result;
use crate::pictures::shown;
use crate::pool::NearFrame;
use crate::predictor::Predictor;
use std::path::Path;
use story_core::Frame;
use story_report::prediction::{NearPicture, Prediction, ShownStep, ToldText};

/// What a run was asked, and what it answered.
pub struct Foretold<'a> {
    /// The steps that were given.
    pub steps: &'a [Frame],
    /// How the next text was told, such as `greedy`.
    pub how: &'a str,
    /// The next text.
    pub told: &'a Told,
    /// The same in other ways, as [`Predictor::continuations`] gives them.
    pub others: &'a [ToldText],
    /// The painted picture, PNG.
    pub painted: &'a [u8],
    /// Frames nearest to it.
    pub near: &'a [NearFrame],
    /// What speaks against trusting the answer.
    pub doubts: Vec<String>,
}

impl Predictor {
    /// One HTML file that shows what was asked and answered, with all pictures inside, and what the
    /// run's own scores say of trusting it.
    ///
    /// # Errors
    /// A picture that cannot be made smaller.
    pub fn page(&self, foretold: Foretold<'_>) -> Result<String> {
        let Foretold { steps, how, told, others, painted, near, doubts } = foretold;
        let step = |step: &Frame| -> Result<ShownStep> {
            let picture = step.image.as_deref().map(shown).transpose()?.flatten();
            Ok(ShownStep { picture, text: step.text.clone() })
        };
        let frame = |frame: &NearFrame| -> Result<NearPicture> {
            Ok(NearPicture {
                story: frame.story.clone(),
                frame: frame.frame,
                text: frame.text.clone(),
                cosine: frame.cosine.into(),
                picture: shown(&frame.image)?,
            })
        };
        let run = self.run();
        let cased =
            |told: &ToldText| ToldText { text: run.shown(&told.text).into_owned(), ..told.clone() };
        let paints = run.config().objective.image_weight > 0.0;
        Ok(story_report::prediction_page(&Prediction {
            run: name_of(&run.path),
            summary: run.summary(),
            scores: run.scores().unwrap_or_default(),
            doubts,
            steps: self.last(steps).iter().map(step).collect::<Result<_>>()?,
            told: ToldText {
                how: vec![how.to_string()],
                text: run.shown(&told.text).into_owned(),
                log_probability: told.log_probability.map(f64::from),
            },
            painted: paints.then(|| painted.to_vec()),
            others: others.iter().map(cased).collect(),
            near: near.iter().map(frame).collect::<Result<_>>()?,
            version: env!("CARGO_PKG_VERSION").into(),
        }))
    }
}

/// A run's name: its folder's, whichever way it was named.
fn name_of(path: &Path) -> String {
    let whole = path.canonicalize().unwrap_or_else(|_| path.to_path_buf());
    let name = whole.file_name();
    name.map_or_else(|| "a run".to_string(), |name| name.to_string_lossy().into_owned())
}
