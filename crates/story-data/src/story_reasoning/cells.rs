//! Cells of Markdown tables: splitting rows, pipes inside cells, bounding boxes, lists of images.
//!
//! As in GitHub's Markdown, a `|` with a backslash directly before it belongs to the cell; that
//! one backslash is taken away on reading and set on writing, and no other escape exists. A cell
//! is one line without white space around it; [`cell_text`] brings any text into that form.

use super::ids::{MAX_FRAMES, skip_image_word};
use story_core::BoundingBox;

/// The form in which a text stands in a cell: trimmed, each run of white space that breaks a line
/// turned into one space. Texts in this form are read back as they were written.
pub fn cell_text(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text.trim();
    while let Some(at) = rest.find(['\n', '\r']) {
        out.push_str(rest[..at].trim_end());
        out.push(' ');
        rest = rest[at..].trim_start();
    }
    out.push_str(rest);
    out
}

/// A row from its cells, with a line break: `| a | b |`.
pub fn write_row(cells: &[&str]) -> String {
    let mut out = String::new();
    for cell in cells {
        out.push_str("| ");
        out.push_str(&cell_text(cell).replace('|', "\\|"));
        out.push(' ');
    }
    out.push_str("|\n");
    out
}

/// The cells of a row, trimmed, escapes undone. Pipes at both ends are optional.
pub fn split_row(line: &str) -> Vec<String> {
    let line = line.trim();
    let line = line.strip_prefix('|').unwrap_or(line);
    let mut cells = Vec::new();
    let mut cell = String::new();
    for letter in line.chars() {
        match letter {
            '|' if cell.ends_with('\\') => {
                cell.pop();
                cell.push('|');
            }
            '|' => {
                cells.push(cell.trim().to_owned());
                cell.clear();
            }
            other => cell.push(other),
        }
    }
    if !cell.trim().is_empty() || cells.is_empty() {
        cells.push(cell.trim().to_owned());
    }
    cells
}

/// Whether the line holds a `|` that separates cells.
pub fn has_pipe(line: &str) -> bool {
    line.starts_with('|') || line.match_indices('|').any(|(at, _)| !line[..at].ends_with('\\'))
}

/// What a bounding-box cell says.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum ReadBox {
    /// Nothing: empty, a dash, `N/A`, `none`.
    Absent,
    /// Four numbers in order.
    Read(BoundingBox),
    /// Several boxes; this is the first.
    First(BoundingBox),
    /// Something that is no box.
    Unreadable,
}

/// Reads `x1,y1,x2,y2` in pixels; brackets, spaces, semicolons, fractions and `px` are forgiven.
/// The numbers are taken as they are, negative and inside out ones included.
pub fn read_box(cell: &str) -> ReadBox {
    let numbers: Result<Vec<f32>, _> = cell
        .split(|c: char| c.is_whitespace() || ",;()[]{}<>`*".contains(c))
        .map(|word| word.strip_suffix("px").unwrap_or(word))
        .filter(|word| !word.is_empty())
        .map(str::parse)
        .collect();
    let absent = cell.chars().filter(|c| c.is_alphanumeric()).collect::<String>();
    if ["", "na", "none", "null"].contains(&absent.to_lowercase().as_str()) {
        return ReadBox::Absent;
    }
    match numbers.as_deref() {
        Ok(all @ [x1, y1, x2, y2, rest @ ..])
            if rest.len() % 4 == 0 && all.iter().all(|number| number.is_finite()) =>
        {
            let first = BoundingBox::new(*x1, *y1, *x2, *y2);
            if rest.is_empty() { ReadBox::Read(first) } else { ReadBox::First(first) }
        }
        _ => ReadBox::Unreadable,
    }
}

/// A box as its cell: `x1,y1,x2,y2`, each number in the fewest digits that read back the same.
/// `None` where a number is not finite, as no cell can say that.
pub fn write_box(bounds: &BoundingBox) -> Option<String> {
    let BoundingBox { x1, y1, x2, y2 } = bounds;
    let finite = [x1, y1, x2, y2].iter().all(|number| number.is_finite());
    finite.then(|| format!("{x1},{y1},{x2},{y2}"))
}

