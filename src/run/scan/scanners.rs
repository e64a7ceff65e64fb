//! Runs the scanners of one image side by side: each has its time, and none takes another's results with it.

use super::choice::{Candidate, ScanChoice};
use super::examined::Examined;
use crate::scan::{Found, Report, Status};
use std::any::Any;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio_util::sync::CancellationToken;

/// What a scanner that does not wait for anything gets beyond its time, before it is left alone.
const GRACE: Duration = Duration::from_secs(1);
/// The same for one that has processes, containers or files to take away; it is stopped in time by itself.
pub const ENDING: Duration = Duration::from_secs(45);

/// Runs those that are chosen; the others are reported as off. The order is that of the table.
pub async fn scan_with_all(image: &Arc<Examined>, choice: &ScanChoice) -> Vec<Report> {
    let each = choice.candidates(&image.tools.settings).into_iter().map(|candidate| one(candidate, image.clone()));
    futures_util::future::join_all(each).await
}

async fn one(candidate: Candidate, image: Arc<Examined>) -> Report {
    if !candidate.runs {
        return Report { name: candidate.name, status: Status::Off, seconds: 0.0, error: None, findings: Vec::new() };
    }
    let started = Instant::now();
    let (name, limit, cancel) = (candidate.name.clone(), image.tools.settings.timeout, image.tools.cancel.clone());
    let held = image.is_held_by(&candidate.name, candidate.external).then(|| image.held.token());
    let within = if held.is_some() { limit.saturating_add(ENDING) } else { limit };
    let found = watched(within, cancel, move |handle| {
        let found = handle.block_on(async { tokio::time::timeout(within, image.look(&candidate.name, candidate.external)).await.ok() });
        drop(held);
        found
    });
    Report::of(name, found.await, started.elapsed().as_secs_f64())
}

/// Runs a scanner on a thread of its own, because some of them compute for long.
async fn watched(
    limit: Duration,
    cancel: CancellationToken,
    work: impl FnOnce(tokio::runtime::Handle) -> Option<Found> + Send + 'static,
) -> Found {
    let handle = tokio::runtime::Handle::current();
    let running = tokio::task::spawn_blocking(move || work(handle));
    let ended = tokio::select! {
        ended = tokio::time::timeout(limit.saturating_add(GRACE), running) => ended,
        () = cancel.cancelled() => return failed("it was interrupted".to_owned()),
    };
    match ended {
        Ok(Ok(Some(found))) => found,
        Ok(Err(broken)) => failed(match broken.try_into_panic() {
            Ok(panic) => format!("it broke off, which is a mistake in cooperage: {}", said(panic.as_ref())),
            Err(error) => format!("it broke off: {error}"),
        }),
        Ok(Ok(None)) | Err(_) => {
            failed(format!("it was stopped after its time limit of {} s (cooperage.scanners.timeout)", limit.as_secs()))
        }
    }
}

fn failed(error: String) -> Found {
    Found { findings: Vec::new(), errors: vec![error] }
}

fn said(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("it does not say why")
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn run(limit: Duration, work: impl FnOnce(tokio::runtime::Handle) -> Option<Found> + Send + 'static) -> Report {
        Report::of("x".to_owned(), watched(limit, CancellationToken::new(), work).await, 0.0)
    }

    #[tokio::test]
    async fn a_panic_is_an_error_of_that_scanner_alone() {
        let report = run(Duration::from_secs(60), |_| panic!("index {} is not there", 7)).await;
        assert_eq!(report.status, Status::Error);
        assert!(report.error.unwrap().ends_with("mistake in cooperage: index 7 is not there"));
    }

    #[tokio::test]
    async fn what_waits_too_long_is_stopped() {
        let limit = Duration::from_millis(20);
        let waits = move |handle: tokio::runtime::Handle| {
            handle.block_on(async { tokio::time::timeout(limit, std::future::pending::<Found>()).await.ok() })
        };
        let report = run(limit, waits).await;
        assert!(report.error.unwrap().contains("time limit of 0 s"));
    }

    #[tokio::test]
    async fn what_computes_too_long_is_left_alone() {
        let (end, wait) = std::sync::mpsc::channel::<()>();
        let report = run(Duration::from_millis(1), move |_| wait.recv().ok().map(|()| Found::default())).await;
        assert!(report.error.unwrap().contains("time limit"));
        drop(end);
    }

    #[tokio::test]
    async fn an_interruption_ends_it() {
        let cancel = CancellationToken::new();
        cancel.cancel();
        let (end, wait) = std::sync::mpsc::channel::<()>();
        let found = watched(Duration::from_secs(60), cancel, move |_| wait.recv().ok().map(|()| Found::default())).await;
        assert_eq!(found.errors, ["it was interrupted"]);
        drop(end);
    }

    #[tokio::test]
    async fn findings_stay_beside_errors() {
        let found = Found { findings: Vec::new(), errors: vec!["one\n::error::x\u{1b}[2J".into(), "two".into()] };
        let report = Report::of("x".into(), found, 1.0);
        assert_eq!((report.status, report.error.as_deref()), (Status::Error, Some("one ::error::x [2J\ntwo")));
    }
}
