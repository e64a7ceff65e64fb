//! Scalable vector graphics (<https://www.w3.org/TR/SVG11/>), drawn here: no other program is needed.

use super::layout::{HEIGHT, Layout, PADDING, Place, cells, layout, text_width};
use super::{Drawing, DrawnEdge, DrawnNode};
use crate::report::{clean, columns};
use std::fmt::Write as _;

/// More cannot be looked at as one picture.
const MOST_NODES: usize = 2_000;
/// Lines, likewise.
const MOST_EDGES: usize = 10_000;
/// Boxes, and places in columns that lines pass: bounds the time.
const MOST_CELLS: usize = 20_000;
/// Names are cut to as many columns; the tooltip has the whole reference.
const NAME: usize = 48;
/// Versions, likewise.
const VERSION: usize = 24;
/// Around everything.
const MARGIN: f64 = 20.0;
/// What the line with the counts takes.
const HEAD: f64 = 44.0;

/// A graph that makes no readable picture.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{nodes} images with {edges} edges are too much for one picture (at most {MOST_NODES} and {MOST_EDGES}, fewer where edges \
     pass many levels); narrow with --select and --with-dependents, or write --as dot or json"
)]
pub struct TooLarge {
    nodes: usize,
    edges: usize,
}

/// The drawing as a picture.
///
/// # Errors
/// When it is too large.
pub fn svg(drawing: &Drawing) -> Result<String, TooLarge> {
    let (nodes, edges) = (drawing.nodes.len(), drawing.edges.len());
    if nodes > MOST_NODES || edges > MOST_EDGES || cells(drawing) > MOST_CELLS {
        return Err(TooLarge { nodes, edges });
    }
    let labels: Vec<Label> = drawing.nodes.iter().map(Label::of).collect();
    let widths: Vec<f64> = labels.iter().map(Label::width).collect();
    let layout = layout(drawing, &widths);
    let legend = Legend::of(drawing);
    let width = layout.width.max(legend.width) + 2.0 * MARGIN;
    let height = layout.height + HEAD + 2.0 * MARGIN;
    let mut text = head(width, height, drawing);
    text.push_str(&legend.text);
    let below = MARGIN + HEAD;
    // Writing to a String cannot fail.
    let _ = writeln!(text, "<g transform=\"translate({MARGIN} {below})\">");
    lines(drawing, &layout, &mut text);
    let critical = drawing.critical_nodes();
    for (((node, label), place), is_critical) in drawing.nodes.iter().zip(&labels).zip(&layout.places).zip(critical) {
        draw_box(node, label, place, is_critical, &mut text);
    }
    text.push_str("</g>\n</svg>\n");
    Ok(text)
}

/// What stands in a box.
struct Label {
    name: String,
    version: String,
}

impl Label {
    fn of(node: &DrawnNode) -> Self {
        Self { name: columns::cut(&clean::line(&node.name), NAME), version: columns::cut(&clean::line(&node.version), VERSION) }
    }

    fn width(&self) -> f64 {
        text_width(&self.name) + text_width(" ") + text_width(&self.version) + 2.0 * PADDING
    }
}

fn head(width: f64, height: f64, drawing: &Drawing) -> String {
    let mut style = String::from(
        "text{font-family:ui-monospace,'DejaVu Sans Mono',Menlo,Consolas,monospace;font-size:13px;fill:#1f2328}\n\
         .v{fill:#57606a}\n.e{fill:none;stroke:#8c959f;stroke-width:1.2}\n.a{fill:#8c959f}\n\
         .c{stroke:#0550ae;stroke-width:2.2}\n.ca{fill:#0550ae}\n.b{fill:#f6f8fa;stroke:#6e7781}\n",
    );
    for presence in drawing.presences() {
        let (fill, line) = presence.colours();
        let _ = writeln!(style, ".{}{{fill:{fill};stroke:{line}}}", presence.word());
    }
    style.push_str(".b.c{stroke:#0550ae}\n");
    let marker = |id: &str, class: &str| {
        format!(
            "<marker id=\"{id}\" class=\"{class}\" viewBox=\"0 0 8 8\" refX=\"8\" refY=\"4\" markerWidth=\"8\" markerHeight=\"8\" \
             markerUnits=\"userSpaceOnUse\" orient=\"auto\"><path d=\"M0 0.5L8 4L0 7.5z\"/></marker>"
        )
    };
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width:.0}\" height=\"{height:.0}\" viewBox=\"0 0 {width:.0} {height:.0}\">\n\
         <title>{}</title>\n<style>\n{style}</style>\n<defs>{}{}</defs>\n<rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n",
        counts(drawing),
        marker("a", "a"),
        marker("ca", "ca"),
    )
}

fn counts(drawing: &Drawing) -> String {
    let plural = |count: usize, word: &str| format!("{count} {word}{}", if count == 1 { "" } else { "s" });
    format!("{}, {}", plural(drawing.nodes.len(), "image"), plural(drawing.edges.len(), "edge"))
}

/// The line above the picture that says what it shows.
struct Legend {
    text: String,
    width: f64,
}

impl Legend {
    fn of(drawing: &Drawing) -> Self {
        let mut legend = Self { text: String::new(), width: 0.0 };
        legend.words(&counts(drawing));
        if drawing.critical_path.len() > 1 {
            legend.line("e c", &format!("longest chain: {} images", drawing.critical_path.len()));
        }
        if drawing.edges.iter().any(|edge| !edge.control) {
            legend.line("e\" stroke-dasharray=\"6 4", "not in control");
        }
        if drawing.edges.iter().any(|edge| !edge.dockerfile) {
            legend.line("e\" stroke-dasharray=\"2 3", "only in control");
        }
        for presence in drawing.presences() {
            let _ = write!(
                legend.text,
                "<rect class=\"b {}\" x=\"{:.1}\" y=\"{MARGIN}\" width=\"18\" height=\"14\" rx=\"3\"/>",
                presence.word(),
                MARGIN + legend.width
            );
            legend.width += 24.0;
            legend.words(presence.word());
        }
        legend
    }

