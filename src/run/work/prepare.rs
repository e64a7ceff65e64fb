//! From a call to a plan: survey, selection, presence, decisions.

use crate::catalog::{Defect, Severity};
use crate::config::Config;
use crate::engine::EngineError;
use crate::git::GitError;
use crate::lint::HadolintError;
use crate::plan::{Plan, PlanOptions, SelectError, Selection, Unclear, UpdateError, decide, select};
use crate::publish::{MoveError, PlacementProblem, Placements};
use crate::registry::{RegistryError, StaleLogin};
use crate::run::presence::asked::{self, Presence};
use crate::run::session::{Session, SessionError};
use crate::run::survey::{Judging, Survey, SurveyError, survey};
use crate::update::UpdateWriteError;
use std::path::{Path, PathBuf};
use tokio_util::sync::CancellationToken;

/// Why a run was not started, or stopped before anything was built.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// There is no catalogue to work with.
    #[error(transparent)]
    Survey(#[from] SurveyError),
    /// Definitions that this run needs are broken. Before the defects may stand warnings that can be their cause.
    #[error("{}; nothing was started", counted(.0))]
    Defects(Vec<Defect>),
    /// The selection matches nothing.
    #[error(transparent)]
    Select(#[from] SelectError),
    /// Demands that no builder can meet, one line each.
    #[error("{}", .0.join("\n"))]
    Refused(Vec<String>),
    /// An image that is there, and cannot be read.
    #[error("{0}")]
    Unreadable(String),
    /// Publishing was asked for without saying where.
    #[error("--publish needs a registry; set `registry` in the configuration or COOPERAGE_REGISTRY")]
    NoRegistry,
    /// An update that fits nothing.
    #[error(transparent)]
    Update(#[from] UpdateError),
    /// New entries cannot be written.
    #[error(transparent)]
    Write(#[from] UpdateWriteError),
    /// What git says makes an update or its commit impossible; nothing was written.
    #[error("nothing was written, because {why}:{}", .files.iter().map(|file| format!("\n  {}", file.display())).collect::<String>())]
    GitState {
        /// What is in the way.
        why: &'static str,
        /// Which files.
        files: Vec<PathBuf>,
    },
    /// Entries stand in the changelogs, but there is no commit of them.
    #[error("the entries are written, but not committed: {0}")]
    NotCommitted(GitError),
    /// There is nobody to ask what is stale.
    #[error("--stale asks the registry what is published; set `registry` in the configuration or COOPERAGE_REGISTRY")]
    NoRegistryToAsk,
    /// Git does not answer.
    #[error(transparent)]
    Git(#[from] GitError),
    /// `--changed-since` outside of git.
    #[error("{0} is not in a git repository, so --changed-since cannot tell what changed")]
    NotInGit(String),
    /// Sign-ins or certificates cannot be read.
    #[error(transparent)]
    Session(#[from] SessionError),
    /// A temporary folder or a lock cannot be made.
    #[error("{what}: {source}")]
    Io {
        /// What was tried.
        what: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// Engine or registry gave no clear answer.
    #[error("nothing was started, because it is not clear what is published:\n{0}")]
    Unclear(#[from] Unclear),
    /// Images are to be pushed with a sign-in that the registry has refused already.
    #[error("nothing was started, because images are to be pushed: {0}")]
    StaleSignIn(Box<StaleLogin>),
    /// The engine is not there.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// The registry is not there.
    #[error(transparent)]
    Registry(#[from] RegistryError),
    /// Tags could not be moved.
    #[error(transparent)]
    Moves(#[from] MoveError),
    /// hadolint is to judge and gives no answer.
    #[error(transparent)]
    Hadolint(#[from] HadolintError),
    /// A base image cannot be refreshed and the engine does not have it.
    #[error("the base image {reference} cannot be pulled and is not in the engine: {message}")]
    Base {
        /// The base image.
        reference: String,
        /// What went wrong.
        message: String,
    },
    /// An image that is to be run is not in the engine and cannot be pulled.
    #[error("{reference} is not in the engine and cannot be pulled: {source}")]
    NotPulled {
        /// The image.
        reference: String,
        /// What went wrong.
        source: EngineError,
    },
    /// An image that is to be run is not in the engine, and there is no registry.
    #[error("{0} is not in the engine, and no registry is configured to pull it from; `docker images` shows what is there")]
    NotHeld(String),
    /// An image that is to be run was not made.
    #[error("{0} could not be built, so there is nothing to run; what was wrong stands above")]
    NotMade(String),
    /// Ctrl-C.
    #[error("interrupted")]
    Interrupted,
}

fn counted(defects: &[Defect]) -> String {
    match defects.iter().filter(|defect| defect.severity == Severity::Error).count() {
        1 => "1 defect is in the way".to_owned(),
        count => format!("{count} defects are in the way"),
    }
}

/// A run that could start.
pub struct Prepared {
    /// The catalogue.
    pub survey: Survey,
    /// Which nodes were asked for.
    pub selected: Vec<bool>,
    /// What engine and registry hold.
    pub presence: Presence,
    /// The decisions.
    pub plan: Plan,
}

impl Prepared {
    /// Where images go in this run, stamps and all.
    pub fn placements(&self) -> &Placements {
        self.presence.stamped.as_ref().unwrap_or(&self.survey.placements)
    }
}

/// Reads the catalogue for a command that must not start with broken definitions in its way.
///
/// # Errors
/// When there is no catalogue, the selection matches nothing, or defects are in the way.
pub fn choose(directory: &Path, config: &Config, selection: &Selection) -> Result<(Survey, Vec<bool>), RunError> {
    let survey = survey(directory, config, Judging::Strict)?;
    // Defects first: "nothing matches" would be a strange thing to say of a definition that is only broken.
    let chosen = select(&survey.graph, selection);
    let none = vec![false; survey.graph.nodes.len()];
    let in_the_way = survey.defects_in_the_way(selection, chosen.as_ref().unwrap_or(&none));
    if !in_the_way.is_empty() {
        return Err(RunError::Defects(survey.with_causes(&in_the_way)));
    }
    Ok((survey, chosen?))
}

/// The paths below `directory` that changed since a revision.
///
/// # Errors
/// When `directory` is not in git or the revision is unknown.
pub fn changed_since(directory: &Path, revision: &str) -> Result<Vec<String>, RunError> {
    let repository = crate::git::discover(directory)?;
    let repository = repository.ok_or_else(|| RunError::NotInGit(directory.display().to_string()))?;
    Ok(repository.changed_since(revision, directory)?)
}

/// Whether good images are pushed: as told, else when a username and a password are configured.
///
/// # Errors
/// When publishing is asked for and no registry is configured.
pub fn publishes(config: &Config) -> Result<bool, RunError> {
    match config.publishing() {
        Some(true) if !has_destination(config) => Err(RunError::NoRegistry),
        Some(told) => Ok(told),
        None => Ok(config.login().is_some() && !config.registry.is_empty()),
    }
}

/// Whether images have somewhere to go.
pub fn has_destination(config: &Config) -> bool {
    !config.registry.is_empty() || !config.destinations.is_empty()
}

/// The builder a node would be built with; none where no builder can.
pub fn builder_of(session: &Session, prepared: &Prepared, node: usize) -> Option<&'static str> {
    let Some(Ok(engine)) = &session.sides.engine else { return None };
    let parsed = prepared.survey.item(node).parsed.as_ref()?;
    crate::run::image::builder::choose(&session.config, engine.info(), parsed).ok().map(crate::engine::Builder::as_str)
}

/// Asks engine and registry and decides.
///
/// # Errors
/// When a stamp makes no tag, the engine is not there, or an answer is not clear.
pub async fn prepare(
    session: &Session,
    survey: Survey,
    selected: Vec<bool>,
    options: &PlanOptions,
    cancel: &CancellationToken,
) -> Result<Prepared, RunError> {
    check_names(&survey, &selected, options)?;
    check_stamps(&survey, &selected, options)?;
    if let Some(Err(error)) = &session.sides.engine {
        return Err(error.clone().into());
    }
    let involved = survey.graph.with_ancestors(&selected);
    let mut presence = ask(session, &survey, &involved, &selected, options).await;
    asked::compare_inputs(&survey, &session.config, session.boundary(), &mut presence, &|| cancel.is_cancelled());
    let plan = decide(&survey.graph, &selected, &presence.facts, options)?;
    Ok(Prepared { survey, selected, presence, plan })
}

/// Names that cannot be, and names that two images share, anywhere in the catalogue.
pub fn check_names(survey: &Survey, selected: &[bool], options: &PlanOptions) -> Result<(), RunError> {
    let stamped = if survey.destinations.is_listed() { survey.stamped_placements(selected, options) } else { None };
    let problems = survey.placements.problems().iter().chain(stamped.iter().flat_map(Placements::problems));
    let defects: Vec<Defect> = problems.map(PlacementProblem::to_defect).collect();
    if defects.is_empty() { Ok(()) } else { Err(RunError::Defects(defects)) }
}

/// A stamp may make a version too long for a tag.
fn check_stamps(survey: &Survey, selected: &[bool], options: &PlanOptions) -> Result<(), RunError> {
    let chosen = survey.graph.nodes.iter().zip(selected).filter(|(_, chosen)| **chosen);
    let defects: Vec<Defect> = chosen
        .filter_map(|(node, _)| {
            let error = options.stamped(&node.reference).err()?;
            Some(Defect::error("bad_stamped_tag", error.to_string()).at(format!("{}/changelog", node.path)).of(&node.name))
        })
        .collect();
    if defects.is_empty() { Ok(()) } else { Err(RunError::Defects(defects)) }
}

/// Asks about the marked nodes, as wide as `registry_parallel` says.
pub async fn ask(session: &Session, survey: &Survey, marked: &[bool], selected: &[bool], options: &PlanOptions) -> Presence {
    asked::ask(survey, marked, selected, &session.sides, session.config.registry_parallel(), options).await
}
