//! Where the images of a job stand, as the world outside its cluster calls them.

use super::problem::{Problem, ProblemCode};
use super::wanted::BINARIES;
use super::{HeldBack, Inputs, Source};
use crate::config::StreamItem;
use crate::name::{Digest, Reference};

/// What came of looking for an image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// Where it stands, as far as it is known.
    There(Place),
    /// It cannot be promoted.
    Nowhere(Box<Problem>),
}

/// Where an image stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) source: Source,
    pub(super) digest: Option<Digest>,
}

/// Looks for the image `name`, which `path` of the configuration wants.
pub(super) fn find(inputs: &Inputs, name: &str, path: &str, problems: &mut Vec<Problem>) -> Found {
    let item = inputs.context.streams.as_ref().and_then(|streams| streams.get(name));
    let image = inputs.images.iter().find(|image| image.name == name);
    if item.is_none() {
        if let Some(why) = image.and_then(|image| image.held_back.as_ref()) {
            return held_back(name, path, why);
        }
        if image.is_some_and(|image| !inputs.is_built(image)) {
            let message = format!("{name} is not promoted: the change does not affect it, so it was not built");
            return nowhere(ProblemCode::MissingSource, path, message, "name it in promotion_context.required, and build it");
        }
        // That the job compiled binaries says that they are there, but a catalogue has none.
        if image.is_none() && (name != BINARIES || inputs.is_complete) {
            return stranger(inputs, name, path, problems);
        }
    }
    let mut place = item.map(|item| read(name, item, problems)).unwrap_or_default();
    if let Some(image) = image {
        place.0 = place.0.or_else(|| image.source.clone());
        place.1 = place.1.or_else(|| image.digest.clone());
    }
    settle(inputs, name, path, place, problems)
}

fn held_back(name: &str, path: &str, why: &HeldBack) -> Found {
    match why {
        HeldBack::Unreleased => {
            let message = format!("{name} is not promoted: its changelog says UNRELEASED");
            nowhere(ProblemCode::Unreleased, path, message, "name a distribution in the changelog, and publish it")
        }
        HeldBack::Yanked(why) => nowhere(
            ProblemCode::Yanked,
            path,
            format!("{name} is not promoted: {why}"),
            "publish another version, or `cooperage yank --undo`",
        ),
        HeldBack::NotPassed(why) => {
            nowhere(ProblemCode::NotPassed, path, format!("{name} is not promoted: {why}"), "build, test and publish it first")
        }
    }
}

fn nowhere(code: ProblemCode, path: &str, message: String, help: &str) -> Found {
    Found::Nowhere(Box::new(Problem::new(code, path, message, help)))
}

/// A source that nobody tells of. Where everything is told, it is not there.
fn stranger(inputs: &Inputs, name: &str, path: &str, problems: &mut Vec<Problem>) -> Found {
    let help = "name it among the images or in promotion_context.streams, or correct the name";
    if inputs.is_complete || inputs.context.streams.is_some() || name.is_empty() {
        return nowhere(ProblemCode::MissingSource, path, format!("there is no image \"{name}\" to promote"), help);
    }
    let message = format!("{name} is not among the images, so it cannot be said whether it is there");
    let code = ProblemCode::UncheckedSource;
    if !problems.iter().any(|problem| problem.code == code && problem.path == path) {
        problems.push(Problem::new(code, path, message, help));
    }
    Found::There(Place { source: Source::Image(name.to_owned()), digest: None })
}

fn read(name: &str, item: &StreamItem, problems: &mut Vec<Problem>) -> (Option<Reference>, Option<Digest>) {
    let path = format!("promotion_context.streams.{name}");
    let reference = item.reference.as_deref().and_then(|text| match Reference::parse(text) {
        Ok(reference) => Some(reference),
        Err(error) => {
            report(
                problems,
                Problem::new(ProblemCode::BadReference, format!("{path}.reference"), error.to_string(), "write host/path:tag"),
            );
            None
        }
    });
    let digest = item.digest.as_deref().and_then(|text| {
        let digest = Digest::parse(text);
        if digest.is_none() {
            let message = format!("\"{text}\" is not a digest");
            report(
                problems,
                Problem::new(ProblemCode::BadReference, format!("{path}.digest"), message, "a digest is sha256: and 64 hex digits"),
            );
        }
        digest
    });
    (reference, digest)
}

/// Names the place as it is called outside, and by digest where that is known.
fn settle(inputs: &Inputs, name: &str, path: &str, place: (Option<Reference>, Option<Digest>), problems: &mut Vec<Problem>) -> Found {
    let (reference, digest) = place;
    let Some(reference) = reference else {
        return Found::There(Place { source: Source::Image(name.to_owned()), digest });
    };
    if let (Some(own), Some(told)) = (reference.digest(), &digest)
        && own != told
    {
        let message = format!("{name} stands at {reference}, but its digest is told to be {told}");
        return nowhere(ProblemCode::TwoDigests, path, message, "one of the two is old; find out which");
    }
    let digest = digest.or_else(|| reference.digest().cloned());
    let outside = match public(inputs, &reference, problems) {
        Some(outside) => outside,
        None if is_internal(&reference) => {
            let message = format!("{name} stands at {reference}, an address inside a cluster");
            let help = format!("say how it is called outside: promotion_context: {{public_hosts: {{'{}': HOST}}}}", reference.registry());
            return nowhere(ProblemCode::InternalHost, path, message, &help);
        }
        None => reference,
    };
    let source = digest.as_ref().map_or_else(|| outside.clone(), |digest| outside.with_digest(digest.clone()));
    Found::There(Place { source: Source::At(source), digest })
}

/// The longest entry of `public_hosts` that the reference begins with, in its place.
fn public(inputs: &Inputs, reference: &Reference, problems: &mut Vec<Problem>) -> Option<Reference> {
    let text = reference.to_string();
    let fits =
        |inside: &&String| text.strip_prefix(inside.as_str()).is_some_and(|rest| rest.starts_with(['/', ':', '@']) && !rest.is_empty());
    let inside = inputs.context.public_hosts.keys().filter(fits).max_by_key(|inside| inside.len())?;
    let outside = &inputs.context.public_hosts[inside];
    match Reference::parse(&format!("{outside}{}", &text[inside.len()..])) {
        Ok(reference) => Some(reference),
        Err(error) => {
            let path = format!("promotion_context.public_hosts.{inside}");
            report(problems, Problem::new(ProblemCode::BadReference, path, error.to_string(), "write what stands in place of the address"));
            None
        }
    }
}

/// A service of a cluster: `docker-registry.default.svc:5000`.
fn is_internal(reference: &Reference) -> bool {
    let host = reference.registry().split(':').next().unwrap_or_default();
    host.ends_with(".svc") || host.ends_with(".svc.cluster.local")
}

/// Says it, if it was not said before: several targets may want the same image.
pub(super) fn report(problems: &mut Vec<Problem>, problem: Problem) {
    if !problems.contains(&problem) {
        problems.push(problem);
    }
}
