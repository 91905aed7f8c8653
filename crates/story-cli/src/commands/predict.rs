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
use story_report::counted;
use story_report::prediction::ToldText;
use story_run::config::Variant;
use story_run::run_folder::write_atomically;
use story_run::{Foretold, Host, NearFrame, OpenedRun, Pool, Predictor, RunFolder, StorySoFar};

/// Frames of no more cosine than this have nothing to do with what is foreseen.
const UNRELATED: f32 = 0.1;
/// What is said of such.
const NONE_NEAR: &str =
    "no real frame is near what the model foresees: those shown have nothing to do with it";

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
    /// Other ways to go on; none without a page.
    continuations: Vec<ToldText>,
    /// The page; `null` where none was asked for.
    #[serde(serialize_with = "story_run::json_path::maybe")]
    page: Option<PathBuf>,
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
    let mut doubts: Vec<String> = opened.unfinished().into_iter().chain(opened.doubt()).collect();
    let predictor = Predictor::new(opened);
    let steps = own_steps(arguments, &host)?;
    let remarks = predictor.remarks(&steps)?;
    doubts.iter().chain(&remarks).for_each(|warning| host.warn(warning));
    let story = predictor.read(&steps)?;
    let told = match arguments.decoding {
        Some(decoding) => predictor.next_text_as(&story, decoding)?,
        None => predictor.next_text(&story)?,
    };
    let size = predictor.run().config().data.target_size;
    let painted = Picture::from_planes(&predictor.paint(&story)?, size)?.to_png()?;
    let image = arguments.out.join("next.png");
    write_atomically(&image, &painted)?;
    let text = predictor.run().shown(&told.text).into_owned();
    write_atomically(&arguments.out.join("next.txt"), format!("{text}\n").as_bytes())?;
    let near = nearest(&predictor, &story, arguments.nearest, &host).unwrap_or_else(|error| {
        host.warn(&format!("no nearest frames: {error:#}"));
        Vec::new()
    });
    if !near.is_empty() && near.iter().all(|frame| frame.cosine <= UNRELATED) {
        host.warn(NONE_NEAR);
        doubts.push(NONE_NEAR.into());
    }
    let nearest = write_near(&near, &arguments.out)?;
    let mut continuations = Vec::new();
    if let Some(page) = &arguments.page {
        continuations = predictor.continuations(&story)?;
        doubts.extend(remarks.iter().cloned());
        let foretold = Foretold {
            steps: &steps,
            how: arguments.decoding.map_or("as the run's config says", Variant::name),
            told: &told,
            others: &continuations,
            painted: &painted,
            near: &near,
            doubts,
        };
        write_atomically(page, predictor.page(foretold)?.as_bytes())?;
    }
    let answer = Answer {
        run,
        text,
        raw_text: told.text,
        log_probability: told.log_probability,
        image,
        remarks,
        nearest,
        continuations,
        page: arguments.page.clone(),
    };
    if arguments.common.json {
        return print_json("predict", &answer);
    }
    print(&answer);
    Ok(())
}

fn print(answer: &Answer) {
    out!("{}", answer.text);
    out!("picture: {}", answer.image.display());
    out!("run: {}", answer.run.display());
    for near in &answer.nearest {
        out!("nearest: {} (cosine {:.3}): {}", near.image.display(), near.cosine, near.text);
    }
    if let Some(page) = &answer.page {
        out!("page: {}", page.display());
    }
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
            "{} and {}: give one text a picture, '' where there is none",
            counted(images.len() as u64, "picture", "pictures"),
            counted(texts.len() as u64, "text", "texts")
        );
    }
    let count = images.len().max(texts.len());
    let text = |step: usize| texts.get(step).map(String::as_str).unwrap_or_default();
    (0..count).map(|step| steps::frame(images.get(step), text(step))).collect()
}

/// The training frames nearest to the prediction.
fn nearest(
    predictor: &Predictor,
    story: &StorySoFar,
    count: usize,
    host: &Host,
) -> Result<Vec<NearFrame>> {
    if count == 0 {
        return Ok(Vec::new());
    }
    let pool = Pool::load(predictor.run(), host)?;
    Ok(predictor.next_pictures(story, &pool, count)?)
}

/// Writes the pictures of the nearest frames, and tells of them.
fn write_near(frames: &[NearFrame], folder: &Path) -> Result<Vec<Near>> {
    let write = |(place, near): (usize, &NearFrame)| {
        let image = write_picture(folder, &format!("nearest-{}", place + 1), &near.image)?;
        let NearFrame { story, frame, text, cosine, .. } = near.clone();
        Ok(Near { image, story, frame, text, cosine })
    };
    frames.iter().enumerate().map(write).collect()
}

/// Writes an encoded picture as it is, with the ending of its format.
fn write_picture(folder: &Path, stem: &str, bytes: &[u8]) -> Result<PathBuf> {
    let extension = story_pictures::extension_of(bytes).unwrap_or("bin");
    let file = folder.join(format!("{stem}.{extension}"));
    write_atomically(&file, bytes)?;
    Ok(file)
}
