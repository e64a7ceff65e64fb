//! Where boxes and lines go: levels are columns from left to right, groups stand below each other, images that
//! nothing joins fill rows at the end. Lengths are in pixels.

use super::Drawing;
use super::order::{Cell, order};
use super::place::place;
use crate::report::columns;
use std::fmt::Write as _;

/// The height of a box.
pub const HEIGHT: f64 = 24.0;
/// The advance of a character: 0.6 em of 13 px, as monospaced fonts have.
pub const ADVANCE: f64 = 7.8;
/// Between the frame of a box and its text.
pub const PADDING: f64 = 8.0;
/// Between boxes above each other.
const GAP: f64 = 10.0;
/// What a line that passes a column takes there.
const LANE: f64 = 10.0;
/// Between columns, at least and at most.
const BETWEEN: (f64, f64) = (56.0, 200.0);
/// Between groups.
const BELOW: f64 = 26.0;
/// Rows of images that nothing joins are at least this wide.
const ROW: f64 = 900.0;

/// A box: its left edge, its middle, its width.
#[derive(Clone, Copy, Debug, Default)]
pub struct Place {
    /// The left edge.
    pub x: f64,
    /// The middle.
    pub y: f64,
    /// The width.
    pub width: f64,
}

/// A drawing with places.
#[derive(Clone, Debug, Default)]
pub struct Layout {
    /// Of every node.
    pub places: Vec<Place>,
    /// Of every edge, as SVG path data.
    pub paths: Vec<String>,
    /// The right end of all.
    pub width: f64,
    /// The lower end of all.
    pub height: f64,
}

/// The cells of one group.
struct Group {
    cells: Vec<Cell>,
    columns: Vec<Vec<usize>>,
    /// For every node of the drawing, its own cell and the cells in which lines to its children pass the columns
    /// to the right of it: all its children share them.
    chains: Vec<Vec<usize>>,
    /// For every cell, its node; none for a passing line.
    nodes: Vec<Option<usize>>,
}

/// As many cells as drawing the lines takes: one a box, and one for each column that lines of a box pass.
pub fn cells(drawing: &Drawing) -> usize {
    reaches(drawing).into_iter().zip(&drawing.nodes).map(|(reach, node)| reach.saturating_sub(node.level).max(1)).sum()
}

/// The column of the farthest child of each node; its own where it has none.
fn reaches(drawing: &Drawing) -> Vec<usize> {
    let mut reaches: Vec<usize> = drawing.nodes.iter().map(|node| node.level).collect();
    for edge in &drawing.edges {
        reaches[edge.parent] = reaches[edge.parent].max(drawing.nodes[edge.child].level);
    }
    reaches
}

/// Lays the drawing out, with the widths of the boxes.
pub fn layout(drawing: &Drawing, widths: &[f64]) -> Layout {
    let mut groups: Vec<Vec<usize>> = Vec::new();
    for (node, drawn) in drawing.nodes.iter().enumerate() {
        groups.resize(groups.len().max(drawn.group + 1), Vec::new());
        groups[drawn.group].push(node);
    }
    groups.sort_by_key(|group| std::cmp::Reverse(group.len()));
    let alone: Vec<usize> = groups.iter().filter(|group| group.len() == 1).flatten().copied().collect();
    let joined: Vec<&Vec<usize>> = groups.iter().filter(|group| group.len() > 1).collect();
    let ends = column_ends(drawing, &joined, widths);
    let mut layout = Layout { places: vec![Place::default(); drawing.nodes.len()], ..Layout::default() };
    layout.paths = vec![String::new(); drawing.edges.len()];
    layout.width = ends.last().map_or(0.0, |end| end.1);
    for members in joined {
        add_group(drawing, members, &ends, widths, &mut layout);
    }
    add_rows(&alone, widths, &mut layout);
    layout.height = (layout.height - BELOW).max(0.0);
    layout
}

/// The left and right ends of the columns.
fn column_ends(drawing: &Drawing, joined: &[&Vec<usize>], widths: &[f64]) -> Vec<(f64, f64)> {
    let mut widest: Vec<f64> = Vec::new();
    for &node in joined.iter().copied().flatten() {
        let level = drawing.nodes[node].level;
        widest.resize(widest.len().max(level + 1), 0.0);
        widest[level] = widest[level].max(widths[node]);
    }
    let mut busy = vec![0.0; widest.len()];
    for edge in &drawing.edges {
        let (from, to) = (drawing.nodes[edge.parent].level, drawing.nodes[edge.child].level);
        busy[from..to].iter_mut().for_each(|count| *count += 1.0);
    }
    let mut x = 0.0;
    let ends = widest.into_iter().zip(busy).map(|(width, count)| {
        let column = (x, x + width);
        x += width + (BETWEEN.0 + count).min(BETWEEN.1);
        column
    });
    ends.collect()
}

