//! One build: sends the context, turns what comes back into log lines, finds the image's id, checks its platform.

use super::docker::DockerEngine;
use super::log::{Lines, Output, begins_bookkeeping, is_bookkeeping};
use super::mask::Mask;
use super::session::Session;
use super::trace::Trace;
use super::{BuildRequest, Builder, EngineError, EngineKind, Limits, LogSink, refusal};
use crate::name::Digest;
use bollard::errors::Error;
use bollard::models::{BuildInfo, BuildInfoAux};
use bollard::query_parameters::BuildImageOptions;
use bollard::{BollardRequest, Docker};
use futures_util::StreamExt as _;
use std::collections::HashMap;
use tokio_util::sync::CancellationToken;

/// Bytes of context sent at a time.
const CHUNK: usize = 64 * 1024;
/// More builds after one that lost the race of [`lost_cache_race`].
const CACHE_TRIES: u32 = 3;

/// Builds; see [`super::Engine::build`].
pub(super) async fn build(
    engine: &DockerEngine,
    mut request: BuildRequest,
    log: LogSink,
    cancel: &CancellationToken,
) -> Result<Digest, EngineError> {
    check(engine, &request)?;
    let output = Output::new(log, Mask::of(&request));
    let secrets = std::mem::take(&mut request.secrets);
    let work = async {
        let session = match request.builder {
            Builder::BuildKit => Some(Session::open(&engine.transport, secrets).await.map_err(|e| engine.failures.of(&e))?),
            Builder::Classic => None,
        };
        let client = client(engine, &request)?;
        let mut result = drive(engine, &client, &request, session.as_ref(), &output).await;
        for _ in 0..CACHE_TRIES {
            if !lost_cache_race(&request, &result) {
                break;
            }
            output.line("an image vanished while the engine searched its cache; building again");
            result = drive(engine, &client, &request, session.as_ref(), &output).await;
        }
        result
    };
    let result = tokio::select! {
        biased;
        () = cancel.cancelled() => return Err(EngineError::Cancelled),
        result = work => result,
    };
    match result {
        Ok(id) => {
            check_platform(engine, &request, &id).await?;
            Ok(id)
        }
        Err(error) => Err(explain(engine, &request, &output, error).await),
    }
}

/// The classic builder of Docker looks through all images for one to reuse, and fails when another client removes one
/// meanwhile. Source: moby, `image/cache/cache.go`, `getLocalCachedImage`.
fn lost_cache_race(request: &BuildRequest, result: &Result<Digest, EngineError>) -> bool {
    let vanished = |message: &str| message.trim_start().starts_with("unable to find image ");
    let cached = request.builder == Builder::Classic && request.use_cache;
    cached && matches!(result, Err(EngineError::Build { message, exit_code: None }) if vanished(message))
}

/// What the chosen builder would silently leave out is refused before anything runs.
fn check(engine: &DockerEngine, request: &BuildRequest) -> Result<(), EngineError> {
    let refuse = |what: &str, builder: &str| {
        Err(EngineError::Unsupported { instruction: what.to_owned(), version: format!("{}, {builder}", engine.info.version) })
    };
    match request.builder {
        Builder::BuildKit if !engine.info.buildkit => refuse("a build with BuildKit", "which has none"),
        Builder::BuildKit if request.limits != Limits::default() => refuse("limits of memory and CPU", "BuildKit"),
        Builder::Classic if !request.secrets.is_empty() => refuse("build secrets", "the classic builder"),
        _ => Ok(()),
    }
}

