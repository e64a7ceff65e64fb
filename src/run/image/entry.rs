//! What is different about an image that an entry of the container index describes: its folder is a clone, and its scripts are
//! other people's code.

use super::ImageWork;
use super::build::Recipe;
use super::states::{Built, Tested};
use crate::context::{self, Staged};
use crate::dockerfile;
use crate::engine::Address;
use crate::event::Step;
use crate::finding;
use crate::git::confined;
use crate::name::Reference;
use crate::run::gates::findings::tell;
use crate::run::gates::image_tests::{Subject, Tester, Tests, case_of, load};
use crate::run::gates::lint_gate::lint_one;
use crate::run::index::{Making, Ready};
use crate::run::pulling::bases;
use crate::run::work::failure::{Failure, Scope};
use crate::sandbox::{CageLimits, Caged, Ended, EngineProxy, Program, run_caged};
use crate::testing::{Case, Structure, Verdict};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Instant;
use tempfile::TempDir;

/// What a script of the project finds in its environment: the image's name.
const CONTAINER_NAME: &str = "CONTAINER_NAME";

/// A clone that is removed with the work on its image.
pub(super) struct Clone {
    tree: PathBuf,
    _folder: TempDir,
}

impl ImageWork {
    /// How the image is made, where an entry says so.
    pub(super) fn making(&self) -> Option<&Making> {
        self.shared.prepared.survey.item(self.planned.node).making.as_deref()
    }

    /// Brings the clone here and lets the project prepare it. Returns the Dockerfile.
    pub(super) async fn prepare_clone(&self, making: &Making) -> Result<Recipe, Failure> {
        let clone = self.clone_of(making).await?.to_owned();
        let ready = ready(making)?;
        if let Some((workdir, script)) = &ready.prebuild {
            let run = async {
                let ended = self.run_script(making, workdir, script, BTreeMap::new(), None, Step::Prebuild).await?;
                if ended.is_good() { Ok(((), None)) } else { Err(stopped(ended, "the prebuild script", script)) }
            };
            self.teller.step(Step::Prebuild, run).await?;
        }
        let text = read_inside(&clone, &ready.target)?;
        let parsed = dockerfile::parse(&text).map_err(|e| Failure::of(format!("{}, line {}: {}", ready.target, e.line, e.message)))?;
        if !making.is_known() {
            self.lint_late(&text).await?;
        }
        Ok(Recipe { text, parsed })
    }

    /// The images from outside that the entry's Dockerfile names.
    pub(super) fn bases_of_entry(&self) -> Vec<Reference> {
        let node = &self.shared.prepared.survey.graph.nodes[self.planned.node];
        let bases = self.making().into_iter().flat_map(|_| &node.bases);
        bases.filter_map(|base| Reference::parse(&base.reference).ok()).collect()
    }

    /// Refreshes one of them. Where that fails the engine's copy serves; where there is none, this image fails alone.
    pub(super) async fn pull_base(&self, base: &Reference) -> Result<(), Failure> {
        let Err(failure) = self.shared.pulls.ensure(base, None, self.teller.progress(Step::Pull)).await else { return Ok(()) };
        if failure.scope == Scope::Cancelled {
            return Err(failure);
        }
        match bases::is_in_engine(base, &failure, self.shared.engine.as_ref(), &self.teller).await? {
            true => Ok(()),
            false => Err(Failure::of(format!("the base image {base} cannot be pulled and is not in the engine: {failure}"))),
        }
    }

    /// Lints a Dockerfile that a prebuild script may have written.
    async fn lint_late(&self, text: &str) -> Result<(), Failure> {
        let (shared, node) = (&self.shared, self.planned.node);
        let policy = shared.policy(finding::Step::Lint, node);
        if policy.mode == finding::Mode::Off {
            return Ok(());
        }
        let run = async {
            let judged = lint_one(shared, node, text).await?;
            Ok((tell(Step::Lint, &judged, &policy, &self.teller)?, None))
        };
        self.teller.step(Step::Lint, run).await
    }

    /// The clone at its commit, brought here once.
    async fn clone_of(&self, making: &Making) -> Result<&Path, Failure> {
        if let Some(clone) = self.clone.get() {
            return Ok(&clone.tree);
        }
        let bring = async { Ok((self.clone.get_or_try_init(|| self.bring(making)).await?, None)) };
        Ok(&self.teller.step(Step::Checkout, bring).await?.tree)
    }

