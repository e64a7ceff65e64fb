//! One definition, read from the files of its folder.

use super::changelog::{Changelog, ChangelogError};
use super::control::Control;
use super::defect::Defect;
use super::text::{self, ReadError, excerpt, printable};
use super::walk::Found;
use crate::name::{Reference, Tag, Version};
use std::path::{Path, PathBuf};

/// A folder with a changelog and a template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Definition {
    /// The name in the first heading of the changelog.
    pub name: String,
    /// The version there; it makes a valid tag.
    pub version: Version,
    /// The folder relative to DIRECTORY, parts joined by `/`; `.` for DIRECTORY itself.
    pub path: String,
    /// The whole changelog.
    pub changelog: Changelog,
    /// What `control` says; empty without the file.
    pub control: Control,
}

impl Definition {
    /// The template's file name.
    pub const TEMPLATE: &'static str = "Dockerfile.template";
    /// The changelog's file name.
    pub const CHANGELOG: &'static str = "changelog";
    /// The control file's name.
    pub const CONTROL: &'static str = "control";

    /// The folder, below the DIRECTORY that was discovered.
    pub fn folder(&self, root: &Path) -> PathBuf {
        if self.path == "." { root.to_owned() } else { root.join(&self.path) }
    }

    /// A file of the folder, relative to DIRECTORY, as messages name it.
    pub fn file(&self, name: &str) -> String {
        join(&self.path, name)
    }

    /// Whether the newest entry is `UNRELEASED`: built and tested, never published.
    pub fn is_unreleased(&self) -> bool {
        self.changelog.first().is_unreleased()
    }
}

/// A definition that cannot be used, as far as it is known; defects under its name say what is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Broken {
    /// The name in the first heading of the changelog.
    pub name: String,
    /// The folder relative to DIRECTORY.
    pub path: String,
    /// What `control` says; empty where it cannot be read.
    pub control: Control,
}

/// What came of a folder.
pub(super) struct Loaded {
    /// The name and its line, where the changelog could be read: for finding a name that stands twice.
    pub(super) heading: Option<(String, usize)>,
    /// The folder, relative.
    pub(super) path: String,
    /// The definition, if nothing is wrong with it.
    pub(super) definition: Option<Definition>,
    /// What is known of it, if something is wrong but its name.
    pub(super) broken: Option<Broken>,
    /// What is wrong.
    pub(super) defects: Vec<Defect>,
    /// What somebody should look at.
    pub(super) warnings: Vec<Defect>,
}

/// `a/b` and `file` to `a/b/file`; files of DIRECTORY itself have no folder before them.
pub(super) fn join(folder: &str, file: &str) -> String {
    if folder == "." { file.to_owned() } else { format!("{folder}/{file}") }
}

/// Reads a folder that has both files.
pub(super) fn load(folder: &Path, path: String, found: &Found) -> Loaded {
    let mut loaded = Loaded { heading: None, path, definition: None, broken: None, defects: Vec::new(), warnings: Vec::new() };
    if let Some(reason) = found.template.trouble(&folder.join(Definition::TEMPLATE)) {
        loaded.defects.push(unreadable(&loaded.path, Definition::TEMPLATE, &reason));
    }
    let control = loaded.control(folder, found);
    let Some(changelog) = loaded.changelog(folder, found) else { return loaded };
    let first = changelog.first();
    loaded.heading = Some((first.package.clone(), first.line));
    loaded.judge(&changelog);
    let (name, path) = (first.package.clone(), loaded.path.clone());
    match (loaded.defects.is_empty(), control) {
        (true, Some(control)) => {
            let version = first.version.clone();
            loaded.definition = Some(Definition { name, version, path, changelog, control });
        }
        (_, control) => loaded.broken = Some(Broken { name, path, control: control.unwrap_or_default() }),
    }
    let name = loaded.heading.as_ref().map(|(name, _)| excerpt(name));
    for remark in loaded.defects.iter_mut().chain(&mut loaded.warnings) {
        remark.name.clone_from(&name);
    }
    loaded
}

impl Loaded {
    fn changelog(&mut self, folder: &Path, found: &Found) -> Option<Changelog> {
        let bytes = self.bytes(folder, Definition::CHANGELOG, found.changelog.is_link())?;
        match Changelog::parse(&bytes) {
            Ok(changelog) => Some(changelog),
            Err(error) => {
                let code = match error {
                    ChangelogError::Empty => "empty_changelog",
                    ChangelogError::Heading { .. } => "bad_heading",
                    ChangelogError::NotText { .. } => "not_text",
                };
                let mut defect = Defect::error(code, error.to_string())
                    .at(join(&self.path, Definition::CHANGELOG))
                    .help("a changelog starts with \"name (version) distribution; urgency=medium\"");
                defect.line = error.line();
                self.defects.push(defect);
                None
            }
        }
    }

