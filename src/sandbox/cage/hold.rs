//! The keeper: the container that has the clone's folder before the script begins and after it ended.

use super::super::remove_container;
use super::pack::{self, Packed};
use super::script::walls;
use super::unpack::{Bounds, unpack};
use super::{CLONE, CageError, CageLimits, Caged, MOST_FILES, TRANSFER, mib};
use crate::engine::{Attached, Cage, ContainerRequest, Engine, EngineError, Scratch};
use crate::name::Digest;
use std::collections::BTreeMap;
use std::future::Future;
use tempfile::TempDir;
use tokio_util::io::SyncIoBridge;

/// Bytes of memory of the keeper, which runs a shell that waits.
const MEMORY: u64 = 64 << 20;

/// Bytes on their way between the packing and the engine.
const PIPE: usize = 256 << 10;

/// A container that waits until its input ends, which is also when this program does.
pub(super) struct Keeper {
    container: String,
}

impl Keeper {
    /// Makes and starts one. It waits as long as the connection is held.
    pub(super) async fn create(
        engine: &dyn Engine,
        image: &Digest,
        limits: &CageLimits,
        labels: &BTreeMap<String, String>,
    ) -> Result<(Self, Attached), CageError> {
        let request = request(image, limits, labels);
        // Not interrupted: a container whose id is not known yet could not be removed.
        let container = engine.create(&request).await?;
        match start(engine, &container, &request).await {
            Ok(attached) => Ok((Self { container }, attached)),
            Err(error) => {
                remove_container(engine, &container).await;
                Err(error.into())
            }
        }
    }

    /// Its id.
    pub(super) fn container(&self) -> &str {
        &self.container
    }

    /// Puts the clone into its folder.
    pub(super) async fn fill(&self, engine: &dyn Engine, caged: &Caged<'_>) -> Result<Packed, CageError> {
        let (tree, disk) = (caged.tree.to_owned(), caged.limits.disk);
        let (to, from) = tokio::io::duplex(PIPE);
        let to = SyncIoBridge::new(to);
        let packing = tokio::task::spawn_blocking(move || pack::pack(&tree, disk, to));
        let filled = in_time(async { Ok(engine.fill(&self.container, CLONE, Box::new(from)).await) }).await?;
        let packed = packing.await.map_err(|error| CageError::tree(caged.tree.display())(std::io::Error::other(error)))?;
        match (packed, filled) {
            // Who packs sees no more than that the engine closed the pipe.
            (Err(CageError::Tree { source, .. }), Err(refused)) if source.kind() == std::io::ErrorKind::BrokenPipe => {
                Err(full(caged, refused))
            }
            (Err(error), _) => Err(error),
            (Ok(_), Err(refused)) => Err(full(caged, refused)),
            (Ok(packed), Ok(())) => Ok(packed),
        }
    }

    /// Reads what is in its folder into a new one beside the clone.
    pub(super) async fn take(&self, engine: &dyn Engine, caged: &Caged<'_>, packed: Packed) -> Result<TempDir, CageError> {
        let bounds = Bounds { bytes: caged.limits.disk, files: MOST_FILES };
        let tree = caged.tree.to_owned();
        in_time(async {
            let tar = SyncIoBridge::new(engine.take(&self.container, &format!("{CLONE}/.")).await?);
            let unpacking = tokio::task::spawn_blocking(move || unpack(tar, &tree, bounds, &packed.outward));
            unpacking.await.map_err(|error| CageError::tree(caged.tree.display())(std::io::Error::other(error)))?
        })
        .await
    }

    /// Removes it, and its folder with it.
    pub(super) async fn remove(self, engine: &dyn Engine) {
        remove_container(engine, &self.container).await;
    }
}

fn request(image: &Digest, limits: &CageLimits, labels: &BTreeMap<String, String>) -> ContainerRequest {
    let scratch = Scratch { inside: CLONE.to_owned(), bytes: limits.disk, files: MOST_FILES };
    ContainerRequest {
        image: image.clone(),
        entrypoint: Some(Vec::new()),
        command: Some(["sh", "-c", "read end"].map(str::to_owned).to_vec()),
        env: Vec::new(),
        folders: Vec::new(),
        terminal: false,
        input: true,
        // Where this program is killed, its input ends, and so it ends and is gone.
        cage: Cage { keep: false, scratch: Some(scratch), processes: Some(8), ..walls(MEMORY, labels.clone()) },
    }
}

async fn start(engine: &dyn Engine, container: &str, request: &ContainerRequest) -> Result<Attached, EngineError> {
    let attached = engine.attach(container, request).await?;
    engine.start(container).await?;
    Ok(attached)
}

/// A folder that is full is told by its limit, not as the engine's disk.
fn full(caged: &Caged<'_>, refused: EngineError) -> CageError {
    match refused {
        EngineError::DiskFull { .. } => {
            let most = mib(caged.limits.disk);
            CageError::TooLarge { tree: caged.tree.display().to_string(), found: "more".to_owned(), most }
        }
        other => other.into(),
    }
}

async fn in_time<T>(transfer: impl Future<Output = Result<T, CageError>>) -> Result<T, CageError> {
    let given_up = |_| CageError::Slow { seconds: TRANSFER.as_secs() };
    tokio::time::timeout(TRANSFER, transfer).await.map_err(given_up)?
}
