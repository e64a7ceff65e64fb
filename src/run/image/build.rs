//! How one image is made: its parents, its context, `prebuild.sh`, the build itself.

use super::ImageWork;
use super::builder;
use super::labels;
use super::states::Built;
use crate::context::{self, Ignore, PREBUILD, Staged};
use crate::dockerfile::{self, Dockerfile};
use crate::engine::{BuildRequest, BuildSecret, Builder, Limits};
use crate::event::{BaseImage, ImageDetails, Step};
use crate::name::{Digest, Reference};
use crate::run::pulling::sources::{self, Source};
use crate::run::work::environment::build_args;
use crate::run::work::failure::Failure;
use crate::sandbox::Program;
use std::path::Path;
use tempfile::{NamedTempFile, TempDir};

/// A Dockerfile and what it says.
pub(super) struct Recipe {
    pub(super) text: String,
    pub(super) parsed: Dockerfile,
}

impl ImageWork {
    /// Builds it, with all that comes before.
    pub(super) async fn build(&self) -> Result<Built, Failure> {
        self.lint().await?;
        self.refuse_broken_tests().await?;
        let recipe = match self.making() {
            Some(making) => self.prepare_clone(making).await?,
            None => self.recipe()?,
        };
        if let Err(failure) = self.refuse_too_new(&recipe) {
            return self.teller.step(Step::Build, std::future::ready(Err(failure))).await;
        }
        self.pull_parents().await?;
        let other_names = self.name_parents().await?;
        let folder = TempDir::new_in(&self.shared.scratch).map_err(|e| Failure::of(format!("a temporary folder cannot be made: {e}")))?;
        let staged = match self.making() {
            Some(making) => self.stage_clone(making, &recipe, folder.path()).await?,
            None => self.stage(&recipe, folder.path()).await?,
        };
        if self.making().is_none() {
            self.prebuild(staged.path()).await?;
        }
        self.teller.step(Step::Build, self.build_staged(&recipe, &staged, &other_names)).await
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
        let published: Vec<Source> = outside.filter_map(|parent| sources::of_parent(&shared.prepared, parent)).collect();
        let bases = self.bases_of_entry();
        if published.is_empty() && bases.is_empty() {
            return Ok(());
        }
        let pull_all = async {
            for base in &bases {
                self.pull_base(base).await?;
            }
            for source in &published {
                shared.pulls.ensure_source(source, self.teller.progress(Step::Pull)).await?;
            }
            Ok(((), None))
        };
        self.teller.step(Step::Pull, pull_all).await
    }

    /// Gives the engine's copies of parents the names that the Dockerfile calls them by, where those are names of a
    /// destination. Returns what was given.
    async fn name_parents(&self) -> Result<Vec<(Reference, Digest)>, Failure> {
        let (shared, mut given) = (&self.shared, Vec::new());
        let graph = &shared.prepared.survey.graph;
        for edge in graph.nodes[self.planned.node].parents.iter().filter(|edge| !edge.names.is_empty()) {
            // Those names are of the plain version: what this run stamps is another image.
            let plain = &graph.nodes[edge.parent].reference;
            let Some(held) = shared.engine.inspect(&plain.to_string()).await? else { continue };
            for name in &edge.names {
                shared.engine.tag(&held.id, name).await?;
                given.push((name.clone(), held.id.clone()));
            }
        }
        Ok(given)
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

    async fn build_staged(
        &self,
        recipe: &Recipe,
        staged: &Staged,
        other_names: &[(Reference, Digest)],
    ) -> Result<(Built, Option<String>), Failure> {
        let builder = match self.making() {
            Some(_) => builder::choose(&self.shared.config, self.shared.engine.info(), &recipe.parsed).map_err(Failure::of)?,
            None => self.shared.builders[&self.planned.node],
        };
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
        self.check_parents(other_names).await?;
        let id = self.build_within_limit(request).await?;
        self.check_parents(other_names).await?;
        let lock = self.lock(Step::Build).await?;
        self.shared.engine.tag(&id, &self.planned.reference).await?;
        Ok((Built::new(id, self.planned.reference.clone(), lock), None))
    }

    /// Whether the parents that this run made still have their names.
    async fn check_parents(&self, other_names: &[(Reference, Digest)]) -> Result<(), Failure> {
        let parents = self.shared.prepared.survey.graph.nodes[self.planned.node].parents.iter();
        let made = parents.filter_map(|edge| self.shared.made(edge.parent));
        for (reference, id) in made.chain(other_names.iter().cloned()) {
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
            self.refuse_secret(&id)?;
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
}
