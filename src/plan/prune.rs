//! What `prune` takes out of the engine: every other version of the catalogue's images that nobody needs.

use super::{Graph, Occupied, PruneReason};
use crate::name::{Digest, Reference, Version};
use std::cmp::{Ordering, Reverse};
use std::collections::{HashMap, HashSet};

/// An image of the engine, with all that speaks for or against it.
#[derive(Clone, Debug)]
pub struct Stored {
    /// Its id.
    pub id: Digest,
    /// All its names, as the engine shows them.
    pub names: Vec<String>,
    /// Of one without names: what it was called when Cooperage built it, by its labels.
    pub former: Option<Reference>,
    /// `repository@digest` of the registries that know it.
    pub digests: Vec<String>,
    /// The containers made from it, running or not.
    pub containers: Vec<String>,
}

/// What the registry says of an image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Publication {
    /// It is there, or its version is.
    Published,
    /// It is not there, or there is no registry.
    Absent,
    /// No clear answer, and why.
    Unclear(String),
}

/// How much is to be taken.
#[derive(Clone, Debug, Default)]
pub struct PruneOptions {
    /// Tags that end in this stamp are the ones that stay, in place of the current versions.
    pub nightly: Option<String>,
    /// As many of the newest others stay, of each definition.
    pub keep: usize,
    /// Takes what is not published, too.
    pub unpublished: bool,
}

/// The catalogue as `prune` sees it.
pub struct Shelves<'a> {
    /// The definitions.
    pub graph: &'a Graph,
    /// Which of them were asked for.
    pub selected: &'a [bool],
    /// The versions of each changelog, newest first.
    pub versions: &'a [Vec<Version>],
}

/// What is to be done with one name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PruneAction {
    /// The name, as the engine shows it.
    pub reference: String,
    /// The image behind it.
    pub id: Digest,
    /// Whether it goes.
    pub remove: bool,
    /// Why.
    pub reason: PruneReason,
    /// What the engine gets back, in bytes: at most, because its build cache may hold layers, too.
    pub bytes: u64,
}

/// A name of a selected definition's repository, or the id of an image that had one.
struct Name {
    text: String,
    reference: Reference,
    node: usize,
    tag: String,
    stays: bool,
}

/// An image with its names told apart.
struct Sorted<'a> {
    image: &'a Stored,
    ours: Vec<Name>,
    foreign: Option<&'a String>,
    /// Untagged, and its former name is another image's now.
    replaced: bool,
}

impl Sorted<'_> {
    fn others(&self) -> impl Iterator<Item = &Name> {
        self.ours.iter().filter(|name| !name.stays)
    }

    fn current(&self) -> Option<&Name> {
        self.ours.iter().find(|name| name.stays)
    }
}

/// The images about which the registry must be asked, each with its names in question.
pub fn in_question(shelves: &Shelves, images: &[Stored], options: &PruneOptions) -> Vec<(Digest, Vec<Reference>)> {
    if options.unpublished {
        return Vec::new();
    }
    let sorted = shelves.sort(images, options);
    let kept = shelves.kept(&sorted, options);
    let is_open = |image: &&Sorted| image.others().next().is_some() && !image.replaced && hindrance(image, &kept, options).is_none();
    let open = sorted.iter().filter(is_open);
    open.map(|image| (image.image.id.clone(), image.others().map(|name| name.reference.clone()).collect())).collect()
}

