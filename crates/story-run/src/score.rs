//! Any texts against any references, for people who train no model here.

mod coco;
mod form;
mod items;
mod lines;
mod notes;
mod table;

pub use lines::is_standard_input;
pub use story_metrics::measure::Row;
pub use table::Columns;

use crate::error::{Error, Result};
use crate::host::Host;
use lines::{Lines, Marks};
use notes::Notes;
use rayon::prelude::*;
use serde::Serialize;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;
use story_files::guard::guarded;
use story_metrics::measure::{Measure, MeasureError, Scored};
use story_metrics::{
    BootstrapConfig, CiderDocuments, MeteorData, MeteorStage, MeteorWords, Need, TextOptions,
    TextScore, WordNet,
};

/// In what form texts are given.
#[derive(Debug, Clone, Default)]
pub enum Form {
    /// One text a line, the references in files of their own.
    #[default]
    Lines,
    /// COCO's results, with the file of annotations that holds the references.
    Coco(PathBuf),
    /// JSON lines, or a table with tabs, whose columns hold texts and references.
    Columns(Columns),
}

/// What is scored, by what.
#[derive(Debug, Clone, Default)]
pub struct Request {
    /// The texts to score, one a line; `-` is the standard input.
    pub candidates: PathBuf,
    /// What they should have been: one file for each reference of a line; none for scores that
    /// need none. One of all files may be `-`.
    pub references: Vec<PathBuf>,
    /// In what form they are given.
    pub form: Form,
    /// A file for the scores of each text, JSON lines; `None` writes none.
    pub items: Option<PathBuf>,
    /// What was read from the standard input, for whichever file is named `-`.
    pub standard_input: Option<Vec<u8>>,
    /// The scores, each once; empty takes all that need no data of their own.
    pub metrics: Vec<TextScore>,
    /// A candidate line of exactly this text is a missing answer.
    pub missing: Option<String>,
    /// What stands in a line for the end of a sentence.
    pub newline: Option<String>,
    /// The folder of WordNet's files, by which METEOR knows synonyms; `None` for stems alone.
    pub wordnet: Option<PathBuf>,
    /// METEOR 1.5's own data.
    pub meteor_data: Option<PathBuf>,
    /// References of other texts, by which CIDEr knows how frequent an n-gram is: one file, or one for
    /// each reference of a line; empty for the references of the scored texts themselves.
    pub cider_documents: Vec<PathBuf>,
    /// Draws of lines behind each interval; 0 leaves the intervals out.
    pub resamples: u32,
    /// The seed of the draws.
    pub seed: u64,
}

/// The scores of some texts.
#[derive(Debug, Serialize)]
pub struct Answer {
    /// The file that was scored.
    #[serde(serialize_with = "crate::json_path::one")]
    pub candidates: PathBuf,
    /// What it was compared with.
    #[serde(serialize_with = "crate::json_path::all")]
    pub references: Vec<PathBuf>,
    /// Lines of each file.
    pub lines: usize,
    /// Candidates that are missing; they score as empty ones.
    pub missing: usize,
    /// One row a score.
    pub metrics: Vec<Row>,
    /// How the intervals were drawn; `None` where there are none.
    pub intervals: Option<String>,
    /// What one must know to read the scores.
    pub notes: Vec<String>,
    /// Seconds that it took.
    pub seconds: f64,
}

impl Request {
    fn has_no_references(&self) -> bool {
        match &self.form {
            Form::Lines => self.references.is_empty(),
            Form::Coco(_) => false,
            Form::Columns(columns) => columns.references.is_empty(),
        }
    }
}

/// Reads the files and scores them.
///
/// # Errors
/// A file that cannot be read or does not fit the others; a metric that lacks what it needs.
pub fn score(request: &Request, host: &Host) -> Result<Answer> {
    let start = Instant::now();
    let metrics = metrics(request)?;
    let marks = Marks {
        standard_input: request.standard_input.as_deref(),
        missing: request.missing.as_deref(),
        newline: request.newline.as_deref(),
    };
    let lines = match &request.form {
        Form::Lines => Lines::read(&request.candidates, &request.references, &marks)?,
        Form::Coco(annotations) => coco::read(&request.candidates, annotations)?,
        Form::Columns(columns) => Lines::of_columns(&request.candidates, columns, &marks)?,
    };
    let wordnet = match metrics.contains(&TextScore::Meteor) {
        true => wordnet(request.wordnet.as_deref(), host)?,
        false => None,
    };
    let meteor = match &request.meteor_data {
        Some(path) if metrics.iter().any(|&metric| needs(metric, Need::DataFiles)) => {
            Some(Arc::new(foreign(path, || meteor(path, &metrics, &lines))?))
        }
        _ => None,
    };
    let bootstrap = (request.resamples > 0).then(|| BootstrapConfig {
        resamples: request.resamples,
        seed: request.seed,
        ..BootstrapConfig::default()
    });
    let documents = cider_documents(&request.cider_documents, &metrics, &marks)?;
    let told = Notes::of(
        &lines,
        &metrics,
        documents.as_ref().map(|documents| documents.len()),
        request.resamples,
    );
    told.warnings.iter().for_each(|warning| host.warn(warning));
    let bar = host.bar("score", (metrics.len() * lines.len()) as u64);
    let options = TextOptions { wordnet, meteor, documents, ..TextOptions::default() };
    let go_on = |texts| {
        bar.step(texts);
        true
    };
    let (texts, clusters) = (lines.segments(), lines.clusters.as_deref());
    let measure = Measure { texts, options, bootstrap, clusters, go_on: &go_on };
    // Side by side, since a single long line leaves the pieces of a metric nothing to share.
    let each = metrics.par_iter().map(|&metric| measure.scored(metric));
    let each = each.map(|scored| scored.map_err(|error| of_line(error, &lines)));
    let scored: Vec<Scored> = each.collect::<Result<_>>()?;
    if let Some(path) = &request.items {
        items::write(path, &lines, &scored)?;
    }
    Ok(Answer {
        candidates: request.candidates.clone(),
        references: request.references.clone(),
        lines: lines.len(),
        missing: lines.missing(),
        metrics: scored.into_iter().flat_map(|scored| scored.rows).collect(),
        intervals: bootstrap.map(|config| config.signature().to_string()),
        notes: told.warnings.into_iter().chain(told.notes).collect(),
        seconds: start.elapsed().as_secs_f64(),
    })
}

