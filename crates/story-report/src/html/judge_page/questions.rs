//! Everything behind the verdict, folded by question: score tables with the figures that show the same
//! examples, the training, the data.

use super::overview;
use crate::figures::{Figure, is_score_figure};
use crate::html::document::Section;
use crate::html::parts::figure_list;
use crate::html::score_tables;
use crate::scores::ScoreTable;
use crate::verification::{Judgement, MATCHING, NEGATIVE_KINDS, NEGATIVE_KINDS_AUC, PHRASES};
use maud::html;

/// A question, the score tables that answer it, by id, and the figures, by how their names start.
struct Question {
    id: &'static str,
    title: &'static str,
    gist: &'static str,
    tables: &'static [&'static str],
    figures: &'static [&'static str],
}

/// Scores first. A figure stands with the first question that wants it; the last one takes any.
const QUESTIONS: [Question; 5] = [
    Question {
        id: "scores",
        title: "How well are matching texts told from others?",
        gist: "All systems on all examples, ROC curves, what was accepted and rejected",
        tables: &[MATCHING],
        figures: &["roc_curves", "confusion_matrix"],
    },
    Question {
        id: "kinds",
        title: "Which kind of mismatch is noticed?",
        gist: "Texts of other stories and frames, things, colours, numbers and places changed",
        tables: &[NEGATIVE_KINDS, NEGATIVE_KINDS_AUC],
        figures: &["confusion_by_kind"],
    },
    Question {
        id: "phrases",
        title: "Is the wrong phrase found?",
        gist: "Of the phrases that were changed, how many are flagged, and how many others",
        tables: &[PHRASES],
        figures: &[],
    },
    Question {
        id: "trust",
        title: "Can its probabilities be believed?",
        gist: "How often it is right where it is so sure",
        tables: &[],
        figures: &["reliability", "fusion_probabilities"],
    },
    Question {
        id: "signals",
        title: "What does each signal tell?",
        gist: "Scores of matching and of other texts, signal by signal",
        tables: &[],
        figures: &[""],
    },
];

/// Figures of the training.
const OF_TRAINING: [&str; 1] = ["loss_curves"];

/// All folds, in the order in which one asks.
pub(super) fn sections(judgement: &Judgement, drawn: &[Figure]) -> Vec<Section> {
    let summary = &judgement.summary;
    let of_training = |figure: &&Figure| OF_TRAINING.contains(&figure.name.as_str());
    let asked = |figure: &Figure| {
        let wants = |question: &Question| {
            question.figures.iter().any(|start| figure.name.starts_with(start))
        };
        QUESTIONS.iter().find(|question| wants(question)).map(|question| question.id)
    };
    let of_question = |question: &Question| {
        let tables = judgement.scores.iter();
        let tables: Vec<&ScoreTable> =
            tables.filter(|table| question.tables.contains(&table.id.as_str())).collect();
        let figures = drawn.iter().filter(|figure| {
            // Bars say what the tables say.
            !is_score_figure(&figure.name)
                && !of_training(figure)
                && asked(figure) == Some(question.id)
        });
        let content = html! {
            @if !tables.is_empty() { (score_tables::legend(&tables)) }
            @for table in &tables { (score_tables::table(table)) }
            (figure_list(figures))
        };
        Section::folded(question.id, question.title, question.gist, content)
    };
    let mut sections: Vec<Section> = QUESTIONS.iter().map(of_question).collect();
    let training = html! {
        (overview::what_was_run(summary))
        (figure_list(drawn.iter().filter(of_training)))
    };
    sections.extend([
        Section::folded("run", "How was it trained?", "Command, thresholds, time, loss", training),
        Section::folded(
            "data",
            "What was judged?",
            "Pictures and texts, who looked, splits, kinds of texts",
            overview::what_was_judged(summary),
        ),
    ]);
    sections
}
