//! One self-contained page: style, script, figures and pictures are inside, and its content policy
//! forbids the browser to ask any server. Every text is escaped; it reads without the script.

mod overview;
mod scores;
mod stories;

use crate::figures::{Figure, Room};
use crate::run::Run;
use std::fmt::Write;

/// A finished page.
pub(crate) struct Page {
    pub html: String,
    /// Pictures that could not be shown.
    pub notes: Vec<String>,
}

const STYLE: &str = include_str!("html/report.css");
const SCRIPT: &str = include_str!("html/report.js");

/// Nothing but what is in the file may be shown or run.
const POLICY: &str = "default-src 'none'; img-src data:; style-src 'unsafe-inline'; \
                      script-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";

/// The page of a run with its figures.
pub(crate) fn page(run: &Run, drawn: &[Figure], left_out: &[String]) -> Page {
    let stories = stories::section(run);
    let notes: Vec<&String> = run.notes.iter().chain(&stories.notes).collect();
    let name = match run.summary.name.as_str() {
        "" => "Run",
        name => name,
    };
    let sections = [
        ("verdict", "Verdict", overview::verdicts(&run.scores)),
        ("run", "What was run", overview::what_was_run(run)),
        ("scores", "Scores", scores::section(run)),
        ("figures", "Figures", figures(drawn)),
        ("stories", "Stories side by side", stories.html),
        ("notes", "Notes", self::notes(&notes, left_out)),
    ];
    let mut body = String::new();
    let mut links = String::new();
    for (id, title, content) in sections {
        if content.is_empty() {
            continue;
        }
        push(
            &mut links,
            format_args!("<li><a href=\"#{id}\">{title}</a></li>"),
        );
        push(
            &mut body,
            format_args!("<section id=\"{id}\">\n<h2>{title}</h2>\n{content}</section>\n"),
        );
    }
    let title = escape(name);
    let head = overview::heading(&run.summary, &title);
    let version = escape(&run.summary.version);
    Page {
        html: format!(
            "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
             <meta http-equiv=\"Content-Security-Policy\" content=\"{POLICY}\">\n\
             <title>{title} · StoryReasoning report</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n\
             {head}<nav aria-label=\"Sections\"><ul>{links}</ul></nav>\n<main>\n{body}</main>\n\
             <footer>StoryReasoning {version}. This file needs no network.</footer>\n\
             <script>\n{SCRIPT}</script>\n</body>\n</html>\n"
        ),
        notes: stories.notes,
    }
}

fn figures(drawn: &[Figure]) -> String {
    let mut html = String::new();
    for figure in drawn {
        let Some(svg) = &figure.svg else {
            continue;
        };
        // An inline drawing is part of the page: it has no declaration of its own.
        let svg = svg.find("<svg").map_or("", |start| &svg[start..]);
        let svg = svg.replacen("<svg ", "<svg role=\"img\" aria-hidden=\"true\" ", 1);
        let wide = match figure.room {
            Room::Full => " class=\"wide\"",
            Room::Half => "",
        };
        push(
            &mut html,
            format_args!(
                "<figure{wide}><div class=\"frame\">{svg}</div><figcaption>{}</figcaption></figure>\n",
                escape(&figure.caption)
            ),
        );
    }
    match html.as_str() {
        "" => html,
        _ => format!("<div class=\"figures\">\n{html}</div>\n"),
    }
}

fn notes(notes: &[&String], left_out: &[String]) -> String {
    let list = |items: &mut dyn Iterator<Item = &String>| {
        let items: String = items
            .map(|item| format!("<li>{}</li>", escape(item)))
            .collect();
        format!("<ul>{items}</ul>\n")
    };
    let mut html = String::new();
    if !notes.is_empty() {
        html.push_str(&list(&mut notes.iter().copied()));
    }
    if !left_out.is_empty() {
        html.push_str("<h3>Left out</h3>\n");
        html.push_str(&list(&mut left_out.iter()));
    }
    html
}

/// Text that is only text in HTML, in attributes too.
pub(crate) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            '\0' => escaped.push('\u{fffd}'),
            c => escaped.push(c),
        }
    }
    escaped
}

/// Appends formatted text.
fn push(text: &mut String, arguments: std::fmt::Arguments<'_>) {
    text.write_fmt(arguments)
        .expect("invariant: writing to a string cannot fail");
}
