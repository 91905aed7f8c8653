//! The texts of `story score`: files with one text a line, read side by side.

use crate::error::{Context, Error, Result};
use std::path::{Path, PathBuf};
use story_metrics::Segment;

/// Candidates and references, line by line.
#[derive(Debug)]
pub struct Lines {
    /// The candidate of each line; `None` is a missing answer.
    pub candidates: Vec<Option<String>>,
    /// The references of each line, at least one, unless no reference file was given.
    pub references: Vec<Vec<String>>,
}

/// Texts with a meaning of their own.
#[derive(Debug, Default)]
pub struct Marks<'a> {
    /// A candidate line of exactly this text is a missing answer.
    pub missing: Option<&'a str>,
    /// Ends a sentence within a line.
    pub newline: Option<&'a str>,
}

impl Lines {
    /// Reads the files; line n of each belongs together.
    ///
    /// # Errors
    /// If a file cannot be read or is not UTF-8, if the files differ in length or are empty, or if a
    /// line has no reference in any of them.
    pub fn read(candidates: &Path, references: &[PathBuf], marks: &Marks<'_>) -> Result<Self> {
        let answers = texts(candidates)?;
        if answers.is_empty() {
            return Err(Error::Data(format!(
                "{}: no lines, so there is nothing to score",
                candidates.display()
            )));
        }
        let mut of_line = vec![Vec::new(); answers.len()];
        for file in references {
            let texts = texts(file)?;
            if texts.len() != answers.len() {
                return Err(Error::Data(format!(
                    "{} has {} lines, {} has {}: line n of each file belongs together, and an empty \
                     answer is an empty line",
                    candidates.display(),
                    answers.len(),
                    file.display(),
                    texts.len()
                )));
            }
            for (references, text) in of_line.iter_mut().zip(texts) {
                if !text.trim().is_empty() {
                    references.push(with_sentences(text, marks));
                }
            }
        }
        if !references.is_empty() {
            check_references(&of_line, references)?;
        }
        let candidates = answers.into_iter().map(|text| {
            let missing = marks.missing.is_some_and(|mark| mark == text);
            (!missing).then(|| with_sentences(text, marks))
        });
        Ok(Self { candidates: candidates.collect(), references: of_line })
    }

    /// The lines as metrics read them.
    pub fn segments(&self) -> Vec<Segment<'_>> {
        let lines = self.candidates.iter().zip(&self.references);
        lines.map(|(text, references)| Segment::new(text.as_deref(), references)).collect()
    }

    /// Number of lines.
    pub fn len(&self) -> usize {
        self.candidates.len()
    }

    /// Lines whose answer is missing.
    pub fn missing(&self) -> usize {
        self.candidates.iter().filter(|text| text.is_none()).count()
    }
}

fn check_references(of_line: &[Vec<String>], files: &[PathBuf]) -> Result<()> {
    let mut without = (1..).zip(of_line).filter(|(_, texts)| texts.is_empty());
    let Some((first, _)) = without.next() else {
        return Ok(());
    };
    let more = match without.count() {
        0 => String::new(),
        more => format!(" (and of {more} lines more)"),
    };
    let files: Vec<_> = files.iter().map(|file| file.display().to_string()).collect();
    Err(Error::Data(format!(
        "{}: line {first} is empty{more}, so its candidate has no reference; give one, or leave the \
         line out of all files",
        files.join(", ")
    )))
}

fn with_sentences(text: String, marks: &Marks<'_>) -> String {
    match marks.newline {
        Some(mark) if !mark.is_empty() => text.replace(mark, "\n"),
        _ => text,
    }
}

/// The lines of a file: ends may be LF or CRLF, the last one may be absent, and a byte order mark is
/// left out.
fn texts(path: &Path) -> Result<Vec<String>> {
    let bytes =
        std::fs::read(path).with_context(|| format!("{}: cannot be read", path.display()))?;
    let text = match std::str::from_utf8(&bytes) {
        Ok(text) => text,
        Err(error) => {
            let before = &bytes[..error.valid_up_to()];
            let line = 1 + before.iter().filter(|&&byte| byte == b'\n').count();
            let start = before.iter().rposition(|&byte| byte == b'\n');
            let at = before.len() - start.map_or(0, |end| end + 1) + 1;
            return Err(Error::Data(format!(
                "{}: line {line}, byte {at} of it (0x{:02x}) is not UTF-8; convert the file, as with \
                 `iconv -f latin1 -t utf-8`",
                path.display(),
                bytes[before.len()]
            )));
        }
    };
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    Ok(text.lines().map(str::to_string).collect())
}
