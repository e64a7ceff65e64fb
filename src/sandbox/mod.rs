//! Runs the programs a catalogue brings: `prebuild.sh` and `test.sh` as the user, in a process group of their own,
//! with a chosen environment and a time limit; commands of structure tests in containers; scripts of other people's
//! projects in cages, with a [proxy](EngineProxy) of the engine where they need one.
//!
//! This room knows nothing of catalogues and of how images are made.

mod cage;
mod capture;
mod container;
mod leftovers;
mod lines;
mod proxy;

pub use cage::{CageError, CageLimits, Caged, run_caged};
pub use capture::Captured;
pub use container::{ContainerEnd, MOST_OUTPUT, Ran, remove_container, run_container};
pub use leftovers::{labels, sweep};
pub use proxy::EngineProxy;

use crate::engine::LogSink;
use rustix::process::{Pid, Signal, kill_process_group};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;
use tokio::process::{Child, Command};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

/// How long a program may take to end after it was asked to.
const GRACE: Duration = Duration::from_secs(5);
/// How often, and after which pauses, a program that looks busy is tried again.
const BUSY_TRIES: u32 = 20;
const BUSY_PAUSE: Duration = Duration::from_millis(25);
/// How long output is waited for after a program ended; a background process may hold it open.
const DRAIN: Duration = Duration::from_secs(2);

/// A program to run. Its standard input is empty, its environment is exactly `env`.
#[derive(Clone, Debug)]
pub struct Program {
    /// A path, or a name looked up in `env`'s `PATH`.
    pub program: String,
    /// Its arguments.
    pub args: Vec<String>,
    /// Its whole environment.
    pub env: BTreeMap<String, String>,
    /// Where it runs.
    pub dir: PathBuf,
    /// How long it may take.
    pub limit: Option<Duration>,
}

/// How a program ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// With this exit code.
    Code(i32),
    /// Killed by this signal.
    Signal(i32),
    /// Stopped after this time limit.
    TimedOut(Duration),
    /// Stopped because the run was interrupted.
    Cancelled,
}

impl Ended {
    /// Whether it ended with exit code 0.
    pub fn is_good(self) -> bool {
        self == Self::Code(0)
    }
}

impl std::fmt::Display for Ended {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Code(code) => write!(f, "exit code {code}"),
            Self::Signal(signal) => write!(f, "killed by signal {signal}"),
            Self::TimedOut(limit) => write!(f, "stopped after its time limit of {} s", limit.as_secs()),
            Self::Cancelled => f.write_str("interrupted"),
        }
    }
}

/// A program that could not be run at all.
#[derive(Debug, thiserror::Error)]
#[error("{program} cannot be run in {dir}: {source}")]
pub struct SandboxError {
    program: String,
    dir: String,
    source: std::io::Error,
}

impl SandboxError {
    /// The same without the folder, for a program that ran in one of ours.
    pub fn without_folder(&self) -> String {
        format!("{} cannot be run: {}", self.program, self.source)
    }
}

impl Program {
    /// Runs the program to its end. Both output streams go to `log`, line by line.
    ///
    /// When the limit passes or `cancel` fires, its whole process group gets SIGTERM, then SIGKILL.
    ///
    /// # Errors
    /// When it cannot be started or waited for.
    pub async fn run(&self, log: &LogSink, cancel: &CancellationToken) -> Result<Ended, SandboxError> {
        let mut child = self.spawn().await.map_err(|source| self.error(source))?;
        let readers = lines::follow(&mut child, log);
        let end = self.watch(&mut child, cancel).await?;
        drain(readers).await;
        Ok(end)
    }

    /// Waits for the end of the program, and makes it where it takes too long. Whoever does not wait any more ends it, too.
    async fn watch(&self, child: &mut Child, cancel: &CancellationToken) -> Result<Ended, SandboxError> {
        let group = Group(child.id().and_then(|id| Pid::from_raw(id.cast_signed())));
        let limit = async {
            match self.limit {
                Some(limit) => tokio::time::sleep(limit).await,
                None => std::future::pending().await,
            }
        };
        let why = tokio::select! {
            // What it started in the background has nobody left to work for: its group ends with it.
            status = child.wait() => return Ok(ended(status.map_err(|source| self.error(source))?)),
            () = limit => Ended::TimedOut(self.limit.unwrap_or_default()),
            () = cancel.cancelled() => Ended::Cancelled,
        };
        stop(child, group).await;
        Ok(why)
    }

    /// A script that was just written may still look busy: another thread that starts a program at this moment
    /// holds it open for writing until its own `exec`.
    async fn spawn(&self) -> std::io::Result<Child> {
        for _ in 0..BUSY_TRIES {
            match self.command().spawn() {
                Err(error) if error.kind() == std::io::ErrorKind::ExecutableFileBusy => tokio::time::sleep(BUSY_PAUSE).await,
                other => return other,
            }
        }
        self.command().spawn()
    }

    fn command(&self) -> Command {
        let mut command = Command::new(&self.program);
        command.args(&self.args).env_clear().envs(&self.env).current_dir(&self.dir);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command.process_group(0).kill_on_drop(true);
        command
    }

