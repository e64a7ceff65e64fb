//! What programs of a catalogue see of the environment, and what builds are told.

use crate::config::Config;
use crate::run::session::Session;
use std::collections::BTreeMap;

/// Variables that tests and `prebuild.sh` get from ours, where they are set.
const PASSED_ON: &[&str] = &[
    "HOME",
    "PATH",
    "USER",
    "LANG",
    "LC_ALL",
    "TMPDIR",
    "XDG_CACHE_HOME",
    "XDG_RUNTIME_DIR",
    "DOCKER_CONFIG",
    "DOCKER_CONTEXT",
    "DOCKER_CERT_PATH",
    "DOCKER_TLS_VERIFY",
    "REGISTRY_AUTH_FILE",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "http_proxy",
    "https_proxy",
    "no_proxy",
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "NO_PROXY",
];
/// Where programs are looked for when we have no PATH ourselves.
const PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// The environment of tests and `prebuild.sh`. `engine` is the address of the engine in use.
pub fn for_programs(session: &Session, engine: &str) -> BTreeMap<String, String> {
    let ours = PASSED_ON.iter().filter_map(|name| Some(((*name).to_owned(), session.env.get(*name)?.clone())));
    let mut env: BTreeMap<String, String> = BTreeMap::from([("PATH".to_owned(), PATH.to_owned())]);
    env.extend(ours);
    env.extend(proxies(&session.config));
    env.insert("DOCKER_HOST".to_owned(), engine.to_owned());
    // The address says it all; a context beside it would be an error of the docker client.
    env.remove("DOCKER_CONTEXT");
    env
}

/// The build arguments: those of the configuration, proxies, and the moment of the changelog entry.
///
/// `SOURCE_DATE_EPOCH`: <https://reproducible-builds.org/specs/source-date-epoch/>, seconds since 1970.
pub fn build_args(config: &Config, moment: Option<jiff::Timestamp>) -> BTreeMap<String, String> {
    let mut args = proxies(config);
    args.extend(moment.map(|moment| ("SOURCE_DATE_EPOCH".to_owned(), moment.as_second().to_string())));
    args.extend(config.cooperage.build_args.clone());
    args
}

/// `http_proxy` under its four names, as docker-pkg passes it, and `no_proxy` under its two.
fn proxies(config: &Config) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    for (value, names) in [
        (&config.http_proxy, ["http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"].as_slice()),
        (&config.no_proxy, ["no_proxy", "NO_PROXY"].as_slice()),
    ] {
        if let Some(value) = value {
            found.extend(names.iter().map(|name| ((*name).to_owned(), value.clone())));
        }
    }
    found
}
