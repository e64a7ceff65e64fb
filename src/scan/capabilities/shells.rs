//! Shells in an image that should have none.

use crate::finding::{Finding, Severity};
use crate::layers::Kind;
use crate::scan::{Contents, Subject};

const FOLDERS: &[&str] = &["/bin", "/usr/bin", "/usr/local/bin", "/sbin", "/usr/sbin", "/busybox"];
const SHELLS: &[&str] = &["ash", "bash", "busybox", "dash", "fish", "ksh", "mksh", "sh", "tcsh", "zsh"];
const MANAGERS: &[&str] =
    &["apk", "apt", "apt-get", "dnf", "dnf5", "dpkg", "microdnf", "pacman", "rpm", "tdnf", "xbps-install", "yum", "zypper"];
/// Where images of Distroless keep what dpkg would.
const PARTS: &str = "/var/lib/dpkg/status.d/";

/// The finding of an image with a shell and no package manager.
pub fn finding(subject: &Subject<'_>) -> Option<Finding> {
    let contents = subject.contents;
    let says = subject.inventory.os.pretty.to_ascii_lowercase().contains("distroless")
        || subject.inventory.packages.iter().any(|package| package.location.starts_with(PARTS));
    if !says && programs(contents, MANAGERS).next().is_some() {
        return None;
    }
    let shells: Vec<(String, usize)> = programs(contents, SHELLS).collect();
    let (first, layer) = shells.first()?;
    let (severity, what) =
        if says { (Severity::Medium, "the image is distroless") } else { (Severity::Low, "the image has no package manager") };
    let names: Vec<&str> = shells.iter().map(|(path, _)| path.as_str()).collect();
    let finding = Finding::new("shell-in-distroless", severity, format!("{what}, but has a shell: {}", names.join(", ")));
    let finding = finding.about(subject.name).at(Some(first.clone()), None, None).help(Some("leave the shell out of the last stage"));
    Some(finding.of_package(subject.in_layer(*layer)))
}

/// Programs of these names, each file once whatever links lead to it.
fn programs<'a>(contents: &'a Contents, names: &'static [&'static str]) -> impl Iterator<Item = (String, usize)> + use<'a> {
    let mut seen = std::collections::BTreeSet::new();
    let paths = FOLDERS.iter().flat_map(|folder| names.iter().map(move |name| format!("{folder}/{name}")));
    paths.filter_map(move |path| {
        let (real, located) = contents.resolve(&path)?;
        let runs = matches!(located.file.kind, Kind::File | Kind::HardLink(_)) && located.file.stat.mode & 0o111 != 0;
        (runs && seen.insert(real)).then_some((path, located.layer))
    })
}
