//! Cages: a script of somebody else's project runs in a container that has the clone and nothing else.
//!
//! Two containers of `cooperage.sandbox.image` share one folder of bounded size, `/clone`. The **keeper** waits and does
//! nothing; the clone is unpacked into its folder and, once the script has ended and all its processes with it, read from
//! there. The **cage** runs the script. The clone goes through the engine's archive API, so an engine on another machine
//! works, too. `docs/cage.md` tells what a script can do. This room makes no decision about who may have what.

mod back;
mod error;
mod hold;
mod pack;
mod script;
#[cfg(test)]
mod tests;
mod unpack;

pub use error::CageError;

use super::{Ended, EngineProxy, leftovers};
use crate::config::SandboxSettings;
use crate::engine::{Engine, EngineError, EngineKind, LogSink, ProgressSink};
use crate::name::{Digest, Reference};
use hold::Keeper;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// Where a script finds its clone.
const CLONE: &str = "/clone";

/// Where a script finds the proxy of the engine.
const SOCKET: &str = "/var/run/docker.sock";

/// The most files, folders and links of a clone in a cage.
const MOST_FILES: u64 = 1 << 18;

/// How long the clone may take on its way, each way.
const TRANSFER: Duration = Duration::from_secs(600);

/// What a script may take.
#[derive(Clone, Debug, PartialEq)]
pub struct CageLimits {
    /// The image that scripts run in, with `sh`; the engine has it or can pull it.
    pub image: String,
    /// CPUs, such as 1.5.
    pub cpus: f64,
    /// Bytes of memory, what is written into the clone and into `/tmp` included; there is no swap beside it.
    pub memory: u64,
    /// Processes and threads.
    pub pids: u32,
    /// Bytes of the clone, with what the script adds.
    pub disk: u64,
    /// How long the script may take.
    pub time: Duration,
    /// Whether it has the engine's usual network; without, it has its own loopback only.
    pub network: bool,
}

impl CageLimits {
    /// What the configuration says; none where it names no image.
    pub fn of(settings: &SandboxSettings, network: bool) -> Option<Self> {
        let SandboxSettings { image, cpus, memory, pids, disk, time } = settings.clone();
        Some(Self { image: image?, cpus, memory, pids, disk, time, network })
    }
}

/// A script that is to run caged.
pub struct Caged<'a> {
    /// Where.
    pub engine: &'a Arc<dyn Engine>,
    /// The clone, which is what the script left in it when it ended with exit code 0, and untouched otherwise. Its `.git` is
    /// always untouched, and no other comes back.
    pub tree: &'a Path,
    /// Where in the clone the command begins; one that leaves the clone begins at its top.
    pub workdir: &'a str,
    /// The program and its arguments.
    pub command: Vec<String>,
    /// Its environment beside that of the image.
    pub env: BTreeMap<String, String>,
    /// The engine as it may be used by the script; none without one.
    pub socket: Option<&'a EngineProxy>,
    /// What it may take.
    pub limits: &'a CageLimits,
}

/// Runs a script in a cage of its own. What it writes goes to `log`, line by line. Nothing of the cage stays, however it ends;
/// what a run that was killed left behind is removed here, too.
///
/// # Errors
/// When the cage cannot be made, when the script writes too much, or when what it leaves in the clone cannot come back.
pub async fn run_caged(caged: Caged<'_>, log: &LogSink, cancel: &CancellationToken) -> Result<Ended, CageError> {
    let engine = caged.engine.as_ref();
    bounded(engine)?;
    // A sweep that fails leaves what it finds to the next one.
    let _ = leftovers::sweep(engine, jiff::Timestamp::now()).await;
    let image = tokio::select! {
        image = image(engine, caged.limits, cancel) => image?,
        () = cancel.cancelled() => return Ok(Ended::Cancelled),
    };
    let labels = leftovers::labels(jiff::Timestamp::now(), longest(caged.limits));
    let refused = caged.socket.map_or(0, |proxy| proxy.refused().len());
    let (keeper, held) = Keeper::create(engine, &image, caged.limits, &labels).await?;
    let end = run_kept(&caged, &image, &keeper, labels, log, cancel).await;
    keeper.remove(engine).await;
    drop(held);
    for call in caged.socket.map(EngineProxy::refused).unwrap_or_default().iter().skip(refused) {
        log(&format!("refused by the proxy of the engine: {call}"));
    }
    end
}

/// Podman's service takes a volume's options from other places, so its folder would have no bound.
fn bounded(engine: &dyn Engine) -> Result<(), EngineError> {
    let info = engine.info();
    if info.kind == EngineKind::Docker {
        return Ok(());
    }
    let instruction = "cages, which need folders of a fixed size as Docker makes them; name a Docker engine".to_owned();
    Err(EngineError::Unsupported { instruction, version: format!("{:?} {}", info.kind, info.version) })
}

/// With the folder there.
async fn run_kept(
    caged: &Caged<'_>,
    image: &Digest,
    keeper: &Keeper,
    labels: BTreeMap<String, String>,
    log: &LogSink,
    cancel: &CancellationToken,
) -> Result<Ended, CageError> {
    let engine = caged.engine.as_ref();
    let packed = tokio::select! {
        packed = keeper.fill(engine, caged) => packed?,
        () = cancel.cancelled() => return Ok(Ended::Cancelled),
    };
    let request = script::request(caged, image, keeper.container(), labels);
    let end = script::run(engine, &request, caged.limits, log, cancel).await?;
    if !end.is_good() {
        return Ok(end);
    }
    let new = tokio::select! {
        new = keeper.take(engine, caged, packed) => new?,
        () = cancel.cancelled() => return Ok(Ended::Cancelled),
    };
    back::replace(new, caged.tree)?;
    Ok(end)
}

/// The longest that something of a cage may be in the engine.
pub(super) fn longest(limits: &CageLimits) -> Duration {
    limits.time + 2 * TRANSFER
}

/// The image of cages, pulled where the engine does not have it.
async fn image(engine: &dyn Engine, limits: &CageLimits, cancel: &CancellationToken) -> Result<Digest, CageError> {
    let unusable = |source| CageError::Image { image: limits.image.clone(), source };
    if let Some(found) = engine.inspect(&limits.image).await.map_err(unusable)? {
        return Ok(found.id);
    }
    let reference =
        Reference::parse(&limits.image).map_err(|error| unusable(EngineError::NotFound(format!("{} ({error})", limits.image))))?;
    let silent: ProgressSink = Arc::new(|_, _| {});
    engine.pull(&reference, None, silent, cancel).await.map(|pulled| pulled.id).map_err(unusable)
}

/// Bytes for messages.
fn mib(bytes: u64) -> String {
    format!("{} MiB", bytes.div_ceil(1 << 20))
}
