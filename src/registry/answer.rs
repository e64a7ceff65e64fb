//! What an answer says, in words, without anything secret.

use super::RegistryError;
use super::transport::Answer;
use reqwest::header::CONTENT_TYPE;
use serde::Deserialize;

/// The errors document of the distribution specification.
#[derive(Deserialize)]
struct Errors {
    errors: Vec<OneError>,
}

#[derive(Deserialize)]
struct OneError {
    #[serde(default)]
    code: String,
    #[serde(default)]
    message: Option<String>,
}

/// An answer that is neither yes nor no.
pub(super) fn unclear(registry: &str, reference: &str, reason: String) -> RegistryError {
    RegistryError::Unclear { host: registry.to_owned(), reference: reference.to_owned(), reason }
}

/// The content type, without parameters, in small letters.
pub(super) fn content_type(answer: &Answer) -> String {
    let value = answer.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

/// Whether this may come from something in between: a proxy, a portal, a router whose way behind it is gone.
pub(super) fn is_foreign(answer: &Answer) -> bool {
    let kind = content_type(answer);
    !answer.headers.contains_key("docker-distribution-api-version") && (kind == "text/html" || kind == "text/plain")
}

/// Status and what the registry says about it, such as `403 Forbidden, DENIED: requested access …`.
pub(super) fn said(answer: &Answer) -> String {
    let status = answer.status.to_string();
    let Ok(document) = serde_json::from_slice::<Errors>(&answer.body) else {
        return if content_type(answer) == "text/html" { format!("{status}, a web page") } else { status };
    };
    let parts: Vec<String> = document.errors.iter().take(3).map(one).collect();
    if parts.is_empty() { status } else { format!("{status}, {}", parts.join("; ")) }
}

/// Whether the registry gives one of these codes of the distribution specification as its reason.
pub(super) fn has_code(answer: &Answer, codes: &[&str]) -> bool {
    serde_json::from_slice::<Errors>(&answer.body).is_ok_and(|document| document.errors.iter().any(|e| codes.contains(&e.code.as_str())))
}

fn one(error: &OneError) -> String {
    let text = match &error.message {
        Some(message) if !message.is_empty() => format!("{}: {message}", error.code),
        _ => error.code.clone(),
    };
    text.chars().filter(|c| !c.is_control()).take(200).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;
    use reqwest::StatusCode;
    use reqwest::header::HeaderMap;

    fn answer(status: u16, kind: &'static str, body: &'static str) -> Answer {
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, kind.parse().unwrap());
        Answer { status: StatusCode::from_u16(status).unwrap(), headers, body: Bytes::from_static(body.as_bytes()) }
    }

    #[test]
    fn the_codes_of_the_specification_are_shown() {
        let body = r#"{"errors":[{"code":"DENIED","message":"no\u001b[31m access","detail":{"x":1}},{"code":"TOOMANYREQUESTS"}]}"#;
        assert_eq!(said(&answer(403, "application/json", body)), "403 Forbidden, DENIED: no[31m access; TOOMANYREQUESTS");
    }

    #[test]
    fn other_bodies_are_not_repeated() {
        assert_eq!(said(&answer(502, "text/html; charset=utf-8", "<h1>oops")), "502 Bad Gateway, a web page");
        assert_eq!(said(&answer(400, "application/xml", "<Signature>x</Signature>")), "400 Bad Request");
    }

    #[test]
    fn pages_are_told_from_registries() {
        assert!(is_foreign(&answer(404, "text/plain; charset=utf-8", "404 page not found")));
        assert!(!is_foreign(&answer(404, "application/json", "{}")));
        let mut ours = answer(404, "text/plain", "");
        ours.headers.insert("docker-distribution-api-version", "registry/2.0".parse().unwrap());
        assert!(!is_foreign(&ours));
    }
}
