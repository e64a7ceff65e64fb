//! The settings as types. `config.schema.json` is made from them.

use super::destination::{Atomic, PublishSetting};
use super::duration;
use super::index::IndexSettings;
use super::keep::KeepSettings;
use super::limits::{self, ContainerLimits};
use super::promotion::{self, Promotion, PromotionContext};
use super::scanners::ScannerSettings;
use super::secret::Secret;
use crate::finding::{PolicySetting, RuleLevel};
use schemars::JsonSchema;
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

/// The keys that docker-pkg knows, with the same meaning; `default.yaml` says what each is for.
#[derive(Clone, Debug, serde::Deserialize, JsonSchema)]
#[schemars(title = "Configuration of Cooperage")]
pub struct Settings {
    /// Registry as `host` or `host:port`; empty for none.
    #[schemars(regex(pattern = r"^((?!://)\S)*$"))]
    pub registry: String,
    /// Between registry and name; empty for nothing.
    pub namespace: String,
    /// User of the registry.
    #[schemars(with = "Option<String>")]
    pub(super) username: Option<Secret<String>>,
    /// Password of the registry.
    #[schemars(with = "Option<String>")]
    pub(super) password: Option<Secret<String>>,
    /// Images from outside.
    pub base_images: Vec<String>,
    /// Options for `apt-get`.
    pub apt_options: String,
    /// Proxy of builds and tests.
    pub http_proxy: Option<String>,
    /// Proxy of apt; [`Settings::http_proxy`] where the file says nothing.
    pub apt_only_proxy: Option<String>,
    /// Concurrent questions to engine and registry.
    #[schemars(range(min = 1, max = 65535))]
    pub scan_workers: usize,
    /// Author of changelog entries, as a last resort.
    pub fallback_author: String,
    /// Their address.
    pub fallback_email: String,
    /// Distribution of changelog entries.
    pub distribution: String,
    /// Letter before the counted number.
    pub update_id: String,
    /// Certificates to trust beside the system's.
    pub ca_bundle: Option<PathBuf>,
    /// Whether the last `USER` must be a number.
    pub force_numeric_user: bool,
    /// Users and their numbers, in file order.
    #[serde(rename = "known_uid_mappings", deserialize_with = "pairs")]
    #[schemars(with = "BTreeMap<String, u32>")]
    pub uid_mappings: Vec<(String, i64)>,
    /// What the container of a build may use.
    #[serde(rename = "container_limits")]
    #[schemars(schema_with = "limits::schema")]
    pub limits: ContainerLimits,
    /// The program that tests an image.
    pub verify_command: String,
    /// Its arguments, with `{path}` and `{image}`.
    pub verify_args: Vec<String>,
    /// What docker-pkg does not know.
    pub cooperage: Cooperage,
}

