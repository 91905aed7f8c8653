//! One request at a time: redirects by hand, ranges checked, failures tried again.
//!
//! Redirects are followed here rather than by the HTTP library because the token must reach the
//! endpoint's origin (scheme, host, port) at each hop and no other origin at any.

mod answer;
mod body;
pub(crate) mod download;

use crate::{Error, Event, HubEnvironment, Progress, Result, RetryPolicy, Token};
pub(crate) use answer::Announced;
use answer::{check_label, next_page, refused, shown};
use body::Paced;
use serde::de::DeserializeOwned;
use std::fmt;
use std::io::Read;
use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::Duration;
use url::{Origin, Url};

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

/// A connection to one Hub. Clones share it, and count their traffic together.
#[derive(Clone)]
pub struct Client {
    agent: ureq::Agent,
    endpoint: String,
    origin: Origin,
    token: Option<Token>,
    retry: RetryPolicy,
    progress: Progress,
    /// What is read on behalf of, for messages.
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

impl Failure {
    fn passing(problem: impl Into<String>) -> Self {
        Self::Passing { problem: problem.into(), after: None }
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Lasting(Box::new(error))
    }
}

type Attempt<T> = std::result::Result<T, Failure>;

/// Which bytes of a file.
enum Bytes {
    All,
    Within(Range<u64>),
    From(u64),
}

/// The end of a chain of redirects.
struct Answer {
    response: ureq::Response,
    announced: Announced,
}

impl Client {
    pub(crate) fn new(
        environment: &HubEnvironment,
        retry: RetryPolicy,
        progress: Progress,
    ) -> Result<Self> {
        let endpoint = environment.endpoint.trim_end_matches('/').to_string();
        let url = Url::parse(&endpoint).ok().filter(is_web);
        let Some(url) = url else {
            return Err(Error::Config(format!(
                "the Hub's endpoint {endpoint} is not an address; expected http(s)://host"
            )));
        };
        // A connection that this library keeps for reuse loses its timeouts, so that a server which
        // falls silent would hold a run for ever. A handshake a request is the smaller price.
        let agent = ureq::AgentBuilder::new()
            .max_idle_connections(0)
            .redirects(0)
            .timeout_connect(retry.connect_timeout)
            .timeout_read(retry.read_timeout)
            .timeout_write(retry.read_timeout)
            .user_agent(concat!("story-hub/", env!("CARGO_PKG_VERSION")))
            .build();
        Ok(Self {
            agent,
            origin: url.origin(),
            subject: endpoint.clone(),
            endpoint,
            token: environment.token.clone(),
            retry,
            progress,
            traffic: Arc::default(),
        })
    }

    /// The same connection on behalf of `subject`, which messages name.
    #[must_use]
    pub fn about(&self, subject: impl Into<String>) -> Self {
        Self { subject: subject.into(), ..self.clone() }
    }

    /// Scheme and host of the Hub.
    pub(crate) fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// Requests and bytes so far, of all clones.
    pub fn traffic(&self) -> Arc<Traffic> {
        Arc::clone(&self.traffic)
    }

    /// A JSON document, and the address of its next page where there is one.
    ///
    /// # Errors
    /// Where it does not come after all retries, is refused, or is no such document.
    pub fn json<T: DeserializeOwned>(&self, url: &str) -> Result<(T, Option<String>)> {
        let (body, next) = self.with_retries(url, || {
            let response = self.follow(url, &Bytes::All)?.response;
            let next = response.header("link").and_then(next_page);
            let next = next.and_then(|next| joined(url, &next));
            Ok((self.body(response, MOST_JSON)?, next))
        })?;
        let document = serde_json::from_slice(&body).map_err(|error| {
            Error::network(
                url,
                format!("the answer is not what a Hub gives: {error}"),
                "check HF_ENDPOINT, and whether the network shows a login page",
            )
        })?;
        Ok((document, next))
    }

    /// The whole of a file of at most `most` bytes.
    ///
    /// # Errors
    /// As [`json`](Self::json), and where it is longer.
    pub fn get(&self, url: &str, most: u64) -> Result<Vec<u8>> {
        let body = self.with_retries(url, || {
            let response = self.follow(url, &Bytes::All)?.response;
            self.body(response, most + 1)
        })?;
        if body.len() as u64 <= most {
            return Ok(body);
        }
        let problem = format!("more than {most} bytes came");
        Err(Error::network(url, problem, "that is not what was asked for; check the address"))
    }

    /// The bytes of `range`, which is not empty, of a file of `size` bytes.
    ///
    /// # Errors
    /// As [`json`](Self::json), and where the server does not keep to the range.
    pub fn range(&self, url: &str, range: Range<u64>, size: u64) -> Result<Vec<u8>> {
        self.with_retries(url, || {
            let response = self.follow(url, &Bytes::Within(range.clone()))?.response;
            let (status, whole) = (response.status(), range == (0..size));
            match status {
                206 => check_label(response.header("content-range"), &range, size)?,
                // All of the file was asked for and all of it came.
                200 if whole => {}
                _ => {
                    return Err(Failure::passing(format!(
                        "the server ignored the byte range (status {status}); if it does so \
                         always, fetch the dataset and read it as local parquet"
                    )));
                }
            }
            let wanted = range.end - range.start;
            let body = self.body(response, wanted + 1)?;
            if body.len() as u64 == wanted {
                return Ok(body);
            }
            Err(Failure::passing(format!("a body of {} bytes instead of {wanted}", body.len())))
        })
    }

