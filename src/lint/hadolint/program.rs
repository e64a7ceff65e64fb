//! Running a program that may hang, flood or be interrupted: within a time, up to an amount, and with all that it started.

use rustix::process::{Pid, Signal, kill_process_group};
use std::io::{self, Read};
use std::os::unix::process::CommandExt as _;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

/// How often a call that goes on is looked at.
const PAUSE: Duration = Duration::from_millis(20);

/// What a program may take.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    /// The time until its output ends.
    pub time: Duration,
    /// The bytes on each of its streams.
    pub output: u64,
}

/// What it answered.
pub(super) struct Answer {
    pub status: ExitStatus,
    pub stdout: Vec<u8>,
    pub stderr: Vec<u8>,
}

/// Why there is no answer.
#[derive(Debug)]
pub(super) enum Unanswered {
    /// It could not be started.
    Start(io::Error),
    /// It was stopped at a limit, or reading failed; in words.
    Stopped(String),
    /// The call was interrupted.
    Interrupted,
}

/// Runs a program to its end, without anything to read.
pub(super) fn run(command: &mut Command, limits: Limits, interrupted: &dyn Fn() -> bool) -> Result<Answer, Unanswered> {
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).process_group(0);
    let mut child = command.spawn().map_err(Unanswered::Start)?;
    let answer = read(&mut child, limits, interrupted);
    // What it left in the background has nobody to work for; its group is that of its own number.
    if let Some(group) = Pid::from_raw(child.id().cast_signed()) {
        // There is often nobody left.
        let _ = kill_process_group(group, Signal::KILL);
    }
    let killed = child.wait().map_err(|error| Unanswered::Stopped(error.to_string()));
    answer.and_then(|answer| killed.map(|_| answer))
}

fn read(child: &mut Child, limits: Limits, interrupted: &dyn Fn() -> bool) -> Result<Answer, Unanswered> {
    let streams =
        (child.stdout.take().map(|stream| follow(stream, limits.output)), child.stderr.take().map(|stream| follow(stream, limits.output)));
    let end = Instant::now() + limits.time;
    let bytes = |stream: Option<Receiver<io::Result<Vec<u8>>>>| {
        let bytes = stream.map_or_else(|| Ok(Vec::new()), |stream| wait(|| came(&stream), end, limits, interrupted))?;
        let flooded = bytes.len() as u64 > limits.output;
        if flooded { Err(Unanswered::Stopped(format!("it wrote more than {} MiB", limits.output >> 20))) } else { Ok(bytes) }
    };
    let (stdout, stderr) = (bytes(streams.0)?, bytes(streams.1)?);
    let status = wait(|| child.try_wait().map_err(|error| Unanswered::Stopped(error.to_string())), end, limits, interrupted)?;
    Ok(Answer { status, stdout, stderr })
}

/// Reads a stream to its end, or one byte over the limit: a full pipe must not stop the other stream.
fn follow(stream: impl Read + Send + 'static, most: u64) -> Receiver<io::Result<Vec<u8>>> {
    let (sender, receiver) = channel();
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        let result = stream.take(most + 1).read_to_end(&mut bytes).map(|_| bytes);
        // Nobody waits any more when the time was over.
        let _ = sender.send(result);
    });
    receiver
}

fn came(stream: &Receiver<io::Result<Vec<u8>>>) -> Result<Option<Vec<u8>>, Unanswered> {
    match stream.recv_timeout(PAUSE) {
        Ok(result) => result.map(Some).map_err(|error| Unanswered::Stopped(error.to_string())),
        Err(RecvTimeoutError::Timeout) => Ok(None),
        Err(RecvTimeoutError::Disconnected) => Err(Unanswered::Stopped("its output cannot be read".to_owned())),
    }
}

fn wait<T>(
    mut look: impl FnMut() -> Result<Option<T>, Unanswered>,
    end: Instant,
    limits: Limits,
    interrupted: &dyn Fn() -> bool,
) -> Result<T, Unanswered> {
    loop {
        if let Some(found) = look()? {
            return Ok(found);
        }
        if interrupted() {
            return Err(Unanswered::Interrupted);
        }
        if Instant::now() >= end {
            return Err(Unanswered::Stopped(format!("it was stopped after {} s", limits.time.as_secs())));
        }
        std::thread::sleep(PAUSE);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::Cell;

    const SHORT: Limits = Limits { time: Duration::from_secs(1), output: 1 << 20 };
    const LONG: Limits = Limits { time: Duration::from_secs(600), output: 1 << 20 };

    fn shell(script: &str, limits: Limits, interrupted: &dyn Fn() -> bool) -> Result<Answer, Unanswered> {
        run(Command::new("sh").args(["-c", script]), limits, interrupted)
    }

    /// The process of this number is no more, or nobody has asked yet how it ended.
    fn is_gone(pid: &str) -> bool {
        std::fs::read_to_string(format!("/proc/{pid}/stat")).map_or(true, |stat| stat.contains(") Z "))
    }

    fn await_end(pid: &str) {
        while !is_gone(pid) {
            std::thread::sleep(PAUSE);
        }
    }

    #[test]
    fn an_answer_has_its_code_and_both_streams() {
        let answer = shell("echo out; echo err >&2; exit 3", LONG, &|| false).unwrap();
        assert_eq!((answer.status.code(), answer.stdout.as_slice(), answer.stderr.as_slice()), (Some(3), &b"out\n"[..], &b"err\n"[..]));
    }

    #[test]
    fn what_hangs_is_stopped_with_what_it_started() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let script = format!("trap '' TERM; sleep 3000 & echo $! > {}; wait", file.path().display());
        let Err(Unanswered::Stopped(said)) = shell(&script, SHORT, &|| false) else { panic!() };
        assert_eq!(said, "it was stopped after 1 s");
        await_end(std::fs::read_to_string(file.path()).unwrap().trim());
    }

    #[test]
    fn a_flood_is_stopped_at_its_limit_on_either_stream() {
        for script in ["yes", "yes >&2"] {
            // One that floods the errors and keeps the other stream open ends by its own broken pipe.
            let Err(Unanswered::Stopped(said)) = shell(script, LONG, &|| false) else { panic!("{script}") };
            assert_eq!(said, "it wrote more than 1 MiB", "{script}");
        }
    }

    #[test]
    fn an_interruption_ends_it() {
        let asked = Cell::new(0);
        let interrupted = || asked.replace(asked.get() + 1) > 2;
        assert!(matches!(shell("sleep 3000", LONG, &interrupted), Err(Unanswered::Interrupted)));
    }

    #[test]
    fn what_is_not_there_says_so() {
        let unanswered = run(&mut Command::new("/nowhere/program"), LONG, &|| false);
        assert!(matches!(unanswered, Err(Unanswered::Start(error)) if error.kind() == io::ErrorKind::NotFound));
    }
}
