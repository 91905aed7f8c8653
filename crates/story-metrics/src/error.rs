//! What can go wrong while scoring, sorted by who can fix it: the data's owner or the caller
//! who chose the settings.

/// The result of every fallible function of this crate.
pub type Result<T> = std::result::Result<T, MetricError>;

/// Why a score could not be computed.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum MetricError {
    /// Data: a text came without any reference, so there is nothing to compare it with.
    #[error(
        "data: {metric}: no reference given; pass at least one reference text \
         (an empty text counts as one), or leave the record out"
    )]
    NoReference {
        /// The metric that was asked.
        metric: &'static str,
    },
    /// Data: two things that must be equally long are not.
    #[error(
        "data: {what}: expected {expected} values, found {found}; both sides must be of one shape"
    )]
    Length {
        /// Which values were compared.
        what: &'static str,
        /// Length that the first side or the declared shape asks for.
        expected: usize,
        /// Length that came.
        found: usize,
    },
    /// Data: a value is NaN or infinite where only finite numbers mean something.
    #[error(
        "data: {what}: value {index} is {value}, expected a finite number; the model or its input has diverged"
    )]
    NotFinite {
        /// Which values were read.
        what: &'static str,
        /// Position of the first offending value.
        index: usize,
        /// The value, as text ("NaN", "inf").
        value: String,
    },
    /// Data: an index points outside of what it indexes.
    #[error("data: {what}: index {index} is outside of 0..{length}")]
    Index {
        /// What is indexed.
        what: &'static str,
        /// The index that came.
        index: usize,
        /// Number of valid indices.
        length: usize,
    },
    /// Data: a number lies outside of its possible range.
    #[error("data: {what}: expected {expected}, found {found}")]
    Value {
        /// Which number was read.
        what: &'static str,
        /// The values that are possible.
        expected: &'static str,
        /// The value that came.
        found: String,
    },
    /// Data: two systems that are compared were not scored on the same clusters.
    #[error(
        "data: paired comparison: cluster {cluster:?} has {first} units in the first system and {second} \
         in the second; score both systems on the same units (a missing answer counts as one)"
    )]
    Unpaired {
        /// Key of the first cluster in which the systems differ.
        cluster: String,
        /// Units of the first system in it.
        first: u64,
        /// Units of the second system in it.
        second: u64,
    },
    /// Environment: a file that a metric takes its knowledge from is absent, damaged, or another.
    #[error("environment: {path}: expected {expected}, found {found}; {remedy}")]
    Resource {
        /// The file.
        path: String,
        /// What it should be.
        expected: &'static str,
        /// What it is, with the line where there is one.
        found: String,
        /// What the user can do.
        remedy: &'static str,
    },
    /// Config: a setting has a value that cannot be.
    #[error("config: {setting}: expected {expected}, found {found}")]
    Setting {
        /// Name of the setting.
        setting: &'static str,
        /// The values that are possible.
        expected: &'static str,
        /// The value that came.
        found: String,
    },
}

/// Errors unless both sides have the same number of values.
pub(crate) fn same_length(what: &'static str, expected: usize, found: usize) -> Result<()> {
    if expected == found { Ok(()) } else { Err(MetricError::Length { what, expected, found }) }
}

/// Errors at the first value that is NaN or infinite.
pub(crate) fn all_finite(what: &'static str, values: &[f32]) -> Result<()> {
    match values.iter().position(|value| !value.is_finite()) {
        None => Ok(()),
        Some(index) => {
            Err(MetricError::NotFinite { what, index, value: values[index].to_string() })
        }
    }
}
