//! Renders the template of a definition to its Dockerfile: Jinja as real catalogues use it, and our filters.
//!
//! What comes out equals, byte for byte, what Jinja2 makes with `StrictUndefined` and the extension `do`; where
//! minijinja differs from it, `source` rewrites the text before it is parsed and `values` and `python` add
//! what is missing, and `strict` refuses what Jinja2 refuses. This room sees no secret: [`TemplateSettings`] holds what templates may know and no more.
//! It reads templates and what they include, and nothing else; it decides nothing about images.

mod error;
mod filters;
mod lookup;
mod page;
mod phrase;
mod python;
mod renderer;
mod scan;
mod source;
mod strict;
mod values;

#[cfg(test)]
mod tests;

pub use error::{RenderError, RenderFault};
pub use filters::{FilterDoc, filters};
pub use page::{PageError, Pages};
pub use phrase::{Phrase, PhraseError, PhraseValues, Phrases};
pub use renderer::{Rendered, Renderer};

/// What templates see. Built from the configuration; holds no credentials.
#[derive(Clone, Debug, Default)]
pub struct TemplateSettings {
    /// Host (and port) of the registry, or empty.
    pub registry: String,
    /// What stands between registry and name, or empty.
    pub namespace: String,
    /// References of images from outside the tree, as the configuration writes them.
    pub base_images: Vec<String>,
    /// Options for every `apt-get` that `apt_install` writes, or empty.
    pub apt_options: String,
    /// The proxy that `apt_install` and `apt_remove` set for themselves. The configuration puts `http_proxy` here
    /// when nothing else is given.
    pub apt_only_proxy: Option<String>,
    /// Users and their numbers: `known_uid_mappings`.
    pub uid_mappings: Vec<(String, i64)>,
    /// Every variable that templates can name, in the order of the configuration, with those of the fields above.
    pub variables: serde_json::Map<String, serde_json::Value>,
}

/// Tells which reference an image of the tree has in this rendering: with a stamp where it is built in this run.
pub trait ImageNames: Send + Sync {
    /// The whole reference of the image `name`, or nothing when the tree has no such image.
    fn reference_of(&self, name: &str) -> Option<String>;

    /// The names of all images of the tree, for "did you mean".
    fn names(&self) -> Vec<String>;

    /// Whether the tree has a definition of that name which is broken.
    fn is_broken(&self, _name: &str) -> bool {
        false
    }
}
