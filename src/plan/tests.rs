//! Decisions on small graphs; each case says what it stands for.

use super::*;
use crate::catalog::Relation;
use crate::dockerfile::{ExternalReference, Via};
use crate::name::{Digest, Pattern, Reference, Stamp, Version};
use std::collections::HashSet;

fn relation(name: &str) -> Relation {
    crate::catalog::Control::parse(format!("Source: x\nBuild-Depends: {name}\n").as_bytes()).unwrap().relations.remove(0)
}

fn source(name: &str, parents: &[&str], from: &[&str]) -> Source {
    Source {
        name: name.to_owned(),
        version: Version::new("1.0"),
        path: format!("images/{name}"),
        reference: Reference::compose("r.example:5000", "ns", name, "1.0").unwrap(),
        unreleased: false,
        relations: parents.iter().map(|p| relation(p)).collect(),
        uses: from.iter().map(|text| ExternalReference { text: (*text).to_owned(), line: 1, via: Via::From, resolved: true }).collect(),
    }
}

fn chain() -> Graph {
    link(vec![source("a", &[], &[]), source("b", &["a"], &[]), source("c", &["b"], &[])], &[], &HashSet::new()).graph
}

fn published() -> RegistrySide {
    RegistrySide::Published(Digest::of(b"p"))
}

fn held(label: InputsLabel) -> EngineSide {
    EngineSide::Held(Held { id: Digest::of(b"i"), label })
}

fn facts(registry: RegistrySide, engine: EngineSide) -> Facts {
    Facts { registry, engine, stamped: RegistrySide::NotAsked }
}

fn missing() -> Facts {
    facts(RegistrySide::Absent, EngineSide::Absent)
}

const PUBLISHING: PlanOptions = PlanOptions { publishing: true, no_pull: false, stamp: None };

fn decided(selected: &[bool], facts: &[Facts], options: &PlanOptions) -> Vec<(String, &'static str, &'static str, bool)> {
    let graph = chain();
    let plan = decide(&graph, selected, facts, options).unwrap();
    plan.images.iter().map(|image| (graph.nodes[image.node].name.clone(), image.action.as_str(), image.reason.code(), image.push)).collect()
}

fn row(name: &str, action: &'static str, code: &'static str, push: bool) -> (String, &'static str, &'static str, bool) {
    (name.to_owned(), action, code, push)
}

#[test]
fn nothing_there_builds_everything_in_order() {
    let all = [true; 3];
    let expected = [row("a", "build", "missing", true), row("b", "build", "missing", true), row("c", "build", "missing", true)];
    assert_eq!(decided(&all, &[missing(), missing(), missing()], &PUBLISHING), expected);
}

#[test]
fn a_missing_parent_is_brought_along_a_published_one_is_not() {
    let only_c = [false, false, true];
    let facts = [facts(published(), EngineSide::Absent), missing(), missing()];
    assert_eq!(decided(&only_c, &facts, &PUBLISHING), [row("b", "build", "needed_by_child", true), row("c", "build", "missing", true)]);
}

#[test]
fn the_engines_copy_is_published_unless_its_inputs_differ() {
    let all = [true; 3];
    let here = |label| facts(RegistrySide::Absent, held(label));
    let same = [facts(published(), held(InputsLabel::NotCompared)), here(InputsLabel::Same), here(InputsLabel::Missing)];
    assert_eq!(
        decided(&all, &same, &PUBLISHING),
        [row("a", "skip", "published", false), row("b", "publish", "not_published", true), row("c", "publish", "not_published", true)]
    );
    let differs = [facts(published(), EngineSide::Absent), here(InputsLabel::Differs), here(InputsLabel::Same)];
    assert_eq!(
        decided(&all, &differs, &PUBLISHING),
        [row("a", "skip", "published", false), row("b", "build", "inputs_changed", true), row("c", "build", "inputs_changed", true)]
    );
}

#[test]
fn a_copy_without_label_is_noted() {
    let graph = chain();
    let facts = [facts(RegistrySide::Absent, held(InputsLabel::Missing)), missing(), missing()];
    let plan = decide(&graph, &[true, false, false], &facts, &PUBLISHING).unwrap();
    assert_eq!(plan.notes.len(), 1);
    assert_eq!((plan.notes[0].node, plan.notes[0].code), (0, "no_inputs_label"));
}

