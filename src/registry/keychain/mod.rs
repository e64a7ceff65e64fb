//! Stored sign-ins: the configured one, then the files of podman and Docker, and the helpers these name.
//!
//! Source of the formats: containers-auth.json(5) and Docker's `config.json`. Only [`SignIns`] writes.

mod document;
mod file;
mod helper;
mod replace;
mod sign_ins;
mod site;

pub use sign_ins::{Removed, SignIns, Spot};
pub use site::Site;

use super::credentials::{Credentials, CredentialsError, FoundLogin, Origin};
use super::stale::StaleLogins;
use file::AuthFile;
use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;
use std::sync::Mutex;

/// Where stored sign-ins may be.
#[derive(Clone, Debug, Default)]
pub struct KeychainSources {
    /// Sign-ins of the configuration, by registry (`docker.io` for Docker Hub). Asked first.
    pub configured: BTreeMap<String, FoundLogin>,
    /// `--authfile`: the only file that is read, and it must exist.
    pub authfile: Option<PathBuf>,
    /// The environment: `REGISTRY_AUTH_FILE`, `XDG_RUNTIME_DIR`, `XDG_CONFIG_HOME`, `DOCKER_CONFIG`, `HOME`, and
    /// all of it for credential helpers, which are looked for in its `PATH`.
    pub environment: BTreeMap<String, String>,
}

/// All stored sign-ins.
pub struct Keychain {
    configured: BTreeMap<String, FoundLogin>,
    files: Vec<AuthFile>,
    searched: Vec<String>,
    environment: BTreeMap<String, String>,
    /// What helpers answered, by program and server: each is asked once.
    answers: Mutex<HashMap<(String, String), Option<FoundLogin>>>,
    stale: StaleLogins,
}

impl Keychain {
    /// Reads the files. Helpers are run later, when a registry asks for a sign-in.
    ///
    /// # Errors
    /// When a file that exists, or that was named, cannot be read.
    pub fn load(sources: KeychainSources) -> Result<Self, CredentialsError> {
        let (places, named) = (places(&sources), named(&sources));
        let from_environment = if named.is_some() && sources.authfile.is_none() { " (REGISTRY_AUTH_FILE)" } else { "" };
        let searched = places.iter().map(|path| format!("{}{from_environment}", path.display())).collect();
        let mut files = Vec::new();
        for path in places {
            files.extend(AuthFile::load(&path, named.is_some())?);
        }
        let KeychainSources { configured, environment, .. } = sources;
        Ok(Self { configured, files, searched, environment, answers: Mutex::new(HashMap::new()), stale: StaleLogins::default() })
    }

    fn ask_helper(&self, file: &AuthFile, program: &str, registry: &str, server: &str) -> Result<Option<FoundLogin>, CredentialsError> {
        let key = (program.to_owned(), server.to_owned());
        let mut answers = super::host::lock(&self.answers);
        if let Some(known) = answers.get(&key) {
            return Ok(known.clone());
        }
        let asked = helper::get(program, server, &self.environment);
        let login = asked.map_err(|reason| CredentialsError::Helper {
            program: format!("docker-credential-{program}"),
            path: file.path.clone(),
            registry: registry.to_owned(),
            failed: "gives no sign-in",
            reason,
        })?;
        let program = format!("docker-credential-{program}");
        let origin = Origin::Helper { program, path: file.path.clone(), server: server.to_owned() };
        let found = login.map(|login| FoundLogin { login, origin });
        answers.insert(key, found.clone());
        Ok(found)
    }

    /// What one file knows: a helper for this registry, then its own sign-ins, then its helper for all.
    fn look_into(&self, file: &AuthFile, registry: &str, repository: &str) -> Result<Option<FoundLogin>, CredentialsError> {
        if let Some((key, program)) = file.helper_for(registry, repository) {
            return self.ask_helper(file, program, registry, site::server_of_key(key));
        }
        if let Some((key, login)) = file.login_for(registry, repository)? {
            let origin = Origin::File { path: file.path.clone(), key: key.to_owned() };
            return Ok(Some(FoundLogin { login, origin }));
        }
        match &file.store {
            Some(program) => self.ask_helper(file, program, registry, &Site::of_key(registry).server()),
            None => Ok(None),
        }
    }
}

impl Credentials for Keychain {
    fn login_for(&self, registry: &str, repository: &str) -> Result<Option<FoundLogin>, CredentialsError> {
        let configured = self.configured.iter().find(|(key, _)| Site::of_key(key).depth_over(registry, repository).is_some());
        if let Some((_, found)) = configured {
            return Ok(Some(found.clone()));
        }
        for file in &self.files {
            if let Some(found) = self.look_into(file, registry, repository)? {
                return Ok(Some(found));
            }
        }
        Ok(None)
    }

    fn searched(&self) -> Vec<String> {
        let configured = (!self.configured.is_empty()).then(|| "the configuration".to_owned());
        configured.into_iter().chain(self.searched.iter().cloned()).collect()
    }

    fn stale(&self) -> Option<&StaleLogins> {
        Some(&self.stale)
    }
}

/// The one file that was named: by the call or the configuration, else by the environment.
fn named(sources: &KeychainSources) -> Option<PathBuf> {
    sources.authfile.clone().or_else(|| variable(sources, "REGISTRY_AUTH_FILE"))
}

/// The files to read, in their order.
fn places(sources: &KeychainSources) -> Vec<PathBuf> {
    named(sources).map_or_else(|| usual_places(sources), |path| vec![path])
}

/// The files to read where none is named: podman's, then Docker's.
fn usual_places(sources: &KeychainSources) -> Vec<PathBuf> {
    let config_home = variable(sources, "XDG_CONFIG_HOME").or_else(|| variable(sources, "HOME").map(|home| home.join(".config")));
    let podmans = [variable(sources, "XDG_RUNTIME_DIR"), config_home].into_iter().flatten();
    podmans.map(|folder| folder.join("containers/auth.json")).chain(dockers_place(sources)).collect()
}

/// Docker's own file.
fn dockers_place(sources: &KeychainSources) -> Option<PathBuf> {
    let folder = variable(sources, "DOCKER_CONFIG").or_else(|| variable(sources, "HOME").map(|home| home.join(".docker")));
    folder.map(|folder| folder.join("config.json"))
}

fn variable(sources: &KeychainSources, name: &str) -> Option<PathBuf> {
    sources.environment.get(name).filter(|value| !value.is_empty()).map(PathBuf::from)
}

#[cfg(test)]
mod tests;
