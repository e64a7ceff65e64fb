//! Where apt looks for packages: `sources.list` and the files of `sources.list.d`, in both forms.

use super::super::repository::MOST;
use crate::fetch::shown;
use crate::scan::Contents;
use crate::scan::paragraphs::{Paragraph, paragraphs};

/// The file of old.
const FILE: &str = "/etc/apt/sources.list";
/// The folder of further ones.
const FOLDER: &str = "/etc/apt/sources.list.d";

/// Whose signatures count.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum SignedBy {
    /// Those of all keys that apt trusts.
    Trusted,
    /// Those of keys in files of the image, or with these fingerprints.
    Named(Vec<String>),
    /// Those of the keys that stand in the source itself.
    Inline(String),
}

/// One suite of a repository.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Source {
    /// Its address.
    pub uri: String,
    /// The suite, or a path that ends with `/` where there are no components.
    pub suite: String,
    /// The components.
    pub components: Vec<String>,
    /// The architectures it is for; none: all.
    pub arches: Option<Vec<String>>,
    /// Architectures it is not for.
    pub without: Vec<String>,
    /// Whose signatures count.
    pub signed_by: SignedBy,
    /// Whether it counts without a signature.
    pub trusted: bool,
    /// Whether the end of its validity counts.
    pub check_valid_until: bool,
}

impl Source {
    /// As people know it.
    pub(super) fn name(&self) -> String {
        format!("{} {}", shown(&self.uri), self.suite)
    }

    /// Whether it is for an architecture.
    pub(super) fn is_for(&self, arch: &str) -> bool {
        self.arches.as_ref().is_none_or(|told| told.iter().any(|one| one == arch)) && !self.without.iter().any(|one| one == arch)
    }
}

/// All enabled sources, each once, and what is wrong with the files.
pub(super) fn read(contents: &Contents, native: &str) -> (Vec<Source>, Vec<String>) {
    let (mut sources, mut errors) = (Vec::new(), Vec::new());
    let more = contents.below(FOLDER).map(|(path, _)| path).filter(|path| is_read(path));
    for path in [FILE].into_iter().chain(more) {
        let text = match contents.bytes(path) {
            Ok(Some(bytes)) => String::from_utf8_lossy(&bytes).into_owned(),
            Ok(None) => continue,
            Err(error) => {
                errors.push(format!("{path}: {error}"));
                continue;
            }
        };
        let read = if path.ends_with(".sources") { stanzas(&text, native) } else { lines(&text, native) };
        for one in read {
            match one {
                // One more than is asked says that there are too many.
                Ok(source) if sources.len() <= MOST && !sources.contains(&source) => sources.push(source),
                Ok(_) => {}
                Err(_) if errors.len() >= MOST => {}
                Err(error) => errors.push(format!("{path}: {error}")),
            }
        }
    }
    (sources, errors)
}

/// Whether apt reads a file of the folder. Source: sources.list(5): letters, digits, `_`, `-` and `.`.
fn is_read(path: &str) -> bool {
    let name = path[FOLDER.len()..].trim_start_matches('/');
    let plain = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.'));
    plain && (name.ends_with(".list") || name.ends_with(".sources"))
}

/// The form of one line: `deb [option=value …] URI SUITE COMPONENT…`.
fn lines(text: &str, native: &str) -> Vec<Result<Source, String>> {
    let lines = text.lines().enumerate().map(|(at, line)| (at + 1, line.split('#').next().unwrap_or_default().trim()));
    let of_packages = lines.filter_map(|(at, line)| {
        let (kind, rest) = line.split_once([' ', '\t'])?;
        (kind == "deb").then(|| (at, rest.trim()))
    });
    of_packages.map(|(at, rest)| line(rest, native).map_err(|error| format!("line {at}: {error}"))).collect()
}

fn line(rest: &str, native: &str) -> Result<Source, String> {
    let (options, rest) = match rest.strip_prefix('[') {
        Some(rest) => rest.split_once(']').ok_or("there is no ] behind the options")?,
        None => ("", rest),
    };
    let mut words = rest.split_whitespace();
    let (Some(uri), Some(suite)) = (words.next(), words.next()) else { return Err("it needs an address and a suite".to_owned()) };
    let mut source = source(uri, suite, words.map(str::to_owned).collect(), native)?;
    for (key, value) in options.split_whitespace().filter_map(|option| option.split_once('=')) {
        let values = || value.split(',').map(str::to_owned);
        match key.to_ascii_lowercase().as_str() {
            "arch" => source.arches = Some(values().collect()),
            "arch-" => source.without = values().collect(),
            "signed-by" => source.signed_by = SignedBy::Named(values().collect()),
            "trusted" => source.trusted = yes(value),
            "check-valid-until" => source.check_valid_until = yes(value),
            _ => {}
        }
    }
    Ok(source)
}

/// The form of paragraphs.
fn stanzas(text: &str, native: &str) -> Vec<Result<Source, String>> {
    let enabled = |one: &Paragraph<'_>| one.get("Enabled").is_none_or(yes) && words(one, "Types").iter().any(|kind| kind == "deb");
    let mut found = Vec::new();
    for one in paragraphs(text).filter(enabled) {
        let (uris, suites) = (words(&one, "URIs"), words(&one, "Suites"));
        if uris.is_empty() || suites.is_empty() {
            found.push(Err("a source needs URIs and Suites".to_owned()));
        }
        for uri in &uris {
            found.extend(suites.iter().map(|suite| stanza(&one, uri, suite, native)));
        }
    }
    found
}

