//! Nodes without those on cycles, parents before children.

use super::{Edge, Graph, Node};
use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};

/// Drops cyclic nodes, numbers the rest anew and orders them. What needs a dropped one is marked.
pub(super) fn without(nodes: Vec<Node>, cyclic: &HashMap<usize, usize>) -> Graph {
    let mut renumbered = HashMap::new();
    let names: Vec<String> = nodes.iter().map(|node| node.name.clone()).collect();
    let mut kept: Vec<Node> = Vec::with_capacity(nodes.len());
    for (old, node) in nodes.into_iter().enumerate() {
        if !cyclic.contains_key(&old) {
            renumbered.insert(old, kept.len());
            kept.push(node);
        }
    }
    for node in &mut kept {
        let (sound, broken): (Vec<Edge>, Vec<Edge>) = node.parents.drain(..).partition(|edge| !cyclic.contains_key(&edge.parent));
        node.broken_parents.extend(broken.iter().map(|edge| names[cyclic[&edge.parent]].clone()));
        node.parents = sound.into_iter().map(|edge| Edge { parent: renumbered[&edge.parent], ..edge }).collect();
    }
    for child in 0..kept.len() {
        for at in 0..kept[child].parents.len() {
            let parent = kept[child].parents[at].parent;
            kept[parent].children.push(child);
        }
    }
    let order = topological(&kept);
    Graph { nodes: kept, order }
}

/// Parents before children, then by name (nodes are sorted by name).
fn topological(nodes: &[Node]) -> Vec<usize> {
    let mut waiting: Vec<usize> = nodes.iter().map(|node| node.parents.len()).collect();
    let mut ready: BinaryHeap<Reverse<usize>> = (0..nodes.len()).filter(|&at| waiting[at] == 0).map(Reverse).collect();
    let mut order = Vec::with_capacity(nodes.len());
    while let Some(Reverse(at)) = ready.pop() {
        order.push(at);
        for &child in &nodes[at].children {
            waiting[child] -= 1;
            if waiting[child] == 0 {
                ready.push(Reverse(child));
            }
        }
    }
    order
}
