//! Runs one container beside its caller: what one writes the other reads, until the container ends.

use crate::engine::{Attached, Channel, ContainerRequest, Engine, EngineError, Input, Output, TerminalSize};
use std::any::Any;
use std::io;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt as _};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

/// How long the engine has to take a container away.
const REMOVAL: Duration = Duration::from_secs(30);

/// Something that holds as long as it lives, such as a terminal in raw mode.
pub type Guard = Box<dyn Any + Send>;

/// The caller's side of a container.
pub struct Ends {
    /// What the container reads; none where its request has no input.
    pub input: Option<Box<dyn AsyncRead + Send + Unpin>>,
    /// Where its stdout, or its terminal, goes.
    pub output: Box<dyn AsyncWrite + Send + Unpin>,
    /// Where its stderr goes.
    pub error: Box<dyn AsyncWrite + Send + Unpin>,
    /// The size of the caller's terminal as it changes; none without a terminal.
    pub sizes: Option<watch::Receiver<TerminalSize>>,
    /// Called when the container runs; what it returns is dropped before anything else happens after the end.
    pub started: Box<dyn FnOnce() -> io::Result<Guard> + Send>,
}

/// How a container ended.
#[derive(Debug)]
pub enum Ended {
    /// By itself, with this code.
    Exited(u8),
    /// It was taken away because the call was interrupted.
    Interrupted,
}

/// Why a container did not run to its end.
#[derive(Debug, thiserror::Error)]
pub enum AttendError {
    /// The engine did not do its part.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// Our side broke.
    #[error("the output of the container cannot be passed on: {0}")]
    Output(#[source] io::Error),
    /// The terminal does not do what it is told.
    #[error("the terminal cannot be set: {0}")]
    Terminal(#[source] io::Error),
}

/// Runs a container to its end and removes it, whatever happens. `left` is told why one may still be there.
///
/// # Errors
/// When the container cannot be made or started, the engine goes away, or what it writes cannot be passed on.
pub async fn attend(
    engine: &dyn Engine,
    request: &ContainerRequest,
    ends: Ends,
    cancel: &CancellationToken,
    left: impl FnOnce(&str),
) -> Result<Ended, AttendError> {
    // Not interrupted: a container whose id is not known yet could not be removed.
    let container = engine.create(request).await?;
    let result = tokio::select! {
        code = follow(engine, &container, request, ends) => code.map(Ended::Exited),
        () = cancel.cancelled() => Ok(Ended::Interrupted),
    };
    match tokio::time::timeout(REMOVAL, remove(engine, &container)).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => left(&format!("the container {container} may be left: {error}")),
        Err(_) => left(&format!("the container {container} may be left: the engine does not answer")),
    }
    result
}

/// Removes a container and waits until it is gone: its own end may be taking it away at the same time.
async fn remove(engine: &dyn Engine, container: &str) -> Result<(), EngineError> {
    engine.remove_container(container).await?;
    if let Ok(waiting) = engine.wait(container).await {
        // Gone in between is gone.
        let _ = waiting.exit_code().await;
    }
    Ok(())
}

async fn follow(engine: &dyn Engine, container: &str, request: &ContainerRequest, ends: Ends) -> Result<u8, AttendError> {
    let Ends { input, output, error, sizes, started } = ends;
    let attached = engine.attach(container, request).await?;
    let waiting = engine.wait(container).await?;
    engine.start(container).await?;
    let _guard = started().map_err(AttendError::Terminal)?;
    let Attached { input: theirs, output: written } = attached;
    let ending = async { waiting.exit_code().await.map_err(AttendError::Engine) };
    let passing = async { pass_on(written, output, error).await.map_err(AttendError::Output) };
    let both = async { tokio::try_join!(ending, passing) };
    let beside = async { tokio::join!(feed(input, theirs), follow_size(engine, container, sizes)) };
    let mut both = std::pin::pin!(both);
    let (code, ()) = tokio::select! {
        done = &mut both => done?,
        // Input that ends does not end the container.
        _ = beside => both.await?,
    };
    // Linux knows no others.
    Ok(u8::try_from(code).unwrap_or(u8::MAX))
}

/// What the container writes, as it comes.
async fn pass_on(
    mut written: Output,
    mut output: Box<dyn AsyncWrite + Send + Unpin>,
    mut error: Box<dyn AsyncWrite + Send + Unpin>,
) -> io::Result<()> {
    while let Some((channel, bytes)) = written.next().await? {
        let to = if channel == Channel::Out { &mut output } else { &mut error };
        to.write_all(&bytes).await?;
        to.flush().await?;
    }
    Ok(())
}

/// What the container reads, and the end of it. A container that does not read any more is no failure.
async fn feed(input: Option<Box<dyn AsyncRead + Send + Unpin>>, mut theirs: Input) {
    let Some(mut input) = input else { return };
    let _ = tokio::io::copy(&mut input, &mut theirs).await;
    let _ = theirs.shutdown().await;
}

/// Tells the container the size of the terminal now and whenever it changes.
async fn follow_size(engine: &dyn Engine, container: &str, sizes: Option<watch::Receiver<TerminalSize>>) {
    let Some(mut sizes) = sizes else { return };
    loop {
        let size = *sizes.borrow_and_update();
        // A container that has just ended has no terminal.
        let _ = engine.resize(container, size).await;
        if sizes.changed().await.is_err() {
            return;
        }
    }
}
