//! The token scheme of distribution in front of an open registry: challenge, token server, tokens.

use super::wire::Head;
use base64::Engine as _;
use std::collections::HashMap;

/// Who may enter, and how tokens are given.
#[derive(Clone, Debug)]
pub struct Gate {
    pub user: String,
    pub password: String,
    /// A token that may be changed for one instead of user and password.
    pub identity_token: Option<String>,
    /// Whether those without a sign-in get a token too (it opens repositories that begin with `public/`).
    pub anonymous: bool,
    /// What tokens say about their life, in seconds.
    pub expires_in: Option<u64>,
    /// Where tokens are said to be; by default at the gate itself.
    pub realm: Option<String>,
    /// What was given so far.
    pub issued: Issued,
}

/// The tokens that are good, and whether they were got with a sign-in.
#[derive(Clone, Debug, Default)]
pub struct Issued {
    good: HashMap<String, bool>,
    count: usize,
}

/// Status, headers and body.
pub type Refusal = (u16, Vec<(String, String)>, Vec<u8>);

impl Gate {
    pub fn new(user: &str, password: &str) -> Self {
        let (user, password) = (user.to_owned(), password.to_owned());
        Self { user, password, identity_token: None, anonymous: true, expires_in: Some(300), realm: None, issued: Issued::default() }
    }

    pub(super) fn revoke(&mut self) {
        self.issued.good.clear();
    }

    /// What to answer instead of asking the registry; `None` lets the request through.
    pub(super) fn check(&mut self, head: &Head, form: &[u8], own: &str) -> Option<Refusal> {
        if head.word(1).starts_with("/token") {
            return Some(self.token(head, form));
        }
        let repository = repository(head.word(1));
        let token = head.get("authorization").and_then(|value| value.strip_prefix("Bearer "));
        let error = match token.map(|token| self.issued.good.get(token)) {
            Some(Some(signed_in)) => {
                let open = repository.starts_with("public/") || repository.is_empty();
                let hidden = repository.starts_with("hidden/");
                if open || (*signed_in && !hidden) {
                    return None;
                }
                ",error=\"insufficient_scope\""
            }
            Some(None) => ",error=\"invalid_token\"",
            None => "",
        };
        Some(self.challenge(head, &repository, own, error))
    }

    fn challenge(&self, head: &Head, repository: &str, own: &str, error: &str) -> Refusal {
        let actions = if matches!(head.word(0), "GET" | "HEAD") { "pull" } else { "pull,push" };
        let scope = if repository.is_empty() { String::new() } else { format!(",scope=\"repository:{repository}:{actions}\"") };
        let realm = self.realm.clone().unwrap_or_else(|| format!("http://{own}/token"));
        let value = format!("Bearer realm=\"{realm}\",service=\"faults\"{scope}{error}");
        let mut refusal = no(401);
        refusal.1.push(("WWW-Authenticate".to_owned(), value));
        refusal
    }

    fn token(&mut self, head: &Head, form: &[u8]) -> Refusal {
        let form = String::from_utf8_lossy(form);
        let refreshed = self.identity_token.as_ref().is_some_and(|token| form.contains(&format!("refresh_token={token}")));
        let basic = head.get("authorization").and_then(|value| value.strip_prefix("Basic "));
        let expected = base64::engine::general_purpose::STANDARD.encode(format!("{}:{}", self.user, self.password));
        let signed_in = match basic {
            Some(given) if given == expected => true,
            Some(_) => return no(401),
            None if refreshed => true,
            None if self.anonymous && form.is_empty() => false,
            None => return no(401),
        };
        self.issued.count += 1;
        let token = format!("secret-token-{}", self.issued.count);
        self.issued.good.insert(token.clone(), signed_in);
        let expires = self.expires_in.map_or(String::new(), |seconds| format!(",\"expires_in\":{seconds}"));
        (200, json(), format!("{{\"token\":\"{token}\"{expires}}}").into_bytes())
    }
}

fn json() -> Vec<(String, String)> {
    vec![("Content-Type".to_owned(), "application/json".to_owned())]
}

fn no(status: u16) -> Refusal {
    (status, json(), br#"{"errors":[{"code":"UNAUTHORIZED","message":"authentication required"}]}"#.to_vec())
}

/// `a/b` of `/v2/a/b/manifests/1`.
fn repository(path: &str) -> String {
    let rest = path.strip_prefix("/v2/").unwrap_or_default();
    let end = ["/manifests/", "/blobs/", "/tags/"].iter().find_map(|part| rest.find(part));
    end.map_or_else(String::new, |end| rest[..end].to_owned())
}
