//! tmp
#![allow(missing_docs)]
use crate::engine::{Engine, EngineError, LogSink};
use crate::name::Digest;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;
pub struct CageLimits {
    pub image: String,
    pub cpus: f64,
    pub memory: u64,
    pub pids: u32,
    pub disk: u64,
    pub time: Duration,
    pub network: bool,
}
pub struct Cage<'a> {
    pub engine: &'a Arc<dyn Engine>,
    pub tree: &'a Path,
    pub workdir: &'a str,
    pub command: Vec<String>,
    pub env: BTreeMap<String, String>,
    pub socket: Option<&'a EngineProxy>,
    pub limits: &'a CageLimits,
}
pub async fn run_caged(_c: Cage<'_>, _log: &LogSink, _cancel: &CancellationToken) -> Result<super::Ended, EngineError> {
    Ok(super::Ended::Code(0))
}
pub struct EngineProxy;
impl EngineProxy {
    pub async fn start(_e: &Arc<dyn Engine>, _i: &Digest, _r: &str, _f: &Path) -> Result<Self, EngineError> {
        Ok(Self)
    }
    pub fn refused(&self) -> Vec<String> {
        vec![]
    }
}
