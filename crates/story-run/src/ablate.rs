//! `story ablate`: configs x seeds, each an ordinary run, compared on one metric named before.
//!
//! `results/ablations/<name>/` holds the state (`ablation.json`), one run folder a config and seed
//! under `runs/`, and in the end tables, figure and page. A second call goes on where the first one
//! ended. Within a seed every config sees the same batches: their order depends on the seed alone.
//! A run that diverges is kept as failed and left out; the others go on.

mod failed;
mod fair;
mod plan;
mod state;

pub use plan::{Compared, Plan, PlannedConfig, Request};
pub use state::{PlannedRun, State};

use crate::config::Config;
use crate::config::patch::nearest;
use crate::error::{Context, Error, Result};
use crate::evaluate::LEVEL;
use crate::host::Host;
use crate::run_folder::RunFolder;
use crate::stop::Phase;
use crate::train::{Begin, NewFolder, Publish, Session, pinned};
use plan::Subject;
use serde_json::json;
use std::path::{Path, PathBuf};
use story_data::source::SourceConfig;
use story_files::LockError;
use story_report::records::Summary;
use story_report::{
    Ablation, AblationEntry, AblationPlan, EvaluationConfig, REPORT, ScoreTable, SeedRun,
    known_metrics,
};

/// What an ablation leaves behind.
pub struct Outcome {
    /// Where everything lies.
    pub folder: PathBuf,
    /// What was asked and how far it came, as `ablation.json` holds it.
    pub state: State,
    /// The comparison; `None` where too many runs failed for any.
    pub result: Option<Ablation>,
    /// Which runs failed and why, in a sentence; `None` where none did.
    pub failed: Option<String>,
}

impl Outcome {
    /// The page of the comparison, where there is one.
    pub fn page(&self) -> Option<PathBuf> {
        self.result.as_ref().map(|_| self.folder.join("ablation.html"))
    }
}

/// Trains what is not trained yet, then compares. A run that diverges is no error: it is told in
/// the outcome.
///
/// # Errors
/// A plan that cannot be, data that cannot be had, another process in the folder, a stop that was
/// asked for.
pub fn ablate(request: &Request, host: &Host) -> Result<Outcome> {
    let (plan, mut subjects) = plan::plan(request)?;
    check_metric(&plan.primary)?;
    let folder = request.results.join("ablations").join(&plan.name);
    std::fs::create_dir_all(&folder)
        .with_context(|| format!("{}: cannot be made", folder.display()))?;
    let _lock = host.hold(&folder).map_err(held)?;
    let state = begin(plan, &mut subjects, &folder, &request.command, host)?;
    for warning in &state.warnings {
        host.warn(warning);
    }
    let mut ablate = Ablate { folder, state, subjects, host: host.clone() };
    ablate.run_all()?;
    let result = ablate.compare()?;
    let failed = failed::note(&ablate.state);
    Ok(Outcome { folder: ablate.folder, state: ablate.state, result, failed })
}

/// Of an ablation's folder, that another one has its name.
fn held(error: LockError) -> Error {
    match error {
        LockError::Held(_) => Error::Environment(format!("{error}, by another --name")),
        other => other.into(),
    }
}

/// The state to go on from, written down before anything runs.
fn begin(
    plan: Plan,
    subjects: &mut [Subject],
    folder: &Path,
    command: &str,
    host: &Host,
) -> Result<State> {
    if let Some(state) = State::read(folder)? {
        state.require(&plan, folder)?;
        for (subject, commit) in subjects.iter_mut().zip(&state.revisions) {
            if let (SourceConfig::Hub { revision, .. }, Some(commit)) =
                (&mut subject.config.data.source, commit)
            {
                revision.clone_from(commit);
            }
        }
        return Ok(state);
    }
    let mut revisions = Vec::new();
    for subject in subjects.iter_mut() {
        subject.config = pinned(subject.config.clone(), host)?;
        revisions.push(match &subject.config.data.source {
            SourceConfig::Hub { revision, .. } => Some(revision.clone()),
            _ => None,
        });
    }
    let warnings = fair::warnings(subjects, &plan.base);
    let state = State::new(plan, revisions, warnings, command);
    state.write(folder)?;
    Ok(state)
}

/// An ablation under way.
struct Ablate {
    folder: PathBuf,
    state: State,
    subjects: Vec<Subject>,
    host: Host,
}

impl Ablate {
    /// Runs what is left, in order.
    fn run_all(&mut self) -> Result<()> {
        let all = self.state.runs.len();
        for at in 0..all {
            let record = self.state.runs[at].clone();
            let path = self.folder.join(&record.folder);
            let name = format!("run {} of {all}: {}, seed {}", at + 1, record.config, record.seed);
            if record.steps.is_some() && finished(&path)?.is_some() {
                self.host.say(&format!("{name}: finished before"));
                continue;
            }
            if record.failed.is_some() && path.is_dir() {
                self.host.say(&format!(
                    "{name}: failed before and would again; to try it all the same, remove {}",
                    path.display()
                ));
                continue;
            }
            self.host.say(&name);
            let (steps, failed) = match self.run_one(&record) {
                Ok(steps) => (Some(steps), None),
                Err(error) => match error.diverged() {
                    None => {
                        let done = self.done();
                        return Err(error).context(format!(
                            "{name}: {done} of {all} runs finished; the same command goes on"
                        ));
                    }
                    Some(reason) => {
                        self.host.warn(&format!("{name} failed: {reason}"));
                        failed::leave(&path, &reason)?;
                        (None, Some(reason))
                    }
                },
            };
            self.state.runs[at].steps = steps;
            self.state.runs[at].failed = failed;
            self.state.write(&self.folder)?;
            if self.host.stop().asked() {
                return Err(Error::Stopped(format!(
                    "stopped: {} of {all} runs finished; the same command goes on",
                    self.done()
                )));
            }
        }
        Ok(())
    }

