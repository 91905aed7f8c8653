//! Draws a contact sheet of the synthetic world, one story a row, and prints where it lies.
//!
//! ```text
//! cargo run --release -p story-data --example contact_sheet -- [FILE.png] [STORIES] [SEED]
//! ```
// A program, not library code: it reads its arguments and prints.
#![allow(clippy::disallowed_methods, clippy::print_stdout)]

use image::{RgbImage, imageops};
use story_data::Split;
use story_data::synthetic::{SIDE, STEPS, SyntheticStory};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let path = arguments.next().unwrap_or_else(|| {
        let name = "story-contact-sheet.png";
        std::env::temp_dir().join(name).display().to_string()
    });
    let stories = arguments.next().map_or(Ok(6), |n| n.parse::<u32>())?;
    let seed = arguments.next().map_or(Ok(0), |n| n.parse::<u64>())?;
    let side = SIDE as u32;
    let mut sheet = RgbImage::new(side * *STEPS.end() as u32, side * stories);
    for index in 0..u64::from(stories) {
        let story = SyntheticStory::new(seed, Split::Train, index);
        for (step, text) in story.texts().iter().enumerate() {
            let picture = story.picture(step + 1);
            let tile = RgbImage::from_raw(side, side, picture.rgb).ok_or("a picture's size")?;
            let (x, y) = ((SIDE * step) as i64, i64::from(side) * index as i64);
            imageops::replace(&mut sheet, &tile, x, y);
            println!("{} {}: {text}", story.id(), step + 1);
        }
    }
    sheet.save(&path)?;
    println!("{path}");
    Ok(())
}
