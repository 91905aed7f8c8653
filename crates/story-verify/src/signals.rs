//! Signals: how well a picture's boxes bear out what a text says, each in 0..1.

mod finding;

pub use finding::{Claim, ClaimKind, Finding, Unjudged};
