//! An image of the engine as the documents of an OCI image, for layouts where there is no registry to push to.
//!
//! The engine exports plain layers; they are compressed here, always to the same bytes. Reading follows `manifest.json`
//! and never a name pattern: engines name the files of an export as they like, and write a layer that occurs twice as a
//! link.

use crate::name::Digest;
use crate::registry::Manifest;
use flate2::Compression;
use flate2::write::GzEncoder;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use std::collections::HashMap;
use std::fs::File;
use std::io::{self, Read, Write};
use std::path::{Component, Path, PathBuf};

/// The media types of the OCI image specification 1.1.
const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
const CONFIG: &str = "application/vnd.oci.image.config.v1+json";
const LAYER: &str = "application/vnd.oci.image.layer.v1.tar+gzip";

/// The largest `manifest.json` or config we read, in bytes.
const LARGEST_DOCUMENT: u64 = 8 << 20;
/// How much is read at once, in bytes.
const CHUNK: usize = 64 << 10;
/// As many links may lead from one to the next.
const LINKS: usize = 8;

/// Why an export cannot be turned into an image.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// A file cannot be read or written.
    #[error("the engine's export cannot be unpacked: {0}")]
    Io(#[from] io::Error),
    /// It is not what engines export.
    #[error("the engine's export is not one that we can read: {0}")]
    Strange(String),
    /// Interrupted.
    #[error("cancelled")]
    Cancelled,
}

/// A blob in a file of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileBlob {
    /// Of its bytes.
    pub digest: Digest,
    /// How many.
    pub size: u64,
    /// Where they are.
    pub path: PathBuf,
}

/// An image that was exported.
#[derive(Debug)]
pub struct Exported {
    /// The manifest.
    pub manifest: Manifest,
    /// The config and the layers, each once.
    pub blobs: Vec<FileBlob>,
}

/// Unpacks an export of one image into files below `folder`.
///
/// # Errors
/// When it is not what engines export, a file cannot be written, or `cancelled` says so.
pub fn unpack(export: &Path, folder: &Path, cancelled: &dyn Fn() -> bool) -> Result<Exported, ExportError> {
    let entries = Entries::of(export)?;
    let list: Vec<Listed> = entries.document("manifest.json")?;
    let [listed] = list.as_slice() else { return Err(ExportError::Strange(format!("it holds {} images instead of one", list.len()))) };
    let config = entries.config(&listed.config, folder)?;
    let mut blobs = vec![config.clone()];
    let mut made: HashMap<(u64, u64), FileBlob> = HashMap::new();
    let mut layers = Vec::with_capacity(listed.layers.len());
    for (at, name) in listed.layers.iter().enumerate() {
        let place = entries.find(name)?;
        let blob = match made.get(&place) {
            Some(blob) => blob.clone(),
            None => compress(&mut entries.open(place)?, folder.join(format!("layer-{at}")), cancelled)?,
        };
        layers.push(Descriptor::of(LAYER, &blob));
        if made.insert(place, blob.clone()).is_none() && blobs.iter().all(|known| known.digest != blob.digest) {
            blobs.push(blob);
        }
    }
    Ok(Exported { manifest: manifest(&config, layers)?, blobs })
}

#[derive(Deserialize)]
struct Listed {
    #[serde(rename = "Config")]
    config: String,
    #[serde(rename = "Layers")]
    layers: Vec<String>,
}

#[derive(Serialize)]
struct Document {
    #[serde(rename = "schemaVersion")]
    schema_version: u32,
    #[serde(rename = "mediaType")]
    media_type: &'static str,
    config: Descriptor,
    layers: Vec<Descriptor>,
}

#[derive(Serialize)]
struct Descriptor {
    #[serde(rename = "mediaType")]
    media_type: &'static str,
    digest: Digest,
    size: u64,
}

impl Descriptor {
    fn of(media_type: &'static str, blob: &FileBlob) -> Self {
        Self { media_type, digest: blob.digest.clone(), size: blob.size }
    }
}

fn manifest(config: &FileBlob, layers: Vec<Descriptor>) -> Result<Manifest, ExportError> {
    let document = Document { schema_version: 2, media_type: MANIFEST, config: Descriptor::of(CONFIG, config), layers };
    let bytes = serde_json::to_vec(&document).map_err(io::Error::from)?;
    let digest = Digest::of(&bytes);
    Ok(Manifest { media_type: MANIFEST.to_owned(), bytes: bytes.into(), digest })
}

/// Where the files of an export stand in it.
struct Entries {
    export: File,
    places: HashMap<PathBuf, Place>,
}

enum Place {
    /// Offset and length.
    File(u64, u64),
    Link(PathBuf),
}

