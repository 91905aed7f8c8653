//! What the user sees: while a command runs, bars on a terminal and lines elsewhere, all on stderr; its
//! answer, in words or as one JSON document, on stdout.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::io::{ErrorKind, IsTerminal, Write};
use std::sync::Once;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
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
        bar.set_prefix(name.to_string());
        Box::new(LateBar { bar, console: self, start: Instant::now(), shown: Once::new() })
    }

    fn draws(self) -> bool {
        self == Self::Normal && std::io::stderr().is_terminal()
    }
}

impl Progress for Console {
    fn say(&self, text: &str) {
        if *self == Self::Normal {
            eprintln!("{text}");
        }
    }

    fn warn(&self, text: &str) {
        eprintln!("warning: {text}");
    }

    fn bar(&self, name: &str, length: u64) -> Box<dyn Bar> {
        self.styled(
            name,
            length,
            "{prefix:>10} [{bar:30}] {pos}/{len} {elapsed_precise}<{eta_precise} {msg}",
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
            self.bar.println(text);
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
    let text = serde_json::to_string_pretty(&document)?;
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

/// Prints a line to stdout, where `println!` would panic. A reader that has gone away, as in
/// `story list | head`, has all that it wants; a full disk is an error.
pub fn print_line(line: std::fmt::Arguments<'_>) {
    const ENVIRONMENT: i32 = 2;
    match writeln!(std::io::stdout(), "{line}") {
        Ok(()) => {}
        Err(error) if error.kind() == ErrorKind::BrokenPipe => std::process::exit(0),
        Err(error) => {
            eprintln!("error: stdout cannot be written: {error}");
            std::process::exit(ENVIRONMENT);
        }
    }
}

/// `println!` by way of [`print_line`].
macro_rules! out {
    ($($text:tt)*) => { $crate::console::print_line(format_args!($($text)*)) };
}
pub(crate) use out;
