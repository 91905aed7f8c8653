//! The model card and the LaTeX tables: what they hold, and what they keep out.

use crate::fixture::{self, write_json};
use std::fs;
use story_report::records::*;
use story_report::{MODEL_CARD, render};

fn card(summary: &Summary) -> String {
    let folder = tempfile::tempdir().expect("a temporary folder");
    fixture::write(folder.path());
    write_json(&folder.path().join("summary.json"), summary);
    let rendered = render(folder.path()).expect("a whole run");
    let path = rendered.card.expect("nobody else's card is there");
    assert_eq!(path, folder.path().join(MODEL_CARD));
    fs::read_to_string(path).expect("the card")
}

#[test]
fn the_card_has_a_head_and_an_honest_page() {
    let card = card(&fixture::summary());
    let mut parts = card.splitn(3, "---\n");
    assert_eq!(parts.next(), Some(""));
    let (head, page) = (parts.next().unwrap(), parts.next().unwrap());
    for line in [
        "license: \"apache-2.0\"",
        "library_name: \"candle\"",
        "pipeline_tag: \"image-text-to-text\"",
        "- \"visual-storytelling\"",
        "    - type: \"bleu\"\n      value: 68.41",
        "config: \"next-text-free-running\"",
        "name: \"ROUGE-L, 95 % interval 0.816 to 0.874, 24 windows of 12 stories\"",
    ] {
        assert!(head.contains(line), "{line}\n{head}");
    }
    assert!(!head.contains("datasets:"), "these data are not on the Hub");
    for text in [
        "## Intended use",
        "## Limits",
        "story train --config configs/fixture.toml --seed 7",
        "copy-last (baseline)",
        "24 windows of 12 stories; no answer is missing",
        "**shared-pictures**",
        "Drawn by rules; nobody's pictures",
    ] {
        assert!(page.contains(text), "{text}");
    }
}

#[test]
fn data_of_the_hub_and_their_licence_are_named() {
    let summary = Summary {
        card: CardRecord {
            dataset: "someone/stories".into(),
            dataset_revision: "abc123".into(),
            dataset_license: "cc-by-nd-4.0".into(),
            base_models: vec!["someone/encoder".into()],
            ..CardRecord::default()
        },
        ..fixture::summary()
    };
    let card = card(&summary);
    for line in [
        "license: \"other\"\nlicense_name: ",
        "datasets:\n- \"someone/stories\"\n",
        "base_model:\n- \"someone/encoder\"\n",
        "      revision: \"abc123\"\n",
        "No licence was set for the weights",
        "Data: cc-by-nd-4.0.",
    ] {
        assert!(card.contains(line), "{line}\n{card}");
    }
}

#[test]
fn a_text_cannot_leave_its_place_in_the_head() {
    let attack = "x\"\n---\nlicense: mit\n# <script>\u{85}";
    let summary = Summary {
        name: attack.into(),
        card: CardRecord { license: attack.into(), ..CardRecord::default() },
        ..fixture::summary()
    };
    let card = card(&summary);
    let (head, page) = card[4..].split_once("\n---\n").unwrap();
    assert!(head.contains("model-index"), "the head ends where it should: {head}");
    assert!(!head.contains("\nlicense: mit"), "{head}");
    assert!(!page.contains("<script>"));
}

#[test]
fn a_text_cannot_become_a_link_or_a_picture() {
    let attack = "![x](https://example.org/x.png) [y](javascript:alert(1)) <img src=x>";
    let summary = Summary {
        name: attack.into(),
        description: "[z]: https://example.org/z.png".into(),
        notice: attack.into(),
        device: "![z]".into(),
        ..fixture::summary()
    };
    let card = card(&summary);
    let page = card.split("\n---\n").nth(1).unwrap();
    assert!(page.contains("![x\\](https") && page.contains("[y\\](javascript"));
    assert!(page.contains("\n[z\\]: https") && page.contains("![z]"), "named, but nowhere defined");
    assert!(!page.contains("x](") && !page.contains("y](") && !page.contains("<img"));
}

#[test]
fn a_readme_of_somebody_else_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    fixture::write(folder.path());
    fs::write(folder.path().join(MODEL_CARD), "mine").unwrap();
    let rendered = render(folder.path()).unwrap();
    assert_eq!(rendered.card, None);
    assert!(rendered.notes.iter().any(|note| note.contains(MODEL_CARD)), "{:?}", rendered.notes);
    assert_eq!(fs::read_to_string(folder.path().join(MODEL_CARD)).unwrap(), "mine");
}

#[test]
fn latex_has_a_cell_for_each_column_and_no_command_of_a_record() {
    let folder = tempfile::tempdir().unwrap();
    fixture::write(folder.path());
    let mut windows = fixture::windows();
    windows[0].texts.insert("50%_\\input{x}&y".into(), "a".into());
    fixture::write_lines(&folder.path().join("predictions.jsonl"), &windows);
    render(folder.path()).unwrap();
    let mut tables = 0;
    for entry in fs::read_dir(folder.path().join("tables")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "tex") {
            continue;
        }
        tables += 1;
        let text = fs::read_to_string(&path).unwrap();
        let specification = text.split("\\begin{tabular}{@{}").nth(1).unwrap();
        let columns = specification.find('@').unwrap();
        let body = text.split("\\toprule\n").nth(1).unwrap().split("\\bottomrule").next().unwrap();
        for line in body.lines().filter(|line| line.ends_with("\\\\")) {
            let separators = line.replace("\\&", "").matches(" & ").count();
            assert_eq!(separators + 1, columns, "{path:?}: {line}");
        }
        assert!(!text.contains("\\input"), "{path:?}");
        assert!(text.contains("\\midrule") && text.contains("\\caption{"), "{path:?}");
    }
    assert_eq!(tables, 10 + 4);
    let scores =
        fs::read_to_string(folder.path().join("tables/scores_next-text-free-running.tex")).unwrap();
    assert!(scores.contains("50\\%\\_\\textbackslash{}input\\{x\\}\\&y (baseline)"), "{scores}");
    assert!(scores.contains("24 windows of 12 stories; missing answers: "), "coverage is told");
}
