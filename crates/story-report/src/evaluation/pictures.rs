//! The table of the next picture: MSE, PSNR, SSIM, sharpness and, where a frozen encoder is there, the
//! cosine in its space, each the mean over windows.

use super::cells::Unit;
use super::{Answer, Sheet};
use crate::error::Result;
use crate::records::{PictureRecord, WindowRecord};
use crate::scores::ScoreTable;
use story_metrics::metric::Direction::HigherIsBetter;
use story_metrics::metric::Range;
use story_metrics::picture::{MSE, PSNR, SSIM, signature};
use story_metrics::sharpness::SHARPNESS;
use story_metrics::vectors::COSINE;
use story_metrics::{BootstrapConfig, MeanStats, MetricInfo, Signature, Statistic};

pub(super) fn next_picture(
    windows: &[WindowRecord],
    config: &BootstrapConfig,
) -> Result<Option<ScoreTable>> {
    let asked = windows.iter().filter(|window| !window.pictures.is_empty()).collect();
    let names = windows.iter().flat_map(|window| window.pictures.keys());
    let answered = |window: &WindowRecord, system: &str| Answer::of(window.pictures.get(system));
    let Some(mut sheet) = Sheet::new(asked, names, answered, config) else {
        return Ok(None);
    };
    let pixels = |info: &'static MetricInfo| {
        // The counts of undefined values stand in the cells, not in the settings.
        (info, signature(info, &MeanStats::default()).without("undefined"))
    };
    column(&mut sheet, pixels(&MSE), |picture| Some(picture.mse), None)?;
    column(&mut sheet, pixels(&PSNR), |picture| picture.psnr, None)?;
    column(&mut sheet, pixels(&SSIM), |picture| picture.ssim, Some(0.0))?;
    let any = |has: fn(&PictureRecord) -> bool| {
        windows.iter().flat_map(|window| window.pictures.values()).any(has)
    };
    // Records of earlier versions have none.
    if any(|picture| picture.sharpness.is_some()) {
        column(&mut sheet, pixels(&SHARPNESS), |picture| picture.sharpness, None)?;
        let column = sheet.columns.last_mut().expect("invariant: one was appended");
        column.reference = Some(AS_SHARP);
    }
    let mut note = PIXELS.to_string();
    if any(|picture| picture.encoder_cosine.is_some()) {
        note.push_str(COSINES);
        let mean = Signature::of([("agg", &"mean")]).versioned();
        column(&mut sheet, (&COSINE, mean), |picture| picture.encoder_cosine, None)?;
    }
    if any(|picture| picture.read.is_some()) {
        note.push_str(SEEN_BY);
        for (info, right) in &READ {
            let reader = Signature::of([("agg", &"mean"), ("reader", &"softmax")]).versioned();
            column(&mut sheet, (info, reader), *right, None)?;
        }
    }
    Ok(Some(sheet.table("next-picture", "Next picture", &note)))
}

const PIXELS: &str = "Pixels in 0..1. A blurred mean scores well here: read it beside the mean picture, and \
    beside its sharpness, which is 1 where edges are as strong as the target's. A missing picture has an \
    SSIM of 0; the others leave it out, PSNR equal pictures too.";
const COSINES: &str = " Cosine is that of the vectors which the run's frozen picture encoder makes of \
    picture and target.";
const SEEN_BY: &str = " Place, time, hero and friend are those of the synthetic world, as a linear reader \
    of the run's own picture vectors sees them.";

/// The value of one picture.
type Value = fn(&PictureRecord) -> Option<f64>;

/// What a reader sees rightly, each with its value for one picture.
static READ: [(MetricInfo, Value); 4] = [
    (seen("place-read", "Place"), |picture| picture.read.map(|read| share(read.place))),
    (seen("time-read", "Time"), |picture| picture.read.map(|read| share(read.time))),
    (seen("hero-read", "Hero"), |picture| picture.read.map(|read| share(read.hero))),
    (seen("friend-read", "Friend"), |picture| picture.read.map(|read| share(read.friend))),
];

const SEEN: &str =
    "share of pictures in which a reader, trained on real ones, sees what the scene has";

const fn seen(id: &'static str, name: &'static str) -> MetricInfo {
    MetricInfo::new(id, name, SEEN, HigherIsBetter, Range::FRACTION)
}

/// What a column of the reader measures; `None` for the id of another column.
pub(super) fn meaning(id: &str) -> Option<&'static str> {
    READ.iter().any(|(info, _)| info.id == id).then_some(SEEN)
}

fn share(right: bool) -> f64 {
    f64::from(u8::from(right))
}

/// The sharpness of the target itself.
const AS_SHARP: f64 = 1.0;

/// Appends a column of means; a missing picture counts as `worst`, or not at all.
fn column(
    sheet: &mut Sheet<'_>,
    (info, signature): (&'static MetricInfo, Signature),
    value: Value,
    worst: Option<f64>,
) -> Result<()> {
    let unit = |window: &WindowRecord, system: &str| {
        let stats = match window.pictures.get(system) {
            Some(picture) => MeanStats::of(value(picture)),
            None => MeanStats::missing(worst),
        };
        Ok(match stats.n {
            0 => Unit::left_out(),
            _ => Unit::counted(stats),
        })
    };
    sheet.add(info, signature, unit, MeanStats::score)
}
