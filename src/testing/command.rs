//! Commands in fresh containers.

use super::case::{Case, CaseKind, CaseOutcome};
use super::expand::expand;
use super::expectation::{judge as judge_text, text};
use super::structure::{CommandTest, Pair};
use super::suite::{Caged, Prepared};
use crate::engine::{Cage, ContainerRequest, EngineError};
use crate::name::Digest;
use crate::sandbox::{ContainerEnd, MOST_OUTPUT, Ran, remove_container, run_container};
use std::collections::BTreeMap;
use std::time::Instant;

/// How much of an output a case carries, in bytes.
const SHOWN: usize = 16 << 10;

/// A command test on its way.
pub struct Command<'a> {
    pub caged: &'a Caged<'a>,
    pub file: &'a Prepared,
    pub test: &'a CommandTest,
}

/// Images that setups made, the newest last.
type Made = Vec<Digest>;

/// Why a test has no output to judge.
enum Broken {
    /// The engine went away, or the call was interrupted: nothing is known.
    Engine(EngineError),
    /// It speaks against the image.
    Case(CaseOutcome, String),
}

impl From<EngineError> for Broken {
    fn from(error: EngineError) -> Self {
        match error {
            EngineError::Unreachable { .. } | EngineError::DiskFull { .. } | EngineError::Cancelled => Self::Engine(error),
            other => Self::Case(CaseOutcome::Failed, other.to_string()),
        }
    }
}

