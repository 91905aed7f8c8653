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
    assert!(card.lines().count() < 200, "{} lines", card.lines().count());
    for text in [
        "## A sample",
        "**Foretold:** ",
        "![Stories with their true and foretold pages](figures/samples_median.png)",
        "## Use",
        "story predict --run . --images",
        "## Limits",
        "story train --config configs/fixture.toml --seed 7",
        "| ROUGE-L ↑ | 0.",
        "24 windows of 12 stories",
        "**shared-pictures**",
        "Drawn by rules; nobody's pictures",
    ] {
        assert!(page.contains(text), "{text}");
    }
}

#[test]
fn the_card_says_what_the_model_is_made_of() {
    let folder = tempfile::tempdir().unwrap();
    fixture::write(folder.path());
    let config = "[model]\nwidth = 256\n[model.fusion]\nkind = \"a|b](x) <img>\"\n\
                  weights = \"/home/me/my weights/a.safetensors\"\n[model.head.loss]\n\
                  kind = \"info-nce\"\ntemperature = 0.07000000029802322\n\
                  [train]\nepochs = 6\nlearning_rate = 0.0020000000949949026\n";
    fs::write(folder.path().join("config.toml"), config).unwrap();
    let rendered = render(folder.path()).unwrap();
    assert_eq!(rendered.notes, Vec::<String>::new());
    let card = fs::read_to_string(rendered.card.unwrap()).unwrap();
    for row in [
        "| whole model |  | width 256 |",
        "| fusion | a\\|b\\](x) &lt;img> | weights a.safetensors |",
        "| head |  | loss.kind info-nce, loss.temperature 0.07 |",
        "| train | epochs 6, learning_rate 0.002 |",
    ] {
        assert!(card.contains(row), "{row}\n{card}");
    }
    assert!(!card.contains("/home/me"));

    // What cannot be read is a note, and nothing is made up in its place.
    fs::write(folder.path().join("config.toml"), "[model\n\u{0}").unwrap();
    let rendered = render(folder.path()).unwrap();
    assert!(rendered.notes.iter().any(|note| note.contains("config.toml is no TOML")));
    let card = fs::read_to_string(rendered.card.unwrap()).unwrap();
    assert!(!card.contains("## Architecture") && !card.contains("## Hyperparameters"));
}

#[test]
fn pages_and_card_name_no_folder_of_a_machine() {
    let folder = tempfile::tempdir().unwrap();
    fixture::write(folder.path());
    let summary = Summary {
        name: "/home/me/configs/own.toml".into(),
        description: "Trained on /home/me/books.".into(),
        source: "own folder /home/me/books".into(),
        command: "story train --folder='/home/me/My Books' --out /home/me/runs/a".into(),
        card: CardRecord::default(),
        ..fixture::summary()
    };
    write_json(&folder.path().join("summary.json"), &summary);
    let rendered = render(folder.path()).unwrap();
    for path in [&rendered.report, &rendered.stories.unwrap(), &rendered.card.unwrap()] {
        let text = fs::read_to_string(path).unwrap();
        assert!(!text.contains("/home/me"), "{path:?}");
        assert!(text.contains("own.toml"), "{path:?}");
    }
    let report = fs::read_to_string(rendered.report).unwrap();
    assert!(report.contains("<h1>own.toml</h1>") && report.contains("--folder='My Books' --out a"));
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
