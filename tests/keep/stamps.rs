//! `registry touch`, and what gc makes of it.

use super::*;

fn touch(shop: &Shop, more: &[&str]) -> Outcome {
    let args = [&["--format", "json", "registry", "touch", "--build-id", "5577006791947", "--repo", "example/app"], more].concat();
    Outcome::of(shop.catalogue.command(&args).output().unwrap())
}

#[test]
fn an_image_that_was_used_stays_and_its_stamp_goes_with_it() {
    let shop = Shop::open();
    shop.catalogue.configure("cooperage: {keep: {min_age: 10d, grace: 0s}}\n");
    shop.gc(0, &[]);
    shop.wait(LONG);
    let outcome = touch(&shop, &[&shop.catalogue.reference("tool", "1.0")]);
    assert_eq!(outcome.code, 0, "{}", outcome.stderr);
    let tag = outcome.json()["images"][0]["tag"].as_str().unwrap().to_owned();
    assert!(shop.tags("tool").contains(&tag));
    assert_eq!(shop.gc(0, &["--delete"])[..2], ["tool:1.0: kept used", "tool:1.1: deleted due"]);
    let index = shop.raw(&tag);
    let annotations = &index["manifests"][0]["annotations"];
    assert_eq!((&annotations["build-id"], &annotations["repo-ref"]), (&"5577006791947".into(), &"example/app".into()));
    let listed = shop.listed();
    assert!(listed.iter().all(|reference| !reference.contains("sha256-")), "{listed:?}");
    // The use is long ago: an older stamp in its place, as if time had passed.
    let then = index.to_string().replace(annotations["last-used"].as_str().unwrap(), "1000000000");
    put_manifest(&shop.registry.address, &shop.catalogue.repository("tool"), &tag, INDEX_TYPE, then.as_bytes());
    assert_eq!(shop.gc(0, &["--delete"])[0], "tool:1.0: deleted due");
    assert_eq!(shop.tags("tool"), ["2.0", "latest"]);
}

#[test]
fn others_referrers_stay_and_a_second_stamp_replaces_the_first() {
    let shop = Shop::open();
    let repository = shop.catalogue.repository("tool");
    let image = shop.registry.digest(&repository, "1.0").unwrap();
    let tag = image.replace(':', "-");
    let signature = shop.put("tool", "signature", "signature");
    let index = index_of(&[(MANIFEST_TYPE, &signature.manifest)]);
    put_manifest(&shop.registry.address, &repository, &tag, INDEX_TYPE, &index);
    for _ in 0..2 {
        assert_eq!(touch(&shop, &["--permanent", &format!("{}/{repository}@{image}", shop.registry.address)]).code, 0);
    }
    let held = shop.raw(&tag);
    let entries = held["manifests"].as_array().unwrap();
    assert_eq!((entries.len(), &entries[0]["digest"]), (2, &signature.digest.as_str().into()));
    assert_eq!(entries[1]["annotations"]["permanent"], "true");
    shop.catalogue.configure("cooperage: {keep: {min_age: 0s, grace: 0s}}\n");
    assert_eq!(shop.gc(0, &[])[0], "tool:1.0: kept permanent");
}

#[test]
fn a_registry_that_lists_referrers_gets_no_tag() {
    let mut shop = Shop::open();
    let faults = Faults::in_front_of(&shop.registry);
    shop.catalogue.registry.clone_from(&faults.address);
    shop.catalogue.configure("cooperage: {keep: {min_age: 10d, grace: 0s}}\n");
    shop.gc(0, &[]);
    shop.wait(LONG);
    let image = shop.registry.digest(&shop.catalogue.repository("tool"), "1.0").unwrap();
    let now = jiff::Timestamp::now().as_second();
    let stamp = |at: i64| {
        format!(
            "{{\"manifests\":[{{\"digest\":\"{image}\",\"artifactType\":\"application/vnd.cooperage.usage.v1+json\",\"annotations\":{{\"last-used\":\"{at}\"}}}}]}}"
        )
    };
    let kind = [("Content-Type", INDEX_TYPE)];
    faults.on("GET", &format!("/referrers/{image}"), Action::reply(200, &kind, &stamp(now)));
    faults.on("GET", "/referrers/", Action::reply(200, &kind, "{\"manifests\":[]}"));
    let reference = shop.catalogue.reference("tool", "2.0");
    let outcome = touch(&shop, &[&reference]);
    assert_eq!((outcome.code, &outcome.json()["images"][0]["tag"]), (0, &Value::Null), "{}", outcome.stderr);
    assert_eq!(shop.tags("tool"), ["1.0", "1.1", "2.0", "latest"]);
    assert_eq!(shop.gc(0, &[])[..2], ["tool:1.0: kept used", "tool:1.1: deleted due"]);
}

#[test]
fn a_stamp_says_who() {
    let shop = Shop::open();
    let reference = shop.catalogue.reference("tool", "2.0");
    for args in [&["--build-id", "__unknown__", "--repo", "a", &reference], &["--build-id", "1", "--repo", "", &reference]] {
        let outcome = Outcome::of(shop.catalogue.command(&[&["registry", "touch"], &args[..]].concat()).output().unwrap());
        assert_eq!(outcome.code, 2, "{}", outcome.stderr);
    }
    let outcome = touch(&shop, &[&shop.catalogue.reference("tool", "9.9")]);
    assert_eq!(outcome.code, 2, "{}", outcome.stderr);
    assert!(outcome.stderr.contains("does not have"), "{}", outcome.stderr);
}
