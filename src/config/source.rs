//! Where settings come from, as the caller hands it in: this room reads neither environment nor command line itself.

use super::error::{ConfigError, Problem};
use super::snippet::snippet;
use super::yaml::{Node, parse};
use crate::catalog::Defect;
use serde::Serialize;
use serde_json::Value;
use std::collections::BTreeMap;
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};

/// No configuration is larger than this many bytes; a wrong `--configfile` (a device, an archive) ends here.
const LIMIT: u64 = 4 << 20;

/// Everything that a configuration is made of, besides the user's files.
#[derive(Clone, Debug)]
pub struct Sources {
    /// The file of the call.
    pub configfile: ConfigFile,
    /// The environment.
    pub env: BTreeMap<String, String>,
    /// What the command line says.
    pub flags: Vec<Flag>,
}

/// The configuration file of a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ConfigFile {
    /// Nobody named one: this one, if it is there.
    Default(PathBuf),
    /// Named with `--configfile`: it must be there.
    Named(PathBuf),
}

/// One setting from the command line.
#[derive(Clone, Debug)]
pub struct Flag {
    /// The key: `cooperage.jobs`.
    pub key: String,
    /// Its value.
    pub value: Value,
    /// The flag as it is written: `--jobs`.
    pub name: String,
}

/// A layer; later ones win.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum LayerName {
    /// `default.yaml` of the program.
    Default,
    /// The user's files.
    User,
    /// `--configfile`.
    File,
    /// Environment variables.
    Environment,
    /// The command line.
    Flag,
}

/// Where a value comes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Origin {
    /// The layer.
    pub layer: LayerName,
    /// The file, the variable or the flag; none for the defaults.
    pub path: Option<String>,
    /// The line in the file, from 1; for the defaults that of `default.yaml`.
    pub line: Option<usize>,
}

/// The files to read, in their order, with whether each must be there.
pub(crate) fn files(sources: &Sources) -> Vec<(LayerName, PathBuf, bool)> {
    let variable = |name: &str| sources.env.get(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    // A relative XDG_CONFIG_HOME is to be ignored: https://specifications.freedesktop.org/basedir-spec/latest/
    let folder =
        variable("XDG_CONFIG_HOME").filter(|path| path.is_absolute()).or_else(|| variable("HOME").map(|home| home.join(".config")));
    let mut files = Vec::new();
    if let Some(folder) = folder {
        for name in ["docker-pkg.yaml", "cooperage.yaml"] {
            files.push((LayerName::User, folder.join(name), false));
        }
    }
    files.push(match &sources.configfile {
        ConfigFile::Default(path) => (LayerName::File, path.clone(), false),
        ConfigFile::Named(path) => (LayerName::File, path.clone(), true),
    });
    files
}

/// Reads and parses one file; `None` when it is absent and may be.
pub(crate) fn read(path: &Path, required: bool) -> Result<Option<Node>, Box<Problem>> {
    let name = path.display().to_string();
    let unreadable =
        |message: String, help: &str| Box::new(Problem::from(Defect::error("config_unreadable", message).at(name.clone()).help(help)));
    let file = match std::fs::File::open(path) {
        Err(error) if !required && matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => return Ok(None),
        other => other,
    };
    let mut bytes = Vec::new();
    file.and_then(|file| file.take(LIMIT + 1).read_to_end(&mut bytes)).map_err(|error| {
        unreadable(format!("the configuration cannot be read: {error}"), "name an existing file with --configfile, or leave the option out")
    })?;
    if bytes.len() as u64 > LIMIT {
        return Err(unreadable(format!("the configuration is larger than {} MiB", LIMIT >> 20), "is this the right file?"));
    }
    let text = String::from_utf8(bytes).map_err(|error| {
        let line = error.as_bytes()[..error.utf8_error().valid_up_to()].iter().filter(|&&b| b == b'\n').count() + 1;
        Box::new(Problem::from(
            Defect::error("bad_yaml", "the file is not UTF-8 text").at(name.clone()).line(line).help("save it as UTF-8"),
        ))
    })?;
    parse(&text).map(Some).map_err(|error| {
        let mut defect = Defect::error("bad_yaml", format!("bad YAML: {}", error.message)).at(name.clone());
        defect.line = error.place.map(|place| place.line);
        defect.column = error.place.map(|place| place.column);
        Box::new(Problem { defect, snippet: error.place.and_then(|place| snippet(&text, place)) })
    })
}

impl From<Vec<Problem>> for ConfigError {
    fn from(problems: Vec<Problem>) -> Self {
        Self { problems }
    }
}
