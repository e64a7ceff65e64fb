//! How long linking and deciding take, which ask nobody anything: `cargo bench --bench plan`.
//! The time of one image must not grow with their number.

use cooperage::catalog::{Control, Relation};
use cooperage::dockerfile::{ExternalReference, Via};
use cooperage::name::{Digest, Pattern, Reference, Version};
use cooperage::plan::{EngineSide, Facts, Graph, Held, InputsLabel, PlanOptions, RegistrySide, Selection, Source, decide, link, select};
use divan::counter::ItemsCount;
use std::collections::HashSet;

/// How many definitions.
const SIZES: [usize; 4] = [125, 2_000, 10_000, 20_000];

fn main() {
    divan::main();
}

fn reference(at: usize) -> Reference {
    Reference::compose("registry.example.org:5000", "ci", &format!("image{at}"), "1.4.2-1-s3").expect("a reference")
}

/// One to three parents with smaller numbers, from both sources.
fn parents(at: usize) -> Vec<usize> {
    let mut parents: Vec<usize> = (2..=at % 3 + 2).map(|part| at / part).filter(|parent| *parent < at).collect();
    parents.dedup();
    parents
}

fn relations(parents: &[usize]) -> Vec<Relation> {
    let names: Vec<String> = parents.iter().map(|parent| format!("image{parent}")).collect();
    Control::parse(format!("Package: x\nBuild-Depends: {}\n", names.join(", ")).as_bytes()).expect("a control file").relations
}

fn sources(count: usize) -> Vec<Source> {
    let source = |at: usize| {
        let parents = parents(at);
        let used = |(at, parent): (usize, &usize)| ExternalReference {
            text: reference(*parent).to_string(),
            line: at + 1,
            via: if at == 0 { Via::From } else { Via::CopyFrom },
            resolved: true,
        };
        Source {
            name: format!("image{at}"),
            version: Version::new("1.4.2-1-s3"),
            path: format!("group{}/image{at}", at / 100),
            reference: reference(at),
            unreleased: false,
            yanked: None,
            relations: relations(&parents),
            uses: parents.iter().enumerate().map(used).collect(),
        }
    };
    (0..count).map(source).collect()
}

fn graph(count: usize) -> Graph {
    let links = link(sources(count), &[], &HashSet::new());
    assert!(links.defects.is_empty() && links.graph.nodes.len() == count, "the catalogue is sound");
    links.graph
}

/// Edges, cycles, order.
#[divan::bench(args = SIZES)]
fn link_definitions(bencher: divan::Bencher, count: usize) {
    let bencher = bencher.counter(ItemsCount::new(count)).with_inputs(|| sources(count));
    bencher.bench_local_values(|sources| link(sources, &[], &HashSet::new()));
}

/// What a first run finds: nothing is anywhere.
#[divan::bench(args = SIZES)]
fn decide_when_all_is_missing(bencher: divan::Bencher, count: usize) {
    decide_with(bencher, count, &vec![true; count], |_| Facts {
        registry: RegistrySide::Absent,
        engine: EngineSide::Absent,
        ..Facts::default()
    });
}

/// What most runs find.
#[divan::bench(args = SIZES)]
fn decide_when_all_is_published(bencher: divan::Bencher, count: usize) {
    decide_with(bencher, count, &vec![true; count], |_| Facts {
        registry: RegistrySide::Published(Digest::of(b"manifest")),
        engine: EngineSide::Held(Held { id: Digest::of(b"config"), label: InputsLabel::Same }),
        ..Facts::default()
    });
}

/// A chain of which only the last one is selected: every turn brings one more parent in, which is the most turns there can be.
#[divan::bench(args = [125, 1_000])]
fn decide_down_a_chain(bencher: divan::Bencher, count: usize) {
    let chained = sources(count).into_iter().enumerate().map(|(at, source)| Source {
        relations: if at == 0 { Vec::new() } else { relations(&[at - 1]) },
        uses: Vec::new(),
        ..source
    });
    let graph = link(chained.collect(), &[], &HashSet::new()).graph;
    let last = graph.find(&format!("image{}", count - 1)).expect("the last one");
    let selected: Vec<bool> = (0..count).map(|node| node == last).collect();
    let facts = vec![Facts { registry: RegistrySide::Absent, engine: EngineSide::Absent, ..Facts::default() }; count];
    let options = PlanOptions { publishing: true, ..PlanOptions::default() };
    bencher.counter(ItemsCount::new(count)).bench_local(|| decide(&graph, &selected, &facts, &options).expect("clear answers"));
}

fn decide_with(bencher: divan::Bencher, count: usize, selected: &[bool], fact: impl Fn(usize) -> Facts) {
    let graph = graph(count);
    let facts: Vec<Facts> = (0..count).map(fact).collect();
    let options = PlanOptions { publishing: true, ..PlanOptions::default() };
    bencher.counter(ItemsCount::new(count)).bench_local(|| decide(&graph, selected, &facts, &options).expect("clear answers"));
}

/// `--select` with a pattern, and everything that needs what it chose.
#[divan::bench(args = SIZES)]
fn select_with_dependents(bencher: divan::Bencher, count: usize) {
    let graph = graph(count);
    let pattern = Pattern::parse("*/image1[0-9]*:*").expect("a pattern");
    let selection = Selection { select: vec![pattern], with_dependents: true, ..Selection::default() };
    bencher.counter(ItemsCount::new(count)).bench_local(|| select(&graph, &selection).expect("some match"));
}
