//! The report of a judge: files, scores against hand counts, verdict, flags, hostile records.

pub mod fixture;
mod hostile;
mod single;

use fixture::{records, summary};
use std::fs;
use std::path::Path;
use story_report::verification::*;
use story_report::{EvaluationConfig, FlagId, ScoreTable, publish, render};

/// Where a person can look at the fixture's report: set in the environment by hand, never in CI.
const KEEP: Option<&str> = option_env!("STORY_REPORT_VERIFICATION_FIXTURE");

fn tables_of(records: &[VerificationRecord]) -> Vec<ScoreTable> {
    tables(records, &summary(), &EvaluationConfig::default()).expect("tables")
}

fn table<'a>(tables: &'a [ScoreTable], id: &str) -> &'a ScoreTable {
    tables.iter().find(|table| table.id == id).expect("the table")
}

#[test]
fn the_report_draws_its_intervals_as_the_summary_says() {
    let folder = tempfile::tempdir().unwrap();
    fixture::write(folder.path());
    let intervals = EvaluationConfig { resamples: 60, level: 0.8, seed: 5 };
    let summary = VerificationSummary { intervals: Some(intervals), ..summary() };
    let json = serde_json::to_string(&summary).unwrap();
    fs::write(folder.path().join(SUMMARY), json).unwrap();
    render(folder.path()).expect("a whole run");
    for table in tables(&records(), &summary, &intervals).expect("tables") {
        let file = folder.path().join(format!("tables/scores_{}.csv", table.id));
        let csv = fs::read_to_string(file).unwrap();
        assert_eq!(csv, story_report::score_csv(&table).to_csv(), "{}", table.id);
    }
}

#[test]
fn the_same_records_give_the_same_bytes_and_a_results_folder() {
    let (first, second) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let mut all = Vec::new();
    for folder in [&first, &second] {
        fixture::write(folder.path());
        let rendered = render(folder.path()).expect("a whole run");
        assert_eq!(rendered.left_out, Vec::<String>::new());
        assert_eq!(rendered.notes, summary().notes);
        assert_eq!(rendered.card, None);
        let paths = [&rendered.figures[..], &rendered.tables, &[rendered.report]].concat();
        let bytes: Vec<Vec<u8>> = paths.iter().map(|path| fs::read(path).unwrap()).collect();
        all.push(bytes);
    }
    assert!(all[0] == all[1], "a file differs");
    for name in
        ["signal_space.svg", "roc_curves.png", "confusion_by_kind.svg", "scores_matching.png"]
    {
        assert!(first.path().join("figures").join(name).is_file(), "{name}");
    }
    let results = tempfile::tempdir().unwrap();
    fs::create_dir_all(results.path().join("figures")).unwrap();
    for name in ["signal_old.svg", "mine.svg"] {
        fs::write(results.path().join("figures").join(name), "old").unwrap();
    }
    let copied = publish(first.path(), results.path()).unwrap();
    assert_eq!(copied.len(), all[0].len() - 1, "all but the report");
    assert!(!results.path().join("figures/signal_old.svg").exists(), "a stale one of ours");
    assert!(results.path().join("figures/mine.svg").exists(), "somebody else's");
    let csv = fs::read_to_string(results.path().join("tables/scores_negative-kinds.csv")).unwrap();
    assert!(csv.starts_with("system,role,match,match-lower,match-upper,mismatch,"), "{csv}");
    if let Some(folder) = KEEP {
        let folder = Path::new(folder);
        fixture::write(folder);
        render(folder).expect("the fixture");
        fs::write(folder.join("single.html"), single::example()).expect("a file");
    }
}

#[test]
fn scores_are_what_counting_by_hand_gives() {
    let records = records();
    let tables = tables_of(&records);
    let matching = table(&tables, MATCHING);
    let value = |system: &str, column: &str| matching.cell(system, column).unwrap().value.unwrap();
    let threshold = summary().thresholds["similarity"];
    let mut counts = [[0.0_f64; 2]; 2];
    for record in &records {
        let accepted = record.probabilities["similarity"] >= threshold;
        counts[usize::from(record.matches)][usize::from(accepted)] += 1.0;
    }
    let [[tn, fp], [miss, tp]] = counts;
    let close = |a: f64, b: f64| assert!((a - b).abs() < 1e-12, "{a} {b}");
    close(value("similarity", "accuracy"), (tp + tn) / 240.0);
    close(value("similarity", "precision"), tp / (tp + fp));
    close(value("similarity", "recall"), tp / (tp + miss));
    close(value("similarity", "balanced-accuracy"), (tp / (tp + miss) + tn / (tn + fp)) / 2.0);
    // Pairs that are ordered rightly, one by one.
    let of = |matches| records.iter().filter(move |r| r.matches == matches);
    let mut won = 0.0;
    for a in of(true) {
        for b in of(false) {
            let (a, b) = (a.probabilities["similarity"], b.probabilities["similarity"]);
            won += if a > b {
                1.0
            } else if a == b {
                0.5
            } else {
                0.0
            };
        }
    }
    close(value("similarity", "roc-auc"), won / (120.0 * 120.0));
    // What always says "match" is right as often as texts match, and tells nothing.
    close(value("always-match", "accuracy"), 0.5);
    close(value("always-match", "recall"), 1.0);
    close(value("always-match", "roc-auc"), 0.5);
    // Bounds of the summary stand as a row of their own.
    close(value("best-reachable", "roc-auc"), 0.985);
    assert_eq!(matching.cell("best-reachable", "f1").unwrap().value, None);
}

