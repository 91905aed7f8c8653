//! The guard under which bytes from outside are parsed: a panic in a parser becomes an error.
//!
//! Parsers of files (pictures, parquet, tokenizers, weights) meet some kinds of damage with a failed
//! assertion or an index out of range. Unwinding stops here; what the work touches must be thrown
//! away with its error, so that no broken state survives. A stack that overflows and memory that
//! cannot be had end the process as ever: sizes are limited before.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// A parser panicked; what it said.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the decoder gave up: {0}")]
pub struct GaveUp(pub String);

/// Runs `work` on bytes that may be damaged.
///
/// # Errors
/// [`GaveUp`] where it panics.
pub fn guarded<T>(work: impl FnOnce() -> T) -> Result<T, GaveUp> {
    let before = GUARDED.replace(true);
    let outcome = catch_unwind(AssertUnwindSafe(work));
    GUARDED.set(before);
    outcome.map_err(|panic| {
        let text = panic
            .downcast_ref::<&str>()
            .map(ToString::to_string)
            .or_else(|| panic.downcast_ref::<String>().cloned());
        GaveUp(text.unwrap_or_else(|| "no reason given".into()))
    })
}

thread_local! {
    /// Whether this thread is inside [`guarded`].
    static GUARDED: Cell<bool> = const { Cell::new(false) };
}

/// Whether a panic on this thread would be caught and become an error, so that it is no news. The
/// panic hook runs before anything is caught: a program whose hook asks here first prints nothing
/// about damaged files but the error that they lead to.
///
/// ```
/// let report = std::panic::take_hook();
/// std::panic::set_hook(Box::new(move |panic| {
///     if !story_files::guard::panic_is_caught() {
///         report(panic);
///     }
/// }));
/// ```
pub fn panic_is_caught() -> bool {
    GUARDED.get()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_becomes_an_error_and_is_known_to_be_caught_while_it_is_under_way() {
        assert!(!panic_is_caught());
        assert_eq!(guarded(panic_is_caught), Ok(true));
        let caught = guarded::<()>(|| std::panic::resume_unwind(Box::new("torn")));
        assert_eq!(caught, Err(GaveUp("torn".into())));
        let nested = guarded(|| {
            let inner = guarded::<()>(|| std::panic::resume_unwind(Box::new(7)));
            (inner.expect_err("it panicked").to_string(), panic_is_caught())
        });
        assert_eq!(nested, Ok(("the decoder gave up: no reason given".into(), true)));
        assert!(!panic_is_caught());
    }
}