/// The images of a phase, and whether every part of the cell was understood: `1, 2`, `1-3`,
/// `Image 1 and image 2`, `images 2 to 4`. A range is spelled out, up to [`MAX_FRAMES`] images a
/// cell.
pub fn read_images(cell: &str) -> (Vec<u32>, bool) {
    let lower = cell.to_lowercase();
    let mut images: Vec<u32> = Vec::new();
    let mut understood = true;
    let mut spelled_out = 0;
    let mut rest = lower.as_str();
    while let Some(at) = rest.find(|c: char| c.is_ascii_digit()) {
        let separator = separator(&rest[..at]);
        let digits = &rest[at..];
        let end = digits.find(|c: char| !c.is_ascii_digit());
        let (digits, behind) = digits.split_at(end.unwrap_or(digits.len()));
        rest = behind;
        understood &= separator != Separator::Other;
        let Ok(number) = digits.parse::<u32>() else {
            understood = false;
            continue;
        };
        if let (Separator::To, Some(&from)) = (&separator, images.last()) {
            let between = number.saturating_sub(from);
            spelled_out = between.saturating_add(spelled_out);
            if from < number && spelled_out <= MAX_FRAMES {
                images.extend(from + 1..number);
            } else {
                understood = false;
            }
        }
        images.push(number);
    }
    (images, understood && separator(rest) == Separator::And)
}

/// What stands between two numbers.
#[derive(Debug, PartialEq)]
enum Separator {
    /// Nothing that matters: the numbers are members of a list.
    And,
    /// The numbers are the ends of a range.
    To,
    /// Words of unknown meaning.
    Other,
}

/// Reads what stands before, between or behind numbers; `text` is in lower case.
fn separator(text: &str) -> Separator {
    let marks = |c: char| c.is_whitespace() || ",;&()[]{}#*_:.+/".contains(c);
    let mut words =
        text.split(marks).map(skip_image_word).filter(|word| !word.is_empty() && *word != "and");
    match (words.next(), words.next()) {
        (None, _) => Separator::And,
        (Some("-" | "–" | "—" | "to" | "through"), None) => Separator::To,
        _ => Separator::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_split_at_bare_pipes_only() {
        assert_eq!(split_row("| a | b |"), ["a", "b"]);
        assert_eq!(split_row("a|b"), ["a", "b"]);
        assert_eq!(split_row("| a |  |"), ["a", ""]);
        assert_eq!(split_row(r"| a \| b | c\ |"), ["a | b", r"c\"]);
        assert_eq!(split_row("|"), [""]);
        assert!(!has_pipe(r"a \| b") && has_pipe(r"a \| b | c"));
    }

    #[test]
    fn rows_read_back_as_written() {
        for cell in ["", "a|b", r"a\|b", r"\", r"\\||\", "é — |"] {
            let row = write_row(&[cell, "x"]);
            assert_eq!(split_row(&row), [cell, "x"], "{row}");
        }
        assert_eq!(cell_text(" a \r\n\n b\nc "), "a b c");
    }

    #[test]
    fn boxes_are_read_in_many_spellings() {
        let expected = BoundingBox::new(-1.0, 2.5, 30.0, 40.0);
        for cell in [
            "-1,2.5,30,40",
            " -1 , 2.5 , 30 , 40 ",
            "[-1, 2.5, 30, 40]",
            "(-1 2.5 30 40)",
            "-1px,2.5px,30px,40px",
            "(-1,2.5),(30,40)",
        ] {
            assert_eq!(read_box(cell), ReadBox::Read(expected), "{cell}");
        }
        assert_eq!(read_box("-1,2.5,30,40; 1,2,3,4"), ReadBox::First(expected));
        for cell in ["", "-", "—", "N/A", "none"] {
            assert_eq!(read_box(cell), ReadBox::Absent, "{cell}");
        }
        for cell in ["1,2,3", "1,2,3,x", "NaN,1,2,3", "left half", "1e99,1,2,3", "0"] {
            assert_eq!(read_box(cell), ReadBox::Unreadable, "{cell}");
        }
    }

    #[test]
    fn image_lists_are_read_in_many_spellings() {
        for (cell, images) in [
            ("", vec![]),
            ("1, 2", vec![1, 2]),
            ("1-3", vec![1, 2, 3]),
            ("Image 1", vec![1]),
            ("images 2 to 4 and 7", vec![2, 3, 4, 7]),
            ("image1, image2 – image4", vec![1, 2, 3, 4]),
            ("3; 1 & 1", vec![3, 1, 1]),
        ] {
            assert_eq!(read_images(cell), (images, true), "{cell}");
        }
        assert_eq!(read_images("3-1"), (vec![3, 1], false));
        assert_eq!(read_images("all"), (vec![], false));
        assert_eq!(read_images("1-4000000000"), (vec![1, 4_000_000_000], false));
        assert_eq!(read_images("99999999999, 2"), (vec![2], false));
    }
}
