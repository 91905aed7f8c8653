//! Retrieval: where the true next picture stands in several pools, and whether pictures and texts
//! find each other.
//!
//! | baseline of the next picture | likeness |
//! |---|---|
//! | `last-frame` | to the last picture of the context |
//! | `last-frame-raw` | the same by the frozen encoder's own vectors |
//! | `context-mean` | to the mean of the context's pictures |
//! | `context-mean-shown-last` | the same, what the context shows behind all else |
//! | `colour-histogram` | to the mean of the context's colour histograms, what it shows behind all else |
//! | `colour-histogram-nearest` | to the nearest of them, likewise |

use super::colour_histogram::ByColour;
use super::evaluator::{Evaluator, MODEL};
use super::outputs::Outputs;
use super::pools::Pools;
use super::ranks;
use crate::error::Result;
use candle_core::Tensor;
use story_data::window::StoryWindow;
use story_report::System;
use story_report::records::WindowRecord;

/// Adds the ranks of all searches to the records.
pub fn add(
    evaluator: &Evaluator,
    windows: &[StoryWindow],
    outputs: &Outputs,
    records: &mut [WindowRecord],
) -> Result<()> {
    let placed = &outputs.placed_pictures;
    let head = evaluator.model().embedding_head();
    let (last, mean) = (&outputs.last_pictures, &outputs.mean_pictures);
    let rows = |scores: Tensor| scores.to_vec2::<f32>(); // (N, N)
    let known = &outputs.has_picture;
    let pools = Pools::new(windows, known, evaluator.config().seed);
    let by_mean = rows(cosines(mean, placed)?)?;
    let colours = ByColour::of(evaluator, windows);
    evaluator.go_on()?;
    let mut searches = vec![
        (MODEL.to_string(), rows(head.scores(&outputs.next, placed)?)?),
        (System::LastFrame.name().to_string(), rows(cosines(last, placed)?)?),
        (System::ContextMeanShownLast.name().to_string(), shown_last(&by_mean, &pools)),
        (System::ContextMean.name().to_string(), by_mean),
        (System::ColourHistogram.name().to_string(), shown_last(&colours.to_mean, &pools)),
        (
            System::ColourHistogramNearest.name().to_string(),
            shown_last(&colours.to_nearest, &pools),
        ),
    ];
    // The encoder's own vectors, before anything learned: what a prediction must beat.
    if let Some(raw) = &outputs.raw {
        let scores = rows(cosines(&raw.last, &raw.targets)?)?;
        searches.push((System::LastFrameRaw.name().to_string(), scores));
    }
    for variant in &outputs.variants {
        if let Some(next) = variant.next()? {
            searches.push((variant.name.clone(), rows(head.scores(&next, placed)?)?));
        }
    }
    let distinct = pools.distinct();
    for (system, scores) in searches {
        for (window, (row, record)) in scores.iter().zip(records.iter_mut()).enumerate() {
            let all = ranks::rank(row, window, known);
            record.next_frame.extend(all.map(|rank| (system.clone(), rank)));
            let asked = pools.of(window).into_iter();
            for (pool, members) in asked.filter(|(pool, _)| distinct.contains(pool)) {
                let Some(rank) = ranks::rank(row, window, &members) else {
                    continue;
                };
                // A pool of one is no question.
                if rank.pool > 1 {
                    let ranks = record.next_frame_pools.entry(pool).or_default();
                    ranks.insert(system.clone(), rank);
                }
            }
        }
    }
    let both: Vec<bool> = known
        .iter()
        .zip(records.iter())
        .map(|(picture, record)| *picture && record.reference.is_some())
        .collect();
    let (pictures, texts) = (&outputs.target_pictures, &outputs.target_texts);
    let to_text = ranks::ranks(&cosines(pictures, texts)?, &both)?;
    let to_image = ranks::ranks(&cosines(texts, pictures)?, &both)?;
    for ((record, to_text), to_image) in records.iter_mut().zip(to_text).zip(to_image) {
        let named = |rank| (MODEL.to_string(), rank);
        record.image_to_text.extend(to_text.map(named));
        record.text_to_image.extend(to_image.map(named));
    }
    Ok(())
}

/// The same scores, with the targets that a window's context shows behind all others.
fn shown_last(scores: &[Vec<f32>], pools: &Pools<'_>) -> Vec<Vec<f32>> {
    /// More than two cosines can be apart.
    const BEHIND: f32 = 4.0;
    let rows = scores.iter().enumerate();
    rows.map(|(window, row)| {
        let shown = pools.shown(window);
        row.iter().zip(shown).map(|(score, is)| if is { score - BEHIND } else { *score }).collect()
    })
    .collect()
}

/// `queries (N, E)` and `pool (M, E)`, all of length 1, to `(N, M)`.
pub(super) fn cosines(queries: &Tensor, pool: &Tensor) -> Result<Tensor> {
    Ok(queries.matmul(&pool.t()?.contiguous()?)?)
}
