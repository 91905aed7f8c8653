//! The texts of `story score`: files with one text a line, read side by side.

use super::form;
use super::table::{self, Columns};
use crate::error::{Context, Error, Result};
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use story_metrics::Segment;
use story_report::counted;

/// In the place of a file's name: what was given on the standard input.
pub const STANDARD_INPUT: &str = "-";

/// Bytes of a file that are looked at before the rest is read.
const HEAD: u64 = 1 << 16;

/// Candidates and references, line by line.
#[derive(Debug, Default)]
pub struct Lines {
    /// The candidate of each line; `None` is a missing answer.
    pub candidates: Vec<Option<String>>,
    /// The references of each line, at least one, unless no reference file was given.
    pub references: Vec<Vec<String>>,
    /// What each line belongs to; `None` where each is by itself.
    pub clusters: Option<Vec<String>>,
    /// The id of each line's picture; `None` for other forms.
    pub pictures: Option<Vec<String>>,
    /// Where each line stands in its file, counted from 1; empty where that is its place.
    pub numbers: Vec<usize>,
}

/// Where texts come from beside files, and texts with a meaning of their own.
#[derive(Debug, Default)]
pub struct Marks<'a> {
    /// What the standard input holds; `None` where it was not read.
    pub standard_input: Option<&'a [u8]>,
    /// A candidate line of exactly this text is a missing answer.
    pub missing: Option<&'a str>,
    /// Ends a sentence within a line.
    pub newline: Option<&'a str>,
}

impl Lines {
    /// Reads the files; line n of each belongs together.
    ///
    /// # Errors
    /// If a file cannot be read, is no plain text or is not UTF-8, if the files differ in length or are
    /// empty, or if a line has no reference in any of them.
    pub fn read(candidates: &Path, references: &[PathBuf], marks: &Marks<'_>) -> Result<Self> {
        let inputs = std::iter::once(candidates).chain(references.iter().map(PathBuf::as_path));
        if inputs.filter(|path| is_standard_input(path)).count() > 1 {
            return Err(Error::Config(format!(
                "{STANDARD_INPUT}: the standard input can be read once; give the other texts in a file"
            )));
        }
        let answers = texts(candidates, marks)?;
        if answers.is_empty() {
            return Err(Error::Data(format!(
                "{}: no lines, so there is nothing to score",
                candidates.display()
            )));
        }
        let of_line = side_by_side((candidates, &answers), references, marks)?;
        if !references.is_empty() {
            check_references(&of_line, references)?;
        }
        let candidates = answers.into_iter().map(|text| {
            let missing = marks.missing.is_some_and(|mark| mark == text);
            (!missing).then(|| with_sentences(text, marks))
        });
        let candidates = candidates.collect();
        Ok(Self { candidates, references: of_line, ..Self::default() })
    }

    /// Where a line stands in its file, counted from 1.
    pub fn number(&self, place: usize) -> usize {
        self.numbers.get(place).copied().unwrap_or(place + 1)
    }