    fn line(&mut self, class: &str, words: &str) {
        let (from, y) = (MARGIN + self.width, MARGIN + 7.0);
        let _ = write!(self.text, "<path class=\"{class}\" d=\"M{from:.1} {y:.1}h28\"/>");
        self.width += 34.0;
        self.words(words);
    }

    fn words(&mut self, words: &str) {
        let _ = writeln!(self.text, "<text x=\"{:.1}\" y=\"{:.1}\">{}</text>", MARGIN + self.width, MARGIN + 12.0, escaped(words));
        self.width += text_width(words) + 28.0;
    }
}

/// The lines, those of the longest chain above the others.
fn lines(drawing: &Drawing, layout: &Layout, text: &mut String) {
    let name = |node: usize| escaped(&drawing.nodes[node].name);
    for wanted in [false, true] {
        for (edge, path) in drawing.edges.iter().zip(&layout.paths).filter(|(edge, _)| drawing.is_critical_edge(edge) == wanted) {
            let (class, marker) = if wanted { ("e c", "ca") } else { ("e", "a") };
            let title = format!("{} → {}{}", name(edge.parent), name(edge.child), told(edge));
            let dashes = dashes(edge);
            let _ =
                writeln!(text, "<path class=\"{class}\"{dashes} marker-end=\"url(#{marker})\" d=\"{path}\"><title>{title}</title></path>");
        }
    }
}

fn told(edge: &DrawnEdge) -> &'static str {
    match (edge.control, edge.dockerfile) {
        (true, true) => "",
        (true, false) => " (only in control)",
        (false, _) => " (not in control)",
    }
}

fn dashes(edge: &DrawnEdge) -> &'static str {
    match (edge.control, edge.dockerfile) {
        (true, true) => "",
        (true, false) => " stroke-dasharray=\"2 3\"",
        (false, _) => " stroke-dasharray=\"6 4\"",
    }
}

fn draw_box(node: &DrawnNode, label: &Label, place: &Place, is_critical: bool, text: &mut String) {
    let mut class = String::from("b");
    let mut title = clean::line(&node.reference);
    if let Some(presence) = node.presence {
        class = format!("b {}", presence.word());
        title = format!("{title} ({})", presence.word());
    }
    class.push_str(if is_critical { " c" } else { "" });
    let (x, y) = (place.x + PADDING, place.y + 4.5);
    let _ = writeln!(
        text,
        "<g><title>{}</title><rect class=\"{class}\" x=\"{:.1}\" y=\"{:.1}\" width=\"{:.1}\" height=\"{HEIGHT}\" rx=\"4\"/>{}{}</g>",
        escaped(&title),
        place.x,
        place.y - HEIGHT / 2.0,
        place.width,
        words("", &label.name, x, y),
        words(" class=\"v\"", &label.version, x + text_width(&label.name) + text_width(" "), y),
    );
}

/// Text that takes the room it was given, whatever font the reader has.
fn words(class: &str, text: &str, x: f64, y: f64) -> String {
    let length = text_width(text);
    format!("<text{class} x=\"{x:.1}\" y=\"{y:.1}\" textLength=\"{length:.1}\" lengthAdjust=\"spacingAndGlyphs\">{}</text>", escaped(text))
}

/// Text between tags and in double quotes. Control characters, which XML 1.0 cannot hold, are dropped.
fn escaped(text: &str) -> String {
    let clean: String = clean::line(text).chars().filter(|char| !matches!(char, '\u{fffe}' | '\u{ffff}')).collect();
    clean.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;").replace('\'', "&#39;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_in_names_stays_text() {
        assert_eq!(escaped("a<b>&\"c'\u{0}\nd"), "a&lt;b&gt;&amp;&quot;c&#39; d");
    }

    /// `count` nodes in rows of ten, each on two of the row before.
    fn drawing(count: usize) -> Drawing {
        let node = |at: usize| DrawnNode {
            name: format!("image-{at}"),
            version: "1.0".to_owned(),
            reference: format!("r.example/image-{at}:1.0"),
            level: at / 10,
            group: 0,
            presence: None,
        };
        let edge = |child: usize, parent: usize| DrawnEdge { parent, child, control: true, dockerfile: true };
        let edges = (10..count).flat_map(|at| [edge(at, at - 10), edge(at, (at / 10 - 1) * 10 + (at * 7) % 10)]).collect();
        Drawing { nodes: (0..count).map(node).collect(), edges, critical_path: Vec::new() }
    }

    #[test]
    fn boxes_never_overlap() {
        let drawing = drawing(150);
        let widths: Vec<f64> = drawing.nodes.iter().map(|node| Label::of(node).width()).collect();
        let layout = layout(&drawing, &widths);
        for (at, a) in layout.places.iter().enumerate() {
            assert!(a.y - HEIGHT / 2.0 > -0.01 && a.y + HEIGHT / 2.0 < layout.height + 0.01, "{a:?} in {}", layout.height);
            for b in &layout.places[at + 1..] {
                let beside = a.x + a.width < b.x || b.x + b.width < a.x;
                assert!(beside || (a.y - b.y).abs() > HEIGHT, "{a:?} {b:?}");
            }
        }
    }

    #[test]
    fn too_much_is_said_with_counts() {
        let error = svg(&drawing(2_001)).unwrap_err().to_string();
        assert!(error.contains("2001 images") && error.contains("--select"), "{error}");
    }
}
