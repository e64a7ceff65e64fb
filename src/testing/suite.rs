//! All structure tests of an image: its layers are read once for all files, commands run several at once.

use super::case::{Case, CaseKind};
use super::command::{Command, expanded};
use super::expand::environment;
use super::files::{Again, View, wanted};
use super::structure::{Pair, Structure};
use super::{health, metadata};
use crate::engine::{Cage, Engine, EngineError, ImageConfig};
use crate::layers::{Files, LayersError, Wanted};
use crate::name::Digest;
use futures_util::future::BoxFuture;
use futures_util::{FutureExt as _, StreamExt as _};
use std::collections::BTreeMap;
use std::time::{Duration, Instant};
use tokio_util::io::SyncIoBridge;
use tokio_util::sync::CancellationToken;

/// Commands at once.
const AT_ONCE: usize = 4;
/// An archive is read at most so often; each time brings at least one more link to its end.
const READINGS: usize = 16;
/// How much of an archive is asked for at once, in bytes.
const PIECE: usize = 1 << 20;

/// An image in an engine, and who tests it.
pub struct Caged<'a> {
    /// The engine.
    pub engine: &'a dyn Engine,
    /// The image.
    pub image: Digest,
    /// Its config.
    pub config: ImageConfig,
    /// Our own environment, for `containerRunOptions.envVars`.
    pub env: &'a BTreeMap<String, String>,
    /// The time, for labels.
    pub now: jiff::Timestamp,
    /// Ends everything.
    pub cancel: &'a CancellationToken,
}

/// What came of an image's tests.
#[derive(Debug, Default)]
pub struct Suite {
    /// In the order of the original: commands, files, contents, licences, metadata; file by file.
    pub cases: Vec<Case>,
    /// What should be looked at.
    pub warnings: Vec<String>,
}

/// A file with tests, and what its image makes of it.
pub struct Prepared {
    pub structure: Structure,
    /// The image's environment with `globalEnvVars`.
    pub env: BTreeMap<String, String>,
    /// `globalEnvVars` with their variables replaced.
    pub globals: Vec<(String, String)>,
    /// Of `containerRunOptions`.
    pub options_env: Vec<String>,
    /// The first name of `containerRunOptions.envVars` that is not set.
    pub missing_env: Option<String>,
}

impl Prepared {
    /// What containers of its tests may take.
    pub fn cage(&self, now: jiff::Timestamp) -> Cage {
        let sandbox = &self.structure.sandbox;
        Cage {
            memory: Some(sandbox.memory),
            cpus: Some(sandbox.cpus),
            processes: Some(sandbox.processes),
            no_network: !sandbox.network,
            no_log: true,
            labels: crate::sandbox::labels(now, sandbox.timeout),
            ..Cage::default()
        }
    }
}

/// Runs all tests of some files.
///
/// # Errors
/// When the engine goes away or the call is interrupted.
pub async fn run(files: Vec<Structure>, caged: &Caged<'_>) -> Result<Suite, EngineError> {
    let mut suite = Suite::default();
    let files: Vec<Prepared> = files.into_iter().map(|file| prepare(file, caged, &mut suite.warnings)).collect();
    let started = Instant::now();
    let judged = judge_files(&files, caged).await?;
    let each = share(started.elapsed(), judged.iter().map(Vec::len).sum());
    let commands: Vec<Command<'_>> =
        files.iter().flat_map(|file| file.structure.commands.iter().map(|test| Command { caged, file, test })).collect();
    let running: Vec<BoxFuture<'_, Result<Case, EngineError>>> = commands.iter().map(|command| command.run().boxed()).collect();
    let ran: Vec<Result<Case, EngineError>> = futures_util::stream::iter(running).buffered(AT_ONCE).collect().await;
    let mut ran = ran.into_iter();
    for (file, judged) in files.iter().zip(judged) {
        for case in ran.by_ref().take(file.structure.commands.len()) {
            suite.cases.push(case?);
        }
        suite.cases.extend(judged.into_iter().map(|case| case.after(each)));
        suite.cases.extend(file.structure.metadata.as_ref().map(|test| metadata::judge(test, &caged.config)));
        if let Some(test) = &file.structure.health {
            suite.cases.push(health::run(test, file, caged).await?);
        }
        suite.cases.extend(none(&file.structure));
    }
    Ok(suite)
}

/// A file without a test is a failure, as for the original: somebody meant to test something.
fn none(structure: &Structure) -> Option<Case> {
    let counts = [structure.commands.len(), structure.existence.len(), structure.contents.len(), structure.licenses.len()];
    let empty = counts == [0; 4] && structure.metadata.is_none() && structure.health.is_none();
    empty.then(|| Case::judged(CaseKind::Metadata, structure.file.as_str(), vec![format!("{} holds no test", structure.file)]))
}

fn share(all: Duration, cases: usize) -> f64 {
    u32::try_from(cases.max(1)).map_or(0.0, |cases| all.as_secs_f64() / f64::from(cases))
}

