//! Where an engine is looked for, and in which order. Reads docker's own context files, opens no connection.

use super::context_dir;
use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

/// Where an engine listens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Address {
    /// A Unix socket.
    Unix(PathBuf),
    /// A TCP port, as `host:port`, with TLS or without.
    Tcp {
        /// `host:port`.
        authority: String,
        /// The certificates, when it speaks TLS.
        tls: Option<TlsFiles>,
    },
}

/// The PEM files of a TLS connection to an engine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TlsFiles {
    /// The folder that holds `ca.pem`, `cert.pem` and `key.pem`; each may be missing.
    pub folder: PathBuf,
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unix(path) => write!(f, "unix://{}", path.display()),
            Self::Tcp { authority, .. } => write!(f, "tcp://{authority}"),
        }
    }
}

impl Address {
    /// Reads `unix://…`, `tcp://…`, `http://…`, `https://…` or the path of a socket.
    ///
    /// `tls` are the certificates to use with `tcp://`; `https://` always uses TLS, `http://` never.
    ///
    /// # Errors
    /// A sentence that says what is wrong with the text and what to write instead.
    pub fn parse(text: &str, tls: Option<TlsFiles>) -> Result<Self, String> {
        if text.starts_with('/') {
            return Ok(Self::Unix(PathBuf::from(text)));
        }
        let Some((scheme, rest)) = text.split_once("://") else {
            return Err(format!("\"{text}\" is no address of an engine; write unix:///path/of/the.sock or tcp://host:port"));
        };
        match scheme {
            "unix" if rest.starts_with('/') => Ok(Self::Unix(PathBuf::from(rest))),
            "unix" => Err(format!("\"{text}\" does not hold the whole path of a socket; write unix:///path/of/the.sock")),
            "tcp" => Ok(Self::Tcp { authority: authority(text, rest, tls.is_some())?, tls }),
            "http" => Ok(Self::Tcp { authority: authority(text, rest, false)?, tls: None }),
            "https" => {
                let tls = Some(tls.unwrap_or(TlsFiles { folder: PathBuf::new() }));
                Ok(Self::Tcp { authority: authority(text, rest, true)?, tls })
            }
            "ssh" => Err(format!(
                "\"{text}\": engines over ssh are not supported; forward the socket (ssh -L /tmp/engine.sock:/var/run/docker.sock HOST) and use unix:///tmp/engine.sock"
            )),
            "npipe" => Err(format!("\"{text}\": named pipes of Windows are not supported; use tcp:// or a Unix socket")),
            _ => Err(format!("\"{text}\": {scheme}:// is not supported; use unix://, tcp://, http:// or https://")),
        }
    }
}

/// `host:port` of the text behind `://`; the port that Docker means (2375, with TLS 2376) when none is written.
fn authority(text: &str, rest: &str, tls: bool) -> Result<String, String> {
    let authority = rest.split('/').next().unwrap_or(rest);
    let (host, port) = match authority.rsplit_once(':') {
        Some((host, port)) if !port.contains(']') => (host, port),
        _ => (authority, if tls { "2376" } else { "2375" }),
    };
    if host.contains('@') {
        return Err("an engine's address holds no user or password; use certificates (DOCKER_CERT_PATH)".to_owned());
    }
    if host.is_empty() || port.parse::<u16>().is_err() {
        return Err(format!("\"{text}\" holds no host:port"));
    }
    Ok(format!("{host}:{port}"))
}

/// A place to look for an engine, and why there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// The place, or the sentence that says why there is none.
    pub address: Result<Address, String>,
    /// Who says so, such as `DOCKER_HOST`, for error texts.
    pub origin: String,
    /// Whether somebody asked for this one: then no other will do.
    pub named: bool,
}

impl fmt::Display for Candidate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.address {
            Ok(address) => write!(f, "{address} ({})", self.origin),
            Err(reason) => write!(f, "{} ({reason})", self.origin),
        }
    }
}

/// The places to look for an engine, in order.
///
/// `--engine`, then `COOPERAGE_ENGINE`, `DOCKER_HOST` and the docker context: the first that is set is the only
/// candidate. Nothing set: the usual sockets of Docker, rootless Docker, rootless Podman and Podman.
/// `env` is the environment (`HOME`, `DOCKER_CONFIG`, `XDG_RUNTIME_DIR` and docker's TLS variables are read too).
/// Source: the docker command line's order (`DOCKER_HOST` before `DOCKER_CONTEXT` before `currentContext`).
pub fn candidates(flag: Option<&str>, env: &BTreeMap<String, String>) -> Vec<Candidate> {
    let set = |key: &str| env.get(key).map(String::as_str).filter(|value| !value.is_empty());
    let tls = || tls_of_environment(env);
    let named =
        [("--engine", flag.filter(|f| !f.is_empty())), ("COOPERAGE_ENGINE", set("COOPERAGE_ENGINE")), ("DOCKER_HOST", set("DOCKER_HOST"))];
    for (origin, value) in named {
        if let Some(value) = value {
            return vec![Candidate { address: Address::parse(value, tls()), origin: origin.to_owned(), named: true }];
        }
    }
    if let Some(candidate) = context_dir::current(env) {
        return vec![candidate];
    }
    usual_sockets(set("XDG_RUNTIME_DIR"))
}

