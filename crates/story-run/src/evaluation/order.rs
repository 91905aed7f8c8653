//! The model as a judge of order: given the story so far, does it find the true next text among the
//! other pages of the same book? Nothing is generated: candidates are ranked by the mean log
//! probability of their tokens, the end among them, so that long texts do not lose by their length.
//!
//! The pool is the text to tell and all texts of its story that the context does not show. Beside the
//! model stands `copy-last`: the candidate most like the last text told, by chrF++ in lower case.

use super::evaluator::{Evaluator, MODEL};
use super::ranks;
use crate::decoding::{Continuation, likeness};
use crate::error::Result;
use std::collections::{BTreeMap, BTreeSet};
use story_data::window::StoryWindow;
use story_model::{Candidate, Utility};
use story_report::System;
use story_report::records::RankRecord;

/// Ranks by system, of one window.
pub type Ranks = BTreeMap<String, RankRecord>;

/// A window's candidates, the true one first; none where there is no choice.
struct Pages<'a> {
    texts: Vec<&'a str>,
    /// The last text that was told before.
    last: &'a str,
}

/// Where the true next text of each of `windows` stands, that were read for `telling`.
///
/// # Errors
/// Those of the tokenizer and the decoder.
pub fn ranks(
    evaluator: &Evaluator,
    windows: &[StoryWindow],
    telling: &Continuation<'_>,
) -> Result<Vec<Ranks>> {
    let pages: Vec<Pages<'_>> = windows.iter().map(|window| pages(evaluator, window)).collect();
    let (tokenizer, most) = evaluator.network.told();
    let mut candidates = Vec::new();
    for (window, pages) in pages.iter().enumerate() {
        for text in &pages.texts {
            let row = tokenizer.encode(text, most)?;
            let real = row.ids.iter().zip(&row.mask).filter(|(_, mask)| **mask > 0.0);
            candidates.push(Candidate { window, tokens: real.map(|(id, _)| *id).collect() });
        }
    }
    let mut means = telling.means(&candidates)?.into_iter();
    let ranked = pages.iter().map(|pages| {
        let count = pages.texts.len();
        let model: Vec<f32> = means.by_ref().take(count).map(|mean| -mean as f32).collect();
        let last = pages.last.to_lowercase();
        let like = pages
            .texts
            .iter()
            .map(|text| likeness(&text.to_lowercase(), &last, Utility::ChrfPlusPlus) as f32);
        let systems =
            [(MODEL, model), (System::CopyLast.name(), like.collect::<Vec<f32>>())].into_iter();
        let all = vec![true; count];
        let ranks = systems.filter_map(|(system, scores)| {
            let rank = (count > 1).then(|| ranks::rank(&scores, 0, &all)).flatten()?;
            Some((system.to_string(), rank))
        });
        ranks.collect()
    });
    Ok(ranked.collect())
}

fn pages<'a>(evaluator: &'a Evaluator, window: &StoryWindow) -> Pages<'a> {
    let frames = &evaluator.corpus.stories[window.story].frames;
    let real = window.context.iter().filter(|slot| !slot.padding).map(|slot| slot.frame);
    let shown: BTreeSet<usize> = real.collect();
    let last = shown.last().map_or("", |frame| frames[*frame].text.trim());
    let of = |frame: usize| frames[frame].text.trim();
    let others =
        (0..frames.len()).filter(|frame| *frame != window.target && !shown.contains(frame));
    let mut texts: Vec<&str> = [window.target].into_iter().chain(others).map(of).collect();
    if texts[0].is_empty() {
        texts.clear();
    }
    texts.retain(|text| !text.is_empty());
    Pages { texts, last }
}
