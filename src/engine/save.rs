//! An image as an archive, streamed out of the engine.

use super::EngineError;
use super::docker::DockerEngine;
use crate::name::Digest;
use bollard::errors::Error;
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use std::io;
use tokio::io::AsyncRead;
use tokio_util::io::StreamReader;

/// Saves; see [`super::Engine::save`]. The first bytes are waited for, so that a missing image is said here.
pub(super) async fn save(engine: &DockerEngine, image: &Digest) -> Result<Box<dyn AsyncRead + Send + Unpin>, EngineError> {
    // Engines answer 500 to this where they have no such image.
    if engine.find(image.as_str()).await?.is_none() {
        return Err(EngineError::NotFound(image.to_string()));
    }
    let client = engine.streaming_client()?;
    let mut bytes = client.export_image(image.as_str()).boxed();
    let first = bytes.next().await.transpose().map_err(|error| match &error {
        Error::DockerResponseServerError { status_code: 404, .. } => EngineError::NotFound(image.to_string()),
        other => engine.failures.of(other),
    })?;
    let failures = engine.failures.clone();
    let rest = bytes.map_err(move |error| io::Error::other(failures.of(&error)));
    let all = stream::iter(first.map(Ok)).chain(rest);
    Ok(Box::new(StreamReader::new(all.boxed())))
}
