//! `story verify`: do these pictures and texts belong together, and which phrase does not fit?

use super::{outcome, steps};
use crate::arguments::VerifyArguments;
use crate::console::{out, print_json};
use crate::options;
use anyhow::{Result, bail};
use serde::Serialize;
use std::path::Path;
use story_core::{Frame, Story};
use story_report::counted;
use story_run::Host;
use story_run::judge::config::{DetectorConfig, VerifyConfig};
use story_run::judge::labels::{self, LabelledScores};
use story_run::judge::{Answer, BUILT_IN_CONFIG, ClaimAnswer, Decider, OpenedJudge, Signals};
use story_run::run_folder::write_atomically;

/// What `story verify --json` prints.
#[derive(Serialize)]
struct Document<'a> {
    /// What found things.
    detector: &'a str,
    /// What brought pictures and texts into one space; `null` where nothing did.
    similarity: Option<&'a str>,
    /// The run whose alignment the similarity is; `null` where it is no run's.
    #[serde(serialize_with = "story_run::json_path::maybe")]
    similarity_run: Option<&'a Path>,
    /// The judge: a run's folder, a file, or that it comes with the program; `null` without one.
    judge: Option<String>,
    /// From this probability on the judge says that they belong together.
    threshold: Option<f64>,
    /// One a picture.
    answers: &'a [Answer],
}

/// Judges the pictures and texts named.
pub fn run(arguments: &VerifyArguments) -> Result<()> {
    let host = options::brief_host(&arguments.common);
    let named = arguments.judge.as_deref().map(Decider::open).transpose()?;
    let config = config(arguments, named.as_ref(), &host)?;
    let decider = match named {
        Some(named) => Ok(named),
        None => Decider::built_in(detector_of(&config))?,
    };
    if let Ok(decider) = &decider {
        host.say(&format!("judge: {}", decider.name()));
    }
    OpenedJudge::check(&config)?;
    if let Some(file) = &arguments.labels {
        let labelled = labels::read(file)?;
        let judge = OpenedJudge::open(&config, decider, &arguments.results, &host)?;
        return score(arguments, &judge, &judge.scores(&labelled, config.seed, &host)?);
    }
    let story = story(arguments, &host)?;
    let judge = OpenedJudge::open(&config, decider, &arguments.results, &host)?;
    let answers = judge.answers(&story, &host)?;
    if let Some(warning) = judge.decider().and_then(Decider::unchecked) {
        host.warn(&warning);
    }
    if let Some(page) = &arguments.page {
        write_atomically(page, judge.page(&answers)?.as_bytes())?;
    }
    if arguments.common.json {
        return print_json(
            "verify",
            &Document {
                detector: judge.detector(),
                similarity: judge.similarity(),
                similarity_run: judge.similarity_run(),
                judge: judge.decider().map(Decider::name),
                threshold: judge.decider().map(Decider::threshold),
                answers: &answers,
            },
        );
    }
    let threshold = judge.decider().map(Decider::threshold);
    answers.iter().for_each(|answer| print(answer, threshold));
    if let Some(page) = &arguments.page {
        out!("page: {}", page.display());
    }
    Ok(())
}

/// What `story verify --labels --json` prints.
#[derive(Serialize)]
struct LabelsDocument<'a> {
    /// What found things.
    detector: &'a str,
    /// The judge; `null` without one.
    judge: Option<String>,
    /// From this probability on the judge says that they belong together.
    threshold: Option<f64>,
    #[serde(flatten)]
    scores: &'a LabelledScores,
}

/// Prints what the judge is worth on labelled examples.
fn score(arguments: &VerifyArguments, judge: &OpenedJudge, scores: &LabelledScores) -> Result<()> {
    if arguments.common.json {
        return print_json(
            "verify --labels",
            &LabelsDocument {
                detector: judge.detector(),
                judge: judge.decider().map(Decider::name),
                threshold: judge.decider().map(Decider::threshold),
                scores,
            },
        );
    }
    outcome::print_tables(&scores.metrics);
    for (reason, count) in &scores.unjudged {
        out!("no verdict on {count} of {}: {reason}", scores.examples);
    }
    Ok(())
}

