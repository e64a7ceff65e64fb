//! Tests of files, answered from an image's layers. The answers are those the original gets by copying files out of
//! a container that was made and not started.

use super::case::{Case, CaseKind};
use super::expand::expand;
use super::expectation::{judge as judge_text, text};
use super::mode::spelled;
use super::structure::{ContentTest, ExistenceTest, LicenseTest, Structure};
use crate::engine::ImageConfig;
use crate::layers::{Content, Entry, Files, Found, Kind, Lookup, NotFound, Stat, Wanted, clean};
use std::collections::BTreeMap;

/// Where Debian's packages have their licences, and how those files are called.
const DEBIAN: &str = "/usr/share/doc";
const COPYRIGHT: &str = "copyright";
/// A package whose licence the original does not look at, and the words it does not like.
const TRUSTED: &str = "libgnutls30";
const UNWANTED: [&str; 2] = ["AGPL", "WTFPL"];
/// Links lead to links at most so often.
const LINKS: usize = 40;

/// What an engine adds to a container before it starts. Source: Moby, `daemon/initlayer`.
const MADE_FOLDERS: [&str; 6] = ["/dev", "/dev/pts", "/dev/shm", "/etc", "/proc", "/sys"];
const MADE_FILES: [&str; 5] = ["/.dockerenv", "/dev/console", "/etc/hostname", "/etc/hosts", "/etc/resolv.conf"];
const MADE_LINK: (&str, &str) = ("/etc/mtab", "/proc/mounts");

/// What must be read once more because nobody knew that it would be asked for.
pub struct Again {
    /// A path.
    pub path: String,
    /// Whether its bytes are needed.
    pub content: bool,
    /// Whether its folders are needed.
    pub folders: bool,
}

/// Why there is nothing to look at.
enum Gone {
    Again(Again),
    Because(String),
}

/// An image as tests of files see it.
pub struct View<'a> {
    files: &'a Files,
    config: &'a ImageConfig,
}

/// What a file with tests asks of an image's layers.
pub fn wanted(structure: &Structure, env: &BTreeMap<String, String>, into: &mut Wanted) {
    for test in &structure.existence {
        into.path(&expand(&test.path, env));
    }
    for test in &structure.contents {
        into.content(&test.path);
    }
    for test in &structure.licenses {
        for file in &test.files {
            into.content(file);
        }
        if test.debian {
            into.folders(DEBIAN, COPYRIGHT);
        }
    }
}

impl<'a> View<'a> {
    /// Of an image.
    pub fn new(files: &'a Files, config: &'a ImageConfig) -> Self {
        Self { files, config }
    }

    /// All tests of files in their order.
    pub fn judge(&self, structure: &Structure, env: &BTreeMap<String, String>) -> Result<Vec<Case>, Again> {
        let mut cases = Vec::new();
        for test in &structure.existence {
            let errors = unnamed(&test.name, &test.path).map_or_else(|| self.existence(test, env), Ok)?;
            cases.push(Case::judged(CaseKind::FileExistence, &test.name, errors));
        }
        for test in &structure.contents {
            let errors = unnamed(&test.name, &test.path).map_or_else(|| self.content(test), Ok)?;
            cases.push(Case::judged(CaseKind::FileContent, &test.name, errors));
        }
        for test in &structure.licenses {
            cases.push(Case::judged(CaseKind::License, "license", self.license(test)?));
        }
        Ok(cases)
    }

    fn existence(&self, test: &ExistenceTest, env: &BTreeMap<String, String>) -> Result<Vec<String>, Again> {
        let path = expand(&test.path, env);
        let entry = match self.stat(&path) {
            Ok(found) => found.entry,
            Err(Gone::Again(again)) => return Err(again),
            Err(Gone::Because(_)) if !test.should_exist => return Ok(Vec::new()),
            Err(Gone::Because(why)) => return Ok(vec![format!("{path}: expected to exist, {why}")]),
        };
        let mut errors = Vec::new();
        if !test.should_exist {
            errors.push(format!("{path}: expected not to exist, found {}", spelled(&entry)));
        }
        if !test.permissions.is_empty() && test.permissions != spelled(&entry) {
            errors.push(format!("{path}: expected permissions {}, found {}", test.permissions, spelled(&entry)));
        }
        errors.extend(executable(&path, &test.executable_by, &entry));
        for (what, wanted, found) in [("owner", test.uid, entry.stat.uid), ("group", test.gid, entry.stat.gid)] {
            if wanted != -1 && u64::try_from(wanted) != Ok(found) {
                errors.push(format!("{path}: expected {what} {wanted}, found {found}"));
            }
        }
        Ok(errors)
    }

    fn content(&self, test: &ContentTest) -> Result<Vec<String>, Again> {
        match self.read(&test.path) {
            Ok(bytes) => Ok(judge_text(&test.path, &text(&bytes), &test.expected, &test.excluded)),
            Err(Gone::Again(again)) => Err(again),
            Err(Gone::Because(why)) => Ok(vec![format!("{}: expected a file to look into, {why}", test.path)]),
        }
    }

