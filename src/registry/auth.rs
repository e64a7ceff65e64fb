//! Signing in: answers a registry's challenge, remembers what it wants, renews what has run out.

use super::RegistryError;
use super::challenge::{Bearer, Challenge};
use super::credentials::{Credentials, FoundLogin};
use super::host::{Host, Wanted};
use super::manifest::MANIFEST_LIMIT;
use super::token::{self, Refusal, Wish};
use super::transport::{Answer, Call, Transport};
use reqwest::header::HeaderValue;
use reqwest::{Method, StatusCode};
use std::sync::Arc;

/// As whom a request was sent.
#[derive(Clone)]
pub(super) enum Standing {
    /// As nobody.
    Anonymous,
    /// With user and password.
    Basic { header: HeaderValue, login: FoundLogin },
    /// With a token; it was got with `login`, if there is one. `fresh`: got for this request.
    Token { header: HeaderValue, login: Option<FoundLogin>, fresh: bool },
    /// Not at all: the token server refused. The answer is the token server's.
    Refused { server: String, login: Option<FoundLogin> },
}

impl Standing {
    fn header(&self) -> Option<&HeaderValue> {
        match self {
            Self::Basic { header, .. } | Self::Token { header, .. } => Some(header),
            Self::Anonymous | Self::Refused { .. } => None,
        }
    }
}

/// An answer and as whom it was asked for.
pub(super) struct Reply {
    pub answer: Answer,
    pub standing: Standing,
}

/// Asks with the sign-in that is needed.
pub(super) struct Door {
    pub transport: Transport,
    pub credentials: Arc<dyn Credentials>,
}

/// What is asked for, as far as signing in goes.
#[derive(Clone, Copy)]
pub(super) struct Aim<'a> {
    pub host: &'a Host,
    /// The registry as references name it.
    pub registry: &'a str,
    pub repository: &'a str,
    /// `pull` or `pull,push`.
    pub actions: &'static str,
    pub subject: &'a str,
    /// Another repository that is read on the way: the source of a mount.
    pub also: Option<&'a str>,
}

impl Aim<'_> {
    fn scope(&self) -> String {
        let also = self.also.map_or_else(String::new, |source| format!(" repository:{source}:pull"));
        format!("repository:{}:{}{also}", self.repository, self.actions)
    }
}

/// A sign-in, or the token server's refusal.
type Entry = Result<Standing, Refusal>;

impl Door {
    /// Sends a call; signs in when the registry asks, and once more when what we have has run out.
    pub(super) async fn ask(&self, aim: Aim<'_>, call: &Call) -> Result<Reply, RegistryError> {
        let mut standing = match self.remembered(aim).await? {
            Ok(standing) => standing,
            Err(refusal) => return Ok(refused(refusal)),
        };
        // Three at most: what is remembered, what the challenge asks for, and what it asks for then.
        for _ in 0..2 {
            let answer = self.transport.send(call, standing.header()).await?;
            let challenge = self.challenge(aim, call, &standing, &answer).await?;
            let Some(challenge) = challenge.filter(|challenge| is_worth_a_try(&standing, challenge)) else {
                return Ok(Reply { answer, standing });
            };
            standing = match self.enter(aim, challenge).await? {
                Ok(Standing::Anonymous) => return Ok(Reply { answer, standing: Standing::Anonymous }),
                Ok(entered) => entered,
                Err(refusal) => return Ok(refused(refusal)),
            };
        }
        let answer = self.transport.send(call, standing.header()).await?;
        Ok(Reply { answer, standing })
    }

    /// What a request is to be signed with, as far as that is known; for bodies that are sent once.
    pub(super) async fn header(&self, aim: Aim<'_>) -> Result<Option<HeaderValue>, RegistryError> {
        Ok(self.remembered(aim).await?.ok().and_then(|standing| standing.header().cloned()))
    }

