//! Where sign-ins come from.

use super::stale::StaleLogins;
use crate::config::Login;
use std::fmt;

/// A sign-in and where it was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FoundLogin {
    /// User and password, or an identity token under the user `<token>`.
    pub login: Login,
    /// Where it comes from.
    pub origin: Origin,
}

impl FoundLogin {
    /// Who signs in, for messages.
    pub fn user(&self) -> &str {
        if self.login.username == TOKEN_USER { "an identity token" } else { &self.login.username }
    }
}

/// Where a sign-in comes from. Shown in messages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// The configuration, in words: `username and password of the configuration`.
    Configuration(String),
    /// An entry of a file.
    File {
        /// The file.
        path: String,
        /// The entry, as it is written: `registry.example/team`.
        key: String,
    },
    /// A credential helper.
    Helper {
        /// The program: `docker-credential-pass`.
        program: String,
        /// The file that names it.
        path: String,
        /// The name it has the sign-in under.
        server: String,
    },
    /// What somebody has just typed.
    Given,
}

impl Origin {
    /// What to do where the sign-in is refused by `registry`.
    pub fn remedy(&self, registry: &str) -> String {
        match self {
            Self::Configuration(words) => format!("change {words}"),
            Self::Given => "try again".to_owned(),
            Self::Helper { .. } => format!("sign in again with: cooperage login {registry}; or remove it with: {}", self.removal()),
            Self::File { path, key } => {
                let hint = if path.ends_with("config.json") { " (podman logout leaves that file as it is)" } else { "" };
                let (path, key) = (quoted(path), shown_key(key));
                format!("sign in again with: cooperage login --authfile {path} {key}; or remove the entry with: {}{hint}", self.removal())
            }
        }
    }

    /// The command that removes it; empty where there is none.
    pub fn removal(&self) -> String {
        match self {
            Self::File { path, key } | Self::Helper { path, server: key, .. } => {
                format!("cooperage logout --authfile {} {}", quoted(path), shown_key(key))
            }
            Self::Configuration(_) | Self::Given => String::new(),
        }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Configuration(words) => f.write_str(words),
            Self::File { path, key } => write!(f, "{path} (entry {})", shown_key(key)),
            Self::Helper { program, path, .. } => write!(f, "{program} (named in {path})"),
            Self::Given => f.write_str("this call"),
        }
    }
}

/// A path as a shell takes it.
fn quoted(path: &str) -> String {
    let plain = path.bytes().all(|b| b.is_ascii_alphanumeric() || b"/._-+:@,".contains(&b));
    if plain { path.to_owned() } else { format!("'{}'", path.replace('\'', r"'\''")) }
}

/// A key as `login` and `logout` take it: without scheme and version.
fn shown_key(key: &str) -> &str {
    let rest = key.split_once("://").map_or(key, |(_, rest)| rest);
    rest.trim_end_matches('/').trim_end_matches("/v1").trim_end_matches("/v2")
}

/// The user name that marks an identity token, as Docker writes it.
pub(super) const TOKEN_USER: &str = "<token>";

/// Why stored sign-ins cannot be used. Never holds a secret.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CredentialsError {
    /// A file that was named, or that exists, cannot be read.
    #[error("the sign-ins in {path} cannot be read: {reason}; mend or remove that file, or name another one with --authfile FILE")]
    File {
        /// The file.
        path: String,
        /// What is wrong, with line and column where known.
        reason: String,
    },
    /// A file cannot be written.
    #[error("the sign-ins in {path} cannot be written: {reason}; it is as it was")]
    Write {
        /// The file.
        path: String,
        /// What the system said.
        reason: String,
    },
    /// There is no place for a sign-in.
    #[error("there is no file to store the sign-in in: neither HOME nor DOCKER_CONFIG is set; name one with --authfile FILE")]
    Nowhere,
    /// A credential helper failed.
    #[error("the credential helper {program} (named in {path}) {failed} for {registry}: {reason}")]
    Helper {
        /// The program.
        program: String,
        /// The file that names it.
        path: String,
        /// What was asked for.
        registry: String,
        /// What it did not do.
        failed: &'static str,
        /// What went wrong.
        reason: String,
    },
}

/// Something that knows sign-ins. May run programs, so it is called where blocking is allowed.
pub trait Credentials: Send + Sync {
    /// The sign-in for a repository of a registry (`docker.io` for Docker Hub), if there is one.
    ///
    /// # Errors
    /// When there may be one, but it cannot be read.
    fn login_for(&self, registry: &str, repository: &str) -> Result<Option<FoundLogin>, CredentialsError>;

    /// Where sign-ins were looked for, for the message that there is none.
    fn searched(&self) -> Vec<String>;

    /// What registries have refused in this run; `None` where nothing is stored.
    fn stale(&self) -> Option<&StaleLogins> {
        None
    }
}

/// What to do about a refusal: no sign-in and one that is no good are told apart.
pub fn advice(registry: &str, login: Option<&FoundLogin>, searched: &[String]) -> String {
    match login {
        Some(FoundLogin { origin: Origin::Given, .. }) => "the user or the password is wrong, or has expired".to_owned(),
        Some(found) => {
            let (user, origin) = (found.user(), &found.origin);
            format!("the sign-in of {user} from {origin} is wrong or has expired; {}", origin.remedy(registry))
        }
        None => {
            let places = if searched.is_empty() { String::new() } else { format!(" in {}", searched.join(", ")) };
            format!("there is no sign-in for {registry}{places}; sign in with: cooperage login {registry}")
        }
    }
}

/// What to do where an engine says that a registry refused it. The engine does not say why: a sign-in that is not
/// known to be stale may also be one that is not allowed to do this.
pub fn engine_advice(credentials: &dyn Credentials, registry: &str, login: Option<&FoundLogin>) -> String {
    match login {
        Some(found) if !credentials.stale().is_some_and(|stale| stale.holds(registry, found)) => {
            let (user, origin) = (found.user(), &found.origin);
            let may = "may not do this, or the sign-in is wrong or has expired";
            format!("it was asked as {user} from {origin}: {user} {may}; {}", origin.remedy(registry))
        }
        other => advice(registry, other, &credentials.searched()),
    }
}

/// No sign-ins at all.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoCredentials;

impl Credentials for NoCredentials {
    fn login_for(&self, _registry: &str, _repository: &str) -> Result<Option<FoundLogin>, CredentialsError> {
        Ok(None)
    }

    fn searched(&self) -> Vec<String> {
        Vec::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn remedies_can_be_pasted_into_a_shell() {
        let file = |path: &str, key: &str| Origin::File { path: path.to_owned(), key: key.to_owned() };
        let text = file("/home/a b/.docker/config.json", "https://index.docker.io/v1/").remedy("docker.io");
        assert!(text.contains("cooperage logout --authfile '/home/a b/.docker/config.json' index.docker.io"), "{text}");
        assert!(text.contains("podman logout leaves that file"), "{text}");
        let text = file("/run/auth.json", "r.example:5000/team").remedy("r.example:5000");
        assert!(text.ends_with("cooperage logout --authfile /run/auth.json r.example:5000/team"), "{text}");
    }
}
