//! METEOR in the two forms that published numbers rest on: NLTK's ([`NltkMeteor`], after Banerjee and
//! Lavie 2005), and METEOR 1.5 (Denkowski and Lavie 2014). Their values are not comparable.

mod nltk;

pub use nltk::{NltkMeteor, nltk_meteor};
