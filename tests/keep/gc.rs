//! What stays, what is marked, what goes.

use super::*;

#[test]
fn old_versions_are_marked_after_a_month_and_gone_after_another() {
    let shop = Shop::open();
    let young = ["tool:1.0: kept recent", "tool:1.1: kept recent", "tool:2.0: kept current", "tool:latest: kept floating"];
    assert_eq!(shop.gc(0, &[]), young);
    shop.wait(LONG);
    let marked = ["tool:1.0: marked unneeded", "tool:1.1: marked unneeded", "tool:2.0: kept current", "tool:latest: kept floating"];
    assert_eq!(shop.gc(0, &[]), marked, "a dry run");
    shop.wait(LONG);
    assert_eq!(shop.gc(0, &["--delete"]), marked, "a dry run marks nothing");
    assert_eq!(shop.gc(0, &["--delete"]), marked, "they have time");
    shop.wait(LONG);
    let gone = ["tool:1.0: deleted due", "tool:1.1: deleted due", "tool:2.0: kept current", "tool:latest: kept floating"];
    assert_eq!(shop.gc(0, &[]), gone);
    assert_eq!(shop.tags("tool"), ["1.0", "1.1", "2.0", "latest"], "a dry run removes nothing");
    assert_eq!(shop.gc(0, &["--delete"]), gone);
    assert_eq!(shop.tags("tool"), ["2.0", "latest"]);
    let reference = format!("docker://{}", shop.catalogue.reference("tool", "1.0"));
    assert_eq!(skopeo(&["inspect", "--tls-verify=false", &reference]), None);
    assert_eq!(shop.gc(0, &["--delete"]), gone[2..]);
}

#[test]
fn a_tag_that_shares_its_digest_with_one_that_stays_does_not_go() {
    let shop = Shop::open();
    shop.put("tool", "1.1", "2.0");
    shop.put("tool", "20240603235401_prune_latest", "1.0");
    shop.put("tool", "1.0-20261101", "nightly");
    shop.gc(0, &["--delete"]);
    shop.wait(LONG);
    shop.gc(0, &["--delete"]);
    shop.wait(LONG);
    let expected = [
        "tool:1.0-20261101: deleted due",
        "tool:1.0: deleted due",
        "tool:1.1: kept same_digest",
        "tool:2.0: kept current",
        "tool:20240603235401_prune_latest: deleted due",
        "tool:latest: kept floating",
    ];
    assert_eq!(shop.gc(0, &["--delete"]), expected);
    assert_eq!(shop.tags("tool"), ["1.1", "2.0", "latest"]);
}

#[test]
fn strangers_stay_and_labels_make_ours() {
    let shop = Shop::open();
    let ours = format!("{}/{}", shop.registry.address, shop.catalogue.repository("tool"));
    shop.put("tool", "theirs", "theirs");
    shop.put_labelled("tool", "renamed", "renamed", &[("io.cooperage.repository", ours.as_str())]);
    shop.put_labelled("tool", "1.0", "forever", &[("permanent", "TRUE")]);
    shop.catalogue.configure("cooperage: {keep: {tags: [\"1.1\"], grace: 0s}}\n");
    shop.gc(0, &["--delete"]);
    shop.wait(LONG);
    let expected = [
        "tool:1.0: kept permanent",
        "tool:1.1: kept pattern",
        "tool:2.0: kept current",
        "tool:latest: kept floating",
        "tool:renamed: deleted due",
        "tool:theirs: foreign foreign",
    ];
    assert_eq!(shop.gc(0, &["--delete"]), expected);
    assert_eq!(shop.tags("tool"), ["1.0", "1.1", "2.0", "latest", "theirs"]);
}

