//! What the process does with signals that it was not asked to handle.
//!
//! Whoever starts a program may have it ignore a signal, as `nohup` does with SIGHUP: that choice is
//! inherited (`signal(7)`), and a handler put over it would undo it. And a file that grows past the
//! limit of `ulimit -f` ends the process by SIGXFSZ without a word, unless it is ignored: the write
//! then fails with EFBIG (`setrlimit(2)`), which is an error like that of a full disk.
#![allow(unsafe_code)]

/// The signals among SIGINT, SIGTERM and SIGHUP that were ignored at one time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IgnoredSignals(Vec<i32>);

#[cfg(unix)]
impl IgnoredSignals {
    /// Those that are ignored now. Ask before a handler is set.
    pub fn now() -> Self {
        let ending = [libc::SIGINT, libc::SIGTERM, libc::SIGHUP];
        Self(ending.into_iter().filter(|&signal| is_ignored(signal)).collect())
    }

    /// Ignores them again, whatever handler was set meanwhile.
    pub fn ignore_again(&self) {
        self.0.iter().for_each(|&signal| ignore(signal));
    }
}

#[cfg(not(unix))]
impl IgnoredSignals {
    /// None: the system has no such choice.
    pub fn now() -> Self {
        Self(Vec::new())
    }

    /// Does nothing.
    pub fn ignore_again(&self) {}
}

/// Lets a write past the limit of a file's size fail instead of ending the process. Call it once, at
/// the start of `main`.
pub fn let_large_writes_fail() {
    #[cfg(unix)]
    ignore(libc::SIGXFSZ);
}

#[cfg(unix)]
fn is_ignored(signal: libc::c_int) -> bool {
    let mut found = std::mem::MaybeUninit::<libc::sigaction>::zeroed();
    // SAFETY: no new action is given, and the pointer is to a whole, writable `sigaction`, which the call
    // fills when it returns 0; a zeroed one is a valid value in any case.
    let found = unsafe {
        if libc::sigaction(signal, std::ptr::null(), found.as_mut_ptr()) != 0 {
            return false;
        }
        found.assume_init()
    };
    found.sa_sigaction == libc::SIG_IGN
}

#[cfg(unix)]
fn ignore(signal: libc::c_int) {
    // SAFETY: takes two integers; `SIG_IGN` is no function of ours, so nothing runs on a signal.
    unsafe {
        libc::signal(signal, libc::SIG_IGN);
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn what_was_ignored_is_ignored_again() {
        assert!(!is_ignored(libc::SIGHUP));
        assert!(!IgnoredSignals::now().0.contains(&libc::SIGHUP));
        ignore(libc::SIGHUP);
        let before = IgnoredSignals::now();
        assert!(before.0.contains(&libc::SIGHUP));
        // SAFETY: the default action in the place of none.
        unsafe { libc::signal(libc::SIGHUP, libc::SIG_DFL) };
        assert!(!is_ignored(libc::SIGHUP));
        before.ignore_again();
        assert!(is_ignored(libc::SIGHUP));
        // SAFETY: as above.
        unsafe { libc::signal(libc::SIGHUP, libc::SIG_DFL) };
    }

    #[test]
    fn large_writes_do_not_end_the_process() {
        let_large_writes_fail();
        assert!(is_ignored(libc::SIGXFSZ));
    }
}
