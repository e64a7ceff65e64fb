//! A file of sign-ins as a JSON document that is changed in one place and kept in all others, order included.

use super::super::credentials::TOKEN_USER;
use super::site::Site;
use crate::config::Login;
use base64::Engine as _;
use serde::Serialize as _;
use serde_json::{Map, Value};

/// What an entry may hold of a secret.
const SECRETS: [&str; 5] = ["auth", "username", "password", "identitytoken", "registrytoken"];

/// A file's text, to be changed.
pub(super) struct Document {
    root: Map<String, Value>,
}

impl Document {
    /// Reads a text; an empty one is an empty document.
    ///
    /// # Errors
    /// In words, without any value of it.
    pub(super) fn parse(text: &[u8]) -> Result<Self, String> {
        if text.trim_ascii().is_empty() {
            return Ok(Self { root: Map::new() });
        }
        let root: Map<String, Value> = serde_json::from_slice(text)
            .map_err(|e| format!("it is no JSON as docker and podman write it, at line {}, column {}", e.line(), e.column()))?;
        Ok(Self { root })
    }

    /// The text to write, indented with tabs as Docker and podman do.
    pub(super) fn text(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        let formatter = serde_json::ser::PrettyFormatter::with_indent(b"\t");
        // Writing a map with text keys to memory cannot fail.
        let _ = self.root.serialize(&mut serde_json::Serializer::with_formatter(&mut bytes, formatter));
        bytes.push(b'\n');
        bytes
    }

    /// Stores a sign-in, or with `None` an entry that says that a helper has it. Returns the key.
    ///
    /// # Errors
    /// When `auths` is no object.
    pub(super) fn set(&mut self, site: &Site, login: Option<&Login>, is_dockers: bool) -> Result<String, String> {
        let auths = self.auths()?;
        let same: Vec<String> = auths.keys().filter(|key| Site::of_key(key) == *site).cloned().collect();
        let key = same.first().cloned().unwrap_or_else(|| site.key(is_dockers));
        // One registry under two names would be two sign-ins.
        for other in same.iter().skip(1) {
            auths.shift_remove(other);
        }
        let entry = auths.entry(key.clone()).or_insert_with(|| Value::Object(Map::new()));
        let mut fields = entry.as_object().cloned().unwrap_or_default();
        fields.retain(|name, _| !SECRETS.contains(&name.as_str()));
        for (name, value) in login.into_iter().flat_map(fields_of) {
            fields.insert(name.to_owned(), Value::String(value));
        }
        *entry = Value::Object(fields);
        Ok(key)
    }

    /// Removes every entry for exactly this. Returns the keys of those that held something, and of all.
    ///
    /// # Errors
    /// When `auths` is no object.
    pub(super) fn remove(&mut self, site: &Site) -> Result<Gone, String> {
        if self.root.get("auths").is_none_or(Value::is_null) {
            return Ok(Gone::default());
        }
        let auths = self.auths()?;
        let all: Vec<String> = auths.keys().filter(|key| Site::of_key(key) == *site).cloned().collect();
        let holds = |entry: &Value| SECRETS.iter().any(|name| entry.get(name).is_some_and(|value| !value.is_null() && value != ""));
        let with_secret = all.iter().filter(|key| auths.get(*key).is_some_and(holds)).cloned().collect();
        for key in &all {
            auths.shift_remove(key);
        }
        Ok(Gone { with_secret, any: !all.is_empty() })
    }

    fn auths(&mut self) -> Result<&mut Map<String, Value>, String> {
        let auths = self.root.entry("auths").or_insert(Value::Null);
        if auths.is_null() {
            *auths = Value::Object(Map::new());
        }
        auths.as_object_mut().ok_or_else(|| "its `auths` is not an object".to_owned())
    }
}

/// What was removed.
#[derive(Default)]
pub(super) struct Gone {
    /// The keys of entries that held a sign-in.
    pub with_secret: Vec<String>,
    /// Whether anything was removed at all.
    pub any: bool,
}

