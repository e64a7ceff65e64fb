//! The steps of one image: pull parents, prebuild, build, test, publish.

use super::builder;
use super::environment::build_args;
use super::failure::Failure;
use super::image_tests::{Subject, Tester, structure_tests};
use super::labels;
use super::shared::Shared;
use super::states::{Built, Tested};
use super::steps::Teller;
use crate::context::{self, Ignore, PREBUILD, Staged};
use crate::dockerfile::{self, Dockerfile};
use crate::engine::{BuildRequest, BuildSecret, Builder, Limits};
use crate::event::{BaseImage, Delivery, ImageDetails, ImageOutcome, Step};
use crate::name::{Digest, Reference};
use crate::plan::{Action, EngineSide, Planned};
use crate::publish::{NameLock, Pushed};
use crate::sandbox::Program;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tempfile::{NamedTempFile, TempDir};

/// How the work on one image ended.
#[derive(Debug)]
pub struct Done {
    /// Built, published or reused.
    pub outcome: ImageOutcome,
    /// The manifest's digest in the registry, where it is there.
    pub digest: Option<Digest>,
}

/// A Dockerfile and what it says.
struct Recipe {
    text: String,
    parsed: Dockerfile,
}

/// One image of a run.
pub struct ImageWork {
    /// What all images share.
    pub shared: Arc<Shared>,
    /// The decision.
    pub planned: Planned,
    /// How it tells what happens.
    pub teller: Teller,
}

impl ImageWork {
    /// Does what the plan says.
    ///
    /// # Errors
    /// The first step that went wrong.
    pub async fn run(&self) -> Result<Done, Failure> {
        let built = match self.planned.action {
            Action::Build => self.build().await?,
            _ => self.held().await?,
        };
        self.teller.details(ImageDetails { image_id: Some(built.id().to_string()), ..ImageDetails::default() });
        self.shared.remember_made(self.planned.node, built.reference(), built.id());
        let tested = self.test(built).await?;
        let outcome = if self.planned.action == Action::Build { ImageOutcome::Built } else { ImageOutcome::Reused };
        if !self.planned.push {
            return Ok(Done { outcome, digest: None });
        }
        Ok(match self.publish(&tested).await? {
            Pushed::Sent(digest) => Done { outcome: ImageOutcome::Published, digest: Some(digest) },
            Pushed::WasThere(digest) => Done { outcome, digest: Some(digest) },
        })
    }

    /// The engine's copy, as presence found it.
    async fn held(&self) -> Result<Built, Failure> {
        let reference = &self.planned.reference;
        let EngineSide::Held(held) = &self.shared.prepared.presence.facts[self.planned.node].engine else {
            return Err(Failure::of("the engine does not hold it any more"));
        };
        let lock = self.lock(Step::Test).await?;
        match self.shared.engine.inspect(&reference.to_string()).await? {
            Some(image) if image.id == held.id => Ok(Built::new(image.id, reference.clone(), lock)),
            _ => Err(Failure::of(format!("the engine holds another image as {reference} than when the run began; run again"))),
        }
    }

    /// The right to the image's name, until it is tested and published.
    async fn lock(&self, step: Step) -> Result<NameLock, Failure> {
        let reference = &self.planned.reference;
        let tell = || self.teller.log(step)(&format!("waiting for another run that works on {reference}"));
        Ok(NameLock::acquire(&self.shared.locks, reference, &self.shared.cancel, tell).await?)
    }

    async fn build(&self) -> Result<Built, Failure> {
        self.refuse_broken_tests().await?;
        let recipe = self.recipe()?;
        if let Err(failure) = self.refuse_too_new(&recipe) {
            return self.teller.step(Step::Build, std::future::ready(Err(failure))).await;
        }
        self.pull_parents().await?;
        let folder = TempDir::new_in(&self.shared.scratch).map_err(|e| Failure::of(format!("a temporary folder cannot be made: {e}")))?;
        let staged = self.stage(&recipe, folder.path()).await?;
        self.prebuild(staged.path()).await?;
        self.teller.step(Step::Build, self.build_staged(&recipe, &staged)).await
    }

