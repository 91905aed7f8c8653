//! Which world: its seed, and how often goal and clue are told, shown or both.

use super::world::Channel;
use crate::Split;
use rand::Rng;
use serde::{Deserialize, Serialize};
use story_core::rng::{ChaCha8Rng, rng};

/// A synthetic world. A bare seed is the world where every channel is as likely as the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct World {
    /// Where its stories come from.
    pub seed: u64,
    /// How goal and clue are revealed.
    pub channels: ChannelShares,
}

impl World {
    /// The random stream of one use within one story.
    pub(super) fn stream(&self, split: Split, index: u64, name: &str) -> ChaCha8Rng {
        rng(self.seed, &format!("synthetic/{}/{index}/{name}", split.name()))
    }
}

impl From<u64> for World {
    fn from(seed: u64) -> Self {
        Self { seed, channels: ChannelShares::default() }
    }
}

/// How likely each channel is for a goal and, apart from it, for a clue, as whole numbers: of `told = 1,
/// shown = 3, both = 0` three stories in four show their goal in a picture alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Weights", into = "Weights")]
pub struct ChannelShares(Weights);

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Weights {
    told: u16,
    shown: u16,
    both: u16,
}

impl Default for ChannelShares {
    fn default() -> Self {
        Self(Weights { told: 1, shown: 1, both: 1 })
    }
}

impl From<ChannelShares> for Weights {
    fn from(shares: ChannelShares) -> Self {
        shares.0
    }
}

impl TryFrom<Weights> for ChannelShares {
    type Error = String;

    fn try_from(weights: Weights) -> Result<Self, String> {
        match weights {
            Weights { told: 0, shown: 0, both: 0 } => {
                Err("channels: told, shown and both are all 0; give at least one a share".into())
            }
            _ => Ok(Self(weights)),
        }
    }
}

impl ChannelShares {
    /// Shares of what is told alone, shown alone, and both; `None` where all are 0.
    pub fn new(told: u16, shown: u16, both: u16) -> Option<Self> {
        Weights { told, shown, both }.try_into().ok()
    }

    /// Whether all are equally likely.
    pub fn is_even(&self) -> bool {
        *self == Self::default()
    }

    /// How often `channel` is drawn, beside the others' shares.
    pub fn of(&self, channel: Channel) -> usize {
        usize::from(match channel {
            Channel::Words => self.0.told,
            Channel::Picture => self.0.shown,
            Channel::Both => self.0.both,
        })
    }

    fn sum(&self) -> usize {
        Channel::ALL.iter().map(|channel| self.of(*channel)).sum()
    }

    /// One channel, as likely as its share.
    pub(super) fn draw(&self, rng: &mut ChaCha8Rng) -> Channel {
        let mut at = rng.random_range(0..self.sum());
        for channel in Channel::ALL {
            match at.checked_sub(self.of(channel)) {
                Some(rest) => at = rest,
                None => return channel,
            }
        }
        Channel::Both // not reached: a number below the sum lies in one of them
    }
}

#[cfg(test)]
mod tests {
    use super::super::Plan;
    use super::*;

    #[test]
    fn channels_come_as_often_as_their_shares_say() {
        let channels = ChannelShares::new(1, 3, 0).expect("shares");
        let world = World { seed: 4, channels };
        let plans = (0..2000).map(|index| Plan::new(world, Split::Train, index));
        let shown = plans.filter(|plan| {
            assert!(plan.goal_channel != Channel::Both && plan.clue_channel != Channel::Both);
            plan.goal_channel == Channel::Picture
        });
        let share = shown.count() as f64 / 2000.0;
        // Four standard errors.
        assert!((share - 0.75).abs() < 0.04, "{share}");
    }

    #[test]
    fn shares_are_read_and_all_of_them_0_is_refused() {
        let read = |text: &str| serde_json::from_str::<ChannelShares>(text);
        let shares = read(r#"{"told": 0, "shown": 2, "both": 1}"#).expect("shares");
        assert_eq!(Some(shares), ChannelShares::new(0, 2, 1));
        assert_eq!(Channel::ALL.map(|channel| shares.of(channel)), [0, 2, 1]);
        assert!(!shares.is_even() && ChannelShares::default().is_even());
        let written = serde_json::to_string(&shares).expect("numbers");
        assert_eq!(read(&written).expect("the same"), shares);
        let error = read(r#"{"told": 0, "shown": 0, "both": 0}"#).expect_err("refused");
        assert!(error.to_string().contains("all 0"), "{error}");
        assert!(read(r#"{"told": 1, "shown": 1}"#).is_err());
        assert_eq!(ChannelShares::new(0, 0, 0), None);
    }
}
