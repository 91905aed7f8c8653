//! A whole page: head, policy, style, script, the links to its sections.

use super::trusted::constant;
use crate::paths::without_paths;
use crate::visible::visible;
use maud::{DOCTYPE, Markup, html};

/// A finished page.
pub(crate) struct Page {
    pub html: String,
    /// Pictures that could not be shown.
    pub notes: Vec<String>,
}

/// A part of a page.
pub(crate) struct Section {
    id: &'static str,
    title: &'static str,
    shown: Shown,
    content: Markup,
}

/// Whether a reader sees a section at once.
enum Shown {
    Open,
    /// Behind its title and a line that says what is there.
    Folded(String),
}

impl Section {
    /// A section; without content it is left out.
    pub fn new(id: &'static str, title: &'static str, content: Markup) -> Self {
        Self { id, title, shown: Shown::Open, content }
    }

    /// A section that a reader unfolds; `gist` says in a line what it holds.
    pub fn folded(
        id: &'static str,
        title: &'static str,
        gist: impl Into<String>,
        content: Markup,
    ) -> Self {
        Self { id, title, shown: Shown::Folded(gist.into()), content }
    }

    fn is_empty(&self) -> bool {
        self.content.0.is_empty()
    }

    /// Folded ones are a list of links themselves.
    fn is_open(&self) -> bool {
        matches!(self.shown, Shown::Open)
    }

    fn html(&self) -> Markup {
        let Self { id, title, shown, content } = self;
        let name = format!("{id}-title");
        match shown {
            Shown::Open => html! {
                section id=(id) aria-labelledby=(name) { h2 id=(name) { (title) } (content) }
            },
            // The id stands inside, where a link to it opens the fold.
            Shown::Folded(gist) => html! {
                details class="fold" {
                    summary {
                        h2 id=(name) { (title) }
                        @if !gist.is_empty() { span class="muted" { (gist) } }
                    }
                    section id=(id) aria-labelledby=(name) { (content) }
                }
            },
        }
    }
}

/// A page that lies beside this one.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Beside {
    /// Its file name.
    pub file: &'static str,
    pub title: &'static str,
}

/// Style and script that a page has besides the common ones.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Extra {
    pub style: &'static str,
    pub script: &'static str,
}

/// What a page is made of.
#[derive(Default)]
pub(crate) struct Document<'a> {
    pub heading: &'a str,
    /// What kind of page it is, beside the heading in the browser's title.
    pub kind: &'a str,
    /// A sentence below the heading; empty for none.
    pub description: &'a str,
    /// A warning below it; empty for none.
    pub notice: &'a str,
    pub sections: Vec<Section>,
    pub beside: Option<Beside>,
    /// Version of the program.
    pub version: &'a str,
    pub extra: Extra,
}

const STYLE: &str = include_str!("report.css");
const SCRIPT: &str = include_str!("report.js");

/// Nothing but what is in the file may be shown or run.
const POLICY: &str = "default-src 'none'; img-src data:; style-src 'unsafe-inline'; \
                      script-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";

impl Document<'_> {
    /// The page as one file. Whatever texts it holds, no hidden character is among them.
    pub fn html(&self) -> String {
        let Extra { style, script } = self.extra;
        // A page leaves the machine: where things lay there is nobody's business.
        let [heading, description, notice] =
            [self.heading, self.description, self.notice].map(without_paths);
        let sections: Vec<&Section> = self.sections.iter().filter(|s| !s.is_empty()).collect();
        let page = html! {
            (DOCTYPE)
            html lang="en" {
                head {
                    meta charset="utf-8";
                    meta name="viewport" content="width=device-width, initial-scale=1";
                    meta http-equiv="Content-Security-Policy" content=(POLICY);
                    title { (heading) " · " (self.kind) }
                    style { (constant(STYLE)) (constant(style)) }
                }
                body {
                    a class="skip" href="#content" { "Skip to the content" }
                    header {
                        h1 { (heading) }
                        @if !description.is_empty() { p { (description) } }
                        @if !notice.is_empty() { p class="notice" { (notice) } }
                    }
                    nav aria-label="Sections" {
                        ul { @for Section { id, title, .. } in sections.iter().filter(|s| s.is_open()) {
                            li { a href={ "#" (id) } { (title) } }
                        }
                        @if let Some(Beside { file, title }) = self.beside {
                            li { a href=(file) { (title) } }
                        } }
                    }
                    main id="content" tabindex="-1" {
                        @for section in &sections { (section.html()) }
                    }
                    footer { "StoryReasoning " (self.version) ". This file needs no network." }
                    script { (constant(SCRIPT)) (constant(script)) }
                }
            }
        };
        visible(&page.into_string()).into_owned()
    }
}
