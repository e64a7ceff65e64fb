//! One file of sign-ins: podman's `auth.json` or Docker's `config.json`.

use super::super::credentials::{CredentialsError, TOKEN_USER};
use super::site::Site;
use crate::config::{Login, Secret};
use base64::Engine as _;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::path::Path;

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
            serde_json::from_slice(&text)
                .map_err(|e| broken(format!("it is no JSON as docker and podman write it, at line {}, column {}", e.line(), e.column())))?
        };
        Ok(Some(Self {
            path: path.display().to_string(),
            store: document.creds_store.filter(|program| !program.is_empty()),
            auths: document.auths.unwrap_or_default(),
            helpers: document.cred_helpers.unwrap_or_default(),
        }))
    }

    /// The helper named for a repository: the key as it is written, and the program.
    pub(super) fn helper_for(&self, registry: &str, repository: &str) -> Option<(&str, &str)> {
        let named = self.helpers.iter().filter(|(_, program)| !program.is_empty());
        let matching = named.filter_map(|one| Some((Site::of_key(one.0).depth_over(registry, repository)?, one)));
        matching.max_by_key(|(depth, _)| *depth).map(|(_, (key, program))| (key.as_str(), program.as_str()))
    }

    /// The sign-in for a repository, with its key: the one with the longest path that it lies under.
    pub(super) fn login_for(&self, registry: &str, repository: &str) -> Result<Option<(&str, Login)>, CredentialsError> {
        let mut best: Option<(usize, &str, Login)> = None;
        for (key, entry) in &self.auths {
            let Some(depth) = Site::of_key(key).depth_over(registry, repository) else { continue };
            if best.as_ref().is_some_and(|(found, ..)| *found >= depth) {
                continue;
            }
            if let Some(login) = self.read(key, entry)? {
                best = Some((depth, key, login));
            }
        }
        Ok(best.map(|(_, key, login)| (key, login)))
    }

    /// The keys of entries that hold a sign-in for exactly this, or for something below it.
    pub(super) fn keys_at_or_below(&self, site: &Site) -> Result<Vec<&str>, CredentialsError> {
        let mut found = Vec::new();
        for (key, entry) in &self.auths {
            let own = Site::of_key(key);
            if (own == *site || own.is_below(site)) && self.read(key, entry)?.is_some() {
                found.push(key.as_str());
            }
        }
        Ok(found)
    }

    /// Whether anything is said about exactly this: an entry, even an empty one, or a helper.
    pub(super) fn knows(&self, site: &Site) -> bool {
        self.auths.keys().chain(self.helpers.keys()).any(|key| Site::of_key(key) == *site)
    }

    fn read(&self, key: &str, entry: &Entry) -> Result<Option<Login>, CredentialsError> {
        entry.login().map_err(|reason| {
            let reason = format!("the sign-in for \"{}\" {reason}", Site::of_key(key));
            CredentialsError::File { path: self.path.clone(), reason }
        })
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