#[test]
fn what_could_not_be_judged_is_counted_and_left_out_on_both_sides() {
    let records = records();
    let tables = tables_of(&records);
    let matching = table(&tables, MATCHING);
    let judged = records.iter().filter(|r| r.probabilities.contains_key("space")).count();
    let row = matching.row("space").unwrap();
    assert!(judged > 100 && judged < 240);
    assert_eq!((row.windows, row.missing), (240, 240 - judged as u64));
    assert_eq!(matching.cell("space", "n").unwrap().value, Some(judged as f64));
    // The difference is the fusion's score on those alone, less the signal's.
    let alone: Vec<VerificationRecord> =
        records.into_iter().filter(|record| record.probabilities.contains_key("space")).collect();
    let alone = tables_of(&alone);
    let score =
        |system: &str| table(&alone, MATCHING).cell(system, "accuracy").unwrap().value.unwrap();
    let difference = matching.cell("space", "accuracy").unwrap().difference.unwrap();
    assert!((difference.value - (score("fusion") - score("space"))).abs() < 1e-12);
    assert!(difference.lower.unwrap() < difference.value);
    assert!(matching.coverage().contains("240 examples of 40 stories; missing answers: space"));
}

#[test]
fn kinds_and_phrases_are_counted() {
    let records = records();
    let tables = tables_of(&records);
    let kinds = table(&tables, NEGATIVE_KINDS);
    let of_kind: Vec<_> =
        records.iter().filter(|r| r.negative.as_deref() == Some("entity-swapped")).collect();
    let rejected = of_kind.iter().filter(|r| r.probabilities["fusion"] < 0.52).count();
    let share = kinds.cell("fusion", "entity-swapped").unwrap().value.unwrap();
    assert_eq!(of_kind.len(), 20);
    assert!((share - rejected as f64 / 20.0).abs() < 1e-12);
    assert_eq!(kinds.cell("always-match", "match").unwrap().value, Some(0.0));
    let areas = table(&tables, NEGATIVE_KINDS_AUC);
    assert!(areas.cell("fusion", "other-frame").unwrap().value.unwrap() > 0.6);

    let phrases = table(&tables, PHRASES);
    let value = |row: &str, column: &str| phrases.cell(row, column).unwrap().value.unwrap();
    // Swapped things are 20 edits; the phrase "red kite" overlaps the word that was put in.
    assert_eq!((value("thing", "edits"), value("thing", "changed")), (20.0, 20.0));
    let flagged = of_kind.iter().filter(|r| r.claims[1].finding == PhraseFinding::NotFound).count();
    assert!((value("thing", "flagged") - flagged as f64 / 20.0).abs() < 1e-12);
    // Two things a matching text, one of which nobody can judge.
    assert_eq!(value("thing", "matching"), 240.0);
    assert_eq!((value("all", "edits"), value("all", "matching")), (80.0, 600.0));
    let gap = value("all", "flagged") - value("all", "false-alarms");
    assert!((value("all", "gap") - gap).abs() < 1e-12 && gap > 0.5, "{gap}");
}

