//! The ways to decode that have names: in `evaluate.variants`, and for who asks a run for one text.

use crate::config::Variant;
use story_model::{Candidates, Strategy, Utility};
use story_report::System;

/// What stands before a variant's name in the tables.
const MODEL: &str = "model-";
/// Exponent of the length in beam search: between the sum and the mean of the log probabilities.
const LENGTH_PENALTY: f64 = 0.7;
/// Texts that minimum risk draws.
const DRAWS: usize = 16;
/// Texts that are drawn for the reranker: with more of them it knows better what is likely.
const MORE_DRAWS: usize = 32;
/// Temperature below the model's own, at which texts are drawn that are more like each other.
const COOLER: f64 = 0.7;
/// Tokens that contrastive search looks at, and the weight of their likeness (Su et al. 2022).
const CONTRASTIVE: Strategy = Strategy::Contrastive { top_k: 4, alpha: 0.6 };
/// Texts that are drawn to show what else may follow.
const SHOWN_DRAWS: usize = 3;
/// Probability that nucleus sampling keeps (Holtzman et al. 2020).
const TOP_P: f64 = 0.9;

impl Variant {
    /// Those that decode otherwise and see all that the model sees.
    pub const DECODINGS: [Self; 8] = [
        Self::Greedy,
        Self::Beam4,
        Self::Nucleus,
        Self::Contrastive,
        Self::MinimumRisk,
        Self::MinimumRiskChrf,
        Self::MinimumRiskChrfDrawn,
        Self::Reranked,
    ];

    /// Its name in a config.
    pub fn name(self) -> &'static str {
        let system = self.system().name();
        system.strip_prefix(MODEL).unwrap_or(system)
    }

    /// Its row in every table.
    pub fn system(self) -> System {
        match self {
            Self::Greedy => System::ModelGreedy,
            Self::Beam4 => System::ModelBeam4,
            Self::Nucleus => System::ModelNucleus,
            Self::MinimumRisk => System::ModelMinimumRisk,
            Self::MinimumRiskChrf => System::ModelMinimumRiskChrf,
            Self::MinimumRiskChrfDrawn => System::ModelMinimumRiskChrfDrawn,
            Self::Reranked => System::ModelReranked,
            Self::Contrastive => System::ModelContrastive,
            Self::TellThenShow => System::ModelTellThenShow,
            Self::ShowThenTell => System::ModelShowThenTell,
            Self::RetrievedFrame => System::ModelRetrievedFrame,
            Self::SceneMean => System::SceneMean,
            Self::PictureBlind => System::ModelPictureBlind,
            Self::ShuffledPictures => System::ModelShuffledPictures,
            Self::TextBlind => System::ModelTextBlind,
        }
    }

    /// How it decodes; `None` where that is as the config says.
    pub(crate) fn strategy(self) -> Option<Strategy> {
        match self {
            Self::Greedy => Some(Strategy::Greedy),
            Self::Beam4 => Some(Strategy::Beam { beams: 4, length_penalty: LENGTH_PENALTY }),
            Self::Nucleus => Some(Strategy::Sample { temperature: 1.0, top_k: 0, top_p: TOP_P }),
            Self::MinimumRisk => Some(risk(DRAWS, 1.0, Utility::Bleu, Candidates::DrawnAndTold)),
            Self::MinimumRiskChrf => {
                Some(risk(DRAWS, COOLER, Utility::ChrfPlusPlus, Candidates::DrawnAndTold))
            }
            Self::MinimumRiskChrfDrawn => {
                Some(risk(DRAWS, COOLER, Utility::ChrfPlusPlus, Candidates::Drawn))
            }
            Self::Reranked => Some(reranked()),
            Self::Contrastive => Some(CONTRASTIVE),
            Self::TellThenShow | Self::ShowThenTell => None,
            Self::RetrievedFrame | Self::SceneMean => None,
            Self::PictureBlind | Self::ShuffledPictures | Self::TextBlind => None,
        }
    }
}

/// Minimum risk among so many texts that nothing is cut from.
fn risk(draws: usize, temperature: f64, utility: Utility, candidates: Candidates) -> Strategy {
    Strategy::MinimumRisk { draws, temperature, top_k: 0, top_p: 1.0, utility, candidates }
}

/// What the reranker is shown is drawn like this.
pub(crate) fn reranked() -> Strategy {
    risk(MORE_DRAWS, COOLER, Utility::ChrfPlusPlus, Candidates::DrawnAndTold)
}

/// What draws some texts as nucleus sampling does, of one reading of the context.
pub(crate) fn several_draws() -> Strategy {
    let (utility, candidates) = (Utility::default(), Candidates::default());
    let (draws, temperature, top_k) = (SHOWN_DRAWS, 1.0, 0);
    Strategy::MinimumRisk { draws, temperature, top_k, top_p: TOP_P, utility, candidates }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_decodes_otherwise_is_on_the_list_once() {
        for variant in Variant::DECODINGS {
            assert!(variant.strategy().is_some(), "{variant:?}");
            let same = Variant::DECODINGS.iter().filter(|other| **other == variant);
            assert_eq!(same.count(), 1, "{variant:?}");
            // The name is the one that a config knows.
            let config = serde_json::to_value(variant).expect("a name");
            assert_eq!(config, variant.name(), "{variant:?}");
        }
        let blind = [Variant::PictureBlind, Variant::ShuffledPictures, Variant::TextBlind];
        assert!(blind.iter().all(|variant| variant.strategy().is_none()));
    }
}
