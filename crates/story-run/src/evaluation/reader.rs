//! What a small trained reader sees in painted pictures of the synthetic world: where it is, what time of
//! day, who acts and who is with them. It has never seen a painted picture: it learned from the training
//! stories' own, whose scenes are known.
//!
//! ```text
//! picture --the run's picture encoder, projected--> v (D) --a softmax a question--> an answer
//! ```
//!
//! Linear, on vectors that are there anyway: it reads what these pictures and texts have taught the
//! encoder to tell apart. How often it is right about the true pictures stands among the bounds.

use super::crossed::picture_vectors;
use super::evaluator::Evaluator;
use super::outputs::Outputs;
use crate::error::Result;
use candle_core::{D, DType, Device, Tensor};
use std::collections::BTreeMap;
use story_data::synthetic::{Character, Place, Scene, SyntheticStory, Time};
use story_data::window::StoryWindow;
use story_report::System;
use story_report::records::{ReadRecord, WindowRecord};

/// Training frames that it learns from, at most.
const FRAMES: usize = 1500;
/// Steps of gradient descent with Nesterov's momentum, and their size. The vectors have length 1, so that
/// the loss is no steeper than half of its square and this is stable.
const STEPS: usize = 400;
const RATE: f64 = 1.8;
const MOMENTUM: f64 = 0.95;
/// Vectors of length 1 times this: probabilities near 1 without large weights.
const SCALE: f64 = 4.0;
/// Weight of the squared weights.
const DECAY: f64 = 1e-5;

/// What is asked of a picture.
#[derive(Debug, Clone, Copy)]
enum Question {
    Place,
    Time,
    Hero,
    /// Who is with the hero, or nobody.
    Friend,
}

impl Question {
    const ALL: [Self; 4] = [Self::Place, Self::Time, Self::Hero, Self::Friend];

    fn name(self) -> &'static str {
        match self {
            Self::Place => "place",
            Self::Time => "time of day",
            Self::Hero => "hero",
            Self::Friend => "friend",
        }
    }

    fn answers(self) -> usize {
        match self {
            Self::Place => Place::ALL.len(),
            Self::Time => Time::ALL.len(),
            Self::Hero => Character::ALL.len(),
            Self::Friend => Character::ALL.len() + 1,
        }
    }

    fn answer(self, scene: &Scene) -> usize {
        let among = |character: Character| {
            Character::ALL.iter().position(|it| *it == character).unwrap_or_default()
        };
        match self {
            Self::Place => Place::ALL.iter().position(|it| *it == scene.place).unwrap_or_default(),
            Self::Time => Time::ALL.iter().position(|it| *it == scene.time).unwrap_or_default(),
            Self::Hero => among(scene.hero),
            Self::Friend => scene.friend.map_or(Character::ALL.len(), among),
        }
    }
}

/// Adds what the reader sees in each system's picture, of which `painted` has the vectors, to the records,
/// and gives how often it is right about the true pictures, by name. Nothing without vectors, or where the
/// stories are not of the synthetic world.
///
/// # Errors
/// Those of the encoders.
pub fn add(
    evaluator: &Evaluator,
    windows: &[StoryWindow],
    outputs: &Outputs,
    painted: &[(System, Tensor)],
    records: &mut [WindowRecord],
) -> Result<BTreeMap<String, f64>> {
    let Some(world) = evaluator.config().data.source.world() else {
        return Ok(BTreeMap::new());
    };
    if painted.is_empty() {
        return Ok(BTreeMap::new());
    }
    let scene = |story: usize, frame: usize| {
        let story = SyntheticStory::by_id(world, &evaluator.corpus.stories[story].id)?;
        Some(story.plan().scene(frame + 1))
    };
    let frames = evaluator.corpus.train.iter().flat_map(|window| {
        let context = window.context.iter().filter(|slot| !slot.padding).map(|slot| slot.frame);
        context.chain([window.target]).map(|frame| (window.story, frame))
    });
    let shown: Vec<((usize, usize), Scene)> =
        frames.take(FRAMES).filter_map(|at| Some((at, scene(at.0, at.1)?))).collect();
    let truth: Option<Vec<Scene>> =
        windows.iter().map(|window| scene(window.story, window.target)).collect();
    let (false, Some(truth)) = (shown.is_empty(), truth) else { return Ok(BTreeMap::new()) };
    evaluator.go_on()?;
    let vectors = picture_vectors(evaluator, shown.len(), |place| {
        let ((story, frame), _) = shown[place];
        evaluator.picture(story, frame)
    })?;
    let reader = Reader::learn(&vectors, shown.iter().map(|(_, scene)| scene))?;
    for (system, vectors) in painted {
        for ((record, read), scene) in records.iter_mut().zip(reader.read(vectors)?).zip(&truth) {
            if let Some(picture) = record.pictures.get_mut(system.name()) {
                picture.read = Some(right(read, scene));
            }
        }
    }
    let read = reader.read(&outputs.target_pictures.to_device(&Device::Cpu)?)?;
    let share = |question: Question| {
        let place = question as usize;
        let right = read.iter().zip(&truth).filter(|(r, s)| r[place] == question.answer(s)).count();
        (
            format!("{} read from the true picture", question.name()),
            right as f64 / truth.len() as f64,
        )
    };
    Ok(Question::ALL.map(share).into())
}

