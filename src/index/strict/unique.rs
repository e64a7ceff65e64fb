//! What no two entries may share.

use super::entry::{Draft, Named};
use super::notes::finding;
use crate::finding::Finding;
use std::collections::HashMap;

/// Checks ids within files, and images and the original's pipelines over all of them. An entry that repeats an earlier one has
/// trouble.
pub(super) fn check(drafts: &mut [Draft]) -> Vec<Finding> {
    let mut found = Vec::new();
    let mut ids: HashMap<(String, i64), usize> = HashMap::new();
    let mut images: HashMap<(String, String, String), usize> = HashMap::new();
    let mut pipelines: HashMap<String, usize> = HashMap::new();
    for at in 0..drafts.len() {
        let mut own = Vec::new();
        if let Some((id, place)) = drafts[at].id {
            let first = *ids.entry((drafts[at].file.clone(), id)).or_insert(at);
            if first != at {
                let message = format!("id {id} is taken by the entry in line {}", drafts[first].place.line);
                own.push(finding("duplicate_id", &drafts[at].file, place, message).help(Some("`cooperage index fix` gives it a free one")));
            }
        }
        if let Some(named) = drafts[at].name.clone() {
            let key = (named.image.app.clone(), named.image.job.clone(), named.typed.clone());
            let first = *images.entry(key).or_insert(at);
            let same = *pipelines.entry(named.image.pipeline()).or_insert(at);
            if first != at {
                own.push(same_image(&drafts[at], &named, &drafts[first]));
            } else if same != at {
                own.push(same_pipeline(&drafts[at], &named, &drafts[same]));
            }
        }
        let label = drafts[at].name.as_ref().map(|named| named.image.image());
        let trouble = own.first().map(|finding| finding.message.clone());
        found.extend(own.into_iter().map(|finding| finding.about(label.as_deref())));
        if drafts[at].trouble.is_none() {
            drafts[at].trouble = trouble;
        }
    }
    found
}

fn same_image(draft: &Draft, named: &Named, first: &Draft) -> Finding {
    let other = first.name.as_ref().map(|other| other.image.image()).unwrap_or_default();
    let image = named.image.image();
    let place = format!("{}:{}", first.file, first.place.line);
    let message = if other == image {
        format!("{image} is made by the entry in {place}, too")
    } else {
        format!("{image} and {other} of {place} are one image to readers of YAML, which take both tags for {}", named.typed)
    };
    let help = if other == image { "give one of them another tag, or remove it" } else { "put both tags in quotes" };
    finding("duplicate_image", &draft.file, named.place, message).help(Some(help))
}

fn same_pipeline(draft: &Draft, named: &Named, first: &Draft) -> Finding {
    let other = first.name.as_ref().map(|other| other.image.to_string()).unwrap_or_default();
    let message = format!(
        "{} and {other} of {}:{} are both called {} where capitals and slashes do not count",
        named.image,
        first.file,
        first.place.line,
        named.image.pipeline()
    );
    finding("same_pipeline", &draft.file, named.place, message).help(Some("give one of them another name or tag"))
}