impl Entries {
    fn of(export: &Path) -> Result<Self, ExportError> {
        let mut places = HashMap::new();
        let mut archive = tar::Archive::new(File::open(export)?);
        for entry in archive.entries_with_seek()? {
            let entry = entry?;
            let Some(path) = inside(&entry.path()?) else { continue };
            let kind = entry.header().entry_type();
            if kind.is_file() {
                places.insert(path, Place::File(entry.raw_file_position(), entry.size()));
            } else if let Some(link) = entry.link_name()?.filter(|_| kind.is_symlink() || kind.is_hard_link()) {
                let folder = if kind.is_symlink() { path.parent().unwrap_or(Path::new("")) } else { Path::new("") };
                inside(&folder.join(link)).and_then(|target| places.insert(path, Place::Link(target)));
            }
        }
        Ok(Self { export: File::open(export)?, places })
    }

    fn find(&self, name: &str) -> Result<(u64, u64), ExportError> {
        let strange = || ExportError::Strange(format!("it names the file \"{}\" and does not hold it", name.escape_debug()));
        let mut path = inside(Path::new(name)).ok_or_else(strange)?;
        for _ in 0..LINKS {
            match self.places.get(&path) {
                Some(Place::File(offset, length)) => return Ok((*offset, *length)),
                Some(Place::Link(target)) => path.clone_from(target),
                None => return Err(strange()),
            }
        }
        Err(strange())
    }

    fn open(&self, (offset, length): (u64, u64)) -> Result<impl Read, ExportError> {
        use std::io::Seek as _;
        let mut file = self.export.try_clone()?;
        file.seek(io::SeekFrom::Start(offset))?;
        Ok(io::BufReader::with_capacity(CHUNK, file).take(length))
    }

    fn read(&self, name: &str) -> Result<Vec<u8>, ExportError> {
        let place = self.find(name)?;
        if place.1 > LARGEST_DOCUMENT {
            return Err(ExportError::Strange(format!("\"{}\" has {} bytes", name.escape_debug(), place.1)));
        }
        let mut bytes = Vec::new();
        self.open(place)?.read_to_end(&mut bytes)?;
        Ok(bytes)
    }

    fn document<T: serde::de::DeserializeOwned>(&self, name: &str) -> Result<T, ExportError> {
        serde_json::from_slice(&self.read(name)?).map_err(|error| ExportError::Strange(format!("{name}: {error}")))
    }

    /// The config, byte for byte: its digest is the image's id.
    fn config(&self, name: &str, folder: &Path) -> Result<FileBlob, ExportError> {
        let bytes = self.read(name)?;
        let path = folder.join("config");
        std::fs::write(&path, &bytes)?;
        Ok(FileBlob { digest: Digest::of(&bytes), size: bytes.len() as u64, path })
    }
}

/// A path without `.` and `..`; `None` where it leads out.
fn inside(path: &Path) -> Option<PathBuf> {
    let mut clean = PathBuf::new();
    for part in path.components() {
        match part {
            Component::Normal(name) => clean.push(name),
            Component::CurDir => {}
            Component::ParentDir if clean.pop() => {}
            _ => return None,
        }
    }
    Some(clean)
}

/// Compresses a layer into a file; one that is compressed is taken as it is. The header of the result holds neither a
/// time nor a name, so equal layers give equal blobs.
fn compress(layer: &mut impl Read, path: PathBuf, cancelled: &dyn Fn() -> bool) -> Result<FileBlob, ExportError> {
    let mut sink = Hashed { file: io::BufWriter::new(File::create_new(&path)?), hasher: Sha256::new(), size: 0 };
    let mut buffer = vec![0; CHUNK];
    let mut filled = fill(layer, &mut buffer)?;
    if buffer[..filled].starts_with(&[0x1f, 0x8b]) {
        copy(layer, &mut buffer, filled, &mut sink, cancelled)?;
    } else {
        let mut encoder = GzEncoder::new(&mut sink, Compression::new(6));
        filled = copy(layer, &mut buffer, filled, &mut encoder, cancelled)?;
        debug_assert_eq!(filled, 0);
        encoder.finish()?;
    }
    sink.file.flush()?;
    Ok(FileBlob { digest: Digest::from_hasher(sink.hasher), size: sink.size, path })
}

/// Copies the first `filled` bytes of the buffer, then the rest of the layer.
fn copy(
    layer: &mut impl Read,
    buffer: &mut [u8],
    mut filled: usize,
    sink: &mut impl Write,
    cancelled: &dyn Fn() -> bool,
) -> Result<usize, ExportError> {
    while filled > 0 {
        if cancelled() {
            return Err(ExportError::Cancelled);
        }
        sink.write_all(&buffer[..filled])?;
        filled = fill(layer, buffer)?;
    }
    Ok(filled)
}

