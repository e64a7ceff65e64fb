//! When nothing is removed.

use super::*;

/// A shop whose registry is asked through a server that misbehaves, with two old tags that could go.
fn shop_behind() -> (Shop, Faults) {
    let mut shop = Shop::open();
    let faults = Faults::in_front_of(&shop.registry);
    shop.catalogue.registry.clone_from(&faults.address);
    shop.catalogue.configure("cooperage: {keep: {min_age: 0s, grace: 0s}, registry_timeout: 5s}\n");
    (shop, faults)
}

const ALL: [&str; 4] = ["1.0", "1.1", "2.0", "latest"];

#[test]
fn a_registry_that_cannot_delete_is_told() {
    let (shop, faults) = shop_behind();
    faults.on("DELETE", "/manifests/", Action::error(405, "UNSUPPORTED"));
    let outcome = shop.run(1, &["--delete"]);
    assert_eq!(verdicts(&outcome)[..2], ["tool:1.0: marked undeletable", "tool:1.1: marked undeletable"]);
    assert!(outcome.json()["tags"][0]["reason"]["text"].as_str().unwrap().contains("405"), "{}", outcome.stdout);
    assert_eq!(faults.count("DELETE", "/manifests/"), 1, "it is asked once");
    assert_eq!(shop.tags("tool"), ALL);
    faults.clear();
    assert_eq!(shop.gc(0, &["--delete"])[..2], ["tool:1.0: deleted due", "tool:1.1: deleted due"]);
}

#[test]
fn a_registry_that_only_says_it_deleted_is_told() {
    let (shop, faults) = shop_behind();
    faults.on("DELETE", "/manifests/", Action::status(202));
    let found = shop.gc(1, &["--delete"]);
    assert_eq!(found[..2], ["tool:1.0: marked undeletable", "tool:1.1: marked undeletable"]);
}

#[test]
fn a_list_that_ends_early_stops_everything() {
    let (shop, faults) = shop_behind();
    let page = |tags: &str| Action::reply(200, &[("Content-Type", "application/json")], &format!("{{\"name\":\"x\",\"tags\":[{tags}]}}"));
    // Without a word: the list lacks what the catalogue says is there.
    faults.on("GET", "/tags/list", page("\"1.0\",\"1.1\""));
    let outcome = shop.run(3, &["--delete"]);
    assert!(outcome.stderr.contains("is not whole") && outcome.stdout.is_empty(), "{}", outcome.all());
    // In the middle of the pages.
    faults.clear();
    let link = ("Link", "</v2/x/tags/list?last=1.1>; rel=\"next\"");
    let first = Action::reply(200, &[("Content-Type", "application/json"), link], "{\"tags\":[\"1.0\",\"1.1\",\"2.0\",\"latest\"]}");
    for end in
        [Action::error(404, "NAME_UNKNOWN"), Action::Close, Action::error(500, "UNKNOWN"), Action::reply(200, &[], "{\"tags\":[\"2.")]
    {
        faults.clear();
        faults.on("GET", "last=1.1", end.clone());
        faults.on("GET", "/tags/list", first.clone());
        let outcome = shop.run(3, &["--delete"]);
        assert!(outcome.stdout.is_empty(), "{end:?}: {}", outcome.all());
    }
    assert_eq!(shop.tags("tool"), ALL);
}

#[test]
fn a_tag_that_was_known_and_is_not_listed_any_more_stops_everything() {
    let (shop, faults) = shop_behind();
    shop.put("tool", "theirs", "1.0");
    shop.gc(0, &[]);
    let whole = "{\"name\":\"x\",\"tags\":[\"1.0\",\"1.1\",\"2.0\",\"latest\"]}";
    faults.on("GET", "/tags/list", Action::reply(200, &[("Content-Type", "application/json")], whole));
    let outcome = shop.run(3, &["--delete"]);
    assert!(outcome.stderr.contains("lacks theirs"), "{}", outcome.stderr);
}

#[test]
fn an_answer_that_is_not_clear_stops_everything() {
    let (shop, faults) = shop_behind();
    faults.on("HEAD", "/manifests/2.0", Action::error(500, "UNKNOWN"));
    shop.run(3, &["--delete"]);
    assert_eq!((faults.count("DELETE", "/"), shop.tags("tool").len()), (0, 4));
}

