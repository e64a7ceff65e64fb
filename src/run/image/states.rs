//! What an image has been through, as types: `Built → Tested → Cleared`, and only a [`Cleared`] can be published.

use crate::finding::Judged;
use crate::name::{Digest, Reference};
use crate::publish::{Held, NameLock, Passed};
use crate::run::gates::image_tests::Tests;
use crate::run::gates::test_policy::TestPolicy;
use crate::run::work::failure::Failure;
use crate::testing::{Case, CaseKind};

/// An image the engine holds under its reference, not yet tested.
#[derive(Debug)]
pub struct Built {
    id: Digest,
    reference: Reference,
    lock: NameLock,
}

/// An image that passed its tests, has none, or goes on by the policy for them.
#[derive(Debug)]
pub struct Tested {
    id: Digest,
    reference: Reference,
    lock: NameLock,
    passed: Passed,
}

/// A [`Tested`] that no scan stops.
#[derive(Debug)]
pub struct Cleared(Tested);

impl Built {
    /// The image `id`, which has been given the name `reference`, and the right to that name.
    pub fn new(id: Digest, reference: Reference, lock: NameLock) -> Self {
        Self { id, reference, lock }
    }

    /// The digest of its config.
    pub fn id(&self) -> &Digest {
        &self.id
    }

    /// The name to test it under.
    pub fn reference(&self) -> &Reference {
        &self.reference
    }

    /// To a [`Tested`] by its tests: none speaks against it, or the policy lets those pass that do. `told` is what was
    /// said of the findings.
    ///
    /// # Errors
    /// When one stops it.
    pub fn passed(self, tests: &Tests, policy: &TestPolicy, judged: &Judged, told: Result<(), Failure>) -> Result<Tested, Failure> {
        let against: Vec<String> = tests.gating(Some(policy)).map(against).collect();
        if !against.is_empty() {
            return Err(Failure::of(against.join("\n")));
        }
        told?;
        let good = Passed::by_test(&self.id, &tests.verdict).filter(|_| tests.gating(None).next().is_none());
        let passed = good.or_else(|| Passed::by_policy(&self.id, judged.verdict));
        self.by(passed)
    }

    /// To a [`Tested`] without any test, where they are off.
    ///
    /// # Errors
    /// When they are not.
    pub fn untested(self, policy: &TestPolicy) -> Result<Tested, Failure> {
        let passed = policy.is_off().then(|| Passed::by_policy(&self.id, policy.judge(&[]).verdict)).flatten();
        self.by(passed)
    }

    fn by(self, passed: Option<Passed>) -> Result<Tested, Failure> {
        let passed = passed.ok_or_else(|| Failure::of("it may not be published: its tests were not good"))?;
        Ok(Tested { id: self.id, reference: self.reference, lock: self.lock, passed })
    }
}

impl Tested {
    /// The digest of its config.
    pub fn id(&self) -> &Digest {
        &self.id
    }

    /// To a [`Cleared`] by what its scan says.
    ///
    /// # Errors
    /// When the scan stops it.
    pub fn cleared(self, told: Result<(), Failure>) -> Result<Cleared, Failure> {
        told.map(|()| Cleared(self))
    }
}

/// What a case has against an image: the first thing it says, and how many more there are.
fn against(case: &Case) -> String {
    let first = case.errors.first().map_or("", String::as_str);
    let more = case.errors.len().saturating_sub(1);
    let more = if more == 0 { String::new() } else { format!(" (and {more} more)") };
    if case.kind == CaseKind::Script {
        format!("{first}{more}")
    } else {
        format!("{} test \"{}\": {first}{more}", case.kind.as_str(), case.name)
    }
}

impl Cleared {
    /// The engine's image, with the right to its name, held since it was given.
    pub fn held(&self) -> Held<'_> {
        Held { id: &self.0.id, reference: &self.0.reference, lock: &self.0.lock }
    }

    /// The proof that it may be published.
    pub fn proof(&self) -> &Passed {
        &self.0.passed
    }
}
