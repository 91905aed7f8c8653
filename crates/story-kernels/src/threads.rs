//! Who has the processor's cores. The kernels work in rayon's pool; candle's element-wise ops have
//! threads of their own, which go on turning for a while after each op, and whoever waits for them
//! turns too. Where cores are few they take one from the kernels, and where another program wants a
//! core all of them wait for each other.
#![allow(unsafe_code)]

/// How many threads candle's element-wise ops have.
const OWN_THREADS: &str = "CANDLE_NUM_THREADS";

/// Leaves the cores to the kernels: candle's element-wise ops run on the thread that asks for them,
/// unless the environment says how many threads they have. No result changes by it. Call it at the
/// start of `main`: where other threads run already, or where the system does not tell, nothing is
/// changed.
pub fn tune_threads() {
    if alone() && std::env::var_os(OWN_THREADS).is_none() {
        // SAFETY: this is the only thread, so that none reads the environment meanwhile.
        unsafe { std::env::set_var(OWN_THREADS, "1") };
    }
}

/// Whether the process has one thread; `false` where `/proc` does not tell.
fn alone() -> bool {
    std::fs::read_dir("/proc/self/task").is_ok_and(|threads| threads.count() == 1)
}

#[cfg(test)]
mod tests {
    #[test]
    fn among_other_threads_the_environment_stays_as_it_is() {
        let before = std::env::var_os(super::OWN_THREADS);
        std::thread::scope(|scope| {
            scope.spawn(super::tune_threads);
        });
        assert_eq!(std::env::var_os(super::OWN_THREADS), before);
    }
}
