//! The connection: looks through the candidates, asks the engine what it is.

use super::docker::DockerEngine;
use super::transport::Transport;
use super::{Address, Candidate, EngineError, EngineInfo, EngineKind};
use bollard::models::SystemVersion;

/// Seconds an engine has for the first answer. One that pulls or builds hard still answers `/version` at once.
const PATIENCE: u64 = 20;

/// Connects to the first candidate that answers.
///
/// A named candidate stands alone: when it does not answer there is no falling back to another engine, which may hold
/// other images.
///
/// # Errors
/// [`EngineError::Address`] when what names the engine is no address; [`EngineError::Unreachable`] with every place that was tried and what to do; [`EngineError::Other`] when what answers
/// is no engine.
pub async fn connect(candidates: Vec<Candidate>) -> Result<DockerEngine, EngineError> {
    let mut tried = Vec::new();
    for candidate in &candidates {
        match try_one(candidate).await {
            Ok(engine) => return Ok(engine),
            Err(reason) if candidate.named => return Err(named_is_silent(candidate, reason)),
            Err(reason) => tried.push((candidate, reason)),
        }
    }
    Err(none_answers(&tried))
}

fn named_is_silent(candidate: &Candidate, reason: String) -> EngineError {
    match &candidate.address {
        Err(_) => EngineError::Address { origin: candidate.origin.clone(), reason },
        Ok(address) => {
            let reason = format!("{reason}; {} asks for this one, so no other was tried", candidate.origin);
            EngineError::Unreachable { address: address.to_string(), reason }
        }
    }
}

fn none_answers(tried: &[(&Candidate, String)]) -> EngineError {
    let list: Vec<String> = tried.iter().map(|(candidate, reason)| format!("\n  {candidate}: {reason}")).collect();
    EngineError::Unreachable {
        address: "the usual sockets".to_owned(),
        reason: format!(
            "none of them answers:{}\nstart Docker or Podman (systemctl start docker, or podman system service), join its group, or name the engine with --engine, COOPERAGE_ENGINE or DOCKER_HOST",
            list.concat()
        ),
    }
}

async fn try_one(candidate: &Candidate) -> Result<DockerEngine, String> {
    let address = candidate.address.clone()?;
    if let Address::Unix(path) = &address
        && !path.exists()
    {
        return Err("there is no such socket".to_owned());
    }
    let text = address.to_string();
    let transport = Transport::new(address)?;
    let docker = transport.client(PATIENCE).map_err(|e| e.to_string())?;
    let (negotiated, version) = tokio::try_join!(docker.clone().negotiate_version(), docker.version()).map_err(|e| why(&e))?;
    Ok(DockerEngine::new(transport, negotiated, info(&version, text)))
}

/// The cause at the bottom, such as "Permission denied (os error 13)".
fn why(error: &(dyn std::error::Error + 'static)) -> String {
    let mut deepest = error;
    while let Some(source) = deepest.source() {
        deepest = source;
    }
    let text = deepest.to_string();
    if text.contains("Permission denied") {
        format!("{text}; are you in the group that owns the socket?")
    } else if text.contains("InvalidContentType") {
        format!("what listens there does not speak TLS; use tcp:// without DOCKER_TLS_VERIFY, or http:// ({text})")
    } else {
        text
    }
}

fn info(version: &SystemVersion, address: String) -> EngineInfo {
    let components = version.components.as_deref().unwrap_or_default();
    let podman = components.iter().any(|c| c.name.to_lowercase().contains("podman"));
    let kind = if podman { EngineKind::Podman } else { EngineKind::Docker };
    let text = |value: &Option<String>| value.clone().unwrap_or_default();
    EngineInfo {
        kind,
        version: text(&version.version),
        platform: format!("{}/{}", text(&version.os), text(&version.arch)),
        buildkit: kind == EngineKind::Docker && has_buildkit(&text(&version.api_version)),
        address,
    }
}

/// BuildKit is part of Docker since 18.09, API 1.39.
fn has_buildkit(api: &str) -> bool {
    let number = |part: Option<&str>| part.and_then(|p| p.parse::<u32>().ok());
    let mut parts = api.split('.');
    match (number(parts.next()), number(parts.next())) {
        (Some(major), Some(minor)) => (major, minor) >= (1, 39),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn podman_is_known_by_its_components_and_has_no_buildkit() {
        let text = r#"{"Version":"4.3.1","ApiVersion":"1.41","Os":"linux","Arch":"amd64","Components":[{"Name":"Podman Engine","Version":"4.3.1"}]}"#;
        let info = info(&serde_json::from_str(text).unwrap(), "unix:///x".into());
        assert_eq!((info.kind, info.buildkit, info.platform.as_str()), (EngineKind::Podman, false, "linux/amd64"));
    }

    #[test]
    fn buildkit_came_with_api_1_39() {
        for (api, there) in [("1.38", false), ("1.39", true), ("1.41", true), ("2.0", true), ("", false), ("x", false)] {
            assert_eq!(has_buildkit(api), there, "{api}");
        }
    }

    #[tokio::test]
    async fn a_named_engine_that_is_absent_is_no_reason_to_take_another() {
        let named = Candidate { address: Address::parse("/nowhere/d.sock", None), origin: "DOCKER_HOST".into(), named: true };
        let error = connect(vec![named]).await.err().unwrap().to_string();
        assert!(error.contains("unix:///nowhere/d.sock") && error.contains("DOCKER_HOST"), "{error}");
    }

    #[tokio::test]
    async fn an_address_that_cannot_be_is_told_with_where_it_stands() {
        let named = Candidate { address: Address::parse("foo://x", None), origin: "DOCKER_HOST".into(), named: true };
        let error = connect(vec![named]).await.err().unwrap().to_string();
        assert!(error.starts_with("DOCKER_HOST names no engine") && error.contains("foo://x"), "{error}");
    }

    #[tokio::test]
    async fn every_place_that_was_tried_is_named() {
        let place = |path: &str| Candidate { address: Address::parse(path, None), origin: "a socket".into(), named: false };
        let error = connect(vec![place("/nowhere/a"), place("/nowhere/b")]).await.err().unwrap().to_string();
        assert!(error.contains("/nowhere/a") && error.contains("/nowhere/b") && error.contains("--engine"), "{error}");
    }
}
