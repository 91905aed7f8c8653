//! The native half of the Python package `story_metrics`: texts in, scores with intervals out. What is
//! checked, and how it is called, is written in Python beside it.

mod options;
mod score;
mod single;
mod work;

use pyo3::prelude::*;

/// Caption scores with intervals; see `story_metrics`.
#[pymodule]
mod _native {
    #[pymodule_export]
    use crate::score::{compare, metrics, score};
    #[pymodule_export]
    use crate::single::{bleu_counts, chrf_score, ptb_tokens, rouge_scores};
    use pyo3::prelude::*;

    #[pymodule_init]
    fn init(module: &Bound<'_, PyModule>) -> PyResult<()> {
        module.add("__version__", env!("CARGO_PKG_VERSION"))
    }
}
