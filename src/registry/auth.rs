//! Signing in: answers a registry's challenge, remembers what it wants, renews what has run out.

use super::challenge::{Bearer, Challenge};
use super::credentials::{Credentials, FoundLogin};
use super::host::{Host, Wanted};
use super::manifest::MANIFEST_LIMIT;
use super::token::{self, Refusal, Wish};
use super::transport::{Answer, Call, Transport};
use super::{RegistryError, answer};
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
    /// As nobody, because this sign-in is known to be refused.
    Stale { login: FoundLogin },
}

impl Standing {
    fn header(&self) -> Option<&HeaderValue> {
        match self {
            Self::Basic { header, .. } | Self::Token { header, .. } => Some(header),
            Self::Anonymous | Self::Refused { .. } | Self::Stale { .. } => None,
        }
    }
}

/// An answer and as whom it was asked for.
pub(super) struct Reply {
    pub answer: Answer,
    pub standing: Standing,
    /// Whether the same was asked without any sign-in before, and refused.
    closed_to_strangers: bool,
}

impl Reply {
    fn new(answer: Answer, standing: Standing) -> Self {
        Self { answer, standing, closed_to_strangers: false }
    }

    /// The sign-in that the registry or its token server does not take.
    fn refused_login(&self) -> Option<&FoundLogin> {
        match &self.standing {
            Standing::Basic { login, .. } if self.answer.status == StatusCode::UNAUTHORIZED => Some(login),
            Standing::Refused { login, .. } => login.as_ref(),
            _ => None,
        }
    }

    /// Whether a stranger was let in: what is asked for was shown, or is certainly not there.
    fn is_open(&self) -> bool {
        let status = self.answer.status;
        status.is_success() || (status == StatusCode::NOT_FOUND && !answer::is_foreign(&self.answer))
    }
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
    /// Whether to ask without any sign-in.
    pub as_stranger: bool,
}

impl Aim<'_> {
    /// What a token must allow; several are separated by blanks. Empty for the registry itself.
    fn scope(&self) -> String {
        if self.repository.is_empty() {
            return String::new();
        }
        let own = format!("repository:{}:{}", self.repository, self.actions);
        self.also.map_or_else(|| own.clone(), |source| format!("{own} {}", pull_of(source)))
    }

    /// What the registry says a token must allow, and what it may have left out: where a mount comes from.
    fn widened(&self, challenged: Option<&str>) -> String {
        let Some(scope) = challenged else { return self.scope() };
        let missing = self.also.filter(|source| !scope.split(' ').any(|one| one.starts_with(&format!("repository:{source}:"))));
        missing.map_or_else(|| scope.to_owned(), |source| format!("{scope} {}", pull_of(source)))
    }

    /// Under what a token is kept: a stranger's is another one.
    fn key(&self) -> String {
        if self.as_stranger { format!("stranger {}", self.scope()) } else { self.scope() }
    }

    fn only_reads(&self) -> bool {
        self.actions == "pull" && !self.as_stranger
    }
}

fn pull_of(repository: &str) -> String {
    format!("repository:{repository}:pull")
}

/// A sign-in, or the token server's refusal.
type Entry = Result<Standing, Refusal>;

impl Door {
    /// Sends a call. What only reads is asked once more without a stored sign-in that is refused: an expired one shuts
    /// out even from what is open to all. Nothing is ever written so.
    pub(super) async fn ask(&self, aim: Aim<'_>, call: &Call) -> Result<Reply, RegistryError> {
        if !aim.only_reads() {
            return self.ask_as(aim, call).await;
        }
        let stranger = Aim { as_stranger: true, ..aim };
        if let Some(login) = self.known_to_be_stale(aim).await? {
            let reply = self.ask_as(stranger, call).await?;
            return Ok(if reply.is_open() { reply } else { Reply { standing: Standing::Stale { login }, ..reply } });
        }
        let reply = self.ask_as(aim, call).await?;
        let Some(login) = reply.refused_login().filter(|_| !reply.closed_to_strangers) else { return Ok(reply) };
        let again = self.ask_as(stranger, call).await?;
        if !again.is_open() {
            return Ok(reply);
        }
        if let Some(stale) = self.credentials.stale() {
            stale.note(aim.registry, login);
        }
        Ok(again)
    }

