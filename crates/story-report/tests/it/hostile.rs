//! Records that are missing, damaged or meant to break the page.

use crate::fixture::{self, write_json, write_lines};
use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::Path;
use story_report::records::*;
use story_report::{Rendered, render};
use tempfile::{TempDir, tempdir};

fn whole() -> TempDir {
    let folder = tempdir().expect("a temporary folder");
    fixture::write(folder.path());
    folder
}

/// The report and the page of stories beside it.
fn pages(rendered: &Rendered) -> [String; 2] {
    let stories = rendered.stories.as_ref().expect("samples with pictures");
    [&rendered.report, stories].map(|path| fs::read_to_string(path).expect("a page"))
}

fn append(path: &Path, bytes: &[u8]) {
    fs::OpenOptions::new()
        .append(true)
        .open(path)
        .expect("a file that can be appended to")
        .write_all(bytes)
        .expect("a file that can be appended to");
}

#[test]
fn a_folder_without_records_is_not_a_run() {
    let folder = tempdir().unwrap();
    let error = render(folder.path()).unwrap_err().to_string();
    assert!(error.contains("not a run folder") && error.contains("predictions.jsonl"), "{error}");
    assert!(render(&folder.path().join("nowhere")).is_err());
    assert!(!folder.path().join("report.html").exists());
}

#[test]
fn an_empty_run_names_all_that_is_left_out() {
    let folder = tempdir().unwrap();
    write_json(&folder.path().join("summary.json"), &Summary::default());
    let rendered = render(folder.path()).unwrap();
    assert!(rendered.figures.is_empty() && rendered.tables.is_empty());
    for name in [
        "loss_curves",
        "story_lengths",
        "similarity_matrix",
        "temporal_norms",
        "samples_best",
        "metrics_summary",
    ] {
        assert!(rendered.left_out.iter().any(|line| line.contains(name)), "{name}");
    }
    assert_eq!(rendered.notes.len(), 3);
    let page = fs::read_to_string(rendered.report).unwrap();
    assert!(page.contains("Not measured"));
}

#[test]
fn a_cut_last_line_is_noted_and_a_damaged_one_is_an_error() {
    let folder = whole();
    let path = folder.path().join("predictions.jsonl");
    append(&path, b"{\"story\":\"x\",\"tar");
    let rendered = render(folder.path()).unwrap();
    assert!(
        rendered.notes[0].contains("predictions.jsonl, line 25: cut short"),
        "{:?}",
        rendered.notes
    );
    append(&path, b"\n");
    let error = render(folder.path()).unwrap_err().to_string();
    assert!(error.contains("predictions.jsonl, line 25"), "{error}");

    let folder = whole();
    let path = folder.path().join("metrics.jsonl");
    append(&path, b"{\"kind\":\"step\",\"step\":1}\n");
    let error = render(folder.path()).unwrap_err().to_string();
    assert!(error.contains("metrics.jsonl, line 607: missing field"), "{error}");
}

#[test]
fn a_missing_field_and_a_foreign_file_are_named() {
    let folder = whole();
    fs::write(folder.path().join("summary.json"), b"\x89PNG not json").unwrap();
    let error = render(folder.path()).unwrap_err().to_string();
    assert!(error.contains("summary.json, line 1"), "{error}");
    fs::write(folder.path().join("summary.json"), b"{\"name\": \"x\"}").unwrap();
    let error = render(folder.path()).unwrap_err().to_string();
    assert!(
        error.contains("summary.json") && error.contains("missing field `description`"),
        "{error}"
    );

    let folder = whole();
    fs::write(folder.path().join("scores.json"), b"[{\"id\":\"../x\",\"title\":\"\",\"note\":\"\",\"level\":0.95,\"pool\":null,\"columns\":[],\"rows\":[]}]").unwrap();
    let error = render(folder.path()).unwrap_err().to_string();
    assert!(error.contains("scores.json") && error.contains("../x"), "{error}");
}

