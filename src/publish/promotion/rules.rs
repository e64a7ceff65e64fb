//! What is wrong with a configuration before any image is looked at.

use super::problem::{Problem, ProblemCode};
use super::{Inputs, OFFICIAL};
use crate::config::PromotionTarget;

/// All of it at once.
pub(super) fn validate(inputs: &Inputs) -> Vec<Problem> {
    let targets = &inputs.promotion.to;
    let mut problems = Vec::from_iter(nothing(inputs));
    // Nothing comes of a disabled target, whatever stands in it; it is judged when it is enabled again.
    for (at, target) in targets.iter().enumerate().filter(|(_, target)| !target.disabled) {
        problems.extend(of_target(at, target));
        problems.extend(twin(at, target, targets));
    }
    problems.extend(official(inputs));
    problems.extend(inputs.promotion.cron.as_ref().map(|cron| {
        let message = format!("promotion.cron is \"{cron}\", and nothing here promotes by the clock");
        Problem::new(
            ProblemCode::CronLeftToYou,
            "promotion.cron",
            message,
            "call `cooperage promote` from your scheduler, and remove the key",
        )
    }));
    problems
}

fn nothing(inputs: &Inputs) -> Option<Problem> {
    (inputs.images.is_empty() && inputs.promotion.to.is_empty()).then(|| {
        let message = "there are neither images nor items in promotion.to, so there is nothing to promote";
        Problem::new(ProblemCode::NothingConfigured, "promotion.to", message, "name where images go: {namespace: NS, name: STREAM}")
    })
}

/// Where a target stands, for messages.
pub(super) fn path(at: usize) -> String {
    format!("promotion.to[{at}]")
}

/// A text that says something.
pub(super) fn given(text: Option<&String>) -> Option<&str> {
    text.map(String::as_str).filter(|text| !text.is_empty())
}

fn of_target(at: usize, target: &PromotionTarget) -> Vec<Problem> {
    let path = path(at);
    let mut found = Vec::new();
    match given(target.namespace.as_ref()) {
        None => found.push(Problem::new(
            ProblemCode::NamespaceMissing,
            format!("{path}.namespace"),
            format!("{path} has no namespace"),
            "it is the first part of the reference: {namespace: ci, name: tools}",
        )),
        Some(namespace) if is_reserved(namespace) => found.push(Problem::new(
            ProblemCode::NamespaceReserved,
            format!("{path}.namespace"),
            format!("{path} promotes to the namespace {namespace}, which is reserved for clusters"),
            "names that begin with kube, openshift or redhat and the name default are; `openshift` itself is not",
        )),
        Some(_) => {}
    }
    match (given(target.name.as_ref()), given(target.tag.as_ref())) {
        (None, None) => found.push(Problem::new(
            ProblemCode::NameAndTagMissing,
            path.clone(),
            format!("{path} has neither name nor tag"),
            "name: STREAM makes namespace/STREAM:<image>, tag: TAG makes namespace/<image>:TAG",
        )),
        (Some(name), Some(tag)) => found.push(Problem::new(
            ProblemCode::NameAndTag,
            format!("{path}.tag"),
            format!("{path} has both name ({name}) and tag ({tag})"),
            "keep one; two items of promotion.to make both forms",
        )),
        _ => {}
    }
    found
}

fn is_reserved(namespace: &str) -> bool {
    let prefixed = ["kube", "openshift", "redhat"].into_iter().any(|prefix| namespace.starts_with(prefix));
    namespace != "openshift" && (prefixed || namespace == "default")
}

/// Another target with the same namespace, name and tag; both get the message.
fn twin(at: usize, target: &PromotionTarget, targets: &[PromotionTarget]) -> Option<Problem> {
    let key = |target: &PromotionTarget| [&target.namespace, &target.name, &target.tag].map(|text| given(text.as_ref()).map(str::to_owned));
    let other = targets.iter().enumerate().find(|(other, twin)| *other != at && !twin.disabled && key(twin) == key(target))?.0;
    let message = format!("{} has the same namespace, name and tag as {}", path(at), path(other));
    Some(Problem::new(ProblemCode::SameTarget, path(at), message, "make one item of the two"))
}

/// Official images must be made from a release that the job knows. Judged only where the context tells of releases.
fn official(inputs: &Inputs) -> Option<Problem> {
    let context = inputs.context;
    let told = context.releases.is_some() || context.tag_specification.is_some();
    let latest = context.releases.iter().flatten().any(|release| release == "latest");
    let is_official = |target: &&PromotionTarget| target.namespace.as_deref().is_some_and(|namespace| OFFICIAL[..2].contains(&namespace));
    let at = inputs.promotion.to.iter().position(|target| !target.disabled && is_official(&target))?;
    (told && !latest && context.tag_specification != Some(true) && !inputs.images.is_empty()).then(|| {
        let message = format!(
            "{} promotes built images to an official namespace, and the job imports neither a release `latest` nor has a tag_specification",
            path(at)
        );
        let help = "import the release, and name it: promotion_context: {releases: [latest]}";
        Problem::new(ProblemCode::OfficialWithoutRelease, format!("{}.namespace", path(at)), message, help)
    })
}
