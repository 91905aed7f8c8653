//! A run with invented records, rendered and looked into.

mod browser;
mod card;
mod comparing;
mod escaping;
mod evaluation;
mod fixture;
mod flags;
mod hostile;
mod predicting;
mod rendering;
mod verdicts;
mod verification;
