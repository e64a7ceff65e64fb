//! What a container is kept from, and what a test of a container may look at.

use super::EngineError;
use super::build::image_id;
use super::docker::DockerEngine;
use crate::name::Digest;
use bollard::errors::Error;
use bollard::models::{
    ContainerConfig, HealthStatusEnum, HostConfig, HostConfigLogConfig, ImageInspect, Mount, MountType, MountVolumeOptions,
    MountVolumeOptionsDriverConfig, ResourcesUlimits,
};
use bollard::query_parameters::{CommitContainerOptions, ListContainersOptions, ListImagesOptions, StopContainerOptions};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::net::IpAddr;
use std::time::Duration;

/// What a container may take, and what it is given beyond an image. By default: nothing that is special.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Cage {
    /// Bytes of memory; swap is not given beside it.
    pub memory: Option<u64>,
    /// CPUs, such as 1.5.
    pub cpus: Option<f64>,
    /// Processes and threads.
    pub processes: Option<u32>,
    /// No network but the container's own loopback.
    pub no_network: bool,
    /// What it writes is not kept by the engine, only handed to who is attached.
    pub no_log: bool,
    /// It stays after its end, so that it can be looked at or committed.
    pub keep: bool,
    /// `user`, `uid`, `user:group` or `uid:gid`; none leaves the image's.
    pub user: Option<String>,
    /// Every right the engine can give.
    pub privileged: bool,
    /// Linux capabilities beyond the engine's usual ones.
    pub capabilities: Vec<String>,
    /// `outside:inside[:options]`, as the engine takes them.
    pub binds: Vec<String>,
    /// Nothing of the image's files can be changed.
    pub read_only: bool,
    /// No Linux capability but those of `capabilities`, none that is gained on the way (`no-new-privileges`), no core dumps.
    pub hardened: bool,
    /// Bytes of a `/tmp` in memory.
    pub tmp: Option<u64>,
    /// A folder that lives as long as containers with it run.
    pub scratch: Option<Scratch>,
    /// A container whose scratch folder this one sees, too.
    pub scratch_of: Option<String>,
    /// Where the command begins; none leaves the image's WORKDIR.
    pub workdir: Option<String>,
    /// Labels of the container, and of what is committed from it.
    pub labels: BTreeMap<String, String>,
}

/// A folder of bounded size in the memory of the engine's machine. Programs that run from it gain no rights, devices in it
/// are none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scratch {
    /// Its path inside.
    pub inside: String,
    /// The most bytes it holds.
    pub bytes: u64,
    /// The most files, folders and links it holds.
    pub files: u64,
}

/// The config of an image, as far as tests look at it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ImageConfig {
    /// Operating system and architecture, such as `linux/amd64`.
    pub platform: String,
    /// `KEY=VALUE` in the image's order.
    pub env: Vec<String>,
    /// Labels.
    pub labels: BTreeMap<String, String>,
    /// ENTRYPOINT.
    pub entrypoint: Vec<String>,
    /// CMD.
    pub cmd: Vec<String>,
    /// WORKDIR; empty where there is none.
    pub workdir: String,
    /// USER; empty where there is none.
    pub user: String,
    /// EXPOSE, such as `80/tcp`.
    pub ports: BTreeSet<String>,
    /// VOLUME.
    pub volumes: BTreeSet<String>,
    /// Whether there is a HEALTHCHECK.
    pub healthcheck: bool,
    /// When it was made, as the engine writes it.
    pub created: Option<String>,
}

/// What an engine's HEALTHCHECK says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Health {
    /// There is none.
    None,
    /// Not known yet.
    Starting,
    /// Good.
    Healthy,
    /// Bad.
    Unhealthy,
}

/// A container at one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContainerState {
    /// Whether it runs.
    pub running: bool,
    /// Its exit code, once it has ended.
    pub exit_code: Option<i64>,
    /// What its HEALTHCHECK says.
    pub health: Health,
    /// Its address in the engine's network.
    pub address: Option<IpAddr>,
    /// Whether the kernel ended something in it because its memory was used up.
    pub out_of_memory: bool,
}

