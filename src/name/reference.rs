//! References: where an image stands in a registry.

use super::{Digest, Tag, TagError};
use std::fmt;

/// Registry host / repository : tag and/or @ digest.
///
/// The text is kept as it was written (`debian:12` stays so); what Docker means by it is asked for with
/// [`Reference::registry`] and [`Reference::repository`].
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Reference {
    host: Option<String>,
    path: String,
    tag: Option<Tag>,
    digest: Option<Digest>,
}

/// Why a text is no reference.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReferenceError {
    /// No repository in it.
    #[error("the reference \"{0}\" has no repository")]
    Empty(String),
    /// A part of the path that registries refuse.
    #[error(
        "\"{component}\" in the reference \"{reference}\" is not a valid part of a repository; lower case letters, digits and single '.', '_', '__' or '-' between them are"
    )]
    Component {
        /// The text that was given.
        reference: String,
        /// The part that is wrong.
        component: String,
    },
    /// A repository that registries refuse for its length.
    #[error("the repository in the reference \"{reference}\" has {length} characters, registries accept {LONGEST_PATH}")]
    TooLong {
        /// The text that was given.
        reference: String,
        /// Its characters, without host and tag.
        length: usize,
    },
    /// The host is not one.
    #[error("\"{host}\" in the reference \"{reference}\" is not a host, or host:port")]
    Host {
        /// The text that was given.
        reference: String,
        /// The part that is wrong.
        host: String,
    },
    /// The tag is not one.
    #[error("in the reference \"{reference}\": {source}")]
    Tag {
        /// The text that was given.
        reference: String,
        /// What is wrong with the tag.
        source: TagError,
    },
    /// The digest is not one.
    #[error("in the reference \"{0}\": what stands behind '@' is not a digest (sha256: and 64 hex digits)")]
    Digest(String),
}

/// The longest repository, in characters: `RepositoryNameTotalLengthMax` of distribution's `reference` package.
const LONGEST_PATH: usize = 255;

/// The host Docker means when none is written.
const DOCKER_HUB: &str = "docker.io";

impl Reference {
    /// Reads a reference as Docker does: the first part is a host when it holds a `.` or a `:` or is `localhost`.
    ///
    /// Source: the grammar of distribution's `reference` package.
    ///
    /// # Errors
    /// When a part of it is not what registries accept.
    pub fn parse(text: &str) -> Result<Self, ReferenceError> {
        let (rest, digest) = match text.split_once('@') {
            Some((rest, digest)) => {
                let digest = Digest::parse(digest).ok_or_else(|| ReferenceError::Digest(text.to_owned()))?;
                (rest, Some(digest))
            }
            None => (text, None),
        };
        let (name, tag) = match rest.rsplit_once(':') {
            Some((name, tag)) if !tag.contains('/') => {
                let tag = Tag::parse(tag).map_err(|source| ReferenceError::Tag { reference: text.to_owned(), source })?;
                (name, Some(tag))
            }
            _ => (rest, None),
        };
        let (host, path) = match name.split_once('/') {
            Some((first, path)) if first.contains(['.', ':']) || first == "localhost" => (Some(first), path),
            _ => (None, name),
        };
        check_host(text, host)?;
        check_path(text, path)?;
        Ok(Self { host: host.map(str::to_owned), path: path.to_owned(), tag, digest })
    }

    /// The reference of `registry/namespace/name:tag`; empty parts are left out, as docker-pkg does.
    ///
    /// # Errors
    /// When the parts together are not a reference.
    pub fn compose(registry: &str, namespace: &str, name: &str, tag: &str) -> Result<Self, ReferenceError> {
        let parts: Vec<&str> = [registry, namespace, name].into_iter().filter(|part| !part.is_empty()).collect();
        Self::parse(&format!("{}:{tag}", parts.join("/")))
    }

    /// The registry's host (and port) as Docker means it: `docker.io` when none is written.
    pub fn registry(&self) -> &str {
        self.host.as_deref().unwrap_or(DOCKER_HUB)
    }

    /// The host as it was written, if one was.
    pub fn host(&self) -> Option<&str> {
        self.host.as_deref()
    }

    /// The repository as the registry knows it: `library/debian` for `debian`.
    pub fn repository(&self) -> String {
        if self.registry() == DOCKER_HUB && !self.path.contains('/') { format!("library/{}", self.path) } else { self.path.clone() }
    }

    /// Host and path as they were written, without tag and digest.
    pub fn name(&self) -> String {
        match &self.host {
            Some(host) => format!("{host}/{}", self.path),
            None => self.path.clone(),
        }
    }

    /// The same reference as Docker understands it, host and `library/` written out, for comparing.
    #[must_use]
    pub fn canonical(&self) -> Self {
        Self { host: Some(self.registry().to_owned()), path: self.repository(), tag: self.tag.clone(), digest: self.digest.clone() }
    }

    /// The tag, if one was written.
    pub fn tag(&self) -> Option<&Tag> {
        self.tag.as_ref()
    }

    /// The digest, if one was written.
    pub fn digest(&self) -> Option<&Digest> {
        self.digest.as_ref()
    }

    /// The same repository under another tag, without a digest.
    #[must_use]
    pub fn with_tag(&self, tag: Tag) -> Self {
        Self { tag: Some(tag), digest: None, ..self.clone() }
    }

    /// The same repository by digest, without a tag.
    #[must_use]
    pub fn with_digest(&self, digest: Digest) -> Self {
        Self { tag: None, digest: Some(digest), ..self.clone() }
    }

