//! What the report shows of sample windows beside their pictures and texts: the boxes of a frame's
//! entities, and where the text decoder looked.

use super::evaluator::Evaluator;
use crate::error::Result;
use candle_core::Tensor;
use story_core::{EntityKind, Frame, Pass};
use story_data::window::StoryWindow;
use story_pictures::{Picture, shown_region};
use story_report::records::{AttentionRecord, BoxRecord};

/// Words of the context that a map names; the others share a column.
const COLUMNS: usize = 24;

/// The boxes of a frame's entities in pixels of its saved picture, a square of the decoder's size
/// made of one of `dimensions`.
pub fn boxes(evaluator: &Evaluator, frame: &Frame, dimensions: (u32, u32)) -> Vec<BoxRecord> {
    let size = evaluator.config().data.target_size;
    let fit = evaluator.config().data.picture.fit;
    let [left, top, width, height] = shown_region(dimensions, size, fit);
    let side = size as f64;
    let x = |x: f32| ((f64::from(x) - left) * side / width).clamp(0.0, side);
    let y = |y: f32| ((f64::from(y) - top) * side / height).clamp(0.0, side);
    let record = |entity: &story_core::Entity| {
        let bounds = entity.bounding_box?;
        let record = BoxRecord {
            kind: kind(entity.id.kind).into(),
            id: entity.id.to_string(),
            label: if entity.name.is_empty() {
                entity.description.clone()
            } else {
                entity.name.clone()
            },
            x1: x(bounds.x1),
            y1: y(bounds.y1),
            x2: x(bounds.x2),
            y2: y(bounds.y2),
        };
        // What the square cuts away has no box.
        (record.x2 > record.x1 && record.y2 > record.y1).then_some(record)
    };
    frame.entities.iter().filter_map(record).collect()
}

fn kind(kind: EntityKind) -> &'static str {
    match kind {
        EntityKind::Character => "character",
        EntityKind::Object => "object",
        EntityKind::Background => "background",
        EntityKind::Landmark => "landmark",
    }
}

/// Where the text decoder looked back to while it told `text`; `None` for decoders that do not copy
/// and for windows without words.
pub fn attention(
    evaluator: &Evaluator,
    window: &StoryWindow,
    text: &str,
) -> Result<Option<AttentionRecord>> {
    let stories = &evaluator.corpus.stories;
    let batch = evaluator
        .collator
        .collate(stories, std::slice::from_ref(window))?
        .to_device(&evaluator.network.device)?;
    let context = evaluator.model().read(&batch, &Pass::Eval)?;
    let (tokenizer, most) = evaluator.network.told();
    let told = tokenizer.encode(text, most)?;
    let length = told.mask.iter().filter(|mask| **mask > 0.0).count();
    let Some(last) = length.checked_sub(1).filter(|last| *last > 0) else {
        return Ok(None);
    };
    let given = Tensor::from_slice(&told.ids[..last], (1, last), &evaluator.network.device)?; // (1, L)
    let decoder = evaluator.model().text_decoder();
    let states = decoder.states(&context, &given, &Pass::Eval)?;
    let (Some(copy), Some(words)) = (states.copy, context.words) else {
        return Ok(None);
    };
    let weights = copy.log_weights.exp()?.squeeze(0)?.to_vec2::<f32>()?; // (L, W)
    let ids = words.tokens.squeeze(0)?.to_vec1::<u32>()?; // (W,)
    let mask = words.mask.squeeze(0)?.to_vec1::<f32>()?;
    let piece = |id: u32| tokenizer.piece(id);
    let (columns, weights) = strongest(&weights, &mask, |place| piece(ids[place]));
    if columns.is_empty() {
        return Ok(None);
    }
    Ok(Some(AttentionRecord {
        title: "text decoder, looking back at the context's words".into(),
        rows_are: "word written".into(),
        columns_are: "context word".into(),
        rows: told.ids[1..=last].iter().map(|id| piece(*id)).collect(),
        columns,
        weights,
    }))
}

/// Colors of a mixed picture's sources: the context's first and last picture, with those between them in
/// between, the remembered picture, and the painted one.
const FIRST_SHOWN: [f32; 3] = [0.75, 0.87, 0.95];
const LAST_SHOWN: [f32; 3] = [0.0, 0.27, 0.45];
const REMEMBERED: [f32; 3] = [0.0, 0.62, 0.45];
const PAINTED: [f32; 3] = [0.9, 0.62, 0.0];

