//! What metrics draw on, from the paths and words that Python gives.

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use std::path::PathBuf;
use std::sync::Arc;
use story_metrics::bleu::Casing;
use story_metrics::measure::MeasureError;
use story_metrics::{
    CiderDocuments, MeteorData, MeteorStage, MeteorWords, Need, TextOptions, TextScore, WordNet,
};

/// As Python gives them.
#[derive(FromPyObject)]
pub struct Given {
    #[pyo3(item)]
    lowercase: bool,
    #[pyo3(item)]
    wordnet: Option<PathBuf>,
    #[pyo3(item)]
    meteor_data: Option<PathBuf>,
    #[pyo3(item)]
    cider_documents: Option<Vec<Vec<String>>>,
}

impl Given {
    /// Reads what the metrics need for these texts.
    ///
    /// # Errors
    /// Files that cannot be read, or documents without a text.
    pub fn read<'t>(
        &self,
        metrics: &[TextScore],
        texts: impl Iterator<Item = &'t str>,
    ) -> Result<TextOptions, MeasureError> {
        let casing = if self.lowercase { Casing::Lower } else { Casing::Mixed };
        let mut options = TextOptions { casing, ..TextOptions::default() };
        if let Some(folder) = &self.wordnet {
            options.wordnet = Some(Arc::new(WordNet::read(folder)?));
        }
        let words: Vec<MeteorWords> = metrics.iter().filter_map(|it| meteor_words(*it)).collect();
        if let (Some(path), false) = (&self.meteor_data, words.is_empty()) {
            let last = MeteorStage::Paraphrase;
            options.meteor = Some(Arc::new(MeteorData::read_for(path, last, &words, texts)?));
        }
        if let Some(documents) = &self.cider_documents {
            options.documents = Some(Arc::new(CiderDocuments::new(documents)?));
        }
        Ok(options)
    }

    /// The metrics of these names; each once.
    ///
    /// # Errors
    /// A name that is none, or a metric whose data were not given.
    pub fn metrics(&self, names: &[String]) -> PyResult<Vec<TextScore>> {
        let mut metrics = Vec::new();
        for name in names {
            let Some(metric) = TextScore::named(name) else {
                let known: Vec<_> = TextScore::ALL.iter().map(|it| it.name()).collect();
                return Err(PyValueError::new_err(format!(
                    "metrics: no metric is called {name:?}; known are {}",
                    known.join(", ")
                )));
            };
            if metric.needs().contains(&Need::DataFiles) && self.meteor_data.is_none() {
                return Err(PyValueError::new_err(format!(
                    "{name}: needs METEOR's own data; install pycocoevalcap, or give meteor_data=PATH, the \
                     folder `meteor` of that package"
                )));
            }
            if !metrics.contains(&metric) {
                metrics.push(metric);
            }
        }
        Ok(metrics)
    }
}

fn meteor_words(metric: TextScore) -> Option<MeteorWords> {
    match metric {
        TextScore::Meteor15 => Some(MeteorWords::Normalized),
        TextScore::CocoMeteor => Some(MeteorWords::Coco),
        _ => None,
    }
}
