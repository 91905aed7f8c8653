//! One self-contained page: style, script, figures and pictures are inside, and its content policy
//! forbids the browser to ask any server. Every text is escaped; it reads without the script.

mod gallery;
mod overview;
mod scores;
mod shelf;
mod stories;
mod verification;

use crate::figures::{self, Figure, Room};
use crate::flags::RedFlag;
use crate::run::Run;
use crate::tables::TextTable;
use shelf::Shelf;
use std::fmt::Write;
pub(crate) use verification::{page as judgement_page, single as single_page};

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
pub(crate) fn page(run: &Run, flags: &[RedFlag], drawn: &[Figure], left_out: &[String]) -> Page {
    let mut shelf = Shelf::new(&run.folder);
    let stories = stories::section(run, &mut shelf);
    let retrieved = gallery::section(run, &mut shelf);
    let mut of_pictures: Vec<String> = shelf.notes.into_iter().collect();
    of_pictures.extend(stories.notes);
    let notes: Vec<&String> = run.notes.iter().chain(&of_pictures).collect();
    let name = match run.summary.name.as_str() {
        "" => "Run",
        name => name,
    };
    let attention = |figure: &&Figure| figure.name.starts_with(figures::ATTENTION);
    let sections = [
        Section::new("verdict", "Verdict", overview::verdicts(&run.scores, flags)),
        Section::new("run", "What was run", overview::what_was_run(run)),
        Section::new("scores", "Scores", scores::section(run)),
        Section::new("figures", "Figures", figure_list(drawn.iter().filter(|f| !attention(f)))),
        Section::new("attention", "Attention", figure_list(drawn.iter().filter(attention))),
        Section::new("stories", "Stories side by side", stories.html),
        Section::new("retrieval", "Retrieved frames", retrieved),
        Section::new("notes", "Notes", self::notes(&notes, left_out)),
    ];
    let title = escape(name);
    let head = overview::heading(&run.summary, &title);
    Page {
        html: document(
            &format!("{title} · StoryReasoning report"),
            &head,
            &sections,
            &escape(&run.summary.version),
        ),
        notes: of_pictures,
    }
}

/// A part of a page.
pub(crate) struct Section {
    id: &'static str,
    title: &'static str,
    content: String,
}

impl Section {
    /// A section with finished HTML; without content it is left out.
    pub fn new(id: &'static str, title: &'static str, content: String) -> Self {
        Self { id, title, content }
    }
}

/// Style and script that a page has besides the common ones.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Extra {
    style: &'static str,
    script: &'static str,
}

/// A whole document: title, head, version are HTML already.
pub(crate) fn document(title: &str, head: &str, sections: &[Section], version: &str) -> String {
    document_with(title, head, sections, version, Extra::default())
}

/// As [`document`], with style and script of its own.
pub(crate) fn document_with(
    title: &str,
    head: &str,
    sections: &[Section],
    version: &str,
    extra: Extra,
) -> String {
    let Extra { style, script } = extra;
    let mut body = String::new();
    let mut links = String::new();
    for Section { id, title, content } in sections.iter().filter(|s| !s.content.is_empty()) {
        push(&mut links, format_args!("<li><a href=\"#{id}\">{title}</a></li>"));
        push(
            &mut body,
            format_args!(
                "<section id=\"{id}\" aria-labelledby=\"{id}-title\">\n\
                 <h2 id=\"{id}-title\">{title}</h2>\n{content}</section>\n"
            ),
        );
    }
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"{POLICY}\">\n\
         <title>{title}</title>\n<style>\n{STYLE}{style}</style>\n</head>\n<body>\n\
         <a class=\"skip\" href=\"#content\">Skip to the content</a>\n\
         {head}<nav aria-label=\"Sections\"><ul>{links}</ul></nav>\n\
         <main id=\"content\" tabindex=\"-1\">\n{body}</main>\n\
         <footer>StoryReasoning {version}. This file needs no network.</footer>\n\
         <script>\n{SCRIPT}{script}</script>\n</body>\n</html>\n"
    )
}

/// Figures that can be part of a page; sheets of pictures cannot.
pub(crate) fn figure_list<'a>(drawn: impl Iterator<Item = &'a Figure>) -> String {
    let mut html = String::new();
    for figure in drawn {
        let Some(svg) = &figure.svg else {
            continue;
        };
        let id = escape(&figure.name);
        // An inline drawing is part of the page: it has no declaration of its own.
        let svg = svg.find("<svg").map_or("", |start| &svg[start..]);
        let label = format!("<svg role=\"img\" aria-labelledby=\"caption-{id}\" ");
        let svg = svg.replacen("<svg ", &label, 1);
        let wide = match figure.room {
            Room::Full => " class=\"wide\"",
            Room::Half => "",
        };
        push(
            &mut html,
            format_args!(
                "<figure{wide} id=\"figure-{id}\">{}{svg}</div>\
                 <figcaption id=\"caption-{id}\">{}</figcaption></figure>\n",
                scroller("frame", &format!("Figure {}", figure.name.replace('_', " "))),
                escape(&figure.caption)
            ),
        );
    }
    match html.as_str() {
        "" => html,
        _ => format!("<div class=\"figures\">\n{html}</div>\n"),
    }
}

/// The start of a box that scrolls sideways by itself, with keys as well.
pub(crate) fn scroller(class: &str, name: &str) -> String {
    format!(
        "<div class=\"{class}\" tabindex=\"0\" role=\"region\" aria-label=\"{}\">",
        escape(name)
    )
}

fn notes(notes: &[&String], left_out: &[String]) -> String {
    let list = |items: &mut dyn Iterator<Item = &String>| {
        let items: String = items.map(|item| format!("<li>{}</li>", escape(item))).collect();
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

/// A table of text cells that scrolls by itself; the first column names the rows.
pub(crate) fn text_table(table: &TextTable, name: &str) -> String {
    let mut html = scroller("scroll", name);
    html.push_str("<table><thead><tr>");
    for cell in &table.header {
        push(&mut html, format_args!("<th scope=\"col\">{}</th>", escape(cell)));
    }
    html.push_str("</tr></thead><tbody>\n");
    for row in &table.rows {
        html.push_str("<tr>");
        for (at, cell) in row.iter().enumerate() {
            let cell = escape(cell);
            match at {
                0 => push(&mut html, format_args!("<th scope=\"row\">{cell}</th>")),
                _ => push(&mut html, format_args!("<td>{cell}</td>")),
            }
        }
        html.push_str("</tr>\n");
    }
    html.push_str("</tbody></table></div>\n");
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
pub(crate) fn push(text: &mut String, arguments: std::fmt::Arguments<'_>) {
    text.write_fmt(arguments).expect("invariant: writing to a string cannot fail");
}
