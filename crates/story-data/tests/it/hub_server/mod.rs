//! A small HTTP/1.1 server that behaves like the Hugging Face Hub for one dataset: revisions, tree
//! listings with pages, files with redirects and byte ranges. Each request can be made to fail in
//! a chosen way. It uses std alone, so that other crates' tests include it by path.

#![allow(dead_code)]

mod answers;
mod http;

use answers::answer;
use http::{Reply, read_request};
use std::collections::BTreeMap;
use std::io::BufReader;
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// The commit that every branch of the served dataset stands for.
pub const COMMIT: &str = "0123456789abcdef0123456789abcdef01234567";

/// How a request fails.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Fault {
    /// This status and no body.
    Status(u16),
    /// 429 with `Retry-After` in seconds.
    TooMany(u64),
    /// The connection ends after half of the body.
    CutBody,
    /// The connection ends before any answer.
    CutBefore,
    /// A body of half the length, with a `Content-Length` to match.
    ShortBody,
    /// 200 with the whole file instead of the range.
    IgnoreRange,
    /// The right bytes under a wrong `Content-Range`.
    WrongLabel,
    /// Silence for so long, then nothing.
    Slow(Duration),
}

/// Where a file's bytes are.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Redirects {
    /// At the address itself.
    None,
    /// At another path of the same host.
    Relative,
    /// On another host, after a hop on the same one, as the public Hub does it.
    OtherHost,
}

/// How the server behaves apart from faults.
#[derive(Debug, Clone)]
pub struct Options {
    /// Files on one page of a listing.
    pub page: usize,
    /// Where a file's bytes are.
    pub redirects: Redirects,
    /// The token without which the Hub's own host answers 401.
    pub token: Option<String>,
}

impl Default for Options {
    fn default() -> Self {
        Self { page: 1000, redirects: Redirects::None, token: None }
    }
}

/// A request that came in.
#[derive(Debug, Clone)]
pub struct Seen {
    /// Whether it reached the other host that [`Redirects::OtherHost`] leads to.
    pub other_host: bool,
    /// Path and query.
    pub path: String,
    /// The `Authorization` header.
    pub authorization: Option<String>,
    /// The `Range` header.
    pub range: Option<String>,
}

struct State {
    repository: String,
    files: BTreeMap<String, Vec<u8>>,
    options: Options,
    other_host: String,
    seen: Mutex<Vec<Seen>>,
    faults: Mutex<Vec<(String, Fault, bool)>>,
    stop: AtomicBool,
}

/// The running server; it ends when dropped.
pub struct HubServer {
    endpoint: String,
    state: Arc<State>,
}

impl HubServer {
    /// Serves `files` (path within the dataset to bytes) as the dataset `repository`.
    pub fn start(repository: &str, files: BTreeMap<String, Vec<u8>>, options: Options) -> Self {
        let hub = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let other = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = |listener: &TcpListener| {
            let address = listener.local_addr().expect("a bound port");
            format!("http://{address}")
        };
        let endpoint = address(&hub);
        let state = Arc::new(State {
            repository: repository.into(),
            files,
            options,
            other_host: address(&other),
            seen: Mutex::default(),
            faults: Mutex::default(),
            stop: AtomicBool::new(false),
        });
        listen(hub, Arc::clone(&state), false);
        listen(other, Arc::clone(&state), true);
        Self { endpoint, state }
    }

    /// Serves the parquet files of a folder in the Hub's layout.
    pub fn serve_folder(repository: &str, folder: &Path, options: Options) -> Self {
        let mut files = BTreeMap::new();
        for entry in std::fs::read_dir(folder.join("data")).expect("a folder data") {
            let path = entry.expect("an entry").path();
            let name = path.file_name().expect("a name").to_string_lossy().into_owned();
            files.insert(format!("data/{name}"), std::fs::read(&path).expect("a file"));
        }
        Self::start(repository, files, options)
    }

    /// What `HF_ENDPOINT` should be.
    pub fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// The next request whose path holds `part` fails; several faults come in order.
    pub fn inject(&self, part: &str, fault: Fault) {
        let mut faults = self.state.faults.lock().expect("no panic while held");
        faults.push((part.into(), fault, false));
    }

    /// Every request whose path holds `part` fails.
    pub fn inject_always(&self, part: &str, fault: Fault) {
        let mut faults = self.state.faults.lock().expect("no panic while held");
        faults.push((part.into(), fault, true));
    }

    /// Faults that have not struck yet.
    pub fn faults_left(&self) -> usize {
        let faults = self.state.faults.lock().expect("no panic while held");
        faults.iter().filter(|(_, _, always)| !always).count()
    }

    /// All requests so far.
    pub fn seen(&self) -> Vec<Seen> {
        self.state.seen.lock().expect("no panic while held").clone()
    }
}

impl Drop for HubServer {
    fn drop(&mut self) {
        self.state.stop.store(true, Ordering::SeqCst);
        // A connection wakes each listener, which then sees the flag.
        for address in [&self.endpoint, &self.state.other_host] {
            let _ = TcpStream::connect(address.trim_start_matches("http://"));
        }
    }
}

fn listen(listener: TcpListener, state: Arc<State>, other_host: bool) {
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            if state.stop.load(Ordering::SeqCst) {
                return;
            }
            let state = Arc::clone(&state);
            if let Ok(stream) = stream {
                std::thread::spawn(move || serve(stream, &state, other_host));
            }
        }
    });
}

/// Answers requests on one connection until it ends or a fault ends it.
fn serve(stream: TcpStream, state: &State, other_host: bool) -> Option<()> {
    let mut reader = BufReader::new(stream.try_clone().ok()?);
    let mut stream = stream;
    loop {
        let request = read_request(&mut reader, other_host)?;
        state.seen.lock().ok()?.push(request.clone());
        let mut reply = answer(state, &request);
        let mut body_sent = None;
        match take_fault(state, &request.path) {
            None => {}
            Some(Fault::Status(status)) => reply = Reply::status(status),
            Some(Fault::TooMany(seconds)) => {
                reply = Reply::status(429);
                reply.headers.push(("Retry-After".into(), seconds.to_string()));
            }
            Some(Fault::CutBody) => body_sent = Some(reply.body.len() / 2),
            Some(Fault::CutBefore) => return None,
            Some(Fault::ShortBody) => reply.body.truncate(reply.body.len() / 2),
            Some(Fault::IgnoreRange) => {
                let whole = Seen { range: None, ..request.clone() };
                reply = answer(state, &whole);
            }
            Some(Fault::WrongLabel) => {
                for (name, value) in &mut reply.headers {
                    if name == "Content-Range" {
                        *value = "bytes 1-2/3".into();
                    }
                }
            }
            Some(Fault::Slow(silence)) => {
                std::thread::sleep(silence);
                return None;
            }
        }
        reply.send(&mut stream, body_sent)?;
        if body_sent.is_some() {
            return None;
        }
    }
}

fn take_fault(state: &State, path: &str) -> Option<Fault> {
    let mut faults = state.faults.lock().ok()?;
    let index = faults.iter().position(|(part, _, _)| path.contains(part.as_str()))?;
    match faults[index].2 {
        true => Some(faults[index].1),
        false => Some(faults.remove(index).1),
    }
}
