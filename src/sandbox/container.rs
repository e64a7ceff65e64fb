//! Runs a program in a container of its own: watched, cut short, always removed.

use crate::engine::{Attached, Channel, ContainerRequest, Engine, EngineError, Output};
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// What is kept of each of a container's streams, in bytes. One that writes more is stopped.
pub const MOST_OUTPUT: usize = 8 << 20;

/// How long the engine has to take a container away.
const REMOVAL: Duration = Duration::from_secs(30);

/// How a container ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ContainerEnd {
    /// By itself, with this code.
    Code(i64),
    /// Stopped after this time limit.
    TimedOut(Duration),
    /// Stopped because it wrote more than [`MOST_OUTPUT`].
    Flooded,
    /// Stopped because the call was interrupted.
    Cancelled,
}

/// A container that ran.
#[derive(Debug)]
pub struct Ran {
    /// Its id; it is there still where its cage says keep, and has to be removed.
    pub container: String,
    /// How it ended.
    pub end: ContainerEnd,
    /// What it wrote.
    pub stdout: Vec<u8>,
    /// And to its other stream.
    pub stderr: Vec<u8>,
}

/// Runs a container to its end, for `limit` at most. It is removed, unless it is to be kept and ended by itself.
///
/// # Errors
/// When the engine cannot make or start it, or goes away.
pub async fn run_container(
    engine: &dyn Engine,
    request: &ContainerRequest,
    limit: Duration,
    cancel: &CancellationToken,
) -> Result<Ran, EngineError> {
    let (mut stdout, mut stderr) = (Vec::new(), Vec::new());
    let mut take = |channel, bytes: &[u8]| {
        let stream = if channel == Channel::Out { &mut stdout } else { &mut stderr };
        let fits = stream.len() + bytes.len() <= MOST_OUTPUT;
        if fits {
            stream.extend_from_slice(bytes);
        }
        fits
    };
    let (container, end) = watch_container(engine, request, limit, cancel, &mut take).await?;
    Ok(Ran { container, end, stdout, stderr })
}

/// Takes a part of what a container writes; false when that is too much.
pub type Taking<'a> = dyn FnMut(Channel, &[u8]) -> bool + Send + 'a;

/// The same as [`run_container`], with what it writes handed to `take` as it comes. Returns the container's id and its end.
///
/// # Errors
/// When the engine cannot make or start it, or goes away.
pub async fn watch_container(
    engine: &dyn Engine,
    request: &ContainerRequest,
    limit: Duration,
    cancel: &CancellationToken,
    take: &mut Taking<'_>,
) -> Result<(String, ContainerEnd), EngineError> {
    // Not interrupted: a container whose id is not known yet could not be removed.
    let id = engine.create(request).await?;
    let end = tokio::select! {
        end = follow(engine, &id, request, take) => end,
        () = tokio::time::sleep(limit) => Ok(ContainerEnd::TimedOut(limit)),
        () = cancel.cancelled() => Ok(ContainerEnd::Cancelled),
    };
    let stays = request.cage.keep && matches!(end, Ok(ContainerEnd::Code(_)));
    if !stays {
        remove_container(engine, &id).await;
    }
    Ok((id, end?))
}

/// Removes a container, running or not. One that cannot be removed is found by its label later.
pub async fn remove_container(engine: &dyn Engine, container: &str) {
    // Whoever called has a result to tell that matters more than this one.
    let _ = tokio::time::timeout(REMOVAL, engine.remove_container(container)).await;
}

async fn follow(
    engine: &dyn Engine,
    container: &str,
    request: &ContainerRequest,
    take: &mut Taking<'_>,
) -> Result<ContainerEnd, EngineError> {
    let Attached { input: _input, output } = engine.attach(container, request).await?;
    let waiting = if request.cage.keep { engine.wait_kept(container).await? } else { engine.wait(container).await? };
    engine.start(container).await?;
    let passing = collect(output, take);
    let ending = waiting.exit_code();
    let (mut passing, mut ending) = (std::pin::pin!(passing), std::pin::pin!(ending));
    tokio::select! {
        whole = &mut passing => match whole {
            true => Ok(ContainerEnd::Code(ending.await?)),
            false => Ok(ContainerEnd::Flooded),
        },
        code = &mut ending => {
            let code = code?;
            Ok(if passing.await { ContainerEnd::Code(code) } else { ContainerEnd::Flooded })
        }
    }
}

/// Takes what a container writes; false once that is too much. A connection that breaks is an end: how the
/// container did is told by its exit code.
async fn collect(mut output: Output, take: &mut Taking<'_>) -> bool {
    while let Ok(Some((channel, bytes))) = output.next().await {
        if !take(channel, &bytes) {
            return false;
        }
    }
    true
}
