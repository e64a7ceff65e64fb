//! Node's packages: every `package.json` with a name and a version. Source: npm's documentation, "package.json".

use super::cataloguer::{Cataloguer, Evidence, Reading, alone};
use crate::scan::PackageKind;
use serde_json::Value;

pub(super) const CATALOGUER: Cataloguer =
    Cataloguer { kind: PackageKind::Npm, wants: |path| path.ends_with("/package.json"), beside: alone, database: false, read };

fn read(evidence: &Evidence<'_>) -> Reading {
    Reading::of_text(evidence, |text, reading| {
        let document: Value = match serde_json::from_str(text.trim_start_matches('\u{feff}')) {
            Ok(document) => document,
            Err(error) => return reading.trouble(evidence, format_args!("it is no JSON: {error}")),
        };
        // Files of this name that only say how a folder is loaded are no packages.
        let field = |name: &str| document[name].as_str().map(str::trim).filter(|value| !value.is_empty());
        let (Some(name), Some(version)) = (field("name"), field("version")) else { return };
        let mut package = evidence.package(name, version);
        package.licenses = licenses(&document);
        reading.packages.push(package);
    })
}

/// `license` is a text, or in old files an object with a `type`, or `licenses` is a list of either.
fn licenses(document: &Value) -> Vec<String> {
    let one = |value: &Value| value.as_str().or_else(|| value["type"].as_str()).map(str::to_owned);
    let many = document["licenses"].as_array().into_iter().flatten();
    [&document["license"]].into_iter().chain(many).filter_map(one).collect()
}
