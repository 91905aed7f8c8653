//! Examples of a judge's report: those that the fusion judged best, in the middle and worst, then
//! some of each kind of text.

use crate::html::embedded_pictures::EmbeddedPictures;
use crate::html::parts::text_table;
use crate::html::picture_card::{Card, Picture};
use crate::html::search::search;
use crate::scores::format_number;
use crate::tables::TextTable;
use crate::verification::systems::{FUSION, kinds, systems, threshold};
use crate::verification::{Judgement, VerificationRecord};
use maud::{Markup, html};
use std::collections::BTreeSet;

/// Most examples of a group.
const MAX_RANKED: usize = 6;
const MAX_OF_KIND: usize = 4;

/// The section and what it could not show.
pub(super) struct Examples {
    pub content: Markup,
    pub notes: Vec<String>,
}

/// A group of examples, by their places in the records.
struct Group {
    title: String,
    members: Vec<usize>,
}

/// All groups but the example `on_top` of the page, by its place in the records.
pub(super) fn section(
    judgement: &Judgement,
    on_top: Option<usize>,
    pictures: &mut EmbeddedPictures<'_>,
) -> Examples {
    let systems = systems(&judgement.records);
    let (mut shown, mut left_out) = (0, 0);
    let mut all = Vec::new();
    for group in groups(&judgement.records, on_top) {
        let mut cards = Vec::new();
        for at in group.members {
            if pictures.is_full() {
                left_out += 1;
                continue;
            }
            shown += 1;
            cards.push(card(judgement, &judgement.records[at], &systems, pictures).html());
        }
        if !cards.is_empty() {
            all.push((group.title, cards));
        }
    }
    let full = format!("{left_out} more examples were left out: the page is full");
    let notes = (left_out > 0).then_some(full).into_iter().collect();
    let cards = html! { @for (title, cards) in &all {
        div class="group" { h3 { (title) } @for card in cards { (card) } }
    } };
    let content = html! { @if !all.is_empty() {
        p class="note" {
            (shown) " of " (judgement.records.len()) " examples. Right and wrong are the fusion's; a \
             group holds what is shown nowhere above it."
        }
        (search(&cards, "examples"))
        (cards)
    } };
    Examples { content, notes }
}

/// The examples whose pictures were saved, where any were, by their places; then those that the fusion
/// judged, the most surely right first.
pub(super) fn shown_first(records: &[VerificationRecord]) -> (Vec<usize>, Vec<usize>) {
    let saved = records.iter().any(|record| record.image.is_some());
    let can_be_shown = |at: &usize| !saved || records[*at].image.is_some();
    let candidates: Vec<usize> = (0..records.len()).filter(can_be_shown).collect();
    let mut ranked: Vec<(f64, usize)> =
        candidates.iter().filter_map(|&at| Some((of_truth(&records[at])?, at))).collect();
    // Ties stay in the order of the records.
    ranked.sort_by(|a, b| b.0.total_cmp(&a.0));
    (candidates, ranked.into_iter().map(|(_, at)| at).collect())
}

/// Each example in the first group that wants it.
fn groups(records: &[VerificationRecord], on_top: Option<usize>) -> Vec<Group> {
    let (mut candidates, mut ranked) = shown_first(records);
    candidates.retain(|at| Some(*at) != on_top);
    ranked.retain(|at| Some(*at) != on_top);
    let n = ranked.len();
    let each = n.div_ceil(3).min(MAX_RANKED);
    let middle = n.saturating_sub(each) / 2;
    let mut wanted: Vec<(String, Vec<usize>, usize)> = vec![
        ("Best: most surely right".into(), ranked[..each].to_vec(), each),
        // The worst first, so that where there are few it is not called the middle.
        (
            "Worst: most surely wrong".into(),
            ranked.iter().rev().take(each).copied().collect(),
            each,
        ),
        ("Median".into(), ranked[middle..middle + each].to_vec(), each),
    ];
    let of_kind = |kind: Option<&str>| {
        let asked = candidates.iter().copied();
        asked.filter(|&at| records[at].kind() == kind).collect::<Vec<_>>()
    };
    wanted.push(("Matching texts".into(), of_kind(None), MAX_OF_KIND));
    for kind in kinds(records) {
        wanted.push((format!("Not matching: {kind}"), of_kind(Some(kind)), MAX_OF_KIND));
    }
    let mut taken = BTreeSet::new();
    let mut groups: Vec<Group> = Vec::new();
    for (title, members, most) in wanted {
        let free = members.into_iter().filter(|at| !taken.contains(at));
        let members: Vec<usize> = free.take(most).collect();
        taken.extend(members.iter().copied());
        groups.push(Group { title, members });
    }
    groups.swap(1, 2);
    groups
}

