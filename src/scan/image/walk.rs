//! The layers of an image once more, with the contents of all their files: for what no record holds.

use super::engine::PIECE;
use super::repository::image;
use super::stream::{Meter, reader};
use super::{ImageError, ImageReader, ImageSource, blocking, packed};
use crate::engine::ProgressSink;
use crate::layers::{Image, LayersError, Visitor, layer, walk};
use crate::name::Digest;
use crate::registry::{Blob, Repository};
use crate::scan::read::{Limits, Plain};
use std::io::{self, Read};
use std::sync::Arc;
use tokio_util::io::ReaderStream;
use tokio_util::sync::CancellationToken;

/// One layer of a registry or a layout.
struct Part {
    number: usize,
    blob: Blob,
    diff_id: Digest,
}

impl ImageReader {
    /// Shows a visitor every entry of every layer, and says which of the layers that it was shown are those of the image;
    /// `diff_ids` are the digests that they must have.
    ///
    /// # Errors
    /// When the image is not there or damaged, its source cannot be used, the visitor does not go on, or the call was cancelled.
    pub async fn walk<V: Visitor + Send + 'static>(
        &self,
        source: ImageSource<'_>,
        diff_ids: &[Digest],
        mut visitor: V,
        cancel: &CancellationToken,
    ) -> Result<(V, Image), ImageError> {
        // Threads end with whoever waits for them.
        let cancel = cancel.child_token();
        let _guard = cancel.clone().drop_guard();
        let _slot = self.slots.acquire().await.map_err(|error| ImageError::Broken(error.to_string()))?;
        match source {
            ImageSource::Engine { engine, id } => {
                let stream = ReaderStream::with_capacity(engine.save(id).await?, PIECE);
                let bytes = reader(stream, silent(), &cancel);
                blocking(&self.shared, move |_| Ok((walk(bytes, &mut visitor)?, visitor))).await.map(|(image, visitor)| (visitor, image))
            }
            ImageSource::Repository { repository, digest, platform } => {
                let (_, _, layers) = image(repository, digest, platform).await?;
                let count = layers.len();
                for (number, (layer, diff_id)) in layers.iter().zip(diff_ids).enumerate() {
                    let part = Part { number, blob: layer.blob(), diff_id: diff_id.clone() };
                    visitor = self.show(repository, part, visitor, &cancel).await?;
                }
                Ok((visitor, Image { layers: (0..count).collect(), config: Vec::new() }))
            }
        }
    }

    /// Shows one layer.
    async fn show<V: Visitor + Send + 'static>(
        &self,
        repository: &dyn Repository,
        part: Part,
        mut visitor: V,
        cancel: &CancellationToken,
    ) -> Result<V, ImageError> {
        let stream = futures_util::TryStreamExt::map_err(repository.read_blob(&part.blob, 0).await?, io::Error::other);
        let mut bytes = reader(stream, silent(), cancel);
        blocking(&self.shared, move |_| {
            let found = all(&mut bytes, part.number, &mut visitor)?;
            if found == part.diff_id {
                Ok(visitor)
            } else {
                Err(ImageError::WrongLayer { layer: part.blob.digest, expected: part.diff_id, found })
            }
        })
        .await
    }
}

fn silent() -> Meter {
    let nobody: ProgressSink = Arc::new(|_, _| {});
    Meter::new(&nobody, None)
}

/// Shows all of a layer, and answers the digest of its plain tar.
fn all(mut from: impl Read, number: usize, visitor: &mut dyn Visitor) -> Result<Digest, LayersError> {
    let (packing, head) = packed(&mut from)?;
    let mut plain = Plain::new(packing.open(head.chain(&mut from)), Limits::USUAL.bytes);
    layer(&mut plain, &mut |entry, content| visitor.entry(number, entry, content))?;
    let (digest, _) = plain.finish();
    // The digest of the whole is checked at the end of its bytes.
    io::copy(&mut from, &mut io::sink())?;
    Ok(digest)
}
