//! Who takes part in a call: configuration, engine, registry, sign-ins, git.

use super::presence::asked::Sides;
use super::work::prepare::has_destination;
use crate::catalog::Defect;
use crate::config::Config;
use crate::engine::{Engine, EngineError, candidates, connect};
use crate::event::{Emitter, EventKind};
use crate::git::{self, GitError};
use crate::registry::{
    Client, Credentials, CredentialsError, FoundLogin, Keychain, KeychainSources, Origin, Registry, RegistryError, RegistryOptions,
    Retries, StaleLogins, usual_certificate_folders,
};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The code of the warning about a stored sign-in that a registry refuses.
const STALE_SIGN_IN: &str = "stale_sign_in";

/// What a call brings along.
pub struct Session {
    /// The settled configuration.
    pub config: Config,
    /// The environment of the call.
    pub env: BTreeMap<String, String>,
    /// DIRECTORY.
    pub directory: PathBuf,
    /// Whom to ask.
    pub sides: Sides,
    /// Sign-ins for registries.
    pub credentials: Arc<dyn Credentials>,
    /// Where the catalogue stands in git.
    pub revision: Revision,
}

/// Where a catalogue stands in git.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Revision {
    /// The top of the work tree.
    pub top: Option<PathBuf>,
    /// The commit.
    pub commit: Option<String>,
    /// Whether files of the catalogue differ from it.
    pub dirty: Option<bool>,
    /// The address of the repository, without credentials.
    pub source: Option<String>,
}

/// Whom a call wants to ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// The engine.
    pub engine: bool,
    /// The registry, if one is configured.
    pub registry: bool,
}