    fn license(&self, test: &LicenseTest) -> Result<Vec<String>, Again> {
        let mut errors = Vec::new();
        if test.debian {
            let packages = match self.files.folders(DEBIAN) {
                Ok(packages) => packages,
                Err(Lookup::Unknown { path, .. }) => return Err(Again { path, content: false, folders: true }),
                Err(_) => return Ok(vec![format!("{DEBIAN}: expected a folder with licences, the image has none")]),
            };
            for package in packages.iter().filter(|package| *package != TRUSTED) {
                errors.extend(self.one_license(&format!("{DEBIAN}/{package}/{COPYRIGHT}"))?);
            }
        }
        for file in &test.files {
            errors.extend(self.one_license(file)?);
        }
        Ok(errors)
    }

    fn one_license(&self, path: &str) -> Result<Option<String>, Again> {
        let bytes = match self.read(path) {
            Ok(bytes) => bytes,
            Err(Gone::Again(again)) => return Err(again),
            Err(Gone::Because(why)) => return Ok(Some(format!("{path}: expected a licence, {why}"))),
        };
        let upper = text(&bytes).to_uppercase();
        let found = UNWANTED.into_iter().find(|word| upper.contains(word));
        Ok(found.map(|word| format!("{path}: expected no licence with {word}, found it")))
    }

    /// What is at a path. Devices and pipes are nothing, as for the original.
    fn stat(&self, path: &str) -> Result<Found, Gone> {
        if path.is_empty() {
            return Err(Gone::Because("the path is empty".to_owned()));
        }
        match self.files.look(path) {
            Lookup::Found(found) if found.entry.kind == Kind::Other => Err(Gone::Because("found a device, pipe or socket".to_owned())),
            Lookup::Found(found) => Ok(*found),
            Lookup::Unknown { path, content } => Err(Gone::Again(Again { path, content, folders: false })),
            Lookup::Not(NotFound::Circle) => Err(Gone::Because("found links that lead in a circle".to_owned())),
            Lookup::Not(NotFound::Absent) => self.made(&clean(path)).ok_or_else(|| Gone::Because("the image has nothing there".to_owned())),
        }
    }

    /// The bytes of a file. A link leads to its text read from the root, whatever folder it lies in.
    fn read(&self, path: &str) -> Result<Vec<u8>, Gone> {
        let mut path = path.to_owned();
        for _ in 0..LINKS {
            let found = self.stat(&path)?;
            match (found.entry.kind, found.content) {
                (Kind::Folder, _) => return Err(Gone::Because("found a folder".to_owned())),
                (Kind::Link(next), _) => path = clean(&next),
                (_, Some(Content::Bytes(bytes))) => return Ok(bytes.to_vec()),
                (_, Some(Content::TooLarge(most))) => {
                    return Err(Gone::Because(format!("found a file of more than {} MiB, which is not looked into", most >> 20)));
                }
                (_, None) => return Err(Gone::Again(Again { path: clean(&path), content: true, folders: false })),
            }
        }
        Err(Gone::Because("found links that lead in a circle".to_owned()))
    }

    /// What an engine would have made there.
    fn made(&self, path: &str) -> Option<Found> {
        let below = |made: &str| made == path || made.strip_prefix(path).is_some_and(|rest| rest.starts_with('/'));
        let workdir = (!self.config.workdir.is_empty()).then(|| clean(&self.config.workdir));
        let places = self.config.volumes.iter().map(|volume| clean(volume)).chain(workdir);
        let (kind, mode, content) = if MADE_FOLDERS.contains(&path) || places.into_iter().any(|place| below(&place)) {
            (Kind::Folder, 0o755, None)
        } else if MADE_FILES.contains(&path) {
            (Kind::File, 0o755, Some(Content::Bytes(Vec::new().into())))
        } else if path == MADE_LINK.0 {
            (Kind::Link(MADE_LINK.1.to_owned()), 0o777, None)
        } else {
            return None;
        };
        Some(Found { entry: Entry { path: path.to_owned(), kind, stat: Stat { mode, ..Stat::default() }, ..Entry::default() }, content })
    }
}

/// A test without a name or a path cannot be run.
fn unnamed(name: &str, path: &str) -> Option<Vec<String>> {
    let name = name.is_empty().then(|| "this test needs a name".to_owned());
    let path = path.is_empty().then(|| "this test needs a path".to_owned());
    let errors: Vec<String> = name.into_iter().chain(path).collect();
    (!errors.is_empty()).then_some(errors)
}

fn executable(path: &str, by: &str, entry: &Entry) -> Option<String> {
    let bits = match by {
        "" => return None,
        "any" => 0o111,
        "owner" => 0o100,
        "group" => 0o010,
        "other" => 0o001,
        _ => return Some(format!("isExecutableBy is {by:?} and must be owner, group, other or any")),
    };
    (entry.stat.mode & bits == 0).then(|| format!("{path}: expected to be executable by {by}, found {}", spelled(entry)))
}
