//! What may be shown: the rows of `config show`, and the variables of templates. Neither ever holds a credential.

use super::Config;
use super::keys::{self, KEYS};
use super::layer::Item;
use super::source::Origin;
use serde::Serialize;
use serde_json::{Map, Value};

/// One row of `config show`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ValueRow {
    /// The key: `registry`, `cooperage.jobs`, or a template variable.
    pub key: String,
    /// Its value as it was written; secrets are `***`.
    pub value: Value,
    /// Where it comes from.
    pub origin: Origin,
}

/// The document of `config show`, but for its `v`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ShowDocument {
    /// All values, sorted by key.
    pub values: Vec<ValueRow>,
}

impl Config {
    /// Every value with its origin, sorted by key.
    pub fn values(&self) -> Vec<ValueRow> {
        let mut rows: Vec<ValueRow> = self.rows.iter().map(|row| self.show(row)).collect();
        rows.sort_by(|a, b| a.key.cmp(&b.key));
        rows
    }

    /// The document of `config show`.
    pub fn document(&self) -> ShowDocument {
        ShowDocument { values: self.values() }
    }

    fn show(&self, row: &Item) -> ValueRow {
        let value = row.node.to_value();
        let secret = keys::find(&row.name).is_some_and(|key| key.secret);
        let value = if value.is_null() { value } else { if secret { Value::from("***") } else { self.mask(value) } };
        ValueRow { key: row.name.clone(), value, origin: row.origin.clone() }
    }

    /// Hides the password, wherever else it was written, and credentials in URLs.
    fn mask(&self, value: Value) -> Value {
        match value {
            Value::String(text) if self.is_password(&text) => Value::from("***"),
            Value::String(text) => Value::String(hide_userinfo(&text)),
            Value::Array(items) => items.into_iter().map(|item| self.mask(item)).collect(),
            Value::Object(map) => Value::Object(map.into_iter().map(|(key, value)| (key, self.mask(value))).collect()),
            other => other,
        }
    }

    fn is_password(&self, text: &str) -> bool {
        self.settings.password.as_ref().is_some_and(|password| password.expose() == text)
    }

    fn holds_password(&self, value: &Value) -> bool {
        match value {
            Value::String(text) => self.is_password(text),
            Value::Array(items) => items.iter().any(|item| self.holds_password(item)),
            Value::Object(map) => map.values().any(|value| self.holds_password(value)),
            _ => false,
        }
    }

    /// What templates see: the keys of docker-pkg with their defaults, then unknown root keys in file order.
    ///
    /// Left out are the username, the password, everything under `cooperage:`, and every variable that holds the
    /// password. A variable that merely equals the username stays: a namespace often does.
    pub fn template_variables(&self) -> Map<String, Value> {
        let known = KEYS.iter().filter(|key| key.is_docker_pkg() && !key.secret).map(|key| key.name);
        let strangers = self.rows.iter().map(|row| row.name.as_str()).filter(|name| keys::find(name).is_none());
        let mut variables = Map::new();
        for name in known.chain(strangers) {
            let value = match name {
                "apt_only_proxy" => Value::from(self.settings.apt_only_proxy.clone()),
                _ => self.rows.iter().find(|row| row.name == name).map_or(Value::Null, |row| row.node.to_value()),
            };
            if !self.holds_password(&value) {
                variables.insert(name.to_owned(), value);
            }
        }
        variables
    }
}

/// A text with user and password of URLs in it masked.
pub(crate) fn hide_userinfo(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("://") {
        let (head, tail) = rest.split_at(at + 3);
        shown.push_str(head);
        let authority = tail.find(['/', '?', '#', ' ', '"', '\'', ',']).unwrap_or(tail.len());
        rest = match tail[..authority].rfind('@') {
            Some(end) => {
                shown.push_str("***");
                &tail[end..]
            }
            None => tail,
        };
    }
    shown + rest
}

#[cfg(test)]
mod tests {
    use super::hide_userinfo;

    #[test]
    fn urls_lose_their_credentials() {
        assert_eq!(hide_userinfo("http://me:pw@proxy:3128/x"), "http://***@proxy:3128/x");
        assert_eq!(hide_userinfo("a http://p:1 b https://u@h"), "a http://p:1 b https://***@h");
        assert_eq!(hide_userinfo("ops@example.org"), "ops@example.org");
    }
}
