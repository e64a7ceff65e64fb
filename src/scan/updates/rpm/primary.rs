//! The list of packages, and the advisories.

use super::super::offer::{Offer, Origin};
use super::xml::{Element, Piece, Xml};
use std::collections::HashSet;
use std::io::{self, BufRead};
use std::sync::Arc;

/// The packages of a list that have one of these names.
///
/// # Errors
/// When it is not such a list.
pub(super) fn packages(input: impl BufRead, names: &HashSet<String>, origin: &Arc<Origin>) -> io::Result<Vec<Offer>> {
    let (mut xml, mut found) = (Xml::new(input), Vec::new());
    let (mut name, mut arch, mut version) = (String::new(), String::new(), String::new());
    // Dependencies further inside have names and versions of their own.
    let mut depth = 0usize;
    while let Some(piece) = xml.next()? {
        match piece {
            Piece::Start(element) => {
                depth += 1;
                match element.name.as_str() {
                    "package" if depth == 2 => [&mut name, &mut arch, &mut version].into_iter().for_each(String::clear),
                    "version" if depth == 3 => version = evr(&element, "ver", "rel"),
                    _ => {}
                }
            }
            Piece::Text(text) if depth == 3 && xml.inside() == "name" => name.push_str(&text),
            Piece::Text(text) if depth == 3 && xml.inside() == "arch" => arch.push_str(&text),
            Piece::Text(_) => {}
            Piece::End(ended) => {
                depth = depth.saturating_sub(1);
                if ended == "package" && depth == 1 && arch != "src" && names.contains(&name) {
                    let (name, arch, version) = (name.clone(), arch.clone(), version.clone());
                    found.push(Offer { name, arch, version, origin: origin.clone(), advisory: None });
                }
            }
        }
    }
    Ok(found)
}

/// What advisories of security name, of packages that have one of these names.
///
/// # Errors
/// When it is no list of advisories.
pub(super) fn advisories(input: impl BufRead, names: &HashSet<String>, origin: &Arc<Origin>) -> io::Result<Vec<Offer>> {
    let (mut xml, mut found) = (Xml::new(input), Vec::new());
    let (mut security, mut id, mut severity) = (false, String::new(), String::new());
    let mut fixed: Vec<Offer> = Vec::new();
    while let Some(piece) = xml.next()? {
        match piece {
            Piece::Start(element) if element.name == "update" => {
                security = element.get("type") == Some("security");
                [&mut id, &mut severity].into_iter().for_each(String::clear);
            }
            Piece::Start(element) if element.name == "package" && security => {
                let name = element.get("name").filter(|name| names.contains(*name));
                fixed.extend(name.map(|name| Offer {
                    name: name.to_owned(),
                    arch: element.get("arch").unwrap_or_default().to_owned(),
                    version: evr(&element, "version", "release"),
                    origin: origin.clone(),
                    advisory: None,
                }));
            }
            Piece::Text(text) if xml.inside() == "id" => id.push_str(&text),
            Piece::Text(text) if xml.inside() == "severity" => severity.push_str(&text),
            Piece::End(name) if name == "update" => {
                let text = if severity.is_empty() { id.clone() } else { format!("{id} ({severity})") };
                found.extend(fixed.drain(..).map(|offer| Offer { advisory: Some(text.clone()), ..offer }));
            }
            _ => {}
        }
    }
    Ok(found)
}

/// A whole version; the epoch 0 is not written.
fn evr(element: &Element, version: &str, release: &str) -> String {
    let [epoch, version, release] = ["epoch", version, release].map(|name| element.get(name).unwrap_or_default());
    let epoch = if matches!(epoch, "" | "0") { String::new() } else { format!("{epoch}:") };
    format!("{epoch}{version}-{release}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_dependencies_are_not_those_of_packages() {
        let text = "<metadata packages=\"2\"><package type=\"rpm\"><name>a</name><arch>x86_64</arch><version epoch=\"1\" ver=\"2\" rel=\"3\"/>\
            <format><requires><entry name=\"b\" ver=\"9\"/><name>c</name></requires></format></package>\
            <package type=\"rpm\"><name>a</name><arch>src</arch><version epoch=\"0\" ver=\"2\" rel=\"3\"/></package>\
            <package type=\"rpm\"><name>b</name><arch>noarch</arch><version epoch=\"0\" ver=\"2\" rel=\"3\"/></package></metadata>";
        let names = HashSet::from(["a".to_owned(), "b".to_owned()]);
        let found = packages(text.as_bytes(), &names, &Arc::default()).unwrap();
        let shown: Vec<_> = found.iter().map(|one| format!("{} {} {}", one.name, one.version, one.arch)).collect();
        assert_eq!(shown, ["a 1:2-3 x86_64", "b 2-3 noarch"]);
    }

    #[test]
    fn only_advisories_of_security_count() {
        let text = "<updates><update type=\"security\"><id>S-1</id><severity>Important</severity><pkglist><collection>\
            <package name=\"a\" epoch=\"0\" version=\"2\" release=\"3\" arch=\"x86_64\"><filename>f</filename></package></collection></pkglist></update>\
            <update type=\"bugfix\"><id>B-1</id><pkglist><package name=\"a\" version=\"3\" release=\"3\"/></pkglist></update></updates>";
        let found = advisories(text.as_bytes(), &HashSet::from(["a".to_owned()]), &Arc::default()).unwrap();
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].advisory.as_deref(), found[0].version.as_str()), (Some("S-1 (Important)"), "2-3"));
    }
}
