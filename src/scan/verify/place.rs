//! Where the file of a record stands in the image: folders may be links (`/bin` to `usr/bin`), and files may be gone.

use crate::layers::{join, parent};
use crate::scan::Contents;
use std::collections::HashMap;

/// Finds them; what was looked up once is remembered.
pub struct Places<'a> {
    /// The image.
    pub contents: &'a Contents,
    folders: HashMap<String, String>,
    /// Paths that layers removed, with the highest of these layers.
    removed: Option<HashMap<String, usize>>,
}

impl<'a> Places<'a> {
    pub fn new(contents: &'a Contents) -> Self {
        Self { contents, folders: HashMap::new(), removed: None }
    }

    /// The path with the links of its folders followed. Where a folder is not there it stays as it is.
    pub fn real(&mut self, path: &str) -> String {
        let Some(folder) = parent(path) else { return path.to_owned() };
        if !self.folders.contains_key(folder) {
            let real = self.contents.resolve(folder).map_or_else(|| folder.to_owned(), |(real, _)| real);
            self.folders.insert(folder.to_owned(), real);
        }
        let folder = self.folders.get(folder).map_or(folder, String::as_str);
        join(folder, path.rsplit('/').next().unwrap_or_default())
    }

    /// The layer that removed a path, or a folder it was in, or put something else in that folder's place.
    pub fn remover(&mut self, path: &str) -> Option<usize> {
        let contents = self.contents;
        let removed = self.removed.get_or_insert_with(|| removed(contents));
        crate::layers::upwards(path).find_map(|path| removed.get(path).copied())
    }
}

fn removed(contents: &Contents) -> HashMap<String, usize> {
    let mut removed = HashMap::new();
    for (number, layer) in contents.layers().iter().enumerate() {
        for file in &layer.files {
            let Some((folder, name)) = file.path.rsplit_once("/.wh.") else { continue };
            let path = if name == ".wh..opq" || name == ".opq" { folder.to_owned() } else { format!("{folder}/{name}") };
            removed.insert(path, number);
        }
    }
    removed
}
