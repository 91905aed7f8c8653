//! The database files of WordNet 3.0 (manual page `wndb(5WN)`): `index.*`, `data.*`, `*.exc`.

use super::{Part, Words};
use crate::error::Result;
use crate::resource::Source;
use std::collections::HashMap;
use std::path::Path;

const WORDNET: Source = Source {
    expected: "a file of the WordNet 3.0 database",
    remedy: "give the folder with index.noun, data.noun, noun.exc and so on \
             (Debian: wordnet-base, /usr/share/wordnet), or run without synonyms",
};

/// The licence at the head of index and data files is indented.
const LICENCE: &str = "  ";

/// Reads the three files of one part of speech.
pub(super) fn read_part(
    folder: &Path,
    name: &str,
    endings: &'static [(&'static str, &'static str)],
) -> Result<Part> {
    let index: HashMap<Box<str>, Box<[u32]>> =
        read(&folder.join(format!("index.{name}")), index_line)?;
    let data = folder.join(format!("data.{name}"));
    let synsets = read(&data, data_line)?;
    for (lemma, offsets) in &index {
        if let Some(offset) = offsets.iter().find(|offset| !synsets.contains_key(offset)) {
            let found = format!("no synset {offset:08}, which the index has at {lemma:?}");
            return Err(WORDNET.error(&data, found));
        }
    }
    let exceptions = read(&folder.join(format!("{name}.exc")), exception_line)?;
    Ok(Part { index, synsets, exceptions, endings })
}

/// A table with one entry a line.
fn read<K: Eq + std::hash::Hash, V>(
    path: &Path,
    entry: impl Fn(&str) -> Option<(K, V)>,
) -> Result<HashMap<K, V>> {
    let text = WORDNET.text(path)?;
    let lines = text.lines().enumerate();
    let table: HashMap<K, V> = lines
        .filter(|(_, line)| !line.starts_with(LICENCE))
        .map(|(at, line)| entry(line).ok_or_else(|| WORDNET.line_error(path, at + 1, line)))
        .collect::<Result<_>>()?;
    if table.is_empty() {
        return Err(WORDNET.error(path, "no entry"));
    }
    Ok(table)
}

/// `lemma pos synsets pointers [pointer...] senses tagged offset...`
fn index_line(line: &str) -> Option<(Box<str>, Box<[u32]>)> {
    let mut fields = line.split_ascii_whitespace();
    let lemma = fields.next()?;
    let synsets: usize = fields.nth(1)?.parse().ok()?;
    let pointers: usize = fields.next()?.parse().ok()?;
    let offsets: Vec<u32> =
        fields.skip(pointers + 2).map(|offset| offset.parse().ok()).collect::<Option<_>>()?;
    (offsets.len() == synsets && synsets > 0).then(|| (lemma.into(), offsets.into()))
}

/// `offset file type words(hex) word id [word id...] ...`; the words without phrases.
fn data_line(line: &str) -> Option<(u32, Words)> {
    let mut fields = line.split_ascii_whitespace();
    let offset = fields.next()?.parse().ok()?;
    let count = usize::from_str_radix(fields.nth(2)?, 16).ok()?;
    let words: Vec<&str> = fields.step_by(2).take(count).collect();
    let words = (words.len() == count).then_some(words)?;
    let words = words
        .into_iter()
        // An adjective's place in the sentence may follow in parentheses: "galore(ip)".
        .map(|word| word.split_once('(').map_or(word, |(word, _)| word))
        .filter(|word| !word.contains('_'))
        .map(Into::into);
    Some((offset, words.collect()))
}

/// `form base [base...]`
fn exception_line(line: &str) -> Option<(Box<str>, Words)> {
    let mut fields = line.split_ascii_whitespace();
    let form = fields.next()?;
    let bases: Words = fields.map(Into::into).collect();
    (!bases.is_empty()).then(|| (form.into(), bases))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_the_published_format_are_read() {
        let (lemma, offsets) = index_line("lantern n 2 3 @ ~ #p 2 1 00000123 00000456  ")
            .expect("a line of the format");
        assert_eq!((&*lemma, &*offsets), ("lantern", &[123, 456][..]));
        let line =
            "00000123 00 s 03 bright 0 well_lit 1 radiant(a) 0 001 & 00000456 a 0000 | glowing";
        let (offset, words) = data_line(line).expect("a line of the format");
        assert_eq!(offset, 123);
        assert_eq!(words.iter().map(|word| &**word).collect::<Vec<_>>(), ["bright", "radiant"]);
        assert!(index_line("lantern n 3 1 @ 2 1 00000123").is_none());
        assert!(data_line("00000123 00 n 09 bright 0").is_none());
        assert!(exception_line("geese").is_none());
    }
}
