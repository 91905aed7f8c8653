//! The only two ways by which a text enters a page without being escaped: constants of this program,
//! and drawings that it made itself. A test looks for others in the sources.

use maud::{PreEscaped, html};

/// Style or script. Markup is asked of templates, not of this.
pub(super) fn constant(text: &'static str) -> PreEscaped<&'static str> {
    // A constant holds nothing of a corpus, and inside `<style>` and `<script>` nothing is unescaped.
    PreEscaped(text)
}

/// A drawing of [`crate::figures`] as a part of the page, named by the element with this id.
pub(super) fn drawing(svg: &str, caption_id: &str) -> PreEscaped<String> {
    // An inline drawing has no declaration of its own.
    let svg = svg.find("<svg").map_or("", |start| &svg[start..]);
    let caption_id = html! { (caption_id) }.into_string();
    let opening = format!("<svg role=\"img\" aria-labelledby=\"{caption_id}\" ");
    // plotters escapes the texts of a drawing.
    PreEscaped(svg.replacen("<svg ", &opening, 1))
}
