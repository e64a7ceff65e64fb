//! Layered settings: every value keeps its origin, secrets never print.
//!
//! Later layers win: `default.yaml`, `$XDG_CONFIG_HOME/docker-pkg.yaml`, `$XDG_CONFIG_HOME/cooperage.yaml`,
//! `--configfile`, environment, flags. Values replace each other whole. Relative paths are relative to the current
//! directory, whatever file names them, as with docker-pkg; `~/` in front is the home folder.
//!
//! This room reads files and nothing else: environment and flags are handed in as [`Sources`]. A [`Config`] never
//! goes to templates whole; [`Config::template_variables`] does.

mod credentials;
mod destination;
mod document;
mod bytes;
pub(crate) mod duration;
mod index;
mod error;
mod keep;
mod keys;
mod kind;
mod layer;
mod limits;
mod load;
mod policy;
mod location;
mod promotion;
mod reference;
mod schema;
mod scanners;
mod secret;
mod settings;
mod show;
mod snippet;
mod source;
pub(crate) mod yaml;

pub use destination::{Atomic, DestinationEntry, DestinationSettings, LAYOUT_PREFIX, OnExisting, PublishSetting, usual_tags};
pub use error::{ConfigError, Problem};
pub use index::IndexSettings;
pub use keep::KeepSettings;
pub use keys::{KEYS, Key};
pub use limits::ContainerLimits;
pub use load::load;
pub use location::Location;
pub use promotion::{ImageToPromote, ImagesFile, Promotion, PromotionContext, PromotionTarget, StreamItem, read_images};
pub use reference::reference;
pub use scanners::{ExternalAnswer, ExternalScanner, ScannerSettings, VulnerabilityScanner};
pub use schema::schema;
pub use secret::{Login, Secret};
pub use settings::{BuilderChoice, Cooperage, LatestPolicy, SecretSource, Settings};
pub use show::{ShowDocument, ValueRow};
pub use source::{ConfigFile, Flag, LayerName, Origin, Sources};

use crate::catalog::Defect;
use crate::finding::{Policy, Step};
use std::collections::BTreeMap;
use std::path::PathBuf;

/// The settled configuration. Reads as its [`Settings`]: `config.registry`, `config.cooperage.jobs`.
#[derive(Clone, Debug)]
pub struct Config {
    /// The values as types.
    pub settings: Settings,
    /// `no_proxy` or `NO_PROXY` of the environment; builds pass it on.
    pub no_proxy: Option<String>,
    /// The destinations of `cooperage.publish`, also where a later layer says no; none where nobody lists any.
    pub destinations: Vec<DestinationEntry>,
    /// What looks like a mistake: codes `unknown_key`, `unknown_variable`, `duplicate_key`.
    pub warnings: Vec<Defect>,
    rows: Vec<layer::Item>,
    environment: BTreeMap<String, Secret<String>>,
}

impl std::ops::Deref for Config {
    type Target = Settings;

    fn deref(&self) -> &Settings {
        &self.settings
    }
}

/// Why a build secret cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    /// A template asks for an id that nobody configured.
    #[error("there is no build secret {id}; name its source under cooperage.build_secrets")]
    Unknown {
        /// The id.
        id: String,
    },
    /// The variable is not set.
    #[error("the build secret {id} comes from the environment variable {variable}, which is not set")]
    NotSet {
        /// The id.
        id: String,
        /// The variable.
        variable: String,
    },
    /// The file cannot be read.
    #[error("the build secret {id} comes from the file {}, which cannot be read", path.display())]
    Unreadable {
        /// The id.
        id: String,
        /// The file.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
}

/// The built-in defaults: a commented file that is default, documentation and test at once.
pub fn default_file() -> &'static str {
    load::DEFAULTS
}

impl Config {
    /// Username and password of the registry, from whichever layer or file.
    pub fn login(&self) -> Option<Login> {
        let (username, password) = (self.settings.username.as_ref()?, self.settings.password.clone()?);
        Some(Login { username: username.expose().clone(), password })
    }

    /// Whether to publish, as far as somebody said so; a list of destinations says yes.
    pub fn publishing(&self) -> Option<bool> {
        match &self.cooperage.publish {
            Some(PublishSetting::Flag(flag)) => Some(*flag),
            Some(PublishSetting::List(_)) => Some(true),
            None => None,
        }
    }

    /// How many images are built at once, with this many CPUs.
    pub fn jobs(&self, cpus: usize) -> usize {
        self.cooperage.jobs.unwrap_or_else(|| cpus.max(4))
    }

    /// How many requests go to a registry at once.
    pub fn registry_parallel(&self) -> usize {
        self.cooperage.registry_parallel.unwrap_or(self.scan_workers)
    }

    /// What findings of a step lead to, unless a definition overrides it.
    pub fn policy(&self, step: Step) -> Policy {
        let told = match step {
            Step::Lint => &self.cooperage.lint,
            Step::Test => &self.cooperage.test,
            Step::Scan => &self.cooperage.scan,
        };
        Policy::of(step, told)
    }

    /// The secret of this id, read now.
    ///
    /// # Errors
    /// When nobody configured it, or its variable or file is not there.
    pub fn build_secret(&self, id: &str) -> Result<Secret<Vec<u8>>, SecretError> {
        let id = id.to_owned();
        match self.cooperage.build_secrets.get(&id) {
            None => Err(SecretError::Unknown { id }),
            Some(SecretSource::Env(variable)) => match self.environment.get(variable) {
                Some(value) => Ok(Secret::new(value.expose().clone().into_bytes())),
                None => Err(SecretError::NotSet { id, variable: variable.clone() }),
            },
            Some(SecretSource::File(path)) => match std::fs::read(path) {
                Ok(bytes) => Ok(Secret::new(bytes)),
                Err(source) => Err(SecretError::Unreadable { id, path: path.clone(), source }),
            },
        }
    }
}

#[cfg(test)]
mod tests;
