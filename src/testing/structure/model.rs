//! Structure tests, read.

use crate::config::yaml::Place;
use std::time::Duration;

/// A file with structure tests.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Structure {
    /// How messages name the file.
    pub file: String,
    /// `globalEnvVars`.
    pub globals: Vec<Pair>,
    /// `commandTests`.
    pub commands: Vec<CommandTest>,
    /// `fileExistenceTests`.
    pub existence: Vec<ExistenceTest>,
    /// `fileContentTests`.
    pub contents: Vec<ContentTest>,
    /// `metadataTest`, where it asks for anything.
    pub metadata: Option<Metadata>,
    /// `licenseTests`.
    pub licenses: Vec<LicenseTest>,
    /// `containerRunOptions`.
    pub container: Container,
    /// `health`: ours.
    pub health: Option<Health>,
    /// `sandbox`: ours.
    pub sandbox: Sandbox,
}

/// A key and a value: a variable or a label.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pair {
    /// Its name.
    pub key: String,
    /// Its value, or an expression for it.
    pub value: String,
    /// Whether the value is a regular expression.
    pub is_regex: bool,
}

/// A command in a fresh container.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CommandTest {
    /// Where it stands.
    pub(crate) place: Place,
    /// Its name.
    pub name: String,
    /// Commands whose changes the test finds.
    pub setup: Vec<Vec<String>>,
    /// Read and not run, as in the original: the container goes away.
    pub teardown: Vec<Vec<String>>,
    /// Variables.
    pub env: Vec<Pair>,
    /// What is run.
    pub command: String,
    /// With these arguments.
    pub args: Vec<String>,
    /// Expressions to be found in stdout.
    pub expected_output: Vec<String>,
    /// And not to be found.
    pub excluded_output: Vec<String>,
    /// The same of stderr.
    pub expected_error: Vec<String>,
    /// The same of stderr.
    pub excluded_error: Vec<String>,
    /// How it must end.
    pub exit_code: i64,
}

/// Whether a path is there, and how.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ExistenceTest {
    /// Where it stands.
    pub(crate) place: Place,
    /// Its name.
    pub name: String,
    /// The path; variables of the image in it are replaced.
    pub path: String,
    /// Whether it must be there.
    pub should_exist: bool,
    /// In the spelling of Go; empty: any.
    pub permissions: String,
    /// The owner; -1: any.
    pub uid: i64,
    /// The group; -1: any.
    pub gid: i64,
    /// `owner`, `group`, `other` or `any`; empty: nobody in particular.
    pub executable_by: String,
}

/// What a file holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ContentTest {
    /// Where it stands.
    pub(crate) place: Place,
    /// Its name.
    pub name: String,
    /// The path as it is.
    pub path: String,
    /// Expressions to be found.
    pub expected: Vec<String>,
    /// Expressions not to be found.
    pub excluded: Vec<String>,
}

/// What the config of the image says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Metadata {
    /// `envVars`.
    pub env: Vec<Pair>,
    /// `unboundEnvVars`: names.
    pub unbound: Vec<Pair>,
    /// `labels`.
    pub labels: Vec<Pair>,
    /// `entrypoint`.
    pub entrypoint: Option<Vec<String>>,
    /// `cmd`.
    pub cmd: Option<Vec<String>>,
    /// `exposedPorts`: numbers, without a protocol.
    pub exposed: Vec<String>,
    /// `unexposedPorts`.
    pub unexposed: Vec<String>,
    /// `volumes`.
    pub volumes: Vec<String>,
    /// `unmountedVolumes`.
    pub unmounted: Vec<String>,
    /// `workdir`; empty: any.
    pub workdir: String,
    /// `user`; empty: any.
    pub user: String,
}

/// Words that licences must not have.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LicenseTest {
    /// Every `/usr/share/doc/*/copyright`, which must be there.
    pub debian: bool,
    /// Further files.
    pub files: Vec<String>,
}

/// `containerRunOptions`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Container {
    /// Instead of the image's.
    pub user: String,
    /// Every right.
    pub privileged: bool,
    /// `allocateTty`.
    pub terminal: bool,
    /// Names of variables of our own environment.
    pub env: Vec<String>,
    /// A file of `KEY=VALUE` lines.
    pub env_file: String,
    /// Linux capabilities.
    pub capabilities: Vec<String>,
    /// `outside:inside[:options]`.
    pub binds: Vec<String>,
}

/// What command tests may take.
#[derive(Clone, Debug, PartialEq)]
pub struct Sandbox {
    /// Whether they reach a network.
    pub network: bool,
    /// How long one may take.
    pub timeout: Duration,
    /// Bytes of memory.
    pub memory: u64,
    /// CPUs.
    pub cpus: f64,
    /// Processes and threads.
    pub processes: u32,
}

impl Default for Sandbox {
    fn default() -> Self {
        Self { network: false, timeout: Duration::from_secs(60), memory: 1 << 30, cpus: 2.0, processes: 512 }
    }
}

/// A service that starts, answers and stops.
#[derive(Clone, Debug, PartialEq)]
pub struct Health {
    /// Where it stands.
    pub(crate) place: Place,
    /// Instead of the image's command.
    pub command: Option<Vec<String>>,
    /// Variables.
    pub env: Vec<Pair>,
    /// When it counts as up.
    pub ready: Readiness,
    /// How long that may take.
    pub timeout: Duration,
    /// How long it may take to stop before it is killed.
    pub stop_within: Duration,
    /// Exit codes that are good after a stop.
    pub exit_codes: Vec<i64>,
}

/// When a service counts as up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Readiness {
    /// Something listens on a TCP port.
    Port(u16),
    /// An HTTP request is answered.
    Http(HttpCheck),
    /// The image's HEALTHCHECK says so.
    Healthcheck,
}

/// A request and what its answer must be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HttpCheck {
    /// The port.
    pub port: u16,
    /// The path, with its query.
    pub path: String,
    /// The status.
    pub status: u16,
    /// Expressions to be found in the body.
    pub expected: Vec<String>,
}