#[test]
fn parts_of_an_index_and_bases_of_what_stays_stay() {
    let shop = Shop::open();
    shop.catalogue.define("base", "1.0", "FROM scratch\n").release("base", "2.0");
    let base = shop.put("base", "1.0", "base");
    shop.put("base", "2.0", "base 2");
    let labels = [("org.opencontainers.image.base.digest", base.digest.as_str())];
    let child = shop.put_labelled("tool", "1.0", "child", &labels);
    let index = index_of(&[(MANIFEST_TYPE, &child.manifest)]);
    put_manifest(&shop.registry.address, &shop.catalogue.repository("tool"), "2.0", INDEX_TYPE, &index);
    shop.catalogue.configure("cooperage: {keep: {grace: 0s}}\n");
    shop.gc(0, &["--delete"]);
    shop.wait(LONG);
    let found = shop.gc(0, &["--delete"]);
    let expected = [
        "base:1.0: kept base_of",
        "base:2.0: kept current",
        "tool:1.0: kept part_of",
        "tool:1.1: deleted due",
        "tool:2.0: kept current",
        "tool:latest: kept floating",
    ];
    assert_eq!(found, expected);
    let raw = format!("docker://{}", shop.catalogue.reference("tool", "2.0"));
    assert!(skopeo(&["inspect", "--tls-verify=false", &raw]).is_some(), "the index is whole");
}

#[test]
fn revisions_and_removed_definitions_count() {
    let shop = Shop::open();
    shop.catalogue.write("tool/changelog", "").entry("tool", "1.0", "x");
    std::fs::write(shop.catalogue.root().join("tool/changelog"), entry("tool", "1.1") + &entry("tool", "1.0")).unwrap();
    shop.catalogue.define("gone", "3.0", "FROM scratch\n");
    shop.put("gone", "3.0", "gone");
    shop.put("gone", "latest", "gone");
    let old = shop.catalogue.commit();
    std::fs::remove_dir_all(shop.catalogue.root().join("gone")).unwrap();
    shop.catalogue.release("tool", "2.0").commit();
    shop.catalogue.configure("cooperage: {keep: {grace: 0s}}\n");
    shop.gc(0, &[]);
    shop.wait(LONG);
    let kept = ["tool:1.0: deleted due", "tool:1.1: kept current", "tool:2.0: kept current", "tool:latest: kept floating"];
    assert_eq!(shop.gc(0, &["--keep-from", &old])[2..], kept);
    assert_eq!(shop.gc(0, &["--keep-from", &old])[..2], ["gone:3.0: kept current", "gone:latest: kept floating"]);
    assert_eq!(
        shop.gc(0, &[])[..4],
        ["gone:3.0: deleted due", "gone:latest: deleted due", "tool:1.0: deleted due", "tool:1.1: deleted due"]
    );
    // What is not committed yet counts beside what is.
    shop.catalogue.release("tool", "3.0");
    assert!(shop.gc(0, &[]).contains(&"tool:2.0: kept current".to_owned()));
    let outcome = shop.run(2, &["--keep-from", "nowhere"]);
    assert!(outcome.stderr.contains("\"nowhere\" names no commit"), "{}", outcome.stderr);
}

fn entry(name: &str, version: &str) -> String {
    format!("{name} ({version}) x; urgency=medium\n\n  * A change\n\n -- Test <test@example.org>  Mon, 02 Nov 2026 10:00:00 +0000\n\n")
}

/// Waits for calls that ran at once, and looks at what they left.
fn each_tag_went_once(shop: &Shop, children: Vec<std::process::Child>) {
    let outcomes: Vec<Outcome> = children.into_iter().map(|child| Outcome::of(child.wait_with_output().unwrap())).collect();
    assert!(outcomes.iter().all(|outcome| outcome.code == 0), "{outcomes:?}");
    let gone: usize = outcomes.iter().map(|outcome| outcome.stdout.matches("deleted  ").count()).sum();
    assert_eq!(gone, 2, "each tag goes once: {outcomes:?}");
    assert_eq!(shop.tags("tool"), ["2.0", "latest"]);
}

