//! The two tables of the next text: teacher-forced (of the tokens), and free-running (every metric of
//! texts in the list that reports show, and how much is copied or recalled).

use super::cells::Unit;
use super::{Answer, Sheet, copied, recalled, words};
use crate::error::Result;
use crate::records::{TokenRecord, WindowRecord};
use crate::scores::{Cell, Column, ScoreTable};
use story_metrics::bleu::Casing;
use story_metrics::language::{PERPLEXITY, TOP_1, TOP_5};
use story_metrics::{
    BootstrapConfig, Direction, Perplexity, Reads, Segment, Shown, TextEntry, TextMetric,
    TextOptions, TextScore, TextVisitor, TopK,
};

pub(super) fn teacher_forced(
    windows: &[WindowRecord],
    config: &BootstrapConfig,
) -> Result<Option<ScoreTable>> {
    let asked = windows.iter().filter(|window| !window.tokens.is_empty()).collect();
    let names = windows.iter().flat_map(|window| window.tokens.keys());
    let answered = |window: &WindowRecord, system: &str| Answer::of(usable(window, system));
    let Some(mut sheet) = Sheet::new(asked, names, answered, config) else {
        return Ok(None);
    };
    // None where two runs with different tokenizers are compared: their tokens are not the same.
    if windows.iter().flat_map(|window| window.tokens.values()).any(|tokens| tokens.count > 0) {
        add_tokens(&mut sheet)?;
    }
    words::add(&mut sheet)?;
    let note = format!(
        "Each token is predicted from the true tokens before it, padding excluded: not comparable \
         with generated text. A missing answer hits no token; perplexity leaves it out. {}",
        words::NOTE
    );
    Ok(Some(sheet.table("next-text-teacher-forced", "Next text, teacher-forced", note)))
}

/// Appends what is counted a token, the end among them.
fn add_tokens(sheet: &mut Sheet<'_>) -> Result<()> {
    let perplexity = |window: &WindowRecord, system: &str| {
        Ok(match usable(window, system) {
            None => Unit::left_out(),
            Some(tokens) => Unit::counted(Perplexity { nll: tokens.nll, tokens: tokens.count }),
        })
    };
    sheet.add(&PERPLEXITY.info, Perplexity::signature(), perplexity, PERPLEXITY.of)?;
    let top1 = |window: &WindowRecord, system: &str| {
        let hits = usable(window, system).map_or(0.0, |tokens| tokens.top1);
        Ok(Unit::counted(TopK { hits, tokens: tokens_of(window, system) }))
    };
    sheet.add(&TOP_1.info, TopK::<1>::signature(), top1, TOP_1.of)?;
    let top5 = |window: &WindowRecord, system: &str| {
        let hits = usable(window, system).map_or(0.0, |tokens| tokens.top5);
        Ok(Unit::counted(TopK { hits, tokens: tokens_of(window, system) }))
    };
    sheet.add(&TOP_5.info, TopK::<5>::signature(), top5, TOP_5.of)
}

/// A system's token record, unless it is missing or holds numbers that cannot be.
pub(super) fn usable(window: &WindowRecord, system: &str) -> Option<TokenRecord> {
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
    let asked: Vec<&WindowRecord> =
        windows.iter().filter(|window| window.reference.is_some()).collect();
    let names = asked.iter().flat_map(|window| window.texts.keys());
    let answered = |window: &WindowRecord, system: &str| Answer::of(window.texts.get(system));
    let Some(mut sheet) = Sheet::new(asked.clone(), names, answered, config) else {
        return Ok(None);
    };
    let mut systems: Vec<Vec<Segment<'_>>> = Vec::new();
    for row in &sheet.rows {
        let texts = asked.iter().map(|&window| {
            let answer = window.texts.get(&row.system).map(String::as_str);
            Segment::new(answer, references(window))
        });
        systems.push(texts.collect());
    }
    let own = asked.iter();
    let own = own.map(|&window| Segment::new(window.reference.as_deref(), references(window)));
    let own: Vec<Segment<'_>> = own.collect();
    for score in TextScore::ALL {
        score.visit(Columns { sheet: &mut sheet, systems: &systems, own: &own })?;
    }
    copied::add(&mut sheet)?;
    recalled::add(&mut sheet)?;
    let note = format!(
        "The text that each system writes by itself. A missing answer counts as an empty one. {} {}",
        copied::NOTE,
        recalled::NOTE
    );
    Ok(Some(sheet.table("next-text-free-running", "Next text, free-running", note)))
}

/// The reference of a window that was kept because it has one.
fn references(window: &WindowRecord) -> &[String] {
    window.reference.as_slice()
}

/// Models tell with a lower-casing tokenizer. Judged by their capitals, they would lose to a copied
/// text for each name and each beginning of a sentence.
fn options() -> TextOptions {
    TextOptions { casing: Casing::Lower, ..TextOptions::default() }
}

/// Appends the columns of a metric, those that reports show.
struct Columns<'a, 'w> {
    sheet: &'a mut Sheet<'w>,
    /// The texts of each row.
    systems: &'a [Vec<Segment<'w>>],
    /// The references as if they were answers.
    own: &'a [Segment<'w>],
}

impl TextVisitor for Columns<'_, '_> {
    type Output = Result<()>;

    fn visit<M: TextMetric>(self, entry: &'static TextEntry<M>) -> Result<()> {
        let shown = entry.scores.iter().filter(|score| score.info.shown == Shown::InReports);
        let shown: Vec<_> = shown.collect();
        if shown.is_empty() {
            return Ok(());
        }
        let empty = (entry.build)(&options())?;
        let read = |texts: &[Segment<'_>]| -> Result<(M, Vec<Unit<M::Stats>>)> {
            let mut metric = empty.clone();
            let units = metric.read(texts).into_iter().map(|unit| Ok(Unit::counted(unit?)));
            let units = units.collect::<Result<_>>()?;
            Ok((metric, units))
        };
        let read_systems = self.systems.iter().map(|texts| read(texts));
        let (metrics, units): (Vec<M>, Vec<_>) =
            read_systems.collect::<Result<Vec<_>>>()?.into_iter().unzip();
        for score in shown {
            let signature = metrics[0].signature_of(&score.info);
            let value = |metric: &M| (score.of)(metric.stats());
            match entry.reads {
                // Drawing a story twice makes its texts repeat, so a bootstrap would be biased.
                Reads::AllTogether => {
                    for (row, metric) in self.sheet.rows.iter_mut().zip(&metrics) {
                        let (value, left_out) = (value(metric), row.missing);
                        row.cells.push(Cell { value, left_out, ..Cell::default() });
                    }
                    let column = Column::of(&score.info, signature.with("ci", "none"));
                    self.sheet.columns.push(column);
                }
                Reads::EachText | Reads::EachAmongAll => {
                    self.sheet.add_units(&score.info, signature, &units, score.of)?;
                }
            }
            if score.info.direction == Direction::CloserToReference {
                let column = self.sheet.columns.last_mut();
                let reference = value(&read(self.own)?.0);
                column.expect("invariant: one was appended").reference = reference;
            }
        }
        Ok(())
    }
}
