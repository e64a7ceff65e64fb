//! Names in the one repository for everything: `NS/NAME:TAG` is the tag `NS_NAME_TAG` there.

use crate::name::{Digest, Reference, Tag, TagError};
use jiff::civil::DateTime;
use std::fmt;

/// What stands between time and tag of a backup: tags keep a digest alive that a registry would collect otherwise.
const BACKUP: &str = "_prune_";
/// Characters that the prefix of a backup takes: fourteen digits and [`BACKUP`].
const BACKUP_LENGTH: usize = 14 + BACKUP.len();
/// The longest tag in characters, by the OCI distribution specification.
const LONGEST: usize = 128;
/// Parts that only tags made on the way have.
const RESERVED: [&str; 4] = [BACKUP, "_incoming", "__pre", "__post1"];

/// An image in a stream, `namespace/name:tag`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct StreamTag {
    /// The namespace.
    pub namespace: String,
    /// The stream.
    pub name: String,
    /// The image in it.
    pub tag: String,
}

impl StreamTag {
    /// An image in a stream.
    pub fn new(namespace: &str, name: &str, tag: &str) -> Self {
        Self { namespace: namespace.to_owned(), name: name.to_owned(), tag: tag.to_owned() }
    }

    /// Its tag in the one repository: joined with `_`, without escaping or change of case.
    pub fn joined(&self) -> String {
        format!("{}_{}_{}", self.namespace, self.name, self.tag)
    }

    /// What a tag of the one repository stands for: cut at the first two `_`. Right only where namespace and name hold
    /// none; `None` where there are fewer than two.
    pub fn split(joined: &str) -> Option<Self> {
        let mut parts = joined.splitn(3, '_');
        let tag = (parts.next()?, parts.next()?, parts.next()?);
        Some(Self::new(tag.0, tag.1, tag.2))
    }

    /// What a reference stands for: its tag cut where it is in the one repository (as pushed or as pulled), else its last
    /// two path parts and its tag. No tag counts as `latest`. `None` where that does not give three parts.
    pub fn of(reference: &Reference, repository: &Repository) -> Option<Self> {
        let tag = reference.tag().map_or("latest", Tag::as_str);
        let canonical = |reference: &Reference| reference.canonical().name();
        if [&repository.push, &repository.pull].into_iter().any(|one| canonical(one) == canonical(reference)) {
            return Self::split(tag);
        }
        let path = reference.repository();
        let (before, name) = path.rsplit_once('/')?;
        Some(Self::new(before.rsplit('/').next()?, name, tag))
    }
}

impl fmt::Display for StreamTag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}:{}", self.namespace, self.name, self.tag)
    }
}

/// When a promotion happens, as backups carry it: `YYYYMMDDhhmmss`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Timestamp(String);

/// A text that is no time.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("\"{0}\" is not a time; write YYYYMMDDhhmmss, such as 20240603235401")]
pub struct TimestampError(String);

impl Timestamp {
    const FORMAT: &str = "%Y%m%d%H%M%S";

    /// Reads fourteen digits that are a time of the calendar.
    ///
    /// # Errors
    /// When they are not.
    pub fn parse(text: &str) -> Result<Self, TimestampError> {
        let digits = text.len() == 14 && text.bytes().all(|b| b.is_ascii_digit());
        let is_time = digits && DateTime::strptime(Self::FORMAT, text).is_ok();
        if is_time { Ok(Self(text.to_owned())) } else { Err(TimestampError(text.to_owned())) }
    }

    /// The same as a point in time: the digits are UTC.
    pub fn instant(&self) -> Option<jiff::Timestamp> {
        let time = DateTime::strptime(Self::FORMAT, &self.0).ok()?;
        Some(time.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp())
    }

    /// This time.
    pub fn of(time: DateTime) -> Self {
        Self(time.strftime(Self::FORMAT).to_string())
    }
}

/// The one repository.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Repository {
    /// Where images are pushed.
    pub push: Reference,
    /// Where they are pulled: another address of the same repository.
    pub pull: Reference,
}

/// A tag that the one repository cannot hold, or that would not survive there.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum JoinedError {
    /// Registries refuse it.
    #[error(transparent)]
    Tag(#[from] TagError),
    /// There is no room for the prefix of its backup.
    #[error(
        "the tag {tag} has {length} characters; {max} is the most here, because its backup is named <YYYYMMDDhhmmss>{BACKUP}<tag>",
        length = tag.len(),
        max = LONGEST - BACKUP_LENGTH
    )]
    TooLong {
        /// The tag.
        tag: String,
    },
    /// It looks like a tag made on the way.
    #[error("the tag {tag} holds {part}, which only backups and tags of promotions under way have")]
    Reserved {
        /// The tag.
        tag: String,
        /// The part.
        part: &'static str,
    },
}

impl Repository {
    /// The reference to push to.
    ///
    /// # Errors
    /// When its tag is none, is too long for a backup, or holds a reserved part.
    pub fn reference(&self, of: &StreamTag) -> Result<Reference, JoinedError> {
        let joined = of.joined();
        if let Some(part) = RESERVED.into_iter().find(|part| joined.contains(part)) {
            return Err(JoinedError::Reserved { tag: joined, part });
        }
        let tag = match Tag::parse(&joined) {
            Err(TagError::TooLong(_)) => return Err(JoinedError::TooLong { tag: joined }),
            other => other?,
        };
        if joined.len() + BACKUP_LENGTH > LONGEST {
            return Err(JoinedError::TooLong { tag: joined });
        }
        Ok(self.push.with_tag(tag))
    }

