//! What can be wrong, sorted by who can fix it. An error does not know whose picture it is about;
//! the caller adds that.

/// The result of every fallible function of this crate.
pub type Result<T> = std::result::Result<T, Error>;

/// What went wrong: first what the picture's owner can mend, then what the config or the caller can.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// Data: there are no bytes.
    #[error("the picture has no bytes")]
    Empty,
    /// Data: the bytes are of another format, or of none.
    #[error("the bytes are {0}, not JPEG, PNG or WebP")]
    Format(String),
    /// Data: the declared size is above the limit.
    #[error("the picture declares {width} x {height} pixels, above the limit of {limit} in all")]
    TooLarge {
        /// Declared width, pixels.
        width: u32,
        /// Declared height, pixels.
        height: u32,
        /// The limit, pixels.
        limit: u64,
    },
    /// Data: a declared side is above the limit.
    #[error("the picture declares {width} x {height} pixels, a side above the limit of {limit}")]
    TooLong {
        /// Declared width, pixels.
        width: u32,
        /// Declared height, pixels.
        height: u32,
        /// The limit of each side, pixels.
        limit: u32,
    },
    /// Data: the picture has no area.
    #[error("the picture declares {width} x {height} pixels")]
    NoArea {
        /// Declared width, pixels.
        width: u32,
        /// Declared height, pixels.
        height: u32,
    },
    /// Data: the file ends before its picture does.
    #[error("the {0} file ends before its picture does")]
    Truncated(&'static str),
    /// Data: the decoder refused the bytes, or gave up over them.
    #[error("the {format} does not decode: {problem}")]
    Broken {
        /// The format that the first bytes announce.
        format: &'static str,
        /// What the decoder said.
        problem: String,
    },
    /// Config: a value cannot be computed with.
    #[error("{key} is {found}; expected {expected}")]
    Config {
        /// The value's key, below what holds it.
        key: &'static str,
        /// What it is.
        found: String,
        /// What it may be.
        expected: String,
    },
    /// Caller: bytes and sides do not belong together.
    #[error(
        "a picture of {width} x {height} pixels: expected {expected} values and an area, found {found}"
    )]
    Sides {
        /// Width, pixels.
        width: u32,
        /// Height, pixels.
        height: u32,
        /// Three for each pixel.
        expected: u128,
        /// How many there are.
        found: usize,
    },
    /// Caller: the picture cannot be in that format, or it cannot be resized so.
    #[error("{width} x {height} pixels {to}: {problem}")]
    Refused {
        /// Width, pixels.
        width: u32,
        /// Height, pixels.
        height: u32,
        /// What was asked for.
        to: String,
        /// What the encoder or resizer said.
        problem: String,
    },
}
