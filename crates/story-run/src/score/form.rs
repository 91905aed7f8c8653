//! What a file is that was meant to hold one text a line. A table or a document scored as text gives a
//! number as good as any other, so whatever is known to be something else is refused, by its name and
//! by its content.

use std::path::Path;

/// What every refusal ends with.
pub(super) const ACCEPTED: &str =
    "score reads plain text in UTF-8, one text a line, line n of each file belonging together";

/// Endings of names that plain text does not have, what they say, and what to do.
const NAMES: &[(&[&str], &str, &str)] = &[
    (&["json"], "JSON", FROM_JSON),
    (&["jsonl", "ndjson"], "JSON lines", FROM_JSON_LINES),
    (&["tsv", "tab"], "a table with tabs", FROM_TABS),
    (&["csv"], "a table with commas", FROM_TABLE),
    (&["sgm", "sgml", "xml", "htm", "html"], "a document with markup", FROM_MARKUP),
    (&["yaml", "yml", "toml"], "a file of keys and values", FROM_TABLE),
    (&["xls", "xlsx", "ods", "parquet", "arrow", "feather"], "a table", FROM_TABLE),
    (&["doc", "docx", "odt", "rtf", "pdf"], "a document", FROM_DOCUMENT),
    (&["gz", "bz2", "xz", "zst", "zip", "tar", "tgz", "7z"], "a compressed file", UNPACK),
    (&["npy", "npz", "pkl", "pickle", "pt", "safetensors"], "numbers of a program", FROM_TABLE),
];

/// First bytes that plain text does not have, what they say, and what to do.
const STARTS: &[(&[u8], &str, &str)] = &[
    (b"\x1f\x8b", "a gzip file", UNPACK),
    (b"PK\x03\x04", "a zip file (a spreadsheet and a document are that too)", UNPACK),
    (b"\x28\xb5\x2f\xfd", "a zstd file", UNPACK),
    (b"\xfd7zXZ\x00", "an xz file", UNPACK),
    (b"BZh", "a bzip2 file", UNPACK),
    (b"PAR1", "a parquet file", FROM_TABLE),
    (b"\x93NUMPY", "a NumPy file", FROM_TABLE),
    (b"%PDF-", "a PDF document", FROM_DOCUMENT),
    (b"{\\rtf", "an RTF document", FROM_DOCUMENT),
];

/// Marks of byte order at the start of a file; the longer ones first, since UTF-32's holds UTF-16's.
const ORDER_MARKS: &[(&[u8], &str)] = &[
    (b"\xff\xfe\x00\x00", "UTF-32LE"),
    (b"\x00\x00\xfe\xff", "UTF-32BE"),
    (b"\xff\xfe", "UTF-16LE"),
    (b"\xfe\xff", "UTF-16BE"),
];

const FROM_JSON: &str = "for COCO's results give --coco ANNOTATIONS; else write the texts out, as with \
    `jq -r 'sort_by(.image_id)[] | .caption | \
    gsub(\"\\\\s+\"; \" \")'`, candidates and references in the same order";
const FROM_JSON_LINES: &str = "name its columns by --candidate-column and --reference-column, or write \
    the texts out, as with `jq -r '.caption | gsub(\"\\\\s+\"; \" \")'`, \
    with the key that holds them";
const FROM_TABS: &str = "name its columns by --candidate-column and --reference-column, or write the \
    column of texts out, as with `cut -f2`";
const FROM_TABLE: &str =
    "write the column of texts out, as with `cut -f2` where tabs divide columns";
const FROM_MARKUP: &str = "write the texts out, without tags";
const FROM_DOCUMENT: &str = "save it as plain text";
const UNPACK: &str = "unpack it first";

/// Why a file's name says that it is no plain text; `None` where it does not.
pub(super) fn by_name(path: &Path) -> Option<String> {
    let ending = path.extension()?.to_str()?.to_ascii_lowercase();
    let (_, what, remedy) = NAMES.iter().find(|(names, ..)| names.contains(&ending.as_str()))?;
    Some(format!(
        "by its name (.{ending}) {what}, and {ACCEPTED}: {remedy}; if it is plain text, give it \
         another name"
    ))
}