#[test]
fn a_copy_is_not_rebuilt_for_a_parent_that_takes_no_part() {
    let only_b = [false, true, false];
    let facts = [missing(), facts(RegistrySide::Absent, held(InputsLabel::Same)), missing()];
    assert_eq!(decided(&only_b, &facts, &PUBLISHING), [row("b", "publish", "not_published", true)]);
}

#[test]
fn without_publishing_the_copy_is_tested() {
    let options = PlanOptions::default();
    let facts = [facts(RegistrySide::NotAsked, held(InputsLabel::Same)), missing(), missing()];
    assert_eq!(decided(&[true, false, false], &facts, &options), [row("a", "test", "not_published", false)]);
}

#[test]
fn no_pull_builds_what_is_published_and_never_pushes_over_it() {
    let options = PlanOptions { no_pull: true, ..PUBLISHING };
    let facts = [
        facts(published(), EngineSide::Absent),
        facts(RegistrySide::Absent, held(InputsLabel::Differs)),
        facts(RegistrySide::Absent, EngineSide::Absent),
    ];
    assert_eq!(decided(&[true, false, false], &facts, &options), [row("a", "build", "no_pull", false)]);
    assert_eq!(decided(&[false, false, true], &facts, &options), [row("c", "build", "missing", true)]);
}

#[test]
fn a_stamped_run_builds_everything_selected_and_skips_what_it_published() {
    let at = "2026-08-16T01:02:03Z".parse().unwrap();
    let options = PlanOptions { stamp: Some(Stamp::nightly(at)), ..PUBLISHING };
    let mut facts = [facts(published(), EngineSide::Absent), facts(published(), EngineSide::Absent), missing()];
    facts[1].stamped = published();
    let expected = [row("a", "build", "stamped", true), row("b", "skip", "already_published", false), row("c", "build", "stamped", true)];
    assert_eq!(decided(&[true; 3], &facts, &options), expected);
    let plan = decide(&chain(), &[true; 3], &facts, &options).unwrap();
    assert_eq!(plan.images[0].reference.to_string(), "r.example:5000/ns/a:1.0-20260816");
}

#[test]
fn unclear_answers_stop_everything_that_depends_on_them() {
    let unknown = facts(RegistrySide::Unknown("503".into()), EngineSide::Absent);
    let facts = [unknown, missing(), missing()];
    assert!(decide(&chain(), &[false, false, true], &facts, &PUBLISHING).is_err());
    let facts = [missing(), missing(), facts[0].clone()];
    assert!(decide(&chain(), &[true, false, false], &facts, &PUBLISHING).is_ok());
}

#[test]
fn a_cause_that_differs_only_in_the_reference_is_told_once() {
    let of = |reference: &str, why: &str| (reference.to_owned(), format!("r.example refuses {reference}: {why}"));
    let unclear = Unclear(vec![of("r.example/a:1", "401"), of("r.example/b:1", "401"), of("r.example/c:1", "503")]);
    let told = "r.example/a:1, r.example/b:1: r.example refuses r.example/a:1: 401\nr.example/c:1: r.example refuses r.example/c:1: 503";
    assert_eq!(unclear.to_string(), told);
}

#[test]
fn unreleased_is_built_and_tested_and_never_pushed() {
    let mut a = source("a", &[], &[]);
    a.unreleased = true;
    let graph = link(vec![a], &[], &HashSet::new()).graph;
    let plan = decide(&graph, &[true], &[missing()], &PUBLISHING).unwrap();
    assert_eq!((plan.images[0].action, plan.images[0].push), (Action::Build, false));
    let plan = decide(&graph, &[true], &[facts(RegistrySide::Absent, held(InputsLabel::Same))], &PUBLISHING).unwrap();
    assert_eq!((plan.images[0].action, plan.images[0].reason.code()), (Action::Test, "unreleased"));
}

#[test]
fn what_stands_on_an_unreleased_image_is_not_pushed_either() {
    let mut a = source("a", &[], &[]);
    a.unreleased = true;
    let graph = link(vec![a, source("b", &["a"], &[]), source("c", &["b"], &[])], &[], &HashSet::new()).graph;
    let plan = decide(&graph, &[true; 3], &[missing(), missing(), missing()], &PUBLISHING).unwrap();
    assert!(plan.images.iter().all(|image| !image.push));
    assert!(plan.images[2].reason.text().contains("needs a, which is UNRELEASED"), "{}", plan.images[2].reason.text());
    let released_before = [facts(published(), EngineSide::Absent), missing(), missing()];
    let plan = decide(&graph, &[true; 3], &released_before, &PUBLISHING).unwrap();
    assert_eq!(plan.images.iter().map(|image| image.push).collect::<Vec<_>>(), [false, true, true]);
}

