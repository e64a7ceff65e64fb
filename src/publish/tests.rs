//! Where images go, what must not be, and the way back.

use super::*;
use crate::config::{Config, ConfigError, ConfigFile, Sources, load};
use crate::name::{Reference, Stamp};
use std::collections::BTreeMap;

fn config(yaml: &str) -> Config {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("config.yaml");
    std::fs::write(&file, yaml).unwrap();
    load(&Sources { configfile: ConfigFile::Named(file), env: BTreeMap::new(), flags: Vec::new() }).unwrap()
}

fn destinations(yaml: &str) -> Destinations {
    Destinations::of(&config(yaml)).unwrap()
}

fn refused(yaml: &str) -> String {
    let error: ConfigError = Destinations::of(&config(yaml)).unwrap_err();
    error.to_string()
}

/// `registry` and `namespace` as everywhere below.
const ROOT: &str = "registry: r.example\nnamespace: ns\n";

const TWO: &str = "
cooperage:
  publish:
    - name: main
      to: docker.example.org/releng/{{ name }}
    - name: ci
      to: quay.example.org/openshift/ci
      tags: ['{{ namespace }}_{{ name }}_{{ tag }}', '{{ namespace }}_{{ name }}_latest']
      pull_as: quay-proxy.example.org/openshift/ci
      exclude: ['*-dev:*']
      keep_alive: true
";

fn two() -> Destinations {
    destinations(&format!("{ROOT}{TWO}"))
}

/// Places images of this name and version.
fn placed(destinations: &Destinations, images: &[(&str, &str)]) -> Placements {
    stamped(destinations, images, None)
}

fn stamped(destinations: &Destinations, images: &[(&str, &str)], stamp: Option<&Stamp>) -> Placements {
    let references: Vec<Reference> =
        images.iter().map(|(name, version)| Reference::compose("r.example", "ns", name, version).unwrap()).collect();
    let tags: Vec<String> =
        images.iter().map(|(_, version)| stamp.map_or_else(|| (*version).to_owned(), |stamp| format!("{version}-{stamp}"))).collect();
    let subjects = images.iter().zip(&references).zip(&tags);
    let subjects = subjects.map(|(((name, version), reference), tag)| Subject {
        name,
        path: name,
        reference,
        version,
        tag: tag.as_str(),
        entry: None,
    });
    Placements::of(destinations, subjects.collect::<Vec<_>>())
}

/// The codes of the problems, with the references they name.
fn problems(destinations: &Destinations, images: &[(&str, &str)]) -> Vec<(&'static str, Vec<String>)> {
    placed(destinations, images).problems().iter().map(|problem| (problem.code, problem.references.clone())).collect()
}

fn one(tags: &str, more: &str) -> Destinations {
    destinations(&format!("{ROOT}cooperage: {{publish: [{{name: a, to: h.example/x, tags: [{tags}]{more}}}]}}\n"))
}

#[test]
fn each_image_goes_where_the_templates_say() {
    let placements = placed(&two(), &[("tool", "1.0"), ("tool-dev", "2")]);
    let shown = |name: &str| -> Vec<String> {
        let all = placements.find(name).iter();
        all.flat_map(|placement| placement.locations().map(ToString::to_string).collect::<Vec<_>>()).collect()
    };
    assert_eq!(
        shown("tool"),
        [
            "docker.example.org/releng/tool:1.0",
            "docker.example.org/releng/tool:latest",
            "quay.example.org/openshift/ci:ns_tool_1.0",
            "quay.example.org/openshift/ci:ns_tool_latest"
        ]
    );
    assert_eq!(shown("tool-dev"), ["docker.example.org/releng/tool-dev:2", "docker.example.org/releng/tool-dev:latest"]);
    assert_eq!(shown("stranger"), [""; 0]);
    let ci = &placements.find("tool")[1];
    assert_eq!(ci.pull_form(&ci.version).unwrap().to_string(), "quay-proxy.example.org/openshift/ci:ns_tool_1.0");
    assert_eq!(ci.pull_reference(), ci.pull_form(&ci.version));
    let main = &placements.find("tool")[0];
    assert_eq!((main.pull_form(&main.version), main.pull_reference()), (None, main.version.reference().cloned()));
    assert_eq!(placements.problems(), []);
}

