//! Nothing enters a page but by a template, which escapes: the sources are searched for ways around.

use std::fs;
use std::path::{Path, PathBuf};

/// The one file that may let constants and own drawings through unescaped.
const TRUSTED: &str = "html/trusted.rs";

/// A way around the templates' escaping, and the files that may go it.
struct Way {
    sign: &'static str,
    /// Whether code holds it.
    found: fn(&str) -> bool,
    allowed: &'static [&'static str],
}

const WAYS: [Way; 5] = [
    Way { sign: "PreEscaped", found: |code| code.contains("PreEscaped"), allowed: &[TRUSTED] },
    Way {
        sign: "an own way to render",
        found: |code| code.contains("render_to") || code.contains("impl Render"),
        allowed: &[],
    },
    Way {
        sign: "writing into finished markup",
        found: |code| code.contains(".0.push") || code.contains(".0.insert"),
        allowed: &[],
    },
    Way {
        sign: "finished markup as a string, which can be written into",
        found: |code| code.contains("maud::") && code.contains("into_string()"),
        // The end of a page, and the id in a drawing's first tag.
        allowed: &["html/document.rs", TRUSTED],
    },
    Way {
        sign: "a tag in a string",
        found: tag_in_string,
        // The Markdown comment by which a model card is known to be ours.
        allowed: &[TRUSTED, "card.rs"],
    },
];

/// Whether a string literal opens or closes a tag.
fn tag_in_string(code: &str) -> bool {
    let tag = |rest: &str| rest.starts_with(|c: char| c.is_ascii_alphabetic() || "/!".contains(c));
    let strings = code.split('"').skip(1).step_by(2);
    strings.into_iter().any(|string| string.split('<').skip(1).any(tag))
}

/// The code of a file without its comments and unit tests.
fn code(path: &Path) -> String {
    let text = fs::read_to_string(path).expect("a source file");
    let code = text.split("#[cfg(test)]").next().unwrap_or_default();
    let lines = code.lines().filter(|line| !line.trim_start().starts_with("//"));
    // Without escapes and the quote as a character, every quote begins or ends a string.
    let code = lines.collect::<Vec<_>>().join("\n");
    code.replace("\\\\", "").replace("\\\"", "").replace("'\"'", "")
}

fn sources(folder: &Path) -> Vec<PathBuf> {
    let entries =
        fs::read_dir(folder).expect("the sources").map(|entry| entry.expect("an entry").path());
    let (folders, files): (Vec<_>, Vec<_>) = entries.partition(|path| path.is_dir());
    let files = files.into_iter().filter(|path| path.extension().is_some_and(|e| e == "rs"));
    files.chain(folders.iter().flat_map(|folder| sources(folder))).collect()
}

#[test]
fn nothing_but_trusted_rs_goes_around_escaping() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut searched = 0;
    for path in sources(&root) {
        let name = path.strip_prefix(&root).expect("inside").to_str().expect("a plain name");
        let code = code(&path);
        searched += usize::from(code.contains("html!"));
        for Way { sign, found, allowed } in &WAYS {
            let goes = found(&code);
            assert!(!goes || allowed.contains(&name), "{name}: {sign}");
            assert!(goes || !allowed.contains(&name), "{name}: has no need of {sign} any more");
        }
    }
    assert!(searched > 10, "{searched} files hold templates");
    let trusted = code(&root.join(TRUSTED));
    let wrapped = ["PreEscaped(text)", "PreEscaped(svg.replacen("];
    for wrapped in wrapped {
        assert!(trusted.contains(wrapped), "{wrapped}");
    }
    assert_eq!(trusted.matches("PreEscaped(").count(), wrapped.len());
}

#[test]
fn the_search_finds_what_it_looks_for() {
    for (code, way) in [
        ("html! { (maud::PreEscaped(&window.story)) }", 0),
        ("impl Render for Raw { fn render_to(&self, to: &mut String) {} }", 1),
        ("markup.0.push_str(&window.story);", 2),
        ("let html = maud::html! { p {} }.into_string() + &window.story;", 3),
        ("format!(\"<p>{}</p>\", window.story)", 4),
        ("text + \"</td>\"", 4),
    ] {
        assert!((WAYS[way].found)(code), "{code}");
    }
    assert!(!tag_in_string("if a < b { \"a < b\" } else { \"<\" }"));
}
