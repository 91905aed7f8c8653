//! A small HTTP/1.1 server that behaves like the Hugging Face Hub for one repository, for tests:
//! revisions with their files, tree listings with pages, files with redirects, byte ranges and
//! digests. Each request can be made to fail in a chosen way. Only with the feature `testing`.
#![allow(clippy::expect_used)] // a test fails by it

mod answers;
mod http;

use crate::Kind;
use crate::digest::Digest;
use answers::answer;
use http::{Body, Reply, read_request};
use std::collections::BTreeMap;
use std::io::BufReader;
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// The commit that every branch of the served repository stands for.
pub const COMMIT: &str = "0123456789abcdef0123456789abcdef01234567";
/// The licence that the served repository's card names.
pub const LICENCE: &str = "apache-2.0";

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
    /// The right length, other bytes.
    Flip,
    /// 200 with the whole file instead of the range.
    IgnoreRange,
    /// The right bytes under a wrong `Content-Range`.
    WrongLabel,
    /// Silence for so long, then nothing.
    Slow(Duration),
    /// The head of the answer byte by byte, each after so long.
    TrickleHead(Duration),
    /// The body byte by byte, each after so long.
    TrickleBody(Duration),
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
    /// Nowhere: each address leads to itself.
    Itself,
}

/// What a repository's card says of its files.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Listing {
    /// Names, sizes and digests, as the public Hub does it.
    Whole,
    /// Names alone: sizes and digests stand in the headers of the files.
    Names,
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
    /// What the card says of the files.
    pub listing: Listing,
    /// Digests that are announced instead of the true ones, by path.
    pub announced: BTreeMap<String, String>,
    /// A file that each listing names twice.
    pub twice: Option<String>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            page: 1000,
            redirects: Redirects::None,
            token: None,
            listing: Listing::Whole,
            announced: BTreeMap::new(),
            twice: None,
        }
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
    kind: Kind,
    repository: String,
    files: BTreeMap<String, Vec<u8>>,
    options: Options,
    other_host: String,
    seen: Mutex<Vec<Seen>>,
    faults: Mutex<Vec<(String, Fault, bool)>>,
    stop: AtomicBool,
}

impl State {
    /// What the Hub calls a file's content: the SHA-256 of a large file, git's id of a small one.
    fn digest(&self, path: &str) -> String {
        if let Some(announced) = self.options.announced.get(path) {
            return announced.clone();
        }
        let bytes = self.files.get(path).map_or(&[][..], Vec::as_slice);
        let kind = match is_large(path) {
            true => Digest::Sha256(String::new()),
            false => Digest::Git(String::new()),
        };
        kind.of(bytes, bytes.len() as u64).expect("bytes in memory")
    }
}

/// Whether the Hub keeps such a file apart from git.
fn is_large(path: &str) -> bool {
    ![".json", ".txt", ".md"].iter().any(|end| path.ends_with(end))
}

/// The running server; it ends when dropped.
pub struct HubServer {
    endpoint: String,
    state: Arc<State>,
}

impl HubServer {
    /// Serves `files` (path within the dataset to bytes) as the dataset `repository`.
    ///
    /// # Panics
    /// Where no port is free.
    pub fn start(repository: &str, files: BTreeMap<String, Vec<u8>>, options: Options) -> Self {
        Self::serve(Kind::Dataset, repository, files, options)
    }

    /// Serves `files` (path and bytes) as the model `repository`.
    ///
    /// # Panics
    /// Where no port is free.
    pub fn model(repository: &str, files: &[(&str, &[u8])], options: Options) -> Self {
        let files = files.iter().map(|(path, bytes)| (path.to_string(), bytes.to_vec())).collect();
        Self::serve(Kind::Model, repository, files, options)
    }

