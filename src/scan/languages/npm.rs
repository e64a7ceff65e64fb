//! Node's index, in its short form. Source: npm's registry API, "abbreviated metadata format".

use super::kinds::{Offered, is_before_release, is_plain};
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;

pub(super) const ACCEPT: &str = "application/vnd.npm.install-v1+json; q=1.0, application/json; q=0.8, */*";

pub(super) fn path(name: &str) -> Option<String> {
    let Some(scoped) = name.strip_prefix('@') else { return is_plain(name, "-_.~").then(|| name.to_owned()) };
    let (scope, name) = scoped.split_once('/')?;
    [scope, name].iter().all(|part| is_plain(part, "-_.~")).then(|| format!("@{scope}%2f{name}"))
}

#[derive(Deserialize)]
struct Document {
    #[serde(rename = "dist-tags", default)]
    tags: BTreeMap<String, String>,
    #[serde(default)]
    versions: BTreeMap<String, Version>,
}

#[derive(Deserialize)]
struct Version {
    /// A text, or nothing, or false.
    #[serde(default)]
    deprecated: Value,
}

impl Version {
    fn is_withdrawn(&self) -> bool {
        self.deprecated == Value::Bool(true) || self.deprecated.as_str().is_some_and(|text| !text.is_empty())
    }
}

/// The version that its makers call the latest, as npm takes it; where that is none, all that count.
pub(super) fn read(_name: &str, bytes: &[u8]) -> Result<Vec<Offered>, String> {
    let document: Document = serde_json::from_slice(bytes).map_err(|error| error.to_string())?;
    let counts = |version: &&String| !is_before_release(version) && !document.versions.get(*version).is_some_and(Version::is_withdrawn);
    if let Some(latest) = document.tags.get("latest").filter(counts) {
        return Ok(vec![Offered::new(latest)]);
    }
    Ok(document.versions.keys().filter(counts).map(|version| Offered::new(version)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_latest_is_what_its_makers_say() {
        let versions = |latest: &str| {
            let text = format!(
                r#"{{"dist-tags":{{"latest":"{latest}"}},"versions":{{"1.0.0":{{}},"1.1.0":{{"deprecated":"bad"}},"2.0.0-beta":{{}},"3.0.0":{{"deprecated":""}}}}}}"#
            );
            read("a", text.as_bytes()).unwrap().into_iter().map(|one| one.version).collect::<Vec<_>>()
        };
        assert_eq!(versions("1.0.0"), ["1.0.0"]);
        assert_eq!(versions("1.1.0"), ["1.0.0", "3.0.0"]);
        assert_eq!(versions("2.0.0-beta"), ["1.0.0", "3.0.0"]);
        assert!(read("a", b"<html>").is_err());
        assert_eq!(path("@types/node").as_deref(), Some("@types%2fnode"));
        assert_eq!((path("@a/../b"), path(".."), path("a/b")), (None, None, None));
    }
}
