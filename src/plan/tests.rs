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
    Facts { registry, engine, ..Facts::default() }
}

fn missing() -> Facts {
    facts(RegistrySide::Absent, EngineSide::Absent)
}

fn publishing() -> PlanOptions {
    PlanOptions { publishing: true, ..PlanOptions::default() }
}

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
    assert_eq!(decided(&all, &[missing(), missing(), missing()], &publishing()), expected);
}

#[test]
fn a_missing_parent_is_brought_along_a_published_one_is_not() {
    let only_c = [false, false, true];
    let facts = [facts(published(), EngineSide::Absent), missing(), missing()];
    assert_eq!(decided(&only_c, &facts, &publishing()), [row("b", "build", "needed_by_child", true), row("c", "build", "missing", true)]);
}

#[test]
fn the_engines_copy_is_published_unless_its_inputs_differ() {
    let all = [true; 3];
    let here = |label| facts(RegistrySide::Absent, held(label));
    let same = [facts(published(), held(InputsLabel::NotCompared)), here(InputsLabel::Same), here(InputsLabel::Missing)];
    assert_eq!(
        decided(&all, &same, &publishing()),
        [row("a", "skip", "published", false), row("b", "publish", "not_published", true), row("c", "publish", "not_published", true)]
    );
    let differs = [facts(published(), EngineSide::Absent), here(InputsLabel::Differs), here(InputsLabel::Same)];
    assert_eq!(
        decided(&all, &differs, &publishing()),
        [row("a", "skip", "published", false), row("b", "build", "inputs_changed", true), row("c", "build", "inputs_changed", true)]
    );
}

#[test]
fn a_copy_without_label_is_noted() {
    let graph = chain();
    let facts = [facts(RegistrySide::Absent, held(InputsLabel::Missing)), missing(), missing()];
    let plan = decide(&graph, &[true, false, false], &facts, &publishing()).unwrap();
    assert_eq!(plan.notes.len(), 1);
    assert_eq!((plan.notes[0].node, plan.notes[0].code), (0, "no_inputs_label"));
}

#[test]
fn a_copy_is_not_rebuilt_for_a_parent_that_takes_no_part() {
    let only_b = [false, true, false];
    let facts = [missing(), facts(RegistrySide::Absent, held(InputsLabel::Same)), missing()];
    assert_eq!(decided(&only_b, &facts, &publishing()), [row("b", "publish", "not_published", true)]);
}

#[test]
fn without_publishing_the_copy_is_tested() {
    let options = PlanOptions::default();
    let facts = [facts(RegistrySide::NotAsked, held(InputsLabel::Same)), missing(), missing()];
    assert_eq!(decided(&[true, false, false], &facts, &options), [row("a", "test", "not_published", false)]);
}

#[test]
fn no_pull_builds_what_is_published_and_never_pushes_over_it() {
    let options = PlanOptions { no_pull: true, ..publishing() };
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
    let options = PlanOptions { stamp: Some(Stamp::nightly(at)), ..publishing() };
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
    assert!(decide(&chain(), &[false, false, true], &facts, &publishing()).is_err());
    let facts = [missing(), missing(), facts[0].clone()];
    assert!(decide(&chain(), &[true, false, false], &facts, &publishing()).is_ok());
}

#[test]
fn a_cause_that_differs_only_in_the_reference_is_told_once() {
    let of = |reference: &str, why: &str| (reference.to_owned(), format!("r.example refuses {reference}: {why}"));
    let unclear = Unclear(vec![of("r.example/a:1", "401"), of("r.example/b:1", "401"), of("r.example/c:1", "503")]);
    let told = "r.example/a:1, r.example/b:1: r.example refuses r.example/a:1: 401\nr.example/c:1: r.example refuses r.example/c:1: 503";
    assert_eq!(unclear.to_string(), told);
}