    /// What an answer asks for. Where strangers may enter but not see this, 403 comes without a challenge: then
    /// `/v2/` is asked how to sign in, as Docker does.
    async fn challenge(&self, aim: Aim<'_>, call: &Call, standing: &Standing, answer: &Answer) -> Result<Option<Challenge>, RegistryError> {
        let is_stranger = matches!(standing, Standing::Anonymous) && aim.host.wanted().is_none();
        match answer.status {
            StatusCode::UNAUTHORIZED => Ok(Challenge::read(&answer.headers)),
            StatusCode::FORBIDDEN if is_stranger => {
                let mut url = call.url.clone();
                url.set_path("/v2/");
                url.set_query(None);
                let (registry, subject) = (aim.registry.to_owned(), aim.subject.to_owned());
                let ping = Call { method: Method::GET, url, body: None, limit: MANIFEST_LIMIT, bounded: true, registry, subject };
                Ok(Challenge::read(&self.transport.send(&ping, None).await?.headers))
            }
            _ => Ok(None),
        }
    }

    /// What the host is known to want, without waiting for its challenge.
    async fn remembered(&self, aim: Aim<'_>) -> Result<Entry, RegistryError> {
        match aim.host.wanted() {
            None => Ok(Ok(Standing::Anonymous)),
            Some(Wanted::Basic) => self.basic(aim).await.map(Ok),
            Some(Wanted::Bearer(bearer)) => {
                let scope = aim.scope();
                match aim.host.tokens.get(&scope) {
                    Some(standing) => Ok(Ok(standing)),
                    None => self.token(aim, &bearer, &scope).await,
                }
            }
        }
    }

    async fn enter(&self, aim: Aim<'_>, challenge: Challenge) -> Result<Entry, RegistryError> {
        match challenge {
            Challenge::Basic => {
                aim.host.set_wanted(Wanted::Basic);
                self.basic(aim).await.map(Ok)
            }
            Challenge::Bearer(bearer) => {
                aim.host.set_wanted(Wanted::Bearer(Bearer { scope: None, error: None, ..bearer.clone() }));
                let ours = aim.scope();
                aim.host.tokens.forget(&ours);
                // A registry that knows nothing of mounts asks for one of the two repositories.
                let scope = bearer.scope.clone().filter(|_| aim.also.is_none()).unwrap_or(ours);
                self.token(aim, &bearer, &scope).await
            }
        }
    }

    async fn basic(&self, aim: Aim<'_>) -> Result<Standing, RegistryError> {
        let login = self.login(aim).await?;
        Ok(match login.and_then(|login| token::basic(&login).map(|header| (header, login))) {
            Some((header, login)) => Standing::Basic { header, login },
            None => Standing::Anonymous,
        })
    }

    async fn token(&self, aim: Aim<'_>, bearer: &Bearer, scope: &str) -> Result<Entry, RegistryError> {
        let login = self.login(aim).await?;
        let wish = Wish { bearer, scope, key: &aim.scope(), login, registry: aim.registry, subject: aim.subject };
        token::fetch(&self.transport, &aim.host.tokens, wish).await
    }

    /// Asks for the sign-in where blocking is allowed: a credential helper is a program.
    async fn login(&self, aim: Aim<'_>) -> Result<Option<FoundLogin>, RegistryError> {
        let (credentials, registry, repository) = (self.credentials.clone(), aim.registry.to_owned(), aim.repository.to_owned());
        let asked = tokio::task::spawn_blocking(move || credentials.login_for(&registry, &repository)).await;
        let found = asked.map_err(|e| RegistryError::Setup { host: aim.registry.to_owned(), reason: e.to_string() })?;
        Ok(found?)
    }
}

/// Whether answering the challenge can change anything.
fn is_worth_a_try(standing: &Standing, challenge: &Challenge) -> bool {
    match (standing, challenge) {
        (Standing::Basic { .. }, Challenge::Basic) => false,
        (Standing::Token { fresh, .. }, Challenge::Bearer(_)) => !fresh,
        _ => true,
    }
}

fn refused(refusal: Refusal) -> Reply {
    Reply { answer: refusal.answer, standing: Standing::Refused { server: refusal.server, login: refusal.login } }
}
