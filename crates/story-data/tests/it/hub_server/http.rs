//! As much of HTTP/1.1 as the server needs: a request's head, and a reply.

use super::Seen;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;

/// Reads a request's head; `None` where the connection ends.
pub fn read_request(reader: &mut BufReader<TcpStream>, other_host: bool) -> Option<Seen> {
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

/// What a request is answered with.
pub struct Reply {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Reply {
    pub fn status(status: u16) -> Self {
        Self { status, headers: Vec::new(), body: Vec::new() }
    }

    pub fn json(text: String) -> Self {
        Self {
            status: 200,
            headers: vec![("Content-Type".into(), "application/json".into())],
            body: text.into_bytes(),
        }
    }

    pub fn redirect(status: u16, target: String) -> Self {
        Self { status, headers: vec![("Location".into(), target)], body: b"moved".to_vec() }
    }

    pub fn refused(status: u16, code: &str) -> Self {
        let mut reply = Self::status(status);
        reply.headers.push(("X-Error-Code".into(), code.into()));
        reply
    }

    /// Sends the head and the first `body_sent` bytes of the body, or all of it.
    pub fn send(&self, stream: &mut TcpStream, body_sent: Option<usize>) -> Option<()> {
        let mut head = format!("HTTP/1.1 {} Status\r\n", self.status);
        for (name, value) in &self.headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        head.push_str(&format!("Content-Length: {}\r\n\r\n", self.body.len()));
        stream.write_all(head.as_bytes()).ok()?;
        stream.write_all(&self.body[..body_sent.unwrap_or(self.body.len())]).ok()?;
        stream.flush().ok()
    }
}
