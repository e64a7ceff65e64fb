//! What files of an image let their users do: setuid and setgid, capabilities, files that everybody may write.

use super::known;
use crate::finding::{Finding, Severity};
use crate::layers::{Kind, parent};
use crate::scan::file_capabilities::FileCapabilities;
use crate::scan::{FileRecord, Located, Subject};
use std::collections::BTreeMap;

const SETUID: u32 = 0o4000;
const SETGID: u32 = 0o2000;
const STICKY: u32 = 0o1000;

/// All of it, in the order of paths.
pub fn findings(subject: &Subject<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    let mut writable: BTreeMap<(&str, usize, Severity), Vec<&str>> = BTreeMap::new();
    for (path, located) in subject.contents.files() {
        let file = located.file;
        if is_file(file) {
            found.extend(set_id(subject, path, located));
            found.extend(capable(subject, path, located));
        }
        if is_writable(path, file) {
            let group = if file.kind == Kind::Folder { path } else { parent(path).unwrap_or("/") };
            let program = is_file(file) && file.stat.mode & 0o111 != 0;
            writable.entry((group, located.layer, if program { Severity::High } else { Severity::Medium })).or_default().push(path);
        }
    }
    found.extend(writable.into_iter().map(|((_, layer, severity), paths)| all_may_write(subject, layer, severity, &paths)));
    found
}

fn is_file(file: &FileRecord) -> bool {
    matches!(file.kind, Kind::File | Kind::HardLink(_))
}

/// A finding on a file of a layer.
fn on(subject: &Subject<'_>, id: &'static str, severity: Severity, path: &str, layer: usize, message: String) -> Finding {
    let finding = Finding::new(id, severity, message).about(subject.name).at(Some(path.to_owned()), None, None);
    finding.of_package(subject.in_layer(layer))
}

/// Without a permission to run it the bit means nothing.
fn set_id(subject: &Subject<'_>, path: &str, Located { file, layer }: Located<'_>) -> Option<Finding> {
    if file.stat.mode & (SETUID | SETGID) == 0 || file.stat.mode & 0o111 == 0 {
        return None;
    }
    let (uid, gid) = (file.stat.uid, file.stat.gid);
    let rights = match (file.stat.mode & SETUID != 0, file.stat.mode & SETGID != 0) {
        (true, true) => format!("its owner (user {uid}) and its group ({gid})"),
        (true, false) => format!("its owner (user {uid})"),
        _ => format!("its group ({gid})"),
    };
    let severity = match () {
        () if known::set_id(path) => Severity::Low,
        () if file.stat.mode & SETUID != 0 && uid == 0 => Severity::High,
        () => Severity::Medium,
    };
    let message = format!("{path} (mode {:04o}) runs with the rights of {rights}", file.stat.mode);
    Some(on(subject, "setuid-file", severity, path, layer, message).help(Some("remove the bit (chmod a-s), or the program")))
}

fn capable(subject: &Subject<'_>, path: &str, Located { file, layer }: Located<'_>) -> Option<Finding> {
    let decoded = FileCapabilities::decode(file.capabilities.as_deref()?);
    let names = decoded.map(FileCapabilities::names).unwrap_or_default();
    let severity = match () {
        () if decoded.is_some() && known::capable(path, &names) => Severity::Low,
        () if names.iter().any(|name| known::STRONG.contains(&name.as_str())) => Severity::High,
        () => Severity::Medium,
    };
    let has = match decoded {
        Some(_) if names.is_empty() => return None,
        Some(_) => names.join(", "),
        None => "capabilities in a form that is not known".to_owned(),
    };
    let message = format!("{path} has {has}, whoever starts it");
    Some(on(subject, "file-capability", severity, path, layer, message).help(Some("remove them (setcap -r), or the program")))
}

fn is_writable(path: &str, file: &FileRecord) -> bool {
    let folder = match file.kind {
        Kind::File | Kind::HardLink(_) => false,
        Kind::Folder => true,
        Kind::Link(_) | Kind::Other => return false,
    };
    file.stat.mode & 0o002 != 0 && !(folder && file.stat.mode & STICKY != 0) && !known::may_be_written(path)
}

fn all_may_write(subject: &Subject<'_>, layer: usize, severity: Severity, paths: &[&str]) -> Finding {
    let first = paths.first().copied().unwrap_or_default();
    let message = match paths {
        [one] => format!("{one} can be changed by everybody"),
        _ => format!("{} files can be changed by everybody, {first} among them", paths.len()),
    };
    let finding = on(subject, "world-writable", severity, first, layer, message);
    let also = paths.iter().skip(1).map(|path| (*path).to_owned()).collect();
    Finding { also, ..finding }.help(Some("take the permission away (chmod o-w), or give a shared folder the sticky bit (chmod +t)"))
}
