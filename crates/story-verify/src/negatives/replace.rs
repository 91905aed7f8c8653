//! Words put in the place of others, so that the text stays English.

use super::Edited;
use std::ops::Range;

/// `text` with `new` in the place of `range`, a capital where there was one, and the article before
/// it set right.
pub(super) fn replaced(text: &str, range: Range<usize>, new: &str) -> Edited {
    let (before, after) =
        (text.get(..range.start).unwrap_or(""), text.get(range.end..).unwrap_or(""));
    let old = text.get(range).unwrap_or("");
    let mut new = new.to_string();
    let capital = |word: &str| word.chars().next().is_some_and(char::is_uppercase);
    let starts = before.trim_end().is_empty() || before.trim_end().ends_with(['.', '!', '?', '"']);
    if capital(old)
        && starts
        && let Some(first) = new.chars().next()
    {
        new = first.to_uppercase().chain(new.chars().skip(1)).collect();
    }
    let before = with_article(before, &new);
    let start = before.len();
    Edited { changed: start..start + new.len(), text: format!("{before}{new}{after}") }
}

/// "a " or "an " at the end of `before` as the next word wants it.
fn with_article(before: &str, next: &str) -> String {
    let vowel = next.starts_with(['a', 'e', 'i', 'o', 'u', 'A', 'E', 'I', 'O', 'U']);
    let word_before = |article: &str| {
        let rest = before.strip_suffix(article)?;
        let border = rest.chars().next_back().is_none_or(|c| !c.is_alphanumeric());
        border.then_some(rest)
    };
    for (one, other, when) in
        [("a ", "an ", true), ("an ", "a ", false), ("A ", "An ", true), ("An ", "A ", false)]
    {
        if vowel == when
            && let Some(rest) = word_before(one)
        {
            return format!("{rest}{other}");
        }
    }
    before.to_string()
}
