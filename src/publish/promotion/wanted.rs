//! Which image gets which name: targets, exclusions, additional images, the build cache.

use super::names::StreamTag;
use super::problem::{Problem, ProblemCode};
use super::rules::{given, path};
use super::{Candidate, Inputs, MoveKind};
use crate::config::PromotionTarget;
use std::collections::BTreeMap;

/// The image that holds the compiled binaries.
pub(super) const BINARIES: &str = "bin";

/// An image that is to get a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Wanted {
    /// The name in the destination.
    pub(super) image: String,
    /// The image of the job it comes from.
    pub(super) source: String,
    /// The name it gets.
    pub(super) stream: StreamTag,
    /// Promote, commit or cache.
    pub(super) kind: MoveKind,
    /// What in the configuration wants it.
    pub(super) path: String,
}

/// Everything that is wanted, in the order of the targets, then by name.
pub(super) fn wanted(inputs: &Inputs, problems: &mut Vec<Problem>) -> Vec<Wanted> {
    unknown_images(inputs, problems);
    let mut all = Vec::new();
    for (at, target) in inputs.promotion.to.iter().enumerate().filter(|(_, target)| !target.disabled) {
        let images = images_of(inputs, at, target, problems);
        if target.tag_by_commit && inputs.commit.is_none() && !images.is_empty() {
            let message = format!("{} asks for tags by commit, and no commit is known, so it gets none", path(at));
            let help = "give it with --commit or as promotion_context.commit";
            problems.push(Problem::new(ProblemCode::CommitUnknown, format!("{}.tag_by_commit", path(at)), message, help));
        }
        all.extend(images.into_iter().flat_map(|(image, from)| named(inputs, target, &image, &from)));
    }
    let cache = cache(inputs, problems, all.is_empty());
    all.extend(cache);
    all
}

/// Where an image comes from, and what in the configuration says so.
struct From {
    source: String,
    path: String,
}

fn images_of(inputs: &Inputs, at: usize, target: &PromotionTarget, problems: &mut Vec<Problem>) -> BTreeMap<String, From> {
    let built = inputs.images.iter().filter(|image| inputs.is_built(image) && inputs.is_promoted(image));
    let mut images: BTreeMap<String, From> =
        built.map(|image| (image.name.clone(), From { source: image.name.clone(), path: path(at) })).collect();
    for excluded in &target.excluded_images {
        if excluded == "*" {
            images.clear();
            break;
        }
        images.remove(excluded);
    }
    for (name, source) in &target.additional_images {
        let path = format!("{}.additional_images.{name}", path(at));
        if images.get(name).is_some_and(|built| built.source != *source) {
            let message = format!("{name} is promoted from {source}, not from the image {name} that was built");
            let help = format!("if that is meant, exclude {name} as well: excluded_images: [{name}]");
            problems.push(Problem::new(ProblemCode::Replaced, path.clone(), message, help));
        }
        images.insert(name.clone(), From { source: source.clone(), path });
    }
    images
}

/// The names of one image at one target.
fn named(inputs: &Inputs, target: &PromotionTarget, image: &str, from: &From) -> Vec<Wanted> {
    let namespace = given(target.namespace.as_ref()).unwrap_or_default();
    let stream = match (given(target.name.as_ref()), given(target.tag.as_ref())) {
        (Some(name), _) => StreamTag::new(namespace, name, image),
        (None, tag) => StreamTag::new(namespace, image, tag.unwrap_or_default()),
    };
    let wanted = |stream, kind| Wanted { image: image.to_owned(), source: from.source.clone(), stream, kind, path: from.path.clone() };
    // A commit stands in this form even where the target names a stream.
    let commit = inputs.commit.filter(|_| target.tag_by_commit).map(|commit| StreamTag::new(namespace, image, commit));
    let commit = commit.map(|stream| wanted(stream, MoveKind::Commit));
    std::iter::once(wanted(stream, MoveKind::Promote)).chain(commit).collect()
}

