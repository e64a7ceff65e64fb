//! The same work on many items, on several threads.

use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::{AtomicUsize, Ordering};

/// The most items a thread takes at once; fewer where there are few, since one may take as long as all others.
const BATCH: usize = 16;

/// Applies `work` to every item on at most `workers` threads (and not more than there are CPUs). The
/// results come in the order of the items.
pub fn in_parallel<T: Sync, R: Send>(items: &[T], workers: usize, work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let cpus = std::thread::available_parallelism().map_or(1, usize::from);
    let threads = workers.min(cpus).min(items.len()).max(1);
    let batch = items.len().div_ceil(threads * 4).clamp(1, BATCH);
    if threads == 1 {
        return items.iter().map(work).collect();
    }
    let next = AtomicUsize::new(0);
    let done = Mutex::new(Vec::with_capacity(items.len()));
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                let mut mine = take_batches(items, batch, &next, &work);
                done.lock().unwrap_or_else(PoisonError::into_inner).append(&mut mine);
            });
        }
    });
    let mut results = done.into_inner().unwrap_or_else(PoisonError::into_inner);
    results.sort_by_key(|(at, _)| *at);
    results.into_iter().map(|(_, result)| result).collect()
}

fn take_batches<T, R>(items: &[T], batch: usize, next: &AtomicUsize, work: &impl Fn(&T) -> R) -> Vec<(usize, R)> {
    let mut mine = Vec::new();
    loop {
        let start = next.fetch_add(batch, Ordering::Relaxed);
        if start >= items.len() {
            return mine;
        }
        let end = (start + batch).min(items.len());
        mine.extend(items[start..end].iter().enumerate().map(|(offset, item)| (start + offset, work(item))));
    }
}

#[cfg(test)]
mod tests {
    use super::in_parallel;

    #[test]
    fn order_stays() {
        let items: Vec<usize> = (0..1000).collect();
        assert_eq!(in_parallel(&items, 8, |n| n * 2), items.iter().map(|n| n * 2).collect::<Vec<_>>());
        assert!(in_parallel(&[] as &[usize], 8, |n| *n).is_empty());
    }
}