#[test]
fn names_of_other_destinations_do_not_make_other_causes() {
    let of = |name: &str| (format!("r.example/{name}:1"), format!("q.example refuses q.example/all:x_{name}_1: 401 at /etc/auth.json"));
    let unclear = Unclear(vec![of("a"), of("b"), ("r.example/c:1".to_owned(), "the engine is away".to_owned())]);
    let causes = unclear.causes();
    let told: Vec<_> = causes.iter().map(|cause| (cause.references.len(), cause.is_common)).collect();
    assert_eq!(told, [(2, false), (1, true)], "{causes:?}");
}

#[test]
fn unreleased_is_built_and_tested_and_never_pushed() {
    let mut a = source("a", &[], &[]);
    a.unreleased = true;
    let graph = link(vec![a], &[], &HashSet::new()).graph;
    let plan = decide(&graph, &[true], &[missing()], &publishing()).unwrap();
    assert_eq!((plan.images[0].action, plan.images[0].push), (Action::Build, false));
    let plan = decide(&graph, &[true], &[facts(RegistrySide::Absent, held(InputsLabel::Same))], &publishing()).unwrap();
    assert_eq!((plan.images[0].action, plan.images[0].reason.code()), (Action::Test, "unreleased"));
}

#[test]
fn what_stands_on_an_unreleased_image_is_not_pushed_either() {
    let mut a = source("a", &[], &[]);
    a.unreleased = true;
    let graph = link(vec![a, source("b", &["a"], &[]), source("c", &["b"], &[])], &[], &HashSet::new()).graph;
    let plan = decide(&graph, &[true; 3], &[missing(), missing(), missing()], &publishing()).unwrap();
    assert!(plan.images.iter().all(|image| !image.push));
    assert!(plan.images[2].reason.text().contains("needs a, which is UNRELEASED"), "{}", plan.images[2].reason.text());
    let released_before = [facts(published(), EngineSide::Absent), missing(), missing()];
    let plan = decide(&graph, &[true; 3], &released_before, &publishing()).unwrap();
    assert_eq!(plan.images.iter().map(|image| image.push).collect::<Vec<_>>(), [false, true, true]);
}

