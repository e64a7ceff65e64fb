//! Scans many images, several at once.

use super::difference::difference;
use super::image::{Named, Scanning};
use super::wish::ScanWish;
use crate::engine::ProgressSink;
use crate::run::work::execute::RunEnd;
use crate::run::work::failure::{Failure, Scope};
use crate::scan::Scanned;
use futures_util::StreamExt as _;
use std::sync::Arc;

/// What somebody watches: an image is read, and it ends.
pub trait ScanWatch: Send + Sync {
    /// Where the bytes of an image are told.
    fn progress(&self, reference: &str) -> ProgressSink;
    /// It ended.
    fn ended(&self, reference: &str);
}

/// What came of a call.
pub struct ScanEnd {
    /// In the order of the wishes.
    pub images: Vec<Scanned>,
    /// For the exit code.
    pub end: RunEnd,
}

/// Scans them, `jobs` at once. Whatever happens to one, the others have their results.
pub async fn scan(scanning: &Scanning, wishes: &[ScanWish], jobs: usize, watch: &Arc<dyn ScanWatch>) -> ScanEnd {
    let each = futures_util::stream::iter(wishes).map(|wish| one(scanning, wish, watch.as_ref()));
    let ended: Vec<(Scanned, Option<Scope>)> = each.buffered(jobs.max(1)).collect().await;
    let any = |wanted: Scope| ended.iter().any(|(_, scope)| *scope == Some(wanted));
    let end = match () {
        () if scanning.tools.cancel.is_cancelled() || any(Scope::Cancelled) => RunEnd::Interrupted,
        () if any(Scope::Run) => RunEnd::Stopped,
        () if ended.iter().all(|(image, _)| image.is_good()) => RunEnd::Good,
        () => RunEnd::Failed,
    };
    ScanEnd { images: ended.into_iter().map(|(image, _)| image).collect(), end }
}

async fn one(scanning: &Scanning, wish: &ScanWish, watch: &dyn ScanWatch) -> (Scanned, Option<Scope>) {
    let ended = attempt(scanning, wish, watch).await;
    watch.ended(&wish.reference);
    ended.map_or_else(
        |failure| {
            let scanned = Scanned { error: Some(failure.message), ..Scanned::new(&wish.reference, wish.name.as_deref()) };
            (scanned, Some(failure.scope))
        },
        |scanned| (scanned, None),
    )
}

async fn attempt(scanning: &Scanning, wish: &ScanWish, watch: &dyn ScanWatch) -> Result<Scanned, Failure> {
    if scanning.tools.cancel.is_cancelled() {
        return Err(Failure::cancelled());
    }
    let origin = wish.origin.as_ref().map_err(Clone::clone)?;
    let named = Named { reference: &wish.reference, plain: &wish.plain, name: wish.name.as_deref() };
    let mut scanned = scanning.image(named, origin, &wish.policy, watch.progress(&wish.reference)).await?;
    if let Some((reference, origin)) = wish.before.as_ref().filter(|_| scanned.error.is_none()) {
        let named = Named { reference, plain: reference, name: wish.name.as_deref() };
        let before = scanning.image(named, origin, &wish.policy, watch.progress(reference)).await;
        watch.ended(reference);
        scanned.diff = Some(difference(&scanned, &settled(before, reference)?));
    }
    Ok(scanned)
}

/// What cannot be read of the other version leaves only the comparison out.
fn settled(before: Result<Scanned, Failure>, reference: &str) -> Result<Scanned, Failure> {
    match before {
        Err(failure) if failure.scope == Scope::Cancelled => Err(failure),
        Err(failure) => Ok(Scanned { error: Some(failure.message), ..Scanned::new(reference, None) }),
        Ok(scanned) => Ok(scanned),
    }
}
