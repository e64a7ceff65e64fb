//! The containers that were made through a proxy, and the programs in them: nothing else is ever asked for.

use std::collections::BTreeSet;

/// Containers there may be at once.
pub(super) const MOST: usize = 8;

/// The shortest beginning of an id that names its container.
const SHORTEST: usize = 4;

/// What was made here.
#[derive(Debug, Default)]
pub(super) struct Known {
    containers: Vec<Container>,
    execs: BTreeSet<String>,
}

#[derive(Debug)]
struct Container {
    id: String,
    name: Option<String>,
}

impl Known {
    /// Remembers a container.
    pub(super) fn add(&mut self, id: &str, name: Option<&str>) {
        self.containers.push(Container { id: id.to_owned(), name: name.map(str::to_owned) });
    }

    /// The id of the container that a name, an id or its beginning means.
    pub(super) fn container(&self, asked: &str) -> Option<String> {
        let named = self.containers.iter().find(|known| known.name.as_deref() == Some(asked) || known.id == asked);
        let begins = |known: &&Container| asked.len() >= SHORTEST && known.id.starts_with(asked);
        let mut short = self.containers.iter().filter(begins);
        named.or_else(|| short.next().filter(|_| short.next().is_none())).map(|known| known.id.clone())
    }

    /// Whether a name is taken.
    pub(super) fn has_name(&self, name: &str) -> bool {
        self.containers.iter().any(|known| known.name.as_deref() == Some(name))
    }

    /// All ids.
    pub(super) fn ids(&self) -> Vec<String> {
        self.containers.iter().map(|known| known.id.clone()).collect()
    }

    /// Forgets a container that is gone.
    pub(super) fn forget(&mut self, id: &str) {
        self.containers.retain(|known| known.id != id);
    }

    /// Remembers a program.
    pub(super) fn add_exec(&mut self, id: &str) {
        self.execs.insert(id.to_owned());
    }

    /// Whether a program was started here.
    pub(super) fn has_exec(&self, id: &str) -> bool {
        self.execs.contains(id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn containers_are_found_by_name_id_and_unique_beginning() {
        let mut known = Known::default();
        known.add("abcd1111", Some("web"));
        known.add("abcd2222", None);
        let found = |asked: &str| known.container(asked);
        assert_eq!(found("web").as_deref(), Some("abcd1111"));
        assert_eq!(found("abcd2222").as_deref(), Some("abcd2222"));
        assert_eq!(found("abcd22").as_deref(), Some("abcd2222"));
        for asked in ["abcd", "abc", "", "other", "Web"] {
            assert_eq!(found(asked), None, "{asked}");
        }
        known.forget("abcd1111");
        assert_eq!((known.container("abcd").as_deref(), known.has_name("web")), (Some("abcd2222"), false));
    }
}