    /// How many runs are finished.
    fn done(&self) -> usize {
        let runs = self.state.runs.iter();
        runs.filter(|run| run.steps.is_some()).count()
    }

    /// Trains and evaluates one run, from where it stands; its number of steps.
    fn run_one(&self, record: &PlannedRun) -> Result<u64> {
        let path = self.folder.join(&record.folder);
        let subject = self.subjects.iter().find(|s| s.name == record.config);
        let subject = subject.ok_or_else(|| {
            Error::Bug(format!("{}: a run of a config that is not in the plan", record.config))
        })?;
        let config = subject.config.clone().with_seed(record.seed);
        let session = Session {
            publish: Publish::Nothing,
            command: format!("{} --seed {}", subject.command, record.seed),
            host: self.host.clone(),
        };
        self.host.stop().enter(Phase::Preparing);
        if let Some(summary) = finished(&path)? {
            return Ok(summary.steps);
        }
        let trained = session.run(self.begin_at(path, config)?)?;
        let outcome = trained.outcome;
        let score = score(&outcome.tables, &self.state.plan.primary)?;
        self.host.say(&format!("{}: {score}", self.state.plan.primary));
        for note in &outcome.rendered.notes {
            self.host.warn(note);
        }
        Ok(outcome.summary.steps)
    }

    /// From the checkpoint, or from the start where there is none.
    fn begin_at(&self, path: PathBuf, config: Config) -> Result<Begin> {
        if let Ok(folder) = RunFolder::open(&path) {
            if folder.has_checkpoint() {
                return Begin::resume(&path);
            }
            let _alone = self.host.hold(&path)?;
            folder.remove()?;
        }
        Ok(Begin::New { config, folder: NewFolder::At(path), from: None })
    }

    /// Compares the finished runs and writes tables, figure, page and the state's result; `None`
    /// where too many failed for any comparison.
    fn compare(&mut self) -> Result<Option<Ablation>> {
        self.host.stop().enter(Phase::Preparing);
        let plan = &self.state.plan;
        let mut entries = Vec::new();
        for (name, runs) in failed::comparable(&self.state) {
            let runs = runs.into_iter();
            let runs = runs.map(|run| SeedRun::load(&self.folder.join(&run.folder)));
            entries.push(AblationEntry {
                name: name.to_string(),
                runs: runs.collect::<story_report::Result<_>>()?,
            });
        }
        if entries.is_empty() {
            self.state.result = None;
            self.state.write(&self.folder)?;
            return Ok(None);
        }
        let (table, column) = table_and_column(&plan.primary)?;
        let asked = AblationPlan {
            base: plan.base.clone(),
            table: table.to_string(),
            column: column.to_string(),
        };
        let settings = EvaluationConfig {
            resamples: self.subjects[0].config.evaluate.resamples,
            level: LEVEL,
            ..EvaluationConfig::default()
        };
        let mut result = story_report::ablation(&entries, &asked, &settings)?;
        let finished = self.state.runs.iter();
        let finished: Vec<(&str, u64, u64)> =
            finished.filter_map(|run| Some((run.config.as_str(), run.seed, run.steps?))).collect();
        result.notes.extend(failed::note(&self.state));
        result.notes.extend(self.state.warnings.iter().cloned());
        result.notes.extend(fair::unequal_steps(&finished, &plan.base));
        result.write(&self.folder)?;
        let mut value = serde_json::to_value(&result)?;
        value["sentences"] = json!(result.sentences());
        self.state.result = Some(value);
        self.state.write(&self.folder)?;
        Ok(Some(result))
    }
}

/// The summary of a run that was trained, evaluated and reported; the report comes last.
fn finished(path: &Path) -> Result<Option<Summary>> {
    let summary = path.join("summary.json");
    if !path.join(REPORT).is_file() || !summary.is_file() {
        return Ok(None);
    }
    let text = std::fs::read_to_string(&summary).with_context(|| summary.display().to_string())?;
    let summary = serde_json::from_str(&text).with_context(|| summary.display().to_string())?;
    Ok(Some(summary))
}

/// Refuses a metric that no run can have, before hours are spent.
fn check_metric(primary: &str) -> Result<()> {
    table_and_column(primary)?;
    let known = known_metrics()?;
    if !known.iter().any(|name| name == primary) {
        let names: Vec<&str> = known.iter().map(String::as_str).collect();
        let nearest = nearest(primary, &names);
        let hint = nearest.map_or(String::new(), |name| format!(" did you mean `{name}`?"));
        return Err(Error::Config(format!(
            "--primary {primary}: there is no such metric.{hint} Known: {}",
            names.join(", ")
        )));
    }
    Ok(())
}

fn table_and_column(primary: &str) -> Result<(&str, &str)> {
    primary.split_once('/').ok_or_else(|| {
        Error::Config(format!(
            "--primary {primary}: expected TABLE/COLUMN, such as next-frame-retrieval/mrr"
        ))
    })
}

/// The model's score, printed.
///
/// # Errors
/// Where the run has no such score: no later run would have it either.
fn score(tables: &[ScoreTable], primary: &str) -> Result<String> {
    let (table, column) = table_and_column(primary)?;
    let table = tables.iter().find(|found| found.id == table);
    let cell = table.and_then(|table| {
        let at = table.column(column)?;
        let cell = table.cell(story_report::System::Model.name(), column)?;
        Some(table.columns[at].format_cell(cell))
    });
    let missing = || Error::Config(format!("--primary {primary}: this run has no such score"));
    cell.ok_or_else(missing)
}
