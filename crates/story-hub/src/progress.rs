//! What is told of a request or a download while it goes on.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// What happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event<'a> {
    /// A request failed and is made again after `wait`; with too many requests (429) that is what
    /// the server asked for.
    Waiting {
        /// What is asked for.
        url: &'a str,
        /// Why it failed.
        problem: &'a str,
        /// How long until the next attempt.
        wait: Duration,
    },
    /// A file begins to come, or goes on.
    Started {
        /// Its name.
        file: &'a str,
        /// Bytes that are there already.
        done: u64,
        /// Bytes in all, where that is known.
        total: Option<u64>,
    },
    /// So many bytes more of the file that was started last.
    Received {
        /// Bytes since the last event.
        bytes: u64,
    },
    /// The file that was started last is whole.
    Finished,
    /// Something to know: a line.
    Note(&'a str),
}

/// Who is told; clones tell the same listener.
#[derive(Clone)]
pub struct Progress(Arc<dyn Fn(Event<'_>) + Send + Sync>);

impl Progress {
    /// Tells `listener`, from whatever thread something happens on.
    pub fn new(listener: impl Fn(Event<'_>) + Send + Sync + 'static) -> Self {
        Self(Arc::new(listener))
    }

    /// Tells nobody.
    pub fn silent() -> Self {
        Self::new(|_| {})
    }

    pub(crate) fn tell(&self, event: Event<'_>) {
        (self.0)(event);
    }
}

impl fmt::Debug for Progress {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Progress")
    }
}
