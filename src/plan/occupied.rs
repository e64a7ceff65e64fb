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

    /// The layers of an image, from the bottom.
    pub fn layers(&self, id: &Digest) -> &[String] {
        self.known.get(id).map_or(&[], |(_, layers)| layers)
    }

    /// Takes an image away and says what that frees at most: all above the layers that an image which is still there
    /// has, too. Where no image ends at these layers their size is not known, and only what is known of them counts.
    pub fn remove(&mut self, id: &Digest) -> u64 {
        let Some((bytes, layers)) = self.images.remove(id) else { return 0 };
        let shared = self.images.values().map(|(_, other)| common(&layers, other)).max().unwrap_or(0);
        let below = self.known.values().filter(|(_, other)| layers[..shared].starts_with(other));
        bytes.saturating_sub(below.map(|(bytes, _)| *bytes).max().unwrap_or(0))
    }
}

/// What an engine got back that says which layers went with an image, in bytes.
///
/// `layers` are the image's, from the bottom; `sizes` those of its layers that hold something, from the top; `gone` is what
/// the engine says it removed. Layers go from the top. Where it is not clear which of them are empty, the least it can be
/// is said. Source: the OCI image specification, "Layer ChainID": engines name layers by that.
pub fn freed(layers: &[String], sizes: &[u64], gone: &[String]) -> u64 {
    let went = chains(layers).iter().filter(|chain| gone.contains(chain)).count();
    let empty = layers.len().saturating_sub(sizes.len());
    let counted = if went == layers.len() { sizes.len() } else { went.saturating_sub(empty) };
    sizes.iter().take(counted).sum()
}

fn chains(layers: &[String]) -> Vec<String> {
    let mut chains: Vec<String> = Vec::with_capacity(layers.len());
    for layer in layers {
        let chain = chains.last().map(|below| Digest::of(format!("{below} {layer}").as_bytes()).to_string());
        chains.push(chain.unwrap_or_else(|| layer.clone()));
    }
    chains
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
    fn a_stack_nobody_ends_at_is_never_underestimated() {
        let mut all = occupied(&[("old", 130, &["a", "b", "d"]), ("new", 120, &["a", "b", "c"]), ("below", 50, &["a"])]);
        assert_eq!((all.remove(&id("old")), all.remove(&id("new"))), (80, 70));
    }

    #[test]
    fn what_an_engine_says_went_is_what_counts() {
        let layers = ["sha256:a", "sha256:b", "sha256:c"].map(str::to_owned);
        let chains = chains(&layers);
        assert_eq!(chains[1], Digest::of(b"sha256:a sha256:b").to_string());
        assert_eq!(freed(&layers, &[3, 20, 100], &chains), 123);
        assert_eq!(freed(&layers, &[3, 20, 100], &chains[1..]), 23);
        assert_eq!(freed(&layers, &[3, 20, 100], &["sha256:image".to_owned()]), 0);
        // One of three layers is empty, and nobody knows which.
        assert_eq!(freed(&layers, &[20, 100], &chains[1..]), 20);
        assert_eq!(freed(&layers, &[20, 100], &chains), 120);
    }
}
