//! The proof that an image may be published. Nothing is published without one, and it holds for one image alone.

use super::parts::{config_digest, is_image};
use crate::finding::Verdict as Judgement;
use crate::name::Digest;
use crate::registry::Manifest;
use crate::testing::Verdict;

/// An image that may be published: by its id in the engine, by the digest of its manifest, or both.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Passed {
    image: Option<Digest>,
    manifest: Option<Digest>,
    grounds: Grounds,
}

/// What a proof stands on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Grounds {
    /// Its tests were good, or it has none.
    Tests,
    /// The policy: tests are off, or what failed was allowed to.
    Policy,
    /// The record of a run.
    Record,
    /// A destination that holds it.
    Publication,
}

impl Passed {
    /// The engine's image `id` after its test; `None` where it did not pass.
    pub fn by_test(id: &Digest, verdict: &Verdict) -> Option<Self> {
        match verdict {
            Verdict::Passed | Verdict::NoTest => Some(Self { image: Some(id.clone()), manifest: None, grounds: Grounds::Tests }),
            Verdict::Failed(_) | Verdict::Cancelled => None,
        }
    }

    /// The engine's image `id`, let through by the policy for tests although they were not good, or not run; `None` where
    /// the policy stops it.
    pub fn by_policy(id: &Digest, judged: Judgement) -> Option<Self> {
        (judged != Judgement::Blocked).then(|| Self { image: Some(id.clone()), manifest: None, grounds: Grounds::Policy })
    }

    /// What a run's record says was good; `None` where the record names neither id nor digest.
    pub fn by_record(image: Option<Digest>, manifest: Option<Digest>) -> Option<Self> {
        (image.is_some() || manifest.is_some()).then_some(Self { image, manifest, grounds: Grounds::Record })
    }

    /// What a destination holds as the version: published once, it is good everywhere.
    pub fn by_publication(manifest: &Digest) -> Self {
        Self { image: None, manifest: Some(manifest.clone()), grounds: Grounds::Publication }
    }

    /// What it stands on.
    pub fn grounds(&self) -> Grounds {
        self.grounds
    }

    /// The engine's id of it, where it is known.
    pub fn image(&self) -> Option<&Digest> {
        self.image.as_ref()
    }

    /// The digest of its manifest, where it is known.
    pub fn manifest(&self) -> Option<&Digest> {
        self.manifest.as_ref()
    }

    /// Whether the proof holds for this manifest.
    pub fn holds_for(&self, manifest: &Manifest) -> bool {
        self.manifest.as_ref() == Some(&manifest.digest) || self.image.as_ref().is_some_and(|id| is_image(manifest, id))
    }

    /// The digest in messages: of the manifest, else the id.
    pub(super) fn wanted(&self) -> Digest {
        // One of them is always there; nothing has the digest of nothing.
        self.manifest.clone().or_else(|| self.image.clone()).unwrap_or_else(|| Digest::of(b""))
    }
}

/// What stands there instead, as messages name it: the config of an image, the manifest of an index.
pub(super) fn found(manifest: &Manifest) -> String {
    config_digest(manifest).unwrap_or_else(|| manifest.digest.clone()).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sandbox::Ended;

    #[test]
    fn only_what_passed_is_proof_and_only_for_itself() {
        let id = Digest::of(b"config");
        assert_eq!(Passed::by_test(&id, &Verdict::Failed(Ended::Code(1))), None);
        assert_eq!(Passed::by_test(&id, &Verdict::Cancelled), None);
        assert_eq!(Passed::by_record(None, None), None);
        assert_eq!(Passed::by_policy(&id, Judgement::Blocked), None);
        let allowed = Passed::by_policy(&id, Judgement::Warned).unwrap();
        assert_eq!((allowed.grounds(), allowed.image()), (Grounds::Policy, Some(&id)));
        let of = |text: String| Manifest { media_type: String::new(), digest: Digest::of(text.as_bytes()), bytes: text.into() };
        let (own, other) = (of(format!(r#"{{"config":{{"digest":"{id}"}}}}"#)), of("{}".to_owned()));
        let tested = Passed::by_test(&id, &Verdict::Passed).unwrap();
        assert!(tested.holds_for(&own) && !tested.holds_for(&other));
        let recorded = Passed::by_record(None, Some(other.digest.clone())).unwrap();
        assert!(recorded.holds_for(&other) && !recorded.holds_for(&own));
        let both = Passed::by_record(Some(id), Some(other.digest.clone())).unwrap();
        assert!(both.holds_for(&other) && both.holds_for(&own) && !both.holds_for(&of("[]".to_owned())));
    }
}
