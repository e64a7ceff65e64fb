//! What an image is made from, as one digest: the `io.cooperage.inputs` label.
//!
//! It is taken over a second rendering in which registry, namespace, stamp and proxies are fixed and
//! references to parents are replaced by `name@inputs`, over the context before `prebuild.sh`, and over the
//! build arguments without proxies. It depends on nothing else: no registry, no time, no earlier build.

use super::parallel::in_parallel;
use super::{Survey, TreeNames, settings};
use crate::catalog::Defect;
use crate::config::Config;
use crate::context::{ContextError, Ignore, content_hash};
use crate::name::{Digest, Reference};
use crate::plan::Node;
use crate::template::{RenderError, Renderer, TemplateSettings};
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
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

impl InputsError {
    /// As a defect of the definition.
    pub fn to_defect(&self, node: &Node) -> Defect {
        Defect::error("inputs_unknown", self.to_string()).at(&node.path).of(&node.name)
    }
}

/// Digests over contexts, by node.
pub type Contexts = BTreeMap<usize, Result<Digest, InputsError>>;

/// Computes inputs, each node's once.
pub struct Inputs<'a> {
    survey: &'a Survey,
    renderer: Renderer,
    boundary: PathBuf,
    build_args: BTreeMap<String, String>,
    workers: usize,
    contexts: Contexts,
    known: BTreeMap<usize, Result<Digest, InputsError>>,
}

/// What was computed.
pub struct Computed {
    /// The inputs, by node.
    pub inputs: BTreeMap<usize, Result<Digest, InputsError>>,
    /// The contexts that went into them, so that nobody need read them again.
    pub contexts: Contexts,
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
        let (build_args, workers) = (config.cooperage.build_args.clone(), config.scan_workers);
        Self { survey, renderer, boundary, build_args, workers, contexts: BTreeMap::new(), known: BTreeMap::new() }
    }

    /// Takes the inputs of some nodes as given: images that are built upon as they are, whatever the tree says.
    #[must_use]
    pub fn given(mut self, inputs: impl IntoIterator<Item = (usize, Digest)>) -> Self {
        self.known.extend(inputs.into_iter().map(|(node, inputs)| (node, Ok(inputs))));
        self
    }

    /// Takes contexts that were read before.
    #[must_use]
    pub fn with_contexts(mut self, contexts: Contexts) -> Self {
        self.contexts = contexts;
        self
    }

    /// The inputs of the marked nodes. What they need is computed too. When `cancelled`, the rest is left out.
    pub fn of(mut self, marked: &[bool], cancelled: &(dyn Fn() -> bool + Sync)) -> Computed {
        let involved = self.survey.graph.with_ancestors(marked);
        let order = self.survey.graph.order.iter().copied();
        let wanted: Vec<usize> = order.filter(|node| involved[*node] && !self.known.contains_key(node)).collect();
        self.read_contexts(&wanted, cancelled);
        for node in wanted {
            if cancelled() {
                break;
            }
            let inputs = self.compute(node);
            self.known.insert(node, inputs);
        }
        Computed { inputs: self.known, contexts: self.contexts }
    }

    /// Contexts do not depend on each other, so they are read side by side.
    fn read_contexts(&mut self, wanted: &[usize], cancelled: &(dyn Fn() -> bool + Sync)) {
        let is_missing = |node: &usize| !self.contexts.contains_key(node) && self.survey.item(*node).making.is_none();
        let missing: Vec<usize> = wanted.iter().copied().filter(is_missing).collect();
        let (survey, boundary) = (self.survey, self.boundary.as_path());
        let read = in_parallel(&missing, self.workers, |node| (!cancelled()).then(|| context_of(&survey.folder(*node), boundary)));
        let read = missing.into_iter().zip(read).filter_map(|(node, context)| Some((node, context?)));
        self.contexts.extend(read);
    }

    fn compute(&self, node: usize) -> Result<Digest, InputsError> {
        if let Some(making) = &self.survey.item(node).making {
            return Ok(making.inputs.clone());
        }
        let text = self.text(node)?;
        let context = match self.contexts.get(&node) {
            Some(context) => context.clone()?,
            None => context_of(&self.survey.folder(node), &self.boundary)?,
        };
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
    fn text(&self, node: usize) -> Result<String, InputsError> {
        let item = self.survey.item(node);
        let mut text = self.renderer.render(&item.definition.path)?.dockerfile;
        for edge in &self.survey.graph.nodes[node].parents {
            let parent = self.survey.item(edge.parent);
            let name = &parent.definition.name;
            let Some(Ok(inputs)) = self.known.get(&edge.parent) else { return Err(InputsError::Parent(name.clone())) };
            let replacement = format!("{name}@{inputs}");
            let fixed = format!("{REGISTRY}/{NAMESPACE}/{name}:{}", parent.definition.version);
            for reference in [fixed, parent.reference.to_string()].into_iter().chain(edge.names.iter().map(ToString::to_string)) {
                text = replace_word(&text, &reference, &replacement);
            }
            if !edge.names.is_empty() {
                // Such a name may hold the registry, which is another one in the second rendering.
                text.push_str(&format!("\n# {replacement}"));
            }
        }
        Ok(text)
    }
}

fn context_of(folder: &Path, boundary: &Path) -> Result<Digest, InputsError> {
    Ok(content_hash(folder, boundary, &Ignore::load(folder)?)?)
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
