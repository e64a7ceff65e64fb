//! A forest in the terminal.

use super::clean;
use super::columns::{cut, width};
use super::screen::{Paint, Screen};
use std::collections::HashSet;

/// One node of a forest; what stands below it may stand elsewhere too.
#[derive(Clone, Debug, Default)]
pub struct TreeNode {
    /// What is shown.
    pub name: String,
    /// Shown fainter behind the name.
    pub detail: String,
    /// Something to look at, if there is.
    pub remark: Option<String>,
    /// The nodes below it, in order.
    pub below: Vec<usize>,
}

/// What stands behind a node whose branches were shown before.
const AGAIN: &str = " (*)";

/// Levels that are drawn with lines, at most.
const DEEPEST: usize = 32;
/// A level takes three columns; half of a narrow screen is left to the names.
const COLUMNS_A_LEVEL: usize = 6;

/// The forest below `roots`, a line a node, cut to the screen's width. Branches are shown once; `depth` is how
/// many levels below the roots are shown.
pub fn tree(nodes: &[TreeNode], roots: &[usize], depth: Option<usize>, screen: &Screen) -> String {
    let mut text = String::new();
    let mut shown = HashSet::new();
    let mut repeated = false;
    let deepest = (screen.width / COLUMNS_A_LEVEL).clamp(2, DEEPEST);
    // Prefixes are put together from whether each node on the way was the last of its siblings.
    let mut lasts: Vec<bool> = Vec::new();
    let mut waiting: Vec<(usize, usize, bool)> = roots.iter().rev().map(|&root| (root, 0, true)).collect();
    while let Some((node, level, is_last)) = waiting.pop() {
        lasts.truncate(level.saturating_sub(1));
        if level > 0 {
            lasts.push(is_last);
        }
        let found = &nodes[node];
        let is_cut = depth.is_some_and(|depth| level >= depth) && !found.below.is_empty();
        let is_again = !is_cut && !found.below.is_empty() && !shown.insert(node);
        let mark = match (is_again, is_cut) {
            (true, _) => AGAIN.to_owned(),
            (false, true) => format!(" … {} below", found.below.len()),
            (false, false) => String::new(),
        };
        repeated |= is_again;
        text.push_str(&line(&prefix(&lasts, deepest), found, &mark, screen));
        if !is_again && !is_cut {
            let last = found.below.len().saturating_sub(1);
            waiting.extend(found.below.iter().enumerate().rev().map(|(at, &below)| (below, level + 1, at == last)));
        }
    }
    if repeated {
        text.push_str(&Paint::Faint.on(screen, &cut("(*) what is below it stands where it is named first", screen.width)));
        text.push('\n');
    }
    text
}

/// The lines that lead to a node. Of a deep one the first levels are counted instead, so that there is room for
/// its name.
fn prefix(lasts: &[bool], deepest: usize) -> String {
    if let Some(deeper) = lasts.len().checked_sub(deepest + 1) {
        return format!("+{} {}", deeper + 1, prefix(&lasts[deeper + 1..], deepest));
    }
    let Some((own, above)) = lasts.split_last() else { return String::new() };
    let above = above.iter().map(|is_last| if *is_last { "   " } else { "│  " });
    above.chain([if *own { "└─ " } else { "├─ " }]).collect()
}

/// The parts, each in its colour, as far as the screen reaches.
fn line(prefix: &str, node: &TreeNode, mark: &str, screen: &Screen) -> String {
    let remark = node.remark.as_ref().map(|remark| format!("  {remark}")).unwrap_or_default();
    let parts = [
        (prefix, Paint::Faint),
        (node.name.as_str(), Paint::None),
        (node.detail.as_str(), Paint::Faint),
        (mark, Paint::Faint),
        (remark.as_str(), Paint::Caution),
    ];
    let mut room = screen.width;
    let mut line = String::new();
    for (part, paint) in parts.into_iter().filter(|(part, _)| !part.is_empty()) {
        let clean = clean::line(part);
        let text = cut(&clean, room);
        room = if text == clean { room.saturating_sub(width(&text)) } else { 0 };
        if !text.is_empty() {
            line.push_str(&paint.on(screen, &text));
        }
    }
    line + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    fn node(name: &str, below: &[usize]) -> TreeNode {
        TreeNode { name: name.to_owned(), detail: ":1".to_owned(), remark: None, below: below.to_vec() }
    }

    fn forest() -> Vec<TreeNode> {
        vec![node("a", &[1, 2]), node("b", &[3]), node("c", &[3]), node("d", &[4]), node("e", &[])]
    }

    #[test]
    fn branches_are_shown_once() {
        let expected = "\
a:1
├─ b:1
│  └─ d:1
│     └─ e:1
└─ c:1
   └─ d:1 (*)
e:1
(*) what is below it stands where it is named first
";
        assert_eq!(tree(&forest(), &[0, 4], None, &Screen::plain()), expected);
    }

    #[test]
    fn depth_says_what_it_leaves_out() {
        assert_eq!(tree(&forest(), &[0], Some(1), &Screen::plain()), "a:1\n├─ b:1 … 1 below\n└─ c:1 … 1 below\n");
        assert_eq!(tree(&forest(), &[0], Some(0), &Screen::plain()), "a:1 … 2 below\n");
    }

    #[test]
    fn lines_are_cut_to_the_screen() {
        let mut nodes = forest();
        nodes[0].remark = Some("something to look at".to_owned());
        for columns in 1..12 {
            let text = tree(&nodes, &[0], None, &Screen { width: columns, ..Screen::plain() });
            assert!(text.lines().all(|line| width(line) <= columns), "{text}");
        }
    }

    #[test]
    fn a_long_chain_does_not_exhaust_the_stack() {
        let nodes: Vec<TreeNode> = (0..3_000).map(|at| node("x", if at < 2_999 { vec![at + 1] } else { vec![] }.as_slice())).collect();
        let text = tree(&nodes, &[0], None, &Screen::plain());
        assert_eq!(text.lines().count(), 3_000);
        assert_eq!(text.lines().last(), Some(format!("+2967 {}└─ x:1", "   ".repeat(31)).as_str()));
    }
}
