//! Pictures and texts in one space, for the similarity signal: CLIP where its weights are at hand,
//! else the alignment that a run of this project has learned.

use super::config::SimilarityConfig;
use crate::batches::{collator, evaluation_batches_of};
use crate::commands::train::tokenizer_of;
use crate::config::{Config, OnFault};
use crate::console::Console;
use crate::frozen::{self, Frozen, FrozenImage, FrozenText, encoder_tokenizer};
use crate::run_folder::RunFolder;
use anyhow::{Context, Result, bail};
use candle_core::{Device, Tensor};
use rayon::prelude::*;
use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;
use story_core::{Frame, ParamStore, Story, layers};
use story_data::tokenizer::StoryTokenizer;
use story_data::window::{ContextSlot, StoryWindow};
use story_encoders::image::ClipVisionConfig;
use story_encoders::text::ClipTextConfig;
use story_encoders::{ImageEncoderConfig, TextEncoderConfig};
use story_model::{Checkpoint, StoryModel};
use story_verify::similarity::Scale;

/// Vectors of length 1 for pictures and texts, comparable by their cosine.
pub struct Embedder {
    network: Network,
    /// What it is, in words.
    pub description: String,
    /// How a cosine becomes a signal.
    pub scale: Scale,
    /// Stories that the alignment has learned from: nothing may be tested on them.
    pub learned_from: BTreeSet<String>,
}

enum Network {
    Clip(Box<FrozenImage>, Box<FrozenText>),
    Run(Box<Run>),
}

/// A trained run, as far as it embeds.
struct Run {
    config: Config,
    model: StoryModel,
    frozen: Frozen,
    tokenizer: StoryTokenizer,
    device: Device,
}

/// Pictures or texts embedded at once.
const BATCH: usize = 32;

impl Embedder {
    /// What the config names; `None` where it names none, or no run is at hand.
    ///
    /// # Errors
    /// Weights or a run that cannot be had.
    pub fn open(
        config: &SimilarityConfig,
        results: &Path,
        console: Console,
    ) -> Result<Option<Self>> {
        match config {
            SimilarityConfig::None {} => Ok(None),
            SimilarityConfig::Clip { weights, tokenizer } => {
                let vision = ImageEncoderConfig::ClipVision(ClipVisionConfig {
                    weights: weights.clone(),
                    ..ClipVisionConfig::default()
                });
                let text = TextEncoderConfig::ClipText(ClipTextConfig {
                    weights: weights.clone(),
                    ..ClipTextConfig::default()
                });
                /// What CLIP reads of a text; its sentences are read one by one.
                const TOKENS: usize = 77;
                let tokenizer = encoder_tokenizer(&text, tokenizer)?;
                let vision = FrozenImage::open(&vision, 0).context("similarity.weights")?;
                let text =
                    FrozenText::open(&text, tokenizer, TOKENS, 0).context("similarity.weights")?;
                Ok(Some(Self {
                    network: Network::Clip(Box::new(vision), Box::new(text)),
                    description: "CLIP ViT-B/32".into(),
                    scale: Scale::Clip,
                    learned_from: BTreeSet::new(),
                }))
            }
            SimilarityConfig::Alignment { run } => {
                let named = (!run.is_empty()).then(|| Path::new(run.as_str()));
                let folder = match (RunFolder::find(named, results), named) {
                    (Ok(folder), _) => folder,
                    (Err(error), Some(_)) => return Err(error).context("similarity.run"),
                    (Err(_), None) => {
                        console.warn(
                            "no trained alignment is at hand, so there is no similarity signal; `story train` makes a run, similarity.run names another",
                        );
                        return Ok(None);
                    }
                };
                Self::of_run(&folder, console).map(Some)
            }
        }
    }

    fn of_run(folder: &RunFolder, console: Console) -> Result<Self> {
        let place = || format!("similarity.run: {}", folder.path().display());
        let checkpoint = Checkpoint::open(&folder.checkpoint()).with_context(place)?;
        let mut config = Config::parse(checkpoint.config(), &[]).with_context(place)?;
        // A picture without pixels has no vector; whoever asks counts it.
        config.data.bad_pictures = OnFault::Skip;
        // Edited texts and cuttings would fill the runs' cache with what nobody asks for again.
        config.features.folder = String::new();
        let device = story_core::device::device(&config.device)?;
        let tokenizer = tokenizer_of(&checkpoint)?;
        let store = ParamStore::new(config.seed, &device);
        let (model, frozen) =
            frozen::model(&config, tokenizer.vocabulary(), &store, Console::Quiet)?;
        checkpoint.load_best(&store).with_context(place)?;
        if config.objective.contrastive_weight == 0.0 || !model.alignment().trains() {
            console.warn(&format!(
                "{}: trained without alignment: its pictures and texts were never brought together",
                place()
            ));
        }
        Ok(Self {
            learned_from: learned_from(folder).with_context(place)?,
            description: format!("alignment of {}", config.name),
            scale: Scale::Cosine,
            network: Network::Run(Box::new(Run { config, model, frozen, tokenizer, device })),
        })
    }

