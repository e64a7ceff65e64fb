//! RubyGems' order. Source: RubyGems, the documentation of `Gem::Version`.

use super::{by_value, digits};
use std::cmp::Ordering;

/// Compares two versions; none where one is malformed. A version with a letter comes before the one without.
pub fn compare(left: &str, right: &str) -> Option<Ordering> {
    let (left, right) = (segments(left)?, segments(right)?);
    let at = |list: &[Segment], at: usize| list.get(at).map_or(Segment::Number(String::new()), Clone::clone);
    let pairs = (0..left.len().max(right.len())).map(|place| at(&left, place).compare(&at(&right, place)));
    Some(pairs.into_iter().find(|order| *order != Ordering::Equal).unwrap_or(Ordering::Equal))
}

#[derive(Clone)]
enum Segment {
    Word(String),
    /// Without zeros before it; 0 is empty.
    Number(String),
}

impl Segment {
    fn compare(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Word(one), Self::Word(other)) => one.cmp(other),
            (Self::Word(_), Self::Number(_)) => Ordering::Less,
            (Self::Number(_), Self::Word(_)) => Ordering::Greater,
            (Self::Number(one), Self::Number(other)) => by_value(one, other),
        }
    }

    fn is_zero(&self) -> bool {
        matches!(self, Self::Number(digits) if digits.is_empty())
    }
}

/// Runs of digits and of letters; zeros before the first word and at the end do not count.
fn segments(text: &str) -> Option<Vec<Segment>> {
    let text = text.trim();
    let allowed = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-'));
    if !allowed || (!text.is_empty() && digits(text).is_none()) {
        return None;
    }
    let text = text.replace('-', ".pre.");
    let mut found: Vec<Segment> = Vec::new();
    let mut has_word = false;
    let mut rest = text.trim_start_matches('.');
    while !rest.is_empty() {
        if let Some((number, after)) = digits(rest) {
            found.push(Segment::Number(number.trim_start_matches('0').to_owned()));
            rest = after;
        } else {
            let (word, after) = rest.split_at(rest.bytes().position(|byte| !byte.is_ascii_alphabetic()).unwrap_or(rest.len()));
            if !has_word {
                drop_zeros(&mut found);
                has_word = true;
            }
            found.push(Segment::Word(word.to_owned()));
            rest = after;
        }
        rest = rest.trim_start_matches('.');
    }
    drop_zeros(&mut found);
    Some(found)
}

fn drop_zeros(segments: &mut Vec<Segment>) {
    while segments.last().is_some_and(Segment::is_zero) {
        segments.pop();
    }
}
