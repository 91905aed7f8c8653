//! One request to the Hub at a time: redirects by hand, ranges checked, failures tried again.
//!
//! Redirects are followed here rather than by the HTTP library because the token must reach the
//! Hub's own host at each hop and no other host at any.

use super::retry::RetryPolicy;
use super::url::{join, origin};
use super::{HubConfig, Token};
use crate::{Error, Result};
use serde::de::DeserializeOwned;
use std::io::Read;
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// The most hops of one request; the Hub needs two.
const MOST_REDIRECTS: usize = 10;
/// The largest listing or revision; a page of a thousand files is below one megabyte.
const MOST_JSON: u64 = 64 << 20;

/// What went over the wire.
#[derive(Debug, Default)]
pub struct Traffic {
    requests: AtomicU64,
    bytes: AtomicU64,
}

impl Traffic {
    /// Requests sent, hops of redirects and failed attempts included.
    pub fn requests(&self) -> u64 {
        self.requests.load(Ordering::Relaxed)
    }

    /// Bytes of bodies received, those of failed attempts included.
    pub fn bytes(&self) -> u64 {
        self.bytes.load(Ordering::Relaxed)
    }
}

/// A connection to one Hub on behalf of one dataset.
pub(super) struct Client {
    agent: ureq::Agent,
    endpoint: String,
    token: Option<Token>,
    retry: RetryPolicy,
    /// Dataset and revision, for messages.
    subject: String,
    traffic: Arc<Traffic>,
}

/// Why an attempt failed.
enum Failure {
    /// It may pass; the server may have said when.
    Passing { problem: String, after: Option<Duration> },
    /// It will not.
    Lasting(Box<Error>),
}

impl Client {
    /// Sets up; nothing is sent yet.
    pub fn new(config: &HubConfig, traffic: Arc<Traffic>) -> Result<Self> {
        let endpoint = config.environment.endpoint.trim_end_matches('/').to_string();
        if origin(&endpoint).is_none() {
            return Err(Error::Config(format!(
                "the Hub's endpoint {endpoint} is not an address; expected http(s)://host"
            )));
        }
        // A connection that this library keeps for reuse loses its timeouts, so that a server which
        // falls silent would hold a run for ever. A handshake a request is the smaller price.
        let agent = ureq::AgentBuilder::new()
            .max_idle_connections(0)
            .redirects(0)
            .timeout_connect(config.retry.connect_timeout)
            .timeout_read(config.retry.read_timeout)
            .timeout_write(config.retry.read_timeout)
            .user_agent(concat!("story-data/", env!("CARGO_PKG_VERSION")))
            .build();
        Ok(Self {
            agent,
            endpoint,
            token: config.environment.token.clone(),
            retry: config.retry.clone(),
            subject: format!("dataset {}, revision {}", config.repository, config.revision),
            traffic,
        })
    }

    /// Scheme and host of the Hub.
    pub fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// A JSON document, and the address of its next page where there is one.
    pub fn json<T: DeserializeOwned>(&self, url: &str) -> Result<(T, Option<String>)> {
        let (body, next) = self.with_retries(url, || {
            let response = self.follow(url, None)?;
            let next = response.header("link").and_then(next_page);
            let body = self.body(response.into_reader(), MOST_JSON)?;
            Ok((body, next))
        })?;
        let document = serde_json::from_slice(&body).map_err(|error| Error::Network {
            url: url.into(),
            problem: format!("the answer is not what a Hub gives: {error}"),
            remedy: "check HF_ENDPOINT, and whether the network shows a login page".into(),
        })?;
        Ok((document, next))
    }

    /// The bytes of `range`, which is not empty, of a file of `size` bytes.
    pub fn range(&self, url: &str, range: Range<u64>, size: u64) -> Result<Vec<u8>> {
        self.with_retries(url, || {
            let response = self.follow(url, Some(&range))?;
            let (status, whole) = (response.status(), range == (0..size));
            let label = response.header("content-range").map(str::to_owned);
            match (status, label) {
                (206, label) => check_label(label.as_deref(), &range, size)?,
                // All of the file was asked for and all of it came.
                (200, _) if whole => {}
                _ => {
                    let problem = format!(
                        "the server ignored the byte range (status {status}); if it does so \
                         always, fetch the dataset and read it as local parquet"
                    );
                    return Err(Failure::Passing { problem, after: None });
                }
            }
            let wanted = range.end - range.start;
            let body = self.body(response.into_reader(), wanted + 1)?;
            if body.len() as u64 == wanted {
                return Ok(body);
            }
            let problem = format!("a body of {} bytes instead of {wanted}", body.len());
            Err(Failure::Passing { problem, after: None })
        })
    }

    fn with_retries<T>(
        &self,
        url: &str,
        attempt: impl Fn() -> std::result::Result<T, Failure>,
    ) -> Result<T> {
        let attempts = self.retry.attempts.max(1);
        let mut number = 1;
        loop {
            let (problem, after) = match attempt() {
                Ok(value) => return Ok(value),
                Err(Failure::Lasting(error)) => return Err(*error),
                Err(Failure::Passing { problem, after }) => (problem, after),
            };
            if number == attempts {
                return Err(Error::Network {
                    url: url.into(),
                    problem: format!("{problem} ({}; {attempts} attempts)", self.subject),
                    remedy: "try again later, check the network and HF_ENDPOINT, or fetch the \
                             dataset into the cache"
                        .into(),
                });
            }
            (self.retry.sleep)(self.retry.wait(url, number, after));
            number += 1;
        }
    }

