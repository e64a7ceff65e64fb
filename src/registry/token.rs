//! Tokens: got from the token server that the registry names, kept while they are good.

use super::auth::Standing;
use super::challenge::Bearer;
use super::credentials::{FoundLogin, TOKEN_USER};
use super::host::lock;
use super::patience::answer_date;
use super::transport::{Answer, Call, Transport, authority};
use super::{RegistryError, answer};
use base64::Engine as _;
use bytes::Bytes;
use reqwest::header::{HeaderMap, HeaderValue};
use reqwest::{Method, Url};
use serde::Deserialize;
use std::collections::HashMap;
use std::sync::Mutex;
use std::time::{Duration, Instant};

/// A token that does not say how long it is good: distribution's token specification says 60 seconds.
const DEFAULT_SECONDS: u64 = 60;

/// The most bytes of a token server's answer.
const TOKEN_LIMIT: u64 = 1 << 20;

/// The tokens of one registry, by what they allow.
#[derive(Default)]
pub(super) struct Tokens {
    held: Mutex<HashMap<String, Held>>,
}

#[derive(Clone)]
struct Held {
    header: HeaderValue,
    login: Option<FoundLogin>,
    until: Instant,
}

impl Tokens {
    /// A token for `scope` that is still good.
    pub(super) fn get(&self, scope: &str) -> Option<Standing> {
        let held = lock(&self.held).get(scope).filter(|held| held.until > Instant::now()).cloned()?;
        Some(Standing::Token { header: held.header, login: held.login, fresh: false })
    }

    /// Forgets what the registry no longer accepts.
    pub(super) fn forget(&self, scope: &str) {
        lock(&self.held).remove(scope);
    }

    fn keep(&self, scope: &str, header: HeaderValue, login: Option<FoundLogin>, seconds: u64) {
        // A tenth is left, so that a token does not end on its way.
        let until = Instant::now() + Duration::from_secs(seconds.min(86_400)).mul_f64(0.9);
        lock(&self.held).insert(scope.to_owned(), Held { header, login, until });
    }
}

/// The document a token server answers with.
#[derive(Deserialize)]
struct TokenDocument {
    #[serde(default)]
    token: Option<String>,
    #[serde(default)]
    access_token: Option<String>,
    #[serde(default)]
    expires_in: Option<u64>,
    #[serde(default)]
    issued_at: Option<String>,
}

impl TokenDocument {
    /// How many seconds the token is still good. Token servers may hand out one that they made earlier; its age is
    /// measured by the server's own clock, so one that is wrong here does no harm.
    fn seconds_left(&self, headers: &HeaderMap) -> u64 {
        let issued = self.issued_at.as_ref().and_then(|text| text.parse::<jiff::Timestamp>().ok());
        let age = issued.zip(answer_date(headers)).and_then(|(issued, now)| now.duration_since(issued.into()).ok());
        self.expires_in.unwrap_or(DEFAULT_SECONDS).saturating_sub(age.unwrap_or_default().as_secs())
    }
}

/// What a token is wanted for.
pub(super) struct Wish<'a> {
    /// Where to get it.
    pub bearer: &'a Bearer,
    /// What it must allow; several are separated by blanks.
    pub scope: &'a str,
    /// Under which name it is kept.
    pub key: &'a str,
    /// Who we are.
    pub login: Option<FoundLogin>,
    /// The registry, for messages.
    pub registry: &'a str,
    /// What it is about, for messages.
    pub subject: &'a str,
}

/// Gets a token, or the token server's refusal.
pub(super) async fn fetch(transport: &Transport, tokens: &Tokens, wish: Wish<'_>) -> Result<Result<Standing, Refusal>, RegistryError> {
    let unclear = |reason: String| answer::unclear(wish.registry, wish.subject, reason);
    let realm = realm(transport, &wish)?;
    let server = authority(&realm);
    let (call, authorization) = request(realm, &wish);
    let answer = transport.send(&call, authorization.as_ref()).await?;
    if matches!(answer.status.as_u16(), 401 | 403) {
        return Ok(Err(Refusal { answer, server, login: wish.login }));
    }
    if !answer.status.is_success() {
        return Err(unclear(format!("its token server {server} answers {}", answer::said(&answer))));
    }
    let document: TokenDocument = serde_json::from_slice(&answer.body)
        .map_err(|e| unclear(format!("its token server {server} sends no token (line {}, column {})", e.line(), e.column())))?;
    let seconds = document.seconds_left(&answer.headers);
    let token = document.token.or(document.access_token).filter(|token| !token.is_empty());
    let header = token.and_then(|token| sensitive(&format!("Bearer {token}")));
    let header = header.ok_or_else(|| unclear(format!("its token server {server} sends no token")))?;
    tokens.keep(wish.key, header.clone(), wish.login.clone(), seconds);
    Ok(Ok(Standing::Token { header, login: wish.login, fresh: true }))
}

