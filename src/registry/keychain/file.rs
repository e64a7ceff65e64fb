//! One file of sign-ins: podman's `auth.json` or Docker's `config.json`.

use super::super::credentials::{CredentialsError, TOKEN_USER};
use crate::config::{Login, Secret};
use base64::Engine as _;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::path::Path;

/// Docker Hub's key in Docker's files since its first version.
const HUB_KEY: &str = "https://index.docker.io/v1/";

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct Document {
    auths: Option<BTreeMap<String, Entry>>,
    cred_helpers: Option<BTreeMap<String, String>>,
    creds_store: Option<String>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Entry {
    auth: Option<String>,
    username: Option<String>,
    password: Option<String>,
    identitytoken: Option<String>,
}

/// One file of sign-ins.
pub(super) struct AuthFile {
    /// Its path, for messages.
    pub path: String,
    /// The helper for all registries.
    pub store: Option<String>,
    auths: BTreeMap<String, Entry>,
    helpers: BTreeMap<String, String>,
}

impl AuthFile {
    /// Reads a file; `None` where it does not exist and need not.
    pub(super) fn load(path: &Path, must_exist: bool) -> Result<Option<Self>, CredentialsError> {
        let broken = |reason: String| CredentialsError::File { path: path.display().to_string(), reason };
        let text = match std::fs::read(path) {
            Ok(text) => text,
            Err(e) if !must_exist && matches!(e.kind(), ErrorKind::NotFound | ErrorKind::PermissionDenied | ErrorKind::NotADirectory) => {
                return Ok(None);
            }
            Err(e) => return Err(broken(e.to_string())),
        };
        let document: Document = if text.trim_ascii().is_empty() {
            Document::default()
        } else {
            // The parser's own text may repeat a value, and values are secrets here.
            serde_json::from_slice(&text).map_err(|e| broken(format!("it is not valid at line {}, column {}", e.line(), e.column())))?
        };
        Ok(Some(Self {
            path: path.display().to_string(),
            store: document.creds_store.filter(|program| !program.is_empty()),
            auths: document.auths.unwrap_or_default(),
            helpers: document.cred_helpers.unwrap_or_default(),
        }))
    }

    /// The helper named for a registry: the key as it is written, and the program.
    pub(super) fn helper_for(&self, registry: &str) -> Option<(&str, &str)> {
        let found = self.helpers.iter().find(|(key, program)| same_registry(host_of(key), registry) && !program.is_empty());
        found.map(|(key, program)| (key.as_str(), program.as_str()))
    }

    /// The sign-in for a repository: the key with the longest path that it lies under.
    pub(super) fn login_for(&self, registry: &str, repository: &str) -> Result<Option<Login>, CredentialsError> {
        let full = format!("{registry}/{repository}");
        let mut best: Option<(usize, Login)> = None;
        for (key, entry) in &self.auths {
            let Some(depth) = depth_of_match(key, registry, &full) else { continue };
            if best.as_ref().is_some_and(|(found, _)| *found >= depth) {
                continue;
            }
            let read = entry.login().map_err(|reason| {
                let reason = format!("the sign-in for \"{}\" {reason}", host_of(key));
                CredentialsError::File { path: self.path.clone(), reason }
            })?;
            if let Some(login) = read {
                best = Some((depth, login));
            }
        }
        Ok(best.map(|(_, login)| login))
    }
}

impl Entry {
    /// What it holds; `None` for the empty entries that Docker writes beside a helper.
    fn login(&self) -> Result<Option<Login>, &'static str> {
        let given = |value: &Option<String>| value.clone().filter(|value| !value.is_empty());
        let (mut username, mut password) = (given(&self.username), given(&self.password));
        if let Some(auth) = given(&self.auth) {
            let bytes = base64::engine::general_purpose::STANDARD.decode(auth.trim()).map_err(|_| "holds an `auth` that is not base64")?;
            let text = String::from_utf8(bytes).map_err(|_| "holds an `auth` that is not text")?;
            let (user, secret) = text.split_once(':').ok_or("holds an `auth` without a colon between user and password")?;
            // Docker pads with NUL.
            username = Some(user.to_owned());
            password = Some(secret.trim_end_matches('\0').to_owned());
        }
        if let Some(token) = given(&self.identitytoken) {
            return Ok(Some(Login { username: TOKEN_USER.to_owned(), password: Secret::new(token) }));
        }
        Ok(username.zip(password).map(|(username, password)| Login { username, password: Secret::new(password) }))
    }
}

/// How many parts of its path a key has, if the repository lies under it. Keys may be written as addresses.
fn depth_of_match(key: &str, registry: &str, full: &str) -> Option<usize> {
    if same_registry(host_of(key), registry) && (key.contains("://") || !key.contains('/')) {
        return Some(0);
    }
    let key = key.trim_end_matches('/');
    let under = full.strip_prefix(key).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    under.then(|| key.matches('/').count())
}

/// The host of a key: `https://r.example/v1/` and `r.example/team` are both of `r.example`.
pub(in super::super) fn host_of(key: &str) -> &str {
    let rest = key.split_once("://").map_or(key, |(_, rest)| rest);
    rest.split('/').next().unwrap_or(rest)
}

/// Whether a host of a file is the registry; Docker Hub goes by three names.
pub(super) fn same_registry(host: &str, registry: &str) -> bool {
    let plain = |name: &str| match name {
        "index.docker.io" | "registry-1.docker.io" => "docker.io".to_owned(),
        other => other.to_ascii_lowercase(),
    };
    plain(host) == plain(registry)
}

/// The name that helpers keep a registry under.
pub(super) fn server_name(registry: &str) -> &str {
    if registry == "docker.io" { HUB_KEY } else { registry }
}