    fn error(&self, source: std::io::Error) -> SandboxError {
        SandboxError { program: self.program.clone(), dir: self.dir.display().to_string(), source }
    }
}

fn ended(status: ExitStatus) -> Ended {
    use std::os::unix::process::ExitStatusExt as _;
    match (status.code(), status.signal()) {
        (Some(code), _) => Ended::Code(code),
        (None, signal) => Ended::Signal(signal.unwrap_or_default()),
    }
}

/// Asks the process group to end, then makes it.
async fn stop(child: &mut Child, group: Group) {
    if let Some(group) = group.0 {
        // A group that is gone already is what we want.
        let _ = kill_process_group(group, Signal::TERM);
    }
    let ended = tokio::time::timeout(GRACE, child.wait()).await.is_ok();
    drop(group);
    if !ended {
        let _ = child.wait().await;
    }
}

/// A process group that is ended with whatever is left of it. While a member lives, its number is not given to others.
struct Group(Option<Pid>);

impl Drop for Group {
    fn drop(&mut self) {
        if let Some(group) = self.0 {
            let _ = kill_process_group(group, Signal::KILL);
        }
    }
}

async fn drain(readers: Vec<JoinHandle<()>>) {
    for mut reader in readers {
        if tokio::time::timeout(DRAIN, &mut reader).await.is_err() {
            reader.abort();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::{Arc, Mutex};

    fn shell(script: &str) -> Program {
        let env = BTreeMap::from([("PATH".to_owned(), "/usr/bin:/bin".to_owned())]);
        Program { program: "sh".into(), args: vec!["-c".into(), script.into()], env, dir: std::env::temp_dir(), limit: None }
    }

    fn collector() -> (LogSink, Arc<Mutex<Vec<String>>>) {
        let lines = Arc::new(Mutex::new(Vec::new()));
        let into = lines.clone();
        (Arc::new(move |line: &str| into.lock().unwrap().push(line.to_owned())), lines)
    }

    #[tokio::test]
    async fn output_exit_code_and_environment() {
        let (log, lines) = collector();
        let end = shell("echo one; echo two >&2; env | grep -c ^HOME=; printf 'no end'; exit 7").run(&log, &CancellationToken::new()).await;
        assert_eq!(end.unwrap(), Ended::Code(7));
        let mut seen = lines.lock().unwrap().clone();
        seen.sort();
        assert_eq!(seen, ["0", "no end", "one", "two"]);
    }

    #[tokio::test]
    async fn the_limit_ends_the_whole_group() {
        let (log, lines) = collector();
        let marker = tempfile::NamedTempFile::new().unwrap();
        let script = format!("(trap '' TERM; sleep 1; echo alive > {}) & echo started; wait", marker.path().display());
        let program = Program { limit: Some(Duration::from_millis(200)), ..shell(&script) };
        let end = program.run(&log, &CancellationToken::new()).await.unwrap();
        assert_eq!(end, Ended::TimedOut(Duration::from_millis(200)));
        assert_eq!(*lines.lock().unwrap(), ["started"]);
        tokio::time::sleep(Duration::from_millis(1500)).await;
        assert_eq!(std::fs::read_to_string(marker.path()).unwrap(), "");
    }

    #[tokio::test]
    async fn cancelling_lets_traps_run() {
        let (log, lines) = collector();
        let cancel = CancellationToken::new();
        let trigger = cancel.clone();
        let log: LogSink = Arc::new(move |line: &str| {
            log(line);
            trigger.cancel();
        });
        let end = shell("trap 'echo cleaned; exit 1' TERM; echo ready; while :; do sleep 0.05; done").run(&log, &cancel).await;
        assert_eq!(end.unwrap(), Ended::Cancelled);
        assert_eq!(lines.lock().unwrap().last().map(String::as_str), Some("cleaned"));
    }

    #[tokio::test]
    async fn what_stays_in_the_background_is_ended() {
        let (log, lines) = collector();
        shell("sleep 300 & echo $!").run(&log, &CancellationToken::new()).await.unwrap();
        let pid = lines.lock().unwrap()[0].clone();
        let is_gone = || std::fs::read_to_string(format!("/proc/{pid}/stat")).map_or(true, |stat| stat.contains(") Z "));
        for _ in 0..100 {
            if is_gone() {
                return;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("process {pid} lives on");
    }

    #[tokio::test]
    async fn what_cannot_be_run_is_named() {
        let (log, _) = collector();
        let program = Program { program: "/no/such/program".into(), ..shell("") };
        let error = program.run(&log, &CancellationToken::new()).await.unwrap_err().to_string();
        assert!(error.contains("/no/such/program"), "{error}");
    }

    #[tokio::test]
    async fn a_long_line_is_cut_into_pieces() {
        let (log, lines) = collector();
        shell("head -c 200000 /dev/zero | tr '\\0' x").run(&log, &CancellationToken::new()).await.unwrap();
        assert!(lines.lock().unwrap().len() > 1);
        assert_eq!(lines.lock().unwrap().iter().map(String::len).sum::<usize>(), 200_000);
    }
}