/// The trained judge's own config, or the one that the judges of the program were fitted with, with the
/// detector and the values that were named.
fn config(
    arguments: &VerifyArguments,
    judge: Option<&Decider>,
    host: &Host,
) -> Result<VerifyConfig> {
    let path = arguments.configured.path();
    let own = judge.map(|judge| judge.config(&[])).transpose()?.flatten();
    if let (Some(_), Some(path)) = (&own, path) {
        bail!(
            "--config {}: a trained judge brings its own config; change single values of it with --set",
            path.display()
        );
    }
    let preset = path.unwrap_or(Path::new(BUILT_IN_CONFIG));
    let base = match own {
        Some(own) => own,
        None => VerifyConfig::read(Some(preset), &[])?,
    };
    let quoted = |text: &str| toml::Value::from(text).to_string();
    let is_published = matches!(base.detector, DetectorConfig::Published { .. });
    let name = arguments.detector.as_deref();
    let mut patches = Vec::new();
    let is_preset = path.is_none() && judge.is_none_or(|judge| judge.is_few());
    let weights = match (&arguments.weights, name) {
        (Some(weights), _) => Some(weights.clone()),
        (None, Some(name)) => Some(super::detect::fetched(name, host)?),
        (None, None) if is_preset && !has_weights(&base) => {
            Some(super::detect::fetched(USUAL_DETECTOR, host)?)
        }
        // A config of the user's own, and a trained judge's, say where they lie.
        (None, None) => None,
    };
    if let Some(weights) = &weights {
        let weights = quoted(&weights.display().to_string());
        // The judge knows its own detector's settings; other ones would spoil its probabilities.
        if is_published {
            patches.push(format!("detector.weights={weights}"));
            patches.extend(name.map(|name| format!("detector.name={}", quoted(name))));
        } else {
            let name = quoted(name.unwrap_or(USUAL_DETECTOR));
            patches.push(format!(
                "detector={{kind=\"published\",name={name},weights={weights},min_score=0.1,max_iou=0.45}}"
            ));
        }
    }
    patches.extend(arguments.configured.values.patches());
    match judge.map(|judge| judge.config(&patches)).transpose()?.flatten() {
        Some(config) => Ok(config),
        None => Ok(VerifyConfig::read(Some(preset), &patches)?),
    }
}

/// The detector that is taken where none is named.
const USUAL_DETECTOR: &str = "yolox-nano";

/// Whether the weights are where the config says.
fn has_weights(config: &VerifyConfig) -> bool {
    match &config.detector {
        DetectorConfig::Published { weights, .. } => Path::new(weights).is_file(),
        DetectorConfig::Annotations {} => false,
    }
}

/// The name of a config's detector; of one that finds nothing itself, the usual one's.
fn detector_of(config: &VerifyConfig) -> &str {
    match &config.detector {
        DetectorConfig::Published { name, .. } => name,
        DetectorConfig::Annotations {} => USUAL_DETECTOR,
    }
}

/// The pictures with their texts.
fn story(arguments: &VerifyArguments, host: &Host) -> Result<Story> {
    if let Some(folder) = &arguments.folder {
        return steps::of_folder(folder, arguments.story.as_deref(), host);
    }
    steps::refuse_story_of_no_folder(arguments.story.as_deref())?;
    let (images, texts) = (&arguments.images, &arguments.texts);
    if images.is_empty() || texts.is_empty() {
        bail!("nothing to compare: give --images and --text, or --folder");
    }
    if texts.len() != images.len() && texts.len() != 1 {
        bail!(
            "{} and {}: give one text a picture, or one for all",
            counted(images.len() as u64, "picture", "pictures"),
            counted(texts.len() as u64, "text", "texts")
        );
    }
    let text = |place: usize| texts.get(place).unwrap_or(&texts[0]);
    let frames =
        images.iter().enumerate().map(|(place, path)| steps::frame(Some(path), text(place)));
    let frames = frames.collect::<Result<Vec<Frame>>>()?;
    Ok(Story { id: "own".into(), frames, ..Story::default() })
}

/// A verdict stands beside the threshold, which is seldom one half: it is set where few matching texts
/// are lost.
fn print(answer: &Answer, threshold: Option<f64>) {
    out!("{}: {}", answer.image, answer.text);
    if let (Some(probability), Some(matches)) = (answer.probability, answer.matches) {
        let verdict = if matches { "belong together" } else { "do not fit" };
        let from = threshold.map(|it| format!(", threshold {it:.2}")).unwrap_or_default();
        out!("  {verdict}: probability of a match {probability:.2}{from}");
    }
    for share in &answer.basis {
        out!("    {}", share.words);
    }
    if let Some(reason) = &answer.unjudged {
        out!("  no verdict: {reason}");
    }
    if let Some(signals) = &answer.signals {
        out!("  {}", line(signals));
    }
    for claim in answer.claims.iter().flatten() {
        print_claim(claim);
    }
}

fn line(signals: &Signals) -> String {
    let one = |(name, value): (&str, Option<f64>)| match value {
        Some(value) => format!("{name} {value:.2}"),
        None => format!("{name} not judged"),
    };
    signals.named().map(one).collect::<Vec<_>>().join(", ")
}

fn print_claim(claim: &ClaimAnswer) {
    let (finding, kind) = (claim.finding.name(), claim.kind.name());
    let mut line = format!("    {finding:13} {kind:9} {}", claim.phrase);
    if let (Some(label), Some(score), Some([left, top, right, bottom])) =
        (&claim.label, claim.label_score, claim.bounding_box)
    {
        line.push_str(&format!(
            "  [{label} {score:.2} at {left:.0},{top:.0} to {right:.0},{bottom:.0}]"
        ));
    }
    if let Some(reason) = &claim.reason {
        line.push_str(&format!("  ({reason})"));
    }
    out!("{line}");
}