/// Decides: what goes, children before parents and older before newer, then what stays, by name. Images about
/// which `published` says nothing count as not published.
pub fn prune(
    shelves: &Shelves,
    images: &[Stored],
    published: &HashMap<Digest, Publication>,
    occupied: &Occupied,
    options: &PruneOptions,
) -> Vec<PruneAction> {
    let mut sorted = shelves.sort(images, options);
    let kept = shelves.kept(&sorted, options);
    let place: HashMap<usize, usize> = shelves.graph.order.iter().enumerate().map(|(place, &node)| (node, place)).collect();
    let lowest = |image: &Sorted| image.others().map(|name| place[&name.node]).max();
    let age = |a: &Sorted, b: &Sorted| match (a.others().next(), b.others().next()) {
        (Some(a), Some(b)) if a.node == b.node => shelves.by_age(a.node, &b.tag, &a.tag),
        _ => Ordering::Equal,
    };
    sorted.sort_by(|a, b| {
        let depth = |image: &Sorted| (Reverse(occupied.depth(&image.image.id)), Reverse(lowest(image)));
        depth(a).cmp(&depth(b)).then_with(|| age(a, b)).then_with(|| a.image.names.cmp(&b.image.names))
    });
    let (mut gone, mut stays) = (Vec::new(), Vec::new());
    let mut occupied = occupied.clone();
    for image in &sorted {
        let act = |name: &Name, remove, reason| PruneAction {
            reference: name.text.clone(),
            id: image.image.id.clone(),
            remove,
            reason,
            bytes: 0,
        };
        stays.extend(image.ours.iter().filter(|name| name.stays).map(|name| act(name, false, PruneReason::Current)));
        match hindrance(image, &kept, options).or_else(|| unpublished(image, published, options)) {
            Some(reason) => stays.extend(image.others().map(|name| act(name, false, reason.clone()))),
            None => {
                gone.extend(image.others().map(|name| act(name, true, shelves.why(image, name, options))));
                if let (None, Some(last)) = (image.current(), gone.last_mut().filter(|last| last.id == image.image.id)) {
                    last.bytes = occupied.remove(&image.image.id);
                }
            }
        }
    }
    stays.sort_by(|a, b| a.reference.cmp(&b.reference));
    gone.extend(stays);
    gone
}

/// What speaks against removing an image, before the registry is asked.
fn hindrance(image: &Sorted, kept: &HashSet<(usize, String)>, options: &PruneOptions) -> Option<PruneReason> {
    if !image.image.containers.is_empty() {
        return Some(PruneReason::InUse(image.image.containers.clone()));
    }
    if let Some(foreign) = image.foreign {
        return Some(PruneReason::OtherTag(foreign.clone()));
    }
    let is_kept = |name: &Name| !image.image.names.is_empty() && kept.contains(&(name.node, name.tag.clone()));
    image.others().any(is_kept).then_some(PruneReason::Kept(options.keep))
}

fn unpublished(image: &Sorted, published: &HashMap<Digest, Publication>, options: &PruneOptions) -> Option<PruneReason> {
    match published.get(&image.image.id) {
        _ if options.unpublished || image.replaced => None,
        Some(Publication::Published) => None,
        Some(Publication::Unclear(why)) => Some(PruneReason::Unclear(why.clone())),
        Some(Publication::Absent) | None => Some(PruneReason::NotPublished),
    }
}

