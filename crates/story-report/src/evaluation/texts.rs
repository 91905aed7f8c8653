//! The two tables of the next text: teacher-forced (perplexity, top-1, top-5) and free-running
//! (BLEU-4, ROUGE-L, METEOR, CIDEr-D, distinct sentences, length ratio).

use super::cells::{Unit, add_column};
use super::{Answer, rows, systems};
use crate::error::Result;
use crate::records::{TokenRecord, WindowRecord};
use crate::scores::{Cell, Column, ScoreTable};
use std::collections::BTreeMap;
use story_metrics::bleu::{BleuConfig, Casing};
use story_metrics::metric::{Direction, Metric};
use story_metrics::{
    Bleu, BleuStats, BootstrapConfig, Captions, Cider, CiderKind, DiversityStats, LengthRatio,
    MeanStats, NltkMeteor, Perplexity, Rouge, RougeKind, RougeStats, Statistic, TopK,
};

/// Models tell with a lower-casing tokenizer. Judged by their capitals, they would lose to a copied
/// text for each name and each beginning of a sentence.
const CASING: Casing = Casing::Lower;

pub(super) fn teacher_forced(
    windows: &[WindowRecord],
    config: &BootstrapConfig,
) -> Result<Option<ScoreTable>> {
    let windows: Vec<&WindowRecord> = windows.iter().filter(|w| !w.tokens.is_empty()).collect();
    let systems = systems(windows.iter().flat_map(|w| w.tokens.keys()));
    if systems.is_empty() {
        return Ok(None);
    }
    let mut rows = rows(&windows, &systems, |window, system| Answer::of(usable(window, system)));
    let perplexity = |window: &WindowRecord, system: &str| {
        Ok(match usable(window, system) {
            None => Unit::left_out(),
            Some(tokens) => Unit::counted(Perplexity { nll: tokens.nll, tokens: tokens.count }),
        })
    };
    add_column(&mut rows, &windows, config, perplexity, Perplexity::score)?;
    let top1 = |window: &WindowRecord, system: &str| {
        let hits = usable(window, system).map_or(0.0, |tokens| tokens.top1);
        let tokens = tokens_of(window, system);
        Ok(Unit::counted(TopK::<1> { hits, tokens }))
    };
    add_column(&mut rows, &windows, config, top1, TopK::score)?;
    let top5 = |window: &WindowRecord, system: &str| {
        let hits = usable(window, system).map_or(0.0, |tokens| tokens.top5);
        let tokens = tokens_of(window, system);
        Ok(Unit::counted(TopK::<5> { hits, tokens }))
    };
    add_column(&mut rows, &windows, config, top5, TopK::score)?;
    Ok(Some(ScoreTable {
        id: "next-text-teacher-forced".to_string(),
        title: "Next text, teacher-forced".to_string(),
        note: "Each token is predicted from the true tokens before it, padding excluded: not \
               comparable with generated text. A missing answer hits no token; perplexity leaves \
               it out."
            .to_string(),
        level: config.level,
        pool: None,
        not_asked: 0,
        columns: vec![
            column("Perplexity", 2, &Perplexity::default(), config),
            column("Top-1", 3, &TopK::<1>::default(), config),
            column("Top-5", 3, &TopK::<5>::default(), config),
        ],
        rows,
    }))
}

/// A system's token record, unless it is missing or holds numbers that cannot be.
fn usable(window: &WindowRecord, system: &str) -> Option<TokenRecord> {
    let tokens = *window.tokens.get(system)?;
    let possible = |hits: f64| (0.0..=tokens.count as f64).contains(&hits);
    let valid = Perplexity::default().add(tokens.nll, tokens.count).is_ok();
    (valid && tokens.nll.is_finite() && possible(tokens.top1) && possible(tokens.top5))
        .then_some(tokens)
}

/// The tokens that a system had to predict; of a missing one those that another system had.
fn tokens_of(window: &WindowRecord, system: &str) -> u64 {
    match usable(window, system) {
        Some(tokens) => tokens.count,
        None => window.tokens.values().map(|t| t.count).max().unwrap_or(0),
    }
}

