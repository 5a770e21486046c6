//! How many sessions can work at once.

use std::num::NonZeroUsize;
use std::thread;

/// The cores that this process may use: what the CPU affinity mask and the quota of its control
/// group (version 2 or 1, the tightest of its ancestors) leave; 1 where that cannot be told.
///
/// The standard library reads both, so nothing is parsed here.
pub fn available_cores() -> NonZeroUsize {
    thread::available_parallelism().unwrap_or(NonZeroUsize::MIN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_a_core() {
        assert!(available_cores().get() >= 1);
    }
}
