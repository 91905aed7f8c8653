//! Where figures, tables and report lie in a run or results folder, and which files there are ours.

use crate::error::Result;
use crate::figures;
use crate::files::{copy_known, names_in, remove_if_there};
use crate::table_files;
use std::path::{Path, PathBuf};

/// Folder of figures under a run or results folder.
pub const FIGURES: &str = "figures";
/// Folder of tables under a run or results folder.
pub const TABLES: &str = "tables";
/// The report's file name.
pub const REPORT: &str = "report.html";

/// The file name of the page with the sample stories, beside the report.
pub(crate) const STORIES: &str = "stories.html";

/// Extensions of figures and tables.
const FIGURE_FORMATS: &[&str] = &["svg", "png"];
const TABLE_FORMATS: &[&str] = &["csv", "md", "tex"];

/// Removes figures and tables of an earlier rendering that this one has not.
pub(crate) fn remove_stale(run_dir: &Path, figures: &[PathBuf], tables: &[PathBuf]) -> Result<()> {
    for (folder, written) in [(FIGURES, figures), (TABLES, tables)] {
        let kept = |name: &str| written.iter().any(|path| path.ends_with(name));
        for name in names_in(&run_dir.join(folder))? {
            if is_known(folder, &name) && !kept(&name) {
                remove_if_there(&run_dir.join(folder).join(name))?;
            }
        }
    }
    Ok(())
}

/// Copies a run's figures and tables to `results_dir/figures` and `results_dir/tables`, and removes
/// those of an earlier run that this one has not. Other files there are left alone.
///
/// # Errors
/// If a folder cannot be read or a file cannot be written.
pub fn publish(run_dir: &Path, results_dir: &Path) -> Result<Vec<PathBuf>> {
    let mut copied = Vec::new();
    for (folder, extensions) in [(FIGURES, FIGURE_FORMATS), (TABLES, TABLE_FORMATS)] {
        let known = |name: &str| is_known(folder, name);
        let (from, to) = (run_dir.join(folder), results_dir.join(folder));
        copied.extend(copy_known(&from, &to, extensions, known)?);
    }
    Ok(copied)
}

/// Whether a file in a figures or tables folder is one of ours.
fn is_known(folder: &str, name: &str) -> bool {
    let path = Path::new(name);
    let extension = path.extension().and_then(|extension| extension.to_str());
    let (stem, extension) = match (path.file_stem().and_then(|stem| stem.to_str()), extension) {
        (Some(stem), Some(extension)) => (stem, extension),
        _ => return false,
    };
    match folder {
        FIGURES => FIGURE_FORMATS.contains(&extension) && figures::is_figure(stem),
        _ => TABLE_FORMATS.contains(&extension) && table_files::is_table(stem),
    }
}