#[test]
fn defects_and_too_many_stop_everything() {
    let shop = Shop::open();
    shop.catalogue.configure("cooperage: {keep: {min_age: 0s, grace: 0s, max_delete: 1}}\n");
    let outcome = shop.run(1, &["--delete"]);
    assert_eq!(verdicts(&outcome)[..2], ["tool:1.0: marked held", "tool:1.1: marked held"]);
    assert!(outcome.json()["problems"][0].as_str().unwrap().contains("max_delete allows 1"), "{}", outcome.stdout);
    shop.catalogue.configure("cooperage: {keep: {min_age: 0s, grace: 0s}}\n");
    shop.catalogue.define("broken", "1.0", "FROM scratch\n").write("broken/changelog", "nothing\n");
    let outcome = shop.run(2, &["--delete"]);
    assert_eq!(verdicts(&outcome)[..2], ["tool:1.0: marked held", "tool:1.1: marked held"]);
    shop.run(1, &[]);
    assert_eq!(shop.tags("tool"), ALL);
}

#[test]
fn what_somebody_moves_at_the_last_moment_stays() {
    let (shop, faults) = shop_behind();
    let (address, repository) = (shop.registry.address.clone(), shop.catalogue.repository("tool"));
    let old = TinyImage::with_labels("1.0", &[]);
    // Between the plan and the first removal, a new tag is put on an old image.
    faults.times(1, "GET", "/tags/list", Action::WithHeader("x", "y".into()));
    let name = repository.clone();
    faults.times(1, "GET", "/tags/list", Action::first(move || put_manifest(&address, &name, "rescued", MANIFEST_TYPE, &old.manifest)));
    assert_eq!(shop.gc(0, &["--delete"])[..2], ["tool:1.0: kept moved", "tool:1.1: deleted due"]);
    assert_eq!(shop.registry.tags(&repository), ["1.0", "2.0", "latest", "rescued"]);
}

#[test]
fn a_damaged_record_makes_everything_new_and_no_state_is_an_error() {
    let shop = Shop::open();
    std::fs::write(shop.state(), "{").unwrap();
    let outcome = shop.run(0, &["--delete"]);
    assert!(outcome.stderr.contains("damaged"), "{}", outcome.stderr);
    assert_eq!(verdicts(&outcome)[0], "tool:1.0: kept recent");
    let mut command = shop.catalogue.command(&["registry", "gc"]);
    let outcome = Outcome::of(command.env_remove("HOME").arg(shop.catalogue.root()).output().unwrap());
    assert_eq!(outcome.code, 2);
    assert!(outcome.stderr.contains("--state"), "{}", outcome.stderr);
    // Without --state it stands in the folder for state.
    shop.catalogue.expect(0, &["registry", "gc"]);
    let folder = shop.catalogue.home().join(".local/state/cooperage");
    assert!(std::fs::read_dir(folder).unwrap().any(|entry| entry.unwrap().file_name().to_string_lossy().ends_with(".gc.json")));
}

#[test]
fn twenty_thousand_tags_in_pages_need_no_further_question() {
    let (shop, faults) = shop_behind();
    shop.catalogue.configure("");
    let tags: Vec<String> = (0..20_000).map(|at| format!("\"1.0-20{:06}\"", at + 100_000)).collect();
    let pages: Vec<&[String]> = tags.chunks(500).collect();
    for (at, page) in pages.iter().enumerate().rev() {
        let link = format!("</v2/{}/tags/list?n=500&last=p{:03}>; rel=\"next\"", shop.catalogue.repository("tool"), at + 1);
        let mut headers = vec![("Content-Type", "application/json")];
        let named = if at + 1 == pages.len() { ",\"1.0\",\"1.1\",\"2.0\",\"latest\"" } else { "" };
        if at + 1 < pages.len() {
            headers.push(("Link", &link));
        }
        let part = if at == 0 { "/tags/list".to_owned() } else { format!("last=p{at:03}") };
        faults.on("GET", &part, Action::reply(200, &headers, &format!("{{\"tags\":[{}{named}]}}", page.join(","))));
    }
    let outcome = shop.run(0, &[]);
    assert_eq!(outcome.json()["counts"]["kept"], 20_004);
    assert_eq!(faults.count("GET", "/tags/list"), 40);
    assert_eq!((faults.count("HEAD", "/manifests/"), faults.count("GET", "/manifests/")), (0, 0));
}

#[test]
fn two_from_different_machines_end_well() {
    let (shop, faults) = shop_behind();
    // Between its last look and its removal, somebody else removes the same.
    let (address, repository) = (shop.registry.address.clone(), shop.catalogue.repository("tool"));
    let digest = shop.registry.digest(&repository, "1.0").unwrap();
    let path = format!("/v2/{repository}/manifests/{digest}");
    let theirs = path.clone();
    faults.times(
        1,
        "DELETE",
        &path,
        Action::first(move || drop(crate::support::registry::plain::request(&address, "DELETE", &theirs, None, None))),
    );
    shop.gc(0, &["--delete"]);
    assert_eq!(shop.tags("tool"), ["2.0", "latest"]);
}
