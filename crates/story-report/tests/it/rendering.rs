//! A whole run rendered: files, determinism, contents of the page, publishing.

use crate::fixture;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use story_report::{EvaluationConfig, publish, render, score_tables};

/// Where a person can look at the fixture's report: set in the environment by hand, never in CI.
const KEEP: Option<&str> = option_env!("STORY_REPORT_FIXTURE");

fn files(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut files = BTreeMap::new();
    for name in ["figures", "tables"] {
        for entry in fs::read_dir(folder.join(name)).expect("a rendered folder") {
            let path = entry.expect("an entry").path();
            let relative = path.strip_prefix(folder).expect("inside").to_path_buf();
            files.insert(relative, fs::read(&path).expect("a file"));
        }
    }
    files
}

#[test]
fn the_same_records_give_the_same_bytes() {
    let (first, second) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let mut pages = Vec::new();
    for folder in [&first, &second] {
        fixture::write(folder.path());
        let rendered = render(folder.path()).expect("a whole run");
        assert_eq!(rendered.left_out, Vec::<String>::new());
        assert_eq!(rendered.notes, Vec::<String>::new());
        pages.push(fs::read_to_string(&rendered.report).unwrap());
    }
    assert!(pages[0] == pages[1], "the pages differ");
    let (one, two) = (files(first.path()), files(second.path()));
    assert_eq!(one.keys().collect::<Vec<_>>(), two.keys().collect::<Vec<_>>());
    assert!(one == two, "a file differs");
    // Once more over its own output.
    render(first.path()).expect("a second rendering");
    assert!(files(first.path()) == two, "a second rendering differs");
    if let Some(folder) = KEEP {
        let folder = Path::new(folder);
        fixture::write(folder);
        render(folder).expect("the fixture");
    }
}

#[test]
fn the_page_answers_and_needs_no_network() {
    let folder = tempfile::tempdir().unwrap();
    fixture::write(folder.path());
    let rendered = render(folder.path()).unwrap();
    let page = fs::read_to_string(&rendered.report).unwrap();
    assert!(page.contains("class=\"verdict better\""), "the fixture's model is better");
    assert!(page.contains("scores say nothing about real books"));
    assert!(page.contains("story train --config configs/fixture.toml --seed 7"));
    assert!(page.contains("9f2c51d0a1b3"));
    let shared = "1 of 12 test stories shares a picture (pHash distance ≤ 4)";
    let (trust, data) = (page.find("<section id=\"trust\""), page.find("<section id=\"data\""));
    assert!(trust < page.rfind(shared) && page.rfind(shared) < data, "where belief is asked");
    let stories = fs::read_to_string(rendered.stories.as_ref().unwrap()).unwrap();
    assert_eq!(stories.matches("<article class=\"story\"").count(), 16);
    assert!(stories.matches("data:image/jpeg;base64,").count() >= 16 * 9);
    // The four pages, the true one and the foretold one.
    assert_eq!(page.matches("data:image/jpeg;base64,").count(), 6);
    for page in [&page, &stories] {
        for outside in ["src=\"http", "href=\"http", "url(", "<link", "@import"] {
            assert!(!page.contains(outside), "{outside}");
        }
    }
    for path in &rendered.figures {
        let bytes = fs::read(path).unwrap();
        match path.extension().unwrap().to_str().unwrap() {
            "svg" => {
                let text = String::from_utf8(bytes).unwrap();
                assert!(
                    text.contains("<svg") && text.contains("sans-serif") && !text.contains("NaN"),
                    "{path:?}"
                );
            }
            _ => {
                let picture = image::load_from_memory(&bytes).unwrap().into_rgb8();
                let first = *picture.get_pixel(0, 0);
                assert!(picture.pixels().any(|pixel| *pixel != first), "{path:?} is blank");
            }
        }
    }
    assert_eq!(rendered.figures.len(), 2 * (8 + 10 + 2) + 4);
    let summary = fs::read_to_string(folder.path().join("tables/metrics_summary.csv")).unwrap();
    assert!(summary.starts_with("table,system,metric,value,lower,upper,n,stories"));
    assert!(summary.contains(
        "\nnext-text-free-running,best-reachable,bleu-4,100,100,100,24,12,0,bound,higher,points,"
    ));
}

#[test]
fn publishing_copies_and_clears_only_its_own_files() {
    let (run, results) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    fixture::write(run.path());
    render(run.path()).unwrap();
    for (name, ours) in
        [("figures/scores_old.svg", true), ("figures/mine.svg", false), ("tables/notes.md", false)]
    {
        let path = results.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, if ours { "old" } else { "keep" }).unwrap();
    }
    let copied = publish(run.path(), results.path()).unwrap();
    assert_eq!(copied.len(), files(run.path()).len());
    let published = files(results.path());
    assert!(!published.contains_key(Path::new("figures/scores_old.svg")));
    assert_eq!(published[Path::new("figures/mine.svg")], b"keep");
    assert_eq!(published[Path::new("tables/notes.md")], b"keep");
    for (name, content) in files(run.path()) {
        assert!(published[&name] == content, "{name:?}");
    }
}

