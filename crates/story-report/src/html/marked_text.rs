//! A text with its phrases marked. What the picture says to a phrase shows in its colour, in the
//! style of its underline and in a sign behind it, so that no reader depends on colours; a legend
//! explains them, and every phrase stands in a list with its reason.

use crate::scores::format_number;
use crate::verification::{ClaimRecord, DetectionRecord, PhraseFinding};
use maud::{Markup, html};
use std::collections::BTreeSet;
use std::ops::Range;

/// Longest text that is shown whole, in characters.
const MAX_TEXT: usize = 4000;

/// The sign behind a phrase.
pub(super) fn sign(finding: PhraseFinding) -> &'static str {
    match finding {
        PhraseFinding::Supported => "✓",
        PhraseFinding::NotFound => "∅",
        PhraseFinding::Contradicted => "✗",
        PhraseFinding::NotJudged => "?",
    }
}

/// The finding in words.
pub(super) fn words(finding: PhraseFinding) -> &'static str {
    match finding {
        PhraseFinding::Supported => "supported",
        PhraseFinding::NotFound => "not found",
        PhraseFinding::Contradicted => "contradicted",
        PhraseFinding::NotJudged => "not judged",
    }
}

/// Which of several findings a reader sees: the one that warns most. A relation that could not be
/// judged must not hide that its things were found.
fn weight(finding: PhraseFinding) -> usize {
    match finding {
        PhraseFinding::Contradicted => 0,
        PhraseFinding::NotFound => 1,
        PhraseFinding::Supported => 2,
        PhraseFinding::NotJudged => 3,
    }
}

/// What each mark means.
pub(super) fn legend() -> Markup {
    let meaning = |finding| match finding {
        PhraseFinding::Supported => "something in the picture bears it out",
        PhraseFinding::NotFound => "the detector knows such things and finds none",
        PhraseFinding::Contradicted => "something in the picture says otherwise",
        PhraseFinding::NotJudged => "the picture was not asked, or cannot tell",
    };
    html! {
        ul class="legend" aria-label="What the marks mean" { @for finding in PhraseFinding::ALL {
            li {
                mark class={ "phrase " (finding.name()) } { (words(finding)) sup { (sign(finding)) } }
                " " (meaning(finding))
            }
        } }
        p class="note" {
            "Point at a phrase, or reach it with the tab key, to see its box alone."
        }
    }
}

/// A text with its phrases marked. Claims that are no part of the text are passed over.
pub(super) fn marked(text: &str, claims: &[ClaimRecord], detections: &[DetectionRecord]) -> Markup {
    let shown = text.char_indices().nth(MAX_TEXT).map_or(text.len(), |(end, _)| end);
    let claims: Vec<(Range<usize>, &ClaimRecord)> = claims
        .iter()
        .filter_map(|claim| Some((claim.range_in(text)?, claim)))
        .filter(|(range, _)| range.end <= shown)
        .collect();
    let mut edges: BTreeSet<usize> = BTreeSet::from([0, shown]);
    edges.extend(claims.iter().flat_map(|(range, _)| [range.start, range.end]));
    let edges: Vec<usize> = edges.into_iter().collect();
    let part = |edge: &[usize]| {
        let [start, end] = [edge[0], edge[1]];
        let covering = claims.iter().filter(|(range, _)| range.start <= start && end <= range.end);
        let mut covering: Vec<_> = covering.collect();
        // The shortest first among equals: it is what these words say, not what they are part of.
        covering.sort_by_key(|(range, claim)| (weight(claim.finding), range.len()));
        phrase(text, &text[start..end], &covering, detections)
    };
    html! {
        @for edge in edges.windows(2) { (part(edge)) }
        @if shown < text.len() { " …" }
    }
}

/// A part of the text with the claims that cover it, the one that shows first.
fn phrase(
    text: &str,
    part: &str,
    covering: &[&(Range<usize>, &ClaimRecord)],
    detections: &[DetectionRecord],
) -> Markup {
    // White space at a phrase's edge is not underlined, and alone it is no phrase.
    let word = part.trim();
    let Some((_, first)) = covering.first().filter(|_| !word.is_empty()) else {
        return html! { (part) };
    };
    let (before, after) = part.split_once(word).unwrap_or(("", ""));
    let said: Vec<String> = covering
        .iter()
        .map(|(range, claim)| said(&text[range.clone()], claim, detections))
        .collect();
    let boxes: BTreeSet<usize> = covering
        .iter()
        .flat_map(|(_, claim)| claim.boxes())
        .filter(|at| *at < detections.len())
        .collect();
    let boxes: Vec<String> = boxes.iter().map(usize::to_string).collect();
    html! {
        (before)
        mark class={ "phrase " (first.finding.name()) } tabindex="0" data-boxes=(boxes.join(" "))
            title=(said.join("\n")) {
            (word)
            sup { (sign(first.finding)) }
        }
        (after)
    }
}

