//! Batches made ahead by a background thread, and the order in which an epoch visits windows.
//!
//! One thread walks the plan from front to back, so the order of batches is the plan's; within a
//! batch, pictures are decoded by the shared pool of threads. The channel is bounded: at most
//! `depth` batches wait, one more is in the making.

use crate::collate::Collator;
use crate::split::shuffle;
use crate::window::StoryWindow;
use crate::{Error, Result};
use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::JoinHandle;
use story_core::{Batch, Story};

/// More waiting batches than this only hold memory.
pub const MAX_DEPTH: usize = 64;

/// What to do with the windows left over at the end of an epoch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LastBatch {
    /// They make a smaller batch.
    Keep,
    /// They are left out this time (a contrastive loss has no negatives in a batch of one).
    Drop,
}

/// The order in which epoch `epoch` visits `count` windows: a shuffle by the run's seed that
/// depends on nothing else, so that a resumed run visits them as an unbroken one does.
pub fn epoch_order(count: usize, seed: u64, epoch: u64) -> Vec<usize> {
    let mut order: Vec<usize> = (0..count).collect();
    shuffle(&mut order, seed, &format!("epoch/{epoch}"));
    order
}

/// The windows at `order`, in batches of `size`, from batch `first` on; the batches of a resumed
/// run are the tail of the unbroken run's.
///
/// # Errors
/// [`Error::Config`] if `size` is 0 or the order names a window that does not exist.
pub fn batches(
    windows: &[StoryWindow],
    order: &[usize],
    size: usize,
    last: LastBatch,
    first: usize,
) -> Result<Vec<Vec<StoryWindow>>> {
    if size == 0 {
        return Err(Error::Config("the batch size is 0; expected 1 or more windows".into()));
    }
    order
        .chunks(size)
        .filter(|chunk| last == LastBatch::Keep || chunk.len() == size)
        .skip(first)
        .map(|chunk| {
            let window = |index: &usize| {
                windows.get(*index).cloned().ok_or_else(|| {
                    Error::Config(format!(
                        "the epoch's order names window {index} of {}; make it for the same \
                         windows",
                        windows.len()
                    ))
                })
            };
            chunk.iter().map(window).collect()
        })
        .collect()
}

/// An iterator over prepared batches, in the plan's order. After an error it ends. Dropping it
/// stops the thread, at the latest when the batch in the making is done.
#[derive(Debug)]
pub struct Prefetch {
    /// `None` only while dropping: the thread sees its channel closed and ends.
    receiver: Option<Receiver<Result<Batch>>>,
    worker: Option<JoinHandle<()>>,
}

impl Prefetch {
    /// Collates `plan` ahead, at most `depth` batches waiting.
    ///
    /// # Errors
    /// [`Error::Config`] if `depth` is not 1 to 64; [`Error::Core`] if no thread can be had.
    pub fn new(
        collator: Arc<Collator>,
        stories: Arc<[Story]>,
        plan: Vec<Vec<StoryWindow>>,
        depth: usize,
    ) -> Result<Self> {
        Self::with(plan, depth, move |windows: &[StoryWindow]| collator.collate(&stories, windows))
    }

    /// The same with any way of making a batch.
    ///
    /// # Errors
    /// As [`new`](Self::new).
    pub fn with(
        plan: Vec<Vec<StoryWindow>>,
        depth: usize,
        prepare: impl Fn(&[StoryWindow]) -> Result<Batch> + Send + 'static,
    ) -> Result<Self> {
        if !(1..=MAX_DEPTH).contains(&depth) {
            return Err(Error::Config(format!(
                "the prefetch depth is {depth}; expected 1 to {MAX_DEPTH} batches"
            )));
        }
        let (sender, receiver) = sync_channel(depth);
        let worker = std::thread::Builder::new()
            .name("prefetch".into())
            .spawn(move || work(plan, &sender, prepare))
            .map_err(|error| {
                environment(format!("no thread can be started to prepare batches: {error}"))
            })?;
        Ok(Self { receiver: Some(receiver), worker: Some(worker) })
    }
}

impl Iterator for Prefetch {
    type Item = Result<Batch>;

    fn next(&mut self) -> Option<Self::Item> {
        self.receiver.as_ref()?.recv().ok()
    }
}

impl Drop for Prefetch {
    fn drop(&mut self) {
        self.receiver = None;
        if let Some(worker) = self.worker.take() {
            // Panics inside the thread were caught there and sent as errors.
            let _ = worker.join();
        }
    }
}

fn work(
    plan: Vec<Vec<StoryWindow>>,
    sender: &SyncSender<Result<Batch>>,
    prepare: impl Fn(&[StoryWindow]) -> Result<Batch>,
) {
    for (index, windows) in plan.into_iter().enumerate() {
        // What a panic could leave half-made is dropped with the thread.
        let made = catch_unwind(AssertUnwindSafe(|| prepare(&windows)));
        let batch = made.unwrap_or_else(|panic| {
            Err(environment(format!(
                "preparing batch {index} of this epoch panicked, which is a bug of this program: \
                 {}; please report it",
                panic_message(panic.as_ref())
            )))
        });
        let failed = batch.is_err();
        if sender.send(batch).is_err() || failed {
            return;
        }
    }
}

fn environment(message: String) -> Error {
    Error::Core(story_core::Error::Environment(message))
}

fn panic_message(panic: &(dyn Any + Send)) -> &str {
    panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("no message")
}