    /// The Dockerfile as it will be built, stamps and all.
    fn recipe(&self) -> Result<Recipe, Failure> {
        let text = self.shared.dockerfile(self.planned.node)?;
        let parsed =
            dockerfile::parse(&text).map_err(|e| Failure::of(format!("the rendered Dockerfile, line {}: {}", e.line, e.message)))?;
        Ok(Recipe { text, parsed })
    }

    async fn pull_parents(&self) -> Result<(), Failure> {
        let shared = &self.shared;
        if shared.no_pull {
            return Ok(());
        }
        let parents = shared.prepared.survey.graph.nodes[self.planned.node].parents.iter().map(|edge| edge.parent);
        let outside = parents.filter(|parent| !shared.builds[*parent]);
        let published: Vec<(Reference, Digest)> = outside.filter_map(|parent| shared.published_parent(parent)).collect();
        if published.is_empty() {
            return Ok(());
        }
        let pull_all = async {
            for (reference, digest) in &published {
                shared.pulls.ensure(reference, Some(digest), self.teller.progress(Step::Pull)).await?;
            }
            Ok(((), None))
        };
        self.teller.step(Step::Pull, pull_all).await
    }

    async fn stage(&self, recipe: &Recipe, into: &Path) -> Result<Staged, Failure> {
        let (shared, text) = (self.shared.clone(), recipe.text.clone());
        let (node, into) = (self.planned.node, into.to_path_buf());
        let staged = tokio::task::spawn_blocking(move || {
            let folder = shared.prepared.survey.folder(node);
            Ok(context::stage(&folder, &shared.boundary, &text, &into)?)
        });
        staged.await.unwrap_or_else(|e| Err(Failure::of(format!("copying the definition's folder broke off: {e}"))))
    }

    async fn prebuild(&self, staged: &Path) -> Result<(), Failure> {
        let script = staged.join(PREBUILD);
        if !script.is_file() {
            return Ok(());
        }
        let program = Program {
            program: script.display().to_string(),
            args: Vec::new(),
            env: self.shared.program_env.clone(),
            dir: staged.to_path_buf(),
            limit: self.shared.config.cooperage.build_timeout,
        };
        let run = async {
            let ended = program.run(&self.teller.log(Step::Prebuild), &self.shared.cancel).await;
            match ended.map_err(|e| Failure::of(format!("{e}; has {PREBUILD} its run bit and a #! line?")))? {
                ended if ended.is_good() => Ok(((), None)),
                crate::sandbox::Ended::Cancelled => Err(Failure::cancelled()),
                ended => Err(Failure::of(format!("{PREBUILD} failed: {ended}"))),
            }
        };
        self.teller.step(Step::Prebuild, run).await
    }

    async fn build_staged(&self, recipe: &Recipe, staged: &Staged) -> Result<(Built, Option<String>), Failure> {
        let builder = self.shared.builders[&self.planned.node];
        let context = self.pack(staged.path()).await?;
        let args = &self.shared.config.cooperage.build_args;
        let bases = self.bases(recipe).await;
        let request = BuildRequest {
            context: context.path().to_path_buf(),
            labels: labels::of(&self.shared, &self.planned, recipe.parsed.last_base(args), &bases),
            build_args: build_args(&self.shared.config, self.moment()),
            use_cache: self.shared.config.cooperage.use_cache,
            builder,
            limits: self.limits(builder),
            secrets: self.secrets(recipe)?,
            platform: self.shared.config.cooperage.platform.clone(),
        };
        self.tell_facts(builder, bases);
        // The engine finds parents by name, and a name can be given to something else by anybody.
        self.check_parents().await?;
        let id = self.build_within_limit(request).await?;
        self.check_parents().await?;
        let lock = self.lock(Step::Build).await?;
        self.shared.engine.tag(&id, &self.planned.reference).await?;
        Ok((Built::new(id, self.planned.reference.clone(), lock), None))
    }