/// What tests ask of an engine beyond one container that runs.
#[async_trait::async_trait]
pub trait Probe: Send + Sync {
    /// The config of an image; none where the engine does not have it.
    async fn image_config(&self, image: &Digest) -> Result<Option<ImageConfig>, EngineError>;

    /// Makes an image without a name of a container that was kept. [`super::Engine::untag`] with its id removes it.
    async fn commit(&self, container: &str) -> Result<Digest, EngineError>;

    /// How a container is now; none where it is gone.
    async fn state(&self, container: &str) -> Result<Option<ContainerState>, EngineError>;

    /// Asks a container to end, and ends it after `grace`.
    async fn stop(&self, container: &str, grace: Duration) -> Result<(), EngineError>;

    /// Containers and images that carry this label, with its value.
    async fn labelled(&self, label: &str) -> Result<Labelled, EngineError>;
}

/// What carries a label: ids with the label's value.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Labelled {
    /// Containers, running or not.
    pub containers: Vec<(String, String)>,
    /// Images without a name.
    pub images: Vec<(String, String)>,
}

#[async_trait::async_trait]
impl Probe for DockerEngine {
    async fn image_config(&self, image: &Digest) -> Result<Option<ImageConfig>, EngineError> {
        match self.docker.inspect_image(image.as_str()).await {
            Ok(found) => Ok(Some(config_of(found))),
            Err(Error::DockerResponseServerError { status_code: 404, .. }) => Ok(None),
            Err(error) => Err(self.failures.of(&error)),
        }
    }

    async fn commit(&self, container: &str) -> Result<Digest, EngineError> {
        let options = CommitContainerOptions { container: Some(container.to_owned()), ..CommitContainerOptions::default() };
        let made = self.docker.commit_container(options, ContainerConfig::default()).await.map_err(|e| self.failures.of(&e))?;
        image_id(&made.id).ok_or_else(|| self.failures.answered(&format!("\"{}\" as the id of an image, which is no digest", made.id)))
    }

    async fn state(&self, container: &str) -> Result<Option<ContainerState>, EngineError> {
        let found = match self.docker.inspect_container(container, None).await {
            Ok(found) => found,
            Err(Error::DockerResponseServerError { status_code: 404, .. }) => return Ok(None),
            Err(error) => return Err(self.failures.of(&error)),
        };
        let state = found.state.unwrap_or_default();
        let running = state.running.unwrap_or(false);
        let health = match state.health.and_then(|health| health.status) {
            Some(HealthStatusEnum::STARTING) => Health::Starting,
            Some(HealthStatusEnum::HEALTHY) => Health::Healthy,
            Some(HealthStatusEnum::UNHEALTHY) => Health::Unhealthy,
            _ => Health::None,
        };
        let networks = found.network_settings.and_then(|settings| settings.networks).unwrap_or_default();
        let address = networks.into_values().filter_map(|network| network.ip_address?.parse().ok()).next();
        let exit_code = state.exit_code.filter(|_| !running);
        let out_of_memory = state.oom_killed.unwrap_or(false);
        Ok(Some(ContainerState { running, exit_code, health, address, out_of_memory }))
    }

    async fn stop(&self, container: &str, grace: Duration) -> Result<(), EngineError> {
        let seconds = i32::try_from(grace.as_secs()).unwrap_or(i32::MAX);
        let options = StopContainerOptions { t: Some(seconds), ..StopContainerOptions::default() };
        match self.streaming_client()?.stop_container(container, Some(options)).await {
            // 304: it has ended.
            Ok(()) | Err(Error::DockerResponseServerError { status_code: 304, .. }) => Ok(()),
            Err(error) => Err(self.failures.of(&error)),
        }
    }

    async fn labelled(&self, label: &str) -> Result<Labelled, EngineError> {
        let filters = || Some([("label".to_owned(), vec![label.to_owned()])].into());
        let options = ListContainersOptions { all: true, filters: filters(), ..ListContainersOptions::default() };
        let containers = self.docker.list_containers(Some(options)).await.map_err(|e| self.failures.of(&e))?;
        let options = ListImagesOptions { filters: filters(), ..ListImagesOptions::default() };
        let images = self.docker.list_images(Some(options)).await.map_err(|e| self.failures.of(&e))?;
        let containers = containers.into_iter().filter_map(|found| Some((found.id?, found.labels?.remove(label)?)));
        let nameless = images.into_iter().filter(|found| found.repo_tags.iter().all(|tag| tag.contains("<none>")));
        Ok(Labelled {
            containers: containers.collect(),
            images: nameless.filter_map(|mut found| Some((found.id, found.labels.remove(label)?))).collect(),
        })
    }
}

