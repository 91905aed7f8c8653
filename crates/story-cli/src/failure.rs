//! Exit codes: 0 done, 1 a check failed, 2 wrong usage or environment.

/// A check that the command was asked to make did not pass; not a fault of usage.
#[derive(Debug)]
pub struct CheckFailed(pub String);

impl std::fmt::Display for CheckFailed {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(&self.0)
    }
}

impl std::error::Error for CheckFailed {}

/// The exit code that belongs to an error.
pub fn exit_code(error: &anyhow::Error) -> u8 {
    const CHECK_FAILED: u8 = 1;
    const USAGE_OR_ENVIRONMENT: u8 = 2;
    if error.is::<CheckFailed>() {
        CHECK_FAILED
    } else {
        USAGE_OR_ENVIRONMENT
    }
}