impl Shelves<'_> {
    /// The images that have a name of a selected definition's repository.
    fn sort<'a>(&self, images: &'a [Stored], options: &PruneOptions) -> Vec<Sorted<'a>> {
        let nodes = self.graph.nodes.iter().enumerate().filter(|(node, _)| self.selected[*node]);
        let repositories: HashMap<String, usize> = nodes.map(|(at, node)| (node.reference.canonical().name(), at)).collect();
        let taken: HashSet<Reference> =
            images.iter().flat_map(|image| &image.names).filter_map(|name| Some(Reference::parse(name).ok()?.canonical())).collect();
        let sorted = images.iter().map(|image| {
            let mut found = Sorted { image, ours: Vec::new(), foreign: None, replaced: false };
            for text in &image.names {
                match self.name(text, &repositories, options) {
                    Some(name) => found.ours.push(name),
                    None => found.foreign = found.foreign.or(Some(text)),
                }
            }
            if let Some(name) = untagged(image, &repositories) {
                let own = |text: &&String| Reference::parse(text).is_ok_and(|one| repositories.contains_key(&one.canonical().name()));
                found.foreign = image.digests.iter().find(|digest| !own(digest));
                found.replaced = taken.contains(&name.reference.canonical());
                found.ours.push(name);
            }
            found
        });
        sorted.filter(|image| !image.ours.is_empty()).collect()
    }

    fn name(&self, text: &str, repositories: &HashMap<String, usize>, options: &PruneOptions) -> Option<Name> {
        let reference = Reference::parse(text).ok()?;
        let node = *repositories.get(&reference.canonical().name())?;
        let tag = reference.tag()?.to_string();
        let stays = match &options.nightly {
            Some(stamp) => tag.strip_suffix(stamp.as_str()).is_some_and(|rest| rest.ends_with('-')),
            None => self.graph.nodes[node].reference.tag() == reference.tag(),
        };
        Some(Name { text: text.to_owned(), reference, node, tag, stays })
    }

    /// The newest other versions of each definition, as many as are kept. `latest` is no version, and what has no name is none
    /// that anybody could want.
    fn kept(&self, images: &[Sorted], options: &PruneOptions) -> HashSet<(usize, String)> {
        let mut by_node: HashMap<usize, Vec<&str>> = HashMap::new();
        let tagged = images.iter().filter(|image| !image.image.names.is_empty());
        for name in tagged.flat_map(Sorted::others).filter(|name| name.tag != "latest") {
            by_node.entry(name.node).or_default().push(&name.tag);
        }
        let newest = by_node.into_iter().flat_map(|(node, mut tags)| {
            tags.sort_by(|a, b| self.by_age(node, a, b));
            tags.dedup();
            tags.into_iter().take(options.keep).map(move |tag| (node, tag.to_owned())).collect::<Vec<_>>()
        });
        newest.collect()
    }

    /// Newer is less: by the place in the changelog, where what it does not know stands last, then Debian's order.
    fn by_age(&self, node: usize, a: &str, b: &str) -> Ordering {
        let known = |tag: &str| {
            let is_version = |version: &Version| tag.strip_prefix(version.as_str()).is_some_and(|rest| rest.is_empty() || is_stamp(rest));
            let exact = self.versions[node].iter().position(|version| version.as_str() == tag);
            exact.or_else(|| self.versions[node].iter().position(is_version)).unwrap_or(usize::MAX)
        };
        known(a).cmp(&known(b)).then_with(|| Version::new(b).debian_cmp(&Version::new(a))).then_with(|| b.cmp(a))
    }

    fn why(&self, image: &Sorted, name: &Name, options: &PruneOptions) -> PruneReason {
        if image.image.names.is_empty() {
            let former = name.reference.to_string();
            return if image.replaced { PruneReason::Replaced(former) } else { PruneReason::Untagged(former) };
        }
        match (image.current(), &options.nightly) {
            (Some(current), _) => PruneReason::OtherName(current.text.clone()),
            (None, Some(stamp)) => PruneReason::OtherVersion(format!("a tag of {stamp}")),
            (None, None) => PruneReason::OtherVersion(format!("the current version {}", self.graph.nodes[name.node].version)),
        }
    }
}

/// The id of an image without names, under the name that its labels tell.
fn untagged(image: &Stored, repositories: &HashMap<String, usize>) -> Option<Name> {
    let reference = image.former.as_ref().filter(|_| image.names.is_empty())?.clone();
    let node = *repositories.get(&reference.canonical().name())?;
    let tag = reference.tag()?.to_string();
    Some(Name { text: image.id.to_string(), reference, node, tag, stays: false })
}

/// What `--nightly` and `--snapshot` put behind a version.
fn is_stamp(text: &str) -> bool {
    text.strip_prefix('-').is_some_and(|rest| rest.len() >= 8 && rest.bytes().all(|b| b.is_ascii_digit() || b == b'-'))
}
