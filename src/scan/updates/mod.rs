//! Packages of the system against what the image's own enabled repositories offer now.
//!
//! The lists of the repositories are fetched by us and checked with the keys that are in the image; nothing of the image
//! is run. One repository that fails is told, and the others count all the same.

mod address;
mod apk;
mod apt;
mod keys;
mod offer;
mod openpgp;
mod repository;
mod rpm;
mod unpack;

use super::{Found, PackageKind, Subject};
use crate::fetch::Fetcher;
use crate::finding::{Finding, Rule, Severity};
use offer::{Update, updates};
use repository::Asker;

/// What this scanner finds.
pub const RULES: &[Rule] = &[
    Rule {
        id: "update-available",
        severity: Some(Severity::Low),
        text: "A repository of the image has a newer version of an installed package.",
        bad: "libzstd1 1.5.4 is installed, and 1.5.5 is offered",
        good: "libzstd1 1.5.5 is installed, and nothing newer is offered",
    },
    Rule {
        id: "security-update",
        severity: Some(Severity::High),
        text: "A repository of security updates, or an advisory of the repository, has a newer version of an installed package.",
        bad: "openssl 3.0.11-1 is installed, and 3.0.11-1~deb12u2 is offered by bookworm-security",
        good: "openssl 3.0.11-1~deb12u2 is installed, and nothing newer is offered",
    },
];

/// Whether the scanner wants the content of a file of the image.
pub(super) fn wants(path: &str) -> bool {
    const FILES: &[&str] = &["/etc/apt/sources.list", "/etc/apt/trusted.gpg", "/etc/apk/repositories", "/etc/apk/arch", "/etc/apk/world"];
    const FOLDERS: &[&str] = &[
        "/etc/apt/sources.list.d/",
        "/etc/apt/trusted.gpg.d/",
        "/etc/apt/keyrings/",
        "/usr/share/keyrings/",
        "/etc/yum.repos.d/",
        "/etc/yum/repos.d/",
        "/etc/distro.repos.d/",
        "/etc/zypp/repos.d/",
        "/etc/dnf/vars/",
        "/etc/yum/vars/",
        "/etc/dnf/modules.d/",
        "/etc/pki/rpm-gpg/",
        "/etc/apk/keys/",
        "/usr/share/distribution-gpg-keys/",
    ];
    FILES.contains(&path) || FOLDERS.iter().any(|folder| path.starts_with(folder))
}

/// Looks for updates. All kinds of repositories are asked at once.
pub async fn scan(subject: &Subject<'_>, fetcher: &Fetcher) -> Found {
    let asker = Asker::new(subject, fetcher);
    let mut found = Found::default();
    let (keyring, errors) = keys::configured(&subject.settings.keys);
    found.errors.extend(errors);
    let (mut of_apt, mut of_rpm, mut of_apk) = (Found::default(), Found::default(), Found::default());
    let (deb, rpm, apk) =
        tokio::join!(apt::offers(asker, &keyring, &mut of_apt), rpm::offers(asker, &keyring, &mut of_rpm), apk::offers(asker, &mut of_apk));
    for (kind, part, offers) in [(PackageKind::Deb, of_apt, deb), (PackageKind::Rpm, of_rpm, rpm), (PackageKind::Apk, of_apk, apk)] {
        found.errors.extend(part.errors);
        found.findings.extend(updates(subject.inventory, kind, &offers).iter().map(|update| finding(subject, update)));
    }
    found
}

fn finding(subject: &Subject<'_>, update: &Update<'_>) -> Finding {
    let (rule, severity) = if update.security.is_some() { (&RULES[1], Severity::High) } else { (&RULES[0], Severity::Low) };
    let affected = subject.affected(update.package, Some(update.to.version.clone()));
    let help = "build the image again, or have it install its updates";
    Finding::new(rule.id, severity, message(update)).about(subject.name).of_package(affected).help(Some(help))
}

/// What is offered, by whom, and why it is one of security.
fn message(update: &Update<'_>) -> String {
    let (package, to) = (update.package, &update.to);
    let mut text = format!("{} {} can become {}, from {}", package.name, package.version, to.version, to.origin.name);
    if let Some(security) = &update.security {
        if security.version != to.version || security.origin != to.origin {
            text.push_str(&format!("; {} of {} is a security update", security.version, security.origin.name));
        }
        if let Some(advisory) = &security.advisory {
            text.push_str(&format!("; {advisory}"));
        }
    }
    text
}
