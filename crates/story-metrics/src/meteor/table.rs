//! The lines of METEOR's paraphrase table, of which there are millions: one thread unpacks the file,
//! block by block, while another reads the blocks.

use super::source::METEOR;
use crate::error::Result;
use std::io::{BufRead, ErrorKind, Read};
use std::path::Path;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::Scope;

/// Bytes of a block: small enough that the allocator hands the memory out again.
const BLOCK: usize = 1 << 16;
/// Blocks that may wait: 32 MB, unpacked while the texts' words are gathered.
const WAITING: usize = 512;

/// Blocks of whole lines, in the order of the file; the last line may lack its end.
pub(super) type Blocks = Receiver<std::io::Result<Vec<u8>>>;

/// Reads a table in a thread of its own.
pub(super) fn read_ahead<'scope>(
    scope: &'scope Scope<'scope, '_>,
    table: Box<dyn Read + Send>,
) -> Blocks {
    let (sender, receiver) = sync_channel(WAITING);
    scope.spawn(move || {
        if let Err(error) = send_blocks(table, &sender) {
            // No one listens any more after an error in the table itself.
            let _ = sender.send(Err(error));
        }
    });
    receiver
}

fn send_blocks(
    mut table: Box<dyn Read + Send>,
    sender: &SyncSender<std::io::Result<Vec<u8>>>,
) -> std::io::Result<()> {
    let mut block = Vec::with_capacity(BLOCK);
    loop {
        let before = block.len();
        block.resize(before.max(BLOCK / 2) + BLOCK / 2, 0);
        let read = match table.read(&mut block[before..]) {
            Err(error) if error.kind() == ErrorKind::Interrupted => 0,
            Ok(0) => {
                block.truncate(before);
                let _ = sender.send(Ok(block));
                return Ok(());
            }
            read => read?,
        };
        block.truncate(before + read);
        let Some(end) = block[before..].iter().rposition(|&byte| byte == b'\n') else {
            continue;
        };
        let mut rest = Vec::with_capacity(BLOCK);
        rest.extend_from_slice(&block[before + end + 1..]);
        block.truncate(before + end + 1);
        if sender.send(Ok(std::mem::replace(&mut block, rest))).is_err() {
            return Ok(());
        }
    }
}

/// Hands every line on with its number, from 1, and without white space at its end. Returns how many
/// there are.
pub(super) fn each_line(
    path: &Path,
    blocks: Blocks,
    mut read: impl FnMut(usize, &[u8]) -> Result<()>,
) -> Result<usize> {
    let mut number = 0;
    for block in blocks {
        let block = block.map_err(|error| METEOR.error(path, format!("damaged data: {error}")))?;
        let mut rest = block.as_slice();
        while !rest.is_empty() {
            let start = rest;
            // Reading out of memory cannot fail; the standard library's quick search is public here only.
            let length = rest.skip_until(b'\n').unwrap_or(start.len());
            number += 1;
            read(number, start[..length].trim_ascii_end())?;
        }
    }
    Ok(number)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Error;

    fn lines(table: impl Read + Send + 'static) -> Result<Vec<(usize, String)>> {
        let mut lines = Vec::new();
        let count = std::thread::scope(|scope| {
            let blocks = read_ahead(scope, Box::new(table));
            each_line(Path::new("table"), blocks, |number, line| {
                lines.push((number, String::from_utf8_lossy(line).into_owned()));
                Ok(())
            })
        })?;
        assert_eq!(count, lines.len());
        Ok(lines)
    }

    #[test]
    fn lines_are_whole_wherever_blocks_end() {
        // Longer than many blocks, with one line that is longer than a block.
        let long = "x".repeat(3 * BLOCK);
        let texts: Vec<String> =
            (0..50_000).map(|n| if n == 777 { long.clone() } else { "y".repeat(n % 40) }).collect();
        let found = lines(std::io::Cursor::new(texts.join("\r\n"))).expect("lines");
        assert!(found.iter().map(|(_, line)| line).eq(&texts));
        assert!(found.iter().map(|(number, _)| *number).eq(1..=texts.len()));
        assert_eq!(lines(&b""[..]).expect("none"), []);
    }

    #[test]
    fn what_cannot_be_unpacked_is_an_error() {
        struct Broken;
        impl Read for Broken {
            fn read(&mut self, _: &mut [u8]) -> std::io::Result<usize> {
                Err(Error::new(ErrorKind::InvalidData, "torn"))
            }
        }
        let error = lines(b"a\n".chain(Broken)).expect_err("torn");
        assert!(error.to_string().contains("damaged data: torn"), "{error}");
    }
}
