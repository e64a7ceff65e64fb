//! From lines of a rendered Dockerfile to lines of its template, by the lines that both share.

use std::collections::HashMap;

/// Where the lines of a rendered Dockerfile come from.
#[derive(Debug)]
pub(super) struct Lines {
    /// For each rendered line, from 0: the template's line, from 0, and how sure that is.
    of: Vec<(usize, Sure)>,
}

/// How sure a line is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sure {
    /// Both lines have the same text.
    Same,
    /// Both start with the same word, at the same place between lines that have the same text.
    Alike,
    /// The line above.
    Near,
}

/// How far, in lines, equal lines are looked for between two certain ones: beyond, the work would grow with the square.
const FAR: usize = 400;

impl Lines {
    /// Compares a template with what it renders to.
    pub fn new(template: &str, rendered: &str) -> Self {
        let (from, to): (Vec<&str>, Vec<&str>) = (template.lines().collect(), rendered.lines().collect());
        let mut found: Vec<Option<(usize, Sure)>> = vec![None; to.len()];
        let mut before = (0, 0);
        for (left, right) in anchors(&from, &to).into_iter().chain([(from.len(), to.len())]) {
            between(&from, &to, before, (left, right), &mut found);
            if right < to.len() {
                found[right] = Some((left, Sure::Same));
            }
            before = (left + 1, right + 1);
        }
        let mut above = 0;
        let of = found.into_iter().map(|line| {
            above = line.map_or(above, |(line, _)| line);
            line.unwrap_or((above, Sure::Near))
        });
        Self { of: of.collect() }
    }

    /// The line of the template, from 1, for a rendered line, from 1.
    pub fn of(&self, line: usize) -> (usize, Sure) {
        let found = line.checked_sub(1).and_then(|at| self.of.get(at)).or(self.of.last());
        found.map_or((1, Sure::Near), |(line, sure)| (line + 1, *sure))
    }

    /// Whether the template has the rendered line, from 1, word for word.
    pub fn is_literal(&self, line: usize) -> bool {
        self.of(line).1 == Sure::Same
    }
}

/// Lines that stand once in both, in the longest order that both share.
fn anchors(from: &[&str], to: &[&str]) -> Vec<(usize, usize)> {
    let once = |lines: &[&str]| {
        let mut places: HashMap<String, Option<usize>> = HashMap::new();
        for (at, line) in lines.iter().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
            places.entry((*line).to_owned()).and_modify(|place| *place = None).or_insert(Some(at));
        }
        places
    };
    let (left, right) = (once(from), once(to));
    let mut pairs: Vec<(usize, usize)> =
        left.iter().filter_map(|(line, place)| Some(((*place)?, right.get(line).copied().flatten()?))).collect();
    pairs.sort_unstable();
    longest_rise(&pairs)
}

/// The longest part of pairs, sorted by the first, in which the second rises, too.
fn longest_rise(pairs: &[(usize, usize)]) -> Vec<(usize, usize)> {
    let mut ends: Vec<usize> = Vec::new();
    let mut previous: Vec<Option<usize>> = vec![None; pairs.len()];
    for (at, pair) in pairs.iter().enumerate() {
        let place = ends.partition_point(|&end| pairs[end].1 < pair.1);
        previous[at] = place.checked_sub(1).map(|place| ends[place]);
        if place == ends.len() { ends.push(at) } else { ends[place] = at }
    }
    let mut rise = Vec::new();
    let mut next = ends.last().copied();
    while let Some(at) = next {
        rise.push(pairs[at]);
        next = previous[at];
    }
    rise.reverse();
    rise
}

