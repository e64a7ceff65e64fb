//! RPM's database, read without rpm: SQLite, ndb and Berkeley DB all hold one header for each package.
//!
//! Nothing is written, no index is used, and a file that lies is an error. No crate reads these three; what is needed of each
//! form is little: all values of one table.

mod berkeley;
mod header;
mod ndb;
mod pages;
mod sqlite;
mod wal;

#[cfg(test)]
mod tests;

pub use header::{Header, tag};
use std::io::{Read, Seek};

/// Folders that hold the database. Source: rpm's macro `_dbpath` in the distributions that use it.
const FOLDERS: [&str; 3] = ["/var/lib/rpm", "/usr/lib/sysimage/rpm", "/usr/share/rpm"];

/// What the log beside an SQLite database adds to its name.
pub(crate) const WAL: &str = "-wal";

/// One package has at most so many bytes of header; kernels and fonts have 10 MiB.
const LARGEST: usize = 64 << 20;

/// Bytes that can be read anywhere.
pub trait Bytes: Read + Seek {}
impl<T: Read + Seek> Bytes for T {}

/// Why a database cannot be read, or not to its end.
#[derive(Debug, thiserror::Error)]
pub enum RpmError {
    /// The bytes cannot be read.
    #[error("it cannot be read: {0}")]
    Read(#[from] std::io::Error),
    /// It is not what it should be.
    #[error("it is damaged: {0}")]
    Damaged(&'static str),
    /// A form that is not known here.
    #[error("it is neither SQLite, ndb nor a hash of Berkeley DB; rebuild it with rpm --rebuilddb")]
    Unknown,
}

/// Whether a database stands at this clean path.
pub fn is_database(path: &str) -> bool {
    in_folder(path).is_some_and(|name| matches!(name, "Packages" | "Packages.db" | "rpmdb.sqlite"))
}

/// Whether this is the log beside an SQLite database.
pub fn is_log(path: &str) -> bool {
    path.strip_suffix(WAL).is_some_and(|path| path.ends_with(".sqlite") && is_database(path))
}

fn in_folder(path: &str) -> Option<&str> {
    let (folder, name) = path.rsplit_once('/')?;
    FOLDERS.iter().any(|known| folder.ends_with(known)).then_some(name)
}

/// Shows the header of each package. `log` is the file beside an SQLite database whose name ends in `-wal`.
///
/// # Errors
/// When the database cannot be read to its end; what came before was shown.
pub fn headers(file: &mut dyn Bytes, log: Option<&mut dyn Bytes>, each: &mut dyn FnMut(Header)) -> Result<(), RpmError> {
    let mut head = [0; 16];
    file.read_exact(&mut head)?;
    let mut blob = |bytes: Vec<u8>| -> Result<(), RpmError> {
        each(Header::parse(bytes)?);
        Ok(())
    };
    match head {
        _ if &head == sqlite::MAGIC => sqlite::blobs(file, log, &mut blob),
        _ if head.starts_with(ndb::MAGIC) => ndb::blobs(file, &mut blob),
        _ if berkeley::is_hash(&head) => berkeley::blobs(file, &mut blob),
        _ => Err(RpmError::Unknown),
    }
}
