//! What a sign-in is for: a registry, or a part of it, however a file or a person writes it.

use crate::name::Reference;
use std::fmt;

/// Docker Hub's key in Docker's files since its first version.
pub(super) const HUB_KEY: &str = "https://index.docker.io/v1/";

/// A registry, or a path of repositories on it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Site {
    host: String,
    path: String,
}

impl Site {
    /// Reads what a person gives: `registry.example:5000`, `registry.example/team`, also as an address.
    ///
    /// # Errors
    /// In words, when it names no registry.
    pub fn parse(text: &str) -> Result<Self, String> {
        let site = Self::of_key(text.trim());
        let name = if site.path.is_empty() { format!("{}/x", site.host) } else { format!("{}/{}/x", site.host, site.path) };
        match Reference::parse(&name) {
            Ok(reference) if reference.registry() == site.host => Ok(site),
            _ => Err(format!("{text:?} is no registry; give its host, with the port if it has one, such as registry.example:5000")),
        }
    }

    /// Reads the key of an entry. Keys may be written as addresses: then only the host counts.
    pub(super) fn of_key(key: &str) -> Self {
        let address = key.split_once("://");
        let rest = address.map_or(key, |(_, rest)| rest).trim_end_matches('/');
        let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
        let path = if address.is_some() || matches!(path, "v1" | "v2") { "" } else { path };
        Self { host: plain(host), path: path.to_owned() }
    }

    /// The host, with its port; `docker.io` for Docker Hub.
    pub fn registry(&self) -> &str {
        &self.host
    }

    /// The path of repositories; empty for the whole registry.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// How many parts the path has, if a repository of a registry lies under it.
    pub(super) fn depth_over(&self, registry: &str, repository: &str) -> Option<usize> {
        if self.host != plain(registry) {
            return None;
        }
        if self.path.is_empty() {
            return Some(0);
        }
        let under = repository.strip_prefix(&self.path).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
        under.then(|| self.path.matches('/').count() + 1)
    }

    /// Whether it lies below another one.
    pub(super) fn is_below(&self, other: &Self) -> bool {
        self.path != other.path && other.depth_over(&self.host, &self.path).is_some()
    }

    /// The key that a file gets: Docker's own files name Docker Hub in their own way.
    pub(super) fn key(&self, is_dockers: bool) -> String {
        if self.host == "docker.io" && self.path.is_empty() && is_dockers { HUB_KEY.to_owned() } else { self.to_string() }
    }

    /// The name that helpers keep it under.
    pub(super) fn server(&self) -> String {
        self.key(true)
    }
}

impl fmt::Display for Site {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.host)?;
        if self.path.is_empty() { Ok(()) } else { write!(f, "/{}", self.path) }
    }
}

/// The name that the helper for one registry keeps it under: as the file writes it, but Docker looks Docker Hub up by
/// its host and asks by its old key.
pub(super) fn server_of_key(key: &str) -> &str {
    if key == "index.docker.io" { HUB_KEY } else { key }
}

/// One name for each host; Docker Hub goes by three.
fn plain(host: &str) -> String {
    match host {
        "index.docker.io" | "registry-1.docker.io" => "docker.io".to_owned(),
        other => other.to_ascii_lowercase(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn registries_are_read_however_they_are_written() {
        for (text, shown) in [
            ("r.example", "r.example"),
            ("R.example:5000/", "r.example:5000"),
            ("https://r.example/v2/", "r.example"),
            ("index.docker.io", "docker.io"),
            ("https://index.docker.io/v1/", "docker.io"),
            ("r.example/team/a", "r.example/team/a"),
            ("localhost:5000", "localhost:5000"),
            ("[::1]:5000", "[::1]:5000"),
        ] {
            assert_eq!(Site::parse(text).map(|site| site.to_string()).as_deref(), Ok(shown), "{text}");
        }
        for text in ["", "registry", "r.example?x", "user@r.example", "r.example/Team", "-", "r.example/team:1", "https://"] {
            assert!(Site::parse(text).is_err(), "{text}: {:?}", Site::parse(text));
        }
    }

    #[test]
    fn a_path_is_below_its_registry_and_not_beside_it() {
        let site = |text: &str| Site::parse(text).unwrap();
        assert!(site("r.example/team").is_below(&site("r.example")));
        assert!(site("r.example/team/a").is_below(&site("r.example/team")));
        assert!(!site("r.example/teams").is_below(&site("r.example/team")));
        assert!(!site("r.example").is_below(&site("r.example")) && !site("s.example/a").is_below(&site("r.example")));
    }
}
