//! A whole tree: every definition, and everything that is wrong.

use super::defect::Defect;
use super::definition::{Broken, Definition, Loaded, join, load};
use super::walk::{self, Found};
use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

/// What was found below a DIRECTORY.
#[derive(Clone, Debug)]
pub struct Catalogue {
    /// DIRECTORY as it was given.
    pub root: PathBuf,
    /// The sound definitions, by name, then by path.
    pub definitions: Vec<Definition>,
    /// Those with a name that are not sound, by name, then by path.
    pub broken: Vec<Broken>,
    /// What cannot be used, by path, line and code.
    pub defects: Vec<Defect>,
    /// What somebody should look at, by path, line and code.
    pub warnings: Vec<Defect>,
}

/// Why there is no catalogue at all.
#[derive(Debug, thiserror::Error)]
pub enum CatalogueError {
    /// Nothing is there.
    #[error("the directory {} does not exist", .0.display())]
    Missing(PathBuf),
    /// A file.
    #[error("{} is not a directory; give the folder that holds the definitions", .0.display())]
    NotADirectory(PathBuf),
    /// It cannot be listed.
    #[error("the directory {} cannot be read", root.display())]
    Unreadable {
        /// DIRECTORY as it was given.
        root: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// No folder in it has a changelog and a template.
    #[error("{} holds no definition: no folder in it has both a {} and a {}", root.display(), Definition::TEMPLATE, Definition::CHANGELOG)]
    Empty {
        /// DIRECTORY as it was given.
        root: PathBuf,
        /// Folders that have one of the two.
        warnings: Vec<Defect>,
    },
}

/// At most so many threads read the tree: beyond it they wait for each other.
const MOST_WORKERS: usize = 32;

/// Walks DIRECTORY with up to `workers` threads. The result does not depend on their number.
///
/// Links to folders are not followed and `.git` is left out; folders inside a definition are searched.
///
/// # Errors
/// Only when DIRECTORY is missing, is not a directory, cannot be read, or holds no definition, not even a
/// broken one. All else is a defect or a warning in the catalogue.
pub fn discover(root: &Path, workers: usize) -> Result<Catalogue, CatalogueError> {
    check_root(root)?;
    let loaded = walk::walk(root, workers.clamp(1, MOST_WORKERS), |folder, below| visit(root, folder, below));
    let catalogue = assemble(root, loaded);
    if catalogue.definitions.is_empty() && catalogue.defects.is_empty() {
        return Err(CatalogueError::Empty { root: root.to_owned(), warnings: catalogue.warnings });
    }
    Ok(catalogue)
}

fn check_root(root: &Path) -> Result<(), CatalogueError> {
    let unreadable = |source: io::Error| match source.kind() {
        io::ErrorKind::NotFound => CatalogueError::Missing(root.to_owned()),
        _ => CatalogueError::Unreadable { root: root.to_owned(), source },
    };
    if !std::fs::metadata(root).map_err(unreadable)?.is_dir() {
        return Err(CatalogueError::NotADirectory(root.to_owned()));
    }
    std::fs::read_dir(root).map_err(unreadable)?;
    Ok(())
}

/// Reads one folder; `None` when it is no definition and nothing is wrong.
fn visit(root: &Path, folder: &Path, below: &mut Vec<PathBuf>) -> Option<Loaded> {
    let path = relative(root, folder);
    let shown = path.as_ref().map_or_else(|lossy| lossy.as_str(), |path| path.as_str()).to_owned();
    let found = match walk::list(folder, below) {
        Ok(found) => found,
        Err(error) => {
            let message = format!("the folder {shown} cannot be read: {error}");
            return Some(remark_only(shown.clone(), Some(Defect::error("unreadable", message).at(shown)), None));
        }
    };
    match (found.template.is_there(), found.changelog.is_there(), path) {
        (false, false, _) => None,
        (true, true, Ok(path)) => Some(load(folder, path, &found)),
        (true, true, Err(_)) => {
            let message = format!("the path of the folder {shown} is not UTF-8 text");
            let defect = Defect::error("bad_path", message).at(shown.clone()).help("rename the folder");
            Some(remark_only(shown, Some(defect), None))
        }
        _ => Some(remark_only(shown.clone(), None, Some(alone(&shown, &found)))),
    }
}

fn remark_only(path: String, defect: Option<Defect>, warning: Option<Defect>) -> Loaded {
    Loaded {
        heading: None,
        path,
        definition: None,
        broken: None,
        defects: defect.into_iter().collect(),
        warnings: warning.into_iter().collect(),
    }
}

/// The codes of the warnings about a folder with one of the two files alone: the template, the changelog.
pub const INCOMPLETE: [&str; 2] = ["template_without_changelog", "changelog_without_template"];

/// The warning about a folder that has only one of the two files.
fn alone(folder: &str, found: &Found) -> Defect {
    let (code, has, lacks) = if found.template.is_there() {
        (INCOMPLETE[0], Definition::TEMPLATE, Definition::CHANGELOG)
    } else {
        (INCOMPLETE[1], Definition::CHANGELOG, Definition::TEMPLATE)
    };
    let message = format!("the folder {folder} has a {has} but no {lacks}, so it is no definition");
    Defect::warning(code, message).at(join(folder, has)).help(format!("add a {lacks}, or remove the {has}"))
}

/// The folder relative to `root`, with `/` between the parts; as an error, an approximation for messages.
fn relative(root: &Path, folder: &Path) -> Result<String, String> {
    let path = folder.strip_prefix(root).unwrap_or(folder);
    if path.as_os_str().is_empty() {
        return Ok(".".to_owned());
    }
    path.to_str().map(str::to_owned).ok_or_else(|| path.to_string_lossy().into_owned())
}

fn assemble(root: &Path, loaded: Vec<Loaded>) -> Catalogue {
    let mut catalogue =
        Catalogue { root: root.to_owned(), definitions: Vec::new(), broken: Vec::new(), defects: Vec::new(), warnings: Vec::new() };
    let mut places: BTreeMap<String, Vec<(String, usize)>> = BTreeMap::new();
    for one in loaded {
        if let Some((name, line)) = one.heading {
            places.entry(name).or_default().push((one.path, line));
        }
        catalogue.definitions.extend(one.definition);
        catalogue.broken.extend(one.broken);
        catalogue.defects.extend(one.defects);
        catalogue.warnings.extend(one.warnings);
    }
    places.retain(|_, places| places.len() > 1);
    // Which of them is meant nobody can say: none is used.
    let doubled = catalogue.definitions.extract_if(.., |definition| places.contains_key(&definition.name));
    catalogue.broken.extend(doubled.map(|one| Broken { name: one.name, path: one.path, control: one.control }));
    catalogue.broken.sort_by(|a, b| (&a.name, &a.path).cmp(&(&b.name, &b.path)));
    catalogue.defects.extend(places.into_iter().map(|(name, places)| duplicate(&name, places)));
    catalogue.definitions.sort_by(|a, b| (&a.name, &a.path).cmp(&(&b.name, &b.path)));
    for remarks in [&mut catalogue.defects, &mut catalogue.warnings] {
        remarks.sort_by(|a, b| (&a.path, a.line, a.code).cmp(&(&b.path, b.line, b.code)));
    }
    catalogue
}

fn duplicate(name: &str, mut places: Vec<(String, usize)>) -> Defect {
    places.sort();
    let folders: Vec<&str> = places.iter().map(|(path, _)| path.as_str()).collect();
    let message = format!("\"{name}\" is the name of {} definitions: {}", places.len(), folders.join(", "));
    let defect = Defect::error("duplicate_name", message).of(name).help("give each changelog a name of its own in its first line");
    match places.first() {
        Some((path, line)) => defect.at(join(path, Definition::CHANGELOG)).line(*line),
        None => defect,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_relative_to_the_directory() {
        assert_eq!(relative(Path::new("a"), Path::new("a")), Ok(".".to_owned()));
        assert_eq!(relative(Path::new("a/"), Path::new("a/b/c")), Ok("b/c".to_owned()));
        assert_eq!(relative(Path::new("."), Path::new("./b")), Ok("b".to_owned()));
    }

    #[test]
    fn three_of_one_name_are_one_defect() {
        let defect = duplicate("x", vec![("c".into(), 3), ("a".into(), 1), ("b".into(), 2)]);
        assert_eq!(defect.message, "\"x\" is the name of 3 definitions: a, b, c");
        assert_eq!((defect.path.as_deref(), defect.line), (Some("a/changelog"), Some(1)));
    }
}
