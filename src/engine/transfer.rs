//! Pulls and pushes, asked of the engine. Errors come inside the stream of a good answer.

use super::docker::{DockerEngine, tag_of};
use super::{EngineError, LocalImage, ProgressSink};
use crate::config::Login;
use crate::name::Reference;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE;
use bollard::errors::Error;
use bollard::models::ProgressDetail;
use bollard::query_parameters::{CreateImageOptions, PushImageOptions};
use bollard::{BollardRequest, Docker};
use futures_util::StreamExt as _;
use std::collections::HashMap;
use tokio_util::sync::CancellationToken;

/// What docker signs in to Docker Hub as.
const DOCKER_HUB: &str = "https://index.docker.io/v1/";

/// Pulls; see [`super::Engine::pull`].
pub(super) async fn pull(
    engine: &DockerEngine,
    reference: &Reference,
    login: Option<&Login>,
    progress: &ProgressSink,
    cancel: &CancellationToken,
) -> Result<LocalImage, EngineError> {
    let client = client(engine, reference, login)?;
    let options = CreateImageOptions {
        from_image: Some(reference.name()),
        // Without a tag an engine pulls them all.
        tag: Some(reference.digest().map_or_else(|| tag_of(reference).to_owned(), ToString::to_string)),
        ..CreateImageOptions::default()
    };
    let work = async {
        let mut stream = std::pin::pin!(client.create_image(Some(options), None, None));
        let mut bytes = Bytes::default();
        while let Some(message) = stream.next().await {
            let message = message.map_err(|e| failed(engine, reference, &e))?;
            let error = message.error_detail.map(|e| e.message.unwrap_or_default());
            error.map_or(Ok(()), |text| Err(engine.failures.transfer(&reference.to_string(), &text)))?;
            // "Extracting" counts the same bytes again.
            if message.status.as_deref() == Some("Downloading") {
                bytes.take(message.id.unwrap_or_default(), message.progress_detail.as_ref(), progress);
            }
        }
        Ok(())
    };
    until_cancelled(cancel, work).await?;
    let name = reference.to_string();
    engine.find(&name).await?.ok_or(EngineError::NotFound(name))
}

/// Pushes; see [`super::Engine::push`].
pub(super) async fn push(
    engine: &DockerEngine,
    reference: &Reference,
    login: Option<&Login>,
    progress: &ProgressSink,
    cancel: &CancellationToken,
) -> Result<(), EngineError> {
    let client = client(engine, reference, login)?;
    let options = PushImageOptions { tag: Some(tag_of(reference).to_owned()), ..PushImageOptions::default() };
    let name = reference.name();
    let work = async {
        let mut stream = std::pin::pin!(client.push_image(&name, Some(options), None));
        let mut bytes = Bytes::default();
        while let Some(message) = stream.next().await {
            let message = message.map_err(|e| failed(engine, reference, &e))?;
            let error = message.error_detail.map(|e| e.message.unwrap_or_default());
            error.map_or(Ok(()), |text| Err(engine.failures.transfer(&reference.to_string(), &text)))?;
            // bollard drops the layer's id here; its size tells layers apart well enough for a progress bar.
            let detail = message.progress_detail;
            let layer = detail.as_ref().and_then(|d| d.total).unwrap_or_default().to_string();
            bytes.take(layer, detail.as_ref(), progress);
        }
        Ok(())
    };
    until_cancelled(cancel, work).await
}

/// Ends early when the token says so; dropping the stream ends the engine's side.
async fn until_cancelled(cancel: &CancellationToken, work: impl Future<Output = Result<(), EngineError>>) -> Result<(), EngineError> {
    tokio::select! {
        biased;
        () = cancel.cancelled() => Err(EngineError::Cancelled),
        result = work => result,
    }
}

fn failed(engine: &DockerEngine, reference: &Reference, error: &Error) -> EngineError {
    let reference = reference.to_string();
    match error {
        Error::DockerResponseServerError { status_code: 404, .. } => EngineError::NotFound(reference),
        Error::DockerResponseServerError { message, .. } | Error::DockerStreamError { error: message } => {
            engine.failures.transfer(&reference, message)
        }
        other => engine.failures.of(other),
    }
}

/// A client that signs in. bollard writes the header in plain base64, in which engines that expect the URL-safe
/// alphabet read no password whose code holds `+` or `/`.
fn client(engine: &DockerEngine, reference: &Reference, login: Option<&Login>) -> Result<Docker, EngineError> {
    let header = URL_SAFE.encode(sign_in(reference.registry(), login).to_string());
    let modifier = move |mut request: BollardRequest| {
        if let Ok(value) = header.parse() {
            request.headers_mut().insert("x-registry-auth", value);
        }
        request
    };
    Ok(engine.streaming_client()?.with_request_modifier(modifier))
}

/// The document of `X-Registry-Auth`; `{}` for anonymous, because Docker 20.10 refuses a push without the header.
fn sign_in(registry: &str, login: Option<&Login>) -> serde_json::Value {
    let server = if registry == "docker.io" { DOCKER_HUB } else { registry };
    match login {
        None => serde_json::json!({}),
        Some(login) if login.username == "<token>" => {
            serde_json::json!({"identitytoken": login.password.expose(), "serveraddress": server})
        }
        Some(login) => serde_json::json!({"username": login.username, "password": login.password.expose(), "serveraddress": server}),
    }
}

/// Bytes of all layers together.
#[derive(Default)]
struct Bytes {
    layers: HashMap<String, (u64, u64)>,
}

impl Bytes {
    fn take(&mut self, layer: String, detail: Option<&ProgressDetail>, progress: &ProgressSink) {
        let number = |value: Option<i64>| value.and_then(|n| u64::try_from(n).ok());
        let Some(detail) = detail else { return };
        let Some(done) = number(detail.current) else { return };
        let total = number(detail.total).unwrap_or(0);
        // What is sent is larger than the layer by its tar's headers: never more than all.
        self.layers.insert(layer, (if total > 0 { done.min(total) } else { done }, total));
        let (done, total) = self.layers.values().fold((0, 0), |(d, t), (done, total)| (d + done, t + total));
        progress(done, (total > 0).then_some(total));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Secret;
    use std::sync::{Arc, Mutex};

    #[test]
    fn bytes_are_summed_over_layers() {
        let seen = Arc::new(Mutex::new(Vec::new()));
        let sink = seen.clone();
        let progress: ProgressSink = Arc::new(move |done, total| sink.lock().unwrap().push((done, total)));
        let mut bytes = Bytes::default();
        for (layer, current, total) in [("a", 10, 100), ("b", 5, 50), ("a", 120, 100)] {
            bytes.take(layer.into(), Some(&ProgressDetail { current: Some(current), total: Some(total) }), &progress);
        }
        bytes.take("c".into(), None, &progress);
        assert_eq!(*seen.lock().unwrap(), [(10, Some(100)), (15, Some(150)), (105, Some(150))]);
    }

    #[test]
    fn tokens_and_passwords_are_sent_as_what_they_are() {
        let login = |name: &str| Login { username: name.into(), password: Secret::new("s".into()) };
        assert_eq!(sign_in("h:5", None).to_string(), "{}");
        assert_eq!(sign_in("docker.io", Some(&login("<token>")))["identitytoken"], "s");
        let document = sign_in("h:5", Some(&login("me")));
        assert_eq!((document["username"].as_str(), document["serveraddress"].as_str()), (Some("me"), Some("h:5")));
    }
}