fn prepare(structure: Structure, caged: &Caged<'_>, warnings: &mut Vec<String>) -> Prepared {
    let image = environment(&caged.config.env);
    let globals = expanded(&structure.globals.iter().collect::<Vec<&Pair>>(), &image);
    let mut env = image;
    env.extend(globals.iter().cloned());
    let options = &structure.container;
    let mut options_env = Vec::new();
    if !options.env_file.is_empty() {
        match env_file(&options.env_file) {
            Ok(pairs) => options_env = pairs,
            Err(why) => warnings.push(format!("{}: the envFile {} is left out: {why}", structure.file, options.env_file)),
        }
    }
    let set = |name: &&String| caged.env.get(name.as_str()).filter(|value| !value.is_empty()).map(|value| format!("{name}={value}"));
    let missing_env = options.env.iter().find(|name| set(name).is_none()).cloned();
    options_env.extend(options.env.iter().filter_map(|name| set(&name)));
    Prepared { structure, env, globals, options_env, missing_env }
}

/// `KEY=VALUE` lines with comments; one that is none spoils the file, as for the original.
fn env_file(path: &str) -> Result<Vec<String>, String> {
    let text = std::fs::read_to_string(path).map_err(|error| error.to_string())?;
    let mut pairs = Vec::new();
    for (at, line) in text.lines().enumerate() {
        let line = line.trim();
        let line = line.strip_prefix("export ").unwrap_or(line).trim_start();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let (key, value) = line.split_once('=').ok_or_else(|| format!("line {} is not KEY=VALUE", at + 1))?;
        let value = value.trim();
        let quoted = ['"', '\''].into_iter().find_map(|quote| value.strip_prefix(quote)?.strip_suffix(quote));
        let value = quoted.unwrap_or_else(|| value.split(" #").next().unwrap_or_default().trim_end());
        pairs.push(format!("{}={value}", key.trim()));
    }
    Ok(pairs)
}

/// The tests that need the image's files, for every file with tests.
async fn judge_files(files: &[Prepared], caged: &Caged<'_>) -> Result<Vec<Vec<Case>>, EngineError> {
    let mut asked = Wanted::default();
    files.iter().for_each(|file| wanted(&file.structure, &file.env, &mut asked));
    if asked.is_empty() {
        // Tests without a path are judged all the same: by what they lack.
        let nothing = Files::empty();
        return Ok(try_judge(files, &nothing, caged).unwrap_or_default());
    }
    for _ in 0..READINGS {
        let read = match read(caged, asked.clone()).await? {
            Ok(read) => read,
            Err(error) => return Ok(unread(files, &error)),
        };
        match try_judge(files, &read, caged) {
            Ok(cases) => return Ok(cases),
            Err(again) => {
                asked = read.wanted();
                match again {
                    Again { path, folders: true, .. } => asked.folders(&path, "copyright"),
                    Again { path, content: true, .. } => asked.content(&path),
                    Again { path, .. } => asked.path(&path),
                };
            }
        }
    }
    Ok(unread(files, &LayersError::Damaged("links lead on and on".to_owned())))
}

fn try_judge(files: &[Prepared], read: &Files, caged: &Caged<'_>) -> Result<Vec<Vec<Case>>, Again> {
    let view = View::new(read, &caged.config);
    files.iter().map(|file| view.judge(&file.structure, &file.env)).collect()
}

/// Reads the image's archive once, on a thread of its own.
async fn read(caged: &Caged<'_>, asked: Wanted) -> Result<Result<Files, LayersError>, EngineError> {
    let stream = caged.engine.save(&caged.image).await?;
    let bridge = SyncIoBridge::new(stream);
    let reading = tokio::task::spawn_blocking(move || Files::read(std::io::BufReader::with_capacity(PIECE, bridge), asked));
    let read = tokio::select! {
        read = reading => read,
        () = caged.cancel.cancelled() => return Err(EngineError::Cancelled),
    };
    match read {
        Ok(Err(error)) => {
            // A stream that breaks off because the engine went away says nothing about the image.
            caged.engine.image_config(&caged.image).await?;
            Ok(Err(error))
        }
        Ok(read) => Ok(read),
        Err(panic) => Ok(Err(LayersError::Damaged(format!("reading it broke off: {panic}")))),
    }
}

/// Every test of files fails when they cannot be read.
fn unread(files: &[Prepared], error: &LayersError) -> Vec<Vec<Case>> {
    let fail = |kind, name: &str| Case::judged(kind, name, vec![error.to_string()]);
    let cases = |file: &Prepared| {
        let existence = file.structure.existence.iter().map(|test| fail(CaseKind::FileExistence, &test.name));
        let contents = file.structure.contents.iter().map(|test| fail(CaseKind::FileContent, &test.name));
        let licenses = file.structure.licenses.iter().map(|_| fail(CaseKind::License, "license"));
        existence.chain(contents).chain(licenses).collect()
    };
    files.iter().map(cases).collect()
}
