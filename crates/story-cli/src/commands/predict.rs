//! `story predict`: own pictures and texts in; next text, next picture and nearest real frames out.

use super::steps;
use crate::arguments::PredictArguments;
use crate::console::{out, print_json};
use crate::options;
use anyhow::{Result, bail};
use serde::Serialize;
use std::path::{Path, PathBuf};
use story_core::Frame;
use story_pictures::Picture;
use story_run::run_folder::write_atomically;
use story_run::{Host, OpenedRun, Pool, Predictor, RunFolder, StorySoFar};

/// Frames of no more cosine than this have nothing to do with what is foreseen.
const UNRELATED: f32 = 0.1;

/// What `story predict --json` prints.
#[derive(Serialize)]
struct Answer {
    /// The run, or the checkpoint's folder, that was asked.
    #[serde(serialize_with = "story_run::json_path::one")]
    run: PathBuf,
    /// The next text as it is shown: with upper case, where the model tells lower case.
    text: String,
    /// The same as the model told it.
    raw_text: String,
    /// Its log probability in nats; `null` where it was taken from the context.
    log_probability: Option<f32>,
    /// The painted picture's file.
    #[serde(serialize_with = "story_run::json_path::one")]
    image: PathBuf,
    /// What is unusual in the steps for this model.
    remarks: Vec<String>,
    /// Real frames nearest to the predicted picture.
    nearest: Vec<Near>,
}

#[derive(Serialize)]
struct Near {
    #[serde(serialize_with = "story_run::json_path::one")]
    image: PathBuf,
    story: String,
    frame: usize,
    text: String,
    cosine: f32,
}

/// Predicts the step after the ones given.
pub fn run(arguments: &PredictArguments) -> Result<()> {
    let host = options::brief_host(&arguments.common);
    let mut patches = arguments.values.patches();
    // A picture that the user names must decode, whatever the training config allowed.
    patches.push("data.bad_pictures=\"fail\"".into());
    let run = match &arguments.run {
        Some(path) => path.clone(),
        None => RunFolder::find(None, &arguments.results, &host)?.path().to_path_buf(),
    };
    let opened = OpenedRun::open(&run, &patches, &host)?;
    opened.unfinished().iter().chain(&opened.doubt()).for_each(|warning| host.warn(warning));
    let predictor = Predictor::new(opened);
    let steps = own_steps(arguments, &host)?;
    let remarks = predictor.remarks(&steps)?;
    remarks.iter().for_each(|remark| host.warn(remark));
    let story = predictor.read(&steps)?;
    let told = match arguments.decoding {
        Some(decoding) => predictor.next_text_as(&story, decoding)?,
        None => predictor.next_text(&story)?,
    };
    let size = predictor.run().config().data.target_size;
    let picture = Picture::from_planes(&predictor.paint(&story)?, size)?;
    let image = arguments.out.join("next.png");
    write_atomically(&image, &picture.to_png()?)?;
    let text = predictor.run().shown(&told.text).into_owned();
    write_atomically(&arguments.out.join("next.txt"), format!("{text}\n").as_bytes())?;
    let nearest = match nearest(&predictor, &story, arguments, &host) {
        Ok(found) => found,
        Err(error) => {
            host.warn(&format!("no nearest frames: {error:#}"));
            Vec::new()
        }
    };
    let (raw_text, log_probability) = (told.text, told.log_probability);
    let answer = Answer { run, text, raw_text, log_probability, image, remarks, nearest };
    if arguments.common.json {
        return print_json("predict", &answer);
    }
    out!("{}", answer.text);
    out!("picture: {}", answer.image.display());
    out!("run: {}", answer.run.display());
    for near in &answer.nearest {
        out!("near it: {} (cosine {:.3}): {}", near.image.display(), near.cosine, near.text);
    }
    Ok(())
}

/// The user's steps, in order.
fn own_steps(arguments: &PredictArguments, host: &Host) -> Result<Vec<Frame>> {
    let steps = match &arguments.folder {
        Some(path) => steps::of_folder(path, arguments.story.as_deref(), host)?.frames,
        None => {
            steps::refuse_story_of_no_folder(arguments.story.as_deref())?;
            listed(&arguments.images, &arguments.texts)?
        }
    };
    if steps.is_empty() {
        bail!("no steps: give --images and --texts, or --folder");
    }
    Ok(steps)
}

fn listed(images: &[PathBuf], texts: &[String]) -> Result<Vec<Frame>> {
    if !images.is_empty() && !texts.is_empty() && images.len() != texts.len() {
        bail!(
            "{} pictures and {} texts: give one text a picture, '' where there is none",
            images.len(),
            texts.len()
        );
    }
    let count = images.len().max(texts.len());
    let text = |step: usize| texts.get(step).map(String::as_str).unwrap_or_default();
    (0..count).map(|step| steps::frame(images.get(step), text(step))).collect()
}

/// Writes the training frames nearest to the prediction and tells of them.
fn nearest(
    predictor: &Predictor,
    story: &StorySoFar,
    arguments: &PredictArguments,
    host: &Host,
) -> Result<Vec<Near>> {
    if arguments.nearest == 0 {
        return Ok(Vec::new());
    }
    let pool = Pool::load(predictor.run(), host)?;
    let frames = predictor.next_pictures(story, &pool, arguments.nearest)?;
    if frames.iter().all(|frame| frame.cosine <= UNRELATED) {
        host.warn(
            "no real frame is near what the model foresees: those shown have nothing to do with it",
        );
    }
    let write = |(place, frame): (usize, story_run::NearFrame)| {
        let image = write_picture(&arguments.out, &format!("nearest-{}", place + 1), &frame.image)?;
        let story_run::NearFrame { story, frame, text, cosine, .. } = frame;
        Ok(Near { image, story, frame, text, cosine })
    };
    frames.into_iter().enumerate().map(write).collect()
}

/// Writes an encoded picture as it is, with the ending of its format.
fn write_picture(folder: &Path, stem: &str, bytes: &[u8]) -> Result<PathBuf> {
    let extension = story_pictures::extension_of(bytes).unwrap_or("bin");
    let file = folder.join(format!("{stem}.{extension}"));
    write_atomically(&file, bytes)?;
    Ok(file)
}
