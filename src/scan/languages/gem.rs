//! Ruby's index. Source: the guide "RubyGems.org API", gem versions: withdrawn ones are not in it.

use super::kinds::{Offered, is_plain};
use serde::Deserialize;

pub(super) fn path(name: &str) -> Option<String> {
    is_plain(name, "-_.").then(|| format!("api/v1/versions/{name}.json"))
}

#[derive(Deserialize)]
struct Version {
    number: String,
    #[serde(default)]
    prerelease: bool,
}

pub(super) fn read(_name: &str, bytes: &[u8]) -> Result<Vec<Offered>, String> {
    let all: Vec<Version> = serde_json::from_slice(bytes).map_err(|error| error.to_string())?;
    // A letter makes a version one before a release, whatever the field says (Gem::Version#prerelease?).
    let good = all.iter().filter(|one| !one.prerelease && !one.number.contains(|c: char| c.is_ascii_alphabetic()));
    Ok(good.map(|one| Offered::new(&one.number)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_before_a_release_are_none() {
        let text = r#"[{"number":"2.0.0.rc1","prerelease":true},{"number":"1.9.0.pre"},{"number":"1.8.1","platform":"java"}]"#;
        assert_eq!(read("a", text.as_bytes()).unwrap(), [Offered::new("1.8.1")]);
        assert!(read("a", b"no such gem").is_err());
        assert_eq!(path("net-http"), Some("api/v1/versions/net-http.json".to_owned()));
        assert_eq!((path("a/../b"), path("a?b")), (None, None));
    }
}
