//! Corpora that can be fetched by name.
//!
//! | module | what, from where |
//! |---|---|
//! | [`story_reasoning`] | the StoryReasoning dataset, from the Hub into its cache |
//! | [`african_storybook`] | openly licensed picture books, from their public repositories |

pub mod african_storybook;
mod book;
pub mod story_reasoning;
