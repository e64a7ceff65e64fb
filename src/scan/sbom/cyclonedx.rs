//! CycloneDX 1.6 as JSON. Source: the CycloneDX specification 1.6 and its JSON schema.

use super::license::{is_expression, known};
use super::{Described, purl};
use crate::scan::{Package, PackageKind};
use serde_json::{Value, json};

const IMAGE: &str = "image";

pub(super) fn document(described: &Described<'_>) -> Value {
    let mut components: Vec<Value> = system(described).into_iter().collect();
    components.extend(described.inventory.packages.iter().map(|package| component(described, package)));
    let names: Vec<Value> = components.iter().map(|component| component["bom-ref"].clone()).collect();
    json!({
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": format!("urn:uuid:{}", described.uuid("cyclonedx")),
        "version": 1,
        "metadata": {
            "timestamp": described.created.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
            "tools": {"components": [{"type": "application", "name": "cooperage", "version": env!("CARGO_PKG_VERSION")}]},
            "component": image(described),
        },
        "components": components,
        "dependencies": [{"ref": IMAGE, "dependsOn": names}],
    })
}

fn image(described: &Described<'_>) -> Value {
    let mut image = json!({"bom-ref": IMAGE, "type": "container", "name": described.reference, "version": described.digest()});
    if let Some(purl) = described.purl() {
        image["purl"] = purl.into();
    }
    image
}

fn system(described: &Described<'_>) -> Option<Value> {
    let os = &described.inventory.os;
    let system = json!({"bom-ref": "system", "type": "operating-system", "name": os.id, "version": os.version, "description": os.pretty});
    (!os.id.is_empty()).then_some(system)
}

fn component(described: &Described<'_>, package: &Package) -> Value {
    let mut component = json!({"bom-ref": format!("package-{}", described.identity(package)), "type": "library"});
    let (group, name) = match package.kind {
        PackageKind::Maven => package.name.split_once(':').unwrap_or(("", &package.name)),
        PackageKind::Npm => package.name.split_once('/').unwrap_or(("", &package.name)),
        _ => ("", package.name.as_str()),
    };
    if !group.is_empty() {
        component["group"] = group.into();
    }
    component["name"] = name.into();
    component["version"] = package.version.clone().into();
    if !package.licenses.is_empty() {
        component["licenses"] = licenses(&package.licenses);
    }
    component["purl"] = purl(package, &described.inventory.os).into();
    component["properties"] = properties(described, package);
    component
}

fn properties(described: &Described<'_>, package: &Package) -> Value {
    let layer = described.layer(package).map(ToString::to_string);
    let source = package.source.as_ref().map(|source| format!("{} {}", source.name, source.version));
    let all = [("location", Some(package.location.clone())), ("layer", layer), ("source", source)];
    let filled = all.into_iter().filter_map(|(name, value)| Some(json!({"name": format!("cooperage:{name}"), "value": value?})));
    filled.collect()
}

/// One expression alone, else one entry for each license.
fn licenses(texts: &[String]) -> Value {
    if let [text] = texts
        && is_expression(text)
    {
        return json!([{"expression": text}]);
    }
    let one = |text: &String| known(text).map_or_else(|| json!({"license": {"name": text}}), |id| json!({"license": {"id": id}}));
    texts.iter().map(one).collect()
}
