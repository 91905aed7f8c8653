//! What a trained run says of stories that it has never seen: vectors, the next text, the next
//! picture.

use crate::batches::with_remedy;
use crate::config::Variant;
use crate::decoding::{Continuation, LearnedReranker, Told, reranked, several_draws, told};
use crate::error::{Error, Result};
use crate::opened::OpenedRun;
use crate::pool::{NearFrame, Pool};
use candle_core::Tensor;
use story_core::{Context, Frame, Pass, Story, layers};
use story_data::window::{ContextSlot, StoryWindow};
use story_model::{GenerateConfig, NextPicture};
use story_pictures::Picture;
use story_report::prediction::ToldText;

/// Pictures or texts embedded at once.
const BATCH: usize = 32;

/// The key of the random stream of a story that has no name.
const OWN: &str = "own";

/// A trained run that is asked about single pictures, texts and stories.
///
/// ```no_run
/// use story_core::Frame;
/// use story_run::{Host, OpenedRun, Predictor};
///
/// let run = OpenedRun::open("results/runs/quickstart-20260101-120000".as_ref(), &[], &Host::silent())?;
/// let predictor = Predictor::new(run);
/// let steps = ["Lea has a kite.", "The wind takes it."];
/// let steps = steps.map(|text| Frame { text: text.into(), ..Frame::default() });
/// let story = predictor.read(&steps)?;
/// println!("{}", predictor.next_text(&story)?.text);
/// # Ok::<(), story_run::Error>(())
/// ```
pub struct Predictor {
    run: OpenedRun,
    /// What keys the random streams of the one story that is asked about.
    own: [String; 1],
}

/// A story so far, read by the model.
pub struct StorySoFar {
    context: Context,
    texts: Vec<String>,
}

impl StorySoFar {
    /// Where the model looks for the next picture, in its embedding head's space.
    ///
    /// # Errors
    /// Those of the head.
    fn next(&self, run: &OpenedRun) -> Result<NextPicture> {
        Ok(run.network.model.embedding_head().next(&self.context)?)
    }
}

impl Predictor {
    /// Asks `run`.
    pub fn new(run: OpenedRun) -> Self {
        Self { run, own: [OWN.to_string()] }
    }

    /// The run that is asked.
    pub fn run(&self) -> &OpenedRun {
        &self.run
    }

    /// Steps that the model reads; of a longer story the last ones.
    pub fn context(&self) -> usize {
        self.run.config().data.window.context
    }

    /// Texts in the space that they share with pictures: one vector of length 1 each, in order.
    ///
    /// # Errors
    /// Those of the network.
    pub fn embed_texts(&self, texts: &[&str]) -> Result<Vec<Vec<f32>>> {
        let mut rows = Vec::with_capacity(texts.len());
        for chunk in texts.chunks(BATCH) {
            rows.extend(unit_rows(&self.run.network.text_vectors(chunk)?)?);
        }
        Ok(rows)
    }

    /// Pictures in the space that they share with texts: one vector of length 1 each, in order.
    ///
    /// # Errors
    /// Those of the network.
    pub fn embed_pictures(&self, pictures: &[Picture]) -> Result<Vec<Vec<f32>>> {
        let mut rows = Vec::with_capacity(pictures.len());
        for chunk in pictures.chunks(BATCH) {
            let planes = chunk.iter().map(|picture| self.planes(picture)).collect::<Result<_>>()?;
            rows.extend(self.embed_planes(planes)?);
        }
        Ok(rows)
    }

    /// A picture as the picture encoder sees it, `(3, H, W)`.
    pub(crate) fn planes(&self, picture: &Picture) -> Result<Vec<f32>> {
        self.run.network.planes(picture)
    }

    /// The same of at most a batch of pictures as [`planes`](Self::planes) makes them.
    ///
    /// # Errors
    /// Those of the network.
    pub(crate) fn embed_planes(&self, planes: Vec<Vec<f32>>) -> Result<Vec<Vec<f32>>> {
        unit_rows(&self.run.network.picture_vectors(planes)?)
    }

