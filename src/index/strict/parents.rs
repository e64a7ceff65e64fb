//! What `depends-on` names, over all entries.

use super::StrictInput;
use super::entry::Draft;
use super::notes::finding;
use crate::config::yaml::Place;
use crate::finding::Finding;
use crate::index::entry::Dependency;
use crate::index::graph::Graph;
use crate::index::names::ImageName;
use crate::name::{Pattern, nearest};
use std::collections::{BTreeSet, HashMap};

/// As many unknown names get a "did you mean" from all images; the search takes its time for each.
const MOST_HINTS: usize = 50;

/// Checks that every parent is there and that nobody needs itself. Entries in a circle have trouble.
pub(super) fn check(drafts: &mut [Draft], input: &StrictInput<'_>) -> Vec<Finding> {
    let mut known = Known::of(drafts, input);
    let mut found = Vec::new();
    for draft in &*drafts {
        let own = draft.name.as_ref().map(|named| &named.image);
        for parent in &draft.parents {
            let image = ImageName::parse(&parent.text);
            let problem = if image.is_some() && image.as_ref() == own {
                Some(
                    place(draft, parent, "self_reference", format!("{} depends on itself", parent.text))
                        .help(Some("write null, or its real parent")),
                )
            } else {
                known.problem(draft, parent, image.as_ref())
            };
            found.extend(problem.map(|finding| finding.about(own.map(ImageName::image))));
        }
    }
    found.extend(cycles(drafts));
    found
}

fn place(draft: &Draft, parent: &Dependency, id: &'static str, message: String) -> Finding {
    finding(id, &draft.file, Place { line: parent.line, column: parent.column }, message)
}

/// Everything that a parent may be.
struct Known<'a> {
    images: BTreeSet<ImageName>,
    /// Images by what remains of their names without capitals and dots.
    folded: HashMap<String, String>,
    texts: Vec<String>,
    catalogue: &'a BTreeSet<String>,
    bases: Vec<Pattern>,
    hints: usize,
}

impl<'a> Known<'a> {
    fn of(drafts: &[Draft], input: &StrictInput<'a>) -> Self {
        let images: BTreeSet<ImageName> = drafts.iter().filter_map(|draft| Some(draft.name.as_ref()?.image.clone())).collect();
        Self {
            folded: images.iter().map(|image| (folded(&image.to_string()), image.to_string())).collect(),
            texts: images.iter().map(ImageName::to_string).chain(input.known.iter().cloned()).collect(),
            images,
            catalogue: input.known,
            // A pattern that is too large to be one matches nothing.
            bases: input.bases.iter().filter_map(|text| Pattern::parse(text).ok()).collect(),
            hints: MOST_HINTS,
        }
    }

    fn problem(&mut self, draft: &Draft, parent: &Dependency, image: Option<&ImageName>) -> Option<Finding> {
        let text = &parent.text;
        if image.is_some_and(|image| self.images.contains(image)) || self.is_outside(text, image) {
            return None;
        }
        if image.is_none() {
            let message = format!("depends-on names \"{}\", which is not namespace/name:tag", text.escape_debug());
            let is_none = ["none", "null", "nil"].contains(&text.to_ascii_lowercase().as_str());
            let help = if is_none { "no parent is written null" } else { "images without a namespace are written library/name:tag" };
            return Some(place(draft, parent, "bad_parent", message).help(Some(help)));
        }
        let message = format!("{text} is neither in the index nor in the catalogue, and no base image");
        Some(place(draft, parent, "unknown_parent", message).help(Some(self.help(text))))
    }

    /// Whether the catalogue has it, or the configuration lists it as a base image.
    fn is_outside(&self, text: &str, image: Option<&ImageName>) -> bool {
        let without_tag = text.rsplit_once(':').filter(|(_, tag)| !tag.contains('/')).map_or(text, |(name, _)| name);
        let mut forms = vec![text.to_owned(), without_tag.to_owned()];
        if let Some(image) = image {
            forms.extend([image.to_string(), image.image(), image.repository()]);
        }
        forms.iter().any(|form| self.catalogue.contains(form))
            || forms.iter().any(|form| self.bases.iter().any(|base| base.matches(form) || base.matches(&format!("docker.io/{form}"))))
    }

    fn help(&mut self, text: &str) -> String {
        if let Some(image) = self.folded.get(&folded(text)) {
            return format!("the index has {image}; capitals and dots count");
        }
        self.hints = self.hints.saturating_sub(1);
        let near = if self.hints > 0 { nearest(text, self.texts.iter().map(String::as_str)) } else { Vec::new() };
        if near.is_empty() {
            return "correct the name, add an entry for it, or list it in base_images".to_owned();
        }
        format!("did you mean {}? Else add an entry for it, or list it in base_images", near.join(" or "))
    }
}

/// A name without what the original lost of it.
fn folded(text: &str) -> String {
    crate::index::names::normalised(text).to_lowercase()
}

/// Tells every circle once, where it closes.
fn cycles(drafts: &mut [Draft]) -> Vec<Finding> {
    let graph = Graph::of(drafts.iter().map(|draft| (draft.name.as_ref().map(|named| &named.image), draft.parents.as_slice())));
    let mut found = Vec::new();
    for circle in graph.cycles() {
        let (Some(&last), Some(&first)) = (circle.last(), circle.first()) else { continue };
        let label = |at: usize| drafts[at].name.as_ref().map(|named| named.image.to_string()).unwrap_or_default();
        let chain: Vec<String> = circle.iter().chain([&first]).map(|at| label(*at)).collect();
        let message = format!("these need each other in a circle: {}", chain.join(" needs "));
        let closing =
            drafts[last].parents.iter().find(|parent| ImageName::parse(&parent.text).map(|image| image.to_string()) == Some(label(first)));
        if let Some(closing) = closing {
            let subject = drafts[last].name.as_ref().map(|named| named.image.image());
            found.push(place(&drafts[last], closing, "parent_cycle", message.clone()).about(subject));
        }
        for at in circle {
            drafts[at].trouble.get_or_insert_with(|| message.clone());
        }
    }
    found
}