#[test]
fn a_label_skips_an_image_and_what_needs_it() {
    let options = PlanOptions { skip: HashSet::from(["b".to_owned()]), ..publishing() };
    let facts = [missing(), missing(), missing()];
    let expected = [row("a", "build", "missing", true), row("b", "skip", "skip_label", false), row("c", "skip", "skip_label", false)];
    assert_eq!(decided(&[true; 3], &facts, &options), expected);
    assert_eq!(decided(&[false, false, true], &facts, &options), [row("c", "skip", "skip_label", false)]);
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
    assert_eq!(graph.nodes[1].parents, [Edge { parent: 0, control: Some(2), dockerfile: Some(1), names: Vec::new() }]);
    assert_eq!(graph.nodes[2].parents, [Edge { parent: 1, control: None, dockerfile: Some(1), names: Vec::new() }]);
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

/// `a` above `b` above `c`, `d` on `a` and `x`; all have version 1.0.
fn family() -> Graph {
    let sources = vec![
        source("a", &[], &[]),
        source("b", &["a"], &[]),
        source("c", &[], &["r.example:5000/ns/b:1.0"]),
        source("d", &["x", "a"], &[]),
        source("x", &[], &[]),
    ];
    link(sources, &[], &HashSet::new()).graph
}

fn request(graph: &Graph, name: &str, excluded: &[&str], versioning: Versioning) -> UpdateRequest {
    UpdateRequest {
        requested: requested(graph, name, []).unwrap(),
        excluded: graph.nodes.iter().map(|node| excluded.contains(&node.name.as_str())).collect(),
        versioning,
        identifier: "s".to_owned(),
    }
}

/// `name from→to cause` of each change.
fn changes(graph: &Graph, request: &UpdateRequest) -> Vec<String> {
    let name = |node: usize| graph.nodes[node].name.as_str();
    let shown = |change: &Change| {
        let cause = match change.cause {
            Cause::Requested => "requested",
            Cause::Parent(parent) => name(parent),
        };
        format!("{} {}→{} {cause}", name(change.node), change.from, change.to)
    };
    update(graph, request, &|_, _| false).unwrap().changes.iter().map(shown).collect()
}

#[test]
fn update_reaches_everything_above_and_names_the_requested_cause() {
    let graph = family();
    let all = changes(&graph, &request(&graph, "a", &[], Versioning::CountUp));
    assert_eq!(all, ["a 1.0→1.0-s1 requested", "b 1.0→1.0-s1 a", "c 1.0→1.0-s1 a", "d 1.0→1.0-s1 a"]);
    let some = changes(&graph, &request(&graph, "[bx]", &[], Versioning::Exactly(Version::new("2.0"))));
    assert_eq!(some, ["b 1.0→2.0 requested", "c 1.0→1.0-s1 b", "d 1.0→1.0-s1 x", "x 1.0→2.0 requested"]);
    let dated = changes(&graph, &request(&graph, "b", &[], Versioning::Dated(jiff::civil::date(2026, 8, 16))));
    assert_eq!(dated, ["b 1.0→1.0-20260816 requested", "c 1.0→1.0-20260816 b"]);
    let bumped = changes(&graph, &request(&graph, "b", &[], Versioning::Bump(crate::name::Bump::Minor)));
    assert_eq!(bumped, ["b 1.0→1.1 requested", "c 1.0→1.0-s1 b"]);
}

#[test]
fn nothing_follows_from_what_update_excludes() {
    let graph = family();
    assert_eq!(changes(&graph, &request(&graph, "a", &["b"], Versioning::CountUp)), ["a 1.0→1.0-s1 requested", "d 1.0→1.0-s1 a"]);
}

#[test]
fn update_takes_names_as_they_are() {
    let graph = family();
    for (name, near) in [("aa", "a"), ("ns/a", ""), ("*z", ""), ("a:1.0", "a"), ("[", "")] {
        let error = requested(&graph, name, []).unwrap_err();
        assert!(error.to_string().contains(&format!("\"{name}\"")), "{error}");
        assert!(matches!(&error, UpdateError::Unknown { near: found, .. } if found.join(" ").contains(near)), "{error:?}");
    }
    let both = requested(&graph, "[bx]", []).unwrap();
    assert!(check_one_version(&graph, "[bx]", &both).unwrap_err().to_string().ends_with("2 definitions: b, x"));
}

#[test]
fn update_refuses_every_version_that_cannot_be() {
    let graph = family();
    for bad in ["", " ", "1.0~rc1", "1:2", "1+b", "a b", "1.0", &"9".repeat(129)] {
        let refused = update(&graph, &request(&graph, "b", &[], Versioning::Exactly(Version::new(bad))), &|_, _| false).unwrap_err();
        assert_eq!(
            (refused.len(), refused[0].code, refused[0].path.as_deref()),
            (1, "version_refused", Some("images/b/changelog")),
            "{bad}"
        );
    }
    let used = |node: usize, version: &Version| graph.nodes[node].name == "c" && version.as_str() == "1.0-s1";
    let refused = update(&graph, &request(&graph, "a", &[], Versioning::CountUp), &used).unwrap_err();
    assert!(refused.len() == 1 && refused[0].message.contains("c cannot get the version 1.0-s1"), "{refused:?}");
    let back = update(&graph, &request(&graph, "b", &[], Versioning::Exactly(Version::new("0.9"))), &|_, _| false).unwrap();
    assert_eq!(back.warnings.iter().map(|warning| warning.code).collect::<Vec<_>>(), ["version_goes_back"]);
}

fn standing(destination: usize, side: RegistrySide) -> Standing {
    Standing { destination, name: format!("d{destination}"), location: format!("h{destination}.example/x:1"), side }
}

/// What two destinations say of a node that the engine does not hold.
fn at_two(one: RegistrySide, other: RegistrySide) -> Facts {
    let standings = vec![standing(0, one), standing(1, other)];
    Facts { registry: RegistrySide::together(&standings), engine: EngineSide::Absent, standings, ..Facts::default() }
}

#[test]
fn several_destinations_speak_with_one_voice_or_none() {
    let unknown = || RegistrySide::Unknown("down".to_owned());
    let together = |one, other| at_two(one, other).registry;
    assert_eq!(together(published(), published()), published());
    assert_eq!(together(published(), RegistrySide::Absent), published());
    assert_eq!(together(RegistrySide::Absent, RegistrySide::Absent), RegistrySide::Absent);
    assert_eq!(together(published(), unknown()), unknown());
    assert_eq!(together(unknown(), RegistrySide::Absent), unknown());
    assert_eq!(RegistrySide::together(&[]), RegistrySide::NotAsked);
    let RegistrySide::Unknown(told) = together(published(), RegistrySide::Published(Digest::of(b"q"))) else { panic!("two digests") };
    for part in ["h0.example/x:1 at d0", "h1.example/x:1 at d1", Digest::of(b"p").as_str(), Digest::of(b"q").as_str()] {
        assert!(told.contains(part), "{told}");
    }
}

#[test]
fn what_some_destinations_lack_is_copied_and_never_built() {
    let partial = || at_two(published(), RegistrySide::Absent);
    let all = [true; 3];
    // A parent that is built would have its child built, too; not one that is published somewhere.
    let rows = decided(&all, &[missing(), partial(), missing()], &publishing());
    assert_eq!(rows, [row("a", "build", "missing", true), row("b", "publish", "partial", false), row("c", "build", "missing", true)]);
    assert_eq!(
        decided(&[false, true, false], &[missing(), partial(), missing()], &PlanOptions::default()),
        [row("b", "skip", "published", false)]
    );
    assert_eq!(decided(&[false, false, true], &[missing(), partial(), missing()], &publishing()), [row("c", "build", "missing", true)]);
    let whole = at_two(published(), published());
    assert_eq!((whole.lacking().len(), partial().lacking()[0].name.as_str()), (0, "d1"));
}

#[test]
fn what_no_destination_takes_is_tested_and_stays() {
    let facts = Facts { nowhere: true, ..facts(RegistrySide::NotAsked, held(InputsLabel::Same)) };
    assert_eq!(decided(&[true, false, false], &[facts, missing(), missing()], &publishing()), [row("a", "test", "not_published", false)]);
    let absent = Facts { nowhere: true, ..self::facts(RegistrySide::NotAsked, EngineSide::Absent) };
    assert_eq!(decided(&[true, false, false], &[absent, missing(), missing()], &publishing()), [row("a", "build", "missing", false)]);
}

#[test]
fn other_names_are_edges() {
    let text = "proxy.example/one:ns_a_1.0";
    let others = OtherNames::from([
        (Reference::parse(text).unwrap(), "a".to_owned()),
        (Reference::parse("docker.io/library/broken:1").unwrap(), "broken".to_owned()),
        (Reference::parse("r.example:5000/ns/a:1.0").unwrap(), "a".to_owned()),
    ]);
    let broken = HashSet::from(["broken".to_owned()]);
    let sources = vec![source("a", &[], &[]), source("b", &["a"], &[text, "r.example:5000/ns/a:1.0"]), source("c", &[], &["broken:1"])];
    let links = link_with_names(sources, &[], &broken, &others);
    let graph = links.graph;
    let edge = Edge { parent: 0, control: Some(2), dockerfile: Some(1), names: vec![Reference::parse(text).unwrap()] };
    assert_eq!((&graph.nodes[1].parents, &graph.nodes[1].bases), (&vec![edge], &Vec::new()));
    assert_eq!(graph.nodes[2].broken_parents, ["broken"]);
}
