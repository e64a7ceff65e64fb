//! What `prune` decides on small engines.

use super::*;
use crate::name::{Digest, Reference, Version};
use std::collections::HashMap;

const R: &str = "r.example/ns";

/// `base` ← `child`, and `other` alone; the current version of each is 2.0, the changelogs know 1.5 and 1.0.
fn graph() -> Graph {
    let source = |name: &str, parents: &str| Source {
        name: name.to_owned(),
        version: Version::new("2.0"),
        path: name.to_owned(),
        reference: Reference::parse(&format!("{R}/{name}:2.0")).unwrap(),
        unreleased: false,
        relations: crate::catalog::Control::parse(format!("Package: {name}\nDepends: {parents}\n").as_bytes()).unwrap().relations,
        uses: Vec::new(),
    };
    link(vec![source("base", ""), source("child", "base"), source("other", "")], &[], &Default::default()).graph
}

fn id(name: &str) -> Digest {
    Digest::of(name.as_bytes())
}

fn image(names: &[&str]) -> Stored {
    let names: Vec<String> = names.iter().map(|name| if name.contains('/') { (*name).to_owned() } else { format!("{R}/{name}") }).collect();
    Stored { id: id(&names[0]), names, former: None, digests: Vec::new(), containers: Vec::new() }
}

/// An image that has lost the name it was built under.
fn untagged(former: &str) -> Stored {
    let reference = Reference::parse(&format!("{R}/{former}")).unwrap();
    Stored {
        id: id(&format!("untagged {former}")),
        names: Vec::new(),
        former: Some(reference),
        digests: Vec::new(),
        containers: Vec::new(),
    }
}

/// `action reference code` of every name; what is asked about is published, unless it is called `new`.
fn decide_on(images: &[Stored], options: &PruneOptions) -> Vec<String> {
    let graph = graph();
    let versions = vec![["2.0", "1.5", "1.0"].map(Version::new).to_vec(); 3];
    let shelves = Shelves { graph: &graph, selected: &[true; 3], versions: &versions };
    let say = |names: &[Reference]| match names[0].tag().unwrap().as_str() {
        "new" => Publication::Absent,
        "odd" => Publication::Unclear("503".to_owned()),
        _ => Publication::Published,
    };
    let published: HashMap<Digest, Publication> =
        in_question(&shelves, images, options).into_iter().map(|(id, names)| (id, say(&names))).collect();
    let actions = prune(&shelves, images, &published, &Occupied::default(), options);
    let word = |remove| if remove { "remove" } else { "keep" };
    let short = |reference: &str| reference.trim_start_matches(R).trim_start_matches('/').to_owned();
    actions.iter().map(|one| format!("{} {} {}", word(one.remove), short(&one.reference), one.reason.code())).collect()
}

#[test]
fn other_versions_go_children_first_and_older_before_newer() {
    let images = [image(&["base:1.0"]), image(&["base:1.5"]), image(&["base:2.0"]), image(&["child:1.0"]), image(&["elsewhere/base:1"])];
    let expected =
        ["remove child:1.0 other_version", "remove base:1.0 other_version", "remove base:1.5 other_version", "keep base:2.0 current"];
    assert_eq!(decide_on(&images, &PruneOptions::default()), expected);
}

#[test]
fn what_somebody_needs_stays() {
    let mut used = image(&["base:1.0"]);
    used.containers.push("shell".to_owned());
    let images = [used, image(&["base:1.5", "mine/copy:1"]), image(&["child:new"]), image(&["child:odd"])];
    let expected = ["keep base:1.0 in_use", "keep base:1.5 other_tag", "keep child:new not_published", "keep child:odd unclear"];
    assert_eq!(decide_on(&images, &PruneOptions::default()), expected);
    let taken = decide_on(&images, &PruneOptions { unpublished: true, ..PruneOptions::default() });
    assert!(taken.contains(&"remove child:new other_version".to_owned()), "{taken:?}");
    assert_eq!(taken.iter().filter(|line| line.starts_with("keep")).count(), 2, "{taken:?}");
}

