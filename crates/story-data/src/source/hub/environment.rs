//! Where the Hub is and who we are to it: the core's, because weights are fetched the same way.

pub use story_core::hub::{HubEnvironment, Token};