#[test]
fn edges_come_from_both_sources_and_forgotten_ones_are_told() {
    let sources = vec![
        source("a", &[], &["debian:12"]),
        source("b", &["a", "bookworm", "aa"], &["r.example:5000/ns/a:1.0"]),
        source("c", &[], &["r.example:5000/ns/b:1.0"]),
        source("d", &["c"], &["r.example:5000/ns/a:0.9"]),
    ];
    let links = link(sources, &["h.example/bookworm:latest".into()], &HashSet::new());
    let graph = &links.graph;
    assert_eq!(graph.nodes[1].parents, [Edge { parent: 0, control: Some(2), dockerfile: Some(1) }]);
    assert_eq!(graph.nodes[2].parents, [Edge { parent: 1, control: None, dockerfile: Some(1) }]);
    let codes: Vec<&str> = links.warnings.iter().map(|w| w.code).collect();
    assert_eq!(codes, ["missing_parent", "undeclared_parent", "other_version"]);
    assert_eq!(graph.nodes[0].bases[0].reference, "debian:12");
    assert_eq!(graph.order, [0, 1, 2, 3]);
}

#[test]
fn a_cycle_prints_its_path_and_takes_its_children_along() {
    let sources =
        vec![source("a", &["c"], &[]), source("b", &["a"], &[]), source("c", &["b"], &[]), source("d", &["c"], &[]), source("e", &[], &[])];
    let links = link(sources, &[], &HashSet::new());
    assert_eq!(links.defects.len(), 1);
    assert!(links.defects[0].message.ends_with("a -> c -> b -> a"), "{}", links.defects[0].message);
    assert_eq!((links.defects[0].path.as_deref(), links.defects[0].line), (Some("images/a/control"), Some(2)));
    let names: Vec<&str> = links.graph.nodes.iter().map(|n| n.name.as_str()).collect();
    assert_eq!(names, ["d", "e"]);
    assert_eq!(links.graph.nodes[0].broken_parents, ["a"], "named as the defect names it, though control says c");
    assert_eq!(links.cyclic["b"], "a");
    let itself = link(vec![source("x", &["x"], &[])], &[], &HashSet::new());
    assert!(itself.defects[0].message.ends_with("x -> x"));
}

#[test]
fn a_broken_parent_that_only_the_dockerfile_names_is_no_base_image() {
    let broken = HashSet::from(["b".to_owned()]);
    let from = |text: &str| link(vec![source("a", &[], &[text])], &[], &broken).graph.nodes[0].broken_parents.clone();
    assert_eq!(from("r.example:5000/ns/b:1.0"), ["b"]);
    assert!(from("other.example/ns/b:1.0").is_empty());
    assert!(from("r.example:5000/ns/bb:1.0").is_empty());
}

#[test]
fn relations_are_checked_against_the_tree() {
    let mut b = source("b", &[], &[]);
    b.relations = vec![relation("a (>= 2.0)")];
    let links = link(vec![source("a", &[], &[]), b], &[], &HashSet::new());
    assert_eq!(links.warnings[0].code, "unsatisfied_relation");
    assert!(links.warnings[0].message.contains(">= 2.0"));
}

#[test]
fn selecting_by_glob_change_and_relatives() {
    let graph = chain();
    let glob = |text: &str| Selection { select: vec![Pattern::parse(text).unwrap()], ..Selection::default() };
    assert_eq!(select(&graph, &glob("*/b:*")).unwrap(), [false, true, false]);
    assert_eq!(select(&graph, &Selection { with_dependents: true, ..glob("*/b:*") }).unwrap(), [false, true, true]);
    assert_eq!(select(&graph, &Selection { with_dependencies: true, ..glob("*/b:*") }).unwrap(), [true, true, false]);
    let error = select(&graph, &glob("b")).unwrap_err().to_string();
    assert!(error.contains("\"*b:*\" would match"), "{error}");
    let changed = |paths: &[&str]| Selection { changed: Some(paths.iter().map(|p| (*p).to_owned()).collect()), ..Selection::default() };
    assert_eq!(select(&graph, &changed(&["images/c/sub/file", "README"])).unwrap(), [false, false, true]);
    assert_eq!(select(&graph, &changed(&[])).unwrap(), [false; 3]);
    let excluded = Selection { exclude: vec![Pattern::parse("*").unwrap()], ..Selection::default() };
    assert!(select(&graph, &excluded).is_err());
}