/// What is wrong with a text, which is a line here.
fn of_line(error: MeasureError, lines: &Lines) -> Error {
    match error {
        MeasureError::Text { place, error } => Error::At {
            place: format!("line {}", lines.number(place)),
            cause: Box::new(error.into()),
        },
        MeasureError::Metric(error) => error.into(),
        MeasureError::Stopped => Error::Bug("the scoring of lines was stopped by nobody".into()),
    }
}

/// The metrics asked for, each once, or those that need nothing else.
fn metrics(request: &Request) -> Result<Vec<TextScore>> {
    let without_references = request.has_no_references();
    let asked = if request.metrics.is_empty() {
        let usual = |&metric: &TextScore| {
            !(needs(metric, Need::DataFiles)
                || without_references && needs(metric, Need::References))
        };
        TextScore::ALL.iter().copied().filter(usual).collect()
    } else {
        request.metrics.clone()
    };
    let mut metrics: Vec<TextScore> = Vec::new();
    for metric in asked {
        let name = metric.name();
        if without_references && needs(metric, Need::References) {
            return Err(Error::Config(format!(
                "{name}: nothing to compare with; give --references FILE, or --reference-column NAME"
            )));
        }
        if request.meteor_data.is_none() && needs(metric, Need::DataFiles) {
            return Err(Error::Config(format!(
                "{name}: needs METEOR's own data; give --meteor-data PATH, the folder `meteor` of the PyPI \
                 package pycocoevalcap (`pip download --no-deps pycocoevalcap`, then unzip): it holds \
                 meteor-1.5.jar and data/paraphrase-en.gz, which are only read; Java is not needed"
            )));
        }
        if !metrics.contains(&metric) {
            metrics.push(metric);
        }
    }
    Ok(metrics)
}

fn needs(metric: TextScore, need: Need) -> bool {
    metric.needs().contains(&need)
}

/// How a METEOR 1.5 makes words of texts.
fn meteor_words(metric: TextScore) -> Option<MeteorWords> {
    match metric {
        TextScore::Meteor15 => Some(MeteorWords::Normalized),
        TextScore::CocoMeteor => Some(MeteorWords::Coco),
        _ => None,
    }
}

fn wordnet(folder: Option<&Path>, host: &Host) -> Result<Option<Arc<WordNet>>> {
    match folder {
        Some(folder) => Ok(Some(Arc::new(foreign(folder, || WordNet::read(folder))?))),
        None => {
            host.say(
                "meteor: without WordNet, so words match by themselves and their stems alone; \
                 --wordnet FOLDER adds synonyms",
            );
            Ok(None)
        }
    }
}

/// The documents in which CIDEr's n-grams are counted; `None` for the scored lines' own references.
fn cider_documents(
    files: &[PathBuf],
    metrics: &[TextScore],
    marks: &Marks<'_>,
) -> Result<Option<Arc<CiderDocuments>>> {
    if files.is_empty() {
        return Ok(None);
    }
    if !metrics.iter().any(|&metric| needs(metric, Need::DocumentFrequencies)) {
        return Err(Error::Config(
            "--cider-documents: none of the scores asked for counts documents; cider and cider-d do"
                .to_string(),
        ));
    }
    let documents = lines::documents(files, marks)?;
    Ok(Some(Arc::new(CiderDocuments::new(&documents)?)))
}

/// Data of others at `path`, read under the guard.
fn foreign<T, E: Into<Error>>(
    path: &Path,
    read: impl FnOnce() -> std::result::Result<T, E>,
) -> Result<T> {
    match guarded(read) {
        Ok(read) => read.map_err(Into::into),
        Err(gave_up) => Err(Error::Data(format!("{}: {gave_up}; fetch it again", path.display()))),
    }
}

/// METEOR's data as far as the lines need it.
fn meteor(path: &Path, metrics: &[TextScore], lines: &Lines) -> Result<MeteorData> {
    let words: Vec<_> = metrics.iter().filter_map(|&it| meteor_words(it)).collect();
    let candidates = lines.candidates.iter().flatten();
    // An empty text, which a missing answer counts as, has no words.
    let texts = candidates.chain(lines.references.iter().flatten());
    let last = MeteorStage::Paraphrase;
    Ok(MeteorData::read_for(path, last, &words, texts.map(String::as_str))?)
}
