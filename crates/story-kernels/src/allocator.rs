//! glibc's allocator, set up for a process that allocates and frees tensors of many megabytes.
//!
//! By default glibc maps each large block from the kernel and unmaps it when it is freed, so that
//! every op pays for fresh, zeroed pages. With mapping off and trimming late, freed blocks stay
//! with the process and are used again. Source: `mallopt(3)`,
//! `malloc_trim(3)`.
#![allow(unsafe_code)]

/// Makes the allocator keep large freed blocks. Call it once, at the start of `main`, before
/// threads exist; calling it again changes nothing.
///
/// The process then holds on to its peak memory until it ends or [`release_free_memory`] is called.
/// Does nothing on systems without glibc.
pub fn tune_allocator() {
    /// The largest number of bytes would be 2 GiB, which a language model's step frees and needs
    /// again.
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    const NEVER: libc::c_int = -1;
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    {
        // SAFETY: `mallopt` takes two integers and only changes the allocator's own settings; it
        // reports an unknown setting by its return value, which leaves the default in place.
        unsafe {
            libc::mallopt(libc::M_MMAP_MAX, 0);
            libc::mallopt(libc::M_TRIM_THRESHOLD, NEVER);
        }
    }
}

/// Gives freed blocks back to the system, between two parts of a program that need other ones. Does
/// nothing on systems without glibc.
pub fn release_free_memory() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    // SAFETY: `malloc_trim` takes an integer, the bytes to keep at the top, and touches free blocks
    // alone.
    unsafe {
        libc::malloc_trim(0);
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn large_blocks_work_after_tuning_twice() {
        super::tune_allocator();
        super::tune_allocator();
        let block = vec![1u8; 64 << 20];
        drop(block);
        super::release_free_memory();
        let block = vec![2u8; 64 << 20];
        assert!(block.iter().all(|&byte| byte == 2));
    }
}
