//! What the user sees: while a command runs, bars on a terminal and lines elsewhere, all on stderr; its
//! answer, in words or as one JSON document, on stdout.

use crate::failure::USAGE_OR_ENVIRONMENT;
use crate::signals;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::io::{ErrorKind, IsTerminal, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, Once, PoisonError};
use std::time::{Duration, Instant};
use story_report::{is_hidden, visible};
use story_run::{Bar, Progress};

/// How much is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Console {
    /// Bars on a terminal, plain lines elsewhere.
    Normal,
    /// Warnings and errors only.
    Quiet,
}

impl Console {
    /// From the option `--quiet`.
    pub fn new(quiet: bool) -> Self {
        if quiet { Self::Quiet } else { Self::Normal }
    }

    /// Where bars are drawn.
    fn target(self) -> ProgressDrawTarget {
        match self.draws() {
            true => ProgressDrawTarget::stderr(),
            false => ProgressDrawTarget::hidden(),
        }
    }

    /// A bar of `template`'s form, which shows itself late.
    fn styled(self, name: &str, length: u64, template: &str) -> Box<dyn Bar> {
        let bar = ProgressBar::with_draw_target(Some(length), ProgressDrawTarget::hidden());
        let style = ProgressStyle::with_template(template)
            .expect("invariant: the templates are constants")
            .progress_chars("=> ");
        bar.set_style(style);
        bar.set_prefix(shown(name));
        Box::new(LateBar { bar, console: self, start: Instant::now(), shown: Once::new() })
    }

    fn draws(self) -> bool {
        self == Self::Normal && std::io::stderr().is_terminal()
    }
}

impl Progress for Console {
    fn say(&self, text: &str) {
        if *self == Self::Normal {
            tell(text);
        }
    }

    fn warn(&self, text: &str) {
        tell(&format!("warning: {text}"));
    }

    fn bar(&self, name: &str, length: u64) -> Box<dyn Bar> {
        self.styled(
            name,
            length,
            // The message ends where the terminal does, whatever its width.
            "{prefix:>10} [{bar:20}] {pos}/{len} {elapsed}<{eta} {wide_msg}",
        )
    }

    fn byte_bar(&self, name: &str, length: u64) -> Box<dyn Bar> {
        self.styled(
            name,
            length,
            "{prefix} [{bar:30}] {bytes}/{total_bytes} {bytes_per_sec} {eta_precise}",
        )
    }
}

/// A bar that shows itself only if its steps take longer than two seconds.
struct LateBar {
    bar: ProgressBar,
    console: Console,
    start: Instant,
    shown: Once,
}

impl LateBar {
    fn show_if_late(&self) {
        const PATIENCE: Duration = Duration::from_secs(2);
        if self.start.elapsed() > PATIENCE {
            self.shown.call_once(|| self.bar.set_draw_target(self.console.target()));
        }
    }
}

impl Bar for LateBar {
    fn step(&self, steps: u64) {
        self.bar.inc(steps);
        self.show_if_late();
    }

    fn stand(&self, position: u64, message: &str) {
        self.bar.set_position(position);
        self.bar.set_message(message.to_string());
        self.show_if_late();
    }

    fn say(&self, text: &str) {
        if self.bar.is_hidden() {
            self.console.say(text);
        } else {
            self.bar.println(shown(text));
        }
    }

    fn is_shown(&self) -> bool {
        self.console.draws()
    }
}

impl Drop for LateBar {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

/// Of every JSON document: raised when a key goes or changes its meaning; new keys do not raise it.
const JSON_VERSION: u32 = 1;

/// A JSON document with what it is.
#[derive(serde::Serialize)]
struct Document<'a, T> {
    /// The command, as a heading of `docs/json.md` has it.
    schema: String,
    schema_version: u32,
    #[serde(flatten)]
    content: &'a T,
}

/// Prints the JSON document of `command` to stdout; `content` is a struct or a map.
pub fn print_json(command: &str, content: &impl serde::Serialize) -> anyhow::Result<()> {
    let schema = format!("story {command}");
    let document = Document { schema, schema_version: JSON_VERSION, content };
    let text = escaped(&serde_json::to_string_pretty(&document)?);
    PRINTED.store(true, Ordering::Relaxed);
    out!("{text}");
    Ok(())
}

