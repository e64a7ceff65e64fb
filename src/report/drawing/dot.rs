//! Graphviz's language (<https://graphviz.org/doc/info/lang.html>).

use super::{Drawing, DrawnEdge};
use crate::report::clean;
use std::fmt::Write as _;

/// The drawing in DOT, nodes and edges in their order.
pub fn dot(drawing: &Drawing) -> String {
    let mut text = String::from("digraph cooperage {\n  rankdir=LR;\n  node [shape=box, fontname=\"monospace\"];\n");
    let critical = drawing.critical_nodes();
    for (node, is_critical) in drawing.nodes.iter().zip(critical) {
        // Only the label knows escapes such as \n; Graphviz reads it after the string itself.
        let label = format!("{}\\n{}", quoted(&node.name), quoted(&node.version));
        let mut more = format!(", tooltip=\"{}\"", quoted(&node.reference));
        if let Some(presence) = node.presence {
            let (fill, line) = presence.colours();
            // Writing to a String cannot fail.
            let _ = write!(more, ", style=filled, fillcolor=\"{fill}\", color=\"{line}\", class=\"{}\"", presence.word());
        }
        more.push_str(if is_critical { ", penwidth=2" } else { "" });
        let _ = writeln!(text, "  \"{}\" [label=\"{label}\"{more}];", quoted(&node.name));
    }
    for edge in &drawing.edges {
        let names = [edge.parent, edge.child].map(|node| quoted(&drawing.nodes[node].name));
        let _ = writeln!(text, "  \"{}\" -> \"{}\"{};", names[0], names[1], look(edge, drawing.is_critical_edge(edge)));
    }
    text.push_str("}\n");
    text
}

fn look(edge: &DrawnEdge, is_critical: bool) -> String {
    let style = match (edge.control, edge.dockerfile) {
        (false, _) => Some("style=dashed"),
        (true, false) => Some("style=dotted"),
        (true, true) => None,
    };
    let parts: Vec<&str> = style.into_iter().chain(is_critical.then_some("penwidth=2")).collect();
    if parts.is_empty() { String::new() } else { format!(" [{}]", parts.join(", ")) }
}

/// Text between double quotes. In labels a backslash begins an escape, so it is doubled.
fn quoted(text: &str) -> String {
    clean::line(text).replace('\\', "\\\\").replace('"', "\\\"")
}

#[cfg(test)]
mod tests {
    #[test]
    fn quotes_backslashes_and_line_ends_stay_inside() {
        assert_eq!(super::quoted("a\"b\\c\nd\u{1b}[2J"), "a\\\"b\\\\c d");
    }
}
