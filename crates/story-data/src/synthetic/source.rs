//! The synthetic world as a source: embedded, without a file or a network.

use super::channels::World;
use super::story::SyntheticStory;
use crate::{Columns, Record, Result, Split, StorySource};
use rayon::prelude::*;
use std::collections::VecDeque;

/// Records drawn at once, on all cores; a few MB of pictures.
const AHEAD: u64 = 32;

/// A stream of synthetic stories. Record `i` depends on world, split and `i` alone: a longer
/// stream begins with the shorter one. No story of one split has plot,
/// hero, friend and object together in common with one of the other.
#[derive(Debug)]
pub struct SyntheticSource {
    world: World,
    split: Split,
    stories: usize,
    columns: Columns,
    /// Records handed out so far.
    handed: u64,
    /// The records behind them that are drawn already.
    ready: VecDeque<Result<Record>>,
}

impl SyntheticSource {
    /// The first `stories` stories of a split, pictures included.
    pub fn new(world: impl Into<World>, split: Split, stories: usize) -> Self {
        let (world, columns) = (world.into(), Columns::All);
        Self { world, split, stories, columns, handed: 0, ready: VecDeque::new() }
    }

    /// The same stream with these columns; without pictures it is many times faster.
    pub fn with_columns(mut self, columns: Columns) -> Self {
        self.columns = columns;
        self.ready.clear();
        self
    }
}

impl StorySource for SyntheticSource {
    fn describe(&self) -> String {
        format!(
            "synthetic world, seed {}, {} split, {} stories",
            self.world.seed,
            self.split.name(),
            self.stories
        )
    }

    fn len(&self) -> Option<usize> {
        Some(self.stories)
    }

    fn next_record(&mut self) -> Option<Result<Record>> {
        if self.handed >= self.stories as u64 {
            return None;
        }
        if self.ready.is_empty() {
            let end = (self.handed + AHEAD).min(self.stories as u64);
            let draw =
                |index| SyntheticStory::new(self.world, self.split, index).record(self.columns);
            let drawn: Vec<_> = (self.handed..end).into_par_iter().map(draw).collect();
            self.ready = drawn.into();
        }
        self.handed += 1;
        self.ready.pop_front()
    }
}
