//! A file into a place on the disk, going on where an earlier attempt or process broke off.

use super::answer::reaches_the_end;
use super::{Announced, Answer, Attempt, Bytes, Client, Failure};
use crate::{Error, Event, Result};
use std::fs::{File, OpenOptions};
use std::io::{Read, Write};
use std::path::Path;
use std::sync::atomic::Ordering;

/// Bytes read at once.
const PIECE: usize = 1 << 17;

/// A file to bring.
pub(crate) struct Wanted<'a> {
    /// Where it is.
    pub url: &'a str,
    /// Its name, for whoever is told of the progress.
    pub name: &'a str,
    /// Where its bytes go until they are all there.
    pub part: &'a Path,
    /// Bytes in all; where that is not known, nothing is resumed.
    pub size: Option<u64>,
}

impl Client {
    /// What the Hub says of a file; its bytes are not read.
    pub(crate) fn announced(&self, url: &str) -> Result<Announced> {
        self.with_retries(url, || {
            let Answer { response, mut announced } = self.follow(url, &Bytes::All)?;
            let length = response.header("content-length").and_then(|size| size.parse().ok());
            announced.size = announced.size.or(length);
            Ok(announced)
        })
    }

    /// Brings all bytes of a file to `wanted.part`; whether they are the right ones is the caller's
    /// to check.
    pub(crate) fn download(&self, wanted: &Wanted) -> Result<()> {
        self.with_retries(wanted.url, || self.bring(wanted))
    }

    fn bring(&self, wanted: &Wanted) -> Attempt<()> {
        let done = match std::fs::metadata(wanted.part) {
            Ok(data) => data.len(),
            Err(_) => 0,
        };
        // Longer than the whole, or of a whole that is not known: of no use.
        let done = if wanted.size.is_some_and(|size| done <= size) { done } else { 0 };
        if wanted.size == Some(done) && done > 0 {
            return Ok(());
        }
        let bytes = if done > 0 { Bytes::From(done) } else { Bytes::All };
        let response = self.follow(wanted.url, &bytes)?.response;
        let done = match response.status() {
            // Some servers label the whole as a part of itself.
            206 => {
                let label = response.header("content-range").unwrap_or("none");
                let fits = wanted.size.is_some() || reaches_the_end(label);
                if !fits || !label.starts_with(&format!("bytes {done}-")) {
                    return Err(Failure::passing(format!(
                        "Content-Range is {label}; expected bytes {done}-"
                    )));
                }
                done
            }
            // The whole came, asked for or not.
            200 => 0,
            status => return Err(Failure::passing(format!("status {status} instead of bytes"))),
        };
        let mut options = OpenOptions::new();
        let options = options.create(true).write(true).append(done > 0).truncate(done == 0);
        let mut file = options.open(wanted.part).map_err(Error::io(wanted.part))?;
        self.progress.tell(Event::Started { file: wanted.name, done, total: wanted.size });
        let total = done + self.copy(response, &mut file, wanted)?;
        match wanted.size {
            Some(size) if size != total => {
                Err(Failure::passing(format!("{total} bytes came, {size} were announced")))
            }
            _ => Ok(()),
        }
    }

    fn copy(&self, response: ureq::Response, file: &mut File, wanted: &Wanted) -> Attempt<u64> {
        let mut reader = self.paced(response);
        let (mut buffer, mut total) = (vec![0; PIECE], 0);
        loop {
            let count = match reader.read(&mut buffer) {
                Ok(0) => break,
                Ok(count) => count,
                Err(error) => {
                    return Err(Failure::passing(format!(
                        "the connection broke after {total} bytes: {error}"
                    )));
                }
            };
            total += count as u64;
            self.traffic.bytes.fetch_add(count as u64, Ordering::Relaxed);
            if wanted.size.is_some_and(|size| total > size) {
                return Err(Failure::passing("more bytes came than were announced"));
            }
            file.write_all(&buffer[..count]).map_err(Error::io(wanted.part))?;
            self.progress.tell(Event::Received { bytes: count as u64 });
        }
        file.sync_all().map_err(Error::io(wanted.part))?;
        Ok(total)
    }
}