    /// A file of columns; `marks` as for plain lines.
    ///
    /// # Errors
    /// If it cannot be read or is not UTF-8, and those of [`table::read`].
    pub fn of_columns(path: &Path, columns: &Columns, marks: &Marks<'_>) -> Result<Self> {
        let bytes = match marks.standard_input.filter(|_| is_standard_input(path)) {
            Some(bytes) => bytes.to_vec(),
            None => bytes_of(path)?,
        };
        let text = decoded(path, &bytes)?;
        let mut lines = table::read(path, text, columns)?;
        for candidate in &mut lines.candidates {
            *candidate = candidate
                .take()
                .filter(|text| marks.missing != Some(text.as_str()))
                .map(|text| with_sentences(text, marks));
        }
        for text in lines.references.iter_mut().flatten() {
            *text = with_sentences(std::mem::take(text), marks);
        }
        Ok(lines)
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

/// The documents of some files, line n of each belonging together: the references of one picture or
/// question each.
///
/// # Errors
/// As [`Lines::read`].
pub fn documents(files: &[PathBuf], marks: &Marks<'_>) -> Result<Vec<Vec<String>>> {
    // What was given on the standard input is candidates or references.
    if let Some(path) = files.iter().find(|path| is_standard_input(path)) {
        return Err(Error::Config(format!("{}: give documents in a file", path.display())));
    }
    let Some(first) = files.first() else { return Ok(Vec::new()) };
    let lines = texts(first, marks)?;
    if lines.is_empty() {
        return Err(Error::Data(format!("{}: no lines, so no document", first.display())));
    }
    let documents = side_by_side((first, &lines), files, marks)?;
    check_references(&documents, files)?;
    Ok(documents)
}

/// What each line has in several files that are as long as `first`; empty lines are left out.
fn side_by_side(
    first: (&Path, &[String]),
    files: &[PathBuf],
    marks: &Marks<'_>,
) -> Result<Vec<Vec<String>>> {
    let mut of_line = vec![Vec::new(); first.1.len()];
    for file in files {
        let texts = texts(file, marks)?;
        if texts.len() != first.1.len() {
            return Err(unequal(first, (file, &texts)));
        }
        for (line, text) in of_line.iter_mut().zip(texts) {
            if !text.trim().is_empty() {
                line.push(with_sentences(text, marks));
            }
        }
    }
    Ok(of_line)
}

fn check_references(of_line: &[Vec<String>], files: &[PathBuf]) -> Result<()> {
    let mut without = (1..).zip(of_line).filter(|(_, texts)| texts.is_empty());
    let Some((first, _)) = without.next() else {
        return Ok(());
    };
    let at_the_end = of_line[first - 1..].iter().all(Vec::is_empty);
    let more = match without.count() {
        0 => String::new(),
        more => format!(" (and of {} more)", counted(more as u64, "line", "lines")),
    };
    let files: Vec<_> = files.iter().map(|file| file.display().to_string()).collect();
    let why = if at_the_end {
        "; it is the last: an empty line at the end counts, as only one end of line is no line"
    } else {
        ""
    };
    Err(Error::Data(format!(
        "{}: line {first} is empty{more}, so its candidate has no reference; give one, or leave the \
         line out of all files{why}",
        files.join(", ")
    )))
}

/// Two files of different lengths; empty lines at the end of the longer one are told, as nobody sees
/// them.
fn unequal(first: (&Path, &[String]), second: (&Path, &[String])) -> Error {
    let (longer, shorter) =
        if first.1.len() > second.1.len() { (first, second) } else { (second, first) };
    let empty = longer.1.iter().rev().take_while(|text| text.trim().is_empty()).count();
    let why = match longer.1.len() - shorter.1.len() {
        more if more <= empty => format!(
            "; the last {} of {} {} empty, and an empty line at the end counts: take {more} of them \
             away unless an empty answer is meant",
            if empty == 1 { "line".to_string() } else { format!("{empty} lines") },
            longer.0.display(),
            if empty == 1 { "is" } else { "are" },
        ),
        _ => String::new(),
    };
    Error::Data(format!(
        "{} has {} {}, {} has {}: line n of each file belongs together, and an empty answer is an \
         empty line{why}",
        first.0.display(),
        first.1.len(),
        if first.1.len() == 1 { "line" } else { "lines" },
        second.0.display(),
        second.1.len()
    ))
}

fn with_sentences(text: String, marks: &Marks<'_>) -> String {
    match marks.newline {
        Some(mark) if !mark.is_empty() => text.replace(mark, "\n"),
        _ => text,
    }
}

/// Whether a path stands for the standard input.
pub fn is_standard_input(path: &Path) -> bool {
    path == Path::new(STANDARD_INPUT)
}

/// The text that a file holds.
fn decoded<'a>(path: &Path, read: &'a [u8]) -> Result<&'a str> {
    std::str::from_utf8(read).map_err(|error| {
        let before = &read[..error.valid_up_to()];
        let line = 1 + before.iter().filter(|&&byte| byte == b'\n').count();
        let start = before.iter().rposition(|&byte| byte == b'\n');
        let at = before.len() - start.map_or(0, |end| end + 1) + 1;
        Error::Data(format!(
            "{}: line {line}, byte {at} of it (0x{:02x}) is not UTF-8; convert the file from the \
             encoding that it is in, as with `iconv -f latin1 -t UTF-8`",
            path.display(),
            read[before.len()]
        ))
    })
}

/// The lines of a file: ends may be LF or CRLF, the last one may be absent, and a byte order mark is
/// left out.
fn texts(path: &Path, marks: &Marks<'_>) -> Result<Vec<String>> {
    let refused = |why: String| Error::Data(format!("{}: {why}", path.display()));
    let read = match marks.standard_input.filter(|_| is_standard_input(path)) {
        Some(bytes) => {
            form::by_bytes(bytes).map_or(Ok(()), |why| Err(refused(why)))?;
            bytes.to_vec()
        }
        None => {
            form::by_name(path).map_or(Ok(()), |why| Err(refused(why)))?;
            bytes_of(path)?
        }
    };
    let text = decoded(path, &read)?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    form::by_text(text).map_or(Ok(()), |why| Err(refused(why)))?;
    Ok(text.lines().map(str::to_string).collect())
}

/// A file's bytes; what its first ones show to be no text is not read to its end, which a device does
/// not have.
fn bytes_of(path: &Path) -> Result<Vec<u8>> {
    let place = || format!("{}: cannot be read", path.display());
    let mut file = File::open(path).with_context(place)?;
    let mut bytes = Vec::new();
    file.by_ref().take(HEAD).read_to_end(&mut bytes).with_context(place)?;
    let looked_at = bytes.len();
    if let Some(why) = form::by_bytes(&bytes) {
        return Err(Error::Data(format!("{}: {why}", path.display())));
    }
    file.read_to_end(&mut bytes).with_context(place)?;
    if let Some(why) = form::by_bytes(&bytes).filter(|_| bytes.len() > looked_at) {
        return Err(Error::Data(format!("{}: {why}", path.display())));
    }
    Ok(bytes)
}