fn config_of(image: ImageInspect) -> ImageConfig {
    let config = image.config.unwrap_or_default();
    let created = image.created.map(|time| time.to_string()).filter(|time| !time.is_empty());
    let platform = format!("{}/{}", image.os.unwrap_or_default(), image.architecture.unwrap_or_default());
    ImageConfig {
        platform,
        created,
        env: config.env.unwrap_or_default(),
        labels: config.labels.unwrap_or_default().into_iter().collect(),
        entrypoint: config.entrypoint.unwrap_or_default(),
        cmd: config.cmd.unwrap_or_default(),
        workdir: config.working_dir.unwrap_or_default(),
        user: config.user.unwrap_or_default(),
        ports: config.exposed_ports.unwrap_or_default().into_iter().collect(),
        volumes: config.volumes.unwrap_or_default().into_iter().collect(),
        healthcheck: config.healthcheck.and_then(|check| check.test).is_some_and(|test| test.first().is_some_and(|word| word != "NONE")),
    }
}

impl Cage {
    /// What the engine is told of it.
    pub(super) fn apply(&self, host: &mut HostConfig) {
        let number = |n: u64| i64::try_from(n).unwrap_or(i64::MAX);
        host.memory = self.memory.map(number);
        host.memory_swap = self.memory.map(number);
        // The engine counts in billionths; a fraction of one is no matter.
        #[allow(clippy::cast_possible_truncation, reason = "settings bound it to some thousands")]
        let nano = |cpus: f64| (cpus * 1e9) as i64;
        host.nano_cpus = self.cpus.map(nano);
        host.pids_limit = self.processes.map(i64::from);
        host.network_mode = self.no_network.then(|| "none".to_owned());
        host.log_config = self.no_log.then(|| HostConfigLogConfig { typ: Some("none".to_owned()), config: None });
        host.privileged = self.privileged.then_some(true);
        host.cap_add = (!self.capabilities.is_empty()).then(|| self.capabilities.clone());
        host.binds = (!self.binds.is_empty()).then(|| self.binds.clone());
        host.readonly_rootfs = self.read_only.then_some(true);
        host.volumes_from = self.scratch_of.clone().map(|container| vec![container]);
        host.tmpfs = self.tmp.map(|bytes| HashMap::from([("/tmp".to_owned(), format!("rw,exec,nosuid,nodev,mode=1777,size={bytes}"))]));
        if let Some(scratch) = &self.scratch {
            host.mounts.get_or_insert_default().push(scratch.mount());
        }
        if self.hardened {
            host.cap_drop = Some(vec!["ALL".to_owned()]);
            host.security_opt = Some(vec!["no-new-privileges".to_owned()]);
            host.ulimits = Some(vec![ResourcesUlimits { name: Some("core".to_owned()), soft: Some(0), hard: Some(0) }]);
        }
    }
}

impl Scratch {
    /// A volume without a name, which goes with the last container that has it. A volume, because the engine's archive API
    /// does not see what is mounted as `tmpfs` directly.
    fn mount(&self) -> Mount {
        let options = format!("size={},nr_inodes={},mode=0755,nosuid,nodev", self.bytes, self.files);
        let options = [("type", "tmpfs".to_owned()), ("device", "tmpfs".to_owned()), ("o", options)];
        let driver = MountVolumeOptionsDriverConfig {
            name: Some("local".to_owned()),
            options: Some(options.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()),
        };
        Mount {
            typ: Some(MountType::VOLUME),
            target: Some(self.inside.clone()),
            volume_options: Some(MountVolumeOptions { no_copy: Some(true), driver_config: Some(driver), ..MountVolumeOptions::default() }),
            ..Mount::default()
        }
    }
}