    /// Whether the parents that this run made still have their names.
    async fn check_parents(&self) -> Result<(), Failure> {
        let parents = self.shared.prepared.survey.graph.nodes[self.planned.node].parents.iter();
        for (reference, id) in parents.filter_map(|edge| self.shared.made(edge.parent)) {
            let held = self.shared.engine.inspect(&reference.to_string()).await?;
            if held.is_none_or(|image| image.id != id) {
                let message = format!("lost_race: in the engine {reference} is no longer the image {id} of this run; run again");
                return Err(Failure::of(message));
            }
        }
        Ok(())
    }

    async fn build_within_limit(&self, request: BuildRequest) -> Result<Digest, Failure> {
        let build = self.shared.engine.build(request, self.teller.log(Step::Build), &self.shared.cancel);
        let Some(limit) = self.shared.config.cooperage.build_timeout else { return Ok(build.await?) };
        match tokio::time::timeout(limit, build).await {
            Ok(result) => Ok(result?),
            Err(_) => {
                Err(Failure::of(format!("the build was stopped after its time limit of {} s (cooperage.build_timeout)", limit.as_secs())))
            }
        }
    }

    fn refuse_too_new(&self, recipe: &Recipe) -> Result<(), Failure> {
        let info = self.shared.engine.info();
        match builder::too_new_for(info, &recipe.parsed.features()) {
            Some(feature) => {
                let what = builder::describe(feature);
                Err(Failure::of(format!("{what} is too new for the engine {}; it came with Docker 23.0 or later", info.version)))
            }
            None => Ok(()),
        }
    }

    /// The context as a tar file.
    async fn pack(&self, staged: &Path) -> Result<NamedTempFile, Failure> {
        let (staged, scratch) = (staged.to_path_buf(), self.shared.scratch.clone());
        let (at, cancel) = (self.moment().unwrap_or(jiff::Timestamp::UNIX_EPOCH), self.shared.cancel.clone());
        let packed = tokio::task::spawn_blocking(move || {
            let ignore = Ignore::load(&staged)?;
            let mut file = NamedTempFile::new_in(&scratch).map_err(|e| Failure::of(format!("a temporary file cannot be made: {e}")))?;
            let mut out = std::io::BufWriter::new(file.as_file_mut());
            let written = context::write_tar(&staged, &ignore, at, &mut out, &|| cancel.is_cancelled());
            drop(out);
            match written {
                Err(context::ContextError::Cancelled) => Err(Failure::cancelled()),
                other => Ok(other.map(|_| file)?),
            }
        });
        packed.await.unwrap_or_else(|e| Err(Failure::of(format!("packing the context broke off: {e}"))))
    }

    /// The time of the newest changelog entry.
    fn moment(&self) -> Option<jiff::Timestamp> {
        self.shared.prepared.survey.item(self.planned.node).definition.changelog.first().date
    }

    fn limits(&self, builder: Builder) -> Limits {
        let limits = &self.shared.config.limits;
        match builder {
            Builder::BuildKit => Limits::default(),
            Builder::Classic => Limits {
                memory: limits.memory,
                memswap: limits.memswap,
                cpushares: limits.cpushares,
                cpusetcpus: limits.cpusetcpus.clone(),
            },
        }
    }

    fn secrets(&self, recipe: &Recipe) -> Result<Vec<BuildSecret>, Failure> {
        let mut ids: Vec<String> = recipe.parsed.secret_ids().into_iter().map(|(id, _)| id).collect();
        ids.sort();
        ids.dedup();
        let read = |id: String| {
            let value = self.shared.config.build_secret(&id).map_err(|e| Failure::of(e.to_string()))?;
            Ok(BuildSecret { id, value: crate::config::Secret::new(value.expose().as_slice().into()) })
        };
        ids.into_iter().map(read).collect()
    }

