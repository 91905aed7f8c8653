//! The stream that `torch.save` wrote before PyTorch 1.6, and that many published files are in.

use super::super::parse::{Problem, Raw};
use super::state::{Storages, tensors};
use super::unpickle::{Value, Values, unpickle};
use std::collections::BTreeMap;

/// A pickle of the number 0x1950a86a20f9469cfc6c.
const MAGIC: [u8; 15] =
    [0x80, 0x02, 0x8a, 0x0a, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19, 0x2e];
/// Bytes of the number before each storage.
const COUNT: usize = 8;

/// Whether `bytes` begin like such a stream.
pub(in super::super) fn is_it(bytes: &[u8]) -> bool {
    bytes.starts_with(&MAGIC)
}

/// Every tensor of the state dict.
pub(in super::super) fn read(bytes: &[u8]) -> Result<Vec<Raw>, Problem> {
    let mut rest = &bytes[MAGIC.len()..];
    let mut pickle = || -> Result<(Values, &[u8]), Problem> {
        let (values, end) = unpickle(rest)?;
        rest = &rest[end..];
        Ok((values, rest))
    };
    pickle()?; // Version of the protocol.
    pickle()?; // What the writing machine was like.
    let (values, _) = pickle()?;
    let (keys, rest) = pickle()?;
    let mut storages = split(&values, &keys, rest)?;
    tensors(&values, &mut storages, bytes.len())
}

/// The bytes of each storage by key.
struct Stream<'a>(BTreeMap<String, &'a [u8]>);

impl Storages for Stream<'_> {
    fn bytes(&mut self, key: &str) -> Result<Vec<u8>, Problem> {
        let found = self.0.get(key).map(|bytes| bytes.to_vec());
        found.ok_or_else(|| Problem::damaged(format!("the storage `{key}` is missing")))
    }
}

/// Cuts `rest` into the storages that `keys` list, in their order.
fn split<'a>(values: &Values, keys: &Values, mut rest: &'a [u8]) -> Result<Stream<'a>, Problem> {
    let Value::Sequence(listed) = keys.root() else {
        return Err(Problem::damaged("the list of storages is missing"));
    };
    let mut sizes = BTreeMap::new();
    for storage in values.storages() {
        let size = storage.dtype(&storage.key)?.size_in_bytes();
        sizes.insert(storage.key.as_str(), (storage.count, size));
    }
    let mut out = BTreeMap::new();
    for id in listed {
        let Value::Text(key) = keys.get(*id) else {
            return Err(Problem::damaged("the list of storages holds what is no name"));
        };
        let short = || Problem::damaged(format!("the storage `{key}` is cut short"));
        let (count, size) = *sizes
            .get(key.as_str())
            .ok_or_else(|| Problem::damaged(format!("no tensor uses the storage `{key}`")))?;
        let (announced, after) = rest.split_at_checked(COUNT).ok_or_else(short)?;
        if announced != (count as u64).to_le_bytes() {
            return Err(Problem::damaged(format!(
                "the storage `{key}` does not have the {count} numbers that were announced"
            )));
        }
        let length = count.checked_mul(size).ok_or_else(short)?;
        let (bytes, after) = after.split_at_checked(length).ok_or_else(short)?;
        out.insert(key.clone(), bytes);
        rest = after;
    }
    Ok(Stream(out))
}