fn stanza(one: &Paragraph<'_>, uri: &str, suite: &str, native: &str) -> Result<Source, String> {
    let mut source = source(uri, suite, words(one, "Components"), native)?;
    source.arches = Some(words(one, "Architectures")).filter(|told| !told.is_empty());
    source.without = words(one, "Architectures-Remove");
    source.trusted = one.get("Trusted").is_some_and(yes);
    source.check_valid_until = one.get("Check-Valid-Until").is_none_or(yes);
    if one.get("Signed-By").is_some() {
        let further = one.further("Signed-By");
        let inline = further.iter().any(|line| line.starts_with("-----BEGIN"));
        source.signed_by = if inline { SignedBy::Inline(block(further)) } else { SignedBy::Named(words(one, "Signed-By")) };
    }
    Ok(source)
}

/// A key as it stood before it was written into a field: a line of one dot was empty.
fn block(lines: &[&str]) -> String {
    lines.iter().map(|line| if *line == "." { "\n".to_owned() } else { format!("{line}\n") }).collect()
}

/// The words of a field, with those of its further lines and those that commas part.
fn words(one: &Paragraph<'_>, name: &str) -> Vec<String> {
    let all = one.get(name).into_iter().chain(one.further(name).iter().copied());
    all.flat_map(|line| line.split([' ', '\t', ','])).filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

fn yes(value: &str) -> bool {
    matches!(value.trim().to_ascii_lowercase().as_str(), "yes" | "true" | "with" | "on" | "enable" | "1" | "force")
}

fn source(uri: &str, suite: &str, components: Vec<String>, native: &str) -> Result<Source, String> {
    let (uri, suite) = (uri.replace("$(ARCH)", native), suite.replace("$(ARCH)", native));
    if !["http://", "https://"].iter().any(|scheme| uri.to_ascii_lowercase().starts_with(scheme)) {
        return Err(format!("{} cannot be asked; only http and https can", shown(&uri)));
    }
    if components.is_empty() != suite.ends_with('/') {
        return Err(format!("{} {suite}: it needs components, or a path that ends with / and none", shown(&uri)));
    }
    let (arches, without) = (None, Vec::new());
    Ok(Source { uri, suite, components, arches, without, signed_by: SignedBy::Trusted, trusted: false, check_valid_until: true })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_read_with_their_options() {
        let text = "# deb http://no.example x main\ndeb-src http://no.example x main\n\
            deb [ arch=amd64,arm64 signed-by=/k.gpg trusted=yes check-valid-until=no ] http://r.example/$(ARCH) x main contrib # why\n\
            deb https://u:p@flat.example/d ./\ndeb http://r.example x\ndeb file:/srv x main\ndeb [arch=a http://x y z\ndeb\n";
        let read = lines(text, "amd64");
        let first = read[0].as_ref().unwrap();
        assert_eq!((first.uri.as_str(), first.components.len()), ("http://r.example/amd64", 2));
        assert!(first.is_for("arm64") && !first.is_for("i386") && first.trusted && !first.check_valid_until);
        assert_eq!(first.signed_by, SignedBy::Named(vec!["/k.gpg".to_owned()]));
        let flat = read[1].as_ref().unwrap();
        assert!(flat.suite == "./" && flat.components.is_empty() && flat.name() == "https://flat.example/d ./", "{flat:?}");
        let errors: Vec<&String> = read[2..].iter().map(|one| one.as_ref().unwrap_err()).collect();
        assert_eq!(errors.len(), 3, "{errors:?}");
        assert!(errors[0].starts_with("line 5") && errors[1].contains("file:") && errors[2].contains(']'), "{errors:?}");
    }

    #[test]
    fn paragraphs_are_read_with_all_their_suites() {
        let text = "Types: deb deb-src\nURIs: http://r.example\nSuites: x x-updates\nComponents: main\n contrib\nArchitectures: amd64\n\
            Signed-By:\n -----BEGIN PGP PUBLIC KEY BLOCK-----\n .\n mQ==\n -----END PGP PUBLIC KEY BLOCK-----\n\n\
            Enabled: no\nTypes: deb\nURIs: http://off.example\nSuites: x\nComponents: main\n\nTypes: deb-src\nURIs: http://s.example\nSuites: x\nComponents: main\n\n\
            Types: deb\nSuites: x\n";
        let read = stanzas(text, "amd64");
        let suites: Vec<&str> = read.iter().filter_map(|one| Some(one.as_ref().ok()?.suite.as_str())).collect();
        assert_eq!(suites, ["x", "x-updates"]);
        let first = read[0].as_ref().unwrap();
        assert_eq!((first.components.as_slice(), first.is_for("i386")), (&["main".to_owned(), "contrib".to_owned()][..], false));
        assert!(matches!(&first.signed_by, SignedBy::Inline(text) if text.contains("BLOCK-----\n\nmQ==\n")), "{first:?}");
        assert!(read[2].as_ref().unwrap_err().contains("URIs"));
    }

    #[test]
    fn only_files_that_apt_reads_count() {
        for (name, read) in [("a.list", true), ("a.sources", true), ("a.list.save", false), ("a b.list", false), ("README", false)] {
            assert_eq!(is_read(&format!("{FOLDER}/{name}")), read, "{name}");
        }
    }
}