#[test]
fn a_second_name_of_the_current_image_goes_alone() {
    let images = [image(&["base:1.5", "base:2.0", "base:latest"])];
    let expected = ["remove base:1.5 other_name", "remove base:latest other_name", "keep base:2.0 current"];
    assert_eq!(decide_on(&images, &PruneOptions::default()), expected);
}

#[test]
fn the_newest_others_are_kept_by_changelog_then_by_debian_order() {
    let images = [image(&["base:9.0"]), image(&["base:10.0"]), image(&["base:1.0"]), image(&["base:1.5-20261101"])];
    let keep =
        |keep| decide_on(&images, &PruneOptions { keep, ..PruneOptions::default() }).iter().map(|l| l[..11].to_owned()).collect::<Vec<_>>();
    assert_eq!(keep(1), ["remove base", "remove base", "remove base", "keep base:1"]);
    let two = decide_on(&images, &PruneOptions { keep: 3, ..PruneOptions::default() });
    assert_eq!(two[0], "remove base:9.0 other_version");
    assert_eq!(two.len(), 4);
}

#[test]
fn of_a_nightly_its_stamp_stays_and_nothing_else() {
    let nightly = Some("20261120".to_owned());
    let images = [image(&["base:2.0"]), image(&["base:2.0-20261120"]), image(&["base:2.020261120"]), image(&["base:1.0-20261119"])];
    let decided = decide_on(&images, &PruneOptions { nightly, ..PruneOptions::default() });
    assert_eq!(decided.last().unwrap(), "keep base:2.0-20261120 current");
    assert_eq!(decided.iter().filter(|line| line.starts_with("remove")).count(), 3, "{decided:?}");
}

#[test]
fn only_selected_definitions_are_touched_and_the_others_own_their_names() {
    let graph = graph();
    let versions = vec![Vec::new(); 3];
    let shelves = Shelves { graph: &graph, selected: &[true, false, false], versions: &versions };
    let images = [image(&["child:1.0"]), image(&["base:1.0", "child:1.1"])];
    let options = PruneOptions { unpublished: true, ..PruneOptions::default() };
    let actions = prune(&shelves, &images, &HashMap::new(), &Occupied::default(), &options);
    assert_eq!(actions.len(), 1);
    assert_eq!((actions[0].remove, actions[0].reason.code()), (false, "other_tag"));
}

#[test]
fn what_has_lost_its_name_goes_when_another_image_has_it_or_it_is_published() {
    let mut used = untagged("base:1.5");
    used.containers.push("shell".to_owned());
    let mut known_elsewhere = untagged("child:1.5");
    known_elsewhere.digests = vec![format!("{R}/child@{}", id("a")), format!("mine/child@{}", id("a"))];
    let mut without_labels = untagged("other:1.0");
    without_labels.former = None;
    let images = [
        image(&["base:2.0"]),
        untagged("base:2.0"),
        untagged("other:1.0"),
        untagged("other:new"),
        untagged("elsewhere/base:2.0"),
        used,
        known_elsewhere,
        without_labels,
    ];
    let code = |decided: &[String], former: &str| {
        let id = id(&format!("untagged {former}")).to_string();
        decided.iter().find(|line| line.contains(&id)).map(|line| line.replace(&format!("{id} "), ""))
    };
    let decided = decide_on(&images, &PruneOptions { keep: 9, ..PruneOptions::default() });
    assert_eq!(code(&decided, "base:2.0").as_deref(), Some("remove replaced"));
    assert_eq!(code(&decided, "other:1.0").as_deref(), Some("remove untagged"));
    assert_eq!(code(&decided, "other:new").as_deref(), Some("keep not_published"));
    assert_eq!(code(&decided, "elsewhere/base:2.0"), None);
    assert_eq!(code(&decided, "base:1.5").as_deref(), Some("keep in_use"));
    assert_eq!(code(&decided, "child:1.5").as_deref(), Some("keep other_tag"));
    assert_eq!(decided.len(), 6, "{decided:?}");
    let taken = decide_on(&images, &PruneOptions { unpublished: true, ..PruneOptions::default() });
    assert_eq!(code(&taken, "other:new").as_deref(), Some("remove untagged"));
}