fn right(read: [usize; Question::ALL.len()], scene: &Scene) -> ReadRecord {
    let is = |question: Question| read[question as usize] == question.answer(scene);
    ReadRecord {
        place: is(Question::Place),
        time: is(Question::Time),
        hero: is(Question::Hero),
        friend: is(Question::Friend),
    }
}

/// A softmax a question, `(D + 1, answers)` each; the last row is the bias.
struct Reader(Vec<Tensor>);

impl Reader {
    /// Learns from vectors `(N, D)` of length 1 and their scenes.
    fn learn<'a>(
        vectors: &Tensor,
        scenes: impl Iterator<Item = &'a Scene> + Clone,
    ) -> Result<Self> {
        let rows = with_bias(vectors)?; // (N, D + 1)
        let columns = rows.t()?.contiguous()?; // (D + 1, N)
        let (n, width) = rows.dims2()?;
        let learn = |question: Question| -> Result<Tensor> {
            let answers = question.answers();
            let mut truth = vec![0f32; n * answers];
            for (row, scene) in truth.chunks_mut(answers).zip(scenes.clone()) {
                row[question.answer(scene)] = 1.0;
            }
            let truth = Tensor::from_vec(truth, (n, answers), rows.device())?;
            let zeros = Tensor::zeros((width, answers), DType::F32, rows.device())?;
            let (mut weights, mut speed) = (zeros.clone(), zeros);
            for _ in 0..STEPS {
                let ahead = (&weights + (&speed * MOMENTUM)?)?;
                let wrong = (softmax(&rows.matmul(&ahead)?)? - &truth)?; // (N, answers)
                let slope = ((columns.matmul(&wrong)? / n as f64)? + (&ahead * DECAY)?)?;
                speed = ((speed * MOMENTUM)? - (slope * (RATE / (SCALE * SCALE)))?)?;
                weights = (weights + &speed)?;
            }
            Ok(weights)
        };
        Ok(Self(Question::ALL.into_iter().map(learn).collect::<Result<_>>()?))
    }

    /// The answers to all questions, one row a picture.
    fn read(&self, vectors: &Tensor) -> Result<Vec<[usize; Question::ALL.len()]>> {
        let rows = with_bias(vectors)?;
        let mut read = vec![[0; Question::ALL.len()]; rows.dim(0)?];
        for (question, weights) in self.0.iter().enumerate() {
            let answers = rows.matmul(weights)?.argmax(D::Minus1)?.to_vec1::<u32>()?;
            for (read, answer) in read.iter_mut().zip(answers) {
                read[question] = answer as usize;
            }
        }
        Ok(read)
    }
}

fn softmax(scores: &Tensor) -> Result<Tensor> {
    let powers = scores.broadcast_sub(&scores.max_keepdim(D::Minus1)?)?.exp()?;
    Ok(powers.broadcast_div(&powers.sum_keepdim(D::Minus1)?)?)
}

fn with_bias(vectors: &Tensor) -> Result<Tensor> {
    let ones = Tensor::ones((vectors.dim(0)?, 1), DType::F32, vectors.device())?;
    Ok(Tensor::cat(&[&(vectors * SCALE)?, &ones], 1)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use story_data::Split;

    #[test]
    fn it_learns_what_vectors_tell_apart_and_nothing_else() -> Result<()> {
        let scenes: Vec<Scene> = (0..240)
            .map(|index| SyntheticStory::new(3, Split::Train, index).plan().scene(5))
            .collect();
        // The place is written into the vectors, the rest is not.
        let row = |scene: &Scene| {
            let mut row = vec![0f32; 8];
            row[Question::Place.answer(scene)] = 1.0;
            row
        };
        let rows: Vec<f32> = scenes.iter().flat_map(row).collect();
        let vectors = Tensor::from_vec(rows, (scenes.len(), 8), &Device::Cpu)?;
        let half = scenes.len() / 2;
        let reader = Reader::learn(&vectors.narrow(0, 0, half)?, scenes[..half].iter())?;
        let read = reader.read(&vectors.narrow(0, half, half)?)?;
        let share = |question: Question| {
            let right = read.iter().zip(&scenes[half..]);
            let right = right.filter(|(r, s)| r[question as usize] == question.answer(s));
            right.count() as f64 / half as f64
        };
        assert_eq!(share(Question::Place), 1.0);
        for question in [Question::Hero, Question::Friend] {
            assert!(share(question) < 0.35, "{question:?}: {}", share(question));
        }
        Ok(())
    }
}
