//! The container that a script runs in.

use super::super::container::watch_container;
use super::super::lines::Lines;
use super::super::{ContainerEnd, Ended, MOST_OUTPUT, remove_container};
use super::{CLONE, CageError, CageLimits, Caged, SOCKET, mib};
use crate::archive::clean;
use crate::engine::{Cage, Channel, ContainerRequest, Engine, Folder, LogSink};
use crate::name::Digest;
use std::collections::BTreeMap;
use tokio_util::sync::CancellationToken;

/// Bytes of `/tmp`.
const TMP: u64 = 256 << 20;

/// What root in a cage may do beyond what any user may. `tar`, `cp -a` and `install` of a script that runs as root give files
/// to others (CHOWN), change the modes of such files (FOWNER) and write them (DAC_OVERRIDE); without these they fail. All that
/// can be reached with them is in the clone and in `/tmp`. Nothing else is left: no change of user, no devices, no raw network.
const CAPABILITIES: [&str; 3] = ["CHOWN", "DAC_OVERRIDE", "FOWNER"];

/// What the engine is asked for.
pub(super) fn request(caged: &Caged<'_>, image: &Digest, keeper: &str, labels: BTreeMap<String, String>) -> ContainerRequest {
    let limits = caged.limits;
    let socket = caged.socket.map(|proxy| Folder { outside: proxy.socket().to_owned(), inside: SOCKET.to_owned(), writable: false });
    ContainerRequest {
        image: image.clone(),
        entrypoint: Some(Vec::new()),
        command: Some(caged.command.clone()),
        env: environment(caged),
        folders: socket.into_iter().collect(),
        terminal: false,
        input: false,
        cage: Cage {
            cpus: Some(limits.cpus),
            processes: Some(limits.pids),
            no_network: !limits.network,
            capabilities: CAPABILITIES.map(str::to_owned).to_vec(),
            tmp: Some(TMP.min(limits.memory)),
            scratch_of: Some(keeper.to_owned()),
            workdir: Some(format!("{CLONE}{}", clean(caged.workdir))),
            ..walls(limits.memory, labels)
        },
    }
}

/// What the containers of a cage have in common. They stay after their end until they are removed here.
pub(super) fn walls(memory: u64, labels: BTreeMap<String, String>) -> Cage {
    Cage {
        memory: Some(memory),
        no_network: true,
        no_log: true,
        keep: true,
        user: Some("0:0".to_owned()),
        read_only: true,
        hardened: true,
        labels,
        ..Cage::default()
    }
}

fn environment(caged: &Caged<'_>) -> Vec<String> {
    let mut env = BTreeMap::from([("HOME".to_owned(), "/tmp".to_owned())]);
    if caged.socket.is_some() {
        env.insert("DOCKER_HOST".to_owned(), format!("unix://{SOCKET}"));
    }
    env.extend(caged.env.clone());
    env.into_iter().map(|(key, value)| format!("{key}={value}")).collect()
}

/// Runs the script to its end and removes its container.
pub(super) async fn run(
    engine: &dyn Engine,
    request: &ContainerRequest,
    limits: &CageLimits,
    log: &LogSink,
    cancel: &CancellationToken,
) -> Result<Ended, CageError> {
    let (mut out, mut errors) = (Lines::new(log.clone()), Lines::new(log.clone()));
    let mut written = 0;
    let mut take = |channel, bytes: &[u8]| {
        written += bytes.len();
        if written <= MOST_OUTPUT {
            if channel == Channel::Out { &mut out } else { &mut errors }.push(bytes);
        }
        written <= MOST_OUTPUT
    };
    let (container, end) = watch_container(engine, request, limits.time, cancel, &mut take).await?;
    out.finish();
    errors.finish();
    match end {
        ContainerEnd::Code(code) => {
            let state = engine.state(&container).await;
            remove_container(engine, &container).await;
            if state.is_ok_and(|state| state.is_some_and(|state| state.out_of_memory)) {
                log(&format!("the memory of the cage was used up: {} (cooperage.sandbox.memory)", mib(limits.memory)));
            }
            Ok(Ended::Code(i32::try_from(code).unwrap_or(i32::MAX)))
        }
        ContainerEnd::TimedOut(limit) => Ok(Ended::TimedOut(limit)),
        ContainerEnd::Cancelled => Ok(Ended::Cancelled),
        ContainerEnd::Flooded => Err(CageError::Flooded { most: MOST_OUTPUT }),
    }
}
