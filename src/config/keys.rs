//! The one table of keys. Defaults, texts and examples stand in `default.yaml` under the same names; environment
//! variables, checks, `config show`, the schema's texts and docs/configuration.md follow from the two.

use super::kind::Kind;
use super::{index, promotion, scanners};
use crate::finding::Step;
use crate::name::nearest;

/// The root key that holds what docker-pkg does not know.
pub(crate) const OURS: &str = "cooperage";

/// What the environment variables of keys begin with.
pub(crate) const PREFIX: &str = "COOPERAGE_";

/// One key of the configuration.
#[derive(Clone, Copy, Debug)]
pub struct Key {
    /// Its path: `registry`, `cooperage.jobs`.
    pub name: &'static str,
    /// What it may hold.
    pub(crate) kind: Kind,
    /// Whether its value is never shown.
    pub secret: bool,
}

const fn key(name: &'static str, kind: Kind) -> Key {
    Key { name, kind, secret: false }
}

const fn secret(name: &'static str) -> Key {
    Key { name, kind: Kind::Text, secret: true }
}

/// All keys, in the order of `default.yaml`.
pub const KEYS: &[Key] = &[
    key("registry", Kind::Host),
    key("namespace", Kind::Text),
    secret("username"),
    secret("password"),
    key("base_images", Kind::Texts),
    key("apt_options", Kind::Text),
    key("http_proxy", Kind::Text),
    key("apt_only_proxy", Kind::Text),
    key("scan_workers", Kind::Count),
    key("fallback_author", Kind::Text),
    key("fallback_email", Kind::Text),
    key("distribution", Kind::Text),
    key("update_id", Kind::Text),
    key("ca_bundle", Kind::Path),
    key("force_numeric_user", Kind::Flag),
    key("known_uid_mappings", Kind::Uids),
    key("container_limits", Kind::Limits),
    key("verify_command", Kind::Text),
    key("verify_args", Kind::Texts),
    key("cooperage.jobs", Kind::Count),
    key("cooperage.builder", Kind::Choice(&["auto", "buildkit", "classic"])),
    key("cooperage.use_cache", Kind::Flag),
    key("cooperage.engine", Kind::Text),
    key("cooperage.platform", Kind::Platform),
    key("cooperage.latest", Kind::Choice(&["newer", "always", "never"])),
    key("cooperage.publish", Kind::Publish),
    key("cooperage.staging", Kind::Text),
    key("cooperage.atomic", Kind::Choice(&["image", "run"])),
    key("cooperage.drop_platforms", Kind::Flag),
    key("cooperage.mirror", Kind::TextMap),
    key("cooperage.keep", Kind::Keep),
    key("cooperage.insecure_registries", Kind::Hosts),
    key("cooperage.denied_means_absent", Kind::Flag),
    key("cooperage.test_timeout", Kind::Duration),
    key("cooperage.build_timeout", Kind::Duration),
    key("cooperage.username_file", Kind::Path),
    key("cooperage.password_file", Kind::Path),
    key("cooperage.authfile", Kind::Path),
    key("cooperage.build_secrets", Kind::Secrets),
    key("cooperage.build_args", Kind::TextMap),
    key("cooperage.registry_timeout", Kind::Duration),
    key("cooperage.registry_patience", Kind::Duration),
    key("cooperage.registry_parallel", Kind::Count),
    key("cooperage.fail_fast", Kind::Flag),
    key("cooperage.check_rules", Kind::Levels),
    key("cooperage.lint", Kind::Policy(Step::Lint)),
    key("cooperage.lint_rules", Kind::Levels),
    key("cooperage.hadolint", Kind::Path),
    key("cooperage.test", Kind::Policy(Step::Test)),
    key("cooperage.scan", Kind::Policy(Step::Scan)),
    key("cooperage.scanners", scanners::KIND),
    key("cooperage.index", index::KIND),
    key("cooperage.promotion", promotion::KIND),
    key("cooperage.promotion_context", promotion::CONTEXT_KIND),
];

impl Key {
    /// The last part of the path.
    pub fn short(&self) -> &'static str {
        self.name.rsplit('.').next().unwrap_or(self.name)
    }

    /// The environment variable that sets it.
    pub fn variable(&self) -> String {
        format!("{PREFIX}{}", self.short().to_uppercase())
    }

    /// Whether docker-pkg knows it, so that templates see it.
    pub fn is_docker_pkg(&self) -> bool {
        !self.name.contains('.')
    }
}

/// The key of this path.
pub(crate) fn find(name: &str) -> Option<&'static Key> {
    KEYS.iter().find(|key| key.name == name)
}

