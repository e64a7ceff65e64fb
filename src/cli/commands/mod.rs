//! One file a command.

pub mod build;
pub mod check;
pub mod completions;
pub mod config;
mod container;
pub mod debug;
pub mod explain;
pub mod graph;
pub mod index;
pub mod lint;
pub mod list;
pub mod login;
pub mod logout;
pub mod man;
pub mod matrix;
pub mod mirror;
pub mod places;
pub mod promote;
pub mod prune;
pub mod publish;
pub mod pull;
pub mod registry;
pub mod render;
pub mod rollback;
pub mod sbom;
pub mod scan;
pub mod test;
pub mod tree;
pub mod trial;
pub mod update;
pub mod whose;
pub mod yank;

use super::exit::Trouble;
use super::options::{Call, Choice};
use super::surroundings::{CONFIGFILE, Surroundings};
use crate::catalog::{Defect, enclosing_catalogue};
use crate::config::Config;
use crate::git;
use crate::name::Pattern;
use crate::plan::Selection;
use crate::registry::Site;
use crate::report::{Screen, defects};
use crate::run::{Revision, changed_since};
use std::path::Path;

/// Settles which definitions are meant.
fn selection(choice: &Choice, directory: &Path) -> Result<Selection, Trouble> {
    let patterns = |texts: &[String]| -> Result<Vec<Pattern>, Trouble> {
        texts.iter().map(|text| Pattern::parse(text).map_err(|error| Trouble::call(error.to_string()))).collect()
    };
    Ok(Selection {
        select: patterns(&choice.select)?,
        exclude: patterns(&choice.exclude)?,
        changed: choice.changed_since.as_deref().map(|revision| changed_since(directory, revision)).transpose()?,
        with_dependents: choice.with_dependents,
        with_dependencies: choice.with_dependencies,
    })
}

/// Shows what somebody should look at, on stderr.
fn show(surroundings: &Surroundings, lists: &[&[Defect]]) {
    let mut err = std::io::stderr().lock();
    for list in lists {
        // There is nobody left to tell when stderr is gone.
        let _ = defects(&mut err, list, &surroundings.err);
    }
}

/// Where the catalogue stands in git. That only serves labels, so a git that refuses to answer is a warning.
fn revision(directory: &Path, warnings: &mut Vec<Defect>) -> Revision {
    Revision::of(directory).unwrap_or_else(|error| {
        let help = "images are built without the labels revision and source; links may not leave DIRECTORY";
        warnings.push(Defect::warning("git_refuses", error.to_string()).help(help));
        Revision::default()
    })
}

/// Shows the warnings of a configuration.
fn show_config_warnings(surroundings: &Surroundings, config: &Config) {
    show(surroundings, &[&config.warnings]);
}

/// What of the configuration signs in to a registry before anything stored does.
fn signed_in_by_configuration(config: &Config, site: &Site) -> Option<&'static str> {
    let host = config.registry.split('/').next().filter(|host| !host.is_empty())?;
    let same = Site::parse(host).is_ok_and(|own| own.registry() == site.registry());
    (same && config.login().is_some()).then_some("username and password of the configuration")
}

/// A hint for somebody who gave a folder inside a catalogue.
fn hint_of_larger_catalogue(directory: &Path) -> Option<Defect> {
    let larger = enclosing_catalogue(directory)?;
    let message = format!("{} looks like a part of the catalogue {}", directory.display(), larger.display());
    let help = format!("its parents and children are not seen from here; give {} and narrow with --select", larger.display());
    Some(Defect::warning("part_of_catalogue", message).help(help))
}

/// Terminals narrower than this, in columns, show an image without registry and namespace.
const WIDE: usize = 120;

/// An image in a table: the whole reference where there is room for it.
fn shown(reference: &str, name: &str, tag: &str, screen: &Screen) -> String {
    if screen.width < WIDE { format!("{name}:{tag}") } else { reference.to_owned() }
}

/// For messages that a key is not set: that no file was read at all, where that is so.
fn unread(call: &Call) -> String {
    if call.configfile.is_some() || Path::new(CONFIGFILE).exists() {
        return String::new();
    }
    format!("; there is no {CONFIGFILE} in the current directory, name your file with --configfile")
}

/// What stands between the top of the repository and paths that are relative to a folder.
fn prefix_of(folder: &Path) -> String {
    let below = || {
        let top = std::fs::canonicalize(git::discover(folder).ok()??.top).ok()?;
        Some(std::fs::canonicalize(folder).ok()?.strip_prefix(top).ok()?.to_string_lossy().into_owned())
    };
    below().filter(|below| !below.is_empty()).map_or_else(String::new, |below| format!("{below}/"))
}