#[test]
fn numbers_that_are_not_finite_are_skipped_and_counted() {
    let folder = whole();
    let mut analysis = fixture::analysis();
    analysis.matched_similarities[0] = f64::NAN;
    analysis.temporal_norms[1] = vec![f64::INFINITY; 3];
    analysis.similarity_matrix[0][1] = f64::NAN;
    analysis.similarity_matrix[3].truncate(2);
    analysis.embedding_magnitudes = BTreeMap::from([("text".into(), vec![f64::NAN, 1e300])]);
    write_json(&folder.path().join("analysis.json"), &analysis);
    let mut log = fixture::log();
    for line in log.iter_mut().skip(500) {
        let (LogLine::Step { losses, .. } | LogLine::Validation { losses, .. }) = line;
        losses.values_mut().for_each(|value| *value = f64::NAN);
    }
    write_lines(&folder.path().join("metrics.jsonl"), &log);
    let mut windows = fixture::windows();
    windows[0].tokens.get_mut("model").unwrap().nll = f64::NAN;
    windows[1].pictures.get_mut("model").unwrap().mse = f64::NAN;
    write_lines(&folder.path().join("predictions.jsonl"), &windows);
    let rendered = render(folder.path()).unwrap();
    for note in [
        "matched_similarities skips 1 value that is",
        "temporal_norms skips 3 values that are",
        "similarity_matrix skips 1 value that is",
        "loss_curves skips 530 values that are",
    ] {
        assert!(
            rendered.notes.iter().any(|line| line.contains(note)),
            "{note}: {:?}",
            rendered.notes
        );
    }
    assert!(rendered.left_out.iter().any(|line| line.contains("embedding_magnitudes")));
    for path in rendered.figures.iter().filter(|path| path.extension().is_some_and(|e| e == "svg"))
    {
        let svg = fs::read_to_string(path).unwrap();
        assert!(
            !svg.contains("NaN") && !svg.contains("inf") && !svg.contains("-2147483648"),
            "{path:?}"
        );
    }
    let scores = fs::read_to_string(folder.path().join("tables/metrics_summary.csv")).unwrap();
    assert!(
        scores.lines().any(|line| line.starts_with("next-text-teacher-forced,model,perplexity,")
            && line.contains(",23,12,1,model")),
        "{scores}"
    );
}

#[test]
fn one_window_and_one_value_can_be_drawn() {
    let folder = whole();
    let windows: Vec<_> = fixture::windows().into_iter().take(1).collect();
    write_lines(&folder.path().join("predictions.jsonl"), &windows);
    write_lines(&folder.path().join("metrics.jsonl"), &fixture::log()[..1]);
    let one = Analysis {
        story_lengths: BTreeMap::from([("test".into(), vec![5])]),
        token_lengths: BTreeMap::from([("test".into(), vec![0])]),
        max_tokens: 32,
        embedding_magnitudes: BTreeMap::from([("text".into(), vec![0.0])]),
        temporal_norms: vec![vec![1.0]],
        similarity_matrix: vec![vec![0.5]],
        matched_similarities: vec![-1.0],
        ..Analysis::default()
    };
    write_json(&folder.path().join("analysis.json"), &one);
    let rendered = render(folder.path()).unwrap();
    let left_out: Vec<&str> =
        rendered.left_out.iter().map(|line| line.split(':').next().unwrap()).collect();
    assert_eq!(
        left_out,
        [
            "figure prediction_similarities",
            "figure samples_median",
            "figure samples_worst",
            "table shuffled_references"
        ]
    );
    let page = fs::read_to_string(rendered.report).unwrap();
    assert!(page.contains("No interval to judge by"));
}

