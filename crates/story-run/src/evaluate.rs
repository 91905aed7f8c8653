//! Evaluating a trained run: scores on held-out stories, and the report.

mod answer;
mod card;
mod kept;
mod outcome;
mod question;

pub use answer::{EvaluateAnswer, TrainAnswer};
pub use kept::Kept;
pub use outcome::Outcome;
pub(crate) use question::Asked;
use question::bring_log;

use crate::audit;
use crate::casing;
use crate::config::Config;
use crate::corpus::Corpus;
use crate::decoding::LearnedReranker;
use crate::error::Result;
use crate::evaluation::{Evaluator, evaluate_windows};
use crate::host::Host;
use crate::network::Network;
use crate::opened::OpenedRun;
use crate::pool;
use crate::run_folder::RunFolder;
use crate::stop::Phase;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;
use story_data::Truecaser;
use story_data::collate::Collator;
use story_model::Progress;
use story_report::records::{Audit, Summary};
use story_report::{EvaluationConfig, score_tables};

/// Confidence of the intervals.
pub const LEVEL: f64 = 0.95;

/// What is asked of a trained run, and where copies of the answers go.
#[derive(Debug, Clone, Copy, Default)]
pub struct Request<'a> {
    /// Changes of the run's config, of the form `key.path=value`.
    pub patches: &'a [String],
    /// A name for the evaluation, which is then written beside the run's own, under `evaluations`.
    pub name: Option<&'a str>,
    /// Where copies of tables and figures go; by default where the run lies.
    pub results: Option<&'a Path>,
}

/// Scores the trained run in `folder` on its held-out stories again. Asked what it was asked before,
/// it renews the run's scores and report, and their copies; asked anything else, it writes beside
/// them, under `evaluations/NAME` in the run's folder, and copies nothing.
///
/// # Errors
/// A run, stories or weights that cannot be had; another process in the folder; a name that holds
/// another evaluation; a stop that was asked for.
pub fn evaluate(folder: &RunFolder, request: Request<'_>, host: &Host) -> Result<Outcome> {
    let start = Instant::now();
    let _lock = host.hold_run(folder)?;
    let run = OpenedRun::open(folder.path(), request.patches, host)?;
    run.unfinished().iter().for_each(|warning| host.warn(warning));
    let config = run.config();
    let corpus = Corpus::load(&config.data, config.seed, host)?;
    let audit = audit::of_corpus(&config.data, &corpus, host)?;
    let features = run.network.tables(&corpus.stories, corpus.windows())?;
    host.say(&format!("{}: step {}", folder.path().display(), run.progress.step));
    let (trained, asked) = (Config::parse(&run.trained_with, &[])?.to_toml()?, config.to_toml()?);
    let question = Asked {
        trained: &trained,
        asked: &asked,
        test: corpus.split_records().get("test").cloned(),
        name: request.name,
    };
    let place = question.place(folder)?;
    let publish = match place.path() == folder.path() {
        true => folder.publish_into(request.results),
        false => {
            host.say(&format!(
                "another question than the run's own scores answer: written beside them, into {}",
                place.path().display()
            ));
            place.write("config.toml", asked.as_bytes())?;
            bring_log(folder, &place)?;
            None
        }
    };
    let trained = Trained {
        network: &run.network,
        run: folder,
        folder: &place,
        corpus: &corpus,
        audit: &audit,
        collator: run.network.collator(features)?,
        progress: run.progress.clone(),
        casing: run.casing.as_ref(),
        host,
        command: format!("story evaluate --run {}", folder.path().display()),
    };
    let seconds = BTreeMap::from([("data".to_string(), start.elapsed().as_secs_f64())]);
    trained.evaluate_and_report(seconds, publish)
}

/// A trained network with all that its evaluation needs.
pub struct Trained<'a> {
    /// The network.
    pub network: &'a Network,
    /// The run.
    pub run: &'a RunFolder,
    /// Where the answers are written: the run's folder, or one of another question in it.
    pub folder: &'a RunFolder,
    /// Stories and windows.
    pub corpus: &'a Corpus,
    /// Whether the splits share pictures.
    pub audit: &'a Audit,
    /// Makes batches.
    pub collator: Arc<Collator>,
    /// Steps and epochs done.
    pub progress: Progress,
    /// How the texts are shown to people; `None` for as they were told.
    pub casing: Option<&'a Truecaser>,
    /// Progress shown, and whether somebody asked to stop.
    pub host: &'a Host,
    /// The command that makes the run again.
    pub command: String,
}

