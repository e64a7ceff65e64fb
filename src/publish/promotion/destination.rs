//! Where promoted images go: the one repository, or a registry of its own.

use super::Inputs;
use super::names::{JoinedError, Repository, StreamTag};
use super::problem::{Problem, ProblemCode};
use crate::name::Reference;

/// Where all images of OpenShift's CI stand, and how they are pulled.
const REPOSITORY: &str = "quay.io/openshift/ci";
const PULL_AS: &str = "quay-proxy.ci.openshift.org/openshift/ci";

/// Where images go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Destination {
    /// One repository, the name in its tag.
    One(Repository),
    /// A registry that takes names as they are: `registry_override`.
    Registry(String),
}

impl Destination {
    /// What the configuration says. `None` after a problem.
    pub(super) fn of(inputs: &Inputs, problems: &mut Vec<Problem>) -> Option<Self> {
        let promotion = inputs.promotion;
        if let Some(host) = promotion.override_host() {
            return override_with(host, problems);
        }
        let push = repository("repository", promotion.repository.as_deref().unwrap_or(REPOSITORY), problems);
        let pull = promotion.pull_as.as_deref().or(promotion.repository.as_deref()).unwrap_or(PULL_AS);
        let pull = repository("pull_as", pull, problems);
        let (push, pull) = (push?, pull?);
        let asked_for = promotion.pull_as.is_some() && promotion.repository.is_none();
        if is_proxy(push.registry()) || (asked_for && push == pull) {
            problems.push(to_proxy("promotion.repository", &push.to_string()));
            return None;
        }
        Some(Self::One(Repository { push, pull }))
    }

    /// The reference to push to, or what is wrong with it; `path` is what in the configuration wants it.
    pub(super) fn reference(&self, stream: &StreamTag, path: &str) -> Result<Reference, Problem> {
        if [&stream.namespace, &stream.name, &stream.tag].into_iter().any(String::is_empty) {
            let message = format!("{stream} cannot be promoted: a part of it is empty");
            return Err(Problem::new(ProblemCode::BadReference, path, message, "give the image a name"));
        }
        let (code, message) = match self {
            Self::One(repository) => match repository.reference(stream) {
                Ok(reference) => return Ok(reference),
                Err(error) => (code(&error), error.to_string()),
            },
            Self::Registry(host) => match Reference::compose(host, &stream.namespace, &stream.name, &stream.tag) {
                Ok(reference) => return Ok(reference),
                Err(error) => (ProblemCode::BadReference, error.to_string()),
            },
        };
        Err(Problem::new(
            code,
            path,
            format!("{stream} cannot be promoted: {message}"),
            "choose another namespace, name, tag or image name",
        ))
    }
}

fn code(error: &JoinedError) -> ProblemCode {
    match error {
        JoinedError::Tag(_) => ProblemCode::BadReference,
        JoinedError::TooLong { .. } => ProblemCode::TooLong,
        JoinedError::Reserved { .. } => ProblemCode::ReservedPart,
    }
}

fn override_with(host: &str, problems: &mut Vec<Problem>) -> Option<Destination> {
    if is_proxy(host) {
        problems.push(to_proxy("promotion.registry_override", host));
        return None;
    }
    // A word without dot and port would be a part of a path on Docker Hub.
    let is_host = Reference::parse(&format!("{host}/x")).is_ok_and(|reference| reference.host() == Some(host));
    if is_host {
        return Some(Destination::Registry(host.to_owned()));
    }
    let message = format!("promotion.registry_override is \"{host}\", which is no host or host:port of a registry");
    problems.push(Problem::new(ProblemCode::BadRepository, "promotion.registry_override", message, "write it as registry.example.org"));
    None
}

fn repository(key: &str, text: &str, problems: &mut Vec<Problem>) -> Option<Reference> {
    let found = Reference::parse(text).ok().filter(|found| found.host().is_some() && found.tag().is_none() && found.digest().is_none());
    if found.is_none() {
        let message = format!("promotion.{key} is \"{text}\", which is no repository");
        problems.push(Problem::new(
            ProblemCode::BadRepository,
            format!("promotion.{key}"),
            message,
            "write host/path, without tag and digest",
        ));
    }
    found
}

/// Whether a host is the proxy of OpenShift's CI, which only serves pulls.
pub fn is_proxy(host: &str) -> bool {
    PULL_AS.split('/').next() == Some(host)
}

fn to_proxy(path: &str, to: &str) -> Problem {
    let message = format!("{to} only serves pulls, nothing can be pushed there");
    Problem::new(
        ProblemCode::PushToProxy,
        path,
        message,
        "promotion.repository is where images are pushed, promotion.pull_as how they are pulled",
    )
}
