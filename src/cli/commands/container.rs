//! What `debug` and `try` share: the image, and the container beside the caller.

use crate::cli::exit::{INTERRUPTED, Trouble};
use crate::cli::interrupt;
use crate::cli::options::Call;
use crate::cli::options::containers::Image;
use crate::cli::surroundings::{Surroundings, flag};
use crate::cli::terminal::{self, RawMode};
use crate::engine::{ContainerRequest, Engine, EngineError, Folder};
use crate::event::{Emitter, SystemClock};
use crate::name::{Digest, Tag};
use crate::plan::PlanOptions;
use crate::report::{Paint, Terminal};
use crate::run::{AttendError, Course, Ended, Ends, Guard, Session, Wanted, attend, engine_of, obtain};
use std::io::{self, IsTerminal as _, Write as _};
use std::path::Path;
use std::sync::Arc;
use tokio::io::AsyncRead;
use tokio_util::sync::CancellationToken;

/// An image in an engine, and what ends the call.
pub struct Ready {
    pub image: Digest,
    engine: Arc<dyn Engine>,
    cancel: CancellationToken,
}

/// Gets the image into the engine. What is told on the way goes to stderr: stdout is the container's.
pub async fn ready(call: &Call, wanted: &Image, surroundings: &Surroundings) -> Result<Ready, Trouble> {
    let cancel = interrupt::token()?;
    let tag = wanted.tag.as_deref().map(Tag::parse).transpose();
    let tag = tag.map_err(|error| Trouble::call(format!("--tag: {error}")))?;
    // Whoever looks at an image does not publish it.
    let config = surroundings.configure(call, vec![flag("cooperage.publish", false.into(), "a command that never publishes")])?;
    super::show_config_warnings(surroundings, &config);
    let mut doubts = Vec::new();
    let revision = super::revision(&wanted.directory, &mut doubts);
    super::show(surroundings, &[&doubts]);
    let (survey, node) = super::explain::one(&wanted.directory, &config, &wanted.image)?;
    let both = Wanted { engine: true, registry: true };
    let session = Session::open(config, surroundings.env.clone(), wanted.directory.clone(), revision, both).await?;
    let engine = engine_of(&session)?;
    let teller = Arc::new(Terminal::new(Box::new(io::stderr()), Box::new(io::stderr()), surroundings.err));
    let emitter = Arc::new(Emitter::new("container", Arc::new(SystemClock), teller.clone()));
    let course = Course { options: PlanOptions::default(), emitter, cancel: cancel.clone(), journal: None, resumed: Default::default() };
    // What is pulled needs none of the headings of a build.
    let quiet = Arc::new(Terminal::new(Box::new(io::sink()), Box::new(io::stderr()), surroundings.err));
    let pulling = Arc::new(Emitter::new("container", Arc::new(SystemClock), quiet.clone()));
    let waiting = || teller.aside("another run works on this catalogue; waiting for it to end");
    let found = obtain(session, survey, node, tag, course, &pulling, waiting).await;
    teller.close();
    quiet.close();
    Ok(Ready { image: found?.id, engine, cancel })
}

/// Runs a container to its end; its exit code is the call's. `hint` is what to do where the image lacks the program.
pub async fn run(ready: &Ready, request: &ContainerRequest, hint: &str, surroundings: &Surroundings) -> Result<u8, Trouble> {
    let sizes = if request.terminal { Some(terminal::sizes()?) } else { None };
    let input: Option<Box<dyn AsyncRead + Send + Unpin>> = if request.input { Some(Box::new(tokio::io::stdin())) } else { None };
    let raw = request.terminal;
    let ends = Ends {
        input,
        output: Box::new(tokio::io::stdout()),
        error: Box::new(tokio::io::stderr()),
        sizes,
        started: Box::new(move || -> io::Result<Guard> { Ok(if raw { Box::new(RawMode::enter()?) } else { Box::new(()) }) }),
    };
    let left = |message: &str| {
        // There is nobody left to tell when stderr is gone.
        let _ = writeln!(io::stderr(), "{} {message}", Paint::Caution.on(&surroundings.err, "warning:"));
    };
    match attend(ready.engine.as_ref(), request, ends, &ready.cancel, left).await {
        Ok(Ended::Exited(code)) => Ok(code),
        Ok(Ended::Interrupted) => Ok(INTERRUPTED),
        Err(error) => Err(not_run(&error, hint)),
    }
}

fn not_run(error: &AttendError, hint: &str) -> Trouble {
    if let AttendError::Engine(EngineError::NoProgram { .. }) = error {
        return Trouble::call(format!("{error}; {hint}"));
    }
    Trouble::call(format!("the container did not run to its end: {error}"))
}

/// Whether the container is given what comes in on stdin.
pub fn has_input() -> bool {
    !io::stdin().is_terminal()
}

/// A folder of the caller at a place of the container.
pub fn folder(what: &str, outside: &Path, inside: &str, writable: bool) -> Result<Folder, Trouble> {
    let told = |error: io::Error| Trouble::call(format!("{what} {}: {error}", outside.display()));
    let whole = outside.canonicalize().map_err(told)?;
    if !whole.is_dir() {
        return Err(told(io::Error::from(io::ErrorKind::NotADirectory)));
    }
    Ok(Folder { outside: whole, inside: inside.to_owned(), writable })
}
