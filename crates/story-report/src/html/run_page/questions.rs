//! Everything behind the verdict, folded by question: the score tables, how far they can be believed,
//! the training, the data, and what goes on inside the model.

use super::overview;
use crate::figures::{ATTENTION, Figure, is_score_figure};
use crate::html::document::Section;
use crate::html::parts::figure_list;
use crate::html::score_tables;
use crate::run_records::RunRecords;
use crate::scores::ScoreTable;
use maud::{Markup, html};

/// A question about scores: the tables whose ids start so answer it.
struct Question {
    id: &'static str,
    title: &'static str,
    tables: &'static str,
}

/// A table answers the first question that its id fits; the last one takes what is left.
const QUESTIONS: [Question; 4] = [
    Question { id: "next-text", title: "How well is the next text told?", tables: "next-text" },
    Question { id: "next-frame", title: "How well is the next frame found?", tables: "next-frame" },
    Question {
        id: "next-picture",
        title: "How near is the painted picture?",
        tables: "next-picture",
    },
    Question { id: "both-ways", title: "Do pictures and texts find each other?", tables: "" },
];

/// Figures of the training and of the data; the others but the scores' and attention show the model.
const OF_TRAINING: [&str; 1] = ["loss_curves"];
const OF_DATA: [&str; 2] = ["story_lengths", "token_lengths"];

/// All folds, in the order in which one asks.
pub(super) fn sections(run: &RunRecords, drawn: &[Figure]) -> Vec<Section> {
    let mut sections: Vec<Section> = QUESTIONS.iter().map(|asked| of_scores(asked, run)).collect();
    let figures = |wanted: &dyn Fn(&str) -> bool| {
        figure_list(drawn.iter().filter(|figure| wanted(&figure.name)))
    };
    let attention = |name: &str| name.starts_with(ATTENTION);
    let inside = |name: &str| {
        !attention(name)
            && !is_score_figure(name)
            && !OF_TRAINING.contains(&name)
            && !OF_DATA.contains(&name)
    };
    let training = html! {
        (overview::what_was_run(run))
        (figures(&|name| OF_TRAINING.contains(&name)))
    };
    let data = html! { (overview::data(run)) (figures(&|name| OF_DATA.contains(&name))) };
    sections.extend([
        Section::folded(
            "trust",
            "Can the scores be believed?",
            "What speaks against them: shared pictures, references of other stories",
            score_tables::trust(run),
        ),
        Section::folded("run", "How was it trained?", "Command, size, time, loss curves", training),
        Section::folded("data", "What are the data?", "Splits, lengths, what was skipped", data),
        Section::folded(
            "inside",
            "What goes on inside the model?",
            "Embeddings, states, cosines of pictures and texts",
            figures(&inside),
        ),
        Section::folded(
            "attention",
            "Where does it look?",
            "What each written word attends to",
            figures(&attention),
        ),
    ]);
    sections
}

fn of_scores(asked: &Question, run: &RunRecords) -> Section {
    let first = |table: &ScoreTable| {
        QUESTIONS.iter().find(|question| table.id.starts_with(question.tables))
    };
    let tables: Vec<&ScoreTable> = run
        .scores
        .iter()
        .filter(|table| first(table).is_some_and(|question| question.id == asked.id))
        .collect();
    let titles: Vec<&str> = tables.iter().map(|table| table.title.as_str()).collect();
    Section::folded(asked.id, asked.title, titles.join(" · "), of_tables(&tables))
}

fn of_tables(tables: &[&ScoreTable]) -> Markup {
    html! { @if !tables.is_empty() {
        (score_tables::legend(tables))
        @for table in tables { (score_tables::table(table)) }
    } }
}
