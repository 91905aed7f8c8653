//! Files that appear whole or not at all, and folders that one process holds at a time.
//!
//! Everything this project leaves on a disk goes through here. A reader sees the old bytes or the
//! new ones, whatever ends the writer: a file is written under a hidden name beside its place,
//! through to the disk, and renamed.

mod leftovers;
mod lock;
mod whole;

pub use lock::{FolderLock, LockError};
pub use whole::{WholeFile, write_atomically};
