//! How much all layers of an image hold together: each by itself may be as large as a layer may be.

use crate::scan::LayerRecord;

/// The most layers of an image; engines have 127 at most. Source: Docker, `maxLayerDepth`.
const LAYERS: usize = 1_000;
/// The most files of all of them, and the most bytes of their paths.
const FILES: usize = 3_000_000;
const NAMES: usize = 384 << 20;

/// The layers so far.
#[derive(Debug, Default)]
pub struct Extent {
    layers: usize,
    files: usize,
    names: usize,
}

impl Extent {
    /// Adds a layer.
    ///
    /// # Errors
    /// When that is more than is read, in words.
    pub fn add(&mut self, layer: &LayerRecord) -> Result<(), String> {
        self.layers += 1;
        self.files += layer.files.len();
        self.names += layer.files.iter().map(|file| file.path.len()).sum::<usize>();
        if self.layers <= LAYERS && self.files <= FILES && self.names <= NAMES {
            return Ok(());
        }
        Err(format!("its layers are more than {LAYERS}, or hold more than {FILES} files or {} MiB of names in all", NAMES >> 20))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scan::FileRecord;

    #[test]
    fn all_layers_together_are_limited() {
        let file = |length| FileRecord { path: "x".repeat(length), ..FileRecord::default() };
        let record = |files| LayerRecord { files, ..LayerRecord::default() };
        let mut extent = Extent::default();
        assert_eq!((0..LAYERS).filter(|_| extent.add(&record(Vec::new())).is_err()).count(), 0);
        assert!(extent.add(&record(Vec::new())).unwrap_err().contains("more than 1000"));
        let long = record(vec![file(64 << 20)]);
        let mut extent = Extent::default();
        assert_eq!((0..7).filter(|_| extent.add(&long).is_err()).count(), 1);
        let many = record(vec![FileRecord::default(); FILES / 2]);
        let mut extent = Extent::default();
        assert_eq!((0..3).filter(|_| extent.add(&many).is_err()).count(), 1);
    }
}
