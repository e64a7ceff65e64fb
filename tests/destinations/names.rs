//! `where`, `whose`, and names that must not be.

use crate::Stage;
use crate::support::catalogue::Catalogue;
use crate::support::faults::Faults;
use serde_json::json;

#[test]
fn where_tells_every_name_and_asks_nobody() {
    let stage = Stage::new();
    let catalogue = &stage.catalogue;
    catalogue.plain("tool", "1.0", "tool").plain("tool-dev", "2.0", "dev").write("broken/Dockerfile.template", "{{");
    let (main, namespace) = (format!("{}/{}", stage.main.address, catalogue.namespace), &catalogue.namespace);
    let (ci, proxy) = (format!("{}/one", stage.ci.address), format!("{}/one", stage.proxy.address));
    let row = |reference: &str, kind: &str| json!({"destination": "main", "reference": reference, "pull_reference": null, "kind": kind, "keep_alive_pattern": null});
    let expected = json!({"v": 1, "images": [
        {"name": "tool", "references": [
            row(&format!("{main}/tool:1.0"), "version"),
            row(&format!("{main}/tool:latest"), "floating"),
            {"destination": "ci", "reference": format!("{ci}:{namespace}_tool_1.0"), "pull_reference": format!("{proxy}:{namespace}_tool_1.0"),
             "kind": "version", "keep_alive_pattern": format!("{ci}:<YYYYMMDDhhmmss>_prune_{namespace}_tool_1.0")}
        ]},
        {"name": "tool-dev", "references": [row(&format!("{main}/tool-dev:2.0"), "version"), row(&format!("{main}/tool-dev:latest"), "floating")]}
    ], "problems": []});
    assert_eq!(catalogue.expect(0, &["--format", "json", "where"]).json(), expected);
    let shown = catalogue.expect(0, &["where", "--select", "*/tool-dev:*"]);
    assert!(shown.stdout.contains(&format!("{main}/tool-dev:2.0")) && !shown.stdout.contains("tool:1.0"), "{}", shown.stdout);
    catalogue.expect(2, &["where", "--select", "no-such"]);
    assert!(stage.proxy.requests().is_empty());
}

#[test]
fn whose_goes_back_and_says_what_is_near() {
    let stage = Stage::new();
    let catalogue = &stage.catalogue;
    catalogue.plain("tool", "1.0", "tool").release("tool", "1.1");
    for (reference, version, destination) in [
        (format!("{}/{}/tool:1.1", stage.main.address, catalogue.namespace), "1.1", "main"),
        (format!("{}/{}/tool:1.0", stage.main.address, catalogue.namespace), "1.0", "main"),
        (format!("{}/one:{}", stage.proxy.address, stage.joined("tool", "1.1")), "1.1", "ci"),
        (format!("{}/one:20240603235401_prune_{}", stage.ci.address, stage.joined("tool", "1.0")), "1.0", "ci"),
    ] {
        let expected = json!({"v": 1, "reference": reference, "known": true,
            "matches": [{"name": "tool", "version": version, "destination": destination}]});
        assert_eq!(catalogue.expect(0, &["--format", "json", "whose", &reference]).json(), expected);
    }
    let stranger = format!("{}/one:{}", stage.ci.address, stage.joined("tol", "1.1"));
    let unknown = catalogue.expect(1, &["--format", "json", "whose", &stranger]);
    assert_eq!(unknown.json(), json!({"v": 1, "reference": stranger, "known": false, "matches": []}));
    assert!(unknown.stderr.contains(&stage.joined("tool", "1.1")), "{}", unknown.stderr);
    catalogue.expect(2, &["whose", "not a reference"]);
}

#[test]
fn an_ambiguous_name_is_told() {
    let catalogue = Catalogue::new("");
    catalogue.configure("cooperage: {publish: [{name: one, to: h.example/one, tags: ['{{ name }}_{{ tag }}']}]}\n");
    catalogue.plain("a", "b_1", "x").release("a", "2").plain("a_b", "1", "y");
    let told = catalogue.expect(0, &["whose", "h.example/one:a_b_1"]);
    assert_eq!(told.stdout, "a b_1 at one\na_b 1 at one\n");
    assert!(told.stderr.contains("ambiguous: a b_1 and a_b 1"), "{}", told.stderr);
}

#[test]
fn names_that_collide_anywhere_stop_a_build_before_anybody_is_asked() {
    let server = Faults::alone();
    let catalogue = Catalogue::new("");
    catalogue.configure(&format!(
        "cooperage: {{publish: [{{name: one, to: {}/one, tags: ['{{{{ name }}}}_{{{{ tag }}}}']}}]}}\n",
        server.address
    ));
    catalogue.plain("a", "b_1", "x").plain("a_b", "1", "y").plain("other", "1", "z");
    for call in [["build", "--dry-run"].as_slice(), &["build", "--select", "*other:*"]] {
        let refused = catalogue.expect(2, call);
        assert!(refused.stderr.contains("same_reference") && refused.stderr.contains("a_b at destination one"), "{}", refused.stderr);
    }
    let document = catalogue.expect(1, &["--format", "json", "where"]).json();
    assert_eq!((&document["problems"][0]["code"], &document["problems"][0]["names"]), (&json!("same_reference"), &json!(["a", "a_b"])));
    assert_eq!(catalogue.expect(1, &["--format", "json", "list", "--offline"]).json()["defects"][0]["code"], "same_reference");
    assert!(server.requests().is_empty());
}

#[test]
fn a_list_that_is_wrong_is_told_with_its_places() {
    let catalogue = Catalogue::new("");
    catalogue.plain("tool", "1", "x");
    catalogue.configure("cooperage:\n  publish:\n    - name: a\n      to: h.example/{{ nmae }}\n    - name: b\n      to: h.example/b\n      tags: [latest]\n");
    let refused = catalogue.expect(2, &["list", "--offline"]);
    for told in
        ["config.yaml:4:11: destination a", "did you mean name?", "config.yaml:7:13: destination b: none of its tags holds the version"]
    {
        assert!(refused.stderr.contains(told), "{told}: {}", refused.stderr);
    }
}
