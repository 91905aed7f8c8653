//! The process's peak resident memory, and what the machine has and has left.
//!
//! Linux keeps the peak per address space as `VmHWM` in `/proc/self/status` (`proc(5)`). The portable
//! source, `getrusage(2)`, counts on through `exec`, so that a program started by a larger one
//! would report the larger one's peak; it is used only where `/proc` is absent.
#![allow(unsafe_code)]

/// The largest resident set this process has had, in bytes; `None` where the system does not tell.
pub fn peak_memory_bytes() -> Option<u64> {
    high_water_mark().or_else(max_resident_set)
}

/// The memory that new work could take without swapping, in bytes, as Linux estimates it
/// (`MemAvailable` in `/proc/meminfo`, `proc(5)`); `None` where the system does not tell. What a
/// container may take at most is not looked at.
pub fn available_memory_bytes() -> Option<u64> {
    parse_kibibytes(&std::fs::read_to_string("/proc/meminfo").ok()?, "MemAvailable:")
}

/// The machine's memory in bytes (`MemTotal` in `/proc/meminfo`); `None` where the system does not tell.
pub fn total_memory_bytes() -> Option<u64> {
    parse_kibibytes(&std::fs::read_to_string("/proc/meminfo").ok()?, "MemTotal:")
}

fn high_water_mark() -> Option<u64> {
    parse_kibibytes(&std::fs::read_to_string("/proc/self/status").ok()?, "VmHWM:")
}

/// Reads the line `VmHWM:    12345 kB`, `name` being what it begins with.
fn parse_kibibytes(text: &str, name: &str) -> Option<u64> {
    let line = text.lines().find_map(|line| line.strip_prefix(name))?;
    let kibibytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    kibibytes.checked_mul(1024)
}

#[cfg(unix)]
fn max_resident_set() -> Option<u64> {
    // `ru_maxrss` is in bytes on Apple systems and in KiB elsewhere.
    const UNIT: u64 = if cfg!(target_vendor = "apple") { 1 } else { 1024 };
    let mut usage = std::mem::MaybeUninit::<libc::rusage>::zeroed();
    // SAFETY: the pointer is to a whole, writable `rusage`, which the call fills when it returns 0.
    if unsafe { libc::getrusage(libc::RUSAGE_SELF, usage.as_mut_ptr()) } != 0 {
        return None;
    }
    // SAFETY: the call succeeded, and a zeroed `rusage` is a valid value in any case.
    let usage = unsafe { usage.assume_init() };
    u64::try_from(usage.ru_maxrss).ok()?.checked_mul(UNIT)
}

#[cfg(not(unix))]
fn max_resident_set() -> Option<u64> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parses_the_kernels_line() {
        let status = "Name:\tx\nVmPeak:\t  99 kB\nVmHWM:\t     12 kB\nVmRSS:\t 3 kB\n";
        let peak = |text: &str| parse_kibibytes(text, "VmHWM:");
        assert_eq!(peak(status), Some(12 * 1024));
        assert_eq!(peak("VmHWM: many kB"), None);
        assert_eq!(peak("VmRSS: 3 kB"), None);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn some_memory_is_available_and_no_more_than_there_is() {
        let available = available_memory_bytes().expect("Linux tells");
        assert!(available > 1 << 20);
        assert!(available <= total_memory_bytes().expect("Linux tells"));
    }

    #[cfg(any(target_os = "linux", target_vendor = "apple"))]
    #[test]
    fn peak_grows_with_touched_memory() {
        let block = vec![1u8; 48 << 20];
        let peak = peak_memory_bytes().expect("this system reports its peak");
        assert!(peak >= block.len() as u64, "{peak} bytes");
        assert!(max_resident_set().expect("unix") >= block.len() as u64);
    }
}
