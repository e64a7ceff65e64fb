//! What the images of a run share.

use super::failure::Failure;
use super::prepare::Prepared;
use crate::config::Config;
use crate::engine::{Builder, Engine};
use crate::event::Emitter;
use crate::finding::{Policy, Step};
use crate::name::{Digest, Reference};
use crate::plan::{Plan, RegistrySide};
use crate::run::gates::lint_gate::LintGate;
use crate::run::publish::publication::Publication;
use crate::run::pulling::once::Pulls;
use crate::run::pulling::sources;
use crate::run::scan::Scanning;
use crate::run::session::Revision;
use crate::run::survey::{TreeNames, settings};
use crate::template::Renderer;
use crate::testing::Verify;
use jiff::civil::Date;
use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use tokio_util::sync::CancellationToken;

/// What the images of a run share. All of it is settled before the first one starts, but for the digests of
/// what was published since.
pub struct Shared {
    /// Survey, presence and plan.
    pub prepared: Prepared,
    /// The configuration.
    pub config: Config,
    /// Where the catalogue stands in git.
    pub revision: Revision,
    /// What builds.
    pub engine: Arc<dyn Engine>,
    /// What publishes; none where publishing is off.
    pub publication: Option<Publication>,
    /// Pulls of this run.
    pub pulls: Pulls,
    /// `--no-pull`.
    pub no_pull: bool,
    /// Where events go.
    pub emitter: Arc<Emitter>,
    /// Fires when the run is interrupted.
    pub cancel: CancellationToken,
    /// For temporary files; removed with the run.
    pub scratch: PathBuf,
    /// Where the locks between runs live.
    pub locks: PathBuf,
    /// What links may not leave.
    pub boundary: PathBuf,
    /// The builder of every node that is built.
    pub builders: BTreeMap<usize, Builder>,
    /// The inputs of every node that is built.
    pub inputs: BTreeMap<usize, Digest>,
    /// Which nodes are built in this run.
    pub builds: Vec<bool>,
    /// What lint says of what is built.
    pub lint: LintGate,
    /// The day by which exceptions end, in UTC.
    pub today: Date,
    /// How images are tested.
    pub verify: Verify,
    /// How images are scanned.
    pub scanning: Scanning,
    /// The environment of the call.
    pub env: BTreeMap<String, String>,
    /// The environment of `prebuild.sh`.
    pub program_env: BTreeMap<String, String>,
    /// Renders with stamps; none where nothing is stamped and the survey's text serves.
    pub stamped: Option<Renderer>,
    /// What was published in this run.
    pub published: Mutex<HashMap<Reference, Digest>>,
    /// The images of this run that others may be built on, by node.
    pub made: Mutex<HashMap<usize, (Reference, Digest)>>,
}

impl Shared {
    /// Remembers the image of a node.
    pub fn remember_made(&self, node: usize, reference: &Reference, id: &Digest) {
        self.made.lock().unwrap_or_else(PoisonError::into_inner).insert(node, (reference.clone(), id.clone()));
    }

    /// The image of a node in this run, if it has one.
    pub fn made(&self, node: usize) -> Option<(Reference, Digest)> {
        self.made.lock().unwrap_or_else(PoisonError::into_inner).get(&node).cloned()
    }

    /// The Dockerfile to build: with stamps for what is built under one in this run.
    ///
    /// # Errors
    /// When it cannot be rendered with stamps.
    pub fn dockerfile(&self, node: usize) -> Result<String, Failure> {
        let item = self.prepared.survey.item(node);
        match &self.stamped {
            None => Ok(item.rendered.dockerfile.clone()),
            Some(renderer) => match renderer.render(&item.definition.path) {
                Ok(rendered) => Ok(rendered.dockerfile),
                Err(error) => Err(Failure::of(error.to_string())),
            },
        }
    }

    /// What findings of a step on a node's image lead to.
    pub fn policy(&self, step: Step, node: usize) -> Policy {
        let control = &self.prepared.survey.item(node).definition.control;
        self.config.policy(step).with(control.policy.of(step))
    }

    /// The digest under which a reference is published, as far as this run knows.
    pub fn published_digest(&self, reference: &str) -> Option<Digest> {
        let reference = Reference::parse(reference).ok()?.canonical();
        let since = self.published.lock().unwrap_or_else(PoisonError::into_inner);
        since.get(&reference).cloned()
    }

    /// Remembers what was published.
    pub fn remember(&self, reference: &Reference, digest: &Digest) {
        self.published.lock().unwrap_or_else(PoisonError::into_inner).insert(reference.canonical(), digest.clone());
    }
}

/// What presence says is published and what builds will therefore start from, by canonical reference. With
/// `no_pull` they start from the engine's copies, whatever is published.
pub fn published_before(prepared: &Prepared, no_pull: bool) -> HashMap<Reference, Digest> {
    if no_pull {
        return HashMap::new();
    }
    let nodes = 0..prepared.survey.graph.nodes.len();
    let plain = nodes.map(|node| (prepared.survey.graph.nodes[node].reference.clone(), &prepared.presence.facts[node].registry));
    let stamped = prepared.plan.images.iter().map(|image| (image.reference.clone(), &prepared.presence.facts[image.node].stamped));
    let in_engine = plain.chain(stamped).filter_map(|(reference, side)| match side {
        RegistrySide::Published(digest) => Some((reference.canonical(), digest.clone())),
        _ => None,
    });
    in_engine.chain(sources::published_names(prepared)).collect()
}

/// A renderer that stamps the images of this run, where any is stamped: those it builds, and those that an
/// earlier, unfinished run published under the same stamp.
pub fn stamped_renderer(prepared: &Prepared, plan: &Plan, config: &Config) -> Option<Renderer> {
    let survey = &prepared.survey;
    let built: HashMap<usize, &Reference> = plan.images.iter().map(|image| (image.node, &image.reference)).collect();
    let is_stamped = built.iter().any(|(node, reference)| **reference != survey.graph.nodes[*node].reference);
    if !is_stamped {
        return None;
    }
    let mut names: HashMap<&str, &Reference> = survey.items.iter().map(|item| (item.definition.name.as_str(), &item.reference)).collect();
    names.extend(built.iter().map(|(node, reference)| (survey.graph.nodes[*node].name.as_str(), *reference)));
    Some(Renderer::new(settings(config), Arc::new(TreeNames::of(names)), survey.root.clone()))
}