    /// Serves the parquet files of a folder in the Hub's layout.
    ///
    /// # Panics
    /// Where the folder cannot be read, or no port is free.
    pub fn serve_folder(repository: &str, folder: &Path, options: Options) -> Self {
        let mut files = BTreeMap::new();
        for entry in std::fs::read_dir(folder.join("data")).expect("a folder data") {
            let path = entry.expect("an entry").path();
            let name = path.file_name().expect("a name").to_string_lossy().into_owned();
            files.insert(format!("data/{name}"), std::fs::read(&path).expect("a file"));
        }
        Self::start(repository, files, options)
    }

    fn serve(
        kind: Kind,
        repository: &str,
        files: BTreeMap<String, Vec<u8>>,
        options: Options,
    ) -> Self {
        let hub = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let other = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = |listener: &TcpListener| {
            let address = listener.local_addr().expect("a bound port");
            format!("http://{address}")
        };
        let endpoint = address(&hub);
        let state = Arc::new(State {
            kind,
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

    /// What `HF_ENDPOINT` should be.
    pub fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// Where files lie by their bare paths, on another host than the endpoint.
    pub fn file_address(&self) -> String {
        format!("{}/bytes", self.state.other_host)
    }

    /// The next request whose path holds `part` fails; several faults come in order.
    pub fn inject(&self, part: &str, fault: Fault) {
        locked(&self.state.faults).push((part.into(), fault, false));
    }

    /// Every request whose path holds `part` fails.
    pub fn inject_always(&self, part: &str, fault: Fault) {
        locked(&self.state.faults).push((part.into(), fault, true));
    }

    /// Faults that have not struck yet.
    pub fn faults_left(&self) -> usize {
        locked(&self.state.faults).iter().filter(|(_, _, always)| !always).count()
    }

    /// All requests so far.
    pub fn seen(&self) -> Vec<Seen> {
        locked(&self.state.seen).clone()
    }

    /// The digest that is announced of a file.
    pub fn digest(&self, path: &str) -> String {
        self.state.digest(path)
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

fn locked<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn listen(listener: TcpListener, state: Arc<State>, other_host: bool) {
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            if state.stop.load(Ordering::SeqCst) {
                return;
            }
            let state = Arc::clone(&state);
            if let Ok(stream) = stream {
                std::thread::spawn(move || converse(stream, &state, other_host));
            }
        }
    });
}

/// Answers requests on one connection until it ends or a fault ends it.
fn converse(stream: TcpStream, state: &State, other_host: bool) -> Option<()> {
    let mut reader = BufReader::new(stream.try_clone().ok()?);
    let mut stream = stream;
    loop {
        let request = read_request(&mut reader, other_host)?;
        locked(&state.seen).push(request.clone());
        let mut reply = answer(state, &request);
        let mut body = Body::Whole;
        match take_fault(state, &request.path) {
            None => {}
            Some(Fault::Status(status)) => reply = Reply::status(status),
            Some(Fault::TooMany(seconds)) => {
                reply = Reply::status(429);
                reply.headers.push(("Retry-After".into(), seconds.to_string()));
            }
            Some(Fault::CutBody) => body = Body::Cut(reply.body.len() / 2),
            Some(Fault::CutBefore) => return None,
            Some(Fault::ShortBody) => reply.body.truncate(reply.body.len() / 2),
            Some(Fault::Flip) => reply.body.iter_mut().for_each(|byte| *byte ^= 1),
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
            Some(Fault::TrickleHead(pause)) => body = Body::TrickledWithHead(pause),
            Some(Fault::TrickleBody(pause)) => body = Body::Trickled(pause),
        }
        reply.send(&mut stream, &body)?;
        if matches!(body, Body::Cut(_)) {
            return None;
        }
    }
}

fn take_fault(state: &State, path: &str) -> Option<Fault> {
    let mut faults = locked(&state.faults);
    let index = faults.iter().position(|(part, _, _)| path.contains(part.as_str()))?;
    let (_, fault, always) = faults[index].clone();
    if !always {
        faults.remove(index);
    }
    Some(fault)
}