/// A client whose `/build` requests say what bollard's options cannot: BuildKit in a session of ours, and limits over 2 GiB.
fn client(engine: &DockerEngine, request: &BuildRequest) -> Result<Docker, EngineError> {
    let version = if request.builder == Builder::BuildKit { "2" } else { "1" };
    let numbers = [("memory", request.limits.memory), ("memswap", request.limits.memswap), ("cpushares", request.limits.cpushares)];
    let more: String = numbers.iter().filter_map(|(key, value)| Some(format!("&{key}={}", (*value)?))).collect();
    let modifier = move |mut http: BollardRequest| {
        let text = http.uri().to_string();
        if let Some((path, query)) = text.split_once('?').filter(|(path, _)| path.ends_with("/build")) {
            let kept: Vec<&str> = query.split('&').filter(|pair| !pair.starts_with("version=")).collect();
            if let Ok(uri) = format!("{path}?version={version}&{}{more}", kept.join("&")).parse() {
                *http.uri_mut() = uri;
            }
        }
        http
    };
    Ok(engine.streaming_client()?.with_request_modifier(modifier))
}

async fn drive(
    engine: &DockerEngine,
    client: &Docker,
    request: &BuildRequest,
    session: Option<&Session>,
    output: &Output,
) -> Result<Digest, EngineError> {
    let context = tokio::fs::File::open(&request.context).await.map_err(|e| EngineError::Other {
        address: engine.info.address.clone(),
        message: format!("nothing was sent: the build context {} cannot be read: {e}", request.context.display()),
    })?;
    let body = bollard::body_try_stream(tokio_util::io::ReaderStream::with_capacity(context, CHUNK));
    let mut stream = client.build_image(options(request, session), None, Some(body));
    let mut answer = Answer::default();
    while let Some(message) = stream.next().await {
        let taken = match message {
            Ok(info) => answer.take(info, output),
            Err(error) => Err(error),
        };
        if let Err(error) = taken {
            answer.finish(output);
            return Err(failed(engine, &error));
        }
    }
    let last_line = answer.last_line.take();
    match answer.finish(output) {
        Some(id) => Ok(id),
        None => Err(engine.failures.build(&last_line.unwrap_or_else(|| "the engine ended it without an image".to_owned()))),
    }
}

fn options(request: &BuildRequest, session: Option<&Session>) -> BuildImageOptions {
    let map = |pairs: &std::collections::BTreeMap<String, String>| -> Option<HashMap<String, String>> {
        (!pairs.is_empty()).then(|| pairs.clone().into_iter().collect())
    };
    BuildImageOptions {
        dockerfile: "Dockerfile".to_owned(),
        nocache: !request.use_cache,
        rm: true,
        forcerm: true,
        cpusetcpus: request.limits.cpusetcpus.clone(),
        buildargs: map(&request.build_args),
        labels: map(&request.labels),
        platform: request.platform.clone().unwrap_or_default(),
        session: session.map(|s| s.id.clone()),
        ..BuildImageOptions::default()
    }
}

fn failed(engine: &DockerEngine, error: &Error) -> EngineError {
    match error {
        Error::DockerStreamError { error } => engine.failures.build(error),
        Error::DockerResponseServerError { message, .. } => engine.failures.build(message),
        other => engine.failures.of(other),
    }
}

/// What a build's answer said so far.
#[derive(Default)]
struct Answer {
    trace: Trace,
    lines: Lines,
    id: Option<Digest>,
    last_line: Option<String>,
}

impl Answer {
    fn take(&mut self, info: BuildInfo, output: &Output) -> Result<(), Error> {
        if info.error_detail.is_some() {
            return Err(Error::DockerStreamError { error: "the engine gave no reason".to_owned() });
        }
        match info.aux {
            Some(BuildInfoAux::BuildKit(status)) => self.trace.take(status, output),
            // One for every stage; the last is the image.
            Some(BuildInfoAux::Default(image)) => self.id = image.id.as_deref().and_then(image_id).or(self.id.take()),
            None => {}
        }
        if let Some(piece) = info.stream {
            // The builder does not end a line that the command left open.
            if begins_bookkeeping(&piece) {
                self.open_line(output);
            }
            for line in self.lines.take(piece.as_bytes()) {
                self.line(line, output);
            }
        }
        // Only what has no progress: "Pulling from x", "Digest: …", not every percent.
        if let Some(status) = info.status.filter(|_| info.progress_detail.is_none() && info.id.is_none()) {
            self.line(status, output);
        }
        Ok(())
    }

