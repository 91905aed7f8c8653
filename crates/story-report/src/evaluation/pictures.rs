//! The table of the next picture: MSE, PSNR, SSIM, each the mean over windows.

use super::cells::{Unit, add_column};
use super::{Answer, rows, systems};
use crate::error::Result;
use crate::records::{PictureRecord, WindowRecord};
use crate::scores::{Column, ScoreTable};
use story_metrics::{BootstrapConfig, MeanStats, PictureStats, Statistic};

pub(super) fn next_picture(
    windows: &[WindowRecord],
    config: &BootstrapConfig,
) -> Result<Option<ScoreTable>> {
    let windows: Vec<&WindowRecord> = windows.iter().filter(|w| !w.pictures.is_empty()).collect();
    let systems = systems(windows.iter().flat_map(|window| window.pictures.keys()));
    if systems.is_empty() {
        return Ok(None);
    }
    let mut rows =
        rows(&windows, &systems, |window, system| Answer::of(window.pictures.get(system)));
    let mut column = |value: fn(&PictureRecord) -> Option<f64>, worst: Option<f64>| {
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
        add_column(&mut rows, &windows, config, unit, MeanStats::score)
    };
    column(|picture| Some(picture.mse), None)?;
    column(|picture| picture.psnr, None)?;
    column(|picture| picture.ssim, Some(0.0))?;

    let names = [("MSE", 4), ("PSNR", 2), ("SSIM", 3)];
    let columns = PictureStats::default().measurements().into_iter();
    let columns = columns.zip(names).map(|(measurement, (name, digits))| {
        // The counts of undefined values stand in the cells, not in the settings.
        let settings = measurement.signature.replace("undefined:0|", "");
        Column {
            id: measurement.name,
            name: name.to_string(),
            direction: measurement.direction,
            unit: measurement.range.unit.to_string(),
            digits,
            reference: None,
            signature: format!("{settings}|{}", config.signature()),
        }
    });
    Ok(Some(ScoreTable {
        id: "next-picture".to_string(),
        title: "Next picture".to_string(),
        note: "Pixels in 0..1. A blurred mean scores well here: read it beside the mean picture. A \
               missing picture has an SSIM of 0; MSE and PSNR leave it out, PSNR equal pictures too."
            .to_string(),
        level: config.level,
        pool: None,
        not_asked: 0,
        columns: columns.collect(),
        rows,
    }))
}
