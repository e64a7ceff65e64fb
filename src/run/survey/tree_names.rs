//! What templates see of the configuration and of the names of the tree.

use crate::config::Config;
use crate::name::Reference;
use crate::template::{ImageNames, TemplateSettings};
use std::collections::{HashMap, HashSet};

/// What templates see of the configuration.
pub fn settings(config: &Config) -> TemplateSettings {
    TemplateSettings {
        registry: config.registry.clone(),
        namespace: config.namespace.clone(),
        base_images: config.base_images.clone(),
        apt_options: config.apt_options.clone(),
        apt_only_proxy: config.apt_only_proxy.clone(),
        uid_mappings: config.uid_mappings.clone(),
        variables: config.template_variables(),
    }
}

/// The references that `image_tag` gives for images of the tree.
#[derive(Debug, Default)]
pub struct TreeNames {
    pub(super) references: HashMap<String, String>,
    pub(super) broken: HashSet<String>,
}

impl TreeNames {
    /// Names with their references.
    pub fn of<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a Reference)>) -> Self {
        let references = pairs.into_iter().map(|(name, reference)| (name.to_owned(), reference.to_string())).collect();
        Self { references, broken: HashSet::new() }
    }
}

impl ImageNames for TreeNames {
    fn reference_of(&self, name: &str) -> Option<String> {
        self.references.get(name).cloned()
    }

    fn names(&self) -> Vec<String> {
        self.references.keys().cloned().collect()
    }

    fn is_broken(&self, name: &str) -> bool {
        self.broken.contains(name)
    }
}
