//! The only place that reads environment variables, and the command line as it was typed.

/// The value of `name`, if it is set, not empty and Unicode.
#[expect(clippy::disallowed_methods, reason = "the one door to the environment")]
pub fn lookup(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// The command line as a shell would take it again, without the path of the program.
pub fn command_line() -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:=,@".contains(c);
    let quoted = |word: String| match word.chars().all(plain) && !word.is_empty() {
        true => word,
        false => format!("'{}'", word.replace('\'', "'\\''")),
    };
    let words = std::env::args_os().skip(1);
    let words = words.map(|word| quoted(word.to_string_lossy().into_owned()));
    let words: Vec<String> = std::iter::once("story".to_string()).chain(words).collect();
    words.join(" ")
}

/// Whether the words of the command line ask for JSON, be they right or wrong.
pub fn asks_for_json() -> bool {
    std::env::args_os().skip(1).take_while(|word| word != "--").any(|word| word == "--json")
}