/// Why a session cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum SessionError {
    /// Stored sign-ins cannot be read.
    #[error(transparent)]
    Credentials(#[from] CredentialsError),
    /// The certificates for registries cannot be used.
    #[error(transparent)]
    Registry(#[from] RegistryError),
    /// What names the engine cannot be an engine's address.
    #[error(transparent)]
    Engine(EngineError),
}

impl Session {
    /// Opens what is wanted. An engine that cannot be reached is no error here: [`Sides`] carries it, so that a
    /// reading command can still print the rest.
    ///
    /// # Errors
    /// When sign-ins or certificates cannot be read, or what names the engine is no address.
    pub async fn open(
        config: Config,
        env: BTreeMap<String, String>,
        directory: PathBuf,
        revision: Revision,
        wanted: Wanted,
    ) -> Result<Self, SessionError> {
        let credentials: Arc<dyn Credentials> = Arc::new(keychain(&config, &env)?);
        let registry: Option<Arc<dyn Registry>> = if wanted.registry && has_destination(&config) {
            Some(Arc::new(Client::new(registry_options(&config, &env), credentials.clone())?))
        } else {
            None
        };
        let engine = if wanted.engine { Some(open_engine(&config, &env).await) } else { None };
        if let Some(Err(error @ EngineError::Address { .. })) = engine {
            return Err(SessionError::Engine(error));
        }
        Ok(Self { config, env, directory, sides: Sides { engine, registry }, credentials, revision })
    }

    /// With a client for registries also where no destination is configured: release names have a registry of their own.
    ///
    /// # Errors
    /// When certificates cannot be read.
    pub fn with_registry(mut self) -> Result<Self, SessionError> {
        if self.sides.registry.is_none() {
            self.sides.registry = Some(Arc::new(Client::new(registry_options(&self.config, &self.env), self.credentials.clone())?));
        }
        Ok(self)
    }

    /// Stored sign-ins that registries refuse, for a call without events; each once.
    pub fn stale_sign_ins(&self) -> Vec<Defect> {
        stale_sign_ins(self.credentials.as_ref())
    }

    /// What links of a context may not leave: the repository, or DIRECTORY where there is none.
    pub fn boundary(&self) -> PathBuf {
        self.revision.top.clone().unwrap_or_else(|| self.directory.clone())
    }
}

impl Revision {
    /// Asks git about a folder. One that is not in git has no revision.
    ///
    /// # Errors
    /// When git refuses to answer.
    pub fn of(folder: &Path) -> Result<Self, GitError> {
        let Some(repository) = git::discover(folder)? else { return Ok(Self::default()) };
        // Two programs that know nothing of each other: side by side.
        let (head, url) = std::thread::scope(|scope| {
            let url = scope.spawn(|| repository.remote_url());
            let head = repository.head();
            (head, url.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
        });
        let head = head?;
        Ok(Self {
            source: url?.filter(|url| is_public(url)),
            commit: head.as_ref().map(|head| head.commit.clone()),
            dirty: head.map(|head| head.dirty),
            top: Some(repository.top),
        })
    }
}

/// A client for registries, and what it signs in with.
pub type Registries = (Arc<dyn Registry>, Arc<dyn Credentials>);

/// A client for registries, and what it signs in with: for calls that name their references themselves.
///
/// # Errors
/// When sign-ins or certificates cannot be read.
pub fn registries(config: &Config, env: &BTreeMap<String, String>) -> Result<Registries, SessionError> {
    let credentials: Arc<dyn Credentials> = Arc::new(keychain(config, env)?);
    let client = Client::new(registry_options(config, env), credentials.clone())?;
    Ok((Arc::new(client), credentials))
}

/// Stored sign-ins that registries refuse, for a call without events; each once.
pub fn stale_sign_ins(credentials: &dyn Credentials) -> Vec<Defect> {
    let stale = credentials.stale().map(StaleLogins::take).unwrap_or_default();
    stale.iter().map(|one| Defect::warning(STALE_SIGN_IN, one.to_string())).collect()
}

/// Tells of stored sign-ins that registries refuse as events, each once.
pub fn tell_stale(credentials: &dyn Credentials, emitter: &Arc<Emitter>) {
    let emitter = emitter.clone();
    if let Some(stale) = credentials.stale() {
        stale.listen(move |one| {
            emitter.emit(EventKind::Warning { code: STALE_SIGN_IN.to_owned(), name: None, message: one.to_string() });
        });
    }
}

/// A path on this machine means nothing to whoever reads a label.
fn is_public(url: &str) -> bool {
    let is_path = url.starts_with(['/', '.', '~']) || url.starts_with("file:");
    !is_path && url.contains(':')
}

async fn open_engine(config: &Config, env: &BTreeMap<String, String>) -> Result<Arc<dyn Engine>, EngineError> {
    let engine = connect(candidates(config.cooperage.engine.as_deref(), env)).await?;
    Ok(Arc::new(engine))
}

fn keychain(config: &Config, env: &BTreeMap<String, String>) -> Result<Keychain, CredentialsError> {
    let host = config.registry.split('/').next().unwrap_or_default().to_owned();
    let login = config.login().filter(|_| !host.is_empty());
    let origin = Origin::Configuration("username and password of the configuration".to_owned());
    let configured = login.map(|login| (host, FoundLogin { login, origin }));
    Keychain::load(KeychainSources { configured: configured.into_iter().collect(), ..keychain_sources(config, env) })
}

/// Where files of sign-ins may be.
pub fn keychain_sources(config: &Config, env: &BTreeMap<String, String>) -> KeychainSources {
    KeychainSources { configured: BTreeMap::new(), authfile: config.cooperage.authfile.clone(), environment: env.clone() }
}

/// How registries are spoken to.
pub fn registry_options(config: &Config, env: &BTreeMap<String, String>) -> RegistryOptions {
    RegistryOptions {
        insecure: config.cooperage.insecure_registries.clone(),
        ca_bundle: config.ca_bundle.clone(),
        certificate_folders: usual_certificate_folders(env),
        proxy: config.http_proxy.clone(),
        no_proxy: config.no_proxy.clone(),
        denied_means_absent: config.cooperage.denied_means_absent,
        timeout: config.cooperage.registry_timeout,
        retries: Retries { patience: config.cooperage.registry_patience, ..Retries::default() },
        parallel: config.registry_parallel(),
        ..RegistryOptions::default()
    }
}
