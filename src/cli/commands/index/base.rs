//! What a change of the index is compared with, and the configuration that counts for it: the base's, so that a change grants
//! itself nothing.

use crate::catalog::Defect;
use crate::cli::exit::Trouble;
use crate::cli::options::Call;
use crate::cli::rules::wrong;
use crate::cli::surroundings::{CONFIGFILE, Surroundings};
use crate::config::{Config, ConfigFile, Flag};
use crate::git::{self, Repository};
use std::io::Write as _;
use std::path::{Path, PathBuf};

/// The commit to compare with.
#[derive(Debug)]
pub struct Base {
    /// The work tree, asked about the index.
    pub repository: Repository,
    /// The full id of the commit where the branch parted.
    pub commit: String,
}

/// The configuration of a call about an index.
#[derive(Debug)]
pub struct Policy {
    /// What counts.
    pub config: Config,
    /// Whether the file differs between the base and what is checked out.
    pub differs: bool,
    /// What somebody should know of that.
    pub warnings: Vec<Defect>,
}

impl Base {
    /// Finds the commit where the branch parted from `revision`. `root` holds `index.d`.
    pub fn of(repository: Option<Repository>, root: &Path, revision: &str) -> Result<Self, Trouble> {
        let missing = || Trouble::call(format!("{} is not in a git repository, so there is nothing to compare with", root.display()));
        let repository = repository.ok_or_else(missing)?;
        let commit = repository.merge_base(revision, root).map_err(wrong)?;
        Ok(Self { repository, commit })
    }
}

impl Policy {
    /// The configuration as it is, or with a base as it was there.
    pub fn of(call: &Call, surroundings: &Surroundings, base: Option<&Base>, flags: Vec<Flag>) -> Result<Self, Trouble> {
        let path = call.configfile.clone().unwrap_or_else(|| PathBuf::from(CONFIGFILE));
        let inside = base.and_then(|base| Some((base, in_repository(&base.repository, &path)?)));
        let Some((base, inside)) = inside else {
            return Ok(Self { config: surroundings.configure(call, flags)?, differs: false, warnings: Vec::new() });
        };
        let then = base.repository.files_at(&base.commit, &[&inside]).map_err(wrong)?.pop().flatten();
        // What cannot be read now is told by whoever reads it.
        if then == std::fs::read(&path).ok() {
            return Ok(Self { config: surroundings.configure(call, flags)?, differs: false, warnings: Vec::new() });
        }
        let config = as_it_was(call, surroundings, then.as_deref(), flags)?;
        let message = format!("{inside} differs from the base; what it said there counts, and the change of it once it is merged");
        Ok(Self { config, differs: true, warnings: vec![Defect::warning("policy_changed", message).at(inside)] })
    }
}

/// Reads the configuration with another content of the file, or without it.
fn as_it_was(call: &Call, surroundings: &Surroundings, content: Option<&[u8]>, flags: Vec<Flag>) -> Result<Config, Trouble> {
    let folder = tempfile::tempdir().map_err(wrong)?;
    let path = folder.path().join(CONFIGFILE);
    if let Some(content) = content {
        std::fs::File::create(&path).and_then(|mut file| file.write_all(content)).map_err(wrong)?;
    }
    Ok(surroundings.configure_from(call, ConfigFile::Default(path), flags)?)
}

/// The path from the top of the work tree, also of a file that is not there any more; none where it stands elsewhere.
fn in_repository(repository: &Repository, path: &Path) -> Option<String> {
    let top = std::fs::canonicalize(&repository.top).ok()?;
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let real = std::fs::canonicalize(folder).ok()?.join(path.file_name()?);
    Some(real.strip_prefix(top).ok()?.to_string_lossy().into_owned())
}

/// The work tree that an index stands in.
pub fn repository(root: &Path) -> Result<Option<Repository>, Trouble> {
    git::discover(root).map_err(wrong)
}