#[test]
fn the_page_says_the_verdict_first_and_shows_phrases() {
    let folder = tempfile::tempdir().unwrap();
    fixture::write(folder.path());
    let rendered = render(folder.path()).unwrap();
    assert_eq!(rendered.flags, Vec::new());
    let page = fs::read_to_string(&rendered.report).unwrap();
    let at = |text: &str| page.find(text).unwrap_or_else(|| panic!("no {text}"));
    // One example, the verdict, then folds.
    let order = ["id=\"example\"", "id=\"verdict\"", "class=\"fold\"", "id=\"scores\""];
    assert!(order.windows(2).all(|pair| at(pair[0]) < at(pair[1])));
    let folds = [
        "scores", "kinds", "phrases", "trust", "signals", "run", "data", "examples", "glossary",
        "notes",
    ];
    let places = folds.map(|id| at(&format!("<section id=\"{id}\"")));
    assert!(places.is_sorted(), "{places:?}");
    assert_eq!(page.matches("<details class=\"fold\">").count(), folds.len());
    let glossary = &page[at("<section id=\"glossary\"")..at("<section id=\"notes\"")];
    for system in ["fusion", "object-match", "text-only", "entity-swapped", "ROC-AUC ↑", "Gap ↑"]
    {
        let entry = format!("<th scope=\"row\">{system}</th><td>");
        assert!(glossary.contains(&entry), "{system}");
    }
    assert!(!glossary.contains("<td></td>"), "nothing is left without a meaning");
    let on_top = &page[at("id=\"example\"")..at("id=\"verdict\"")];
    assert_eq!(on_top.matches("<article class=\"story example\">").count(), 1);
    assert!(on_top.contains("place 60 of 120): neither the best nor the worst"), "{on_top}");
    assert!(at("Is the fusion better than the best single signal?") < at("id=\"scores\""));
    for figure in fs::read_dir(folder.path().join("figures")).unwrap() {
        let path = figure.unwrap().path();
        let name = path.file_stem().unwrap().to_str().unwrap();
        let shown = page.matches(&format!("id=\"figure-{name}\"")).count();
        assert_eq!(shown, usize::from(!name.starts_with("scores_")), "{name}");
    }
    assert_eq!(
        page.matches("class=\"verdict better\"").count(),
        2,
        "the fixture's fusion is better"
    );
    assert!(page.contains("object-match"), "the best signal is named");
    assert!(at("<h3>Best: most surely right</h3>") < at("<h3>Median</h3>"));
    assert!(at("<h3>Median</h3>") < at("<h3>Worst: most surely wrong</h3>"));
    for kind in fixture::KINDS {
        assert!(page.contains(&format!("<h3>Not matching: {kind}</h3>")), "{kind}");
    }
    let cards = page.matches("<article class=\"story example\" data-story=").count();
    assert_eq!(cards, 3 * 6 + 7 * 4);
    let with_boxes = page.matches("viewBox=\"0 0 320 200\" preserveAspectRatio").count();
    assert_eq!(with_boxes, cards + 1, "and the one on top");
    assert!(page.contains("&amp; &lt;<mark class=\"phrase not-judged\""), "escaped and marked");
    assert!(page.contains("cloud &lt;1&gt; 0.31") && !page.contains("cloud <1>"));
    assert!(page.contains("0 examples") || page.contains("240 examples"));
    for outside in ["src=\"http", "href=\"http", "url(", "<link", "@import"] {
        assert!(!page.contains(outside), "{outside}");
    }
}

#[test]
fn a_text_that_suffices_is_said_loudly() {
    let folder = tempfile::tempdir().unwrap();
    let mut records = records();
    for record in &mut records {
        let fusion = record.probabilities["fusion"];
        record.probabilities.insert("text-only".into(), (fusion + 0.001).min(1.0));
    }
    fixture::write_with(folder.path(), &records, &summary());
    let rendered = render(folder.path()).unwrap();
    assert_eq!(rendered.flags[0].id, FlagId::TextAloneSuffices);
    assert!(rendered.flags[0].sentence.contains("give themselves away"));
    let page = fs::read_to_string(&rendered.report).unwrap();
    let alarm =
        page.find("<p class=\"alarm\"><strong>Red flag.</strong> The text alone does as well");
    assert!(alarm.unwrap() < page.find("class=\"verdicts\"").unwrap(), "above everything");
    assert!(page.contains("No, the text alone does as well"));
}

#[test]
fn flags_find_leaks_and_areas_that_are_too_good() {
    let mut records = records();
    let own = records[0].text.clone();
    records[1].text = own;
    records[1].claims.clear();
    for record in &mut records {
        let sure = if record.matches { 0.9 } else { 0.1 };
        record.probabilities.insert("fusion".into(), sure);
        record.probabilities.remove("text-only");
    }
    records[4].probabilities.remove("fusion");
    let mut summary = summary();
    summary.leaks.push("3 test pictures were trained on".into());
    let tables = tables(&records, &summary, &EvaluationConfig::default()).unwrap();
    let flags = flags(&records, &tables, &summary);
    let found: Vec<FlagId> = flags.iter().map(|flag| flag.id).collect();
    for id in [FlagId::AucTooHigh, FlagId::TargetLeak, FlagId::MissingAnswers] {
        assert!(found.contains(&id), "{id:?} in {flags:?}");
    }
    assert_eq!(found.iter().filter(|id| **id == FlagId::TargetLeak).count(), 2);
    let said: Vec<&str> = flags.iter().map(|flag| flag.sentence.as_str()).collect();
    assert!(
        said.iter().any(|s| s.starts_with("fusion has a ROC-AUC of 1.000; look for a leak")),
        "{said:?}"
    );
    assert!(said.iter().any(|s| s.starts_with("1 of 120 texts that should not match")), "{said:?}");
    assert!(said.iter().any(|s| s.starts_with("No baseline that sees the text alone")), "{said:?}");
    assert!(said.contains(&"fusion could not judge 1 of 240 examples."), "{said:?}");
}
