//! Pictures: from a file's bytes to what a network sees, and back to a file.
//!
//! ```text
//! bytes ─ decode ─▶ Picture ─ square, crop, resized ─▶ Picture ─ planes ─▶ (3, H, W) f32
//!  (limits, guard)     └─ phash ─▶ 64 bits               └─ to_png, to_jpeg ─▶ bytes
//! ```
//! Axes: `(H, W, 3)` bytes while a picture is a picture, `(3, H, W)` f32 for a network. What a
//! network wants to see is [`Preprocessing`], the same words for configs of data and for published
//! networks. A picture is decoded once, by [`Picture::decode`]; whoever looks at it afterwards gets
//! the [`Picture`]. Knows no tensor library and none of our crates.
//!
//! ```
//! use story_pictures::{Limits, Picture, Preprocessing};
//!
//! let file = Picture::new(2, 1, vec![255, 0, 0, 0, 0, 255])?.to_png()?;
//! let picture = Picture::decode(&file, Limits::default())?;
//! let planes = Preprocessing::IMAGENET.planes(&picture)?;
//! assert_eq!(planes.len(), 3 * 224 * 224);
//! # Ok::<(), story_pictures::Error>(())
//! ```

mod decode;
mod encode;
mod error;
mod fit;
pub mod phash;
mod picture;
mod preprocessing;
pub mod published;
mod resize;

pub use decode::{Limits, extension_of, size_of};
pub use error::{Error, Result};
pub use fit::{Fit, ShorterSide, shown_region};
pub use phash::phash;
pub use picture::Picture;
pub use preprocessing::{Keys, MAX_SIZE, Preprocessing, check_size, write_planar};
pub use resize::Interpolation;
