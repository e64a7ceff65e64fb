//! What an image has been through, as types: `Built → Tested`, and only a [`Tested`] can be published.

use super::failure::Failure;
use crate::name::{Digest, Reference};
use crate::publish::{Held, NameLock, Passed};
use crate::sandbox::Ended;
use crate::testing::Verdict;

/// An image the engine holds under its reference, not yet tested.
#[derive(Debug)]
pub struct Built {
    id: Digest,
    reference: Reference,
    lock: NameLock,
}

/// An image that passed its test, or whose definition has none.
#[derive(Debug)]
pub struct Tested {
    id: Digest,
    reference: Reference,
    lock: NameLock,
    passed: Passed,
}

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

    /// The only way to a [`Tested`]: a verdict that lets it pass.
    ///
    /// # Errors
    /// When the test failed or was interrupted.
    pub fn passed(self, verdict: Verdict) -> Result<Tested, Failure> {
        match (Passed::by_test(&self.id, &verdict), verdict) {
            (Some(passed), _) => Ok(Tested { id: self.id, reference: self.reference, lock: self.lock, passed }),
            (None, Verdict::Failed(ended)) => Err(Failure::of(format!("the test failed: {ended}{}", hint(ended)))),
            (None, _) => Err(Failure::cancelled()),
        }
    }
}

/// What a shell means by its own exit codes.
fn hint(ended: Ended) -> &'static str {
    match ended {
        Ended::Code(126) => "; has test.sh its run bit and a #! line?",
        Ended::Code(127) => "; a command it calls is not there",
        _ => "",
    }
}

impl Tested {
    /// The engine's image, with the right to its name, held since it was given.
    pub fn held(&self) -> Held<'_> {
        Held { id: &self.id, reference: &self.reference, lock: &self.lock }
    }

    /// The proof that it may be published.
    pub fn proof(&self) -> &Passed {
        &self.passed
    }
}
