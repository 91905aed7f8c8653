//! Two runs, and many, compared on the same windows.

use crate::fixture::{self, noise, write_json, write_lines};
use std::fs;
use std::path::Path;
use story_metrics::metric::Direction;
use story_report::records::*;
use story_report::{
    AblationEntry, AblationPlan, Comparison, Comparisons, EvaluationConfig, Outcome, SeedRun,
    TextTable, ablation, compare,
};

/// Few resamples: enough to tell what differs here.
fn settings() -> EvaluationConfig {
    EvaluationConfig { resamples: 250, ..EvaluationConfig::default() }
}

/// Ranks of a model that is so many places worse than the fixture's.
fn worse(places: u64, seed: usize) -> Vec<WindowRecord> {
    let mut windows = fixture::windows();
    for (at, window) in windows.iter_mut().enumerate() {
        let rank = window.next_frame.get_mut("model").expect("in each window");
        let more = places + (2.0 * noise(at + seed * 100)) as u64;
        rank.better = (rank.better + if places == 0 { 0 } else { more }).min(rank.pool - 1);
    }
    windows
}

fn run(folder: &Path, windows: &[WindowRecord]) {
    fs::create_dir_all(folder).expect("a temporary folder");
    write_json(&folder.join("summary.json"), &fixture::summary());
    write_lines(&folder.join("predictions.jsonl"), windows);
}

/// The second run beside the first.
fn pair(first: &Path, second: &Path) -> story_report::Result<Comparison> {
    let mut all = compare(first, &[second.to_path_buf()], &settings())?;
    assert_eq!(all.pairs.len(), 1);
    Ok(all.pairs.remove(0))
}

#[test]
fn a_run_equals_itself() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("run-a");
    run(&path, &fixture::windows());
    let found = pair(&path, &path).unwrap();
    assert_eq!((found.windows, found.stories), (24, 12));
    assert_eq!(found.notes, Vec::<String>::new());
    assert!(found.rows.iter().any(|row| row.system == "model-beam"), "variants are compared");
    for row in &found.rows {
        let Some(difference) = row.difference else {
            assert_eq!(row.column.id, "distinct-texts", "it cannot be resampled");
            continue;
        };
        assert_eq!(difference.value, 0.0);
        if difference.lower.is_some() {
            assert_eq!(difference.p, Some(1.0), "{} {}", row.table, row.column.id);
            assert_ne!(row.outcome, Outcome::Better);
        }
    }
}

#[test]
fn what_is_copied_is_copied_of_the_context_of_both_runs() {
    let folder = tempfile::tempdir().unwrap();
    let (a, b) = (folder.path().join("run-a"), folder.path().join("run-b"));
    let mut copying = fixture::windows();
    for window in &mut copying {
        let last = window.context.last().expect("a context").text.clone();
        window.texts.insert("model".into(), last);
    }
    run(&a, &fixture::windows());
    run(&b, &copying);
    let found = pair(&a, &b).unwrap();
    let row = |column: &str| {
        let rows = found.rows.iter().filter(|row| row.system == "model");
        rows.into_iter().find(|row| row.column.id == column).unwrap()
    };
    assert_eq!(row("copied").second.value, Some(1.0));
    assert!(row("copied").first.value < Some(1.0));
    assert_eq!(row("recalled").second.value, Some(0.0), "nothing that the context does not have");
}

#[test]
fn a_worse_run_is_told_by_the_paired_difference() {
    let folder = tempfile::tempdir().unwrap();
    let (a, b) = (folder.path().join("run-a"), folder.path().join("run-b"));
    run(&a, &fixture::windows());
    run(&b, &worse(3, 0));
    let all = compare(&a, std::slice::from_ref(&b), &settings()).unwrap();
    let found = &all.pairs[0];
    let row = |table: &str, column: &str| {
        found.rows.iter().find(|row| row.table == table && row.column.id == column).unwrap()
    };
    let mrr = row("next-frame-retrieval", "mrr");
    assert_eq!(mrr.outcome, Outcome::Worse);
    assert!(mrr.difference.unwrap().value < 0.0, "second minus first");
    let p = mrr.difference.unwrap().p.unwrap();
    assert!(p < 0.01);
    // The words come from the corrected p: some metric of the table has a larger one.
    assert!(p < mrr.p_holm.unwrap() && mrr.p_holm.unwrap() < 0.05);
    for row in &found.rows {
        let called = matches!(row.outcome, Outcome::Better | Outcome::Worse);
        let directed = row.column.direction != Direction::CloserToReference;
        assert_eq!(called, directed && row.p_holm.is_some_and(|p| p < 0.05), "{}", row.column.id);
    }
    assert_eq!(row("next-text-free-running", "rouge-l").outcome, Outcome::Undecided);
    let close = |a: Option<f64>, b: f64| (a.unwrap() - b).abs() < 1e-12;
    let difference = mrr.second.value.unwrap() - mrr.first.value.unwrap();
    assert!(close(Some(mrr.difference.unwrap().value), difference));

    let written = all.write(&folder.path().join("out")).unwrap();
    assert_eq!(written.len(), 4);
    let text = all.to_text();
    assert!(text.contains("run-a") && text.contains("24 windows of 12 stories"), "{text}");
    assert!(text.lines().any(|line| line.contains("MRR") && line.ends_with("worse")), "{text}");
    let page = all.to_html();
    assert!(page.contains("Content-Security-Policy") && !page.contains("src=\"http"));
    assert_eq!(all.table().rows.len(), found.rows.len());
    assert!(all.to_latex().contains("\\toprule"));
}