    fn control(&mut self, folder: &Path, found: &Found) -> Option<Control> {
        if !found.control.is_there() {
            return Some(Control::default());
        }
        let bytes = self.bytes(folder, Definition::CONTROL, found.control.is_link())?;
        let file = join(&self.path, Definition::CONTROL);
        match Control::parse(&bytes) {
            Ok(control) => {
                for relation in control.relations.iter().filter(|relation| !relation.alternatives.is_empty()) {
                    let message = format!(
                        "only \"{}\" counts, not what stands behind the \"|\": {}",
                        relation.name,
                        relation.alternatives.join(", ")
                    );
                    let warning = Defect::warning("alternatives_ignored", message).at(file.clone()).line(relation.line);
                    self.warnings.push(warning.help("name one image, or separate them with commas if all are needed"));
                }
                Some(control)
            }
            Err(error) => {
                let defect = Defect::error("bad_control", error.to_string()).at(file).line(error.line());
                self.defects.push(defect.help("a control file holds lines like \"Build-Depends: name, other (>= 1.2)\""));
                None
            }
        }
    }

    /// The first entry gives name and version: both must be what registries accept.
    fn judge(&mut self, changelog: &Changelog) {
        let first = changelog.first();
        let file = join(&self.path, Definition::CHANGELOG);
        if let Some(reason) = name_trouble(&first.package) {
            let message = format!("\"{}\" cannot name an image: {}", excerpt(&first.package), printable(&reason, 300));
            let defect = Defect::error("bad_name", message).at(file.clone()).line(first.line);
            self.defects.push(defect.help("the name stands at the start of the changelog's first line"));
        }
        if let Err(error) = Tag::parse(first.version.as_str()) {
            let (version, reason) = (excerpt(first.version.as_str()), printable(&error.to_string(), 300));
            let message = format!("the version \"{version}\" cannot be a tag: {reason}");
            let defect = Defect::error("bad_version", message).at(file.clone()).line(first.line);
            self.defects.push(defect.help("the version stands in the parenthesis of the changelog's first line"));
        }
        if first.date.is_none() {
            let message = match first.trailer_line {
                Some(_) => "the date of the newest entry is missing or cannot be read",
                None => "the newest entry does not end with \" -- Name <address>  date\"",
            };
            let warning = Defect::warning("bad_date", message).at(file).line(first.trailer_line.unwrap_or(first.line));
            self.warnings.push(warning.help("dates look like \"Thu, 07 Aug 2025 15:47:14 -0700\"; `date -R` prints one"));
        }
    }

    fn bytes(&mut self, folder: &Path, file: &str, is_link: bool) -> Option<Vec<u8>> {
        match text::read(&folder.join(file), is_link) {
            Ok(bytes) => return Some(bytes),
            Err(ReadError::TooLarge) => {
                let message = format!("{file} is larger than {} MiB", text::LIMIT >> 20);
                let defect = Defect::error("too_large", message).at(join(&self.path, file));
                self.defects.push(defect.help("is this the right file? Old entries can be cut off at the end"));
            }
            Err(ReadError::NotAFile) => self.defects.push(unreadable(&self.path, file, "it is not a regular file")),
            Err(ReadError::Io(error)) => self.defects.push(unreadable(&self.path, file, &error.to_string())),
        }
        None
    }
}

fn unreadable(folder: &str, file: &str, reason: &str) -> Defect {
    let path = join(folder, file);
    let defect = Defect::error("unreadable", format!("{path} cannot be read: {reason}")).at(path);
    defect.help("it must be a file that you may read, or a link to one")
}

/// Why a text cannot be the last part of a repository.
fn name_trouble(name: &str) -> Option<String> {
    match Reference::parse(name) {
        Err(error) => Some(error.to_string()),
        Ok(reference) if reference.tag().is_some() || reference.digest().is_some() => Some("it holds a ':' or an '@'".to_owned()),
        Ok(reference) => reference.host().map(|host| format!("\"{host}\" in it is taken for a registry's host")),
    }
}

#[cfg(test)]
mod tests {
    use super::name_trouble;

    #[test]
    fn names_are_parts_of_repositories() {
        for good in ["a", "php8.2", "ci-common", "a__b", "releng/a"] {
            assert_eq!(name_trouble(good), None, "{good}");
        }
        for bad in ["", "A", "-a", "a:1", "h.example/a", "localhost/a", "a b", "a..b", "ü", "/a"] {
            assert!(name_trouble(bad).is_some(), "{bad}");
        }
    }
}
