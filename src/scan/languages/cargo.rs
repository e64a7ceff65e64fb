//! Rust's sparse index. Source: the Cargo book, "Registry Index".

use super::kinds::{Offered, is_before_release, is_plain};
use serde::Deserialize;

pub(super) fn path(name: &str) -> Option<String> {
    let name = name.to_ascii_lowercase();
    is_plain(&name, "-_").then(|| match name.len() {
        1 => format!("1/{name}"),
        2 => format!("2/{name}"),
        3 => format!("3/{}/{name}", &name[..1]),
        _ => format!("{}/{}/{name}", &name[..2], &name[2..4]),
    })
}

/// A line of a crate's file.
#[derive(Deserialize)]
struct Line {
    vers: String,
    #[serde(default)]
    yanked: bool,
}

pub(super) fn read(_name: &str, bytes: &[u8]) -> Result<Vec<Offered>, String> {
    let text = String::from_utf8_lossy(bytes);
    let lines: Result<Vec<Line>, _> = text.lines().filter(|line| !line.trim().is_empty()).map(serde_json::from_str).collect();
    let lines = lines.map_err(|error| error.to_string())?;
    let good = lines.iter().filter(|line| !line.yanked && !is_before_release(&line.vers));
    Ok(good.map(|line| Offered::new(&line.vers)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn yanked_ones_and_those_before_a_release_are_none() {
        let text = "{\"name\":\"a\",\"vers\":\"1.0.0\"}\n{\"vers\":\"1.1.0\",\"yanked\":true}\n{\"vers\":\"2.0.0-rc.1\",\"yanked\":false}\n\
            {\"vers\":\"1.0.1+build-2\",\"yanked\":false}\n";
        let versions: Vec<String> = read("a", text.as_bytes()).unwrap().into_iter().map(|one| one.version).collect();
        assert_eq!(versions, ["1.0.0", "1.0.1+build-2"]);
        assert!(read("a", b"<html>").is_err());
        let paths: Vec<_> = ["a", "ab", "abc", "Serde_json", "../x", "", "-"].into_iter().map(path).collect();
        assert_eq!(paths[..4], ["1/a", "2/ab", "3/a/abc", "se/rd/serde_json"].map(|text| Some(text.to_owned())));
        assert_eq!(paths[4..], [None, None, None]);
    }
}
