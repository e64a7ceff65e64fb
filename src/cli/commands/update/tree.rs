//! What an update changes, as a tree: children below their parents, each once.

use crate::plan::{Change, Graph};
use crate::report::{Paint, Screen};
use std::collections::{HashMap, HashSet};
use std::fmt::Write as _;

/// Deeper levels are not set in further: a chain of thousands would fill the screen with blanks.
const DEEPEST: usize = 30;

/// One line a change: `name  old → new`, below the first changed parent.
pub fn tree(graph: &Graph, changes: &[Change], screen: &Screen) -> String {
    let by_node: HashMap<usize, &Change> = changes.iter().map(|change| (change.node, change)).collect();
    let is_root = |node: usize| !graph.nodes[node].parents.iter().any(|edge| by_node.contains_key(&edge.parent));
    let mut waiting: Vec<(usize, usize)> = changes.iter().rev().map(|change| (change.node, 0)).filter(|(node, _)| is_root(*node)).collect();
    let (mut seen, mut shown) = (HashSet::new(), String::new());
    while let Some((node, level)) = waiting.pop() {
        let Some(change) = by_node.get(&node).filter(|_| seen.insert(node)) else { continue };
        let name = Paint::Strong.on(screen, &graph.nodes[node].name);
        let to = Paint::Good.on(screen, change.to.as_str());
        // Writing to a String cannot fail.
        let _ = writeln!(shown, "{}{name}  {} → {to}", "  ".repeat(level.min(DEEPEST)), change.from);
        waiting.extend(graph.nodes[node].children.iter().rev().map(|&child| (child, level + 1)));
    }
    shown
}