    async fn bring(&self, making: &Making) -> Result<Clone, Failure> {
        let ready = ready(making)?;
        let folder = self.scratch_folder()?;
        let tree = folder.path().join("clone");
        ready.fetched.checkout(&tree, &self.shared.cancel).await.map_err(|e| Failure::of(e.to_string()))?;
        Ok(Clone { tree, _folder: folder })
    }

    fn scratch_folder(&self) -> Result<TempDir, Failure> {
        TempDir::new_in(&self.shared.scratch).map_err(|e| Failure::of(format!("a temporary folder cannot be made: {e}")))
    }

    /// The context that the entry names, with its Dockerfile.
    pub(super) async fn stage_clone(&self, making: &Making, recipe: &Recipe, into: &Path) -> Result<Staged, Failure> {
        let clone = self.clone_of(making).await?.to_owned();
        // A prebuild script may have put a link in its place.
        let folder = inside(&clone, &ready(making)?.context)?;
        let (text, into) = (recipe.text.clone(), into.to_owned());
        let staged = tokio::task::spawn_blocking(move || Ok(context::stage(&folder, &clone, &text, &into)?));
        staged.await.unwrap_or_else(|e| Err(Failure::of(format!("copying the clone's context broke off: {e}"))))
    }

    /// Whether the image may have a build secret: the operator gives it to the entry, and the project asks for it.
    pub(super) fn refuse_secret(&self, id: &str) -> Result<(), Failure> {
        let Some(making) = self.making() else { return Ok(()) };
        let asked = ready(making)?.project.iter().flat_map(|project| &project.secrets).any(|secret| secret == id);
        match (asked, making.grant.secrets.iter().any(|given| given == id)) {
            (true, true) => Ok(()),
            (false, _) => Err(Failure::of(format!("the Dockerfile wants the build secret {id}; list it under secrets in .cooperage.yml"))),
            (true, false) => Err(Failure::of(format!(
                "the build secret {id} is not given to this image: cooperage.index.secrets does not name it, or this is not a build of the branch that publishes"
            ))),
        }
    }

    /// Tests what was built with the project's own script and structure tests.
    pub(super) async fn test_entry(&self, making: &Making, built: Built) -> Result<Tested, Failure> {
        let policy = self.test_policy();
        if policy.is_off() {
            return built.untested(&policy);
        }
        let clone = self.clone_of(making).await?.to_owned();
        let run = async {
            let ready = ready(making)?;
            let structures = structures(&clone, ready)?;
            let (verdict, case) = self.script_of(making, &built).await?;
            let mut tests = Tests { verdict, cases: Vec::new() };
            case.iter().for_each(|case| self.teller.case(case));
            tests.cases.extend(case);
            if tests.gating(Some(&policy)).next().is_none() && !structures.is_empty() {
                let shared = &self.shared;
                let tester = Tester { engine: shared.engine.as_ref(), verify: &shared.verify, env: &shared.env, cancel: &shared.cancel };
                let reference = built.reference().to_string();
                let subject = Subject { reference: &reference, image: built.id() };
                tests.cases.extend(tester.test(subject, None, structures, Some(&policy), &self.teller).await?.cases);
            }
            let note = tests.is_empty().then(|| "the project has no test".to_owned());
            let judged = policy.judge(&tests.cases);
            let told = tell(Step::Test, &judged, &policy.policy, &self.teller);
            built.passed(&tests, &policy, &judged, told).map(|tested| (tested, note))
        };
        self.teller.step(Step::Test, run).await
    }

    /// The project's test script, caged, with an engine that knows this image alone.
    async fn script_of(&self, making: &Making, built: &Built) -> Result<(Verdict, Option<Case>), Failure> {
        let ready = ready(making)?;
        let script = ready.project.iter().filter(|project| !project.test_skip).find_map(|project| project.test_script.as_ref());
        let Some(script) = script else { return Ok((Verdict::NoTest, None)) };
        let started = Instant::now();
        let folder = self.scratch_folder()?;
        let env = BTreeMap::from([(CONTAINER_NAME.to_owned(), built.reference().to_string())]);
        let proxy = if making.grant.host { None } else { Some(self.proxy(making, built, folder.path())?) };
        let ended = self.run_script(making, &ready.folder, script, env, proxy.as_ref(), Step::Test).await;
        if let Some(proxy) = proxy {
            // What was refused stands in the log of the cage.
            proxy.close().await;
        }
        let verdict = match ended? {
            Ended::Cancelled => return Err(Failure::cancelled()),
            ended if ended.is_good() => Verdict::Passed,
            ended => Verdict::Failed(ended),
        };
        Ok((verdict, case_of(verdict, script.clone(), started)))
    }

