//! The control of a model that sees pictures: each picture has the vector of another one of the
//! corpus, in training and when it is asked, so that pictures say nothing of their stories.

use super::keys::Content;
use crate::error::Result;
use rand::Rng;
use story_core::rng;
use story_data::collate::FeatureTable;

/// The same vectors, each at another picture: one cycle over all of them (Sattolo 1986), drawn from
/// `seed` in the order of the pictures' contents, which no order of stories or hashes moves.
///
/// # Errors
/// None that a table could bring about.
pub(super) fn shuffled(
    table: &FeatureTable,
    contents: &[Content<'_>],
    seed: u64,
) -> Result<FeatureTable> {
    let mut known: Vec<(&Content, &[f32])> =
        contents.iter().filter_map(|it| Some((it, table.get(it.bytes)?))).collect();
    known.sort_by_key(|(content, _)| content.key);
    let mut from: Vec<usize> = (0..known.len()).collect();
    let mut rng = rng::rng(seed, "data/shuffled-pictures");
    for last in (1..from.len()).rev() {
        from.swap(last, rng.random_range(0..last));
    }
    let mut shuffled = FeatureTable::new(table.width());
    for ((content, _), from) in known.iter().zip(from) {
        shuffled.insert(content.bytes, known[from].1)?;
    }
    Ok(shuffled)
}

#[cfg(test)]
mod tests {
    use super::*;
    use story_encoders::features::RecordKey;

    fn contents(names: &[String]) -> Vec<Content<'_>> {
        let bytes = names.iter().map(String::as_bytes);
        let content = |bytes| Content { bytes, key: RecordKey::of(bytes), place: String::new() };
        bytes.map(content).collect()
    }

    #[test]
    fn each_picture_has_the_vector_of_another_whatever_their_order() {
        let names: Vec<String> = (0..9).map(|i| format!("picture {i}")).collect();
        let mut table = FeatureTable::new(1);
        for (i, name) in names.iter().enumerate() {
            table.insert(name.as_bytes(), &[i as f32]).expect("a row");
        }
        let rows = |contents: &[Content<'_>], seed| -> Vec<f32> {
            let made = shuffled(&table, contents, seed).expect("a table");
            names.iter().map(|name| made.get(name.as_bytes()).expect("a row")[0]).collect()
        };
        let in_order = contents(&names);
        let found = rows(&in_order, 7);
        assert!(found.iter().enumerate().all(|(i, row)| *row != i as f32), "{found:?}");
        let mut sorted = found.clone();
        sorted.sort_by(f32::total_cmp);
        assert_eq!(sorted, (0..9).map(|i| i as f32).collect::<Vec<_>>());
        let mut backwards = contents(&names);
        backwards.reverse();
        assert_eq!(found, rows(&backwards, 7));
        assert_ne!(found, rows(&in_order, 8));
        // One picture has no other.
        let made = shuffled(&table, &in_order[..1], 7).expect("a table");
        assert_eq!((made.len(), made.get(in_order[0].bytes)), (1, Some(&[0.0][..])));
    }
}