#[test]
fn several_runs_stand_beside_the_first_and_all_their_rows_are_corrected_together() {
    let folder = tempfile::tempdir().unwrap();
    let [a, b, c] = ["run-a", "run-b", "run-c"].map(|name| folder.path().join(name));
    run(&a, &fixture::windows());
    run(&b, &worse(3, 0));
    run(&c, &worse(5, 1));
    let all = compare(&a, &[b.clone(), c.clone()], &settings()).unwrap();
    let names: Vec<&[String; 2]> = all.pairs.iter().map(|pair| &pair.names).collect();
    assert_eq!(names, [&["run-a", "run-b"], &["run-a", "run-c"]]);
    let alone = [pair(&a, &b).unwrap(), pair(&a, &c).unwrap()];
    for (pair, alone) in all.pairs.iter().zip(&alone) {
        assert_eq!(pair.rows.len(), alone.rows.len());
        for (row, alone) in pair.rows.iter().zip(&alone.rows) {
            assert_eq!((row.difference, row.first), (alone.difference, alone.first));
            assert!(row.p_holm >= alone.p_holm, "{} {}", row.table, row.column.id);
        }
    }
    // Holm by hand: the least p of a table is multiplied by the number of its tests in all pairs.
    let of_table = |pairs: &[Comparison]| -> Vec<(f64, f64)> {
        let rows = pairs.iter().flat_map(|pair| &pair.rows);
        let rows = rows.filter(|row| row.table == "next-frame-retrieval");
        rows.filter_map(|row| Some((row.difference?.p?, row.p_holm?))).collect()
    };
    let tests = of_table(&all.pairs);
    assert_eq!(tests.len(), of_table(&alone).len());
    let least = tests.iter().copied().min_by(|a, b| a.0.total_cmp(&b.0)).unwrap();
    assert!((least.1 - (least.0 * tests.len() as f64).min(1.0)).abs() < 1e-12, "{least:?}");

    let table = all.table();
    assert_eq!(table.rows.len(), all.pairs[0].rows.len() + all.pairs[1].rows.len());
    let last = table.header.iter().position(|name| name == "second-run").unwrap();
    assert_eq!(
        (table.rows[0][last].as_str(), table.rows.last().unwrap()[last].as_str()),
        ("run-b", "run-c")
    );
    for text in [all.to_text(), all.to_markdown(), all.to_latex(), all.to_html()] {
        assert!(
            ["Second: run-b", "Second: run-c"].iter().all(|name| text.contains(name)),
            "{text}"
        );
        assert!(text.contains("of all runs together"), "{text}");
    }
    assert!(all.to_html().contains("<h3>run-c beside run-a</h3>"));
    // What is passed on does not say where the user's files lie; who compares sees it.
    let mut table = TextTable::new(["key", "run-a", "run-b", "run-c"]);
    table.rows.push(["path", "\"/home/me/x\"", "\"/home/me/y\"", "–"].map(String::from).to_vec());
    let all = Comparisons { config: Some(table), ..all };
    assert!(
        all.to_text().contains("The configs differ in:") && all.to_text().contains("/home/me/x")
    );
    for text in [all.to_markdown(), all.to_html()] {
        assert!(!text.contains("/home/me") && text.contains("differ"), "{text}");
    }
}

#[test]
fn headings_are_names_and_no_paths_of_a_machine() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("run-a");
    run(&path, &fixture::windows());
    fs::create_dir(path.join("figures")).unwrap();
    // A folder that is named by the way to it.
    let round = path.join("figures").join("..");
    let found = compare(&round, std::slice::from_ref(&path), &settings()).unwrap();
    assert_eq!(found.pairs[0].names, ["run-a", "run-a"]);
    let page = found.to_html();
    assert!(page.contains("<h1>run-a and run-a</h1>"));
    assert!(!page.contains(folder.path().to_str().unwrap()));
}