/// Why the first bytes of a file say that it is no plain text; `None` where they do not.
pub(super) fn by_bytes(bytes: &[u8]) -> Option<String> {
    let start = STARTS.iter().find(|(start, ..)| bytes.starts_with(start));
    if let Some((_, what, remedy)) = start {
        return Some(format!("{what}, and {ACCEPTED}: {remedy}"));
    }
    let mark = ORDER_MARKS.iter().find(|(mark, _)| bytes.starts_with(mark));
    let encoding = match mark {
        Some((_, encoding)) => encoding,
        None if !bytes.contains(&0) => return None,
        None => match wide_encoding(bytes) {
            Some(encoding) => encoding,
            None => return Some(format!("it holds zero bytes, so it is no text; {ACCEPTED}")),
        },
    };
    // With a mark iconv finds the order of bytes, and leaves the mark out, where none is named.
    let from = if mark.is_some() { &encoding[..encoding.len() - 2] } else { encoding };
    Some(format!(
        "it is in {encoding}, and {ACCEPTED}: convert it, as with `iconv -f {from} -t UTF-8`"
    ))
}

/// The encoding of a text with zero bytes and without a mark of byte order.
fn wide_encoding(bytes: &[u8]) -> Option<&'static str> {
    let whole = &bytes[..bytes.len() - bytes.len() % 4];
    let four = |from: fn([u8; 4]) -> u32| {
        let mut units =
            whole.chunks_exact(4).map(|unit| from([unit[0], unit[1], unit[2], unit[3]]));
        !whole.is_empty() && units.all(|unit| unit != 0 && char::from_u32(unit).is_some())
    };
    if four(u32::from_le_bytes) {
        return Some("UTF-32LE");
    }
    if four(u32::from_be_bytes) {
        return Some("UTF-32BE");
    }
    // Ends of lines and blanks tell the order of bytes, other letters of ASCII where there is neither.
    let plain = |from: fn([u8; 2]) -> u16| {
        let units = || bytes.chunks_exact(2).map(|unit| from([unit[0], unit[1]]));
        let blanks = units().filter(|&unit| unit == 0x0A || unit == 0x20).count();
        (blanks, units().filter(|&unit| unit < 0x80).count())
    };
    let (encoding, from): (_, fn([u8; 2]) -> u16) =
        match plain(u16::from_le_bytes) >= plain(u16::from_be_bytes) {
            true => ("UTF-16LE", u16::from_le_bytes),
            false => ("UTF-16BE", u16::from_be_bytes),
        };
    let units = bytes.chunks_exact(2).map(|unit| from([unit[0], unit[1]]));
    // What was read may end within a pair of surrogates.
    let mut decoded = char::decode_utf16(units).peekable();
    while let Some(unit) = decoded.next() {
        match unit {
            Ok('\0') => return None,
            Err(_) if decoded.peek().is_some() => return None,
            _ => {}
        }
    }
    Some(encoding)
}

/// Why a file's text says that it is no plain text; `None` where it does not.
pub(super) fn by_text(text: &str) -> Option<String> {
    let (what, remedy) = match json(text) {
        Some(Json::Whole) => ("it is JSON", FROM_JSON),
        Some(Json::Lines) => ("it is JSON, a record a line", FROM_JSON_LINES),
        None if markup(text) => ("it is a document with markup", FROM_MARKUP),
        None if tabs(text) => (
            "each of its lines has a tab, so it is a table",
            "name its columns by --candidate-column and --reference-column, write the column of texts \
             out, as with `cut -f2`, or turn tabs that belong to the texts \
             into blanks, as with `tr '\\t' ' '`",
        ),
        None if comma_heading(text) => (
            "its first line names columns, so it is a table with commas",
            "write the column of texts out",
        ),
        None => return None,
    };
    Some(format!("{what}, and {ACCEPTED}: {remedy}"))
}

enum Json {
    Whole,
    Lines,
}

/// Whether a text is JSON, also where it is cut or damaged.
fn json(text: &str) -> Option<Json> {
    let object = |text: &str| {
        let rest = text.strip_prefix('{').map(str::trim_start);
        rest.is_some_and(|rest| rest.starts_with('"') || rest == "}")
    };
    let list = |text: &str| {
        let rest = text.strip_prefix('[').map(str::trim_start);
        rest.is_some_and(|rest| object(rest) || rest.starts_with('"'))
    };
    let text = text.trim();
    if !object(text) && !list(text) {
        // Lists of numbers or of lists look like a text's footnotes, unless all of it can be read.
        let all = text.starts_with('[') && text.contains('\n');
        return (all && serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok())
            .then_some(Json::Whole);
    }
    let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let each =
        lines.all(|line| object(line) && line.ends_with('}') || list(line) && line.ends_with(']'));
    let several = text.contains('\n');
    Some(if each && (several || object(text)) { Json::Lines } else { Json::Whole })
}

/// Whether a text begins as a page or as a translation campaign's set of segments does.
fn markup(text: &str) -> bool {
    const STARTS: [&str; 7] =
        ["<?xml", "<!doctype", "<html", "<srcset", "<refset", "<tstset", "<mteval"];
    let text = text.trim_start();
    let start = text.chars().take(9).collect::<String>().to_ascii_lowercase();
    STARTS.iter().any(|name| start.starts_with(name))
}

