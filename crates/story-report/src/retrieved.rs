//! What the model retrieved in a window, with right and wrong marked; the page and the figure show
//! the same.

use crate::evaluation::MODEL;
use crate::records::WindowRecord;

/// A retrieved frame.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Hit<'a> {
    pub image: &'a str,
    pub mark: Mark,
    /// Where the frame is from; `None` in records that do not say it.
    pub origin: Option<(&'a str, usize)>,
    pub cosine: Option<f64>,
}

/// How a retrieved frame relates to the target.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mark {
    /// It is the target.
    Right,
    /// Another frame of the target's story.
    SameStory,
    /// A frame of another story.
    Wrong,
    /// The records do not say.
    Unknown,
}

impl Mark {
    /// The mark in words, so that it does not hang on a colour.
    pub fn name(self) -> &'static str {
        match self {
            Self::Right => "right",
            Self::SameStory => "same story",
            Self::Wrong => "wrong",
            Self::Unknown => "",
        }
    }
}

/// The retrieved frames, best first.
pub(crate) fn hits(window: &WindowRecord) -> Vec<Hit<'_>> {
    if !window.retrieved.is_empty() {
        let hit = |record| hit(window, record);
        return window.retrieved.iter().map(hit).collect();
    }
    // Older records name pictures only. The target's rank tells which one is right: so many items
    // stand before it, and where nothing is tied its place is known.
    let rank = window.next_frame.get(MODEL).filter(|rank| rank.ties == 0);
    let images = window.nearest_images.iter().enumerate();
    images
        .map(|(at, image)| Hit {
            image,
            mark: match rank {
                None => Mark::Unknown,
                Some(rank) if rank.better == at as u64 => Mark::Right,
                Some(_) => Mark::Wrong,
            },
            origin: None,
            cosine: None,
        })
        .collect()
}

fn hit<'a>(window: &WindowRecord, record: &'a crate::records::RetrievedRecord) -> Hit<'a> {
    let mark = match (record.story == window.story, record.frame == window.target) {
        (true, true) => Mark::Right,
        (true, false) => Mark::SameStory,
        (false, _) => Mark::Wrong,
    };
    Hit {
        image: &record.image,
        mark,
        origin: Some((&record.story, record.frame)),
        cosine: record.cosine.filter(|cosine| cosine.is_finite()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::records::{RankRecord, RetrievedRecord};

    #[test]
    fn right_is_the_target_and_nothing_else() {
        let record = |story: &str, frame| RetrievedRecord {
            story: story.to_string(),
            frame,
            ..RetrievedRecord::default()
        };
        let mut window = WindowRecord {
            story: "a".into(),
            target: 5,
            retrieved: vec![record("b", 5), record("a", 4), record("a", 5)],
            ..WindowRecord::default()
        };
        let marks = |window: &WindowRecord| -> Vec<Mark> {
            hits(window).iter().map(|hit| hit.mark).collect()
        };
        assert_eq!(marks(&window), [Mark::Wrong, Mark::SameStory, Mark::Right]);
        window.retrieved.clear();
        window.nearest_images = vec!["x".into(), "y".into()];
        assert_eq!(marks(&window), [Mark::Unknown; 2]);
        let mut rank = RankRecord { better: 1, ties: 0, pool: 9 };
        window.next_frame.insert(MODEL.into(), rank);
        assert_eq!(marks(&window), [Mark::Wrong, Mark::Right]);
        rank.ties = 1;
        window.next_frame.insert(MODEL.into(), rank);
        assert_eq!(marks(&window), [Mark::Unknown; 2], "the tie may hide it");
    }
}
