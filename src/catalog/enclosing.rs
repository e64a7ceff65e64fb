//! Whether a DIRECTORY is only a part of a catalogue, for a hint to whoever gave the wrong folder.

use super::definition::Definition;
use std::path::{Path, PathBuf};

/// So many folders above DIRECTORY are looked at.
const LEVELS: usize = 6;

/// The larger catalogue that `root` looks like a part of, if there is one: the outermost folder above it that
/// is a definition itself, or holds definitions next to the way down to `root`. A folder with a `config.yaml`
/// above a single definition counts, too. The search ends at the top of the git work tree.
///
/// A guess for a message, nothing to decide by. What cannot be read is passed over.
pub fn enclosing_catalogue(root: &Path) -> Option<PathBuf> {
    let root = std::fs::canonicalize(root).ok()?;
    let (mut outermost, mut configured) = (None, None);
    let mut below = root.as_path();
    for _ in 0..LEVELS {
        // Nothing above the work tree is part of the same catalogue.
        if below.join(".git").exists() {
            break;
        }
        let Some(above) = below.parent() else { break };
        if is_definition(above) || has_definitions_beside(above, below) {
            outermost = Some(above.to_owned());
        } else if configured.is_none() && above.join("config.yaml").is_file() && is_definition(&root) {
            configured = Some(above.to_owned());
        }
        below = above;
    }
    outermost.or(configured)
}

fn is_definition(folder: &Path) -> bool {
    folder.join(Definition::CHANGELOG).is_file() && folder.join(Definition::TEMPLATE).is_file()
}

fn has_definitions_beside(folder: &Path, known: &Path) -> bool {
    let Ok(entries) = std::fs::read_dir(folder) else { return false };
    entries
        .flatten()
        .filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()))
        .map(|entry| entry.path())
        .any(|path| path != known && is_definition(&path))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree(folders: &[&str]) -> (tempfile::TempDir, PathBuf) {
        let dir = tempfile::tempdir().unwrap();
        let top = dir.path().canonicalize().unwrap();
        std::fs::create_dir(top.join(".git")).unwrap();
        for folder in folders {
            let folder = top.join(folder);
            std::fs::create_dir_all(&folder).unwrap();
            std::fs::write(folder.join("changelog"), "").unwrap();
            std::fs::write(folder.join("Dockerfile.template"), "").unwrap();
        }
        (dir, top)
    }

    #[test]
    fn a_definition_among_others_points_at_all_of_them() {
        let (_dir, top) = tree(&["images/php", "images/php/cli", "images/node", "istio/build"]);
        std::fs::create_dir_all(top.join("images/php/cli/files")).unwrap();
        for part in ["images/php", "images/php/cli", "images/php/cli/files"] {
            assert_eq!(enclosing_catalogue(&top.join(part)), Some(top.join("images")), "{part}");
        }
    }

    #[test]
    fn a_group_of_definitions_points_at_the_whole() {
        let (_dir, top) = tree(&["images/web/httpd", "images/node"]);
        assert_eq!(enclosing_catalogue(&top.join("images/web")), Some(top.join("images")));
    }

    #[test]
    fn a_whole_catalogue_points_nowhere() {
        let (_dir, top) = tree(&["images/php", "images/node", "istio/build"]);
        std::fs::write(top.join("config.yaml"), "").unwrap();
        assert_eq!(enclosing_catalogue(&top.join("images")), None);
        assert_eq!(enclosing_catalogue(&top), None);
        assert_eq!(enclosing_catalogue(&top.join("nothing")), None);
    }

    #[test]
    fn a_configuration_above_a_single_definition_counts() {
        let (_dir, top) = tree(&["images/php"]);
        assert_eq!(enclosing_catalogue(&top.join("images/php")), None);
        std::fs::write(top.join("config.yaml"), "").unwrap();
        assert_eq!(enclosing_catalogue(&top.join("images/php")), Some(top));
    }
}
