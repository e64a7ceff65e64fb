//! What a run that was killed leaves behind in an engine, and how the next one finds it.

use crate::engine::{Engine, EngineError};
use std::collections::BTreeMap;
use std::time::Duration;

/// The label of containers of tests and of cages, and of what is committed from them. Its value is the second of Unix time after
/// which they have no owner any more.
const LABEL: &str = "io.cooperage.test";

/// How much longer than its time limit a container may be at work: the engine may be slow.
const SLACK: Duration = Duration::from_secs(300);

/// Labels of a container that may run for `limit` from `now` on.
pub fn labels(now: jiff::Timestamp, limit: Duration) -> BTreeMap<String, String> {
    let seconds = i64::try_from((limit + SLACK).as_secs()).unwrap_or(i64::MAX);
    BTreeMap::from([(LABEL.to_owned(), now.as_second().saturating_add(seconds).to_string())])
}

/// Removes what tests and cages left behind whose time is over, and says how many things that were.
///
/// # Errors
/// When the engine does not answer. What cannot be removed is left.
pub async fn sweep(engine: &dyn Engine, now: jiff::Timestamp) -> Result<usize, EngineError> {
    let found = engine.labelled(LABEL).await?;
    let over = |until: &str| until.parse::<i64>().is_ok_and(|until| until < now.as_second());
    let mut removed = 0;
    for (container, _) in found.containers.iter().filter(|(_, until)| over(until)) {
        engine.remove_container(container).await?;
        removed += 1;
    }
    for (image, _) in found.images.iter().filter(|(_, until)| over(until)) {
        // Somebody may have built on it since; then it is somebody's.
        removed += usize::from(engine.untag(image).await.is_ok());
    }
    Ok(removed)
}