    /// The repository alone, without tag and digest.
    #[must_use]
    pub fn bare(&self) -> Self {
        Self { tag: None, digest: None, ..self.clone() }
    }

    /// What stands behind `/manifests/` when a registry is asked: the digest, else the tag, else `latest`.
    pub fn manifest_name(&self) -> &str {
        match (&self.digest, &self.tag) {
            (Some(digest), _) => digest.as_str(),
            (None, Some(tag)) => tag.as_str(),
            (None, None) => "latest",
        }
    }
}

fn check_host(reference: &str, host: Option<&str>) -> Result<(), ReferenceError> {
    let Some(host) = host else { return Ok(()) };
    let (name, port) = match host.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((_, "")) => ("ipv6", None),
        Some((_, port)) => ("ipv6", Some(port.strip_prefix(':').unwrap_or("-"))),
        None => host.split_once(':').map_or((host, None), |(name, port)| (name, Some(port))),
    };
    let name_is_good =
        !name.is_empty() && name.split('.').all(|label| !label.is_empty() && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-'));
    let port_is_good = port.is_none_or(|port| port.parse::<u16>().is_ok());
    if name_is_good && port_is_good {
        return Ok(());
    }
    Err(ReferenceError::Host { reference: reference.to_owned(), host: host.to_owned() })
}

fn check_path(reference: &str, path: &str) -> Result<(), ReferenceError> {
    if path.is_empty() {
        return Err(ReferenceError::Empty(reference.to_owned()));
    }
    if path.len() > LONGEST_PATH {
        return Err(ReferenceError::TooLong { reference: reference.to_owned(), length: path.len() });
    }
    match path.split('/').find(|component| !is_component(component)) {
        Some(bad) => Err(ReferenceError::Component { reference: reference.to_owned(), component: bad.to_owned() }),
        None => Ok(()),
    }
}

/// `[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*`
fn is_component(text: &str) -> bool {
    let alphanumeric = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
    let ends_are_good = text.bytes().next().is_some_and(alphanumeric) && text.bytes().next_back().is_some_and(alphanumeric);
    ends_are_good
        && text.bytes().all(|b| alphanumeric(b) || matches!(b, b'.' | b'_' | b'-'))
        && text
            .split(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit())
            .all(|separator| matches!(separator, "" | "." | "_" | "__") || separator.bytes().all(|b| b == b'-'))
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(host) = &self.host {
            write!(f, "{host}/")?;
        }
        f.write_str(&self.path)?;
        if let Some(tag) = &self.tag {
            write!(f, ":{tag}")?;
        }
        if let Some(digest) = &self.digest {
            write!(f, "@{digest}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_is_not_a_tag() {
        let r = Reference::parse("localhost:5000/releng/x:1.0").unwrap();
        assert_eq!((r.registry(), r.repository().as_str(), r.tag().unwrap().as_str()), ("localhost:5000", "releng/x", "1.0"));
        let r = Reference::parse("localhost:5000/x").unwrap();
        assert_eq!((r.registry(), r.tag()), ("localhost:5000", None));
        assert_eq!(r.manifest_name(), "latest");
    }

    #[test]
    fn docker_hub_is_what_no_host_means() {
        let r = Reference::parse("debian:12").unwrap();
        assert_eq!((r.registry(), r.repository().as_str()), ("docker.io", "library/debian"));
        let r = Reference::parse("releng/x:1").unwrap();
        assert_eq!((r.registry(), r.repository().as_str(), r.to_string().as_str()), ("docker.io", "releng/x", "releng/x:1"));
    }

    #[test]
    fn what_docker_leaves_out_compares_equal() {
        let same = |a: &str, b: &str| Reference::parse(a).unwrap().canonical() == Reference::parse(b).unwrap().canonical();
        assert!(same("debian:12", "docker.io/library/debian:12"));
        assert!(same("docker.io/ns/x:1", "ns/x:1"));
        assert!(!same("h.example/x:1", "x:1"));
    }

    #[test]
    fn text_survives() {
        let digest = Digest::of(b"x");
        for text in ["a", "a:1", "h.example/a/b-c__d:1", "localhost/a", "[::1]:5000/a:1", &format!("a:1@{digest}")] {
            assert_eq!(Reference::parse(text).unwrap().to_string(), text);
        }
    }

    #[test]
    fn empty_parts_are_left_out() {
        assert_eq!(Reference::compose("", "", "x", "1").unwrap().to_string(), "x:1");
        assert_eq!(Reference::compose("h:1", "", "x", "1").unwrap().to_string(), "h:1/x:1");
        assert_eq!(Reference::compose("h:1", "n/m", "x", "1").unwrap().to_string(), "h:1/n/m/x:1");
    }

    #[test]
    fn refuses_what_registries_refuse() {
        for bad in ["", "A/b", "a//b", "a:b~", "a_:1", "a..b", "h.example:99999/a", "h.example/", "a@sha256:1", "a___b"] {
            assert!(Reference::parse(bad).is_err(), "{bad}");
        }
        let longest = "a".repeat(LONGEST_PATH);
        assert!(Reference::parse(&format!("h.example/{longest}:1")).is_ok());
        assert_eq!(
            Reference::parse(&format!("{longest}a")).unwrap_err().to_string().split(" has ").nth(1),
            Some("256 characters, registries accept 255")
        );
    }
}
