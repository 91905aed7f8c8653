//! `story predict`: own pictures and texts in; next text, next picture and nearest real frames out.

use super::train::tokenizer_of;
use crate::arguments::PredictArguments;
use crate::batches::{collator, evaluation_batches, picture_remedy};
use crate::config::{Config, OnFault};
use crate::console::{Console, out, print_json};
use crate::corpus::Corpus;
use crate::evaluation::{best, to_lists};
use crate::frozen::{self, Frozen};
use crate::run_folder::{RunFolder, write_atomically};
use anyhow::{Context, Result, bail};
use candle_core::Tensor;
use serde_json::{Value, json};
use std::path::Path;
use std::sync::Arc;
use story_core::{Frame, ParamStore, Pass, Story};
use story_data::source::SourceConfig;
use story_data::tokenizer::StoryTokenizer;
use story_data::window::{ContextSlot, StoryWindow};
use story_data::{Columns, Split};
use story_model::{Checkpoint, NextPicture, StoryModel};
use story_pictures::Picture;

/// Real frames among which the nearest are looked for.
const POOL: usize = 1000;

/// Predicts the step after the ones given.
pub fn run(arguments: &PredictArguments) -> Result<()> {
    let console = Console::new(arguments.common.quiet);
    let checkpoint = open_checkpoint(arguments)?;
    let mut config =
        Config::parse(checkpoint.config(), &super::patches_of_checkpoint(&arguments.common)?)?;
    // A picture that the user names must decode, whatever the training config allowed.
    config.data.bad_pictures = OnFault::Fail;
    let seed = Config::parse(checkpoint.config(), &[])?.seed;
    let device = story_core::device::device(&config.device)?;
    let tokenizer = tokenizer_of(&checkpoint)?;
    let store = ParamStore::new(seed, &device);
    let (model, frozen) = frozen::model(&config, tokenizer.vocabulary(), &store, console)?;
    checkpoint.load_best(&store)?;

    let story = own_story(arguments, config.data.window.context)?;
    let (stories, windows) =
        (std::slice::from_ref(&story), [window(&story, config.data.window.context)]);
    let features = frozen.tables(&config.data, stories, &windows)?;
    let collator = collator(&config, tokenizer.clone(), features)?;
    let batch = collator
        .collate(stories, &windows)
        .map_err(|error| picture_remedy(error, "repair it or give another picture"))?
        .to_device(&device)?;
    let context = model.read(&batch, &Pass::Eval)?;
    let names = [story.id.clone()];
    let generated = model.generate(&context, &names, &config.evaluate.generation, config.seed)?;
    let text = generated.first().map(|g| tokenizer.decode(&g.tokens)).unwrap_or_default();
    let painted = to_lists(&model.image_decoder().decode(&context, &Pass::Eval)?.detach())?;
    let picture = Picture::from_planes(&painted[0], config.data.target_size)?;
    let file = arguments.out.join("next.png");
    write_atomically(&file, &picture.to_png()?)?;
    write_atomically(&arguments.out.join("next.txt"), format!("{text}\n").as_bytes())?;

    let next = model.embedding_head().next(&context)?;
    let pool = Pool { model: &model, frozen: &frozen, config: &config, tokenizer };
    let found = match pool.nearest_frames(&next, arguments, console) {
        Ok(found) => found,
        Err(error) => {
            console.warn(&format!("no nearest frames: {error:#}"));
            Vec::new()
        }
    };
    if arguments.common.json {
        return print_json(&json!({
            "text": text,
            "log_probability": generated.first().map(|g| g.log_probability),
            "image": file,
            "nearest": found,
        }));
    }
    out!("{text}");
    out!("picture: {}", file.display());
    for frame in &found {
        let word = |key: &str| frame[key].as_str().unwrap_or_default().to_string();
        out!(
            "near it: {} (cosine {:.3}): {}",
            word("image"),
            frame["cosine"].as_f64().unwrap_or(f64::NAN),
            word("text")
        );
    }
    Ok(())
}

/// The checkpoint of the run named, of the folder named, or of the newest run.
fn open_checkpoint(arguments: &PredictArguments) -> Result<Checkpoint> {
    let folder = match &arguments.run {
        Some(path) if path.join("state.json").is_file() => path.clone(),
        run => RunFolder::find(run.as_deref(), &arguments.results)?.checkpoint(),
    };
    Ok(Checkpoint::open(&folder)?)
}

