//! Rules about what a change does: the catalogue as it stands against the commit where the branch parted.

use super::history::{Before, History, entries};
use super::places::{Places, normal};
use crate::catalog::{Defect, Definition};
use crate::config::{Config, ConfigError};
use crate::context::Ignore;
use crate::git::{GitError, Repository};
use crate::run::{Judging, Survey, SurveyError, survey};
use std::collections::{BTreeSet, HashMap};
use std::path::{Path, PathBuf};

/// The commit to compare with, and what differs from it.
#[derive(Debug)]
pub struct Base {
    /// The full id of the merge base.
    pub commit: String,
    /// The work tree.
    pub repository: Repository,
    /// Every file that differs, in the work tree or committed, relative to the top of the work tree.
    pub changed: BTreeSet<String>,
    /// DIRECTORY relative to the top, with a `/` behind it unless it is empty.
    pub prefix: String,
}

/// Why nothing can be compared.
#[derive(Debug, thiserror::Error)]
pub enum BaseError {
    /// Git does not answer, or does not know the revision.
    #[error(transparent)]
    Git(#[from] GitError),
    /// No git.
    #[error("{} is not in a git repository, so --base has nothing to compare with", .0.display())]
    NotInGit(PathBuf),
    /// The tree of the base cannot be put into a temporary folder.
    #[error("the tree of the commit {commit} cannot be unpacked: {source}")]
    Unpack {
        /// The base.
        commit: String,
        /// What the system said.
        source: std::io::Error,
    },
}

/// What a comparison found.
#[derive(Debug)]
pub struct Compared {
    /// What breaks a rule.
    pub found: Vec<Defect>,
    /// For each node, whether its newest entry was not there at the base.
    pub fresh: Vec<bool>,
    /// For each node, what of its own changed.
    pub touched: Vec<Vec<String>>,
}

impl Base {
    /// Finds the merge base and what changed since.
    ///
    /// # Errors
    /// When DIRECTORY is not in git, or git does not know the revision.
    pub fn of(directory: &Path, repository: Option<Repository>, revision: &str, places: &Places) -> Result<Self, BaseError> {
        let repository = repository.ok_or_else(|| BaseError::NotInGit(directory.to_owned()))?;
        let commit = repository.merge_base(revision, &repository.top)?;
        let changed = repository.changed_since_commit(&commit, &repository.top)?.into_iter().collect();
        Ok(Self { commit, repository, changed, prefix: places.prefix.clone() })
    }

    /// Compares. `configure` reads the configuration as the file with this content says.
    ///
    /// # Errors
    /// When git fails, or the tree of the base cannot be unpacked.
    pub fn compare(
        &self,
        now: &Survey,
        places: &Places,
        configfile: Option<&Path>,
        configure: &dyn Fn(&Path) -> Result<Config, ConfigError>,
    ) -> Result<Compared, BaseError> {
        let history = History::read(self)?;
        let graph = &now.graph;
        let touched = self.touched(now, places);
        let before: Vec<Before<'_>> = (0..graph.nodes.len()).map(|node| history.before(self, &now.item(node).definition)).collect();
        let fresh: Vec<bool> = (0..graph.nodes.len()).map(|node| is_fresh(&before[node], &now.item(node).definition)).collect();
        let mut found: Vec<Defect> = (0..graph.nodes.len()).flat_map(|node| edited(&before[node], now, node)).collect();
        let mut moved = vec![false; graph.nodes.len()];
        let (texts, unreadable) = self.rendered_before(now, configfile, configure)?;
        found.extend(unreadable);
        for &node in &graph.order {
            let parent = graph.nodes[node].parents.iter().find(|edge| moved[edge.parent]).map(|edge| edge.parent);
            let definition = &now.item(node).definition;
            let rendered = texts.get(&definition.name).is_some_and(|text| *text != now.item(node).rendered.dockerfile);
            if fresh[node] || !touched[node].is_empty() || parent.is_some() || rendered {
                moved[node] = true;
            }
            if fresh[node] || is_open(&before[node], definition) {
                continue;
            }
            found.extend(no_entry(definition, &touched[node], parent.map(|parent| graph.nodes[parent].name.as_str()), rendered));
        }
        Ok(Compared { found, fresh, touched })
    }

