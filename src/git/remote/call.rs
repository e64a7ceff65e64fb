//! One call of git that goes over the network or through what came from there: with nothing of this machine's settings,
//! within a time and an amount, and ended with all that it started.

use super::super::command::OF_ANOTHER_REPOSITORY;
use super::address::protocols;
use rustix::process::{Pid, Signal, kill_process_group};
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt as _};
use tokio::process::{Child, ChildStderr, ChildStdout};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

/// How often the size of what arrives is looked at.
const LOOK: Duration = Duration::from_millis(50);
/// How long what was killed may take until its streams are closed.
const LAST: Duration = Duration::from_secs(5);
/// The most bytes git may print.
pub(super) const MOST_OUTPUT: u64 = 256 << 20;
/// The most bytes of messages; a server may send what it likes.
const MOST_SAID: u64 = 1 << 20;

/// Settings that hold for every call, whatever the repository says. Attributes are off by `info/attributes`.
const SETTINGS: &[&str] = &[
    "core.hooksPath=/dev/null",
    "core.fsmonitor=false",
    "core.attributesFile=/dev/null",
    "core.excludesFile=/dev/null",
    "core.askPass=",
    "core.protectHFS=true",
    "core.protectNTFS=true",
    "protocol.allow=never",
    "protocol.ext.allow=never",
    "submodule.recurse=false",
    "fetch.recurseSubmodules=false",
    "fetch.fsckObjects=true",
    "transfer.fsckObjects=true",
    // Old programs wrote these; they harm nobody.
    "fetch.fsck.zeroPaddedFilemode=ignore",
    "fetch.fsck.badTimezone=ignore",
    "fetch.fsck.missingSpaceBeforeDate=ignore",
    // A pack is stored whole or not at all; loose objects are not.
    "fetch.unpackLimit=1",
    "transfer.unpackLimit=1",
    "transfer.bundleURI=false",
    "transfer.advertiseSID=false",
    "gc.auto=0",
    "maintenance.auto=false",
    "advice.detachedHead=false",
    "log.showSignature=false",
];

/// No questions and no forwarding; keys are those of the operator's own settings and agent.
const SSH: &str = "ssh -oBatchMode=yes -oForwardAgent=no -oForwardX11=no -oClearAllForwardings=yes -oPermitLocalCommand=no";

/// The part of the world a call sees.
#[derive(Clone, Debug)]
pub(super) struct Surroundings {
    /// Whether repositories on this machine may be fetched from.
    pub allow_file: bool,
    /// Git settings of the operator: credential helpers, proxies, certificates. None: no settings at all.
    pub settings: Option<PathBuf>,
}

impl Surroundings {
    /// Git with these arguments in a repository, or in none.
    pub fn git(&self, repository: Option<&Path>, arguments: &[&str]) -> Command {
        let mut command = Command::new("git");
        command.arg("--no-pager");
        for setting in SETTINGS {
            command.args(["-c", setting]);
        }
        if self.settings.is_none() {
            command.args(["-c", "credential.helper="]);
        }
        if let Some(repository) = repository {
            command.arg("--git-dir").arg(repository);
        }
        self.environment(&mut command);
        command.args(arguments);
        command
    }

    fn environment(&self, command: &mut Command) {
        for variable in OF_ANOTHER_REPOSITORY.iter().chain(INHERITED) {
            command.env_remove(variable);
        }
        command.env("GIT_CONFIG_NOSYSTEM", "1").env("GIT_ATTR_NOSYSTEM", "1");
        command.env("GIT_CONFIG_GLOBAL", self.settings.as_deref().unwrap_or(Path::new("/dev/null")));
        command.env("GIT_ALLOW_PROTOCOL", protocols(self.allow_file)).env("GIT_PROTOCOL_FROM_USER", "0");
        command.env("GIT_TERMINAL_PROMPT", "0").env("GIT_ASKPASS", "").env("SSH_ASKPASS_REQUIRE", "never");
        command.env("GIT_SSH_COMMAND", SSH).env("GIT_SSH_VARIANT", "ssh");
        command.env("GIT_LFS_SKIP_SMUDGE", "1").env("GIT_LITERAL_PATHSPECS", "1").env("GIT_NO_LAZY_FETCH", "1");
        // Messages are compared, so they must not be translated.
        command.env("LC_ALL", "C").env_remove("LANGUAGE");
    }
}

