//! `$releasever`, `$basearch` and the image's own variables.

use crate::scan::{PackageKind, Subject};
use std::collections::BTreeMap;

/// Where one's own variables stand: a file each.
const FOLDERS: [&str; 2] = ["/etc/yum/vars", "/etc/dnf/vars"];

/// The variables of an image.
pub(super) struct Variables(BTreeMap<String, String>);

impl Variables {
    /// Those of an image.
    pub(super) fn of(subject: &Subject<'_>) -> Self {
        let (release, arch) = (release(subject), architecture(subject));
        let (major, minor) = release.split_once('.').unwrap_or((&release, ""));
        let mut all = BTreeMap::from([
            ("releasever_major".to_owned(), major.to_owned()),
            ("releasever_minor".to_owned(), minor.to_owned()),
            ("basearch".to_owned(), base(&arch).to_owned()),
            ("arch".to_owned(), arch),
        ]);
        all.insert("releasever".to_owned(), release.clone());
        for (path, _) in FOLDERS.iter().flat_map(|folder| subject.contents.below(folder)) {
            let name = path.rsplit('/').next().unwrap_or_default().to_owned();
            if let Ok(Some(bytes)) = subject.contents.bytes(path) {
                let value = String::from_utf8_lossy(&bytes).lines().next().unwrap_or_default().trim().to_owned();
                all.insert(name, value);
            }
        }
        Self(all)
    }

    /// A text with them in their places: `$NAME`, `${NAME}`. What is not known stays as it is.
    pub(super) fn fill(&self, text: &str) -> String {
        let (mut done, mut rest) = (String::new(), text);
        while let Some(at) = rest.find('$') {
            done.push_str(&rest[..at]);
            rest = &rest[at + 1..];
            let braced = rest.starts_with('{');
            let word = if braced { &rest[1..] } else { rest };
            let end = word.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(word.len());
            match self.0.get(&word[..end]) {
                Some(value) if !braced || word[end..].starts_with('}') => {
                    done.push_str(value);
                    rest = &word[end + usize::from(braced)..];
                }
                _ => done.push('$'),
            }
        }
        done + rest
    }
}

/// The release as repositories name it: the first number of the relatives of Red Hat, whose `VERSION_ID` may have two.
/// Amazon names each of its own.
fn release(subject: &Subject<'_>) -> String {
    let os = &subject.inventory.os;
    if os.id == "amzn"
        && let Some(package) = subject.inventory.of(PackageKind::Rpm).find(|package| package.name == "system-release")
    {
        let version = package.version.split_once(':').map_or(package.version.as_str(), |(_, version)| version);
        return version.split('-').next().unwrap_or(version).to_owned();
    }
    let relative = ["rhel", "fedora", "centos"].iter().any(|id| os.is(id));
    let major = os.version.split('.').next().unwrap_or_default();
    if relative { major.to_owned() } else { os.version.clone() }
}

/// The architecture as RPM names it: the image's, else that of most packages.
fn architecture(subject: &Subject<'_>) -> String {
    match subject.config.architecture.as_str() {
        "amd64" => return "x86_64".to_owned(),
        "arm64" => return "aarch64".to_owned(),
        "386" => return "i686".to_owned(),
        "arm" => return "armv7hl".to_owned(),
        "" => {}
        other => return other.to_owned(),
    }
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    let arches = subject.inventory.of(PackageKind::Rpm).filter_map(|package| package.arch.as_deref());
    arches.filter(|arch| *arch != "noarch").for_each(|arch| *counts.entry(arch).or_default() += 1);
    counts.into_iter().max_by_key(|(_, count)| *count).map_or_else(|| "x86_64".to_owned(), |(arch, _)| arch.to_owned())
}

/// The family of an architecture.
fn base(arch: &str) -> &str {
    match arch {
        "i386" | "i486" | "i586" | "i686" => "i386",
        "armv7hl" | "armv6hl" => "armhfp",
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms_are_filled_and_unknown_ones_stay() {
        let all = Variables(BTreeMap::from([("basearch".to_owned(), "x86_64".to_owned()), ("releasever".to_owned(), "9".to_owned())]));
        assert_eq!(all.fill("http://r/$releasever/${basearch}/os$"), "http://r/9/x86_64/os$");
        assert_eq!(all.fill("$none/${releasever/${}x$$basearch"), "$none/${releasever/${}x$x86_64");
    }
}
