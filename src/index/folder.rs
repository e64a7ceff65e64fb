//! Which files an index consists of.

use std::path::{Path, PathBuf};

/// The folder of an index that holds its files.
const DATA: &str = "index.d";
/// Files whose name holds this are for copying, and are not read.
const TEMPLATE: &str = "index_template";

/// An index on disk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IndexFolder {
    /// The folder that holds `index.d`.
    pub root: PathBuf,
    /// Its files without templates, by name.
    pub files: Vec<IndexFile>,
    /// How many templates there are.
    pub templates: usize,
}

/// One file of an index: the entries of a namespace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IndexFile {
    /// Relative to the root, as messages name it: `index.d/centos.yaml`.
    pub path: String,
    /// Where it is.
    pub at: PathBuf,
}

/// Why there is no index.
#[derive(Debug, thiserror::Error)]
pub enum IndexError {
    /// The folder is not there.
    #[error("{}: there is no index here; name the folder that holds {DATA}, or {DATA} itself", .0.display())]
    Missing(PathBuf),
    /// It cannot be read.
    #[error("{}: {source}", path.display())]
    Io {
        /// The folder.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// There is nothing to process.
    #[error("{}: there is no file to process; an index has *.yaml files beside its template", .0.display())]
    Nothing(PathBuf),
}

impl IndexFile {
    /// The file's name, extension and all.
    pub fn name(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or(&self.path)
    }

    /// What `app-id` of its entries must be: the name up to its first dot.
    pub fn namespace(&self) -> &str {
        self.name().split('.').next().unwrap_or_default()
    }
}

impl IndexFolder {
    /// Lists the files of the index at `path`: the folder that holds `index.d`, or that folder itself.
    ///
    /// # Errors
    /// When there is no such folder, it cannot be read, or there is nothing in it but one template.
    pub fn list(path: &Path) -> Result<Self, IndexError> {
        let data = if path.join(DATA).is_dir() { path.join(DATA) } else { path.to_owned() };
        if data.file_name().is_none_or(|name| name != DATA) || !data.is_dir() {
            return Err(IndexError::Missing(path.to_owned()));
        }
        let failed = |source| IndexError::Io { path: data.clone(), source };
        let mut files = Vec::new();
        let mut templates = 0;
        for entry in std::fs::read_dir(&data).map_err(failed)? {
            let name = entry.map_err(failed)?.file_name();
            let Some(name) = name.to_str().filter(|name| is_index_file(name)) else { continue };
            if name.contains(TEMPLATE) {
                templates += 1;
            } else {
                files.push(IndexFile { path: format!("{DATA}/{name}"), at: data.join(name) });
            }
        }
        if files.is_empty() && templates < 2 {
            return Err(IndexError::Nothing(data));
        }
        files.sort_by(|a, b| a.path.cmp(&b.path));
        let root = data.parent().filter(|root| !root.as_os_str().is_empty()).map_or_else(|| PathBuf::from("."), Path::to_owned);
        Ok(Self { root, files, templates })
    }
}

/// The original's glob `*.y*ml`, which knows no dot-files.
fn is_index_file(name: &str) -> bool {
    let before = name.strip_suffix("ml").and_then(|name| name.split_once(".y"));
    before.is_some() && !name.starts_with('.')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_those_of_the_originals_glob() {
        for name in ["a.yaml", "a.yml", "x.yFOOml", "x.y.html"] {
            assert!(is_index_file(name), "{name}");
        }
        for name in [".a.yaml", "a.json", "a.YAML", "yaml", "a.yamlx"] {
            assert!(!is_index_file(name), "{name}");
        }
    }
}
