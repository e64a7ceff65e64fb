//! Definitions that need each other in a circle.

use super::{Edge, Node};
use crate::catalog::Defect;
use petgraph::algo::tarjan_scc;
use petgraph::graph::{DiGraph, NodeIndex};
use std::collections::{HashMap, HashSet};

/// One defect a cycle, and the nodes that lie on one, each with the node that the defect names.
pub fn cycles(nodes: &[Node]) -> (Vec<Defect>, HashMap<usize, usize>) {
    let mut graph: DiGraph<(), ()> = DiGraph::with_capacity(nodes.len(), nodes.len());
    for _ in nodes {
        graph.add_node(());
    }
    for (child, node) in nodes.iter().enumerate() {
        for edge in &node.parents {
            graph.add_edge(NodeIndex::new(child), NodeIndex::new(edge.parent), ());
        }
    }
    let mut defects = Vec::new();
    let mut cyclic = HashMap::new();
    for component in tarjan_scc(&graph) {
        let members: HashSet<usize> = component.iter().map(|index| index.index()).collect();
        let loops_on_itself = |at: usize| nodes[at].parents.iter().any(|edge| edge.parent == at);
        if members.len() == 1 && !members.iter().any(|&at| loops_on_itself(at)) {
            continue;
        }
        let (defect, first) = cycle_defect(nodes, &members);
        defects.push(defect);
        cyclic.extend(members.into_iter().map(|member| (member, first)));
    }
    defects.sort_by(|a, b| a.message.cmp(&b.message));
    (defects, cyclic)
}

fn cycle_defect(nodes: &[Node], members: &HashSet<usize>) -> (Defect, usize) {
    let mut at = members.iter().copied().min().unwrap_or_default();
    let mut path = vec![at];
    // Every member of a strongly connected component has a parent in it, so the walk meets itself.
    while let Some(next) = nodes[at].parents.iter().map(|edge| edge.parent).find(|parent| members.contains(parent)) {
        if let Some(start) = path.iter().position(|&seen| seen == next) {
            path.drain(..start);
            path.push(next);
            break;
        }
        path.push(next);
        at = next;
    }
    let names: Vec<&str> = path.iter().map(|&at| nodes[at].name.as_str()).collect();
    let first = &nodes[path[0]];
    let edge = first.parents.iter().find(|edge| Some(&edge.parent) == path.get(1));
    let (file, line) = match edge {
        Some(Edge { control: Some(line), .. }) => ("control", Some(*line)),
        Some(Edge { dockerfile: line, .. }) => ("Dockerfile", *line),
        None => ("control", None),
    };
    let defect = Defect::error("cycle", format!("definitions need each other in a circle: {}", names.join(" -> ")))
        .at(if first.path == "." { file.to_owned() } else { format!("{}/{file}", first.path) })
        .of(&first.name)
        .help("remove one of these needs from control or from the Dockerfile");
    (Defect { line, ..defect }, path[0])
}
