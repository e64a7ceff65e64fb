//! Bills of materials beside their images, in a registry that keeps no list of what refers to an image.

use super::*;

/// Attaches one to an image of `tool`, and gives the digest of its manifest.
fn attach(shop: &Shop, form: &str, tag: &str) -> String {
    let reference = shop.catalogue.reference("tool", tag);
    let sent = Outcome::of(shop.catalogue.command(&["sbom", "--as", form, "--attach", &reference]).output().unwrap());
    assert_eq!(sent.code, 0, "{}", sent.stderr);
    assert!(sent.stdout.contains("under the tag sha256-"), "{}", sent.stdout);
    sent.stdout.split(' ').next().unwrap().to_owned()
}

/// The tag beside an image of `tool`.
fn beside(shop: &Shop, tag: &str) -> String {
    shop.registry.digest(&shop.catalogue.repository("tool"), tag).unwrap().replace(':', "-")
}

/// Kinds and digests of what an index names.
fn entries(index: &Value) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    index["manifests"].as_array().unwrap().iter().map(|one| (text(&one["artifactType"]), text(&one["digest"]))).collect()
}

const SPDX: &str = "application/spdx+json";
const CYCLONEDX: &str = "application/vnd.cyclonedx+json";

#[test]
fn a_second_bill_replaces_the_first_of_its_kind_and_none_is_an_image() {
    let shop = Shop::open();
    let repository = shop.catalogue.repository("tool");
    let first = attach(&shop, "spdx", "2.0");
    let other = attach(&shop, "cyclonedx", "2.0");
    // Documents are of the same bytes as long as the image is; another time makes another one.
    let mut again = shop.catalogue.command(&["sbom", "--as", "spdx", "--attach", &shop.catalogue.reference("tool", "2.0")]);
    assert!(again.env("SOURCE_DATE_EPOCH", "86400").output().unwrap().status.success());
    let held = entries(&shop.raw(&beside(&shop, "2.0")));
    let second = held[1].1.clone();
    assert_eq!(held, [(CYCLONEDX.to_owned(), other), (SPDX.to_owned(), second.clone())]);
    assert_ne!(second, first);
    assert_eq!(shop.registry.digest(&repository, &first), None, "the first one is gone");
    let manifest = shop.registry.manifest(&repository, &second);
    assert_eq!(manifest["subject"]["digest"], shop.registry.digest(&repository, "2.0").unwrap());
    assert_eq!(shop.listed().len(), 4, "{:?}", shop.listed());
    let usage = shop.catalogue.expect(0, &["--format", "json", "registry", "usage"]).json();
    assert_eq!(usage["images"][0]["tags"], 4, "{usage}");
}

#[test]
fn a_bill_goes_with_its_image_and_stays_with_one_that_stays() {
    let shop = Shop::open();
    shop.catalogue.configure("cooperage: {keep: {min_age: 0s, grace: 0s}}\n");
    let repository = shop.catalogue.repository("tool");
    let (stamped, signed, kept) = (beside(&shop, "1.0"), beside(&shop, "1.1"), beside(&shop, "2.0"));
    let gone = [attach(&shop, "spdx", "1.0"), attach(&shop, "cyclonedx", "1.0"), attach(&shop, "spdx", "1.1")];
    let stays = attach(&shop, "spdx", "2.0");
    // Somebody else's signature stands beside ours.
    let signature = shop.put("tool", "signature", "signature");
    let mut index = shop.raw(&signed);
    let size = signature.manifest.len();
    let entry = serde_json::json!({"mediaType": MANIFEST_TYPE, "digest": signature.digest, "size": size, "artifactType": "application/x.signature"});
    index["manifests"].as_array_mut().unwrap().push(entry);
    put_manifest(&shop.registry.address, &repository, &signed, INDEX_TYPE, index.to_string().as_bytes());
    shop.gc(0, &[]);
    assert_eq!(shop.registry.digest(&repository, &gone[0]).as_ref(), Some(&gone[0]), "a dry run removes nothing");
    let told = shop.gc(0, &["--delete"]);
    assert_eq!(told[..2], ["tool:1.0: deleted due", "tool:1.1: deleted due"], "{told:?}");
    for digest in &gone {
        assert_eq!(shop.registry.digest(&repository, digest), None, "{digest}");
    }
    let tags = shop.tags("tool");
    assert!(!tags.contains(&stamped) && tags.contains(&kept), "{tags:?}");
    assert_eq!(entries(&shop.raw(&kept)), [(SPDX.to_owned(), stays)]);
    assert_eq!(entries(&shop.raw(&signed)), [("application/x.signature".to_owned(), signature.digest.to_string())]);
}
