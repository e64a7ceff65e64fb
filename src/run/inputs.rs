//! What an image is made from, as one digest: the `io.cooperage.inputs` label.
//!
//! It is taken over a second rendering in which registry, namespace, stamp and proxies are fixed and
//! references to parents are replaced by `name@inputs`, over the context before `prebuild.sh`, and over the
//! build arguments without proxies. It depends on nothing else: no registry, no time, no earlier build.

use super::parallel::in_parallel;
use super::survey::{Survey, TreeNames, settings};
use crate::config::Config;
use crate::context::{ContextError, Ignore, content_hash};
use crate::name::{Digest, Reference};
use crate::template::{RenderError, Renderer, TemplateSettings};
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

/// The label that carries the digest.
pub const LABEL: &str = "io.cooperage.inputs";
/// Stands for the registry in the second rendering.
const REGISTRY: &str = "registry.invalid";
/// Stands for the namespace in the second rendering.
const NAMESPACE: &str = "catalogue";
/// Changes when the way of computing changes.
const FORMAT: &str = "cooperage inputs 1\n";

/// Why an image's inputs cannot be told.
#[derive(Clone, Debug, thiserror::Error)]
pub enum InputsError {
    /// The second rendering failed.
    #[error("{0}")]
    Render(String),
    /// The context cannot be read.
    #[error("{0}")]
    Context(String),
    /// A parent's inputs cannot be told.
    #[error("the inputs of its parent {0} are not known")]
    Parent(String),
}

impl From<RenderError> for InputsError {
    fn from(error: RenderError) -> Self {
        Self::Render(error.to_string())
    }
}

impl From<ContextError> for InputsError {
    fn from(error: ContextError) -> Self {
        Self::Context(error.to_string())
    }
}

/// Computes inputs, each node's once.
pub struct Inputs<'a> {
    survey: &'a Survey,
    renderer: Renderer,
    boundary: PathBuf,
    build_args: BTreeMap<String, String>,
    workers: usize,
    known: BTreeMap<usize, Result<Digest, InputsError>>,
}

/// What a node's inputs are made of before its parents are known: the second rendering and the hash of the context.
struct Own {
    text: Result<String, InputsError>,
    context: Result<Digest, InputsError>,
}

impl<'a> Inputs<'a> {
    /// For the definitions of `survey`, whose links may not leave `boundary`.
    pub fn new(survey: &'a Survey, config: &Config, boundary: PathBuf) -> Self {
        let fixed: Vec<(&str, Reference)> = survey
            .items
            .iter()
            .filter_map(|item| Some((item.definition.name.as_str(), fixed_reference(&item.reference, config)?)))
            .collect();
        let names = Arc::new(TreeNames::of(fixed.iter().map(|(name, reference)| (*name, reference))));
        let renderer = Renderer::new(fixed_settings(config), names, survey.root.clone());
        Self {
            survey,
            renderer,
            boundary,
            build_args: config.cooperage.build_args.clone(),
            workers: config.scan_workers,
            known: BTreeMap::new(),
        }
    }

    /// Takes the inputs of some nodes as given: images that are built upon as they are, whatever the tree says.
    #[must_use]
    pub fn given(mut self, inputs: impl IntoIterator<Item = (usize, Digest)>) -> Self {
        self.known.extend(inputs.into_iter().map(|(node, inputs)| (node, Ok(inputs))));
        self
    }

    /// The inputs of the marked nodes. What they need is computed too.
    pub fn of(mut self, marked: &[bool]) -> BTreeMap<usize, Result<Digest, InputsError>> {
        let involved = self.survey.graph.with_ancestors(marked);
        let nodes: Vec<usize> =
            self.survey.graph.order.iter().copied().filter(|node| involved[*node] && !self.known.contains_key(node)).collect();
        // Reading and hashing is what takes time; only putting together needs the parents first.
        let own = in_parallel(&nodes, self.workers, |&node| self.own(node));
        for (node, own) in nodes.into_iter().zip(own) {
            let inputs = self.compute(node, own);
            self.known.insert(node, inputs);
        }
        self.known
    }

    fn own(&self, node: usize) -> Own {
        let folder = self.survey.folder(node);
        let hash = || Ok(content_hash(&folder, &self.boundary, &Ignore::load(&folder)?)?);
        let rendered = self.renderer.render(&self.survey.item(node).definition.path);
        Own { text: rendered.map(|rendered| rendered.dockerfile).map_err(InputsError::from), context: hash() }
    }