/// The token server said no.
pub(super) struct Refusal {
    pub answer: Answer,
    pub server: String,
    pub login: Option<FoundLogin>,
}

/// The address of the token server, without a sign-in in it. Tokens and passwords go over HTTPS only, or to
/// hosts that may be spoken to without.
fn realm(transport: &Transport, wish: &Wish<'_>) -> Result<Url, RegistryError> {
    let unclear = |reason: &str| answer::unclear(wish.registry, wish.subject, reason.to_owned());
    let mut url = Url::parse(&wish.bearer.realm).map_err(|_| unclear("the token server it names has no readable address"))?;
    let _ = url.set_username("");
    let _ = url.set_password(None);
    if !transport.may_ask(&url)? {
        let server = authority(&url);
        return Err(unclear(&format!("its token server {server} has no TLS; list it in `insecure_registries` if that is meant")));
    }
    Ok(url)
}

fn request(mut url: Url, wish: &Wish<'_>) -> (Call, Option<HeaderValue>) {
    let identity = wish.login.as_ref().filter(|found| found.login.username == TOKEN_USER);
    let (method, body, authorization) = match identity {
        Some(found) => (Method::POST, Some(refresh_form(found, wish, &url)), None),
        None => {
            let mut query = url.query_pairs_mut();
            query.extend_pairs(wish.bearer.service.iter().map(|service| ("service", service)));
            query.extend_pairs(wish.scope.split_whitespace().map(|scope| ("scope", scope)));
            drop(query);
            (Method::GET, None, wish.login.as_ref().and_then(basic))
        }
    };
    let (registry, subject) = (wish.registry.to_owned(), wish.subject.to_owned());
    (Call { method, url, body, limit: TOKEN_LIMIT, bounded: true, once: false, registry, subject }, authorization)
}

/// The OAuth2 form that turns an identity token into a token (distribution's "oauth" token specification).
fn refresh_form(found: &FoundLogin, wish: &Wish<'_>, realm: &Url) -> (String, Bytes) {
    // A form is written as the query of an address is.
    let mut form = realm.clone();
    form.set_query(None);
    form.query_pairs_mut()
        .append_pair("grant_type", "refresh_token")
        .append_pair("client_id", "cooperage")
        .append_pair("service", wish.bearer.service.as_deref().unwrap_or_default())
        .append_pair("scope", wish.scope)
        .append_pair("refresh_token", found.login.password.expose());
    let text = form.query().unwrap_or_default().to_owned();
    ("application/x-www-form-urlencoded".to_owned(), Bytes::from(text))
}

/// User and password as a header; `None` where they cannot stand in one.
pub(super) fn basic(found: &FoundLogin) -> Option<HeaderValue> {
    let pair = format!("{}:{}", found.login.username, found.login.password.expose());
    sensitive(&format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(pair)))
}

/// A header that no log shows.
fn sensitive(text: &str) -> Option<HeaderValue> {
    let mut value = HeaderValue::from_str(text).ok()?;
    value.set_sensitive(true);
    Some(value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use reqwest::header::DATE;

    fn left(document: &str, date: Option<&'static str>) -> u64 {
        let headers = date.map(|date| (DATE, HeaderValue::from_static(date))).into_iter().collect();
        serde_json::from_str::<TokenDocument>(document).unwrap().seconds_left(&headers)
    }

    #[test]
    fn a_token_that_was_made_earlier_ends_earlier() {
        let date = Some("Wed, 21 Oct 2015 07:28:00 GMT");
        assert_eq!(left(r#"{"expires_in":300,"issued_at":"2015-10-21T07:26:00Z"}"#, date), 180);
        assert_eq!(left(r#"{"expires_in":300,"issued_at":"2015-10-21T07:00:00.123Z"}"#, date), 0, "over");
        assert_eq!(left(r#"{"expires_in":300,"issued_at":"2015-10-21T08:00:00Z"}"#, date), 300, "not yet made");
        assert_eq!(left(r#"{"expires_in":300,"issued_at":"2015-10-21T07:26:00Z"}"#, None), 300, "nothing to compare with");
        assert_eq!(left(r#"{"issued_at":"soon"}"#, date), DEFAULT_SECONDS);
    }
}