#[test]
fn html_in_records_is_text() {
    let folder = whole();
    let attack = "</script><script>alert(1)</script><img src=x onerror=alert(2)>\"'&";
    let mut windows = fixture::windows();
    for window in &mut windows {
        // Whichever of them stands on top.
        window.reference = Some(attack.into());
        window.context[0].text = attack.into();
    }
    windows[0].story = attack.into();
    windows[0].texts.insert(attack.into(), attack.into());
    let pool = windows[0].next_frame_pools[&Pool::InStory].clone();
    windows[0].next_frame_pools.insert(Pool::named("../../outside"), pool);
    windows[0].target_boxes[0].label = attack.into();
    windows[0].attention[0].title = attack.into();
    windows[0].retrieved[0].story = attack.into();
    write_lines(&folder.path().join("predictions.jsonl"), &windows);
    let summary = Summary {
        name: attack.into(),
        notice: attack.into(),
        command: attack.into(),
        ..fixture::summary()
    };
    write_json(&folder.path().join("summary.json"), &summary);
    let mut analysis = fixture::analysis();
    analysis.similarity_labels[0] = "<script>alert(3)</script>\u{0}\u{1b}".into();
    analysis.story_lengths.insert(attack.into(), vec![5]);
    write_json(&folder.path().join("analysis.json"), &analysis);
    let rendered = render(folder.path()).unwrap();
    for page in pages(&rendered) {
        assert_eq!(page.matches("<script").count(), 1, "only the page's own script");
        assert_eq!(page.matches("</script").count(), 1, "and nothing ends it before its end");
        assert!(
            !page.contains("<img src=x")
                && page.contains("&lt;img src=x onerror=alert(2)&gt;&quot;'&amp;")
        );
        assert!(!page.contains("alt=\"\"'") && !page.contains("onerror=alert(2)>\""));
    }
    // In an attribute as well: the quote that would end it is escaped.
    let [_, stories] = pages(&rendered);
    assert!(stories.contains("data-story=\"&lt;/script&gt;&lt;script&gt;alert(1)&lt;/script&gt;"));
    let markdown =
        fs::read_to_string(folder.path().join("tables/scores_next-text-free-running.md")).unwrap();
    assert!(!markdown.contains("<script"));
    let pool = "tables/scores_next-frame-retrieval-------outside.csv";
    assert!(folder.path().join(pool).is_file(), "a pool's name is no path");
}

#[test]
fn addresses_of_pictures_hold_bytes_and_nothing_of_the_records() {
    let folder = whole();
    let mut windows = fixture::windows();
    // A picture of that name is there, and is shown: the name stays outside of the page.
    let name = "samples/a\" onerror=\"alert(1).png";
    fs::copy(folder.path().join("samples/0-4.png"), folder.path().join(name)).unwrap();
    windows[0].target_image = Some(name.into());
    windows[1].target_image = Some("javascript:alert(2)".into());
    windows[2].target_image = Some("data:text/html,<script>alert(3)</script>".into());
    windows[3].retrieved[0].image = "https://example.org/x.png".into();
    write_lines(&folder.path().join("predictions.jsonl"), &windows);
    let rendered = render(folder.path()).unwrap();
    assert!(!rendered.notes.iter().any(|note| note.contains("onerror")), "{:?}", rendered.notes);
    let page = pages(&rendered).concat();
    let addresses: Vec<&str> =
        page.split(" src=").skip(1).map(|rest| rest.split('>').next().unwrap()).collect();
    assert!(addresses.len() > 100);
    for address in addresses {
        let bytes = address.strip_prefix("\"data:image/jpeg;base64,");
        let (bytes, rest) = bytes.and_then(|bytes| bytes.split_once('"')).expect("a picture");
        let of_base64 = |c: char| c.is_ascii_alphanumeric() || "+/=".contains(c);
        assert!(bytes.chars().all(of_base64));
        assert!(rest.starts_with(" width=") && !rest.contains("alert"), "{rest}");
    }
    assert!(!page.contains("<script>alert") && !page.contains("src=\"http"));
}

