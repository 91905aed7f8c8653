//! From frames and texts to signals: everything that a judge is told.

use super::config::{SpaceConfig, VerifyConfig};
use super::detector::{FrameDetector, View};
use super::embedder::{BATCH, Embedder};
use crate::config::OnFault;
use crate::error::{Context, Result};
use crate::host::Host;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::Path;
use std::sync::Arc;
use story_core::{BoundingBox, Story};
use story_language::{Lexicon, Names, Reading};
use story_verify::signals::{Claim, KnownThings, Seen, SpaceKind, claims};
use story_verify::similarity::similarity;
use story_verify::{Detection, Medium};

/// The signals, in the order of `Evidence::signals`.
pub const SIGNALS: [&str; 8] =
    ["object-match", "weakest", "scene", "similarity", "space", "numbers", "colors", "details"];
/// The place of the similarity among them.
const SIMILARITY: usize = 3;

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
#[derive(Debug, Clone)]
pub struct FrameEvidence {
    /// Things found, best first.
    pub detections: Vec<Detection>,
    /// Width and height of the picture, pixels.
    pub size: (u32, u32),
    /// What the picture looks like.
    pub medium: Medium,
    /// The picture in the similarity's space.
    pub embedding: Option<Vec<f32>>,
    /// The first detections' cuttings in the similarity's space, where they were asked for.
    pub regions: Vec<Vec<f32>>,
}

/// All evidence on some questions.
pub struct EvaluationData {
    /// One for each question, in order; `None` where the picture could not be seen.
    pub evidence: Vec<Option<Evidence>>,
    /// By story and frame.
    pub frames: BTreeMap<(usize, usize), FrameEvidence>,
    /// Pictures that could not be seen, by reason, counted.
    pub skipped: BTreeMap<String, u64>,
}

/// What reads texts and looks at pictures: loaded once, asked about any stories.
pub struct Examiner {
    /// Finds things.
    pub detector: FrameDetector,
    /// Reads texts.
    pub lexicon: Lexicon,
    /// Brings both into one space; `None` goes without.
    pub embedder: Option<Embedder>,
    space: SpaceKind,
    max_regions: usize,
    bad_pictures: OnFault,
}

/// Who and what some stories name.
pub struct Cast {
    names: Names,
    known: KnownThings,
}