/// The keys under `cooperage:`; `default.yaml` says what each is for.
#[derive(Clone, Debug, serde::Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Cooperage {
    /// Images built at once; see [`super::Config::jobs`].
    #[schemars(range(min = 1, max = 65535))]
    pub jobs: Option<usize>,
    /// Which builder.
    pub builder: BuilderChoice,
    /// Whether the engine's layer cache is used.
    pub use_cache: bool,
    /// Address of the engine.
    pub engine: Option<String>,
    /// Platform to build for.
    pub platform: Option<String>,
    /// When `latest` moves.
    pub latest: LatestPolicy,
    /// Whether and where to publish; see [`super::Config::publishing`] and [`super::Config::destinations`].
    pub(super) publish: Option<PublishSetting>,
    /// Repository that version tags go through, so that all names of a run appear together.
    pub staging: Option<String>,
    /// What moves together.
    pub atomic: Atomic,
    /// Whether an image index may lose platforms.
    pub drop_platforms: bool,
    /// Copies of images from elsewhere: destination, and source.
    pub mirror: BTreeMap<String, String>,
    /// What `registry gc` leaves alone.
    pub keep: KeepSettings,
    /// Registries (`host:port`) spoken to without verification.
    pub insecure_registries: Vec<String>,
    /// Whether 401 and 403 mean absent.
    pub denied_means_absent: bool,
    /// Longest test of one image.
    #[serde(deserialize_with = "duration::deserialize")]
    #[schemars(schema_with = "duration::schema")]
    pub test_timeout: Duration,
    /// Longest build of one image.
    #[serde(deserialize_with = "duration::optional")]
    #[schemars(schema_with = "duration::schema")]
    pub build_timeout: Option<Duration>,
    /// File with the username.
    pub username_file: Option<PathBuf>,
    /// File with the password.
    pub password_file: Option<PathBuf>,
    /// File with stored sign-ins.
    pub authfile: Option<PathBuf>,
    /// Where build secrets come from, by id; see [`super::Config::build_secret`].
    pub build_secrets: BTreeMap<String, SecretSource>,
    /// Build arguments.
    pub build_args: BTreeMap<String, String>,
    /// Longest silence of a registry.
    #[serde(deserialize_with = "duration::deserialize")]
    #[schemars(schema_with = "duration::schema")]
    pub registry_timeout: Duration,
    /// Longest wait for a busy registry.
    #[serde(deserialize_with = "duration::deserialize")]
    #[schemars(schema_with = "duration::schema")]
    pub registry_patience: Duration,
    /// Concurrent requests to a registry; see [`super::Config::registry_parallel`].
    #[schemars(range(min = 1, max = 65535))]
    pub registry_parallel: Option<usize>,
    /// Whether the first failure stops the run.
    pub fail_fast: bool,
    /// Severities of rules of `check`, by id.
    pub check_rules: BTreeMap<String, RuleLevel>,
    /// What findings of lint lead to; see [`super::Config::policy`].
    pub lint: PolicySetting,
    /// Severities of rules of `lint`, by id.
    pub lint_rules: BTreeMap<String, RuleLevel>,
    /// The program hadolint; none for that on the PATH.
    pub hadolint: Option<PathBuf>,
    /// What failed tests lead to.
    pub test: PolicySetting,
    /// What findings of scanners lead to.
    pub scan: PolicySetting,
    /// What the scanners are told beyond the policy.
    #[serde(deserialize_with = "promotion::without_nulls")]
    pub scanners: ScannerSettings,
    /// How the container index is read, and what the code of its entries may do.
    #[serde(deserialize_with = "promotion::without_nulls")]
    pub index: IndexSettings,
    /// Which images get which release names.
    #[serde(deserialize_with = "promotion::without_nulls")]
    pub promotion: Option<Promotion>,
    /// What is known about the job whose images are promoted.
    #[serde(deserialize_with = "promotion::without_nulls")]
    pub promotion_context: PromotionContext,
}

/// `cooperage.builder`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
pub enum BuilderChoice {
    /// BuildKit where the engine has it and no limits are set.
    Auto,
    /// BuildKit.
    Buildkit,
    /// The engine's classic builder.
    Classic,
}

/// `cooperage.latest`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
pub enum LatestPolicy {
    /// Never back from an older branch.
    Newer,
    /// With every publish.
    Always,
    /// Not at all.
    Never,
}

/// Where a build secret comes from.
#[derive(Clone, Debug, PartialEq, Eq, serde::Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum SecretSource {
    /// An environment variable.
    Env(String),
    /// A file.
    File(PathBuf),
}

/// A map as pairs, in the order of the file.
fn pairs<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<(String, i64)>, D::Error> {
    struct Pairs;

    impl<'de> Visitor<'de> for Pairs {
        type Value = Vec<(String, i64)>;

        fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("a map of names to numbers")
        }

        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
            let mut pairs = Vec::new();
            while let Some(pair) = map.next_entry()? {
                pairs.push(pair);
            }
            Ok(pairs)
        }
    }

    deserializer.deserialize_map(Pairs)
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Secret<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        T::deserialize(deserializer).map(Self::new)
    }
}
