//! Yanked versions in plans.

use super::*;
use crate::name::{Digest, Reference, Version};
use std::collections::HashSet;

/// `base`, `tool` made of it, `app` made of that, and `other`; the version of `base` is yanked.
fn graph() -> Graph {
    let source = |(name, parent): (&str, &str)| Source {
        name: name.to_owned(),
        version: Version::new("1.0"),
        path: name.to_owned(),
        reference: Reference::compose("r.example", "", name, "1.0").unwrap(),
        unreleased: false,
        yanked: (name == "base").then(|| "1.0 is yanked: bad".to_owned()),
        relations: crate::catalog::Control::parse(format!("Source: x\nDepends: {parent}\n").as_bytes()).unwrap().relations,
        uses: Vec::new(),
    };
    link([("app", "tool"), ("base", ""), ("other", ""), ("tool", "base")].map(source).to_vec(), &[], &HashSet::new()).graph
}

fn decided(side: &RegistrySide, selected: [bool; 4]) -> Vec<String> {
    let facts = vec![Facts { registry: side.clone(), engine: EngineSide::Absent, ..Facts::default() }; 4];
    let options = PlanOptions { publishing: true, ..PlanOptions::default() };
    let graph = graph();
    let plan = decide(&graph, &selected, &facts, &options).unwrap();
    let row = |image: &Planned| format!("{} {} {}", graph.nodes[image.node].name, image.action.as_str(), image.reason.code());
    let notes = plan.notes.iter().map(|note| format!("{} {}", graph.nodes[note.node].name, note.text));
    plan.images.iter().map(row).chain(notes).collect()
}

#[test]
fn neither_it_nor_what_would_be_made_of_it_is_made() {
    assert_eq!(
        decided(&RegistrySide::Absent, [true; 4]),
        [
            "base skip yanked",
            "other build missing",
            "tool skip yanked",
            "app skip yanked",
            "base is passed over: 1.0 is yanked: bad",
            "tool is passed over: it needs base, and 1.0 is yanked: bad",
            "app is passed over: it needs base, and 1.0 is yanked: bad",
        ]
    );
    let alone = decided(&RegistrySide::Absent, [true, false, false, false]);
    assert_eq!(alone[0], "app skip yanked", "no parent is brought along for it: {alone:?}");
}

#[test]
fn what_was_published_on_it_before_stays() {
    let published = RegistrySide::Published(Digest::of(b"x"));
    let rows = decided(&published, [true; 4]);
    assert_eq!(rows[..4], ["base skip yanked", "other skip published", "tool skip published", "app skip published"]);
}
