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
    // Not interrupted: a container whose id is not known yet could not be removed.
    let container = engine.create(request).await?;
    let mut ran = Ran { container, end: ContainerEnd::Cancelled, stdout: Vec::new(), stderr: Vec::new() };
    let id = ran.container.clone();
    let end = tokio::select! {
        end = follow(engine, &id, request, &mut ran) => end,
        () = tokio::time::sleep(limit) => Ok(ContainerEnd::TimedOut(limit)),
        () = cancel.cancelled() => Ok(ContainerEnd::Cancelled),
    };
    let stays = request.cage.keep && matches!(end, Ok(ContainerEnd::Code(_)));
    if !stays {
        remove_container(engine, &id).await;
    }
    ran.end = end?;
    Ok(ran)
}

/// Removes a container, running or not. One that cannot be removed is found by its label later.
pub async fn remove_container(engine: &dyn Engine, container: &str) {
    // Whoever called has a result to tell that matters more than this one.
    let _ = tokio::time::timeout(REMOVAL, engine.remove_container(container)).await;
}

async fn follow(engine: &dyn Engine, container: &str, request: &ContainerRequest, ran: &mut Ran) -> Result<ContainerEnd, EngineError> {
    let Attached { input: _input, output } = engine.attach(container, request).await?;
    let waiting = if request.cage.keep { engine.wait_kept(container).await? } else { engine.wait(container).await? };
    engine.start(container).await?;
    let passing = collect(output, ran);
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
async fn collect(mut output: Output, ran: &mut Ran) -> bool {
    while let Ok(Some((channel, bytes))) = output.next().await {
        let stream = if channel == Channel::Out { &mut ran.stdout } else { &mut ran.stderr };
        if stream.len() + bytes.len() > MOST_OUTPUT {
            return false;
        }
        stream.extend_from_slice(&bytes);
    }
    true
}
