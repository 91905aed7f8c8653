//! Integration tests of the pictures.

mod decoding;
mod published;