    /// Vectors of encoded pictures, in order; `None` for one that does not decode.
    ///
    /// # Errors
    /// Those of the network.
    pub fn pictures(
        &self,
        pictures: &[Arc<[u8]>],
        console: Console,
    ) -> Result<Vec<Option<Vec<f32>>>> {
        let bar = console.late_bar("embed pictures", pictures.len() as u64);
        let mut all = Vec::with_capacity(pictures.len());
        for chunk in pictures.chunks(BATCH) {
            all.extend(match &self.network {
                Network::Clip(vision, _) => clip_pictures(vision, chunk)?,
                Network::Run(run) => run.pictures(chunk)?,
            });
            bar.step(chunk.len() as u64);
        }
        Ok(all)
    }

    /// Vectors of texts, in order.
    ///
    /// # Errors
    /// Those of the network.
    pub fn texts(&self, texts: &[&str], console: Console) -> Result<Vec<Vec<f32>>> {
        let bar = console.late_bar("embed texts", texts.len() as u64);
        let mut all = Vec::with_capacity(texts.len());
        for chunk in texts.chunks(BATCH) {
            all.extend(match &self.network {
                Network::Clip(_, text) => unit_rows(&text.encode(chunk)?)?,
                Network::Run(run) => run.texts(chunk)?,
            });
            bar.step(chunk.len() as u64);
        }
        Ok(all)
    }
}

fn clip_pictures(vision: &FrozenImage, pictures: &[Arc<[u8]>]) -> Result<Vec<Option<Vec<f32>>>> {
    let planes: Vec<Option<Vec<f32>>> =
        pictures.par_iter().map(|bytes| vision.planes(bytes).ok()).collect();
    let known: Vec<Vec<f32>> = planes.iter().flatten().cloned().collect();
    if known.is_empty() {
        return Ok(vec![None; pictures.len()]);
    }
    let mut rows = unit_rows(&vision.encode_planes(known)?)?.into_iter();
    Ok(planes.iter().map(|it| it.as_ref().and_then(|_| rows.next())).collect())
}

/// The rows of `(N, D)`, at length 1.
fn unit_rows(vectors: &Tensor) -> Result<Vec<Vec<f32>>> {
    Ok(layers::l2_normalize(vectors)?.to_vec2::<f32>()?)
}

impl Run {
    fn pictures(&self, pictures: &[Arc<[u8]>]) -> Result<Vec<Option<Vec<f32>>>> {
        let frame = |bytes: &Arc<[u8]>| Frame { image: Some(bytes.clone()), ..Frame::default() };
        let story = story(pictures.iter().map(frame));
        let mut all = Vec::with_capacity(pictures.len());
        self.each_batch(story, |batch| {
            let known = batch.target_image_mask.to_vec1::<f32>()?;
            let rows = unit_rows(&self.model.embed_target_pictures(batch)?.detach())?;
            let known = rows.into_iter().zip(known);
            all.extend(known.map(|(row, mask)| (mask > 0.0).then_some(row)));
            Ok(())
        })?;
        Ok(all)
    }

    fn texts(&self, texts: &[&str]) -> Result<Vec<Vec<f32>>> {
        let frame = |text: &&str| Frame { text: (*text).to_string(), ..Frame::default() };
        let mut all = Vec::with_capacity(texts.len());
        self.each_batch(story(texts.iter().map(frame)), |batch| {
            all.extend(unit_rows(&self.model.embed_target_texts(batch)?.detach())?);
            Ok(())
        })?;
        Ok(all)
    }

    /// The frames of `story` but the first as targets, in order.
    fn each_batch(
        &self,
        story: Story,
        mut with: impl FnMut(&story_core::Batch) -> Result<()>,
    ) -> Result<()> {
        let slot = ContextSlot { frame: 0, padding: true };
        let windows: Vec<StoryWindow> = (1..story.frames.len())
            .map(|target| StoryWindow {
                story: 0,
                context: vec![slot; self.config.data.window.context],
                target,
            })
            .collect();
        let stories: Arc<[Story]> = Arc::new([story]);
        let features = self.frozen.tables(&self.config.data, &stories, &windows)?;
        let collator = collator(&self.config, self.tokenizer.clone(), features)?;
        for batch in evaluation_batches_of(stories, &collator, &windows, BATCH)? {
            with(&batch?.to_device(&self.device)?)?;
        }
        Ok(())
    }
}

/// The frames behind an empty one, which is the context that no target may be in.
fn story(frames: impl Iterator<Item = Frame>) -> Story {
    Story {
        id: "own".into(),
        frames: std::iter::once(Frame::default()).chain(frames).collect(),
        ..Story::default()
    }
}

/// The ids of the stories that a run has trained or chosen its checkpoint on.
fn learned_from(folder: &RunFolder) -> Result<BTreeSet<String>> {
    let path = folder.file("splits.json");
    let text = std::fs::read_to_string(&path).with_context(|| {
        format!(
            "{}: cannot be read, so it is not known which stories the run has learned from; `story evaluate --run {}` writes it",
            path.display(),
            folder.path().display()
        )
    })?;
    let splits: serde_json::Value =
        serde_json::from_str(&text).with_context(|| path.display().to_string())?;
    let mut ids = BTreeSet::new();
    for part in ["train", "validation"] {
        let Some(list) = splits[part].as_array() else {
            bail!("{}: expected a list `{part}`", path.display());
        };
        ids.extend(list.iter().filter_map(|id| id.as_str()).map(str::to_string));
    }
    Ok(ids)
}
