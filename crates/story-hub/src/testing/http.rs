//! As much of HTTP/1.1 as the server needs: a request's head, and a reply.

use super::Seen;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::time::Duration;

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

/// How a reply's bytes go out.
pub enum Body {
    /// At once.
    Whole,
    /// The first bytes of the body only.
    Cut(usize),
    /// The body byte by byte, each after a pause.
    Trickled(Duration),
    /// Head and body byte by byte, each after a pause.
    TrickledWithHead(Duration),
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

    /// Sends head and body.
    pub fn send(&self, stream: &mut TcpStream, body: &Body) -> Option<()> {
        let mut head = format!("HTTP/1.1 {} Status\r\n", self.status);
        for (name, value) in &self.headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        head.push_str(&format!("Content-Length: {}\r\n\r\n", self.body.len()));
        if let Body::TrickledWithHead(pause) = body {
            trickle(stream, head.as_bytes(), *pause)?;
        } else {
            stream.write_all(head.as_bytes()).ok()?;
        }
        match body {
            Body::Whole => stream.write_all(&self.body).ok()?,
            Body::Cut(sent) => stream.write_all(&self.body[..*sent]).ok()?,
            Body::Trickled(pause) | Body::TrickledWithHead(pause) => {
                trickle(stream, &self.body, *pause)?;
            }
        }
        stream.flush().ok()
    }
}

fn trickle(stream: &mut TcpStream, bytes: &[u8], pause: Duration) -> Option<()> {
    for byte in bytes {
        stream.write_all(&[*byte]).ok()?;
        std::thread::sleep(pause);
    }
    Some(())
}
