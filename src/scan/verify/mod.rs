//! Files of packages against what the packages record of them: those of dpkg and of RPM.
//!
//! Changed and removed configuration files are nobody's mistake and not told, nor is what `noise` lists. Nothing of the
//! image is run: owners are those of its own `/etc/passwd`.

mod compare;
mod debian;
mod dpkg_options;
mod letters;
mod noise;
mod owners;
mod place;
mod recorded;
mod rpm;
mod tell;

#[cfg(test)]
mod tests;

use super::{Found, Subject};
use crate::finding::{Rule, Severity};
use crate::layers::Kind;
use compare::Comparison;
use noise::Noise;
use owners::Names;
use place::Places;
use recorded::{Recorded, Records};
use tell::{Difference, What};

/// What this scanner finds.
pub const RULES: &[Rule] = &[
    Rule {
        id: "file-altered",
        severity: Some(Severity::Medium),
        text: "A file of a package is not as the package brought it; high where it is a program or a library, low where only its attributes differ.",
        bad: "S.5....T. /usr/bin/ls (coreutils): size, content and modification time",
        good: "/etc/bash.bashrc is changed: it is a configuration file",
    },
    Rule {
        id: "file-missing",
        severity: Some(Severity::Low),
        text: "A file of a package is not there; medium where it was a program or a library.",
        bad: "/usr/bin/ls (coreutils) is not there",
        good: "/etc/motd is not there: it is a configuration file",
    },
    Rule {
        id: "documentation-missing",
        severity: Some(Severity::Low),
        text: "Documentation and translations of packages were left out, as small images do; told once for the image.",
        bad: "1200 files below /usr/share/doc and /usr/share/man are not there",
        good: "/usr/share/doc holds what the packages brought",
    },
];

/// Whether the scanner wants the content of a file of the image; RPM's database is wanted by the inventory.
pub(super) fn wants(path: &str) -> bool {
    matches!(path, "/etc/passwd" | "/etc/group") || debian::wants(path)
}

/// Compares all files that packages record.
pub async fn scan(subject: &Subject<'_>) -> Found {
    let mut records = Records::default();
    debian::read(subject.contents, subject.inventory, &mut records);
    rpm::read(subject.contents, &mut records);
    let noise = Noise::new(&subject.settings.noise, &mut records.errors);
    let comparison = Comparison { users: Names::of(subject.contents, "/etc/passwd"), groups: Names::of(subject.contents, "/etc/group") };
    let mut places = Places::new(subject.contents);
    let mut told = Vec::new();
    for recorded in records.files.iter().filter(|recorded| !recorded.config) {
        let path = places.real(&recorded.path);
        if !noise.hides(&recorded.path) && !noise.hides(&path) {
            told.extend(difference(recorded, path, &comparison, &mut places));
        }
    }
    Found { findings: tell::findings(subject, &records.owners, told), errors: records.errors }
}

fn difference<'a>(recorded: &'a Recorded, path: String, comparison: &Comparison, places: &mut Places<'_>) -> Option<Difference<'a>> {
    let contents = places.contents;
    let Some(mut located) = contents.get(&path) else {
        let documentation = recorded.documentation || noise::is_documentation(&recorded.path);
        if recorded.optional && !documentation {
            return None;
        }
        let what = if documentation { What::Documentation } else { What::Missing };
        return Some(Difference {
            recorded,
            what,
            layer: places.remover(&path),
            program: is_program(&path, recorded.mode.unwrap_or_default()),
        });
    };
    let is_folder = recorded.mode.is_some_and(|mode| mode & compare::kind::ANY == compare::kind::FOLDER);
    if is_folder && matches!(located.file.kind, Kind::Link(_)) {
        // A link to a folder does as well.
        located = contents.resolve(&path).map(|(_, located)| located).unwrap_or(located);
    }
    let letters = comparison.letters(recorded, located.file);
    let mode = located.file.stat.mode | recorded.mode.unwrap_or_default();
    let is_file = matches!(located.file.kind, Kind::File | Kind::HardLink(_));
    let privileged = is_file && (mode & 0o6000 != 0 || located.file.capabilities.is_some() || letters.any("P"));
    let program = is_file && is_program(&path, mode);
    (!letters.is_empty()).then_some(Difference {
        recorded,
        what: What::Altered { letters, privileged },
        layer: Some(located.layer),
        program,
    })
}

/// Programs and libraries, by permission or by name: dpkg records no permissions.
fn is_program(path: &str, mode: u32) -> bool {
    let (folder, name) = path.rsplit_once('/').unwrap_or_default();
    let executable = mode & 0o111 != 0 && mode & compare::kind::ANY != compare::kind::FOLDER;
    executable || name.ends_with(".so") || name.contains(".so.") || folder.ends_with("/bin") || folder.ends_with("/sbin")
}
