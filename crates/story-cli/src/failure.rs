//! Exit codes: 0 done, 1 a check failed, 2 wrong usage or environment, 130 stopped by Ctrl-C.

use story_report::{RedFlag, Severity};

/// A check that the command was asked to make did not pass; not a fault of usage.
#[derive(Debug)]
pub struct CheckFailed(pub String);

impl std::fmt::Display for CheckFailed {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(&self.0)
    }
}

impl std::error::Error for CheckFailed {}

/// Whether no red flag says that a result must not be believed, or shows nothing.
///
/// # Errors
/// [`CheckFailed`] naming those that do.
pub fn check_flags(flags: &[RedFlag]) -> anyhow::Result<()> {
    let failures = flags.iter().filter(|it| it.severity == Severity::Failure);
    let names: Vec<&str> = failures.map(|flag| flag.id.name()).collect();
    if names.is_empty() {
        return Ok(());
    }
    let names = names.join(", ");
    let message = format!("red flags: {names}; the report says what was found");
    Err(CheckFailed(message).into())
}

/// Wrong usage, or an environment that does not give what is needed.
pub const USAGE_OR_ENVIRONMENT: u8 = 2;
/// Somebody stopped it: what a shell makes of SIGINT (128 + 2).
pub const STOPPED: u8 = 130;

/// The exit code that belongs to an error.
pub fn exit_code(error: &anyhow::Error) -> u8 {
    const CHECK_FAILED: u8 = 1;
    let stopped = |cause: &(dyn std::error::Error + 'static)| {
        let error = cause.downcast_ref::<story_run::Error>();
        error.is_some_and(|error| matches!(error.cause(), story_run::Error::Stopped(_)))
    };
    if error.is::<CheckFailed>() {
        CHECK_FAILED
    } else if error.chain().any(stopped) {
        STOPPED
    } else {
        USAGE_OR_ENVIRONMENT
    }
}

/// The error with what led to it, each thing said once: many errors repeat their cause's words.
pub fn message(error: &anyhow::Error) -> String {
    let mut text = String::new();
    for cause in error.chain() {
        let cause = cause.to_string();
        if text.contains(&cause) {
            continue;
        }
        if !text.is_empty() {
            text.push_str(": ");
        }
        text.push_str(&cause);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use anyhow::anyhow;

    #[test]
    fn a_cause_is_said_once() {
        let error = anyhow!("no space").context("a.json: no space; free some");
        let error = error.context("writing");
        assert_eq!(message(&error), "writing: a.json: no space; free some");
        assert_eq!(message(&anyhow!("torn").context("b.json")), "b.json: torn");
    }

    #[test]
    fn who_was_stopped_is_not_told_of_wrong_usage() {
        use story_run::Context as _;
        let stopped = || story_run::Error::Stopped("at step 3".into());
        assert_eq!(exit_code(&stopped().into()), STOPPED);
        let placed: story_run::Result<()> = Err(stopped()).context("seed 1");
        let placed = anyhow::Error::from(placed.expect_err("stopped")).context("an ablation");
        assert_eq!(exit_code(&placed), STOPPED);
        assert_eq!(exit_code(&CheckFailed("no".into()).into()), 1);
        assert_eq!(exit_code(&anyhow!("no such file")), USAGE_OR_ENVIRONMENT);
    }
}
