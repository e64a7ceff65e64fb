//! One layer of an archive: compressed the same way each time, and put in its place.

use super::super::folder::Folder;
use super::Fault;
use crate::archive::Packing;
use crate::name::Digest;
use crate::registry::Blob;
use flate2::write::MultiGzDecoder;
use flate2::{Compression, GzBuilder};
use oci_distribution::manifest::IMAGE_LAYER_GZIP_MEDIA_TYPE;
use sha2::{Digest as _, Sha256};
use std::io::{self, BufWriter, Read, Write};

/// The compressor gets its bytes in pieces of this size, so that its output depends on nothing else.
const PIECE: usize = 128 << 10;

/// What a layer is called in a manifest.
pub(super) fn media_type(packing: Packing) -> &'static str {
    match packing {
        Packing::Plain | Packing::Gzip => IMAGE_LAYER_GZIP_MEDIA_TYPE,
        Packing::Zstd => "application/vnd.oci.image.layer.v1.tar+zstd",
    }
}

/// A layer in its place.
#[derive(Clone)]
pub(super) struct Layer {
    pub packing: Packing,
    pub blob: Blob,
    /// The digest of the tar inside; not known of zstd, which is not unpacked.
    pub diff_id: Option<Digest>,
}

/// Counts and hashes what is written through it.
struct Hashed<W> {
    inner: W,
    hasher: Sha256,
    bytes: u64,
}

impl<W> Hashed<W> {
    fn new(inner: W) -> Self {
        Self { inner, hasher: Sha256::new(), bytes: 0 }
    }
}

impl<W: Write> Write for Hashed<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.inner.write(bytes)?;
        self.hasher.update(&bytes[..written]);
        self.bytes += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

/// Takes the `size` bytes of a layer.
pub(super) fn take(folder: &Folder, packing: Packing, from: impl Read, size: u64) -> Result<Layer, Fault> {
    let file = folder.temporary()?;
    let mut out = Hashed::new(BufWriter::new(file));
    let diff_id = match packing {
        Packing::Plain => Some(compress(from, &mut out, size)?),
        Packing::Gzip => Some(keep(from, &mut out, size)?),
        Packing::Zstd => {
            pass(from, size, |piece| out.write_all(piece))?;
            None
        }
    };
    let blob = Blob { digest: Digest::from_hasher(out.hasher), size: out.bytes };
    let file = out.inner.into_inner().map_err(|e| Fault::from(e.into_error()))?;
    folder.place(file, &folder.blob(&blob.digest))?;
    Ok(Layer { packing, blob, diff_id })
}

/// Compresses; the header holds no time and no system. Returns the digest of what was compressed.
fn compress(from: impl Read, to: impl Write, size: u64) -> Result<Digest, Fault> {
    let mut hasher = Sha256::new();
    let mut gzip = GzBuilder::new().mtime(0).operating_system(255).write(to, Compression::new(6));
    pass(from, size, |piece| {
        hasher.update(piece);
        gzip.write_all(piece)
    })?;
    gzip.finish()?;
    Ok(Digest::from_hasher(hasher))
}

/// Keeps what is compressed already, and looks inside for its digest.
fn keep(from: impl Read, mut to: impl Write, size: u64) -> Result<Digest, Fault> {
    let mut inside = MultiGzDecoder::new(Hashed::new(io::sink()));
    pass(from, size, |piece| {
        inside.write_all(piece)?;
        to.write_all(piece)
    })?;
    Ok(Digest::from_hasher(inside.finish()?.hasher))
}

/// Hands the bytes on in pieces of one size.
fn pass(mut from: impl Read, size: u64, mut to: impl FnMut(&[u8]) -> io::Result<()>) -> Result<(), Fault> {
    let mut piece = Vec::with_capacity(PIECE);
    let mut left = size;
    while left > 0 {
        piece.clear();
        let read = from.by_ref().take(left.min(PIECE as u64)).read_to_end(&mut piece)?;
        if read == 0 {
            return Err(Fault::Archive(format!("it ends {left} bytes before the end of a layer")));
        }
        left -= read as u64;
        to(&piece)?;
    }
    Ok(())
}