    fn with_retries<T>(&self, url: &str, mut attempt: impl FnMut() -> Attempt<T>) -> Result<T> {
        let attempts = self.retry.attempts.max(1);
        let mut number = 1;
        loop {
            let (problem, after) = match attempt() {
                Ok(value) => return Ok(value),
                Err(Failure::Lasting(error)) => return Err(*error),
                Err(Failure::Passing { problem, after }) => (problem, after),
            };
            if number == attempts {
                // The address begins with the endpoint.
                let subject = match self.subject == self.endpoint {
                    true => String::new(),
                    false => format!("{}; ", self.subject),
                };
                return Err(Error::network(
                    url,
                    format!("{problem} ({subject}{attempts} attempts)"),
                    "try again later (a download goes on where it broke), check the network and \
                     HF_ENDPOINT, or fetch it into the cache where the network is better",
                ));
            }
            let wait = self.retry.wait(url, number, after);
            self.progress.tell(Event::Waiting { url, problem: &problem, wait });
            (self.retry.sleep)(wait);
            number += 1;
        }
    }

    /// Sends the request and follows redirects to the answer, whose status is 2xx.
    fn follow(&self, url: &str, bytes: &Bytes) -> Attempt<Answer> {
        let asked = Url::parse(url).ok().filter(is_web).ok_or_else(|| {
            Error::network(url, "is no web address", "check HF_ENDPOINT and the names in it")
        })?;
        let mut place = asked;
        let mut announced = Announced::default();
        for _ in 0..=MOST_REDIRECTS {
            let response = self.call(url, &place, bytes)?;
            if place.origin() == self.origin {
                announced.note(&response);
            }
            if !(300..400).contains(&response.status()) {
                return Ok(Answer { response, announced });
            }
            let target = response.header("location").and_then(|to| place.join(to).ok());
            place = target.filter(is_web).ok_or_else(|| {
                Failure::passing(format!("status {} leads nowhere", response.status()))
            })?;
        }
        Err(Error::network(
            url,
            format!("more than {MOST_REDIRECTS} redirects, the last to {}", shown(&place)),
            "check HF_ENDPOINT",
        )
        .into())
    }

    /// One hop. The head of the answer must come within the limits to connect and to read together:
    /// the library's own limits begin anew with each byte.
    fn call(&self, url: &str, place: &Url, bytes: &Bytes) -> Attempt<ureq::Response> {
        self.traffic.requests.fetch_add(1, Ordering::Relaxed);
        let mut request = self.agent.request_url("GET", place);
        match bytes {
            Bytes::All => {}
            Bytes::Within(range) => {
                request = request.set("Range", &format!("bytes={}-{}", range.start, range.end - 1));
            }
            Bytes::From(start) => request = request.set("Range", &format!("bytes={start}-")),
        }
        if let Some(token) = &self.token
            && place.origin() == self.origin
        {
            request = request.set("Authorization", &token.header());
        }
        let (sender, receiver) = mpsc::channel();
        thread::Builder::new()
            .name("hub-request".into())
            .spawn(move || {
                let _ = sender.send(request.call());
            })
            .map_err(|error| Failure::passing(format!("no thread for a request: {error}")))?;
        let limit = self.retry.connect_timeout + self.retry.read_timeout;
        match receiver.recv_timeout(limit) {
            Ok(Ok(response)) => Ok(response),
            Ok(Err(ureq::Error::Status(status, response))) => {
                Err(refused(url, &self.subject, status, &response))
            }
            Ok(Err(ureq::Error::Transport(error))) => Err(Failure::passing(without(url, &error))),
            Err(_) => Err(Failure::passing(format!("no answer within {limit:?}"))),
        }
    }

    fn body(&self, response: ureq::Response, most: u64) -> Attempt<Vec<u8>> {
        let mut body = Vec::new();
        let result = self.paced(response).take(most).read_to_end(&mut body);
        self.traffic.bytes.fetch_add(body.len() as u64, Ordering::Relaxed);
        match result {
            Ok(_) => Ok(body),
            Err(error) => Err(Failure::passing(format!(
                "the connection broke after {} bytes: {error}",
                body.len()
            ))),
        }
    }

    fn paced(&self, response: ureq::Response) -> impl Read + use<> {
        Paced::new(response.into_reader(), self.retry.least_rate, self.retry.rate_window)
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Client")
            .field("endpoint", &self.endpoint)
            .field("subject", &self.subject)
            .finish_non_exhaustive()
    }
}

/// What a connection said, without the address that the message around it begins with.
fn without(url: &str, error: &ureq::Transport) -> String {
    let text = error.to_string();
    text.strip_prefix(url).and_then(|rest| rest.strip_prefix(": ")).unwrap_or(&text).to_string()
}

fn is_web(url: &Url) -> bool {
    matches!(url.scheme(), "http" | "https")
}

fn joined(base: &str, target: &str) -> Option<String> {
    let url = Url::parse(base).ok()?.join(target).ok()?;
    is_web(&url).then(|| url.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_page_is_on_the_web() {
        assert_eq!(joined("http://h/a/b?x", "c?d").as_deref(), Some("http://h/a/c?d"));
        assert_eq!(joined("http://h/a", "ftp://h/b"), None);
    }

    #[test]
    fn an_endpoint_is_a_web_address() {
        for endpoint in ["host", "ftp://host", "http://"] {
            let environment = HubEnvironment::new(endpoint, "cache");
            let client = Client::new(&environment, RetryPolicy::default(), Progress::silent());
            assert!(matches!(client, Err(Error::Config(_))), "{endpoint}");
        }
    }
}
