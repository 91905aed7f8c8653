//! Stemmers: what is left of an English word without its endings, so that "runs" meets "running".

mod porter;
mod snowball;

pub use porter::porter_stem;
pub use snowball::snowball_english;