#[test]
fn what_cannot_be_compared_is_left_out_and_said() {
    let folder = tempfile::tempdir().unwrap();
    let (a, b) = (folder.path().join("a"), folder.path().join("b"));
    let mut windows = fixture::windows();
    windows.truncate(20);
    windows[0].reference = Some("another text".into());
    for window in &mut windows {
        window.tokens.get_mut("model").unwrap().count += 1;
        window.next_frame.get_mut("model").unwrap().pool += 5;
        window.pictures.clear();
    }
    run(&a, &fixture::windows());
    run(&b, &windows);
    let found = pair(&a, &b).unwrap();
    assert_eq!(found.windows, 19);
    let has = |table: &str| found.rows.iter().any(|row| row.table == table);
    assert!(has("next-text-free-running") && has("text-to-picture-retrieval"));
    for table in ["next-frame-retrieval", "next-picture"] {
        assert!(!has(table), "{table}");
    }
    // What no tokenizer chose can be compared between two of them.
    let forced = found.rows.iter().filter(|row| row.table == "next-text-teacher-forced");
    let forced: Vec<_> = forced.map(|row| (row.column.id.as_str(), row.difference)).collect();
    let columns: Vec<&str> = forced.iter().map(|(column, _)| *column).collect();
    assert_eq!(columns, ["perplexity-word", "bits-per-character"]);
    assert!(forced.iter().all(|(_, difference)| difference.is_some_and(|d| d.value == 0.0)));
    for note in [
        "1 windows have another reference",
        "4 windows are in the first run only",
        "model, tokens: not compared, their sizes differ, so the scores would not mean the same; by \
         word and character they are",
        "model, pictures: not compared, the second run has none",
    ] {
        assert!(found.notes.iter().any(|found| found.contains(note)), "{note}: {:?}", found.notes);
    }
    // Records of an earlier version have tokens alone.
    for window in &mut windows {
        window.tokens.get_mut("model").unwrap().text = None;
    }
    run(&b, &windows);
    let found = pair(&a, &b).unwrap();
    assert!(found.rows.iter().all(|row| row.table != "next-text-teacher-forced"));
    windows.iter_mut().for_each(|window| window.story.push('x'));
    run(&b, &windows);
    let error = pair(&a, &b).unwrap_err().to_string();
    assert!(error.contains("share no window"), "{error}");
}

fn plan() -> AblationPlan {
    AblationPlan { base: "base".into(), table: "next-frame-retrieval".into(), column: "mrr".into() }
}

fn entry(name: &str, places: u64, seeds: std::ops::Range<u64>) -> AblationEntry {
    AblationEntry {
        name: name.into(),
        runs: seeds.map(|seed| SeedRun { seed, windows: worse(places, seed as usize) }).collect(),
    }
}

