//! Walks a folder and lists what is in it, in the order of the bytes of the paths.

use super::error::ContextError;
use super::ignore::{Ignore, Matched};
use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs::{self, FileType, Metadata};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{FileTypeExt, PermissionsExt};
use std::path::{Component, Path, PathBuf};
use std::rc::Rc;

/// How many files and folders a context may hold: links to folders that hold links can multiply without end.
const LIMIT: usize = 1_000_000;

/// What an entry is.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Directory,
    File { executable: bool },
    Link { target: PathBuf },
}

/// Something in a context.
#[derive(Debug)]
pub(super) struct Entry {
    /// Relative to the root of the context.
    pub path: PathBuf,
    /// Where its contents are.
    pub source: PathBuf,
    pub kind: Kind,
    /// Whether `.dockerignore` leaves it out; only where the walk was told to list such entries.
    pub excluded: bool,
}

/// What to do with links.
pub(super) enum Links<'a> {
    /// List what they point to; that must be inside of this folder, given in its real path.
    Resolve { boundary: &'a Path },
    /// List them as links.
    Keep,
}

/// A walk to be done.
pub(super) struct Walk<'a> {
    pub root: &'a Path,
    pub links: Links<'a>,
    pub ignore: &'a Ignore,
    /// Whether what is ignored is listed too. Where it cannot be listed it is left out without an error.
    pub list_ignored: bool,
    /// Names at the root to pass over.
    pub skip: &'a [&'a str],
}

/// A folder to be read.
struct Folder {
    path: PathBuf,
    source: PathBuf,
    /// The real paths of this folder and those it is in, as the walk came.
    chain: Rc<Chain>,
    matched: Matched,
}

struct Chain {
    real: PathBuf,
    above: Option<Rc<Chain>>,
}

impl Chain {
    fn any(&self, test: impl Fn(&Path) -> bool) -> bool {
        let mut next = Some(self);
        while let Some(link) = next {
            if test(&link.real) {
                return true;
            }
            next = link.above.as_deref();
        }
        false
    }
}

impl Walk<'_> {
    /// Lists everything but the root itself.
    pub fn list(&self) -> Result<Vec<Entry>, ContextError> {
        let real = fs::canonicalize(self.root).map_err(|source| read_error(self.root, source))?;
        let chain = Rc::new(Chain { real, above: None });
        let mut open = vec![Folder { path: PathBuf::new(), source: self.root.to_owned(), chain, matched: Matched::default() }];
        let mut found = BTreeMap::new();
        let mut passed_over = BTreeMap::new();
        while let Some(folder) = open.pop() {
            let before = open.len();
            if let Err(error) = self.read(&folder, &mut open, &mut found, &mut passed_over) {
                let excluded = self.ignore.excludes(&slashed(&folder.path));
                if !excluded {
                    return Err(error);
                }
                open.truncate(before);
            }
            if found.len() + passed_over.len() > LIMIT {
                return Err(ContextError::TooMany { path: self.root.to_owned(), limit: LIMIT });
            }
        }
        add_parents(&mut found, passed_over);
        Ok(found.into_values().collect())
    }

    fn read(&self, folder: &Folder, open: &mut Vec<Folder>, found: &mut Found, passed_over: &mut Found) -> Result<(), ContextError> {
        for item in fs::read_dir(&folder.source).map_err(|source| read_error(&folder.source, source))? {
            let name = item.map_err(|source| read_error(&folder.source, source))?.file_name();
            let at_root = folder.path.as_os_str().is_empty();
            if at_root && self.skip.iter().any(|skip| OsStr::new(skip) == name) {
                continue;
            }
            let path = folder.path.join(&name);
            let (excluded, matched) = self.ignore.enter(&slashed(&path), &folder.matched);
            let hidden = excluded && !self.list_ignored;
            if hidden && !self.ignore.has_exceptions() {
                continue;
            }
            let (source, kind, chain) = match self.inspect(&folder.source.join(&name), &name, &folder.chain) {
                Ok(inspected) => inspected,
                Err(_) if excluded => continue,
                Err(error) => return Err(error),
            };
            if kind == Kind::Directory {
                open.push(Folder { path: path.clone(), source: source.clone(), chain, matched });
            }
            let entry = Entry { path, source, kind, excluded };
            match (hidden, &entry.kind) {
                (false, _) => drop(found.insert(key(&entry.path), entry)),
                (true, Kind::Directory) => drop(passed_over.insert(key(&entry.path), entry)),
                (true, _) => {}
            }
        }
        Ok(())
    }

    /// Where the contents are, what it is and, for a folder, the chain of real paths to it.
    fn inspect(&self, path: &Path, name: &OsStr, chain: &Rc<Chain>) -> Result<(PathBuf, Kind, Rc<Chain>), ContextError> {
        let metadata = fs::symlink_metadata(path).map_err(|source| read_error(path, source))?;
        if !metadata.is_symlink() {
            let deeper = |_: &Kind| Chain { real: chain.real.join(name), above: Some(Rc::clone(chain)) };
            let kind = kind_of(path, &metadata)?;
            let chain = if kind == Kind::Directory { Rc::new(deeper(&kind)) } else { Rc::clone(chain) };
            return Ok((path.to_owned(), kind, chain));
        }
        let target = fs::read_link(path).map_err(|source| read_error(path, source))?;
        match self.links {
            Links::Keep => {
                self.check_kept(path, &target)?;
                Ok((path.to_owned(), Kind::Link { target }, Rc::clone(chain)))
            }
            Links::Resolve { boundary } => resolve(path, target, boundary, chain),
        }
    }

    /// A link that stays a link may point into the image (absolute) or to something beside it, not out of the context.
    fn check_kept(&self, link: &Path, target: &Path) -> Result<(), ContextError> {
        let (link, target) = (link.to_owned(), target.to_owned());
        if target.is_absolute() {
            let real = fs::canonicalize(self.root).map_err(|source| read_error(self.root, source))?;
            let into_copy = target.starts_with(&real) || target.starts_with(self.root);
            return if into_copy { Err(ContextError::IntoCopy { link, target }) } else { Ok(()) };
        }
        let inside = link.strip_prefix(self.root).unwrap_or(&link);
        let mut depth = inside.components().count().saturating_sub(1);
        for part in target.components() {
            match part {
                Component::ParentDir if depth == 0 => {
                    return Err(ContextError::Leaves { link, target, boundary: self.root.to_owned() });
                }
                Component::ParentDir => depth -= 1,
                Component::Normal(_) => depth += 1,
                _ => {}
            }
        }
        Ok(())
    }
}