/// Whether this process has printed its one JSON document.
static PRINTED: AtomicBool = AtomicBool::new(false);

/// What is printed with `--json` where the command failed before its document.
#[derive(serde::Serialize)]
struct ErrorDocument<'a> {
    /// What went wrong and what to do about it, as stderr has it.
    error: &'a str,
    exit_code: u8,
}

/// Prints the JSON document of an error, unless the command's own is printed: a failed check comes
/// behind it.
pub fn print_json_error(error: &str, exit_code: u8) {
    if !PRINTED.load(Ordering::Relaxed) {
        // What cannot be written now was said on stderr.
        let _ = print_json("error", &ErrorDocument { error, exit_code });
    }
}

/// A text as a terminal may get it: what comes from corpora, files and servers may hold characters that
/// move its cursor, colour it, or turn a line around.
pub fn shown(text: &str) -> String {
    visible(text).replace('\r', "\\r")
}

/// A JSON document with hidden characters as JSON escapes them, which any reader takes for the same:
/// they stand in its strings only.
fn escaped(json: &str) -> String {
    let mut out = String::with_capacity(json.len());
    for c in json.chars() {
        match is_hidden(c) {
            true => {
                let mut units = [0; 2];
                for unit in c.encode_utf16(&mut units) {
                    out.push_str(&format!("\\u{unit:04x}"));
                }
            }
            false => out.push(c),
        }
    }
    out
}

/// Prints a line to stderr, where `eprintln!` would panic: a terminal that has gone away, or a full
/// disk behind `2> log`, ends no run.
pub fn tell(line: &str) {
    let mut stderr = std::io::stderr().lock();
    // In one write, so that lines of two threads do not mix; nobody is left to be told of a failure.
    let _ = stderr.write_all(format!("{}\n", shown(line)).as_bytes());
}

/// Whether stdout has taken no more lines: nothing that follows is tried, and the exit code tells.
static STDOUT: Mutex<Stdout> = Mutex::new(Stdout::Open);

/// What became of stdout.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stdout {
    Open,
    /// Its reader has gone away and wants no more.
    Unread,
    /// It could not be written.
    Lost,
}

/// Prints a line to stdout, where `println!` would panic. A reader that has gone away, as in
/// `story list | head`, has all that it wants: a command that only answers ends with that, and one
/// that is at work goes on in silence. A full disk is an error, once the work is done.
pub fn print_line(line: std::fmt::Arguments<'_>) {
    let mut state = STDOUT.lock().unwrap_or_else(PoisonError::into_inner);
    if *state != Stdout::Open {
        return;
    }
    match writeln!(std::io::stdout(), "{}", shown(&line.to_string())) {
        Ok(()) => {}
        Err(error) if error.kind() == ErrorKind::BrokenPipe => match signals::at_work() {
            true => *state = Stdout::Unread,
            false => std::process::exit(0),
        },
        Err(error) => {
            tell(&format!("error: stdout cannot be written: {error}"));
            match signals::at_work() {
                true => *state = Stdout::Lost,
                false => std::process::exit(USAGE_OR_ENVIRONMENT.into()),
            }
        }
    }
}

/// Whether an answer could not be written to stdout.
pub fn stdout_is_lost() -> bool {
    *STDOUT.lock().unwrap_or_else(PoisonError::into_inner) == Stdout::Lost
}

/// `println!` by way of [`print_line`].
macro_rules! out {
    ($($text:tt)*) => { $crate::console::print_line(format_args!($($text)*)) };
}
pub(crate) use out;

#[cfg(test)]
mod tests {
    use super::{escaped, shown};

    #[test]
    fn nothing_moves_the_cursor() {
        assert_eq!(shown("\u{1b}[2Jée\r\u{202e}\n\tb"), "\\u{1b}[2Jée\\r\\u{202e}\n\tb");
    }

    #[test]
    fn a_document_says_the_same_without_hidden_characters() {
        let text = "a\u{202e}b\u{9b}\tc\u{feff}é";
        let json = serde_json::to_string(&[text]).expect("JSON");
        let shown = escaped(&json);
        assert_eq!(shown, "[\"a\\u202eb\\u009b\\tc\\ufeffé\"]");
        assert_eq!(serde_json::from_str::<[String; 1]>(&shown).expect("JSON"), [text]);
    }
}
