//! A set of advisories, kept by package: read once, then only the advisories of installed packages are.
//!
//! A file of ours holds the advisories one behind the other, then a line for each package (`OFFSET LENGTH ECOSYSTEM\tNAME`)
//! and each id (`OFFSET LENGTH \tID`), and at its end where those lines begin.

use super::ecosystem::{base, normal};
use super::osv::Advisory;
use super::source::Source;
use std::collections::{BTreeSet, HashSet};
use std::fs::{self, File};
use std::io::{self, BufRead as _, BufReader, BufWriter, Read, Seek as _, Write as _};
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};
use std::time::SystemTime;
use tempfile::NamedTempFile;

/// What a file ends with; another number where its form changes.
const MARK: &str = "cooperage advisories 1\n";
/// The end: the mark and where the lines begin.
const END: usize = MARK.len() + 21;
/// How many sets a folder keeps; the one that was not used for longest goes first.
const KEPT: usize = 24;
/// How many documents that are no advisories are named one by one.
const NAMED: usize = 3;

/// A set of advisories.
#[derive(Debug)]
pub struct Store {
    file: File,
    lines: u64,
    end: u64,
    /// What could not be read of it, in a sentence.
    pub trouble: Option<String>,
}

impl Store {
    /// Opens a set: as it was kept in a folder, else by reading it all.
    ///
    /// # Errors
    /// When it cannot be read, or our file cannot be written.
    pub fn open(source: &Source, place: &str, folder: Option<&Path>) -> Result<Self, String> {
        let kept = match folder {
            Some(folder) => Some(folder.join(format!("{}.store", source.stamp()?.replace(':', "-")))),
            None => None,
        };
        if let Some(store) = kept.as_deref().and_then(Self::kept) {
            return Ok(store);
        }
        let written = |error: io::Error| format!("what was read of the advisories of {place} cannot be kept: {error}");
        let draft = match folder {
            Some(folder) => fs::create_dir_all(folder).and_then(|()| NamedTempFile::new_in(folder)),
            None => NamedTempFile::new(),
        };
        let mut draft = draft.map_err(written)?;
        let trouble = write(source, place, draft.as_file_mut())?;
        let file = match kept.filter(|_| trouble.is_none()) {
            Some(path) => {
                let file = draft.persist(&path).map_err(|error| written(error.error))?;
                tidy(&path);
                file
            }
            None => draft.into_file(),
        };
        let store = Self::of(file).map_err(written)?.ok_or("the store was not written to its end")?;
        Ok(Self { trouble, ..store })
    }

    fn kept(path: &Path) -> Option<Self> {
        let store = Self::of(File::open(path).ok()?).ok()??;
        // When it was last used decides only what goes first.
        let _ = store.file.set_modified(SystemTime::now());
        Some(store)
    }

    fn of(file: File) -> io::Result<Option<Self>> {
        let Some(end) = file.metadata()?.len().checked_sub(END as u64) else { return Ok(None) };
        let mut tail = [0; END];
        file.read_exact_at(&mut tail, end)?;
        let lines = tail.strip_suffix(MARK.as_bytes()).and_then(|number| std::str::from_utf8(number).ok()?.trim().parse::<u64>().ok());
        Ok(lines.filter(|lines| *lines <= end).map(|lines| Self { file, lines, end, trouble: None }))
    }

    /// The advisories of packages, named by ecosystem and name.
    ///
    /// # Errors
    /// When our file cannot be read.
    pub fn of_packages(&self, wanted: &HashSet<(String, String)>) -> Result<Vec<Advisory>, String> {
        let mut key = (String::new(), String::new());
        self.read(|ecosystem, name| {
            if ecosystem.is_empty() {
                return false;
            }
            ecosystem.clone_into(&mut key.0);
            name.clone_into(&mut key.1);
            wanted.contains(&key)
        })
    }

    /// The advisories with an id, their own or an alias.
    ///
    /// # Errors
    /// When our file cannot be read.
    pub fn of_id(&self, id: &str) -> Result<Vec<Advisory>, String> {
        self.read(|ecosystem, name| ecosystem.is_empty() && name.eq_ignore_ascii_case(id))
    }