fn resolve(link: &Path, target: PathBuf, boundary: &Path, chain: &Rc<Chain>) -> Result<(PathBuf, Kind, Rc<Chain>), ContextError> {
    let link_path = link.to_owned();
    let real = match fs::canonicalize(link) {
        Ok(real) => real,
        // ELOOP on Linux and on macOS; std has no stable name for it.
        Err(error) if matches!(error.raw_os_error(), Some(40 | 62)) => return Err(ContextError::Loop { link: link_path, target }),
        Err(error) if matches!(error.kind(), std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory) => {
            return Err(ContextError::Dangling { link: link_path, target });
        }
        Err(source) => return Err(ContextError::Read { path: link_path, source }),
    };
    if !real.starts_with(boundary) {
        return Err(ContextError::Leaves { link: link_path, target, boundary: boundary.to_owned() });
    }
    let metadata = fs::metadata(&real).map_err(|source| read_error(link, source))?;
    let kind = kind_of(link, &metadata)?;
    if kind != Kind::Directory {
        return Ok((real, kind, Rc::clone(chain)));
    }
    if chain.any(|above| above.starts_with(&real)) {
        return Err(ContextError::Loop { link: link_path, target });
    }
    let chain = Rc::new(Chain { real: real.clone(), above: Some(Rc::clone(chain)) });
    Ok((real, kind, chain))
}

/// Entries by the bytes of their path: a `PathBuf` would sort part by part.
type Found = BTreeMap<Vec<u8>, Entry>;

fn key(path: &Path) -> Vec<u8> {
    path.as_os_str().as_bytes().to_vec()
}

/// Adds the ignored folders that hold something that is not ignored.
fn add_parents(found: &mut Found, mut passed_over: Found) {
    if passed_over.is_empty() {
        return;
    }
    let mut wanted = Vec::new();
    for entry in found.values() {
        for above in entry.path.ancestors().skip(1) {
            match passed_over.remove(above.as_os_str().as_bytes()) {
                Some(folder) => wanted.push(folder),
                None => break,
            }
        }
    }
    found.extend(wanted.into_iter().map(|folder| (key(&folder.path), folder)));
}

fn kind_of(path: &Path, metadata: &Metadata) -> Result<Kind, ContextError> {
    if metadata.is_dir() {
        return Ok(Kind::Directory);
    }
    if metadata.is_file() {
        return Ok(Kind::File { executable: metadata.permissions().mode() & 0o111 != 0 });
    }
    Err(ContextError::Special { path: path.to_owned(), kind: special(metadata.file_type()) })
}

fn special(file_type: FileType) -> &'static str {
    if file_type.is_fifo() {
        "named pipe"
    } else if file_type.is_socket() {
        "socket"
    } else {
        "device"
    }
}

/// The path as patterns see it.
fn slashed(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}

pub(super) fn read_error(path: &Path, source: std::io::Error) -> ContextError {
    ContextError::Read { path: path.to_owned(), source }
}
