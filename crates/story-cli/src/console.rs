//! What the user sees while a command runs: bars on a terminal, lines elsewhere, all on stderr.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::io::{ErrorKind, IsTerminal, Write};
use std::sync::Once;
use std::time::{Duration, Instant};

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

    /// A line of information.
    pub fn say(self, text: &str) {
        if self == Self::Normal {
            eprintln!("{text}");
        }
    }

    /// Something the user should know even when quiet.
    pub fn warn(self, text: &str) {
        eprintln!("warning: {text}");
    }

    /// A bar over `length` steps; hidden when quiet or when stderr is no terminal.
    pub fn bar(self, name: &str, length: u64) -> ProgressBar {
        let bar = ProgressBar::with_draw_target(Some(length), self.target());
        let style = ProgressStyle::with_template(
            "{prefix:>10} [{bar:30}] {pos}/{len} {elapsed_precise}<{eta_precise} {msg}",
        )
        .expect("invariant: the template is a constant")
        .progress_chars("=> ");
        bar.set_style(style);
        bar.set_prefix(name.to_string());
        bar
    }

    /// A bar over `length` steps that shows itself only if they take longer than two seconds.
    pub fn late_bar(self, name: &str, length: u64) -> LateBar {
        self.late(self.bar(name, length))
    }

    /// The same over bytes.
    pub fn late_byte_bar(self, name: &str, length: u64) -> LateBar {
        let bar = self.bar(name, length);
        let style = ProgressStyle::with_template(
            "{prefix} [{bar:30}] {bytes}/{total_bytes} {bytes_per_sec} {eta_precise}",
        )
        .expect("invariant: the template is a constant")
        .progress_chars("=> ");
        bar.set_style(style);
        self.late(bar)
    }

    fn late(self, bar: ProgressBar) -> LateBar {
        bar.set_draw_target(ProgressDrawTarget::hidden());
        LateBar { bar, console: self, start: Instant::now(), shown: Once::new() }
    }

    fn target(self) -> ProgressDrawTarget {
        if self == Self::Normal && std::io::stderr().is_terminal() {
            ProgressDrawTarget::stderr()
        } else {
            ProgressDrawTarget::hidden()
        }
    }
}

/// What [`Console::late_bar`] gives; many threads may step it.
pub struct LateBar {
    bar: ProgressBar,
    console: Console,
    start: Instant,
    shown: Once,
}

impl LateBar {
    /// So many steps more are done.
    pub fn step(&self, steps: u64) {
        const PATIENCE: Duration = Duration::from_secs(2);
        self.bar.inc(steps);
        if self.start.elapsed() > PATIENCE {
            self.shown.call_once(|| self.bar.set_draw_target(self.console.target()));
        }
    }
}

impl Drop for LateBar {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

/// Prints one JSON document to stdout.
pub fn print_json(value: &impl serde::Serialize) -> anyhow::Result<()> {
    out!("{}", serde_json::to_string_pretty(value)?);
    Ok(())
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
