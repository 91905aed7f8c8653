//! A whole run rendered: files, determinism, contents of the page, publishing.

use crate::fixture;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use story_report::{publish, render};

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
    assert_eq!(
        one.keys().collect::<Vec<_>>(),
        two.keys().collect::<Vec<_>>()
    );
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
    assert!(
        page.contains("class=\"verdict better\""),
        "the fixture's model is better"
    );
    assert!(page.contains("scores say nothing about real books"));
    assert!(page.contains("story train --config configs/fixture.toml --seed 7"));
    assert!(page.contains("9f2c51d0a1b3"));
    let shared = "1 of 12 test stories shares a picture (pHash distance ≤ 4)";
    let (scores, figures) = (page.find(shared), page.find("<section id=\"figures\""));
    assert!(scores.is_some() && scores < figures, "below the scores");
    assert_eq!(page.matches("<article class=\"story\"").count(), 16);
    assert!(page.matches("data:image/jpeg;base64,").count() >= 16 * 9);
    for outside in ["src=\"http", "href=\"http", "url(", "<link", "@import"] {
        assert!(!page.contains(outside), "{outside}");
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
                assert!(
                    picture.pixels().any(|pixel| *pixel != first),
                    "{path:?} is blank"
                );
            }
        }
    }
    assert_eq!(rendered.figures.len(), 2 * (8 + 7 + 2) + 4);
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
    for (name, ours) in [
        ("figures/scores_old.svg", true),
        ("figures/mine.svg", false),
        ("tables/notes.md", false),
    ] {
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
