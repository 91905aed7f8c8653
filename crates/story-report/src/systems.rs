//! The systems that tell stories, declared once: the name that each has in records and tables, and what
//! it is. Records keep names, so that those of other versions can be read.

use crate::scores::Role;
use std::collections::BTreeSet;

/// Declares the systems: what each does, name in records and tables, role.
macro_rules! systems {
    ($($(#[doc = $meaning:literal])+ $variant:ident = $name:literal, $role:ident;)+) => {
        /// A system of an evaluation.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum System {
            $($(#[doc = $meaning])+ $variant,)+
        }

        impl System {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// Its name in records and tables.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)+ }
            }

            /// What it does, in a sentence: the words of its declaration.
            pub fn meaning(self) -> &'static str {
                match self { $(Self::$variant => concat!($($meaning),+),)+ }.trim_start()
            }

            /// What it is.
            pub const fn role(self) -> Role {
                match self { $(Self::$variant => Role::$role,)+ }
            }
        }
    };
}

systems! {
    /// The trained model, its texts decoded as the config says.
    Model = "model", Model;
    /// The model's text, the most probable token at each step.
    ModelGreedy = "model-greedy", Variant;
    /// The model's text, the most probable one that four beams find.
    ModelBeam4 = "model-beam-4", Variant;
    /// The model's text, drawn from the most probable tokens at each step.
    ModelNucleus = "model-nucleus", Variant;
    /// Of texts that the model draws the one that is nearest to all the others.
    ModelMinimumRisk = "model-minimum-risk", Variant;
    /// The same by chrF++, drawn at a lower temperature, with the texts of the context among them.
    ModelMinimumRiskChrf = "model-minimum-risk-chrf", Variant;
    /// The same by chrF++, without the context's own texts.
    ModelMinimumRiskChrfDrawn = "model-minimum-risk-chrf-drawn", Variant;
    /// Of texts that the model draws and the context's own the one that a reranker takes.
    ModelReranked = "model-reranked", Variant;
    /// The model's text by contrastive search: probable, and unlike what is written already.
    ModelContrastive = "model-contrastive", Variant;
    /// The next picture sought by what the model foresees and by the texts that it draws.
    ModelTellThenShow = "model-tell-then-show", Variant;
    /// Of texts that the model draws the one nearest to all, each weighed by how well it fits the
    /// picture that is foreseen.
    ModelShowThenTell = "model-show-then-tell", Variant;
    /// A real picture in place of a painted one: the training target that is nearest to what the
    /// model foresees.
    ModelRetrievedFrame = "model-retrieved-frame", Variant;
    /// The model without the context's pictures.
    ModelPictureBlind = "model-picture-blind", Variant;
    /// The model with the pictures of another story beside the texts.
    ModelShuffledPictures = "model-shuffled-pictures", Variant;
    /// The model without the context's texts.
    ModelTextBlind = "model-text-blind", Variant;
    /// The context's last text, copied.
    CopyLast = "copy-last", Baseline;
    /// All the context's texts, usually four, copied one behind the other.
    CopyAllFour = "copy-all-four", Baseline;
    /// The most frequent training text.
    MostFrequent = "most-frequent", Baseline;
    /// A text drawn from the trigrams of the training texts.
    Trigram = "trigram", Baseline;
    /// What follows the training context of the most similar words.
    NearestNeighbour = "nearest-neighbour", Baseline;
    /// What follows the training context of the most similar pictures.
    NearestByPicture = "nearest-by-picture", Baseline;
    /// A text of another test story.
    RandomStory = "random-story", Baseline;
    /// Tokens as frequent as in the training texts.
    Unigram = "unigram", Baseline;
    /// Interpolated bigrams and unigrams of the training texts with a cache of the context's words.
    BigramCache = "bigram-cache", Baseline;
    /// The mean of the training pictures.
    MeanPicture = "mean-picture", Baseline;
    /// The context's last picture.
    LastFrame = "last-frame", Baseline;
    /// The context's last picture, as the encoder sees it before anything is learned.
    LastFrameRaw = "last-frame-raw", Baseline;
    /// The mean of the context's pictures.
    ContextMean = "context-mean", Baseline;
    /// The mean of the context's pictures, with what the context shows ranked last.
    ContextMeanShownLast = "context-mean-shown-last", Baseline;
    /// The mean of the context's colour histograms, without anything learned, what it shows ranked last.
    ColourHistogram = "colour-histogram", Baseline;
    /// The nearest of the context's colour histograms, without anything learned, what it shows
    /// ranked last.
    ColourHistogramNearest = "colour-histogram-nearest", Baseline;
    /// A random answer.
    Chance = "chance", Chance;
    /// The all-knowing predictor, which is given the whole context.
    BestReachable = "best-reachable", Bound;
    /// The all-knowing predictor, which is given the context's pictures alone.
    BestReachableFromPictures = "best-reachable-from-pictures", Bound;
    /// The all-knowing predictor, which is given the context's texts alone.
    BestReachableFromTexts = "best-reachable-from-texts", Bound;
    /// The mean of pictures drawn anew of what the all-knowing predictor foresees: the best picture in
    /// squared error.
    SceneMean = "scene-mean", Bound;
    /// The same where it is given the context's pictures alone.
    SceneMeanFromPictures = "scene-mean-from-pictures", Bound;
    /// The same where it is given the context's texts alone.
    SceneMeanFromTexts = "scene-mean-from-texts", Bound;
    /// The true picture through the autoencoder in whose latents the model paints: the best that it
    /// could paint.
    Autoencoder = "autoencoder", Bound;
}

impl System {
    /// The one of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|system| system.name() == name)
    }
}

/// What a system of this name is. Of names that this version does not know, as records of others may
/// hold, those are the model's variants that are its name with something added: `model-beam`,
/// `model (nucleus)`.
pub(crate) fn role_of(name: &str) -> Role {
    let is_variant = || {
        let mark = name.strip_prefix(System::Model.name()).and_then(|rest| rest.chars().next());
        mark.is_some_and(|mark| !mark.is_alphanumeric())
    };
    match System::named(name) {
        Some(system) => system.role(),
        None if is_variant() => Role::Variant,
        None => Role::Baseline,
    }
}

/// The systems that answer anywhere, in the order of a table's rows: by role, then by name.
pub(crate) fn systems<'a>(names: impl Iterator<Item = &'a String>) -> Vec<String> {
    let names: BTreeSet<&String> = names.collect();
    let mut names: Vec<String> = names.into_iter().cloned().collect();
    // The sort is stable.
    names.sort_by_key(|name| role_of(name));
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roles_are_declared_and_guessed_for_unknown_names_alone() {
        for &system in System::ALL {
            assert_eq!(System::named(system.name()), Some(system));
            assert_eq!(role_of(system.name()), system.role());
        }
        let roles = ["model-beam", "model (nucleus)", "modelled", "other"].map(role_of);
        assert_eq!(roles, [Role::Variant, Role::Variant, Role::Baseline, Role::Baseline]);
        let names = ["chance", "copy-last", "best-reachable", "model-b", "model", "model-a"];
        let sorted = systems(names.map(String::from).iter());
        let expected = ["model", "model-a", "model-b", "copy-last", "chance", "best-reachable"];
        assert_eq!(sorted, expected);
    }
}
