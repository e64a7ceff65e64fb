//! Modules: of a program's streams only one counts. Sources: dnf documentation "Modularity", libmodulemd's documents
//! `modulemd` 2 and `modulemd-defaults` 1.

use super::super::offer::Offer;
use super::repos::sections;
use crate::scan::Subject;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::io::{self, BufRead, Read as _};

/// Where the image says which streams it has.
const FOLDER: &str = "/etc/dnf/modules.d";

/// The most bytes of the document; the largest that are known have a tenth of it.
const LARGEST: u64 = 128 << 20;

/// The streams that the image has said something of: module, and its stream where that is enabled.
pub(super) type States = BTreeMap<String, Option<String>>;

/// What the image says.
pub(super) fn states(subject: &Subject<'_>) -> States {
    let mut states = States::new();
    for (path, _) in subject.contents.below(FOLDER).filter(|(path, _)| path.ends_with(".module")) {
        let Ok(Some(bytes)) = subject.contents.bytes(path) else { continue };
        for (name, keys) in sections(&String::from_utf8_lossy(&bytes)) {
            let enabled = keys.get("state").is_some_and(|state| state == "enabled");
            // Without a state, nothing was said.
            if keys.get("state").is_some_and(|state| !state.is_empty()) {
                states.insert(name, keys.get("stream").filter(|_| enabled).cloned());
            }
        }
    }
    states
}

#[derive(Default, serde::Deserialize)]
#[serde(default)]
struct Document {
    document: String,
    data: Data,
}

#[derive(Default, serde::Deserialize)]
#[serde(default)]
struct Data {
    name: String,
    module: String,
    stream: String,
    artifacts: Artifacts,
}

#[derive(Default, serde::Deserialize)]
#[serde(default)]
struct Artifacts {
    rpms: Vec<String>,
}

/// Reads the documents one by one: all at once they are more than the YAML reader takes.
fn documents(input: impl BufRead) -> io::Result<Vec<Document>> {
    let (mut all, mut text) = (Vec::new(), String::new());
    for line in input.lines().chain([Ok("---".to_owned())]) {
        let line = line?;
        if line != "---" && line != "..." {
            text.push_str(&line);
            text.push('\n');
        } else if !text.trim().is_empty() {
            all.push(serde_yaml::from_str(&text).map_err(|error| io::Error::other(error.to_string()))?);
            text.clear();
        }
    }
    Ok(all)
}

/// Which packages belong to modules.
#[derive(Debug, Default)]
pub(super) struct Modules {
    /// Whole names of packages, with whether their stream counts.
    packages: HashMap<String, bool>,
    /// The names of packages of streams that count.
    names: HashSet<String>,
}

impl Modules {
    /// Reads the document of a repository.
    ///
    /// # Errors
    /// When it cannot be read.
    pub(super) fn read(input: Box<dyn BufRead + Send>, states: &States) -> io::Result<Self> {
        let documents = documents(input.take(LARGEST))?;
        let mut counts = states.clone();
        for defaults in documents.iter().filter(|one| one.document == "modulemd-defaults" && !one.data.stream.is_empty()) {
            counts.entry(defaults.data.module.clone()).or_insert_with(|| Some(defaults.data.stream.clone()));
        }
        let mut modules = Self::default();
        for Document { data, .. } in documents.into_iter().filter(|one| one.document == "modulemd") {
            let active = counts.get(&data.name).is_some_and(|stream| stream.as_ref() == Some(&data.stream));
            for package in data.artifacts.rpms {
                if active {
                    modules.names.extend(package.rsplitn(3, '-').nth(2).map(str::to_owned));
                }
                *modules.packages.entry(package).or_default() |= active;
            }
        }
        Ok(modules)
    }

    /// Whether an offer counts: of a module, if its stream does; of none, if no stream that counts has the package.
    pub(super) fn allow(&self, offer: &Offer) -> bool {
        let version = if offer.version.contains(':') { offer.version.clone() } else { format!("0:{}", offer.version) };
        let package = format!("{}-{version}.{}", offer.name, offer.arch);
        self.packages.get(&package).copied().unwrap_or_else(|| !self.names.contains(&offer.name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "---\ndocument: modulemd\nversion: 2\ndata:\n  name: js\n  stream: \"18\"\n  artifacts:\n    rpms:\n    - js-1:18.1-1.m.x86_64\n\
        ---\ndocument: modulemd\ndata:\n  name: js\n  stream: 20\n  artifacts:\n    rpms:\n    - js-1:20.1-1.m.x86_64\n    - js-lib-0:3-1.m.x86_64\n\
        ---\ndocument: modulemd-defaults\nversion: 1\ndata:\n  module: js\n  stream: \"18\"\n";

    fn allowed(states: &[(&str, Option<&str>)], name: &str, version: &str) -> bool {
        let states = states.iter().map(|(name, stream)| ((*name).to_owned(), stream.map(str::to_owned))).collect();
        let modules = Modules::read(Box::new(TEXT.as_bytes()), &states).unwrap();
        let (name, version, arch) = (name.to_owned(), version.to_owned(), "x86_64".to_owned());
        modules.allow(&Offer { name, version, arch, origin: Default::default(), advisory: None })
    }

    #[test]
    fn one_stream_counts_and_hides_what_is_in_none() {
        assert!(allowed(&[], "js", "1:18.1-1.m") && !allowed(&[], "js", "1:20.1-1.m"), "the default");
        let enabled = [("js", Some("20"))];
        assert!(!allowed(&enabled, "js", "1:18.1-1.m") && allowed(&enabled, "js", "1:20.1-1.m") && allowed(&enabled, "js-lib", "3-1.m"));
        assert!(!allowed(&enabled, "js", "1:21-1"), "a package of no module, hidden by the stream");
        assert!(!allowed(&[("js", None)], "js", "1:18.1-1.m") && allowed(&[("js", None)], "js", "1:21-1"), "disabled");
        assert!(Modules::read(Box::new("a: [".as_bytes()), &States::new()).is_err());
    }
}