impl Examiner {
    /// The config's.
    ///
    /// # Errors
    /// Weights or word lists that cannot be read.
    pub fn open(config: &VerifyConfig, embedder: Option<Embedder>) -> Result<Self> {
        let device = story_core::device::device(&config.device)?;
        let detector = FrameDetector::open(&config.detector, &device)?;
        let mut lexicon = Lexicon::english();
        if !config.language.wordnet.is_empty() {
            let folder = Path::new(&config.language.wordnet);
            lexicon = lexicon.with_wordnet(folder).context("language.wordnet")?;
        }
        Ok(Self {
            detector,
            lexicon,
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

    /// What the similarity is, in words; `None` where there is none.
    pub fn similarity(&self) -> Option<&str> {
        self.embedder.as_ref().map(|embedder| embedder.description.as_str())
    }

    /// Who and what `stories` name.
    pub fn cast(&self, stories: &[Story]) -> Cast {
        let frames = || stories.iter().flat_map(|story| &story.frames);
        let mut names = Names::from_texts(frames().map(|frame| frame.text.as_str()));
        for entity in frames().flat_map(|frame| &frame.entities) {
            names.insert(&entity.name);
        }
        let mut labels: BTreeSet<String> = BTreeSet::new();
        for frame in frames() {
            labels.extend(self.detector.labels(frame));
        }
        let concepts = labels.iter().flat_map(|label| self.lexicon.label(label, &names));
        Cast { known: self.detector.known(concepts), names }
    }

    /// What `text` claims.
    pub fn read(&self, text: &str, cast: &Cast) -> Reading {
        self.lexicon.read(text, &cast.names)
    }

    /// All that can be known of the questions.
    ///
    /// # Errors
    /// A picture that does not decode where the config says `fail`.
    pub fn examine(
        &self,
        stories: &[Story],
        cast: &Cast,
        questions: &[Question],
        host: &Host,
    ) -> Result<EvaluationData> {
        let mut by_frame: BTreeMap<(usize, usize), Vec<usize>> = BTreeMap::new();
        for (index, question) in questions.iter().enumerate() {
            let frame = (question.story, question.frame);
            by_frame.entry(frame).or_default().push(index);
        }
        let readings: Vec<Reading> = questions.iter().map(|it| self.read(&it.text, cast)).collect();
        let mut data = EvaluationData {
            evidence: vec![None; questions.len()],
            frames: BTreeMap::new(),
            skipped: BTreeMap::new(),
        };
        let mut waiting = Waiting::default();
        let bar = host.bar("look", by_frame.len() as u64);
        for (&(story, frame), asked) in &by_frame {
            bar.step(1);
            let shown = &stories[story].frames[frame];
            let mut view = match self.detector.view(shown) {
                Ok(Some(view)) => view,
                Ok(None) => {
                    *data.skipped.entry("frame without a picture".into()).or_default() += 1;
                    continue;
                }
                Err(error) if self.bad_pictures == OnFault::Skip => {
                    host.warn(&format!("picture {}: {error}", shown.image_path));
                    let reason = "picture that does not decode";
                    *data.skipped.entry(reason.into()).or_default() += 1;
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
                .map(|found| self.lexicon.label(&found.label, &cast.names))
                .collect();
            let size = view.picture.dimensions();
            let least = self.detector.least();
            let seen =
                Seen::new(&view.detections, concepts, &cast.known, Some(&view.picture), size)
                    .with_faint(&view.best, least);
            for &index in asked {
                let text = &questions[index].text;
                let judged = claims(text, &readings[index], &seen, self.space);
                data.evidence[index] = Some(Evidence {
                    signals: [
                        judged.object_match,
                        judged.weakest,
                        judged.scene,
                        None,
                        judged.space,
                        judged.numbers,
                        judged.colors,
                        judged.details,
                    ],
                    claims: judged.claims,
                    is_foreign: readings[index].is_foreign,
                    sentences: Vec::new(),
                });
            }
            // Faint ones, the last, are counted and no more.
            view.detections.retain(|found| found.score >= least);
            let found = FrameEvidence {
                regions: self.regions(&view)?,
                detections: view.detections,
                size,
                medium: Medium::of(&view.picture),
                embedding: None,
            };
            data.frames.insert((story, frame), found);
            if let Some(embedder) = &self.embedder {
                waiting.add((story, frame), embedder.planes(&view.picture)?);
                if waiting.frames.len() == BATCH {
                    waiting.embed(embedder, &mut data.frames)?;
                }
            }
        }
        if let Some(embedder) = &self.embedder {
            waiting.embed(embedder, &mut data.frames)?;
        }
        drop(bar);
        self.compare(questions, &readings, &mut data, host)?;
        Ok(data)
    }

    /// Adds what the embedder says of the texts.
    fn compare(
        &self,
        questions: &[Question],
        readings: &[Reading],
        data: &mut EvaluationData,
        host: &Host,
    ) -> Result<()> {
        let Some(embedder) = &self.embedder else {
            return Ok(());
        };
        let mut texts: BTreeSet<&str> = BTreeSet::new();
        for (question, reading) in questions.iter().zip(readings) {
            texts.extend(sentences(question, reading));
        }
        let texts: Vec<&str> = texts.into_iter().collect();
        let vectors = embedder.texts(&texts, host)?;
        let vectors: HashMap<&str, Arc<[f32]>> =
            texts.iter().copied().zip(vectors.into_iter().map(Arc::from)).collect();
        for ((question, reading), evidence) in
            questions.iter().zip(readings).zip(&mut data.evidence)
        {
            let Some(evidence) = evidence else { continue };
            let found = sentences(question, reading).filter_map(|it| vectors.get(it).cloned());
            evidence.sentences = found.collect();
            let frame = data.frames.get(&(question.story, question.frame));
            if let Some(picture) = frame.and_then(|frame| frame.embedding.as_deref()) {
                let rows: Vec<&[f32]> = evidence.sentences.iter().map(AsRef::as_ref).collect();
                evidence.signals[SIMILARITY] = similarity(picture, &rows, embedder.scale);
            }
        }
        Ok(())
    }

    /// The surest detections' cuttings in the embedder's space.
    fn regions(&self, view: &View) -> Result<Vec<Vec<f32>>> {
        let Some(embedder) = &self.embedder else {
            return Ok(Vec::new());
        };
        let mut rows = Vec::new();
        let shown = &view.detections[..self.max_regions.min(view.detections.len())];
        for chunk in shown.chunks(BATCH) {
            let planes = chunk.iter().map(|found| {
                let BoundingBox { x1, y1, x2, y2 } = found.bounding_box;
                embedder.planes(&view.picture.crop([x1, y1, x2, y2]))
            });
            rows.extend(embedder.pictures(planes.collect::<Result<_>>()?)?);
        }
        Ok(rows)
    }
}

/// Pictures that wait until a batch of them is embedded: brought to the network's size as soon as
/// they are decoded, so that nothing is decoded twice and no large pictures are held.
#[derive(Default)]
struct Waiting {
    frames: Vec<(usize, usize)>,
    planes: Vec<Vec<f32>>,
}

impl Waiting {
    fn add(&mut self, frame: (usize, usize), planes: Vec<f32>) {
        self.frames.push(frame);
        self.planes.push(planes);
    }

    /// Embeds what waits.
    fn embed(
        &mut self,
        embedder: &Embedder,
        into: &mut BTreeMap<(usize, usize), FrameEvidence>,
    ) -> Result<()> {
        let vectors = embedder.pictures(std::mem::take(&mut self.planes))?;
        for (key, vector) in self.frames.drain(..).zip(vectors) {
            if let Some(frame) = into.get_mut(&key) {
                frame.embedding = Some(vector);
            }
        }
        Ok(())
    }
}

fn sentences<'a>(question: &'a Question, reading: &Reading) -> impl Iterator<Item = &'a str> {
    let ranges: Vec<_> = reading.sentences.clone();
    ranges.into_iter().filter_map(|range| question.text.get(range))
}