    /// What changed of each node's own: files of its folder that the image is made from, files that its links lead to,
    /// and files that its template includes.
    fn touched(&self, now: &Survey, places: &Places) -> Vec<Vec<String>> {
        let mut touched = vec![Vec::new(); now.graph.nodes.len()];
        let folders: HashMap<&str, usize> = now.graph.nodes.iter().enumerate().map(|(at, node)| (node.path.as_str(), at)).collect();
        let mut ignores: HashMap<usize, Ignore> = HashMap::new();
        for path in self.changed.iter().filter_map(|path| path.strip_prefix(&self.prefix)) {
            if let Some((node, inner)) = owner(&folders, path) {
                let ignore = ignores.entry(node).or_insert_with(|| Ignore::load(&now.folder(node)).unwrap_or_default());
                if is_input(inner, ignore) {
                    touched[node].push(path.to_owned());
                }
            }
        }
        for link in &places.links {
            let target = link.target.strip_prefix(&places.top).map(|target| target.to_string_lossy().into_owned());
            let (Ok(target), Some((node, _))) = (target, owner(&folders, &link.path)) else { continue };
            let below = format!("{target}/");
            let hit =
                self.changed.get(&target).or_else(|| self.changed.range(below.clone()..).next().filter(|path| path.starts_with(&below)));
            if hit.is_some() && !touched[node].contains(&link.path) {
                touched[node].push(link.path.clone());
            }
        }
        for (node, own) in touched.iter_mut().enumerate() {
            for source in &now.item(node).rendered.sources {
                let path = normal(&Path::new("/").join(&self.prefix).join(source)).to_string_lossy().trim_start_matches('/').to_owned();
                let shown = source.to_string_lossy().into_owned();
                if self.changed.contains(&path) && !own.contains(&shown) {
                    own.push(shown);
                }
            }
        }
        touched
    }

    /// The rendered Dockerfiles of the base, by name. Only looked at when something changed that files and parents of a
    /// definition do not show: the configuration, or a shared template that is gone.
    fn rendered_before(
        &self,
        now: &Survey,
        configfile: Option<&Path>,
        configure: &dyn Fn(&Path) -> Result<Config, ConfigError>,
    ) -> Result<(HashMap<String, String>, Option<Defect>), BaseError> {
        let configfile = configfile.and_then(|path| self.in_repository(path)).filter(|path| self.changed.contains(path));
        let gone = |path: &&String| path.split('/').any(|part| part == "templates") && !self.repository.top.join(path).exists();
        if configfile.is_none() && self.changed.iter().find(gone).is_none() {
            return Ok((HashMap::new(), None));
        }
        let unpack = |source| BaseError::Unpack { commit: self.commit.clone(), source };
        let folder = tempfile::tempdir().map_err(unpack)?;
        tar::Archive::new(self.repository.archive(&self.commit)?.as_slice()).unpack(folder.path()).map_err(unpack)?;
        let file = configfile.unwrap_or_default();
        let root = folder.path().join(&self.prefix);
        let config = match configure(&folder.path().join(&file)) {
            Ok(config) => config,
            Err(error) => return Ok((HashMap::new(), Some(self.unreadable(&error, folder.path())))),
        };
        match survey(&root, &config, Judging::Lenient) {
            Ok(then) => Ok((with_current_parents(&then, now), None)),
            // There was no catalogue yet.
            Err(SurveyError::Catalogue(_)) => Ok((HashMap::new(), None)),
            Err(error) => Ok((HashMap::new(), Some(self.unreadable(&error, folder.path())))),
        }
    }

    /// `unpacked` is where the base was put, which tells nobody anything.
    fn unreadable(&self, error: &dyn std::error::Error, unpacked: &Path) -> Defect {
        let why = error.to_string().replace(&format!("{}/", unpacked.display()), "");
        let commit: String = self.commit.chars().take(12).collect();
        let message = format!("the configuration of the base ({commit}) cannot be used, so rendered Dockerfiles were not compared: {why}");
        Defect::warning("base_unreadable", message).help("look for yourself whether the new configuration changes Dockerfiles")
    }