/// What a caller's git may have been told by its environment.
const INHERITED: &[&str] = &[
    "GIT_CONFIG_PARAMETERS",
    "GIT_CONFIG_COUNT",
    "GIT_CONFIG_SYSTEM",
    "GIT_SSH",
    "GIT_PROXY_COMMAND",
    "GIT_EXTERNAL_DIFF",
    "GIT_TEMPLATE_DIR",
    "GIT_SSL_NO_VERIFY",
    "GIT_PROTOCOL",
    "GIT_DEFAULT_HASH",
    "GIT_TRACE",
    "GIT_TRACE_CURL",
    "GIT_CURL_VERBOSE",
    "GIT_TRACE2",
    "GIT_TRACE2_EVENT",
    "GIT_QUARANTINE_PATH",
    "GIT_REF_PARANOIA",
    "GIT_ATTR_SOURCE",
    "SSH_ASKPASS",
];

/// Until when, and up to what.
pub(super) struct Bounds<'a> {
    /// When the time is over.
    pub end: Instant,
    /// Fires when nobody waits any more.
    pub cancel: &'a CancellationToken,
    /// A folder that grows while git works, and how many bytes it may hold.
    pub grows: Option<(&'a Path, u64)>,
}

/// What git answered.
pub(super) struct Output {
    pub status: ExitStatus,
    pub stdout: Vec<u8>,
    pub said: String,
}

/// Why there is no answer.
#[derive(Debug)]
pub(super) enum Stopped {
    Start(io::Error),
    Read(io::Error),
    Time,
    Cancelled,
    /// The folder that grows holds too much.
    Grown,
    /// Too much was printed.
    Flood,
}

/// Ends a process group when it is dropped, however that comes.
struct Group(Option<Pid>);

impl Drop for Group {
    fn drop(&mut self) {
        if let Some(group) = self.0 {
            // There is often nobody left.
            let _ = kill_process_group(group, Signal::KILL);
        }
    }
}

/// Runs git to its end, or to a bound.
pub(super) async fn run(command: Command, bounds: &Bounds<'_>) -> Result<Output, Stopped> {
    let mut command = tokio::process::Command::from(command);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).process_group(0).kill_on_drop(true);
    let mut child = command.spawn().map_err(Stopped::Start)?;
    let group = Group(child.id().and_then(|id| Pid::from_raw(id.cast_signed())));
    let reading = read(child.stdout.take(), child.stderr.take());
    tokio::pin!(reading);
    let ended = tokio::select! {
        read = &mut reading => read,
        stopped = bounds.reached() => Err(stopped),
    };
    let (stdout, said) = match ended {
        Ok(read) => read,
        Err(stopped) => {
            drop(group);
            // Once its streams are closed, all that it started is gone, and its files can be removed.
            if !matches!(stopped, Stopped::Flood | Stopped::Read(_)) {
                let _ = tokio::time::timeout(LAST, reading).await;
            }
            let _ = child.wait().await;
            return Err(stopped);
        }
    };
    let status = last(&mut child, bounds).await?;
    if bounds.is_grown() {
        return Err(Stopped::Grown);
    }
    Ok(Output { status, stdout, said: String::from_utf8_lossy(&said).into_owned() })
}

async fn read(stdout: Option<ChildStdout>, said: Option<ChildStderr>) -> Result<(Vec<u8>, Vec<u8>), Stopped> {
    tokio::try_join!(take(stdout, MOST_OUTPUT), take(said, MOST_SAID))
}

async fn last(child: &mut Child, bounds: &Bounds<'_>) -> Result<ExitStatus, Stopped> {
    tokio::select! {
        status = child.wait() => status.map_err(Stopped::Read),
        stopped = bounds.reached() => Err(stopped),
    }
}

async fn take(stream: Option<impl AsyncRead + Unpin>, most: u64) -> Result<Vec<u8>, Stopped> {
    let mut bytes = Vec::new();
    let Some(stream) = stream else { return Ok(bytes) };
    stream.take(most + 1).read_to_end(&mut bytes).await.map_err(Stopped::Read)?;
    if bytes.len() as u64 > most { Err(Stopped::Flood) } else { Ok(bytes) }
}

impl Bounds<'_> {
    /// Waits until one of them is reached.
    async fn reached(&self) -> Stopped {
        let grown = async {
            while !self.is_grown() {
                tokio::time::sleep(LOOK).await;
            }
        };
        tokio::select! {
            () = self.cancel.cancelled() => Stopped::Cancelled,
            () = tokio::time::sleep_until(self.end) => Stopped::Time,
            () = grown => Stopped::Grown,
        }
    }

    fn is_grown(&self) -> bool {
        self.grows.is_some_and(|(folder, most)| size_of(folder) > most)
    }
}

/// The bytes of all files in a folder and below; what vanishes meanwhile counts nothing.
pub(super) fn size_of(folder: &Path) -> u64 {
    let Ok(items) = std::fs::read_dir(folder) else { return 0 };
    let sizes = items.flatten().map(|item| match item.metadata() {
        Ok(found) if found.is_dir() => size_of(&item.path()),
        Ok(found) => found.len(),
        Err(_) => 0,
    });
    sizes.sum()
}
