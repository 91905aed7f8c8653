//! A small HTTP/1.1 server that behaves like the Hugging Face Hub for one dataset: revisions, tree
//! listings with pages, files with redirects and byte ranges. Each request can be made to fail in
//! a chosen way. It uses std alone, so that other crates' tests include it by path.

#![allow(dead_code)]

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
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
        Self {
            page: 1000,
            redirects: Redirects::None,
            token: None,
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
            let name = path
                .file_name()
                .expect("a name")
                .to_string_lossy()
                .into_owned();
            files.insert(
                format!("data/{name}"),
                std::fs::read(&path).expect("a file"),
            );
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
                reply
                    .headers
                    .push(("Retry-After".into(), seconds.to_string()));
            }
            Some(Fault::CutBody) => body_sent = Some(reply.body.len() / 2),
            Some(Fault::CutBefore) => return None,
            Some(Fault::ShortBody) => reply.body.truncate(reply.body.len() / 2),
            Some(Fault::IgnoreRange) => {
                let whole = Seen {
                    range: None,
                    ..request.clone()
                };
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
        let mut head = format!("HTTP/1.1 {} Status\r\n", reply.status);
        for (name, value) in &reply.headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        head.push_str(&format!("Content-Length: {}\r\n\r\n", reply.body.len()));
        stream.write_all(head.as_bytes()).ok()?;
        stream
            .write_all(&reply.body[..body_sent.unwrap_or(reply.body.len())])
            .ok()?;
        stream.flush().ok()?;
        if body_sent.is_some() {
            return None;
        }
    }
}

fn read_request(reader: &mut BufReader<TcpStream>, other_host: bool) -> Option<Seen> {
    let mut line = String::new();
    reader.read_line(&mut line).ok()?;
    let mut seen = Seen {
        other_host,
        path: line.split_whitespace().nth(1)?.to_string(),
        authorization: None,
        range: None,
    };
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        let Some((name, value)) = line.trim_end().split_once(':') else {
            return line.trim().is_empty().then_some(seen);
        };
        let value = value.trim().to_string();
        match name.to_lowercase().as_str() {
            "authorization" => seen.authorization = Some(value),
            "range" => seen.range = Some(value),
            _ => {}
        }
    }
}

fn take_fault(state: &State, path: &str) -> Option<Fault> {
    let mut faults = state.faults.lock().ok()?;
    let index = faults
        .iter()
        .position(|(part, _, _)| path.contains(part.as_str()))?;
    match faults[index].2 {
        true => Some(faults[index].1),
        false => Some(faults.remove(index).1),
    }
}

