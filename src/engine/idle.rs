//! Pushes and pulls that stand still are given up: an engine waits for a silent registry for ever.

use super::{EngineError, ProgressSink};
use crate::name::Reference;
use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

/// How long a push or pull may stand still. Long, because a registry may take minutes to put a large layer away.
pub const STANDSTILL: Duration = Duration::from_secs(15 * 60);

/// Runs a push or pull, handing it a sink, and gives it up when the sink has heard nothing for `limit`.
///
/// # Errors
/// What the call itself ends with, or [`EngineError::Transfer`], worth another try.
pub async fn while_moving<T, F>(
    limit: Duration,
    reference: &Reference,
    progress: ProgressSink,
    call: impl FnOnce(ProgressSink) -> F,
) -> Result<T, EngineError>
where
    F: Future<Output = Result<T, EngineError>>,
{
    let last = Arc::new(Mutex::new(Instant::now()));
    let heard = last.clone();
    let watched: ProgressSink = Arc::new(move |done, total| {
        *heard.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
        progress(done, total);
    });
    let mut call = std::pin::pin!(call(watched));
    loop {
        let since = *last.lock().unwrap_or_else(PoisonError::into_inner);
        tokio::select! {
            result = &mut call => return result,
            () = tokio::time::sleep_until(since + limit) => {}
        }
        if last.lock().unwrap_or_else(PoisonError::into_inner).elapsed() >= limit {
            let message = format!("nothing moved for {} s, so it was given up", limit.as_secs());
            return Err(EngineError::Transfer { reference: reference.to_string(), message, transient: true });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn what_stands_still_is_given_up_and_what_moves_is_not() {
        let limit = Duration::from_secs(60);
        let reference = Reference::parse("h.example/x:1").unwrap();
        let silent = while_moving(limit, &reference, Arc::new(|_, _| {}), |_| std::future::pending::<Result<(), EngineError>>());
        assert!(matches!(silent.await, Err(EngineError::Transfer { transient: true, .. })));
        let moving = while_moving(limit, &reference, Arc::new(|_, _| {}), |progress| async move {
            for done in 0..5 {
                tokio::time::sleep(limit / 2).await;
                progress(done, None);
            }
            Ok(7)
        });
        assert_eq!(moving.await.unwrap(), 7);
    }
}