#[test]
fn two_at_once_wait_for_each_other() {
    let shop = Shop::open();
    shop.catalogue.configure("cooperage: {keep: {min_age: 0s, grace: 0s}}\n");
    let state = shop.state();
    let args = ["registry", "gc", "--delete", "--state", state.to_str().unwrap()];
    let children: Vec<_> = (0..2).map(|_| shop.catalogue.start(&args)).collect();
    each_tag_went_once(&shop, children);
}

#[test]
fn two_with_records_of_their_own_wait_for_each_other_and_for_whoever_publishes() {
    let shop = Shop::open();
    shop.catalogue.configure("cooperage: {keep: {min_age: 0s, grace: 0s}}\n");
    let images = std::fs::File::open(shop.catalogue.root()).unwrap();
    images.lock().unwrap();
    let children: Vec<_> = ["a.json", "b.json"]
        .map(|state| shop.catalogue.work().join(state))
        .map(|state| shop.catalogue.start(&["registry", "gc", "--delete", "--state", state.to_str().unwrap()]))
        .into_iter()
        .collect();
    // A dry run is in nobody's way, and waits for nobody.
    shop.run(0, &[]);
    assert_eq!(shop.tags("tool"), ["1.0", "1.1", "2.0", "latest"], "nothing goes while somebody publishes");
    images.unlock().unwrap();
    each_tag_went_once(&shop, children);
}

#[test]
fn release_names_stay_with_what_they_hold() {
    let shop = Shop::open();
    let (registry, repository) = (&shop.registry.address, shop.catalogue.repository("tool"));
    let (namespace, _) = repository.rsplit_once('/').unwrap();
    let keep = "keep: {min_age: 0s, grace: 0s}";
    let with = |target: &str| {
        let promotion = format!("promotion: {{registry_override: '{registry}', optional_images: [tool], to: [{target}]}}");
        shop.catalogue.configure(&format!("cooperage:\n  {promotion}\n  {keep}\n"));
    };
    let label = shop.catalogue.reference("tool", "1.0").rsplit_once(':').unwrap().0.to_owned();
    let ours = [("io.cooperage.repository", label.as_str())];
    shop.put_labelled("tool", "stable", "released", &ours);
    shop.put_labelled("tool", "1.0", "released", &ours);
    shop.put_labelled("tool", "other", "not released", &ours);
    // A configuration that is wrong does not tell which names are in use: nothing goes.
    with("{namespace: kube-system, tag: stable}");
    shop.run(2, &["--delete"]);
    assert_eq!(shop.tags("tool").len(), 6);
    with(&format!("{{namespace: {namespace}, tag: stable}}"));
    let told = shop.gc(0, &["--delete"]);
    assert!(told.contains(&"tool:stable: kept release".to_owned()), "{told:?}");
    assert!(told.contains(&"tool:1.0: kept same_digest".to_owned()), "{told:?}");
    assert!(told.contains(&"tool:other: deleted due".to_owned()), "{told:?}");
    assert_eq!(shop.tags("tool"), ["1.0", "2.0", "latest", "stable"]);
}

#[test]
fn layouts_are_kept_in_order_too() {
    let shop = Shop::open();
    let from = shop.catalogue.reference("tool", "1.0");
    shop.catalogue.configure("cooperage:\n  publish: [{name: disk, to: 'oci:disk/{{ name }}'}]\n  keep: {min_age: 0s, grace: 0s}\n");
    for tag in ["1.0", "2.0"] {
        let from = shop.catalogue.reference("tool", tag);
        let copied = shop.catalogue.command(&["mirror", &from, &format!("oci:disk/tool:{tag}")]).output().unwrap();
        assert!(copied.status.success(), "{from}: {copied:?}");
    }
    shop.gc(0, &["--delete"]);
    let at = |tag: &str| format!("oci:{}:{tag}", shop.catalogue.work().join("disk/tool").display());
    assert_eq!(skopeo(&["inspect", &at("1.0")]), None, "{from}");
    assert!(skopeo(&["inspect", &at("2.0")]).is_some());
}