/// Where the places of the picture are from that the model paints of `window`: each source's color by
/// its share. `None` where the picture is no mixture.
pub fn sources(evaluator: &Evaluator, window: &StoryWindow) -> Result<Option<Picture>> {
    let stories = &evaluator.corpus.stories;
    let batch = evaluator.collator.collate(stories, std::slice::from_ref(window))?;
    let batch = batch.to_device(&evaluator.network.device)?;
    let context = evaluator.model().read(&batch, &Pass::Eval)?;
    let Some(shares) = evaluator.model().image_decoder().shares(&context)? else {
        return Ok(None);
    };
    let shares = shares.squeeze(0)?; // (S, h, w)
    let side = shares.dim(1)?;
    let shares = shares.flatten_from(1)?.to_vec2::<f32>()?;
    Ok(Some(Picture::from_planes(&colored(&shares), side)?))
}

/// `(3, places)` of shares by source, the frames first.
fn colored(shares: &[Vec<f32>]) -> Vec<f32> {
    let frames = shares.len().saturating_sub(2);
    let color = |source: usize, channel: usize| match source {
        painted if painted == frames + 1 => PAINTED[channel],
        remembered if remembered == frames => REMEMBERED[channel],
        frame => {
            let late = frame as f32 / frames.saturating_sub(1).max(1) as f32;
            FIRST_SHOWN[channel] * (1.0 - late) + LAST_SHOWN[channel] * late
        }
    };
    let places = shares.first().map_or(0, Vec::len);
    let value = |at: usize| {
        let (channel, place) = (at / places.max(1), at % places.max(1));
        let of = shares.iter().enumerate();
        of.map(|(source, shares)| color(source, channel) * shares[place]).sum()
    };
    (0..3 * places).map(value).collect()
}

/// The columns of the largest weights in their own order, named, and one for all others.
fn strongest(
    weights: &[Vec<f32>],
    mask: &[f32],
    name: impl Fn(usize) -> String,
) -> (Vec<String>, Vec<Vec<f64>>) {
    let mut places: Vec<usize> = (0..mask.len()).filter(|place| mask[*place] > 0.0).collect();
    let peak = |place: usize| weights.iter().map(|row| row[place]).fold(0.0, f32::max);
    places.sort_by(|a, b| peak(*b).total_cmp(&peak(*a)).then(a.cmp(b)));
    let rest = places.len() > COLUMNS;
    places.truncate(COLUMNS);
    places.sort_unstable();
    let mut names: Vec<String> = places.iter().map(|place| name(*place)).collect();
    let rows = weights.iter().map(|row| {
        let mut kept: Vec<f64> = places.iter().map(|place| f64::from(row[*place])).collect();
        if rest {
            kept.push((1.0 - kept.iter().sum::<f64>()).max(0.0));
        }
        kept
    });
    let rows = rows.collect();
    if rest {
        names.push("(others)".into());
    }
    (names, rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_that_is_of_one_source_has_its_color() {
        // Four sources at as many places: the context's two pictures, the remembered, the painted one.
        let shares: Vec<Vec<f32>> =
            (0..4).map(|s| (0..4).map(|p| f32::from(u8::from(p == s))).collect()).collect();
        let found = colored(&shares);
        let at = |place: usize| [found[place], found[4 + place], found[8 + place]];
        assert_eq!([at(0), at(1), at(2), at(3)], [FIRST_SHOWN, LAST_SHOWN, REMEMBERED, PAINTED]);
        let half = colored(&[vec![0.0], vec![0.5], vec![0.5]]);
        assert_eq!(half[0], (REMEMBERED[0] + PAINTED[0]) / 2.0);
    }

    #[test]
    fn the_strongest_columns_keep_their_order_and_the_rest_is_summed() {
        let width = COLUMNS + 3;
        let mut row = vec![0.01f32; width];
        row[5] = 0.5;
        row[width - 2] = 0.25;
        let mut mask = vec![1f32; width];
        mask[0] = 0.0;
        let (names, weights) = strongest(&[row], &mask, |place| place.to_string());
        assert_eq!(names.len(), COLUMNS + 1);
        let at = |name: &str| names.iter().position(|n| n == name).expect("kept");
        assert!(at("5") < at(&(width - 2).to_string()));
        assert!(!names.contains(&"0".to_string()));
        let sum: f64 = weights[0].iter().sum();
        assert!((sum - 1.0).abs() < 1e-6, "{sum}");
        let (names, _) = strongest(&[vec![0.5, 0.5]], &[1.0, 1.0], |place| place.to_string());
        assert_eq!(names, ["0", "1"]);
    }
}
