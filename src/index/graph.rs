//! Who needs whom among entries, by the images that they make and name.

use super::entry::{Dependency, Entry};
use super::names::ImageName;
use std::collections::{BTreeSet, HashMap};

/// Entries by place, with the places of their parents. What depends on itself does not count as its parent.
#[derive(Debug)]
pub(super) struct Graph {
    pub(super) parents: Vec<Vec<usize>>,
    pub(super) children: Vec<Vec<usize>>,
    names: Vec<String>,
}

impl Graph {
    /// Of images and what they depend on; the first of two that make one image counts.
    pub(super) fn of<'a>(items: impl Iterator<Item = (Option<&'a ImageName>, &'a [Dependency])>) -> Self {
        let items: Vec<_> = items.collect();
        let mut places: HashMap<&ImageName, usize> = HashMap::new();
        for (at, (image, _)) in items.iter().enumerate() {
            if let Some(image) = image {
                places.entry(image).or_insert(at);
            }
        }
        let mut graph = Self {
            parents: vec![Vec::new(); items.len()],
            children: vec![Vec::new(); items.len()],
            names: items.iter().map(|(image, _)| image.map(ImageName::to_string).unwrap_or_default()).collect(),
        };
        for (at, (_, dependencies)) in items.iter().enumerate() {
            let named = dependencies.iter().filter_map(|parent| places.get(&ImageName::parse(&parent.text)?).copied());
            for parent in named.filter(|parent| *parent != at) {
                if !graph.parents[at].contains(&parent) {
                    graph.parents[at].push(parent);
                    graph.children[parent].push(at);
                }
            }
        }
        graph
    }

    /// Parents before children, else by name. Where entries need each other in a circle, the first by name comes first.
    pub(super) fn order(&self) -> Vec<usize> {
        let mut waiting: Vec<usize> = self.parents.iter().map(Vec::len).collect();
        let mut ready: BTreeSet<(&str, usize)> = BTreeSet::new();
        let mut rest: BTreeSet<(&str, usize)> = (0..waiting.len()).map(|at| (self.names[at].as_str(), at)).collect();
        ready.extend(rest.iter().filter(|(_, at)| waiting[*at] == 0));
        let mut order = Vec::with_capacity(waiting.len());
        while let Some(next) = ready.pop_first().or_else(|| rest.first().copied()) {
            if !rest.remove(&next) {
                continue;
            }
            order.push(next.1);
            for &child in &self.children[next.1] {
                waiting[child] = waiting[child].saturating_sub(1);
                if waiting[child] == 0 {
                    ready.insert((&self.names[child], child));
                }
            }
        }
        order
    }

    /// The circles: each a list in which every one needs the next, and the last the first. Without all edges that close one,
    /// there would be none.
    pub(super) fn cycles(&self) -> Vec<Vec<usize>> {
        let mut found = Vec::new();
        let mut done = vec![false; self.parents.len()];
        let mut place: Vec<Option<usize>> = vec![None; self.parents.len()];
        for start in 0..self.parents.len() {
            // A stack of our own: chains may be longer than the thread's.
            let mut path = if done[start] { Vec::new() } else { vec![(start, 0)] };
            if !done[start] {
                place[start] = Some(0);
            }
            while let Some((at, next)) = path.last_mut() {
                let parent = self.parents[*at].get(*next).copied();
                *next += 1;
                match parent {
                    None => {
                        (done[*at], place[*at]) = (true, None);
                        path.pop();
                    }
                    Some(parent) if done[parent] => {}
                    Some(parent) => match place[parent] {
                        Some(from) => found.push(path[from..].iter().map(|(at, _)| *at).collect()),
                        None => {
                            place[parent] = Some(path.len());
                            path.push((parent, 0));
                        }
                    },
                }
            }
        }
        found
    }
}

/// The places of entries in the order in which they are to be built: parents before children, else by name.
pub fn order(entries: &[Entry]) -> Vec<usize> {
    of_entries(entries).order()
}

/// The graph of entries.
pub(super) fn of_entries(entries: &[Entry]) -> Graph {
    let images: Vec<ImageName> = entries.iter().map(Entry::image).collect();
    Graph::of(images.iter().zip(entries).map(|(image, entry)| (Some(image), entry.depends_on.as_slice())))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn graph(items: &[(&str, &[&str])]) -> Graph {
        let made: Vec<(ImageName, Vec<Dependency>)> = items
            .iter()
            .map(|(name, parents)| {
                let parents = parents.iter().map(|text| Dependency { text: (*text).to_owned(), line: 1, column: 1 }).collect();
                (ImageName::parse(name).unwrap(), parents)
            })
            .collect();
        Graph::of(made.iter().map(|(image, parents)| (Some(image), parents.as_slice())))
    }

    #[test]
    fn parents_come_first_and_then_names_count() {
        let graph = graph(&[("a/c:1", &["a/z:1"]), ("a/z:1", &["a/z:1", "other/x:1"]), ("a/b:1", &[]), ("a/a:1", &["a/c:1", "a/z:1"])]);
        assert_eq!(graph.order(), [2, 1, 0, 3]);
        assert!(graph.cycles().is_empty());
    }

    #[test]
    fn circles_are_found_and_put_in_some_order() {
        let graph = graph(&[("a/a:1", &["a/b:1"]), ("a/b:1", &["a/c:1"]), ("a/c:1", &["a/a:1", "a/b:1"]), ("a/d:1", &["a/a:1"])]);
        assert_eq!(graph.cycles(), [vec![0, 1, 2], vec![1, 2]]);
        assert_eq!(graph.order(), [0, 3, 1, 2]);
    }
}
