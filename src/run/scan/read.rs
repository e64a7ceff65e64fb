//! Reads images: whatever they are read from, each layer once.

use super::origin::Origin;
use crate::engine::ProgressSink;
use crate::layers::{Entry, Kind, LayersError, Visitor, walk};
use crate::name::Digest;
use crate::run::work::failure::Failure;
use crate::scan::{Content, Contents, FileRecord, ImageConfig, LayerRecord, inventory};
use std::io::Read;
use tokio_util::io::SyncIoBridge;
use tokio_util::sync::CancellationToken;

/// The largest file that is kept in memory, in bytes.
const LARGEST: u64 = 64 << 20;

/// An image that was read.
pub struct Whole {
    /// The digest of its config.
    pub id: Digest,
    /// What it says of itself.
    pub config: ImageConfig,
    /// Its layers.
    pub contents: Contents,
}

/// Reads images.
#[derive(Clone, Debug, Default)]
pub struct Reader;

impl Reader {
    /// Reads an image.
    ///
    /// # Errors
    /// When it is damaged, engine or registry cannot be used, and after an interruption.
    pub async fn read(&self, origin: &Origin, _progress: ProgressSink, cancel: &CancellationToken) -> Result<Whole, Failure> {
        let Origin::Engine { engine, id } = origin else { return Err(Failure::of("images are read from the engine")) };
        let stream = SyncIoBridge::new(engine.save(id).await?);
        let read = tokio::task::spawn_blocking(move || -> Result<(ImageConfig, Contents), LayersError> {
            let mut layers = Layers::default();
            let image = walk(stream, &mut layers)?;
            let config = serde_json::from_slice(&image.config).map_err(|error| LayersError::Damaged(error.to_string()))?;
            let layers = image.layers.iter().map(|at| layers.0.get(*at).cloned().unwrap_or_default()).collect();
            Ok((config, Contents::of(layers)))
        });
        let ended = tokio::select! {
            ended = read => ended,
            () = cancel.cancelled() => return Err(Failure::cancelled()),
        };
        let (config, contents) =
            ended.map_err(|error| Failure::of(error.to_string()))?.map_err(|error| Failure::of(format!("the image: {error}")))?;
        Ok(Whole { id: id.clone(), config, contents })
    }
}

#[derive(Default)]
struct Layers(Vec<LayerRecord>);

impl Visitor for Layers {
    fn entry(&mut self, layer: usize, entry: &Entry, content: &mut dyn Read) -> Result<(), LayersError> {
        self.0.resize_with(self.0.len().max(layer + 1), LayerRecord::default);
        let record = &mut self.0[layer];
        if entry.kind == Kind::File && inventory::wants(&entry.path) {
            let mut bytes = Vec::new();
            content.take(LARGEST).read_to_end(&mut bytes)?;
            record.contents.push((entry.path.clone(), Content::Held(bytes.into())));
        }
        record.files.push(FileRecord {
            path: entry.path.clone(),
            kind: entry.kind.clone(),
            mode: entry.mode,
            uid: entry.uid,
            gid: entry.gid,
            size: 0,
            mtime: 0,
            device: None,
            md5: None,
            sha256: None,
            capabilities: None,
        });
        Ok(())
    }
}
