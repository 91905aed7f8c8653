//! Pictures of the windows that the report shows: a third each of the best, the middle and the
//! worst by ROUGE-L of the model's text, so that the gallery neither flatters nor slanders.

use super::evaluator::{Evaluator, MODEL};
use super::outputs::Outputs;
use super::ranks::best;
use super::retrieval::cosines;
use super::sample_details;
use crate::error::Result;
use crate::run_folder::RunFolder;
use story_data::window::StoryWindow;
use story_metrics::{RougeKind, rouge};
use story_pictures::Picture;
use story_report::records::{BoxRecord, RetrievedRecord, WindowRecord};

/// Nearest frames shown beside each prediction.
const NEAREST: usize = 3;
/// Windows whose attention is shown.
const MAPS: usize = 3;
/// JPEG quality of the saved pictures.
const QUALITY: u8 = 85;

/// A frame's picture in the run's folder.
struct Saved {
    /// The file, below the folder.
    name: String,
    /// What its frame has boxes for.
    boxes: Vec<BoxRecord>,
}

/// Saves the chosen windows' pictures under `samples/` and names them in the records.
pub fn save(
    evaluator: &Evaluator,
    folder: &RunFolder,
    windows: &[StoryWindow],
    outputs: &Outputs,
    records: &mut [WindowRecord],
) -> Result<()> {
    let size = evaluator.config().data.target_size;
    let chosen = choose(records, evaluator.config().evaluate.samples)?;
    let head = evaluator.model().embedding_head();
    let scores = head.scores(&outputs.next, &outputs.placed_pictures)?; // (N, N)
    let cosines = cosines(&outputs.next.embedding, &outputs.placed_pictures)?.to_vec2::<f32>()?;
    let near = best(&scores, &outputs.has_picture, NEAREST)?;
    let save = |name: String, story: usize, frame: usize| -> Result<Option<Saved>> {
        let Some(picture) = evaluator.decoded(story, frame) else {
            return Ok(None);
        };
        let Some(square) = evaluator.square(&picture) else {
            return Ok(None);
        };
        folder.write(&name, &square.to_jpeg(QUALITY)?)?;
        let frame = &evaluator.corpus.stories[story].frames[frame];
        let boxes = sample_details::boxes(evaluator, frame, picture.dimensions());
        Ok(Some(Saved { name, boxes }))
    };
    for (number, &index) in chosen.iter().enumerate() {
        let (window, record) = (&windows[index], &mut records[index]);
        let name = |what: &str| format!("samples/{:03}-{what}", number + 1);
        for (step, slot) in window.context.iter().enumerate() {
            let file = name(&format!("step{}.jpg", step + 1));
            if let Some(saved) = save(file, window.story, slot.frame)? {
                record.context[step].image = Some(saved.name);
                record.context[step].boxes = saved.boxes;
            }
        }
        if let Some(saved) = save(name("target.jpg"), window.story, window.target)? {
            record.target_image = Some(saved.name);
            record.target_boxes = saved.boxes;
        }
        if let Some(picture) = outputs.pictures.get(index) {
            let predicted = name("predicted.png");
            folder.write(&predicted, &Picture::from_planes(picture, size)?.to_png()?)?;
            record.predicted_image = Some(predicted);
        }
        if evaluator.paints()
            && let Some(sources) = sample_details::sources(evaluator, window)?
        {
            let file = name("sources.png");
            folder.write(&file, &sources.to_png()?)?;
            record.sources_image = Some(file);
        }
        for (place, &other) in near[index].iter().enumerate() {
            let file = name(&format!("nearest{}.jpg", place + 1));
            let cosine = cosines[index][other];
            let other = &windows[other];
            if let Some(saved) = save(file, other.story, other.target)? {
                record.retrieved.push(RetrievedRecord {
                    image: saved.name,
                    story: evaluator.corpus.stories[other.story].id.clone(),
                    frame: other.target,
                    cosine: Some(f64::from(cosine)),
                });
            }
        }
        if number < MAPS {
            let text = record.texts.get(MODEL).map_or("", String::as_str);
            record.attention.extend(sample_details::attention(evaluator, window, text)?);
        }
    }
    Ok(())
}

/// Indices of the best, middle and worst windows, `count` in all, best first.
fn choose(records: &[WindowRecord], count: usize) -> Result<Vec<usize>> {
    let mut scored: Vec<(f64, usize)> = Vec::new();
    for (index, record) in records.iter().enumerate() {
        let text = record.texts.get(MODEL).map_or("", String::as_str);
        let score = match &record.reference {
            Some(reference) => rouge(RougeKind::RougeL, text, &[reference])?.f1,
            None => 0.0,
        };
        scored.push((score, index));
    }
    scored.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
    let count = count.min(scored.len());
    let (best, worst) = (count.div_ceil(3), count / 3);
    let middle = count - best - worst;
    let start = (scored.len() - middle) / 2;
    let order = |range: std::ops::Range<usize>| scored[range].iter().map(|(_, index)| *index);
    let mut chosen: Vec<usize> = order(0..best)
        .chain(order(start..start + middle))
        .chain(order(scored.len() - worst..scored.len()))
        .collect();
    // In a small pool the thirds can meet; each window is shown once.
    let mut seen = std::collections::BTreeSet::new();
    chosen.retain(|index| seen.insert(*index));
    Ok(chosen)
}
