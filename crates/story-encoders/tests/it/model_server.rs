//! A small HTTP/1.1 server that behaves like the Hugging Face Hub for one model repository. It uses
//! std alone, so that other crates' tests include it by path.

#![allow(dead_code)]

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

/// The commit that `main` of the served repository stands for.
pub const COMMIT: &str = "0123456789abcdef0123456789abcdef01234567";

/// How a request for a file fails.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Fault {
    /// This status and no body.
    Status(u16),
    /// The connection ends after half of the body.
    Cut,
    /// The right length, other bytes.
    Flip,
}

/// A served file.
#[derive(Debug, Clone)]
pub struct Served {
    pub bytes: Vec<u8>,
    /// What the Hub calls its content; for large files the SHA-256 in hexadecimal digits.
    pub etag: String,
}

/// A request that came in.
#[derive(Debug, Clone)]
pub struct Seen {
    pub path: String,
    pub authorization: Option<String>,
    pub range: Option<String>,
}

struct State {
    repository: String,
    files: BTreeMap<String, Served>,
    seen: Mutex<Vec<Seen>>,
    faults: Mutex<Vec<(String, Fault)>>,
    stop: AtomicBool,
}

/// The running server; it ends when dropped.
pub struct ModelServer {
    endpoint: String,
    state: Arc<State>,
}

impl ModelServer {
    /// Serves `files` (path within the repository, bytes, etag) as the model `repository`.
    pub fn start(repository: &str, files: &[(&str, &[u8], &str)]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("a bound port");
        let files = files.iter().map(|(name, bytes, etag)| {
            let served = Served { bytes: bytes.to_vec(), etag: etag.to_string() };
            (name.to_string(), served)
        });
        let state = Arc::new(State {
            repository: repository.into(),
            files: files.collect(),
            seen: Mutex::default(),
            faults: Mutex::default(),
            stop: AtomicBool::new(false),
        });
        let shared = Arc::clone(&state);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                if shared.stop.load(Ordering::SeqCst) {
                    return;
                }
                let state = Arc::clone(&shared);
                if let Ok(stream) = stream {
                    std::thread::spawn(move || serve(stream, &state));
                }
            }
        });
        Self { endpoint: format!("http://{address}"), state }
    }

    /// What `HF_ENDPOINT` should be.
    pub fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// The next request whose path holds `part` and that asks for more than one byte fails.
    pub fn inject(&self, part: &str, fault: Fault) {
        let mut faults = self.state.faults.lock().expect("no panic while held");
        faults.push((part.into(), fault));
    }

    /// All requests so far.
    pub fn seen(&self) -> Vec<Seen> {
        self.state.seen.lock().expect("no panic while held").clone()
    }
}

impl Drop for ModelServer {
    fn drop(&mut self) {
        self.state.stop.store(true, Ordering::SeqCst);
        // A connection wakes the listener, which then sees the flag.
        let _ = TcpStream::connect(self.endpoint.trim_start_matches("http://"));
    }
}

fn serve(stream: TcpStream, state: &State) -> Option<()> {
    let mut reader = BufReader::new(stream.try_clone().ok()?);
    let mut stream = stream;
    loop {
        let request = read_request(&mut reader)?;
        state.seen.lock().ok()?.push(request.clone());
        let (mut status, headers, mut body) = answer(state, &request);
        let announced = match take_fault(state, &request) {
            Some(Fault::Status(code)) => {
                status = code;
                body.clear();
                0
            }
            Some(Fault::Cut) => {
                let whole = body.len();
                body.truncate(whole / 2);
                whole
            }
            Some(Fault::Flip) => {
                body.iter_mut().for_each(|byte| *byte ^= 1);
                body.len()
            }
            None => body.len(),
        };
        let mut head = format!("HTTP/1.1 {status} Status\r\n");
        for (name, value) in headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        head.push_str(&format!("Content-Length: {announced}\r\n\r\n"));
        stream.write_all(head.as_bytes()).ok()?;
        stream.write_all(&body).ok()?;
        stream.flush().ok()?;
        if announced != body.len() {
            return None;
        }
    }
}

fn read_request(reader: &mut BufReader<TcpStream>) -> Option<Seen> {
    let mut line = String::new();
    reader.read_line(&mut line).ok()?;
    let mut seen = Seen {
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

fn take_fault(state: &State, request: &Seen) -> Option<Fault> {
    if request.range.as_deref() == Some("bytes=0-0") {
        return None;
    }
    let mut faults = state.faults.lock().ok()?;
    let index = faults.iter().position(|(part, _)| request.path.contains(part.as_str()))?;
    Some(faults.remove(index).1)
}

type Reply = (u16, Vec<(&'static str, String)>, Vec<u8>);

fn answer(state: &State, request: &Seen) -> Reply {
    let none = |code: u16| (code, Vec::new(), Vec::new());
    let path = request.path.split('?').next().unwrap_or_default();
    let known = |revision: &str| ["main", COMMIT].contains(&revision);
    if let Some(rest) = path.strip_prefix("/api/models/") {
        let api = format!("{}/revision/", state.repository);
        return match rest.strip_prefix(&api) {
            Some(revision) if known(revision) => (200, Vec::new(), card(state).into_bytes()),
            Some(_) => none(404),
            None => none(401),
        };
    }
    let resolve = format!("/{}/resolve/", state.repository);
    let Some((revision, name)) = path.strip_prefix(&resolve).and_then(|rest| rest.split_once('/'))
    else {
        return none(401);
    };
    match state.files.get(name) {
        Some(file) if known(revision) => part(file, request.range.as_deref()),
        _ => none(404),
    }
}

/// What the Hub says of the repository, with `blobs=true`.
fn card(state: &State) -> String {
    let files: Vec<String> = state
        .files
        .iter()
        .map(|(name, file)| {
            let size = file.bytes.len();
            let lfs = match file.etag.len() {
                64 => format!(r#", "lfs": {{"sha256": "{}", "size": {size}}}"#, file.etag),
                _ => String::new(),
            };
            format!(r#"{{"rfilename": "{name}", "size": {size}, "blobId": "x"{lfs}}}"#)
        })
        .collect();
    format!(
        r#"{{"id": "x", "sha": "{COMMIT}", "cardData": {{"license": "apache-2.0"}}, "siblings": [{}]}}"#,
        files.join(", ")
    )
}

fn part(file: &Served, range: Option<&str>) -> Reply {
    let total = file.bytes.len();
    let mut headers =
        vec![("ETag", format!("\"{}\"", file.etag)), ("X-Repo-Commit", COMMIT.into())];
    let Some((first, last)) = range
        .and_then(|range| range.strip_prefix("bytes="))
        .and_then(|range| range.split_once('-'))
    else {
        return (200, headers, file.bytes.clone());
    };
    let first: usize = first.parse().unwrap_or(0);
    let last = last.parse().unwrap_or(total.saturating_sub(1));
    if first >= total {
        return (416, headers, Vec::new());
    }
    let last = last.min(total - 1);
    headers.push(("Content-Range", format!("bytes {first}-{last}/{total}")));
    (206, headers, file.bytes[first..=last].to_vec())
}
