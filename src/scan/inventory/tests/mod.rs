//! One table for all cataloguers: files as an image has them, and what is found.

mod layers;
mod programs;
mod table;

use super::*;
use crate::layers::{Kind, Stat};
use crate::scan::{Content, Contents, FileRecord, LayerRecord};
use std::io::Cursor;

/// A layer with these files, as reading one gives it.
fn layer(files: &[(&str, &[u8])]) -> LayerRecord {
    let mut record = LayerRecord::default();
    for (path, bytes) in files {
        record.files.push(file(path, Kind::File, bytes.len() as u64));
        if wants(path) {
            record.contents.push(((*path).to_owned(), Content::Held(bytes.to_vec().into())));
        }
        if examines(path, &bytes[..bytes.len().min(HEAD)]) {
            record.embedded.push(examine(path, &mut Cursor::new(bytes)));
        }
    }
    record
}

fn file(path: &str, kind: Kind, size: u64) -> FileRecord {
    let path = path.to_owned();
    FileRecord { path, kind, stat: Stat { mode: 0o644, size, ..Stat::default() }, ..FileRecord::default() }
}

/// A package in one line: kind, name, version, architecture, source, licenses, layer; what is not said is `-`.
fn line(package: &Package) -> String {
    let Package { kind, name, version, arch, source, licenses, layer, .. } = package;
    let arch = arch.as_deref().unwrap_or("-");
    let source = source.as_ref().map_or_else(|| "-".to_owned(), |source| format!("{}={}", source.name, source.version));
    let licenses = if licenses.is_empty() { "-".to_owned() } else { licenses.join("+") };
    format!("{} {name} {version} {arch} {source} {licenses} {layer}", kind.as_str())
}

fn lines(inventory: &Inventory) -> Vec<String> {
    inventory.packages.iter().map(line).collect()
}
