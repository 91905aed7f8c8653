//! Megabytes of nonsense: reading stays linear, flat on the stack and bounded in complaints.
//!
//! Nothing here is timed; what is quadratic in a megabyte does not come back at all.

use story_data::Record;
use story_data::story_reasoning::{ChainOfThought, StoryText, read_story, read_tables};

const BYTES: usize = 1 << 20;

/// A column lists a thousand diagnostics and one that counts the rest.
const LISTED: usize = 1001;

fn fill(unit: &str) -> String {
    unit.repeat(BYTES / unit.len())
}

fn story(text: &str) {
    assert_eq!(StoryText::parse(text).to_string(), text);
    let inside = format!("<gdi image1>{text}");
    for text in [text, &inside] {
        let (_, found) = read_story("s", text);
        assert!(found.len() <= LISTED);
    }
}

fn thought(text: &str) {
    assert_eq!(ChainOfThought::parse(text).to_string(), text);
    let head = "## Image 1\n### Characters\n| Character ID | Name | Bounding Box |\n|--|--|--|\n";
    let inside = format!("{head}{text}");
    for text in [text, &inside] {
        let (_, found) = read_tables("s", text);
        assert!(found.len() <= LISTED);
    }
}

#[test]
fn tag_soup_of_a_megabyte() {
    for unit in [
        "<",
        ">",
        "&",
        "&lt;",
        "a",
        "é ",
        "<gdo ",
        "<gdo char1>",
        "</gdo>",
        "<gdo char1>x</gdo>",
        "<gdo char1><gda char1></gdo>x</gda>",
        "<gdo char1><gda char1><gdl bg1>",
        "<gdi image1>",
        "<gdi>a",
        "<gdi image9999>a</gdi>",
        "</gdi>",
        "<b>",
        "\n",
    ] {
        story(&fill(unit));
    }
    story(&format!("<gdo {}>x</gdo>", fill("char1 ")));
    story(&format!("<gdo {}", fill("x ")));
    story(&format!("<gdi image{}>x</gdi>", fill("9")));
}

#[test]
fn nesting_costs_no_stack() {
    let depth = 50_000;
    let text =
        format!("<gdi image1>{}x{}</gdi>", "<gdo char1>".repeat(depth), "</gdo>".repeat(depth));
    let (segments, found) = read_story("s", &text);
    assert!(found.is_empty());
    assert_eq!(segments[0].text.mentions().len(), depth);
}

#[test]
fn tables_of_a_megabyte() {
    for unit in [
        "|",
        "\\",
        "\\|",
        "#",
        "*",
        "-",
        "| - ",
        "\n",
        "|\n",
        "| char1 | a | 1,2,3,4 |\n",
        "| char1 |",
        "|---|\n",
        "## Image\n",
        "## Image 1\n### Characters\n| char1 |\n",
        "### Setting\n| x |\n",
        "| ID | Name |\n|--|--|\n",
    ] {
        thought(&fill(unit));
    }
    let wide = "| x ".repeat(BYTES / 8);
    thought(&format!("{wide}\n|--|\n{}", fill("|a|\n")));
    let phases = "## Narrative Structure\n| Phase | Images |\n|--|--|\n| a | ";
    for unit in ["1-9999 ", "1 ", "image ", "9", "-"] {
        thought(&format!("{phases}{} |\n", fill(unit)));
    }
}

#[test]
fn wild_numbers_ask_for_no_memory() {
    for number in ["0", "-1", "4294967295", "99999999999999999999", "1e9", ""] {
        let record = Record {
            story_id: "s".to_owned(),
            frame_count: Some(i32::MIN),
            story: format!("<gdi image{number}>a</gdi>"),
            chain_of_thought: format!(
                "## Image {number}\n### Objects\n| obj{number} | a | {number},1,2,3 |\n\
                 ## Narrative Structure\n| a | b | c | 1-{number} |"
            ),
            ..Record::default()
        };
        let (story, found) = record.parse();
        assert!(story.frames.len() <= 1, "{number}");
        assert!(!found.is_empty());
    }
}