    /// Runs a script of the project: caged or, where the operator says so, on the host.
    async fn run_script(
        &self,
        making: &Making,
        workdir: &str,
        script: &str,
        env: BTreeMap<String, String>,
        socket: Option<&EngineProxy>,
        step: Step,
    ) -> Result<Ended, Failure> {
        let (shared, clone) = (&self.shared, self.clone_of(making).await?);
        let log = self.teller.log(step);
        let command = vec!["sh".to_owned(), script.to_owned()];
        if making.grant.host {
            let dir = clone.join(workdir);
            let limit = Some(shared.config.cooperage.sandbox.time);
            let env = shared.program_env.clone().into_iter().chain(env).collect();
            let program = Program { program: "sh".to_owned(), args: vec![script.to_owned()], env, dir, limit };
            return Ok(program.run(&log, &shared.cancel).await?);
        }
        let limits = self.cage_limits(making)?;
        let caged = Caged { engine: &shared.engine, tree: clone, workdir, command, env, socket, limits: &limits };
        run_caged(caged, &log, &shared.cancel).await.map_err(|error| Failure::of(error.to_string()))
    }

    /// The engine as the project's test may use it. An engine on another machine cannot be given a socket of this one.
    fn proxy(&self, making: &Making, built: &Built, folder: &Path) -> Result<EngineProxy, Failure> {
        let address = Address::parse(&self.shared.engine.info().address, None).map_err(Failure::of)?;
        let proxy = EngineProxy::start(&address, built.id(), built.reference(), folder, &self.cage_limits(making)?);
        proxy.map_err(|error| Failure::of(error.to_string()))
    }

    /// What scripts of the project may take.
    fn cage_limits(&self, making: &Making) -> Result<CageLimits, Failure> {
        let limits = CageLimits::of(&self.shared.config.cooperage.sandbox, making.grant.network);
        let missing = "the project has a script, and cooperage.sandbox.image names no image for cages; name one, or run scripts on this machine with --allow-host-scripts";
        limits.ok_or_else(|| Failure::of(missing))
    }
}

/// The repository, or why there is none.
fn ready(making: &Making) -> Result<&Ready, Failure> {
    making.ready.as_ref().map_err(|why| Failure::of(why.clone()))
}

fn stopped(ended: Ended, what: &str, script: &str) -> Failure {
    match ended {
        Ended::Cancelled => Failure::cancelled(),
        ended => Failure::of(format!("{what} {script} failed: {ended}")),
    }
}

/// A file of the clone; a link may not lead out of it.
fn read_inside(clone: &Path, path: &str) -> Result<String, Failure> {
    std::fs::read_to_string(inside(clone, path)?).map_err(|error| Failure::of(format!("{path}: {error}")))
}

/// Where a path of the clone really is.
fn inside(clone: &Path, path: &str) -> Result<PathBuf, Failure> {
    let failed = |error: std::io::Error| Failure::of(format!("{path}: {error}"));
    let (top, found) = (clone.canonicalize().map_err(failed)?, clone.join(path).canonicalize().map_err(failed)?);
    if found.starts_with(&top) { Ok(found) } else { Err(Failure::of(format!("{path} is a link that leads out of the repository"))) }
}

/// The structure tests that the project names.
fn structures(clone: &Path, ready: &Ready) -> Result<Vec<Structure>, Failure> {
    let Some(project) = &ready.project else { return Ok(Vec::new()) };
    let inside = |file: &String| confined(&ready.folder, file).ok_or_else(|| Failure::of(format!("{file} leads out of the repository")));
    let files = project.structure_tests.iter().map(inside).collect::<Result<Vec<_>, _>>()?;
    for file in &files {
        read_inside(clone, file)?;
    }
    load(files.into_iter().map(|file| (clone.join(&file), file)))
}