#[test]
fn without_a_list_the_registry_is_the_one_destination() {
    let implied = destinations(ROOT);
    assert!(!implied.is_listed());
    let placements = placed(&implied, &[("tool", "1.0_incoming"), ("x", "latest")]);
    let tool = &placements.find("tool")[0];
    assert_eq!(tool.version.to_string(), "r.example/ns/tool:1.0_incoming");
    assert_eq!(tool.floating.iter().map(ToString::to_string).collect::<Vec<_>>(), ["r.example/ns/tool:latest"]);
    assert_eq!(placements.problems(), [], "nothing that docker-pkg takes is refused");
    assert!(destinations("{}").list().is_empty());
}

#[test]
fn a_stamp_stands_in_the_version_tag_or_is_refused() {
    let stamp = Stamp::nightly("2026-08-16T10:00:00Z".parse().unwrap());
    let placements = stamped(&two(), &[("tool", "1.0")], Some(&stamp));
    assert_eq!(placements.find("tool")[1].version.to_string(), "quay.example.org/openshift/ci:ns_tool_1.0-20260816");
    let plain = one("'{{ name }}-{{ version }}'", "");
    assert_eq!(placed(&plain, &[("tool", "1.0")]).problems(), []);
    assert_eq!(stamped(&plain, &[("tool", "1.0")], Some(&stamp)).problems()[0].code, "no_stamp");
}

#[test]
fn the_version_tag_is_the_one_that_holds_the_version() {
    let floating = one("'{{ name }}_{{ version.split(\".\")[0] }}', '{{ name }}_{{ tag }}', '{{ name }}_latest'", "");
    let placements = placed(&floating, &[("tool", "3.1")]);
    let tool = &placements.find("tool")[0];
    assert_eq!((tool.version.tag(), tool.floating[0].tag(), tool.floating[1].tag()), ("tool_3.1", "tool_3", "tool_latest"));
    let lists = [
        ("[latest]", "none of its tags holds the version"),
        ("['{{ tag }}', 'v{{ version }}']", "2 of its tags hold the version"),
        ("['{{ tag | replace(\".\", \"-\") }}']", "none of its tags holds the version"),
        ("['{{ tga }}']", "tga is not defined"),
        ("['{{ tag', x]", "cannot be rendered"),
    ];
    for (tags, expected) in lists {
        let error = refused(&format!("cooperage:\n  publish:\n  - name: a\n    to: h.example/x\n    tags: {tags}\n"));
        assert!(error.contains(expected) && error.contains("config.yaml:5:"), "{tags}: {error}");
    }
    let twice = "cooperage:\n  publish:\n  - {name: a, to: h.example/x}\n  - {name: a, to: h.example/y}\n";
    assert!(refused(twice).contains(":4:12: there are two destinations named a"), "{}", refused(twice));
    assert!(refused("cooperage: {staging: 'h.example/x:1'}\n").contains("cooperage.staging"));
    for (to, expected) in [("team/{{ name }}", "names no registry"), ("https://h.example/{{ name }}", "is a reference and no URL")] {
        let error = refused(&format!("cooperage:\n  publish:\n  - name: a\n    to: {to}\n"));
        assert!(error.contains(expected) && error.contains("config.yaml:4:9"), "{to}: {error}");
    }
    assert!(refused("cooperage: {staging: 'x/y'}\n").contains("names no registry"));
}

#[test]
fn a_version_that_is_a_floating_tag_is_told() {
    let both = one("'{{ tag }}', latest", "");
    assert_eq!(problems(&both, &[("x", "latest")])[0].0, "same_reference");
}

