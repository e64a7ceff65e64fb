//! The test of docker-pkg: `verify_command` with `verify_args`, by default a `test.sh`.

use crate::engine::LogSink;
use crate::sandbox::{Ended, Program, SandboxError};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// How images are tested.
#[derive(Clone, Debug)]
pub struct Verify {
    /// `verify_command`.
    pub command: String,
    /// `verify_args`; `{path}` and `{image}` are replaced.
    pub args: Vec<String>,
    /// The environment of the test.
    pub env: BTreeMap<String, String>,
    /// How long a test may take.
    pub limit: Duration,
}

/// How a test ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It ended with exit code 0.
    Passed,
    /// The definition has none: what the arguments name does not exist.
    NoTest,
    /// It ended otherwise.
    Failed(Ended),
    /// The run was interrupted.
    Cancelled,
}

impl Verdict {
    /// Whether the test was ended from outside, so that it could not clean up.
    pub fn was_stopped(self) -> bool {
        matches!(self, Self::Cancelled | Self::Failed(Ended::TimedOut(_)))
    }
}

impl Verify {
    /// Tests `image` with the test of the definition in `folder` (absolute).
    ///
    /// The program runs in the current directory, as with docker-pkg: `verify_args` such as `tools/verify {path}`
    /// are written relative to the place where the call is made.
    ///
    /// `CONTAINER_NAME` is set to the reference too, as test scripts of the CentOS container pipeline expect it.
    ///
    /// # Errors
    /// When the command cannot be run.
    pub async fn run(&self, folder: &Path, image: &str, log: &LogSink, cancel: &CancellationToken) -> Result<Verdict, SandboxError> {
        if self.missing_file(folder).is_some() {
            return Ok(Verdict::NoTest);
        }
        let mut env = self.env.clone();
        env.insert("CONTAINER_NAME".to_owned(), image.to_owned());
        let program = Program {
            program: self.command.clone(),
            args: self.args.iter().map(|arg| fill(arg, folder, image)).collect(),
            env,
            dir: PathBuf::from("."),
            limit: Some(self.limit),
        };
        Ok(match program.run(log, cancel).await? {
            end if end.is_good() => Verdict::Passed,
            Ended::Cancelled => Verdict::Cancelled,
            end => Verdict::Failed(end),
        })
    }

    /// What is run, for people: the file it names below `{path}`, else the command.
    pub fn shown(&self) -> String {
        let file = self.args.iter().find_map(|arg| arg.split_once("{path}/")).map(|(_, rest)| rest);
        let word = file.and_then(|rest| rest.split([' ', '\t', '\n', '"', '\'', ';']).next()).filter(|word| !word.is_empty());
        word.unwrap_or(&self.command).to_owned()
    }

    /// The first file an argument names below `{path}` that does not exist. A word ends at a blank or quote.
    pub fn missing_file(&self, folder: &Path) -> Option<PathBuf> {
        let named = self.args.iter().flat_map(|arg| arg.match_indices("{path}").map(|(at, _)| &arg[at + "{path}".len()..]));
        let files = named.map(|rest| rest.split([' ', '\t', '\n', '"', '\'', ';']).next().unwrap_or_default());
        files.map(|rest| folder.join(rest.trim_start_matches('/'))).find(|file| !file.exists())
    }
}

fn fill(arg: &str, folder: &Path, image: &str) -> String {
    arg.replace("{path}", &folder.to_string_lossy()).replace("{image}", image)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::{Arc, Mutex};

    fn verify(args: &[&str]) -> Verify {
        Verify {
            command: "/bin/bash".into(),
            args: args.iter().map(|a| (*a).to_owned()).collect(),
            env: BTreeMap::from([("PATH".into(), "/usr/bin:/bin".into())]),
            limit: Duration::from_secs(60),
        }
    }

    async fn outcome(folder: &Path, verify: &Verify) -> (Verdict, Vec<String>) {
        let lines = Arc::new(Mutex::new(Vec::new()));
        let into = lines.clone();
        let log: LogSink = Arc::new(move |line: &str| into.lock().unwrap().push(line.to_owned()));
        let verdict = verify.run(folder, "h:5000/x:1", &log, &CancellationToken::new()).await.unwrap();
        let seen = lines.lock().unwrap().clone();
        (verdict, seen)
    }

    #[tokio::test]
    async fn docker_pkgs_default_finds_test_sh() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let default = verify(&["-c", "{path}/test.sh {image}"]);
        assert_eq!(outcome(folder.path(), &default).await.0, Verdict::NoTest);
        let script = folder.path().join("test.sh");
        std::fs::write(&script, "#!/bin/sh\necho \"$1 $CONTAINER_NAME\"; pwd; exit $CODE\n").unwrap();
        std::fs::set_permissions(&script, std::fs::Permissions::from_mode(0o755)).unwrap();
        let (verdict, lines) = outcome(folder.path(), &default).await;
        assert_eq!(verdict, Verdict::Passed);
        let here = std::env::current_dir().unwrap().display().to_string();
        assert_eq!(lines, ["h:5000/x:1 h:5000/x:1".to_owned(), here]);
        let mut failing = default;
        failing.env.insert("CODE".into(), "3".into());
        assert_eq!(outcome(folder.path(), &failing).await.0, Verdict::Failed(Ended::Code(3)));
    }

    #[test]
    fn only_words_below_path_count() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(verify(&["-c", "true {image}"]).missing_file(folder.path()), None);
        assert_eq!(verify(&["{path}"]).missing_file(folder.path()), None);
        assert!(verify(&["-c", "\"{path}/a.sh\" {image}"]).missing_file(folder.path()).unwrap().ends_with("a.sh"));
    }
}
