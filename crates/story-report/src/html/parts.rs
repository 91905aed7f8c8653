//! What all pages are made of: tables, lists and figures.

use super::trusted::drawing;
use crate::figures::{Figure, Room};
use crate::paths::without_paths;
use crate::tables::TextTable;
use maud::{Markup, Render, html};

/// A box that scrolls sideways by itself, with keys as well, and says that there is more.
pub(super) fn scroller(class: &str, name: &str, content: &Markup) -> Markup {
    html! {
        div class=(class) tabindex="0" role="region" aria-label=(name) { (content) }
        p class="more" aria-hidden="true" { "Scroll sideways for more →" }
    }
}

/// A table of text cells that scrolls by itself; the first column names the rows.
pub(crate) fn text_table(table: &TextTable, name: &str) -> Markup {
    let content = html! {
        table {
            thead { tr { @for cell in &table.header { th scope="col" { (cell) } } } }
            tbody { @for row in &table.rows {
                tr { @for (at, cell) in row.iter().enumerate() {
                    @if at == 0 { th scope="row" { (cell) } } @else { td { (cell) } }
                } }
            } }
        }
    };
    scroller("scroll", name, &content)
}

/// Figures that can be part of a page; sheets of pictures cannot.
pub(crate) fn figure_list<'a>(drawn: impl Iterator<Item = &'a Figure>) -> Markup {
    let drawn: Vec<(&Figure, &String)> =
        drawn.filter_map(|figure| Some((figure, figure.svg.as_ref()?))).collect();
    html! { @if !drawn.is_empty() {
        div class="figures" { @for (figure, svg) in drawn { (one_figure(figure, svg)) } }
    } }
}

fn one_figure(figure: &Figure, svg: &str) -> Markup {
    let class = match figure.room {
        Room::Full => Some("wide"),
        Room::Half => None,
    };
    let caption_id = format!("caption-{}", figure.name);
    let name = format!("Figure {}", figure.name.replace('_', " "));
    let svg = html! { (drawing(svg, &caption_id)) };
    html! {
        figure class=[class] id={ "figure-" (figure.name) } {
            (scroller("frame", &name, &svg))
            figcaption id=(caption_id) { (figure.caption) }
        }
    }
}

/// Facts by name; those without a value are left out.
pub(super) fn facts(facts: impl IntoIterator<Item = (&'static str, Markup)>) -> Markup {
    html! { dl { @for (name, value) in facts { @if !value.0.is_empty() {
        dt { (name) }
        dd { (value) }
    } } } }
}

/// Texts one below the other.
pub(super) fn lines<T: Render>(lines: impl IntoIterator<Item = T>) -> Markup {
    html! { @for (at, line) in lines.into_iter().enumerate() {
        @if at > 0 { br; }
        (line)
    } }
}

/// What a command or setting looks like, without absolute paths; nothing for an empty one.
pub(super) fn code(text: &str) -> Markup {
    html! { @if !text.is_empty() { code { (without_paths(text)) } } }
}

/// A text's markup, or a word in the place of a text that is empty.
pub(super) fn shown_or_empty(text: &str, markup: Markup) -> Markup {
    match text.trim() {
        "" => html! { span class="muted" { "(empty)" } },
        _ => markup,
    }
}

/// Notes on the records, and what was left out, without absolute paths.
pub(super) fn notes(notes: &[&String], left_out: &[String]) -> Markup {
    html! {
        @if !notes.is_empty() { ul { @for note in notes { li { (without_paths(note)) } } } }
        @if !left_out.is_empty() {
            h3 { "Left out" }
            ul { @for name in left_out { li { (without_paths(name)) } } }
        }
    }
}

/// A count with its thousands set apart; nothing for 0, which a summary has where it does not know.
pub(super) fn count(n: u64) -> String {
    if n == 0 {
        return String::new();
    }
    let digits = n.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::count;

    #[test]
    fn thousands_are_set_apart() {
        assert_eq!(count(999), "999");
        assert_eq!(count(1_234_567), "1,234,567");
        assert_eq!(count(100_000), "100,000");
    }
}