#[test]
fn the_page_shows_stories_boxes_attention_and_retrieved_frames() {
    let folder = tempfile::tempdir().unwrap();
    fixture::write(folder.path());
    let rendered = render(folder.path()).unwrap();
    let report = fs::read_to_string(rendered.report).unwrap();
    let page = fs::read_to_string(rendered.stories.unwrap()).unwrap();
    let at = |text: &str| page.find(text).unwrap_or_else(|| panic!("no {text}"));
    assert!(at("<section id=\"best\"") < at("<section id=\"median\""));
    assert!(at("<section id=\"median\"") < at("<section id=\"worst\""));
    assert!(page.contains("ROUGE-L 1.000, place 1 of 24"));
    // Four steps and the target of each window, two boxes each; the ground's is cut to the picture.
    assert_eq!(page.matches("<svg class=\"boxes\" viewBox=\"0 0 96 96\"").count(), 16 * 5);
    assert_eq!(
        page.matches("<rect class=\"place\" x=\"0\" y=\"78\" width=\"96\" height=\"18\"></rect>")
            .count(),
        16 * 5
    );
    assert!(page.contains("<li class=\"character\">char1 Ball</li>"));
    assert_eq!(page.matches("<ul class=\"shots retrieved\">").count(), 16);
    assert_eq!(page.matches("<li class=\"right\">").count(), 16, "each target was retrieved once");
    assert_eq!(page.matches("<li class=\"wrong\">").count(), 48);
    assert!(page.contains("In 4 of 16 samples the target comes first"));
    let at = |text: &str| report.find(text).unwrap_or_else(|| panic!("no {text}"));
    assert!(at("id=\"figure-attention_1\"") > at("<section id=\"attention\""));
    let words =
        report.matches(">crosses</text>").count() + report.matches(">\ncrosses\n</text>").count();
    assert!(words >= 1, "a written word names its row");
    assert!(report.contains("references of other stories"), "the control table");
}

#[test]
fn one_story_stands_on_top_then_the_verdicts_then_folds_by_question() {
    let folder = tempfile::tempdir().unwrap();
    fixture::write(folder.path());
    let page = fs::read_to_string(render(folder.path()).unwrap().report).unwrap();
    let at = |text: &str| page.find(text).unwrap_or_else(|| panic!("no {text}"));
    let one = &page[at("<section id=\"story\"")..at("<section id=\"verdict\"")];
    for shown in ["The story so far", "The true next page", "The page that the model foretells"] {
        assert!(one.contains(shown), "{shown}");
    }
    assert!(
        one.contains("neither the best nor the worst") && one.contains("href=\"stories.html\"")
    );
    let first_fold = at("<details class=\"fold\"");
    assert!(at("<strong>Warning, shared-pictures.</strong>") < first_fold);
    assert!(!page[..first_fold].contains("<table"), "no table before the folds");
    let ids = [
        "next-text",
        "next-frame",
        "next-picture",
        "both-ways",
        "trust",
        "run",
        "data",
        "inside",
        "attention",
        "glossary",
    ];
    let places = ids.map(|id| at(&format!("<section id=\"{id}\"")));
    assert!(places.is_sorted() && first_fold < places[0], "{places:?}");
    assert!(
        page.contains("Told text to next picture") && page.contains("Painted picture to next text")
    );
    // Score tables are not drawn a second time as bars.
    assert!(!page.contains("id=\"figure-scores_"));
    assert!(folder.path().join("figures/scores_next-picture.svg").is_file());
}

#[test]
fn every_row_and_column_of_the_tables_is_explained_with_an_example() {
    let folder = tempfile::tempdir().unwrap();
    fixture::write(folder.path());
    let page = fs::read_to_string(render(folder.path()).unwrap().report).unwrap();
    let glossary = &page[page.find("<section id=\"glossary\"").expect("a glossary")..];
    let rows: Vec<&str> = glossary.split("<tr class=").skip(1).collect();
    let entry = |name: &str| {
        let start = format!("<th scope=\"row\">{name}</th>");
        let row = rows.iter().find(|row| row.contains(&start));
        *row.unwrap_or_else(|| panic!("no entry of {name}"))
    };
    assert!(entry("copy-last").contains("The context's last text, copied."));
    assert!(entry("copy-last").contains(">told “"), "what it told in the story on top");
    assert!(entry("last-frame").contains("ranked the true frame"));
    assert!(entry("mean-picture").contains("squared error"));
    assert!(entry("chance").contains("Next frame retrieval"), "no answer of its own: its score");
    assert!(entry("ROUGE-L ↑").contains("Next text, free-running: model 0."));
    assert!(entry("paired difference").contains("model minus "));
    assert!(!glossary.contains("<td></td>"), "nothing is left without a meaning or an example");
}

