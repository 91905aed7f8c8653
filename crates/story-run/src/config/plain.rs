//! What a TOML reader says of a value of another type, in a user's words.

/// What stands before the value that was found and the type that was expected.
const BEGINNINGS: [&str; 2] = ["invalid type: ", "invalid value: "];
/// What stands between them.
const BETWEEN: &str = ", expected ";
/// Kinds of values as the reader calls them, and as users do.
const FOUND: [(&str, &str); 6] = [
    ("string ", "the text "),
    ("integer ", "the number "),
    ("floating point ", "the number "),
    ("boolean ", "the word "),
    ("sequence", "a list"),
    ("map", "a table"),
];
/// Beginnings of the types as the reader calls them, and as users do.
const EXPECTED: [(&str, &str); 13] = [
    ("f32", "a number"),
    ("f64", "a number"),
    ("u", "a whole number of at least 0"),
    ("i", "a whole number"),
    ("a string", "a text"),
    ("path string", "a path"),
    ("string or map", "a text or a table"),
    ("a boolean", "true or false"),
    ("a sequence", "a list, as in [1, 2]"),
    ("a map", "a table, as in {key = 1}"),
    ("struct ", "a table, as in {key = 1}"),
    ("variant identifier", "a name"),
    ("internally tagged enum ", "a table with its `kind`, as in {kind = \"...\"}"),
];

/// `message` with the reader's words for types replaced: `invalid type: string "a", expected u64`
/// becomes `found the text "a", expected a whole number of at least 0`. Other lines stay.
pub fn plain_words(message: &str) -> String {
    let lines: Vec<String> = message.lines().map(plain_line).collect();
    lines.join("\n")
}

fn plain_line(line: &str) -> String {
    let said = BEGINNINGS.iter().find_map(|beginning| {
        let (before, rest) = line.split_once(beginning)?;
        let (found, expected) = rest.rsplit_once(BETWEEN)?;
        Some((before, found, expected))
    });
    let Some((before, found, expected)) = said else { return line.to_string() };
    format!("{before}found {}{BETWEEN}{}", found_value(found), expected_type(expected))
}

fn found_value(found: &str) -> String {
    let known = FOUND.iter().find_map(|(name, word)| Some((found.strip_prefix(name)?, word)));
    known.map_or_else(|| found.to_string(), |(rest, word)| format!("{word}{rest}"))
}

fn expected_type(expected: &str) -> String {
    let is = |name: &str| match name {
        // `u8` to `u64` and `usize`; and signed ones.
        "u" | "i" => {
            let size = expected.strip_prefix(name);
            size.is_some_and(|size| size == "size" || size.parse::<u8>().is_ok())
        }
        name => expected.starts_with(name),
    };
    let known = EXPECTED.iter().find(|(name, _)| is(name));
    known.map_or(expected, |(_, word)| word).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_are_told_in_a_user_s_words() {
        for (said, expected) in [
            (
                "invalid type: string \"a\", expected f64\nin `train.learning_rate`",
                "found the text \"a\", expected a number\nin `train.learning_rate`",
            ),
            (
                "invalid value: integer `-1`, expected usize",
                "found the number `-1`, expected a whole number of at least 0",
            ),
            (
                "invalid type: integer `3`, expected struct WindowConfig",
                "found the number `3`, expected a table, as in {key = 1}",
            ),
            (
                "  x = 1\ninvalid type: map, expected u8",
                "  x = 1\nfound a table, expected a whole number of at least 0",
            ),
            (
                "invalid type: string \"a, expected f64\", expected a sequence",
                "found the text \"a, expected f64\", expected a list, as in [1, 2]",
            ),
            (
                "unknown variant `a`, expected `b` or `c`",
                "unknown variant `a`, expected `b` or `c`",
            ),
            (
                "invalid type: unit value, expected unit struct",
                "found unit value, expected unit struct",
            ),
        ] {
            assert_eq!(plain_words(said), expected);
        }
    }
}
