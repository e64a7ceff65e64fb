//! SPDX 2.3 as JSON. Source: the SPDX specification 2.3 and its JSON schema.

use super::license::{is_expression, known, tame};
use super::{Described, hex, purl};
use crate::scan::Package;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;

const IMAGE: &str = "SPDXRef-Image";

/// Licenses of a document that are not of the SPDX list: their names in it, and their texts.
type Others = BTreeMap<String, String>;

pub(super) fn document(described: &Described<'_>) -> Value {
    let mut others = Others::new();
    let mut packages = vec![image(described)];
    let mut relations = vec![relation("SPDXRef-DOCUMENT", "DESCRIBES", IMAGE)];
    for one in &described.inventory.packages {
        let id = format!("SPDXRef-Package-{}-{}-{}", one.kind.as_str(), tame(&one.name), described.identity(one));
        relations.push(relation(IMAGE, "CONTAINS", &id));
        packages.push(package(described, one, &id, &mut others));
    }
    let others: Vec<Value> = others.iter().map(|(id, text)| json!({"licenseId": id, "extractedText": text, "name": text})).collect();
    let mut document = json!({
        "spdxVersion": "SPDX-2.3",
        "dataLicense": "CC0-1.0",
        "SPDXID": "SPDXRef-DOCUMENT",
        "name": described.reference,
        "documentNamespace": format!("{}/spdx/{}", env!("CARGO_PKG_REPOSITORY"), described.uuid("spdx")),
        "creationInfo": {
            "created": described.created.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
            "creators": [format!("Tool: cooperage-{}", env!("CARGO_PKG_VERSION"))],
        },
        "packages": packages,
        "relationships": relations,
    });
    if !others.is_empty() {
        document["hasExtractedLicensingInfos"] = others.into();
    }
    document
}

fn relation(from: &str, kind: &str, to: &str) -> Value {
    json!({"spdxElementId": from, "relationshipType": kind, "relatedSpdxElement": to})
}

fn reference(purl: &str) -> Value {
    json!({"referenceCategory": "PACKAGE-MANAGER", "referenceType": "purl", "referenceLocator": purl})
}

fn image(described: &Described<'_>) -> Value {
    let os = &described.inventory.os;
    let digest = described.digest();
    let mut image = json!({
        "SPDXID": IMAGE,
        "name": described.reference,
        "versionInfo": digest,
        "downloadLocation": "NOASSERTION",
        "filesAnalyzed": false,
        "copyrightText": "NOASSERTION",
        "licenseConcluded": "NOASSERTION",
        "licenseDeclared": "NOASSERTION",
        "primaryPackagePurpose": "CONTAINER",
    });
    if let Some(hex) = digest.as_str().strip_prefix("sha256:") {
        image["checksums"] = json!([{"algorithm": "SHA256", "checksumValue": hex}]);
    }
    if let Some(purl) = described.purl() {
        image["externalRefs"] = json!([reference(&purl)]);
    }
    if !os.id.is_empty() {
        image["comment"] = format!("Its system is {} {}.", os.id, os.version).into();
    }
    image
}

fn package(described: &Described<'_>, package: &Package, id: &str, others: &mut Others) -> Value {
    let layer = described.layer(package).map(|layer| format!(", which layer {layer} brought")).unwrap_or_default();
    json!({
        "SPDXID": id,
        "name": package.name,
        "versionInfo": package.version,
        "downloadLocation": "NOASSERTION",
        "filesAnalyzed": false,
        "copyrightText": "NOASSERTION",
        "licenseConcluded": "NOASSERTION",
        "licenseDeclared": licenses(&package.licenses, others),
        "sourceInfo": format!("found in {}{layer}", package.location),
        "externalRefs": [reference(&purl(package, &described.inventory.os))],
    })
}

/// An expression; what is not of the list becomes a license of this document.
fn licenses(texts: &[String], others: &mut Others) -> String {
    let named: Vec<String> =
        texts.iter().map(|text| if is_expression(text) { format!("({text})") } else { single(text, others) }).collect();
    match &named[..] {
        [] => "NOASSERTION".to_owned(),
        [one] if one.starts_with('(') => one[1..one.len() - 1].to_owned(),
        many => many.join(" AND "),
    }
}

fn single(text: &str, others: &mut Others) -> String {
    if let Some(known) = known(text) {
        return known.to_owned();
    }
    let id = format!("LicenseRef-{}", hex(&Sha256::digest(text.as_bytes())[..8]));
    others.insert(id.clone(), text.to_owned());
    id
}