fn usual_sockets(runtime: Option<&str>) -> Vec<Candidate> {
    let runtime = runtime.map(Path::new);
    let sockets = [
        (Some(PathBuf::from("/var/run/docker.sock")), "Docker"),
        (runtime.map(|r| r.join("docker.sock")), "rootless Docker"),
        (runtime.map(|r| r.join("podman/podman.sock")), "rootless Podman"),
        (Some(PathBuf::from("/run/podman/podman.sock")), "Podman"),
    ];
    sockets
        .into_iter()
        .filter_map(|(path, whose)| {
            let origin = format!("the usual socket of {whose}");
            Some(Candidate { address: Ok(Address::Unix(path?)), origin, named: false })
        })
        .collect()
}

/// The certificates of `DOCKER_TLS_VERIFY` and `DOCKER_CERT_PATH`.
fn tls_of_environment(env: &BTreeMap<String, String>) -> Option<TlsFiles> {
    let set = |key: &str| env.get(key).filter(|value| !value.is_empty());
    set("DOCKER_TLS_VERIFY")?;
    let folder = set("DOCKER_CERT_PATH").map(PathBuf::from).or_else(|| context_dir::docker_folder(env))?;
    Some(TlsFiles { folder })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn env(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect()
    }

    #[test]
    fn the_first_that_is_set_is_the_only_one() {
        let all = env(&[("COOPERAGE_ENGINE", "unix:///c"), ("DOCKER_HOST", "unix:///d"), ("DOCKER_CONTEXT", "x")]);
        let cases = [
            (Some("/flag.sock"), all.clone(), "--engine", "unix:///flag.sock"),
            (None, all, "COOPERAGE_ENGINE", "unix:///c"),
            (None, env(&[("COOPERAGE_ENGINE", ""), ("DOCKER_HOST", "tcp://h")]), "DOCKER_HOST", "tcp://h:2375"),
        ];
        for (flag, env, origin, address) in cases {
            let found = candidates(flag, &env);
            assert_eq!(found.len(), 1);
            assert_eq!((found[0].origin.as_str(), found[0].address.as_ref().unwrap().to_string().as_str()), (origin, address));
            assert!(found[0].named);
        }
    }

    #[test]
    fn nothing_set_means_the_usual_sockets() {
        let found: Vec<String> = candidates(None, &env(&[("XDG_RUNTIME_DIR", "/run/user/7")])).iter().map(Candidate::to_string).collect();
        assert_eq!(
            found,
            [
                "unix:///var/run/docker.sock (the usual socket of Docker)",
                "unix:///run/user/7/docker.sock (the usual socket of rootless Docker)",
                "unix:///run/user/7/podman/podman.sock (the usual socket of rootless Podman)",
                "unix:///run/podman/podman.sock (the usual socket of Podman)",
            ]
        );
        assert_eq!(candidates(None, &env(&[])).len(), 2);
    }

    #[test]
    fn addresses_that_cannot_be_used_say_what_to_do() {
        for (text, part) in [
            ("ssh://me@host", "forward the socket"),
            ("npipe:////./pipe/docker_engine", "Windows"),
            ("fd://", "not supported"),
            ("host:2375", "unix:///path"),
            ("unix://relative", "whole path"),
            ("tcp://:1", "host:port"),
            ("tcp://h:99999", "host:port"),
        ] {
            let error = Address::parse(text, None).unwrap_err();
            assert!(error.contains(part) && error.contains(text), "{error}");
        }
        let error = Address::parse("tcp://u:hunter2@h:1", None).unwrap_err();
        assert!(!error.contains("hunter2"));
    }

    #[test]
    fn tls_comes_from_dockers_variables() {
        let tls = |address: Result<Address, String>| match address.unwrap() {
            Address::Tcp { authority, tls } => (authority, tls.map(|t| t.folder)),
            Address::Unix(path) => panic!("{}", path.display()),
        };
        let verify = env(&[("DOCKER_HOST", "tcp://h"), ("DOCKER_TLS_VERIFY", "1"), ("DOCKER_CERT_PATH", "/certs")]);
        assert_eq!(tls(candidates(None, &verify)[0].address.clone()), ("h:2376".into(), Some("/certs".into())));
        let home = env(&[("DOCKER_HOST", "tcp://[::1]:9"), ("DOCKER_TLS_VERIFY", "1"), ("HOME", "/h")]);
        assert_eq!(tls(candidates(None, &home)[0].address.clone()), ("[::1]:9".into(), Some("/h/.docker".into())));
        assert_eq!(tls(candidates(Some("http://h:1"), &verify)[0].address.clone()), ("h:1".into(), None));
    }
}