    fn line(&mut self, line: String, output: &Output) {
        if is_bookkeeping(&line) {
            return;
        }
        output.line(&line);
        self.last_line = Some(line);
    }

    fn open_line(&mut self, output: &Output) {
        if let Some(line) = self.lines.finish() {
            self.line(line, output);
        }
    }

    fn finish(mut self, output: &Output) -> Option<Digest> {
        self.open_line(output);
        self.trace.finish(output);
        self.id
    }
}

/// Engines write ids with and without `sha256:`.
pub(super) fn image_id(text: &str) -> Option<Digest> {
    Digest::parse(text).or_else(|| Digest::parse(&format!("sha256:{text}")))
}

/// A failure as it is told: without passwords; an engine that died in between and an instruction it does not know are named.
async fn explain(engine: &DockerEngine, request: &BuildRequest, output: &Output, error: EngineError) -> EngineError {
    let EngineError::Build { message, exit_code } = error else { return error };
    if exit_code.is_none() && !engine.answers().await {
        let reason = format!("it stopped answering during a build: {}", output.masked(&message));
        return EngineError::Unreachable { address: engine.info.address.clone(), reason };
    }
    let context = request.context.clone();
    let dockerfile = tokio::task::spawn_blocking(move || refusal::dockerfile_of(&context)).await.ok().flatten();
    if exit_code.is_none()
        && let Some(instruction) = refusal::instruction(&message, &dockerfile.unwrap_or_default())
    {
        let builder = match (request.builder, engine.info.kind) {
            (Builder::BuildKit, _) => "BuildKit",
            (Builder::Classic, EngineKind::Docker) => "the classic builder",
            (Builder::Classic, EngineKind::Podman) => "Podman",
        };
        return EngineError::Unsupported { instruction, version: format!("{}, {builder}", engine.info.version) };
    }
    EngineError::Build { message: output.masked(&message), exit_code }
}

/// The classic builder ignores a foreign platform without a word.
async fn check_platform(engine: &DockerEngine, request: &BuildRequest, id: &Digest) -> Result<(), EngineError> {
    let Some(wanted) = &request.platform else { return Ok(()) };
    let image = engine.docker.inspect_image(id.as_str()).await.map_err(|e| engine.failures.of(&e))?;
    let text = |value: Option<String>| value.filter(|v| !v.is_empty());
    let parts = [text(image.os), text(image.architecture), text(image.variant)];
    let made: Vec<&str> = parts.iter().flatten().map(String::as_str).collect();
    let made = made.join("/");
    if same_platform(wanted, &made) {
        return Ok(());
    }
    let message = format!(
        "the engine made an image for {made} where {wanted} was asked for; use BuildKit (builder: buildkit) and an engine that can run {wanted}"
    );
    Err(EngineError::Build { message, exit_code: None })
}

/// Operating system and architecture are the same, and the variant where both name one.
fn same_platform(wanted: &str, made: &str) -> bool {
    let plain = |part: &str| match part {
        "x86_64" => "amd64".to_owned(),
        "aarch64" => "arm64".to_owned(),
        other => other.to_lowercase(),
    };
    let wanted: Vec<String> = wanted.split('/').map(plain).collect();
    let made: Vec<String> = made.split('/').map(plain).collect();
    wanted.len() >= 2 && made.len() >= 2 && wanted.iter().zip(&made).all(|(a, b)| a == b)
}

#[cfg(test)]
mod tests {
    use super::same_platform;

    #[test]
    fn platforms_compare_by_what_both_name() {
        for (wanted, made, same) in [
            ("linux/amd64", "linux/amd64", true),
            ("linux/arm64", "linux/amd64", false),
            ("linux/arm64/v8", "linux/arm64", true),
            ("linux/arm/v7", "linux/arm/v6", false),
            ("linux/aarch64", "linux/arm64", true),
            ("linux", "linux/amd64", false),
        ] {
            assert_eq!(same_platform(wanted, made), same, "{wanted} {made}");
        }
    }
}
