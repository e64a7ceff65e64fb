//! What a change of the index means: which entries are to be built, in which order, and why.
//!
//! Pure: two readings of an index in, a plan out. Which of them publishes, and from which commit, is said elsewhere.

mod meaning;

#[cfg(test)]
mod tests;

use super::entry::Entry;
use super::graph::{Graph, of_entries};
use super::load::Loaded;
use super::names::ImageName;
use meaning::{changed, is_telling};
use serde::Serialize;
use std::collections::{BTreeMap, HashMap, HashSet};

/// What happened to an entry between two revisions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Change {
    /// It was not there.
    Added,
    /// It says something else.
    Changed,
    /// It is not there any more.
    Removed,
    /// It is as it was, and is built on one that is not.
    Parent,
}

impl Change {
    /// As documents and people name it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Added => "added",
            Self::Changed => "changed",
            Self::Removed => "removed",
            Self::Parent => "parent",
        }
    }
}

/// One entry of a plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Planned {
    /// The entry; of a removed one, as it was at the base.
    pub entry: Entry,
    /// What happened to it.
    pub change: Change,
    /// Why it is in the plan, for people.
    pub reason: String,
    /// The keys that changed.
    pub keys: Vec<String>,
}

impl Planned {
    /// Its parents, as images: `app/job:tag`. Not itself.
    pub fn parents(&self) -> Vec<String> {
        let own = self.entry.image();
        let texts = self.entry.depends_on.iter().map(|parent| (ImageName::parse(&parent.text), &parent.text));
        let others = texts.filter(|(image, _)| image.as_ref() != Some(&own));
        others.map(|(image, text)| image.map_or_else(|| text.clone(), |image| image.image())).collect()
    }
}

/// What follows from a change of the index.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// What is to be built: parents before children, else by name.
    pub entries: Vec<Planned>,
    /// What is not there any more, by name.
    pub removed: Vec<Planned>,
    /// What is not found any more either, and may be there: the index cannot be read whole. By name.
    pub withheld: Vec<Entry>,
}

impl Plan {
    /// Everything that an index holds.
    pub fn whole(head: &Loaded) -> Self {
        let planned = |entry: &Entry| Planned {
            entry: entry.clone(),
            change: Change::Added,
            reason: "there is no base to compare with".to_owned(),
            keys: Vec::new(),
        };
        let order = of_entries(&head.entries).order();
        Self { entries: order.into_iter().map(|at| planned(&head.entries[at])).collect(), ..Self::default() }
    }

    /// What hangs together by parents that are to be built, too: the places of [`Plan::entries`], each group and the groups in
    /// their order.
    pub fn groups(&self) -> Vec<Vec<usize>> {
        let entries: Vec<Entry> = self.entries.iter().map(|planned| planned.entry.clone()).collect();
        let graph = of_entries(&entries);
        let mut group: Vec<usize> = (0..entries.len()).collect();
        for at in 0..entries.len() {
            for parent in &graph.parents[at] {
                let (one, other) = (group[at], group[*parent]);
                group.iter_mut().filter(|number| **number == one.max(other)).for_each(|number| *number = one.min(other));
            }
        }
        let mut groups: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for (at, number) in group.into_iter().enumerate() {
            groups.entry(number).or_default().push(at);
        }
        groups.into_values().collect()
    }
}

/// Compares two readings of an index by what entries say: a moved line, a comment, quotes or a renamed file change nothing.
pub fn plan(base: &Loaded, head: &Loaded) -> Plan {
    let before: HashMap<ImageName, &Entry> = base.entries.iter().map(|entry| (entry.image(), entry)).collect();
    let graph = of_entries(&head.entries);
    let order = graph.order();
    let mut planned: Vec<Option<Planned>> = head.entries.iter().map(|entry| by_itself(entry, &before, base)).collect();
    for &at in &order {
        if planned[at].as_ref().is_none_or(|own| !moves(own))
            && let Some(followed) = by_parent(at, &planned, &graph, head)
        {
            planned[at] = Some(followed);
        }
    }
    let entries = order.into_iter().filter_map(|at| planned[at].take()).collect();
    let there: HashSet<ImageName> = head.entries.iter().map(Entry::image).collect();
    let mut gone: Vec<&Entry> = base.entries.iter().filter(|entry| !there.contains(&entry.image())).collect();
    gone.sort_by_key(|entry| entry.image());
    if base.unusable.is_empty() && head.unusable.is_empty() {
        return Plan { entries, removed: gone.into_iter().map(removed).collect(), withheld: Vec::new() };
    }
    Plan { entries, removed: Vec::new(), withheld: gone.into_iter().cloned().collect() }
}

/// What happened to an entry itself.
fn by_itself(entry: &Entry, before: &HashMap<ImageName, &Entry>, base: &Loaded) -> Option<Planned> {
    let Some(old) = before.get(&entry.image()) else {
        let doubtful = base.unusable.iter().any(|(file, ..)| *file == entry.file);
        let reason = if doubtful { "new in the index, or broken at the base" } else { "new in the index" };
        return Some(Planned { entry: entry.clone(), change: Change::Added, reason: reason.to_owned(), keys: Vec::new() });
    };
    let keys: Vec<String> = changed(old, entry).into_iter().map(str::to_owned).collect();
    let reason = format!("{} changed", listed(&keys));
    (!keys.is_empty()).then(|| Planned { entry: entry.clone(), change: Change::Changed, reason, keys })
}

/// Whether what is built on it has to follow.
fn moves(planned: &Planned) -> bool {
    planned.change != Change::Changed || planned.keys.iter().any(|key| !is_telling(key))
}

/// An entry that follows one of its parents; at most those keys of its own changed that move nothing.
fn by_parent(at: usize, planned: &[Option<Planned>], graph: &Graph, head: &Loaded) -> Option<Planned> {
    let mut moved = graph.parents[at].iter().filter_map(|parent| planned[*parent].as_ref()).filter(|parent| moves(parent));
    let parent = moved.next()?;
    let what = match parent.change {
        Change::Added => "is new",
        Change::Changed | Change::Removed => "changed",
        Change::Parent => "is built again",
    };
    let keys = planned[at].as_ref().map(|own| own.keys.clone()).unwrap_or_default();
    let also = if keys.is_empty() { String::new() } else { format!(", and {} changed", listed(&keys)) };
    let reason = format!("its parent {} {what}{also}", parent.entry.image().image());
    Some(Planned { entry: head.entries[at].clone(), change: Change::Parent, reason, keys })
}

fn removed(entry: &Entry) -> Planned {
    Planned { entry: entry.clone(), change: Change::Removed, reason: "not in the index any more".to_owned(), keys: Vec::new() }
}

/// `a, b and c`.
fn listed(words: &[String]) -> String {
    match words {
        [] => String::new(),
        [one] => one.clone(),
        [front @ .., last] => format!("{} and {last}", front.join(", ")),
    }
}
