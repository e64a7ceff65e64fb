//! An image as the engine exports it, into a file.

use super::docker::DockerEngine;
use super::{EngineError, ProgressSink};
use crate::name::Digest;
use bollard::errors::Error;
use futures_util::StreamExt as _;
use std::path::Path;
use tokio::io::AsyncWriteExt as _;
use tokio_util::sync::CancellationToken;

/// Exports; see [`super::Engine::save`].
pub(super) async fn save(
    engine: &DockerEngine,
    image: &Digest,
    into: &Path,
    progress: &ProgressSink,
    cancel: &CancellationToken,
) -> Result<(), EngineError> {
    let work = async {
        let mut file = tokio::fs::File::create_new(into).await.map_err(|error| unwritten(image, into, &error))?;
        let client = engine.streaming_client()?;
        let mut stream = std::pin::pin!(client.export_image(image.as_str()));
        let mut done = 0;
        while let Some(part) = stream.next().await {
            let part = part.map_err(|error| failed(engine, image, &error))?;
            file.write_all(&part).await.map_err(|error| unwritten(image, into, &error))?;
            done += part.len() as u64;
            progress(done, None);
        }
        file.flush().await.map_err(|error| unwritten(image, into, &error))
    };
    tokio::select! {
        biased;
        () = cancel.cancelled() => Err(EngineError::Cancelled),
        result = work => result,
    }
}

fn failed(engine: &DockerEngine, image: &Digest, error: &Error) -> EngineError {
    match error {
        Error::DockerResponseServerError { status_code: 404, .. } => EngineError::NotFound(image.to_string()),
        other => engine.failures.of(other),
    }
}

fn unwritten(image: &Digest, into: &Path, error: &std::io::Error) -> EngineError {
    let message = format!("the engine's export cannot be written to {}: {error}", into.display());
    EngineError::Transfer { reference: image.to_string(), message, transient: false }
}
