//! The database files of WordNet 3.0 (manual page `wndb(5WN)`): `index.*`, `data.*`, `*.exc`.

use super::{PartOfSpeech, Synset, Synsets, Words};
use crate::error::Result;
use crate::resource::Source;
use std::collections::HashMap;
use std::path::Path;

const WORDNET: Source = Source {
    expected: "a file of the WordNet 3.0 database",
    remedy: "give the folder with index.noun, data.noun, noun.exc and so on \
             (Debian: wordnet-base, /usr/share/wordnet), or run without WordNet",
};

/// The licence at the head of index and data files is indented.
const LICENCE: &str = "  ";

/// Reads the three files of one part of speech.
pub(super) fn read(folder: &Path, part: PartOfSpeech) -> Result<Synsets> {
    let name = match part {
        PartOfSpeech::Noun => "noun",
        PartOfSpeech::Verb => "verb",
        PartOfSpeech::Adjective => "adj",
        PartOfSpeech::Adverb => "adv",
    };
    let index: HashMap<Box<str>, Box<[u32]>> =
        read_table(&folder.join(format!("index.{name}")), index_line)?;
    let data = folder.join(format!("data.{name}"));
    let synsets = read_table(&data, data_line)?;
    for (lemma, offsets) in &index {
        if let Some(offset) = offsets.iter().find(|offset| !synsets.contains_key(offset)) {
            let found = format!("no synset {offset:08}, which the index has at {lemma:?}");
            return Err(WORDNET.error(&data, found));
        }
    }
    let exceptions = read_table(&folder.join(format!("{name}.exc")), exception_line)?;
    Ok(Synsets { part, index, synsets, exceptions })
}

/// A table with one entry a line.
fn read_table<K: Eq + std::hash::Hash, V>(
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
    let offsets: Vec<u32> = fields
        .skip(pointers.checked_add(2)?)
        .map(|offset| offset.parse().ok())
        .collect::<Option<_>>()?;
    (offsets.len() == synsets && synsets > 0).then(|| (lemma.into(), offsets.into()))
}

/// `offset file type words(hex) word id [word id...] pointers [symbol offset part fields...] ...`;
/// of the words those that are no phrases, of the pointers those to hypernyms.
fn data_line(line: &str) -> Option<(u32, Synset)> {
    let mut fields = line.split_ascii_whitespace();
    let offset = fields.next()?.parse().ok()?;
    let count = usize::from_str_radix(fields.nth(2)?, 16).ok()?;
    let mut words: Vec<Box<str>> = Vec::new();
    for _ in 0..count {
        let word = fields.next()?;
        fields.next()?;
        // An adjective's place in the sentence may follow in parentheses: "galore(ip)".
        let word = word.split_once('(').map_or(word, |(word, _)| word);
        if !word.contains('_') {
            words.push(word.into());
        }
    }
    let pointers: usize = fields.next()?.parse().ok()?;
    let mut hypernyms = Vec::new();
    for _ in 0..pointers {
        let (symbol, target) = (fields.next()?, fields.next()?.parse().ok()?);
        fields.nth(1)?;
        if matches!(symbol, "@" | "@i") {
            hypernyms.push(target);
        }
    }
    Some((offset, Synset { words: words.into(), hypernyms: hypernyms.into() }))
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
        let (offset, synset) = data_line(line).expect("a line of the format");
        let words: Vec<&str> = synset.words.iter().map(|word| &**word).collect();
        assert_eq!((offset, words), (123, vec!["bright", "radiant"]));
        assert!(synset.hypernyms.is_empty());
        let line = "00000123 05 n 01 fox 0 003 @ 00000456 n 0000 ~ 00000789 n 0000 @i 00000012 n 0000 | @ 1";
        let (_, synset) = data_line(line).expect("a line of the format");
        assert_eq!(&*synset.hypernyms, [456, 12]);
        assert!(index_line("lantern n 3 1 @ 2 1 00000123").is_none());
        assert!(index_line("lantern n 1 18446744073709551615 1 0 00000123").is_none());
        assert!(data_line("00000123 00 n 09 bright 0").is_none());
        assert!(data_line("00000123 00 n 01 bright 0 002 @ 00000456 n 0000 | glowing").is_none());
        assert!(exception_line("geese").is_none());
    }
}