    fn compute(&self, node: usize, own: Own) -> Result<Digest, InputsError> {
        let text = self.with_parents(node, own.text?)?;
        let context = own.context?;
        let mut hasher = Sha256::new();
        let mut add = |part: &str| {
            // Each part with its length, so that no two lists of parts look the same.
            hasher.update(part.len().to_string());
            hasher.update("\n");
            hasher.update(part);
        };
        add(FORMAT);
        add(&text);
        add(context.as_str());
        for (name, value) in &self.build_args {
            add(name);
            add(value);
        }
        Ok(Digest::from_hasher(hasher))
    }

    /// The second rendering, with `name@inputs` for every parent.
    fn with_parents(&self, node: usize, mut text: String) -> Result<String, InputsError> {
        for edge in &self.survey.graph.nodes[node].parents {
            let parent = self.survey.item(edge.parent);
            let name = &parent.definition.name;
            let Some(Ok(inputs)) = self.known.get(&edge.parent) else { return Err(InputsError::Parent(name.clone())) };
            let replacement = format!("{name}@{inputs}");
            let fixed = format!("{REGISTRY}/{NAMESPACE}/{name}:{}", parent.definition.version);
            for reference in [fixed, parent.reference.to_string()] {
                text = replace_word(&text, &reference, &replacement);
            }
        }
        Ok(text)
    }
}

/// Replaces `word` where no character that could belong to a reference follows or precedes it, so that
/// `x:1.0` is left alone inside `x:1.0-dev`.
fn replace_word(text: &str, word: &str, replacement: &str) -> String {
    let belongs = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-' | '/' | ':' | '@');
    let mut result = String::with_capacity(text.len());
    let mut done = 0;
    for (at, _) in text.match_indices(word) {
        let before = text[..at].chars().next_back().is_some_and(belongs);
        let after = text[at + word.len()..].chars().next().is_some_and(belongs);
        if !before && !after && at >= done {
            result.push_str(&text[done..at]);
            result.push_str(replacement);
            done = at + word.len();
        }
    }
    result.push_str(&text[done..]);
    result
}

fn fixed_reference(reference: &Reference, config: &Config) -> Option<Reference> {
    let text = reference.to_string();
    let prefix = [config.registry.as_str(), config.namespace.as_str()].into_iter().filter(|part| !part.is_empty());
    let name = prefix.fold(text.as_str(), |rest, part| rest.strip_prefix(part).and_then(|rest| rest.strip_prefix('/')).unwrap_or(rest));
    Reference::parse(&format!("{REGISTRY}/{NAMESPACE}/{name}")).ok()
}

fn fixed_settings(config: &Config) -> TemplateSettings {
    let mut fixed = settings(config);
    let prefix = format!("{}/", config.registry);
    for base in &mut fixed.base_images {
        if let Some(rest) = base.strip_prefix(&prefix).filter(|_| !config.registry.is_empty()) {
            *base = format!("{REGISTRY}/{rest}");
        }
    }
    fixed.registry = REGISTRY.to_owned();
    fixed.namespace = NAMESPACE.to_owned();
    fixed.apt_only_proxy = None;
    for (name, value) in [("registry", Value::from(REGISTRY)), ("namespace", Value::from(NAMESPACE))] {
        fixed.variables.insert(name.to_owned(), value);
    }
    for proxy in ["http_proxy", "apt_only_proxy"] {
        fixed.variables.insert(proxy.to_owned(), Value::Null);
    }
    let bases = fixed.base_images.iter().cloned().map(Value::from).collect::<Vec<_>>();
    fixed.variables.insert("base_images".to_owned(), Value::from(bases));
    fixed
}

#[cfg(test)]
mod tests {
    use super::replace_word;

    #[test]
    fn only_whole_references_are_replaced() {
        assert_eq!(replace_word("FROM r/x:1.0 AS y\nCOPY --from=r/x:1.0 a b", "r/x:1.0", "x@i"), "FROM x@i AS y\nCOPY --from=x@i a b");
        assert_eq!(replace_word("FROM r/x:1.0-dev", "r/x:1.0", "x@i"), "FROM r/x:1.0-dev");
        assert_eq!(replace_word("FROM other/r/x:1.0", "r/x:1.0", "x@i"), "FROM other/r/x:1.0");
    }
}
