//! `WWW-Authenticate`: how a registry wants us to sign in (RFC 9110, section 11; the token scheme of distribution).

use reqwest::header::{HeaderMap, WWW_AUTHENTICATE};

/// What a registry asks for with 401.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Challenge {
    /// User and password with every request.
    Basic,
    /// A token from somewhere else.
    Bearer(Bearer),
}

/// Where to get a token, and for what.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Bearer {
    /// The address of the token server.
    pub realm: String,
    /// The name of the registry there.
    pub service: Option<String>,
    /// What the token must allow, as the registry says it.
    pub scope: Option<String>,
    /// Why the token that was sent is not enough: `invalid_token`, `insufficient_scope`.
    pub error: Option<String>,
}

impl Challenge {
    /// The first challenge we can answer; a token before a password.
    pub(super) fn read(headers: &HeaderMap) -> Option<Self> {
        let all: Vec<Self> =
            headers.get_all(WWW_AUTHENTICATE).iter().filter_map(|value| value.to_str().ok()).filter_map(Self::parse).collect();
        all.iter().find(|one| matches!(one, Self::Bearer(_))).or(all.first()).cloned()
    }

    fn parse(text: &str) -> Option<Self> {
        let (scheme, rest) = text.trim().split_once(' ').unwrap_or((text.trim(), ""));
        if scheme.eq_ignore_ascii_case("basic") {
            return Some(Self::Basic);
        }
        if !scheme.eq_ignore_ascii_case("bearer") {
            return None;
        }
        let mut bearer = Bearer::default();
        for (key, value) in parameters(rest) {
            match key.to_ascii_lowercase().as_str() {
                "realm" => bearer.realm = value,
                "service" => bearer.service = Some(value),
                "scope" => bearer.scope = Some(value),
                "error" => bearer.error = Some(value),
                _ => {}
            }
        }
        (!bearer.realm.is_empty()).then_some(Self::Bearer(bearer))
    }
}

/// `key="value",key=value`; commas inside quotes do not separate, `\` quotes the next character.
fn parameters(text: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut rest = text.trim_start();
    while let Some((key, behind)) = rest.split_once('=') {
        let (value, behind) = value(behind.trim_start());
        found.push((key.trim().to_owned(), value));
        rest = behind.trim_start().trim_start_matches(',').trim_start();
    }
    found
}

fn value(text: &str) -> (String, &str) {
    let Some(quoted) = text.strip_prefix('"') else {
        let end = text.find(',').unwrap_or(text.len());
        return (text[..end].trim().to_owned(), &text[end..]);
    };
    let mut value = String::new();
    let mut characters = quoted.char_indices();
    while let Some((at, c)) = characters.next() {
        match c {
            '"' => return (value, &quoted[at + 1..]),
            '\\' => value.extend(characters.next().map(|(_, escaped)| escaped)),
            _ => value.push(c),
        }
    }
    (value, "")
}

#[cfg(test)]
mod tests {
    use super::*;
    use reqwest::header::HeaderValue;

    #[test]
    fn a_scope_with_commas_stays_whole() {
        let text = r#"Bearer realm="https://auth.example/token?x=1",service="registry.example", scope="repository:a/b:pull,push",error=insufficient_scope"#;
        let Some(Challenge::Bearer(bearer)) = Challenge::parse(text) else { panic!("no bearer") };
        assert_eq!(bearer.realm, "https://auth.example/token?x=1");
        assert_eq!(bearer.service.as_deref(), Some("registry.example"));
        assert_eq!(bearer.scope.as_deref(), Some("repository:a/b:pull,push"));
        assert_eq!(bearer.error.as_deref(), Some("insufficient_scope"));
    }

    #[test]
    fn odd_headers_do_not_break_it() {
        assert_eq!(Challenge::parse("basic realm=\"x\""), Some(Challenge::Basic));
        assert_eq!(Challenge::parse("Bearer service=\"x\""), None, "no realm");
        assert_eq!(Challenge::parse("Negotiate"), None);
        assert_eq!(value(r#""a\"b" , c"#), ("a\"b".to_owned(), " , c"));
        assert_eq!(value("\"never closed"), ("never closed".to_owned(), ""));
    }

    #[test]
    fn a_token_is_preferred() {
        let mut headers = HeaderMap::new();
        headers.append(WWW_AUTHENTICATE, HeaderValue::from_static("Basic realm=\"x\""));
        headers.append(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"https://t.example\""));
        assert!(matches!(Challenge::read(&headers), Some(Challenge::Bearer(_))));
    }
}
