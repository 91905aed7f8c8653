//! `story detect --self-test`: whether a detector computes what its original does, on weights made by
//! a formula, and what is known of a file of published weights.

use crate::arguments::DetectArguments;
use crate::console::{out, print_json};
use crate::failure::CheckFailed;
use anyhow::{Context, Result};
use candle_core::Device;
use serde::Serialize;
use std::path::Path;
use story_verify::self_test::{self, SelfTest, Values, Weights};

/// What `story detect --self-test --json` prints.
#[derive(Serialize)]
struct Document<'a> {
    detector: &'a str,
    original: &'a str,
    stages: Vec<StageDocument<'a>>,
    passes: bool,
    weights: Option<WeightsDocument<'a>>,
}

/// How far a stage is from the original's.
#[derive(Serialize)]
struct StageDocument<'a> {
    stage: &'a str,
    /// `null` where it is not finite: JSON has no infinity.
    difference: Option<f64>,
    tolerance: f64,
    passes: bool,
}

/// What is known of a file of weights.
#[derive(Serialize)]
struct WeightsDocument<'a> {
    #[serde(serialize_with = "story_run::json_path::one")]
    file: &'a Path,
    names_and_shapes: bool,
    sha256: Option<&'a str>,
    /// Whether it is the released file; `null` where no checksum is known.
    released: Option<bool>,
    verdict: String,
}

/// Runs the self-test of the detector that is named.
pub fn run(arguments: &DetectArguments, device: &Device) -> Result<()> {
    let name = &arguments.detector;
    // Before the network is run, which takes a while: a file that is not there is known at once.
    let weights = match &arguments.weights {
        Some(path) => Some((path.as_path(), self_test::weights(name, path, device)?)),
        None => None,
    };
    let test = self_test::run(name).context("--detector")?;
    if arguments.common.json {
        print_json("detect --self-test", &document(&test, weights.as_ref()))?;
    } else {
        print(&test, weights.as_ref());
    }
    if !test.passes() {
        let message = format!("{name} does not compute what {} does", test.original);
        return Err(CheckFailed(message).into());
    }
    Ok(())
}

fn print(test: &SelfTest, weights: Option<&(&Path, Weights)>) {
    out!(
        "{} against {}, both on weights and a picture made by a formula",
        test.detector,
        test.original
    );
    for stage in &test.stages {
        out!(
            "  {:28} difference {:.1e}, allowed {:.0e}{}",
            stage.stage,
            stage.difference,
            stage.tolerance,
            if stage.passes() { "" } else { "  FAILS" }
        );
    }
    match weights {
        Some((path, weights)) => {
            out!("{}: every name and shape is this network's", path.display());
            out!("  {}", verdict(weights));
        }
        None => out!("no weights were named: --weights FILE tells what is known of a file"),
    }
}

/// What is known of the values in a file.
fn verdict(weights: &Weights) -> String {
    let digits = (weights.sha256.as_deref(), weights.expected);
    match (weights.values, digits) {
        (Values::Released, (_, Some(expected))) => {
            format!("the released file: its SHA-256 begins with {expected}")
        }
        (Values::OtherBytes, (Some(found), Some(expected))) => format!(
            "not the released file byte for byte: its SHA-256 is {found}, that one's begins with {expected}; whether the values are the same cannot be checked"
        ),
        _ => "the values cannot be checked: no checksum of the released file is known here".into(),
    }
}

fn document<'a>(test: &'a SelfTest, weights: Option<&'a (&'a Path, Weights)>) -> Document<'a> {
    let stages = test.stages.iter().map(|stage| StageDocument {
        stage: &stage.stage,
        difference: stage.difference.is_finite().then_some(stage.difference),
        tolerance: stage.tolerance,
        passes: stage.passes(),
    });
    let weights = weights.map(|(path, weights)| WeightsDocument {
        file: path,
        names_and_shapes: true,
        sha256: weights.sha256.as_deref(),
        released: match weights.values {
            Values::Released => Some(true),
            Values::OtherBytes => Some(false),
            Values::Unknown => None,
        },
        verdict: verdict(weights),
    });
    Document {
        detector: &test.detector,
        original: test.original,
        stages: stages.collect(),
        passes: test.passes(),
        weights,
    }
}
