//! A host that remembers what it was told, for tests.

use super::{Bar, Host, Progress};
use crate::stop::Stop;
use std::sync::{Arc, Mutex, PoisonError};

/// What was said and warned of, in order.
#[derive(Default)]
pub(crate) struct Heard {
    said: Mutex<Vec<String>>,
    warned: Mutex<Vec<String>>,
}

impl Heard {
    /// One that remembers, and a host that tells it.
    pub fn with_host() -> (Arc<Self>, Host) {
        let heard = Arc::new(Self::default());
        let host = Host::new(heard.clone(), Stop::default(), Arc::new(|_: &str| None));
        (heard, host)
    }

    /// What was said so far.
    pub fn said(&self) -> Vec<String> {
        self.said.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// What was warned of so far.
    pub fn warned(&self) -> Vec<String> {
        self.warned.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Progress for Heard {
    fn say(&self, text: &str) {
        self.said.lock().unwrap_or_else(PoisonError::into_inner).push(text.into());
    }

    fn warn(&self, text: &str) {
        self.warned.lock().unwrap_or_else(PoisonError::into_inner).push(text.into());
    }

    fn bar(&self, name: &str, length: u64) -> Box<dyn Bar> {
        Host::silent().bar(name, length)
    }
}