#[test]
fn tags_have_the_characters_and_the_length_that_registries_take() {
    let tag = one("'{{ name }}_{{ tag }}'", "");
    assert_eq!(problems(&tag, &[("a/b", "1")]), [("bad_reference", vec!["a/b_1".to_owned()])]);
    let version = |length: usize| "1".repeat(length - "x_".len());
    for (length, more, is_good) in
        [(128, "", true), (129, "", false), (107, ", keep_alive: true", true), (108, ", keep_alive: true", false)]
    {
        let found = problems(&one("'{{ name }}_{{ tag }}'", more), &[("x", &version(length))]);
        assert_eq!(found.is_empty(), is_good, "{length}{more}: {found:?}");
        assert!(is_good || found[0].0 == "tag_too_long", "{found:?}");
    }
}

#[test]
fn reserved_parts_are_nobodys() {
    let tag = one("'{{ name }}_{{ tag }}'", "");
    for name in ["x_prune_y", "x_incoming", "x__pre", "x__post1", "a__prefix"] {
        assert_eq!(problems(&tag, &[(name, "1")]).iter().map(|problem| problem.0).collect::<Vec<_>>(), ["reserved_part"], "{name}");
    }
    assert_eq!(problems(&tag, &[("prune_y", "1"), ("incoming", "1"), ("payload_images", "1")]), []);
}

#[test]
fn two_images_on_one_reference_are_told_with_both() {
    let joined = one("'{{ name | replace(\"/\", \"_\") }}_{{ tag }}'", "");
    let placements = placed(&joined, &[("a_b/c", "1"), ("a/b_c", "1"), ("other", "1")]);
    let [problem] = placements.problems() else { panic!("{:?}", placements.problems()) };
    assert_eq!((problem.code, problem.references.as_slice()), ("same_reference", ["h.example/x:a_b_c_1".to_owned()].as_slice()));
    assert_eq!(problem.names, ["a/b_c", "a_b/c"]);
    assert_eq!(problem.message, "a_b/c at destination a and a/b_c at destination a would all be h.example/x:a_b_c_1");
    // Name and version can run into each other as well.
    assert_eq!(problems(&one("'{{ name }}_{{ tag }}'", ""), &[("a_b", "c"), ("a", "b_c")])[0].0, "same_reference");
    let constant = placed(&one("'{{ tag }}'", ""), &[("a", "1"), ("b", "1"), ("c", "1"), ("d", "1"), ("e", "1"), ("f", "2")]);
    let [problem] = constant.problems() else { panic!("{:?}", constant.problems()) };
    assert!(problem.message.contains("d at destination a and 1 more would all be h.example/x:1"), "{}", problem.message);
}

#[test]
fn two_destinations_on_one_reference_are_told() {
    let yaml =
        "cooperage: {publish: [{name: a, to: 'docker.io/library/{{ name }}'}, {name: b, to: 'docker.io/{{ name }}', tags: ['{{ tag }}']}]}";
    let found = placed(&destinations(&format!("{ROOT}{yaml}")), &[("x", "1")]).problems().to_vec();
    assert_eq!((found.len(), found[0].code, found[0].names.as_slice()), (1, "same_reference", ["x".to_owned()].as_slice()));
    let disk = "cooperage: {publish: [{name: a, to: 'oci:out', tags: ['{{ tag }}']}, {name: b, to: 'oci:./out/', tags: ['{{ tag }}']}]}";
    assert_eq!(problems(&destinations(disk), &[("x", "1")])[0].0, "same_reference");
}

#[test]
fn nothing_is_ever_pushed_to_where_consumers_pull() {
    let yaml = "cooperage: {publish: [{name: a, to: 'h.example/a/{{ name }}', pull_as: 'proxy.example/a/{{ name }}'}, \
                {name: b, to: 'proxy.example/a/{{ name }}', tags: ['b_{{ tag }}']}]}";
    let found = placed(&destinations(&format!("{ROOT}{yaml}")), &[("x", "1"), ("y", "1")]).problems().to_vec();
    assert_eq!(found.iter().map(|problem| (problem.code, problem.destination.as_str())).collect::<Vec<_>>(), [("pull_address", "b"); 2]);
    assert_eq!(found[0].references, ["proxy.example/a/x:b_1"]);
}