    /// What the image is built on, with the digest of its manifest where the engine knows it.
    async fn bases(&self, recipe: &Recipe) -> Vec<BaseImage> {
        let mut found: Vec<BaseImage> = Vec::new();
        for used in recipe.parsed.external_references(&self.shared.config.cooperage.build_args) {
            let reference = used.text;
            if found.iter().any(|base| base.reference == reference) {
                continue;
            }
            let digest = match self.shared.published_digest(&reference) {
                Some(digest) => Some(digest.to_string()),
                None => self.digest_in_engine(&reference).await,
            };
            found.push(BaseImage { reference, digest });
        }
        found
    }

    async fn digest_in_engine(&self, reference: &str) -> Option<String> {
        let name = Reference::parse(reference).ok()?.canonical().name();
        // A base without a known digest is no reason to fail: the build itself will say if it is not there.
        let held = self.shared.engine.inspect(reference).await.ok()??;
        let same = |known: &&String| Reference::parse(known).is_ok_and(|known| known.canonical().name() == name);
        held.repo_digests.iter().find(same)?.split_once('@').map(|(_, digest)| digest.to_owned())
    }

    fn tell_facts(&self, builder: Builder, bases: Vec<BaseImage>) {
        let inputs = self.shared.inputs.get(&self.planned.node).map(ToString::to_string);
        let builder = Some(builder.as_str().to_owned());
        self.teller.details(ImageDetails { inputs, builder, bases, ..ImageDetails::default() });
    }

    async fn test(&self, built: Built) -> Result<Tested, Failure> {
        let shared = &self.shared;
        let folder = absolute(&shared.prepared.survey.folder(self.planned.node))?;
        let tester = Tester { engine: shared.engine.as_ref(), verify: &shared.verify, env: &shared.env, cancel: &shared.cancel };
        let run = async {
            let structures = structure_tests(&folder)?;
            let reference = built.reference().to_string();
            let subject = Subject { reference: &reference, image: built.id() };
            let tests = tester.test(subject, Some(&folder), structures, &self.teller).await?;
            let note = tests.is_empty().then(|| "the definition has no test".to_owned());
            built.passed(&tests).map(|tested| (tested, note))
        };
        self.teller.step(Step::Test, run).await
    }

    /// Tests that cannot be read are not worth a build.
    async fn refuse_broken_tests(&self) -> Result<(), Failure> {
        match structure_tests(&self.shared.prepared.survey.folder(self.planned.node)) {
            Ok(_) => Ok(()),
            Err(failure) => self.teller.step(Step::Test, std::future::ready(Err(failure))).await,
        }
    }

    async fn publish(&self, tested: &Tested) -> Result<Pushed, Failure> {
        let Some(publisher) = &self.shared.publisher else { return Err(Failure::of("there is no registry to publish to")) };
        let run = async {
            let progress = self.teller.progress(Step::Publish);
            let pushed = publisher.push(tested.reference(), tested.id(), tested.lock(), progress, &self.shared.cancel).await?;
            let note = matches!(pushed, Pushed::WasThere(_)).then(|| "the same image was published already".to_owned());
            Ok((pushed, note))
        };
        let pushed = self.teller.step(Step::Publish, run).await?;
        let digest = pushed.digest();
        self.shared.remember(tested.reference(), digest);
        let delivery = Delivery {
            name: "registry".to_owned(),
            reference: tested.reference().to_string(),
            digest: Some(digest.to_string()),
            tags: Vec::new(),
        };
        self.teller.details(ImageDetails { destinations: vec![delivery], ..ImageDetails::default() });
        Ok(pushed)
    }
}

fn absolute(path: &Path) -> Result<PathBuf, Failure> {
    std::path::absolute(path).map_err(|e| Failure::of(format!("{}: {e}", path.display())))
}