fn fill(layer: &mut impl Read, buffer: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    while filled < buffer.len() {
        match layer.read(&mut buffer[filled..])? {
            0 => break,
            read => filled += read,
        }
    }
    Ok(filled)
}

/// A file whose bytes are counted and digested on the way.
struct Hashed {
    file: io::BufWriter<File>,
    hasher: Sha256,
    size: u64,
}

impl Write for Hashed {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.file.write(bytes)?;
        self.hasher.update(&bytes[..written]);
        self.size += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::read::GzDecoder;

    /// A tar with these files; a text that begins with `->` makes a link.
    fn export(files: &[(&str, &str)]) -> tempfile::NamedTempFile {
        let file = tempfile::NamedTempFile::new().unwrap();
        let mut tar = tar::Builder::new(file.reopen().unwrap());
        for (name, text) in files {
            let mut header = tar::Header::new_gnu();
            header.set_mode(0o644);
            match text.strip_prefix("->") {
                Some(target) => {
                    header.set_entry_type(tar::EntryType::Symlink);
                    header.set_size(0);
                    tar.append_link(&mut header, name, target).unwrap();
                }
                None => {
                    header.set_size(text.len() as u64);
                    tar.append_data(&mut header, name, text.as_bytes()).unwrap();
                }
            }
        }
        tar.into_inner().unwrap();
        file
    }

    fn unpacked(files: &[(&str, &str)]) -> (Result<Exported, ExportError>, tempfile::TempDir) {
        let folder = tempfile::tempdir().unwrap();
        (unpack(export(files).path(), folder.path(), &|| false), folder)
    }

    #[test]
    fn layers_are_compressed_and_the_config_stays() {
        let list = r#"[{"Config":"c.json","RepoTags":["x:1"],"Layers":["a/layer.tar","b/layer.tar","a/layer.tar"]}]"#;
        let files = [("a/layer.tar", "one"), ("b/layer.tar", "two"), ("c.json", "{}"), ("manifest.json", list)];
        let (first, _folder) = unpacked(&files);
        let first = first.unwrap();
        assert_eq!(first.blobs[0].digest, Digest::of(b"{}"));
        assert_eq!(first.blobs.len(), 3, "a layer that occurs twice is one blob");
        for (blob, text) in first.blobs[1..].iter().zip(["one", "two"]) {
            let bytes = std::fs::read(&blob.path).unwrap();
            assert_eq!((Digest::of(&bytes), bytes.len() as u64), (blob.digest.clone(), blob.size));
            let mut plain = String::new();
            GzDecoder::new(bytes.as_slice()).read_to_string(&mut plain).unwrap();
            assert_eq!(plain, text);
        }
        let document: serde_json::Value = serde_json::from_slice(&first.manifest.bytes).unwrap();
        assert_eq!(document["layers"].as_array().unwrap().len(), 3);
        assert_eq!(document["layers"][0], document["layers"][2]);
        let (second, _folder) = unpacked(&files);
        assert_eq!(second.unwrap().manifest.digest, first.manifest.digest);
    }

    #[test]
    fn a_link_to_another_layer_is_followed() {
        let list = r#"[{"Config":"c.json","Layers":["a/layer.tar","b/layer.tar"]}]"#;
        let (found, _folder) =
            unpacked(&[("a/layer.tar", "one"), ("b/layer.tar", "->../a/layer.tar"), ("c.json", "{}"), ("manifest.json", list)]);
        assert_eq!(found.unwrap().blobs.len(), 2);
    }

    #[test]
    fn what_no_engine_exports_is_refused() {
        let list = |layer: &str| format!(r#"[{{"Config":"c.json","Layers":["{layer}"]}}]"#);
        for manifest in ["[]", "{}", "x", &list("gone"), &list("../../etc/passwd"), &list("loop"), &list("/etc/passwd")] {
            let (found, _folder) = unpacked(&[("c.json", "{}"), ("loop", "->loop"), ("manifest.json", manifest)]);
            assert!(matches!(found, Err(ExportError::Strange(_))), "{manifest}: {found:?}");
        }
        let (none, _folder) = unpacked(&[("c.json", "{}")]);
        assert!(matches!(none, Err(ExportError::Strange(_))));
        let list = list("a");
        let folder = tempfile::tempdir().unwrap();
        let stopped = unpack(export(&[("a", "x"), ("c.json", "{}"), ("manifest.json", &list)]).path(), folder.path(), &|| true);
        assert!(matches!(stopped, Err(ExportError::Cancelled)));
    }
}