    /// Those of `steps` that [`read`](Self::read) reads: the last ones, as many as a context has.
    pub fn last<'a>(&self, steps: &'a [Frame]) -> &'a [Frame] {
        &steps[steps.len().saturating_sub(self.context())..]
    }

    /// Reads a story's last steps: what is asked about it afterwards costs no encoding. A frame
    /// without picture or text is one that has none.
    ///
    /// # Errors
    /// No step at all, or a picture that does not decode.
    pub fn read(&self, steps: &[Frame]) -> Result<StorySoFar> {
        if steps.is_empty() {
            return Err(Error::Config("a story of no step: there is nothing to go on from".into()));
        }
        let context = self.context();
        // What came before them the model has no place for.
        let steps = self.last(steps);
        // Behind them the step to come, of which nothing is known.
        let frames = steps.iter().cloned().chain([Frame::default()]).collect();
        let story = Story { id: OWN.into(), frames, ..Story::default() };
        let window = window(steps.len(), context);
        let (stories, windows) = (std::slice::from_ref(&story), std::slice::from_ref(&window));
        let network = &self.run.network;
        let collator = network.collator(network.tables(stories, windows)?)?;
        let batch = collator.collate(stories, windows);
        let batch =
            batch.map_err(|error| with_remedy(error, "repair it or give another picture"))?;
        let batch = batch.to_device(&network.device)?;
        Ok(StorySoFar {
            context: network.model.read(&batch, &Pass::Eval)?,
            texts: told(steps.iter().map(|step| step.text.as_str())),
        })
    }

    /// The next text, decoded as the run's config says.
    ///
    /// # Errors
    /// Scores that are not finite.
    pub fn next_text(&self, story: &StorySoFar) -> Result<Told> {
        self.tell(story, &self.run.config().evaluate.generation)
    }

    /// The next text by one of [`Variant::DECODINGS`], within the lengths of the run's config.
    ///
    /// # Errors
    /// Scores that are not finite; for [`Variant::Reranked`], a run in whose folder none has learned.
    pub fn next_text_as(&self, story: &StorySoFar, decoding: Variant) -> Result<Told> {
        if decoding == Variant::Reranked {
            let learned = LearnedReranker::read(&self.run.path, self.run.progress.step)?;
            let drawn = self.telling(story)?.drawn(&learned.generation)?.concat();
            return Ok(learned.reranker.choose(&drawn, &story.texts));
        }
        let generation = self.run.config().evaluate.generation.clone();
        let strategy = decoding.strategy().unwrap_or(generation.strategy);
        self.tell(story, &GenerateConfig { strategy, ..generation })
    }

    /// The next text told in several ways: the likeliest words, four beams, and some that are drawn, the
    /// same at each call. What several ways lead to stands once, under all of them.
    ///
    /// # Errors
    /// Scores that are not finite.
    pub fn continuations(&self, story: &StorySoFar) -> Result<Vec<ToldText>> {
        let mut telling = self.telling(story)?;
        let generation = &self.run.config().evaluate.generation;
        let told = std::slice::from_ref(&story.texts);
        let mut all: Vec<ToldText> = Vec::new();
        let mut add = |how: String, Told { text, log_probability }: Told| match all
            .iter_mut()
            .find(|known| known.text == text)
        {
            Some(known) => known.how.push(how),
            None => all.push(ToldText {
                how: vec![how],
                text,
                log_probability: log_probability.map(f64::from),
            }),
        };
        for way in [Variant::Greedy, Variant::Beam4] {
            let strategy = way.strategy().unwrap_or(generation.strategy);
            let config = GenerateConfig { strategy, ..generation.clone() };
            for text in telling.next_texts(told, &config)? {
                add(way.name().to_string(), text);
            }
        }
        let config = GenerateConfig { strategy: several_draws(), ..generation.clone() };
        for (number, text) in telling.drawn(&config)?.concat().into_iter().enumerate() {
            add(format!("drawn {}", number + 1), text);
        }
        Ok(all)
    }

    fn tell(&self, story: &StorySoFar, config: &GenerateConfig) -> Result<Told> {
        let told = std::slice::from_ref(&story.texts);
        let texts = self.telling(story)?.next_texts(told, config)?;
        texts.into_iter().next().ok_or_else(|| Error::Bug("no text for a window".into()))
    }

    fn telling(&self, story: &StorySoFar) -> Result<Continuation<'_>> {
        self.run.network.teller().read(&story.context, &self.own)
    }

    /// The next picture as the model paints it: `3 * size * size` numbers in 0..1, channels first,
    /// with `size` the config's `data.target_size`. A model whose `painter_told` is above 0 draws texts
    /// first and paints after them.
    ///
    /// # Errors
    /// Those of the decoders.
    pub fn paint(&self, story: &StorySoFar) -> Result<Vec<f32>> {
        let network = &self.run.network;
        let painted = match network.model.paints_after_telling() {
            true => {
                let generation = &self.run.config().evaluate.generation;
                let drawing = GenerateConfig { strategy: reranked(), ..generation.clone() };
                let drawn = self.telling(story)?.drawn(&drawing)?.to_vec();
                network.paint_after_telling(&story.context, &drawn)?
            }
            false => network.paint(&story.context)?,
        };
        Ok(painted.into_iter().next().unwrap_or_default())
    }

    /// The `count` frames of `pool` that are nearest to the next picture as the model expects it,
    /// the best first.
    ///
    /// # Errors
    /// Those of the model.
    pub fn next_pictures(
        &self,
        story: &StorySoFar,
        pool: &Pool,
        count: usize,
    ) -> Result<Vec<NearFrame>> {
        let next = story.next(&self.run)?;
        let scores = self.run.network.model.embedding_head().scores(&next, pool.rows())?; // (1, M)
        let cosines = next.embedding.matmul(&pool.rows().t()?.contiguous()?)?; // (1, M)
        pool.best(&scores, &cosines.squeeze(0)?.to_vec1()?, count)
    }
}

/// The rows of `(N, D)`, at length 1.
pub(crate) fn unit_rows(vectors: &Tensor) -> Result<Vec<Vec<f32>>> {
    Ok(layers::l2_normalize(vectors)?.to_vec2::<f32>()?)
}

/// The window over `steps` steps with the next one as target, padded by repeating the last step.
fn window(steps: usize, context: usize) -> StoryWindow {
    let slot = |place: usize| ContextSlot { frame: place.min(steps - 1), padding: place >= steps };
    StoryWindow { story: 0, context: (0..context).map(slot).collect(), target: steps }
}
