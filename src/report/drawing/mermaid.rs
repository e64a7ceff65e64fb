//! Mermaid's flowcharts (<https://mermaid.js.org/syntax/flowchart.html>), which code forges draw in Markdown.

use super::{Drawing, DrawnEdge, Presence};
use crate::report::clean;
use std::fmt::Write as _;

/// As many edges as Mermaid draws unless its `maxEdges` says otherwise.
pub const MOST_EDGES: usize = 500;

/// The drawing as a flowchart, nodes and edges in their order.
pub fn mermaid(drawing: &Drawing) -> String {
    let mut text = String::from("flowchart LR\n");
    for (at, node) in drawing.nodes.iter().enumerate() {
        let class = node.presence.map(|presence| format!(":::{}", presence.word())).unwrap_or_default();
        // Writing to a String cannot fail.
        let _ = writeln!(text, "  n{at}[\"{}<br>{}\"]{class}", quoted(&node.name), quoted(&node.version));
    }
    for edge in &drawing.edges {
        let _ = writeln!(text, "  n{} {} n{}", edge.parent, arrow(edge, drawing.is_critical_edge(edge)), edge.child);
    }
    for presence in drawing.presences() {
        text.push_str(&class(presence));
    }
    text
}

fn arrow(edge: &DrawnEdge, is_critical: bool) -> &'static str {
    match (is_critical, edge.control && edge.dockerfile) {
        (true, _) => "==>",
        (false, true) => "-->",
        (false, false) => "-.->",
    }
}

fn class(presence: Presence) -> String {
    let (fill, line) = presence.colours();
    format!("  classDef {} fill:{fill},stroke:{line},color:#1f2328\n", presence.word())
}

/// Text between double quotes: Mermaid's entity codes are numbers between `#` and `;`, and it reads HTML tags.
fn quoted(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len());
    for char in clean::line(text).chars() {
        match char {
            '"' | '#' | '&' | '<' | '>' | '`' | ';' | '\\' => {
                let _ = write!(quoted, "#{};", u32::from(char));
            }
            char => quoted.push(char),
        }
    }
    quoted
}

#[cfg(test)]
mod tests {
    #[test]
    fn what_mermaid_reads_becomes_a_number() {
        assert_eq!(super::quoted("a\"b<i>#;\n`"), "a#34;b#60;i#62;#35;#59; #96;");
    }
}
