//! Privileges: how the image wants to be run, and what it holds that gives rights away.
//!
//! Nothing of the image is run, and no secret that is found leaves this room: only its rule, file, line and layer.

mod environment;
mod files;
mod known;
mod label;
mod options;
mod rules;
mod secrets;
mod shells;
mod user;
mod words;

#[cfg(test)]
mod tests;

use super::{Found, Subject};
pub use rules::{FILE_RULES, LABEL_RULES};
pub use secrets::RULES as SECRET_RULES;
pub(super) use secrets::leaks;

/// Whether the scanner wants the content of a file of the image.
pub(super) fn wants(path: &str) -> bool {
    path == "/etc/passwd"
}

/// Looks at the label, the config and the files.
pub async fn scan(subject: &Subject<'_>) -> Found {
    let mut findings = label::findings(subject);
    findings.extend(user::finding(subject));
    findings.extend(files::findings(subject));
    findings.extend(environment::findings(subject));
    findings.extend(secrets::findings(subject));
    findings.extend(shells::finding(subject));
    findings.sort_by(|a, b| (a.severity, &a.id, &a.path).cmp(&(b.severity, &b.id, &b.path)));
    Found { findings, errors: Vec::new() }
}