    /// Sends the request and follows redirects to the answer, whose status is 2xx.
    fn follow(
        &self,
        url: &str,
        range: Option<&Range<u64>>,
    ) -> std::result::Result<ureq::Response, Failure> {
        let mut place = url.to_string();
        for _ in 0..=MOST_REDIRECTS {
            self.traffic.requests.fetch_add(1, Ordering::Relaxed);
            let mut request = self.agent.get(&place);
            if let Some(range) = range {
                request = request.set("Range", &format!("bytes={}-{}", range.start, range.end - 1));
            }
            if let Some(token) = &self.token
                && origin(&place) == origin(&self.endpoint)
            {
                request = request.set("Authorization", &token.header());
            }
            let response = match request.call() {
                Ok(response) => response,
                Err(ureq::Error::Status(status, response)) => {
                    return Err(self.refused(url, status, &response));
                }
                Err(ureq::Error::Transport(error)) => {
                    let problem = error.to_string();
                    return Err(Failure::Passing { problem, after: None });
                }
            };
            if !(300..400).contains(&response.status()) {
                return Ok(response);
            }
            let target = response.header("location").and_then(|to| join(&place, to));
            let Some(target) = target else {
                let problem = format!("status {} leads nowhere", response.status());
                return Err(Failure::Passing { problem, after: None });
            };
            place = target;
        }
        Err(Failure::Lasting(Box::new(Error::Network {
            url: url.into(),
            problem: format!("more than {MOST_REDIRECTS} redirects, the last to {place}"),
            remedy: "check HF_ENDPOINT".into(),
        })))
    }

    fn refused(&self, url: &str, status: u16, response: &ureq::Response) -> Failure {
        let note = response
            .header("x-error-message")
            .or_else(|| response.header("x-error-code"))
            .unwrap_or_else(|| response.status_text());
        let problem = format!("status {status}, {note}");
        if status == 429 || status == 408 || status >= 500 {
            let seconds = response.header("retry-after").and_then(|text| text.trim().parse().ok());
            let after = seconds.map(Duration::from_secs);
            return Failure::Passing { problem, after };
        }
        let remedy = match status {
            401 => {
                "check the spelling of repository and revision; where the dataset is private or \
                 gated, set HF_TOKEN to a valid token"
            }
            403 => {
                "accept the dataset's conditions on its page, and set HF_TOKEN to a token that \
                 may read it"
            }
            404 => {
                "check the spelling of repository and revision, and that the dataset keeps \
                 parquet files in its folder data"
            }
            416 => "the file is shorter than its listing says: name a revision that is whole",
            _ => "check repository, revision and HF_ENDPOINT",
        };
        Failure::Lasting(Box::new(Error::Network {
            url: url.into(),
            problem: format!("{problem} ({})", self.subject),
            remedy: remedy.into(),
        }))
    }

    fn body(&self, reader: impl Read, most: u64) -> std::result::Result<Vec<u8>, Failure> {
        let mut body = Vec::new();
        let result = reader.take(most).read_to_end(&mut body);
        self.traffic.bytes.fetch_add(body.len() as u64, Ordering::Relaxed);
        match result {
            Ok(_) => Ok(body),
            Err(error) => Err(Failure::Passing {
                problem: format!("the connection broke after {} bytes: {error}", body.len()),
                after: None,
            }),
        }
    }
}

/// `Content-Range: bytes 0-99/1234` must be the range that was asked for.
fn check_label(
    label: Option<&str>,
    range: &Range<u64>,
    size: u64,
) -> std::result::Result<(), Failure> {
    let expected = format!("bytes {}-{}/", range.start, range.end - 1);
    let total = label.and_then(|label| label.strip_prefix(&expected));
    let fits = total.is_some_and(|total| total == "*" || total.parse() == Ok(size));
    if fits {
        return Ok(());
    }
    let found = label.unwrap_or("none");
    Err(Failure::Passing {
        problem: format!("Content-Range is {found}; expected {expected}{size}"),
        after: None,
    })
}

/// The target of `rel="next"` in a `Link` header.
fn next_page(header: &str) -> Option<String> {
    header.split(',').find_map(|link| {
        let (target, rest) = link.trim().strip_prefix('<')?.split_once('>')?;
        let next = rest.split(';').any(|part| matches!(part.trim(), "rel=\"next\"" | "rel=next"));
        next.then(|| target.to_string())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_page_is_found() {
        let header = "<http://h/a?c=1>; rel=\"prev\", <http://h/a?c=2>; rel=\"next\"";
        assert_eq!(next_page(header).as_deref(), Some("http://h/a?c=2"));
        assert_eq!(next_page("<http://h/a>; rel=\"last\""), None);
    }

    #[test]
    fn a_label_must_name_the_range_and_the_size() {
        let check = |label: &str| check_label(Some(label), &(10..20), 100).is_ok();
        assert!(check("bytes 10-19/100") && check("bytes 10-19/*"));
        assert!(!check("bytes 10-19/101") && !check("bytes 10-20/100") && !check("x"));
        assert!(check_label(None, &(10..20), 100).is_err());
    }
}
