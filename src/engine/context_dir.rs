//! Docker's contexts: which one is current and where its engine listens.
//!
//! Source: docker/cli, `cli/context/store`: `contexts/meta/<sha256 of the name>/meta.json`, certificates in
//! `contexts/tls/<sha256 of the name>/docker/`.

use super::address::{Address, Candidate, TlsFiles};
use crate::name::Digest;
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The context that means "no context".
const DEFAULT: &str = "default";

/// `$DOCKER_CONFIG`, else `~/.docker`.
pub(super) fn docker_folder(env: &BTreeMap<String, String>) -> Option<PathBuf> {
    let set = |key: &str| env.get(key).filter(|value| !value.is_empty()).map(PathBuf::from);
    set("DOCKER_CONFIG").or_else(|| set("HOME").map(|home| home.join(".docker")))
}

/// The engine of the current context; `None` when there is no context but the default one.
pub(super) fn current(env: &BTreeMap<String, String>) -> Option<Candidate> {
    let folder = docker_folder(env)?;
    let (name, said_by) = match env.get("DOCKER_CONTEXT").filter(|name| !name.is_empty()) {
        Some(name) => (name.clone(), "DOCKER_CONTEXT".to_owned()),
        None => (current_of_config(&folder.join("config.json"))?, format!("currentContext of {}", folder.join("config.json").display())),
    };
    if name == DEFAULT {
        return None;
    }
    let origin = format!("the docker context \"{name}\", {said_by}");
    Some(Candidate { address: address(&folder, &name), origin, named: true })
}

/// A config file that is missing or broken names no context: docker itself warns and goes on.
fn current_of_config(file: &Path) -> Option<String> {
    let config: Value = serde_json::from_slice(&std::fs::read(file).ok()?).ok()?;
    config.get("currentContext")?.as_str().filter(|name| !name.is_empty()).map(str::to_owned)
}

fn address(folder: &Path, name: &str) -> Result<Address, String> {
    let id = Digest::of(name.as_bytes());
    let id = id.as_str().trim_start_matches("sha256:");
    let file = folder.join("contexts/meta").join(id).join("meta.json");
    let text = std::fs::read(&file)
        .map_err(|e| format!("{} cannot be read: {e}; `docker context ls` shows the contexts there are", file.display()))?;
    let meta: Value = serde_json::from_slice(&text).map_err(|e| format!("{}: {e}", file.display()))?;
    let host = meta.pointer("/Endpoints/docker/Host").and_then(Value::as_str);
    let host = host.ok_or_else(|| format!("{} names no Endpoints.docker.Host", file.display()))?;
    let certificates = folder.join("contexts/tls").join(id).join("docker");
    let tls = certificates.is_dir().then_some(TlsFiles { folder: certificates });
    Address::parse(host, tls)
}

#[cfg(test)]
mod tests {
    use super::super::address::candidates;
    use super::*;

    fn docker_config(current: &str, meta: Option<&str>) -> (tempfile::TempDir, BTreeMap<String, String>) {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("config.json"), format!("{{\"currentContext\":\"{current}\"}}")).unwrap();
        if let Some(meta) = meta {
            // The sha256 of "remote", as docker names the folder.
            let id = "b71199ebd070b36beab7317920c2c2f1d777df8d05e5527d8458fda57cb17a7a";
            let place = folder.path().join("contexts/meta").join(id);
            std::fs::create_dir_all(&place).unwrap();
            std::fs::write(place.join("meta.json"), meta).unwrap();
        }
        let env = BTreeMap::from([("DOCKER_CONFIG".to_owned(), folder.path().display().to_string())]);
        (folder, env)
    }

    #[test]
    fn the_current_context_is_followed() {
        let (_folder, env) = docker_config("remote", Some(r#"{"Name":"remote","Endpoints":{"docker":{"Host":"tcp://build:2375"}}}"#));
        let found = candidates(None, &env);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].address.as_ref().unwrap().to_string(), "tcp://build:2375");
        assert!(found[0].origin.contains("\"remote\"") && found[0].named);
    }

    #[test]
    fn default_means_no_context_and_the_environment_wins() {
        let (_folder, env) = docker_config("default", None);
        assert!(candidates(None, &env).iter().all(|c| !c.named));
        let (_folder, mut env) = docker_config("remote", None);
        env.insert("DOCKER_CONTEXT".into(), "default".into());
        assert!(candidates(None, &env).iter().all(|c| !c.named));
    }

    #[test]
    fn a_context_that_is_not_there_or_broken_says_so() {
        for (meta, part) in [(None, "docker context ls"), (Some("{"), "meta.json"), (Some("{}"), "Endpoints.docker.Host")] {
            let (_folder, env) = docker_config("remote", meta);
            let error = candidates(None, &env)[0].address.clone().unwrap_err();
            assert!(error.contains(part), "{error}");
        }
    }
}
