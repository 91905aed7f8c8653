//! A text with its phrases marked. What the picture says to a phrase shows in its colour, in the
//! style of its underline and in a sign behind it, so that no reader depends on colours; a legend
//! explains them, and every phrase stands in a list with its reason.

use super::super::{escape, push};
use crate::scores::format_number;
use crate::verification::{ClaimRecord, DetectionRecord, PhraseFinding};
use std::collections::BTreeSet;

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
pub(super) fn legend() -> String {
    let meaning = |finding| match finding {
        PhraseFinding::Supported => "something in the picture bears it out",
        PhraseFinding::NotFound => "the detector knows such things and finds none",
        PhraseFinding::Contradicted => "something in the picture says otherwise",
        PhraseFinding::NotJudged => "the picture was not asked, or cannot tell",
    };
    let items: String = PhraseFinding::ALL
        .into_iter()
        .map(|finding| {
            format!(
                "<li><mark class=\"phrase {}\">{}<sup>{}</sup></mark> {}</li>",
                finding.name(),
                words(finding),
                sign(finding),
                meaning(finding)
            )
        })
        .collect();
    format!(
        "<ul class=\"legend\" aria-label=\"What the marks mean\">{items}</ul>\n\
         <p class=\"note\">Point at a phrase, or reach it with the tab key, to see its box alone.</p>\n"
    )
}

/// Escaped text with its phrases marked. Claims that are no part of the text are passed over.
pub(super) fn marked(text: &str, claims: &[ClaimRecord], detections: &[DetectionRecord]) -> String {
    let shown = text.char_indices().nth(MAX_TEXT).map_or(text.len(), |(end, _)| end);
    let claims: Vec<(std::ops::Range<usize>, &ClaimRecord)> = claims
        .iter()
        .filter_map(|claim| Some((claim.range_in(text)?, claim)))
        .filter(|(range, _)| range.end <= shown)
        .collect();
    let mut edges: BTreeSet<usize> = BTreeSet::from([0, shown]);
    edges.extend(claims.iter().flat_map(|(range, _)| [range.start, range.end]));
    let edges: Vec<usize> = edges.into_iter().collect();
    let mut html = String::new();
    for edge in edges.windows(2) {
        let [start, end] = [edge[0], edge[1]];
        let part = &text[start..end];
        let covering = claims.iter().filter(|(range, _)| range.start <= start && end <= range.end);
        let mut covering: Vec<_> = covering.collect();
        // The shortest first among equals: it is what these words say, not what they are part of.
        covering.sort_by_key(|(range, claim)| (weight(claim.finding), range.len()));
        let Some((_, first)) = covering.first() else {
            html.push_str(&escape(part));
            continue;
        };
        // White space at a phrase's edge is not underlined, and alone it is no phrase.
        let word = part.trim();
        if word.is_empty() {
            html.push_str(part);
            continue;
        }
        let (before, after) = part.split_once(word).unwrap_or(("", ""));
        let said: Vec<String> = covering
            .iter()
            .map(|(range, claim)| said(&text[range.clone()], claim, detections))
            .collect();
        let boxes: BTreeSet<usize> = covering
            .iter()
            .filter_map(|(_, claim)| claim.detection.filter(|at| *at < detections.len()))
            .collect();
        let boxes: Vec<String> = boxes.iter().map(usize::to_string).collect();
        push(
            &mut html,
            format_args!(
                "{before}<mark class=\"phrase {}\" tabindex=\"0\" data-boxes=\"{}\" title=\"{}\">{}<sup>{}</sup></mark>{after}",
                first.finding.name(),
                boxes.join(" "),
                escape(&said.join("\n")),
                escape(word),
                sign(first.finding)
            ),
        );
    }
    if shown < text.len() {
        html.push_str(" …");
    }
    html
}

/// `“red ball”, thing: supported by ball .93`, unescaped.
fn said(phrase: &str, claim: &ClaimRecord, detections: &[DetectionRecord]) -> String {
    format!("“{phrase}”, {}: {}", claim.kind.name(), because(claim, detections))
}

/// `supported by ball .93`, `not judged, no such thing is known`, unescaped.
fn because(claim: &ClaimRecord, detections: &[DetectionRecord]) -> String {
    let mut text = words(claim.finding).to_string();
    if let Some(found) = claim.detection.and_then(|at| detections.get(at)) {
        text.push_str(&format!(" by {}", named(found)));
    }
    if let Some(reason) = claim.reason.as_deref().filter(|reason| !reason.is_empty()) {
        text.push_str(&format!(", {reason}"));
    }
    text
}

/// `ball 0.93`, unescaped.
pub(super) fn named(found: &DetectionRecord) -> String {
    format!("{} {}", found.label, format_number(found.score, 2))
}

/// The phrases, each with what was found; empty without phrases.
pub(super) fn list(text: &str, claims: &[ClaimRecord], detections: &[DetectionRecord]) -> String {
    let items: String = claims
        .iter()
        .filter_map(|claim| Some((claim.range_in(text)?, claim)))
        .map(|(range, claim)| {
            let score = match claim.score.filter(|score| score.is_finite()) {
                Some(score) => format!(" (score {})", format_number(score, 2)),
                None => String::new(),
            };
            format!(
                "<li class=\"{}\"><span aria-hidden=\"true\">{}</span> “{}”, {}: {}{score}</li>\n",
                claim.finding.name(),
                sign(claim.finding),
                escape(&text[range]),
                claim.kind.name(),
                escape(&because(claim, detections))
            )
        })
        .collect();
    match items.as_str() {
        "" => items,
        _ => format!("<ul class=\"findings\">\n{items}</ul>\n"),
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
        let html = marked(text, &claims, &found);
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
        assert_eq!(plain, escape(text));
    }

    #[test]
    fn a_box_that_is_not_there_is_not_named() {
        let mut wrong = claim(0, 1, PhraseFinding::Supported);
        wrong.detection = Some(7);
        let html = marked("a hen", &[wrong.clone()], &[]);
        assert!(html.contains("data-boxes=\"\""), "{html}");
        assert!(list("a hen", &[wrong], &[]).contains("supported</li>"));
        assert_eq!(list("a hen", &[], &[]), "");
    }
}
