//! `registry list`, `inspect`, `usage`.

use super::*;

#[test]
fn tags_are_listed_with_their_owners() {
    let shop = Shop::open();
    shop.put("tool", "theirs", "theirs");
    let document = shop.catalogue.expect(0, &["--format", "json", "registry", "list", "--sizes"]).json();
    let told = |row: &Value| format!("{} {} {}", row["kind"].as_str().unwrap(), row["version"], row["bytes"].as_u64().unwrap() > 0);
    let rows: Vec<String> = document["tags"].as_array().unwrap().iter().map(told).collect();
    assert_eq!(rows, ["old \"1.0\" true", "old \"1.1\" true", "version \"2.0\" true", "floating \"2.0\" true", "foreign null true"]);
    let held = shop.registry.digest(&shop.catalogue.repository("tool"), "2.0").unwrap();
    assert_eq!(document["tags"][2]["digest"], held);
    let chosen = shop.catalogue.expect(0, &["registry", "list", "--select", "*:2.0"]);
    assert_eq!(chosen.stdout.lines().count(), 2, "{}", chosen.stdout);
    let all: Value =
        skopeo(&["list-tags", "--tls-verify=false", &format!("docker://{}/{}", shop.registry.address, shop.catalogue.repository("tool"))])
            .unwrap();
    assert_eq!(all["Tags"].as_array().unwrap().len(), 5);
}

#[test]
fn an_image_and_an_index_are_shown() {
    let shop = Shop::open();
    let labelled = shop.put_labelled("tool", "labelled", "x", &[("a", "b")]);
    let index = index_of(&[(MANIFEST_TYPE, &labelled.manifest)]);
    put_manifest(&shop.registry.address, &shop.catalogue.repository("tool"), "index", INDEX_TYPE, &index);
    let inspect = |tag: &str| {
        let reference = shop.catalogue.reference("tool", tag);
        Outcome::of(shop.catalogue.command(&["--format", "json", "registry", "inspect", &reference]).output().unwrap())
    };
    let document = inspect("index").json();
    assert_eq!((&document["media_type"], document["images"].as_array().unwrap().len()), (&INDEX_TYPE.into(), 1));
    let image = &document["images"][0];
    assert_eq!((&image["platform"], &image["labels"]["a"]), (&"linux/amd64".into(), &"b".into()));
    assert_eq!(image["layers"][0]["size"], labelled.layer.len());
    assert_eq!(inspect("labelled").json()["digest"], labelled.digest.as_str());
    assert_eq!(inspect("nothing").code, 2);
    let reference = shop.catalogue.reference("tool", "labelled");
    let text = Outcome::of(shop.catalogue.command(&["registry", "inspect", &reference]).output().unwrap());
    assert!(text.stdout.contains("labels    a=b"), "{}", text.stdout);
}

#[test]
fn bytes_are_counted_once_and_told_apart() {
    let shop = Shop::open();
    shop.catalogue.define("other", "1.0", "FROM scratch\n");
    let shared = shop.put("other", "1.0", "2.0");
    let document = shop.catalogue.expect(0, &["--format", "json", "registry", "usage"]).json();
    let all = (shared.manifest.len() + shared.config.len() + shared.layer.len()) as u64;
    let (other, tool) = (&document["images"][0], &document["images"][1]);
    assert_eq!((&other["name"], &other["own"], &other["shared"], &other["bytes"]), (&"other".into(), &0.into(), &all.into(), &all.into()));
    assert_eq!((tool["tags"].as_u64(), tool["digests"].as_u64()), (Some(4), Some(3)));
    assert_eq!(tool["own"].as_u64().unwrap() + all, document["bytes"].as_u64().unwrap());
}

#[test]
fn the_summary_has_every_tag() {
    let shop = Shop::open();
    let path = shop.catalogue.work().join("gc.md");
    shop.run(0, &["--summary", path.to_str().unwrap()]);
    let text = std::fs::read_to_string(path).unwrap();
    for tag in ["1.0", "1.1", "2.0", "latest"] {
        assert!(text.contains(&format!("`{}`", shop.catalogue.reference("tool", tag))), "{text}");
    }
}
