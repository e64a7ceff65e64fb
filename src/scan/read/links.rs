//! Links within one layer.

use crate::archive::{clean, parent, upwards};
use crate::layers::Kind;
use crate::scan::FileRecord;
use std::collections::{HashMap, HashSet};

/// Links lead to links at most so often.
const LINKS: usize = 40;

/// Links of a layer so far: what comes below one of them lands where it leads, as engines unpack it.
#[derive(Default)]
pub struct Folders {
    links: HashMap<String, String>,
}

impl Folders {
    /// Where an entry stands once the links of its folders are followed.
    pub fn real(&self, path: &str) -> String {
        let mut path = path.to_owned();
        for _ in 0..LINKS {
            if self.links.is_empty() {
                break;
            }
            let above = upwards(&path).skip(1).find_map(|folder| self.links.get_key_value(folder));
            let Some((link, text)) = above else { break };
            let rest = &path[link.len()..];
            let folder = if text.starts_with('/') { "" } else { parent(link).unwrap_or("/") };
            path = clean(&format!("{folder}/{text}{rest}"));
        }
        path
    }

    /// Notes an entry.
    pub fn note(&mut self, path: &str, kind: &Kind) {
        match kind {
            Kind::Link(text) => drop(self.links.insert(path.to_owned(), text.clone())),
            _ if self.links.is_empty() => {}
            _ => drop(self.links.remove(path)),
        }
    }
}

/// Gives hard links what the files they name have. What they name came before them.
pub fn fill_hard_links(files: &mut [FileRecord]) {
    let target = |file: &FileRecord| match &file.kind {
        Kind::HardLink(target) => Some(target.clone()),
        _ => None,
    };
    let targets: HashSet<String> = files.iter().filter_map(target).collect();
    let mut known: HashMap<&str, usize> = HashMap::new();
    for at in 0..files.len() {
        if let Some(source) = target(&files[at]).and_then(|target| known.get(target.as_str()).copied()) {
            let (path, kind) = (std::mem::take(&mut files[at].path), files[at].kind.clone());
            files[at] = FileRecord { path, kind, ..files[source].clone() };
        }
        if let Some(path) = targets.get(&files[at].path) {
            known.insert(path, at);
        }
    }
}
