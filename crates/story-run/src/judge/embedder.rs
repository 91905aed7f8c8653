//! Pictures and texts in one space, for the similarity signal: CLIP where its weights are at hand,
//! else the alignment that a run of this project has learned.

use super::config::SimilarityConfig;
use crate::error::{Context, Error, Result};
use crate::frozen::{FrozenImage, FrozenText, encoder_tokenizer};
use crate::host::Host;
use crate::opened::OpenedRun;
use crate::predictor::{Predictor, unit_rows};
use crate::run_folder::RunFolder;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use story_data::source::SourceConfig;
use story_encoders::image::ClipVisionConfig;
use story_encoders::text::ClipTextConfig;
use story_encoders::weights::WeightsConfig;
use story_encoders::{ImageEncoderConfig, TextEncoderConfig};
use story_pictures::Picture;
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
    /// The run whose alignment it is, where it is one's.
    pub run: Option<PathBuf>,
    /// Whether it has seen no pictures but those of the world that this project draws itself.
    saw_synthetic_alone: bool,
}

enum Network {
    Clip(Box<FrozenImage>, Box<FrozenText>),
    Run(Box<Predictor>),
}

/// Pictures or texts embedded at once.
pub const BATCH: usize = 32;

impl Embedder {
    /// What the config names; `None` where it names none, or no run is at hand.
    ///
    /// # Errors
    /// Weights or a run that cannot be had.
    pub fn open(config: &SimilarityConfig, results: &Path, host: &Host) -> Result<Option<Self>> {
        match config {
            SimilarityConfig::None {} => Ok(None),
            SimilarityConfig::Clip { weights, tokenizer } => {
                Self::clip(weights, tokenizer, host).map(Some)
            }
            SimilarityConfig::Alignment { run } => {
                let named = (!run.is_empty()).then(|| Path::new(run.as_str()));
                match (RunFolder::find(named, results, host), named) {
                    (Ok(folder), _) => Self::of_run(&folder, host).map(Some),
                    (Err(error), Some(_)) => Err(error).context("similarity.run"),
                    (Err(_), None) => {
                        host.warn(
                            "no trained alignment is at hand, so there is no similarity signal; `story train` makes a run, similarity.run names another",
                        );
                        Ok(None)
                    }
                }
            }
        }
    }

    /// Itself where it may be asked about pictures that are none of the synthetic world's; `None`, with
    /// a warning, where its alignment never saw any other: what it says of them is noise.
    pub fn for_others(self, host: &Host) -> Option<Self> {
        if self.saw_synthetic_alone {
            host.warn(&format!(
                "similarity: the {} has seen pictures of the synthetic world alone, so it says nothing of others and is left out; similarity.run names another run, similarity.kind = \"clip\" needs none",
                self.description
            ));
            return None;
        }
        Some(self)
    }

    fn clip(weights: &WeightsConfig, tokenizer: &str, host: &Host) -> Result<Self> {
        /// What CLIP reads of a text; its sentences are read one by one.
        const TOKENS: usize = 77;
        let vision = ImageEncoderConfig::ClipVision(ClipVisionConfig {
            weights: weights.clone(),
            ..ClipVisionConfig::default()
        });
        let text = TextEncoderConfig::ClipText(ClipTextConfig {
            weights: weights.clone(),
            ..ClipTextConfig::default()
        });
        let tokenizer = encoder_tokenizer(&text, tokenizer, host)?;
        let vision = FrozenImage::open(&vision, 0, host).context("similarity.weights")?;
        let text = FrozenText::open(&text, tokenizer, TOKENS, 0, host);
        let text = text.context("similarity.weights")?;
        Ok(Self {
            network: Network::Clip(Box::new(vision), Box::new(text)),
            description: "CLIP ViT-B/32".into(),
            scale: Scale::Clip,
            learned_from: BTreeSet::new(),
            run: None,
            saw_synthetic_alone: false,
        })
    }

    fn of_run(folder: &RunFolder, host: &Host) -> Result<Self> {
        let place = || format!("similarity.run: {}", folder.path().display());
        let run = OpenedRun::open(folder.path(), &[], &host.hushed()).with_context(place)?;
        host.say(&format!("similarity: the alignment of {}", folder.path().display()));
        run.unfinished().iter().for_each(|warning| host.warn(warning));
        let aligned = run.config().objective.contrastive_weight > 0.0
            && run.network.model.alignment().trains();
        if !aligned {
            host.warn(&format!(
                "{}: trained without alignment: its pictures and texts were never brought together",
                place()
            ));
        }
        Ok(Self {
            learned_from: learned_from(folder).with_context(place)?,
            description: format!("alignment of {}", run.config().name),
            scale: Scale::Cosine,
            run: Some(folder.path().to_path_buf()),
            saw_synthetic_alone: matches!(run.config().data.source, SourceConfig::Synthetic { .. }),
            network: Network::Run(Box::new(Predictor::new(run))),
        })
    }

    /// A picture as the network sees it, `(3, H, W)`: small, however large the picture is.
    ///
    /// # Errors
    /// None that a picture could bring about.
    pub fn planes(&self, picture: &Picture) -> Result<Vec<f32>> {
        match &self.network {
            Network::Clip(vision, _) => Ok(vision.planes(picture)?),
            Network::Run(predictor) => predictor.planes(picture),
        }
    }

    /// Vectors of pictures as [`planes`](Self::planes) makes them, in order; of a [`BATCH`] at
    /// most.
    ///
    /// # Errors
    /// Those of the network.
    pub fn pictures(&self, planes: Vec<Vec<f32>>) -> Result<Vec<Vec<f32>>> {
        if planes.is_empty() {
            return Ok(Vec::new());
        }
        match &self.network {
            Network::Clip(vision, _) => unit_rows(&vision.encode_planes(planes)?),
            Network::Run(predictor) => predictor.embed_planes(planes),
        }
    }

    /// Vectors of texts, in order.
    ///
    /// # Errors
    /// Those of the network.
    pub fn texts(&self, texts: &[&str], host: &Host) -> Result<Vec<Vec<f32>>> {
        let bar = host.bar("embed texts", texts.len() as u64);
        let mut all = Vec::with_capacity(texts.len());
        for chunk in texts.chunks(BATCH) {
            all.extend(match &self.network {
                Network::Clip(_, text) => unit_rows(&text.encode(chunk)?)?,
                Network::Run(predictor) => predictor.embed_texts(chunk)?,
            });
            bar.step(chunk.len() as u64);
        }
        Ok(all)
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
            return Err(Error::Data(format!("{}: expected a list `{part}`", path.display())));
        };
        ids.extend(list.iter().filter_map(|id| id.as_str()).map(str::to_string));
    }
    Ok(ids)
}
