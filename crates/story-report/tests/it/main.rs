//! A run with invented records, rendered and looked into.

mod evaluation;
mod fixture;
mod hostile;
mod rendering;