    fn in_repository(&self, path: &Path) -> Option<String> {
        let top = std::fs::canonicalize(&self.repository.top).ok()?;
        let real = std::fs::canonicalize(path).ok()?;
        Some(real.strip_prefix(top).ok()?.to_string_lossy().into_owned())
    }
}

/// The rendered Dockerfiles of `then` with the references that parents have now: a parent's version in the text is the
/// business of the rule about parents.
fn with_current_parents(then: &Survey, now: &Survey) -> HashMap<String, String> {
    let current: HashMap<&str, String> = now.graph.nodes.iter().map(|node| (node.name.as_str(), node.reference.to_string())).collect();
    let nodes = then.graph.nodes.iter().enumerate();
    let renewed = nodes.map(|(at, node)| {
        let parents = node.parents.iter().map(|edge| &then.graph.nodes[edge.parent]);
        let text = parents.fold(then.item(at).rendered.dockerfile.clone(), |text, parent| {
            current.get(parent.name.as_str()).map_or_else(|| text.clone(), |now| text.replace(&parent.reference.to_string(), now))
        });
        (node.name.clone(), text)
    });
    renewed.collect()
}

/// The definition that a file belongs to, the innermost one, and the file's path in its folder.
fn owner<'a>(folders: &HashMap<&str, usize>, path: &'a str) -> Option<(usize, &'a str)> {
    let cuts = path.rmatch_indices('/').map(|(at, _)| (&path[..at], &path[at + 1..]));
    cuts.chain([(".", path)]).find_map(|(folder, inner)| Some((*folders.get(folder)?, inner)))
}

/// Whether an image is made from a file of its folder. The changelog has rules of its own.
fn is_input(inner: &str, ignore: &Ignore) -> bool {
    let named = [Definition::TEMPLATE, Definition::CONTROL];
    inner != Definition::CHANGELOG && (named.contains(&inner) || !ignore.excludes(inner))
}

fn is_fresh(before: &Before<'_>, definition: &Definition) -> bool {
    match before {
        Before::Same => false,
        Before::New => true,
        Before::Other(old) => old.changelog.first().version != definition.version,
    }
}

/// Whether the newest entry was UNRELEASED at the base: then it may still change.
fn is_open(before: &Before<'_>, definition: &Definition) -> bool {
    match before {
        Before::Same => definition.is_unreleased(),
        Before::New => true,
        Before::Other(old) => old.changelog.first().is_unreleased(),
    }
}

fn no_entry(definition: &Definition, touched: &[String], parent: Option<&str>, rendered: bool) -> Option<Defect> {
    let file = definition.file(Definition::CHANGELOG);
    let name = &definition.name;
    let (code, message) = match (touched, parent) {
        ([], Some(parent)) => ("parent_changed", format!("{parent} changed, and {name}, which is built on it, has no new changelog entry")),
        ([], None) if rendered => ("no_new_entry", format!("the rendered Dockerfile of {name} changed without a new changelog entry")),
        ([], None) => return None,
        ([one], _) => ("no_new_entry", format!("{one} changed, and {name} has no new changelog entry")),
        ([one, rest @ ..], _) => ("no_new_entry", format!("{one} and {} more changed, and {name} has no new changelog entry", rest.len())),
    };
    let defect = Defect::error(code, message).at(file).line(definition.changelog.first().line).of(name);
    Some(defect.help(format!("add an entry with a new version on top; `cooperage update {} DIRECTORY` does", parent.unwrap_or(name))))
}

/// Entries that were published and are not what they were.
fn edited(before: &Before<'_>, now: &Survey, node: usize) -> Vec<Defect> {
    let (Before::Other(old), definition) = (before, &now.item(node).definition) else { return Vec::new() };
    let bytes = std::fs::read(now.folder(node).join(Definition::CHANGELOG)).unwrap_or_default();
    let texts = entries(&definition.changelog, &String::from_utf8_lossy(&bytes));
    let mut found = Vec::new();
    for (at, (entry, text)) in old.changelog.entries.iter().zip(&old.texts).enumerate() {
        if entry.is_unreleased() || texts.contains(text) {
            continue;
        }
        let there = definition.changelog.entries.iter().find(|now| now.version == entry.version && now.package == entry.package);
        let (line, what) = match there {
            Some(there) => (there.line, "was edited after it was published"),
            // Old entries may be cut off at the end.
            None if at == 0 => (definition.changelog.first().line, "is gone, although it was published"),
            None => continue,
        };
        found.push(
            Defect::error("edited_entry", format!("the entry {} of {} {what}", entry.version, entry.package))
                .at(definition.file(Definition::CHANGELOG))
                .line(line)
                .of(&definition.name)
                .help("put it back as it was, and write a new entry above it"),
        );
    }
    found
}
