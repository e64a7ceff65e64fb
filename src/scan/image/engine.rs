//! Images of an engine.

use super::extent::Extent;
use super::stream::{Meter, reader};
use super::{ImageError, ImageReader, Shared, Whole, blocking};
use crate::archive::Packing;
use crate::engine::{Engine, EngineError, ProgressSink};
use crate::name::Digest;
use crate::scan::config::{Defaults, Layers};
use crate::scan::{ImageConfig, LayerRecord};
use sha2::{Digest as _, Sha256};
use std::collections::BTreeSet;
use std::io::{self, Read};
use std::sync::Arc;
use tokio_util::io::ReaderStream;
use tokio_util::sync::CancellationToken;

/// How much of an archive comes at once, in bytes.
pub(super) const PIECE: usize = 256 << 10;

/// A layer of so few bytes is not worth a comparison: many have the same size.
const SMALL: u64 = 1 << 20;

impl ImageReader {
    /// Asks for the layers first; where all are known, nothing is read.
    pub(super) async fn engine_image(
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
        let known = self.known(&config.rootfs.diff_ids).await?;
        let image = Saved { engine, id, diff_ids: &config.rootfs.diff_ids, meter: Meter::new(progress, None), cancel };
        let nothing = BTreeSet::new();
        let layers = match known.iter().cloned().collect() {
            Some(layers) => layers,
            None => match self.saved(&image, known.into_iter().flatten().collect(), &nothing).await? {
                Some(layers) => layers,
                None => self.saved(&image, Vec::new(), &nothing).await?.unwrap_or_default(),
            },
        };
        let (mut contents, unkept) = self.merged(layers).await?;
        if !unkept.paths.is_empty() {
            let layers = self.saved(&image, Vec::new(), &unkept.paths).await?.unwrap_or_default();
            contents = self.merged(layers).await?.0;
        }
        Ok(Whole { id: id.clone(), manifest: None, config, contents })
    }

    /// Reads what the engine streams, contents at `more` paths as well; layers that are `known` are only compared. None: one only looked like a known one.
    async fn saved(
        &self,
        image: &Saved<'_>,
        known: Vec<Arc<LayerRecord>>,
        more: &BTreeSet<String>,
    ) -> Result<Option<Vec<Arc<LayerRecord>>>, ImageError> {
        let _slot = self.slots.acquire().await.map_err(|error| ImageError::Broken(error.to_string()))?;
        let stream = ReaderStream::with_capacity(image.engine.save(image.id).await?, PIECE);
        let bytes = reader(stream, image.meter.clone(), image.cancel);
        let (id, diff_ids, more) = (image.id.clone(), image.diff_ids.to_vec(), more.clone());
        blocking(&self.shared, move |shared| match unpack(shared, bytes, &known, &diff_ids, &more) {
            Ok(layers) => Ok(Some(layers)),
            Err(Unpacked::Other) => Ok(None),
            Err(Unpacked::Wrong(reason)) => Err(ImageError::Archive { image: id, reason }),
        })
        .await
    }
}

/// An image that an engine streams.
struct Saved<'a> {
    engine: &'a dyn Engine,
    id: &'a Digest,
    diff_ids: &'a [Digest],
    meter: Meter,
    cancel: &'a CancellationToken,
}

/// Why the layers of an archive are not there.
pub(super) enum Unpacked {
    /// One that had the size of a known one is another one.
    Other,
    /// What is wrong with it.
    Wrong(String),
}

impl From<io::Error> for Unpacked {
    fn from(error: io::Error) -> Self {
        Self::Wrong(error.to_string())
    }
}

/// The layers of an archive that these digests name.
pub(super) fn unpack(
    shared: &Shared,
    archive: impl Read,
    known: &[Arc<LayerRecord>],
    diff_ids: &[Digest],
    more: &BTreeSet<String>,
) -> Result<Vec<Arc<LayerRecord>>, Unpacked> {
    let mut extent = Extent::default();
    let bundle = crate::archive::read(archive, |packing, size, bytes| {
        let like = |record: &&Arc<LayerRecord>| packing == Packing::Plain && size > SMALL && record.bytes == size;
        let alike: Vec<&Arc<LayerRecord>> = known.iter().filter(like).collect();
        let record = match alike.as_slice() {
            [_, ..] => compared(&alike, bytes)?,
            [] => shared.read(bytes, packing, more).map_err(|error| Unpacked::Wrong(error.to_string()))?,
        };
        extent.add(&record).map_err(Unpacked::Wrong)?;
        Ok::<_, Unpacked>(record)
    })?;
    let mut found: Vec<String> = Vec::new();
    for image in bundle.images().map_err(Unpacked::Wrong)? {
        let layers = bundle.layers(&image).map_err(Unpacked::Wrong)?;
        let digests = layers.iter().filter_map(|layer| layer.diff_id.as_ref());
        if digests.clone().eq(diff_ids) {
            return Ok(layers.into_iter().cloned().collect());
        }
        found.extend(digests.map(ToString::to_string));
    }
    Err(Unpacked::Wrong(format!("it holds the layers {}, and the image has other ones", found.join(", "))))
}

/// The record of a layer, if its bytes are those of one of these records.
fn compared(alike: &[&Arc<LayerRecord>], bytes: &mut dyn Read) -> Result<Arc<LayerRecord>, Unpacked> {
    let mut hasher = Sha256::new();
    let mut piece = vec![0; PIECE];
    loop {
        match bytes.read(&mut piece)? {
            0 => break,
            read => hasher.update(&piece[..read]),
        }
    }
    let digest = Some(Digest::from_hasher(hasher));
    alike.iter().find(|record| record.diff_id == digest).map(|record| Arc::clone(record)).ok_or(Unpacked::Other)
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
