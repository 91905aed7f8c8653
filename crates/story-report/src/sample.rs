//! The one window that stands for a run where there is room for one: of those whose pictures were
//! saved the one whose text is nearest to the middle, neither the best nor the worst.

use crate::ranking::Ranking;
use crate::records::WindowRecord;

/// The window, and where its text stands among all.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sample<'a> {
    pub window: &'a WindowRecord,
    /// ROUGE-L of the model's text, and its place from 1 among so many.
    pub place: Option<(f64, usize, usize)>,
}

/// The sample of these windows; without saved pictures one that has a text. The first among equals.
pub(crate) fn sample(windows: &[WindowRecord]) -> Option<Sample<'_>> {
    let ranking = Ranking::of(windows);
    let nearest = |asked: fn(&WindowRecord) -> bool| {
        let candidates = windows.iter().enumerate().filter(|(_, window)| asked(window));
        candidates.min_by_key(|(at, _)| match ranking.place(*at) {
            Some((_, place)) => (2 * place).abs_diff(ranking.len() + 1),
            None => usize::MAX,
        })
    };
    let (at, window) = nearest(|window| window.target_image.is_some())
        .or_else(|| nearest(|window| window.reference.is_some()))?;
    let place = ranking.place(at).map(|(score, place)| (score, place, ranking.len()));
    Some(Sample { window, place })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluation::MODEL;

    #[test]
    fn the_sample_has_pictures_and_is_in_the_middle() {
        let window = |story: &str, told: &str, image: Option<&str>| WindowRecord {
            story: story.into(),
            reference: Some("a b c d".into()),
            texts: [(MODEL.to_string(), told.to_string())].into(),
            target_image: image.map(String::from),
            ..WindowRecord::default()
        };
        let mut windows = vec![
            window("worst", "x", Some("1.png")),
            window("middle without a picture", "a b", None),
            window("second", "a b c", Some("2.png")),
            window("best", "a b c d", Some("3.png")),
            window("fourth", "a", None),
        ];
        let chosen = sample(&windows).expect("one of them");
        assert_eq!((chosen.window.story.as_str(), chosen.place.unwrap().1), ("second", 2));
        windows.iter_mut().for_each(|window| window.target_image = None);
        assert_eq!(sample(&windows).unwrap().window.story, "middle without a picture");
        assert!(sample(&[]).is_none() && sample(&[WindowRecord::default()]).is_none());
    }
}