impl Command<'_> {
    /// Runs the test and removes what it made.
    ///
    /// # Errors
    /// When the engine goes away, or the call is interrupted.
    pub async fn run(&self) -> Result<Case, EngineError> {
        let started = Instant::now();
        let errors = unusable(self.test);
        if !errors.is_empty() {
            return Ok(Case::judged(CaseKind::Command, &self.test.name, errors));
        }
        let mut made = Made::new();
        let outcome = self.attempt(&mut made).await;
        for image in made.iter().rev() {
            // A leftover is found by its label later; the result matters more.
            let _ = self.caged.engine.untag(image.as_str()).await;
        }
        let case = match outcome {
            Ok(ran) => self.judge(&ran),
            Err(Broken::Engine(error)) => return Err(error),
            Err(Broken::Case(outcome, error)) => Case { outcome, ..Case::judged(CaseKind::Command, &self.test.name, vec![error]) },
        };
        Ok(self.with_platform(case).after(started.elapsed().as_secs_f64()))
    }

    async fn attempt(&self, made: &mut Made) -> Result<Ran, Broken> {
        let mut env = self.file.env.clone();
        let setup_env: Vec<&Pair> = self.file.structure.globals.iter().chain(&self.test.env).collect();
        for command in &self.test.setup {
            let values = expanded(&setup_env, &env);
            let ran = self.container(made, command.clone(), list(&values), true).await?;
            let committed = match ran.end {
                ContainerEnd::Code(_) => self.caged.engine.commit(&ran.container).await.map_err(Broken::from),
                other => Err(self.stopped("a setup command", other)),
            };
            remove_container(self.caged.engine, &ran.container).await;
            made.push(committed?);
            env.extend(values);
        }
        let line = std::iter::once(&self.test.command).chain(&self.test.args).map(|word| expand(word, &env)).collect();
        let local = self.test.env.iter().map(|pair| (pair.key.clone(), pair.value.clone()));
        let values: Vec<(String, String)> = self.file.globals.iter().cloned().chain(local).collect();
        let ran = self.container(made, line, list(&values), false).await?;
        match ran.end {
            ContainerEnd::Code(_) => Ok(ran),
            other => Err(self.stopped("the command", other)),
        }
    }

    async fn container(&self, made: &Made, line: Vec<String>, mut env: Vec<String>, keep: bool) -> Result<Ran, Broken> {
        let options = &self.file.structure.container;
        env.extend(self.file.options_env.iter().cloned());
        if let Some(name) = &self.file.missing_env {
            let message = format!("containerRunOptions.envVars names {name}, which is not set here");
            return Err(Broken::Case(CaseOutcome::Failed, message));
        }
        let request = ContainerRequest {
            image: made.last().unwrap_or(&self.caged.image).clone(),
            entrypoint: Some(Vec::new()),
            command: Some(line),
            env,
            folders: Vec::new(),
            terminal: options.terminal,
            input: false,
            cage: self.cage(keep),
        };
        let limit = self.file.structure.sandbox.timeout;
        let ran = run_container(self.caged.engine, &request, limit, self.caged.cancel).await?;
        if ran.end == ContainerEnd::Cancelled { Err(Broken::Engine(EngineError::Cancelled)) } else { Ok(ran) }
    }

    fn cage(&self, keep: bool) -> Cage {
        let options = &self.file.structure.container;
        Cage {
            keep,
            user: Some(options.user.clone()).filter(|user| !user.is_empty()),
            privileged: options.privileged,
            capabilities: options.capabilities.clone(),
            binds: options.binds.clone(),
            ..self.file.cage(self.caged.now)
        }
    }

    fn stopped(&self, what: &str, end: ContainerEnd) -> Broken {
        match end {
            ContainerEnd::TimedOut(limit) => {
                let message = format!("{what} was stopped after its time limit of {} s (sandbox.timeout)", limit.as_secs());
                Broken::Case(CaseOutcome::Timeout, message)
            }
            _ => Broken::Case(CaseOutcome::Failed, format!("{what} was stopped: it wrote more than {} MiB", MOST_OUTPUT >> 20)),
        }
    }

    fn judge(&self, ran: &Ran) -> Case {
        let test = self.test;
        let (stdout, stderr) = (text(&ran.stdout), text(&ran.stderr));
        let mut errors = judge_text("stderr", &stderr, &test.expected_error, &test.excluded_error);
        errors.extend(judge_text("stdout", &stdout, &test.expected_output, &test.excluded_output));
        let code = if let ContainerEnd::Code(code) = ran.end { Some(code) } else { None };
        if code != Some(test.exit_code) {
            errors.push(format!("expected exit code {}, found {}", test.exit_code, code.unwrap_or(-1)));
        }
        Case {
            stdout: Some(cut(stdout)),
            stderr: Some(cut(stderr)),
            exit_code: code,
            ..Case::judged(CaseKind::Command, &test.name, errors)
        }
    }

    /// A failure on an image for another machine may be nothing but that.
    fn with_platform(&self, mut case: Case) -> Case {
        let (image, engine) = (&self.caged.config.platform, &self.caged.engine.info().platform);
        if case.outcome.is_bad() && image != engine {
            case.errors.push(format!("the image is for {image}, and the engine runs {engine}"));
        }
        case
    }
}

/// What the original does not run.
fn unusable(test: &CommandTest) -> Vec<String> {
    let empty = |lists: &[Vec<String>]| lists.iter().any(Vec::is_empty);
    [
        (test.name.is_empty(), "this test needs a name"),
        (test.command.is_empty(), "this test needs a command"),
        (empty(&test.setup), "a command of setup is empty"),
        (empty(&test.teardown), "a command of teardown is empty"),
        (test.env.iter().any(|pair| pair.key.is_empty() || pair.value.is_empty()), "variables of envVars need a key and a value"),
    ]
    .into_iter()
    .filter(|(wrong, _)| *wrong)
    .map(|(_, message)| message.to_owned())
    .collect()
}

/// Variables with those of the image in their values.
pub fn expanded(pairs: &[&Pair], env: &BTreeMap<String, String>) -> Vec<(String, String)> {
    pairs.iter().map(|pair| (pair.key.clone(), expand(&pair.value, env))).collect()
}

fn list(values: &[(String, String)]) -> Vec<String> {
    values.iter().map(|(key, value)| format!("{key}={value}")).collect()
}

/// The beginning of what is long.
fn cut(mut text: String) -> String {
    if text.len() > SHOWN {
        let left = text.len() - SHOWN;
        text.truncate(text.floor_char_boundary(SHOWN));
        text.push_str(&format!("\n… {left} bytes more"));
    }
    text
}
