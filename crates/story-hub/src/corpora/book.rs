//! Reads a book of the African Storybook source: `# title`, pages between lines `##`, and a last
//! block of `* Key: value` lines with licence, text and illustration.

/// A book's words.
#[derive(Debug, PartialEq)]
pub struct Book {
    /// Its title.
    pub title: String,
    /// Its pages' texts, in order, each on one line.
    pub pages: Vec<String>,
    /// The licence's short name, such as `CC-BY`.
    pub licence: String,
    /// Who wrote it.
    pub text: String,
    /// Who drew it.
    pub illustration: String,
}

/// The book that `source` tells, or why it is none.
pub fn read_book(source: &str) -> Result<Book, String> {
    let blocks: Vec<String> = source
        .lines()
        .collect::<Vec<_>>()
        .split(|line| line.trim() == "##")
        .map(|lines| lines.join("\n").trim().to_string())
        .collect();
    let [title, pages @ .., credits] = blocks.as_slice() else {
        return Err("expected a title, pages between lines `##` and a block of credits".into());
    };
    let title = title.strip_prefix('#').ok_or("the first line is no `# title`")?.trim();
    let credit = |key: &str| {
        credits.lines().find_map(|line| {
            let (found, value) = line.trim_start_matches('*').split_once(':')?;
            (found.trim() == key).then(|| value.trim().to_string())
        })
    };
    let licence = credit("License").ok_or("the last block names no `License`")?;
    Ok(Book {
        title: title.to_string(),
        pages: pages.iter().map(|page| one_line(page)).collect(),
        licence: licence.trim_matches(['[', ']']).to_string(),
        text: credit("Text").unwrap_or_default(),
        illustration: credit("Illustration").unwrap_or_default(),
    })
}

/// Joins a page's lines, which break where the printed page did.
fn one_line(page: &str) -> String {
    page.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOURCE: &str = "# The kite\n\n##\nLea has\na kite.\n\n##\nIt flies.\n\n##\n* License: [CC-BY]\n* Text: A. Writer\n* Illustration: B. Painter\n* Language: en\n";

    #[test]
    fn a_book_is_read() {
        let book = read_book(SOURCE).expect("a book");
        assert_eq!(book.title, "The kite");
        assert_eq!(book.pages, ["Lea has a kite.", "It flies."]);
        assert_eq!((book.licence.as_str(), book.text.as_str()), ("CC-BY", "A. Writer"));
        assert_eq!(book.illustration, "B. Painter");
    }

    #[test]
    fn what_is_no_book_says_why() {
        for source in [
            "",
            "# only a title",
            "no title\n##\npage\n##\n* License: x",
            "# t\n##\np\n##\nno credits",
        ] {
            assert!(read_book(source).is_err(), "{source:?}");
        }
    }
}
