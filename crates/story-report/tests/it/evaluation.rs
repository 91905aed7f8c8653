//! Score tables against values worked out by hand.

use crate::fixture;
use std::collections::BTreeMap;
use story_metrics::metric::Direction;
use story_report::records::*;
use story_report::{EvaluationConfig, HEADLINES, Outcome, Role, ScoreTable, score_tables, verdict};

pub(crate) fn table(windows: &[WindowRecord], id: &str) -> ScoreTable {
    let tables = score_tables(windows, &EvaluationConfig::default()).expect("valid records");
    tables.into_iter().find(|table| table.id == id).unwrap_or_else(|| panic!("no table {id}"))
}

pub(crate) fn value(table: &ScoreTable, system: &str, column: &str) -> Option<f64> {
    table.cell(system, column).unwrap_or_else(|| panic!("no {system} {column}")).value
}

pub(crate) fn close(found: Option<f64>, expected: f64) {
    let found = found.expect("a value");
    assert!((found - expected).abs() < 1e-9, "{found} is not {expected}");
}

/// Two stories with one window each.
pub(crate) fn two_windows() -> Vec<WindowRecord> {
    let window = |story: &str| WindowRecord {
        story: story.to_string(),
        reference: Some("the cat sat on the mat".to_string()),
        ..WindowRecord::default()
    };
    vec![window("a"), window("b")]
}