impl Trained<'_> {
    /// Evaluates, writes records, scores and report; copies tables and figures into `publish`.
    /// `seconds` are those of the phases before.
    pub fn evaluate_and_report(
        &self,
        mut seconds: BTreeMap<String, f64>,
        publish: Option<&Path>,
    ) -> Result<Outcome> {
        let start = Instant::now();
        self.host.stop().enter(Phase::Evaluating(self.run.path().to_path_buf()));
        let evaluator = Evaluator {
            network: self.network,
            corpus: self.corpus,
            collator: self.collator.clone(),
            host: self.host,
        };
        let mut evaluation = evaluate_windows(&evaluator, self.folder)?;
        if let Some(casing) = self.casing {
            casing::show(casing, &mut evaluation.records);
        }
        let tables = score_tables(&evaluation.records, &self.intervals())?;
        // Whoever asks the run later looks among these; another question may be about other stories.
        let targets = match (self.folder.path() == self.run.path(), evaluation.targets) {
            (false, _) => None,
            (true, Some(targets)) => Some(targets),
            (true, None) => Some(evaluator.training_targets()?),
        };
        // From here on the files of one evaluation are written, all or, where the disk fails, some.
        self.host.stop().go_on()?;
        self.folder.write_lines("predictions.jsonl", &evaluation.records)?;
        self.folder.write_json("analysis.json", &evaluation.analysis)?;
        self.folder.write_json("scores.json", &tables)?;
        if let Some(reranker) = evaluation.reranker {
            let generation = self.network.config.evaluate.generation.clone();
            // Whoever asks the run for a text looks for it there, whatever was asked when it was learned.
            LearnedReranker::new(self.progress.step, generation, reranker).write(self.run)?;
        }
        if let Some(targets) = targets {
            pool::keep(&targets, self.network, &self.corpus.stories, self.run)?;
        }
        self.folder.write_json("splits.json", &self.corpus.split_ids())?;
        seconds.insert("evaluate".into(), start.elapsed().as_secs_f64());
        let summary = self.summary(&seconds, evaluation.bounds);
        self.folder.write_json("summary.json", &summary)?;
        self.host.stop().enter(Phase::Reporting(self.run.path().to_path_buf()));
        self.host.stop().go_on()?;
        let rendering = Instant::now();
        let rendered = story_report::render(self.folder.path())?;
        if let Some(results) = publish {
            story_report::publish(self.folder.path(), results)?;
        }
        seconds.insert("report".into(), rendering.elapsed().as_secs_f64());
        let folder = self.folder.path().to_path_buf();
        let kept = Kept::of(&self.progress, &self.network.config.train);
        Ok(Outcome { folder, summary, kept, tables, rendered, seconds })
    }

    /// How the intervals of the run's scores are drawn.
    fn intervals(&self) -> EvaluationConfig {
        let config = &self.network.config;
        EvaluationConfig { resamples: config.evaluate.resamples, level: LEVEL, seed: config.seed }
    }

    fn summary(&self, seconds: &BTreeMap<String, f64>, bounds: BTreeMap<String, f64>) -> Summary {
        let mut skipped = self.corpus.skipped.clone();
        for bad in self.collator.bad_pictures() {
            *skipped.entry(format!("picture masked: {}", bad.reason)).or_default() += 1;
        }
        Summary {
            name: self.network.config.name.clone(),
            description: self.network.config.description.clone(),
            source: self.corpus.source.clone(),
            notice: self.network.config.notice.clone(),
            seed: self.network.config.seed,
            device: self.network.config.device.clone(),
            threads: rayon::current_num_threads(),
            parameters: self.network.parameters(),
            vocabulary: self.network.model.vocabulary().size as u64,
            steps: self.progress.step,
            epochs: self.progress.epoch as f64,
            seconds: seconds.clone(),
            peak_memory_bytes: story_kernels::peak_memory_bytes(),
            splits: self.corpus.split_records(),
            skipped,
            audit: Some(self.audit.clone()),
            bounds,
            command: self.command.clone(),
            card: card::of(&self.network.config, &self.command),
            version: env!("CARGO_PKG_VERSION").into(),
            intervals: Some(self.intervals()),
        }
    }
}
