//! Invented stories for the tests of sources, and how to drain a source.

#![allow(clippy::unwrap_used)] // a test fails by it, its helpers included

use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use story_core::rng;
use story_data::{Error, Record, RecordImage, StorySource};

/// Bytes of each invented picture: some weigh more than the tail that opens a shard.
const PICTURE: usize = 30_000;

/// `count` stories from number `first` on, with pictures that no compression shrinks.
pub fn stories(first: usize, count: usize) -> Vec<Record> {
    (first..first + count).map(|number| story(number, PICTURE)).collect()
}

/// One story with pictures of `bytes` bytes.
pub fn story(number: usize, bytes: usize) -> Record {
    use rand::RngCore;
    let frames = 2 + number % 3;
    let mut text = String::new();
    let images = (0..frames)
        .map(|frame| {
            let mut picture = vec![0; bytes];
            rng::rng(number as u64, &format!("picture/{frame}")).fill_bytes(&mut picture);
            text.push_str(&format!(
                "<gdi image{}>\nStory {number} goes on, “{frame}”.\n</gdi>\n",
                frame + 1
            ));
            RecordImage { bytes: Some(Arc::from(picture)), path: format!("{number}/{frame}.jpg") }
        })
        .collect();
    Record {
        story_id: format!("s{number:03}"),
        images,
        frame_count: i32::try_from(frames).ok(),
        chain_of_thought: format!("## Image 1\n\nThought {number}"),
        story: text,
    }
}

/// The same records without the pictures' bytes.
pub fn without_bytes(records: &[Record]) -> Vec<Record> {
    let mut out = records.to_vec();
    for image in out.iter_mut().flat_map(|record| &mut record.images) {
        image.bytes = None;
    }
    out
}

/// All records that are left; fails at the first error.
pub fn drain(source: &mut dyn StorySource) -> Vec<Record> {
    std::iter::from_fn(|| source.next_record()).collect::<Result<_, Error>>().unwrap()
}

/// What lies under `name` among the shared files beside the workspace; where it is absent, says so
/// in a line `skipped: ...`, by which skipped tests are counted.
pub fn shared(name: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared").join(name);
    if path.exists() {
        return Some(path);
    }
    // Not `eprintln!`, whose lines are shown of failing tests only. The line break comes first
    // because a lone thread has begun a line with the test's name.
    let line = format!("\nskipped: {} is not there\n", path.display());
    std::io::stderr().write_all(line.as_bytes()).unwrap();
    None
}
