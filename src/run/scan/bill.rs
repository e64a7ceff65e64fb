//! What an image is made of: its packages, without any scanner.

use super::origin::{Origin, Places};
use super::read::Reader;
use crate::engine::ProgressSink;
use crate::name::Digest;
use crate::plan::Unclear;
use crate::publish::Spot;
use crate::run::work::failure::{Failure, Scope};
use crate::run::work::prepare::RunError;
use crate::scan::{Inventory, Whole, inventory};
use tokio_util::sync::CancellationToken;

/// An image that was read, with its packages.
pub struct Bill {
    /// The image.
    pub whole: Whole,
    /// Its packages.
    pub inventory: Inventory,
    /// Where its manifest or index stands, of an image of a registry or a layout.
    pub published: Option<(Spot, Digest)>,
}

/// Reads an image that somebody names, and takes its packages.
///
/// # Errors
/// When nobody has the image, it cannot be read, or somebody gives no clear answer.
pub async fn bill(
    places: &Places,
    reader: &Reader,
    text: &str,
    progress: &ProgressSink,
    cancel: &CancellationToken,
) -> Result<Bill, RunError> {
    let work = async {
        let origin = places.find(text).await.map_err(|failure| (failure, false))?;
        let whole = reader.read(&origin, progress, cancel).await.map_err(|failure| (failure, true))?;
        let published = match origin {
            Origin::Spot { spot, digest } => Some((spot, digest)),
            Origin::Engine { .. } => None,
        };
        let taken = tokio::task::spawn_blocking(move || (inventory::take(&whole.contents), whole)).await;
        let broken = |error| Failure::of(format!("taking the inventory broke off, which is a mistake in cooperage: {error}"));
        let (inventory, whole) = taken.map_err(|error| (broken(error), true))?;
        Ok(Bill { whole, inventory, published })
    };
    tokio::select! {
        done = work => done.map_err(|(failure, there): (Failure, bool)| refused(text, failure, there)),
        () = cancel.cancelled() => Err(RunError::Interrupted),
    }
}

/// What is not there is a mistake of the call, what is there and cannot be read is one of the image.
fn refused(text: &str, failure: Failure, there: bool) -> RunError {
    match failure.scope {
        Scope::Cancelled => RunError::Interrupted,
        Scope::Run => RunError::Unclear(Unclear(vec![(text.to_owned(), failure.message)])),
        Scope::Image if there => RunError::Unreadable(format!("{text} cannot be read: {}", failure.message)),
        Scope::Image => RunError::Refused(vec![failure.message]),
    }
}
