//! Which entries a call of `index build` is about, and what it trusts them with.

use super::base::Base;
use crate::catalog::Defect;
use crate::cli::exit::Trouble;
use crate::cli::options::index::IndexBuildOptions;
use crate::cli::rules::wrong;
use crate::config::Config;
use crate::git;
use crate::index::{Change, Entry, ImageName, Loaded, load, load_at, plan};
use crate::name::Pattern;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// The index, and what is asked for of it.
pub struct Chosen {
    /// Everything that can be used.
    pub loaded: Loaded,
    /// The folder that holds `index.d`.
    pub root: PathBuf,
    /// What was asked for.
    pub wanted: BTreeSet<ImageName>,
    /// The keys of entries that changed, where a base was named.
    pub changed: BTreeMap<String, Vec<String>>,
    /// What somebody should look at.
    pub warnings: Vec<Defect>,
    /// Whether this is a build of the branch that publishes.
    pub trusted: bool,
}

/// Reads the index and chooses.
pub fn choose(options: &IndexBuildOptions, root: PathBuf, base: Option<&Base>, config: &Config) -> Result<Chosen, Trouble> {
    let loaded = load(&options.index).map_err(wrong)?;
    let mut changed = BTreeMap::new();
    let images: Vec<ImageName> = match base {
        None => loaded.entries.iter().map(Entry::image).collect(),
        Some(base) => {
            let planned = plan(&load_at(&base.repository, &base.commit).map_err(wrong)?, &loaded);
            for entry in planned.entries.iter().filter(|entry| entry.change == Change::Changed) {
                changed.insert(entry.entry.image().image(), entry.keys.clone());
            }
            planned.entries.iter().map(|planned| planned.entry.image()).collect()
        }
    };
    let mut wanted = matching(images, options)?;
    if wanted.is_empty() && options.base.is_none() {
        return Err(Trouble::call("--select and --exclude leave no entry; they are matched against namespace/name:tag"));
    }
    if options.with_dependents {
        widen(&mut wanted, &loaded.entries);
    }
    let warnings = loaded.unusable.iter().map(|(file, line, what)| {
        let told = Defect::warning("unusable_entry", what.clone()).at(file).help("`cooperage index validate` tells all that is wrong");
        if *line > 0 { told.line(*line) } else { told }
    });
    let mut warnings: Vec<Defect> = warnings.collect();
    let trusted = is_trusted(options, &root, config, &mut warnings)?;
    Ok(Chosen { root, wanted, changed, warnings, trusted, loaded })
}

fn matching(images: Vec<ImageName>, options: &IndexBuildOptions) -> Result<BTreeSet<ImageName>, Trouble> {
    let patterns = |texts: &[String]| -> Result<Vec<Pattern>, Trouble> {
        texts.iter().map(|text| Pattern::parse(text).map_err(|error| Trouble::call(error.to_string()))).collect()
    };
    let (select, exclude) = (patterns(&options.select)?, patterns(&options.exclude)?);
    let matches = |patterns: &[Pattern], image: &ImageName| {
        let names = [image.to_string(), image.image()];
        patterns.iter().any(|pattern| names.iter().any(|name| pattern.matches(name)))
    };
    let chosen = images.into_iter().filter(|image| select.is_empty() || matches(&select, image)).filter(|image| !matches(&exclude, image));
    Ok(chosen.collect())
}

/// Adds what is built on the chosen ones, as far as the index says.
fn widen(wanted: &mut BTreeSet<ImageName>, entries: &[Entry]) {
    loop {
        let on_wanted = |entry: &&Entry| parents(entry).any(|parent| wanted.contains(&parent));
        let more: Vec<ImageName> = entries.iter().filter(on_wanted).map(Entry::image).filter(|image| !wanted.contains(image)).collect();
        if more.is_empty() {
            return;
        }
        wanted.extend(more);
    }
}

/// The entries that are to be fetched: the chosen ones, and what they are built on as far as the index says.
pub fn to_fetch(wanted: &BTreeSet<ImageName>, entries: &[Entry]) -> Vec<Entry> {
    let by_name: BTreeMap<ImageName, &Entry> = entries.iter().map(|entry| (entry.image(), entry)).collect();
    let mut found: BTreeMap<ImageName, &Entry> = BTreeMap::new();
    let mut open: Vec<ImageName> = wanted.iter().cloned().collect();
    while let Some(image) = open.pop() {
        if let Some(entry) = by_name.get(&image)
            && found.insert(image, entry).is_none()
        {
            open.extend(parents(entry));
        }
    }
    found.into_values().cloned().collect()
}

fn parents(entry: &Entry) -> impl Iterator<Item = ImageName> + '_ {
    entry.depends_on.iter().filter_map(|parent| ImageName::parse(&parent.text))
}

/// Whether the call may publish and give secrets: not for a commit that is not on the branch that the configuration names.
fn is_trusted(options: &IndexBuildOptions, root: &Path, config: &Config, warnings: &mut Vec<Defect>) -> Result<bool, Trouble> {
    let Some(branch) = &config.cooperage.index.branch else {
        if options.base.is_some() {
            let message = "with --base nothing is published and no secret is given, because no branch is named as the one that publishes";
            warnings.push(Defect::warning("not_publishing", message).help("name it in cooperage.index.branch"));
        }
        return Ok(options.base.is_none());
    };
    let repository = git::discover(root).map_err(wrong)?;
    let Some(repository) = repository else {
        return Err(Trouble::call(format!("cooperage.index.branch is {branch}, and {} is not in a git repository", root.display())));
    };
    let is_clean = repository.head().map_err(wrong)?.is_some_and(|head| !head.dirty);
    let trusted = is_clean && repository.is_on_branch(branch).map_err(wrong)?;
    if !trusted {
        let why = if is_clean { "this commit is not on it" } else { "files of the index differ from the commit" };
        let message = format!("nothing is published and no secret is given: {branch} is the branch that publishes, and {why}");
        warnings.push(Defect::warning("not_publishing", message));
    }
    Ok(trusted)
}
