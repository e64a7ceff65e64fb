//! How many bytes an engine gets back for an image: its layers are shared with others.

use crate::name::Digest;
use std::collections::BTreeMap;

/// The images of an engine with their layers.
#[derive(Clone, Debug, Default)]
pub struct Occupied {
    images: BTreeMap<Digest, (u64, Vec<String>)>,
    /// All images that were ever here: they tell how large a stack of layers is.
    known: BTreeMap<Digest, (u64, Vec<String>)>,
}

impl Occupied {
    /// Adds an image: all its bytes, and its layers from the bottom.
    pub fn add(&mut self, id: Digest, bytes: u64, layers: Vec<String>) {
        self.images.insert(id.clone(), (bytes, layers.clone()));
        self.known.insert(id, (bytes, layers));
    }

    /// How many layers an image has; a child has no fewer than its parent.
    pub fn depth(&self, id: &Digest) -> usize {
        self.known.get(id).map_or(0, |(_, layers)| layers.len())
    }

    /// Takes an image away and says what that frees: all above the layers that an image which is still there
    /// has, too. Where no image ends at these layers their size is not known, and the least it can be is said.
    pub fn remove(&mut self, id: &Digest) -> u64 {
        let Some((bytes, layers)) = self.images.remove(id) else { return 0 };
        let shared = self.images.values().map(|(_, other)| common(&layers, other)).max().unwrap_or(0);
        if shared == 0 {
            return bytes;
        }
        let stacks = self.known.values().filter(|(_, other)| other.starts_with(&layers[..shared]));
        let below = stacks.map(|(bytes, _)| *bytes).min().unwrap_or(bytes);
        bytes.saturating_sub(below)
    }
}

fn common(a: &[String], b: &[String]) -> usize {
    a.iter().zip(b).take_while(|(a, b)| a == b).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn occupied(images: &[(&str, u64, &[&str])]) -> Occupied {
        let mut all = Occupied::default();
        for (name, bytes, layers) in images {
            all.add(Digest::of(name.as_bytes()), *bytes, layers.iter().map(|layer| (*layer).to_owned()).collect());
        }
        all
    }

    fn id(name: &str) -> Digest {
        Digest::of(name.as_bytes())
    }

    #[test]
    fn layers_count_for_the_last_image_that_has_them() {
        let mut all = occupied(&[("base", 100, &["a"]), ("child", 130, &["a", "b"]), ("new", 105, &["c"])]);
        assert_eq!((all.remove(&id("child")), all.remove(&id("base")), all.remove(&id("base"))), (30, 100, 0));
        assert_eq!(all.remove(&id("new")), 105);
    }

    #[test]
    fn what_shares_layers_with_images_that_stay_frees_only_the_rest() {
        let mut all = occupied(&[("base", 100, &["a"]), ("old", 130, &["a", "b"]), ("new", 140, &["a", "c"]), ("twin", 140, &["a", "c"])]);
        assert_eq!((all.remove(&id("old")), all.remove(&id("new"))), (30, 0));
    }

    #[test]
    fn a_stack_nobody_ends_at_is_never_overestimated() {
        let mut all = occupied(&[("old", 130, &["a", "b"]), ("new", 120, &["a", "c"])]);
        assert_eq!(all.remove(&id("old")), 10);
        assert_eq!(all.remove(&id("new")), 120);
    }
}