/// Whether every line that is not empty has a tab within.
fn tabs(text: &str) -> bool {
    let mut lines = text.lines().filter(|line| !line.trim().is_empty()).peekable();
    lines.peek().is_some() && lines.all(|line| line.contains('\t'))
}

/// Whether the first of several lines is names with commas between, such as `image_id,caption`.
fn comma_heading(text: &str) -> bool {
    let mut lines = text.lines();
    let (Some(first), Some(_)) = (lines.next(), lines.next()) else { return false };
    let plain = |name: &str| {
        let name = name.trim_matches('"');
        !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-')
    };
    first.contains(',') && first.trim_end().split([',', ';']).all(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_text_passes_whatever_it_is_about() {
        for text in [
            "",
            "\n\n",
            "a dog runs\n",
            "[laughs] well, {so} it is\nand [1] says so\n",
            "[1]",
            "{} is a dictionary",
            "\"Hello,\" she said.\n\"Bye.\"\n",
            "a\tb\nc\n",
            "Yes, I did\nno",
            "yes,no",
            "<s> a </s>\n<unk>",
            "3 < 4 > 2",
        ] {
            assert_eq!(by_text(text), None, "{text:?}");
            assert_eq!(by_bytes(text.as_bytes()), None, "{text:?}");
        }
        for name in ["a.txt", "a", "a.en", "a.ref", "a.json.txt", "-", ".json"] {
            assert_eq!(by_name(Path::new(name)), None, "{name}");
        }
    }

    #[test]
    fn what_is_no_plain_text_is_known_by_its_content() {
        for (text, what) in [
            ("[{\"image_id\":1,\"caption\":\"a\"}]", "JSON"),
            ("{\n  \"images\": [\n", "JSON"),
            ("[\n[1, 2],\n[3]\n]\n", "JSON"),
            ("[\"a dog\",\n\"a cat\"]", "JSON"),
            ("{\"a\": 1}\n\n{\"a\": 2}\n", "a record a line"),
            ("{\"caption\": \"a\"}\n", "a record a line"),
            ("[\"a\", 1]\n[\"b\", 2]\n", "a record a line"),
            ("1\ta dog\n2\ta cat\n\n", "tab"),
            ("image_id,caption\n1,a dog\n", "commas"),
            ("<?xml version=\"1.0\"?>", "markup"),
            ("<!DOCTYPE html><p>", "markup"),
        ] {
            let found = by_text(text).unwrap_or_else(|| panic!("{text:?} is refused"));
            assert!(found.contains(what) && found.contains(ACCEPTED), "{text:?}: {found}");
        }
    }

    #[test]
    fn names_of_other_kinds_are_refused() {
        for (name, what) in [
            ("r.JSON", "JSON"),
            ("r.jsonl", "JSON lines"),
            ("r.tsv", "tabs"),
            ("r.csv", "commas"),
            ("r.txt.gz", "compressed"),
            ("newstest.sgm", "markup"),
        ] {
            let found = by_name(Path::new(name)).unwrap_or_else(|| panic!("{name} is refused"));
            assert!(found.contains(what) && found.contains("another name"), "{found}");
        }
    }

    #[test]
    fn wide_encodings_are_told_with_their_remedy() {
        let wide = |text: &str, big: bool| -> Vec<u8> {
            let bytes = |unit: u16| if big { unit.to_be_bytes() } else { unit.to_le_bytes() };
            text.encode_utf16().flat_map(bytes).collect()
        };
        let four: Vec<u8> = "a dog\n".chars().flat_map(|c| u32::from(c).to_le_bytes()).collect();
        for (bytes, encoding, from) in [
            (wide("a dog\n", false), "UTF-16LE", "-f UTF-16LE"),
            (wide("a dog\n", true), "UTF-16BE", "-f UTF-16BE"),
            (wide("\u{feff}a", false), "UTF-16LE", "-f UTF-16 "),
            (wide("\u{feff}ein Hund", true), "UTF-16BE", "-f UTF-16 "),
            (wide("一只狗\n一\n", false), "UTF-16LE", "-f UTF-16LE"),
            (four, "UTF-32LE", "-f UTF-32LE"),
        ] {
            let found = by_bytes(&bytes).unwrap_or_else(|| panic!("{encoding} is refused"));
            assert!(found.contains(encoding) && found.contains(from), "{found}");
        }
        let found = by_bytes(b"a\0b\0\0\0\0").expect("zeros are no text");
        assert!(found.contains("zero bytes"), "{found}");
        assert!(by_bytes(b"\x1f\x8b\x08\x00").is_some_and(|found| found.contains("gzip")));
    }
}
