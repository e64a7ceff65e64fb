//! The config of an image against what is expected of it.

use super::case::{Case, CaseKind};
use super::expand::environment;
use super::pattern;
use super::structure::{Metadata, Pair};
use crate::engine::ImageConfig;
use std::collections::BTreeMap;

/// The name of the one metadata test of a file.
const NAME: &str = "metadata";

/// Compares.
pub fn judge(test: &Metadata, config: &ImageConfig) -> Case {
    let mut errors = unusable(test);
    if errors.is_empty() {
        let env = environment(&config.env);
        errors.extend(test.env.iter().filter_map(|pair| differs("environment variable", pair, &env)));
        errors.extend(test.unbound.iter().filter_map(|pair| bound(pair, &env)));
        errors.extend(test.labels.iter().filter_map(|pair| differs("label", pair, &config.labels)));
        errors.extend(test.cmd.as_ref().filter(|cmd| **cmd != config.cmd).map(|cmd| other("cmd", cmd, &config.cmd)));
        let entrypoint = test.entrypoint.as_ref().filter(|entrypoint| **entrypoint != config.entrypoint);
        errors.extend(entrypoint.map(|entrypoint| other("entrypoint", entrypoint, &config.entrypoint)));
        errors.extend(field("workdir", &test.workdir, &config.workdir));
        errors.extend(field("user", &test.user, &config.user));
        errors.extend(lists(test, config));
    }
    Case::judged(CaseKind::Metadata, NAME, errors)
}

/// What cannot be asked. The original looks at these four lists only.
fn unusable(test: &Metadata) -> Vec<String> {
    let keys = |what: &str, pairs: &[Pair]| pairs.iter().any(|pair| pair.key.is_empty()).then(|| format!("{what} needs a key"));
    let empty = |what: &str, texts: &[String]| texts.iter().any(String::is_empty).then(|| format!("{what} must not be empty"));
    let found = [
        keys("a variable of envVars", &test.env),
        keys("a label", &test.labels),
        empty("a port of exposedPorts", &test.exposed),
        empty("a volume", &test.volumes),
    ];
    found.into_iter().flatten().collect()
}

fn differs(what: &str, pair: &Pair, found: &BTreeMap<String, String>) -> Option<String> {
    let Pair { key, value, is_regex } = pair;
    let Some(found) = found.get(key) else { return Some(format!("{what} {key}: expected {value:?}, the image has none")) };
    let how = if *is_regex { "something with" } else { "exactly" };
    let wrong = || format!("{what} {key}: expected {how} {value:?}, found {found:?}");
    match is_regex.then(|| pattern::search(value, found)) {
        None => (value != found).then(wrong),
        Some(Ok(good)) => (!good).then(wrong),
        Some(Err(error)) => Some(format!("{what} {key}: {error}")),
    }
}

fn bound(pair: &Pair, found: &BTreeMap<String, String>) -> Option<String> {
    found.get(&pair.key).map(|value| format!("environment variable {}: expected none, found {value:?}", pair.key))
}

fn other(what: &str, wanted: &[String], found: &[String]) -> String {
    format!("{what}: expected {wanted:?}, found {found:?}")
}

fn field(what: &str, wanted: &str, found: &str) -> Option<String> {
    (!wanted.is_empty() && wanted != found).then(|| format!("{what}: expected {wanted:?}, found {found:?}"))
}

/// Ports are compared without their protocol, volumes letter by letter.
fn lists(test: &Metadata, config: &ImageConfig) -> Vec<String> {
    let ports: Vec<&str> = config.ports.iter().map(|port| port.split('/').next().unwrap_or_default()).collect();
    let volumes: Vec<&str> = config.volumes.iter().map(String::as_str).collect();
    let missing = |what: &str, wanted: &[String], found: &[&str]| -> Vec<String> {
        let missing = wanted.iter().filter(|one| !found.contains(&one.as_str()));
        missing.map(|one| format!("{what} {one}: expected, the image has {}", listed(found))).collect()
    };
    let present = |what: &str, wanted: &[String], found: &[&str]| -> Vec<String> {
        let present = wanted.iter().filter(|one| found.contains(&one.as_str()));
        present.map(|one| format!("{what} {one}: expected not to be there, and is")).collect()
    };
    [
        missing("port", &test.exposed, &ports),
        present("port", &test.unexposed, &ports),
        missing("volume", &test.volumes, &volumes),
        present("volume", &test.unmounted, &volumes),
    ]
    .concat()
}

fn listed(found: &[&str]) -> String {
    if found.is_empty() { "none".to_owned() } else { found.join(", ") }
}
