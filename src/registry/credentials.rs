//! Where sign-ins come from.

use crate::config::Login;

/// A sign-in and where it was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FoundLogin {
    /// User and password, or an identity token under the user `<token>`.
    pub login: Login,
    /// Where it comes from, for messages: `config.yaml`, `/home/u/.docker/config.json`.
    pub origin: String,
}

/// The user name that marks an identity token, as Docker writes it.
pub(super) const TOKEN_USER: &str = "<token>";

/// Why stored sign-ins cannot be used. Never holds a secret.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CredentialsError {
    /// A file that was named, or that exists, cannot be read.
    #[error("the sign-ins in {path} cannot be read: {reason}")]
    File {
        /// The file.
        path: String,
        /// What is wrong, with line and column where known.
        reason: String,
    },
    /// A credential helper failed.
    #[error("the credential helper {program} (named in {path}) gives no sign-in for {registry}: {reason}")]
    Helper {
        /// The program.
        program: String,
        /// The file that names it.
        path: String,
        /// What was asked for.
        registry: String,
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
