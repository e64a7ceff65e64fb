//! Images of an engine.

use super::stream::{Meter, reader};
use super::{ImageError, ImageReader, Shared, Whole, blocking};
use crate::engine::{Engine, EngineError, ProgressSink};
use crate::name::Digest;
use crate::scan::config::{Defaults, Layers};
use crate::scan::{Contents, ImageConfig, LayerRecord, ReadError};
use std::io::Read;
use std::sync::Arc;
use tokio_util::io::ReaderStream;
use tokio_util::sync::CancellationToken;

/// How much of an archive comes at once, in bytes.
const PIECE: usize = 256 << 10;

impl ImageReader {
    /// Asks for the layers first; where all are known, nothing is read.
    pub(super) async fn from_engine(
        &self,
        engine: &dyn Engine,
        id: &Digest,
        progress: &ProgressSink,
        cancel: &CancellationToken,
    ) -> Result<Whole, ImageError> {
        let config = config_of(engine, id).await?;
        // An engine sends all layers of an image or none, so images of the same base wait for each other there.
        let base = config.rootfs.diff_ids.first().map(|lowest| self.lock_of(lowest));
        let _reading = match &base {
            Some(lock) => Some(lock.lock().await),
            None => None,
        };
        let known: Option<Vec<Arc<LayerRecord>>> = self.known(&config.rootfs.diff_ids).await?.into_iter().collect();
        let layers = match known {
            Some(layers) => layers,
            None => self.saved(engine, id, &config, progress, cancel).await?,
        };
        let contents = blocking(move || Ok(Contents::of(layers))).await?;
        Ok(Whole { id: id.clone(), manifest: None, config, contents })
    }

    /// Reads what the engine streams.
    async fn saved(
        &self,
        engine: &dyn Engine,
        id: &Digest,
        config: &ImageConfig,
        progress: &ProgressSink,
        cancel: &CancellationToken,
    ) -> Result<Vec<Arc<LayerRecord>>, ImageError> {
        let _slot = self.slots.acquire().await.map_err(|error| ImageError::Broken(error.to_string()))?;
        let stream = ReaderStream::with_capacity(engine.save(id).await?, PIECE);
        let bytes = reader(stream, Meter::new(progress, None), cancel);
        let (shared, image, diff_ids) = (self.shared.clone(), id.clone(), config.rootfs.diff_ids.clone());
        blocking(move || unpack(&shared, bytes, &diff_ids).map_err(|reason| ImageError::Archive { image, reason })).await
    }
}

/// The layers of an archive that these digests name.
fn unpack(shared: &Shared, archive: impl Read, diff_ids: &[Digest]) -> Result<Vec<Arc<LayerRecord>>, String> {
    let bundle =
        crate::archive::read(archive, |packing, _, bytes| shared.read(bytes, packing)).map_err(|error: ReadError| error.to_string())?;
    let mut found: Vec<String> = Vec::new();
    for image in bundle.images()? {
        let layers = bundle.layers(&image)?;
        let digests = layers.iter().filter_map(|layer| layer.diff_id.as_ref());
        if digests.clone().eq(diff_ids) {
            return Ok(layers.into_iter().cloned().collect());
        }
        found.extend(digests.map(ToString::to_string));
    }
    Err(format!("it holds the layers {}, and the image has other ones", found.join(", ")))
}

/// What an engine says of an image.
async fn config_of(engine: &dyn Engine, id: &Digest) -> Result<ImageConfig, ImageError> {
    let missing = || ImageError::Engine(EngineError::NotFound(id.to_string()));
    let (told, extent) = tokio::try_join!(engine.image_config(id), engine.extent(id))?;
    let (told, extent) = (told.ok_or_else(missing)?, extent.ok_or_else(missing)?);
    let wrong = |layer: &String| ImageError::Archive { image: id.clone(), reason: format!("\"{layer}\" is no digest of a layer") };
    let diff_ids = extent.layers.iter().map(|layer| Digest::parse(layer).ok_or_else(|| wrong(layer)));
    Ok(ImageConfig {
        architecture: told.platform.split_once('/').map(|(_, architecture)| architecture.to_owned()).unwrap_or_default(),
        created: told.created,
        config: Defaults {
            user: Some(told.user).filter(|user| !user.is_empty()),
            env: Some(told.env),
            entrypoint: Some(told.entrypoint).filter(|words| !words.is_empty()),
            cmd: Some(told.cmd).filter(|words| !words.is_empty()),
            labels: Some(told.labels),
        },
        rootfs: Layers { diff_ids: diff_ids.collect::<Result<_, _>>()? },
    })
}
