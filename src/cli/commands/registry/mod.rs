//! `registry`: one file a command.

mod gc;
mod inspect;
mod list;
mod touch;
mod usage;

use crate::cli::exit::Trouble;
use crate::cli::options::Call;
use crate::cli::options::registries::RegistryCommand;
use crate::cli::surroundings::Surroundings;
use crate::config::Config;
use crate::publish::retain::Owners;
use crate::publish::{PlacementProblem, Spots};
use crate::registry::Credentials;
use crate::run::{Estate, RunError, estate, names, owners, registries, releases, stale_sign_ins};
use std::future::Future;
use std::path::Path;
use std::sync::Arc;
use tokio_util::sync::CancellationToken;

/// Runs one of them.
pub async fn run(call: &Call, command: &RegistryCommand, surroundings: &Surroundings) -> Result<u8, Trouble> {
    match command {
        RegistryCommand::List(options) => list::run(call, options, surroundings).await,
        RegistryCommand::Inspect(options) => inspect::run(call, options, surroundings).await,
        RegistryCommand::Gc(options) => gc::run(call, options, surroundings).await,
        RegistryCommand::Usage(options) => usage::run(call, options, surroundings).await,
        RegistryCommand::Touch(options) => touch::run(call, options, surroundings).await,
    }
}

/// Whom these calls ask.
struct Desk {
    config: Config,
    spots: Spots,
    credentials: Arc<dyn Credentials>,
    cancel: CancellationToken,
}

impl Desk {
    fn open(call: &Call, surroundings: &Surroundings) -> Result<Self, Trouble> {
        let config = surroundings.configure(call, Vec::new())?;
        super::show_config_warnings(surroundings, &config);
        let (registry, credentials) = registries(&config, &surroundings.env)?;
        Ok(Self { config, spots: Spots::new(registry), credentials, cancel: crate::cli::interrupt::token()? })
    }

    /// The catalogue's names; what is wrong with it is shown.
    fn catalogue(&self, directory: &Path, keep_from: &[String], surroundings: &Surroundings) -> Result<Catalogue, Trouble> {
        let names = names(directory, &self.config)?;
        if names.destinations.list().is_empty() {
            return Err(Trouble::call("no destination is configured; set registry, or list destinations under cooperage.publish"));
        }
        let problems: Vec<_> = names.placements.problems().iter().map(PlacementProblem::to_defect).collect();
        let (released, unknown) = match releases(&self.config, &names) {
            Ok(released) => (released, Vec::new()),
            Err(defect) => (Vec::new(), vec![*defect]),
        };
        super::show(surroundings, &[&names.warnings, &names.defects, &problems, &unknown]);
        let mut owners = owners(directory, &self.config, &names, keep_from)?;
        for (name, reference) in released {
            owners.add_release(&reference, &name, names.version(&name).unwrap_or_default());
        }
        Ok(Catalogue { is_sound: names.defects.is_empty() && problems.is_empty() && unknown.is_empty(), owners })
    }

    async fn estates(&self, catalogue: &Catalogue) -> Result<Vec<Estate>, Trouble> {
        let parallel = self.config.registry_parallel();
        self.until(async { Ok(estate(&catalogue.owners, &self.spots, parallel).await?) }).await
    }

    /// Runs `work`, unless Ctrl-C comes first; then tells of sign-ins that were refused.
    async fn until<T>(&self, work: impl Future<Output = Result<T, Trouble>>) -> Result<T, Trouble> {
        tokio::select! {
            result = work => result,
            () = self.cancel.cancelled() => Err(RunError::Interrupted.into()),
        }
    }

    fn tell_stale(&self, surroundings: &Surroundings) {
        super::show(surroundings, &[&stale_sign_ins(self.credentials.as_ref())]);
    }
}

/// A catalogue with all names that its images have, or had.
struct Catalogue {
    owners: Owners,
    is_sound: bool,
}
