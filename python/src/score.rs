//! Scores of texts, and differences of systems, as dictionaries.

use crate::options::Given;
use crate::work;
use pyo3::prelude::*;
use pyo3::types::PyDict;
use rayon::prelude::*;
use story_metrics::measure::{Measure, MeasureError, Row, Scored};
use story_metrics::paired::{Comparison, PairedConfig};
use story_metrics::{BootstrapConfig, Need, RandomisationConfig, Segment, TextScore};

/// A text with what it should have been.
type Texts = Vec<Option<String>>;
type References = Vec<Vec<String>>;

/// Draws and their seed.
#[derive(FromPyObject, Clone, Copy)]
pub struct Draws {
    #[pyo3(item)]
    resamples: u32,
    #[pyo3(item)]
    level: f64,
    #[pyo3(item)]
    rounds: u32,
    #[pyo3(item)]
    seed: u64,
}

impl Draws {
    fn bootstrap(self) -> BootstrapConfig {
        BootstrapConfig { resamples: self.resamples, level: self.level, seed: self.seed }
    }
}

/// How texts are given, and who hears how far the scoring is.
#[derive(FromPyObject)]
pub struct Way {
    #[pyo3(item)]
    tokenized: bool,
    #[pyo3(item)]
    clusters: Option<Vec<String>>,
    #[pyo3(item)]
    threads: Option<usize>,
    #[pyo3(item)]
    progress: Option<Py<PyAny>>,
}

/// The scores of texts: a list of dictionaries, one a score.
#[pyfunction]
pub fn score<'py>(
    py: Python<'py>,
    candidates: Texts,
    references: References,
    names: Vec<String>,
    given: Given,
    draws: Draws,
    way: Way,
) -> PyResult<Vec<Bound<'py, PyDict>>> {
    let metrics = given.metrics(&names)?;
    let total = (metrics.len() * candidates.len()) as u64;
    let Way { tokenized, clusters, threads, progress } = way;
    let scored = work::run(py, threads, total, progress, move |progress| {
        let options = given.read(&metrics, all_texts(&[&candidates], &references))?;
        let measure = Measure {
            texts: segments(&candidates, &references, tokenized),
            options,
            bootstrap: (draws.resamples > 0).then(|| draws.bootstrap()),
            clusters: clusters.as_deref(),
            go_on: &|texts| progress.step(texts),
        };
        let each = metrics.par_iter().map(|&metric| measure.scored(metric));
        each.collect::<Result<Vec<Scored>, MeasureError>>()
    })?;
    let mut rows = Vec::new();
    for Scored { rows: of_metric, each } in scored {
        for (row, each) in of_metric.iter().zip(each) {
            rows.push(dictionary(py, row, each)?);
        }
    }
    Ok(rows)
}

/// The differences of each two systems in each score: a list of dictionaries.
#[pyfunction]
pub fn compare<'py>(
    py: Python<'py>,
    systems: Vec<Texts>,
    references: References,
    names: Vec<String>,
    given: Given,
    draws: Draws,
    way: Way,
) -> PyResult<Vec<Bound<'py, PyDict>>> {
    let metrics = given.metrics(&names)?;
    let total = (metrics.len() * systems.iter().map(Vec::len).sum::<usize>()) as u64;
    let Way { tokenized, clusters, threads, progress } = way;
    let found = work::run(py, threads, total, progress, move |progress| {
        let texts: Vec<&Texts> = systems.iter().collect();
        let options = given.read(&metrics, all_texts(&texts, &references))?;
        let go_on = |texts| progress.step(texts);
        let measures: Vec<Measure<'_>> = systems
            .iter()
            .map(|texts| Measure {
                texts: segments(texts, &references, tokenized),
                options: options.clone(),
                bootstrap: None,
                clusters: clusters.as_deref(),
                go_on: &go_on,
            })
            .collect();
        let randomisation = RandomisationConfig { rounds: draws.rounds, seed: draws.seed };
        let config = PairedConfig { bootstrap: draws.bootstrap(), randomisation };
        story_metrics::paired::compare(&measures, &metrics, &config)
    })?;
    found.iter().map(|comparison| difference(py, comparison)).collect()
}

/// Every metric by which texts can be scored: its name and what it needs.
#[pyfunction]
pub fn metrics(py: Python<'_>) -> PyResult<Vec<Bound<'_, PyDict>>> {
    let each = TextScore::ALL.iter().map(|metric| {
        let row = PyDict::new(py);
        row.set_item("name", metric.name())?;
        row.set_item("summary", metric.summary())?;
        row.set_item("scores", metric.metrics().iter().map(|it| it.id).collect::<Vec<_>>())?;
        row.set_item("needs_references", metric.needs().contains(&Need::References))?;
        row.set_item("needs_data", metric.needs().contains(&Need::DataFiles))?;
        Ok(row)
    });
    each.collect()
}

fn segments<'a>(
    candidates: &'a Texts,
    references: &'a [Vec<String>],
    tokenized: bool,
) -> Vec<Segment<'a>> {
    let nothing: &[String] = &[];
    let each = candidates.iter().enumerate().map(|(at, candidate)| {
        let references = references.get(at).map_or(nothing, Vec::as_slice);
        match tokenized {
            true => Segment::tokenized(candidate.as_deref(), references),
            false => Segment::new(candidate.as_deref(), references),
        }
    });
    each.collect()
}

fn all_texts<'t>(
    systems: &[&'t Texts],
    references: &'t [Vec<String>],
) -> impl Iterator<Item = &'t str> {
    let candidates: Vec<&'t Texts> = systems.to_vec();
    let candidates = candidates.into_iter().flat_map(|texts| texts.iter().flatten());
    candidates.chain(references.iter().flatten()).map(String::as_str)
}

fn dictionary<'py>(
    py: Python<'py>,
    row: &Row,
    each: Vec<Option<f64>>,
) -> PyResult<Bound<'py, PyDict>> {
    let Row { measurement, interval } = row;
    let dict = PyDict::new(py);
    dict.set_item("name", &measurement.name)?;
    dict.set_item("value", measurement.value)?;
    dict.set_item("lower", interval.and_then(|it| it.lower))?;
    dict.set_item("upper", interval.and_then(|it| it.upper))?;
    dict.set_item("n", measurement.n)?;
    dict.set_item("missing", measurement.missing)?;
    dict.set_item("signature", measurement.signature.to_string())?;
    dict.set_item("items", each)?;
    Ok(dict)
}

fn difference<'py>(py: Python<'py>, of: &Comparison) -> PyResult<Bound<'py, PyDict>> {
    let dict = PyDict::new(py);
    dict.set_item("score", of.score)?;
    dict.set_item("first", of.first)?;
    dict.set_item("second", of.second)?;
    dict.set_item("first_value", of.difference.first)?;
    dict.set_item("second_value", of.difference.second)?;
    dict.set_item("difference", of.difference.difference.estimate)?;
    dict.set_item("lower", of.difference.difference.lower)?;
    dict.set_item("upper", of.difference.difference.upper)?;
    dict.set_item("p_value", of.test.p_value)?;
    dict.set_item("p_holm", of.p_holm)?;
    Ok(dict)
}
