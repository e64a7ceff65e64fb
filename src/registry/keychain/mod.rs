//! Stored sign-ins: the configured one, then the files of podman and Docker, and the helpers these name.
//!
//! Source of the formats: containers-auth.json(5) and Docker's `config.json`. Nothing is ever written.

mod file;
mod helper;

use super::credentials::{Credentials, CredentialsError, FoundLogin};
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
}

impl Keychain {
    /// Reads the files. Helpers are run later, when a registry asks for a sign-in.
    ///
    /// # Errors
    /// When a file that exists, or that was named, cannot be read.
    pub fn load(sources: KeychainSources) -> Result<Self, CredentialsError> {
        let (places, must_exist) = places(&sources);
        let searched = places.iter().map(|path| path.display().to_string()).collect();
        let mut files = Vec::new();
        for path in places {
            files.extend(AuthFile::load(&path, must_exist)?);
        }
        let KeychainSources { configured, environment, .. } = sources;
        Ok(Self { configured, files, searched, environment, answers: Mutex::new(HashMap::new()) })
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
            reason,
        })?;
        let found = login.map(|login| FoundLogin { login, origin: format!("docker-credential-{program}") });
        answers.insert(key, found.clone());
        Ok(found)
    }

    /// What one file knows: a helper for this registry, then its own sign-ins, then its helper for all.
    fn look_into(&self, file: &AuthFile, registry: &str, repository: &str) -> Result<Option<FoundLogin>, CredentialsError> {
        if let Some((server, program)) = file.helper_for(registry) {
            return self.ask_helper(file, program, registry, server);
        }
        if let Some(login) = file.login_for(registry, repository)? {
            return Ok(Some(FoundLogin { login, origin: file.path.clone() }));
        }
        match &file.store {
            Some(program) => self.ask_helper(file, program, registry, file::server_name(registry)),
            None => Ok(None),
        }
    }
}

impl Credentials for Keychain {
    fn login_for(&self, registry: &str, repository: &str) -> Result<Option<FoundLogin>, CredentialsError> {
        let configured = self.configured.iter().find(|(key, _)| file::same_registry(file::host_of(key), registry));
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
}

/// The files to read, and whether they must exist.
fn places(sources: &KeychainSources) -> (Vec<PathBuf>, bool) {
    let variable = |name: &str| sources.environment.get(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    if let Some(path) = sources.authfile.clone().or_else(|| variable("REGISTRY_AUTH_FILE")) {
        return (vec![path], true);
    }
    let home = variable("HOME");
    let config_home = variable("XDG_CONFIG_HOME").or_else(|| home.as_ref().map(|home| home.join(".config")));
    let docker = variable("DOCKER_CONFIG").or_else(|| home.map(|home| home.join(".docker")));
    let podman = [variable("XDG_RUNTIME_DIR"), config_home].into_iter().flatten().map(|folder| folder.join("containers/auth.json"));
    (podman.chain(docker.map(|folder| folder.join("config.json"))).collect(), false)
}

#[cfg(test)]
mod tests;
