//! Secrets in the environment of an image. A value is never shown.

use crate::finding::{Finding, Severity};
use crate::name::looks_like_credential;
use crate::scan::Subject;
use crate::scan::external::plain;

/// What is shown of a name, in characters.
const LONGEST: usize = 200;

/// One finding for each variable.
pub fn findings(subject: &Subject<'_>) -> Vec<Finding> {
    let of = |name: &str| {
        let name = plain(name, LONGEST);
        let message =
            format!("the variable {name} of the environment holds what looks like a secret: everybody who has the image can read it");
        let help = "give it to the container when it runs, and replace it: it is known";
        Finding::new("secret-in-environment", Severity::High, message).about(subject.name).help(Some(help))
    };
    let assignments = subject.config.config.env.iter().flatten().filter_map(|one| one.split_once('='));
    assignments.filter(|(name, value)| looks_like_credential(name, value)).map(|(name, _)| of(name)).collect()
}
