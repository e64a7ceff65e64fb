//! Whether a version is affected, and from which one on it is not. Source: OSV schema, "Evaluation".

use super::osv::{AffectedPackage, Event, Range};
use crate::scan::versions::Order;
use std::cmp::Ordering;

/// How an advisory concerns a version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It does not.
    Clear,
    /// It is affected; the first version above it that is not, where there is one.
    Affected(Option<String>),
    /// An end of a range is no version.
    Unclear(String),
}

/// Judges a version.
pub fn judge(affected: &AffectedPackage, version: &str, order: Order) -> Verdict {
    let listed = affected.versions.iter().any(|one| one == version || order.compare(one, version) == Some(Ordering::Equal));
    let mut unclear = None;
    for range in affected.ranges.iter().filter(|range| range.kind != "GIT") {
        match inside(range, version, order) {
            Ok(true) => return Verdict::Affected(fixed(range, version, order)),
            Ok(false) => {}
            Err(bound) => unclear = Some(bound),
        }
    }
    match unclear {
        _ if listed => {
            let fixes = affected.ranges.iter().filter_map(|range| fixed(range, version, order));
            Verdict::Affected(fixes.reduce(|one, other| if order.newer(&one, &other) { other } else { one }))
        }
        Some(bound) => Verdict::Unclear(bound),
        None => Verdict::Clear,
    }
}

/// Compares with an end of a range: `0` is before every version, `*` behind.
fn against(version: &str, bound: &str, order: Order) -> Option<Ordering> {
    match bound {
        "0" => Some(Ordering::Greater),
        "*" => Some(Ordering::Less),
        bound => order.compare(version, bound),
    }
}

/// Whether a range holds a version; else the end that cannot be compared.
///
/// The last event that the version has reached decides, so the events need not stand in order.
fn inside(range: &Range, version: &str, order: Order) -> Result<bool, String> {
    let mut last: Option<(&str, Turn)> = None;
    let mut limited = None;
    for event in &range.events {
        if let Some(limit) = &event.limit {
            let below = against(version, limit, order).ok_or_else(|| limit.clone())? == Ordering::Less;
            limited = Some(limited.unwrap_or(false) || below);
            continue;
        }
        let Some((bound, turn)) = turn(event) else { continue };
        let order_of = against(version, bound, order).ok_or_else(|| bound.to_owned())?;
        let passed = if turn == Turn::After { order_of.is_gt() } else { order_of.is_ge() };
        let later =
            |(known, other): (&str, Turn)| bounds(bound, known, order).map(|order| order.then(turn.cmp(&other))) == Some(Ordering::Greater);
        if passed && last.is_none_or(later) {
            last = Some((bound, turn));
        }
    }
    Ok(limited != Some(false) && last.is_some_and(|(_, turn)| turn == Turn::Begin))
}

/// What an event turns; those at one version in the order in which they count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Turn {
    /// The version is not affected any more.
    End,
    /// It is affected.
    Begin,
    /// What comes after it is not affected any more.
    After,
}

fn turn(event: &Event) -> Option<(&str, Turn)> {
    match event {
        Event { introduced: Some(bound), .. } => Some((bound, Turn::Begin)),
        Event { fixed: Some(bound), .. } => Some((bound, Turn::End)),
        Event { last_affected: Some(bound), .. } => Some((bound, Turn::After)),
        _ => None,
    }
}

/// Compares two ends of ranges.
fn bounds(left: &str, right: &str, order: Order) -> Option<Ordering> {
    match (left, right) {
        ("0", "0") => Some(Ordering::Equal),
        ("0", _) => Some(Ordering::Less),
        (_, "0") => Some(Ordering::Greater),
        _ => order.compare(left, right),
    }
}

/// The lowest fixed version above a version.
fn fixed(range: &Range, version: &str, order: Order) -> Option<String> {
    let fixes = range.events.iter().filter_map(|event| event.fixed.as_deref());
    let above = fixes.filter(|fix| *fix != "0" && order.newer(fix, version));
    above.reduce(|one, other| if order.newer(one, other) { other } else { one }).map(str::to_owned)
}
