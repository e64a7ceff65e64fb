//! Levels, chains, groups and jobs on small graphs.

use super::*;
use crate::name::{Reference, Version};
use std::collections::HashSet;

/// A graph of `name: parents…`.
fn graph(lines: &[(&str, &[&str])]) -> Graph {
    let source = |&(name, parents): &(&str, &[&str])| Source {
        name: name.to_owned(),
        version: Version::new("1"),
        path: name.to_owned(),
        reference: Reference::compose("r.example", "", name, "1").unwrap(),
        unreleased: false,
        relations: if parents.is_empty() {
            Vec::new()
        } else {
            crate::catalog::Control::parse(format!("Source: x\nDepends: {}\n", parents.join(", ")).as_bytes()).unwrap().relations
        },
        uses: Vec::new(),
    };
    link(lines.iter().map(source).collect(), &[], &HashSet::new()).graph
}

fn names<'a>(graph: &'a Graph, nodes: &[usize]) -> Vec<&'a str> {
    nodes.iter().map(|&node| graph.nodes[node].name.as_str()).collect()
}

/// a ← b ← d ← e, a ← c ← e, f alone, g ← h.
fn sample() -> Graph {
    graph(&[("a", &[]), ("b", &["a"]), ("c", &["a"]), ("d", &["b"]), ("e", &["c", "d"]), ("f", &[]), ("g", &[]), ("h", &["g"])])
}

#[test]
fn levels_count_the_longest_way_down() {
    assert_eq!(sample().levels(&[true; 8]), [0, 1, 1, 2, 3, 0, 0, 1]);
    let without_b = [true, false, true, true, true, true, true, true];
    assert_eq!(sample().levels(&without_b), [0, 0, 1, 0, 2, 0, 0, 1]);
}

#[test]
fn the_critical_path_is_the_longest_chain_parents_first() {
    let graph = sample();
    assert_eq!(names(&graph, &graph.critical_path(&[true; 8])), ["a", "b", "d", "e"]);
    let without_d = [true, true, true, false, true, true, true, true];
    assert_eq!(names(&graph, &graph.critical_path(&without_d)), ["a", "c", "e"]);
    assert!(graph.critical_path(&[false; 8]).is_empty());
}

#[test]
fn groups_hang_together_through_marked_nodes_only() {
    let graph = sample();
    let groups: Vec<Vec<&str>> = graph.groups(&[true; 8]).iter().map(|group| names(&graph, group)).collect();
    assert_eq!(groups, [vec!["a", "b", "c", "d", "e"], vec!["f"], vec!["g", "h"]]);
    let without_a_and_e = [false, true, true, true, false, false, false, true];
    let groups: Vec<Vec<&str>> = graph.groups(&without_a_and_e).iter().map(|group| names(&graph, group)).collect();
    assert_eq!(groups, [vec!["b", "d"], vec!["c"], vec!["h"]]);
}

/// `level: images < needs` of every job.
fn shown(graph: &Graph, per: Per, most: Option<usize>) -> Vec<String> {
    let missing = Facts { registry: RegistrySide::Absent, engine: EngineSide::Absent, ..Facts::default() };
    let mut facts = vec![missing; graph.nodes.len()];
    // Nothing is to be done for f.
    facts[5].registry = RegistrySide::Published(crate::name::Digest::of(b"f"));
    let plan = decide(graph, &vec![true; graph.nodes.len()], &facts, &PlanOptions::default()).unwrap();
    let job = |job: &Job| {
        let images: Vec<usize> = job.images.iter().map(|&place| plan.images[place].node).collect();
        format!("{}: {} < {:?}", job.level, names(graph, &images).join(" "), job.needs)
    };
    jobs(graph, &plan, per, most).iter().map(job).collect()
}

#[test]
fn one_job_a_group_or_an_image_and_none_without_work() {
    let graph = sample();
    assert_eq!(shown(&graph, Per::Group, None), ["0: a b c d e < []", "0: g h < []"]);
    let single = ["0: a < []", "0: g < []", "1: b < [0]", "1: c < [0]", "1: h < [1]", "2: d < [2]", "3: e < [3, 5]"];
    assert_eq!(shown(&graph, Per::Image, None), single);
}

#[test]
fn jobs_of_a_level_are_put_together_where_there_may_not_be_more() {
    let graph = sample();
    assert_eq!(shown(&graph, Per::Group, Some(1)), ["0: a b c d e g h < []"]);
    assert_eq!(
        shown(&graph, Per::Image, Some(2)),
        ["0: a < []", "0: g < []", "1: b h < [0, 1]", "1: c < [0]", "2: d < [2]", "3: e < [3, 4]"]
    );
}
