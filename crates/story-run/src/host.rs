//! What the program around brings: where progress is shown, whether somebody asked to stop, the
//! environment, and from which commit it was built. Nothing in this crate prints, listens to signals or reads variables by itself.

#[cfg(test)]
pub(crate) mod testing;

use crate::error::Result;
use crate::run_folder::RunFolder;
use crate::stop::Stop;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use story_files::{FolderLock, LockError};
use story_hub::{Event, Hub, HubEnvironment};

/// Where progress is shown.
pub trait Progress: Send + Sync {
    /// A line of information.
    fn say(&self, text: &str);

    /// Something that the user should know even when all else is quiet.
    fn warn(&self, text: &str);

    /// A bar over `length` steps under a name of a word or two; it ends when it is dropped.
    fn bar(&self, name: &str, length: u64) -> Box<dyn Bar>;

    /// The same over the bytes of a file that comes from afar.
    fn byte_bar(&self, name: &str, length: u64) -> Box<dyn Bar> {
        self.bar(name, length)
    }
}

/// Steps of something that takes a while; many threads may step it.
pub trait Bar: Send + Sync {
    /// So many steps more are done.
    fn step(&self, steps: u64);

    /// Stands at `position`, with a word on how it goes.
    fn stand(&self, position: u64, message: &str);

    /// A line beside the bar, which stays.
    fn say(&self, text: &str);

    /// Whether anybody sees the bar; where not, a line now and then tells how far it is.
    fn is_shown(&self) -> bool;
}

/// Looks up an environment variable by name; `None` where it is not set.
pub type Lookup = dyn Fn(&str) -> Option<String> + Send + Sync;

/// What the program around brings; clones share it.
#[derive(Clone)]
pub struct Host {
    progress: Arc<dyn Progress>,
    stop: Stop,
    environment: Arc<Lookup>,
    commit: Option<&'static str>,
}

impl Host {
    /// Shows progress in `progress`, stops by `stop`, and finds the Hub by the variables that
    /// `environment` looks up (`HF_HOME`, `HF_TOKEN`, `HF_ENDPOINT` and the others).
    pub fn new(progress: Arc<dyn Progress>, stop: Stop, environment: Arc<Lookup>) -> Self {
        Self { progress, stop, environment, commit: None }
    }

    /// The same of a program that was built from the sources of `commit`.
    #[must_use]
    pub fn built_from(self, commit: &'static str) -> Self {
        Self { commit: Some(commit), ..self }
    }

    /// The commit of the sources that the program was built from; `None` where it is not known.
    pub fn commit(&self) -> Option<&'static str> {
        self.commit
    }

    /// For tests and for programs that show nothing: no progress, no stop, no variables, so that
    /// the Hub has no cache.
    pub fn silent() -> Self {
        Self::new(Arc::new(Silence), Stop::default(), Arc::new(|_: &str| None))
    }

    /// The same with warnings as all that is said.
    #[must_use]
    pub fn hushed(&self) -> Self {
        Self { progress: Arc::new(WarningsOnly(self.progress.clone())), ..self.clone() }
    }

    /// A line of information.
    pub fn say(&self, text: &str) {
        self.progress.say(text);
    }

    /// Something that the user should know even when all else is quiet.
    pub fn warn(&self, text: &str) {
        self.progress.warn(text);
    }

    /// A bar over `length` steps; it ends when it is dropped.
    pub fn bar(&self, name: &str, length: u64) -> Box<dyn Bar> {
        self.progress.bar(name, length)
    }

    /// Whether somebody asked to stop.
    pub fn stop(&self) -> &Stop {
        &self.stop
    }

    /// Keeps other processes out of `folder` until the lock is dropped; says where the disk cannot.
    ///
    /// # Errors
    /// Where another process is at work in it, or no file can be made in it.
    pub(crate) fn hold(&self, folder: &Path) -> Result<FolderLock, LockError> {
        let lock = FolderLock::take(folder)?;
        self.warn_of(&lock);
        Ok(lock)
    }

    /// The same of a run's folder, in which a checkpoint whose replacement was cut short is repaired.
    ///
    /// # Errors
    /// As [`hold`](Self::hold), or where the disk refuses.
    pub(crate) fn hold_run(&self, folder: &RunFolder) -> Result<FolderLock> {
        let lock = folder.take()?;
        self.warn_of(&lock);
        Ok(lock)
    }

    /// Says where `lock` keeps nobody out.
    pub(crate) fn warn_of(&self, lock: &FolderLock) {
        if let Some(warning) = lock.warning() {
            self.warn(warning);
        }
    }

    /// The Hub where `asked`, else one that nobody asks: what is local must not need the Hub's
    /// variables.
    ///
    /// # Errors
    /// As [`hub`](Self::hub).
    pub(crate) fn hub_if(&self, asked: bool) -> Result<Hub> {
        match asked {
            true => self.hub(),
            false => Ok(Hub::new(HubEnvironment::new("", ""))),
        }
    }

    /// The Hub as the environment describes it; asked for when the Hub is, and not before. Waits are
    /// told as warnings, files that come as bars.
    ///
    /// # Errors
    /// Variables that are no address, token or folder.
    pub fn hub(&self) -> Result<Hub> {
        let hub = Hub::from_lookup(|name| (self.environment)(name))?;
        Ok(hub.with_progress(self.hub_progress()))
    }

    fn hub_progress(&self) -> story_hub::Progress {
        let (progress, bar) = (self.progress.clone(), Mutex::new(None));
        story_hub::Progress::new(move |event| {
            let mut bar = bar.lock().unwrap_or_else(PoisonError::into_inner);
            match event {
                Event::Waiting { url, problem, wait } => {
                    let seconds = wait.as_secs_f64();
                    progress.warn(&format!("{url}: {problem}; trying again in {seconds:.1} s"));
                }
                Event::Started { file, done, total } => {
                    let started = progress.byte_bar(file, total.unwrap_or(0));
                    started.step(done);
                    *bar = Some(started);
                }
                Event::Received { bytes } => {
                    if let Some(bar) = bar.as_ref() {
                        bar.step(bytes);
                    }
                }
                Event::Finished => *bar = None,
                Event::Note(text) => progress.warn(text),
            }
        })
    }
}

impl std::fmt::Debug for Host {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Host").field("stop", &self.stop).finish_non_exhaustive()
    }
}

/// Shows nothing.
struct Silence;

impl Progress for Silence {
    fn say(&self, _text: &str) {}

    fn warn(&self, _text: &str) {}

    fn bar(&self, _name: &str, _length: u64) -> Box<dyn Bar> {
        Box::new(Self)
    }
}

impl Bar for Silence {
    fn step(&self, _steps: u64) {}

    fn stand(&self, _position: u64, _message: &str) {}

    fn say(&self, _text: &str) {}

    fn is_shown(&self) -> bool {
        false
    }
}

/// Shows warnings alone.
struct WarningsOnly(Arc<dyn Progress>);

impl Progress for WarningsOnly {
    fn say(&self, _text: &str) {}

    fn warn(&self, text: &str) {
        self.0.warn(text);
    }

    fn bar(&self, _name: &str, _length: u64) -> Box<dyn Bar> {
        Box::new(Silence)
    }
}
