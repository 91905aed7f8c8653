//! The Hub as the environment tells it, with its progress on the console.

use crate::console::{Console, LateBar};
use crate::environment;
use anyhow::Result;
use std::sync::{Mutex, PoisonError};
use story_hub::{Event, Hub, Progress};

/// The Hub; waits are told as warnings, downloads that take long as bars.
///
/// # Errors
/// Where the environment names none; see [`story_hub::HubEnvironment::from_lookup`].
pub fn open(console: Console) -> Result<Hub> {
    Ok(Hub::from_lookup(environment::lookup)?.with_progress(progress(console)))
}

fn progress(console: Console) -> Progress {
    let bar: Mutex<Option<LateBar>> = Mutex::new(None);
    Progress::new(move |event| {
        let mut bar = bar.lock().unwrap_or_else(PoisonError::into_inner);
        match event {
            Event::Waiting { url, problem, wait } => {
                let seconds = wait.as_secs_f64();
                console.warn(&format!("{url}: {problem}; trying again in {seconds:.1} s"));
            }
            Event::Started { file, done, total } => {
                let started = console.late_byte_bar(file, total.unwrap_or(0));
                started.step(done);
                *bar = Some(started);
            }
            Event::Received { bytes } => {
                if let Some(bar) = bar.as_ref() {
                    bar.step(bytes);
                }
            }
            Event::Finished => *bar = None,
            Event::Note(text) => console.warn(text),
        }
    })
}
