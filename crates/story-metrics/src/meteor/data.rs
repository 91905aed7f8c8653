//! All that METEOR 1.5 knows of English.

use super::matches::MeteorStage;
use super::normalize::Abbreviations;
use super::paraphrases::{KnownWords, Paraphrases};
use super::source::{METEOR, Source};
use super::synonyms::Synonyms;
use super::table::read_ahead;
use super::words::MeteorWords;
use crate::error::Result;
use std::collections::HashSet;
use std::path::Path;

const FUNCTION_WORDS: &str = "function/english.words";
const ABBREVIATIONS: &str = "nonbreaking/english.prefixes";
const SYNSETS: &str = "synonym/english.synsets";
const EXCEPTIONS: &str = "synonym/english.exceptions";
/// Marks abbreviations that keep their full stop before numbers only.
const NUMERIC_ONLY: &str = "#NUMERIC_ONLY#";

/// Function words, abbreviations, synonyms and paraphrases of the published METEOR 1.5, or of a
/// folder of the same files. About 80 MB in memory and a second to read; [`MeteorData::read_for`] takes
/// less of both.
#[derive(Debug)]
pub struct MeteorData {
    pub(super) function_words: HashSet<Box<str>>,
    pub(super) abbreviations: Abbreviations,
    pub(super) synonyms: Synonyms,
    pub(super) paraphrases: Paraphrases,
    /// The words of the texts that all of this was read for.
    pub(super) known: KnownWords,
    /// The last stage that the data is enough for.
    pub(super) last: MeteorStage,
}

impl MeteorData {
    /// Reads all that the stages up to `last` need. `path` is one of
    ///
    /// - the file `meteor-1.5.jar`, with `paraphrase-en.gz` beside it or in `data/` beside it;
    /// - a folder with both, such as the folder `meteor` of the Python package `pycocoevalcap`;
    /// - a folder with the jar's files `function/english.words`, `nonbreaking/english.prefixes`,
    ///   `synonym/english.synsets`, `synonym/english.exceptions` and the paraphrase table.
    ///
    /// The table may also lie there uncompressed, as `paraphrase-en`. Jar and compressed table need
    /// the crate's feature `meteor-data`.
    ///
    /// # Errors
    /// If a file is absent, damaged, or not in the published format.
    pub fn read(path: &Path, last: MeteorStage) -> Result<Self> {
        Self::read_known(path, last, |_| KnownWords::All)
    }

    /// As [`MeteorData::read`], for texts that are known beforehand, in all the ways in which they will
    /// become words. Of the paraphrases only those are kept whose words all occur in the texts, which
    /// takes less time and memory and changes no value.
    ///
    /// # Errors
    /// Those of [`MeteorData::read`].
    pub fn read_for<'t>(
        path: &Path,
        last: MeteorStage,
        words: &[MeteorWords],
        texts: impl IntoIterator<Item = &'t str>,
    ) -> Result<Self> {
        Self::read_known(path, last, |abbreviations| {
            let mut known = KnownWords::none();
            for text in texts {
                for words in words {
                    let words = words.of(text, abbreviations);
                    words.iter().for_each(|word| known.insert(word));
                }
            }
            known
        })
    }

    fn read_known(
        path: &Path,
        last: MeteorStage,
        known: impl FnOnce(&Abbreviations) -> KnownWords,
    ) -> Result<Self> {
        let source = Source::open(path)?;
        let table = match last {
            MeteorStage::Paraphrase => Some(source.paraphrases()?),
            _ => None,
        };
        // The table is unpacked in a thread of its own while all else is read.
        std::thread::scope(|scope| {
            let table = table.map(|(file, table)| (file, read_ahead(scope, table)));
            let (file, text) = source.text(FUNCTION_WORDS)?;
            let function_words: HashSet<Box<str>> =
                text.lines().map(|word| word.trim().into()).collect();
            if function_words.len() < 2 {
                return Err(METEOR.error(&file, "no list of words"));
            }
            let abbreviations = abbreviations(&source.text(ABBREVIATIONS)?.1);
            let synonyms = if last >= MeteorStage::Synonym {
                let synsets = source.text(SYNSETS)?;
                let exceptions = source.text(EXCEPTIONS)?;
                Synonyms::parse((&synsets.0, &synsets.1), (&exceptions.0, &exceptions.1))?
            } else {
                Synonyms::default()
            };
            let known = known(&abbreviations);
            let paraphrases = match table {
                Some((file, blocks)) => Paraphrases::read(&file, blocks, &known)?,
                None => Paraphrases::default(),
            };
            Ok(Self { function_words, abbreviations, synonyms, paraphrases, known, last })
        })
    }
}

/// One abbreviation a line, comments behind `#`.
fn abbreviations(text: &str) -> Abbreviations {
    let mut result = Abbreviations::default();
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        let word = line.split('#').next().unwrap_or("").trim();
        if word.is_empty() {
            continue;
        }
        if line.contains(NUMERIC_ONLY) {
            result.before_numbers.insert(word.into());
        } else {
            result.always.insert(word.into());
        }
    }
    result
}
