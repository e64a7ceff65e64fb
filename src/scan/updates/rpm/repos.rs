//! The files `*.repo` of the image. Source: dnf.conf(5), "Repo options".

use super::variables::Variables;
use crate::scan::Subject;
use std::collections::BTreeMap;

/// Where the files stand.
const FOLDERS: [&str; 4] = ["/etc/yum.repos.d", "/etc/yum/repos.d", "/etc/distro.repos.d", "/etc/zypp/repos.d"];

/// A repository that is enabled.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Repo {
    /// Its id.
    pub id: String,
    /// Its addresses.
    pub bases: Vec<String>,
    /// Where a list of mirrors stands.
    pub mirrorlist: Option<String>,
    /// Where a list of mirrors with digests stands.
    pub metalink: Option<String>,
    /// Whether its metadata must be signed.
    pub signed: bool,
    /// Its keys.
    pub keys: Vec<String>,
    /// Packages it is not asked for: globs.
    pub excluded: Vec<String>,
}

/// Enabled repositories by file and place, each id once, and what is wrong with the files.
pub(super) fn read(subject: &Subject<'_>) -> (Vec<Repo>, Vec<String>) {
    let variables = Variables::of(subject);
    let (mut repos, mut errors): (Vec<Repo>, Vec<String>) = (Vec::new(), Vec::new());
    let files = FOLDERS.iter().flat_map(|folder| subject.contents.below(folder)).map(|(path, _)| path);
    for path in files.filter(|path| path.ends_with(".repo")) {
        let text = match subject.contents.bytes(path) {
            Ok(Some(bytes)) => String::from_utf8_lossy(&bytes).into_owned(),
            Ok(None) => continue,
            Err(error) => {
                errors.push(format!("{path}: {error}"));
                continue;
            }
        };
        for (id, keys) in sections(&text) {
            let id = variables.fill(&id);
            if id == "main" || repos.iter().any(|repo| repo.id == id) || !on(&keys, "enabled", true) {
                continue;
            }
            let repo = repo(id, &keys, &variables);
            if repo.bases.is_empty() && repo.mirrorlist.is_none() && repo.metalink.is_none() {
                errors.push(format!("{path}: the repository {} has no baseurl, mirrorlist or metalink", repo.id));
            } else {
                repos.push(repo);
            }
        }
    }
    (repos, errors)
}

fn repo(id: String, keys: &BTreeMap<String, String>, variables: &Variables) -> Repo {
    let words = |key: &str| -> Vec<String> {
        let text = keys.get(key).map(String::as_str).unwrap_or_default();
        text.split([' ', '\t', '\n', ',']).filter(|word| !word.is_empty()).map(|word| variables.fill(word)).collect()
    };
    let one = |key: &str| words(key).into_iter().next();
    let excluded = ["exclude", "excludepkgs"].iter().flat_map(|key| words(key)).collect();
    Repo {
        id,
        bases: words("baseurl"),
        mirrorlist: one("mirrorlist"),
        metalink: one("metalink"),
        signed: on(keys, "repo_gpgcheck", false),
        keys: words("gpgkey"),
        excluded,
    }
}

fn on(keys: &BTreeMap<String, String>, key: &str, otherwise: bool) -> bool {
    keys.get(key).map_or(otherwise, |value| matches!(value.trim().to_ascii_lowercase().as_str(), "1" | "yes" | "true" | "on"))
}

/// The sections of a file, with their keys in small letters. Lines that begin with a blank go on with the value before.
pub(super) fn sections(text: &str) -> Vec<(String, BTreeMap<String, String>)> {
    let mut found: Vec<(String, BTreeMap<String, String>)> = Vec::new();
    let mut last = String::new();
    for line in text.lines().filter(|line| !line.trim_start().starts_with(['#', ';']) && !line.trim().is_empty()) {
        if let Some(id) = line.trim().strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            found.push((id.trim().to_owned(), BTreeMap::new()));
            last.clear();
            continue;
        }
        let Some((_, keys)) = found.last_mut() else { continue };
        if line.starts_with([' ', '\t']) {
            if let Some(value) = keys.get_mut(&last) {
                value.push('\n');
                value.push_str(line.trim());
            }
        } else if let Some((key, value)) = line.split_once('=') {
            last = key.trim().to_ascii_lowercase();
            keys.insert(last.clone(), value.trim().to_owned());
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sections_have_values_of_several_lines() {
        let text = "stray=1\n# c\n[a]\nname = A b\nbaseurl=http://x/1\n  http://x/2,http://x/3\n;c\nEnabled=0\n[b]\n";
        let found = sections(text);
        assert_eq!(found.iter().map(|(id, _)| id.as_str()).collect::<Vec<_>>(), ["a", "b"]);
        assert_eq!(found[0].1["baseurl"], "http://x/1\nhttp://x/2,http://x/3");
        assert!(!on(&found[0].1, "enabled", true) && on(&found[1].1, "enabled", true));
    }
}