#[test]
fn a_place_without_a_host_or_with_a_tag_is_no_repository() {
    for (to, said) in [
        ("te{{ \"am\" }}/{{ name }}", "names no registry"),
        ("h.example/x:1", "names a tag"),
        ("h.example/X", "lower case"),
        ("oci:", "no folder"),
    ] {
        let found = destinations(&format!("cooperage: {{publish: [{{name: a, to: '{to}'}}]}}"));
        let placements = placed(&found, &[("x", "1")]);
        assert!(placements.problems()[0].message.contains(said), "{to}: {:?}", placements.problems());
    }
}

#[test]
fn layouts_are_locations_too() {
    let placements = placed(&destinations("cooperage: {publish: [{name: disk, to: 'oci:out/{{ name }}'}]}"), &[("x", "1")]);
    let disk = &placements.find("x")[0];
    assert_eq!(disk.version.to_string(), "oci:out/x:1");
    assert_eq!((disk.pull_reference(), disk.version.reference()), (None, None));
}

/// Who owns a reference, with `tool` at 1.2 and before at 1.1 and 0.9.
fn owners(destinations: &Destinations, text: &str) -> Vec<String> {
    let reference = Reference::compose("r.example", "ns", "tool", "1.2").unwrap();
    let subject = Subject { name: "tool", path: "tool", reference: &reference, version: "1.2", tag: "1.2", entry: None };
    let now = Placements::of(destinations, [subject]);
    let matches = whose(destinations, &now, &[History { subject, older: vec!["1.1", "0.9"] }], &Wanted::parse(text).unwrap());
    matches.iter().map(|found| format!("{} {} at {}", found.name, found.version, destinations.list()[found.destination].name)).collect()
}

#[test]
fn every_name_leads_back() {
    let two = two();
    for (text, expected) in [
        ("docker.example.org/releng/tool:1.2", "tool 1.2 at main"),
        ("docker.example.org/releng/tool", "tool 1.2 at main"),
        ("docker.example.org/releng/tool:1.1", "tool 1.1 at main"),
        ("docker.example.org/releng/tool:1.2-20260816", "tool 1.2 at main"),
        ("docker.example.org/releng/tool:0.9-20260816-101500", "tool 0.9 at main"),
        ("quay.example.org/openshift/ci:ns_tool_1.2", "tool 1.2 at ci"),
        ("quay-proxy.example.org/openshift/ci:ns_tool_1.2", "tool 1.2 at ci"),
        ("quay-proxy.example.org/openshift/ci:ns_tool_latest", "tool 1.2 at ci"),
        ("quay-proxy.example.org/openshift/ci:ns_tool_0.9", "tool 0.9 at ci"),
        ("quay.example.org/openshift/ci:20240603235401_prune_ns_tool_latest", "tool 1.2 at ci"),
        ("quay.example.org/openshift/ci:20240603235401_prune_ns_tool_1.1", "tool 1.1 at ci"),
    ] {
        assert_eq!(owners(&two, text), [expected], "{text}");
    }
    for stranger in [
        "docker.example.org/releng/tool:1.3",
        "docker.example.org/releng/tool:1.2-2026",
        "docker.example.org/releng/tol:1.2",
        "docker.example.org/releng/tool:20240603235401_prune_latest",
        "quay.example.org/openshift/ci:2024_prune_ns_tool_latest",
        "docker.io/releng/tool:1.2",
    ] {
        assert_eq!(owners(&two, stranger), [""; 0], "{stranger}");
    }
    assert!(Wanted::parse(&format!("h.example/x@sha256:{}", "a".repeat(64))).unwrap_err().contains("give a tag"));
    assert!(Wanted::parse("H e").is_err() && Wanted::parse("oci:x").is_err());
}

