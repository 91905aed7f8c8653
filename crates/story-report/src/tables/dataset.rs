//! What the data of a run are: stories, windows, frames and tokens by split.

use super::TextTable;
use crate::records::{Analysis, Summary};
use crate::scores::format_number;
use std::collections::BTreeSet;

/// One line a split: stories, windows, hash of the ids, frames a story (fewest, mean, most), tokens
/// a text (fewest, mean, most), texts that the model's cut shortens.
pub fn dataset_statistics(summary: &Summary, analysis: &Analysis) -> TextTable {
    let mut table = TextTable::new([
        "split",
        "stories",
        "windows",
        "ids hash",
        "frames min",
        "frames mean",
        "frames max",
        "texts",
        "tokens min",
        "tokens mean",
        "tokens max",
        "texts cut",
    ]);
    let splits: BTreeSet<&String> = summary
        .splits
        .keys()
        .chain(analysis.story_lengths.keys())
        .chain(analysis.token_lengths.keys())
        .collect();
    for split in in_order(splits) {
        let known = summary.splits.get(split);
        let frames = analysis.story_lengths.get(split).map_or(&[][..], Vec::as_slice);
        let tokens = analysis.token_lengths.get(split).map_or(&[][..], Vec::as_slice);
        let cut = tokens.iter().filter(|&&n| n > analysis.max_tokens).count();
        let mut row = vec![
            split.clone(),
            known.map_or_else(String::new, |split| split.stories.to_string()),
            known.map_or_else(String::new, |split| split.windows.to_string()),
            known.map_or_else(String::new, |split| split.ids_hash.clone()),
        ];
        row.extend(spread(frames));
        row.push(count(tokens, tokens.len()));
        row.extend(spread(tokens));
        row.push(count(tokens, cut));
        table.rows.push(row);
    }
    table
}

/// Splits in the order of their use, unknown ones after them by name.
pub(crate) fn in_order<'a>(names: impl IntoIterator<Item = &'a String>) -> Vec<&'a String> {
    let mut names: Vec<&String> = names.into_iter().collect();
    names.sort_by_key(|name| {
        let place = ["train", "validation", "test"].iter().position(|known| known == name);
        (place.unwrap_or(usize::MAX), name.as_str())
    });
    names
}

/// A count; nothing where nothing was counted.
fn count(values: &[u64], n: usize) -> String {
    match values {
        [] => String::new(),
        _ => n.to_string(),
    }
}

fn spread(values: &[u64]) -> [String; 3] {
    let (Some(low), Some(high)) = (values.iter().min(), values.iter().max()) else {
        return Default::default();
    };
    let mean = values.iter().map(|&value| value as f64).sum::<f64>() / values.len() as f64;
    [low.to_string(), format_number(mean, 2), high.to_string()]
}
