//! What a rendering wrote, found and left out.

use crate::flags::RedFlag;
use std::path::PathBuf;

/// What was written.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rendered {
    /// The one-file report.
    pub report: PathBuf,
    /// The page of the sample stories beside it; `None` where no sample's pictures were saved.
    pub stories: Option<PathBuf>,
    /// Figures, SVG and PNG.
    pub figures: Vec<PathBuf>,
    /// Tables: CSV, Markdown and LaTeX.
    pub tables: Vec<PathBuf>,
    /// The model card; `None` where a `README.md` of somebody else stands in its place.
    pub card: Option<PathBuf>,
    /// What makes the result unbelievable or worthless, the failures first.
    pub flags: Vec<RedFlag>,
    /// Figures and tables that the records have no data for, each with its reason.
    pub left_out: Vec<String>,
    /// What a reader should know of the records: a line cut short, pictures that are gone.
    pub notes: Vec<String>,
}
