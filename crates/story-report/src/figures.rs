//! The figures of a report: each drawn once, written as SVG and PNG. A figure without data is left
//! out and named; values that are not finite are left out and counted.

mod attention;
mod axes;
mod curves;
mod distributions;
mod drawing;
mod effects;
mod figure;
mod matrix;
mod of_judge;
mod of_run;
mod palette;
mod retrieved;
mod scores;
mod sheets;
mod temporal;

pub(crate) use attention::ATTENTION;
pub(crate) use effects::{Effect, effects};
pub(crate) use figure::{Figure, Room};
pub(crate) use of_judge::draw_judgement;
pub(crate) use of_run::draw_run;

/// Whether a figure of this name is of a score table, whose numbers it draws.
pub(crate) fn is_score_figure(name: &str) -> bool {
    name.starts_with(scores::PREFIX)
}

/// Whether a file of this name, without its extension, is one of ours.
pub(crate) fn is_figure(stem: &str) -> bool {
    of_run::is_figure(stem) || of_judge::is_figure(stem)
}