struct Reply {
    status: u16,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl Reply {
    fn status(status: u16) -> Self {
        Self {
            status,
            headers: Vec::new(),
            body: Vec::new(),
        }
    }

    fn json(text: String) -> Self {
        Self {
            status: 200,
            headers: vec![("Content-Type".into(), "application/json".into())],
            body: text.into_bytes(),
        }
    }

    fn redirect(status: u16, target: String) -> Self {
        Self {
            status,
            headers: vec![("Location".into(), target)],
            body: b"moved".to_vec(),
        }
    }

    fn refused(status: u16, code: &str) -> Self {
        let mut reply = Self::status(status);
        reply.headers.push(("X-Error-Code".into(), code.into()));
        reply
    }
}

fn answer(state: &State, request: &Seen) -> Reply {
    let (path, query) = request.path.split_once('?').unwrap_or((&request.path, ""));
    if request.other_host {
        return match path.strip_prefix("/bytes/") {
            Some(file) => bytes(state, file, request.range.as_deref()),
            None => Reply::status(404),
        };
    }
    if let Some(token) = &state.options.token {
        let expected = format!("Bearer {token}");
        if request.authorization.as_deref() != Some(expected.as_str()) {
            return Reply::refused(401, "RepoNotFound");
        }
    }
    if let Some(file) = path.strip_prefix("/hop/") {
        return match state.options.redirects {
            Redirects::OtherHost => Reply::redirect(
                302,
                format!("{}/bytes/{file}?signature=x", state.other_host),
            ),
            _ => bytes(state, file, request.range.as_deref()),
        };
    }
    let api = format!("/api/datasets/{}/", state.repository);
    let resolve = format!("/datasets/{}/resolve/", state.repository);
    if let Some(rest) = path.strip_prefix(&api) {
        if let Some(revision) = rest.strip_prefix("revision/") {
            return match revision {
                "main" | "refs%2Fpr%2F1" | COMMIT => {
                    Reply::json(format!("{{\"id\": \"x\", \"sha\": \"{COMMIT}\"}}"))
                }
                _ => Reply::refused(404, "RevisionNotFound"),
            };
        }
        return match rest.strip_prefix(&format!("tree/{COMMIT}/")) {
            Some(folder) => listing(state, path, folder, query),
            None => Reply::refused(404, "RevisionNotFound"),
        };
    }
    match path
        .strip_prefix(&resolve)
        .and_then(|rest| rest.split_once('/'))
    {
        Some((COMMIT | "main", file)) => match state.options.redirects {
            Redirects::None => bytes(state, file, request.range.as_deref()),
            _ => Reply::redirect(307, format!("/hop/{file}")),
        },
        Some(_) => Reply::refused(404, "RevisionNotFound"),
        None => Reply::refused(401, "RepoNotFound"),
    }
}

fn listing(state: &State, path: &str, folder: &str, query: &str) -> Reply {
    let prefix = format!("{folder}/");
    let files: Vec<_> = state
        .files
        .iter()
        .filter(|(name, _)| name.starts_with(&prefix))
        .collect();
    if files.is_empty() {
        return Reply::refused(404, "EntryNotFound");
    }
    let cursor = query
        .split('&')
        .find_map(|part| part.strip_prefix("cursor="));
    let start: usize = cursor.and_then(|text| text.parse().ok()).unwrap_or(0);
    let end = (start + state.options.page).min(files.len());
    let entries: Vec<String> = files[start..end]
        .iter()
        .map(|(name, bytes)| {
            let size = bytes.len();
            format!(
                "{{\"type\": \"file\", \"oid\": \"0\", \"size\": {size}, \"path\": \"{name}\", \
                 \"lfs\": {{\"oid\": \"0\", \"size\": {size}, \"pointerSize\": 132}}}}"
            )
        })
        .collect();
    let folder = "{\"type\": \"directory\", \"oid\": \"0\", \"size\": 0, \"path\": \"data/more\"}";
    let mut reply = Reply::json(format!("[{folder}, {}]", entries.join(", ")));
    if end < files.len() {
        let next = format!("<{path}?recursive=false&cursor={end}>; rel=\"next\"");
        reply.headers.push(("Link".into(), next));
    }
    reply
}

fn bytes(state: &State, file: &str, range: Option<&str>) -> Reply {
    let Some(bytes) = state.files.get(file) else {
        return Reply::refused(404, "EntryNotFound");
    };
    let Some(range) = range else {
        let mut reply = Reply::status(200);
        reply.body = bytes.clone();
        return reply;
    };
    let ends = range
        .strip_prefix("bytes=")
        .and_then(|range| range.split_once('-'));
    let ends = ends.and_then(|(start, end)| Some((start.parse().ok()?, end.parse().ok()?)));
    let Some((start, end)): Option<(usize, usize)> = ends else {
        return Reply::status(416);
    };
    if start > end || start >= bytes.len() {
        return Reply::status(416);
    }
    let end = end.min(bytes.len() - 1);
    let label = format!("bytes {start}-{end}/{}", bytes.len());
    Reply {
        status: 206,
        headers: vec![("Content-Range".into(), label)],
        body: bytes[start..=end].to_vec(),
    }
}