    /// The name under which what stands at `reference` is kept alive.
    ///
    /// # Errors
    /// When the tag does not leave room for the prefix; those of [`Repository::reference`] do.
    pub fn backup(&self, reference: &Reference, at: &Timestamp) -> Result<Reference, JoinedError> {
        let tag = reference.tag().map_or("latest", Tag::as_str);
        Ok(self.push.with_tag(Tag::parse(&format!("{}{BACKUP}{tag}", at.0))?))
    }

    /// The same tag as consumers pull it.
    pub fn pulled(&self, reference: &Reference) -> Reference {
        reference.tag().map_or_else(|| self.pull.clone(), |tag| self.pull.with_tag(tag.clone()))
    }

    /// A digest as consumers pull it.
    pub fn pulled_by_digest(&self, digest: &Digest) -> Reference {
        self.pull.with_digest(digest.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn repository() -> Repository {
        let parse = |text| Reference::parse(text).unwrap();
        Repository { push: parse("quay.io/openshift/ci"), pull: parse("quay-proxy.ci.openshift.org/openshift/ci") }
    }

    #[test]
    fn streams_and_tags_map_to_each_other() {
        for (stream, tag) in
            [(("ocp", "4.7", "my-component"), "ocp_4.7_my-component"), (("ocp", "release", "payload_images"), "ocp_release_payload_images")]
        {
            let stream = StreamTag::new(stream.0, stream.1, stream.2);
            assert_eq!(stream.joined(), tag);
            assert_eq!(StreamTag::split(tag), Some(stream));
        }
        assert_eq!(StreamTag::split("ocp_4.7"), None);
        assert_ne!(StreamTag::split(&StreamTag::new("a_b", "c", "d").joined()), Some(StreamTag::new("a_b", "c", "d")));
    }

    #[test]
    fn references_are_read_by_where_they_stand() {
        for (text, expected) in [
            ("quay.io/openshift/ci:ocp_4.7_my-component", Some("ocp/4.7:my-component")),
            ("quay-proxy.ci.openshift.org/openshift/ci:ci_ci-operator_latest", Some("ci/ci-operator:latest")),
            ("registry.ci.openshift.org/ocp/4.5:base", Some("ocp/4.5:base")),
            ("registry.svc.ci.openshift.org/a/ocp/builder", Some("ocp/builder:latest")),
            ("quay.io/openshift/ci:latest", None),
            ("h.example/alone:1", None),
        ] {
            let found = StreamTag::of(&Reference::parse(text).unwrap(), &repository()).map(|found| found.to_string());
            assert_eq!(found.as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn the_forms_of_one_tag() {
        let (repository, time) = (repository(), Timestamp::parse("20240603235401").unwrap());
        let pushed = repository.reference(&StreamTag::new("ocp", "4.7", "my-component")).unwrap();
        let backup = repository.backup(&pushed, &time).unwrap();
        assert_eq!(backup.to_string(), "quay.io/openshift/ci:20240603235401_prune_ocp_4.7_my-component");
        assert_eq!(repository.pulled(&pushed).to_string(), "quay-proxy.ci.openshift.org/openshift/ci:ocp_4.7_my-component");
    }

    #[test]
    fn a_backup_always_has_room() {
        let (repository, time) = (repository(), Timestamp::parse("20240603235401").unwrap());
        let longest = StreamTag::new("ns", "name", &"x".repeat(107 - "ns_name_".len()));
        let backup = repository.backup(&repository.reference(&longest).unwrap(), &time).unwrap();
        assert_eq!(backup.tag().unwrap().as_str().len(), 128);
        for over in [108, 129, 300] {
            let long = StreamTag::new("ns", "name", &"x".repeat(over - "ns_name_".len()));
            let error = repository.reference(&long).unwrap_err().to_string();
            assert!(error.contains(&format!("{over} characters; 107 is the most")), "{error}");
        }
    }

    #[test]
    fn tags_that_registries_or_promotions_refuse() {
        for (tag, part) in [("a b", "' '"), ("ü", "'ü'"), ("x_incoming", "_incoming"), ("x__pre", "__pre"), ("20_prune_x", "_prune_")] {
            let error = repository().reference(&StreamTag::new("ns", "name", tag)).unwrap_err().to_string();
            assert!(error.contains(part), "{error}");
        }
        assert!(repository().reference(&StreamTag::new(".ns", "name", "tag")).is_err());
    }

    #[test]
    fn times_are_of_the_calendar() {
        for bad in ["", "2024", "20241303235401", "20240230120000", "2024060323540x", "+2024060323540"] {
            assert!(Timestamp::parse(bad).is_err(), "{bad}");
        }
        let time = Timestamp::of(jiff::civil::date(2024, 6, 3).at(23, 54, 1, 0));
        assert_eq!(Timestamp::parse("20240603235401"), Ok(time));
    }
}
