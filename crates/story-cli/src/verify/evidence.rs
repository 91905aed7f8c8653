//! From frames and texts to signals: everything that a judge is told.

use super::config::{SpaceConfig, VerifyConfig};
use super::embedder::{Embedder, Prepared};
use super::eyes::{Eyes, View};
use crate::config::OnFault;
use crate::console::Console;
use anyhow::{Context, Result};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::Path;
use std::sync::Arc;
use story_core::{BoundingBox, Story};
use story_verify::Detection;
use story_verify::language::{Lexicon, Names, Reading};
use story_verify::signals::{Claim, KnownThings, Seen, SpaceKind, claims};
use story_verify::similarity::similarity;

/// The signals, in the order of [`Evidence::signals`].
pub const SIGNALS: [&str; 4] = ["object-match", "similarity", "space", "attributes"];

/// A text told with a frame's picture.
#[derive(Debug, Clone, PartialEq)]
pub struct Question {
    /// Index of the story.
    pub story: usize,
    /// Index of the frame whose picture is shown.
    pub frame: usize,
    /// What is told.
    pub text: String,
}

/// What is known of a question.
#[derive(Debug, Clone, Default)]
pub struct Evidence {
    /// By [`SIGNALS`]; `None` where nothing could be judged.
    pub signals: [Option<f64>; SIGNALS.len()],
    /// The text's claims with what the picture says to them.
    pub claims: Vec<Claim>,
    /// Whether the text seems to be of a language that is not read.
    pub is_foreign: bool,
    /// The text's sentences in the similarity's space.
    pub sentences: Vec<Arc<[f32]>>,
}

/// What is known of a frame.
#[derive(Debug, Clone, Default)]
pub struct FrameEvidence {
    /// Things found, best first.
    pub detections: Vec<Detection>,
    /// Width and height of the picture, pixels.
    pub size: (u32, u32),
    /// The picture in the similarity's space.
    pub embedding: Option<Vec<f32>>,
    /// The first detections' cuttings in the similarity's space, where they were asked for.
    pub regions: Vec<Option<Vec<f32>>>,
}

/// All evidence on some questions.
pub struct Material {
    /// One for each question, in order; `None` where the picture could not be seen.
    pub evidence: Vec<Option<Evidence>>,
    /// By story and frame.
    pub frames: BTreeMap<(usize, usize), FrameEvidence>,
    /// Pictures that could not be seen, by reason, counted.
    pub skipped: BTreeMap<String, u64>,
}

/// What reads texts and looks at pictures.
pub struct Senses {
    /// Finds things.
    pub eyes: Eyes,
    /// Reads texts.
    pub lexicon: Lexicon,
    /// The names of the stories at hand.
    pub names: Names,
    known: KnownThings,
    /// Brings both into one space; `None` goes without.
    pub embedder: Option<Embedder>,
    space: SpaceKind,
    max_regions: usize,
    bad_pictures: OnFault,
}

impl Senses {
    /// The config's, for these stories.
    ///
    /// # Errors
    /// Weights or word lists that cannot be read.
    pub fn open(
        config: &VerifyConfig,
        embedder: Option<Embedder>,
        stories: &[Story],
    ) -> Result<Self> {
        let device = story_core::device::device(&config.device)?;
        let eyes = Eyes::open(&config.detector, &device)?;
        let mut lexicon = Lexicon::english();
        if !config.language.wordnet.is_empty() {
            let folder = Path::new(&config.language.wordnet);
            lexicon = lexicon.with_wordnet(folder).context("language.wordnet")?;
        }
        let frames = || stories.iter().flat_map(|story| &story.frames);
        let mut names = Names::from_texts(frames().map(|frame| frame.text.as_str()));
        for entity in frames().flat_map(|frame| &frame.entities) {
            names.insert(&entity.name);
        }
        let mut labels: BTreeSet<String> = BTreeSet::new();
        for frame in frames() {
            labels.extend(eyes.labels(frame));
        }
        let known = eyes.known(labels.iter().flat_map(|label| lexicon.label(label, &names)));
        Ok(Self {
            eyes,
            lexicon,
            names,
            known,
            max_regions: match config.fusion.regions && embedder.is_some() {
                true => config.fusion.max_regions,
                false => 0,
            },
            embedder,
            space: match config.space {
                SpaceConfig::Normalized {} => SpaceKind::Normalized,
                SpaceConfig::Pixels400 {} => SpaceKind::Pixels400,
            },
            bad_pictures: config.data.bad_pictures,
        })
    }

    /// What `text` claims.
    pub fn read(&self, text: &str) -> Reading {
        self.lexicon.read(text, &self.names)
    }

