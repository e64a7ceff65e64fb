//! Python's simple index, as JSON or as HTML. Sources: PEP 503, 592, 691, 700.

use super::kinds::{Offered, is_plain};
use crate::scan::versions::Order;
use serde::Deserialize;
use serde_json::Value;
use std::cmp::Ordering;

pub(super) const ACCEPT: &str = "application/vnd.pypi.simple.v1+json, application/vnd.pypi.simple.v1+html; q=0.2, text/html; q=0.1";

/// The name as the index writes it. Source: PEP 503, "Normalized Names".
pub(super) fn path(name: &str) -> Option<String> {
    is_plain(name, "-_.").then(|| {
        let parts: Vec<&str> = name.split(['-', '_', '.']).filter(|part| !part.is_empty()).collect();
        format!("{}/", parts.join("-").to_ascii_lowercase())
    })
}

#[derive(Deserialize)]
struct Page {
    files: Vec<File>,
}

#[derive(Deserialize)]
struct File {
    filename: String,
    /// Whether, or why.
    #[serde(default)]
    yanked: Value,
    #[serde(rename = "requires-python", default)]
    python: Option<String>,
}

impl File {
    fn is_withdrawn(&self) -> bool {
        !matches!(self.yanked, Value::Null | Value::Bool(false))
    }
}

/// The versions that have a file that is not withdrawn.
pub(super) fn read(name: &str, bytes: &[u8]) -> Result<Vec<Offered>, String> {
    let json = bytes.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'{');
    let files = if json {
        serde_json::from_slice::<Page>(bytes).map_err(|error| error.to_string())?.files
    } else {
        links(&String::from_utf8_lossy(bytes))?
    };
    let good = files.into_iter().filter(|file| !file.is_withdrawn());
    let offered = good.filter_map(|file| Some(Offered { version: version(&file.filename, name)?, python: file.python }));
    Ok(offered.filter(|one| is_release(&one.version)).collect())
}

/// The files that a page of HTML links to.
fn links(text: &str) -> Result<Vec<File>, String> {
    if !text.to_ascii_lowercase().contains("<html") && !text.contains("<a ") {
        return Err("it is neither JSON nor HTML".to_owned());
    }
    let link = |part: &str| {
        let (tag, rest) = part.split_once('>')?;
        let python = attribute(tag, "data-requires-python").map(|text| text.replace("&gt;", ">").replace("&lt;", "<"));
        let yanked = Value::Bool(tag.contains("data-yanked"));
        Some(File { filename: rest.split('<').next()?.trim().to_owned(), yanked, python })
    };
    Ok(text.split("<a ").skip(1).filter_map(link).collect())
}

fn attribute<'a>(tag: &'a str, name: &str) -> Option<&'a str> {
    let rest = tag.split_once(name)?.1.trim_start().strip_prefix('=')?.trim_start();
    let mark = rest.chars().next().filter(|mark| matches!(mark, '"' | '\''))?;
    rest[1..].split(mark).next()
}

/// The version in the name of a wheel or a source archive. Sources: PEP 427, PEP 625.
fn version(file: &str, name: &str) -> Option<String> {
    let (stem, wheel) = match file {
        file if file.ends_with(".whl") || file.ends_with(".egg") => (&file[..file.len() - 4], true),
        file => ([".tar.gz", ".zip", ".tar.bz2", ".tgz"].iter().find_map(|ending| file.strip_suffix(ending))?, false),
    };
    if wheel {
        return stem.split('-').nth(1).map(str::to_owned);
    }
    // The name may hold the mark that stands before the version, and is not always written as the package's.
    let own = stem.get(..name.len()).filter(|own| path(own) == path(name)).and_then(|_| stem.get(name.len()..)?.strip_prefix('-'));
    own.or_else(|| stem.rsplit_once('-').map(|(_, version)| version)).map(str::to_owned)
}

/// Whether a version is one of PEP 440 and neither before a release nor one of development.
fn is_release(version: &str) -> bool {
    let public = version.split('+').next().unwrap_or(version).to_ascii_lowercase();
    let words = public.trim_start_matches('v').split(|c: char| !c.is_ascii_alphabetic()).map(str::to_owned);
    let mut words = words.filter(|word| !word.is_empty());
    Order::Pep440.compare(version, version).is_some() && words.all(|word| matches!(word.as_str(), "post" | "rev" | "r"))
}

