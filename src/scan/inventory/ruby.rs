//! Ruby's packages: the `*.gemspec` files of a `specifications` folder. They are Ruby programs as RubyGems writes them, and are
//! read line by line, never run.

use super::cataloguer::{Cataloguer, Evidence, Reading, alone};
use crate::scan::PackageKind;

pub(super) const CATALOGUER: Cataloguer = Cataloguer { kind: PackageKind::Gem, wants, beside: alone, database: false, read };

fn wants(path: &str) -> bool {
    path.ends_with(".gemspec") && path.contains("/specifications/")
}

fn read(evidence: &Evidence<'_>) -> Reading {
    Reading::of_text(evidence, |text, reading| {
        let told = |field| value(text, field).and_then(|value| texts(value).into_iter().next());
        let file = evidence.path.rsplit('/').next().and_then(|name| name.strip_suffix(".gemspec")).and_then(split);
        let name = told("name").or_else(|| file.map(|(name, _)| name));
        let version = told("version").or_else(|| file.map(|(_, version)| version));
        let (Some(name), Some(version)) = (name, version) else {
            return reading.trouble(evidence, "neither the file nor its name says a name and a version");
        };
        let mut package = evidence.package(name, version);
        let licenses = value(text, "licenses").or_else(|| value(text, "license")).map(texts).unwrap_or_default();
        package.licenses = licenses.into_iter().map(str::to_owned).collect();
        reading.packages.push(package);
    })
}

/// What is assigned to a field: `s.name = "rake".freeze`.
fn value<'a>(text: &'a str, field: &str) -> Option<&'a str> {
    text.lines().find_map(|line| {
        let (variable, rest) = line.trim_start().split_once('.')?;
        let known = variable.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        rest.strip_prefix(field)?.trim_start().strip_prefix('=').filter(|_| known)
    })
}

/// The quoted texts of a line.
fn texts(value: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut rest = value;
    while let Some(start) = rest.find(['"', '\'']) {
        let mark = &rest[start..=start];
        let Some(end) = rest[start + 1..].find(mark) else { break };
        found.push(&rest[start + 1..start + 1 + end]);
        rest = &rest[start + end + 2..];
    }
    found
}

/// `NAME-VERSION` or `NAME-VERSION-PLATFORM`.
fn split(file: &str) -> Option<(&str, &str)> {
    let at = file.match_indices('-').map(|(at, _)| at).find(|at| file[at + 1..].starts_with(|c: char| c.is_ascii_digit()))?;
    let version = file[at + 1..].split('-').next()?;
    Some((&file[..at], version))
}
