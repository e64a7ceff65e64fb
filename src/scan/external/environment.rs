//! What a scanner's program gets of the environment.

use std::collections::BTreeMap;

/// What every program may need; nothing here is a secret.
const KEPT: &[&str] = &["PATH", "HOME", "USER", "LOGNAME", "LANG", "TZ", "TMPDIR", "SSL_CERT_FILE", "SSL_CERT_DIR"];

/// Where programs are looked for when there is no PATH.
const PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// The part of the environment that a program gets: what every program needs, and what begins with one of `more`.
pub fn environment(all: &BTreeMap<String, String>, more: &[&str]) -> BTreeMap<String, String> {
    let kept = |name: &str| KEPT.contains(&name) || name.starts_with("LC_") || more.iter().any(|begin| name.starts_with(begin));
    let path = ("PATH".to_owned(), PATH.to_owned());
    [path].into_iter().chain(all.iter().filter(|(name, _)| kept(name)).map(|(name, value)| (name.clone(), value.clone()))).collect()
}
