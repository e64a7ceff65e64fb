//! One call of a scanner of the configuration.

use super::answer::{self, Answer};
use super::said::{Said, text};
use super::{container, environment};
use crate::config::ExternalScanner;
use crate::engine::Engine;
use crate::sandbox::{Captured, Ended, MOST_OUTPUT, Program};
use crate::scan::{Found, Subject};
use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// What a scanner of the configuration asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Needs {
    /// The image's files in a folder.
    pub rootfs: bool,
    /// The image's bill of materials.
    pub sbom: bool,
}

/// What a scanner of the configuration is given.
pub struct External<'a> {
    /// The environment of the call, of which a command gets a part.
    pub env: &'a BTreeMap<String, String>,
    /// The engine, for those that are images.
    pub engine: Option<&'a dyn Engine>,
    /// The image's files, where it needs them.
    pub rootfs: Option<&'a Path>,
    /// The image's bill of materials, where it needs it.
    pub sbom: Option<&'a Path>,
    /// What is left of its time.
    pub limit: Duration,
    /// Ends it.
    pub cancel: &'a CancellationToken,
}

impl Needs {
    /// By the words in its command.
    pub fn of(scanner: &ExternalScanner) -> Self {
        let has = |word: &str| scanner.command.iter().any(|argument| argument.contains(word));
        Self { rootfs: has("{rootfs}"), sbom: has("{sbom}") }
    }
}

/// Has a scanner of the configuration look at an image.
pub async fn scan(subject: &Subject<'_>, scanner: &ExternalScanner, given: &External<'_>) -> Found {
    let said = match &scanner.image {
        Some(image) => container::run(subject, scanner, image, given).await,
        None => command(subject, scanner, given).await,
    };
    let read = said.and_then(|said| answer::read(subject, scanner, &said));
    match read {
        Ok(Answer { findings, trouble }) => Found { findings, errors: trouble.into_iter().collect() },
        Err(error) => Found { findings: Vec::new(), errors: vec![error] },
    }
}

async fn command(subject: &Subject<'_>, scanner: &ExternalScanner, given: &External<'_>) -> Result<Said, String> {
    let (rootfs, sbom) = (text(given.rootfs), text(given.sbom));
    let mut words = filled(scanner, subject.reference, rootfs.as_deref(), sbom.as_deref())?.into_iter();
    let program = words.next().filter(|program| !program.is_empty()).ok_or("its command is empty")?;
    let folder = tempfile::tempdir().map_err(|error| format!("a folder to run it in cannot be made: {error}"))?;
    let program = Program {
        program,
        args: words.collect(),
        env: environment(given.env, &[]),
        dir: folder.path().to_owned(),
        limit: Some(given.limit),
    };
    let Captured { end, stdout, stderr, flooded } =
        program.capture(MOST_OUTPUT, given.cancel).await.map_err(|error| error.without_folder())?;
    let code = match end {
        _ if flooded => Err(format!("it was stopped because it wrote more than {MOST_OUTPUT} bytes")),
        Ended::Code(code) => Ok(i64::from(code)),
        Ended::TimedOut(_) => Err(too_slow(subject)),
        end => Err(format!("it did not end by itself: {end}")),
    };
    let ran_in = text(Some(folder.path()));
    Ok(Said { code, stdout, stderr }.without(rootfs.as_deref(), sbom.as_deref(), ran_in.as_deref()))
}

/// That it was stopped.
pub(super) fn too_slow(subject: &Subject<'_>) -> String {
    format!("it was stopped after its time limit of {} s (cooperage.scanners.timeout)", subject.settings.timeout.as_secs())
}

/// The command with what its words stand for.
pub(super) fn filled(scanner: &ExternalScanner, image: &str, rootfs: Option<&str>, sbom: Option<&str>) -> Result<Vec<String>, String> {
    let needs = Needs::of(scanner);
    if needs.rootfs && rootfs.is_none() {
        return Err("it needs {rootfs}, and the image's files could not be unpacked".to_owned());
    }
    if needs.sbom && sbom.is_none() {
        return Err("it needs {sbom}, and the bill of materials could not be written".to_owned());
    }
    let values = [("{image}", image), ("{rootfs}", rootfs.unwrap_or_default()), ("{sbom}", sbom.unwrap_or_default())];
    Ok(scanner.command.iter().map(|word| fill(word, &values)).collect())
}

/// Replaces words in one pass, so that what is put in is not looked at again.
fn fill(text: &str, values: &[(&str, &str)]) -> String {
    let (mut done, mut rest) = (String::new(), text);
    while let Some(at) = rest.find('{') {
        done.push_str(&rest[..at]);
        rest = &rest[at..];
        match values.iter().find(|(word, _)| rest.starts_with(word)) {
            Some((word, value)) => {
                done.push_str(value);
                rest = &rest[word.len()..];
            }
            None => {
                done.push('{');
                rest = &rest[1..];
            }
        }
    }
    done + rest
}