pub(super) fn free_running(
    windows: &[WindowRecord],
    config: &BootstrapConfig,
) -> Result<Option<ScoreTable>> {
    let windows: Vec<&WindowRecord> =
        windows.iter().filter(|window| window.reference.is_some()).collect();
    let systems = systems(windows.iter().flat_map(|window| window.texts.keys()));
    if systems.is_empty() {
        return Ok(None);
    }
    let answer =
        |window: &WindowRecord, system: &str| window.texts.get(system).map(ToString::to_string);
    let mut rows = rows(&windows, &systems, |window, system| Answer::of(answer(window, system)));
    let bleu = |window: &WindowRecord, system: &str| {
        let text = answer(window, system);
        let stats = BleuStats::of(text.as_deref(), &[reference(window)], CASING)?;
        Ok(Unit::counted(stats))
    };
    add_column(&mut rows, &windows, config, bleu, BleuStats::score)?;
    let rouge = |window: &WindowRecord, system: &str| {
        let text = answer(window, system);
        let stats = RougeStats::of(RougeKind::RougeL, text.as_deref(), &[reference(window)])?;
        Ok(Unit::counted(stats))
    };
    add_column(&mut rows, &windows, config, rouge, RougeStats::score)?;
    let meteor = |window: &WindowRecord, system: &str| {
        let mut meteor = NltkMeteor::default();
        meteor.add(answer(window, system).as_deref(), &[reference(window)])?;
        Ok(Unit::counted(*meteor.stats()))
    };
    add_column(&mut rows, &windows, config, meteor, MeanStats::score)?;
    let cider = ciders(&windows, &systems)?;
    let cider_d = |window: &WindowRecord, system: &str| {
        let scores = cider.get(system);
        let score = scores.and_then(|scores| scores.get(&place(window)));
        Ok(Unit::counted(MeanStats::of(score.copied())))
    };
    add_column(&mut rows, &windows, config, cider_d, MeanStats::score)?;

    // Drawing a story twice makes its sentences repeat, so a bootstrap of this share is biased.
    for row in &mut rows {
        let mut diversity = DiversityStats::default();
        for window in &windows {
            diversity.add(answer(window, &row.system).as_deref());
        }
        row.cells.push(Cell {
            value: diversity.distinct_texts(),
            left_out: row.missing,
            ..Cell::default()
        });
    }
    let mut references = DiversityStats::default();
    for window in &windows {
        references.add(Some(reference(window)));
    }

    let length = |window: &WindowRecord, system: &str| {
        let mut stats = LengthRatio::default();
        stats.add(answer(window, system).as_deref(), &[reference(window)])?;
        Ok(Unit::counted(stats))
    };
    add_column(&mut rows, &windows, config, length, |stats| stats.score())?;

    let mut bleu = Bleu::new(BleuConfig { casing: CASING, ..BleuConfig::default() })?;
    bleu.add(Some(""), &[""])?;
    let distinct = references
        .measurements()
        .into_iter()
        .find(|measurement| measurement.name == "distinct-texts");
    Ok(Some(ScoreTable {
        id: "next-text-free-running".to_string(),
        title: "Next text, free-running".to_string(),
        note:
            "The text that each system writes by itself. A missing answer counts as an empty one."
                .to_string(),
        level: config.level,
        pool: None,
        not_asked: 0,
        columns: vec![
            column("BLEU-4", 2, &bleu, config),
            column("ROUGE-L", 3, &Rouge::new(RougeKind::RougeL), config),
            column("METEOR", 3, &NltkMeteor::default(), config),
            column("CIDEr-D", 3, &Cider::new(CiderKind::Defended), config),
            Column {
                id: "distinct-texts".to_string(),
                name: "Distinct".to_string(),
                direction: Direction::CloserToReference,
                unit: String::new(),
                digits: 3,
                reference: references.distinct_texts(),
                signature: distinct
                    .map(|measurement| format!("{}|ci:none", measurement.signature))
                    .unwrap_or_default(),
            },
            Column {
                reference: Some(1.0),
                ..column("Length ratio", 2, &LengthRatio::default(), config)
            },
        ],
        rows,
    }))
}

/// A window by its story and target frame.
type Place<'w> = (&'w str, usize);

fn place(window: &WindowRecord) -> Place<'_> {
    (&window.story, window.target)
}

/// CIDEr-D of each system in each window, a missing answer as an empty one. Document frequencies
/// are those of all references, in every resample: it is the stories that are drawn, not what is
/// known of words.
fn ciders<'w>(
    windows: &[&'w WindowRecord],
    systems: &[String],
) -> Result<BTreeMap<String, BTreeMap<Place<'w>, f64>>> {
    let mut all = BTreeMap::new();
    for system in systems {
        let mut cider = Cider::new(CiderKind::Defended);
        for window in windows {
            let answer = window.texts.get(system).map(String::as_str);
            cider.add(&Captions::new(answer, &[reference(window)])?);
        }
        let places = windows.iter().map(|window| place(window));
        all.insert(system.clone(), places.zip(cider.scores()).collect());
    }
    Ok(all)
}

/// The reference of a window that was kept because it has one.
fn reference(window: &WindowRecord) -> &str {
    window.reference.as_deref().unwrap_or("")
}

fn column(name: &str, digits: usize, metric: &dyn Metric, config: &BootstrapConfig) -> Column {
    Column {
        id: metric.name(),
        name: name.to_string(),
        direction: metric.direction(),
        unit: metric.range().unit.to_string(),
        digits,
        reference: None,
        signature: format!("{}|{}", metric.signature(), config.signature()),
    }
}