fn add_group(drawing: &Drawing, members: &[usize], ends: &[(f64, f64)], widths: &[f64], layout: &mut Layout) {
    let mut group = Group::of(drawing, members);
    order(&group.cells, &mut group.columns);
    let sizes: Vec<f64> = group.nodes.iter().map(|node| if node.is_some() { HEIGHT + GAP } else { LANE }).collect();
    let middles = place(&group.cells, &group.columns, &sizes);
    let span = |sign: f64| middles.iter().zip(&sizes).map(move |(middle, size)| sign * middle + size / 2.0).fold(f64::MIN, f64::max);
    let (top, bottom) = (-span(-1.0), span(1.0));
    let y = |cell: usize| middles[cell] - top + layout.height - GAP / 2.0;
    for &node in members {
        layout.places[node] = Place { x: ends[drawing.nodes[node].level].0, y: y(group.chains[node][0]), width: widths[node] };
    }
    for (at, edge) in drawing.edges.iter().enumerate().filter(|(_, edge)| !group.chains[edge.parent].is_empty()) {
        let (parent, child) = (layout.places[edge.parent], layout.places[edge.child]);
        let level = drawing.nodes[edge.parent].level;
        let passed = drawing.nodes[edge.child].level - level;
        let mut path = format!("M{:.1} {:.1}", parent.x + parent.width, parent.y);
        let mut from = (ends[level].1, parent.y);
        // Writing to a String cannot fail.
        let _ = write!(path, "H{:.1}", from.0);
        for step in 1..passed {
            let (column, lane) = (ends[level + step], y(group.chains[edge.parent][step]));
            curve(&mut path, from, (column.0, lane));
            let _ = write!(path, "H{:.1}", column.1);
            from = (column.1, lane);
        }
        curve(&mut path, from, (child.x, child.y));
        layout.paths[at] = path;
    }
    layout.height += bottom - top - GAP + BELOW;
}

fn curve(path: &mut String, from: (f64, f64), to: (f64, f64)) {
    let middle = (from.0 + to.0) / 2.0;
    // Writing to a String cannot fail.
    let _ = write!(path, "C{middle:.1} {:.1} {middle:.1} {:.1} {:.1} {:.1}", from.1, to.1, to.0, to.1);
}

fn add_rows(alone: &[usize], widths: &[f64], layout: &mut Layout) {
    let widest = alone.iter().map(|&node| widths[node]).fold(0.0, f64::max);
    let pitch = widest + GAP * 2.0;
    let row = layout.width.max(ROW);
    let across = (((row + GAP * 2.0) / pitch.max(1.0)).floor() as usize).max(1);
    for (at, &node) in alone.iter().enumerate() {
        let (line, column) = (at / across, at % across);
        let place = Place { x: column as f64 * pitch, y: layout.height + line as f64 * (HEIGHT + GAP) + HEIGHT / 2.0, width: widths[node] };
        layout.places[node] = place;
        layout.width = layout.width.max(place.x + place.width);
    }
    if !alone.is_empty() {
        layout.height += alone.len().div_ceil(across) as f64 * (HEIGHT + GAP) - GAP + BELOW;
    }
}

impl Group {
    fn of(drawing: &Drawing, members: &[usize]) -> Self {
        let mut group = Self { cells: Vec::new(), columns: Vec::new(), chains: vec![Vec::new(); drawing.nodes.len()], nodes: Vec::new() };
        let reaches = reaches(drawing);
        for &node in members {
            let level = drawing.nodes[node].level;
            let own = group.add(level, Some(node));
            group.chains[node].push(own);
            for column in level + 1..reaches[node] {
                let lane = group.add(column, None);
                group.join(group.chains[node][column - level - 1], lane);
                group.chains[node].push(lane);
            }
        }
        for edge in drawing.edges.iter().filter(|edge| !group.chains[edge.parent].is_empty()).collect::<Vec<_>>() {
            let steps = drawing.nodes[edge.child].level - drawing.nodes[edge.parent].level;
            group.join(group.chains[edge.parent][steps - 1], group.chains[edge.child][0]);
        }
        group
    }

    fn add(&mut self, column: usize, node: Option<usize>) -> usize {
        self.columns.resize(self.columns.len().max(column + 1), Vec::new());
        self.columns[column].push(self.cells.len());
        self.cells.push(Cell::default());
        self.nodes.push(node);
        self.cells.len() - 1
    }

    fn join(&mut self, left: usize, right: usize) {
        self.cells[left].right.push(right);
        self.cells[right].left.push(left);
    }
}

/// The width of a text.
pub fn text_width(text: &str) -> f64 {
    columns::width(text) as f64 * ADVANCE
}