    /// All that can be known of the questions.
    ///
    /// # Errors
    /// A picture that does not decode where the config says `fail`.
    pub fn material(
        &self,
        stories: &[Story],
        questions: &[Question],
        console: Console,
    ) -> Result<Material> {
        let mut by_frame: BTreeMap<(usize, usize), Vec<usize>> = BTreeMap::new();
        for (index, question) in questions.iter().enumerate() {
            let frame = (question.story, question.frame);
            by_frame.entry(frame).or_default().push(index);
        }
        let readings: Vec<Reading> = questions.iter().map(|it| self.read(&it.text)).collect();
        let mut material = Material {
            evidence: vec![None; questions.len()],
            frames: BTreeMap::new(),
            skipped: BTreeMap::new(),
        };
        let mut waiting = Waiting::default();
        let bar = console.bar("look", by_frame.len() as u64);
        for (&(story, frame), asked) in &by_frame {
            bar.inc(1);
            let shown = &stories[story].frames[frame];
            let view = match self.eyes.view(shown) {
                Ok(Some(view)) => view,
                Ok(None) => {
                    *material.skipped.entry("frame without a picture".into()).or_default() += 1;
                    continue;
                }
                Err(error) if self.bad_pictures == OnFault::Skip => {
                    console.warn(&format!("picture {}: {error:#}", shown.image_path));
                    let reason = "picture that does not decode";
                    *material.skipped.entry(reason.into()).or_default() += 1;
                    continue;
                }
                Err(error) => {
                    let place = format!("story {}, frame {}", stories[story].id, frame + 1);
                    return Err(error).context(place);
                }
            };
            let concepts = view
                .detections
                .iter()
                .map(|found| self.lexicon.label(&found.label, &self.names))
                .collect();
            let size = view.picture.dimensions();
            let seen =
                Seen::new(&view.detections, concepts, &self.known, Some(&view.picture), size);
            for &index in asked {
                let judged = claims(&readings[index], &seen, self.space);
                material.evidence[index] = Some(Evidence {
                    signals: [judged.object_match, None, judged.space, judged.attributes],
                    claims: judged.claims,
                    is_foreign: readings[index].is_foreign,
                    sentences: Vec::new(),
                });
            }
            let found = FrameEvidence {
                regions: self.regions(&view)?,
                detections: view.detections,
                size,
                embedding: None,
            };
            material.frames.insert((story, frame), found);
            if let Some(embedder) = &self.embedder {
                waiting.add((story, frame), embedder.prepare(&view.picture, shown.image.as_ref())?);
                if waiting.is_full() {
                    waiting.embed(embedder, &mut material.frames)?;
                }
            }
        }
        if let Some(embedder) = &self.embedder {
            waiting.embed(embedder, &mut material.frames)?;
        }
        bar.finish_and_clear();
        self.compare(questions, &readings, &mut material, console)?;
        Ok(material)
    }

    /// Adds what the embedder says of the texts.
    fn compare(
        &self,
        questions: &[Question],
        readings: &[Reading],
        material: &mut Material,
        console: Console,
    ) -> Result<()> {
        let Some(embedder) = &self.embedder else {
            return Ok(());
        };
        let mut texts: BTreeSet<&str> = BTreeSet::new();
        for (question, reading) in questions.iter().zip(readings) {
            texts.extend(sentences(question, reading));
        }
        let texts: Vec<&str> = texts.into_iter().collect();
        let vectors = embedder.texts(&texts, console)?;
        let vectors: HashMap<&str, Arc<[f32]>> =
            texts.iter().copied().zip(vectors.into_iter().map(Arc::from)).collect();
        for ((question, reading), evidence) in
            questions.iter().zip(readings).zip(&mut material.evidence)
        {
            let Some(evidence) = evidence else { continue };
            let found = sentences(question, reading).filter_map(|it| vectors.get(it).cloned());
            evidence.sentences = found.collect();
            let frame = material.frames.get(&(question.story, question.frame));
            if let Some(picture) = frame.and_then(|frame| frame.embedding.as_deref()) {
                let rows: Vec<&[f32]> = evidence.sentences.iter().map(AsRef::as_ref).collect();
                evidence.signals[1] = similarity(picture, &rows, embedder.scale);
            }
        }
        Ok(())
    }

    /// The surest detections' cuttings in the embedder's space.
    fn regions(&self, view: &View) -> Result<Vec<Option<Vec<f32>>>> {
        let Some(embedder) = &self.embedder else {
            return Ok(Vec::new());
        };
        let cuttings = view.detections.iter().take(self.max_regions).map(|found| {
            let BoundingBox { x1, y1, x2, y2 } = found.bounding_box;
            embedder.prepare(&view.picture.crop([x1, y1, x2, y2]), None)
        });
        embedder.pictures(cuttings.collect::<Result<_>>()?)
    }
}

/// Pictures that wait until enough of them can be embedded at once: prepared as soon as they are
/// decoded, so that nothing is decoded twice and no corpus of pictures is held.
#[derive(Default)]
struct Waiting {
    frames: Vec<(usize, usize)>,
    pictures: Vec<Prepared>,
}

impl Waiting {
    fn add(&mut self, frame: (usize, usize), picture: Prepared) {
        self.frames.push(frame);
        self.pictures.push(picture);
    }

    fn is_full(&self) -> bool {
        self.frames.len() >= super::embedder::BATCH
    }

    /// Embeds what waits.
    fn embed(
        &mut self,
        embedder: &Embedder,
        into: &mut BTreeMap<(usize, usize), FrameEvidence>,
    ) -> Result<()> {
        let vectors = embedder.pictures(std::mem::take(&mut self.pictures))?;
        for (key, vector) in self.frames.drain(..).zip(vectors) {
            if let Some(frame) = into.get_mut(&key) {
                frame.embedding = vector;
            }
        }
        Ok(())
    }
}

fn sentences<'a>(question: &'a Question, reading: &Reading) -> impl Iterator<Item = &'a str> {
    let ranges: Vec<_> = reading.sentences.clone();
    ranges.into_iter().filter_map(|range| question.text.get(range))
}