    async fn known_to_be_stale(&self, aim: Aim<'_>) -> Result<Option<FoundLogin>, RegistryError> {
        if !self.credentials.stale().is_some_and(|stale| stale.any_for(aim.registry)) {
            return Ok(None);
        }
        let found = self.login(aim).await?;
        Ok(found.filter(|found| self.credentials.stale().is_some_and(|stale| stale.holds(aim.registry, found))))
    }

    /// Sends a call; signs in when the registry asks, and once more when what we have has run out.
    async fn ask_as(&self, aim: Aim<'_>, call: &Call) -> Result<Reply, RegistryError> {
        let mut closed_to_strangers = false;
        let mut standing = match self.remembered(aim).await? {
            Ok(standing) => standing,
            Err(refusal) => return Ok(refused(refusal)),
        };
        // Three at most: what is remembered, what the challenge asks for, and what it asks for then.
        for _ in 0..2 {
            let answer = self.transport.send(call, standing.header()).await?;
            let challenge = self.challenge(aim, call, &standing, &answer).await?;
            let Some(challenge) = challenge.filter(|challenge| is_worth_a_try(&standing, challenge)) else {
                return Ok(Reply { closed_to_strangers, ..Reply::new(answer, standing) });
            };
            // With tokens, a stranger's own may still open it.
            closed_to_strangers |= matches!((&standing, &challenge), (Standing::Anonymous, Challenge::Basic));
            standing = match self.enter(aim, challenge).await? {
                Ok(Standing::Anonymous) => return Ok(Reply::new(answer, Standing::Anonymous)),
                Ok(entered) => entered,
                Err(refusal) => return Ok(refused(refusal)),
            };
        }
        let answer = self.transport.send(call, standing.header()).await?;
        Ok(Reply { closed_to_strangers, ..Reply::new(answer, standing) })
    }

    /// What a request is to be signed with, as far as that is known; for bodies that are sent once. What only reads
    /// goes without a sign-in that is known to be refused.
    pub(super) async fn header(&self, aim: Aim<'_>) -> Result<Option<HeaderValue>, RegistryError> {
        let is_stale = aim.only_reads() && self.known_to_be_stale(aim).await?.is_some();
        let aim = if is_stale { Aim { as_stranger: true, ..aim } } else { aim };
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
                let ping =
                    Call { method: Method::GET, url, body: None, limit: MANIFEST_LIMIT, bounded: true, once: false, registry, subject };
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
            Some(Wanted::Bearer(bearer)) => match aim.host.tokens.get(&aim.key()) {
                Some(standing) => Ok(Ok(standing)),
                None => self.token(aim, &bearer, &aim.scope()).await,
            },
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
                aim.host.tokens.forget(&aim.key());
                let scope = aim.widened(bearer.scope.as_deref());
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
        let wish = Wish { bearer, scope, key: &aim.key(), login, registry: aim.registry, subject: aim.subject };
        token::fetch(&self.transport, &aim.host.tokens, wish).await
    }

    /// Asks for the sign-in where blocking is allowed: a credential helper is a program.
    async fn login(&self, aim: Aim<'_>) -> Result<Option<FoundLogin>, RegistryError> {
        if aim.as_stranger {
            return Ok(None);
        }
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
    Reply::new(refusal.answer, Standing::Refused { server: refusal.server, login: refusal.login })
}

#[cfg(test)]
mod tests {
    use super::super::RegistryOptions;
    use super::super::tls::Tls;
    use super::*;

    #[test]
    fn a_mount_needs_both_repositories_in_one_token() {
        let options = RegistryOptions::default();
        let host = Host::new("r.example", &options, &Tls::load(&options).unwrap(), None).unwrap();
        let (registry, repository, subject) = ("r.example", "b/new", "");
        let aim = Aim { host: &host, registry, repository, actions: "pull,push", subject, also: Some("a/old"), as_stranger: false };
        let both = "repository:b/new:pull,push repository:a/old:pull";
        assert_eq!(aim.scope(), both);
        assert_eq!(aim.widened(None), both);
        assert_eq!(aim.widened(Some("repository:b/new:pull,push")), both);
        assert_eq!(aim.widened(Some("repository:a/old:pull repository:b/new:push")), "repository:a/old:pull repository:b/new:push");
        let plain = Aim { also: None, ..aim };
        assert_eq!(plain.widened(Some("repository:mirror/b/new:pull")), "repository:mirror/b/new:pull", "the registry knows best");
        assert_ne!(plain.key(), Aim { as_stranger: true, ..plain }.key());
        assert_eq!(Aim { repository: "", ..plain }.scope(), "");
    }
}
