//! How patient a client is: time limits, a least rate, and when a failed request is tried again:
//! exponential back-off with jitter, and what the server itself asks for.

use ring::digest::{SHA256, digest};
use std::sync::Arc;
use std::time::Duration;

/// What is done when a request fails for a reason that may pass: too many requests (429), a
/// server's error (5xx), a timeout (408 or silence), a cut connection, a short body, a body that
/// comes too slowly.
#[derive(Clone)]
pub struct RetryPolicy {
    /// How often a request is made in all, at least once.
    pub attempts: u32,
    /// The wait before the second attempt; it doubles with each further one.
    pub first_wait: Duration,
    /// The longest wait of our own choosing.
    pub longest_wait: Duration,
    /// The longest wait that a server's `Retry-After` is granted.
    pub longest_retry_after: Duration,
    /// How long a connection may take to stand.
    pub connect_timeout: Duration,
    /// How long the server may stay silent.
    pub read_timeout: Duration,
    /// The fewest bytes a second of a body, over each `rate_window`; 0 waits for ever.
    pub least_rate: u64,
    /// Over how long the rate is measured.
    pub rate_window: Duration,
    /// Where the jitter comes from; different readers of one server take different seeds.
    pub jitter_seed: u64,
    /// How to wait; a test passes something that only notes it.
    pub sleep: Arc<dyn Fn(Duration) + Send + Sync>,
}

impl Default for RetryPolicy {
    /// Six attempts over about half a minute (0.5 s, 1 s, ... 8 s), 60 s at most where the server
    /// asks for it; 10 s to connect, as `huggingface_hub` allows, 30 s of silence, 1 kB a second over 30 s.
    fn default() -> Self {
        Self {
            attempts: 6,
            first_wait: Duration::from_millis(500),
            longest_wait: Duration::from_secs(30),
            longest_retry_after: Duration::from_secs(60),
            connect_timeout: Duration::from_secs(10),
            read_timeout: Duration::from_secs(30),
            least_rate: 1000,
            rate_window: Duration::from_secs(30),
            jitter_seed: 0,
            sleep: Arc::new(std::thread::sleep),
        }
    }
}

impl RetryPolicy {
    /// The wait after the failed attempt number `attempt` (from 1) at `url`.
    pub(crate) fn wait(&self, url: &str, attempt: u32, asked: Option<Duration>) -> Duration {
        if let Some(asked) = asked {
            return asked.min(self.longest_retry_after);
        }
        let doubled = self
            .first_wait
            .saturating_mul(1_u32.checked_shl(attempt.saturating_sub(1)).unwrap_or(u32::MAX));
        let longest = doubled.min(self.longest_wait);
        // Half of it is fixed and half is drawn, so that readers that failed together do not come
        // back together.
        let name = format!("{}/retry/{url}/{attempt}", self.jitter_seed);
        let byte = digest(&SHA256, name.as_bytes()).as_ref()[0];
        longest.mul_f64(0.5 + f64::from(byte) / 2.0 / f64::from(u8::MAX))
    }
}

impl std::fmt::Debug for RetryPolicy {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("RetryPolicy")
            .field("attempts", &self.attempts)
            .field("first_wait", &self.first_wait)
            .field("longest_wait", &self.longest_wait)
            .field("longest_retry_after", &self.longest_retry_after)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_and_stay_within_bounds() {
        let policy = RetryPolicy::default();
        let mut bound = policy.first_wait;
        for attempt in 1..=40 {
            let wait = policy.wait("http://h/x", attempt, None);
            assert!(wait <= bound && wait * 2 >= bound, "{attempt}: {wait:?} of {bound:?}");
            bound = (bound * 2).min(policy.longest_wait);
        }
        let waits = ["a", "b", "c", "d"].map(|url| policy.wait(url, 1, None));
        assert!(waits.iter().any(|wait| *wait != waits[0]), "{waits:?}");
    }

    #[test]
    fn the_server_s_wish_counts_up_to_a_limit() {
        let policy = RetryPolicy::default();
        let seconds = |seconds| Some(Duration::from_secs(seconds));
        assert_eq!(policy.wait("x", 3, seconds(7)), Duration::from_secs(7));
        assert_eq!(policy.wait("x", 1, seconds(3600)), policy.longest_retry_after);
    }
}
