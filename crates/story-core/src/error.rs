//! Errors of the core, sorted by who can fix them.

/// The result of every fallible function of the core and of the model crates.
pub type Result<T> = std::result::Result<T, Error>;

/// What went wrong, sorted by who can fix it: the data's owner, the config's author, the
/// machine's owner, or us.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The data are not what they should be. The message names file, record and key.
    #[error("data: {0}")]
    Data(String),
    /// The config asks for something that cannot be. The message names the key and the remedy.
    #[error("config: {0}")]
    Config(String),
    /// A loss, gradient or score is not finite: training has diverged, or the weights are of a run
    /// that did. The message says where and names the keys to change.
    #[error("diverged: {0}")]
    Diverged(String),
    /// The machine does not give what is needed: disk, memory, device, network.
    #[error("environment: {0}")]
    Environment(String),
    /// Two tensors, or a tensor and its declaration, do not fit.
    #[error("shape: {what}: expected {expected}, found {found}")]
    Shape {
        /// Which value was checked.
        what: String,
        /// The shape that the receiver declares.
        expected: String,
        /// The shape that came.
        found: String,
    },
    /// A computation failed inside candle.
    #[error("tensor: {0}")]
    Tensor(#[from] candle_core::Error),
    /// A file could not be read or written.
    #[error("{path}: {source}")]
    Io {
        /// The file.
        path: std::path::PathBuf,
        /// What the operating system said.
        source: std::io::Error,
    },
}

impl Error {
    /// A shape error; `expected` is written by hand, `found` is the tensor's own shape.
    pub fn shape(what: &str, expected: impl Into<String>, found: &candle_core::Tensor) -> Self {
        Self::Shape {
            what: what.to_string(),
            expected: expected.into(),
            found: format!("{:?}", found.dims()),
        }
    }

    /// Attaches the path to an operating-system error; for use in `map_err`.
    pub fn io(path: impl Into<std::path::PathBuf>) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.into();
        move |source| Self::Io { path, source }
    }
}
