//! The only place that reads environment variables.

/// The value of `name`, if it is set, not empty and Unicode.
#[expect(clippy::disallowed_methods, reason = "the one door to the environment")]
pub fn lookup(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// Threads that computations use: `RAYON_NUM_THREADS` where set, else the machine's.
pub fn threads() -> usize {
    rayon::current_num_threads()
}
