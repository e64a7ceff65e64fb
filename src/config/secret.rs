//! Values that never print.

use serde::{Serialize, Serializer};
use std::fmt;

/// A value that shows as `***` wherever it could be printed or serialised.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret<T>(T);

impl<T> Secret<T> {
    /// Hides a value.
    pub fn new(value: T) -> Self {
        Self(value)
    }

    /// The value itself, for the one place that sends it.
    pub fn expose(&self) -> &T {
        &self.0
    }
}

impl<T> fmt::Debug for Secret<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

impl<T> fmt::Display for Secret<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

impl<T> Serialize for Secret<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str("***")
    }
}

/// What a registry is signed in to with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Login {
    /// The user; `<token>` with an identity token, as docker writes it.
    pub username: String,
    /// The password or identity token.
    pub password: Secret<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_never_shows() {
        let login = Login { username: "u".into(), password: Secret::new("hunter2".into()) };
        assert!(!format!("{login:?} {}", login.password).contains("hunter2"));
        assert_eq!(serde_json::to_string(&login.password).unwrap(), "\"***\"");
        assert_eq!(login.password.expose(), "hunter2");
    }
}
