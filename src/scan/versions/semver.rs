//! Semantic Versioning 2.0, rule 11. More is taken than it allows: a `v` or `=` before the version, missing numbers,
//! numbers of any length with zeros before them.

use super::{by_value, digits};
use std::cmp::Ordering;

/// Compares two versions; none where one is malformed. What follows `+` does not count.
pub fn compare(left: &str, right: &str) -> Option<Ordering> {
    let (left, right) = (Parts::of(left)?, Parts::of(right)?);
    let numbers = left.numbers.iter().zip(&right.numbers).map(|(one, other)| by_value(one, other));
    let core = numbers.into_iter().find(|order| *order != Ordering::Equal).unwrap_or(Ordering::Equal);
    Some(core.then_with(|| match (left.before, right.before) {
        (None, None) => Ordering::Equal,
        (None, Some(_)) => Ordering::Greater,
        (Some(_), None) => Ordering::Less,
        (Some(one), Some(other)) => identifiers(one, other),
    }))
}

struct Parts<'a> {
    numbers: [&'a str; 3],
    before: Option<&'a str>,
}

impl<'a> Parts<'a> {
    fn of(text: &'a str) -> Option<Self> {
        let text = text.trim().trim_start_matches('=').trim_start_matches(['v', 'V']);
        let text = text.split_once('+').map_or(text, |(version, _)| version);
        let (core, before) = text.split_once('-').map_or((text, None), |(core, before)| (core, Some(before)));
        let mut numbers = ["0"; 3];
        for (at, number) in core.split('.').enumerate() {
            let (number, rest) = digits(number)?;
            *numbers.get_mut(at).filter(|_| rest.is_empty())? = number;
        }
        let good = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        before.is_none_or(|before| before.split('.').all(good)).then_some(Self { numbers, before })
    }
}

/// Compares what stands after the hyphen, part by part: numbers by value and before words; the shorter list comes first.
fn identifiers(left: &str, right: &str) -> Ordering {
    let (mut left, mut right) = (left.split('.'), right.split('.'));
    loop {
        let order = match (left.next(), right.next()) {
            (None, None) => return Ordering::Equal,
            (None, Some(_)) => Ordering::Less,
            (Some(_), None) => Ordering::Greater,
            (Some(one), Some(other)) => identifier(one, other),
        };
        if order != Ordering::Equal {
            return order;
        }
    }
}

fn identifier(left: &str, right: &str) -> Ordering {
    let is_number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    match (is_number(left), is_number(right)) {
        (true, true) => by_value(left, right),
        (true, false) => Ordering::Less,
        (false, true) => Ordering::Greater,
        (false, false) => left.cmp(right),
    }
}