#[test]
fn hidden_characters_are_written_out() {
    let folder = whole();
    let hidden = "safe\u{202e}gnp.\u{2066}\u{200f}\u{0}\u{1b}[31m\u{85}\u{2028}end";
    let written = "safe\\u{202e}gnp.\\u{2066}\\u{200f}\\u{0}\\u{1b}[31m\\u{85}\\u{2028}end";
    let mut windows = fixture::windows();
    windows[0].story = hidden.into();
    windows[0].reference = Some(hidden.into());
    windows[0].context[0].text = hidden.into();
    windows[0].texts.insert(hidden.into(), hidden.into());
    windows[0].target_boxes[0].label = hidden.into();
    windows[0].attention[0].rows[0] = hidden.into();
    write_lines(&folder.path().join("predictions.jsonl"), &windows);
    let summary = Summary {
        name: hidden.into(),
        description: hidden.into(),
        skipped: BTreeMap::from([(hidden.into(), 1)]),
        ..fixture::summary()
    };
    write_json(&folder.path().join("summary.json"), &summary);
    let mut analysis = fixture::analysis();
    analysis.similarity_labels[0] = "a\u{202e}b".into();
    write_json(&folder.path().join("analysis.json"), &analysis);
    let rendered = render(folder.path()).unwrap();
    let raw = |c: char| {
        let bidi = matches!(c, '\u{200e}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
        bidi || (c.is_control() && c != '\n' && c != '\t')
    };
    let svg = rendered.figures.iter().filter(|path| path.extension().is_some_and(|e| e == "svg"));
    let pages_and_card = rendered.stories.iter().chain([&rendered.report]).chain(&rendered.card);
    for path in svg.chain(pages_and_card) {
        let text = fs::read_to_string(path).unwrap();
        let found = text.find(raw).map(|at| &text[at.saturating_sub(60)..at]);
        assert_eq!(found, None, "{path:?}");
    }
    let page = pages(&rendered).concat();
    for place in [
        format!("<h1>{written}</h1>"),
        format!("data-story=\"{written}\""),
        format!("<dt class=\"role-baseline\">{written}</dt>"),
        format!("<p dir=\"auto\">{written}</p>"),
    ] {
        assert!(page.contains(&place), "{place}");
    }
    let labels = fs::read_to_string(folder.path().join("figures/similarity_matrix.svg")).unwrap();
    assert!(labels.contains("a\\u{202e}b"));
    let card = fs::read_to_string(rendered.card.unwrap()).unwrap();
    assert!(card.contains("- name: \"safe\\u202egnp."), "YAML has escapes of its own");
    assert!(card.contains("# safe\\u{202e}gnp."));
}

#[test]
fn a_picture_that_cannot_be_shown_is_a_note() {
    let folder = whole();
    fs::remove_file(folder.path().join("samples/0-4.png")).unwrap();
    fs::write(folder.path().join("samples/0-1.png"), b"not a picture").unwrap();
    let mut windows = fixture::windows();
    windows[1].target_image = Some("../../etc/passwd".into());
    windows[2].predicted_image = Some("/etc/passwd".into());
    windows[2].sources_image = Some("../../etc/passwd".into());
    write_lines(&folder.path().join("predictions.jsonl"), &windows);
    let rendered = render(folder.path()).unwrap();
    for name in ["samples/0-4.png", "samples/0-1.png", "../../etc/passwd", "\"/etc/passwd\""] {
        assert!(
            rendered.notes.iter().any(|note| note.contains(name)),
            "{name}: {:?}",
            rendered.notes
        );
    }
    assert!(pages(&rendered).concat().contains("picture cannot be shown"));
}

#[test]
fn what_the_records_no_longer_hold_is_removed() {
    let folder = whole();
    render(folder.path()).unwrap();
    fs::write(folder.path().join("figures/own.png"), b"mine").unwrap();
    write_json(&folder.path().join("analysis.json"), &Analysis::default());
    render(folder.path()).unwrap();
    assert!(!folder.path().join("figures/similarity_matrix.svg").exists());
    assert!(folder.path().join("figures/loss_curves.svg").exists());
    assert!(folder.path().join("figures/own.png").exists());
    let hidden = |entry: &std::io::Result<fs::DirEntry>| {
        entry.as_ref().unwrap().file_name().to_string_lossy().starts_with('.')
    };
    let leftovers = fs::read_dir(folder.path()).unwrap().filter(hidden);
    assert_eq!(leftovers.count(), 0);
}

#[test]
fn a_resumed_run_keeps_the_later_steps() {
    let folder = whole();
    let log = fixture::log();
    // Killed after step 600, resumed from a checkpoint at step 550.
    let again: Vec<LogLine> = log
        .iter()
        .filter(|line| matches!(line, LogLine::Step { step, .. } if *step > 550))
        .cloned()
        .collect();
    let repeated: Vec<LogLine> = log.into_iter().chain(again).collect();
    write_lines(&folder.path().join("metrics.jsonl"), &repeated);
    render(folder.path()).unwrap();
    let losses = fs::read_to_string(folder.path().join("tables/loss_summary.csv")).unwrap();
    let total = losses.lines().find(|line| line.starts_with("train,total,")).unwrap();
    assert!(total.ends_with(",600,0"), "{total}");
}
