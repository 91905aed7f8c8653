//! What an all-knowing predictor would say about a story's next step.
//!
//! It knows how the world draws, tells and paints, and sees everything that the four steps before
//! determine: plot, characters, object, places, time and clue, whether they were told or shown. It
//! does not see the hidden branch before step 5, nor which telling comes. What remains is a finite
//! list of next steps with exact probabilities:
//!
//! ```text
//! step 5       P(outcome, telling) = P(outcome | clue) * share of the telling
//! steps 6..8   P(telling)          = share of the telling: all else follows from four steps
//! ```
//!
//! Seeing more steps would not help: given these, all else is independent of the target.
//!
//! Who is given the texts or the pictures alone ([`Sees`]) holds all worlds possible that look the
//! same on that side, each as likely as it is drawn. It does not know of the splits.

use super::canvas::SIDE;
use super::channels::World;
use super::picture::Picture as Drawn;
use super::plan::{CLUE_TRUST, OUTCOME_STEP, Plan, Scene};
use super::sentences::TELLING_SHARES;
use super::story::SyntheticStory;
use super::tell::tellings;
use super::world::Luck;
use crate::Split;
use story_core::rng::ChaCha8Rng;
use story_pictures::Picture;

/// One way the next step may come out.
#[derive(Debug, Clone, PartialEq)]
pub struct Candidate {
    /// Its text, without tags.
    pub text: String,
    /// All of its picture that can be foreseen; candidates that differ in words only share it.
    pub scene: Scene,
    /// Its probability, more than 0 and at most 1.
    pub probability: f64,
}

/// The distribution of a story's next step given the four before it, and how it came out.
#[derive(Debug, Clone, PartialEq)]
pub struct NextStep {
    /// All that can come, with probabilities that sum to 1; their texts differ.
    pub candidates: Vec<Candidate>,
    /// The text that came; one of the candidates'.
    pub target_text: String,
    /// The scene that came; one of the candidates'.
    pub target_scene: Scene,
}

/// The fifth step of story `index` given its first four: the world's first window.
pub fn next_step(world: impl Into<World>, split: Split, index: u64) -> NextStep {
    let story = SyntheticStory::new(world, split, index);
    story.foresee(OUTCOME_STEP, &outcomes(story.plan()))
}

/// What a predictor is given of the steps before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Sees {
    /// Their texts and pictures.
    Both,
    /// Their texts alone: what only a picture shows is unknown.
    Texts,
    /// Their pictures alone: what only a text tells is unknown, and the plot where no picture gives
    /// it away.
    Pictures,
}

/// As [`next_step`], for a predictor that reads the texts and never sees a picture: goal and clue
/// are unknown to it where the picture alone shows them. The gap between the two is what pictures
/// are worth in this world, for whoever asks how much of it a model has found:
///
/// ```
/// use story_data::Split;
/// use story_data::synthetic::{next_step, next_step_from_words};
///
/// let gap = |index| {
///     let [seen, told] = [next_step, next_step_from_words].map(|of| of(1, Split::Test, index));
///     told.text_bits() - seen.text_bits()
/// };
/// let bits = (0..60).map(gap).sum::<f64>() / 60.0;
/// assert!((0.5..1.5).contains(&bits), "{bits} bits a text");
/// ```
pub fn next_step_from_words(world: impl Into<World>, split: Split, index: u64) -> NextStep {
    let story = SyntheticStory::new(world, split, index);
    story.foresee(OUTCOME_STEP, &story.worlds(OUTCOME_STEP, Sees::Texts))
}

impl SyntheticStory {
    /// The distribution of `step`, counted from 1, given the four steps before it; `None` where
    /// the story has no such step or fewer than four steps are before it.
    pub fn next_step(&self, step: usize) -> Option<NextStep> {
        self.next_step_from(step, Sees::Both)
    }

    /// The same for a predictor that is given one side of these steps.
    pub fn next_step_from(&self, step: usize, sees: Sees) -> Option<NextStep> {
        let foreseen = (OUTCOME_STEP..=self.plan().steps).contains(&step);
        foreseen.then(|| match sees {
            Sees::Both if step == OUTCOME_STEP => self.foresee(step, &outcomes(self.plan())),
            Sees::Both => self.foresee(step, &[(*self.plan(), 1.0)]),
            _ => self.foresee(step, &self.worlds(step, sees)),
        })
    }

    /// The worlds that look like this one in the four steps before `step`, to who sees one side of
    /// them, with their probabilities. Characters, object, start, middle and time are in both sides.
    fn worlds(&self, step: usize, sees: Sees) -> Vec<(Plan, f64)> {
        let seen = step - OUTCOME_STEP + 1..step;
        let told = |plan: &Plan, step| tellings(plan, step)[self.telling(step)].text.clone();
        let here: Vec<String> = seen.clone().map(|step| told(self.plan(), step)).collect();
        let alike = |plan: &Plan| match sees {
            Sees::Texts => seen.clone().zip(&here).all(|(step, here)| told(plan, step) == *here),
            Sees::Pictures => seen.clone().all(|step| plan.scene(step) == self.plan().scene(step)),
            Sees::Both => *plan == *self.plan(),
        };
        let mut worlds: Vec<(Plan, f64)> = Vec::new();
        for plan in self.plan().with_other_secrets().filter(alike) {
            let comes_true = if plan.luck == plan.sign { CLUE_TRUST } else { 1.0 - CLUE_TRUST };
            let channels = [plan.goal_channel, plan.clue_channel];
            let shares: usize = channels.map(|it| self.world().channels.of(it)).iter().product();
            let probability = comes_true * shares as f64;
            if shares == 0 {
                continue; // no such story is drawn
            }
            // How a secret was given away no longer matters to what comes.
            let ahead = |plan: &Plan| (plan.plot, plan.goal, plan.luck);
            match worlds.iter_mut().find(|(world, _)| ahead(world) == ahead(&plan)) {
                Some((_, sum)) => *sum += probability,
                None => worlds.push((plan, probability)),
            }
        }
        let all: f64 = worlds.iter().map(|(_, probability)| probability).sum();
        worlds.iter_mut().for_each(|(_, probability)| *probability /= all);
        worlds
    }

