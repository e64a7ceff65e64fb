//! The archive: layers as they come, and the documents that say which of them make up the image.

use super::{Entry, LayersError};
use crate::archive::Tar;
use std::io::Read;

/// Is shown every entry of every layer of an archive.
pub trait Visitor {
    /// An entry of the layer with this number, counted as the archive brings them. Its content, of files only, may
    /// be read or left.
    ///
    /// # Errors
    /// Those of reading; they end the walk.
    fn entry(&mut self, layer: usize, entry: &Entry, content: &mut dyn Read) -> Result<(), LayersError>;
}

/// What an archive says of its image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Image {
    /// The numbers of its layers, from the lowest to the highest.
    pub layers: Vec<usize>,
    /// Its config, as it stands there.
    pub config: Vec<u8>,
}

/// Reads an archive to its end. It must hold one image.
///
/// # Errors
/// When it breaks off, is no archive of an image, or the visitor does not go on.
pub fn walk(archive: impl Read, visitor: &mut dyn Visitor) -> Result<Image, LayersError> {
    let mut number = 0;
    let bundle = crate::archive::read(archive, |packing, _, bytes| {
        layer(packing.open(bytes), &mut |entry, content| visitor.entry(number, entry, content))?;
        number += 1;
        Ok::<_, LayersError>(number - 1)
    })?;
    let images = bundle.images().map_err(LayersError::Damaged)?;
    let [image] = images.as_slice() else { return Err(LayersError::Damaged(format!("it holds {} images", images.len()))) };
    let absent = || LayersError::Damaged(format!("{} is not in it", image.config));
    let config = bundle.document(&image.config).ok_or_else(absent)?.to_owned();
    let layers = bundle.layers(image).map_err(LayersError::Damaged)?.into_iter().copied().collect();
    Ok(Image { layers, config })
}

/// Reads the plain tar of one layer to its end, and shows each of its entries with its content.
///
/// # Errors
/// When it breaks off, is no tar, or the visitor does not go on.
pub fn layer<E: From<std::io::Error>>(plain: impl Read, visit: &mut dyn FnMut(&Entry, &mut dyn Read) -> Result<(), E>) -> Result<(), E> {
    let mut tar = Tar::new(plain);
    while let Some(member) = tar.next_member()? {
        if let Some(entry) = Entry::of(member) {
            entry.check()?;
            visit(&entry, &mut tar)?;
        }
    }
    Ok(tar.finish()?)
}