/// The key that an environment variable sets.
pub(crate) fn by_variable(variable: &str) -> Option<&'static Key> {
    KEYS.iter().find(|key| key.variable() == variable)
}

/// The full path of the key that somebody who wrote `wanted` under `cooperage:` may have meant.
pub(crate) fn meant_under_ours(wanted: &str) -> Option<&'static str> {
    let exact = KEYS.iter().find(|key| key.short() == wanted).map(|key| key.name);
    exact.or_else(|| {
        let near = nearest(wanted, KEYS.iter().filter(|key| !key.is_docker_pkg()).map(Key::short));
        near.first().and_then(|short| KEYS.iter().find(|key| key.short() == *short)).map(|key| key.name)
    })
}

/// Keys of ours whose names are everyday words, which catalogues use for variables of their own.
const EVERYDAY: [&str; 2] = ["mirror", "keep"];

/// The key that somebody who wrote the unknown root key `wanted` may have meant; `present` are the root keys of the
/// same file.
///
/// Unknown root keys are template variables, so this must be quiet about names that merely resemble ours: an edit or
/// two in a long name counts always, likeness (Jaro-Winkler ≥ 0.88) only when the key itself is not in the file and each
/// word is like its counterpart: `verify_cmd` means `verify_command`, `http_port` and `username_db` mean themselves.
/// One of our own keys at the root counts too.
pub(crate) fn meant_at_root(wanted: &str, present: &[&str]) -> Option<&'static str> {
    if let Some(ours) = KEYS.iter().find(|key| !key.is_docker_pkg() && key.short() == wanted && !EVERYDAY.contains(&wanted)) {
        return Some(ours.name);
    }
    let lower = wanted.to_lowercase().replace('-', "_");
    let known = KEYS.iter().filter(|key| key.is_docker_pkg()).map(|key| key.name).chain([OURS]);
    let edits = |name: &str| strsim::osa_distance(&lower, name);
    let likeness = |name: &str| strsim::jaro_winkler(&lower, name);
    known
        .filter(|name| {
            let close = edits(name) <= if name.len() >= 8 { 2 } else { 1 };
            let alike = likeness(name) >= 0.88 && alike_word_by_word(&lower, name);
            let alike = alike && name.len().abs_diff(lower.len()) <= 4 && !present.contains(name);
            lower.len() >= 5 && (close || alike)
        })
        .max_by(|a, b| likeness(a).total_cmp(&likeness(b)))
}

/// A word is like another one by its letters, or as its abbreviation (`cmd`).
fn alike_word_by_word(wanted: &str, name: &str) -> bool {
    let alike = |one: &str, other: &str| strsim::jaro_winkler(one, other) >= 0.8 || abbreviates(one, other);
    wanted.split('_').count() == name.split('_').count() && wanted.split('_').zip(name.split('_')).all(|(one, other)| alike(one, other))
}

/// Whether the letters of `short` stand in `long` in this order.
fn abbreviates(short: &str, long: &str) -> bool {
    let mut letters = long.chars();
    short.chars().all(|wanted| letters.any(|letter| letter == wanted))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_keys_share_a_variable() {
        let mut variables: Vec<String> = KEYS.iter().map(Key::variable).collect();
        variables.sort();
        variables.dedup();
        assert_eq!(variables.len(), KEYS.len());
    }

    #[test]
    fn typing_mistakes_are_recognised_and_variables_left_alone() {
        for (wanted, meant) in [
            ("registy", "registry"),
            ("registries", "registry"),
            ("Registry", "registry"),
            ("base_image", "base_images"),
            ("base-images", "base_images"),
            ("verify_cmd", "verify_command"),
            ("know_uid_mappings", "known_uid_mappings"),
            ("coopergae", "cooperage"),
            ("pasword", "password"),
            ("jobs", "cooperage.jobs"),
            ("insecure_registries", "cooperage.insecure_registries"),
        ] {
            assert_eq!(meant_at_root(wanted, &[]), Some(meant), "{wanted}");
        }
        for variable in
            ["seed_image", "mirror", "tool", "nodejs_version", "debian_mirror", "apt_mirror", "user", "distro", "l", "http_port"]
        {
            assert_eq!(meant_at_root(variable, &["http_proxy"]), None, "{variable}");
        }
        for variable in ["http_port", "http_proxies_off", "username_db", "registry_port", "apt_mirrors", "base_version"] {
            assert_eq!(meant_at_root(variable, &[]), None, "{variable}");
        }
        assert_eq!(meant_at_root("registries", &["registry"]), None);
        assert_eq!(meant_at_root("regsitry", &["registry"]), Some("registry"));
    }
}
