//! RPM's order. Source: rpm-version(7) of RPM 4.18.

use super::by_value;
use std::cmp::Ordering;

/// Compares `[EPOCH:]VERSION[-RELEASE]`; no epoch is 0, no release is older than any.
pub fn compare(left: &str, right: &str) -> Ordering {
    let (left, right) = (Label::of(left), Label::of(right));
    segments(left.epoch, right.epoch)
        .then_with(|| segments(left.version, right.version))
        .then_with(|| segments(left.release, right.release))
}

struct Label<'a> {
    epoch: &'a str,
    version: &'a str,
    release: &'a str,
}

impl<'a> Label<'a> {
    fn of(text: &'a str) -> Self {
        let (epoch, rest) = match text.split_once(':') {
            Some((epoch, rest)) if epoch.bytes().all(|byte| byte.is_ascii_digit()) => (if epoch.is_empty() { "0" } else { epoch }, rest),
            _ => ("0", text),
        };
        let (version, release) = rest.rsplit_once('-').unwrap_or((rest, ""));
        Self { epoch, version, release }
    }
}

/// Compares segment by segment: runs of digits or of letters; `~` is older than the end, `^` newer than the end and older
/// than anything else.
fn segments(left: &str, right: &str) -> Ordering {
    let (mut left, mut right) = (Segments(left), Segments(right));
    loop {
        let (one, other) = (left.next(), right.next());
        let order = match (&one, &other) {
            (Segment::End, Segment::End) => return Ordering::Equal,
            (Segment::Number(one), Segment::Number(other)) => by_value(one, other),
            (Segment::Letters(one), Segment::Letters(other)) => one.cmp(other),
            _ => one.rank().cmp(&other.rank()),
        };
        if order != Ordering::Equal {
            return order;
        }
    }
}

enum Segment<'a> {
    Tilde,
    End,
    Caret,
    Letters(&'a str),
    Number(&'a str),
}

impl Segment<'_> {
    fn rank(&self) -> u8 {
        match self {
            Self::Tilde => 0,
            Self::End => 1,
            Self::Caret => 2,
            Self::Letters(_) => 3,
            Self::Number(_) => 4,
        }
    }
}

struct Segments<'a>(&'a str);

impl<'a> Segments<'a> {
    fn next(&mut self) -> Segment<'a> {
        let text = self.0.trim_start_matches(|c: char| !c.is_ascii_alphanumeric() && c != '~' && c != '^');
        let run = |belongs: fn(&u8) -> bool| text.split_at(text.bytes().position(|byte| !belongs(&byte)).unwrap_or(text.len()));
        let (segment, rest) = match text.bytes().next() {
            None => (Segment::End, text),
            Some(b'~') => (Segment::Tilde, &text[1..]),
            Some(b'^') => (Segment::Caret, &text[1..]),
            Some(b'0'..=b'9') => {
                let (number, rest) = run(u8::is_ascii_digit);
                (Segment::Number(number), rest)
            }
            Some(_) => {
                let (letters, rest) = run(u8::is_ascii_alphabetic);
                (Segment::Letters(letters), rest)
            }
        };
        self.0 = rest;
        segment
    }
}