#[test]
fn texts_are_shown_with_their_case_and_scored_as_they_were_told() {
    let folder = tempfile::tempdir().unwrap();
    fixture::write(folder.path());
    let scores = fs::read(folder.path().join("scores.json")).ok();
    let mut windows = fixture::windows();
    for window in &mut windows {
        let shown = format!("Zerlina, or {}", window.texts["model"]);
        window.shown_texts.insert("model".into(), shown);
    }
    fixture::write_lines(&folder.path().join("predictions.jsonl"), &windows);
    let rendered = render(folder.path()).unwrap();
    let card = folder.path().join("README.md");
    for page in [rendered.report, rendered.stories.unwrap(), card] {
        let text = fs::read_to_string(&page).unwrap();
        assert!(text.contains("Zerlina, or "), "{}", page.display());
        assert!(text.contains("scored as they were told"), "{}", page.display());
    }
    let (told, shown) = (fixture::windows(), windows);
    let score = |windows| score_tables(windows, &EvaluationConfig::default()).unwrap();
    assert_eq!(score(&told[..]), score(&shown[..]));
    assert_eq!(fs::read(folder.path().join("scores.json")).ok(), scores);
}

#[test]
fn a_page_of_stories_without_samples_is_removed() {
    let folder = tempfile::tempdir().unwrap();
    fixture::write(folder.path());
    assert!(render(folder.path()).unwrap().stories.is_some_and(|page| page.is_file()));
    let mut windows = fixture::windows();
    windows.iter_mut().for_each(|window| window.target_image = None);
    fixture::write_lines(&folder.path().join("predictions.jsonl"), &windows);
    let rendered = render(folder.path()).unwrap();
    assert!(rendered.stories.is_none() && !folder.path().join("stories.html").exists());
    let page = fs::read_to_string(rendered.report).unwrap();
    assert!(page.contains("The true next page") && !page.contains("stories.html"));
}

#[test]
fn the_pages_can_be_used_without_a_mouse() {
    let folder = tempfile::tempdir().unwrap();
    fixture::write(folder.path());
    let rendered = render(folder.path()).unwrap();
    let stories = fs::read_to_string(rendered.stories.unwrap()).unwrap();
    assert!(stories.contains("<label for=\"story-id\">"));
    assert_eq!(stories.matches("<img ").count(), stories.matches(" alt=\"").count());
    let page = fs::read_to_string(rendered.report).unwrap();
    let body = &page[page.find("<body>").unwrap()..];
    assert!(body.starts_with("<body><a class=\"skip\" href=\"#content\">"));
    assert!(body.contains("<main id=\"content\" tabindex=\"-1\">"));
    assert!(page.contains(":focus-visible{outline:"));
    // What scrolls sideways can take the focus and says what it is.
    for class in ["scroll", "frame"] {
        let all = body.matches(&format!("<div class=\"{class}\"")).count();
        let named = body
            .matches(&format!(
                "<div class=\"{class}\" tabindex=\"0\" role=\"region\" aria-label=\""
            ))
            .count();
        assert!(all > 0 && all == named, "{class}: {named} of {all}");
    }
    let boxes = body.matches(" role=\"region\"").count();
    assert_eq!(body.matches("Scroll sideways for more").count(), boxes, "each says that it is cut");
    let drawn = body.matches("<svg role=\"img\" aria-labelledby=\"caption-").count();
    assert_eq!(drawn, body.matches("<figcaption id=\"caption-").count());
    assert_eq!(body.matches("<img ").count(), body.matches(" alt=\"").count());
}

#[test]
fn records_of_earlier_versions_still_open() {
    let folder = tempfile::tempdir().unwrap();
    fixture::write(folder.path());
    let strip = |name: &str, keys: &[&str]| {
        let path = folder.path().join(name);
        let lines: String = fs::read_to_string(&path)
            .unwrap()
            .lines()
            .map(|line| {
                let mut record: serde_json::Value = serde_json::from_str(line).unwrap();
                let map = record.as_object_mut().unwrap();
                keys.iter().for_each(|key| {
                    map.remove(*key).expect("the fixture has it");
                });
                if let Some(steps) = map.get_mut("context") {
                    for step in steps.as_array_mut().unwrap() {
                        step.as_object_mut().unwrap().remove("boxes").unwrap();
                    }
                }
                format!("{record}\n")
            })
            .collect();
        fs::write(path, lines).unwrap();
    };
    strip("predictions.jsonl", &["next_frame_pools", "retrieved", "target_boxes", "attention"]);
    let summary = folder.path().join("summary.json");
    let mut record: serde_json::Value =
        serde_json::from_slice(&fs::read(&summary).unwrap()).unwrap();
    record.as_object_mut().unwrap().remove("card").unwrap();
    fs::write(&summary, record.to_string()).unwrap();
    let rendered = render(folder.path()).unwrap();
    assert_eq!(rendered.left_out, Vec::<String>::new(), "no attention: there is nothing to draw");
    let page = fs::read_to_string(rendered.stories.unwrap()).unwrap();
    // The rank of the target says which of the nearest pictures is right.
    assert!(page.contains("<li class=\"right\">") && page.contains("<li class=\"wrong\">"));
}