pub(crate) fn named<T>(pairs: impl IntoIterator<Item = (&'static str, T)>) -> BTreeMap<String, T> {
    pairs.into_iter().map(|(name, value)| (name.to_string(), value)).collect()
}

#[test]
fn texts_are_scored_by_hand() {
    let mut windows = two_windows();
    let text = str::to_string;
    windows[0].texts =
        named([("model", text("the cat sat on the mat")), ("copy-last", text("a dog"))]);
    let step = |text: &str| StepRecord { text: text.to_string(), ..StepRecord::default() };
    windows[0].context = vec![step("it rains"), step("A  dog")];
    // The baseline is missing here, and the model's answer is empty.
    windows[1].texts = named([("model", String::new())]);
    let table = table(&windows, "next-text-free-running");
    // One of two references found whole: precisions 1, brevity penalty exp(1 - 12/6).
    close(value(&table, "model", "bleu-4"), 100.0 * (-1.0_f64).exp());
    close(value(&table, "model", "rouge-l"), 0.5);
    close(value(&table, "model", "length-ratio"), 0.5);
    close(value(&table, "model", "distinct-texts"), 1.0);
    close(value(&table, "copy-last", "rouge-l"), 0.0);
    close(value(&table, "copy-last", "length-ratio"), 2.0 / 12.0);
    close(value(&table, "model", "copied"), 0.0);
    close(value(&table, "copy-last", "copied"), 0.5);
    close(table.columns[table.column("copied").unwrap()].reference, 0.0);
    // Equal texts of six words are one chunk of six.
    close(value(&table, "model", "meteor"), (1.0 - 0.5 / 216.0) / 2.0);
    // Words that every reference has tell nothing.
    close(value(&table, "model", "cider-d"), 0.0);
    let distinct = table.column("distinct-texts").unwrap();
    close(table.columns[distinct].reference, 0.5);
    let (model, baseline) = (table.row("model").unwrap(), table.row("copy-last").unwrap());
    assert_eq!((model.role, model.windows, model.stories, model.missing), (Role::Model, 2, 2, 0));
    assert_eq!((baseline.role, baseline.missing), (Role::Baseline, 1));
    let rouge = table.column("rouge-l").unwrap();
    let difference = baseline.cells[rouge].difference.expect("paired with the model");
    close(Some(difference.value), 0.5);
    assert_eq!((difference.lower, difference.upper), (Some(0.0), Some(1.0)));
    assert!(model.cells[rouge].difference.is_none());
}

#[test]
fn tokens_are_summed_before_the_score() {
    let mut windows = two_windows();
    let tokens = |count, nll, top1, top5| TokenRecord { count, nll, top1, top5, text: None };
    windows[0].tokens = named([
        ("model", tokens(2, 2.0_f64.ln() * 2.0, 1.0, 2.0)),
        ("trigram", tokens(2, 6.0, 0.0, 1.0)),
    ]);
    windows[1].tokens = named([("model", tokens(6, 2.0_f64.ln() * 6.0, 3.0, 4.0))]);
    let table = table(&windows, "next-text-teacher-forced");
    close(value(&table, "model", "perplexity"), 2.0);
    close(value(&table, "model", "top-1"), 0.5);
    close(value(&table, "model", "top-5"), 0.75);
    // A missing answer hits none of the six tokens; perplexity has no worst value and says so.
    close(value(&table, "trigram", "top-5"), 1.0 / 8.0);
    close(value(&table, "trigram", "perplexity"), 3.0_f64.exp());
    assert_eq!(table.cell("trigram", "perplexity").unwrap().left_out, 1);
    assert_eq!(table.row("trigram").unwrap().missing, 1);
    // Records of earlier versions do not tell the text from its end.
    let words = table.cell("model", "perplexity-word").unwrap();
    assert_eq!((words.value, words.left_out), (None, 2));
}

/// Tokens of which so many nats are those of the text.
fn foretold(nll: f64, words: u64, characters: u64) -> TokenRecord {
    let text = Some(TextRecord { nll, words, characters });
    TokenRecord { count: words + 3, nll: nll + 1.0, top1: 1.0, top5: 2.0, text }
}

#[test]
fn words_and_characters_are_counted_by_hand() {
    let ln2 = 2.0_f64.ln();
    let mut windows = two_windows();
    // "the cat sat on the mat", and of the second one what a cut left: "the cat".
    windows[0].tokens =
        named([("model", foretold(7.0 * ln2, 6, 22)), ("trigram", foretold(6.0, 6, 22))]);
    windows[1].tokens = named([("model", foretold(9.0 * ln2, 2, 7))]);
    let table = table(&windows, "next-text-teacher-forced");
    // 16 bits for 8 words and 29 characters; the end's nat is in perplexity alone.
    close(value(&table, "model", "perplexity-word"), 4.0);
    close(value(&table, "model", "bits-per-character"), 16.0 / 29.0);
    close(value(&table, "model", "perplexity"), ((16.0 * ln2 + 2.0) / 14.0).exp());
    close(value(&table, "trigram", "perplexity-word"), 1.0_f64.exp());
    close(value(&table, "trigram", "bits-per-character"), 6.0 / ln2 / 22.0);
    for column in ["perplexity-word", "bits-per-character"] {
        let cells = ["model", "trigram"].map(|system| table.cell(system, column).unwrap());
        assert_eq!(cells.map(|cell| cell.left_out), [0, 1]);
        let (model, trigram) = (cells[0].value.unwrap(), cells[1].value.unwrap());
        close(cells[1].difference.map(|difference| difference.value), model - trigram);
        // Stories are drawn whole: the ends are the stories' own ratios.
        let own = match column {
            "perplexity-word" => [(7.0 * ln2 / 6.0).exp(), 2.0_f64.powf(4.5)],
            _ => [7.0 / 22.0, 9.0 / 7.0],
        };
        close(cells[0].lower, own[0]);
        close(cells[0].upper, own[1]);
        assert_eq!(
            verdict(&table, column, "trigram", "model").column.map(|column| column.direction),
            Some(Direction::LowerIsBetter)
        );
    }
}

#[test]
fn only_the_same_part_of_a_text_is_compared() {
    let mut windows = two_windows();
    windows[0].tokens =
        named([("model", foretold(6.0, 6, 22)), ("trigram", foretold(12.0, 6, 22))]);
    // One kept two words more than the other.
    windows[1].tokens = named([("model", foretold(4.0, 4, 14)), ("trigram", foretold(90.0, 2, 7))]);
    let found = table(&windows, "next-text-teacher-forced");
    close(value(&found, "model", "perplexity-word"), 1.0_f64.exp());
    close(value(&found, "trigram", "perplexity-word"), 2.0_f64.exp());
    assert_eq!(found.row("model").unwrap().cells[3].left_out, 1);
    for wrong in [foretold(f64::NAN, 6, 22), foretold(-1.0, 6, 22), foretold(1.0, 0, 0)] {
        windows[1].tokens = named([("model", wrong)]);
        let found = table(&windows, "next-text-teacher-forced");
        close(value(&found, "model", "bits-per-character"), 6.0 / 2.0_f64.ln() / 22.0);
    }
}

#[test]
fn teacher_forced_and_free_running_never_share_a_table() {
    let tables = score_tables(&fixture::windows(), &EvaluationConfig::default()).unwrap();
    assert_eq!(tables.len(), 10, "nine tables and a further pool");
    for table in &tables {
        let forced = table
            .columns
            .iter()
            .filter(|c| c.signature.get("mode") == Some("teacher-forced"))
            .count();
        assert!(forced == 0 || forced == table.columns.len(), "{}", table.id);
        assert!(table.rows.iter().all(|row| row.cells.len() == table.columns.len()));
    }
}

#[test]
fn pictures_are_averaged() {
    let mut windows = two_windows();
    let picture = |mse, psnr, ssim| PictureRecord {
        mse,
        psnr,
        ssim,
        sharpness: Some(mse * 4.0),
        encoder_cosine: Some(1.0 - mse),
        read: Some(ReadRecord { place: true, time: mse > 0.0, hero: false, friend: true }),
    };
    windows[0].pictures = named([
        ("model", picture(0.0, None, Some(1.0))),
        ("last-frame", picture(0.2, Some(7.0), Some(0.5))),
    ]);
    windows[1].pictures = named([("model", picture(0.1, Some(10.0), Some(0.5)))]);
    let table = table(&windows, "next-picture");
    close(value(&table, "model", "mse"), 0.05);
    close(value(&table, "model", "psnr"), 10.0);
    close(value(&table, "model", "ssim"), 0.75);
    close(value(&table, "last-frame", "mse"), 0.2);
    close(value(&table, "model", "sharpness"), 0.2);
    let sharpness = &table.columns[table.column("sharpness").unwrap()];
    assert_eq!(sharpness.reference, Some(1.0));
    close(value(&table, "last-frame", "ssim"), 0.25);
    close(value(&table, "model", "cosine"), 0.95);
    close(value(&table, "model", "place-read"), 1.0);
    close(value(&table, "model", "time-read"), 0.5);
    let left_out = |system, column| table.cell(system, column).unwrap().left_out;
    assert_eq!(
        (left_out("model", "psnr"), left_out("last-frame", "mse"), left_out("last-frame", "ssim")),
        (1, 1, 0)
    );
}

#[test]
fn ranks_give_recall_with_ties_and_chance() {
    let mut windows = two_windows();
    let rank = |better, ties| RankRecord { better, ties, pool: 4 };
    windows[0].next_frame = named([("model", rank(0, 1)), ("last-frame", rank(3, 0))]);
    windows[1].next_frame = named([("model", rank(2, 0))]);
    let table = table(&windows, "next-frame-retrieval");
    assert_eq!(table.pool, Some((4, 4)));
    close(value(&table, "model", "r@1"), 0.25);
    close(value(&table, "model", "r@5"), 1.0);
    close(value(&table, "model", "mrr"), (0.75 + 1.0 / 3.0) / 2.0);
    close(value(&table, "model", "median-rank"), (1.5 + 3.0) / 2.0);
    // A missing answer: no hit, reciprocal 0, the last rank.
    close(value(&table, "last-frame", "mrr"), 0.125);
    close(value(&table, "last-frame", "median-rank"), 4.0);
    close(value(&table, "chance", "r@1"), 0.25);
    close(value(&table, "chance", "mrr"), (1.0 + 0.5 + 1.0 / 3.0 + 0.25) / 4.0);
    close(value(&table, "chance", "median-rank"), 2.5);
    assert_eq!(table.row("chance").unwrap().role, Role::Chance);
    windows[1].next_frame = named([("model", RankRecord { better: 3, ties: 1, pool: 4 })]);
    let error = score_tables(&windows, &EvaluationConfig::default()).unwrap_err().to_string();
    assert!(
        error.contains("\"b\"")
            && error.contains("model")
            && error.contains("3 better and 1 tied of 4"),
        "{error}"
    );
}

#[test]
fn the_next_frame_is_judged_where_repeating_is_no_answer() {
    let mut windows = fixture::windows();
    let asked = |windows: &[WindowRecord]| {
        let tables = score_tables(windows, &EvaluationConfig::default()).expect("valid");
        let verdicts = HEADLINES[1].verdicts(&tables);
        let first = verdicts.first().expect("the question has a table");
        (first.table.clone(), first.baseline_cell.value)
    };
    let (table, of_all) = asked(&windows);
    assert_eq!(table, "Next frame retrieval");
    for window in &mut windows {
        let best = |rank: &RankRecord| RankRecord { better: 0, ..*rank };
        let ranks = window.next_frame.iter();
        let ranks = ranks.map(|(system, rank)| (system.clone(), best(rank)));
        let ranks = ranks.collect();
        window.next_frame_pools.insert(Pool::Unshown, ranks);
    }
    let (table, unshown) = asked(&windows);
    assert_eq!(table, "Next frame retrieval, what was shown left out");
    assert!(unshown > of_all, "{unshown:?} {of_all:?}");
}

#[test]
fn one_story_has_values_without_intervals() {
    let windows: Vec<_> = fixture::windows().into_iter().take(2).collect();
    let table = table(&windows, "next-text-free-running");
    let cell = table.cell("model", "rouge-l").unwrap();
    assert!(cell.value.is_some() && cell.lower.is_none() && cell.upper.is_none());
    let told = verdict(&table, "rouge-l", "model", "copy-last");
    assert_eq!(told.by_intervals, Outcome::Unknown);
    let values = [&told.model_cell, &told.baseline_cell]
        .map(|cell| told.column.as_ref().expect("a column").format_cell(cell));
    let [model, copied] = values;
    let sentence = told.sentence();
    assert!(
        sentence.starts_with(&format!("ROUGE-L: model {model}, copy-last {copied}")),
        "{sentence}"
    );
    assert!(
        sentence.ends_with("; there is no interval to tell whether one is better."),
        "{sentence}"
    );
    let distinct = verdict(&table, "distinct-texts", "model", "copy-last").sentence();
    assert!(distinct.ends_with("; by it neither is better."), "{distinct}");
}

#[test]
fn tables_come_back_from_json_and_settings_are_checked() {
    let config = EvaluationConfig { resamples: 50, level: 0.9, seed: 3 };
    let tables = score_tables(&fixture::windows(), &config).unwrap();
    let json = serde_json::to_string(&tables).unwrap();
    let back: Vec<ScoreTable> = serde_json::from_str(&json).unwrap();
    assert!(back == tables, "a number changed on its way through JSON");
    let forced = back.iter().find(|table| table.id == "next-text-teacher-forced").unwrap();
    for column in ["perplexity-word", "bits-per-character"] {
        for row in &forced.rows {
            let cell = forced.cell(&row.system, column).unwrap();
            let numbers = [cell.value, cell.lower, cell.upper];
            assert!(
                numbers.iter().all(|n| n.is_some_and(f64::is_finite)),
                "{} {column}",
                row.system
            );
            assert_eq!(cell.left_out, 0);
        }
    }
    let signature = tables[0].columns[0].signature.to_string();
    assert!(signature.contains("level:0.9|resamples:50|seed:3"), "{signature}");
    assert!(
        score_tables(&fixture::windows(), &EvaluationConfig { resamples: 0, ..config }).is_err()
    );
    assert_eq!(score_tables(&[], &config).unwrap(), []);
}

#[test]
fn the_console_text_is_narrow_and_aligned() {
    for table in score_tables(&fixture::windows(), &EvaluationConfig::default()).unwrap() {
        let text = table.to_text();
        let lines: Vec<&str> = text.lines().collect();
        assert!(lines.iter().all(|line| line.chars().count() <= 100), "{text}");
        assert!(
            lines[0].contains("24 windows of 12 stories") && lines[0].contains("95 %"),
            "{text}"
        );
        assert!(lines[2].starts_with("model "), "{text}");
        let start = |line: &str| {
            line.char_indices().nth(lines[1].chars().position(|c| c != ' ').unwrap()).unwrap().1
        };
        assert!(lines[2..].iter().all(|line| start(line) != ' '), "{text}");
    }
}

#[test]
fn windows_that_cannot_be_asked_are_counted_beside_the_table() {
    let mut windows = two_windows();
    windows.push(WindowRecord { story: "c".into(), ..WindowRecord::default() });
    windows[0].texts = named([("model", "a cat".to_string())]);
    let table = table(&windows, "next-text-free-running");
    assert_eq!(table.not_asked, 1);
    assert_eq!(
        table.coverage(),
        "2 windows of 2 stories; 1 more cannot be asked, without a reference, picture or other \
         candidate; missing answers: model 1"
    );
}