/// Whether a version of Python, of which the first two numbers are known, is one that a package wants.
/// Source: PEP 440, "Version specifiers"; what cannot be read excludes nothing.
pub(super) fn fits(wanted: &str, python: &str) -> bool {
    wanted.split(',').map(str::trim).filter(|clause| !clause.is_empty()).all(|clause| clause_fits(clause, python))
}

fn clause_fits(clause: &str, python: &str) -> bool {
    let end = clause.find(|c: char| !"<>=!~".contains(c)).unwrap_or(clause.len());
    let (operator, wanted) = (&clause[..end], clause[end..].trim());
    let prefix = wanted.strip_suffix(".*").map(|prefix| format!("{python}.").starts_with(&format!("{prefix}.")));
    // The third number is not known: the newest counts where a lowest is wanted, the first where a highest is.
    let compare = |python: String| Order::Pep440.compare(&python, wanted.trim_end_matches(".*"));
    let (newest, first) = (|| compare(format!("{python}.999")), || compare(python.to_owned()));
    match (operator, prefix) {
        ("==", Some(fits)) => fits,
        ("!=", Some(fits)) => !fits,
        (">=" | ">" | "~=", _) => newest() != Some(Ordering::Less),
        ("<=", _) => first() != Some(Ordering::Greater),
        ("<", _) => matches!(first(), Some(Ordering::Less) | None),
        _ => true,
    }
}

/// The version of Python that a file belongs to, where its path says it: `/usr/lib/python3.11/…`.
pub(super) fn python(location: &str) -> Option<&str> {
    let version = |part: &'static str| move |folder: &str| folder.starts_with(part);
    let folder = location.split('/').find(|folder| version("python")(folder) && folder.contains('.'))?;
    folder.strip_prefix("python").filter(|text| text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn versions(text: &str) -> Vec<String> {
        read("Foo.bar", text.as_bytes()).unwrap().into_iter().map(|one| one.version).collect()
    }

    #[test]
    fn withdrawn_files_and_versions_before_a_release_are_none() {
        let json = r#"{"files":[{"filename":"foo_bar-1.0-py3-none-any.whl"},{"filename":"foo-bar-1.1.tar.gz","yanked":"bad"},
            {"filename":"foo_bar-2.0rc1.tar.gz"},{"filename":"foo-bar-1.0.post1.zip","yanked":false},{"filename":"foo_bar-3.0.dev4.tar.gz"},
            {"filename":"foo_bar-1.2b1-py3-none-any.whl"},{"filename":"foo-bar-0.9.exe"},{"filename":"foo_bar-nonsense.tar.gz"}]}"#;
        assert_eq!(versions(json), ["1.0", "1.0.post1"]);
        let html = "<!DOCTYPE html><html><body><a href=\"x#sha256=1\" data-requires-python=\"&gt;=3.8\">foo_bar-1.0-py3-none-any.whl</a>\n\
            <a href='y' data-yanked=''>foo_bar-1.1.tar.gz</a></body></html>";
        assert_eq!(read("Foo.bar", html.as_bytes()).unwrap(), [Offered { version: "1.0".to_owned(), python: Some(">=3.8".to_owned()) }]);
        assert!(read("a", b"error").is_err() && read("a", b"{}").is_err());
        assert_eq!((path("Foo._bar"), path("../x")), (Some("foo-bar/".to_owned()), None));
    }

    #[test]
    fn versions_of_python_are_wanted_or_not() {
        for (wanted, python, yes) in [
            (">=3.8", "3.11", true),
            (">=3.8", "3.7", false),
            (">=3.8.1", "3.8", true),
            (">=3.8,<3.11", "3.11", false),
            ("<4", "3.11", true),
            (">=2.7, !=3.0.*, !=3.1.*", "3.1", false),
            (">=2.7, !=3.0.*, !=3.1.*", "3.11", true),
            ("==3.*", "3.11", true),
            ("==2.*", "3.11", false),
            ("nonsense", "3.11", true),
        ] {
            assert_eq!(fits(wanted, python), yes, "{wanted} {python}");
        }
        assert_eq!(python("/usr/lib/python3.11/site-packages/a.dist-info/METADATA"), Some("3.11"));
        assert_eq!((python("/usr/lib/python3/dist-packages/a"), python("/opt/a")), (None, None));
    }
}