/// Fills what lies between two certain lines: equal lines from both sides, equal ones in order, then those that start with
/// the same word as often on both sides.
fn between(from: &[&str], to: &[&str], start: (usize, usize), end: (usize, usize), found: &mut [Option<(usize, Sure)>]) {
    let (mut low, mut high) = (start, end);
    while low.0 < high.0 && low.1 < high.1 && from[low.0] == to[low.1] {
        found[low.1] = Some((low.0, Sure::Same));
        low = (low.0 + 1, low.1 + 1);
    }
    while low.0 < high.0 && low.1 < high.1 && from[high.0 - 1] == to[high.1 - 1] {
        high = (high.0 - 1, high.1 - 1);
        found[high.1] = Some((high.0, Sure::Same));
    }
    if high.0.saturating_sub(low.0).max(high.1.saturating_sub(low.1)) > FAR || low.0 > high.0 || low.1 > high.1 {
        return;
    }
    let mut left = low.0;
    for (right, line) in to.iter().enumerate().take(high.1).skip(low.1) {
        let same = |at: &usize| from[*at] == *line && !line.trim().is_empty();
        if let Some(at) = (left..high.0).find(same) {
            found[right] = Some((at, Sure::Same));
            left = at + 1;
        }
    }
    alike(from, to, low, high, found);
}

fn alike(from: &[&str], to: &[&str], low: (usize, usize), high: (usize, usize), found: &mut [Option<(usize, Sure)>]) {
    let mut words: Vec<(&str, Vec<usize>)> = Vec::new();
    for at in (low.1..high.1).filter(|at| found[*at].is_none()) {
        let Some(word) = to[at].split_whitespace().next().filter(|word| word.bytes().all(|b| b.is_ascii_uppercase())) else { continue };
        match words.iter_mut().find(|(known, _)| *known == word) {
            Some((_, places)) => places.push(at),
            None => words.push((word, vec![at])),
        }
    }
    let taken: Vec<usize> = found[low.1..high.1].iter().flatten().map(|(line, _)| *line).collect();
    for (word, places) in words {
        let starts = |at: &usize| !taken.contains(at) && from[*at].split_whitespace().next() == Some(word);
        let there: Vec<usize> = (low.0..high.0).filter(starts).collect();
        if there.len() == places.len() {
            for (at, line) in places.into_iter().zip(there) {
                found[at] = Some((line, Sure::Alike));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn places(template: &str, rendered: &str) -> Vec<(usize, Sure)> {
        let lines = Lines::new(template, rendered);
        (1..=rendered.lines().count()).map(|line| lines.of(line)).collect()
    }

    #[test]
    fn shared_lines_keep_their_place_and_the_others_are_near() {
        use Sure::{Alike, Near, Same};
        let template = "{% set x = 1 %}\nFROM {{ x }}\nUSER root\nRUN {{ \"a\" | apt_install }}\nRUN true\nRUN true\nUSER 1\n";
        let rendered = "FROM debian:12\nUSER root\nRUN apt-get update \\\n    && apt-get install a\nRUN true\nRUN true\nUSER 1\n";
        assert_eq!(places(template, rendered), [(2, Alike), (3, Same), (4, Alike), (4, Near), (5, Same), (6, Same), (7, Same)]);
    }

    #[test]
    fn loops_and_includes_point_above() {
        use Sure::{Near, Same};
        let template = "FROM x\n{% for i in range(2) %}\nRUN a {{ i }}\n{% endfor %}\n{% include 'y' %}\nCMD z\n";
        let rendered = "FROM x\n\nRUN a 0\n\nRUN a 1\n\nENV y=1\nCMD z\n";
        let found = places(template, rendered);
        assert_eq!((found[0], found[7]), ((1, Same), (6, Same)));
        assert!(found[2].1 == Near && found[6].1 == Near, "{found:?}");
    }

    #[test]
    fn nothing_shared_is_the_first_line() {
        assert_eq!(places("{% extends 'x' %}\n", "FROM a\nRUN b\n"), [(1, Sure::Near), (1, Sure::Near)]);
        assert_eq!(Lines::new("", "").of(7), (1, Sure::Near));
    }
}
