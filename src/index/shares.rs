//! Work that threads share, with results in the order of the items.

/// What `work` makes of `items`, cut into as many shares as there are threads, one after the other.
/// A share whose thread cannot be started, or was brought down, is done by this thread.
pub(super) fn in_shares<I: Sync, T: Send>(
    items: &[I],
    threads: usize,
    work: impl Fn(&[I]) -> Vec<T> + Sync,
) -> Vec<T> {
    if threads <= 1 {
        return work(items);
    }
    let mut shares = items.chunks(items.len().div_ceil(threads).max(1));
    let first = shares.next().unwrap_or_default();
    std::thread::scope(|scope| {
        let work = &work;
        let running: Vec<_> = shares
            .map(|share| {
                let builder = std::thread::Builder::new().name("index".to_owned());
                (share, builder.spawn_scoped(scope, move || work(share)).ok())
            })
            .collect();
        let mut results = work(first);
        for (share, thread) in running {
            let done = thread.and_then(|thread| thread.join().ok());
            results.extend(done.unwrap_or_else(|| work(share)));
        }
        results
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_come_in_the_order_of_the_items_with_any_number_of_threads() {
        let items: Vec<usize> = (0..101).collect();
        for threads in [0, 1, 2, 7, 200] {
            let doubled = in_shares(&items, threads, |share| {
                share.iter().map(|item| item * 2).collect()
            });
            assert_eq!(doubled, (0..101).map(|item| item * 2).collect::<Vec<_>>());
        }
        assert!(in_shares(&[0u8; 0], 4, <[u8]>::to_vec).is_empty());
    }
}
