//! A small client with retries.

use anyhow::{Result, bail};
use std::io::Read;
use std::time::Duration;

const ATTEMPTS: u32 = 5;
const FIRST_WAIT: Duration = Duration::from_millis(500);
const LONGEST_WAIT: Duration = Duration::from_secs(60);
const TIMEOUT: Duration = Duration::from_secs(60);
/// No text or picture of a corpus is near this; a longer body is not what was asked for.
const LARGEST_BODY: u64 = 256 << 20;

/// A client with a time limit on each read.
pub fn agent() -> ureq::Agent {
    ureq::AgentBuilder::new().timeout_connect(TIMEOUT).timeout_read(TIMEOUT).build()
}

/// The whole body of `url`. Waits and tries again after 429, 5xx and broken connections.
pub fn get(agent: &ureq::Agent, url: &str) -> Result<Vec<u8>> {
    let mut wait = FIRST_WAIT;
    let mut problem = String::new();
    for attempt in 0..ATTEMPTS {
        if attempt > 0 {
            std::thread::sleep(wait);
            wait = (wait * 2).min(LONGEST_WAIT);
        }
        match agent.get(url).call() {
            Ok(response) => match body(response) {
                Ok(bytes) => return Ok(bytes),
                Err(error) => problem = error.to_string(),
            },
            Err(ureq::Error::Status(code, response)) if code == 429 || code >= 500 => {
                problem = format!("status {code}");
                if let Some(seconds) = response.header("Retry-After").and_then(|s| s.parse().ok()) {
                    wait = Duration::from_secs(seconds).min(LONGEST_WAIT);
                }
            }
            Err(ureq::Error::Status(code, _)) => {
                bail!("{url}: status {code}; check the address, the revision and your network")
            }
            Err(error) => problem = error.to_string(),
        }
    }
    bail!("{url}: {problem} after {ATTEMPTS} attempts; try again later, what has arrived is kept")
}

/// Reads the body and compares its length with what the server announced.
fn body(response: ureq::Response) -> Result<Vec<u8>> {
    let announced: Option<u64> = response.header("Content-Length").and_then(|n| n.parse().ok());
    let mut bytes = Vec::new();
    response.into_reader().take(LARGEST_BODY).read_to_end(&mut bytes)?;
    match announced {
        Some(length) if length != bytes.len() as u64 => {
            bail!("{} bytes came, {length} were announced", bytes.len())
        }
        _ => Ok(bytes),
    }
}
