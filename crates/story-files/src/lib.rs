//! Files of others and our own: the first are read within limits and parsed under a guard, the second
//! appear whole or not at all; and folders that one process holds at a time.
//!
//! Everything this project leaves on a disk goes through here. A reader sees the old bytes or the
//! new ones, whatever ends the writer: a file is written under a hidden name beside its place,
//! through to the disk, and renamed.

pub mod guard;
mod leftovers;
mod lock;
mod read;
mod whole;

pub use lock::{FolderLock, LockError};
pub use read::{MOST_PICTURE_BYTES, MOST_TEXT_BYTES, MOST_WEIGHT_BYTES, open, read};
pub use whole::{WholeFile, write_atomically};
