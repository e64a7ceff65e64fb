//! `cooperage.sandbox`: the cages that scripts of other people's projects run in.

use super::bytes;
use super::duration;
use super::kind::Kind;
use schemars::JsonSchema;
use std::time::Duration;

/// What a cage is made of and what a script in it may take; a part that is not said is as below.
#[derive(Clone, Debug, PartialEq, serde::Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(inline)]
pub struct SandboxSettings {
    /// The image that scripts run in: the engine has it or can pull it, and it has `sh`. Null: nothing runs in cages.
    pub image: Option<String>,
    /// CPUs; 1.
    #[schemars(range(min = 0.01, max = 1024))]
    pub cpus: f64,
    /// Memory, what is written into the clone and into /tmp included; 4 GiB.
    #[serde(deserialize_with = "bytes::deserialize")]
    #[schemars(schema_with = "bytes::schema")]
    pub memory: u64,
    /// Processes and threads; 512.
    #[schemars(range(min = 1, max = 65535))]
    pub pids: u32,
    /// The clone with what the script adds; 2 GiB.
    #[serde(deserialize_with = "bytes::deserialize")]
    #[schemars(schema_with = "bytes::schema")]
    pub disk: u64,
    /// The longest that one script may take; 15 minutes.
    #[serde(deserialize_with = "duration::deserialize")]
    #[schemars(schema_with = "duration::schema")]
    pub time: Duration,
}

impl Default for SandboxSettings {
    fn default() -> Self {
        Self { image: None, cpus: 1.0, memory: 4 << 30, pids: 512, disk: 2 << 30, time: Duration::from_secs(900) }
    }
}

/// What the key may hold.
pub(super) const KIND: Kind = Kind::Fields(&[
    ("image", Kind::Text),
    ("cpus", Kind::Cpus),
    ("memory", Kind::Bytes),
    ("pids", Kind::Count),
    ("disk", Kind::Bytes),
    ("time", Kind::Duration),
]);
