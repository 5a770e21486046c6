//! Memory that was freed and is still held.

/// Pools that the C library may keep freed memory in. Each keeps up to 64 MB of it for ever, and by
/// default there are eight for each core: a server kept 660 MB after a hundred short recordings, with
/// two 170. Threads seldom wait for each other there, since what is large is allocated once a stage.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
const POOLS: i32 = 2;

/// Bounds what the process keeps of freed memory. To be called before there are threads.
pub fn keep_little() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    // SAFETY: `mallopt` takes two numbers and has no other demands.
    unsafe {
        libc::mallopt(libc::M_ARENA_MAX, POOLS);
    }
}

/// Gives freed memory back to the system: an idle service has no use for it.
pub(super) fn give_back() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    // SAFETY: `malloc_trim` may be called at any time from any thread; it touches free memory only.
    unsafe {
        libc::malloc_trim(0);
    }
}