/// A sign-in as the fields of an entry. An identity token stands beside an `auth` without a password, as Docker writes it.
fn fields_of(login: &Login) -> Vec<(&'static str, String)> {
    let encode = |password: &str| base64::engine::general_purpose::STANDARD.encode(format!("{}:{password}", login.username));
    if login.username == TOKEN_USER {
        return vec![("auth", encode("")), ("identitytoken", login.password.expose().clone())];
    }
    vec![("auth", encode(login.password.expose()))]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Secret;

    fn login(user: &str, password: &str) -> Login {
        Login { username: user.to_owned(), password: Secret::new(password.to_owned()) }
    }

    fn site(text: &str) -> Site {
        Site::parse(text).unwrap()
    }

    #[test]
    fn what_is_not_ours_stays_in_its_order() {
        let text = r#"{"zeta":1,"auths":{"b.example":{"auth":"x","email":"b@b"},"a.example":{"auth":"y"}},"currentContext":"c","HttpHeaders":{"Z":"1","A":"2"}}"#;
        let mut document = Document::parse(text.as_bytes()).unwrap();
        assert_eq!(document.set(&site("b.example"), Some(&login("u", "p")), true).unwrap(), "b.example");
        document.set(&site("c.example"), Some(&login("u", "p")), true).unwrap();
        let written: Value = serde_json::from_slice(&document.text()).unwrap();
        let expected = r#"{"zeta":1,"auths":{"b.example":{"email":"b@b","auth":"dTpw"},"a.example":{"auth":"y"},"c.example":{"auth":"dTpw"}},"currentContext":"c","HttpHeaders":{"Z":"1","A":"2"}}"#;
        assert_eq!(written.to_string(), expected);
        assert_eq!(document.remove(&site("b.example")).unwrap().with_secret, ["b.example"]);
        assert!(!document.remove(&site("b.example")).unwrap().any);
        document.remove(&site("c.example")).unwrap();
        let written: Value = serde_json::from_slice(&document.text()).unwrap();
        assert_eq!(written["auths"].to_string(), r#"{"a.example":{"auth":"y"}}"#);
    }

    #[test]
    fn one_registry_stands_under_one_name() {
        let text = r#"{"auths":{"https://r.example/v1/":{"auth":"a"},"r.example":{"auth":"b"},"r.example/team":{"auth":"c"}}}"#;
        let mut document = Document::parse(text.as_bytes()).unwrap();
        assert_eq!(document.set(&site("r.example"), Some(&login("u", "p")), true).unwrap(), "https://r.example/v1/");
        let written: Value = serde_json::from_slice(&document.text()).unwrap();
        assert_eq!(written.to_string(), r#"{"auths":{"https://r.example/v1/":{"auth":"dTpw"},"r.example/team":{"auth":"c"}}}"#);
    }

    #[test]
    fn docker_hub_and_identity_tokens_are_written_as_docker_does() {
        let mut document = Document::parse(b"").unwrap();
        assert_eq!(document.set(&site("docker.io"), Some(&login("<token>", "idt")), true).unwrap(), "https://index.docker.io/v1/");
        let written: Value = serde_json::from_slice(&document.text()).unwrap();
        assert_eq!(written["auths"]["https://index.docker.io/v1/"].to_string(), r#"{"auth":"PHRva2VuPjo=","identitytoken":"idt"}"#);
        document.set(&site("docker.io"), None, true).unwrap();
        let written: Value = serde_json::from_slice(&document.text()).unwrap();
        assert_eq!(written.to_string(), r#"{"auths":{"https://index.docker.io/v1/":{}}}"#);
        assert_eq!(Document::parse(b"").unwrap().set(&site("docker.io"), None, false).unwrap(), "docker.io");
    }

    #[test]
    fn what_is_no_file_of_sign_ins_is_refused_without_its_text() {
        for text in [&b"[\"hunter2\"]"[..], b"{\"auths\": \"hunter2\"}", b"{\"auths\": {\"a\": hunter2}}"] {
            let result = Document::parse(text).and_then(|mut document| document.set(&site("r.example"), None, true).map(drop));
            let error = result.unwrap_err();
            assert!(!error.contains("hunter2"), "{error}");
        }
    }
}
