//! hadolint itself, where it is there: run once for all Dockerfiles, its own configuration file honoured, its findings
//! brought into our shape. It is GPL-3.0 and stays a program beside ours.

mod program;

use self::program::{Limits, Unanswered};
use super::judge::{Linted, Places, Raw, finish};
use super::subject::Subject;
use super::table;
use crate::finding::{Family, Levels, Severity};
use serde::Deserialize;
use std::ffi::OsStr;
use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

/// How many files one call takes: their names must fit into the arguments of a process.
const AT_ONCE: usize = 2000;

/// What one call may take: at least a minute, and two seconds for each file. Measured with 2.15.1: 0.25 s for a file of 60
/// lines, most of it ShellCheck's, where other programs want the processor as well.
const LEAST_TIME: Duration = Duration::from_secs(60);
const TIME_OF_A_FILE: Duration = Duration::from_secs(2);

/// The bytes that one call may answer; a finding has some 300.
const MOST_OUTPUT: u64 = 256 << 20;

/// The program.
#[derive(Clone, Debug)]
pub struct Hadolint {
    /// Where it is.
    pub program: PathBuf,
}

/// Why hadolint gives no answer.
#[derive(Debug, thiserror::Error)]
pub enum HadolintError {
    /// It cannot be started.
    #[error("{} cannot be started: {source}", program.display())]
    Start {
        /// The program.
        program: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The Dockerfiles cannot be written for it.
    #[error("the rendered Dockerfiles cannot be written for hadolint: {0}")]
    Write(io::Error),
    /// It failed, or its answer is not what it should be.
    #[error("{} gives no answer ({status}): {said}; the built-in rules do without it: cooperage.hadolint: builtin", program.display())]
    Failed {
        /// The program.
        program: PathBuf,
        /// How it ended.
        status: String,
        /// The start of what it said.
        said: String,
    },
    /// The call was interrupted.
    #[error("interrupted while hadolint judged")]
    Interrupted,
}

/// One of hadolint's findings.
#[derive(Deserialize)]
struct Told {
    code: String,
    file: String,
    level: String,
    line: usize,
    message: String,
}

impl Hadolint {
    /// The program in the folders of a `PATH`.
    pub fn on(path: &OsStr) -> Option<Self> {
        let runs = |file: &PathBuf| file.metadata().is_ok_and(|file| file.is_file() && file.permissions().mode() & 0o111 != 0);
        std::env::split_paths(path).map(|folder| folder.join("hadolint")).find(runs).map(|program| Self { program })
    }

    /// Lints Dockerfiles, in their order.
    ///
    /// # Errors
    /// When the program cannot be started, fails, takes too long, answers something else than its JSON, or when `interrupted`.
    pub fn lint(&self, subjects: &[Subject<'_>], levels: &Levels, interrupted: &dyn Fn() -> bool) -> Result<Vec<Linted>, HadolintError> {
        let folder = tempfile::tempdir().map_err(HadolintError::Write)?;
        let file = |at: usize| folder.path().join(format!("{at:06}.Dockerfile"));
        for (at, subject) in subjects.iter().enumerate() {
            std::fs::write(file(at), subject.text).map_err(HadolintError::Write)?;
        }
        let mut found: Vec<Vec<Raw<'_>>> = subjects.iter().map(|_| Vec::new()).collect();
        let numbers: Vec<usize> = (0..subjects.len()).collect();
        for part in numbers.chunks(AT_ONCE) {
            let files: Vec<PathBuf> = part.iter().map(|at| file(*at)).collect();
            for told in self.call(&files, interrupted)? {
                let lines = number_of(&told.file).and_then(|at| Some((found.get_mut(at)?, subjects.get(at)?.text.lines().count())));
                let Some((list, lines)) = lines.filter(|_| !told.code.is_empty()) else {
                    return Err(
                        self.failed("exit status: 0", &format!("it tells \"{}\" of {}, which is no file of ours", told.code, told.file))
                    );
                };
                list.push(raw(told, lines));
            }
        }
        let pairs = subjects.iter().zip(found);
        Ok(pairs.map(|(subject, found)| finish(subject, levels, found, &Places::new(subject), &[])).collect())
    }

    fn call(&self, files: &[PathBuf], interrupted: &dyn Fn() -> bool) -> Result<Vec<Told>, HadolintError> {
        let mut command = Command::new(&self.program);
        command.args(["--no-fail", "--no-color", "--format", "json", "--"]).args(files);
        let files = u32::try_from(files.len()).unwrap_or(u32::MAX);
        let limits = Limits { time: LEAST_TIME + TIME_OF_A_FILE.saturating_mul(files), output: MOST_OUTPUT };
        let output = program::run(&mut command, limits, interrupted).map_err(|unanswered| match unanswered {
            Unanswered::Start(source) => HadolintError::Start { program: self.program.clone(), source },
            Unanswered::Stopped(said) => self.failed("stopped", &said),
            Unanswered::Interrupted => HadolintError::Interrupted,
        })?;
        let answer = serde_json::from_slice(&output.stdout).ok().filter(|_| output.status.success());
        answer.ok_or_else(|| {
            let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim().to_owned();
            let said = [text(&output.stderr), text(&output.stdout)].into_iter().find(|said| !said.is_empty()).unwrap_or_default();
            self.failed(&output.status.to_string(), &said)
        })
    }

    fn failed(&self, status: &str, said: &str) -> HadolintError {
        let said = said.lines().next().unwrap_or("it says nothing").chars().filter(|char| !char.is_control()).take(200).collect();
        HadolintError::Failed { program: self.program.clone(), status: status.to_owned(), said }
    }
}

/// Which of the files that it was given a name is.
fn number_of(file: &str) -> Option<usize> {
    Path::new(file).file_name()?.to_str()?.strip_suffix(".Dockerfile")?.parse().ok()
}

/// One finding of a file that has so many lines.
fn raw(told: Told, lines: usize) -> Raw<'static> {
    let help = table::find(&told.code).map(|row| row.help);
    let severity = Severity::parse(&told.level, Family::Text).unwrap_or(Severity::Warning);
    Raw { id: told.code, severity: Some(severity), line: told.line.clamp(1, lines.max(1)), byte: None, message: told.message, help }
}
