//! Material that makes a report worth looking at, all of it optional: boxes of entities, retrieved
//! frames, attention maps, and what a model card says beyond scores.

use super::{lists, number};
use serde::{Deserialize, Serialize};

/// An entity's box in a saved picture.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct BoxRecord {
    /// What it is: `character`, `object`, `landmark` or `background`; other words are shown as well.
    pub kind: String,
    /// The entity's id in its story, such as `char1`.
    pub id: String,
    /// Its name or a word for it.
    pub label: String,
    /// Left edge, in pixels of the saved picture.
    #[serde(deserialize_with = "number")]
    pub x1: f64,
    /// Upper edge, in pixels of the saved picture.
    #[serde(deserialize_with = "number")]
    pub y1: f64,
    /// Right edge, in pixels of the saved picture.
    #[serde(deserialize_with = "number")]
    pub x2: f64,
    /// Lower edge, in pixels of the saved picture.
    #[serde(deserialize_with = "number")]
    pub y2: f64,
}

impl BoxRecord {
    /// The box cut to a picture of this size, as left, top, width and height; `None` if nothing of
    /// it lies in the picture or an edge is not a number.
    pub(crate) fn within(&self, width: u32, height: u32) -> Option<[f64; 4]> {
        let clamp = |value: f64, size: u32| value.clamp(0.0, f64::from(size));
        let (x1, x2) = (clamp(self.x1, width), clamp(self.x2, width));
        let (y1, y2) = (clamp(self.y1, height), clamp(self.y2, height));
        (x2 > x1 && y2 > y1).then_some([x1, y1, x2 - x1, y2 - y1])
    }

    /// Id and label, as they are printed under a picture.
    pub(crate) fn name(&self) -> String {
        [self.id.as_str(), self.label.as_str()]
            .into_iter()
            .filter(|part| !part.is_empty())
            .collect::<Vec<_>>()
            .join(" ")
    }
}

/// A frame that the model retrieved.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct RetrievedRecord {
    /// The picture, a file under the run folder.
    pub image: String,
    /// Id of the story that the frame is from.
    pub story: String,
    /// The frame's place in its story, counted from 0.
    pub frame: usize,
    /// Cosine with the predicted embedding; `None` where it was not kept.
    #[serde(default)]
    pub cosine: Option<f64>,
}

/// One map of attention weights in a window.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct AttentionRecord {
    /// What attends to what, such as `text decoder, mean of the heads`.
    pub title: String,
    /// What a row is, such as `word written` or `predicted picture`.
    pub rows_are: String,
    /// What a column is, such as `context word` or `context step`.
    pub columns_are: String,
    /// Names of the rows, in order.
    pub rows: Vec<String>,
    /// Names of the columns, in order.
    pub columns: Vec<String>,
    /// Weights by row and column, at least 0; each row sums to 1 over all columns.
    #[serde(deserialize_with = "lists")]
    pub weights: Vec<Vec<f64>>,
}

/// What a model card says beyond the scores; empty fields are left out of the card.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct CardRecord {
    /// Licence of the weights, by the Hub's identifier such as `apache-2.0`; empty: `other`.
    pub license: String,
    /// The data's Hub repository such as `daniel3303/StoryReasoning`; empty for data that are not on
    /// the Hub.
    pub dataset: String,
    /// The data's name in words.
    pub dataset_name: String,
    /// Revision of the data's repository.
    pub dataset_revision: String,
    /// Licence of the data, by the Hub's identifier such as `cc-by-nd-4.0`.
    pub dataset_license: String,
    /// What the data's licence asks of whoever passes the model on, in a sentence or two.
    pub license_notice: String,
    /// Hub repositories of the published weights that the model starts from.
    pub base_models: Vec<String>,
    /// Languages of the texts, as ISO 639-1 codes such as `en`.
    pub languages: Vec<String>,
    /// The command that trains the model; [`super::Summary::command`] where it is empty.
    pub train_command: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn boxes_are_cut_to_their_picture() {
        let mut record =
            BoxRecord { x1: -5.0, y1: 10.0, x2: 20.0, y2: 300.0, ..BoxRecord::default() };
        assert_eq!(record.within(100, 50), Some([0.0, 10.0, 20.0, 40.0]));
        assert_eq!(record.within(100, 10), None, "it lies below the picture");
        record.x2 = f64::NAN;
        assert_eq!(record.within(100, 50), None);
    }
}
