//! A proxy of the engine for one cage: a Unix socket where containers of one image can be run, and nothing else.
//!
//! Every call is parsed once, by a table of what is allowed ([`route`]); what is passed on is written anew ([`body`],
//! [`upstream`]), so that the engine never reads what was not understood here. `docs/cage.md` has the table for people.

mod answer;
mod body;
mod known;
mod route;
mod serve;
mod upstream;

use super::cage::longest;
use super::{CageError, CageLimits, leftovers};
use crate::engine::Address;
use crate::name::{Digest, Reference};
use known::Known;
use serde_json::{Map, Value};
use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tempfile::TempDir;
use tokio::net::UnixListener;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

/// Connections at once; more of them wait.
const CONNECTIONS: usize = 64;

/// Refused calls that are remembered, and characters of each.
const MOST_REFUSED: usize = 1000;
const MOST_TEXT: usize = 300;

/// The proxy. When it is dropped nobody listens any more, and the containers that were made through it are removed in the
/// background; [`EngineProxy::close`] waits for that.
pub struct EngineProxy {
    socket: PathBuf,
    shared: Arc<Shared>,
    _folder: TempDir,
}

/// What all connections know.
struct Shared {
    engine: Address,
    image: Digest,
    reference: Reference,
    limits: CageLimits,
    labels: Map<String, Value>,
    known: Mutex<Known>,
    creating: tokio::sync::Mutex<()>,
    refused: Mutex<Vec<String>>,
    closed: AtomicBool,
    closing: CancellationToken,
}

impl EngineProxy {
    /// Listens at a socket in a folder of its own below `folder`, for containers of `image`, which clients may also call
    /// `reference`. The containers are within `limits` (CPUs, memory and processes each; a network where that is allowed).
    ///
    /// # Errors
    /// When the socket cannot be made, also because its path is longer than the 107 bytes that sockets have.
    pub fn start(engine: &Address, image: &Digest, reference: &Reference, folder: &Path, limits: &CageLimits) -> Result<Self, CageError> {
        // Nobody else on this machine comes through the folder; root in a cage may be another user outside of it.
        let folder = tempfile::Builder::new().prefix("e").tempdir_in(folder).map_err(listening(folder))?;
        let socket = folder.path().join("s");
        let listener = UnixListener::bind(&socket).map_err(listening(&socket))?;
        std::fs::set_permissions(&socket, std::fs::Permissions::from_mode(0o666)).map_err(listening(&socket))?;
        let labels = leftovers::labels(jiff::Timestamp::now(), longest(limits));
        let shared = Arc::new(Shared {
            engine: engine.clone(),
            image: image.clone(),
            reference: reference.clone(),
            limits: limits.clone(),
            labels: labels.into_iter().map(|(key, value)| (key, value.into())).collect(),
            known: Mutex::default(),
            creating: tokio::sync::Mutex::default(),
            refused: Mutex::default(),
            closed: AtomicBool::new(false),
            closing: CancellationToken::new(),
        });
        tokio::spawn(listen(listener, shared.clone()));
        Ok(Self { socket, shared, _folder: folder })
    }

    /// The socket, as a path of this machine.
    pub fn socket(&self) -> &Path {
        &self.socket
    }

    /// The calls that were refused, each with the reason; the first thousand.
    pub fn refused(&self) -> Vec<String> {
        self.shared.refused.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Closes the socket, removes the containers, and returns the calls that were refused.
    pub async fn close(self) -> Vec<String> {
        self.shared.close().await;
        self.refused()
    }
}

impl Drop for EngineProxy {
    fn drop(&mut self) {
        let shared = self.shared.clone();
        shared.closed.store(true, Ordering::SeqCst);
        shared.closing.cancel();
        // Without a runtime, or where it ends first, they are found by their label later.
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            runtime.spawn(async move { shared.close().await });
        }
    }
}

impl Shared {
    /// Notes a call that was refused.
    fn refuse(&self, asked: &str, why: &str) {
        let mut refused = self.refused.lock().unwrap_or_else(PoisonError::into_inner);
        if refused.len() < MOST_REFUSED {
            let line: String = format!("{asked}: {why}").chars().filter(|c| !c.is_control()).take(MOST_TEXT).collect();
            refused.push(line);
        }
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether clients mean the one image: its id, also shortened as `docker images` shows it, or its name.
    fn is_image(&self, asked: &str) -> bool {
        let id = asked.strip_prefix("sha256:").unwrap_or(asked);
        let whole = self.image.as_str().strip_prefix("sha256:").unwrap_or(self.image.as_str());
        let short = id.len() >= 12 && whole.starts_with(id);
        short || Reference::parse(asked).is_ok_and(|named| named.digest().is_none() && named.to_string() == self.reference.to_string())
    }

    async fn close(&self) {
        self.closed.store(true, Ordering::SeqCst);
        self.closing.cancel();
        // Whoever makes a container now is waited for; nobody begins any more.
        let _nobody_creates = self.creating.lock().await;
        let ids = self.known().ids();
        for id in ids {
            // One that stays is found by its label.
            if upstream::remove(&self.engine, &id).await.is_ok() {
                self.known().forget(&id);
            }
        }
    }
}

fn listening(path: &Path) -> impl FnOnce(io::Error) -> CageError {
    let path = path.display().to_string();
    move |source| CageError::Proxy { path, source }
}

async fn listen(listener: UnixListener, shared: Arc<Shared>) {
    let room = Arc::new(Semaphore::new(CONNECTIONS));
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = shared.closing.cancelled() => return,
        };
        let (Ok((stream, _)), Ok(permit)) = (accepted, room.clone().acquire_owned().await) else {
            // Out of descriptors: some come free when connections end.
            tokio::time::sleep(std::time::Duration::from_millis(100)).await;
            continue;
        };
        let shared = shared.clone();
        tokio::spawn(async move {
            tokio::select! {
                () = serve::connection(shared.clone(), stream) => {}
                () = shared.closing.cancelled() => {}
            }
            drop(permit);
        });
    }
}