    /// Step `step` of each of the worlds that the predictor holds possible.
    fn foresee(&self, step: usize, worlds: &[(Plan, f64)]) -> NextStep {
        let mut candidates = Vec::new();
        for (plan, probability) in worlds {
            let scene = plan.scene(step);
            for (told, share) in tellings(plan, step).into_iter().zip(TELLING_SHARES) {
                candidates.push(Candidate {
                    text: told.text,
                    scene,
                    probability: probability * share,
                });
            }
        }
        NextStep {
            candidates,
            target_text: self.told(step).text,
            target_scene: self.plan().scene(step),
        }
    }
}

impl NextStep {
    /// The likeliest text.
    pub fn likeliest(&self) -> Option<&Candidate> {
        self.candidates.iter().reduce(
            |best, next| {
                if next.probability > best.probability { next } else { best }
            },
        )
    }

    /// The candidate's text with the greatest expected `score(candidate, reference)`, and that
    /// expectation over the references. For scores with partial credit a sentence outside the
    /// list might do better still; for exact match none can.
    pub fn best_text(&self, score: impl Fn(&str, &str) -> f64) -> Option<(&str, f64)> {
        let expected = |candidate: &str| -> f64 {
            let of =
                |reference: &Candidate| reference.probability * score(candidate, &reference.text);
            self.candidates.iter().map(of).sum()
        };
        let scored = |candidate: &'_ Candidate| expected(&candidate.text);
        let scores: Vec<f64> = self.candidates.iter().map(scored).collect();
        let best = (0..scores.len()).reduce(|a, b| if scores[b] > scores[a] { b } else { a })?;
        Some((&self.candidates[best].text, scores[best]))
    }

    /// The probability that the next step's picture shows `scene`.
    pub fn scene_probability(&self, scene: &Scene) -> f64 {
        let same = |candidate: &&Candidate| candidate.scene == *scene;
        let shows = self.candidates.iter().filter(same);
        shows.map(|candidate| candidate.probability).sum()
    }

    /// The mean of pictures of what can come, `draws` or a few more of them, each scene as often as it
    /// is likely: with more and more draws the picture of least expected squared error. Their mean is
    /// off by 1 / `draws` of what varies within a scene.
    pub fn mean_picture(&self, draws: usize, rng: &mut ChaCha8Rng) -> Picture {
        let mut mean = vec![0f64; 3 * SIDE * SIDE];
        let mut scenes: Vec<Scene> = self.candidates.iter().map(|c| c.scene).collect();
        scenes.sort_unstable();
        scenes.dedup();
        for scene in scenes {
            let probability = self.scene_probability(&scene);
            let count = (probability * draws as f64).ceil().max(1.0);
            for _ in 0..count as usize {
                let drawn = Drawn::draw(&scene, rng).rgb;
                let parts = mean.iter_mut().zip(drawn);
                parts.for_each(|(sum, value)| *sum += f64::from(value) * probability / count);
            }
        }
        let bytes = mean.into_iter().map(|value| value.round() as u8).collect();
        Picture::new(SIDE as u32, SIDE as u32, bytes)
            .expect("invariant: SIDE x SIDE x 3 bytes are a picture")
    }

    /// The entropy of the next scene, in bits.
    pub fn scene_bits(&self) -> f64 {
        let mut scenes: Vec<Scene> = self.candidates.iter().map(|c| c.scene).collect();
        scenes.sort_unstable();
        scenes.dedup();
        entropy_bits(scenes.iter().map(|scene| self.scene_probability(scene)))
    }

    /// The entropy of the next text, in bits: that of the outcome and of its telling.
    pub fn text_bits(&self) -> f64 {
        entropy_bits(self.candidates.iter().map(|c| c.probability))
    }
}

/// The worlds that a predictor holds possible who knows the plan but for the branch.
fn outcomes(plan: &Plan) -> Vec<(Plan, f64)> {
    let probability = |luck| {
        if luck == plan.sign { CLUE_TRUST } else { 1.0 - CLUE_TRUST }
    };
    Luck::ALL.map(|luck| (Plan { luck, ..*plan }, probability(luck))).to_vec()
}

/// `-sum p log2 p`, in bits.
pub fn entropy_bits(probabilities: impl IntoIterator<Item = f64>) -> f64 {
    let bits = |p: f64| if p > 0.0 { -p * p.log2() } else { 0.0 };
    probabilities.into_iter().map(bits).sum()
}