/// `“red ball”, thing: supported by ball .93`.
fn said(phrase: &str, claim: &ClaimRecord, detections: &[DetectionRecord]) -> String {
    format!("“{phrase}”, {}: {}", claim.kind.name(), because(claim, detections))
}

/// `supported by ball .93`, `not judged, no such thing is known`.
fn because(claim: &ClaimRecord, detections: &[DetectionRecord]) -> String {
    let mut text = words(claim.finding).to_string();
    if let Some(found) = claim.detection.and_then(|at| detections.get(at)) {
        text.push_str(&format!(" by {}", named(found)));
        if let Some(other) = claim.other.and_then(|at| detections.get(at)) {
            text.push_str(&format!(" and {}", named(other)));
        }
    }
    if let Some(reason) = claim.reason.as_deref().filter(|reason| !reason.is_empty()) {
        text.push_str(&format!(", {reason}"));
    }
    text
}

/// `ball 0.93`.
pub(super) fn named(found: &DetectionRecord) -> String {
    format!("{} {}", found.label, format_number(found.score, 2))
}

/// The phrases, each with what was found.
pub(super) fn phrase_list(
    text: &str,
    claims: &[ClaimRecord],
    detections: &[DetectionRecord],
) -> Markup {
    let phrases: Vec<(&str, &ClaimRecord)> =
        claims.iter().filter_map(|claim| Some((&text[claim.range_in(text)?], claim))).collect();
    html! {
        @if phrases.is_empty() { p class="note" { "No phrase was read in it." } } @else {
            ul class="findings" { @for (phrase, claim) in phrases {
                li class=(claim.finding.name()) {
                    span aria-hidden="true" { (sign(claim.finding)) }
                    " “" (phrase) "”, " (claim.kind.name()) ": " (because(claim, detections))
                    @if let Some(score) = claim.score.filter(|score| score.is_finite()) {
                        " (score " (format_number(score, 2)) ")"
                    }
                }
            } }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::verification::PhraseKind;

    fn claim(start: usize, end: usize, finding: PhraseFinding) -> ClaimRecord {
        ClaimRecord {
            start,
            end,
            kind: PhraseKind::Thing,
            finding,
            detection: Some(0),
            ..ClaimRecord::default()
        }
    }

    #[test]
    fn nested_phrases_show_what_warns_most_and_lose_no_byte() {
        let text = "Zwei <rote> Hühner & ein Ei.";
        let claims = [
            claim(0, 20, PhraseFinding::Supported),
            claim(5, 11, PhraseFinding::Contradicted),
            claim(0, text.len(), PhraseFinding::NotJudged),
            claim(14, 15, PhraseFinding::NotFound), // cuts a character
            claim(3, 999, PhraseFinding::NotFound),
        ];
        let found = [DetectionRecord::default()];
        let html = marked(text, &claims, &found).into_string();
        assert!(html.contains("supported\" tabindex=\"0\" data-boxes=\"0\""), "{html}");
        assert!(html.contains(">&lt;rote&gt;<sup>✗</sup></mark>"), "{html}");
        assert!(!html.contains("class=\"phrase not-found\""), "{html}");
        // Without tags and signs it is the text again.
        let mut plain = String::new();
        let mut inside = false;
        for c in html.chars() {
            match c {
                '<' => inside = true,
                '>' => inside = false,
                c if !inside => plain.push(c),
                _ => {}
            }
        }
        let plain = plain.replace(['✓', '✗', '?', '∅'], "");
        assert_eq!(plain, html! { (text) }.into_string());
    }

    #[test]
    fn a_box_that_is_not_there_is_not_named() {
        let mut wrong = claim(0, 1, PhraseFinding::Supported);
        wrong.detection = Some(7);
        let html = marked("a hen", &[wrong.clone()], &[]).into_string();
        assert!(html.contains("data-boxes=\"\""), "{html}");
        let list = |claims: &[ClaimRecord]| phrase_list("a hen", claims, &[]).into_string();
        assert!(list(&[wrong]).contains("supported</li>"));
        assert_eq!(list(&[]), "<p class=\"note\">No phrase was read in it.</p>");
    }
}
