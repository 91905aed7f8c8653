//! Names in the place of absolute paths: pages and cards leave the machine, and where data lay there
//! is nobody's business.

use std::collections::BTreeMap;

/// The last part of an absolute path of any system; other texts as they are.
pub(crate) fn last_part(name: &str) -> &str {
    let bytes = name.as_bytes();
    let drive = bytes.first().is_some_and(u8::is_ascii_alphabetic)
        && bytes.get(1) == Some(&b':')
        && matches!(bytes.get(2), Some(b'/' | b'\\'));
    match name.starts_with(['/', '\\']) || drive {
        true => name.rsplit(['/', '\\']).find(|part| !part.is_empty()).unwrap_or(""),
        false => name,
    }
}

/// A text in which every absolute path is cut to its last part, also one in quotes, behind a `=` or a
/// `(`, and as a `file:` address.
pub fn without_paths(text: &str) -> String {
    const FILE: &str = "file://";
    let mut cut = String::with_capacity(text.len());
    let mut rest = text;
    let mut before = ' ';
    while let Some(first) = rest.chars().next() {
        let starts = before.is_whitespace() || QUOTES.contains(&before) || "=(,;".contains(before);
        let path = rest.strip_prefix(FILE).unwrap_or(rest);
        let length = path_length(path, before);
        let name = last_part(&path[..length]);
        if starts && !name.is_empty() && name != &path[..length] {
            cut.push_str(name);
            rest = &path[length..];
            before = '/';
        } else {
            cut.push(first);
            rest = &rest[first.len_utf8()..];
            before = first;
        }
    }
    cut
}

const QUOTES: [char; 3] = ['"', '\'', '`'];

/// Bytes of a path that stands at the beginning: up to the quote that it began with, or else to white
/// space, a quote, or what ends a list or bracket. White space behind a `\` belongs to it.
fn path_length(text: &str, before: char) -> usize {
    let quoted = QUOTES.contains(&before);
    let mut last = before;
    let end = text.find(|c: char| {
        let ends = match quoted {
            true => c == before,
            false => {
                (c.is_whitespace() && last != '\\') || QUOTES.contains(&c) || ",;)".contains(c)
            }
        };
        last = c;
        ends
    });
    end.unwrap_or(text.len())
}

/// The last part of each name; what is called the same by that is numbered.
pub(crate) fn names_without_folders<'a>(names: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    let mut times: BTreeMap<&str, usize> = BTreeMap::new();
    let short = |name: &'a str| {
        let last = last_part(name);
        if last == name {
            return name.to_string();
        }
        let times = times.entry(last).or_default();
        *times += 1;
        match *times {
            1 => last.to_string(),
            n => format!("{last} ({n})"),
        }
    };
    names.into_iter().map(short).collect()
}

#[cfg(test)]
mod tests {
    use super::{names_without_folders, without_paths};

    #[test]
    fn paths_are_cut_and_repositories_are_not() {
        assert_eq!(
            without_paths("parquet /data/mine/books, split train; hub someone/stories"),
            "parquet books, split train; hub someone/stories"
        );
        assert_eq!(
            without_paths(r"story train --out C:\runs\a --config configs/x.toml"),
            "story train --out a --config configs/x.toml"
        );
        for (text, expected) in [
            ("--folder='/home/me/My Books/a b' --seed 1", "--folder='a b' --seed 1"),
            (r"--folder /home/me/My\ Books/x, twice", "--folder x, twice"),
            ("(see /var/x/y.log) and file:///home/me/z", "(see y.log) and z"),
            ("pictures and / or texts, 1/2, https://example.org/a/b", ""),
            ("/", ""),
            ("one\n/home/me/ö", "one\nö"),
        ] {
            let expected = if expected.is_empty() { text } else { expected };
            assert_eq!(without_paths(text), expected);
        }
    }

    #[test]
    fn names_stay_apart_without_their_folders() {
        let names = ["/home/me/a b/1.png", "/data/1.png", r"C:\x\2.png", "own/1.png", "own/1.png"];
        let short = ["1.png", "1.png (2)", "2.png", "own/1.png", "own/1.png"];
        assert_eq!(names_without_folders(names), short);
    }
}