/// The probability that the fusion gave the truth.
fn of_truth(record: &VerificationRecord) -> Option<f64> {
    let &probability = record.probabilities.get(FUSION)?;
    Some(match record.matches {
        true => probability,
        false => 1.0 - probability,
    })
}

/// An example as a card.
pub(super) fn card<'a>(
    judgement: &Judgement,
    record: &'a VerificationRecord,
    systems: &[String],
    pictures: &mut EmbeddedPictures<'_>,
) -> Card<'a> {
    let picture = match &record.image {
        None => Picture::Gone("no picture was saved"),
        Some(name) => match pictures.image(name, "the picture") {
            None => Picture::Gone("picture cannot be shown"),
            Some((image, source)) => {
                let size = record.size.map_or(source, |[width, height]| (width, height));
                let known = size.0 > 0 && size.1 > 0;
                Picture::Shown(image, known.then_some(size))
            }
        },
    };
    let truth = match record.kind() {
        None => "The text is this picture's own.".to_string(),
        Some(kind) => match record.changed_range() {
            None => format!("The text does not match: {kind}."),
            Some(range) => {
                format!("The text does not match: {kind}; put in was “{}”.", &record.text[range])
            }
        },
    };
    Card {
        story: &record.story,
        heading: format!("Story {}, frame {}", record.story, record.frame.saturating_add(1)),
        note: truth,
        picture,
        text: &record.text,
        claims: &record.claims,
        detections: &record.detections,
        decision: decision(judgement, record),
        signals: &record.signals,
        more: answers(judgement, record, systems),
    }
}

fn decision(judgement: &Judgement, record: &VerificationRecord) -> Markup {
    let Some(&probability) = record.probabilities.get(FUSION) else {
        return html! { p class="decision" { strong { "Not judged" } " by the fusion." } };
    };
    let threshold = threshold(&judgement.summary, FUSION);
    let accepted = probability >= threshold;
    let (class, sign) = match accepted == record.matches {
        true => ("right", "✓ right"),
        false => ("wrong", "✗ wrong"),
    };
    html! {
        p class={ "decision " (class) } {
            strong { @if accepted { "Accepted" } @else { "Rejected" } }
            ", " (sign) ": probability of a match " (format_number(probability, 2))
            ", threshold " (format_number(threshold, 2))
        }
    }
}

/// Every system's probability and answer.
fn answers(judgement: &Judgement, record: &VerificationRecord, systems: &[String]) -> Markup {
    let mut table = TextTable::new(["system", "probability", "threshold", "says"]);
    for system in systems {
        let threshold = threshold(&judgement.summary, system);
        let (probability, says) = match record.probabilities.get(system) {
            None => ("–".to_string(), "not judged"),
            Some(&p) if p >= threshold => (format_number(p, 3), "match"),
            Some(&p) => (format_number(p, 3), "no match"),
        };
        let threshold = format_number(threshold, 3);
        table.rows.push(vec![system.clone(), probability, threshold, says.to_string()]);
    }
    text_table(&table, "Answers of all systems")
}
