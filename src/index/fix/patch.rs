//! A text and the changes to its lines, so that every other byte stays, and a diff of the two.

use std::collections::BTreeMap;
use std::fmt::Write as _;

/// As many unchanged lines stand around a change in a diff.
const CONTEXT: usize = 3;

/// A change within a line: bytes from its start.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Edit {
    from: usize,
    to: usize,
    new: String,
}

/// A text and its changes.
#[derive(Debug)]
pub(super) struct Patch<'a> {
    /// With their ends.
    lines: Vec<&'a str>,
    edits: BTreeMap<usize, Vec<Edit>>,
    after: BTreeMap<usize, Vec<String>>,
}

impl<'a> Patch<'a> {
    pub(super) fn of(text: &'a str) -> Self {
        Self { lines: text.split_inclusive('\n').collect(), edits: BTreeMap::new(), after: BTreeMap::new() }
    }

    /// The line (from 1) from a column (from 1, in characters) on, without its end, and the byte where that starts.
    pub(super) fn rest(&self, line: usize, column: usize) -> Option<(usize, &'a str)> {
        let text = self.lines.get(line.checked_sub(1)?)?.trim_end_matches(['\n', '\r']);
        let from = text.char_indices().map(|(at, _)| at).chain([text.len()]).nth(column.checked_sub(1)?)?;
        Some((from, &text[from..]))
    }

    /// Puts `new` in the place of `length` bytes. An anchor that two keys name is changed once.
    pub(super) fn replace(&mut self, line: usize, from: usize, length: usize, new: String) -> bool {
        let edits = self.edits.entry(line).or_default();
        let edit = Edit { from, to: from + length, new };
        if edits.contains(&edit) {
            return false;
        }
        edits.push(edit);
        edits.sort_by_key(|edit| edit.from);
        true
    }

    /// Adds a line behind a line.
    pub(super) fn insert(&mut self, line: usize, text: String) {
        self.after.entry(line).or_default().push(text);
    }

    /// The changed text.
    pub(super) fn text(&self) -> String {
        let mut text = String::new();
        for (at, old) in self.lines.iter().enumerate() {
            text.push_str(&self.edited(at + 1, old));
            let Some(added) = self.after.get(&(at + 1)) else { continue };
            let end = if old.ends_with("\r\n") { "\r\n" } else { "\n" };
            if !old.ends_with('\n') {
                text.push_str(end);
            }
            let added = added.join(end);
            text.push_str(&added);
            if old.ends_with('\n') {
                text.push_str(end);
            }
        }
        text
    }

    fn edited(&self, line: usize, old: &str) -> String {
        let mut new = old.to_owned();
        for edit in self.edits.get(&line).into_iter().flatten().rev() {
            new.replace_range(edit.from..edit.to, &edit.new);
        }
        new
    }

    /// The changes as a unified diff of the file `path`; empty where there are none.
    pub(super) fn diff(&self, path: &str) -> String {
        let mut touched: Vec<usize> = self.edits.keys().chain(self.after.keys()).copied().collect();
        touched.sort_unstable();
        touched.dedup();
        let mut diff = if touched.is_empty() { String::new() } else { format!("--- a/{path}\n+++ b/{path}\n") };
        let mut shift = 0;
        let mut rest = touched.as_slice();
        while let Some(first) = rest.first() {
            let gap = |pair: &[usize]| pair[1] - pair[0] > 2 * CONTEXT;
            let count = rest.windows(2).position(gap).map_or(rest.len(), |at| at + 1);
            let (from, to) = (first.saturating_sub(CONTEXT).max(1), (rest[count - 1] + CONTEXT).min(self.lines.len()));
            shift += self.hunk(from, to, shift, &mut diff);
            rest = &rest[count..];
        }
        diff
    }

    /// Writes the lines `from` to `to`; gives how many lines the text grows by there.
    fn hunk(&self, from: usize, to: usize, shift: usize, diff: &mut String) -> usize {
        let mut body = String::new();
        let mut grown = 0;
        for line in from..=to {
            let old = self.lines[line - 1];
            let new = self.edited(line, old);
            let old = old.trim_end_matches(['\n', '\r']);
            // Writing to a String cannot fail.
            let _ = match new.trim_end_matches(['\n', '\r']) {
                new if new == old => writeln!(body, " {old}"),
                new => writeln!(body, "-{old}\n+{new}"),
            };
            for added in self.after.get(&line).into_iter().flatten() {
                let _ = writeln!(body, "+{added}");
                grown += 1;
            }
        }
        let count = to + 1 - from;
        let _ = write!(diff, "@@ -{from},{count} +{},{} @@\n{body}", from + shift, count + grown);
        grown
    }
}

#[cfg(test)]
mod tests {
    use super::Patch;

    #[test]
    fn only_what_is_named_changes() {
        let text = "a: 1\r\nü: 8.10 # c\r\n\r\nend";
        let mut patch = Patch::of(text);
        let (from, rest) = patch.rest(2, 4).unwrap();
        assert_eq!((from, rest), (4, "8.10 # c"));
        assert!(patch.replace(2, from, 4, "\"8.10\"".into()) && !patch.replace(2, from, 4, "\"8.10\"".into()));
        patch.insert(2, "b: 2".into());
        patch.insert(4, "c: 3".into());
        assert_eq!(patch.text(), "a: 1\r\nü: \"8.10\" # c\r\nb: 2\r\n\r\nend\nc: 3");
        let diff = "--- a/f\n+++ b/f\n@@ -1,4 +1,6 @@\n a: 1\n-ü: 8.10 # c\n+ü: \"8.10\" # c\n+b: 2\n \n end\n+c: 3\n";
        assert_eq!(patch.diff("f"), diff);
        assert_eq!((Patch::of(text).text().as_str(), Patch::of(text).diff("f").as_str()), (text, ""));
    }

    #[test]
    fn changes_far_from_each_other_are_hunks_of_their_own() {
        let text: String = (1..=20).map(|line| format!("{line}\n")).collect();
        let mut patch = Patch::of(&text);
        patch.insert(2, "x".into());
        patch.replace(18, 0, 2, "y".into());
        let diff = patch.diff("f");
        assert!(diff.contains("@@ -1,5 +1,6 @@\n") && diff.contains("@@ -15,6 +16,6 @@\n"), "{diff}");
    }
}
