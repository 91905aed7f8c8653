//! The losses of a run in short: first, last and best of each part, in training and validation.

use super::{TextTable, csv_number};
use crate::records::LogLine;
use std::collections::BTreeMap;

/// One line a part of the loss and phase: its first, last and lowest value with the steps at which
/// they were met. Values that are not finite are left out and counted.
pub fn loss_summary(log: &[LogLine]) -> TextTable {
    let mut series: BTreeMap<(&str, &str), Vec<(u64, f64)>> = BTreeMap::new();
    for line in log {
        let (phase, step, losses) = match line {
            LogLine::Step { step, losses, .. } => ("train", step, losses),
            LogLine::Validation { step, losses, .. } => ("validation", step, losses),
        };
        for (part, &value) in losses {
            series.entry((phase, part)).or_default().push((*step, value));
        }
    }
    let mut table = TextTable::new([
        "phase",
        "part",
        "first",
        "first step",
        "last",
        "last step",
        "best",
        "best step",
        "values",
        "not finite",
    ]);
    for ((phase, part), values) in series {
        let finite: Vec<(u64, f64)> =
            values.iter().copied().filter(|(_, v)| v.is_finite()).collect();
        let best = finite.iter().copied().min_by(|a, b| a.1.total_cmp(&b.1));
        let mut row = vec![phase.to_string(), part.to_string()];
        for point in [finite.first().copied(), finite.last().copied(), best] {
            row.push(csv_number(point.map(|(_, value)| value)));
            row.push(point.map_or_else(String::new, |(step, _)| step.to_string()));
        }
        row.push(values.len().to_string());
        row.push((values.len() - finite.len()).to_string());
        table.rows.push(row);
    }
    table
}
