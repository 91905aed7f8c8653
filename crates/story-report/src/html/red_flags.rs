//! The red flags of a run.

use crate::flags::{FlagId, RedFlag, Severity};
use maud::{Markup, html};

/// The flags that were found, and all that were looked for.
pub(super) fn red_flags(flags: &[RedFlag], looked_for: &[FlagId]) -> Markup {
    let looked_for: Vec<&str> = looked_for.iter().map(|id| id.name()).collect();
    html! {
        h3 { "Red flags" }
        @if flags.is_empty() { p { "None was found." } } @else {
            ul class="flags" { @for flag in flags { (one_flag(flag)) } }
        }
        p class="note" { "Looked for: " (looked_for.join(", ")) "." }
    }
}

fn one_flag(flag: &RedFlag) -> Markup {
    let (class, word) = match flag.severity {
        Severity::Failure => ("failure", "Failure"),
        Severity::Warning => ("warning", "Warning"),
    };
    html! { li class=(class) { strong { (word) ", " (flag.id.name()) "." } " " (flag.sentence) } }
}
