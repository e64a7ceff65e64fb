//! Trying a sign-in before it is stored.

use super::answer;
use super::auth::{Aim, Door, Standing};
use super::client::server_of;
use super::credentials::{Credentials, CredentialsError, FoundLogin, Origin};
use super::manifest::MANIFEST_LIMIT;
use super::refusal;
use super::transport::{Call, Transport};
use super::{RegistryError, RegistryOptions};
use crate::config::Login;
use reqwest::Method;
use std::sync::Arc;

/// What a registry said to a sign-in that it did not refuse.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Welcome {
    /// It let us in with it.
    LetIn,
    /// It lets everybody in, and so says nothing about the sign-in.
    OpenToAll,
}

/// What somebody has just given, for whatever registry is asked.
struct Given(FoundLogin);

impl Credentials for Given {
    fn login_for(&self, _registry: &str, _repository: &str) -> Result<Option<FoundLogin>, CredentialsError> {
        Ok(Some(self.0.clone()))
    }

    fn searched(&self) -> Vec<String> {
        Vec::new()
    }
}

/// Signs in to a registry (`docker.io` for Docker Hub) at `/v2/`; nothing is stored.
///
/// # Errors
/// [`RegistryError::Denied`] where the registry or its token server refuses; others where it cannot be asked or does
/// not answer as a registry.
pub async fn sign_in(options: RegistryOptions, registry: &str, login: Login) -> Result<Welcome, RegistryError> {
    let credentials = Arc::new(Given(FoundLogin { login, origin: Origin::Given }));
    let door = Door { transport: Transport::new(options)?, credentials };
    let host = door.transport.host(server_of(registry))?;
    let subject = "/v2/";
    let mut url = door.transport.base(&host, registry, subject).await?;
    url.set_path(subject);
    let (named, about) = (registry.to_owned(), subject.to_owned());
    let call =
        Call { method: Method::GET, url, body: None, limit: MANIFEST_LIMIT, bounded: true, once: false, registry: named, subject: about };
    // No retry without the sign-in: it is what is to be tried.
    let aim = Aim { host: &host, registry, repository: "", actions: "pull,push", subject, also: None, as_stranger: false };
    let reply = door.ask(aim, &call).await?;
    match (reply.answer.status.as_u16(), &reply.standing) {
        (200, Standing::Anonymous) => Ok(Welcome::OpenToAll),
        (200, _) => Ok(Welcome::LetIn),
        (status @ (401 | 403), _) => {
            let reason = refusal::reason(&host, registry, &reply, &[]);
            Err(RegistryError::Denied { host: registry.to_owned(), reference: "the sign-in".to_owned(), status, reason })
        }
        _ => Err(answer::unclear(registry, subject, format!("{}; is this a registry?", answer::said(&reply.answer)))),
    }
}