/// The user's steps as a story, and an empty frame behind them for the step to come.
fn own_story(arguments: &PredictArguments, context: usize) -> Result<Story> {
    let mut story = match &arguments.folder {
        Some(path) => folder_story(path)?,
        None => listed_story(arguments)?,
    };
    if story.frames.is_empty() {
        bail!("no steps: give --images and --texts, or --folder");
    }
    if story.frames.len() > context {
        // The model reads the last steps; what came before them it has no place for.
        story.frames.drain(..story.frames.len() - context);
    }
    story.frames.push(Frame::default());
    Ok(story)
}

pub fn folder_story(path: &Path) -> Result<Story> {
    let source = SourceConfig::Folder { path: path.to_path_buf() };
    let mut source = crate::corpus::open(&source, Split::Train, Columns::All)?;
    match source.next_record() {
        Some(record) => Ok(record?.parse().0),
        None => bail!("{}: holds no story; expected numbered pictures and texts", path.display()),
    }
}

fn listed_story(arguments: &PredictArguments) -> Result<Story> {
    let (images, texts) = (&arguments.images, &arguments.texts);
    if !images.is_empty() && !texts.is_empty() && images.len() != texts.len() {
        bail!(
            "{} pictures and {} texts: give one text a picture, '' where there is none",
            images.len(),
            texts.len()
        );
    }
    let count = images.len().max(texts.len());
    let frame = |step: usize| -> Result<Frame> {
        let image = match images.get(step) {
            Some(path) => {
                let bytes =
                    std::fs::read(path).with_context(|| format!("picture {}", path.display()))?;
                Some(Arc::from(bytes))
            }
            None => None,
        };
        let image_path = images.get(step).map(|p| p.display().to_string()).unwrap_or_default();
        let text = texts.get(step).cloned().unwrap_or_default();
        Ok(Frame { image, image_path, text, ..Frame::default() })
    };
    let frames = (0..count).map(frame).collect::<Result<_>>()?;
    Ok(Story { id: "own".into(), frames, ..Story::default() })
}

/// The window over the user's steps: all but the last frame, padded by repeating the last pair.
fn window(story: &Story, context: usize) -> StoryWindow {
    let steps = story.frames.len() - 1;
    let slot = |place: usize| ContextSlot { frame: place.min(steps - 1), padding: place >= steps };
    StoryWindow { story: 0, context: (0..context).map(slot).collect(), target: steps }
}

/// The training frames among which the nearest are looked for.
struct Pool<'a> {
    model: &'a StoryModel,
    frozen: &'a Frozen,
    config: &'a Config,
    tokenizer: StoryTokenizer,
}

impl Pool<'_> {
    /// Writes the training frames nearest to the prediction and tells of them.
    fn nearest_frames(
        &self,
        next: &NextPicture,
        arguments: &PredictArguments,
        console: Console,
    ) -> Result<Vec<Value>> {
        if arguments.nearest == 0 {
            return Ok(Vec::new());
        }
        let Self { model, frozen, config, tokenizer } = self;
        let corpus = Corpus::load(&config.data, config.seed, console)?;
        let pool = &corpus.train[..corpus.train.len().min(POOL)];
        let features = frozen.tables(&config.data, &corpus.stories, pool)?;
        let collator = &collator(config, tokenizer.clone(), features)?;
        let (mut rows, mut known) = (Vec::new(), Vec::new());
        for batch in evaluation_batches(&corpus, collator, pool, config.evaluate.batch_size)? {
            let batch = batch?.to_device(next.embedding.device())?;
            rows.push(model.place_target_pictures(&batch)?.detach()); // (B, E)
            known.extend(batch.target_image_mask.to_vec1::<f32>()?.iter().map(|mask| *mask > 0.0));
        }
        let pool_rows = Tensor::cat(&rows, 0)?.contiguous()?; // (M, E)
        let cosines = next.embedding.matmul(&pool_rows.t()?.contiguous()?)?;
        let cosines = cosines.to_vec2::<f32>()?; // (1, M)
        let scores = model.embedding_head().scores(next, &pool_rows)?; // (1, M)
        let order = best(&scores, &known, arguments.nearest)?;
        let mut found = Vec::new();
        for (place, &index) in order[0].iter().enumerate() {
            let story = &corpus.stories[pool[index].story];
            let frame = &story.frames[pool[index].target];
            let Some(bytes) = &frame.image else { continue };
            let extension = story_pictures::extension_of(bytes).unwrap_or("bin");
            let file = arguments.out.join(format!("nearest-{}.{extension}", place + 1));
            write_atomically(&file, bytes)?;
            found.push(json!({
                "image": file,
                "story": story.id,
                "frame": pool[index].target + 1,
                "text": frame.text,
                "cosine": cosines[0][index],
            }));
        }
        Ok(found)
    }
}