fn mean_of(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

#[test]
fn an_ablation_has_means_spreads_and_corrected_differences() {
    let entries = [
        entry("without-fusion", 4, 0..3),
        entry("base", 1, 0..3),
        entry("same", 1, 0..3),
        entry("better", 0, 1..3),
    ];
    let found = ablation(&entries, &plan(), &settings()).unwrap();
    let names: Vec<&str> = found.rows.iter().map(|row| row.name.as_str()).collect();
    assert_eq!(names, ["base", "without-fusion", "same", "better"], "the base stands first");
    let [base, without, same, better] = found.rows.as_slice() else {
        panic!("four rows");
    };
    assert!(base.difference.is_none() && base.p_holm.is_none());
    assert!(base.deviation.unwrap() > 0.0, "seeds differ");
    assert_eq!(base.seeds.len(), 3);
    assert!(without.difference.unwrap().upper.unwrap() < 0.0);
    assert!(better.difference.unwrap().lower.unwrap() > 0.0);
    assert_eq!(same.difference.unwrap().value, 0.0);
    assert_eq!(same.p_holm, Some(1.0));
    // Three tests: the smallest p counts three times.
    let p = without.difference.unwrap().p.unwrap();
    assert!((without.p_holm.unwrap() - 3.0 * p).abs() < 1e-12);
    // For a mean of windows the pooled difference is the mean of the seeds' differences.
    let mean = without.by_seed.iter().sum::<f64>() / 3.0;
    assert!((without.difference.unwrap().value - mean).abs() < 1e-12);
    assert_eq!(better.by_seed.len(), 2, "only common seeds");

    let signature = &found.column.signature;
    assert_eq!(signature.get("resamples"), Some("250"), "{signature}");
    let words = [without, same, better].map(|row| found.outcome(row));
    assert_eq!(words, [Outcome::Worse, Outcome::Undecided, Outcome::Better]);
    // Stories tell it from 0, but the seeds do not agree.
    let mut split = better.clone();
    split.by_seed = vec![0.05, -0.01];
    assert!(split.p_holm.unwrap() < 0.05);
    assert_eq!(found.outcome(&split), Outcome::Undecided);
    split.by_seed = vec![0.05];
    assert_eq!(split.seed_interval(), None);
    assert_eq!(found.outcome(&split), Outcome::Undecided);
    let (mean, spread) = (mean_of(&without.by_seed), without.seed_interval().unwrap());
    assert!(((spread.0 + spread.1) / 2.0 - mean).abs() < 1e-12);
    // Student's t of two degrees of freedom, 4.303, times the standard error of three values.
    let squares: f64 = without.by_seed.iter().map(|d| (d - mean).powi(2)).sum();
    let half = 4.303 * (squares / 2.0).sqrt() / 3.0_f64.sqrt();
    assert!(((spread.1 - spread.0) / 2.0 - half).abs() < 1e-12);
    let sentences = found.sentences().join("\n");
    for part in [
        "without-fusion: worse than base in MRR: difference -",
        "3 of 3 seeds point that way",
        "same: no effect on MRR found against base: difference 0.000",
    ] {
        assert!(sentences.contains(part), "{part}: {sentences}");
    }
    assert!(found.caption().contains("Only 2 seeds, fewer than 5"));

    let folder = tempfile::tempdir().unwrap();
    let written = found.write(folder.path()).unwrap();
    assert_eq!(written.len(), 6);
    let page = fs::read_to_string(folder.path().join("ablation.html")).unwrap();
    assert!(page.contains("<svg role=\"img\"") && page.contains("without-fusion"));
    let csv = fs::read_to_string(folder.path().join("tables/ablation.csv")).unwrap();
    assert_eq!(csv.lines().count(), 5);
    if let Some(keep) = option_env!("STORY_REPORT_FIXTURE") {
        found.write(Path::new(keep)).unwrap();
        let other = Path::new(keep).join("other");
        run(&other, &worse(3, 0));
        let compared = compare(Path::new(keep), std::slice::from_ref(&other), &settings()).unwrap();
        compared.write(Path::new(keep)).unwrap();
    }
}

#[test]
fn an_ablation_between_tokenizers_is_asked_by_the_word() {
    // Shorter pieces, and each text foretold with fewer bits.
    let pieces = |mut run: SeedRun| {
        for tokens in run.windows.iter_mut().filter_map(|window| window.tokens.get_mut("model")) {
            tokens.count += 5;
            tokens.text.as_mut().unwrap().nll *= 0.8;
        }
        run
    };
    let base = entry("base", 1, 0..3);
    let runs = entry("pieces", 1, 0..3).runs.into_iter().map(pieces).collect();
    let entries = [base, AblationEntry { name: "pieces".into(), runs }];
    let plan = |column: &str| AblationPlan {
        table: "next-text-teacher-forced".into(),
        column: column.into(),
        ..plan()
    };
    for column in ["perplexity-word", "bits-per-character"] {
        let found = ablation(&entries, &plan(column), &settings()).unwrap();
        let row = &found.rows[1];
        let by_means = row.mean.unwrap() - found.rows[0].mean.unwrap();
        assert!((row.difference.unwrap().value - by_means).abs() < 1e-12);
        assert_eq!(found.outcome(row), Outcome::Better, "{column}: lower is better");
    }
    let found = ablation(&entries, &plan("perplexity"), &settings()).unwrap();
    assert!(found.rows[1].difference.is_none(), "their tokens are not the same");
}

#[test]
fn a_plan_that_does_not_fit_is_an_error_that_says_what_is_there() {
    let config = settings();
    let entries = [entry("base", 1, 0..2), entry("other", 1, 5..6)];
    let error = ablation(&entries, &plan(), &config).unwrap_err().to_string();
    assert!(error.contains("\"other\"") && error.contains("no seed"), "{error}");
    let no_base = AblationPlan { base: "x".into(), ..plan() };
    let error = ablation(&entries, &no_base, &config).unwrap_err().to_string();
    assert!(error.contains("base, other"), "{error}");
    let no_column = AblationPlan { column: "spice".into(), ..plan() };
    let error = ablation(&entries, &no_column, &config).unwrap_err().to_string();
    assert!(
        error.contains("next-frame-retrieval/spice") && error.contains("next-frame-retrieval/mrr"),
        "{error}"
    );
}
