//! Memory that was freed and is still held.

/// Gives freed memory back to the system. The C library keeps what threads have freed for their next
/// allocation: some 300 MB after a few analyses, which an idle service has no use for.
pub(super) fn give_back() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    // SAFETY: `malloc_trim` may be called at any time from any thread; it touches free memory only.
    unsafe {
        libc::malloc_trim(0);
    }
}
