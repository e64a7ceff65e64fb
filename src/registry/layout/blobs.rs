//! Blobs of a layout: read piece by piece and checked, written beside their place and renamed.

use super::folder::Folder;
use super::{Layout, LayoutError};
use crate::registry::verify::Checker;
use crate::registry::{Blob, BlobSource, BlobStream, RegistryError};
use bytes::{Bytes, BytesMut};
use futures_util::StreamExt as _;
use futures_util::stream::try_unfold;
use std::io::{ErrorKind, SeekFrom};
use std::path::PathBuf;
use tempfile::NamedTempFile;
use tokio::fs::File;
use tokio::io::{AsyncReadExt as _, AsyncSeekExt as _, AsyncWriteExt as _};

/// How much is read at once.
const PIECE: usize = 128 << 10;

/// Whether a blob is there, with its size. What its bytes are is checked by those who read it.
pub(super) fn is_there(folder: &Folder, blob: &Blob) -> bool {
    std::fs::metadata(folder.blob(&blob.digest)).is_ok_and(|found| found.is_file() && found.len() == blob.size)
}

/// A file that is being read.
struct Reading {
    file: File,
    path: PathBuf,
    blob: Blob,
    position: u64,
    checker: Option<Checker>,
}

pub(super) async fn read(layout: &Layout, blob: &Blob, offset: u64) -> Result<BlobStream, RegistryError> {
    let path = layout.folder.blob(&blob.digest);
    let io = |e: std::io::Error| LayoutError::io(&path, &e);
    let mut file = match File::open(&path).await {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::NotFound => return Err(layout.not_found(&format!("the blob {}", blob.digest))),
        Err(error) => return Err(io(error).into()),
    };
    let size = file.metadata().await.map_err(io)?.len();
    if size != blob.size {
        return Err(LayoutError::damaged(&path, format!("it has {size} bytes instead of {}", blob.size)).into());
    }
    file.seek(SeekFrom::Start(offset)).await.map_err(io)?;
    file.set_max_buf_size(PIECE);
    let checker = (offset == 0).then(|| Checker::like(&blob.digest));
    let reading = Reading { file, path: path.clone(), blob: blob.clone(), position: offset, checker };
    let next = |mut reading: Reading| async move { Ok(reading.next().await?.map(|bytes| (bytes, reading))) };
    Ok(try_unfold(reading, next).boxed())
}

impl Reading {
    /// The next piece; the last one only when the digest is right.
    async fn next(&mut self) -> Result<Option<Bytes>, LayoutError> {
        let mut bytes = BytesMut::with_capacity(PIECE);
        self.file.read_buf(&mut bytes).await.map_err(|e| LayoutError::io(&self.path, &e))?;
        if bytes.is_empty() && self.position < self.blob.size {
            return Err(LayoutError::damaged(&self.path, format!("it ends after {} bytes", self.position)));
        }
        self.position += bytes.len() as u64;
        if let Some(checker) = &mut self.checker {
            checker.update(&bytes);
        }
        if self.position >= self.blob.size
            && let Some(found) = self.checker.take().map(Checker::finish)
            && found != self.blob.digest
        {
            return Err(LayoutError::damaged(&self.path, format!("its bytes have the digest {found}; remove it and write it again")));
        }
        Ok((!bytes.is_empty()).then(|| bytes.freeze()))
    }
}

pub(super) async fn write(layout: &Layout, blob: &Blob, source: &dyn BlobSource) -> Result<(), RegistryError> {
    let (temporary, file) = layout
        .blocking(|folder| {
            folder.prepare()?;
            let temporary = folder.temporary()?;
            let file = temporary.as_file().try_clone().map_err(|e| LayoutError::io(temporary.path(), &e))?;
            Ok((temporary, file))
        })
        .await?;
    fill(layout, blob, source, &temporary, File::from_std(file)).await?;
    let digest = blob.digest.clone();
    Ok(layout.blocking(move |folder| folder.place(temporary, &folder.blob(&digest))).await?)
}

async fn fill(layout: &Layout, blob: &Blob, source: &dyn BlobSource, at: &NamedTempFile, mut file: File) -> Result<(), RegistryError> {
    let io = |e: std::io::Error| LayoutError::io(at.path(), &e);
    let (mut stream, mut checker) = (source.open(0).await?, Checker::like(&blob.digest));
    while let Some(bytes) = stream.next().await {
        let bytes = bytes?;
        checker.update(&bytes);
        file.write_all(&bytes).await.map_err(io)?;
    }
    file.flush().await.map_err(io)?;
    let found = checker.finish();
    if found == blob.digest { Ok(()) } else { Err(layout.wrong_digest(&blob.digest, found)) }
}
