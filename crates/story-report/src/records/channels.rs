//! How a story of the synthetic world gives away what comes.

use serde::{Deserialize, Serialize};

/// Where something can be known from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Channel {
    /// A text alone tells it.
    Told,
    /// A picture alone shows it.
    Shown,
    /// Text and picture say it.
    Both,
}

/// A story's secrets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Channels {
    /// Where the story goes, in step 2.
    pub goal: Channel,
    /// How it may end, in step 3.
    pub clue: Channel,
}
