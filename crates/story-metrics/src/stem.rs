//! Stemmers: what is left of an English word without its endings, so that "runs" meets "running".

mod porter;

pub use porter::porter_stem;