#[test]
fn floating_tags_of_earlier_versions_lead_back_as_well() {
    let floating = one("'{{ name }}_{{ version.split(\".\")[0] }}', '{{ name }}_{{ tag }}'", "");
    assert_eq!(owners(&floating, "h.example/x:tool_1"), ["tool 1.2 at a"]);
    assert_eq!(owners(&floating, "h.example/x:tool_0"), ["tool 0.9 at a"]);
    assert_eq!(owners(&destinations("cooperage: {publish: [{name: disk, to: 'oci:out'}]}"), "oci:./out:1.1"), ["tool 1.1 at disk"]);
    assert_eq!(owners(&destinations(ROOT), "r.example/ns/tool:0.9"), ["tool 0.9 at registry"]);
}

#[test]
fn all_that_a_reference_may_belong_to_is_told() {
    let joined = one("'{{ name }}_{{ tag }}'", "");
    let references = [Reference::parse("r.example/ns/a_b:c").unwrap(), Reference::parse("r.example/ns/a:2").unwrap()];
    let first = Subject { name: "a_b", path: "a_b", reference: &references[0], version: "c", tag: "c", entry: None };
    let second = Subject { name: "a", path: "a", reference: &references[1], version: "2", tag: "2", entry: None };
    let now = Placements::of(&joined, [first, second]);
    assert_eq!(now.problems(), []);
    let histories = [History { subject: second, older: vec!["b_c"] }, History { subject: first, older: Vec::new() }];
    let found = whose(&joined, &now, &histories, &Wanted::parse("h.example/x:a_b_c").unwrap());
    assert_eq!(found.iter().map(|one| (one.name.as_str(), one.version.as_str())).collect::<Vec<_>>(), [("a", "b_c"), ("a_b", "c")]);
}

#[test]
fn retained_names_are_known_with_stamps_and_as_what_keeps_old_digests_alive() {
    use super::retain::{Owners, Standing};
    let destinations = destinations(
        "namespace: n\ncooperage:\n  publish: [{name: main, to: 'r.example/all', tags: ['{{ name }}_{{ tag }}', '{{ name }}_latest']}]\n",
    );
    let mut owners = Owners::default();
    for (version, current) in [("1.0", false), ("2.0", true)] {
        let reference = Reference::parse(&format!("n/tool:{version}")).unwrap();
        let subject = Subject { name: "tool", path: "tool", reference: &reference, version, tag: version, entry: None };
        if current { owners.add_current(&destinations, &subject) } else { owners.add_old(&destinations, &subject, true) }
    }
    let homes: Vec<_> = owners.homes().collect();
    assert_eq!((homes.len(), homes[0].name.as_str()), (1, "r.example/all"));
    let claim = |tag: &str| homes[0].claim(tag).map(|claim| (claim.version, claim.standing));
    let old = |version: &str| Some((version.to_owned(), Standing::Old));
    assert_eq!(claim("tool_2.0"), Some(("2.0".to_owned(), Standing::Named)));
    assert_eq!(claim("tool_latest").map(|(_, standing)| standing), Some(Standing::Floating));
    assert_eq!(claim("tool_1.0"), old("1.0"));
    assert_eq!(claim("tool_2.0-20261101"), old("2.0"));
    assert_eq!(claim("tool_1.0-20261101-101112"), old("1.0"));
    assert_eq!(claim("20240603235401_prune_tool_1.0-20261101"), old("1.0"));
    assert_eq!(claim("20240603235401_prune_tool_latest").map(|(_, standing)| standing), Some(Standing::Old));
    for stranger in
        ["tool_3.0", "tool_2.0-2026", "tool_2.0-20261101x", "tool-20261101_2.0", "2024_prune_tool_1.0", "other_2.0", "tool_2.0.sig"]
    {
        assert_eq!(claim(stranger), None, "{stranger}");
    }
    assert!(owners.knows("n/tool") && !owners.knows("n/other"));
}