    fn read(&self, mut wanted: impl FnMut(&str, &str) -> bool) -> Result<Vec<Advisory>, String> {
        let broken = |error: &dyn std::fmt::Display| format!("what is kept of advisories is damaged; remove the cache: {error}");
        let mut handle = self.file.try_clone().map_err(|error| broken(&error))?;
        handle.seek(io::SeekFrom::Start(self.lines)).map_err(|error| broken(&error))?;
        let mut reader = BufReader::with_capacity(1 << 18, handle.take(self.end - self.lines));
        let mut places: BTreeSet<(u64, usize)> = BTreeSet::new();
        let mut line = String::new();
        while reader.read_line(&mut line).map_err(|error| broken(&error))? > 0 {
            let mut parts = line.trim_end_matches('\n').splitn(3, ' ');
            let number = |part: Option<&str>| part.and_then(|part| part.parse::<u64>().ok());
            if let (Some(offset), Some(length), Some((ecosystem, name))) =
                (number(parts.next()), number(parts.next()), parts.next().and_then(|key| key.split_once('\t')))
                && wanted(ecosystem, name)
            {
                places.insert((offset, usize::try_from(length).unwrap_or(usize::MAX)));
            }
            line.clear();
        }
        places.into_iter().map(|(offset, length)| self.at(offset, length).map_err(|error| broken(&error))).collect()
    }

    fn at(&self, offset: u64, length: usize) -> io::Result<Advisory> {
        if offset.saturating_add(length as u64) > self.lines {
            return Err(io::Error::other("a line names what is not there"));
        }
        let mut bytes = vec![0; length];
        self.file.read_exact_at(&mut bytes, offset)?;
        Ok(serde_json::from_slice(&bytes)?)
    }
}

/// Writes a set; answers what could not be read of it.
fn write(source: &Source, place: &str, file: &mut File) -> Result<Option<String>, String> {
    let failed = |error: io::Error| format!("what was read of the advisories of {place} cannot be kept: {error}");
    let mut records = BufWriter::with_capacity(1 << 18, file);
    let mut index = BufWriter::with_capacity(1 << 18, tempfile::tempfile().map_err(failed)?);
    let (mut offset, mut read, mut bad) = (0_u64, 0_usize, Vec::new());
    let mut wrong = 0_usize;
    source.each(&mut |name, bytes| {
        let parsed = bytes.and_then(|bytes| Advisory::parse(bytes).map_err(|error| error.to_string()));
        let advisory = match parsed {
            Ok(advisory) => advisory,
            Err(error) => {
                wrong += 1;
                bad.extend((wrong <= NAMED).then(|| format!("{name}: {error}")));
                return Ok(());
            }
        };
        read += 1;
        if advisory.withdrawn.is_some() || advisory.affected.is_empty() {
            return Ok(());
        }
        let record = serde_json::to_vec(&advisory).map_err(|error| error.to_string())?;
        records.write_all(&record).map_err(failed)?;
        for (ecosystem, name) in keys(&advisory) {
            writeln!(index, "{offset} {} {ecosystem}\t{name}", record.len()).map_err(failed)?;
        }
        offset += record.len() as u64;
        Ok(())
    })?;
    let mut lines = index.into_inner().map_err(|error| failed(error.into_error()))?;
    lines.rewind().map_err(failed)?;
    io::copy(&mut lines, &mut records).map_err(failed)?;
    write!(records, "{offset:>21}{MARK}").and_then(|()| records.flush()).map_err(failed)?;
    if read == 0 && wrong == 0 {
        return Err(format!("there are no advisories in {place}"));
    }
    Ok((wrong > 0).then(|| {
        let more = wrong.saturating_sub(bad.len());
        let more = if more > 0 { format!("; and {more} more") } else { String::new() };
        format!("{place}: what is no advisory in the OSV form was passed over: {}{more}", bad.join("; "))
    }))
}

/// Under what an advisory is found. What has a line's end in it names nothing.
fn keys(advisory: &Advisory) -> BTreeSet<(String, String)> {
    let packages = advisory.affected.iter().map(|affected| {
        let ecosystem = base(&affected.package.ecosystem);
        (ecosystem.to_owned(), normal(ecosystem, &affected.package.name).into_owned())
    });
    let ids = [&advisory.id].into_iter().chain(&advisory.aliases).chain(&advisory.upstream).map(|id| (String::new(), id.clone()));
    let plain = |text: &str| !text.contains(['\n', '\t', '\r']);
    packages.chain(ids).filter(|(ecosystem, name)| plain(ecosystem) && plain(name)).collect()
}

/// Removes the sets that were not used for longest.
fn tidy(newest: &Path) {
    let entries = newest.parent().and_then(|folder| fs::read_dir(folder).ok()).into_iter().flatten().filter_map(Result::ok);
    let stores = entries.filter(|entry| entry.path().extension().is_some_and(|end| end == "store"));
    let mut stores: Vec<(SystemTime, PathBuf)> =
        stores.filter_map(|entry| Some((entry.metadata().ok()?.modified().ok()?, entry.path()))).collect();
    stores.sort();
    let old = stores.len().saturating_sub(KEPT);
    for (_, path) in stores.into_iter().take(old) {
        // What cannot be removed stays.
        let _ = fs::remove_file(path);
    }
}