fn cache(inputs: &Inputs, problems: &mut Vec<Problem>, nothing_else: bool) -> Option<Wanted> {
    let context = inputs.context;
    if !context.binary_build || inputs.promotion.disable_build_cache {
        return None;
    }
    let enabled = inputs.promotion.to.iter().any(|target| !target.disabled);
    if nothing_else {
        let message = "no image is promoted, so the build cache is not promoted either";
        let help = "disable_build_cache: true says that none is meant";
        problems.extend(enabled.then(|| Problem::new(ProblemCode::CacheLeftOut, "promotion_context.binary_build", message, help)));
        return None;
    }
    let mut part = |name: &str, value: Option<&String>| {
        let found = given(value).map(str::to_owned);
        if found.is_none() {
            let message = format!("the build cache is named after org, repo and branch, and promotion_context.{name} is not given");
            let help = format!("promotion_context: {{{name}: …}}, or promotion: {{disable_build_cache: true}}");
            problems.push(Problem::new(ProblemCode::ContextMissing, format!("promotion_context.{name}"), message, help));
        }
        found
    };
    let (org, repo, branch) =
        (part("org", context.org.as_ref()), part("repo", context.repo.as_ref()), part("branch", context.branch.as_ref()));
    let variant = given(context.variant.as_ref()).map(|variant| format!("-{variant}")).unwrap_or_default();
    let stream = StreamTag::new("build-cache", &format!("{}-{}", org?, repo?), &format!("{}{variant}", branch?));
    let path = "promotion_context".to_owned();
    Some(Wanted { image: BINARIES.to_owned(), source: BINARIES.to_owned(), stream, kind: MoveKind::Cache, path })
}

/// Names in lists that mean no image: the original passes over them without a word.
fn unknown_images(inputs: &Inputs, problems: &mut Vec<Problem>) {
    let promotion = inputs.promotion;
    let used = |name: &str| promotion.to.iter().any(|target| target.additional_images.values().any(|source| source == name));
    let known = |name: &str| name.starts_with('[') || inputs.images.iter().any(|image| image.name == name);
    let mut look = |path: String, names: &[String], also: &dyn Fn(&str) -> bool| {
        for (at, name) in names.iter().enumerate().filter(|(_, name)| !known(name) && !also(name)) {
            let help = match name.contains(['*', '?', '[']) {
                true => "only whole names count, and `*` alone in excluded_images; there are no patterns",
                false => "correct the name, or remove it",
            };
            problems.push(Problem::new(
                ProblemCode::UnknownImage,
                format!("{path}[{at}]"),
                format!("{path} names {name}, which is no image"),
                help,
            ));
        }
    };
    for (at, target) in promotion.to.iter().enumerate().filter(|(_, target)| !target.disabled) {
        let up_to = target.excluded_images.iter().position(|name| name == "*").unwrap_or(target.excluded_images.len());
        look(format!("{}.excluded_images", path(at)), &target.excluded_images[..up_to], &|_| false);
    }
    look("promotion.optional_images".into(), &promotion.optional_images, &|_| false);
    look("promotion_context.required".into(), &inputs.context.required, &used);
    look("promotion_context.skipped".into(), &inputs.context.skipped, &|_| false);
}

impl Inputs<'_> {
    fn is_required(&self, image: &Candidate) -> bool {
        self.context.required.contains(&image.name)
    }

    /// Whether the job made it: what a change does not affect is left out, unless it was asked for.
    pub(super) fn is_built(&self, image: &Candidate) -> bool {
        !self.skips_unaffected || self.is_required(image) || !self.context.skipped.contains(&image.name)
    }

    fn is_promoted(&self, image: &Candidate) -> bool {
        let optional = image.optional || self.promotion.optional_images.contains(&image.name);
        !optional || self.is_required(image)
    }
}
